//! The oracle fuzzer: random programs, run by Perilune in all its configurations and by the reference implementation.
//!
//! **Problem.** Tests find what their authors thought of. An engine with tiers, caches and speculation breaks where
//! features meet: a metatable changed in a loop whose property accesses are cached, an error inside a coroutine inside a
//! comparison. The reference implementation is an oracle: whatever program there is, it knows what comes out.
//!
//! **Design.**
//!
//! ```text
//! seed ─► generate ─► ast ─► print ─► worker process ─► engine: PUC Lua, Perilune in every configuration
//!         (grammar,    ▲                                  │
//!          literals)   └────────── shrink ◄── run ◄── what was printed, compared
//! ```
//!
//! Programs come from a weighted grammar whose productions are Lua with holes ([`grammar`]): to have a feature fuzzed,
//! write a few lines of Lua. They are trees ([`ast`]), so that those that show a difference can be made small
//! ([`shrink`]). Workers are processes ([`worker`]), because the thing to be found may be a crash.
//!
//! Besides, there are functions that take any bytes ([`targets`]): for `cargo fuzz`, whose folder is `fuzz/`, and for a
//! simple mutator of our own ([`mutate`]).
//!
//! **Rejected.** Comparing single operations only: what breaks is what leads up to them. Mutating texts: nearly all
//! mutants don't compile or don't end. A library for generating values (`arbitrary`, `proptest`): the programs would be
//! lists of random choices, and shrinking those tends to make other programs instead of smaller ones.

#![forbid(unsafe_code)]

pub mod ast;
pub mod chunks;
pub mod corpus;
pub mod engine;
pub mod generate;
pub mod grammar;
mod lexer;
pub mod literals;
pub mod mode;
pub mod mutate;
pub mod parser;
pub mod prelude;
pub mod print;
pub mod rng;
pub mod run;
pub mod shrink;
pub mod targets;
pub mod worker;
