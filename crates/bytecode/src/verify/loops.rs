//! The part of verification that looks at where the `for` loops are.
//!
//! **Problem.** What prepares a loop and what steps it are two instructions, each compiled with the other in mind: a
//! compiler that has seen the step of a loop loaded in front of its `FORPREP` adds that number in its `FORLOOP` without
//! looking. So it isn't enough that a `FORLOOP` finds the state of *some* loop.
//!
//! **Design.** The loops of a function are ranges of its code, and that they are can be seen without following control:
//! - a `FORPREP` or `TFORPREP` and a `FORLOOP` or `TFORLOOP` are a pair, of the same base; a loop is what lies behind the
//!   first up to the second;
//! - loops lie within one another or apart, and the registers of an inner one are above those of the outer one;
//! - a loop is entered by its preparation only: no other jump leads into it from outside.
//!
//! Since state is made by preparing and stepping only, what a `FORLOOP` finds (`dataflow` proves that it finds state) is
//! its own `FORPREP`'s.

use super::Fault;
use crate::flow;
use crate::ops::{Instr, Op};
use crate::steps::Steps;

/// A loop.
struct Loop {
    /// The instruction that prepares it. The loop begins behind it.
    prepare: usize,
    /// Its last instruction.
    last: usize,
    /// Its first register.
    base: u8,
}

impl Loop {
    fn contains(&self, pc: usize) -> bool {
        self.prepare < pc && pc <= self.last
    }
}

/// How many registers a loop works with: the state of a numeric one; iterator, its state, closing value and control
/// variable of a generic one.
fn registers(prepare: Op) -> usize {
    if prepare == Op::ForPrep { 3 } else { 4 }
}

/// Checks the loops of `code`, whose single instructions have been checked.
pub(super) fn check(code: &[Instr], steps: &Steps<'_>) -> Result<(), Fault> {
    let (loops, innermost) = find(code, steps)?;
    for (pc, &i) in code.iter().enumerate() {
        Fault::step(steps)?;
        let Some(target) = flow::jump_target(pc, i) else { continue };
        let Some(entered) = innermost.get(target).copied().flatten().and_then(|l| loops.get(l))
        else {
            continue;
        };
        if !entered.contains(pc) && pc != entered.prepare {
            let reason =
                format!("jumps into the loop that instruction {} prepares", entered.prepare);
            return Err(Fault::at(pc, reason));
        }
    }
    Ok(())
}

/// The loops of `code`, and for each instruction, the innermost one that it is in.
fn find(code: &[Instr], steps: &Steps<'_>) -> Result<(Vec<Loop>, Vec<Option<usize>>), Fault> {
    let mut loops: Vec<Loop> = Vec::new();
    // Those around the instruction, from the outermost in.
    let mut around: Vec<usize> = Vec::new();
    let mut innermost = vec![None; code.len()];
    for (pc, (&i, slot)) in code.iter().zip(&mut innermost).enumerate() {
        Fault::step(steps)?;
        while around.pop_if(|l| loops.get(*l).is_none_or(|l| l.last < pc)).is_some() {}
        *slot = around.last().copied();
        let outer = slot.and_then(|l| loops.get(l));
        match i.op() {
            Op::ForPrep | Op::TForPrep => {
                let inner = begin(code, pc, i)?;
                if let Some(outer) = outer {
                    check_nesting(code, &inner, outer)?;
                }
                around.push(loops.len());
                loops.push(inner);
            }
            Op::ForLoop | Op::TForLoop if outer.is_none_or(|l| l.last != pc) => {
                return Err(Fault::at(pc, "ends no loop"));
            }
            Op::TForCall if outer.is_none_or(|l| l.last != pc + 1) => {
                return Err(Fault::at(pc, "is not at the end of a loop"));
            }
            _ => {}
        }
    }
    Ok((loops, innermost))
}

/// The loop that the instruction `i` at `prepare` prepares.
fn begin(code: &[Instr], prepare: usize, i: Instr) -> Result<Loop, Fault> {
    let target = flow::jump_target(prepare, i).unwrap_or_default();
    // A numeric loop that doesn't run is left; a generic one begins with the call at its end.
    let (last, end) = match i.op() {
        Op::ForPrep => (target.wrapping_sub(1), Op::ForLoop),
        _ => (target.wrapping_add(1), Op::TForLoop),
    };
    let is_pair = code.get(last).is_some_and(|i| i.op() == end)
        && code.get(last).and_then(|&end| flow::jump_target(last, end)) == Some(prepare + 1);
    if is_pair {
        return Ok(Loop { prepare, last, base: i.a() });
    }
    Err(Fault::at(prepare, format!("should jump to where its {} is", end.info().name)))
}

fn check_nesting(code: &[Instr], inner: &Loop, outer: &Loop) -> Result<(), Fault> {
    if inner.last >= outer.last {
        return Err(Fault::at(inner.prepare, "begins a loop that ends outside the one around it"));
    }
    let taken = code.get(outer.prepare).map_or(0, |i| registers(i.op()));
    if usize::from(inner.base) < usize::from(outer.base) + taken {
        let reason = "begins a loop with registers of the one around it";
        return Err(Fault::at(inner.prepare, reason));
    }
    Ok(())
}
