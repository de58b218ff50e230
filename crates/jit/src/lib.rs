//! The compilers of Perilune.
//!
//! [`install`] gives a state a compiler; from then on, functions that are called or loop often enough are compiled,
//! and the runtime enters their code (see [`perilune_runtime::compiled`] for what the two sides agree on). `baseline`
//! is tier 1; [`code_memory`] is where code goes. The [`Jit`] that `install` returns is for looking on: what happens is
//! told as [`events`], and [`disasm`] shows machine code.

mod baseline;
pub mod code_memory;
#[cfg(feature = "disasm")]
pub mod disasm;
pub mod events;
mod fast_paths;
mod names;
mod symbols;

pub use baseline::ColdPart;
pub use fast_paths::{FastPath, FastPaths};
pub use symbols::{Symbol, Symbols};

use baseline::{StubTable, Unplaced, Workspace};
use code_memory::{Code, CodeMemory, Error};
use events::{Event, FunctionName, Listing, Reason, Sink, Tier, What};
use names::Names;
use perilune_runtime::compiled::{CompiledCode, Compiler, EntryPoints, Source};
use perilune_runtime::cx::Cx;
use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::time::Instant;

/// What to compile, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Calls and loop iterations of a function until the baseline compiler gets it.
    pub threshold: i32,
    /// What is left to the interpreter in compiled code.
    pub without: FastPaths,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy { threshold: 200, without: FastPaths::default() }
    }
}

/// Gives a state its compiler. To be called before anything is loaded. Memory for code is mapped when the first function
/// is to be compiled, as most programs end before that.
///
/// # Errors
/// There is no compiler for this machine.
pub fn install(cx: &mut Cx, policy: Policy) -> Result<Jit, Error> {
    if !code_memory::IS_SUPPORTED {
        return Err(Error::Unsupported);
    }
    let jit = Jit(Rc::new(Tiered {
        memory: OnceCell::new(),
        policy,
        workspace: RefCell::default(),
        sinks: RefCell::default(),
        names: Names::default(),
    }));
    cx.set_compiler(Box::new(jit.clone()));
    Ok(jit)
}

/// The compilers of a state.
#[derive(Clone)]
pub struct Jit(Rc<Tiered>);

struct Tiered {
    /// There as soon as a function has been about to be compiled.
    memory: OnceCell<CodeMemory>,
    policy: Policy,
    workspace: RefCell<Workspace>,
    sinks: RefCell<Vec<Rc<dyn Sink>>>,
    names: Names,
}

impl fmt::Debug for Jit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jit").field("memory", &self.0.memory).finish_non_exhaustive()
    }
}

impl Jit {
    /// Has a sink told of everything from now on. Functions loaded before have no names.
    pub fn observe(&self, cx: &mut Cx, sink: Rc<dyn Sink>) {
        if self.0.sinks.borrow().is_empty() {
            let tiered = Rc::clone(&self.0);
            cx.observe_loading(Box::new(move |chunk| tiered.names.learn(chunk)));
        }
        self.0.sinks.borrow_mut().push(sink);
    }

    /// Whether a sink is told of everything.
    pub fn is_observed(&self) -> bool {
        !self.0.sinks.borrow().is_empty()
    }

    /// What the memory for code holds.
    pub fn memory(&self) -> code_memory::Stats {
        self.0.memory.get().map(CodeMemory::stats).unwrap_or_default()
    }
}

impl Tiered {
    fn tell(&self, function: &FunctionName, what: What) {
        for sink in &*self.sinks.borrow() {
            sink.event(&Event { function, what });
        }
    }

    fn publish(&self, unplaced: &mut Unplaced) -> Result<Code, Reason> {
        // The runtime asks for the entry points before it has anything compiled.
        let memory = self.memory.get().ok_or(Reason::NoMemory)?;
        unplaced.publish(memory, StubTable::get()).map_err(|e| match e {
            Error::TooLarge => Reason::TooLarge,
            Error::System(_) => Reason::NoMemory,
            Error::Unsupported => Reason::Unsupported,
        })
    }

    /// Compiles and publishes a function.
    fn compile(&self, source: &Source<'_>, detailed: bool) -> Result<(Code, Unplaced), Reason> {
        let workspace = &mut self.workspace.borrow_mut();
        let mut unplaced = baseline::compile(source, self.policy.without, detailed, workspace)?;
        Ok((self.publish(&mut unplaced)?, unplaced))
    }

    /// Keeps what the next compilation can use; the offsets are the runtime's.
    fn recycle(&self, unplaced: Unplaced) -> Box<[u32]> {
        self.workspace.borrow_mut().recycle(unplaced)
    }

    /// Compiles a function while there are sinks, and tells them.
    fn compile_observed(this: &Rc<Tiered>, source: &Source<'_>) -> Option<CompiledCode> {
        let function = this.names.of(source.proto);
        let tier = Tier::Baseline;
        let began = Instant::now();
        let compiled = this.compile(source, true);
        let nanoseconds = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let (code, unplaced) = match compiled {
            Ok(both) => both,
            Err(reason) => {
                this.tell(&function, What::CompileFailed { tier, reason, nanoseconds });
                return None;
            }
        };
        let code_bytes = unplaced.code.len();
        let hot_bytes = unplaced.offsets.last().map_or(code_bytes, |o| *o as usize);
        let compile = What::Compile {
            tier,
            bytecodes: source.proto.code.len(),
            code_bytes,
            hot_bytes,
            cold_bytes: code_bytes - hot_bytes,
            nanoseconds,
        };
        this.tell(&function, compile);
        this.show(&function, source, &unplaced, &code);
        if source.entered_at > 0 {
            let pc = source.entered_at;
            let at_line = source.proto.positions.get(pc).map_or(0, |p| p.line);
            this.tell(&function, What::Enter { tier, pc, at_line });
        }
        let entry = code.address();
        let owner = Box::new(Observed { code: Some(code), function, jit: Rc::clone(this) });
        Some(CompiledCode { entry, base: entry, offsets: this.recycle(unplaced), owner })
    }

    /// Shows the sinks the code of a function.
    fn show(&self, function: &FunctionName, source: &Source<'_>, u: &Unplaced, code: &Code) {
        let place = code.place();
        let listing = Listing {
            function,
            tier: Tier::Baseline,
            proto: source.proto,
            address: place.address,
            code: &u.code,
            offsets: &u.offsets,
            cold: &u.cold,
            stubs: &Symbols::new(place.base.address()),
        };
        for sink in &*self.sinks.borrow() {
            sink.code(&listing);
        }
    }
}

impl Compiler for Jit {
    fn entry_points(&self) -> Option<EntryPoints> {
        let memory = CodeMemory::new(|_| StubTable::get().code.clone()).ok()?;
        let base = self.0.memory.get_or_init(|| memory).first()?;
        Some(StubTable::get().entry_points(base.address()))
    }

    fn threshold(&self) -> i32 {
        self.0.policy.threshold
    }

    fn code_bytes(&self) -> usize {
        self.0.memory.get().map_or(0, CodeMemory::used)
    }

    fn compile(&self, source: Source<'_>) -> Option<CompiledCode> {
        if !self.0.sinks.borrow().is_empty() {
            return Tiered::compile_observed(&self.0, &source);
        }
        let (code, unplaced) = self.0.compile(&source, false).ok()?;
        let offsets = self.0.recycle(unplaced);
        let entry = code.address();
        Some(CompiledCode { entry, base: entry, offsets, owner: Box::new(code) })
    }
}

/// Code whose end is told.
struct Observed {
    /// There until the end.
    code: Option<Code>,
    function: Rc<FunctionName>,
    jit: Rc<Tiered>,
}

impl Drop for Observed {
    fn drop(&mut self) {
        let code_bytes = self.code.take().map_or(0, |c| c.len());
        self.jit.tell(&self.function, What::Free { tier: Tier::Baseline, code_bytes });
    }
}
