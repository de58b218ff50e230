//! Error messages.
//!
//! **Problem.** Lua programs see the text of syntax errors (`load` returns it), so the text must be exactly
//! the reference implementation's: `chunk:line: message near 'token'`, the chunk's name abbreviated by its
//! peculiar rules.
//!
//! **Design.** A [`Diagnostic`] carries the finished text, because only the parser knows the token at fault,
//! and beside it the place, for tools that want to underline something.
//!
//! **Rejected.** A structured enum of errors rendered later: every consumer wants the one text, and the
//! rendering needs the source.

use crate::ast::Pos;
use std::fmt;

/// What kind of failure a [`Diagnostic`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiagnosticKind {
    /// The source isn't a Lua program.
    Syntax,
    /// The source nests too deeply. The reference implementation raises this as an ordinary run-time error,
    /// without a position.
    Overflow,
    /// The tree takes more memory than there is.
    Memory,
    /// Whoever asked for the work wants it no more. No message of Lua's.
    Stopped,
}

/// Why a source text can't be parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The complete message, as Lua programs see it.
    pub message: Vec<u8>,
    /// The place of the token at which parsing stopped; the line is the one in the message.
    pub pos: Pos,
    /// Which kind.
    pub kind: DiagnosticKind,
}

impl Diagnostic {
    /// Builds the message `chunk:line: text near token`. Compilers use it for limits that only show when
    /// code is generated.
    pub fn new(chunk_name: &[u8], pos: Pos, text: &[u8], near: Option<&[u8]>) -> Diagnostic {
        let mut message = chunk_id(chunk_name);
        message.extend_from_slice(format!(":{}: ", pos.line).as_bytes());
        message.extend_from_slice(text);
        if let Some(near) = near {
            message.extend_from_slice(b" near ");
            message.extend_from_slice(near);
        }
        Diagnostic { message, pos, kind: DiagnosticKind::Syntax }
    }

    /// The error of a source that nests too deeply.
    pub(crate) fn overflow(pos: Pos) -> Diagnostic {
        Diagnostic { message: b"C stack overflow".to_vec(), pos, kind: DiagnosticKind::Overflow }
    }

    /// The error that there is no memory for the tree.
    pub(crate) fn no_memory(pos: Pos) -> Diagnostic {
        Diagnostic { message: b"not enough memory".to_vec(), pos, kind: DiagnosticKind::Memory }
    }

    /// Says that the work was stopped. Compilers use it, too.
    pub fn stopped(pos: Pos) -> Diagnostic {
        Diagnostic { message: b"stopped".to_vec(), pos, kind: DiagnosticKind::Stopped }
    }

    /// Whether the error is that the source ends too early, so that a prompt should ask for more lines.
    pub fn is_incomplete(&self) -> bool {
        self.message.ends_with(b"<eof>")
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.message))
    }
}

impl std::error::Error for Diagnostic {}

/// Size of the buffer that holds a chunk's displayed name in the reference implementation, including the
/// terminating zero.
const ID_SIZE: usize = 60;

/// A chunk's name as messages show it: `=name` without the sign, `@file` with the beginning cut off if it is
/// long, and otherwise the source text itself as `[string "first line..."]`.
pub fn chunk_id(chunk_name: &[u8]) -> Vec<u8> {
    const PREFIX: &[u8] = b"[string \"";
    const DOTS: &[u8] = b"...";
    const SUFFIX: &[u8] = b"\"]";
    // A file's name may be shown by its end. Of others the beginning decides, and a whole program may be one.
    let name = match chunk_name {
        [b'@', ..] => chunk_name,
        _ => chunk_name.get(..ID_SIZE).unwrap_or(chunk_name),
    };
    let name = until_nul(name);
    match name.split_first() {
        Some((b'=', literal)) => literal[..literal.len().min(ID_SIZE - 1)].to_vec(),
        Some((b'@', file)) if file.len() < ID_SIZE => file.to_vec(),
        Some((b'@', file)) => {
            let kept = ID_SIZE - 1 - DOTS.len();
            [DOTS, &file[file.len() - kept..]].concat()
        }
        Some(_) | None => {
            let room = ID_SIZE - PREFIX.len() - DOTS.len() - SUFFIX.len() - 1;
            let newline = name.iter().position(|&byte| byte == b'\n');
            if newline.is_none() && name.len() < room {
                [PREFIX, name, SUFFIX].concat()
            } else {
                let line = &name[..newline.unwrap_or(name.len()).min(room)];
                [PREFIX, line, DOTS, SUFFIX].concat()
            }
        }
    }
}

/// The bytes before the first zero: the reference implementation formats messages with C strings.
pub(crate) fn until_nul(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    &bytes[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_chunks() {
        assert_eq!(chunk_id(b"=stdin"), b"stdin");
        assert_eq!(chunk_id(b"@file.lua"), b"file.lua");
        assert_eq!(chunk_id(b"x = 1"), b"[string \"x = 1\"]");
        assert_eq!(chunk_id(b"x = 1\ny = 2"), b"[string \"x = 1...\"]");
        assert_eq!(chunk_id(b""), b"[string \"\"]");
        assert_eq!(chunk_id(b"a\0b"), b"[string \"a\"]");
    }

    #[test]
    fn long_names_are_cut() {
        let long = [b'x'; 100];
        assert_eq!(chunk_id(&[b"=", &long[..]].concat()), &long[..59]);
        assert_eq!(chunk_id(&[b"@", &long[..59]].concat()), &long[..59]);
        assert_eq!(chunk_id(&[b"@", &long[..]].concat()), [b"...", &long[..56]].concat());
        assert_eq!(chunk_id(&long[..44]), [b"[string \"", &long[..44], b"\"]"].concat());
        assert_eq!(chunk_id(&long[..45]), [b"[string \"", &long[..45], b"...\"]"].concat());
    }

    #[test]
    fn message_has_chunk_and_line() {
        let pos = Pos { line: 3, offset: 9 };
        let diagnostic = Diagnostic::new(b"=c", pos, b"bad", Some(b"<eof>"));
        assert_eq!(diagnostic.to_string(), "c:3: bad near <eof>");
        assert!(diagnostic.is_incomplete());
    }
}
