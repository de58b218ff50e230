//! Colours, for people at a terminal who haven't asked to be spared them.

use std::io::IsTerminal;

pub(crate) const BOLD: &str = "\x1b[1m";
pub(crate) const DIM: &str = "\x1b[2m";
pub(crate) const RED: &str = "\x1b[1;31m";
pub(crate) const GREEN: &str = "\x1b[32m";
pub(crate) const CYAN: &str = "\x1b[36m";
/// Ends all of them.
pub(crate) const PLAIN: &str = "\x1b[0m";

/// Whether what is written to this may be coloured.
pub(crate) fn has_colour(stream: &impl IsTerminal) -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|v| !v.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|t| t == "dumb");
    stream.is_terminal() && !is_dumb && !set("NO_COLOR")
}
