//! Showing what goes on inside: `--stats`, `--trace-jit`, `--dump`, `--perf-map`.
//!
//! All of it goes to standard error or to files, so that what the program prints stays what it is.

use crate::PROGRAM;
use crate::options::Invocation;
use perilune::Lua;
use perilune::observe::{Counters, Loaded};
use std::fmt::Write as _;
use std::io::Write;

/// What can be dumped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dump {
    /// The bytecode of functions that are loaded.
    Bytecode,
    /// The machine code of functions that are compiled.
    #[cfg(feature = "disasm")]
    Asm,
    /// What functions have learned when the program ends.
    Feedback,
}

/// What `--dump` takes, in this build.
pub(crate) const DUMPS: &str = if cfg!(feature = "disasm") {
    "a list of bytecode, asm, feedback"
} else {
    "bytecode or feedback, in this build"
};

/// Where a trace goes.
#[cfg(feature = "jit")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trace {
    /// For people, to standard error.
    Text,
    /// JSON lines, to a file or (`-`) to standard error.
    Json(String),
}

/// What to show.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Observation {
    /// `--stats`
    pub(crate) stats: bool,
    /// `--trace-jit`
    #[cfg(feature = "jit")]
    pub(crate) trace: Option<Trace>,
    /// `--dump`
    pub(crate) dump: Vec<Dump>,
    /// `--filter`
    pub(crate) filter: Option<String>,
    /// `--perf-map`
    #[cfg(feature = "jit")]
    pub(crate) perf_map: bool,
}

/// The argument of `--dump`: names with commas between them.
pub(crate) fn dumps(argument: &str) -> Option<Vec<Dump>> {
    let dump = |name| match name {
        "bytecode" => Some(Dump::Bytecode),
        #[cfg(feature = "disasm")]
        "asm" => Some(Dump::Asm),
        "feedback" => Some(Dump::Feedback),
        _ => None,
    };
    argument.split(',').map(dump).collect()
}

/// Begins to show what is asked for. What can't be is complained about.
pub(crate) fn begin(lua: &Lua, invocation: &Invocation) -> Result<(), String> {
    let wanted = &invocation.observation;
    #[cfg(feature = "jit")]
    compilers::begin(lua, wanted)?;
    if wanted.dump.contains(&Dump::Bytecode) {
        let filter = wanted.filter.clone();
        lua.observe_loading(move |f: &Loaded| {
            if filter.as_ref().is_none_or(|filter| f.name.matches(filter)) {
                show(&format!("; {}\n{}\n", f.name, f.bytecode()));
            }
        });
    }
    if wanted.dump.contains(&Dump::Feedback) {
        lua.learn_always(true);
    }
    if wanted.stats {
        lua.observe_exit(|counters| show(&table(counters)));
    }
    Ok(())
}

/// Shows what there is to be shown in the end.
pub(crate) fn end(lua: &Lua, invocation: &Invocation) {
    if invocation.observation.dump.contains(&Dump::Feedback) {
        show(&lua.feedback(invocation.observation.filter.as_deref()));
    }
    if invocation.observation.stats {
        show(&table(&lua.counters()));
    }
}

/// What can't be written to standard error has nowhere to be reported.
fn show(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// How many opcodes the table of steps shows.
const STEPS: usize = 15;

/// The counters, a line each.
fn table(counters: &Counters) -> String {
    let mut out = format!("{PROGRAM}: statistics\n");
    let mut current = "";
    for (group, label, quantity) in counters.rows() {
        if group != current {
            // Writing to a string doesn't fail.
            let _ = writeln!(out, "  {group}");
            current = group;
        }
        let _ = writeln!(out, "    {label:30}{quantity:>16}");
    }
    let all: u64 = counters.steps.iter().map(|s| s.1).sum();
    let _ = writeln!(out, "  instructions left to the interpreter by compiled code");
    let _ = writeln!(out, "    {:30}{all:>16}", "all");
    for (name, n) in counters.steps.iter().take(STEPS) {
        let _ = writeln!(out, "    {name:30}{n:>16}");
    }
    out
}

/// What only builds with compilers have to show.
#[cfg(feature = "jit")]
mod compilers {
    use super::{Observation, Trace};
    use perilune::Lua;
    use perilune::observe::events::{Sink, perf_map, trace};
    use std::fs::File;
    use std::io::stderr;
    use std::path::Path;
    use std::rc::Rc;

    pub(super) fn begin(lua: &Lua, wanted: &Observation) -> Result<(), String> {
        for sink in sinks(wanted)? {
            lua.observe_compiler(sink);
        }
        if wanted.stats {
            lua.count_compiling();
        }
        Ok(())
    }

    fn sinks(wanted: &Observation) -> Result<Vec<Rc<dyn Sink>>, String> {
        let mut sinks: Vec<Rc<dyn Sink>> = Vec::new();
        match &wanted.trace {
            None => {}
            Some(Trace::Text) => {
                sinks.push(Rc::new(trace::Trace::new(trace::Format::Text, stderr())))
            }
            Some(Trace::Json(name)) if name == "-" => {
                sinks.push(Rc::new(trace::Trace::new(trace::Format::JsonLines, stderr())));
            }
            Some(Trace::Json(name)) => {
                let to = create(Path::new(name))?;
                sinks.push(Rc::new(trace::Trace::new(trace::Format::JsonLines, to)));
            }
        }
        #[cfg(feature = "disasm")]
        if wanted.dump.contains(&super::Dump::Asm) {
            let filter = wanted.filter.clone();
            sinks.push(Rc::new(perilune::observe::Dump::new(filter, stderr())));
        }
        if wanted.perf_map {
            sinks.push(Rc::new(perf_map::PerfMap::new(create(&perf_map::path())?)));
        }
        Ok(sinks)
    }

    fn create(path: &Path) -> Result<File, String> {
        File::create(path).map_err(|e| format!("can't write '{}': {e}", path.display()))
    }
}
