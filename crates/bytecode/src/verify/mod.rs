//! Bytecode verifier: the safety net under the interpreter's unchecked accesses.
//!
//! **Problem.** The interpreter and the compilers index registers, constants, sites, upvalues and nested prototypes
//! without checks, the collector believes `live_top`, and loop instructions believe the state they find. Bytecode comes
//! from our compiler, which may have bugs, and from binary chunks, whose authors may have intentions. After [`verify`]
//! accepts a prototype none of that can go wrong.
//!
//! **Design.** Three parts for each function. *Structure*: every operand in range for its kind, tables parallel to the
//! code, jumps within it and in the direction their opcode allows, sites and constants of the right type – read off the
//! opcode table, plus one [`rules::Rule`] per opcode for what the table doesn't say. *Loops* ([`loops`]): each `for` loop
//! is a range of the code with one way in. *Flow* ([`dataflow`]): an
//! abstract interpretation that knows of each register whether it holds a value, a box, or a part of a numeric loop's
//! state. Prototypes are visited from an explicit stack, each once. Who relies on which of these facts, and which test
//! breaks each, is in `docs/bytecode-facts.md`.
//!
//! What holds at each reachable instruction of an accepted function:
//! - what it reads is initialized on every path and of the right kind: only box instructions and `CLOSURE` meet boxes,
//!   only `FORLOOP` meets loop state;
//! - every register below its live top is initialized, every register of a visible local is below it;
//! - what was at or above the live top of an instruction that may call or polls isn't read afterwards, as the
//!   collector hasn't looked at it. That includes the instruction's own operands if it reads them late (`CONCAT`,
//!   `SELF`, `RETURNCLOSE`, back-edges);
//! - what was above the base of a `CALL` isn't read afterwards except as results: callee's frames lie there, and the
//!   live top of the call isn't above it;
//! - what is neither below the live top of an instruction nor one of its operands isn't read afterwards, since a hook
//!   may run before it, and collect;
//! - a list that is left open is consumed by the very next instruction;
//! - registers marked to be closed hold values, are marked in ascending order, are not written, remain below the live
//!   top, and are closed before the function is left;
//! - a loop's count and step come from its own `FORPREP`, and its control variable is untouched.
//!
//! For the last, all three registers are written together by `FORPREP` or `FORLOOP` at one base and can't be copied, so if
//! all three are there they belong together; and no other state gets to a `FORLOOP`, as loops have one way in.
//!
//! **Invariants.** No prototype makes the verifier panic. Work is bounded: what is known of a register changes once at
//! most per block, so an instruction is seen at most 256 times (in compiled code, twice), each time in constant time.
//! Memory is a state of some 200 bytes per jump target.
//!
//! **Rejected.** Checks in the interpreter instead (they cost on every instruction); proofs carried in the chunk
//! (nothing to gain: a pass in code order nearly always suffices).

mod dataflow;
mod loops;
mod rules;
mod state;
mod structure;

use crate::disasm::{Listing, MAIN};
use crate::proto::Proto;
use crate::steps::Steps;
use std::collections::HashSet;
use std::fmt;

/// How deeply functions may be nested. The parser's own limit is lower.
const MAX_DEPTH: usize = 200;

/// How many lines of listing an error shows before and after its own.
const CONTEXT: usize = 3;

/// Why a prototype was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyError {
    /// The function, as in a listing: `main.0.2` is the third function in the first in the main one.
    pub function: String,
    /// The instruction, if it is about one.
    pub pc: Option<usize>,
    /// The text of that instruction; empty if there's none.
    pub instruction: String,
    /// What is wrong.
    pub reason: String,
    listing: String,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pc {
            Some(pc) => write!(f, "{}, instruction {pc}: {}", self.function, self.reason)?,
            None => write!(f, "{}: {}", self.function, self.reason)?,
        }
        if self.listing.is_empty() { Ok(()) } else { write!(f, "\n{}", self.listing) }
    }
}

impl std::error::Error for VerifyError {}

/// What a check found: the instruction it is about, if any, and the reason.
struct Fault {
    pc: Option<usize>,
    reason: String,
}

impl Fault {
    fn at(pc: usize, reason: impl Into<String>) -> Fault {
        Fault { pc: Some(pc), reason: reason.into() }
    }

    fn general(reason: impl Into<String>) -> Fault {
        Fault { pc: None, reason: reason.into() }
    }

    /// To be called for each item of whatever may be long.
    fn step(steps: &Steps<'_>) -> Result<(), Fault> {
        if steps.go_on() { Ok(()) } else { Err(Fault::general("verification was stopped")) }
    }
}

/// Checks `proto` and every function nested in it.
pub fn verify(proto: &Proto) -> Result<(), VerifyError> {
    verify_while(proto, &|| true)
}

/// The same, as long as `go_on` says so.
///
/// # Errors
/// What is wrong; or that it was stopped.
pub fn verify_while(proto: &Proto, go_on: &dyn Fn() -> bool) -> Result<(), VerifyError> {
    let steps = Steps::new(go_on);
    let mut stack = vec![(MAIN.to_string(), 0, proto)];
    // A prototype may be shared if it was built by hand; visiting it once keeps the work linear.
    let mut seen: HashSet<*const Proto> = HashSet::new();
    while let Some((path, depth, proto)) = stack.pop() {
        if !seen.insert(std::ptr::from_ref(proto)) {
            continue;
        }
        check(proto, depth, &steps).map_err(|fault| report(proto, path.clone(), fault))?;
        for (n, child) in proto.protos.iter().enumerate().rev() {
            stack.push((format!("{path}.{n}"), depth + 1, child));
        }
    }
    Ok(())
}

fn check(proto: &Proto, depth: usize, steps: &Steps<'_>) -> Result<(), Fault> {
    if depth > MAX_DEPTH {
        return Err(Fault::general("functions are nested too deeply"));
    }
    structure::check(proto, steps)?;
    loops::check(&proto.code, steps)?;
    let reached = dataflow::check(proto, steps)?;
    structure::check_locals(proto, &reached, steps)
}

fn report(proto: &Proto, function: String, fault: Fault) -> VerifyError {
    let listing = Listing::new(proto);
    let Some(pc) = fault.pc else {
        return VerifyError {
            function,
            pc: None,
            instruction: String::new(),
            reason: fault.reason,
            listing: String::new(),
        };
    };
    let mut lines = Vec::new();
    for at in pc.saturating_sub(CONTEXT)..pc.saturating_add(CONTEXT + 1).min(proto.code.len()) {
        lines.extend(listing.label(at).map(|label| format!("  {label}")));
        lines.push(format!("{} {}", if at == pc { ">" } else { " " }, listing.line(at)));
    }
    VerifyError {
        function,
        pc: Some(pc),
        instruction: listing.instruction(pc),
        reason: fault.reason,
        listing: lines.join("\n"),
    }
}
