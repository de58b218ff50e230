//! `debug.debug`: runs the lines a person types, until there are no more or one says `cont`.

use crate::cx::{Cx, Fault};
use crate::stdlib::io;
use crate::string::Str;
use crate::value::Value;

/// The chunk name of such a line.
const CHUNK: &[u8] = b"=(debug command)";

/// `debug.debug`.
pub(super) fn debug(cx: &mut Cx) -> Result<usize, Fault> {
    loop {
        say(cx, b"lua_debug> ")?;
        // A terminal that can't be read has nothing more to say.
        let line = io::read_standard_line(cx)?.unwrap_or_default();
        if line.is_empty() || line == b"cont\n" {
            return Ok(0);
        }
        cx.reserve(line.len())?;
        match run(cx, &line) {
            Ok(()) => {}
            Err(fault @ (Fault::CloseSelf | Fault::Kill)) => return Err(fault),
            Err(_) => report(cx)?,
        }
    }
}

/// Shows the error that ended a line.
fn report(cx: &mut Cx) -> Result<(), Fault> {
    let error = cx.error_value().bits();
    cx.push(Value::from_bits(error));
    cx.push_tostring(cx.top.get() - 1)?;
    if let Some(s) = cx.peek(1).downcast::<Str>() {
        say(cx, &[s.get().as_bytes(), b"\n"].concat())?;
    }
    cx.pop(2);
    Ok(())
}

fn run(cx: &mut Cx, line: &[u8]) -> Result<(), Fault> {
    cx.load(line, CHUNK, None)?;
    cx.protected_call(0, 0)
}

fn say(cx: &Cx, text: &[u8]) -> Result<(), Fault> {
    io::flush_files(cx)?;
    io::write_standard_error(cx, &[text])
}
