//! How soon programs end that are interrupted, by the handle that embedders have.
//!
//! Each program says `go()` and then does one thing that takes long, or never ends. A moment later it is interrupted. Most
//! things take long because there is much data: `PERILUNE_INTERRUPT_MB` says how much. `cargo test -p perilune --test
//! interrupt -- --nocapture` shows how long each took to end.

use perilune::{Error, Interrupt, Lua};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// From when a program says that it begins to its interrupt.
const DELAY: Duration = Duration::from_millis(15);
/// How soon it must have ended, in the best of some attempts: the machine may be busy.
const BOUND: Duration = Duration::from_millis(120);
const ATTEMPTS: usize = 4;

/// What programs have: `big`, a large string; `N`, its length.
fn setup(megabytes: usize) -> String {
    format!(
        "N = {megabytes} << 20
        function big(c) return (c or 'x'):rep(N) end
        function list(n) local t = table.create(n) for i = 1, n do t[i] = i end return t end
        function closer(f) return setmetatable({{}}, {{__close = f, __gc = f}}) end
        function loop() while true do end end
        function source(line, n) return (line):rep(n or N // 8 // #line) end"
    )
}

/// Name, what comes before the moment, and what comes after it.
#[rustfmt::skip]
const PROGRAMS: &[(&str, &str, &str)] = &[
    // Where Lua code runs.
    ("loop", "", "loop()"),
    ("pcall in a loop", "", "while true do pcall(loop) end"),
    ("coroutines", "", "while true do coroutine.wrap(function() pcall(loop) end)() end"),
    ("message handler", "", "xpcall(error, loop)"),
    ("error in message handler", "", "while true do xpcall(error, function() pcall(loop) end) end"),
    ("hook", "", "debug.sethook(loop, '', 1) local x = 1"),
    ("finalizer", "", "closer(loop) collectgarbage()"),
    ("finalizer with pcall", "", "closer(function() pcall(loop) loop() end) collectgarbage() loop()"),
    ("finalizers, many", "collectgarbage('stop') for i = 1, 1e5 do closer(loop) end", "collectgarbage()"),
    ("coroutine.close", "co = coroutine.create(function() local c <close> = closer(loop) coroutine.yield() end) coroutine.resume(co)",
        "coroutine.close(co)"),
    ("wrap that fails", "", "coroutine.wrap(function() local c <close> = closer(loop) error('x') end)()"),
    ("__tostring", "", "print(setmetatable({}, {__tostring = loop}))"),
    ("__index", "", "local _ = setmetatable({}, {__index = loop}).x"),
    ("order of sort", "", "table.sort({3, 2, 1}, loop)"),
    ("function of gsub", "", "('x'):gsub('x', loop)"),
    ("reader of load", "", "load(loop)"),
    ("require", "package.preload.m = loop", "require 'm'"),
    // Much data.
    ("string.rep", "", "big()"),
    ("string.rep of a long string", "s = ('x'):rep(N // 4)", "s:rep(4)"),
    ("string.rep with separator", "", "('x'):rep(N // 2, 'y')"),
    ("upper", "s = big()", "s:upper()"),
    ("reverse", "s = big()", "s:reverse()"),
    ("sub", "s = big()", "s:sub(2)"),
    ("concatenation", "s = big()", "local _ = s .. s .. s"),
    ("append", "s = big() .. 'y'", "local _ = s .. s"),
    ("equality", "s, t = big() .. 'a', big() .. 'b'", "for i = 1, 100 do if s == t then break end end"),
    ("order", "s, t = big() .. 'a', big() .. 'b'", "for i = 1, 100 do if t < s then break end end"),
    ("rawequal", "s, t = big() .. 'a', big() .. 'b'", "for i = 1, 100 do rawequal(s, t) end"),
    ("find, plain", "s = big()", "s:find('y', 1, true)"),
    ("find of a long text", "s, t = big(), ('x'):rep(1 << 16) .. 'y'", "s:find(t, 1, true)"),
    ("find, pattern", "s = big()", "s:find('x-y')"),
    ("match", "s = big()", "s:match('^(x*)y')"),
    ("gmatch", "s = big()", "for w in s:gmatch('.') do end"),
    ("gsub", "s = big()", "s:gsub('.', 'yy')"),
    ("gsub by long text", "s, t = ('x'):rep(8), ('y'):rep(N // 8)", "s:gsub('x', t)"),
    ("gsub by captures", "s = big()", "s:gsub('.*', '%0%0')"),
    ("format %s", "s = big()", "string.format('%s', s)"),
    ("format %5s", "s = big()", "string.format('%5s', s)"),
    ("format %q", "s = big()", "string.format('%q', s)"),
    ("format of a long text", "s = big()", "string.format(s)"),
    ("utf8.len", "s = big()", "utf8.len(s)"),
    ("utf8.offset", "s = big()", "utf8.offset(s, N)"),
    ("utf8.offset over continuations", "s = 'x' .. big('\\x80')", "utf8.offset(s, 2)"),
    ("pack", "s = big()", "string.pack('s', s)"),
    ("pack, zeros", "", "string.pack('c' .. N, '')"),
    ("pack, long format", "s = big('b')", "string.packsize(s)"),
    ("unpack", "s = big() .. '\\0'", "string.unpack('z', s)"),
    ("os.date", "s = big()", "os.date(s)"),
    ("table.concat", "t = {} for i = 1, 64 do t[i] = ('x'):rep(N // 64) end", "table.concat(t)"),
    ("table.concat of many", "t = list(N // 16)", "table.concat(t, ',')"),
    ("table.move", "t = list(N // 16)", "table.move(t, 1, #t, 2)"),
    ("table.insert", "t = list(N // 16)", "for i = 1, 100 do table.insert(t, 1, 0) end"),
    ("table.sort", "t = list(N // 64)", "table.sort(t, nil) for i = 1, #t do t[i] = -i end table.sort(t)"),
    ("load of statements", "s = source('x = x + 1 ')", "load(s)"),
    ("load of a constructor", "s = 'return {' .. source('1.5,') .. '}'", "load(s)"),
    ("load of functions", "s = source('function f(a) return a end ')", "load(s)"),
    ("load of a comment", "s = '--[[' .. big() .. ']]'", "load(s)"),
    ("load of a string", "s = 'return \\'' .. big() .. '\\''", "load(s)"),
    ("load of an expression", "s = 'return 1' .. source(' + x')", "load(s)"),
    ("load of a binary chunk", "s = string.dump(load(source('function f(a) return a end ', 20000)))",
        "for i = 1, 100 do load(s) end"),
    ("string.dump", "f = load(source('function f(a) return a end '))", "string.dump(f)"),
    ("collectgarbage", "t = {} for i = 1, N // 128 do t[i] = {{}} end", "collectgarbage()"),
    ("next", "t = {} for i = 1, N // 64 do t[i + 0.5] = i end for k in pairs(t) do t[k] = nil end",
        "for i = 1, 100 do next(t) end"),
    // The system.
    ("io.read from a pipe", "f = io.popen('exec sleep 5')", "f:read('a')"),
    ("io.lines of zeros", "", "for l in io.lines('/dev/zero') do end"),
    ("io.read of zeros", "f = io.open('/dev/zero')", "f:read('a')"),
    ("loadfile of zeros", "", "loadfile('/dev/zero')"),
    ("write to a full pipe", "f = io.popen('exec sleep 5', 'w') s = ('x'):rep(1 << 20)", "f:write(s)"),
    ("buffered writes", "f = io.popen('exec sleep 5', 'w')", "while true do f:write('x') end"),
    ("large write", "f = io.open('/dev/null', 'w') s = big()", "for i = 1, 1000 do f:write(s) end"),
    ("close of popen", "f = io.popen('exec sleep 5')", "f:close()"),
    ("finalizer of popen", "", "io.popen('exec sleep 5') collectgarbage()"),
    ("os.execute", "", "os.execute('exec sleep 5')"),
    ("open of a pipe", "f = os.tmpname() os.remove(f) os.execute('mkfifo ' .. f)", "io.open(f)"),
    ("open of a pipe to write", "f = os.tmpname() os.remove(f) os.execute('mkfifo ' .. f)",
        "io.open(f, 'w')"),
];

/// Runs a program and interrupts it; how long it took to end after that, and whether that was the reason.
fn time_to_end(lua: &Lua, before: &str, after: &str) -> (Duration, bool) {
    lua.load(before).exec().unwrap_or_else(|e| panic!("{before}: {e}"));
    let handle = lua.interrupt_handle();
    let (go, going) = channel::<()>();
    let stopper = std::thread::spawn(move || {
        going.recv_timeout(Duration::from_secs(20)).expect("the program begins");
        std::thread::sleep(DELAY);
        let at = Instant::now();
        handle.interrupt(Interrupt::Timeout);
        at
    });
    let go_function = lua.create_function(move |_, ()| Ok(go.send(()).is_ok())).expect("go");
    lua.globals().set("go", go_function).expect("set");
    let result = lua.load(format!("go(); {after} while true do end")).exec();
    let end = Instant::now();
    let at = stopper.join().expect("the stopper ends");
    let interrupted = matches!(result, Err(Error::RuntimeError(e)) if e.is_interrupt());
    (end.saturating_duration_since(at), interrupted)
}

#[test]
fn programs_end_soon() {
    let megabytes = std::env::var("PERILUNE_INTERRUPT_MB").ok().and_then(|n| n.parse().ok());
    let only = std::env::var("PERILUNE_INTERRUPT_ONLY").ok();
    let mut slow = Vec::new();
    for (name, before, after) in PROGRAMS {
        if only.as_ref().is_some_and(|only| !name.contains(only)) {
            continue;
        }
        let mut best = Duration::MAX;
        for _ in 0..ATTEMPTS {
            let lua = Lua::new();
            lua.load(setup(megabytes.unwrap_or(128))).exec().expect("it runs");
            let (time, interrupted) = time_to_end(&lua, before, after);
            if !interrupted {
                slow.push((name, Duration::ZERO));
                break;
            }
            best = best.min(time);
            let closing = Instant::now();
            lua.interrupt_handle().interrupt(Interrupt::Timeout);
            drop(lua);
            assert!(closing.elapsed() < Duration::from_secs(3), "{name}: closing the state");
            if best < BOUND && megabytes.is_none() {
                break;
            }
        }
        println!("{name:32} {:8.1} ms", best.as_secs_f64() * 1e3);
        if best >= BOUND {
            slow.push((name, best));
        }
    }
    assert!(slow.is_empty(), "too late: {slow:?}");
}
