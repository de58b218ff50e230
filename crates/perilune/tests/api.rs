//! The embedding API as a host uses it.

use perilune::{
    AnyUserData, Args, Error, ExternalResult, FromLua, Function, Lua, LuaString, Methods,
    MultiValue, Options, Result, Table, Thread, ThreadStatus, UserData, Value, Variadic,
};
use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

fn eval<T: perilune::FromLuaMulti>(source: &str) -> Result<T> {
    Lua::new().load(source).eval()
}

#[derive(Debug)]
struct Custom(i32);

impl fmt::Display for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "custom error {}", self.0)
    }
}

impl std::error::Error for Custom {}

fn runtime_error<T: fmt::Debug>(r: Result<T>) -> perilune::RuntimeError {
    match r {
        Err(Error::RuntimeError(e)) => e,
        other => panic!("not a run-time error: {other:?}"),
    }
}

// ---- conversions ---------------------------------------------------------------------------------------------

#[test]
fn numbers() -> Result<()> {
    assert_eq!(eval::<i64>("1 << 62")?, 1 << 62);
    assert_eq!(eval::<i64>("math.mininteger")?, i64::MIN);
    assert_eq!(eval::<u8>("255.0")?, 255);
    assert_eq!(eval::<u32>("'0x10'")?, 16);
    assert_eq!(eval::<f64>("3")?, 3.0);
    assert_eq!(eval::<Value>("3")?, Value::Integer(3));
    assert!(matches!(eval::<Value>("3.0")?, Value::Number(3.0)));
    assert_eq!(Value::Integer(3), Value::Number(3.0));
    for wrong in ["256", "-1", "1.5", "nil", "'x'", "{}"] {
        let e = eval::<u8>(wrong).unwrap_err();
        assert!(matches!(e, Error::FromLuaConversionError { .. }), "{wrong}: {e:?}");
    }
    let e = Lua::new().globals().set("x", u64::MAX).unwrap_err();
    assert!(matches!(e, Error::ToLuaConversionError { from: "u64", .. }), "{e:?}");
    Ok(())
}

#[test]
fn strings() -> Result<()> {
    let lua = Lua::new();
    let s: LuaString = lua.load(r"'a\0\xFF'").eval()?;
    assert_eq!(s.as_bytes(), b"a\0\xFF");
    assert!(s.to_str().is_err());
    assert_eq!(s.to_string_lossy(), "a\0\u{FFFD}");
    assert!(String::from_lua(Value::String(s.clone()), &lua).is_err());
    lua.globals().set("s", &s)?;
    assert!(lua.load("s == 'a\\0\\xFF'").eval::<bool>()?);
    assert_eq!(eval::<String>("10")?, "10");
    assert_eq!(eval::<String>("1e15")?, "1e+15");
    let long = "x".repeat(100_000);
    assert_eq!(lua.create_string(&long)?, long.as_str());
    Ok(())
}

#[test]
fn booleans_and_options() -> Result<()> {
    assert!(eval::<bool>("0")?);
    assert!(!eval::<bool>("nil")?);
    assert_eq!(eval::<Option<i64>>("nil")?, None);
    assert_eq!(eval::<Option<i64>>("5")?, Some(5));
    assert_eq!(eval::<(Option<i64>, Option<i64>)>("5")?, (Some(5), None));
    Ok(())
}

#[test]
fn collections() -> Result<()> {
    let lua = Lua::new();
    assert_eq!(lua.load("{1, 2, 3, nil, 5}").eval::<Vec<i64>>()?, [1, 2, 3]);
    let m: HashMap<String, i64> = lua.load("{a = 1, b = 2}").eval()?;
    assert_eq!((m.len(), m["a"], m["b"]), (2, 1, 2));
    lua.globals().set("m", BTreeMap::from([("x", vec![1.5]), ("y", vec![])]))?;
    assert_eq!(lua.load("m.x[1], #m.y").eval::<(f64, i64)>()?, (1.5, 0));
    lua.globals().set("a", [1, 2])?;
    assert_eq!(lua.load("#a").eval::<i64>()?, 2);
    assert!(lua.load("{1, 'x'}").eval::<Vec<i64>>().is_err());
    Ok(())
}

#[test]
fn several_results() -> Result<()> {
    let (a, rest): (i64, Variadic<String>) = eval("1, 'x', 'y'")?;
    assert_eq!((a, rest.0), (1, vec!["x".to_owned(), "y".to_owned()]));
    eval::<()>("1, 2")?;
    let all: MultiValue = eval("nil, false")?;
    assert_eq!(all.0, [Value::Nil, Value::Boolean(false)]);
    Ok(())
}

// ---- chunks --------------------------------------------------------------------------------------------------

#[test]
fn chunks() -> Result<()> {
    let lua = Lua::new();
    lua.load("x = ...").call::<()>(7)?;
    assert_eq!(lua.globals().get::<i64>("x")?, 7);
    let env = lua.create_table()?;
    lua.load("y = 1").set_environment(env.clone()).exec()?;
    assert_eq!(env.get::<i64>("y")?, 1);
    assert!(!lua.globals().contains_key("y")?);
    assert_eq!(lua.load("local a = 3 return a").eval::<i64>()?, 3);
    Ok(())
}

#[test]
fn syntax_errors() {
    let lua = Lua::new();
    let syntax = |source: &str| match lua.load(source).set_name("=s").exec() {
        Err(Error::SyntaxError(e)) => (e.message().into_owned(), e.is_incomplete()),
        other => panic!("{other:?}"),
    };
    assert_eq!(syntax("x = )"), ("s:1: unexpected symbol near ')'".into(), false));
    assert_eq!(syntax("\nif x then"), ("s:2: 'end' expected near <eof>".into(), true));
    assert!(syntax("\x1BLua").0.contains("binary"));
    assert!(matches!(lua.load("for").eval::<()>(), Err(Error::SyntaxError(_))));
}

#[test]
fn files() -> Result<()> {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("file.lua");
    std::fs::write(&path, "#!/usr/bin/lua\nreturn 1, debug.getinfo(1, 'S').source").expect("write");
    let lua = Lua::new();
    let (n, source): (i64, String) = lua.load_file(&path).expect("read").call(())?;
    assert_eq!((n, source), (1, format!("@{}", path.display())));
    assert!(lua.load_file("no such file").is_err());
    Ok(())
}

// ---- tables --------------------------------------------------------------------------------------------------

#[test]
fn tables() -> Result<()> {
    let lua = Lua::new();
    let t = lua.create_table()?;
    t.set("a", 1)?;
    t.set(2.0, "two")?;
    t.push("one")?;
    assert_eq!(t.get::<String>(1)?, "one");
    assert_eq!((t.len()?, t.raw_len()?, t.is_empty()?), (2, 2, false));
    t.set("a", Value::Nil)?;
    assert!(!t.contains_key("a")?);
    assert_eq!(t.sequence_values::<String>().collect::<Result<Vec<_>>>()?, ["one", "two"]);
    for bad in [Value::Nil, Value::Number(f64::NAN)] {
        let e = runtime_error(t.set(bad, 1));
        assert!(
            e.message().starts_with("index is") || e.message().starts_with("table index is"),
            "{e}"
        );
    }
    assert_eq!(t.get::<Value>(Value::Nil)?, Value::Nil);
    Ok(())
}

#[test]
fn metamethods() -> Result<()> {
    let lua = Lua::new();
    let t: Table = lua
        .load(
            "return setmetatable({own = 1}, {
                __index = function(_, k) return k .. '!' end,
                __newindex = function(t, k, v) rawset(t, k, v * 2) end,
                __len = function() return 99 end })",
        )
        .eval()?;
    assert_eq!(t.get::<String>("x")?, "x!");
    assert_eq!(t.raw_get::<Option<String>>("x")?, None);
    t.set("y", 21)?;
    assert_eq!(t.get::<i64>("y")?, 42);
    t.raw_set("z", 1)?;
    assert_eq!(t.raw_get::<i64>("z")?, 1);
    assert_eq!((t.len()?, t.raw_len()?), (99, 0));
    let mt = t.metatable().expect("it has one");
    let failing = lua.create_function(|_, ()| Err::<(), _>(Error::runtime("no")))?;
    mt.set("__index", failing)?;
    assert_eq!(runtime_error(t.get::<Value>("q")).message(), "no");
    t.set_metatable(None)?;
    assert_eq!(t.metatable(), None);
    assert_eq!(t.len()?, 0);
    Ok(())
}

#[test]
fn traversal() -> Result<()> {
    let lua = Lua::new();
    let t: Table = lua.load("{10, 20, x = 30, [2.5] = 40, [print] = 50}").eval()?;
    let mut sum = 0;
    t.for_each(|k: Value, v: i64| {
        sum += v;
        // Clearing fields during traversal is fine.
        t.set(k, Value::Nil)
    })?;
    assert_eq!((sum, t.pairs::<Value, Value>().count()), (150, 0));
    Ok(())
}

// ---- functions and errors ------------------------------------------------------------------------------------

#[test]
fn calls_back_and_forth() -> Result<()> {
    let lua = Lua::new();
    let twice =
        lua.create_function(|_, (f, x): (Function, i64)| f.call::<i64>(f.call::<i64>(x)?))?;
    lua.globals().set("twice", twice)?;
    let source = "return twice(function(x) return twice(function(y) return y * 3 end, x) end, 1)";
    assert_eq!(lua.load(source).eval::<i64>()?, 81);
    let define = lua.create_function(|lua, name: String| {
        lua.globals().set(name, lua.load("return ...").into_function()?)
    })?;
    lua.globals().set("define", define)?;
    assert_eq!(lua.load("define 'id' return id(5)").eval::<i64>()?, 5);
    Ok(())
}

#[test]
fn state_in_functions() -> Result<()> {
    let lua = Lua::new();
    let mut count = 0;
    let counter = lua.create_function_mut(move |_, f: Option<Function>| {
        count += 1;
        f.map_or(Ok(()), |f| f.call(()))?;
        Ok(count)
    })?;
    lua.globals().set("counter", &counter)?;
    assert_eq!(lua.load("counter(), counter()").eval::<(i64, i64)>()?, (1, 2));
    let e = runtime_error(counter.call::<i64>(&counter));
    assert!(e.message().contains("while it runs"), "{e}");
    Ok(())
}

#[test]
fn errors_of_lua() -> Result<()> {
    let lua = Lua::new();
    lua.load("function f() error('boom') end").set_name("=f").exec()?;
    let f: Function = lua.globals().get("f")?;
    let e = runtime_error(f.call::<()>(()));
    assert_eq!(e.message(), "f:1: boom");
    let traceback = e.traceback().expect("a traceback");
    assert!(traceback.starts_with("stack traceback:\n\t[C]: in "), "{traceback}");
    assert!(traceback.contains("f:1: in function"), "{traceback}");
    assert_eq!(Error::RuntimeError(e.clone()).to_string(), format!("f:1: boom\n{traceback}"));

    let e = lua.load("error({code = 5})").exec().unwrap_err();
    let thrown: Table = lua.thrown_value(&e)?;
    assert_eq!(thrown.get::<i64>("code")?, 5);
    assert_eq!(runtime_error::<()>(Err(e)).message(), "(error object is a table value)");
    let e = lua.load("error(setmetatable({}, {__tostring = function() return 'own' end}))").exec();
    assert_eq!(e.unwrap_err().to_string(), "own");
    let e = lua.load("error('text', 0)").exec().unwrap_err();
    assert_eq!(lua.thrown_value::<String>(&e)?, "text");
    Ok(())
}

#[test]
fn errors_of_rust() -> Result<()> {
    let lua = Lua::new();
    let fail = lua.create_function(|_, n: i32| Err::<(), _>(Custom(n)).into_lua_err())?;
    lua.globals().set("fail", fail)?;
    let e = lua.load("fail(3)").exec().unwrap_err();
    assert_eq!(e.downcast_ref::<Custom>().map(|c| c.0), Some(3));
    let (caught, text): (bool, String) =
        lua.load("local ok, e = pcall(fail, 4) return ok, type(e) .. tostring(e)").eval()?;
    assert_eq!((caught, text.as_str()), (false, "userdatacustom error 4"));
    let e = lua.load("local _, e = pcall(fail, 5) error(e)").exec().unwrap_err();
    assert_eq!(e.downcast_ref::<Custom>().map(|c| c.0), Some(5));

    let complain = lua.create_function(|_, ()| Err::<(), _>(Error::runtime("told you")))?;
    lua.globals().set("complain", complain)?;
    let e = lua.load("\ncomplain()").set_name("=script").exec();
    assert_eq!(runtime_error(e).message(), "script:2: told you");
    Ok(())
}

/// Runs a script that fails, with a variable that is to be closed by `closed`, which is given the error.
fn fail_closing(lua: &Lua, closed: &str, script: &str) -> Error {
    let text = format!(
        "local _ <close> = setmetatable({{}}, {{__close = function(_, e) {closed} end}})\n{script}"
    );
    lua.load(text).set_name("=script").exec().expect_err("an error")
}

#[test]
fn close_handlers_get_what_was_thrown() -> Result<()> {
    let lua = Lua::new();
    let fail = lua.create_function(|_, n: i32| Err::<(), _>(Custom(n)).into_lua_err())?;
    let complain = lua.create_function(|_, ()| Err::<(), _>(Error::runtime("told you")))?;
    let through = lua.create_function(|_, f: Function| f.call::<()>(()))?;
    lua.globals().set("fail", fail)?;
    lua.globals().set("complain", complain)?;
    lua.globals().set("through", through)?;

    let seen = |script: &str| {
        let e = fail_closing(&lua, "seen = type(e) .. ' ' .. tostring(e)", script);
        (lua.globals().get::<String>("seen").expect("a text"), e)
    };
    let (text, e) = seen("error('boom')");
    assert_eq!(text, "string script:2: boom");
    let e = runtime_error::<()>(Err(e));
    assert_eq!(e.message(), "script:2: boom");
    let traceback = e.traceback().expect("a traceback");
    assert!(traceback.contains("script:2: in main chunk"), "{traceback}");
    assert_eq!(
        seen("local x; x.y = 1").0,
        "string script:2: attempt to index a nil value (local 'x')"
    );
    let (text, e) = seen("error()");
    assert_eq!(text, "string <no error object>");
    assert_eq!(runtime_error::<()>(Err(e)).message(), "(error object is a nil value)");
    assert_eq!(seen("complain()").0, "string script:2: told you");
    assert_eq!(seen("through(function() error('in', 0) end)").0, "string in");
    let (text, e) = seen("fail(3)");
    assert_eq!(text, "userdata custom error 3");
    assert_eq!(e.downcast_ref::<Custom>().map(|c| c.0), Some(3));

    let e = fail_closing(&lua, "same = e == thrown", "thrown = {code = 5} error(thrown)");
    assert!(lua.globals().get::<bool>("same")?);
    assert_eq!(lua.thrown_value::<Table>(&e)?.get::<i64>("code")?, 5);
    Ok(())
}

#[test]
fn errors_of_close_handlers() -> Result<()> {
    let lua = Lua::new();
    let through = lua.create_function(|_, f: Function| f.call::<()>(()))?;
    lua.globals().set("through", through)?;
    let e = fail_closing(
        &lua,
        "local function f() error('second after ' .. e) end f()",
        "error('x', 0)",
    );
    let e = runtime_error::<()>(Err(e));
    assert_eq!(e.message(), "script:1: second after x");
    let traceback = e.traceback().expect("a traceback");
    assert!(traceback.contains("script:1: in local 'f'"), "{traceback}");
    // What a handler catches, by itself or through Rust, leaves the first error as it was.
    for closed in ["pcall(error, 'other')", "pcall(through, error)", "through(print)"] {
        let e = runtime_error::<()>(Err(fail_closing(&lua, closed, "\nerror('first')")));
        assert_eq!(e.message(), "script:3: first");
        assert!(e.traceback().is_some_and(|t| t.contains("script:3: in main chunk")), "{closed}");
    }
    Ok(())
}

#[test]
fn extended_errors() -> Result<()> {
    let lua = Lua::new();
    lua.extend_errors(true);
    let seen = |script: &str| {
        let e = fail_closing(&lua, "seen = e", script);
        (lua.globals().get::<String>("seen").expect("a text"), runtime_error::<()>(Err(e)))
    };
    let (text, e) = seen("error('boom')");
    assert_eq!(e.message(), "script:2: boom");
    assert_eq!(text, e.to_string());
    assert!(text.contains("\nstack traceback:\n\t[C]: in "), "{text}");
    let (text, e) = seen("error({code = 5})");
    assert_eq!(e.message(), "(error object is a table value)");
    assert_eq!(text, e.to_string());
    assert_eq!(lua.thrown_value::<Table>(&Error::RuntimeError(e))?.get::<i64>("code")?, 5);
    assert_eq!(
        seen("error(setmetatable({}, {__tostring = function() return 'own' end}))").0,
        "own"
    );
    // What the program catches isn't extended.
    assert_eq!(lua.load("select(2, pcall(error, 'boom'))").eval::<String>()?, "boom");
    Ok(())
}

#[test]
fn errors_pass_through_rust_unchanged() -> Result<()> {
    let lua = Lua::new();
    let through = lua.create_function(|_, f: Function| f.call::<()>(()))?;
    lua.globals().set("through", through)?;
    let same: bool = lua
        .load(
            "local t = {}
             local _, e = pcall(through, function() through(function() error(t) end) end)
             collectgarbage()
             return e == t",
        )
        .eval()?;
    assert!(same);
    let text: String =
        lua.load("return select(2, pcall(through, function() error('x', 0) end))").eval()?;
    assert_eq!(text, "x");
    Ok(())
}

#[test]
fn argument_errors() -> Result<()> {
    let lua = Lua::new();
    let f = lua.create_function(|_, (_, _): (i64, Table)| Ok(()))?;
    lua.globals().set("f", f)?;
    let message = |call: &str| -> String {
        let source = format!("return select(2, pcall(function() {call} end))");
        lua.load(source).set_name("=c").eval().expect("a message")
    };
    assert_eq!(message("f()"), "c:1: bad argument #1 to 'f' (number expected, got nil)");
    assert_eq!(message("f(1, 2)"), "c:1: bad argument #2 to 'f' (table expected, got number)");
    assert_eq!(
        message("f(1.5, 2)"),
        "c:1: bad argument #1 to 'f' (number has no integer representation)"
    );
    lua.load("f(1, {}, 'too many')").exec()
}

#[test]
fn endless_recursion_through_rust_is_an_error() -> Result<()> {
    let lua = Lua::new();
    let again = lua.create_function(|_, f: Function| f.call::<()>(()))?;
    lua.globals().set("again", again)?;
    let e = lua.load("local function f() again(f) end f()").exec().unwrap_err();
    assert!(e.to_string().contains("C stack overflow"), "{e}");
    assert_eq!(lua.load("1").eval::<i64>()?, 1);
    Ok(())
}

#[test]
fn panics_pass_through_and_leave_the_state_in_order() -> Result<()> {
    let mut off = Options::new();
    off.set("--jit", "off").expect("a flag");
    for options in [Options::new(), off, Options::new().jit_threshold(Some(0))] {
        let lua = Lua::with_options(options);
        let f = lua.create_function(|_, n: i64| -> Result<i64> {
            if n == 300 { panic!("on purpose") } else { Ok(n) }
        })?;
        let again = lua.create_function(|_, f: Function| f.call::<()>(()))?;
        lua.globals().set("f", f)?;
        lua.globals().set("again", again)?;
        lua.load("function loop() for i = 1, 1000 do last = f(i) end end").exec()?;
        for way in [
            "loop()",
            "pcall(loop)",
            "coroutine.wrap(loop)()",
            "pcall(coroutine.wrap(function() pcall(loop) end))",
            "again(loop)",
            "pcall(string.gsub, 'a', 'a', loop)",
            "setmetatable({}, {__index = loop}).x = setmetatable({}, {__index = loop}).x",
            "again(function() pcall(again, loop) end)",
            "local function deep(n) if n > 0 then return (deep(n - 1)) end loop() end deep(10000)",
        ] {
            let caught = catch_unwind(AssertUnwindSafe(|| lua.load(way).exec()));
            let panic = caught.expect_err(way);
            assert_eq!(panic.downcast_ref::<&str>(), Some(&"on purpose"), "{way}");
            assert_eq!(lua.load("return last").eval::<i64>()?, 299, "{way}");
            let depth =
                "local function d(n) return n == 0 and 0 or 1 + d(n - 1) end return d(5000)";
            assert_eq!(lua.load(depth).eval::<i64>()?, 5000, "{way}");
        }
    }
    Ok(())
}

#[test]
fn a_callback_may_catch_the_panic_of_another() -> Result<()> {
    let lua = Lua::new();
    let f = lua.create_function(|_, ()| -> Result<()> { panic!("on purpose") })?;
    let catching = lua.create_function(|_, f: Function| {
        let caught = catch_unwind(AssertUnwindSafe(|| f.call::<()>(())));
        Ok(caught.is_err())
    })?;
    lua.globals().set("f", f)?;
    lua.globals().set("catching", catching)?;
    let all: (bool, i64, String) = lua
        .load("local a = 7 local b = catching(function() pcall(f) end) return b, a, 'end'")
        .eval()?;
    assert_eq!(all, (true, 7, "end".into()));
    Ok(())
}

// ---- coroutines ----------------------------------------------------------------------------------------------

#[test]
fn coroutines() -> Result<()> {
    let lua = Lua::new();
    let body = lua.load("local a = ... ; for i = 1, a do coroutine.yield(i) end ; error('end')");
    let co = lua.create_thread(&body.set_name("=co").into_function()?)?;
    assert_eq!(co.resume::<i64>(2)?, 1);
    assert_eq!(co.resume::<i64>(())?, 2);
    assert_eq!(co.status(), ThreadStatus::Suspended);
    let e = runtime_error(co.resume::<()>(()));
    assert_eq!(e.message(), "co:1: end");
    assert!(e.traceback().expect("a traceback").contains("co:1: in "), "{e}");
    assert_eq!(co.status(), ThreadStatus::Dead);
    assert_eq!(runtime_error(co.resume::<()>(())).message(), "cannot resume dead coroutine");
    Ok(())
}

#[test]
fn rust_functions_in_coroutines() -> Result<()> {
    let lua = Lua::new();
    let running = lua.create_function(|_, (co, f): (Thread, Function)| {
        assert_eq!(co.status(), ThreadStatus::Running);
        f.call::<i64>(())
    })?;
    lua.globals().set("running", running)?;
    let source = "local co = coroutine.wrap(function()
                      local n = running(coroutine.running(), function() return 5 end)
                      coroutine.yield(n)
                      running(coroutine.running(), function() coroutine.yield() end)
                  end)
                  return co(), select(2, pcall(co))";
    let (n, message): (i64, String) = lua.load(source).eval()?;
    assert_eq!(n, 5);
    assert!(message.contains("attempt to yield across a C-call boundary"), "{message}");
    Ok(())
}

#[test]
fn a_coroutine_closes_itself_through_rust() -> Result<()> {
    let lua = Lua::new();
    let through = lua.create_function(|_, f: Function| f.call::<()>(()))?;
    lua.globals().set("through", through)?;
    let source = "local log = ''
                  local co = coroutine.create(function()
                      local x <close> = setmetatable({}, {__close = function() log = log .. 'closed' end})
                      through(function() coroutine.close(coroutine.running()) end)
                      log = 'went on'
                  end)
                  local ok = coroutine.resume(co)
                  return log, ok, coroutine.status(co)";
    let result: (String, bool, String) = lua.load(source).eval()?;
    assert_eq!(result, ("closed".into(), true, "dead".into()));
    Ok(())
}

// ---- userdata ------------------------------------------------------------------------------------------------

struct Account {
    balance: i64,
    dropped: Rc<Cell<bool>>,
}

impl Drop for Account {
    fn drop(&mut self) {
        self.dropped.set(true);
    }
}

impl UserData for Account {
    const NAME: &'static str = "account";

    fn add_methods(methods: &mut Methods<'_, Self>) -> Result<()> {
        methods.add("balance", |_, this, ()| Ok(this.balance))?;
        methods.add_mut("deposit", |_, this, n: i64| {
            this.balance += n;
            Ok(())
        })?;
        methods.add_mut("with", |_, _, f: Function| f.call::<()>(()))?;
        methods.add_meta("__tostring", |_, this, _: MultiValue| {
            Ok(format!("account({})", this.balance))
        })
    }
}

#[test]
fn userdata() -> Result<()> {
    let lua = Lua::new();
    let dropped = Rc::new(Cell::new(false));
    let account = lua.create_userdata(Account { balance: 1, dropped: dropped.clone() })?;
    lua.globals().set("a", &account)?;
    lua.load("a:deposit(10)").exec()?;
    assert_eq!(account.value::<Account>()?.borrow().balance, 11);
    assert_eq!(lua.load("tostring(a)").eval::<String>()?, "account(11)");
    let e = runtime_error(lua.load("a.deposit({}, 1)").set_name("=u").exec());
    assert_eq!(e.message(), "u:1: bad argument #1 to 'deposit' (userdata expected, got table)");
    let e = runtime_error(lua.load("a:with(function() a:balance() end)").exec());
    assert!(e.message().contains("in use"), "{e}");

    struct Other;
    impl UserData for Other {}
    assert!(account.value::<Other>().is_err());
    lua.globals().set("o", Other)?;
    assert!(lua.load("a.deposit(o, 1)").exec().is_err());

    drop(account);
    lua.globals().set("a", Value::Nil)?;
    lua.gc_collect();
    assert!(dropped.get());
    Ok(())
}

// ---- memory --------------------------------------------------------------------------------------------------

#[test]
fn handles_keep_values_alive() -> Result<()> {
    let lua = Lua::new();
    lua.load("weak = setmetatable({}, {__mode = 'v'})").exec()?;
    let weak: Table = lua.globals().get("weak")?;
    let t = lua.create_table()?;
    let copy = t.clone();
    weak.set(1, &t)?;
    drop(t);
    lua.gc_collect();
    assert_eq!(weak.get::<Value>(1)?, Value::Table(copy.clone()));
    drop(copy);
    lua.gc_collect();
    assert_eq!(weak.get::<Value>(1)?, Value::Nil);
    Ok(())
}

#[test]
fn a_host_that_only_allocates_is_collected_for() -> Result<()> {
    let lua = Lua::new();
    let start = lua.memory_used();
    for i in 0..200_000 {
        let t = lua.create_table()?;
        t.set("i", i)?;
    }
    assert!(lua.memory_used() < start + (16 << 20), "{}", lua.memory_used());
    Ok(())
}

#[test]
fn memory_limit() -> Result<()> {
    let lua = Lua::new();
    lua.set_memory_limit(Some(lua.memory_used() + (1 << 20)));
    let hog = "local t = {} for i = 1, 1e9 do t[i] = {i} end";
    assert!(matches!(lua.load(hog).exec(), Err(Error::MemoryError)));
    assert!(matches!(lua.create_string(vec![0; 4 << 20]), Err(Error::MemoryError)));
    assert!(matches!(lua.load("('x'):rep(1 << 30)").eval::<()>(), Err(Error::MemoryError)));
    let rust = || -> Result<()> {
        let t = lua.create_table()?;
        (1..).try_for_each(|i| t.set(i, lua.create_table()?))
    };
    assert!(matches!(rust(), Err(Error::MemoryError)));
    lua.set_memory_limit(None);
    assert_eq!(lua.load("return #('x'):rep(1 << 22)").eval::<i64>()?, 1 << 22);
    Ok(())
}

#[test]
fn finalizers_run_when_the_state_ends() -> Result<()> {
    let log = Rc::new(Cell::new(0));
    let (lua, seen) = (Lua::new(), log.clone());
    let note = lua.create_function(move |lua, n: i32| {
        // The state can be used even now.
        assert_eq!(lua.load("1 + 1").eval::<i32>()?, 2);
        seen.set(seen.get() + n);
        Ok(())
    })?;
    lua.globals().set("note", note)?;
    lua.load("x = setmetatable({}, {__gc = function() note(5) end})").exec()?;
    let last: AnyUserData = lua.load("io.stdout").eval()?;
    drop(lua);
    assert_eq!(log.get(), 0);
    drop(last);
    assert_eq!(log.get(), 5);
    Ok(())
}

#[test]
fn captured_handles_are_dropped_by_the_collector() -> Result<()> {
    let lua = Lua::new();
    let token = Rc::new(());
    for _ in 0..10 {
        let (t, token) = (lua.create_table()?, token.clone());
        lua.create_function(move |_, ()| {
            let _ = &token;
            t.len()
        })?;
    }
    lua.gc_collect();
    assert_eq!(Rc::strong_count(&token), 1);
    Ok(())
}

#[test]
fn destructors_cant_use_the_state() -> Result<()> {
    struct Uses(Option<Lua>);
    impl Drop for Uses {
        fn drop(&mut self) {
            if let Some(lua) = &self.0 {
                lua.globals();
            }
        }
    }
    let lua = Lua::new();
    let uses = Uses(Some(lua.clone()));
    lua.create_function(move |_, ()| Ok(uses.0.is_some()))?;
    assert!(catch_unwind(AssertUnwindSafe(|| lua.gc_collect())).is_err());
    Ok(())
}

#[test]
fn values_stay_in_their_state() -> Result<()> {
    let (one, two) = (Lua::new(), Lua::new());
    let t = one.create_table()?;
    for r in [
        two.globals().set("t", &t),
        two.load("").set_environment(t.clone()).exec(),
        two.load("return ...").call::<()>(&t),
        two.globals().set_metatable(Some(t.clone())),
    ] {
        assert!(runtime_error(r).message().contains("one Lua state"));
    }
    let function = two.create_function(move |_, ()| Ok(t.clone()))?;
    assert!(runtime_error(function.call::<()>(())).message().contains("one Lua state"));
    Ok(())
}

// ---- the rest ------------------------------------------------------------------------------------------------

#[test]
fn options() -> Result<()> {
    let lua = Lua::with_options(Options::new().ignore_environment(true));
    assert!(lua.load("package.path").eval::<String>()?.contains("./?.lua"));
    Ok(())
}

#[test]
fn own_conversions() -> Result<()> {
    #[derive(Debug, PartialEq)]
    struct Point(f64, f64);
    impl FromLua for Point {
        fn from_lua(value: Value, lua: &Lua) -> Result<Point> {
            let t = Table::from_lua(value, lua)?;
            Ok(Point(t.get("x")?, t.get("y")?))
        }
    }
    struct Sum(i64);
    impl perilune::FromLuaMulti for Sum {
        fn from_lua_multi(args: &mut Args, lua: &Lua) -> Result<Sum> {
            let mut sum = 0;
            while args.remaining() > 0 {
                sum += i64::from_lua(args.take(), lua)?;
            }
            Ok(Sum(sum))
        }
    }
    assert_eq!(eval::<Point>("{x = 1, y = 2}")?, Point(1.0, 2.0));
    assert_eq!(eval::<Sum>("1, 2, 3")?.0, 6);
    Ok(())
}

#[test]
fn interrupts_pass_through_rust_functions() {
    let lua = Lua::new();
    let handle = lua.interrupt_handle();
    let spin = lua.load("while true do end").set_name("=spin").into_function().unwrap();
    let call = lua
        .create_function(move |_, ()| {
            handle.interrupt(perilune::Interrupt::Break);
            spin.call::<()>(())
        })
        .unwrap();
    lua.globals().set("call", call).unwrap();
    let run = "while true do pcall(call) coroutine.wrap(pcall)(call) end";
    match lua.load(run).exec() {
        Err(Error::RuntimeError(e)) => {
            assert!(e.is_interrupt());
            assert_eq!(e.message(), "spin:1: interrupted!");
            assert!(e.traceback().unwrap().starts_with("stack traceback:\n\tspin:1: in "));
        }
        other => panic!("{other:?}"),
    }
    match lua.load("error('interrupted!')").exec() {
        Err(Error::RuntimeError(e)) => assert!(!e.is_interrupt()),
        other => panic!("{other:?}"),
    }
}

/// A kill at each of the first safepoints, while the program catches what it can, and while the state is closed.
#[test]
fn kills_anywhere_leave_a_good_state() {
    let program = "
        local function close() for i = 1, 2 do end end
        kept = setmetatable({}, {__gc = close, __close = close})
        for i = 1, 5 do
            pcall(function()
                local c <close> = kept
                coroutine.wrap(function() pcall(error) coroutine.yield() end)()
                table.sort({3, 2, 1}, function(a, b) return a < b end)
                collectgarbage()
            end)
        end
        return 7";
    let mut ended = 0;
    for n in 0.. {
        let lua = Lua::with_options(Options::new().kill_after(Some(n)));
        match lua.load(program).call::<i64>(()) {
            Ok(7) => ended += 1,
            Ok(_) => panic!("kill {n}"),
            Err(e) => {
                assert!(e.to_string().contains("time limit exceeded"), "kill {n}: {e}");
                assert_eq!(
                    lua.load("local n = 0 for i = 1, 9 do n = n + i end return n")
                        .eval::<i64>()
                        .unwrap(),
                    45
                );
            }
        }
        // The last ones come while the state is closed.
        if ended == 20 {
            assert!(n > 60, "{n} safepoints");
            return;
        }
    }
}

/// Tells what comes of a dumped function, loaded by a program in different ways and by the host.
fn loaded_from_binary(lua: &Lua) -> Vec<String> {
    let program = "
        local chunk, n = string.dump(load 'return 7'), 0
        local function pieces() n = n + 1 return n <= #chunk and chunk:sub(n, n) or nil end
        local results = {}
        for _, f in ipairs {
            function() return load(chunk) end,
            function() return load(chunk, 'c', 'b') end,
            function() return load(pieces) end,
        } do
            local f, message = f()
            table.insert(results, f and tostring(f()) or message)
        end
        return chunk, table.concat(results, '|')";
    let (chunk, results): (LuaString, String) = lua.load(program).call(()).unwrap();
    let as_text = |r: perilune::Result<i64>| match r {
        Ok(n) => n.to_string(),
        Err(perilune::Error::SyntaxError(e)) => e.to_string(),
        Err(e) => format!("{e:?}"),
    };
    let mut all: Vec<String> = results.split('|').map(str::to_owned).collect();
    all.push(as_text(lua.load(chunk.as_bytes()).call(())));
    all.push(as_text(lua.load(chunk.as_bytes()).eval()));
    all
}

#[test]
fn binary_chunks_are_refused_unless_allowed() {
    let refused = vec!["attempt to load a binary chunk (mode is 't')"; 5];
    let lua = Lua::new();
    assert_eq!(loaded_from_binary(&lua), refused);
    lua.set_text_only(false);
    assert_eq!(loaded_from_binary(&lua), vec!["7"; 5]);
    lua.set_text_only(true);
    assert_eq!(loaded_from_binary(&lua), refused);
    let lua = Lua::with_options(Options::new().text_only(false));
    assert_eq!(loaded_from_binary(&lua), vec!["7"; 5]);
    let e = lua.load(b"\x1BLua").exec().unwrap_err();
    assert!(e.to_string().contains("bad binary format (truncated chunk)"), "{e}");
}

// ---- native stack --------------------------------------------------------------------------------------------

/// Ways to nest native functions that call back, and to nest source text.
const NESTING: &[&str] = &[
    "local function f() string.gsub('a', 'a', f) end return f",
    "local t = {3, 2, 1} local function f() table.sort(t, f) end return f",
    "local t = setmetatable({}, {__tostring = tostring}) return function() return tostring(t) end",
    "local t = setmetatable({}, {}) getmetatable(t).__index = function() return table.unpack(t, 1, 1) end
     return function() return table.unpack(t, 1, 1) end",
    "local t = setmetatable({}, {}) getmetatable(t).__index = function() return table.concat(t, '', 1, 1) end
     return function() return table.concat(t, '', 1, 1) end",
    "local function f() return load(f) end return f",
    "package.preload.q = function() package.loaded.q = nil return require 'q' end return function() return require 'q' end",
    "local function f() return again(f) end return f",
    "local function f() return coroutine.wrap(f)() end return f",
    "local function f(n) n = (n or 0) + 1 return xpcall(f, function(m) return again(f, n) end, n) end return f",
    "return function() error(setmetatable({}, {__gc = 1})) end",
    "return function() return load('return ' .. ('('):rep(190) .. '1' .. (')'):rep(190))() end",
    "return function() return load(('function a.b:c(...) '):rep(190) .. ('end '):rep(190)) end",
    "return function() return load(string.dump(load(('return function() '):rep(90) .. ('end '):rep(90)))) end",
    "return function() return ('x'):rep(1000):find(('a?'):rep(190) .. ('(x)'):rep(30)) end",
];

#[test]
fn native_stacks_of_any_size_are_enough() {
    for size in [256 << 10, 512 << 10, 2 << 20] {
        let nest = move || -> Result<()> {
            let lua = Lua::new();
            let again = lua.create_function(|_, (f, n): (Function, Value)| f.call::<Value>(n))?;
            lua.globals().set("again", again)?;
            for way in NESTING {
                let f: Function = lua.load(*way).eval()?;
                lua.globals().set("way", f)?;
                // Whatever comes of it, it does come, and the state is none the worse.
                lua.load("pcall(way) pcall(pcall, way) coroutine.wrap(pcall)(way)").exec()?;
                let sum =
                    "local function s(n) return n == 0 and 0 or n + s(n - 1) end return s(1000)";
                assert_eq!(lua.load(sum).eval::<i64>()?, 500_500, "{way}");
            }
            Ok(())
        };
        let thread = std::thread::Builder::new()
            .stack_size(size)
            .spawn(move || nest().map_err(|e| e.to_string()));
        let result = thread.expect("a thread").join().expect("no panic");
        assert_eq!(result, Ok(()), "{size} bytes");
    }
}

/// An interrupt is about one program, and a Rust function that swallows it can't save that.
#[test]
fn interrupts_are_met_again_until_the_program_has_ended() {
    let lua = Lua::new();
    let handle = lua.interrupt_handle();
    let swallow = lua
        .create_function(move |_, f: perilune::Function| {
            handle.interrupt(perilune::Interrupt::Break);
            Ok(f.call::<()>(()).is_err())
        })
        .unwrap();
    lua.globals().set("swallow", swallow).unwrap();
    let is_interrupt = |r: perilune::Result<()>| match r {
        Err(Error::RuntimeError(e)) => e.is_interrupt(),
        _ => false,
    };
    let looping = "function loop() while true do end end swallow(loop) reached = true loop()";
    assert!(is_interrupt(lua.load(looping).exec()));
    assert_eq!(lua.load("return reached, 1 + 1").eval::<(bool, i64)>().unwrap(), (true, 2));
    // One that comes while the host uses the state ends what the host does, and nothing else.
    lua.interrupt_handle().interrupt(perilune::Interrupt::Break);
    assert!(is_interrupt(lua.create_string(vec![0; 1 << 20]).map(|_| ())));
    assert_eq!(lua.load("1 + 1").eval::<i64>().unwrap(), 2);
    lua.load("setmetatable({}, {__gc = loop})").exec().unwrap();
    let handle = lua.interrupt_handle();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(50));
        handle.interrupt(perilune::Interrupt::Break);
    });
    lua.gc_collect();
    stopper.join().unwrap();
    assert_eq!(lua.load("1 + 1").eval::<i64>().unwrap(), 2);
}

/// What runs while a state is closed can be interrupted.
#[test]
fn closing_is_interrupted() {
    let lua = Lua::new();
    lua.load("K = setmetatable({}, {__gc = function() while true do end end})").exec().unwrap();
    let handle = lua.interrupt_handle();
    std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(50));
        handle.interrupt(perilune::Interrupt::Timeout);
    });
    match lua.close() {
        Err(Error::RuntimeError(e)) => assert!(e.is_interrupt()),
        other => panic!("{other:?}"),
    }
    assert!(Lua::new().close().is_ok());
}
