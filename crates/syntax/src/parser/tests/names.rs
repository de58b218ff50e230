//! Resolution of names.

use super::*;

fn upvalue_names<'c>(chunk: &'c Chunk, function: &Function) -> Vec<&'c str> {
    (function.upvalues.iter())
        .map(|upvalue| std::str::from_utf8(chunk.strings.get(upvalue.name)).expect("ASCII"))
        .collect()
}

#[test]
fn locals_know_their_uses() {
    let chunk = chunk(
        "local a, b, c, d = 1
         b = 2
         local function f() c = a; d = d end",
    );
    let facts: Vec<(bool, bool)> =
        chunk.main.locals.iter().map(|local| (local.captured, local.assigned)).collect();
    assert_eq!(facts, [(true, false), (false, true), (true, true), (true, true), (false, false)]);
}

#[test]
fn upvalues_pass_through_functions_between() {
    let chunk = chunk(
        "local a, b
         local function f()
           local c
           local function g() x = b; a = c; return a end
         end",
    );
    let f = function_of(&chunk.main, 1);
    let g = function_of(f, 1);
    assert_eq!(upvalue_names(&chunk, f), ["_ENV", "b", "a"]);
    assert_eq!(upvalue_names(&chunk, g), ["_ENV", "b", "a", "c"]);
    let sources: Vec<UpvalueSource> = g.upvalues.iter().map(|upvalue| upvalue.source).collect();
    assert_eq!(
        sources,
        [
            UpvalueSource::ParentUpvalue(UpvalueId(0)),
            UpvalueSource::ParentUpvalue(UpvalueId(1)),
            UpvalueSource::ParentUpvalue(UpvalueId(2)),
            UpvalueSource::ParentLocal(LocalId(0)),
        ]
    );
    assert_eq!(f.upvalues[1].source, UpvalueSource::ParentLocal(LocalId(1)));
    assert_eq!(f.upvalues[0].source, UpvalueSource::ParentUpvalue(UpvalueId(0)));
    assert!(chunk.main.locals[0].assigned);
}

#[test]
fn scopes_end() {
    let chunk = chunk("local a; do local a = a; b = a end; b = a; local a = a");
    assert_eq!(show(&chunk, last_value(&chunk)), "l0");
    let tree = &chunk.main.tree;
    let StmtKind::Do(block) = body(&chunk.main)[1].kind else { panic!("no block") };
    let StmtKind::Assign { values, .. } = tree.stmt(block.stmts, 1).kind else {
        panic!("no assignment")
    };
    assert_eq!(show(&chunk, tree.nth(values, 0)), "l1");
}

#[test]
fn compile_time_constants_disappear() {
    let chunk = chunk(
        "local a <const>, b <const> = 1, 2 + 3
         local c <const> = b * 2
         local function f() return b + c, a end
         x = c .. 'x'",
    );
    let kinds: Vec<LocalKind> = chunk.main.locals.iter().map(|local| local.kind).collect();
    assert_eq!(
        kinds[..3],
        [
            LocalKind::Const,
            LocalKind::CompileTime(Literal::Int(5)),
            LocalKind::CompileTime(Literal::Int(10))
        ]
    );
    let f = function_of(&chunk.main, 2);
    assert_eq!(upvalue_names(&chunk, f), ["a"]);
    assert!(f.upvalues[0].read_only);
    assert_eq!(show(&chunk, last_value(&chunk)), "Concat(10,'x')");
}

#[test]
fn what_is_no_compile_time_constant() {
    for source in [
        "local a <const> = 1, 2",
        "local a <const>",
        "local a <const> = f()",
        "local a <const> = 1 // 0",
        "local a <const> = -0.0",
        "local a <const> = 'a' .. 'b'",
        "local a <const> = #'a'",
        "local a <const> = nil and 1",
    ] {
        assert_eq!(chunk(source).main.locals[0].kind, LocalKind::Const, "{source}");
    }
}

#[test]
fn environments() {
    let chunk = chunk(
        "local _ENV <const> = nil; local a = x
         local _ENV = y; a = z",
    );
    let tree = &chunk.main.tree;
    let env = |expr: ExprId| match tree.kind(expr) {
        ExprKind::Global { env: EnvRef::Constant(constant), .. } => Err(tree.kind(constant)),
        ExprKind::Global { env, .. } => Ok(env),
        _ => panic!("no global"),
    };
    let values: Vec<ExprId> = (body(&chunk.main).iter())
        .map(|stmt| match stmt.kind {
            StmtKind::Local { values, .. } | StmtKind::Assign { values, .. } => tree.nth(values, 0),
            other => panic!("{other:?} has no values"),
        })
        .collect();
    assert_eq!(env(values[1]), Err(ExprKind::Literal(Literal::Nil)));
    assert_eq!(env(values[2]), Err(ExprKind::Literal(Literal::Nil)));
    assert_eq!(env(values[3]), Ok(EnvRef::Local(LocalId(2))));
}

#[test]
fn named_varargs_escape() {
    let cases = [
        ("return t[1], t.n, t[f()], t.x.y", false),
        ("return ...", false),
        ("return t", true),
        ("return (t)[1]", true),
        ("t[1] = 2", true),
        ("t[1].x = 2", false),
        ("function t.f() end", true),
        ("t:f()", true),
        ("t()", true),
        ("return #t", true),
        ("return function() return t[1] end", true),
        ("do local t = {}; t = t end", false),
    ];
    for (body, expected) in cases {
        let chunk = chunk(&format!("function f(...t) {body} end"));
        let function = function_of(&chunk.main, 0);
        let expected = Vararg::Named { local: LocalId(0), escapes: expected };
        assert_eq!(function.vararg, expected, "{body}");
    }
    let chunk = chunk("function f(..._ENV) return x end");
    let function = function_of(&chunk.main, 0);
    assert_eq!(function.vararg, Vararg::Named { local: LocalId(0), escapes: true });
}

#[test]
fn global_is_an_ordinary_name_elsewhere() {
    for source in [
        "global = 1",
        "global.x = 1; global:f(); global(); global 'x'; global {}; global[1] = 2",
        "local global; global, x = 1",
        "x = global + global",
        "function global() end",
    ] {
        chunk(source);
    }
}

#[test]
fn methods_have_self() {
    let chunk = chunk("function a.b:c(x) return self, x end");
    let StmtKind::Function { target, .. } = body(&chunk.main)[0].kind else {
        panic!("no function")
    };
    assert_eq!(show(&chunk, target), "a['b']['c']");
    assert_eq!(function_of(&chunk.main, 0).params, [LocalId(0), LocalId(1)]);
}
