//! Lines of nodes: where the reference implementation reports errors of their evaluation.

use super::*;

/// The line of the last value in a chunk, or of the node that a path of left children leads to.
fn line(source: &str, lefts: usize) -> u32 {
    let chunk = chunk(source);
    let mut expr = last_value(&chunk);
    for _ in 0..lefts {
        expr = chunk.main.tree.kind(expr).left().expect("a left child");
    }
    chunk.main.tree.expr(expr).pos.line
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
    let tree = &chunk.main.tree;
    let ExprKind::Call { args, .. } = tree.kind(last_value(&chunk)) else { panic!("no call") };
    assert_eq!(tree.expr(tree.nth(args, 0)).pos.line, 4);
}

#[test]
fn items_of_tables() {
    let item = |source: &str| {
        let chunk = chunk(source);
        let tree = &chunk.main.tree;
        match tree.kind(last_value(&chunk)) {
            ExprKind::Table(items, _) => match tree.item(items, 0) {
                TableItem::Positional(value) | TableItem::Keyed(_, value, _) => {
                    tree.expr(value).pos.line
                }
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
    let stmt = body(&chunk.main)[0];
    let StmtKind::Assign { targets, .. } = stmt.kind else { panic!("no assignment") };
    let tree = &chunk.main.tree;
    assert_eq!([0, 1].map(|n| tree.expr(tree.nth(targets, n)).pos.line), [4, 4]);
    assert_eq!((stmt.pos.line, stmt.end.line), (1, 4));
}

#[test]
fn functions_and_blocks() {
    let chunk = chunk("\nfunction a\n.b()\nx()\n\nend\nlocal function f\n() end\n\n");
    let StmtKind::Function { target, .. } = body(&chunk.main)[0].kind else {
        panic!("no function")
    };
    assert_eq!(chunk.main.tree.expr(target).pos.line, 2);
    let function = function_of(&chunk.main, 0);
    assert_eq!((function.start.line, function.end.line, function.body.end.line), (2, 6, 4));
    assert_eq!(function_of(&chunk.main, 1).start.line, 8);
    assert_eq!((chunk.main.start.line, chunk.main.body.end.line), (0, 8));
    assert_eq!(chunk.main.end, Pos { line: 10, offset: 51 });
}

#[test]
fn checks_of_globals() {
    let chunk = chunk("global x\n,\ny\n=\n1\n,2");
    let StmtKind::GlobalInit { names, .. } = body(&chunk.main)[0].kind else {
        panic!("no initialization")
    };
    let lines = chunk.main.tree.global_names(names).iter().map(|name| name.pos.line);
    assert_eq!(lines.collect::<Vec<_>>(), [5, 5]);
}

#[test]
fn offsets() {
    let chunk = chunk("local abc = def\n  .x + f(1)");
    let StmtKind::Local { locals, values } = body(&chunk.main)[0].kind else { panic!("no local") };
    let tree = &chunk.main.tree;
    let local = tree.locals(locals).next().expect("a variable");
    assert_eq!(chunk.main.locals[local.0 as usize].pos, Pos { line: 1, offset: 6 });
    let value = tree.nth(values, 0);
    let ExprKind::Binary { left, right, .. } = tree.kind(value) else { panic!("no operator") };
    let object = tree.kind(left).left().expect("an object");
    let offsets = [value, left, object, right].map(|expr| tree.expr(expr).pos.offset);
    assert_eq!(offsets, [21, 18, 12, 24]);
    assert_eq!(body(&chunk.main)[0].end, Pos { line: 2, offset: 27 });
}
