//! What functions are called.
//!
//! A prototype doesn't know its name; the function around it does, by what it does with the closure. So the names of a
//! chunk's functions are found by looking through the chunk, from the outside in. Unlike the names in tracebacks, they don't
//! depend on who calls.

use crate::debuginfo::nested_names;
use perilune_bytecode::proto::Proto;
use std::fmt;
use std::rc::Rc;

/// A function, for those who read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FunctionName {
    /// What it is called: the variable or field its closure is put into first, `main chunk`, or `anonymous`.
    pub name: String,
    /// Its source, as messages show it: a file's name, or the beginning of its text.
    pub source: String,
    /// The line where it begins, 0 for a main chunk.
    pub line: u32,
}

impl FunctionName {
    /// Names a function of which the source knows everything but what it is called.
    pub fn new(proto: &Proto, name: Option<&str>) -> FunctionName {
        let otherwise = if proto.line_defined == 0 { "main chunk" } else { "anonymous" };
        let source = perilune_syntax::chunk_id(&proto.source);
        FunctionName {
            name: name.unwrap_or(otherwise).to_owned(),
            source: String::from_utf8_lossy(&source).into_owned(),
            line: proto.line_defined,
        }
    }

    /// Whether it is meant: `pattern` is a part of its name, or a part of `source:line` that includes the line.
    pub fn matches(&self, pattern: &str) -> bool {
        let place = format!("{}:{}", self.source, self.line);
        self.name.contains(pattern) || pattern.contains(':') && place.ends_with(pattern)
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}:{})", self.name, self.source, self.line)
    }
}

/// The functions of a chunk with their names, each before those nested in it.
pub fn functions_of(chunk: &Rc<Proto>) -> Vec<(Rc<Proto>, FunctionName)> {
    let mut found = Vec::new();
    let mut todo = vec![(Rc::clone(chunk), FunctionName::new(chunk, None))];
    while let Some((proto, name)) = todo.pop() {
        todo.extend(functions_in(&proto).rev().map(|(p, name)| (Rc::clone(p), name)));
        found.push((proto, name));
    }
    found
}

/// The functions right in another one, with their names.
pub fn functions_in(proto: &Proto) -> impl DoubleEndedIterator<Item = (&Rc<Proto>, FunctionName)> {
    proto.protos.iter().zip(nested_names(proto)).map(|(p, name)| {
        let name = name.map(|n| String::from_utf8_lossy(&n).into_owned());
        (p, FunctionName::new(p, name.as_deref()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters() {
        let f =
            FunctionName { name: "Account.deposit".into(), source: "bank/a.lua".into(), line: 12 };
        for pattern in ["deposit", "Account", "a.lua:12", "bank/a.lua:12"] {
            assert!(f.matches(pattern), "{pattern}");
        }
        for pattern in ["withdraw", "a.lua", "a.lua:1", "b.lua:12"] {
            assert!(!f.matches(pattern), "{pattern}");
        }
    }

    #[test]
    fn names() {
        let text = "local function a() end  local b = function() end  c = function() end
            local t = {d = function() end}  function t.e() return t end  function t:f() end
            function c.g.h() end  print(function() end)
            local function i() return i, function() b = function() end end end
            local function j() end j() local function k() end t.x = k";
        let chunk = perilune_syntax::parse(text.as_bytes(), b"=x").expect("a chunk");
        let proto = perilune_bytecode::compile::compile(&chunk, b"=x").expect("bytecode");
        let found = functions_of(&Rc::new(proto));
        let names: Vec<&str> = found.iter().map(|f| f.1.name.as_str()).collect();
        let expected = "main chunk,a,b,c,d,t.e,t.f,g.h,anonymous,i,anonymous,b,j,k";
        assert_eq!(names.join(","), expected);
        assert_eq!(found.last().map(|f| f.1.to_string()).as_deref(), Some("k (x:5)"));
    }
}
