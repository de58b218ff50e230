//! Each test compiles a small source and looks at the instructions, printed as the disassembler prints them. All
//! that is compiled here is also verified.

use super::compile;
use crate::disasm::Listing;
use crate::ops::Op;
use crate::proto::{Proto, VarargKind};
use crate::verify::verify;

fn proto(source: &str) -> Proto {
    let chunk = perilune_syntax::parse(source.as_bytes(), b"=test").unwrap();
    let proto = compile(&chunk, b"=test").unwrap();
    verify(&proto).unwrap_or_else(|error| panic!("{source}\n{error}"));
    proto
}

/// The instructions of a function, without the final return.
fn instructions(proto: &Proto) -> Vec<String> {
    let listing = Listing::new(proto);
    (0..proto.code.len() - 1).map(|pc| listing.instruction(pc)).collect()
}

/// Checks the instructions that `body` adds to a main function that has declared `locals`.
#[track_caller]
fn check(locals: &str, body: &str, expected: &[&str]) {
    let declarations = if locals.is_empty() { String::new() } else { format!("local {locals}\n") };
    let before = instructions(&proto(&declarations)).len();
    let all = instructions(&proto(&format!("{declarations}{body}")));
    assert_eq!(all[before..], *expected, "{body}");
}

/// Checks the instructions of the first function in a source.
#[track_caller]
fn check_function(source: &str, expected: &[&str]) {
    assert_eq!(instructions(&proto(source).protos[0]), expected, "{source}");
}

#[test]
fn operands_are_used_in_place() {
    check("a, b", "local c = a + b", &["ADD r2 r0 r1"]);
    check(
        "a, b",
        "a = b.x.y[a][1]",
        &["GETFIELD r2 r1 s0", "GETFIELD r2 r2 s1", "GETINDEX r2 r2 r0 s2", "GETINT r0 r2 1 s3"],
    );
    check(
        "a",
        "a.x, a['y'] = a, nil",
        &["MOVE r1 r0", "LOADNIL r2 0", "SETFIELD r0 r2 s0", "SETFIELD r0 r1 s1"],
    );
}

#[test]
fn constants_are_operands() {
    check("a", "a = a + 1", &["ADDI r0 r0 1"]);
    check("a", "a = a - 5000000000", &["SUBK r0 r0 k0"]);
    check("a", "a = 1 + a", &["LOADI r1 1", "ADD r0 r1 r0"]);
    check(
        "a",
        "a = a << 2 & 3 | 1.5",
        &["SHLI r1 r0 2", "BANDK r1 r1 k0", "LOADK r2 k1", "BOR r0 r1 r2"],
    );
    check(
        "a",
        "a = a < 5 == (2 >= a)",
        &[
            "JLTI r0 5 1 L1",
            "LOADBOOL r1 0",
            "JMP L2",
            "LOADBOOL r1 1",
            "JLEI r0 2 1 L3",
            "LOADBOOL r2 0",
            "JMP L4",
            "LOADBOOL r2 1",
            "JEQ r1 r2 1 L5",
            "LOADBOOL r0 0",
            "JMP L6",
            "LOADBOOL r0 1",
        ],
    );
}

#[test]
fn comparisons_choose_their_form() {
    for (condition, expected) in [
        ("a == nil", "JEQK r0 k0 0 L1"),
        ("'s' ~= a", "JEQK r0 k0 1 L1"),
        ("a == 1.0", "JEQK r0 k0 0 L1"),
        ("a == -128", "JEQI r0 -128 0 L1"),
        ("a > b", "JLT r1 r0 0 L1"),
        ("not (a >= b)", "JLE r1 r0 1 L1"),
        ("1 < a", "JGTI r0 1 0 L1"),
        ("a >= 1", "JGEI r0 1 0 L1"),
        ("a", "JFALSE r0 L1"),
        ("not a", "JTRUE r0 L1"),
    ] {
        check(
            "a, b",
            &format!("if {condition} then a() end"),
            &[expected, "MOVE r2 r0", "CALL r2 1 1 s0"],
        );
    }
}

#[test]
fn conditions_only_jump() {
    check(
        "a, b, c",
        "while a and b or not c do a() end",
        &[
            "JFALSE r0 L2",
            "JTRUE r1 L3",
            "JTRUE r2 L4",
            "MOVE r3 r0",
            "CALL r3 1 1 s0",
            "JMPBACK L1",
        ],
    );
    check(
        "a",
        "repeat local b = a() until b",
        &["MOVE r1 r0", "CALL r1 1 2 s0", "JTRUE r1 L2", "JMPBACK L1"],
    );
    check("a", "while true do if a then break end end", &["JFALSE r0 L2", "JMP L3", "JMPBACK L1"]);
}

#[test]
fn logical_values_go_straight_to_their_destination() {
    check("a, b", "local c = a and b", &["MOVE r2 r0", "JFALSE r2 L1", "MOVE r2 r1"]);
    check("a", "a = a or 5", &["JTRUE r0 L1", "LOADI r0 5"]);
    check("a, b", "a = b and 1 or 2", &["JFALSE r1 L1", "LOADI r0 1", "JMP L2", "LOADI r0 2"]);
    check(
        "a, b",
        "local c = a == b or b",
        &["JEQ r0 r1 1 L1", "MOVE r2 r1", "JMP L2", "LOADBOOL r2 1"],
    );
}

#[test]
fn a_local_is_not_overwritten_while_it_may_be_used() {
    check("a, b", "a = b and a.x", &["JTRUE r1 L1", "MOVE r0 r1", "JMP L2", "GETFIELD r0 r0 s0"]);
    check("a", "a = {a}", &["NEWTABLE r1 s0", "MOVE r2 r0", "SETLIST r1 2 0", "MOVE r0 r1"]);
}

/// `x` is captured and so in a box in the first register.
const CAPTURED: &str = "x, f; f = function() x = 1 end; local t";

#[test]
fn boxed_locals_are_read_when_their_register_would_be() {
    check(
        CAPTURED,
        "local a = x + f()",
        &["MOVE r3 r1", "CALL r3 1 2 s0", "GETBOX r4 r0", "ADD r3 r4 r3"],
    );
    check(
        CAPTURED,
        "f(x, f())",
        &["MOVE r3 r1", "GETBOX r4 r0", "MOVE r5 r1", "CALL r5 1 0 s0", "CALL r3 0 1 s1"],
    );
    check(
        CAPTURED,
        "t[x] = f()",
        &["MOVE r3 r1", "CALL r3 1 2 s0", "GETBOX r4 r0", "SETINDEX r2 r4 r3 s1"],
    );
    check(CAPTURED, "x = x", &["GETBOX r3 r0", "SETBOX r0 r3"]);
}

#[test]
fn assigned_variables_are_protected_in_earlier_targets() {
    check(
        "i, a",
        "a[i], i = 1, 2",
        &["MOVE r2 r0", "LOADI r3 1", "LOADI r0 2", "SETINDEX r1 r2 r3 s0"],
    );
    check(
        "i, a",
        "i, a[i] = i + 1, 20",
        &["ADDI r2 r0 1", "LOADI r3 20", "SETINDEX r1 r0 r3 s0", "MOVE r0 r2"],
    );
    check("a, b", "a, b = b, a", &["MOVE r2 r1", "MOVE r1 r0", "MOVE r0 r2"]);
    check_function(
        "local u; return function() u.x, u = 1 end",
        &["GETUPVAL r0 u0", "LOADI r1 1", "LOADNIL r2 0", "SETUPVAL r2 u0", "SETFIELD r0 r1 s0"],
    );
}

#[test]
fn an_indexed_upvalue_is_read_after_its_key() {
    check_function(
        "local u; return function() return u[u()] end",
        &[
            "GETUPVAL r0 u0",
            "CALL r0 1 2 s0",
            "GETUPVAL r1 u0",
            "GETINDEX r0 r1 r0 s1",
            "RETURN1 r0",
        ],
    );
}

#[test]
fn lists_are_adjusted() {
    check("a", "local b, c = a()", &["MOVE r1 r0", "CALL r1 1 3 s0"]);
    check(
        "a",
        "local b, c = a(), 1, 2",
        &["MOVE r1 r0", "CALL r1 1 2 s0", "LOADI r2 1", "LOADI r3 2"],
    );
    check("a", "local b, c = (a())", &["MOVE r1 r0", "CALL r1 1 2 s0", "LOADNIL r2 0"]);
    check("a", "local b; local c", &[]);
    assert_eq!(instructions(&proto("local a local b, c")), ["VARARGPREP", "LOADNIL r0 2"]);
}

#[test]
fn calls() {
    check(
        "a",
        "a:m(1).x(...)",
        &[
            "SELF r1 r0 s0",
            "LOADI r3 1",
            "CALL r1 3 2 s1",
            "GETFIELD r1 r1 s2",
            "VARARG r2 r0 0 0",
            "CALL r1 0 1 s3",
        ],
    );
    check(
        "a",
        "return a(a:m())",
        &["MOVE r1 r0", "SELF r2 r0 s0", "CALL r2 2 0 s1", "TAILCALL r1 0 s2"],
    );
    check("a", "return (a())", &["MOVE r1 r0", "CALL r1 1 2 s0", "RETURN1 r1"]);
    check("a", "return a, a()", &["MOVE r1 r0", "MOVE r2 r0", "CALL r2 1 0 s0", "RETURN r1 0"]);
}

#[test]
fn tables() {
    check("a", "a = {}", &["NEWTABLE r0 s0"]);
    check(
        "a",
        "local t = {a, x = 1, [2] = a, [a] = 3, a()}",
        &[
            "NEWTABLE r1 s0",
            "MOVE r2 r0",
            "LOADI r3 1",
            "SETFIELD r1 r3 s1",
            "SETINT r1 2 r0 s2",
            "LOADI r3 3",
            "SETINDEX r1 r0 r3 s3",
            "MOVE r3 r0",
            "CALL r3 1 0 s4",
            "SETLIST r1 0 0",
        ],
    );
    let source = format!("return {{{}}}", "1,".repeat(120));
    let stores: Vec<String> =
        instructions(&proto(&source)).into_iter().filter(|i| i.starts_with("SETLIST")).collect();
    assert_eq!(stores, ["SETLIST r0 51 0", "SETLIST r0 51 50", "SETLIST r0 21 100"]);
}

#[test]
fn concatenations_are_one_instruction() {
    check(
        "a, b",
        "a = a .. b .. (1 .. 'x') .. b",
        &[
            "MOVE r2 r0",
            "MOVE r3 r1",
            "LOADI r4 1",
            "LOADK r5 k0",
            "CONCAT r4 2",
            "MOVE r5 r1",
            "CONCAT r2 4",
            "MOVE r0 r2",
        ],
    );
}

#[test]
fn globals_and_environments() {
    check("", "x = y", &["GETENV r0 u0 s0", "SETENV r0 u0 s1"]);
    check("_ENV", "x = y", &["GETFIELD r1 r0 s0", "SETFIELD r0 r1 s1"]);
    check(
        "_ENV <const> = nil",
        "x = y",
        &["LOADNIL r0 1", "GETFIELD r1 r1 s0", "SETFIELD r0 r1 s1"],
    );
    check(
        "",
        "global x, y = 1",
        &[
            "LOADI r0 1",
            "LOADNIL r1 0",
            "GETENV r2 u0 s0",
            "CHECKGLOBAL r2 k0",
            "SETENV r1 u0 s1",
            "GETENV r1 u0 s2",
            "CHECKGLOBAL r1 k1",
            "SETENV r0 u0 s3",
        ],
    );
    check(
        "",
        "global function f() end",
        &["CLOSURE r0 p0", "GETENV r1 u0 s0", "CHECKGLOBAL r1 k0", "SETENV r0 u0 s1"],
    );
}

#[test]
fn loops() {
    check(
        "a",
        "for i = 1, a do a = i end",
        &["LOADI r1 1", "MOVE r2 r0", "LOADI r3 1", "FORPREP r1 L2", "MOVE r0 r3", "FORLOOP r1 L1"],
    );
    check(
        "a",
        "for k, v in a do break end",
        &[
            "MOVE r1 r0",
            "LOADNIL r2 2",
            "TFORPREP r1 L2",
            "CLOSE r3",
            "JMP L3",
            "TFORCALL r1 2 s0",
            "TFORLOOP r1 L1",
            "CLOSE r3",
        ],
    );
}

#[test]
fn captured_loop_variables_are_fresh_in_each_iteration() {
    check(
        "a",
        "for i = 1, 2 do a(i, function() return i end) end",
        &[
            "LOADI r1 1",
            "LOADI r2 2",
            "LOADI r3 1",
            "FORPREP r1 L2",
            "MOVE r4 r3",
            "NEWBOX r4",
            "MOVE r5 r0",
            "MOVE r6 r3",
            "CLOSURE r7 p0",
            "CALL r5 3 1 s0",
            "FORLOOP r1 L1",
        ],
    );
    let proto = proto("for i, j in f do g = function() return i, j end end");
    let registers: Vec<u8> = proto.protos[0].upvalues.iter().map(|u| u.index).collect();
    assert_eq!(registers, [5, 4]);
    assert_eq!(proto.loop_headers.len(), 1);
}

#[test]
fn closing() {
    check(
        "f",
        "do local a <close> = f; goto out end f() ::out::",
        &["MOVE r1 r0", "TBC r1", "CLOSE r1", "JMP L1", "MOVE r1 r0", "CALL r1 1 1 s0"],
    );
    check(
        "f",
        "local a <close> = f; return f()",
        &["MOVE r1 r0", "TBC r1", "MOVE r2 r0", "CALL r2 1 0 s0", "RETURNCLOSE r2 0"],
    );
    check(
        "f",
        "for _ in f do return f() end",
        &[
            "MOVE r1 r0",
            "LOADNIL r2 2",
            "TFORPREP r1 L2",
            "MOVE r5 r0",
            "CALL r5 1 0 s0",
            "RETURNCLOSE r5 0",
            "TFORCALL r1 1 s1",
            "TFORLOOP r1 L1",
            "CLOSE r3",
        ],
    );
    check(
        "f",
        "repeat local a <close> = f until a",
        &["MOVE r1 r0", "TBC r1", "JTRUE r1 L2", "CLOSE r1", "JMPBACK L1", "CLOSE r1"],
    );
}

#[test]
fn labels_at_the_end_are_outside_the_scope() {
    // At the label, neither `a` nor `b` need be initialized.
    check(
        "f",
        "while f do local a <close> = f; if a then goto next end local b = f ::next:: end",
        &[
            "JFALSE r0 L4",
            "MOVE r1 r0",
            "TBC r1",
            "JFALSE r1 L2",
            "CLOSE r1",
            "JMP L3",
            "MOVE r2 r0",
            "CLOSE r1",
            "JMPBACK L1",
        ],
    );
}

#[test]
fn backward_goto() {
    check(
        "a",
        "::top:: local b <close> = a; if a then goto top end",
        &["MOVE r1 r0", "TBC r1", "JFALSE r0 L2", "CLOSE r1", "JMPBACK L1"],
    );
}

#[test]
fn functions() {
    check(
        "",
        "local function f() return f end",
        &["LOADNIL r0 0", "NEWBOX r0", "CLOSURE r1 p0", "SETBOX r0 r1"],
    );
    check("", "local function f() end", &["CLOSURE r0 p0"]);
    check(
        "t",
        "function t.a:b() return self end",
        &["GETFIELD r1 r0 s0", "CLOSURE r2 p0", "SETFIELD r1 r2 s1"],
    );
    check_function(
        "return function(a) return function() return a end end",
        &["NEWBOX r0", "CLOSURE r1 p0", "RETURN1 r1"],
    );
}

#[test]
fn varargs() {
    check_function(
        "return function(a, ...) return ... end",
        &["VARARGPREP", "LOADNIL r1 0", "VARARG r2 r0 0 0", "RETURN r2 0"],
    );
    check_function(
        "return function(...t) return t[1], t.n end",
        &[
            "VARARGPREP",
            "LOADNIL r0 0",
            "LOADI r1 1",
            "GETVARARG r1 r1",
            "LOADK r2 k0",
            "GETVARARG r2 r2",
            "RETURN r1 3",
        ],
    );
    let source = "return function(...t) t.x = ...; return function() return t end end";
    check_function(
        source,
        &[
            "VARARGPREP",
            "VARARGTABLE r0",
            "NEWBOX r0",
            "GETBOX r1 r0",
            "VARARG r1 r1 2 1",
            "GETBOX r2 r0",
            "SETFIELD r2 r1 s0",
            "CLOSURE r1 p0",
            "RETURN1 r1",
        ],
    );
    assert_eq!(proto(source).protos[0].vararg, VarargKind::Table(0));
}

/// The live tops of the instructions with this opcode.
fn live_tops(proto: &Proto, op: Op) -> Vec<u8> {
    let of_op = |(&instr, &live): (&crate::ops::Instr, &u8)| (instr.op() == op).then_some(live);
    proto.code.iter().zip(&proto.live_top).filter_map(of_op).collect()
}

#[test]
fn dead_registers_are_not_live() {
    let proto = proto(
        "local a, b\n\
         local c = a.x + b.y\n\
         a(b, a .. b .. c, {a, b()})\n\
         a.x.y = b\n\
         b = a:m() + a.z:m()\n\
         for i in a do b() end\n\
         return a, b",
    );
    assert_eq!(live_tops(&proto, Op::Add), [2, 3]);
    assert_eq!(live_tops(&proto, Op::GetField), [2, 3, 3, 4]);
    assert_eq!(live_tops(&proto, Op::Concat), [8]);
    assert_eq!(live_tops(&proto, Op::NewTable), [6]);
    assert_eq!(live_tops(&proto, Op::SetList), [8]);
    assert_eq!(live_tops(&proto, Op::Call), [8, 3, 3, 4, 7]);
    assert_eq!(live_tops(&proto, Op::SetField), [3]);
    // The receiver is needed until the method is found.
    assert_eq!(live_tops(&proto, Op::SelfOp), [3, 5]);
    assert_eq!(live_tops(&proto, Op::TForCall), [7]);
    assert_eq!(live_tops(&proto, Op::TForLoop), [7]);
    assert_eq!(live_tops(&proto, Op::Close), [6]);
}

#[test]
fn lines() {
    let proto = proto(
        "local x = {\n  f(),\n  g\n}\nfor i = 1,\n  2 do\n  x(i)\nend\nlocal y = x\n  + 1\nreturn\n  y\n",
    );
    let lines: Vec<u32> = proto.positions.iter().map(|pos| pos.line).collect();
    assert_eq!(lines, [1, 1, 2, 2, 4, 4, 5, 6, 6, 6, 7, 7, 7, 5, 10, 12, 12]);
}

#[test]
fn code_without_a_source_line_has_the_line_of_its_neighbour() {
    let proto = proto(
        "return function(a, ...)\n  local b\n  local c\n  return function() return a, b end\nend",
    );
    let lines: Vec<u32> = proto.protos[0].positions.iter().map(|pos| pos.line).collect();
    assert_eq!(
        instructions(&proto.protos[0])[1..6],
        ["LOADNIL r1 0", "NEWBOX r0", "LOADNIL r2 0", "NEWBOX r2", "LOADNIL r3 0",]
    );
    assert_eq!(lines, [1, 2, 2, 2, 2, 2, 4, 4, 5]);
}

#[test]
fn scopes_of_locals() {
    let proto =
        proto("local a = 1\ndo local b = a end\nfor i = 1, 2 do a() end\nlocal function f() end");
    let locals: Vec<(String, u32, u32, u8)> = proto
        .locals
        .iter()
        .map(|l| (String::from_utf8_lossy(&l.name).into_owned(), l.start_pc, l.end_pc, l.register))
        .collect();
    let expected = [
        ("a", 2, 12, 0),
        ("b", 3, 3, 1),
        ("(for state)", 6, 10, 1),
        ("(for state)", 6, 10, 2),
        ("i", 7, 9, 3),
        ("f", 11, 12, 1),
    ];
    assert_eq!(locals, expected.map(|(name, start, end, r)| (name.to_string(), start, end, r)));
}

#[test]
fn too_many_registers() {
    let chunk =
        perilune_syntax::parse(format!("\nf({}1)", "1,".repeat(254)).as_bytes(), b"=x").unwrap();
    let error = compile(&chunk, b"=x").unwrap_err();
    assert_eq!(error.to_string(), "x:2: too many registers (limit is 255) in main function");
    let source = format!("local function f()\nreturn {}1 end", "1,".repeat(254));
    let chunk = perilune_syntax::parse(source.as_bytes(), b"=x").unwrap();
    let error = compile(&chunk, b"=x").unwrap_err();
    assert_eq!(error.to_string(), "x:2: too many returns (limit is 255) in function at line 1");
}

#[test]
fn methods_at_the_last_registers() {
    let far: String = (0..300).map(|n| format!("x = 'c{n}' ")).collect();
    for receiver in ["a", "b", "(a .. a)"] {
        for arguments in 245..255 {
            let arguments = "1,".repeat(arguments);
            let source = format!("{far} local a f({arguments} {receiver}:m())");
            let chunk = perilune_syntax::parse(source.as_bytes(), b"=x").unwrap();
            if let Err(error) = compile(&chunk, b"=x") {
                let expected = "x:1: too many registers (limit is 255) in main function";
                assert_eq!(error.to_string(), expected);
            }
        }
    }
}

#[test]
fn deep_trees_need_little_stack() {
    let long = |first: &str, rest: &str| format!("{first}{}", rest.repeat(100_000));
    let nested = |open: &str, inner: &str, close: &str, n: usize| {
        format!("{}{inner}{}", open.repeat(n), close.repeat(n))
    };
    let sources = [
        long("return x", " + x.y"),
        long("return x", ".y"),
        long("return x", "()"),
        long("return x", ":m()"),
        long("local y = x", " and x or y"),
        long("if x", " == x or y") + " then end",
        format!("return {}", nested("(", "x", " * y + 1 .. z < w == v and u or t)", 190)),
        format!("return {}", nested("function() return ", "x", " end", 95)),
        format!("return {}", nested("{x = 1, ", "x", "}", 190)),
        nested("while x do ", "f()", " end", 190),
    ];
    for source in sources {
        let chunk = perilune_syntax::parse(source.as_bytes(), b"=x").unwrap();
        let thread = std::thread::Builder::new().stack_size(1 << 20);
        std::thread::scope(|scope| {
            thread
                .spawn_scoped(scope, || drop(compile(&chunk, b"=x").unwrap()))
                .unwrap()
                .join()
                .unwrap();
        });
    }
}
