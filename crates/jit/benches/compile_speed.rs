//! How quickly functions are compiled: `cargo bench -p perilune-jit [-- FILE.lua…]`.
//!
//! The programs in `benches/lua` (or those named) are loaded into a state each, and run for a moment by the interpreter,
//! since what is compiled depends on feedback. Then all of their functions are compiled and published, as a running
//! program would have it done, again and again; a round's code is freed before the next one. The best of several rounds
//! counts. A last round, with somebody looking on, says what the code is made for.
//!
//! The bar is ten million instructions of bytecode per second.

use perilune_jit::events::{Listing, Sink};
use perilune_jit::{Jit, Policy, install};
use perilune_runtime::compiled::{CompiledCode, Compiler};
use perilune_runtime::cx::{Cx, RootId};
use perilune_runtime::interrupt::Interrupt;
use perilune_runtime::stdlib;
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// For how long a program runs.
const RUN: Duration = Duration::from_millis(50);
/// How often everything is compiled.
const ROUNDS: usize = 300;
/// How many opcodes the tables show.
const ROWS: usize = 12;

/// A program that has been run.
struct Program {
    cx: Cx,
    jit: Jit,
    chunk: RootId,
}

fn main() {
    let mut files: Vec<PathBuf> =
        std::env::args().skip(1).filter(|a| !a.starts_with('-')).map(PathBuf::from).collect();
    if files.is_empty() {
        files = perilune_filetest::scripts(&perilune_filetest::root().join("benches/lua"));
        files.retain(|f| !f.ends_with("driver.lua"));
    }
    files.sort();
    let mut programs: Vec<Program> = files.iter().filter_map(|f| prepare(f)).collect();
    let mut functions = 0;
    let mut bytecodes = 0;
    for p in &programs {
        p.cx.survey(p.chunk, &mut |source| {
            functions += 1;
            bytecodes += source.proto.code.len();
        });
    }
    let best = (0..ROUNDS).map(|_| programs.iter().map(compile_all).sum()).min();
    let seconds = best.unwrap_or(Duration::ZERO).as_secs_f64();
    println!("{} programs, {functions} functions, {bytecodes} bytecodes", programs.len());
    println!(
        "{:.2} million bytecodes/s, {:.1} ns per bytecode, {:.2} us per function",
        bytecodes as f64 / seconds / 1e6,
        seconds * 1e9 / bytecodes as f64,
        seconds * 1e6 / functions as f64,
    );
    show_sizes(&mut programs, bytecodes);
}

/// Loads a program and runs it a bit. The compiler is installed, but nothing calls for it.
fn prepare(file: &Path) -> Option<Program> {
    let mut cx = Cx::new();
    let jit = install(&mut cx, Policy { threshold: i32::MAX, ..Policy::default() })
        .expect("memory for code");
    stdlib::open_all(&mut cx);
    let text = std::fs::read(file).expect("read a program");
    cx.load(&text, b"=program", None).ok()?;
    let chunk = cx.root(cx.peek(1));
    run(&mut cx);
    Some(Program { cx, jit, chunk })
}

/// Runs the chunk on the stack, and what it returns as `run`.
fn run(cx: &mut Cx) {
    const RUNNER: &[u8] = b"local chunk = ...
        local ok, benchmark = pcall(chunk)
        if ok and type(benchmark) == 'table' then benchmark.run(benchmark.n) end";
    if cx.load(RUNNER, b"=runner", None).is_err() {
        return;
    }
    let runner = cx.root(cx.peek(1));
    cx.pop(1);
    let chunk = cx.root(cx.peek(1));
    cx.pop(1);
    cx.push(cx.rooted(runner));
    cx.push(cx.rooted(chunk));
    let handle = cx.interrupt_handle();
    let timer = std::thread::spawn(move || {
        std::thread::sleep(RUN);
        handle.interrupt(Interrupt::Timeout);
    });
    // It ends in time or is stopped; both are fine.
    let _ = cx.protected_call(1, 0);
    let _ = timer.join();
}

/// What it takes to compile all functions of a program.
fn compile_all(p: &Program) -> Duration {
    let mut made: Vec<CompiledCode> = Vec::new();
    let mut spent = Duration::ZERO;
    p.cx.survey(p.chunk, &mut |source| {
        let began = Instant::now();
        let code = p.jit.compile(source);
        spent += began.elapsed();
        made.extend(code);
    });
    spent
}

/// Bytes of code by opcode.
#[derive(Default)]
struct Sizes {
    hot: HashMap<&'static str, usize>,
    cold: HashMap<&'static str, usize>,
    count: HashMap<&'static str, usize>,
}

/// What the entries' code is counted as.
const ENTRY: &str = "(entry)";

/// Adds up the sizes.
#[derive(Default)]
struct Measure(RefCell<Sizes>);

impl Sink for Measure {
    fn code(&self, l: &Listing<'_>) {
        let mut sizes = self.0.borrow_mut();
        let name = |pc: usize| l.proto.code.get(pc).map_or(ENTRY, |i| i.op().info().name);
        let first = l.offsets.first().map_or(0, |o| *o as usize);
        *sizes.hot.entry(ENTRY).or_default() += first;
        *sizes.count.entry(ENTRY).or_default() += 1;
        for (pc, part) in l.offsets.windows(2).enumerate() {
            *sizes.hot.entry(name(pc)).or_default() += (part[1] - part[0]) as usize;
            *sizes.count.entry(name(pc)).or_default() += 1;
        }
        let ends = l.cold.iter().skip(1).map(|c| c.offset as usize).chain([l.code.len()]);
        for (part, end) in l.cold.iter().zip(ends) {
            let of = part.pc.map_or(ENTRY, |pc| name(pc as usize));
            *sizes.cold.entry(of).or_default() += end - part.offset as usize;
        }
    }
}

fn show_sizes(programs: &mut [Program], bytecodes: usize) {
    let measure = Rc::new(Measure::default());
    for p in programs {
        let Program { cx, jit, .. } = p;
        jit.observe(cx, measure.clone());
        compile_all(p);
    }
    let sizes = measure.0.borrow();
    for (title, parts) in [("in line", &sizes.hot), ("cold", &sizes.cold)] {
        let all: usize = parts.values().sum();
        println!("\n{title}: {all} bytes, {:.1} per bytecode", all as f64 / bytecodes as f64);
        println!("  opcode        share    bytes    count   each");
        let mut rows: Vec<_> = parts.iter().collect();
        rows.sort_by_key(|(name, bytes)| (std::cmp::Reverse(**bytes), **name));
        for (name, bytes) in rows.into_iter().take(ROWS) {
            let count = sizes.count.get(name).copied().unwrap_or(1);
            println!(
                "  {name:12}{:6.1}% {bytes:8} {count:8} {:6.1}",
                *bytes as f64 * 100.0 / all as f64,
                *bytes as f64 / count as f64,
            );
        }
    }
}
