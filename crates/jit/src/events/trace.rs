//! Events as text: for people, and as JSON lines for programs.
//!
//! An event is one line and one write, so that it is there when the process ends whatever way, and lines of several
//! states don't mix. That it can't be written is nobody's business: the program traced must not notice.

use super::{Event, Field, Sink};
use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::Write;
use std::time::Instant;

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `[jit] compile fib (fib.lua:1): tier baseline, bytecodes 9, …`
    Text,
    /// An object for each event.
    JsonLines,
}

/// Writes events.
pub struct Trace<W> {
    format: Format,
    began: Instant,
    to: RefCell<W>,
}

impl<W: Write> Trace<W> {
    /// Writes to `to`.
    pub fn new(format: Format, to: W) -> Trace<W> {
        Trace { format, began: Instant::now(), to: RefCell::new(to) }
    }
}

impl<W: Write> Sink for Trace<W> {
    fn event(&self, event: &Event<'_>) {
        let line = match self.format {
            Format::Text => text(event),
            Format::JsonLines => json(event, self.began.elapsed().as_nanos()),
        };
        let _ = self.to.borrow_mut().write_all(line.as_bytes());
    }
}

fn text(event: &Event<'_>) -> String {
    let mut out = format!("[jit] {} {}", event.what.name(), event.function);
    let mut separator = ": ";
    event.what.fields(&mut |name, field| {
        let _ = match field {
            Field::Number(n) => write!(out, "{separator}{name} {n}"),
            Field::Word(word) => write!(out, "{separator}{name} {word}"),
        };
        separator = ", ";
    });
    out.push('\n');
    out
}

fn json(event: &Event<'_>, time: u128) -> String {
    let f = event.function;
    let mut out = format!("{{\"event\":\"{}\",\"time\":{time},\"function\":", event.what.name());
    json_string(&mut out, &f.name);
    out.push_str(",\"source\":");
    json_string(&mut out, &f.source);
    let _ = write!(out, ",\"line\":{}", f.line);
    event.what.fields(&mut |name, field| {
        let _ = match field {
            Field::Number(n) => write!(out, ",\"{name}\":{n}"),
            Field::Word(word) => write!(out, ",\"{name}\":\"{word}\""),
        };
    });
    out.push_str("}\n");
    out
}

fn json_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        let _ = match c {
            '"' | '\\' => write!(out, "\\{c}"),
            '\0'..' ' => write!(out, "\\u{:04x}", c as u32),
            c => write!(out, "{c}"),
        };
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::super::{FunctionName, Reason, Tier, What};
    use super::*;

    #[test]
    fn both_forms() {
        let function = FunctionName { name: "a\"b\n".into(), source: "ü.lua".into(), line: 3 };
        let what =
            What::CompileFailed { tier: Tier::Baseline, reason: Reason::NoMemory, nanoseconds: 7 };
        let event = Event { function: &function, what };
        let line: serde_json::Value = serde_json::from_str(&json(&event, 5)).expect("JSON");
        let expected = serde_json::json!({
            "event": "compile-failed", "time": 5, "function": "a\"b\n", "source": "ü.lua", "line": 3,
            "tier": "baseline", "reason": "no-memory", "nanoseconds": 7,
        });
        assert_eq!(line, expected);
        let function = FunctionName { name: "f".into(), ..function };
        assert_eq!(
            text(&Event { function: &function, what }),
            "[jit] compile-failed f (ü.lua:3): tier baseline, reason no-memory, nanoseconds 7\n"
        );
    }
}
