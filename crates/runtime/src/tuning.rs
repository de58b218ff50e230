//! Every number that was chosen rather than derived, in one place.
//!
//! The first group has no effect on results, only on speed and memory. The second bounds what programs can do;
//! its values are part of the observable behaviour and follow the reference implementation where it has one.
//!
//! A hostile build has tiny thresholds in the first group, so that short programs get past them.

use std::time::Duration;

/// A number, or another one in a hostile build.
const fn unless_hostile(usual: u16, tiny: u16) -> u16 {
    if crate::stress::is_hostile() { tiny } else { usual }
}

/// Shapes a site remembers before it is megamorphic.
pub const MAX_POLYMORPHIC: usize = unless_hostile(4, 2) as usize;

/// Bytes up to which a result is allocated without asking [`crate::cx::Cx::reserve`] for room first.
pub const UNANNOUNCED: usize = 4096;

/// Bytes a compiler may use for an instruction, its result included.
pub const COMPILING_BYTES: usize = 600;

/// How long something that waits for the system does so before it looks whether it should stop.
pub const INTERRUPT_SLICE: Duration = Duration::from_millis(5);

/// Stack slots of a new coroutine.
pub const INITIAL_STACK: usize = 64;

/// Frames of a new coroutine.
pub const INITIAL_FRAMES: usize = 8;

/// How often an allocation site samples its previous table before its inline capacity is settled.
pub const ALLOCATION_SAMPLES: u16 = unless_hostile(32, 2);

/// Feedback vectors of fewer bytes are made without asking whether there is memory.
pub const SMALL_FEEDBACK: usize = 4 << 10;

/// Misses of a site with all its entries taken, before it stops trying to cache.
pub const MEGAMORPHIC_MISSES: u16 = unless_hostile(32, 2);

/// Calls of functions other than the one seen before, after which a call site stops learning.
pub const CALL_SAMPLES: u16 = 64;

/// Calls and iterations of a function from when it begins to learn to when it is compiled.
pub const LEARNING_ROUNDS: i32 = 24;

/// Functions of so many instructions are compiled after twice as many calls and iterations as small ones, and so on. To compile
/// an instruction takes as long as to interpret it some 300 times, and what a large function repeats is mostly a small part.
pub const INSTRUCTIONS_PER_DELAY: usize = 12_800;

/// How often a function is compiled, at most. Each time but the first it has come to a loop of which nothing was known.
pub const MAX_VERSIONS: usize = 4;

/// Instructions that the interpreter looks at when a function begins to learn. What that function calls learns, too.
pub const LEARNING_BUDGET: u32 = 3000;

/// Stack slots a coroutine may use before "stack overflow".
pub const MAX_STACK: usize = 1_000_000;

/// Slots beyond [`MAX_STACK`] that message handlers and `__close` handlers may use once it is reached.
pub const STACK_RESERVE: usize = 2_000;

/// Slots a native function may push without asking.
pub const MIN_STACK: usize = 20;

/// Nested native calls (including resumed coroutines) before "C stack overflow".
pub const MAX_NATIVE_DEPTH: u32 = 200;

/// Bytes of native stack that have to be left for a call of Lua by a native function. What runs above, natives and errors,
/// has them to itself. A build without optimization, which assertions stand for here, needs several times as much.
pub const NATIVE_RESERVE: usize = if cfg!(debug_assertions) { 80 << 10 } else { 40 << 10 };

/// Bytes of native stack for a level of nesting in what is parsed, compiled or read.
pub const NATIVE_LEVEL: usize = if cfg!(debug_assertions) { 12 << 10 } else { 3 << 10 };

/// Bytes of native stack that are taken for granted if nobody knows how many there are.
pub const UNKNOWN_NATIVE_STACK: usize = 192 << 10;

/// Native depth at which errors inside message handlers give up: "error in error handling".
pub const ERROR_NATIVE_DEPTH: u32 = MAX_NATIVE_DEPTH / 10 * 11;

/// `__call` metamethods followed for one call.
pub const MAX_CALL_CHAIN: u32 = 15;

/// Tables followed in one `__index` or `__newindex` chain.
pub const MAX_INDEX_CHAIN: u32 = 2_000;

/// Time that all `__close` handlers together have when a program is killed; those that are left then are skipped.
pub const CLOSE_GRACE: Duration = Duration::from_millis(100);
