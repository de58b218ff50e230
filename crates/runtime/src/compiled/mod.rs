//! Compiled code, as the runtime sees it.
//!
//! **Problem.** The runtime must build and work without a compiler, and know nothing of machines; compiled code must
//! be able to do whatever the interpreter does, stop anywhere, and be entered anywhere.
//!
//! **Design.** Compiled code has no frames of its own. It works on the same frame records and registers as the
//! interpreter, and keeps nothing in machine registers from one instruction to the next but what can be had from
//! the context again. So *every* instruction boundary is a place where execution can pass from one tier to the
//! other: [`CompiledCode`] has the address of each. Calls between compiled functions push a frame record and jump; a
//! return pops it and jumps to the address in the record ([`RETURN_TO`]). The native stack doesn't grow, which is
//! why coroutine switches, errors and `pcall` need to know nothing of compiled code: all of them end in "go on with
//! the frame on top", and [`Cx::code_target`] says where that is.
//!
//! ```text
//!             ┌───────────── run: what is on top? ◄───────────────┐
//!             ▼                                                   │ leave
//!        interpreter ── callee or caller is compiled ──► compiled code ── STEPS[op]: does one instruction ──┐
//!             ▲                                            ▲  │                                             │
//!             └──────── top frame isn't compiled ──────────┼──┘      in place, or go on elsewhere           │
//!                                                          └────────────────────────────────────────────────┘
//! ```
//!
//! What compiled code doesn't do itself it has the interpreter do: [`STEPS`] has, for each opcode, a function that
//! carries out the one instruction behind which the frame's program counter is saved. So semantics are stated once,
//! and a compiler is complete from the start.
//!
//! **Invariants.**
//! - While compiled code runs, no hook is set in the running coroutine. Whatever sets one is called by a step or by
//!   [`call_native`], and [`Cx::code_target`] leads out to the interpreter.
//! - The saved program counter of every frame but the running one is exact, and so is the running one's during a
//!   step. A step finds the frame in [`Cx`]; compiled code keeps it in a register in between.
//! - A function's code lives as long as its prototype, which every frame of it keeps alive.
//!
//! **Rejected.** Compiled frames on the native stack, with native calls and returns: a coroutine would need a native
//! stack of its own, errors would have to be passed up through it, and a yield or a hook couldn't simply leave. See
//! `docs/decisions/006-stackless-compiled-code.md` for what that would gain.

pub mod plain;
mod survey;

use crate::call::{CallSpec, Next, Settled};
use crate::cx::{Cx, Fault};
use crate::feedback::{FeedbackVector, SiteCell, Stage};
use crate::function::{Closure, Native, Proto, UpBox};
use crate::heap::{Charge, Heap, RUNS_OFFSET, Run, WeakList};
use crate::interp::arith_of;
use crate::object::{Gc, Kind, Slot};
use crate::shape::Shape;
use crate::thread::{Frame, FrameKind, Ret, frame_flag};
use crate::tuning;
use crate::value::Value;
use perilune_bytecode::ops::{Instr, Op};
use perilune_bytecode::proto as code;
use perilune_semantics::arith::ArithOp;
use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::mem::offset_of;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::null;

pub use crate::feedback::{CELL_COUNT_FROM_CELLS, COUNTDOWN_FROM_CELLS};
pub use crate::interp::{Finish, META_CALLS, STEPS, arguments_of};
pub use survey::PropertySites;

/// The operator of an arithmetic opcode.
pub fn operator_of(op: Op) -> Option<ArithOp> {
    arith_of(op).map(|(op, _)| op)
}

/// Does the instruction behind which the program counter of the top frame is saved.
///
/// # Safety
/// The context is valid, nobody else uses it, and its top frame is a Lua frame in the midst of an instruction of the
/// function's opcode.
pub type Step = unsafe extern "C" fn(*mut Cx) -> Resume;

/// Where compiled code goes on. Both words travel in registers.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Resume {
    /// The address; null to go on where the step was called, since neither frame nor program counter changed.
    pub target: *const u8,
    /// The feedback cells of the function there.
    pub cells: *const SiteCell,
}

impl Resume {
    /// Go on in place.
    pub(crate) const IN_PLACE: Resume = Resume { target: null(), cells: null() };
}

/// How compiled code came to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Leave {
    /// The frame on top is to be interpreted.
    Switch = 0,
    /// The call from Rust has completed.
    Done = 1,
    /// A fault that nothing in this activation catches; it is in the context.
    Fault = 2,
    /// A panic, which is in the context. It goes on where compiled code was entered.
    Panic = 3,
}

/// The fixed addresses of a compiler's code.
#[derive(Clone, Copy, Debug)]
pub struct EntryPoints {
    /// Enters compiled code: context, poll byte, address, feedback cells.
    ///
    /// It is unsafe to call unless the address is that of an instruction of the top frame's function.
    pub enter: unsafe extern "C" fn(*mut Cx, *const u8, *const u8, *const SiteCell) -> u64,
    /// Where compiled code returns to that was called by anyone else: hands the results to [`complete_return`].
    pub generic_return: *const u8,
    /// Where compiled code returns to that compiled code called in the midst of an instruction: does what is left of it, by
    /// what that is ([`FINISHES`]), and goes on behind it.
    pub finish: [*const u8; FINISHES.len()],
    /// The entry of functions without code: has [`call_uncompiled`] make the call.
    pub uncompiled: *const u8,
    /// Leaves compiled code; one for each [`Leave`].
    pub leave: [*const u8; 4],
}

/// What compiled code can finish by itself.
pub const FINISHES: [Finish; 6] = [
    Finish::Store,
    Finish::Nothing,
    Finish::Iterate,
    Finish::Method,
    Finish::Branch,
    Finish::Close,
];

/// A function as a compiler sees it.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The bytecode and what belongs to it.
    pub proto: &'a code::Proto,
    /// Address of the first instruction.
    pub code: *const Instr,
    /// The constants, as words.
    pub constants: &'a [Slot],
    /// Address of the first feedback cell.
    pub cells: *const SiteCell,
    /// What the function has learned.
    pub feedback: &'a FeedbackVector,
    /// Slots that a call needs beyond its arguments.
    pub frame_size: u32,
    /// The shape by which property caches know strings.
    pub string_shape: *const Shape,
    /// The instruction at which the code will be entered first; 0 if by a call.
    pub entered_at: usize,
    /// How often the function has been compiled before.
    pub version: usize,
    /// Whether loops of which nothing is known may call [`learn_again`].
    pub may_learn_again: bool,
}

impl Source<'_> {
    /// The program counter behind an instruction, as an address.
    pub fn counter_behind(&self, pc: usize) -> usize {
        self.code as usize + (pc + 1) * size_of::<Instr>()
    }

    /// Whether all program counters that a frame of the function can have are the same in their upper halves, so that the
    /// lower half is all there is to save. A frame has one of them from the start: whoever pushes it, interpreter or
    /// compiled code, writes the address of the first instruction, and nothing but other counters of the function is
    /// ever written over it.
    pub fn counters_share_upper_half(&self) -> bool {
        let last = self.counter_behind(self.proto.code.len());
        self.code as usize >> 32 == last >> 32
    }

    /// The word of a constant; nil if there is no such constant.
    pub fn constant(&self, index: usize) -> u64 {
        self.constants.get(index).map_or(Value::NIL, Slot::get).bits()
    }
}

/// The machine code of a function.
pub struct CompiledCode {
    /// Where other compiled code calls it.
    pub entry: *const u8,
    /// Where `offsets` count from.
    pub base: *const u8,
    /// For each instruction, where its code begins.
    pub offsets: Box<[u32]>,
    /// What keeps the memory.
    pub owner: Box<dyn Any>,
}

/// A compiler.
pub trait Compiler {
    /// Its fixed addresses, asked for when the first function is to be compiled. `None` if there is no memory for code.
    fn entry_points(&self) -> Option<EntryPoints>;

    /// Calls and loop iterations of a function until it is compiled.
    fn threshold(&self) -> i32;

    /// Bytes of the code that exists.
    fn code_bytes(&self) -> usize;

    /// Compiles a function; `None` if it can't.
    fn compile(&self, source: Source<'_>) -> Option<CompiledCode>;
}

/// What the context knows of its compiler.
pub(crate) struct Tiers {
    compiler: OnceCell<Box<dyn Compiler>>,
    /// There as soon as a function has been about to be compiled.
    entry_points: OnceCell<EntryPoints>,
    /// [`EntryPoints::generic_return`], or null.
    pub(crate) generic_return: Cell<*const u8>,
    /// The prototypes that were made before there were entry points.
    without_entry: RefCell<WeakList<Proto>>,
    /// The fault with which compiled code was left.
    fault: Cell<Fault>,
    /// The panic with which it was left.
    panic: Cell<Option<Box<dyn Any + Send>>>,
    /// Instructions for the interpreter to look at.
    learning: Cell<u32>,
    learn_always: Cell<bool>,
    /// The branch that the learning interpreter saw last, if it hasn't seen yet which way it went.
    pub(crate) pending_branch: Cell<*const Instr>,
    /// Steps taken, by opcode.
    steps: [Cell<u64>; Op::ALL.len()],
    /// For machine code: as much as there ever was, since what was used for it stays resident.
    charge: RefCell<Charge>,
}

impl Tiers {
    pub(crate) fn new(heap: &Heap) -> Tiers {
        Tiers {
            compiler: OnceCell::new(),
            entry_points: OnceCell::new(),
            generic_return: Cell::new(null()),
            without_entry: RefCell::new(WeakList::new(heap.charge())),
            fault: Cell::new(Fault::Error),
            panic: Cell::new(None),
            learning: Cell::new(0),
            learn_always: Cell::new(false),
            pending_branch: Cell::new(null()),
            steps: [const { Cell::new(0) }; Op::ALL.len()],
            charge: RefCell::new(heap.charge()),
        }
    }

    /// Whether the interpreter is to learn.
    pub(crate) fn is_learning(&self) -> bool {
        self.learns_always() || self.learning.get() > 0
    }

    /// Whether it does so whatever happens.
    pub(crate) fn learns_always(&self) -> bool {
        self.learn_always.get()
    }

    /// Says that it learns from one instruction more. `false` if it should not.
    #[inline(always)]
    pub(crate) fn spend_learning(&self) -> bool {
        let left = self.learning.get();
        self.learning.set(left.saturating_sub(1));
        left > 0 || self.learns_always()
    }

    /// Counts a step.
    #[inline(always)]
    pub(crate) fn count_step(&self, op: Op) {
        let n = &self.steps[op as usize];
        n.set(n.get() + 1);
    }

    /// Gives a new prototype the entry of functions without code, as soon as there is one.
    pub(crate) fn adopt(&self, p: &Proto) {
        match self.entry_points.get() {
            Some(e) => p.entry.set(e.uncompiled),
            None if self.compiler.get().is_some() => self.without_entry.borrow_mut().push(p),
            None => {}
        }
    }

    /// Has the compiler make its entry points, if it hasn't yet. Most programs end before that.
    fn set_up(&self, compiler: &dyn Compiler) -> Option<&EntryPoints> {
        if self.entry_points.get().is_none() {
            let entry_points = compiler.entry_points()?;
            for p in self.without_entry.borrow().iter() {
                // SAFETY: what is in the list is alive, since no collection is under way.
                unsafe { (*p).entry.set(entry_points.uncompiled) };
            }
            self.without_entry.borrow_mut().clear();
            self.generic_return.set(entry_points.generic_return);
            let _ = self.entry_points.set(entry_points);
        }
        self.entry_points.get()
    }

    /// Forgets dead prototypes when marking has ended.
    pub(crate) fn drop_dead(&self, is_dead: &dyn Fn(*const u8) -> bool, major: bool) {
        self.without_entry.borrow_mut().drop_dead(is_dead, major);
    }

    /// What the countdown of a new function with so many instructions starts with.
    pub(crate) fn countdown(&self, instructions: usize) -> i32 {
        let threshold = self.compiler.get().map_or(i32::MAX, |c| c.threshold());
        let delay = u64::from(threshold.unsigned_abs()) * instructions as u64
            / tuning::INSTRUCTIONS_PER_DELAY as u64;
        let delay = i32::try_from(delay).unwrap_or(i32::MAX);
        if threshold <= 0 { threshold } else { threshold.saturating_add(delay) }
    }

    fn leave(&self, how: Leave) -> Resume {
        match self.entry_points.get() {
            Some(e) => Resume { target: e.leave[how as usize], cells: null() },
            None => Resume::IN_PLACE,
        }
    }
}

impl Cx {
    /// Installs a compiler, before anything is loaded. A second one is ignored.
    pub fn set_compiler(&mut self, compiler: Box<dyn Compiler>) {
        let _ = self.tiers.compiler.set(compiler);
    }

    /// Has the interpreter learn all the time, and nothing of what functions have learned be forgotten.
    pub fn learn_always(&mut self, always: bool) {
        self.tiers.learn_always.set(always);
    }

    /// How often compiled code had the interpreter do an instruction, by opcode.
    pub fn steps_taken(&self) -> impl Iterator<Item = (Op, u64)> + '_ {
        Op::ALL.iter().copied().zip(self.tiers.steps.iter().map(Cell::get))
    }

    /// The compiled code at which the frame on top goes on, if it is a function that has been compiled, or should be.
    pub(crate) fn compiled_target(&mut self) -> Option<Resume> {
        if self.hooked.get() {
            return None;
        }
        let f = self.frame_mut();
        let pc = f.pc as usize;
        let p = f.closure()?.get().proto();
        // SAFETY: the prototype of a function that is called has feedback, which it keeps alive.
        let feedback = unsafe { &*p.feedback.get() };
        let at = (pc - p.code as usize) / size_of::<Instr>();
        if p.versions.entry().is_null() {
            if feedback.countdown.get() >= 0 || self.begins_learning(feedback) {
                return None;
            }
            let Some(c) = self.compile(p, feedback, at) else {
                feedback.countdown.set(i32::MAX);
                return None;
            };
            feedback.note_compiled();
            p.resume_base.set(c.base);
            p.resume_offsets.set(c.offsets.as_ptr());
            p.versions.add(c);
        }
        // The interpreter is to come back here at each call and iteration.
        feedback.countdown.set(0);
        p.entry.set(p.versions.entry());
        let target = p.versions.target(at)?;
        let cells = feedback.cells();
        // The frame may have been pushed before there were entry points.
        let generic_return = self.tiers.generic_return.get();
        let f = self.frame_mut();
        if f.return_to.is_null() {
            f.return_to = generic_return;
        }
        Some(Resume { target, cells })
    }

    /// Where compiled code is to return to that is called in the midst of the top frame's instruction.
    pub(crate) fn finish_target(&self) -> *const u8 {
        let generic = self.tiers.generic_return.get();
        let Some(entry_points) = self.tiers.entry_points.get() else { return generic };
        let Some(f) = self.top_frame().filter(|_| !self.hooked.get()) else { return generic };
        if f.closure().is_none_or(|c| c.proto().resume_base.get().is_null()) {
            return generic;
        }
        // SAFETY: the program counter of a Lua frame in the midst of an instruction is behind it.
        let finish = Finish::of(unsafe { (*f.pc.wrapping_sub(1)).op() });
        let known = FINISHES.iter().position(|known| *known == finish);
        known.map_or(generic, |k| entry_points.finish[k])
    }

    /// Lets a function that is about to be compiled learn first, if it hasn't yet. A threshold below zero says not to.
    fn begins_learning(&self, feedback: &FeedbackVector) -> bool {
        let wanted = self.tiers.compiler.get().is_some_and(|c| c.threshold() >= 0);
        if !wanted || feedback.stage() == Stage::Learning {
            return false;
        }
        feedback.begin_learning();
        self.tiers.learning.set(tuning::LEARNING_BUDGET);
        true
    }

    /// Has the interpreter go on with the function of the top frame, which has come to a loop of which it knew nothing when
    /// this version of its code was compiled. It is compiled again when it has learned.
    fn learn_again(&mut self, version: usize) {
        let Some(p) = self.frame_mut().closure().map(|c| c.get().proto()) else { return };
        // SAFETY: the prototype of a function that is called has feedback, which it keeps alive.
        let feedback = unsafe { &*p.feedback.get() };
        let is_current = !p.versions.entry().is_null() && version + 1 == p.versions.count();
        let Some(entry_points) = self.tiers.entry_points.get().filter(|_| is_current) else {
            return;
        };
        p.versions.retire();
        p.entry.set(entry_points.uncompiled);
        feedback.begin_learning();
        self.tiers.learning.set(tuning::LEARNING_BUDGET);
    }

    fn compile(
        &self,
        p: Gc<'_, Proto>,
        feedback: &FeedbackVector,
        at: usize,
    ) -> Option<CompiledCode> {
        let compiler = self.tiers.compiler.get()?;
        // Where memory is short, functions are interpreted.
        if !self.heap.grants(p.data.code.len() * tuning::COMPILING_BYTES) {
            return None;
        }
        self.tiers.set_up(&**compiler)?;
        let compiled = compiler.compile(self.source(&p, feedback, at))?;
        let mut charge = self.tiers.charge.borrow_mut();
        if compiler.code_bytes() > charge.bytes() {
            charge.set(compiler.code_bytes());
        }
        p.charge.borrow_mut().add(size_of_val(&*compiled.offsets));
        Some(compiled)
    }

    /// A function as a compiler sees it, which will be entered at instruction `at`.
    fn source<'a>(&self, p: &'a Proto, feedback: &'a FeedbackVector, at: usize) -> Source<'a> {
        Source {
            proto: &p.data,
            code: p.code,
            constants: p.constant_slots(),
            cells: feedback.cells(),
            feedback,
            frame_size: p.frame_size,
            string_shape: self.string_shape.get(),
            entered_at: at,
            version: p.versions.count(),
            may_learn_again: feedback.has_learned()
                && p.versions.count() + 1 < tuning::MAX_VERSIONS,
        }
    }

    /// Where compiled code goes on after something that changed frames: in the frame on top, be it by leaving.
    pub(crate) fn code_target(&mut self) -> Resume {
        self.compiled_target().unwrap_or_else(|| self.tiers.leave(Leave::Switch))
    }

    /// The same, given how the work ended.
    pub(crate) fn resume_with(&mut self, result: Result<Next, Fault>) -> Resume {
        match self.settle(result) {
            Ok(Settled::Continue) => self.code_target(),
            Ok(Settled::Exit) => self.tiers.leave(Leave::Done),
            Err(fault) => self.leave_with(fault),
        }
    }

    /// Whether the instruction under way in the top frame is a tail call.
    fn is_tail_calling(&mut self) -> bool {
        // SAFETY: the program counter of a Lua frame is saved behind the instruction under way.
        unsafe { (*self.frame_mut().pc.wrapping_sub(1)).op() == Op::TailCall }
    }

    /// Leaves compiled code with a fault.
    pub(crate) fn leave_with(&self, fault: Fault) -> Resume {
        self.tiers.fault.set(fault);
        self.tiers.leave(Leave::Fault)
    }

    /// Leaves compiled code because the call from Rust has completed.
    pub(crate) fn leave_done(&self) -> Resume {
        self.tiers.leave(Leave::Done)
    }

    /// Runs compiled code from `at` on. `None` if the frame on top is to be interpreted.
    pub(crate) fn run_compiled(&mut self, at: Resume) -> Option<Result<(), Fault>> {
        let enter = self.tiers.entry_points.get()?.enter;
        let poll = self.heap.poll_address();
        // SAFETY: `compiled_target` made `at` for the frame on top.
        let how = unsafe { enter(self, poll, at.target, at.cells) };
        if how == Leave::Switch as u64 {
            None
        } else if how == Leave::Done as u64 {
            Some(Ok(()))
        } else if how == Leave::Panic as u64 {
            resume_unwind(self.tiers.panic.take().unwrap_or_else(|| Box::new(())))
        } else {
            Some(Err(self.tiers.fault.get()))
        }
    }
}

/// Does something for compiled code, which no panic may pass through: there is nothing to unwind it by. A panic leaves
/// compiled code in good order and goes on outside.
///
/// # Safety
/// The context is valid, and nobody else uses it.
#[inline(always)]
pub(crate) unsafe fn guarded(cx: *mut Cx, f: impl FnOnce(&mut Cx) -> Resume) -> Resume {
    // SAFETY: the caller's promise.
    let result = catch_unwind(AssertUnwindSafe(|| f(unsafe { &mut *cx })));
    result.unwrap_or_else(|panic| {
        // SAFETY: the caller's promise; the reference lent above is gone.
        let tiers = unsafe { &(*cx).tiers };
        tiers.panic.set(Some(panic));
        tiers.leave(Leave::Panic)
    })
}

/// Ends the top frame, a Lua frame, with `n` results from the address `src` on its stack.
///
/// # Safety
/// As for [`Step`]; the results are in the stack of the running coroutine.
pub unsafe extern "C" fn complete_return(cx: *mut Cx, src: *const Slot, n: usize) -> Resume {
    let complete = |cx: &mut Cx| {
        let src = (src as usize - cx.stack.get() as usize) / size_of::<Slot>();
        let result = cx.complete(src, n);
        cx.resume_with(result)
    };
    // SAFETY: the caller's promise.
    unsafe { guarded(cx, complete) }
}

/// Goes on at the instruction at which the program counter of the top frame is, the end of a loop of which nothing was known when
/// this version of the code was compiled: in code that knows it, or in the interpreter, which learns.
///
/// # Safety
/// The context is valid, nobody else uses it, and its top frame is a Lua frame.
pub unsafe extern "C" fn learn_again(cx: *mut Cx, version: usize) -> Resume {
    let learn = |cx: &mut Cx| {
        cx.learn_again(version);
        cx.code_target()
    };
    // SAFETY: the caller's promise.
    unsafe { guarded(cx, learn) }
}

/// Polls at the entry of the function whose frame has just been pushed.
///
/// # Safety
/// As for [`Step`], but that the frame is at its first instruction.
pub unsafe extern "C" fn poll_at_entry(cx: *mut Cx) -> Resume {
    let poll = |cx: &mut Cx| {
        let result = cx.safepoint().map(|()| Next::Continue);
        cx.resume_with(result)
    };
    // SAFETY: the caller's promise.
    unsafe { guarded(cx, poll) }
}

/// Calls the function in front of the `nargs` values at `args` in the general way, for an instruction under way in
/// the top frame, or a tail call whose frame has been dropped. What becomes of the results, how many are wanted, and the
/// flags, are in the frame to come.
///
/// # Safety
/// As for [`Step`]; the values are in the stack of the running coroutine.
pub unsafe extern "C" fn call_uncompiled(cx: *mut Cx, args: *const Slot, nargs: usize) -> Resume {
    let call = |cx: &mut Cx| {
        let func = (args as usize - cx.stack.get() as usize) / size_of::<Slot>() - 1;
        // SAFETY: there is room for one frame more than may be pushed, and these fields of it have been written.
        let (nresults, ret, flags) = unsafe {
            let next = cx.frame.get().add(1);
            (
                (&raw const (*next).nresults).read(),
                (&raw const (*next).ret).read(),
                (&raw const (*next).flags).read(),
            )
        };
        let result = cx.call_spec(CallSpec { func, nargs, nresults, ret, flags });
        cx.resume_with(result)
    };
    // SAFETY: the caller's promise.
    unsafe { guarded(cx, call) }
}

/// Calls the native function in front of the `nargs` values at `args` for an instruction under way in the top frame.
/// `nresults` results (−1: all) take its place.
///
/// # Safety
/// As for [`Step`]; the values are in the stack of the running coroutine, and the function is a native one.
pub unsafe extern "C" fn call_native(
    cx: *mut Cx,
    args: *const Slot,
    nargs: usize,
    nresults: i32,
) -> Resume {
    // SAFETY: the caller's promise.
    unsafe { guarded(cx, |cx| call_native_at(cx, args, nargs, nresults)) }
}

/// As [`call_native`].
fn call_native_at(cx: &mut Cx, args: *const Slot, nargs: usize, nresults: i32) -> Resume {
    let func = (args as usize - cx.stack.get() as usize) / size_of::<Slot>() - 1;
    let native = cx.at(func).downcast::<Native>();
    let plain = native.filter(|n| n.behaviour.is_plain()).map(|n| n.function);
    let Some(f) = plain else {
        let ret = if nresults < 0 && cx.is_tail_calling() { Ret::Finish } else { Ret::Call };
        let result = cx.call_value(func, nargs, nresults, ret);
        return cx.resume_with(result);
    };
    match cx.call_plain(f, func, nargs, nresults) {
        Ok(()) if !cx.hooked.get() => Resume::IN_PLACE,
        // It has set a hook: the interpreter goes on, with the rest of the instruction if there is one.
        Ok(()) if cx.is_tail_calling() => {
            let n = cx.top.get() - func;
            let result = cx.complete(func, n);
            cx.resume_with(result)
        }
        Ok(()) => cx.code_target(),
        Err(fault) => cx.resume_with(Err(fault)),
    }
}

/// Offset of the top frame's address in [`Cx`].
pub const CX_FRAME: usize = offset_of!(Cx, frame);
/// Offset of the stack's address.
pub const CX_STACK: usize = offset_of!(Cx, stack);
/// Offset of the address up to which the stack may be used.
pub const CX_STACK_LIMIT: usize = offset_of!(Cx, stack_limit_at);
/// Offset of the address up to which frames may be pushed.
pub const CX_FRAMES_END: usize = offset_of!(Cx, frames_end);
/// Offset of the top, an index.
pub const CX_TOP: usize = offset_of!(Cx, top);

/// Size of a frame record.
pub const FRAME_SIZE: usize = size_of::<Frame>();
/// Offset of the saved program counter in a frame. Compiled code may write its lower half only: see
/// [`Source::counters_share_upper_half`].
pub const FRAME_PC: usize = offset_of!(Frame, pc);
// Who writes halves is for processors that have the lower one first.
const _: () = assert!(cfg!(not(target_arch = "x86_64")) || cfg!(target_endian = "little"));
/// Offset of the closure.
pub const FRAME_CLOSURE: usize = offset_of!(Frame, closure);
/// Offset of the return address.
pub const RETURN_TO: usize = offset_of!(Frame, return_to);
/// Offset of the callee's slot, an index (32 bits).
pub const FRAME_FUNC: usize = offset_of!(Frame, func);
/// Offset of the first register's slot, an index (32 bits).
pub const FRAME_BASE: usize = offset_of!(Frame, base);
/// Offset of `aux` (32 bits), behind which kind, return kind, flags and state follow. All of it is zero in the frame
/// of a Lua function called by `CALL`.
pub const FRAME_AUX: usize = offset_of!(Frame, aux);
/// Offset of the byte that says what becomes of results; 0 if they go to a `CALL`.
pub const FRAME_RET: usize = offset_of!(Frame, ret);
/// The word that begins at `aux` in the frame of a function called in the midst of an instruction.
pub const FRAME_AUX_FINISH: u64 = (Ret::Finish as u64) << (8 * (FRAME_RET - FRAME_AUX));
/// The same in that of a `__call` metamethod that a `CALL` has come to.
pub const FRAME_AUX_METAMETHOD: u64 =
    (frame_flag::CALL_METAMETHOD as u64) << (8 * (offset_of!(Frame, flags) - FRAME_AUX));
/// The flag of a tail call, in the word behind `aux`.
pub const FRAME_TAIL_FLAG: u32 = (frame_flag::TAIL as u32) << 16;
/// Offset of the number of results wanted (32 bits).
pub const FRAME_NRESULTS: usize = offset_of!(Frame, nresults);
/// Offset of the number of extra arguments (32 bits).
pub const FRAME_EXTRA: usize = offset_of!(Frame, extra);

const _: () = assert!(
    offset_of!(Frame, kind) == FRAME_AUX + 4
        && offset_of!(Frame, ret) == FRAME_AUX + 5
        && offset_of!(Frame, flags) == FRAME_AUX + 6
        && offset_of!(Frame, state) == FRAME_AUX + 7
        && FrameKind::Lua as u8 == 0
        && Ret::Call as u8 == 0
);

/// Offset of the prototype in a closure.
pub const CLOSURE_PROTO: usize = offset_of!(Closure, proto);
/// Offset of the first upvalue's box in a closure.
pub const CLOSURE_UPVALUES: usize = Closure::UPVALUES_OFFSET;
/// Offset of the address of the first instruction in a prototype.
pub const PROTO_CODE: usize = offset_of!(Proto, code);
/// Offset of the address of its feedback vector.
pub const PROTO_FEEDBACK: usize = offset_of!(Proto, feedback);
/// Offset of [`CompiledCode::base`].
pub const PROTO_RESUME_BASE: usize = offset_of!(Proto, resume_base);
/// Offset of the address of [`CompiledCode::offsets`].
pub const PROTO_RESUME_OFFSETS: usize = offset_of!(Proto, resume_offsets);
/// Offset of the first cell in a feedback vector.
pub const FEEDBACK_CELLS: usize = FeedbackVector::CELLS_OFFSET;
/// Offset of the entry address in a prototype.
pub const PROTO_ENTRY: usize = offset_of!(Proto, entry);
/// Offset of the shape by which property caches know strings, in [`Cx`].
pub const CX_STRING_SHAPE: usize = offset_of!(Cx, string_shape);

/// Offset in [`Cx`] of the [`crate::heap::Run`] that objects of `bytes` come from, and the size of its cells.
pub const fn run_for(bytes: usize) -> (usize, usize) {
    let (class, cell) = Heap::class_of(bytes);
    (offset_of!(Cx, heap) + RUNS_OFFSET + class * size_of::<Run>(), cell)
}

/// Size of a box.
pub const BOX_SIZE: usize = size_of::<UpBox>();
/// The first 4 bytes of a new box.
pub const BOX_HEADER: u32 = Kind::UpBox as u32;
/// The first 8 bytes of a new table with so many slots in the object, an immediate operand; the others, but for the
/// shape, are zero.
pub const fn table_header(inline_cap: u32) -> i32 {
    assert!(inline_cap <= i8::MAX as u32);
    (Kind::Table as u32 | inline_cap << 24) as i32
}
/// Offset of the kind in an object's header.
pub const OBJECT_KIND: usize = crate::object::KIND_OFFSET;
/// Offset of the barrier state in an object's header.
pub const OBJECT_STATE: usize = crate::object::STATE_OFFSET;
/// Bytes of a property site's cell in a feedback vector.
pub const CELL_SIZE: usize = size_of::<SiteCell>();
/// Offset of the first [`crate::table::cache::PropertyCache`] in a cell.
pub const CELL_FIRST: usize = SiteCell::FIRST_OFFSET;
/// Offset of the pointer to the other [`CELL_MORE_ENTRIES`] of a property site, or null.
pub const CELL_MORE: usize = SiteCell::MORE_OFFSET;
/// How many entries there are beyond the first.
pub const CELL_MORE_ENTRIES: usize = crate::tuning::MAX_POLYMORPHIC - 1;
/// Offset in a call site's cell of the only function it has called, or null.
pub const CELL_CALLEE: usize = SiteCell::CALLEE_OFFSET;
/// Offset in a call site's cell of the byte that isn't 0 when it learns no more.
pub const CELL_SETTLED: usize = SiteCell::STATE_OFFSET;
