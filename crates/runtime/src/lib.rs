//! The runtime of Perilune: values, heap and collector, strings, shapes and tables, functions, coroutines, feedback,
//! the interpreter and the standard library.
//!
//! Where to begin reading: [`value`] and [`object`] (how things are represented), [`cx`] (the state, and how the
//! type system keeps heap pointers from surviving a collection), [`thread`] and `call` (frames, and how nothing
//! recurses natively), `interp` (the interpreter loop).

mod accepted;
pub mod call;
pub mod compiled;
pub mod cx;
pub mod debuginfo;
pub mod embed;
mod error;
pub mod events;
pub mod feedback;
pub mod function;
pub mod heap;
mod hook;
mod interp;
pub mod interrupt;
mod load;
pub mod names;
mod native;
mod native_stack;
pub mod object;
pub mod observe;
mod pieces;
pub mod shape;
pub mod stdlib;
pub mod stress;
pub mod string;
pub mod table;
mod text;
pub mod thread;
mod traceback;
pub mod tuning;
pub mod userdata;
pub mod value;

pub use perilune_semantics as semantics;
