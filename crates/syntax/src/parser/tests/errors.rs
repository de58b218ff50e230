//! Messages.

use super::error;

/// Checks messages, given without the name of the chunk.
fn check(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        assert_eq!(error(source), format!("t:{expected}"), "{source:?}");
    }
}

#[test]
fn tokens_at_fault() {
    check(&[
        ("x", "1: syntax error near <eof>"),
        ("x = }", "1: unexpected symbol near '}'"),
        ("x = = 1", "1: unexpected symbol near '='"),
        ("x = 'a\\65' 'b\\n'", "1: unexpected symbol near ''b\n''"),
        ("x = 5 [==[\r\na\r\nb]==]", "3: unexpected symbol near '[==[a\nb]==]'"),
        ("x = 1 0x1F", "1: unexpected symbol near '0x1F'"),
        ("x = \u{1}", "1: unexpected symbol near '<\\1>'"),
        ("x = \u{e9}", "1: unexpected symbol near '<\\195>'"),
        ("x = \0", "1: unexpected symbol"),
        ("x = 1 'a\0b'", "1: unexpected symbol near ''a'"),
        ("x = goto", "1: unexpected symbol near 'goto'"),
        ("return return", "1: unexpected symbol near 'return'"),
        ("local x y", "1: syntax error near <eof>"),
        ("x = 3x", "1: malformed number near '3x'"),
    ]);
}

#[test]
fn what_was_expected() {
    check(&[
        ("if x then\n\n", "3: 'end' expected (to close 'if' at line 1) near <eof>"),
        ("if x then", "1: 'end' expected near <eof>"),
        ("if x do", "1: 'then' expected near 'do'"),
        ("\nwhile x do\nreturn;;", "3: 'end' expected (to close 'while' at line 2) near ';'"),
        ("for i = 1 do end", "1: ',' expected near 'do'"),
        ("for i do end", "1: '=' or 'in' expected near 'do'"),
        ("repeat\nend", "2: 'until' expected (to close 'repeat' at line 1) near 'end'"),
        ("f(\n1", "2: ')' expected (to close '(' at line 1) near <eof>"),
        ("x = {\n1 2", "2: '}' expected (to close '{' at line 1) near '2'"),
        ("x = function\n()", "2: 'end' expected near <eof>"),
        ("x = function(1) end", "1: <name> or '...' expected near '1'"),
        ("function f(..., a) end", "1: ')' expected near ','"),
        ("local 1", "1: <name> expected near '1'"),
        ("a.1 = 2", "1: syntax error near '.1'"),
        ("a:b = 1", "1: function arguments expected near '='"),
        ("a, b", "1: '=' expected near <eof>"),
        ("x = 1 end", "1: <eof> expected near 'end'"),
        ("::l", "1: '::' expected near <eof>"),
        ("(f()) = 1", "1: syntax error near '='"),
        ("a, f() = 1", "1: syntax error near '='"),
        ("function f() return ... end", "1: cannot use '...' outside a vararg function near '...'"),
    ]);
}

#[test]
fn constants_and_attributes() {
    check(&[
        ("local x <foo> = 1", "1: unknown attribute 'foo'"),
        ("local a <close>, b <close> = 1", "1: multiple to-be-closed variables in local list"),
        ("local <close> a, b = 1", "1: multiple to-be-closed variables in local list"),
        ("local x <const> = 1\nx = 2", "2: attempt to assign to const variable 'x'"),
        ("local x <const> = f(); x = 2", "1: attempt to assign to const variable 'x'"),
        ("local x <close> = nil; x = 2", "1: attempt to assign to const variable 'x'"),
        ("local <const> x, y = 1; y, x = 2", "1: attempt to assign to const variable 'y'"),
        (
            "local x <const> = f(); function g() return function() x = 2 end end",
            "1: attempt to assign to const variable 'x'",
        ),
        ("local x <const> = 1; function x() end", "1: attempt to assign to const variable 'x'"),
        ("for i = 1, 2 do i = 3 end", "1: attempt to assign to const variable 'i'"),
        ("for k, v in f do v = 1; k = 2 end", "1: attempt to assign to const variable 'k'"),
        ("function f(...t) t = 1 end", "1: attempt to assign to const variable 't'"),
        ("local x <const> = {}; x()\nx\n=\n1", "2: attempt to assign to const variable 'x'"),
    ]);
}

#[test]
fn globals() {
    check(&[
        ("global x; y = 1", "1: variable 'y' not declared"),
        ("global x; do global * y = 1 end y = 2", "1: variable 'y' not declared"),
        (
            "global x; function x() return function() return y end end",
            "1: variable 'y' not declared",
        ),
        ("global <const> *; x = 1", "1: attempt to assign to const variable 'x'"),
        ("global *; global <const> *; x = 1", "1: attempt to assign to const variable 'x'"),
        ("global x <const>, y; y = 1; x = 2", "1: attempt to assign to const variable 'x'"),
        ("global <const> f; function f() end", "1: attempt to assign to const variable 'f'"),
        ("global <close> x", "1: global variables cannot be to-be-closed"),
        ("global _ENV; x = 1", "1: variable 'x' not declared"),
        ("global x, _ENV; x = 1", "1: _ENV is global when accessing variable 'x'"),
        ("global 'x'; global 1", "1: syntax error near '1'"),
        ("global x, *", "1: <name> expected near '*'"),
    ]);
}

#[test]
fn labels() {
    check(&[
        ("goto l\n", "1: no visible label 'l' for <goto> at line 1"),
        ("\ndo ::l:: end goto l", "2: no visible label 'l' for <goto> at line 2"),
        ("::l:: function f() goto l end", "1: no visible label 'l' for <goto> at line 1"),
        ("::l::\n\n::l::", "3: label 'l' already defined on line 3"),
        ("::l::\nx()\n::l::", "3: label 'l' already defined on line 1"),
        ("::l:: do ::l:: end", "1: label 'l' already defined on line 1"),
        ("goto l; local a; ::l:: f()", "1: <goto l> at line 1 jumps into the scope of 'a'"),
        ("goto l; global a; ::l:: a()", "1: <goto l> at line 1 jumps into the scope of 'a'"),
        ("goto l; global *; ::l:: a()", "1: <goto l> at line 1 jumps into the scope of '*'"),
        (
            "repeat goto l; local a; ::l:: until a",
            "1: <goto l> at line 1 jumps into the scope of 'a'",
        ),
        ("break", "1: break outside loop near 'break'"),
        ("while x do local function f() break end end", "1: break outside loop near 'break'"),
    ]);
}

#[test]
fn limits() {
    let names = |prefix: &str, count: usize, separator: &str| {
        let names: Vec<String> = (0..count).map(|index| format!("{prefix}{index}")).collect();
        names.join(separator)
    };
    let locals = |count| names("v", count, ", ");
    let cases = [
        (
            format!("local {}", locals(201)),
            "1: too many local variables (limit is 200) in main function near <eof>".to_owned(),
        ),
        (
            format!("\nfunction f({}, ...)\nend", locals(200)),
            "2: too many local variables (limit is 200) in function at line 2 near ')'".to_owned(),
        ),
        (
            format!("local {} for i in f do end", locals(197)),
            "1: too many local variables (limit is 200) in main function near 'end'".to_owned(),
        ),
        (
            format!("local {};", locals(256)),
            "1: too many registers (limit is 255) in main function near ';'".to_owned(),
        ),
        (
            format!(
                "function f() local {} function g() local {}\nfunction h()\nreturn {} + {} end \
                 end end",
                names("a", 130, ","),
                names("b", 130, ","),
                names("a", 130, "+"),
                names("b", 126, "+")
            ),
            "3: too many upvalues (limit is 255) in function at line 2 near 'end'".to_owned(),
        ),
    ];
    for (source, expected) in &cases {
        check(&[(source, expected)]);
    }
    super::chunk(&format!("local {}", locals(200)));
    super::chunk(&"local x <const> = 1; ".repeat(300));
    super::chunk(&"do local x end; global y; ".repeat(300));
}

#[test]
fn incomplete_input_is_told_apart() {
    let incomplete =
        |source: &str| super::parse(source.as_bytes(), b"=t").expect_err("invalid").is_incomplete();
    assert!(incomplete("function f("));
    assert!(incomplete("x = [["));
    assert!(!incomplete("x = )"));
}
