//! Paths of fields: see [`crate::ObjectLike::get_path`].

use crate::error::{Error, Result};
use crate::state::Lua;
use crate::value::Value;
use std::iter::Peekable;
use std::str::Chars;

/// What a path leads to.
pub(crate) fn follow(lua: &Lua, start: Value, path: &str) -> Result<Value> {
    let mut value = start;
    let mut steps = Steps { lua, chars: path.chars().peekable(), is_first: true };
    while let Some(key) = steps.next_key()? {
        value = match value {
            Value::Table(t) => t.get(key)?,
            Value::UserData(u) => crate::ObjectLike::get(&u, key)?,
            other => {
                let (kind, key) = (other.lua_type(), key.to_string()?);
                let text = format!("attempt to index a {kind} value with key '{key}'");
                return Err(Error::RuntimeError(text));
            }
        };
        if steps.is_optional() && value.is_nil() {
            break;
        }
    }
    Ok(value)
}

struct Steps<'a> {
    lua: &'a Lua,
    chars: Peekable<Chars<'a>>,
    is_first: bool,
}

impl Steps<'_> {
    fn skip_space(&mut self) {
        while self.chars.next_if(|c| c.is_whitespace()).is_some() {}
    }

    fn next_is(&mut self, wanted: char) -> bool {
        self.skip_space();
        self.chars.next_if_eq(&wanted).is_some()
    }

    fn is_optional(&mut self) -> bool {
        self.next_is('?')
    }

    /// The key of the next step; `None` at the end.
    fn next_key(&mut self) -> Result<Option<Value>> {
        let is_first = std::mem::replace(&mut self.is_first, false);
        self.skip_space();
        let Some(&c) = self.chars.peek() else { return Ok(None) };
        match c {
            '[' => {
                self.chars.next();
                self.bracketed().map(Some)
            }
            '.' => {
                self.chars.next();
                self.name().map(Some)
            }
            _ if is_first => self.name().map(Some),
            c => Err(bad(&format!("unexpected character '{c}'"))),
        }
    }

    fn name(&mut self) -> Result<Value> {
        self.skip_space();
        let mut name = String::new();
        let ends = |c: &char| matches!(c, '.' | '[' | ']' | '?') || c.is_whitespace();
        while let Some(c) = self.chars.next_if(|c| !ends(c)) {
            name.push(c);
        }
        if name.is_empty() {
            return Err(bad("a name is missing"));
        }
        self.lua.create_string(name).map(Value::String)
    }

    fn bracketed(&mut self) -> Result<Value> {
        self.skip_space();
        let key = match self.chars.peek() {
            Some(&quote @ ('"' | '\'')) => {
                self.chars.next();
                Value::String(self.lua.create_string(self.quoted(quote)?)?)
            }
            _ => {
                let mut digits = String::new();
                while let Some(c) = self.chars.next_if(|c| *c == '-' || c.is_ascii_digit()) {
                    digits.push(c);
                }
                match digits.parse() {
                    Ok(i) => Value::Integer(i),
                    Err(_) => return Err(bad("an integer or a quoted string is missing")),
                }
            }
        };
        if self.next_is(']') { Ok(key) } else { Err(bad("']' is missing")) }
    }

    fn quoted(&mut self, quote: char) -> Result<String> {
        let mut text = String::new();
        loop {
            match self.chars.next() {
                Some(c) if c == quote => return Ok(text),
                Some('\\') => text.extend(self.chars.next()),
                Some(c) => text.push(c),
                None => return Err(bad("a quoted string has no end")),
            }
        }
    }
}

#[cold]
fn bad(what: &str) -> Error {
    Error::RuntimeError(format!("invalid path: {what}"))
}
