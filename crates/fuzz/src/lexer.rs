//! Tokens of Lua, and of the holes in templates: `$name` is a token as a name is. See [`crate::ast`] for why the lexer of
//! `perilune-syntax` isn't used.

use perilune_syntax::KEYWORDS;

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Name(String),
    Number(String),
    Str(Vec<u8>),
    /// A keyword or anything made of punctuation.
    Sign(&'static str),
    /// `$name`
    Hole(String),
    End,
}

/// Longer ones first.
const SIGNS: &[&str] = &[
    "...", "<<", ">>", "//", "==", "~=", "<=", ">=", "::", "..", "+", "-", "*", "/", "%", "^", "#",
    "&", "~", "|", "<", ">", "=", "(", ")", "{", "}", "[", "]", ";", ":", ",", ".",
];

/// The tokens of a text, each with its line.
pub(crate) fn tokens(text: &[u8]) -> Result<Vec<(Token, usize)>, String> {
    let mut lexer = Lexer { text, at: 0, line: 1 };
    if text.first() == Some(&b'#') {
        lexer.skip_line();
    }
    let mut out = Vec::new();
    loop {
        lexer.space()?;
        let line = lexer.line;
        let token = lexer.token()?;
        let last = token == Token::End;
        out.push((token, line));
        if last {
            return Ok(out);
        }
    }
}

struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn bump(&mut self) -> u8 {
        let b = self.peek(0);
        self.at += 1;
        self.line += usize::from(b == b'\n');
        b
    }

    fn ended(&self) -> bool {
        self.at >= self.text.len()
    }

    fn fail<T>(&self, what: &str) -> Result<T, String> {
        Err(format!("line {}: {what}", self.line))
    }

    fn skip_line(&mut self) {
        while !self.ended() && self.peek(0) != b'\n' {
            self.bump();
        }
    }

    fn space(&mut self) -> Result<(), String> {
        loop {
            if self.peek(0) == b'-' && self.peek(1) == b'-' {
                self.at += 2;
                match self.long_level() {
                    Some(level) => drop(self.long(level)?),
                    None => self.skip_line(),
                }
            } else if !self.ended() && self.peek(0).is_ascii_whitespace() {
                self.bump();
            } else {
                return Ok(());
            }
        }
    }

    /// How many `=` are in the long bracket that begins here.
    fn long_level(&self) -> Option<usize> {
        if self.peek(0) != b'[' {
            return None;
        }
        let level = (1..).take_while(|n| self.peek(*n) == b'=').count();
        (self.peek(level + 1) == b'[').then_some(level)
    }

    fn long(&mut self, level: usize) -> Result<Vec<u8>, String> {
        self.at += level + 2;
        if self.peek(0) == b'\n' {
            self.bump();
        }
        let close = [b"]".to_vec(), vec![b'='; level], b"]".to_vec()].concat();
        let mut out = Vec::new();
        while !self.ended() {
            if self.text[self.at..].starts_with(&close) {
                self.at += close.len();
                return Ok(out);
            }
            out.push(self.bump());
        }
        self.fail("a long bracket isn't closed")
    }

    fn word(&mut self) -> String {
        let start = self.at;
        while self.peek(0).is_ascii_alphanumeric() || self.peek(0) == b'_' {
            self.at += 1;
        }
        String::from_utf8_lossy(&self.text[start..self.at]).into_owned()
    }

    fn token(&mut self) -> Result<Token, String> {
        if self.ended() {
            return Ok(Token::End);
        }
        let b = self.peek(0);
        if b.is_ascii_alphabetic() || b == b'_' {
            let word = self.word();
            return Ok(match KEYWORDS.iter().find(|k| **k == word) {
                Some(k) => Token::Sign(k),
                None => Token::Name(word),
            });
        }
        if b == b'$' {
            self.at += 1;
            return Ok(Token::Hole(self.word()));
        }
        if b.is_ascii_digit() || b == b'.' && self.peek(1).is_ascii_digit() {
            return Ok(Token::Number(self.number()));
        }
        if b == b'"' || b == b'\'' {
            self.at += 1;
            return self.string(b).map(Token::Str);
        }
        if let Some(level) = self.long_level() {
            return self.long(level).map(Token::Str);
        }
        let rest = &self.text[self.at..];
        match SIGNS.iter().find(|s| rest.starts_with(s.as_bytes())) {
            Some(sign) => {
                self.at += sign.len();
                Ok(Token::Sign(sign))
            }
            None => self.fail("a strange character"),
        }
    }

    fn number(&mut self) -> String {
        let start = self.at;
        let hexadecimal = self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'X');
        loop {
            let b = self.peek(0);
            let exponent = if hexadecimal { b"pP" } else { b"eE" };
            if exponent.contains(&b) && matches!(self.peek(1), b'+' | b'-') {
                self.at += 2;
            } else if b.is_ascii_alphanumeric() || b == b'.' {
                self.at += 1;
            } else {
                return String::from_utf8_lossy(&self.text[start..self.at]).into_owned();
            }
        }
    }

    fn string(&mut self, quote: u8) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        loop {
            if self.ended() || self.peek(0) == b'\n' {
                return self.fail("a string isn't closed");
            }
            match self.bump() {
                b if b == quote => return Ok(out),
                b'\\' => self.escape(&mut out)?,
                b => out.push(b),
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), String> {
        let simple = |b| match b {
            b'n' | b'\n' => Some(b'\n'),
            b't' => Some(b'\t'),
            b'r' => Some(b'\r'),
            b'a' => Some(7),
            b'b' => Some(8),
            b'f' => Some(12),
            b'v' => Some(11),
            b'\\' | b'"' | b'\'' => Some(b),
            _ => None,
        };
        let b = self.bump();
        if let Some(b) = simple(b) {
            out.push(b);
            return Ok(());
        }
        match b {
            b'z' => {
                while !self.ended() && self.peek(0).is_ascii_whitespace() {
                    self.bump();
                }
            }
            b'x' => {
                let digits: String = [self.bump(), self.bump()].map(char::from).iter().collect();
                match u8::from_str_radix(&digits, 16) {
                    Ok(b) => out.push(b),
                    Err(_) => return self.fail("a bad escape sequence"),
                }
            }
            b'0'..=b'9' => {
                let mut n = u32::from(b - b'0');
                for _ in 0..2 {
                    if self.peek(0).is_ascii_digit() {
                        n = n * 10 + u32::from(self.bump() - b'0');
                    }
                }
                match u8::try_from(n) {
                    Ok(b) => out.push(b),
                    Err(_) => return self.fail("a bad escape sequence"),
                }
            }
            b'u' if self.bump() == b'{' => {
                let digits = self.word();
                let c = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                match (c, self.bump()) {
                    (Some(c), b'}') => {
                        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                    _ => return self.fail("an escape sequence the fuzzer doesn't know"),
                }
            }
            _ => return self.fail("a bad escape sequence"),
        }
        Ok(())
    }
}
