//! Binary chunks: a prototype as bytes that `load` takes back.
//!
//! **Problem.** `string.dump` promises a string from which `load` makes the same function. That string may come from
//! anywhere: cut off, damaged, written by another implementation or version, or made up by someone who wants to get
//! at the host. And it should be small.
//!
//! **Design.** A chunk is a header and then the functions, each before those nested in it.
//!
//! ```text
//! chunk     header, flags (1: stripped), function
//! function  line_defined last_line num_params vararg max_stack
//!           code live_tops constants upvalues sites [source positions locals] function*
//! ```
//!
//! Numbers are unsigned LEB128, those with a sign in zigzag; lists begin with their length. Instructions are an
//! opcode and the fields that the opcode table says it has. A string is written once and referred to by number from
//! then on, so that neither chunk name nor names cost anything in nested functions. What follows from the code (loop
//! headers, how many positions) isn't written.
//!
//! The header is the one of the reference implementation, byte for byte, since programs look at it (for the version, or
//! to tell numeric formats apart) and the same things can be wrong with it. A [`MARKER`] follows, then a
//! [`fingerprint`] of the instruction set: a chunk is for the very build of the language it was made with. The
//! marker begins with bytes in which the reference implementation, which trusts what comes after a good header, finds
//! a number out of range, so that it refuses our chunks instead of executing them.
//!
//! *Stripping* leaves out source, positions, and the names of locals and upvalues. Such a function is loaded with the
//! source `=?`, line 0 everywhere (which means "unknown", as lines count from 1), no locals, and [`NO_NAME`] for its
//! upvalues.
//!
//! **Invariants.** [`load`] doesn't panic and doesn't recurse; the memory it takes is at most proportional to the
//! input, as no list is longer than the bytes that are left. What it returns has been verified, so executing it is
//! safe, and table sizes in it are no larger than the tables its code fills. For a verified prototype,
//! `load(&dump(p, false)) == p`. A chunk that is cut off anywhere is reported as truncated; what follows a complete
//! chunk is ignored, as in the reference implementation.
//!
//! **Rejected.** A header of our own (programs that inspect it would break for nothing); a checksum (it finds
//! accidents only, and against anything else there has to be the verifier anyway); memory images of the tables, which
//! would load faster (they would be large, and tie the format to the layout of Rust types).

mod read;
mod write;

pub use read::{load, load_accepted_while, load_while};
pub use write::{dump, dump_while};

use crate::ops::Op;
use crate::verify::VerifyError;
use std::fmt;

/// The byte that binary chunks begin with and source text doesn't.
pub const FIRST_BYTE: u8 = 0x1B;

/// What stands for the name of an upvalue in a stripped function.
pub const NO_NAME: &[u8] = b"?";

/// What stands for the source of a stripped function.
const NO_SOURCE: &[u8] = b"=?";

/// How deeply functions may be nested, as in the verifier.
const MAX_DEPTH: usize = 200;

/// The parts of the header, each with what is wrong if it differs.
const HEADER: [(&[u8], &str); 14] = [
    (b"\x1BLua", "not a binary chunk"),
    (&[0x55], "version mismatch"),
    (&[0], "format mismatch"),
    (b"\x19\x93\r\n\x1A\n", "corrupted chunk"),
    (&[4], "int size mismatch"),
    (&(-0x5678_i32).to_le_bytes(), "int format mismatch"),
    (&[4], "instruction size mismatch"),
    (&0x1234_5678_u32.to_le_bytes(), "instruction format mismatch"),
    (&[8], "Lua integer size mismatch"),
    (&(-0x5678_i64).to_le_bytes(), "Lua integer format mismatch"),
    (&[8], "Lua number size mismatch"),
    (&(-370.5_f64).to_le_bytes(), "Lua number format mismatch"),
    (MARKER, "format mismatch"),
    (&FORMAT.to_le_bytes(), "version mismatch"),
];

/// Tells our chunks from others. For the reference implementation: no upvalues, and a line number that overflows.
const MARKER: &[u8] = b"\x00\xFF\xFF\xFF\xFF\xFFPerilune";

/// Version of the format. What [`fingerprint`] takes account of needs no new version.
const FORMAT: u16 = 1;

/// A hash of the instruction set: names, numbers and operands.
fn fingerprint() -> [u8; 4] {
    // FNV-1a.
    let mut hash = 0x811C_9DC5_u32;
    let mut add = |byte: u8| hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    for op in Op::ALL {
        let info = op.info();
        info.name.bytes().for_each(&mut add);
        info.operands.iter().for_each(|&kind| add(kind as u8));
    }
    hash.to_le_bytes()
}

/// Tags of constants.
mod constant_tag {
    pub(super) const NIL: u8 = 0;
    pub(super) const FALSE: u8 = 1;
    pub(super) const TRUE: u8 = 2;
    pub(super) const INT: u8 = 3;
    pub(super) const FLOAT: u8 = 4;
    pub(super) const STR: u8 = 5;
}

/// Tags of sites.
mod site_tag {
    pub(super) const PROPERTY: u8 = 0;
    pub(super) const ELEMENT: u8 = 1;
    pub(super) const CALL: u8 = 2;
    pub(super) const TABLE: u8 = 3;
}

/// Tags of the ways to take extra arguments.
mod vararg_tag {
    pub(super) const NO: u8 = 0;
    pub(super) const HIDDEN: u8 = 1;
    pub(super) const TABLE: u8 = 2;
}

/// Flags of chunk, upvalues and locals.
mod flag {
    pub(super) const STRIPPED: u8 = 1;
    pub(super) const FROM_REGISTER: u8 = 1;
    pub(super) const READ_ONLY: u8 = 2;
    pub(super) const BOXED: u8 = 1;
}

/// How many bytes of memory a byte of a chunk can take, at most: lists grow, and their items are larger than what they are
/// written as.
pub const BYTES_PER_CHUNK_BYTE: usize = 48;

/// Why a chunk was refused. The text is what messages have in `bad binary format (…)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChunkError {
    /// It isn't a chunk of this version, or isn't whole.
    Malformed(&'static str),
    /// It isn't a chunk that it would be safe to execute.
    Rejected(Box<VerifyError>),
}

impl fmt::Display for ChunkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChunkError::Malformed(what) => f.write_str(what),
            // Without the listing, which takes many lines.
            ChunkError::Rejected(e) => match e.pc {
                Some(pc) => write!(f, "{}, instruction {pc}: {}", e.function, e.reason),
                None => write!(f, "{}: {}", e.function, e.reason),
            },
        }
    }
}

impl std::error::Error for ChunkError {}
