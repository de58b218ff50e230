//! Symbols for Linux `perf`.
//!
//! `perf report` looks for the symbols of code that is in no file in `/tmp/perf-PID.map`: a line has the address and the
//! size in hexadecimal without prefix, and the rest of it is the name. Code that has been freed can't be taken back
//! from there; what is compiled later at its address is a later line.

use super::{Listing, Sink};
use crate::symbols::Symbols;
use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;

/// Where `perf` looks for the symbols of this process.
pub fn path() -> PathBuf {
    PathBuf::from(format!("/tmp/perf-{}.map", std::process::id()))
}

/// Writes the map.
pub struct PerfMap<W> {
    to: RefCell<W>,
    /// The segments whose stubs are in it.
    known: RefCell<Vec<usize>>,
}

impl<W: Write> PerfMap<W> {
    /// Writes to `to`, as a rule a file at [`path`].
    pub fn new(to: W) -> PerfMap<W> {
        PerfMap { to: RefCell::new(to), known: RefCell::default() }
    }
}

fn line(out: &mut String, address: usize, len: usize, name: &str) {
    let name = name.replace(|c: char| c.is_control(), " ");
    let _ = writeln!(out, "{address:x} {len:x} {name}");
}

fn stubs(out: &mut String, symbols: &Symbols) {
    for s in symbols.iter() {
        line(out, s.address, s.len, &format!("perilune stub {}", s.name));
    }
}

impl<W: Write> Sink for PerfMap<W> {
    fn code(&self, code: &Listing<'_>) {
        let mut out = String::new();
        let mut known = self.known.borrow_mut();
        if !known.contains(&code.stubs.base()) {
            known.push(code.stubs.base());
            stubs(&mut out, code.stubs);
        }
        let f = code.function;
        let name = format!("lua {} {}:{} [{}]", f.name, f.source, f.line, code.tier.word());
        line(&mut out, code.address, code.code.len(), &name);
        // A profile without names is no reason to disturb the program.
        let _ = self.to.borrow_mut().write_all(out.as_bytes());
    }
}
