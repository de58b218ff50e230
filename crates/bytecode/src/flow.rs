//! Control flow and register use of a single instruction, worked out from its table row.
//!
//! The disassembler, the verifier and every compiler need "where does this go" and "which registers are these".
//! They ask here, so that the arithmetic of jump distances and counts is written once.

use crate::ops::{Control, FeedbackKind, Instr, Op, OperandKind, Regs};
use crate::proto::Proto;

/// The registers that a [`Regs`] of a table row means for a given instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// `len` registers from `start`. Not checked against the frame, so `start + len` may be up to 766.
    Exact {
        /// The first register.
        start: usize,
        /// How many.
        len: usize,
    },
    /// The registers from `start` up to the top of an open list.
    Open {
        /// The first register.
        start: usize,
    },
    /// The registers that [`captured`] gives.
    Captured,
    /// Those of the registers from `start` up whose variables are to be closed, which depends on the instructions before.
    Closing {
        /// The first register.
        start: usize,
    },
}

/// The registers that `regs` means for `i`.
#[inline]
pub fn span(regs: Regs, i: Instr) -> Span {
    match regs {
        Regs::One(f, offset) => {
            Span::Exact { start: i.field(f) as usize + offset as usize, len: 1 }
        }
        Regs::Fixed(f, offset, n) => {
            Span::Exact { start: i.field(f) as usize + offset as usize, len: n as usize }
        }
        Regs::Counted(f, offset, count, bias) => {
            let start = i.field(f) as usize + offset as usize;
            let count = i.field(count);
            if bias == 1 && count == 0 {
                return Span::Open { start };
            }
            Span::Exact { start, len: count.saturating_sub(bias as u32) as usize }
        }
        Regs::OneIf(f, offset, condition) => Span::Exact {
            start: i.field(f) as usize + offset as usize,
            len: usize::from(i.field(condition) != 0),
        },
        Regs::Captured(_) => Span::Captured,
        Regs::Closing(f) => Span::Closing { start: i.field(f) as usize },
    }
}

/// The registers of `p` whose boxes `i` captures: those of a [`Span::Captured`].
pub fn captured(p: &Proto, i: Instr) -> impl Iterator<Item = u8> {
    let functions = i.op().info().reads.iter().filter_map(move |&r| match r {
        Regs::Captured(f) => p.protos.get(i.field(f) as usize),
        Regs::One(..)
        | Regs::Fixed(..)
        | Regs::Counted(..)
        | Regs::OneIf(..)
        | Regs::Closing(_) => None,
    });
    functions.flat_map(|f| f.upvalues.iter().filter(|u| u.from_register).map(|u| u.index))
}

/// What a register of a running numeric `for` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopPart {
    /// How many iterations are left, or the limit.
    Count,
    /// The step.
    Step,
    /// The control variable.
    Control,
}

/// A register of a running numeric `for`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoopRegister {
    /// What it is.
    pub part: LoopPart,
    /// The first register of the loop, its count.
    pub first: u8,
    /// The first instruction of its body.
    pub head: usize,
}

/// Which part `register` is of a numeric `for` that instruction `pc` is in the body of, if it is one; the body ends with the
/// loop's `FORLOOP`. The verifier proves that nowhere else a loop is running.
pub fn loop_register(p: &Proto, pc: usize, register: usize) -> Option<LoopRegister> {
    p.code.iter().enumerate().skip(pc).find_map(|(end, i)| {
        let head = usize::try_from(end as i64 + 1 + i64::from(i.sd())).ok()?;
        if i.op() != Op::ForLoop || head > pc {
            return None;
        }
        let part = match register.checked_sub(usize::from(i.a()))? {
            0 => LoopPart::Count,
            1 => LoopPart::Step,
            2 => LoopPart::Control,
            _ => return None,
        };
        Some(LoopRegister { part, first: i.a(), head })
    })
}

/// The register with the box that closures made in a loop's body capture its control variable by, if there is one at `pc`.
pub fn boxed_control(p: &Proto, pc: usize, control: LoopRegister) -> Option<usize> {
    let (copy, boxed) = (p.code.get(control.head)?, p.code.get(control.head + 1)?);
    let is_copy = copy.op() == Op::Move && copy.b() == control.first + 2;
    let is_boxed = boxed.op() == Op::NewBox && boxed.a() == copy.a();
    (is_copy && is_boxed && control.head + 1 < pc).then(|| usize::from(copy.a()))
}

/// The step of the loop that instruction `prepare` prepares, if the instruction before it loads one that is known. Who
/// relies on it has to know as well that nothing jumps to `prepare`.
pub fn known_step(code: &[Instr], prepare: usize) -> Option<i32> {
    let (before, i) = (code.get(prepare.checked_sub(1)?)?, code.get(prepare)?);
    let is_step = i.op() == Op::ForPrep && before.op() == Op::LoadI && before.a() == i.a() + 2;
    is_step.then(|| before.sd())
}

/// Whether `i` takes a list of values up to the top, which the instruction before left open.
pub fn reads_open(i: Instr) -> bool {
    i.op().info().reads.iter().any(|&r| matches!(span(r, i), Span::Open { .. }))
}

/// Whether `i` is one of the instructions that jump backwards.
pub fn is_back_edge(op: Op) -> bool {
    op.info().feedback == FeedbackKind::Loop
}

/// Whether control may go on to the next instruction.
pub fn falls_through(op: Op) -> bool {
    match op.info().control {
        Control::Next | Control::Branch => true,
        Control::Jump | Control::Exit => false,
    }
}

/// The jump distance of `i`, if it has one.
pub fn jump_distance(i: Instr) -> Option<i32> {
    (i.op().info().operands[3] == OperandKind::Jump).then(|| i.sd())
}

/// Where `i`, being at `pc`, jumps if it does. `None` too for a target before the start of the code; one after its
/// end is returned.
pub fn jump_target(pc: usize, i: Instr) -> Option<usize> {
    let distance = jump_distance(i)?;
    pc.checked_add(1)?.checked_add_signed(isize::try_from(distance).ok()?)
}

/// For each instruction, whether some instruction jumps to it. Targets outside the code are left out.
pub fn jump_targets(code: &[Instr]) -> Vec<bool> {
    let mut targets = vec![false; code.len()];
    for (pc, &i) in code.iter().enumerate() {
        if let Some(slot) = jump_target(pc, i).and_then(|t| targets.get_mut(t)) {
            *slot = true;
        }
    }
    targets
}

/// The targets of back-edges, ascending: what [`crate::proto::Proto::loop_headers`] has to be.
pub fn loop_headers(code: &[Instr]) -> Vec<u32> {
    let mut headers: Vec<u32> = code
        .iter()
        .enumerate()
        .filter(|(_, i)| is_back_edge(i.op()))
        .filter_map(|(pc, &i)| u32::try_from(jump_target(pc, i)?).ok())
        .collect();
    headers.sort_unstable();
    headers.dedup();
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::Field;

    #[test]
    fn jump_operands_are_in_d_of_jumping_ops_only() {
        for &op in Op::ALL {
            let info = op.info();
            assert!(!info.operands[..3].contains(&OperandKind::Jump), "{}", info.name);
            let jumps = matches!(info.control, Control::Jump | Control::Branch);
            assert_eq!(info.operands[3] == OperandKind::Jump, jumps, "{}", info.name);
        }
    }

    #[test]
    fn spans() {
        let call = Instr::new(Op::Call, 3, 2, 0, 0);
        assert_eq!(span(Regs::One(Field::A, 1), call), Span::Exact { start: 4, len: 1 });
        assert_eq!(
            span(Regs::Counted(Field::A, 1, Field::B, 1), call),
            Span::Exact { start: 4, len: 1 }
        );
        assert_eq!(span(Regs::Counted(Field::A, 0, Field::C, 1), call), Span::Open { start: 3 });
        assert_eq!(
            span(Regs::Counted(Field::A, 0, Field::C, 0), call),
            Span::Exact { start: 3, len: 0 }
        );
        let vararg = Instr::new(Op::Vararg, 0, 5, 1, 0);
        let from_table = Regs::OneIf(Field::B, 0, Field::D);
        assert_eq!(span(from_table, vararg), Span::Exact { start: 5, len: 0 });
        assert_eq!(span(from_table, vararg.with_d(1)), Span::Exact { start: 5, len: 1 });
        assert_eq!(
            span(Regs::Closing(Field::A), Instr::new(Op::Close, 3, 0, 0, 0)),
            Span::Closing { start: 3 }
        );
        assert!(!reads_open(call));
        assert!(reads_open(call.with_b(0)));
    }

    #[test]
    fn jumps() {
        let jmp = Instr::new(Op::Jmp, 0, 0, 0, 2);
        let back = Instr::new(Op::JmpBack, 0, 0, 0, -2i32 as u32);
        assert_eq!(jump_target(1, jmp), Some(4));
        assert_eq!(jump_target(1, back), Some(0));
        assert_eq!(jump_target(0, back), None);
        assert_eq!(jump_target(0, Instr::new(Op::Return0, 0, 0, 0, 0)), None);
        assert_eq!(loop_headers(&[jmp, back, back]), [0, 1]);
        assert_eq!(jump_targets(&[jmp, back, back]), [true, true, false]);
    }
}
