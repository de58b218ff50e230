//! The compilers of Perilune.
//!
//! [`install`] gives a state a compiler; from then on, functions that are called or loop often enough are compiled,
//! and the runtime enters their code (see [`perilune_runtime::compiled`] for what the two sides agree on). [`baseline`]
//! is tier 1; [`code_memory`] is where code goes.

mod baseline;
pub mod code_memory;

use baseline::StubTable;
use code_memory::{CodeMemory, Error};
use perilune_runtime::compiled::{CompiledCode, Compiler, EntryPoints, Source};
use perilune_runtime::cx::Cx;

/// What to compile, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Calls and loop iterations of a function until the baseline compiler gets it.
    pub threshold: i32,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy { threshold: 200 }
    }
}

/// Gives a state its compiler. To be called before anything is loaded.
///
/// # Errors
/// There is no memory for code, or no compiler for this machine.
pub fn install(cx: &mut Cx, policy: Policy) -> Result<(), Error> {
    let stubs = StubTable::new(0);
    let memory = CodeMemory::new(|base| StubTable::new(base.address()).code)?;
    cx.set_compiler(Box::new(Tiered { memory, stubs, policy }));
    Ok(())
}

/// The compiler of a state.
struct Tiered {
    memory: CodeMemory,
    stubs: StubTable,
    policy: Policy,
}

impl Compiler for Tiered {
    fn entry_points(&self) -> EntryPoints {
        let base = self.memory.first().map_or(0, |b| b.address());
        self.stubs.entry_points(base)
    }

    fn threshold(&self) -> i32 {
        self.policy.threshold
    }

    fn compile(&self, source: Source<'_>) -> Option<CompiledCode> {
        let unplaced = baseline::compile(&source)?;
        let code = self.memory.publish(unplaced.code.len(), |place, to| {
            unplaced.place(place.address, &self.stubs, place.base.address(), to);
        });
        let code = code.ok()?;
        Some(CompiledCode {
            entry: code.address(),
            base: code.address(),
            offsets: unplaced.offsets,
            owner: Box::new(code),
        })
    }
}
