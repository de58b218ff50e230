//! Bytecode of Perilune: opcode table, compiler from the syntax tree, disassembler, text parser, verifier.
#![forbid(unsafe_code)]

pub mod chunk;
pub mod compile;
pub mod disasm;
pub mod flow;
pub mod ops;
mod positions;
pub mod proto;
mod steps;
pub mod text;
pub mod verify;
