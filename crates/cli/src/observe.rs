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
const DUMPS: &[(&str, Dump)] = &[
    ("bytecode", Dump::Bytecode),
    #[cfg(feature = "disasm")]
    ("asm", Dump::Asm),
    ("feedback", Dump::Feedback),
];

/// What the argument of `--dump` has to be.
pub(crate) fn wanted_dumps() -> String {
    let names: Vec<&str> = DUMPS.iter().map(|d| d.0).collect();
    format!("a list of {}", names.join(", "))
}

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    argument.split(',').map(|name| DUMPS.iter().find(|d| d.0 == name).map(|d| d.1)).collect()
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
    if wanted.stats || wanted.dump.contains(&Dump::Feedback) {
        let wanted = wanted.clone();
        lua.observe_exit(move |exit| {
            conclude(&wanted, || exit.counters(), |filter| exit.feedback(filter));
        });
    }
    Ok(())
}

/// Shows what there is to be shown in the end, if the program comes there by itself.
pub(crate) fn end(lua: &Lua, invocation: &Invocation) {
    conclude(&invocation.observation, || lua.counters(), |filter| lua.feedback(filter));
}

fn conclude(
    wanted: &Observation,
    counters: impl FnOnce() -> Counters,
    feedback: impl FnOnce(Option<&str>) -> String,
) {
    if wanted.dump.contains(&Dump::Feedback) {
        show(&feedback(wanted.filter.as_deref()));
    }
    if wanted.stats {
        show(&table(&counters()));
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
    use super::Observation;
    use perilune::Lua;
    use perilune::observe::events::trace::{Format, Trace};
    use perilune::observe::events::{Sink, perf_map};
    use std::fs::File;
    use std::io::{Write, stderr};
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
        let mut trace = |format, to: Box<dyn Write>| sinks.push(Rc::new(Trace::new(format, to)));
        match &wanted.trace {
            None => {}
            Some(super::Trace::Text) => trace(Format::Text, Box::new(stderr())),
            Some(super::Trace::Json(name)) if name == "-" => {
                trace(Format::JsonLines, Box::new(stderr()))
            }
            Some(super::Trace::Json(name)) => {
                trace(Format::JsonLines, Box::new(create(Path::new(name))?));
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
