//! Error messages on standard error.
//!
//! **Problem.** Tools and tests expect the reference implementation's format to the letter. A person at a terminal is
//! helped by seeing the line that the message speaks of.
//!
//! **Design.** If standard error is a terminal, the line is shown between message and traceback, with a caret under
//! the place. An error knows its place only by the beginning of its message, `chunk:line:`, so the text is looked up
//! by the chunk's name: among the texts the command itself has run, and in the file system otherwise. For the column
//! of a syntax error that text is parsed again; if the parser says the same, it tells the offset, too. A runtime error
//! has a line only: the caret is under the variable the message blames, if the line has that name once, and otherwise
//! where the line begins. Whatever can't be found out isn't shown.

use crate::PROGRAM;
use crate::colour::{DIM, PLAIN, RED, has_colour};
use crate::inspect::{is_name, is_name_byte};
use crate::stop::{LAST_WORDS, last_words};
use perilune::Error;
use perilune_syntax as syntax;
use std::borrow::Cow;
use std::io::{IsTerminal, Write};

/// Longest file that is searched for a line.
const MAX_FILE: u64 = 16 << 20;
/// Widest part of a line that is shown, in characters.
const MAX_WIDTH: usize = 100;

/// A text that was run, by the name messages show for it.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The chunk's name, with its `=` or `@`.
    pub(crate) name: Vec<u8>,
    /// The text.
    pub(crate) text: Vec<u8>,
}

/// Shows errors.
#[derive(Debug)]
pub(crate) struct Reporter {
    /// Whether lines are shown.
    verbose: bool,
    colour: bool,
    /// What can't be found in the file system.
    sources: Vec<Source>,
}

impl Reporter {
    pub(crate) fn new() -> Reporter {
        let stderr = std::io::stderr();
        Reporter { verbose: stderr.is_terminal(), colour: has_colour(&stderr), sources: Vec::new() }
    }

    /// Notes a text about to be run, in place of an earlier one with this name.
    pub(crate) fn note(&mut self, name: &[u8], text: &[u8]) {
        if self.verbose {
            self.sources.retain(|s| s.name != name);
            self.sources.push(Source { name: name.to_vec(), text: text.to_vec() });
        }
    }

    /// Writes an error to standard error, with the program's name in front unless in interactive mode. If that fails,
    /// there is nowhere to report it. As in the reference implementation, what is pending for standard output comes
    /// after it, unless that is a terminal. Of a program that was stopped it must not be waited for long.
    pub(crate) fn report(&self, e: &Error, interactive: bool) {
        if std::io::stdout().is_terminal() {
            perilune::flush_stdout_within(LAST_WORDS);
        }
        let text = self.text(e, interactive);
        if e.is_interrupt() {
            last_words(text);
        } else {
            let _ = std::io::stderr().write_all(&text);
        }
    }

    fn text(&self, e: &Error, interactive: bool) -> Vec<u8> {
        let (message, traceback) = match e {
            Error::LuaError(e) => (Cow::Borrowed(e.message_bytes()), e.traceback_bytes()),
            Error::RuntimeError(text) | Error::MemoryError(text) => {
                (Cow::Borrowed(text.as_bytes()), None)
            }
            other => (Cow::Owned(other.to_string().into_bytes()), None),
        };
        let (red, plain) = if self.colour { (RED, PLAIN) } else { ("", "") };
        let mut out = Vec::new();
        if !interactive {
            out.extend_from_slice(format!("{red}{PROGRAM}:{plain} ").as_bytes());
        }
        out.extend_from_slice(&message);
        out.push(b'\n');
        if self.verbose
            && let Some(excerpt) = self.excerpt(&message)
        {
            out.extend_from_slice(excerpt.as_bytes());
        }
        if let Some(traceback) = traceback {
            out.extend_from_slice(traceback);
            out.push(b'\n');
        }
        out
    }

    /// The line a message speaks of, and a caret below.
    fn excerpt(&self, message: &[u8]) -> Option<String> {
        let (chunk, line) = place(message)?;
        let source = self.find(chunk)?;
        let text = syntax::skip_shebang(&source.text);
        let content = text.split(|b| *b == b'\n').nth(line.checked_sub(1)?)?;
        let start = content.as_ptr() as usize - text.as_ptr() as usize;
        let column = match syntax::parse(text, &source.name) {
            Err(d) if d.message == message => {
                (d.pos.offset as usize).saturating_sub(start).min(content.len())
            }
            _ => culprit(message, content)
                .or_else(|| content.iter().position(|b| !b.is_ascii_whitespace()))?,
        };
        Some(self.underlined(line, content, column))
    }

    /// The text a message names as its place.
    fn find(&self, chunk: &[u8]) -> Option<Cow<'_, Source>> {
        let named = |s: &&Source| syntax::chunk_id(&s.name) == chunk;
        if let Some(source) = self.sources.iter().rev().find(named) {
            return Some(Cow::Borrowed(source));
        }
        let path = std::path::Path::new(std::str::from_utf8(chunk).ok()?);
        let about = std::fs::metadata(path).ok().filter(|m| m.is_file() && m.len() <= MAX_FILE);
        about?;
        let name = [b"@", chunk].concat();
        Some(Cow::Owned(Source { name, text: std::fs::read(path).ok()? }))
    }

    fn underlined(&self, line: usize, content: &[u8], column: usize) -> String {
        let shown = |bytes: &[u8]| -> String {
            let text = String::from_utf8_lossy(bytes).replace('\t', "    ");
            text.chars().filter(|c| !c.is_control()).collect()
        };
        let before = shown(&content[..column]);
        let whole = shown(content);
        // Of a long line, the part around the place.
        let width = before.chars().count();
        let skipped = if width > MAX_WIDTH / 2 && whole.chars().count() > MAX_WIDTH {
            width - MAX_WIDTH / 2
        } else {
            0
        };
        let part: String = whole.chars().skip(skipped).take(MAX_WIDTH).collect();
        let caret = " ".repeat(width - skipped);
        let (dim, red, plain) = if self.colour { (DIM, RED, PLAIN) } else { ("", "", "") };
        let margin = format!("{line:>5}");
        let blank = " ".repeat(margin.len());
        format!("{dim}{margin} |{plain} {part}\n{dim}{blank} |{plain} {caret}{red}^{plain}\n")
    }
}

/// The chunk and line a message begins with.
fn place(message: &[u8]) -> Option<(&[u8], usize)> {
    let first = message.split(|b| *b == b'\n').next()?;
    let mut from = 0;
    // A file's name may have colons of its own.
    while let Some(at) = first[from..].iter().position(|b| *b == b':').map(|n| from + n) {
        let rest = &first[at + 1..];
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits > 0 && rest[digits..].starts_with(b": ") {
            let line = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
            return Some((&first[..at], line));
        }
        from = at + 1;
    }
    None
}

/// Where the line has the name that a message ends with, as in `(local 'x')`, if there is only one such place.
fn culprit(message: &[u8], line: &[u8]) -> Option<usize> {
    let rest = message.strip_suffix(b"')")?;
    let quote = rest.iter().rposition(|b| *b == b'\'')?;
    let name = &rest[quote + 1..];
    if !is_name(name) {
        return None;
    }
    let starts_word = |at: usize| at == 0 || !is_name_byte(line[at - 1]);
    let ends_word = |end: usize| line.get(end).is_none_or(|b| !is_name_byte(*b));
    let mut places = (0..line.len()).filter(|at| {
        line[*at..].starts_with(name) && starts_word(*at) && ends_word(at + name.len())
    });
    places.next().filter(|_| places.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verbose(name: &str, text: &str) -> Reporter {
        let mut r = Reporter { verbose: true, colour: false, sources: Vec::new() };
        r.note(name.as_bytes(), text.as_bytes());
        r
    }

    #[test]
    fn places() {
        assert_eq!(place(b"a.lua:12: boom"), Some((&b"a.lua"[..], 12)));
        assert_eq!(place(b"C:\\x.lua:3: boom: 4: x"), Some((&b"C:\\x.lua"[..], 3)));
        assert_eq!(place(b"boom"), None);
        assert_eq!(place(b"boom:"), None);
        assert_eq!(place(b"x:99999999999999999999999: y"), None);
    }

    #[test]
    fn lines_of_errors() {
        let r = verbose("=in", "local a\n\tprint(a.b)\nx = = 1");
        let expected = "in:2: bad\n    2 |     print(a.b)\n      |     ^\n";
        assert_eq!(r.text(&Error::runtime("in:2: bad"), true), expected.as_bytes());
        let message = "in:3: unexpected symbol near '='";
        let expected = format!("perilune: {message}\n    3 | x = = 1\n      |     ^\n");
        assert_eq!(r.text(&Error::runtime(message), false), expected.as_bytes());
    }

    #[test]
    fn names_in_lines() {
        let at = |message: &str, line: &str| culprit(message.as_bytes(), line.as_bytes());
        assert_eq!(at("in:1: a nil value (field 'x')", "print(tx.x.y)"), Some(9));
        assert_eq!(at("in:1: a nil value (field 'y')", "y = t.y.z"), None);
        assert_eq!(at("in:1: a nil value (field '?')", "t[?]"), None);
        assert_eq!(at("in:1: a nil value (global 'x')", "load(s)"), None);
        assert_eq!(at("in:1: boom", "boom"), None);
    }

    #[test]
    fn places_that_are_not_there() {
        let r = verbose("=in", "x");
        for message in ["in:2: a", "in:0: a", "other:1: a", "plain"] {
            assert_eq!(r.text(&Error::runtime(message), true), format!("{message}\n").as_bytes());
        }
    }
}
