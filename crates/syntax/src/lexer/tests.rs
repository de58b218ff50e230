use super::*;

/// All tokens of a source, or the message of its error.
fn tokens(source: &[u8]) -> Result<Vec<Token>, String> {
    let mut lexer = Lexer::new(source, b"=t", Interner::new(), &|| true);
    let mut tokens = Vec::new();
    loop {
        lexer.advance().map_err(|error| error.to_string())?;
        if lexer.token == Token::Eof {
            return Ok(tokens);
        }
        tokens.push(lexer.token);
    }
}

/// The value of the only token, a string.
fn string(source: &[u8]) -> Vec<u8> {
    let mut lexer = Lexer::new(source, b"=t", Interner::new(), &|| true);
    lexer.advance().expect("a valid string");
    match lexer.token {
        Token::Str(symbol) => lexer.strings.get(symbol).to_vec(),
        other => panic!("{other:?} is no string"),
    }
}

fn error(source: &[u8]) -> String {
    tokens(source).expect_err("an invalid source")
}

#[test]
fn operators_and_keywords() {
    use Token::*;
    assert_eq!(
        tokens(b"... .. . == = ~= ~ <= << < >= >> > // / :: : - goto").expect("valid"),
        [
            Dots,
            Concat,
            Char(b'.'),
            Eq,
            Char(b'='),
            Ne,
            Char(b'~'),
            Le,
            Shl,
            Char(b'<'),
            Ge,
            Shr,
            Char(b'>'),
            IDiv,
            Char(b'/'),
            DoubleColon,
            Char(b':'),
            Char(b'-'),
            Goto
        ]
    );
    assert_eq!(
        tokens(b"and1 _a a").expect("valid"),
        [Name(Symbol(0)), Name(Symbol(1)), Name(Symbol(2))]
    );
}

#[test]
fn numerals() {
    use Token::*;
    assert_eq!(
        tokens(b"3 0x10 3.5 .5 5. 1e2 0x.8p1 1E+2 9223372036854775808").expect("valid"),
        [
            Int(3),
            Int(16),
            Float(3.5),
            Float(0.5),
            Float(5.0),
            Float(100.0),
            Float(1.0),
            Float(100.0),
            Float(9223372036854775808.0)
        ]
    );
    assert_eq!(tokens(b"0xe+1").expect("valid"), [Int(14), Char(b'+'), Int(1)]);
    for text in ["3x", "0x", "3..2", "1e", "0x1p", "08_", ".0x5", "1e+-"] {
        let shown = text.trim_end_matches('-');
        assert_eq!(error(text.as_bytes()), format!("t:1: malformed number near '{shown}'"));
    }
}

#[test]
fn short_strings() {
    assert_eq!(string(b"'plain'"), b"plain");
    assert_eq!(string(b"'a\\n\\t\\\\\\'\\\"\\a\\b\\f\\r\\v'"), b"a\n\t\\'\"\x07\x08\x0c\r\x0b");
    assert_eq!(string(b"'\\x41\\65\\0651\\0'"), b"AAA1\0");
    assert_eq!(string(b"'a\\z  \n\r\n  b'"), b"ab");
    assert_eq!(string(b"'a\\\r\nb'"), b"a\nb");
    assert_eq!(string(b"'\\u{41}\\u{20AC}\\u{10FFFF}'"), "A\u{20ac}\u{10ffff}".as_bytes());
    assert_eq!(string(b"'\\u{7FF}\\u{800}'"), "\u{7ff}\u{800}".as_bytes());
    assert_eq!(string(b"'\\u{3FFFFFF}'"), b"\xfb\xbf\xbf\xbf\xbf");
    assert_eq!(string(b"'\\u{7FFFFFFF}'"), b"\xfd\xbf\xbf\xbf\xbf\xbf");
}

#[test]
fn long_strings() {
    assert_eq!(string(b"[[x]y]]"), b"x]y");
    assert_eq!(string(b"[==[\r\na]=]\n\rb\rc]==]"), b"a]=]\nb\nc");
    assert_eq!(string(b"[[\n\na\n]]"), b"\na\n");
    assert_eq!(string(b"[=[]]x]==]]=]"), b"]]x]==]");
}

#[test]
fn errors_in_strings() {
    assert_eq!(error(b"'abc\ndef'"), "t:1: unfinished string near ''abc'");
    assert_eq!(error(b"'abc"), "t:1: unfinished string near <eof>");
    assert_eq!(error(b"'abc\\"), "t:1: unfinished string near <eof>");
    assert_eq!(error(b"\"a\\q\""), "t:1: invalid escape sequence near '\"a\\q'");
    assert_eq!(error(b"\"\\xag\""), "t:1: hexadecimal digit expected near '\"\\xag'");
    assert_eq!(error(b"\"\\300\""), "t:1: decimal escape too large near '\"\\300\"'");
    assert_eq!(error(b"\"\\u41\""), "t:1: missing '{' near '\"\\u4'");
    assert_eq!(error(b"\"\\u{41\""), "t:1: missing '}' near '\"\\u{41\"'");
    assert_eq!(error(b"\"\\u{800000000}\""), "t:1: UTF-8 value too large near '\"\\u{80000000'");
    assert_eq!(error(b"[==x"), "t:1: invalid long string delimiter near '[=='");
    assert_eq!(error(b"\n[==[x\n"), "t:3: unfinished long string (starting at line 2) near <eof>");
    assert_eq!(error(b"--[[x\n"), "t:2: unfinished long comment (starting at line 1) near <eof>");
}

#[test]
fn lines_are_counted_by_any_line_end() {
    let mut lexer =
        Lexer::new(b"a\nb\r\nc\rd\n\re--[[\n]]f--[=\ng", b"=t", Interner::new(), &|| true);
    let mut lines = Vec::new();
    loop {
        lexer.advance().expect("valid");
        if lexer.token == Token::Eof {
            break;
        }
        lines.push(lexer.line);
    }
    assert_eq!(lines, [1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn looking_ahead_keeps_the_order() {
    let mut lexer = Lexer::new(b"a\n=\n1", b"=t", Interner::new(), &|| true);
    lexer.advance().expect("valid");
    assert_eq!(lexer.peek().expect("valid"), Token::Char(b'='));
    assert_eq!(lexer.token, Token::Name(Symbol(0)));
    lexer.advance().expect("valid");
    assert_eq!((lexer.token, lexer.line), (Token::Char(b'='), 2));
    lexer.advance().expect("valid");
    assert_eq!((lexer.token, lexer.line, lexer.last_line), (Token::Int(1), 3, 2));
}
