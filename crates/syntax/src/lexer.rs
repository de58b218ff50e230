//! From bytes to tokens.
//!
//! **Problem.** Besides speed, the lexer must get two things exactly as the reference implementation has
//! them, because programs see them: the line counter at every moment (positions of instructions and errors
//! follow from it), and the text of the offending token in messages, which for string literals is the text
//! with the escapes decoded so far.
//!
//! **Design.** The whole source is one slice. Names and numbers are subslices; a string literal is one too
//! unless it has escapes or carriage returns, when it is put together in a buffer. [`Lexer::token`] is the
//! current token, and at most one more is looked at in advance. Two line counters are kept, as in the
//! reference implementation: [`Lexer::line`] of the token read last and [`Lexer::last_line`] of the token
//! consumed last.
//!
//! A name is looked at as a word of eight bytes: as such it is a keyword or found in the interner ([`crate::interner`]).
//!
//! **Invariants.** A token is read only when the one before it is consumed (or [`Lexer::peek`] asks), so a
//! lexical error never precedes an error of the parser about an earlier token.
//!
//! **Rejected.** Reading all tokens into an array first: it would break that order, and costs memory.

use crate::ast::{Pos, Symbol};
use crate::diagnostic::{Diagnostic, until_nul};
use crate::interner::{Interner, WORD, word_of};
use memchr::{memchr2, memchr3};
use perilune_semantics::{Num, parse_numeral};

/// The result of a parsing step. The error is boxed to keep the successful case small.
pub(crate) type Parse<T> = Result<T, Box<Diagnostic>>;

/// A token. Those of a single character that form no other token are [`Token::Char`], whatever the byte.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Token {
    Char(u8),
    And,
    Break,
    Do,
    Else,
    Elseif,
    End,
    False,
    For,
    Function,
    Goto,
    If,
    In,
    Local,
    Nil,
    Not,
    Or,
    Repeat,
    Return,
    Then,
    True,
    Until,
    While,
    IDiv,
    Concat,
    Dots,
    Eq,
    Ge,
    Le,
    Ne,
    Shl,
    Shr,
    DoubleColon,
    Eof,
    Name(Symbol),
    Str(Symbol),
    Int(i64),
    Float(f64),
}

impl Token {
    /// The token as messages name it when it is expected: quoted if its text is fixed.
    pub(crate) fn describe(self) -> String {
        let text = match self {
            Token::Char(byte @ b' '..=b'~') => return format!("'{}'", char::from(byte)),
            Token::Char(byte) => return format!("'<\\{byte}>'"),
            Token::Eof => return "<eof>".to_owned(),
            Token::Name(_) => return "<name>".to_owned(),
            Token::Str(_) => return "<string>".to_owned(),
            Token::Int(_) => return "<integer>".to_owned(),
            Token::Float(_) => return "<number>".to_owned(),
            Token::IDiv => "//",
            Token::Concat => "..",
            Token::Dots => "...",
            Token::Eq => "==",
            Token::Ge => ">=",
            Token::Le => "<=",
            Token::Ne => "~=",
            Token::Shl => "<<",
            Token::Shr => ">>",
            Token::DoubleColon => "::",
            word => word.keyword_text().unwrap_or_default(),
        };
        format!("'{text}'")
    }
}

/// The words of the language: variants of [`Token`] with their texts.
macro_rules! keywords {
    ($($token:ident $text:literal,)*) => {
        impl Token {
            /// The keywords, as words, where their hashes say.
            const KEYWORD_TABLE: [(u64, Token); KEYWORD_SLOTS] = {
                let mut table = [(0, Token::Eof); KEYWORD_SLOTS];
                $(
                    let word = keyword_word($text);
                    let slot = keyword_slot(word);
                    assert!(table[slot].0 == 0, "two keywords have one hash");
                    table[slot] = (word, Token::$token);
                )*
                table
            };

            fn keyword_text(self) -> Option<&'static str> {
                match self {
                    $(Token::$token => Some(ascii($text)),)*
                    _ => None,
                }
            }
        }

        /// The words that mean something to the parser. All but `global` can't be names.
        pub const KEYWORDS: &[&str] = &[$(ascii($text),)* "global"];
    };
}

const KEYWORD_SLOTS: usize = 32;

/// The bytes of a keyword as a word.
const fn keyword_word(text: &[u8]) -> u64 {
    assert!(text.len() <= WORD);
    let mut word = 0;
    let mut index = text.len();
    while index > 0 {
        index -= 1;
        word = word << 8 | text[index] as u64;
    }
    word
}

/// Where a keyword is in the table. The multiplier, found by trying, gives each a place of its own.
#[inline(always)]
const fn keyword_slot(word: u64) -> usize {
    (word.wrapping_mul(0x2A3D_9F0D_57A9_2BDF) >> 59) as usize
}

const fn ascii(text: &'static [u8]) -> &'static str {
    match std::str::from_utf8(text) {
        Ok(text) => text,
        Err(_) => "",
    }
}

keywords! {
    And b"and",
    Break b"break",
    Do b"do",
    Else b"else",
    Elseif b"elseif",
    End b"end",
    False b"false",
    For b"for",
    Function b"function",
    Goto b"goto",
    If b"if",
    In b"in",
    Local b"local",
    Nil b"nil",
    Not b"not",
    Or b"or",
    Repeat b"repeat",
    Return b"return",
    Then b"then",
    True b"true",
    Until b"until",
    While b"while",
}

/// Whether a byte may stand in a name behind its first character.
#[inline(always)]
fn is_name_byte(byte: u8) -> bool {
    NAME_BYTES[byte as usize]
}

static NAME_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    table
};

fn is_newline(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

/// Where a token stands in the source.
#[derive(Clone, Copy, Default)]
struct Span {
    start: usize,
    end: usize,
}

/// The lexer, standing at a token.
pub(crate) struct Lexer<'s> {
    source: &'s [u8],
    chunk_name: &'s [u8],
    /// How far the source has been read.
    at: usize,
    /// Where the token being read begins.
    start: usize,
    /// A string literal under construction.
    buffer: Vec<u8>,
    /// The current token.
    pub(crate) token: Token,
    span: Span,
    ahead: Option<(Token, Span)>,
    /// Line on which the token read last ends.
    pub(crate) line: u32,
    /// The value of `line` when the current token was the next to be read, which is the line of the token
    /// consumed last.
    pub(crate) last_line: u32,
    last_end: usize,
    pub(crate) strings: Interner,
    /// Asked whether to go on, when the source has been read up to `ask_at`.
    go_on: &'s dyn Fn() -> bool,
    ask_at: usize,
}

/// Bytes of the source between two questions whether to go on.
const BYTES_PER_QUESTION: usize = 1 << 14;
/// Bytes of a long token stepped over at once.
const SCANNED_AT_ONCE: usize = 1 << 18;

impl<'s> Lexer<'s> {
    /// A lexer before the first token, which enters names in `strings`; [`Lexer::advance`] reads it.
    pub(crate) fn new(
        source: &'s [u8],
        chunk_name: &'s [u8],
        strings: Interner,
        go_on: &'s dyn Fn() -> bool,
    ) -> Lexer<'s> {
        Lexer {
            source,
            chunk_name,
            at: 0,
            start: 0,
            buffer: Vec::new(),
            token: Token::Eof,
            span: Span::default(),
            ahead: None,
            line: 1,
            last_line: 1,
            last_end: 0,
            strings,
            go_on,
            ask_at: 0,
        }
    }

    /// Consumes the current token.
    pub(crate) fn advance(&mut self) -> Parse<()> {
        self.last_line = self.line;
        self.last_end = self.span.end;
        if let Some(ahead) = self.ahead.take() {
            (self.token, self.span) = ahead;
            return Ok(());
        }
        self.token = self.read_token()?;
        self.span = Span { start: self.start, end: self.at };
        Ok(())
    }

    /// The token behind the current one.
    pub(crate) fn peek(&mut self) -> Parse<Token> {
        let ahead = match self.ahead {
            Some(ahead) => ahead,
            None => {
                let token = self.read_token()?;
                (token, Span { start: self.start, end: self.at })
            }
        };
        self.ahead = Some(ahead);
        Ok(ahead.0)
    }

    /// The place of the current token.
    pub(crate) fn pos(&self) -> Pos {
        Pos { line: self.line, offset: offset(self.span.start) }
    }

    /// The place just behind the token consumed last.
    pub(crate) fn last_pos(&self) -> Pos {
        Pos { line: self.last_line, offset: offset(self.last_end) }
    }

    /// Whether the current token is this very name.
    pub(crate) fn at_name(&self, name: &[u8]) -> bool {
        matches!(self.token, Token::Name(_)) && &self.source[self.span.start..self.span.end] == name
    }

    /// A syntax error at the current token.
    #[cold]
    pub(crate) fn error_near_token(&self, text: &str) -> Box<Diagnostic> {
        let near = self.token_text();
        let near = near.as_deref();
        Box::new(Diagnostic::new(self.chunk_name, self.pos(), text.as_bytes(), near))
    }

    /// An error about the meaning of what was read last; it names no token.
    #[cold]
    pub(crate) fn error_before_token(&self, text: &[u8]) -> Box<Diagnostic> {
        Box::new(Diagnostic::new(self.chunk_name, self.last_pos(), text, None))
    }

    /// How messages show the current token. A zero byte in the source counts as no token at all.
    fn token_text(&self) -> Option<Vec<u8>> {
        let source = &self.source[self.span.start..self.span.end];
        match self.token {
            Token::Char(0) => None,
            Token::Name(_) | Token::Int(_) | Token::Float(_) => Some(quote(&[source])),
            Token::Str(symbol) => {
                let value = self.strings.get(symbol);
                if source.first() == Some(&b'[') {
                    let level = source[1..].iter().take_while(|&&byte| byte == b'=').count();
                    let closing = [&b"]"[..], &source[1..=level], b"]"].concat();
                    Some(quote(&[&source[..level + 2], value, &closing]))
                } else {
                    Some(quote(&[&source[..1], value, &source[..1]]))
                }
            }
            token => Some(token.describe().into_bytes()),
        }
    }

    /// An error within a token.
    #[cold]
    fn lexical_error(&self, text: &str, near: Option<&[u8]>) -> Box<Diagnostic> {
        let pos = Pos { line: self.line, offset: offset(self.start) };
        Box::new(Diagnostic::new(self.chunk_name, pos, text.as_bytes(), near))
    }

    /// The byte at the reading position, if the source doesn't end there.
    fn current(&self) -> Option<u8> {
        self.source.get(self.at).copied()
    }

    /// Steps over a byte if it is the given one.
    fn accept(&mut self, byte: u8) -> bool {
        let accepted = self.current() == Some(byte);
        self.at += usize::from(accepted);
        accepted
    }

    /// Steps over a line end, which is any of `\n`, `\r`, `\r\n` and `\n\r`.
    fn newline(&mut self) -> Parse<()> {
        let first = self.current();
        self.at += 1;
        if let Some(second) = self.current()
            && is_newline(second)
            && first != Some(second)
        {
            self.at += 1;
        }
        self.line += 1;
        if self.line >= i32::MAX as u32 {
            return Err(self.lexical_error("chunk has too many lines", None));
        }
        Ok(())
    }

    /// Asks whether to go on, if it is time.
    #[inline]
    fn ask_in_time(&mut self) -> Parse<()> {
        if self.at >= self.ask_at { self.ask() } else { Ok(()) }
    }

    /// Steps over bytes up to what `find` finds, or to the end of the source; whether it found anything.
    #[inline]
    fn skip_to(&mut self, find: impl Fn(&[u8]) -> Option<usize>) -> Parse<bool> {
        loop {
            let rest = &self.source[self.at..];
            let part = &rest[..rest.len().min(SCANNED_AT_ONCE)];
            if let Some(length) = find(part) {
                self.at += length;
                return Ok(true);
            }
            self.at += part.len();
            if part.len() == rest.len() {
                return Ok(false);
            }
            self.ask_in_time()?;
        }
    }

    #[cold]
    fn ask(&mut self) -> Parse<()> {
        self.ask_at = self.at + BYTES_PER_QUESTION;
        if (self.go_on)() {
            return Ok(());
        }
        let pos = Pos { offset: self.at as u32, line: self.line };
        Err(Box::new(Diagnostic::stopped(pos)))
    }

    fn read_token(&mut self) -> Parse<Token> {
        loop {
            self.ask_in_time()?;
            self.start = self.at;
            let Some(byte) = self.current() else {
                return Ok(Token::Eof);
            };
            match byte {
                b'\n' | b'\r' => self.newline()?,
                b' ' => {
                    self.at += 1;
                    while self.current() == Some(b' ') {
                        self.at += 1;
                    }
                }
                b'\t' | 0x0b | 0x0c => self.at += 1,
                b'-' => {
                    self.at += 1;
                    if !self.accept(b'-') {
                        return Ok(Token::Char(b'-'));
                    }
                    self.comment()?;
                }
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => return Ok(self.name()),
                b'0'..=b'9' => return self.numeral(),
                b'"' | b'\'' => return self.short_string(byte),
                b'[' => {
                    self.at += 1;
                    let level = self.skip_level();
                    if self.accept(b'[') {
                        return self.long_bracket(level, "string").map(Token::Str);
                    }
                    if level > 0 {
                        let near = quote(&[&self.source[self.start..self.at]]);
                        let text = "invalid long string delimiter";
                        return Err(self.lexical_error(text, Some(&near)));
                    }
                    return Ok(Token::Char(b'['));
                }
                b'.' => {
                    self.at += 1;
                    if self.accept(b'.') {
                        return Ok(if self.accept(b'.') { Token::Dots } else { Token::Concat });
                    }
                    if self.current().is_some_and(|byte| byte.is_ascii_digit()) {
                        return self.numeral();
                    }
                    return Ok(Token::Char(b'.'));
                }
                _ => {
                    self.at += 1;
                    return Ok(self.operator(byte));
                }
            }
        }
    }

    /// The token that begins with a byte already stepped over and is neither name, literal nor comment.
    fn operator(&mut self, byte: u8) -> Token {
        match byte {
            b'=' if self.accept(b'=') => Token::Eq,
            b'<' if self.accept(b'=') => Token::Le,
            b'<' if self.accept(b'<') => Token::Shl,
            b'>' if self.accept(b'=') => Token::Ge,
            b'>' if self.accept(b'>') => Token::Shr,
            b'/' if self.accept(b'/') => Token::IDiv,
            b'~' if self.accept(b'=') => Token::Ne,
            b':' if self.accept(b':') => Token::DoubleColon,
            other => Token::Char(other),
        }
    }

    #[inline(always)]
    fn name(&mut self) -> Token {
        let rest = &self.source[self.start..];
        let length = rest.iter().position(|&byte| !is_name_byte(byte)).unwrap_or(rest.len());
        let name = &rest[..length];
        self.at += length;
        if length > WORD {
            return Token::Name(self.strings.intern(name));
        }
        let word = word_of(rest, length);
        let (keyword, token) = Token::KEYWORD_TABLE[keyword_slot(word)];
        if keyword == word {
            return token;
        }
        Token::Name(self.strings.intern_word(word, name))
    }

    /// Steps over a short decimal integer, as most numerals are, and gives its value.
    #[inline]
    fn short_integer(&mut self) -> Option<i64> {
        /// So many digits are never too large.
        const DIGITS: usize = 18;
        let rest = &self.source[self.start..];
        let mut value = 0;
        for (length, &byte) in rest.iter().enumerate().take(DIGITS + 1) {
            if byte.is_ascii_digit() && length < DIGITS {
                value = value * 10 + i64::from(byte - b'0');
            } else if length == 0 || is_name_byte(byte) || byte == b'.' {
                return None;
            } else {
                self.at = self.start + length;
                return Some(value);
            }
        }
        None
    }

    /// Reads a numeral whose first digit is the current byte. Everything that looks remotely like part of it
    /// is taken in, and the conversion rejects what isn't a number.
    fn numeral(&mut self) -> Parse<Token> {
        if let Some(value) = self.short_integer() {
            return Ok(Token::Int(value));
        }
        let mut exponent = b'e';
        if self.accept(b'0') {
            if self.accept(b'x') || self.accept(b'X') {
                exponent = b'p';
            }
        } else {
            self.at += 1;
        }
        while let Some(byte) = self.current() {
            if byte | 0x20 == exponent {
                self.at += 1;
                if !self.accept(b'-') {
                    self.accept(b'+');
                }
            } else if byte.is_ascii_hexdigit() || byte == b'.' {
                self.at += 1;
            } else {
                // A letter behind a numeral makes it malformed instead of beginning the next token.
                self.at += usize::from(byte.is_ascii_alphabetic() || byte == b'_');
                break;
            }
        }
        let text = &self.source[self.start..self.at];
        match parse_numeral(text) {
            Some(Num::Int(value)) => Ok(Token::Int(value)),
            Some(Num::Float(value)) => Ok(Token::Float(value)),
            None => Err(self.lexical_error("malformed number", Some(&quote(&[text])))),
        }
    }

    /// Skips a comment whose `--` has been read.
    fn comment(&mut self) -> Parse<()> {
        if self.accept(b'[') {
            let level = self.skip_level();
            if self.accept(b'[') {
                self.long_bracket(level, "comment")?;
                return Ok(());
            }
        }
        self.skip_to(|part| memchr2(b'\n', b'\r', part))?;
        Ok(())
    }

    /// Steps over the `=` of a long bracket and counts them.
    fn skip_level(&mut self) -> usize {
        let rest = &self.source[self.at..];
        let level = rest.iter().take_while(|&&byte| byte == b'=').count();
        self.at += level;
        level
    }

    /// Reads a long string or comment, whose opening bracket has been read, and its closing bracket. For a
    /// comment the symbol is the one of the empty string.
    fn long_bracket(&mut self, level: usize, what: &str) -> Parse<Symbol> {
        let first_line = self.line;
        let wanted = what == "string";
        if self.current().is_some_and(is_newline) {
            self.newline()?;
        }
        self.buffer.clear();
        let mut run = self.at;
        loop {
            self.ask_in_time()?;
            let Some(byte) = self.current() else {
                let text = format!("unfinished long {what} (starting at line {first_line})");
                return Err(self.lexical_error(&text, Some(b"<eof>")));
            };
            match byte {
                b']' => {
                    let end = self.at;
                    self.at += 1;
                    if self.skip_level() == level && self.accept(b']') {
                        let end = if wanted { end } else { run };
                        return Ok(self.finish_string(run, end));
                    }
                }
                b'\n' | b'\r' => {
                    let end = self.at;
                    self.newline()?;
                    if wanted && (byte == b'\r' || self.at - end == 2) {
                        self.buffer.extend_from_slice(&self.source[run..end]);
                        self.buffer.push(b'\n');
                        run = self.at;
                    }
                }
                // The end of the source is met above.
                _ => {
                    self.skip_to(|part| memchr3(b']', b'\n', b'\r', part))?;
                }
            }
        }
    }

    /// The symbol of the string in the buffer followed by a last piece of the source.
    fn finish_string(&mut self, run: usize, end: usize) -> Symbol {
        let tail = &self.source[run..end];
        if self.buffer.is_empty() {
            return self.strings.intern(tail);
        }
        self.buffer.extend_from_slice(tail);
        self.strings.intern(&self.buffer)
    }

    fn short_string(&mut self, delimiter: u8) -> Parse<Token> {
        self.buffer.clear();
        self.at += 1;
        let mut run = self.at;
        loop {
            let special = |&byte: &u8| byte == delimiter || byte == b'\\' || is_newline(byte);
            if !self.skip_to(|part| part.iter().position(special))? {
                return Err(self.lexical_error("unfinished string", Some(b"<eof>")));
            }
            let byte = self.source[self.at];
            if byte == delimiter {
                let symbol = self.finish_string(run, self.at);
                self.at += 1;
                return Ok(Token::Str(symbol));
            }
            self.buffer.extend_from_slice(&self.source[run..self.at]);
            if byte != b'\\' {
                let near = quote(&[&[delimiter], &self.buffer]);
                return Err(self.lexical_error("unfinished string", Some(&near)));
            }
            self.escape(delimiter)?;
            run = self.at;
        }
    }

    /// Decodes the escape sequence whose backslash is the current byte.
    fn escape(&mut self, delimiter: u8) -> Parse<()> {
        let backslash = self.at;
        self.at += 1;
        let Some(byte) = self.current() else {
            return Ok(()); // the caller reports the end of the source
        };
        let decoded = match byte {
            b'a' => 0x07,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 0x0b,
            b'\\' | b'"' | b'\'' => byte,
            b'\n' | b'\r' => {
                self.buffer.push(b'\n');
                return self.newline();
            }
            b'z' => {
                self.at += 1;
                return self.skip_space();
            }
            b'x' => {
                let high = self.hex_digit(delimiter, backslash)?;
                (high << 4 | self.hex_digit(delimiter, backslash)?) as u8
            }
            b'u' => return self.utf8_escape(delimiter, backslash),
            b'0'..=b'9' => return self.decimal_escape(delimiter, backslash),
            _ => return Err(self.escape_error("invalid escape sequence", delimiter, backslash)),
        };
        self.at += 1;
        self.buffer.push(decoded);
        Ok(())
    }

    fn skip_space(&mut self) -> Parse<()> {
        while let Some(byte) = self.current() {
            match byte {
                b'\n' | b'\r' => self.newline()?,
                b' ' | b'\t' | 0x0b | 0x0c => self.at += 1,
                _ => break,
            }
        }
        Ok(())
    }

    /// Steps to the next byte, which must be a hexadecimal digit, and gives its value.
    fn hex_digit(&mut self, delimiter: u8, backslash: usize) -> Parse<u32> {
        self.at += 1;
        self.current()
            .and_then(|byte| char::from(byte).to_digit(16))
            .ok_or_else(|| self.escape_error("hexadecimal digit expected", delimiter, backslash))
    }

    /// Decodes `\u{XXX}`, standing at the `u`. Values go up to 2³¹ − 1, beyond Unicode, in the original
    /// scheme of up to six bytes.
    fn utf8_escape(&mut self, delimiter: u8, backslash: usize) -> Parse<()> {
        self.at += 1;
        if self.current() != Some(b'{') {
            return Err(self.escape_error("missing '{'", delimiter, backslash));
        }
        let mut code = self.hex_digit(delimiter, backslash)?;
        loop {
            self.at += 1;
            let Some(digit) = self.current().and_then(|byte| char::from(byte).to_digit(16)) else {
                break;
            };
            if code > 0x7FFF_FFFF >> 4 {
                return Err(self.escape_error("UTF-8 value too large", delimiter, backslash));
            }
            code = code << 4 | digit;
        }
        if self.current() != Some(b'}') {
            return Err(self.escape_error("missing '}'", delimiter, backslash));
        }
        self.at += 1;
        push_utf8(&mut self.buffer, code);
        Ok(())
    }

    fn decimal_escape(&mut self, delimiter: u8, backslash: usize) -> Parse<()> {
        let mut value = 0;
        for _ in 0..3 {
            let Some(byte @ b'0'..=b'9') = self.current() else {
                break;
            };
            value = value * 10 + u32::from(byte - b'0');
            self.at += 1;
        }
        let Ok(byte) = u8::try_from(value) else {
            return Err(self.escape_error("decimal escape too large", delimiter, backslash));
        };
        self.buffer.push(byte);
        Ok(())
    }

    /// An error in an escape sequence. Shown are the string as far as it is decoded, and the sequence up to
    /// and including the current byte.
    #[cold]
    fn escape_error(&self, text: &str, delimiter: u8, backslash: usize) -> Box<Diagnostic> {
        let end = (self.at + 1).min(self.source.len());
        let near = quote(&[&[delimiter], &self.buffer, &self.source[backslash..end]]);
        self.lexical_error(text, Some(&near))
    }
}

/// Pieces of text in quotes, cut off at a zero byte as C cuts it off.
fn quote(pieces: &[&[u8]]) -> Vec<u8> {
    let text = pieces.concat();
    [b"'", until_nul(&text), b"'"].concat()
}

/// An offset as positions store it. Sources beyond 4 GiB keep working with a useless offset.
fn offset(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

fn push_utf8(buffer: &mut Vec<u8>, code: u32) {
    if code < 0x80 {
        buffer.push(code as u8);
        return;
    }
    // A sequence of n bytes holds 5n + 1 bits, beginning with 11 bits in two bytes.
    let mut length = 2;
    while code >> (5 * length + 1) != 0 {
        length += 1;
    }
    let marker = !(0xFF_u32 >> length);
    buffer.push((marker | code >> (6 * (length - 1))) as u8);
    for index in (0..length - 1).rev() {
        buffer.push((0x80 | code >> (6 * index) & 0x3F) as u8);
    }
}

#[cfg(test)]
mod tests;
