//! Single instructions, for compiled code.
//!
//! The slow path of every opcode in compiled code is the interpreter's arm for it, run once. [`STEPS`] is generated
//! from the opcode table.

use super::metacall::{FindCall, MetaCall, arguments_of};
use super::{End, Flow, Interp, Unobserved};
use crate::compiled::{Resume, Step, guarded};
use crate::cx::Cx;
use perilune_bytecode::ops::{FeedbackKind, Instr, Op, OpHandler};
use std::ops::ControlFlow::{Break, Continue};

/// Carries out the instruction under way in the top frame by `arm`, its arm in the interpreter. What compiled code
/// leaves to a step is what it hasn't seen before, or doesn't know: so this is where it learns.
///
#[inline(always)]
fn step(
    cx: &mut Cx,
    op: Op,
    arm: impl FnOnce(&mut Interp<'_, Unobserved>, Instr) -> Flow,
) -> Resume {
    let (thread, depth) = (cx.thread.get(), cx.frame_offset());
    let mut interp = Interp::<Unobserved>::new(cx);
    let start = interp.pc;
    // SAFETY: the program counter is saved behind the instruction.
    let i = unsafe { *start.wrapping_sub(1) };
    interp.cx.tiers.count_step(op);
    // For the others, it has been done: see `metacall`.
    if arguments_of(op).is_none() || op == Op::TForCall {
        interp.see_in_step(op, i);
    }
    let flow = arm(&mut interp, i);
    let pc = interp.pc;
    let cx = interp.cx;
    match flow {
        Continue(()) => cx.frame_mut().pc = pc,
        // What was done out of line has saved the program counter.
        Break(End::Switch) => {}
        Break(End::Done(Ok(()))) => return cx.leave_done(),
        Break(End::Done(Err(fault))) => return cx.leave_with(fault),
    }
    let same_frame = cx.frame_offset() == depth && cx.thread.get() == thread;
    if same_frame && cx.frame_mut().pc == start && !cx.hooked.get() {
        return Resume::IN_PLACE;
    }
    cx.code_target()
}

impl Interp<'_, Unobserved> {
    /// Learns from an instruction what neither its template nor its arm does.
    #[inline(always)]
    pub(super) fn see_in_step(&mut self, op: Op, i: Instr) {
        match op.info().feedback {
            FeedbackKind::Arith
            | FeedbackKind::Compare
            | FeedbackKind::Element
            | FeedbackKind::Call => self.see(op, i),
            FeedbackKind::None
            | FeedbackKind::Branch
            | FeedbackKind::Loop
            | FeedbackKind::Property
            | FeedbackKind::Alloc => {}
        }
    }
}

macro_rules! define_steps {
    ($(
        #[doc = $doc:literal] $(#[doc = $more:literal])*
        $variant:ident $handler:ident $name:literal [$($k:ident)*]
        reads{$($reads:tt)*} writes{$($writes:tt)*}
        $eff:ident $ctl:ident $fb:ident;
    )*) => {
        /// For each opcode, what carries out one instruction of it.
        pub static STEPS: [Step; Op::ALL.len()] = [$({
            unsafe extern "C" fn $handler(cx: *mut Cx) -> Resume {
                // SAFETY: the caller's promise.
                unsafe { guarded(cx, |cx| step(cx, Op::$variant, |interp, i| interp.$handler(i))) }
            }
            $handler
        }),*];

        /// For each opcode, what finds the function that an instruction of it calls in its midst.
        pub static META_CALLS: [FindCall; Op::ALL.len()] = [$({
            unsafe extern "C" fn $handler(cx: *mut Cx) -> MetaCall {
                // SAFETY: the caller's promise.
                let mut interp = Interp::<Unobserved>::new(unsafe { &mut *cx });
                interp.find_call(Op::$variant).unwrap_or(MetaCall::NONE)
            }
            $handler
        }),*];
    };
}

perilune_bytecode::for_each_op!(define_steps);
