//! How soon programs end that are interrupted, by the handle that embedders have.
//!
//! Each program says `go()` and then does one thing that takes long, or never ends. A moment later it is interrupted. Most
//! things take long because there is much data: `PERILUNE_INTERRUPT_MB` says how much. `cargo test -p perilune --test
//! interrupt -- --nocapture` shows how long each took to end, and how much of that time it really ran; the former
//! depends on what else the machine has to do. `PERILUNE_INTERRUPT_ONLY` selects programs by a part of their name,
//! `PERILUNE_INTERRUPT_AFTER` has a list of moments, in milliseconds.

use perilune::{Interrupt, Lua, Options};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// How long a program has run from when it says that it begins to its interrupt, in milliseconds.
const MOMENTS: [u64; 2] = [3, 15];
/// A program that waits is interrupted after so many times that.
const MOST_WAITS: u32 = 4;
/// How soon it must have ended, in the best of some attempts: the machine may be busy.
const BOUND: Duration = Duration::from_millis(120);
/// How long it may run until then: twice what is promised, as other processes slow it down. Builds without optimization take
/// their time.
const BOUND_WORK: Duration = Duration::from_millis(if cfg!(debug_assertions) { 40 } else { 20 });
const ATTEMPTS: usize = 4;
/// Bytes of the large data, in megabytes. Builds under stress take their time with all of it.
const USUAL_MEGABYTES: usize = if cfg!(feature = "hostile") { 16 } else { 128 };

/// A time, and how long the process has run until then.
struct Moment {
    time: Instant,
    work: Duration,
}

impl Moment {
    fn now() -> Moment {
        Moment { time: Instant::now(), work: work() }
    }

    /// How much time has passed since then, and how much of it the process ran.
    fn since(&self, begin: &Moment) -> Span {
        Span {
            time: self.time.saturating_duration_since(begin.time),
            work: self.work.saturating_sub(begin.work),
        }
    }
}

#[cfg(unix)]
fn work() -> Duration {
    let clock = nix::time::ClockId::CLOCK_PROCESS_CPUTIME_ID;
    clock.now().expect("every process has this clock").into()
}

/// Where nobody counts that.
#[cfg(not(unix))]
fn work() -> Duration {
    Duration::ZERO
}

/// What has passed between two moments.
#[derive(Clone, Copy)]
struct Span {
    time: Duration,
    work: Duration,
}

impl Span {
    fn min(self, other: Span) -> Span {
        Span { time: self.time.min(other.time), work: self.work.min(other.work) }
    }

    fn max(self, other: Span) -> Span {
        Span { time: self.time.max(other.time), work: self.work.max(other.work) }
    }

    fn is_soon(self) -> bool {
        self.time < BOUND && self.work < BOUND_WORK
    }
}

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
    ("load of a comment", "s = '--[[' .. big() .. ']]'", "load(s, '=s')"),
    ("load of a string", "s = 'return \\'' .. big() .. '\\''", "load(s, '=s')"),
    ("load of an expression", "s = 'return 1' .. source(' + x')", "load(s)"),
    ("load of a binary chunk", "s = string.dump(load(source('function f(a) return a end ', 20000)))",
        "for i = 1, 100 do load(s) end"),
    ("string.dump", "f = load(source('function f(a) return a end '), '=s')", "string.dump(f)"),
    ("collectgarbage", "t = {} for i = 1, N // 128 do t[i] = {{}} end", "collectgarbage()"),
    ("growth of a list", "t = list(N // 16)", "t[#t + 1] = 0"),
    ("growth of a set", "t = {} for i = 1, 3 * N // 256 do t[i + 0.5] = i end", "for i = 1, N do t[i + 0.25] = i end"),
    ("growth of a set of integers", "t = {} for i = 1, N // 128 do t[-i] = i end", "for i = 1, N do t[-N - i] = i end"),
    ("growth of a set that becomes a list", "t = {} for i = N // 64, 2, -1 do t[i] = i end", "t[1] = 1 for i = 1, N // 64 do t[i + N] = i end"),
    ("growth of fields", "", "local t = {} for i = 1, N do t['f' .. i] = i end"),
    ("holes", "t = table.create(N // 2)", "t[N // 2] = 1"),
    ("table.create", "", "for i = 1, 100 do local t = table.create(N // 2) t[1] = 1 end"),
    ("length of a list with holes", "t = table.create(N // 8) t[N // 8] = 1 t[N // 8] = nil", "for i = 1, 1e4 do local n = #t t[n] = nil end"),
    ("many small strings", "t = {} for i = 1, N // 128 do t[i] = 'x' .. i end", "while true do collectgarbage('step') end"),
    ("many small collections", "t = {} for i = 1, N // 128 do t[i] = {i} end collectgarbage('generational')",
        "for i = 1, N do t[i % #t] = {} end"),
    ("collection of a large hash", "t = {} for i = 1, N // 128 do t[i + 0.5] = {} end", "collectgarbage()"),
    ("collection of garbage", "t = {} for i = 1, N // 128 do t[i] = {{}} end t = nil", "collectgarbage()"),
    ("collection of large garbage", "t = {} for i = 1, 64 do t[i] = big() end", "t = nil collectgarbage()"),
    ("weak values", "t = setmetatable({}, {__mode = 'v'}) for i = 1, N // 128 do t[i] = {} end", "collectgarbage()"),
    ("weak keys", "t = setmetatable({}, {__mode = 'k'}) for i = 1, N // 256 do t[{}] = {} end", "collectgarbage()"),
    ("many coroutines", "t = {} for i = 1, N // 2048 do t[i] = coroutine.create(print) coroutine.resume(coroutine.create(function() coroutine.yield() end)) end",
        "collectgarbage()"),
    ("table.remove", "t = list(N // 16)", "for i = 1, 100 do table.remove(t, 1) end"),
    ("table.unpack", "t = list(900000)", "while true do select('#', table.unpack(t)) end"),
    ("load of a reader", "", "load(function() return 'x = 1 ' end)"),
    ("load of a reader of large pieces", "s = big()", "load(function() return s end)"),
    ("tostring", "s = big()", "while true do tostring(s) end"),
    ("error with a long message", "s = big()", "while true do pcall(error, s) end"),
    ("traceback of a long message", "s = big()", "while true do debug.traceback(s) end"),
    ("io.write of a long number of strings", "s = big() f = io.open('/dev/null', 'w')", "while true do f:write(s, s) end"),
    ("io.open of a long name", "s = big()", "while true do io.open(s) end"),
    ("os.getenv", "s = big()", "while true do os.getenv(s) end"),
    ("os.rename", "s = big()", "while true do os.rename(s, s) end"),
    ("os.execute of a long command", "s = big(' ')", "while true do os.execute(s) end"),
    ("package.searchpath", "s = big('?;')", "while true do package.searchpath('x', s) end"),
    ("package.searchpath of a long name", "s = big('.')", "while true do package.searchpath(s, '?;?') end"),
    ("require of a long name", "s = big()", "while true do pcall(require, s) end"),
    ("warn", "s = big()", "while true do warn(s) end"),
    ("string.byte", "s = big()", "while true do select('#', s:byte(1, 900000)) end"),
    ("string.char", "t = {} for i = 1, 200 do t[i] = i end", "while true do string.char(table.unpack(t)) end"),
    ("comparison of locale", "s, t = big() .. 'a', big() .. 'b'", "while true do table.sort({s, t, s, t}) end"),
    ("utf8.char and codes", "s = big()", "for _ in utf8.codes(s) do end while true do utf8.codepoint(s, 1, 900000) end"),
    ("gsub with a table", "s, t = big(), {x = 'y'}", "s:gsub('.', t)"),
    ("gsub that fails", "s = big()", "while true do s:gsub('y', 'z') end"),
    ("a long pattern", "s = ('[a-z]?'):rep(N // 64)", "while true do ('x'):find(s) end"),
    ("a long class", "s = '[' .. big('a') .. ']'", "while true do ('x'):find(s) end"),
    ("load of names", "t = {} for i = 1, 100000 do t[i] = 'x' .. i .. ' = 1' end s = table.concat(t, ' ')", "while true do load(s) end"),
    ("load of nested functions", "s = source('local function f() ', 100) .. source(' end ', 100)", "while true do load(s) end"),
    ("load of labels", "t = {} for i = 1, 100000 do t[i] = 'do goto x' .. i .. ' ::x' .. i .. ':: end' end s = table.concat(t, ' ')", "while true do load(s) end"),
    ("load of a long block", "t = {} for i = 1, 150 do t[i] = 'local x' .. i .. ' = ' .. i end s = table.concat(t, ' ') .. source(' x1 = x2 + x3 ')", "load(s)"),
    ("load of one binary chunk", "s = string.dump(load(source('function f(a) return a end ', N // 2048)))", "load(s)"),
    ("load of a binary chunk of constants", "s = string.dump(load('return {' .. source([['abc' .. x, ]], 20000) .. '}'))", "for i = 1, 1000 do load(s) end"),
    ("load of a large function", "s = string.dump(load(source('x = x + 1 ', N // 128)))", "load(s)"),
    ("load of much control flow", "s = string.dump(load(source('if x then y = 1 else while z do y = 2 end end ', N // 1024)))", "load(s)"),
    ("compiling of a large function", "f = load('return function() ' .. source('x = x + 1 ', N // 512) .. ' end')() x = 1", "for i = 1, 200 do f() end"),
    ("deep recursion", "", "local function f(n) if n > 0 then return 1 + f(n - 1) end return 0 end while true do f(190000) end"),
    ("many closes", "", "local function f(n) local c <close> = closer(print and function() end) if n > 0 then f(n - 1) end end while true do f(60000) end"),
    ("many results", "t = list(900000)", "while true do coroutine.wrap(function() coroutine.yield(table.unpack(t)) end)() end"),
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

/// Runs a program and interrupts it when it has run for so long; how long it took to end after that, if that was the
/// reason.
fn time_to_end(lua: &Lua, before: &str, after: &str, moment: Duration) -> Option<Span> {
    lua.load(before).exec().unwrap_or_else(|e| panic!("{before}: {e}"));
    let handle = lua.interrupt_handle();
    let (go, going) = channel::<()>();
    let stopper = std::thread::spawn(move || {
        going.recv_timeout(Duration::from_secs(20)).expect("the program begins");
        let begin = Moment::now();
        loop {
            let now = Moment::now();
            let passed = now.since(&begin);
            if passed.work >= moment || passed.time >= moment * MOST_WAITS {
                handle.interrupt(Interrupt::Timeout);
                return now;
            }
            std::thread::sleep(moment / 8);
        }
    });
    let go_function = lua.create_function(move |_, ()| Ok(go.send(()).is_ok())).expect("go");
    lua.globals().set("go", go_function).expect("set");
    let result = lua.load(format!("go(); {after} while true do end")).exec();
    let end = Moment::now();
    let at = stopper.join().expect("the stopper ends");
    match result {
        Err(e) if e.is_interrupt() => Some(end.since(&at)),
        other => {
            println!("{after}: {other:?}");
            None
        }
    }
}

/// The best of some attempts.
fn best_time_to_end(before: &str, after: &str, moment: Duration, megabytes: usize) -> Option<Span> {
    let mut best: Option<Span> = None;
    for _ in 0..ATTEMPTS {
        // With `debug`, which the programs use.
        let lua = Lua::with_options(Options::new());
        lua.load(setup(megabytes)).exec().expect("it runs");
        let span = time_to_end(&lua, before, after, moment)?;
        let closing = Moment::now();
        lua.interrupt_handle().interrupt(Interrupt::Timeout);
        drop(lua);
        let closed = Moment::now().since(&closing);
        assert!(closed.work < Duration::from_secs(3), "{after}: closing the state");
        let so_far = best.map_or(span, |best| best.min(span));
        best = Some(so_far);
        if so_far.is_soon() {
            break;
        }
    }
    best
}

#[test]
fn programs_end_soon() {
    let variable = |name: &str| std::env::var(format!("PERILUNE_INTERRUPT_{name}")).ok();
    let megabytes = variable("MB").and_then(|n| n.parse().ok()).unwrap_or(USUAL_MEGABYTES);
    let only = variable("ONLY");
    let moments = match variable("AFTER") {
        Some(list) => list.split(',').map(|n| n.parse().expect("milliseconds")).collect(),
        None => MOMENTS.to_vec(),
    };
    let mut late = Vec::new();
    for (name, before, after) in PROGRAMS {
        if only.as_ref().is_some_and(|only| !name.contains(only)) {
            continue;
        }
        let mut worst = Some(Span { time: Duration::ZERO, work: Duration::ZERO });
        for moment in &moments {
            let span = best_time_to_end(before, after, Duration::from_millis(*moment), megabytes);
            worst = worst.zip(span).map(|(worst, span)| worst.max(span));
        }
        let Some(worst) = worst else {
            late.push(*name);
            continue;
        };
        let [time, work] = [worst.time, worst.work].map(|t| t.as_secs_f64() * 1e3);
        println!("{name:32} {time:8.1} ms {work:8.1} ms");
        if !worst.is_soon() {
            late.push(*name);
        }
    }
    assert!(late.is_empty(), "too late: {late:?}");
}
