//! Tests of the parser. Expected messages and lines are those of the reference implementation.

mod errors;
mod lines;
mod names;

use super::{Bounds, parse, parse_within};
use crate::ast::*;
use crate::diagnostic::DiagnosticKind;

/// Parses a valid chunk.
fn chunk(source: &str) -> Chunk {
    match parse(source.as_bytes(), b"=t") {
        Ok(chunk) => chunk,
        Err(error) => panic!("{source:?}: {error}"),
    }
}

/// The message for an invalid chunk.
fn error(source: &str) -> String {
    match parse(source.as_bytes(), b"=t") {
        Ok(_) => panic!("{source:?} is valid"),
        Err(error) => error.to_string(),
    }
}

/// The statements of a function.
fn body(function: &Function) -> Vec<Stmt> {
    function.tree.stmts(function.body.stmts).copied().collect()
}

/// The first initializer of the last statement, a `local` or an assignment.
fn last_value(chunk: &Chunk) -> ExprId {
    match body(&chunk.main).last().expect("a statement").kind {
        StmtKind::Local { values, .. } | StmtKind::Assign { values, .. } => {
            chunk.main.tree.nth(values, 0)
        }
        other => panic!("{other:?} has no values"),
    }
}

/// The function that a statement of a function defines.
fn function_of(outer: &Function, index: usize) -> &Function {
    match body(outer)[index].kind {
        StmtKind::LocalFunction { function, .. }
        | StmtKind::GlobalFunction { function, .. }
        | StmtKind::Function { function, .. } => &outer.functions[function.0 as usize],
        other => panic!("{other:?} defines no function"),
    }
}

/// A compact notation of an expression of the main function, fully parenthesized.
fn show(chunk: &Chunk, expr: ExprId) -> String {
    let tree = &chunk.main.tree;
    let name = |symbol: Symbol| String::from_utf8_lossy(chunk.strings.get(symbol)).into_owned();
    let show = |expr| show(chunk, expr);
    let list = |exprs| tree.exprs(exprs).map(show).collect::<Vec<_>>().join(",");
    match tree.kind(expr) {
        ExprKind::Literal(Literal::Str(symbol)) => format!("'{}'", name(symbol)),
        ExprKind::Literal(Literal::Int(value)) => value.to_string(),
        ExprKind::Literal(Literal::Float(value)) => format!("{value:?}"),
        ExprKind::Literal(literal) => format!("{literal:?}"),
        ExprKind::Vararg => "...".to_owned(),
        ExprKind::Function(_) => "function".to_owned(),
        ExprKind::Local(id) => format!("l{}", id.0),
        ExprKind::Upvalue(id) => format!("u{}", id.0),
        ExprKind::Global { name: symbol, .. } => name(symbol),
        ExprKind::Index { object, key } => format!("{}[{}]", show(object), show(key)),
        ExprKind::Call { callee, args } => format!("{}({})", show(callee), list(args)),
        ExprKind::MethodCall { object, name: symbol, args } => {
            format!("{}:{}({})", show(object), name(symbol), list(args))
        }
        ExprKind::Unary { op, operand } => format!("{op:?}({})", show(operand)),
        ExprKind::Binary { op, left, right } => format!("{op:?}({},{})", show(left), show(right)),
        ExprKind::And(left, right) => format!("And({},{})", show(left), show(right)),
        ExprKind::Or(left, right) => format!("Or({},{})", show(left), show(right)),
        ExprKind::Paren(inner) => format!("Paren({})", show(inner)),
        ExprKind::Table(items, _) => {
            let item = |item: &TableItem| match *item {
                TableItem::Positional(value) => show(value),
                TableItem::Keyed(key, value, _) => format!("{}={}", show(key), show(value)),
            };
            format!("{{{}}}", tree.items(items).iter().map(item).collect::<Vec<_>>().join(","))
        }
    }
}

#[test]
fn precedence_and_associativity() {
    let cases = [
        ("a + b * c - d", "Sub(Add(a,Mul(b,c)),d)"),
        ("a .. b .. c", "Concat(a,Concat(b,c))"),
        ("a ^ b ^ c", "Pow(a,Pow(b,c))"),
        ("-a ^ b", "Neg(Pow(a,b))"),
        ("a ^ -b", "Pow(a,Neg(b))"),
        ("not a == b", "Eq(Not(a),b)"),
        ("a or b and c < d", "Or(a,And(b,Lt(c,d)))"),
        ("a | b ~ c & d << e .. f + g", "BOr(a,BXor(b,BAnd(c,Shl(d,Concat(e,Add(f,g))))))"),
        ("#a // b % ~c", "Mod(IDiv(Len(a),b),BNot(c))"),
        ("(a + b) * c", "Mul(Paren(Add(a,b)),c)"),
        ("a.b[c]:d{e}'f'", "a['b'][c]:d({e})('f')"),
        ("{a, b = c, [d] = e; ...}", "{a,'b'=c,d=e,...}"),
        ("a >= b ~= (c > d)", "Ne(Ge(a,b),Paren(Gt(c,d)))"),
    ];
    for (source, expected) in cases {
        let chunk = chunk(&format!("x = {source}"));
        assert_eq!(show(&chunk, last_value(&chunk)), expected, "{source}");
    }
}

#[test]
fn constants_are_folded() {
    let cases = [
        ("1 + 2 * 3", "7"),
        ("2 ^ 2 // 1", "4.0"),
        ("-(3) | 0x10", "-3"),
        ("not nil", "Bool(true)"),
        ("1 and 'x'", "'x'"),
        ("nil or 5 + 1", "6"),
        ("a + 1 + 2", "Add(Add(a,1),2)"),
        ("1 // 0", "IDiv(1,0)"),
        ("0.0 * 1", "Mul(0.0,1)"),
        ("1 and a", "And(1,a)"),
        ("'1' + 1", "Add('1',1)"),
        ("1 < 2", "Lt(1,2)"),
    ];
    for (source, expected) in cases {
        let chunk = chunk(&format!("x = {source}"));
        assert_eq!(show(&chunk, last_value(&chunk)), expected, "{source}");
    }
}

#[test]
fn statements_of_every_kind() {
    let chunk = chunk(
        "; local a; local function f() end; global g = 1; global function h() end
         a, g = 1; function g.x() end; f(); do end; while a do break end
         repeat until a; if a then elseif g then else end; for i = 1, 2 do end
         for k in a do end; goto l; ::l:: return",
    );
    let kinds: Vec<String> = (body(&chunk.main).iter())
        .map(|stmt| format!("{:?}", stmt.kind))
        .map(|text| text.split([' ', '(']).next().unwrap_or_default().to_owned())
        .collect();
    let expected = "Local LocalFunction GlobalInit GlobalFunction Assign Function Call Do While \
                    Repeat If NumericFor GenericFor Goto Label Return";
    assert_eq!(kinds.join(" "), expected);
}

#[test]
fn jumps_find_their_labels() {
    let chunk = chunk(
        "do goto l; ::l:: end
         do goto l end
         ::l:: goto l
         while a do break end",
    );
    let stmts = body(&chunk.main);
    let inner = |stmt: &Stmt, index: usize| match stmt.kind {
        StmtKind::Do(block) | StmtKind::While { body: block, .. } => {
            chunk.main.tree.stmt(block.stmts, index).kind
        }
        other => panic!("{other:?} is no block"),
    };
    assert_eq!(inner(&stmts[0], 0), StmtKind::Goto(LabelId(0)));
    assert_eq!(inner(&stmts[0], 1), StmtKind::Label(LabelId(0)));
    assert_eq!(inner(&stmts[1], 0), StmtKind::Goto(LabelId(1)));
    assert_eq!(stmts[2].kind, StmtKind::Label(LabelId(1)));
    assert_eq!(stmts[3].kind, StmtKind::Goto(LabelId(1)));
    assert_eq!(inner(&stmts[4], 0), StmtKind::Goto(LabelId(2)));
    assert_eq!(chunk.main.label_count, 3);
}

#[test]
fn chains_may_be_long() {
    const LENGTH: usize = 100_000;
    for (head, link) in [
        ("x = a", " + b"),
        ("x = a", " and b or c"),
        ("x = a", ".b"),
        ("f", "()"),
        ("f()", ":m'x'[1]()"),
        ("x = a < b", " == c"),
        ("if a then ", "elseif b then "),
        ("::l::", ";"),
        ("x = 1", " + 1"),
        ("x = {", "1,"),
    ] {
        let tail = match head {
            "if a then " => "end",
            "x = {" => "}",
            _ => "",
        };
        drop(chunk(&format!("{head}{}{tail}", link.repeat(LENGTH))));
    }
}

#[test]
fn nesting_is_limited() {
    for (open, middle, close) in [
        ("do ", "", " end"),
        ("x = (", "y", ")"),
        ("x = {", "", "}"),
        ("f(", "", ")"),
        ("x = not ", "y", ""),
        ("x = a .. ", "y", ""),
        ("x = function() return ", "y", " end"),
        ("function f() ", "", " end"),
        ("repeat ", "", " until x"),
        ("::l0:: ", "", ""),
        ("x, ", "y = 1", ""),
        ("x[", "1", "] = 1"),
    ] {
        let (first, rest) = open.strip_prefix("x = ").map_or(("", open), |rest| ("x = ", rest));
        let nested =
            |depth: usize| format!("{first}{}{middle}{}", rest.repeat(depth), close.repeat(depth));
        let error = parse(nested(100_000).as_bytes(), b"=t").expect_err("nested too deeply");
        assert_eq!(error.message, b"C stack overflow");
        assert_eq!(error.kind, DiagnosticKind::Overflow);
    }
    let nested = |depth| format!("{}{}", "do ".repeat(depth), "end ".repeat(depth));
    assert!(parse(nested(197).as_bytes(), b"=t").is_ok());
    assert!(parse(nested(198).as_bytes(), b"=t").is_err());
    let levels = |levels| Bounds { levels, ..Bounds::NONE };
    assert!(parse_within(nested(100).as_bytes(), b"=t", levels(101)).is_ok());
    assert!(parse_within(nested(100).as_bytes(), b"=t", levels(100)).is_err());
    assert!(parse_within(b"x = 1", b"=t", levels(0)).is_err());
}

#[test]
fn a_budget_is_kept() {
    let source = "local a = f(b, {c}) ".repeat(100);
    let parse = |source: &str, bytes| {
        parse_within(source.as_bytes(), b"=t", Bounds { bytes, ..Bounds::NONE })
    };
    let error = parse(&source, 10_000).expect_err("too little");
    assert_eq!(
        (error.kind, &error.message[..]),
        (DiagnosticKind::Memory, &b"not enough memory"[..])
    );
    assert!(parse(&source, source.len() * super::BYTES_PER_SOURCE_BYTE).is_ok());
}

/// What takes the most memory for its length is within the budget that is always enough.
#[test]
fn so_much_for_each_byte_is_enough() {
    for (head, link, tail) in [
        ("x=a", ".a", ""),
        ("x=a", "()", ""),
        ("x=a", "{}", ""),
        ("x=a", "\"\"", ""),
        ("x=1", "+a", ""),
        ("x=", "a;x=", "1"),
        ("x={", "a;", "}"),
        ("x={", "{},", "}"),
        ("x={", "1,", "}"),
        ("x={", "a=1,", "}"),
        ("f(", "a,", "a)"),
        ("", ";", ""),
        ("", "do end ", ""),
        ("", "do local a end ", ""),
        ("", "x=#function()end ", ""),
        ("", "f(function()end)", ""),
        ("", "do::a::end ", ""),
        ("", "for a in b do end ", ""),
        ("", "if a then end ", ""),
        ("if a then ", "elseif a then ", "end"),
        ("global a ", "global a=1 ", ""),
    ] {
        let source = format!("{head}{}{tail}", link.repeat(20_000));
        let bytes = source.len() * super::BYTES_PER_SOURCE_BYTE + 4096;
        let parsed = parse_within(source.as_bytes(), b"=t", Bounds { bytes, ..Bounds::NONE });
        assert!(parsed.is_ok(), "{link}");
    }
    let names: String = (0..50_000).map(|i| format!(".{}", base_62(i))).collect();
    let source = format!("x=a{names}");
    let bytes = source.len() * super::BYTES_PER_SOURCE_BYTE;
    assert!(parse_within(source.as_bytes(), b"=t", Bounds { bytes, ..Bounds::NONE }).is_ok());
}

/// A short name, another for each number.
fn base_62(mut n: usize) -> String {
    const DIGITS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut name = String::from("_");
    while n > 0 {
        name.push(char::from(DIGITS[n % 62]));
        n /= 62;
    }
    name
}

/// The memory of a function is free again when it has ended.
#[test]
fn functions_are_charged_one_at_a_time() {
    struct Nothing;
    impl super::Sink for Nothing {
        fn function(
            &mut self,
            _: &mut Function,
            _: &Strings,
        ) -> Result<usize, Box<crate::Diagnostic>> {
            Ok(0)
        }
    }
    let source = format!("f(function() {} end) ", "a(b, c) ".repeat(100)).repeat(100);
    let bounds = |bytes| Bounds { bytes, ..Bounds::NONE };
    let parse = |bytes| {
        let mut buffers = super::Buffers::default();
        super::parse_each(source.as_bytes(), b"=t", bounds(bytes), &mut buffers, &mut Nothing)
    };
    assert!(parse(source.len() / 8).is_err());
    assert!(parse(source.len() * 2).is_ok());
}
