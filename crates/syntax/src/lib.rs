//! Syntax of Lua 5.5: from source text to a syntax tree with resolved names.
//!
//! **Problem.** Lua's errors are part of its behaviour: `load` hands their text to programs, and tests compare
//! it. The reference implementation finds errors of grammar, of names (`const` variables, undeclared globals)
//! and of labels in one pass, in the order of the source. Whoever wants to be compatible has to find them in
//! that order, with the same words, the same line and the same token. Besides, source text is untrusted: no
//! input may overflow the native stack.
//!
//! **Design.** One pass by recursive descent, over a lexer that reads tokens on demand ([`parse`]). Names are
//! resolved on the way, so the tree ([`ast`]) speaks of locals, upvalues and globals, and constant operations
//! are evaluated on the way ([`fold`]). Functions are handed out one by one, as soon as each is complete, to whoever
//! wants no more than one tree at a time ([`parse_each`]). Failures are [`Diagnostic`]s with the finished text.
//!
//! **Invariants.** Recursion is bounded by the same count of 200 levels at which the reference
//! implementation raises "C stack overflow"; what the grammar repeats without nesting (operators of equal
//! precedence, suffixes, `elseif`) is parsed in loops, and a tree is a few arrays, which are dropped at once.
//!
//! **Rejected.** A grammar-driven parser generator: neither the messages nor their order could be had from
//! it. A resolver as a separate pass: see [`ast`].

#![forbid(unsafe_code)]

pub mod ast;
mod diagnostic;
pub mod fold;
pub mod growth;
mod interner;
mod lexer;
mod parser;
pub mod print;

pub use diagnostic::{Diagnostic, DiagnosticKind, chunk_id};
pub use lexer::KEYWORDS;
pub use parser::{BYTES_PER_SOURCE_BYTE, Bounds, Buffers, Sink, parse, parse_each, parse_within};

/// The text of a source file behind what isn't Lua: a byte order mark, and a first line beginning with `#`.
/// The newline of that line is kept so that lines are counted right, unless a binary chunk follows.
pub fn skip_shebang(source: &[u8]) -> &[u8] {
    let source = source.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(source);
    if source.first() != Some(&b'#') {
        return source;
    }
    let end = source.iter().position(|&byte| byte == b'\n').unwrap_or(source.len());
    match &source[end..] {
        [b'\n', binary @ ..] if binary.first() == Some(&0x1B) => binary,
        text => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shebang_and_byte_order_mark() {
        assert_eq!(skip_shebang(b"return 1"), b"return 1");
        assert_eq!(skip_shebang(b"#!/bin/lua\nreturn 1"), b"\nreturn 1");
        assert_eq!(skip_shebang(b"\xEF\xBB\xBF# x\nreturn 1"), b"\nreturn 1");
        assert_eq!(skip_shebang(b"#"), b"");
        assert_eq!(skip_shebang(b"# x\n\x1BLua"), b"\x1BLua");
        assert_eq!(skip_shebang(b" # x"), b" # x");
    }
}
