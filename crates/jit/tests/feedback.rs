//! What functions learn, in the interpreter and in compiled code, as the dump says it.

use perilune_jit::{Policy, install};
use perilune_runtime::cx::Cx;
use perilune_runtime::stdlib;
use perilune_runtime::tuning::MAX_VERSIONS;

/// Who runs the program.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Tier {
    /// The interpreter, which learns all the time.
    Learner,
    /// Compiled code, which is told nothing.
    Compiled,
    /// Both: functions are compiled after so many calls and rounds, and learn first.
    Both(i32),
}

/// The dump after a program has run.
fn dump(tier: Tier, source: &str, filter: Option<&str>) -> String {
    let mut cx = Cx::new();
    let policy = match tier {
        Tier::Learner => None,
        Tier::Compiled => Some(Policy { threshold: -1, ..Policy::default() }),
        Tier::Both(threshold) => Some(Policy { threshold, ..Policy::default() }),
    };
    match policy {
        Some(policy) => {
            install(&mut cx, policy).expect("a compiler");
        }
        None => cx.learn_always(true),
    }
    stdlib::open_all(&mut cx);
    cx.load(source.as_bytes(), b"=test", None).expect("source that compiles");
    // The chunk stays, and what it has learned.
    cx.root(cx.peek(1));
    cx.call(0, 0).expect("a program without errors");
    cx.feedback_dump(filter)
}

/// What the dump says of the first instruction with this name in the functions whose name contains `f`.
fn words(tier: Tier, source: &str, op: &str) -> String {
    let text = dump(tier, source, Some("f"));
    let named = |line: &&str| line.split_whitespace().any(|word| word == op);
    let line = text.lines().find(named).unwrap_or_else(|| panic!("no {op} in {text}"));
    line.split_once(" => ").map_or(String::new(), |(_, words)| words.to_string())
}

/// Expects the same of the learning interpreter, of compiled code, and of both together.
#[track_caller]
fn expect(source: &str, op: &str, wanted: &str) {
    for tier in [Tier::Learner, Tier::Compiled, Tier::Both(0)] {
        assert_eq!(words(tier, source, op), wanted, "{tier:?}: {op} of {source}");
    }
}

/// A function of two parameters with this body, and the calls of it.
fn f(body: &str, calls: &str) -> String {
    format!("function f(x, y) {body} end\n{calls}")
}

#[test]
fn operands_of_arithmetic() {
    let add = |calls| f("return x + y", calls);
    expect(&add("f(1, 2)"), "ADD", "int");
    expect(&add("f(1.5, 2.5)"), "ADD", "float");
    expect(&add("f(1, 2.5)"), "ADD", "mixed");
    expect(&add("f(1 << 60, 2)"), "ADD", "big");
    expect(&add("f('1', 2)"), "ADD", "string");
    expect(&add("f(setmetatable({}, {__add = function() end}), 2)"), "ADD", "other");
    expect(&add("f(0x7fffffffffff, 1)"), "ADD", "int, overflow");
    expect(&add("for i = 1, 99 do f(i, i) f(i + 0.5, 1.5) end"), "ADD", "int, float");
    expect(&f("return x / y", "for i = 1, 99 do f(i, 2) end"), "DIV", "int");
    expect(&f("return x * 2.5", "f(3)"), "MULK", "mixed");
    expect(&f("return -x", "f(3) f(2.5)"), "UNM", "int, float");
    expect(&f("return x .. y", "f('a', 'b')"), "CONCAT", "string");
    expect(&f("return #x", "f('abc') f({})"), "LEN", "string, other");
}

/// A constant is an operand wherever the instruction has it.
#[test]
fn constants_compared_with() {
    let eq = |k: &str, calls| f(&format!("if x == {k} then return 1 end"), calls);
    for (source, wanted) in [(eq("'a'", "f('a')"), "string, "), (eq("1.5", "f(2.5)"), "float, ")] {
        let seen = words(Tier::Learner, &source, "JEQK");
        assert!(seen.starts_with(wanted), "{source}: {seen}");
    }
}

/// Compiled code is made for what has been seen; what comes later must be noted too.
#[test]
fn news_after_compilation() {
    let late = |first: &str, later: &str| {
        f("return x + y", &format!("for i = 1, 200 do f({first}) end f({later}) f({later})"))
    };
    for (first, later, wanted) in [
        ("i, i", "1.5, 1.5", "int, float"),
        ("1.5, 1.5", "1, 1", "int, float"),
        ("1.5, 1", "1, 1", "int, mixed"),
        ("i, i", "1 << 60, 1", "int, big"),
        ("1.5, i", "1 << 60, 1", "mixed, big"),
        ("i, i", "'1', '2'", "int, string"),
    ] {
        assert_eq!(words(Tier::Both(10), &late(first, later), "ADD"), wanted);
    }
    let compare = |calls: &str| f("if x < y then return 1 end return 2", calls);
    let source = compare("for i = 1, 200 do f(i, 0) end f(0, 1)");
    assert_eq!(words(Tier::Both(10), &source, "JLT"), "int, taken, not taken");
    let source = compare("for i = 1, 200 do f(i + 0.5, 0.5) end f(0, 1)");
    assert_eq!(words(Tier::Both(10), &source, "JLT"), "int, float, taken, not taken");
}

#[test]
fn branches() {
    let order = |calls: &str| f("if x < y then return 1 end return 2", calls);
    expect(&order("f(1, 2)"), "JLT", "int, not taken");
    expect(&order("f(2, 1)"), "JLT", "int, taken");
    expect(&order("f(2.5, 1.5) f(1, 2)"), "JLT", "int, float, taken, not taken");
    expect(&order("f(2.5, 1)"), "JLT", "mixed, taken");
    expect(&order("f('a', 'b')"), "JLT", "string, not taken");
    let meta = "local o = setmetatable({}, {__lt = function() return true end}) f(o, o)";
    expect(&order(meta), "JLT", "other, not taken");
    let equal = |calls: &str| f("if x == y then return 1 end return 2", calls);
    expect(&equal("f(1, 1) f(1, 2)"), "JEQ", "int, taken, not taken");
    expect(&equal("f({}, {})"), "JEQ", "other, taken");
    expect(&f("if x == 5 then return 1 end", "f(5) f(6)"), "JEQI", "int, taken, not taken");
    expect(&f("if x < 5 then return 1 end", "f(6.5)"), "JLTI", "mixed, taken");
    let test = f("if x then return 1 end", "for i = 1, 50 do f(i > 49) end");
    assert_eq!(words(Tier::Learner, &test, "JFALSE"), "boolean, taken, not taken");
    assert_eq!(words(Tier::Compiled, &test, "JFALSE"), "taken, not taken");
    let test = f("if x then return 1 end", "f()");
    assert_eq!(words(Tier::Learner, &test, "JFALSE"), "nil, taken");
    assert_eq!(words(Tier::Compiled, &test, "JFALSE"), "taken");
}

#[test]
fn loops() {
    let count = |n: &str| f(&format!("for i = 1, {n} do x = i end"), "f()");
    let learned = |source: &str, op| words(Tier::Learner, source, op);
    assert_eq!(learned(&count("7"), "FORLOOP"), "7 rounds, taken, not taken");
    assert_eq!(learned(&count("1"), "FORLOOP"), "1 round, not taken");
    assert_eq!(learned(&count("1000"), "FORLOOP"), "63 rounds or more, taken, not taken");
    assert_eq!(learned(&count("7"), "FORPREP"), "int");
    assert_eq!(learned(&count("7.5"), "FORPREP"), "mixed");
    let forever = f("x = 0 while x < 9 do x = x + 1 end", "f()");
    assert_eq!(learned(&forever, "JMPBACK"), "9 rounds, taken");
    let each = f("for k in pairs(x) do y = k end", "f({1, 2})");
    assert_eq!(learned(&each, "TFORLOOP"), "3 rounds, taken, not taken");
    expect(&each, "TFORCALL", "calls native next");
    assert_eq!(words(Tier::Compiled, &each, "TFORLOOP"), "taken, not taken");
    assert_eq!(words(Tier::Compiled, &count("7"), "FORLOOP"), "taken");
}

/// A loop that a function comes to only when it has been compiled is learned about all the same, but not for ever.
#[test]
fn loops_that_come_later() {
    let loops = |n: usize, last: &str| {
        let body = "for i = 1, 200 do x = i end ".repeat(n) + last;
        f(&body, "f(0) f(0)")
    };
    let last = "for i = 1, 200 do if x then y = i end end";
    for n in 0..MAX_VERSIONS {
        assert_eq!(words(Tier::Both(10), &loops(n, last), "JFALSE"), "value, not taken", "{n}");
    }
    assert_eq!(words(Tier::Both(10), &loops(MAX_VERSIONS, last), "JFALSE"), "not taken");
    let last = "for k in pairs({1, 2, 3}) do if x then y = k end end";
    assert_eq!(words(Tier::Both(10), &loops(1, last), "JFALSE"), "value, not taken");
    let last = "while x > 0 do x = x - 1 if x then y = x end end";
    assert_eq!(words(Tier::Both(10), &loops(1, last), "JFALSE"), "value, not taken");
}

#[test]
fn elements() {
    let read = |calls: &str| f("return x[y]", calls);
    expect(&read("f({1, 2}, 1)"), "GETINDEX", "ints");
    expect(&read("f({1.5}, 1)"), "GETINDEX", "floats");
    expect(&read("f({'a', 2}, 1)"), "GETINDEX", "values");
    expect(&read("f({a = 1}, 'a')"), "GETINDEX", "named");
    expect(&read("f({[1.5] = 1}, 1.5)"), "GETINDEX", "hashed");
    expect(&read("f({}, 1) f({}, 'x')"), "GETINDEX", "absent");
    expect(&read("f('s', 'len')"), "GETINDEX", "no table");
    expect(&read("f({1, 2}, 2) f({a = 1}, 'a') f({1}, 7)"), "GETINDEX", "ints, named, absent");
    let write = |calls: &str| f("x[y] = 1", calls);
    expect(&write("f({}, 1)"), "SETINDEX", "ints, append");
    expect(&write("f({5, 6}, 1)"), "SETINDEX", "ints");
    expect(&write("f({'a'}, 1)"), "SETINDEX", "values");
    expect(&write("f({}, 7)"), "SETINDEX", "hashed, absent");
    expect(&write("f({a = 1}, 'a')"), "SETINDEX", "named");
    expect(&f("x[1] = y", "f({1, 2}, 2.5)"), "SETINT", "values");
}

#[test]
fn callees() {
    let call = |calls: &str| f("x(y) return 1", calls);
    let two = "local function g() end local function h() end ";
    expect(&call(&format!("{two} f(g) f(g)")), "CALL", "calls g:2");
    expect(&call(&format!("{two} f(g) f(h) f(g)")), "CALL", "poly 2: g:2, h:2");
    let makes = "local function make() return function() end end ";
    let made = call(&format!("{makes} f(make()) f(make())"));
    expect(&made, "CALL", "calls closures of anonymous:2");
    expect(&call("f(type, 1) f(type, 1)"), "CALL", "calls native type");
    expect(&call(&format!("{two} f(g) f(type, 1)")), "CALL", "poly 2: g:2, native type");
    let many = "f(function() end) f(function() end) f(function() end) f(function() end) ";
    expect(&call(&format!("{many} f(function() end)")), "CALL", "mega");
    let callable = "f(setmetatable({}, {__call = function() end}))";
    expect(&call(callable), "CALL", "no function");
    let tail = f("return x(y)", &format!("{two} f(g) f(h)"));
    expect(&tail, "TAILCALL", "poly 2: g:2, h:2");
    // After compilation, too.
    let late = call(&format!("{two} for i = 1, 99 do f(g) end f(h)"));
    assert_eq!(words(Tier::Both(10), &late, "CALL"), "poly 2: g:2, h:2");
}

/// A closure that has died is no target; its prototype is one still.
#[test]
fn dead_callees() {
    let collect = "collectgarbage() collectgarbage()";
    let make = "local function make() return function() end end f(make())";
    let source = f("x(y) return 1", &format!("{make} {collect}"));
    for tier in [Tier::Learner, Tier::Compiled] {
        assert_eq!(words(tier, &source, "CALL"), "calls closures of anonymous:2", "{tier:?}");
    }
    // With the prototype, the target goes. Then the site is as good as new.
    let again = format!("f(load('return 1')) {collect} local function g() end f(g)");
    assert_eq!(words(Tier::Compiled, &f("x(y) return 1", &again), "CALL"), "calls g:2");
}

#[test]
fn properties_and_allocation() {
    let points = "function f(o) return o.x end f({x = 1}) f({x = 2}) f({y = 1, x = 1})";
    for tier in [Tier::Learner, Tier::Compiled] {
        let wanted = "poly 2: {x} x from slot 0 | {y x} x from slot 1";
        assert_eq!(words(tier, points, "GETFIELD"), wanted, "{tier:?}");
    }
    let new = "function f() local t = {} t.a = 1 t.b = 2 t[1] = 1.5 return t end f() f() f()";
    for tier in [Tier::Learner, Tier::Compiled] {
        let said = words(tier, new, "NEWTABLE");
        assert!(said.ends_with("fields inline, array of floats"), "{tier:?}: {said}");
    }
}

/// Compiled code goes by the kind of the first entry of a property's cell, so that is kept when the entry dies.
#[test]
fn first_entries_keep_their_kind() {
    let source = "function f(o) return o.x end \
                  local function class() local c = {} c.__index = c \
                      return function() return setmetatable({x = 1}, c) end end \
                  local other, new = setmetatable({}, {__index = {}}), class() \
                  for i = 1, 300 do f(new()) if i % 9 == 0 then f(other) end end \
                  new = nil collectgarbage() collectgarbage() f(other) \
                  new = class() for i = 1, 9 do f(new()) end";
    let said = words(Tier::Both(10), source, "GETFIELD");
    assert!(said.starts_with("poly 2: {x} ") && said.contains("x absent"), "{said}");
}

/// Nobody learns who isn't going to be compiled, and nothing is looked at for longer than planned.
#[test]
fn learning_is_bounded() {
    let source = f("return x + y", "for i = 1, 5 do f(i, i) end");
    assert_eq!(words(Tier::Both(1000), &source, "ADD"), "");
    let source = f("return x + y", "for i = 1, 1e5 do f(i, i) end");
    assert_eq!(words(Tier::Both(1000), &source, "ADD"), "int");
    // The budget ends in the midst of everything, which must go on where it was.
    let source = "local n = 0 function f(k) n = n + 1 if k > 0 then return f(k - 1) end return n end \
                  assert(f(20000) == 20001) assert(n == 20001)";
    for threshold in [0, 1, 7, 300] {
        dump(Tier::Both(threshold), source, None);
    }
}

#[test]
fn dumps_are_deterministic() {
    let source = "local t = {} for i = 1, 300 do t[i] = tostring(i) end \
                  function f(x) return #x end for _, s in ipairs(t) do f(s) end";
    for tier in [Tier::Learner, Tier::Compiled, Tier::Both(10)] {
        assert_eq!(dump(tier, source, None), dump(tier, source, None));
    }
    let only = dump(Tier::Learner, source, Some("f"));
    assert!(only.contains("function f (test:1)") && !only.contains("main chunk"));
}

/// Functions have the names of other dumps, where they are shown and where they are called.
#[test]
fn names() {
    let source = "local account = {}
        function account.deposit(n) return n end
        local function f() return (account.deposit(1)) end
        f()";
    expect(source, "CALL", "calls account.deposit:2");
    for filter in ["account.deposit", "test:2"] {
        let one = dump(Tier::Learner, source, Some(filter));
        assert!(one.starts_with("function account.deposit (test:2)\n"), "{one}");
        assert_eq!(one.matches("function ").count(), 1, "{one}");
    }
    for filter in ["test", "est:3x", "main chunk:0"] {
        assert_eq!(dump(Tier::Learner, source, Some(filter)), "", "{filter}");
    }
}
