//! What programs written for `mlua` rely on, as far as the rest of the tests don't say so. All features have to be there.

use perilune::state::GcMode;
use perilune::thread::{ThreadEvent, ThreadTriggers};
use perilune::{
    AnyUserData, Error, Function, HookTriggers, Lua, LuaOptions, MetaMethod, MultiValue, Nil,
    ObjectLike, Result, StdLib, Table, UserData, UserDataFields, UserDataMethods, UserDataRef,
    UserDataRegistry, Value, VmState,
};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

#[test]
fn errors_of_lua_are_texts_with_tracebacks() {
    let lua = Lua::new();
    match lua.load("local x; x.y = 1").set_name("=it").exec() {
        Err(Error::RuntimeError(text)) => {
            assert!(text.starts_with("it:1: attempt to index a nil value (local 'x')\n"), "{text}");
            assert!(text.contains("\nstack traceback:\n\tit:1: in main chunk"), "{text}");
        }
        other => panic!("{other:?}"),
    }
    let e = lua.load("error(setmetatable({}, {__tostring = function() return 'own' end}))").exec();
    assert!(matches!(e, Err(Error::RuntimeError(text)) if text == "own"));
}

#[test]
fn errors_of_memory_stay_that_through_callbacks() -> Result<()> {
    let lua = Lua::new();
    let through = lua.create_function(|_, f: Function| f.call::<()>(()))?;
    lua.globals().set("through", through)?;
    lua.set_memory_limit(lua.used_memory() + (1 << 20))?;
    let hog = "through(function() through(function() return ('x'):rep(1 << 30) end) end)";
    assert!(matches!(lua.load(hog).exec(), Err(Error::MemoryError(_))));
    Ok(())
}

#[test]
fn libraries_can_be_chosen() -> Result<()> {
    let lua = Lua::new_with(StdLib::MATH | StdLib::STRING, LuaOptions::default())?;
    let names = "type(math), type(string), type(io), type(require), type(print), ('x'):rep(2)";
    let got: (String, String, String, String, String, String) = lua.load(names).eval()?;
    let expected = ["table", "table", "nil", "nil", "function", "xx"];
    assert_eq!([got.0, got.1, got.2, got.3, got.4, got.5], expected);
    lua.load_std_libs(StdLib::TABLE)?;
    assert_eq!(lua.load("table.concat({1, 2})").eval::<String>()?, "12");
    assert!(matches!(lua.load_std_libs(StdLib::DEBUG), Err(Error::SafetyError(_))));
    assert!(Lua::new().load("debug").eval::<Value>()?.is_nil());
    Ok(())
}

#[test]
fn what_a_scope_lends_is_gone_with_it() -> Result<()> {
    struct Lent<'a>(&'a Cell<i64>);
    impl UserData for Lent<'_> {
        fn register(registry: &mut UserDataRegistry<Self>) {
            registry.add_method("add", |_, this, n: i64| {
                this.0.set(this.0.get() + n);
                Ok(())
            });
        }
    }
    let lua = Lua::new();
    let (sum, mut calls) = (Cell::new(0), 0);
    let mut text = String::from("a");
    lua.register_userdata_type::<String>(|registry| {
        registry.add_method_mut("push", |_, this, s: String| {
            this.push_str(&s);
            Ok(())
        });
    })?;
    lua.scope(|scope| {
        lua.globals().set("lent", scope.create_userdata(Lent(&sum))?)?;
        lua.globals().set("text", scope.create_any_userdata_ref_mut(&mut text)?)?;
        lua.globals().set(
            "call",
            scope.create_function_mut(|_, ()| {
                calls += 1;
                Ok(())
            })?,
        )?;
        lua.load("lent:add(40) lent:add(2) call() text:push('b') kept = lent.add").exec()
    })?;
    assert_eq!((sum.get(), calls, text.as_str()), (42, 1, "ab"));
    for late in ["call()", "lent:add(1)", "kept(lent, 1)", "text:push('c')", "tostring(lent)"] {
        let e = lua.load(late).exec().expect_err(late);
        let cause = e.chain().last().and_then(|e| e.downcast_ref::<Error>().cloned());
        let is_gone =
            |e: &Error| matches!(e, Error::CallbackDestructed | Error::UserDataDestructed);
        assert!(cause.as_ref().is_some_and(is_gone), "{late}: {e:?}");
    }
    assert_eq!((sum.get(), text.as_str()), (42, "ab"));
    Ok(())
}

struct Point {
    x: f64,
}

impl UserData for Point {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_field("kind", "point");
        fields.add_field_method_get("x", |_, this| Ok(this.x));
        fields.add_field_method_set("x", |_, this, x| {
            this.x = x;
            Ok(())
        });
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_function("new", |_, x| Ok(Point { x }));
        methods.add_meta_function(MetaMethod::Add, |_, (a, b): (UserDataRef<Point>, f64)| {
            Ok(Point { x: a.x + b })
        });
        methods.add_meta_method(MetaMethod::Index, |_, this, key: String| {
            Ok((key == "double").then_some(this.x * 2.0))
        });
        methods.add_method_once("finish", |_, this, ()| Ok(this.x));
    }
}

#[test]
fn userdata() -> Result<()> {
    let lua = Lua::new();
    lua.globals().set("Point", lua.create_proxy::<Point>()?)?;
    lua.load(
        "p = Point.new(3)
         assert(p.kind == 'point' and p.x == 3 and p.double == 6 and p.other == nil)
         p.x = 5
         assert((p + 2).x == 7)
         assert(not pcall(function() p.y = 1 end))
         assert(not pcall(function() return Point.x end))
         assert(p:finish() == 5 and not pcall(function() return p.x end))",
    )
    .exec()?;
    let p = lua.create_userdata(Point { x: 1.0 })?;
    assert_eq!((p.get::<f64>("x")?, p.is::<Point>(), p.is::<i64>()), (1.0, true, false));
    {
        let reading = p.borrow::<Point>()?;
        assert!(matches!(p.borrow_mut::<Point>(), Err(Error::UserDataBorrowMutError)));
        assert!(matches!(p.take::<Point>(), Err(Error::UserDataBorrowMutError)));
        assert_eq!(reading.x, 1.0);
    }
    p.set_named_user_value("note", "kept")?;
    assert_eq!(p.named_user_value::<String>("note")?, "kept");
    let mt = p.metatable()?;
    assert!(mt.contains(MetaMethod::Add)? && mt.get::<Value>("__gc").is_err());
    // A borrow keeps the value, whatever becomes of the userdata.
    let kept = p.borrow::<Point>()?;
    p.destroy()?;
    lua.gc_collect()?;
    assert_eq!(kept.x, 1.0);
    assert!(matches!(p.borrow::<Point>(), Err(Error::UserDataDestructed)));
    Ok(())
}

#[test]
fn hooks_of_new_coroutines_and_of_warnings() -> Result<()> {
    let lua = Lua::new();
    let lines = Rc::new(Cell::new(0));
    let seen = lines.clone();
    lua.set_global_hook(HookTriggers::EVERY_LINE, move |_, debug| {
        seen.set(seen.get() + debug.current_line().unwrap_or(0));
        Ok(VmState::Continue)
    })?;
    let co = lua.create_thread(lua.load("local a = 1\nlocal b = 2").into_function()?)?;
    co.resume::<()>(())?;
    assert_eq!(lines.get(), 3);
    lua.remove_global_hook();
    lua.load("local a = coroutine.wrap(function() return 1 end)()").exec()?;
    assert_eq!(lines.get(), 3);

    let warnings = Rc::new(RefCell::new(Vec::new()));
    let told = warnings.clone();
    lua.set_warning_function(move |lua, text, more| {
        told.borrow_mut().push((text.to_owned(), more));
        lua.load("warn('about a warning')").exec()
    });
    lua.load("warn('a', 'b') setmetatable({}, {__gc = error})").exec()?;
    lua.gc_collect()?;
    let warnings = warnings.take();
    assert_eq!(warnings[..2], [("a".to_owned(), true), ("b".to_owned(), false)]);
    assert!(warnings.len() == 3 && warnings[2].0.starts_with("error in __gc"), "{warnings:?}");
    Ok(())
}

#[test]
fn coroutines_tell_and_start_again() -> Result<()> {
    let lua = Lua::new();
    let log = Rc::new(RefCell::new(String::new()));
    let told = log.clone();
    let all = ThreadTriggers::ON_CREATE | ThreadTriggers::ON_RESUME | ThreadTriggers::ON_YIELD;
    lua.set_thread_event_callback(all, move |_, event| {
        told.borrow_mut().push(match event {
            ThreadEvent::Create(_) => 'c',
            ThreadEvent::Resume(_) => 'r',
            _ => 'y',
        });
        Ok(())
    });
    let body: Function = lua.load("function(...) coroutine.yield(...) return 'end' end").eval()?;
    let co = lua.create_thread(body.clone())?;
    for _ in 0..2 {
        assert_eq!(co.resume::<i64>(7)?, 7);
        assert_eq!(co.resume::<String>(())?, "end");
        co.reset(body.clone())?;
    }
    assert_eq!(*log.borrow(), "cryrryr");
    Ok(())
}

#[test]
fn values_kept_for_the_host() -> Result<()> {
    let lua = Lua::new();
    let key = lua.create_registry_value(lua.create_table()?)?;
    let other = Lua::new();
    assert!(matches!(other.registry_value::<Value>(&key), Err(Error::MismatchedRegistryKey)));
    // Keys may be dropped anywhere.
    let token = Rc::new(());
    let dropped = lua.create_registry_value(AnyUserData::wrap(token.clone()))?;
    std::thread::spawn(move || drop(dropped)).join().expect("no panic");
    lua.expire_registry_values();
    lua.gc_collect()?;
    assert_eq!(Rc::strong_count(&token), 1);
    assert!(lua.registry_value::<Table>(&key)?.is_empty());
    lua.set_app_data(5_u8);
    assert_eq!(lua.remove_app_data::<u8>(), Some(5));
    assert!(matches!(
        lua.gc_set_mode(GcMode::Incremental(Default::default())),
        GcMode::Generational(_)
    ));
    Ok(())
}

/// A panic is caught by the program if the host allows that, and goes on when it gets back to the host.
#[test]
fn panics_that_programs_may_catch() -> Result<()> {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    let lua = Lua::new_with(StdLib::ALL_SAFE, LuaOptions::new().catch_rust_panics(true))?;
    let panics = lua.create_function(|_, ()| -> Result<()> { panic!("on purpose") })?;
    lua.globals().set("panics", panics)?;
    let text: String = lua.load("tostring(select(2, pcall(panics)))").eval()?;
    assert_eq!(text, "on purpose");
    let again = "caught = select(2, pcall(panics)) error(caught)";
    let panic = catch_unwind(AssertUnwindSafe(|| lua.load(again).exec())).expect_err("a panic");
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"on purpose"));
    let e = lua.load("error(caught)").exec();
    assert!(matches!(e, Err(Error::PreviouslyResumedPanic)));
    Ok(())
}

#[test]
fn arguments_and_results() -> Result<()> {
    let lua = Lua::new();
    let f = lua.create_function(|_, (a, rest): (i64, MultiValue)| Ok((a, rest)))?;
    assert_eq!(f.call::<(i64, bool, Value)>((1, true, Nil))?, (1, true, Nil));
    let bound = f.bind((1, "x"))?.bind("y")?;
    assert_eq!(bound.call::<(i64, String, String)>(())?, (1, "x".into(), "y".into()));
    let e = f.call::<()>("no number").unwrap_err();
    let text = "bad argument #1: error converting Lua string to i64\nstack traceback:";
    assert!(e.to_string().starts_with(text), "{e}");
    Ok(())
}

#[cfg(feature = "async")]
#[test]
fn functions_that_wait() -> Result<()> {
    use futures_executor::block_on;
    use std::task::Poll;
    let lua = Lua::new();
    let wait = lua.create_async_function(|_, n: i64| async move {
        let mut left = n;
        std::future::poll_fn(move |cx| {
            left -= 1;
            cx.waker().wake_by_ref();
            if left > 0 { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        if n == 13 { Err(Error::runtime("unlucky")) } else { Ok(n) }
    })?;
    lua.globals().set("wait", wait)?;
    let program = "local t = setmetatable({}, {__index = function(_, k) return wait(k) end})
                   local ok, e = pcall(wait, 13)
                   return t[3] + wait(4), ok, tostring(e)";
    let (n, ok, e): (i64, bool, String) = block_on(lua.load(program).call_async(()))?;
    assert_eq!((n, ok), (7, false));
    assert!(e.starts_with("runtime error: unlucky"), "{e}");
    // What waits is dropped with the task.
    let token = Rc::new(());
    let held = token.clone();
    let forever = lua.create_async_function(move |_, ()| {
        let held = held.clone();
        async move {
            std::future::pending::<()>().await;
            drop(held);
            Ok(())
        }
    })?;
    let mut task = Box::pin(forever.call_async::<()>(()));
    let polled = task.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
    assert!(polled.is_pending());
    assert_eq!(Rc::strong_count(&token), 3);
    drop(task);
    assert_eq!(Rc::strong_count(&token), 2);
    Ok(())
}

#[cfg(feature = "serde")]
#[test]
fn values_of_serde() -> std::result::Result<(), Box<dyn std::error::Error>> {
    use perilune::LuaSerdeExt;
    use serde::{Deserialize, Serialize};
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Shape {
        Dot,
        Circle { radius: f64 },
        Line(Vec<(i64, i64)>, Option<String>),
    }
    let lua = Lua::new();
    for shape in [
        Shape::Dot,
        Shape::Circle { radius: 1.5 },
        Shape::Line(vec![(1, 2), (3, 4)], None),
        Shape::Line(vec![], Some("x".into())),
    ] {
        let value = lua.to_value(&shape)?;
        assert_eq!(lua.from_value::<Shape>(value)?, shape);
    }
    let value: Value = lua.load("{list = {1, 2, {}}, text = 'a\\xFF', [1.5] = true}").eval()?;
    let json = serde_json::to_string(&value.to_serializable().sort_keys(true))?;
    assert_eq!(json, r#"{"1.5":true,"list":[1,2,{}],"text":[97,255]}"#);
    let recursive: Value = lua.load("local t = {} t.t = t return t").eval()?;
    assert!(serde_json::to_string(&recursive).is_err());
    Ok(())
}
