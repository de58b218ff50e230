//! Lines of nodes: where the reference implementation reports errors of their evaluation.

use super::*;

/// The line of the last value in a chunk, or of the node that a path of left children leads to.
fn line(source: &str, lefts: usize) -> u32 {
    let chunk = chunk(source);
    let mut expr = last_value(&chunk);
    for _ in 0..lefts {
        expr = expr.left().expect("a left child");
    }
    expr.pos.line
}

#[test]
fn operators() {
    assert_eq!(line("x = a\n+\nb", 0), 2);
    assert_eq!(line("x = -\na", 0), 1);
    assert_eq!(line("x = a\n<\nb\n", 0), 3);
    assert_eq!(line("x = a\n..\nb\n..\nc", 0), 4);
    assert_eq!(line("x = a\n..\n(b\n..\nc)", 0), 4);
}

#[test]
fn fetches_happen_when_the_next_token_is_known() {
    assert_eq!(line("x = a\n.b\n.c\n", 0), 3);
    assert_eq!(line("x = a\n.b\n.c\n", 1), 2);
    assert_eq!(line("x = a\n.b\n+\n1", 1), 3);
    assert_eq!(line("x = a\n,\nb", 0), 2);
    assert_eq!(line("x = y\n", 0), 1);
}

#[test]
fn calls() {
    assert_eq!(line("x = a\n.b\n(\n1\n)", 0), 3);
    assert_eq!(line("x = a\n:b\n(\n1\n)", 0), 3);
    assert_eq!(line("x = a\n:b\n(\n1\n)", 1), 2);
    assert_eq!(line("x = a [[\n\n]]", 0), 3);
    let chunk = chunk("x = f(\na.b\n\n)");
    let ExprKind::Call { args, .. } = &last_value(&chunk).kind else { panic!("no call") };
    assert_eq!(args[0].pos.line, 4);
}

#[test]
fn items_of_tables() {
    let item = |source: &str| {
        let chunk = chunk(source);
        match &last_value(&chunk).kind {
            ExprKind::Table(items, _) => match &items[0] {
                TableItem::Positional(value) | TableItem::Keyed(_, value, _) => value.pos.line,
            },
            other => panic!("{other:?} is no table"),
        }
    };
    assert_eq!(item("x = {\na.b\n,\n1}"), 3);
    assert_eq!(item("x = {\na.b,\n}"), 3);
    assert_eq!(item("x = {\na = b\n.c\n,\n1}"), 3);
    assert_eq!(line("x =\n{\n}", 0), 1);
}

#[test]
fn stores_happen_at_the_end() {
    let chunk = chunk("a.b, c\n=\n1,\n2\n;");
    let stmt = &chunk.main.body.stmts[0];
    let StmtKind::Assign { targets, .. } = &stmt.kind else { panic!("no assignment") };
    assert_eq!((targets[0].pos.line, targets[1].pos.line), (4, 4));
    assert_eq!((stmt.pos.line, stmt.end.line), (1, 4));
}

#[test]
fn functions_and_blocks() {
    let chunk = chunk("\nfunction a\n.b()\nx()\n\nend\nlocal function f\n() end\n\n");
    let StmtKind::Function { target, function } = &chunk.main.body.stmts[0].kind else {
        panic!("no function")
    };
    assert_eq!(target.pos.line, 2);
    assert_eq!((function.start.line, function.end.line, function.body.end.line), (2, 6, 4));
    assert_eq!(function_of(&chunk.main.body.stmts[1]).start.line, 8);
    assert_eq!((chunk.main.start.line, chunk.main.body.end.line), (0, 8));
    assert_eq!(chunk.main.end, Pos { line: 10, offset: 51 });
}

#[test]
fn checks_of_globals() {
    let chunk = chunk("global x\n,\ny\n=\n1\n,2");
    let StmtKind::GlobalInit { names, .. } = &chunk.main.body.stmts[0].kind else {
        panic!("no initialization")
    };
    assert_eq!((names[0].2.line, names[1].2.line), (5, 5));
}

#[test]
fn offsets() {
    let chunk = chunk("local abc = def\n  .x + f(1)");
    let StmtKind::Local { locals, values } = &chunk.main.body.stmts[0].kind else {
        panic!("no local")
    };
    assert_eq!(chunk.main.locals[locals[0].0 as usize].pos, Pos { line: 1, offset: 6 });
    let ExprKind::Binary { left, right, .. } = &values[0].kind else { panic!("no operator") };
    assert_eq!(values[0].pos.offset, 21);
    assert_eq!(left.pos.offset, 18);
    assert_eq!(left.left().expect("an object").pos.offset, 12);
    assert_eq!(right.pos.offset, 24);
    assert_eq!(chunk.main.body.stmts[0].end, Pos { line: 2, offset: 27 });
}
