//! The embedding API as a host uses it.

use perilune::{
    AnyUserData, Error, ExternalResult, FromLua, Function, Lua, LuaError, LuaString, MetaMethod,
    MultiValue, Options, Result, Table, Thread, ThreadStatus, UserData, UserDataFields,
    UserDataMethods, Value, Variadic,
};
use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// A state with all libraries, whose errors tell all they know.
fn new_lua() -> Lua {
    let lua = Lua::with_options(Options::new());
    lua.detail_errors(true);
    lua
}

fn eval<T: perilune::FromLuaMulti>(source: &str) -> Result<T> {
    new_lua().load(source).eval()
}

#[derive(Debug)]
struct Custom(i32);

impl fmt::Display for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "custom error {}", self.0)
    }
}

impl std::error::Error for Custom {}

fn runtime_error<T: fmt::Debug>(r: Result<T>) -> LuaError {
    match r {
        Err(Error::LuaError(e)) => *e,
        other => panic!("not an error of Lua: {other:?}"),
    }
}

/// The error that a callback returned, and its traceback.
fn callback_error<T: fmt::Debug>(r: Result<T>) -> (Error, String) {
    match r {
        Err(Error::CallbackError { cause, traceback }) => ((*cause).clone(), traceback),
        other => panic!("not an error of a callback: {other:?}"),
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
    // What no integer of Lua is, a float may be.
    let lua = new_lua();
    lua.globals().set("x", u64::MAX)?;
    assert!(matches!(lua.globals().get("x")?, Value::Number(x) if x == u64::MAX as f64));
    Ok(())
}

#[test]
fn strings() -> Result<()> {
    let lua = new_lua();
    let s: LuaString = lua.load(r"'a\0\xFF'").eval()?;
    assert_eq!(s.as_bytes(), b"a\0\xFF".as_slice());
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
    let lua = new_lua();
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
    assert_eq!((a, rest.to_vec()), (1, vec!["x".to_owned(), "y".to_owned()]));
    eval::<()>("1, 2")?;
    let all: MultiValue = eval("nil, false")?;
    assert_eq!(all.into_vec(), [Value::Nil, Value::Boolean(false)]);
    Ok(())
}

// ---- chunks --------------------------------------------------------------------------------------------------

#[test]
fn chunks() -> Result<()> {
    let lua = new_lua();
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
    let lua = new_lua();
    let syntax = |source: &str| match lua.load(source).set_name("=s").exec() {
        Err(Error::LuaError(e)) if e.is_syntax() => (e.message().into_owned(), e.is_incomplete()),
        other => panic!("{other:?}"),
    };
    assert_eq!(syntax("x = )"), ("s:1: unexpected symbol near ')'".into(), false));
    assert_eq!(syntax("\nif x then"), ("s:2: 'end' expected near <eof>".into(), true));
    assert!(syntax("\x1BLua").0.contains("binary"));
    lua.detail_errors(false);
    let e = lua.load("for").eval::<()>();
    assert!(matches!(e, Err(Error::SyntaxError { incomplete_input: true, .. })), "{e:?}");
}

#[test]
fn files() -> Result<()> {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("file.lua");
    std::fs::write(&path, "#!/usr/bin/lua\nreturn 1, debug.getinfo(1, 'S').source").expect("write");
    let lua = new_lua();
    let (n, source): (i64, String) = lua.load_file(&path).expect("read").call(())?;
    assert_eq!((n, source), (1, format!("@{}", path.display())));
    assert!(lua.load_file("no such file").is_err());
    Ok(())
}

// ---- tables --------------------------------------------------------------------------------------------------

#[test]
fn tables() -> Result<()> {
    let lua = new_lua();
    let t = lua.create_table()?;
    t.set("a", 1)?;
    t.set(2.0, "two")?;
    t.push("one")?;
    assert_eq!(t.get::<String>(1)?, "one");
    assert_eq!((t.len()?, t.raw_len(), t.is_empty()), (2, 2, false));
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
    let lua = new_lua();
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
    assert_eq!((t.len()?, t.raw_len()), (99, 0));
    let mt = t.metatable().expect("it has one");
    let failing = lua.create_function(|_, ()| Err::<(), _>(Error::runtime("no")))?;
    mt.set("__index", failing)?;
    assert_eq!(callback_error(t.get::<Value>("q")).0.to_string(), "runtime error: no");
    t.set_metatable(None)?;
    assert_eq!(t.metatable(), None);
    assert_eq!(t.len()?, 0);
    Ok(())
}

#[test]
fn traversal() -> Result<()> {
    let lua = new_lua();
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
    let lua = new_lua();
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
    let lua = new_lua();
    let mut count = 0;
    let counter = lua.create_function_mut(move |_, f: Option<Function>| {
        count += 1;
        f.map_or(Ok(()), |f| f.call(()))?;
        Ok(count)
    })?;
    lua.globals().set("counter", &counter)?;
    assert_eq!(lua.load("counter(), counter()").eval::<(i64, i64)>()?, (1, 2));
    let (e, _) = callback_error(counter.call::<i64>(&counter));
    assert!(matches!(e.chain().last().unwrap().downcast_ref(), Some(Error::RecursiveMutCallback)));
    Ok(())
}

#[test]
fn errors_of_lua() -> Result<()> {
    let lua = new_lua();
    lua.load("function f() error('boom') end").set_name("=f").exec()?;
    let f: Function = lua.globals().get("f")?;
    let e = runtime_error(f.call::<()>(()));
    assert_eq!(e.message(), "f:1: boom");
    let traceback = e.traceback().expect("a traceback");
    assert!(traceback.starts_with("stack traceback:\n\t[C]: in "), "{traceback}");
    assert!(traceback.contains("f:1: in function"), "{traceback}");
    assert_eq!(e.to_string(), format!("f:1: boom\n{traceback}"));

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
    let lua = new_lua();
    let fail = lua.create_function(|_, n: i32| Err::<(), _>(Custom(n)).into_lua_err())?;
    lua.globals().set("fail", fail)?;
    let e = lua.load("fail(3)").exec().unwrap_err();
    assert_eq!(e.downcast_ref::<Custom>().map(|c| c.0), Some(3));
    let (caught, text): (bool, String) =
        lua.load("local ok, e = pcall(fail, 4) return ok, type(e) .. tostring(e)").eval()?;
    assert!(!caught && text.starts_with("userdatacustom error 4\nstack traceback:\n"), "{text}");
    let e = lua.load("local _, e = pcall(fail, 5) error(e)").exec().unwrap_err();
    assert_eq!(e.downcast_ref::<Custom>().map(|c| c.0), Some(5));

    let complain = lua.create_function(|_, ()| Err::<(), _>(Error::runtime("told you")))?;
    lua.globals().set("complain", complain)?;
    let (e, traceback) = callback_error(lua.load("\ncomplain()").set_name("=script").exec());
    assert!(matches!(e, Error::RuntimeError(text) if text == "told you"));
    assert!(traceback.contains("\n\tscript:2: in main chunk"), "{traceback}");
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
    let lua = new_lua();
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
    let told = seen("complain()").0;
    assert!(told.starts_with("userdata runtime error: told you\nstack traceback:"), "{told}");
    assert_eq!(seen("through(function() error('in', 0) end)").0, "string in");
    let (text, e) = seen("fail(3)");
    assert!(text.starts_with("userdata custom error 3\nstack traceback:"), "{text}");
    assert_eq!(e.downcast_ref::<Custom>().map(|c| c.0), Some(3));

    let e = fail_closing(&lua, "same = e == thrown", "thrown = {code = 5} error(thrown)");
    assert!(lua.globals().get::<bool>("same")?);
    assert_eq!(lua.thrown_value::<Table>(&e)?.get::<i64>("code")?, 5);
    Ok(())
}

#[test]
fn errors_of_close_handlers() -> Result<()> {
    let lua = new_lua();
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
    let lua = new_lua();
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
    assert_eq!(lua.thrown_value::<Table>(&Error::LuaError(Box::new(e)))?.get::<i64>("code")?, 5);
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
    let lua = new_lua();
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
    let lua = new_lua();
    let f = lua.create_function(|_, (_, _): (i64, Table)| Ok(()))?;
    lua.globals().set("f", f)?;
    let message = |call: &str| -> String {
        let source = format!("return tostring(select(2, pcall(function() {call} end)))");
        let text: String = lua.load(source).set_name("=c").eval().expect("a message");
        let (first, rest) = text.split_once('\n').expect("a traceback");
        assert!(rest.contains("\n\tc:1: in "), "{rest}");
        first.to_owned()
    };
    assert_eq!(message("f()"), "bad argument #1: error converting Lua nil to i64");
    assert_eq!(message("f(1, 2)"), "bad argument #2: error converting Lua integer to table");
    assert_eq!(
        message("f(1.5, 2)"),
        "bad argument #1: error converting Lua number to i64 (number has no integer representation)"
    );
    lua.load("f(1, {}, 'too many')").exec()
}

#[test]
fn endless_recursion_through_rust_is_an_error() -> Result<()> {
    let lua = new_lua();
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
    let lua = new_lua();
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
    let lua = new_lua();
    let body = lua.load("local a = ... ; for i = 1, a do coroutine.yield(i) end ; error('end')");
    let co = lua.create_thread(body.set_name("=co").into_function()?)?;
    assert_eq!(co.resume::<i64>(2)?, 1);
    assert_eq!(co.resume::<i64>(())?, 2);
    assert_eq!(co.status(), ThreadStatus::Resumable);
    let e = runtime_error(co.resume::<()>(()));
    assert_eq!(e.message(), "co:1: end");
    assert!(e.traceback().expect("a traceback").contains("co:1: in "), "{e}");
    assert_eq!(co.status(), ThreadStatus::Error);
    assert!(matches!(co.resume::<()>(()), Err(Error::CoroutineUnresumable)));
    Ok(())
}

#[test]
fn rust_functions_in_coroutines() -> Result<()> {
    let lua = new_lua();
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
    let lua = new_lua();
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
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_field_method_get("owner", |_, _| Ok("nobody"));
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("balance", |_, this, ()| Ok(this.balance));
        methods.add_method_mut("deposit", |_, this, n: i64| {
            this.balance += n;
            Ok(())
        });
        methods.add_method_mut("with", |_, _, f: Function| f.call::<()>(()));
        methods.add_meta_method(MetaMethod::ToString, |_, this, _: MultiValue| {
            Ok(format!("account({})", this.balance))
        });
    }
}

#[test]
fn userdata() -> Result<()> {
    let lua = new_lua();
    let dropped = Rc::new(Cell::new(false));
    let account = lua.create_userdata(Account { balance: 1, dropped: dropped.clone() })?;
    lua.globals().set("a", &account)?;
    lua.load("a:deposit(10)").exec()?;
    assert_eq!(account.borrow::<Account>()?.balance, 11);
    assert_eq!(
        lua.load("a.owner, a.other").eval::<(String, Value)>()?,
        ("nobody".into(), Value::Nil)
    );
    assert_eq!(lua.load("tostring(a)").eval::<String>()?, "account(11)");
    let (e, traceback) = callback_error(lua.load("a.deposit({}, 1)").set_name("=u").exec());
    assert_eq!(
        e.to_string(),
        "bad argument `self` to `Account.deposit`: error converting Lua table to userdata \
         (expected userdata of type 'Account')"
    );
    assert!(traceback.contains("\n\tu:1: in main chunk"), "{traceback}");
    let (e, _) = callback_error(lua.load("a:with(function() a:balance() end)").exec());
    assert!(e.to_string().contains("error borrowing userdata"), "{e}");

    struct Other;
    impl UserData for Other {}
    assert!(account.borrow::<Other>().is_err());
    lua.globals().set("o", Other)?;
    assert!(lua.load("a.deposit(o, 1)").exec().is_err());

    drop(account);
    lua.globals().set("a", Value::Nil)?;
    lua.gc_collect()?;
    assert!(dropped.get());
    Ok(())
}

// ---- memory --------------------------------------------------------------------------------------------------

#[test]
fn handles_keep_values_alive() -> Result<()> {
    let lua = new_lua();
    lua.load("weak = setmetatable({}, {__mode = 'v'})").exec()?;
    let weak: Table = lua.globals().get("weak")?;
    let t = lua.create_table()?;
    let copy = t.clone();
    weak.set(1, &t)?;
    drop(t);
    lua.gc_collect()?;
    assert_eq!(weak.get::<Value>(1)?, Value::Table(copy.clone()));
    drop(copy);
    lua.gc_collect()?;
    assert_eq!(weak.get::<Value>(1)?, Value::Nil);
    Ok(())
}

#[test]
fn a_host_that_only_allocates_is_collected_for() -> Result<()> {
    let lua = new_lua();
    let start = lua.used_memory();
    for i in 0..200_000 {
        let t = lua.create_table()?;
        t.set("i", i)?;
    }
    assert!(lua.used_memory() < start + (16 << 20), "{}", lua.used_memory());
    Ok(())
}

#[test]
fn memory_limit() -> Result<()> {
    let lua = new_lua();
    lua.set_memory_limit(lua.used_memory() + (1 << 20))?;
    let hog = "local t = {} for i = 1, 1e9 do t[i] = {i} end";
    assert!(matches!(lua.load(hog).exec(), Err(Error::MemoryError(_))));
    assert!(matches!(lua.create_string(vec![0; 4 << 20]), Err(Error::MemoryError(_))));
    assert!(matches!(lua.load("('x'):rep(1 << 30)").eval::<()>(), Err(Error::MemoryError(_))));
    let rust = || -> Result<()> {
        let t = lua.create_table()?;
        (1..).try_for_each(|i| t.set(i, lua.create_table()?))
    };
    assert!(matches!(rust(), Err(Error::MemoryError(_))));
    lua.set_memory_limit(0)?;
    assert_eq!(lua.load("return #('x'):rep(1 << 22)").eval::<i64>()?, 1 << 22);
    Ok(())
}

#[test]
fn finalizers_run_when_the_state_ends() -> Result<()> {
    let log = Rc::new(Cell::new(0));
    let (lua, seen) = (new_lua(), log.clone());
    let note = lua.create_function(move |lua, n: i32| {
        // The state can be used even now.
        assert_eq!(lua.load("1 + 1").eval::<i32>()?, 2);
        seen.set(seen.get() + n);
        Ok(())
    })?;
    lua.globals().set("note", note)?;
    lua.load("x = setmetatable({}, {__gc = function() note(5) end})").exec()?;
    let handle: AnyUserData = lua.load("io.stdout").eval()?;
    let text = lua.create_string("kept")?.as_bytes();
    drop(lua);
    // What has been borrowed keeps the state.
    assert_eq!((log.get(), &text[..]), (0, &b"kept"[..]));
    drop(text);
    assert_eq!(log.get(), 5);
    // A handle that has outlived its state gives errors.
    let gone = perilune::ObjectLike::get::<Value>(&handle, "x");
    assert!(gone.is_err_and(|e| e.to_string().contains("gone")));
    Ok(())
}

#[test]
fn captured_handles_are_dropped_by_the_collector() -> Result<()> {
    let lua = new_lua();
    let token = Rc::new(());
    for _ in 0..10 {
        let (t, token) = (lua.create_table()?, token.clone());
        lua.create_function(move |_, ()| {
            let _ = &token;
            t.len()
        })?;
    }
    lua.gc_collect()?;
    assert_eq!(Rc::strong_count(&token), 1);
    Ok(())
}

/// The collector is done when values it has found dead are dropped.
#[test]
fn destructors_may_use_the_state() -> Result<()> {
    struct Uses(perilune::WeakLua, &'static str);
    impl Drop for Uses {
        fn drop(&mut self) {
            if let Some(lua) = self.0.try_upgrade() {
                let source = format!("collectgarbage() dropped = (dropped or '') .. '{}'", self.1);
                lua.load(source).exec().expect("it runs");
            }
        }
    }
    let lua = new_lua();
    let uses = Uses(lua.weak(), "function ");
    lua.create_function(move |_, ()| {
        let _ = &uses;
        Ok(())
    })?;
    lua.create_any_userdata(Uses(lua.weak(), "userdata "))?;
    lua.gc_collect()?;
    lua.gc_collect()?;
    let dropped: String = lua.globals().get("dropped")?;
    assert!(dropped == "userdata function " || dropped == "function userdata ", "{dropped}");
    // A program that goes on while the collector works meets them, too.
    let make = lua.create_function(|lua, ()| lua.create_any_userdata(Uses(lua.weak(), "")))?;
    lua.globals().set("make", make)?;
    lua.load("for i = 1, 1000 do make() if i % 100 == 0 then collectgarbage() end end").exec()
}

/// A destructor that panics does so in the operation that met it, and the state goes on.
#[test]
fn destructors_may_panic() -> Result<()> {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }
    let lua = new_lua();
    lua.create_any_userdata(Panics)?;
    assert!(catch_unwind(AssertUnwindSafe(|| lua.gc_collect())).is_err());
    assert_eq!(lua.load("1 + 1").eval::<i64>()?, 2);
    let u = lua.create_any_userdata(Panics)?;
    assert!(catch_unwind(AssertUnwindSafe(|| u.destroy())).is_err());
    assert_eq!(lua.load("1 + 1").eval::<i64>()?, 2);
    Ok(())
}

/// Values that a state owns may hold handles to others of its values.
#[test]
fn handles_in_a_state_dont_keep_it() -> Result<()> {
    let token = Rc::new(());
    let lua = new_lua();
    let (globals, held) = (lua.globals(), token.clone());
    let f = lua.create_function(move |_, ()| {
        let _ = &held;
        globals.raw_get::<Value>("x")
    })?;
    globals_of(&lua).set("f", &f)?;
    lua.globals().set("u", lua.create_any_userdata((f, token.clone()))?)?;
    assert_eq!(Rc::strong_count(&token), 3);
    drop(lua);
    assert_eq!(Rc::strong_count(&token), 1);
    Ok(())
}

fn globals_of(lua: &Lua) -> Table {
    lua.globals()
}

#[test]
fn values_stay_in_their_state() -> Result<()> {
    let (one, two) = (new_lua(), new_lua());
    let t = one.create_table()?;
    for r in [
        two.globals().set("t", &t),
        two.load("").set_environment(t.clone()).exec(),
        two.load("return ...").call::<()>(&t),
        two.globals().set_metatable(Some(t.clone())),
    ] {
        let e = r.expect_err("an error");
        assert!(e.to_string().contains("one Lua state"), "{e}");
    }
    let function = two.create_function(move |_, ()| Ok(t.clone()))?;
    let (e, _) = callback_error(function.call::<()>(()));
    assert!(e.to_string().contains("one Lua state"), "{e}");
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
        fn from_lua_multi(args: MultiValue, lua: &Lua) -> Result<Sum> {
            args.into_iter().map(|v| i64::from_lua(v, lua)).sum::<Result<i64>>().map(Sum)
        }
    }
    assert_eq!(eval::<Point>("{x = 1, y = 2}")?, Point(1.0, 2.0));
    assert_eq!(eval::<Sum>("1, 2, 3")?.0, 6);
    Ok(())
}

#[test]
fn interrupts_pass_through_rust_functions() {
    let lua = new_lua();
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
        Err(Error::LuaError(e)) => {
            assert!(e.is_interrupt());
            assert_eq!(e.message(), "spin:1: interrupted!");
            assert!(e.traceback().unwrap().starts_with("stack traceback:\n\tspin:1: in "));
        }
        other => panic!("{other:?}"),
    }
    match lua.load("error('interrupted!')").exec() {
        Err(Error::LuaError(e)) => assert!(!e.is_interrupt()),
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
        Err(Error::LuaError(e)) => e.to_string(),
        Err(e) => format!("{e:?}"),
    };
    let mut all: Vec<String> = results.split('|').map(str::to_owned).collect();
    all.push(as_text(lua.load(&chunk.as_bytes()[..]).call(())));
    all.push(as_text(lua.load(&chunk.as_bytes()[..]).eval()));
    all
}

#[test]
fn binary_chunks_are_refused_unless_allowed() {
    let refused = vec!["attempt to load a binary chunk (mode is 't')"; 5];
    let lua = new_lua();
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
            let lua = new_lua();
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
    let lua = new_lua();
    let handle = lua.interrupt_handle();
    let swallow = lua
        .create_function(move |_, f: perilune::Function| {
            handle.interrupt(perilune::Interrupt::Break);
            Ok(f.call::<()>(()).is_err())
        })
        .unwrap();
    lua.globals().set("swallow", swallow).unwrap();
    let is_interrupt = |r: perilune::Result<()>| r.is_err_and(|e| e.is_interrupt());
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
    assert!(is_interrupt(lua.gc_collect()));
    stopper.join().unwrap();
    assert_eq!(lua.load("1 + 1").eval::<i64>().unwrap(), 2);
}

/// What runs while a state is closed can be interrupted.
#[test]
fn closing_is_interrupted() {
    let lua = new_lua();
    lua.load("K = setmetatable({}, {__gc = function() while true do end end})").exec().unwrap();
    let handle = lua.interrupt_handle();
    std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(50));
        handle.interrupt(perilune::Interrupt::Timeout);
    });
    match lua.close() {
        Err(e) => assert!(e.is_interrupt()),
        other => panic!("{other:?}"),
    }
    assert!(new_lua().close().is_ok());
}

/// A state that a thread-local variable has ends when there is little left of the thread.
#[test]
fn a_state_may_end_with_its_thread() {
    thread_local! {
        static STATE: std::cell::RefCell<Option<Lua>> = const { std::cell::RefCell::new(None) };
    }
    let last_words = "setmetatable({}, {__gc = function() print('end') io.stderr:write('') end})";
    let thread = std::thread::spawn(move || {
        STATE.with(|s| *s.borrow_mut() = Some(new_lua()));
        STATE.with(|s| s.borrow().as_ref().map(|lua| lua.load(last_words).exec().is_ok()))
    });
    assert_eq!(thread.join().expect("no panic"), Some(true));
}
