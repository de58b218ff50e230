//! Seeing inside: what is loaded, what is compiled, and what it came to.
//!
//! **Problem.** Why a program is slow, or whether a function was compiled, shows in what the state did, not in what the
//! program printed.
//!
//! **Design.** [`Lua::observe_loading`] tells of each chunk that is loaded, and `Lua::observe_compiler` (in builds with
//! compilers) hands the stream of [`events`] to a sink. [`Counters`] are what there is to count, in one table,
//! `counters!` below: a row is a field with its documentation, and what it is called where people read it. A state counts
//! what its compilers do from [`Lua::count_compiling`] on, by a sink like any other.

use crate::crossing::interruption_under_way;
use crate::error::Error;
use crate::state::{Inner, Lua};
use perilune_bytecode::{disasm, ops::Op, proto::Proto};
use perilune_runtime::cx::Cx;
use perilune_runtime::names::functions_of;
use std::fmt;
use std::rc::Rc;

#[cfg(feature = "disasm")]
pub use perilune_jit::disasm::Dump;
#[cfg(feature = "jit")]
pub use perilune_jit::events;
#[cfg(feature = "jit")]
use perilune_jit::{Jit, events::totals::Totals};

pub use perilune_runtime::names::FunctionName;

/// A function that has been loaded.
pub struct Loaded {
    /// What it is called, and where it is from.
    pub name: FunctionName,
    proto: Rc<Proto>,
}

impl Loaded {
    /// Its bytecode as text, without that of the functions nested in it.
    pub fn bytecode(&self) -> String {
        disasm::disassemble_alone(&self.proto, &self.name.name)
    }
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A state whose program ends the process: what [`Lua`] can tell then.
pub struct Exit<'a> {
    cx: &'a Cx,
    /// `None` if it is a finalizer that ends it, while the state is being dropped.
    inner: Option<Rc<Inner>>,
    interruption: Option<Error>,
}

impl Exit<'_> {
    /// As [`Lua::counters`].
    pub fn counters(&self) -> Counters {
        let counters = Counters::of(self.cx);
        match &self.inner {
            Some(inner) => inner.completed(counters),
            None => counters,
        }
    }

    /// As [`Lua::feedback`].
    pub fn feedback(&self, filter: Option<&str>) -> String {
        self.cx.feedback_dump(filter)
    }

    /// The error by which the program was interrupted while it was ending: its finalizers, for example. The process ends with
    /// a status that says it failed.
    pub fn interruption(&self) -> Option<&Error> {
        self.interruption.as_ref()
    }
}

impl fmt::Debug for Exit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exit").finish_non_exhaustive()
    }
}

/// How a counter is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantity {
    /// A number of something.
    Count(u64),
    /// A number of bytes.
    Bytes(u64),
    /// A time in nanoseconds.
    Time(u64),
    /// A ratio of two others; nothing if there is none.
    Ratio(Option<f64>),
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Quantity::Count(n) => f.pad(&n.to_string()),
            Quantity::Bytes(n) => f.pad(&format!("{n} B")),
            Quantity::Time(n) => f.pad(&format!("{:.1} us", *n as f64 / 1e3)),
            Quantity::Ratio(Some(r)) => f.pad(&format!("{r:.1}")),
            Quantity::Ratio(None) => f.pad("-"),
        }
    }
}

#[cfg(feature = "jit")]
fn ratio(n: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| n as f64 / of as f64)
}

macro_rules! counters {
    ($($group:literal { $($(#[doc = $doc:literal])* $field:ident: $kind:ident($ty:ty), $label:literal;)* })*) => {
        /// What there was to count in a state.
        #[derive(Clone, Debug, Default, PartialEq)]
        #[non_exhaustive]
        pub struct Counters {
            $($($(#[doc = $doc])* pub $field: $ty,)*)*
            /// How often compiled code had the interpreter do an instruction, by its name; the most frequent first.
            pub steps: Vec<(&'static str, u64)>,
        }

        impl Counters {
            /// All but the steps: group, label, and how many.
            pub fn rows(&self) -> Vec<(&'static str, &'static str, Quantity)> {
                vec![$($(($group, $label, Quantity::$kind(self.$field)),)*)*]
            }
        }
    };
}

counters! {
    "compilation" {
        /// Functions compiled.
        functions: Count(u64), "functions compiled";
        /// Functions that couldn't be compiled.
        failures: Count(u64), "functions not compilable";
        /// Functions that were under way in the interpreter when they were compiled, and went on in their code.
        entered: Count(u64), "entered in their midst";
        /// Functions whose code has been freed.
        freed: Count(u64), "freed";
        /// Nanoseconds in compilers.
        compile_time: Time(u64), "time";
        /// Nanoseconds per function.
        mean_time: Time(u64), "time per function";
        /// Instructions of bytecode compiled.
        bytecodes: Count(u64), "bytecodes";
        /// Millions of instructions compiled in a second.
        speed: Ratio(Option<f64>), "million bytecodes per second";
        /// Bytes of machine code made.
        code_bytes: Bytes(u64), "machine code";
        /// Of these, bytes in line.
        hot_bytes: Bytes(u64), "of it in line";
        /// Of these, bytes behind the function.
        cold_bytes: Bytes(u64), "of it cold";
        /// Bytes of machine code for an instruction.
        expansion: Ratio(Option<f64>), "bytes per bytecode";
    }
    "code memory" {
        /// Functions that have code now.
        code_functions: Count(u64), "functions";
        /// Bytes of code memory in use.
        code_used: Bytes(u64), "used";
        /// Bytes of code memory free for further functions.
        code_free: Bytes(u64), "free";
        /// Bytes of address space for code.
        code_mapped: Bytes(u64), "mapped";
        /// Segments of code memory.
        code_segments: Count(u64), "segments";
    }
    "collector" {
        /// Minor collections.
        minor_collections: Count(u64), "minor collections";
        /// Major collections.
        major_collections: Count(u64), "major collections";
        /// Increments of marking.
        marking_steps: Count(u64), "increments of marking";
        /// Errors for want of memory that a program got.
        memory_errors: Count(u64), "errors for want of memory";
        /// Bytes obtained from the system for objects.
        heap_mapped: Bytes(u64), "mapped for objects";
    }
    "property sites" {
        /// Sites that know no shape.
        empty_sites: Count(u64), "empty";
        /// Sites that know one shape.
        monomorphic_sites: Count(u64), "monomorphic";
        /// Sites that know several shapes.
        polymorphic_sites: Count(u64), "polymorphic";
        /// Sites that have seen too many shapes to remember.
        megamorphic_sites: Count(u64), "megamorphic";
    }
}

impl Counters {
    fn of(cx: &Cx) -> Counters {
        let (heap, sites) = (cx.heap.stats(), cx.property_sites());
        let name = |(op, n): (Op, u64)| (n > 0).then(|| (op.info().name, n));
        let mut steps: Vec<_> = cx.steps_taken().filter_map(name).collect();
        steps.sort_by_key(|(name, n)| (std::cmp::Reverse(*n), *name));
        Counters {
            minor_collections: heap.minor,
            major_collections: heap.major,
            marking_steps: heap.steps,
            memory_errors: heap.refused,
            heap_mapped: heap.mapped as u64,
            empty_sites: sites.empty,
            monomorphic_sites: sites.monomorphic,
            polymorphic_sites: sites.polymorphic,
            megamorphic_sites: sites.megamorphic,
            steps,
            ..Counters::default()
        }
    }

    #[cfg(feature = "jit")]
    fn add_compiling(&mut self, compiling: &Compiling) {
        let s = compiling.totals.as_ref().map(|t| t.sums()).unwrap_or_default();
        self.functions = s.functions;
        self.failures = s.failures;
        self.entered = s.entered;
        self.freed = s.freed;
        self.compile_time = s.nanoseconds;
        self.mean_time = s.nanoseconds.checked_div(s.functions).unwrap_or_default();
        self.bytecodes = s.bytecodes;
        self.speed = ratio(s.bytecodes * 1000, s.nanoseconds);
        self.hot_bytes = s.hot_bytes;
        self.cold_bytes = s.cold_bytes;
        self.code_bytes = s.hot_bytes + s.cold_bytes;
        self.expansion = ratio(self.code_bytes, s.bytecodes);
        let memory = compiling.jit.memory();
        self.code_functions = memory.functions as u64;
        self.code_used = memory.used as u64;
        self.code_free = memory.free as u64;
        self.code_mapped = memory.mapped as u64;
        self.code_segments = memory.segments as u64;
    }
}

/// The compilers of a state, and what counts their work.
#[cfg(feature = "jit")]
#[derive(Clone, Debug)]
pub(crate) struct Compiling {
    pub(crate) jit: Jit,
    totals: Option<Rc<Totals>>,
}

#[cfg(feature = "jit")]
impl Compiling {
    pub(crate) fn new(jit: Jit) -> Compiling {
        Compiling { jit, totals: None }
    }
}

impl Inner {
    /// Counters with those of the compilers, if there are any.
    #[cfg_attr(not(feature = "jit"), expect(unused_mut))]
    fn completed(&self, mut counters: Counters) -> Counters {
        #[cfg(feature = "jit")]
        if let Some(compiling) = &*self.compiling.borrow() {
            counters.add_compiling(compiling);
        }
        counters
    }
}

impl Lua {
    /// Has `observer` called with each function that is loaded from now on, wherever from, before it can run: those of
    /// a chunk in the order of their source. It must not use the state.
    pub fn observe_loading(&self, observer: impl Fn(&Loaded) + 'static) {
        self.with(|cx| {
            cx.observe_loading(Box::new(move |chunk| {
                for (proto, name) in functions_of(chunk) {
                    observer(&Loaded { name, proto });
                }
            }));
        });
    }

    /// Has a sink told of everything that the compilers do from now on. It must not use the state. Functions that have
    /// been loaded before have no names.
    ///
    /// False if the state has no compilers.
    #[cfg(feature = "jit")]
    pub fn observe_compiler(&self, sink: Rc<dyn events::Sink>) -> bool {
        let compiling = self.inner.compiling.borrow();
        let Some(compiling) = &*compiling else { return false };
        self.with(|cx| compiling.jit.observe(cx, sink));
        true
    }

    /// Counts what the compilers do from now on.
    #[cfg(feature = "jit")]
    pub fn count_compiling(&self) {
        let totals = Rc::new(Totals::default());
        if self.observe_compiler(totals.clone())
            && let Some(compiling) = &mut *self.inner.compiling.borrow_mut()
        {
            compiling.totals = Some(totals);
        }
    }

    /// What there was to count so far.
    pub fn counters(&self) -> Counters {
        self.inner.completed(self.with(|cx| Counters::of(cx)))
    }

    /// Has `observer` called when a program ends the process by `os.exit`. It must not use the state.
    pub fn observe_exit(&self, observer: impl Fn(&Exit<'_>) + 'static) {
        let inner = self.downgrade();
        self.with(|cx| {
            cx.observe_exit(Box::new(move |cx, stopped| {
                let interruption = stopped.map(|_| interruption_under_way(cx));
                observer(&Exit { cx, inner: inner.upgrade(), interruption });
            }));
        });
    }
}
