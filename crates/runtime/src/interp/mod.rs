//! Tier 0: the interpreter.
//!
//! **Problem.** It must be as fast as a C interpreter, never recurse natively for anything Lua does, and be the one
//! place to which deoptimization can return – also in the middle of an instruction.
//!
//! **Design.** [`Interp`] holds the hot state of the running frame in locals: program counter, register base,
//! constants, feedback cells. It implements [`OpHandler`], one small inlined method per opcode, each of which has
//! its fast path here. Everything else is out of line in `slow`, works on the frame in memory, and returns
//! [`Next`]; the program counter is saved before and the hot state reloaded after. An instruction whose work
//! calls a function leaves it at that: the callee's frame says that its results go to the *finish* arm of the
//! instruction (`finish`), whether the callee was Lua or native, returned at once or was suspended for days.
//!
//! **Invariants.** The code was verified: register, constant, site and upvalue indexes are in range and jumps stay
//! in the code. `base` points into the running coroutine's stack and is reloaded after anything that may grow it.
//! The `Interp` itself is never borrowed by an out-of-line function, so that its fields stay in machine registers.
//!
//! **Rejected.** Recursion of `run` for metamethods (see `call`); a table of function pointers with tail calls
//! (not available in stable Rust, and slower when every handler must spill the state).

/// Does something out of line: saves the program counter, evaluates to `Result<Next, Fault>`, goes on from there.
macro_rules! out_of_line {
    ($self:ident, $e:expr) => {{
        $self.save_pc();
        let result: Result<Next, Fault> = $e;
        $self.resume_after(result)
    }};
}

mod access;
mod finish;
mod learn;
mod metacall;
mod slow;
mod step;

pub use finish::Finish;
pub use metacall::arguments_of;
pub use step::{META_CALLS, STEPS};

use learn::Learner;

pub(crate) use slow::{
    LoopStep, Prepared, arith_of, coerce_num, compare_values, concat_bound, concat_operands,
    make_closure, prepare_loop, raw_equal, step_loop, to_num,
};

use crate::call::{CallSpec, Next, Settled};
use crate::cx::{Cx, Fault};
use crate::feedback::{COUNTDOWN_FROM_CELLS, FeedbackVector, SiteCell};
use crate::function::{Behaviour, Closure, Native, NativeFn, UpBox};
use crate::object::{Gc, Header, Kind, Slot};
use crate::table::Table;
use crate::thread::{Frame, FrameKind, Ret, frame_flag};
use crate::tuning;
use crate::value::{Value, tag};
use perilune_bytecode::ops::{Instr, OpHandler, dispatch};
use perilune_semantics::arith::{self, ArithOp};
use std::cell::Cell;
use std::hint::cold_path;
use std::marker::PhantomData;
use std::ops::ControlFlow::{self, Break, Continue};

type V = Value<'static>;

/// Runs the top frame, and what it calls, until the call from Rust that started this activation completes.
///
/// # Errors
/// A fault that nothing in this activation catches.
pub(crate) fn run(cx: &mut Cx) -> Result<(), Fault> {
    loop {
        let end = if cx.hooked.get() {
            run_as::<Hooked>(cx)
        } else if let Some(at) = cx.compiled_target() {
            cx.run_compiled(at).map_or(End::Switch, End::Done)
        } else if cx.tiers.is_learning() {
            run_as::<Learner>(cx)
        } else {
            run_as::<Unobserved>(cx)
        };
        match end {
            End::Done(result) => return result,
            End::Switch => {}
        }
    }
}

/// Somebody who looks on while the interpreter runs: an instance of the loop for each.
trait Observer: Sized {
    /// Whether it sees calls and returns, for which these go the general way. Such an observer is for coroutines with a
    /// hook, and no other is.
    const SEES_CALLS: bool;

    /// Called before each instruction, at which the program counter is. Ends the loop if somebody else is to go on.
    fn before(interp: &mut Interp<'_, Self>) -> Flow;
}

/// Nobody looks on.
struct Unobserved;

impl Observer for Unobserved {
    const SEES_CALLS: bool = false;

    #[inline(always)]
    fn before(_: &mut Interp<'_, Self>) -> Flow {
        Continue(())
    }
}

/// The coroutine has a debug hook.
struct Hooked;

impl Observer for Hooked {
    const SEES_CALLS: bool = true;

    fn before(interp: &mut Interp<'_, Self>) -> Flow {
        let pc = interp.pc;
        interp.cx.frame_mut().pc = pc.wrapping_add(1);
        let result = interp.cx.instruction_hook();
        if result.is_ok() {
            interp.cx.frame_mut().pc = pc;
        }
        interp.resume_after(result.map(|()| Next::Continue))
    }
}

/// Why the loop ended.
enum End {
    /// The activation is over.
    Done(Result<(), Fault>),
    /// From here on another observer is to be used, or compiled code.
    Switch,
}

fn run_as<O: Observer>(cx: &mut Cx) -> End {
    let mut interp = Interp::<O>::new(cx);
    loop {
        if let Break(end) = O::before(&mut interp) {
            return end;
        }
        // SAFETY: verified code never runs off its end, so `pc` points at an instruction of it.
        let i = unsafe { *interp.pc };
        interp.pc = interp.pc.wrapping_add(1);
        if let Break(end) = dispatch(&mut interp, i) {
            return end;
        }
    }
}

/// Where an instruction has its right operand.
#[derive(Clone, Copy)]
enum Right {
    /// In a register.
    Reg(u8),
    /// In the constants.
    Const(u32),
    /// In itself.
    Imm(i32),
}

struct Interp<'c, O> {
    pc: *const Instr,
    base: *const Slot,
    constants: *const Slot,
    cells: *const SiteCell,
    closure: *const Closure,
    cx: &'c mut Cx,
    observer: PhantomData<O>,
}

type Flow = ControlFlow<End>;

impl<'c, O: Observer> Interp<'c, O> {
    /// Ready to run the top frame.
    #[inline(always)]
    fn new(cx: &'c mut Cx) -> Interp<'c, O> {
        let mut interp = Interp {
            pc: std::ptr::null(),
            base: std::ptr::null(),
            constants: std::ptr::null(),
            cells: std::ptr::null(),
            closure: std::ptr::null(),
            cx,
            observer: PhantomData,
        };
        interp.load();
        interp
    }

    /// Register `i`.
    #[inline(always)]
    fn reg(&self, i: u8) -> V {
        // SAFETY: verified code names registers below `max_stack` only, and the frame has that many slots.
        unsafe { (*self.base.add(i as usize)).get() }
    }

    /// Whether register `i` holds an inline integer. Reads the tag alone, which is one comparison with memory; ask
    /// before loading the value.
    #[inline(always)]
    fn is_small_int(&self, i: u8) -> bool {
        self.has_tag(i, tag::INT)
    }

    /// Whether register `i` holds a value with this tag.
    #[inline(always)]
    fn has_tag(&self, i: u8, wanted: u64) -> bool {
        // SAFETY: as for `reg`.
        unsafe { slot_has_tag(self.base.add(i as usize), wanted) }
    }

    /// Whether a constant has this tag.
    #[inline(always)]
    fn constant_has_tag(&self, i: u32, wanted: u64) -> bool {
        // SAFETY: as for `constant`.
        unsafe { slot_has_tag(self.constants.add(i as usize), wanted) }
    }

    #[inline(always)]
    fn set(&self, i: u8, v: Value<'_>) {
        // SAFETY: as for `reg`.
        unsafe { (*self.base.add(i as usize)).set(v) }
    }

    #[inline(always)]
    fn constant(&self, i: u32) -> V {
        // SAFETY: verified code names existing constants only.
        unsafe { (*self.constants.add(i as usize)).get() }
    }

    #[inline(always)]
    fn cell(&self, site: u32) -> &SiteCell {
        // SAFETY: verified code names existing sites only, and the feedback vector has a cell for each. It lives
        // as long as the prototype.
        unsafe { &*self.cells.add(site as usize) }
    }

    /// The feedback vector `cells` belongs to.
    #[inline(always)]
    fn feedback(&self) -> &FeedbackVector {
        // SAFETY: the closure is that of the running frame; it keeps its prototype and feedback alive, and no
        // frame is pushed without feedback.
        unsafe { &*(*(*self.closure).proto.get()).feedback.get() }
    }

    #[inline(always)]
    fn upvalue(&self, i: u8) -> &UpBox {
        // SAFETY: the closure is that of the running frame; verified code names existing upvalues only.
        unsafe { (*self.closure).upvalue_unchecked(i as usize) }
    }

    #[inline(always)]
    fn save_pc(&mut self) {
        self.cx.frame_mut().pc = self.pc;
    }

    /// Takes the hot state from the top frame and goes on with it, unless it is compiled.
    #[inline(always)]
    fn reload(&mut self) -> Flow {
        self.load();
        // SAFETY: as in `load`.
        let is_compiled = unsafe { !(*(*self.closure).proto.get()).versions.entry().is_null() };
        if is_compiled && !O::SEES_CALLS {
            return Break(End::Switch);
        }
        Continue(())
    }

    /// Takes the hot state from the top frame.
    #[inline(always)]
    fn load(&mut self) {
        let f = self.cx.frame_mut();
        debug_assert_eq!(f.kind, FrameKind::Lua);
        self.pc = f.pc;
        self.closure = f.closure;
        let base = f.base as usize;
        // SAFETY: a Lua frame has its closure, which keeps the prototype alive; `base` lies in the stack.
        unsafe {
            let proto = &*(*self.closure).proto.get();
            debug_assert!(proto.index_of(self.pc) <= proto.data.code.len());
            self.constants = proto.constants;
            self.cells = (*proto.feedback.get()).cells();
            self.base = self.cx.stack.get().add(base);
        }
    }

    /// Goes on after something out of line.
    #[inline(always)]
    fn resume_after(&mut self, result: Result<Next, Fault>) -> Flow {
        match self.cx.settle(result) {
            Ok(Settled::Continue) if self.cx.hooked.get() != O::SEES_CALLS => Break(End::Switch),
            Ok(Settled::Continue) => self.reload(),
            Ok(Settled::Exit) => Break(End::Done(Ok(()))),
            Err(fault) => Break(End::Done(Err(fault))),
        }
    }

    #[inline(always)]
    fn jump(&mut self, i: Instr) {
        self.pc = self.pc.wrapping_offset(i.sd() as isize);
    }

    #[inline(always)]
    fn jump_if(&mut self, i: Instr, cond: bool) -> Flow {
        if cond == (i.c() != 0) {
            self.jump(i);
        }
        Continue(())
    }

    #[inline(always)]
    fn set_int(&self, a: u8, i: i64) -> Flow {
        self.set(a, self.cx.int(i));
        Continue(())
    }

    #[inline(always)]
    fn set_float(&self, a: u8, f: f64) -> Flow {
        self.set(a, Value::float(f));
        Continue(())
    }

    /// An arithmetic operator with both an integer and a float form. `small` is the result for inline integers, if
    /// the operands are such and so is the result.
    #[inline(always)]
    fn arith(
        &mut self,
        i: Instr,
        y: Right,
        op: ArithOp,
        small: impl Fn(V, V) -> Option<V>,
        on_ints: impl Fn(i64, i64) -> i64,
        on_floats: impl Fn(f64, f64) -> f64,
    ) -> Flow {
        if self.is_small_int(i.b())
            && self.right_is_small(y)
            && let Some(r) = small(self.reg(i.b()), self.right(y))
        {
            self.set(i.a(), r);
            return Continue(());
        }
        // Large integers come in crowds, so they are asked for before floats.
        if self.has_tag(i.b(), tag::BIG_INT)
            && let Some(b) = self.right_int(y)
        {
            return self.set_int(i.a(), on_ints(self.big_int_in(i.b()), b));
        }
        let (x, y_value) = (self.reg(i.b()), self.right(y));
        if x.is_float() {
            if y_value.is_float() {
                let (x, y) = (x.float_unchecked(), y_value.float_unchecked());
                return self.set_float(i.a(), on_floats(x, y));
            }
            if self.right_is_small(y) {
                let y = y_value.small_int_unchecked() as f64;
                return self.set_float(i.a(), on_floats(x.float_unchecked(), y));
            }
        } else if let Some(a) = self.int_in(i.b()) {
            if let Some(b) = self.right_int(y) {
                return self.set_int(i.a(), on_ints(a, b));
            }
            if y_value.is_float() {
                return self.set_float(i.a(), on_floats(a as f64, y_value.float_unchecked()));
            }
        }
        cold_path();
        out_of_line!(self, self.cx.arith_slow(i, op, x, y_value))
    }

    /// The integer in register `i`, if there is one. For use where two inline integers have been ruled out.
    #[inline(always)]
    fn int_in(&self, i: u8) -> Option<i64> {
        if self.has_tag(i, tag::BIG_INT) {
            Some(self.big_int_in(i))
        } else if self.is_small_int(i) {
            Some(self.reg(i).small_int_unchecked())
        } else {
            None
        }
    }

    /// The integer in the cell that register `i` refers to, by its tag.
    #[inline(always)]
    fn big_int_in(&self, i: u8) -> i64 {
        debug_assert!(self.has_tag(i, tag::BIG_INT));
        // SAFETY: the tag is given to live 8-byte cells only.
        unsafe { *(self.reg(i).payload() as *const i64) }
    }

    /// The right operand of an operator.
    #[inline(always)]
    fn right(&self, r: Right) -> V {
        match r {
            Right::Reg(i) => self.reg(i),
            Right::Const(k) => self.constant(k),
            Right::Imm(n) => Value::small_int(n),
        }
    }

    /// Whether it is an inline integer.
    #[inline(always)]
    fn right_is_small(&self, r: Right) -> bool {
        match r {
            Right::Reg(i) => self.is_small_int(i),
            Right::Const(k) => self.constant_has_tag(k, tag::INT),
            Right::Imm(_) => true,
        }
    }

    /// The integer it is, if it is one.
    #[inline(always)]
    fn right_int(&self, r: Right) -> Option<i64> {
        match r {
            Right::Reg(i) => self.int_in(i),
            Right::Const(k) if self.constant_has_tag(k, tag::BIG_INT) => {
                // SAFETY: the tag is given to live 8-byte cells only.
                Some(unsafe { *(self.constant(k).payload() as *const i64) })
            }
            Right::Const(k) => self.constant(k).as_int(),
            Right::Imm(n) => Some(n as i64),
        }
    }

    /// `//` and `%`: integers fail on zero.
    #[inline(always)]
    fn divide(
        &mut self,
        i: Instr,
        x: V,
        y: V,
        op: ArithOp,
        on_ints: impl Fn(i64, i64) -> Option<i64>,
        on_floats: impl Fn(f64, f64) -> f64,
    ) -> Flow {
        if let (Some(a), Some(b)) = (x.as_int(), y.as_int()) {
            if let Some(r) = on_ints(a, b) {
                return self.set_int(i.a(), r);
            }
        } else if let (Some(a), Some(b)) = (slow::to_float(x), slow::to_float(y)) {
            return self.set_float(i.a(), on_floats(a, b));
        }
        out_of_line!(self, self.cx.arith_slow(i, op, x, y))
    }

    /// `/` and `^`: always floats.
    #[inline(always)]
    fn float_op(&mut self, i: Instr, x: V, y: V, op: ArithOp, f: impl Fn(f64, f64) -> f64) -> Flow {
        if x.is_float() && y.is_float() {
            return self.set_float(i.a(), f(x.float_unchecked(), y.float_unchecked()));
        }
        if let (Some(a), Some(b)) = (slow::to_float(x), slow::to_float(y)) {
            return self.set_float(i.a(), f(a, b));
        }
        out_of_line!(self, self.cx.arith_slow(i, op, x, y))
    }

    /// A bitwise operator. `small` is what it does to inline integers.
    #[inline(always)]
    fn bitwise(
        &mut self,
        i: Instr,
        y: Right,
        op: ArithOp,
        small: impl Fn(V, V) -> V,
        f: impl Fn(i64, i64) -> i64,
    ) -> Flow {
        if self.is_small_int(i.b()) && self.right_is_small(y) {
            self.set(i.a(), small(self.reg(i.b()), self.right(y)));
            return Continue(());
        }
        if let Some(a) = self.int_in(i.b())
            && let Some(b) = self.right_int(y)
        {
            return self.set_int(i.a(), f(a, b));
        }
        cold_path();
        out_of_line!(self, self.cx.arith_slow(i, op, self.reg(i.b()), self.right(y)))
    }

    /// A shift.
    #[inline(always)]
    fn shift(&mut self, i: Instr, y: Right, op: ArithOp, f: impl Fn(i64, i64) -> i64) -> Flow {
        if let Some(a) = self.int_in(i.b())
            && let Some(b) = self.right_int(y)
        {
            return self.set_int(i.a(), f(a, b));
        }
        cold_path();
        out_of_line!(self, self.cx.arith_slow(i, op, self.reg(i.b()), self.right(y)))
    }

    /// `<` and `<=` with jump. The operands are `x` and `y` in this order for metamethods too.
    #[inline(always)]
    fn compare(
        &mut self,
        i: Instr,
        x: V,
        y: V,
        or_equal: bool,
        on_ints: impl Fn(i64, i64) -> bool,
        on_floats: impl Fn(f64, f64) -> bool,
    ) -> Flow {
        if x.is_small_int() && y.is_small_int() {
            return self.jump_if(i, on_ints(x.small_int_unchecked(), y.small_int_unchecked()));
        }
        if x.is_float() && y.is_float() {
            return self.jump_if(i, on_floats(x.float_unchecked(), y.float_unchecked()));
        }
        if let (Some(a), Some(b)) = (slow::inline_number(x), slow::inline_number(y)) {
            return self.jump_if(i, on_floats(a, b));
        }
        cold_path();
        if let Some(r) = slow::compare_values(x, y, or_equal) {
            return self.jump_if(i, r);
        }
        out_of_line!(self, self.cx.compare_meta(x, y, or_equal))
    }

    /// Index of a stack slot.
    #[inline(always)]
    fn slot_index(&self, a: u8) -> usize {
        let offset = self.base as usize - self.cx.stack.get() as usize;
        offset / size_of::<Slot>() + a as usize
    }

    /// The number of arguments or values that a count field says, or that lie up to the top.
    #[inline(always)]
    fn count_from(&self, count: u8, first: usize) -> usize {
        if count != 0 { count as usize - 1 } else { self.cx.top.get() - first }
    }

    /// Returns `n` values from slot `src`.
    #[inline(always)]
    fn return_values(&mut self, src: usize, n: usize) -> Flow {
        let f = *self.cx.frame_mut();
        if f.ret == Ret::Call && !O::SEES_CALLS {
            self.cx.frame.set(self.cx.frame.get().wrapping_sub(1));
            self.cx.move_results(f.func as usize, src, n, f.nresults);
            return self.reload();
        }
        out_of_line!(self, self.cx.complete(src, n))
    }

    /// Calls a plain native function and returns what it returns.
    #[inline(always)]
    fn return_from_native(&mut self, f: NativeFn, func: usize, nargs: usize) -> Flow {
        self.save_pc();
        if let Err(fault) = self.cx.call_plain(f, func, nargs, -1) {
            return self.resume_after(Err(fault));
        }
        let n = self.cx.top.get() - func;
        if self.cx.hooked.get() {
            return out_of_line!(self, self.cx.complete(func, n));
        }
        self.return_values(func, n)
    }

    /// Calls a Lua function: pushes its frame and makes it the running one.
    #[inline(always)]
    fn enter(
        &mut self,
        callee: Gc<'static, Closure>,
        func: usize,
        nargs: usize,
        nresults: i32,
    ) -> Flow {
        let p = callee.proto();
        self.save_pc();
        // A first call makes the function's feedback.
        if p.feedback.get().is_null() || !self.cx.has_room(func + 1 + nargs + p.frame_size as usize)
        {
            cold_path();
            return self.call_elsewhere(func, nargs, nresults);
        }
        for missing in nargs..p.num_params as usize {
            self.cx.slot(func + 1 + missing).set(Value::NIL);
        }
        self.cx.write_lua_frame(callee.as_ptr(), p.code, func, nargs, nresults, p.num_params);
        if self.cx.poll_requested() && !p.is_vararg {
            cold_path();
            let result = self.cx.safepoint().map(|()| Next::Continue);
            self.resume_after(result)?;
            // Where each call is polled, as under stress, functions are to be compiled all the same.
            return self.count_down();
        }
        self.begin(callee.as_ptr(), func + 1);
        self.count_down()
    }

    /// Counts a call or an iteration of the running function; the program counter in its frame is right. Stops if
    /// something is to be done about it.
    #[inline(always)]
    fn count_down(&mut self) -> Flow {
        // SAFETY: the word lies this far from the first cell in every feedback vector.
        let countdown =
            unsafe { &*self.cells.byte_offset(COUNTDOWN_FROM_CELLS as isize).cast::<Cell<i32>>() };
        let left = countdown.get().wrapping_sub(1);
        countdown.set(left);
        if left < 0 && !O::SEES_CALLS {
            cold_path();
            return Break(End::Switch);
        }
        Continue(())
    }

    /// A call by the general means.
    #[inline(always)]
    fn call_elsewhere(&mut self, func: usize, nargs: usize, nresults: i32) -> Flow {
        out_of_line!(self, self.cx.call_value(func, nargs, nresults, Ret::Call))
    }

    /// The header of the function in register `i`, if there is one.
    #[inline(always)]
    fn function_in(&self, i: u8) -> Option<&'static Header> {
        if self.has_tag(i, tag::FUNCTION) { self.reg(i).as_header() } else { None }
    }

    /// Takes the hot state for a function at its first instruction, which the frame just pushed has in memory.
    #[inline(always)]
    fn begin(&mut self, closure: *const Closure, base: usize) {
        self.closure = closure;
        // SAFETY: the closure is the callee of the top frame, which keeps it and its prototype alive; `base` lies
        // in the stack.
        unsafe {
            let proto = &*(*closure).proto.get();
            self.pc = proto.code;
            self.constants = proto.constants;
            self.cells = (*proto.feedback.get()).cells();
            self.base = self.cx.stack.get().add(base);
        }
    }
}

impl<O: Observer> OpHandler for Interp<'_, O> {
    type Out = Flow;

    #[inline(always)]
    fn mov(&mut self, i: Instr) -> Flow {
        self.set(i.a(), self.reg(i.b()));
        Continue(())
    }

    #[inline(always)]
    fn loadi(&mut self, i: Instr) -> Flow {
        self.set(i.a(), Value::small_int(i.sd()));
        Continue(())
    }

    #[inline(always)]
    fn loadk(&mut self, i: Instr) -> Flow {
        self.set(i.a(), self.constant(i.d()));
        Continue(())
    }

    #[inline(always)]
    fn loadnil(&mut self, i: Instr) -> Flow {
        for r in 0..=i.b() {
            self.set(i.a().wrapping_add(r), Value::NIL);
        }
        Continue(())
    }

    #[inline(always)]
    fn loadbool(&mut self, i: Instr) -> Flow {
        self.set(i.a(), Value::bool(i.b() != 0));
        Continue(())
    }

    #[inline(always)]
    fn newbox(&mut self, i: Instr) -> Flow {
        let b = UpBox::new(&self.cx.heap, self.reg(i.a()));
        self.set(i.a(), Value::object(b));
        Continue(())
    }

    #[inline(always)]
    fn getbox(&mut self, i: Instr) -> Flow {
        self.set(i.a(), self.boxed(i.b()).value.get());
        Continue(())
    }

    #[inline(always)]
    fn setbox(&mut self, i: Instr) -> Flow {
        self.boxed(i.a()).assign(&self.cx.heap, self.reg(i.b()));
        Continue(())
    }

    #[inline(always)]
    fn getupval(&mut self, i: Instr) -> Flow {
        self.set(i.a(), self.upvalue(i.b()).value.get());
        Continue(())
    }

    #[inline(always)]
    fn setupval(&mut self, i: Instr) -> Flow {
        self.upvalue(i.b()).assign(&self.cx.heap, self.reg(i.a()));
        Continue(())
    }

    #[inline(always)]
    fn closure(&mut self, i: Instr) -> Flow {
        self.set(i.a(), slow::make_closure(self.cx, self.closure, self.base, i.d()));
        Continue(())
    }

    #[inline(always)]
    fn getenv(&mut self, i: Instr) -> Flow {
        let env = self.upvalue(i.b()).value.get();
        self.get_property(i, env, access::Source::Upvalue)
    }

    #[inline(always)]
    fn setenv(&mut self, i: Instr) -> Flow {
        let env = self.upvalue(i.b()).value.get();
        self.set_property(i, env, self.reg(i.a()), access::Source::Upvalue)
    }

    #[inline(always)]
    fn getfield(&mut self, i: Instr) -> Flow {
        self.get_property(i, self.reg(i.b()), access::Source::B)
    }

    #[inline(always)]
    fn setfield(&mut self, i: Instr) -> Flow {
        self.set_property(i, self.reg(i.a()), self.reg(i.b()), access::Source::A)
    }

    #[inline(always)]
    fn self_op(&mut self, i: Instr) -> Flow {
        let receiver = self.reg(i.b());
        self.set(i.a().wrapping_add(1), receiver);
        self.get_property(i, receiver, access::Source::B)
    }

    #[inline(always)]
    fn getindex(&mut self, i: Instr) -> Flow {
        let (object, key) = (self.reg(i.b()), self.reg(i.c()));
        if let Some(t) = object.downcast::<Table>()
            && key.is_small_int()
            && let Some(v) = t.array_get(key.small_int_unchecked())
            && !v.is_nil()
        {
            self.set(i.a(), v);
            return Continue(());
        }
        self.get_element(i, object, key)
    }

    #[inline(always)]
    fn setindex(&mut self, i: Instr) -> Flow {
        let (object, key, value) = (self.reg(i.a()), self.reg(i.b()), self.reg(i.c()));
        if let Some(t) = object.downcast::<Table>()
            && key.is_small_int()
            && t.array_set_in_place(&self.cx.heap, key.small_int_unchecked(), value)
        {
            return Continue(());
        }
        self.set_element(i, object, key, value)
    }

    #[inline(always)]
    fn getint(&mut self, i: Instr) -> Flow {
        let object = self.reg(i.b());
        if let Some(t) = object.downcast::<Table>()
            && let Some(v) = t.array_get(i.c() as i64)
            && !v.is_nil()
        {
            self.set(i.a(), v);
            return Continue(());
        }
        self.get_element(i, object, Value::small_int(i.c() as i32))
    }

    #[inline(always)]
    fn setint(&mut self, i: Instr) -> Flow {
        let (object, value) = (self.reg(i.a()), self.reg(i.c()));
        if let Some(t) = object.downcast::<Table>()
            && t.array_set_in_place(&self.cx.heap, i.b() as i64, value)
        {
            return Continue(());
        }
        self.set_element(i, object, Value::small_int(i.b() as i32), value)
    }

    #[inline(always)]
    fn newtable(&mut self, i: Instr) -> Flow {
        let t = self.feedback().allocate(self.cx, self.cell(i.d()), i.d());
        self.set(i.a(), Value::object(t));
        Continue(())
    }

    #[inline(always)]
    fn setlist(&mut self, i: Instr) -> Flow {
        let first = self.slot_index(i.a()) + 1;
        let n = self.count_from(i.b(), first);
        out_of_line!(self, self.cx.set_list(first, n, i.sd() as i64))
    }

    #[inline(always)]
    fn add(&mut self, i: Instr) -> Flow {
        let y = Right::Reg(i.c());
        self.arith(i, y, ArithOp::Add, V::small_add, i64::wrapping_add, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(&mut self, i: Instr) -> Flow {
        let y = Right::Reg(i.c());
        self.arith(i, y, ArithOp::Sub, V::small_sub, i64::wrapping_sub, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(&mut self, i: Instr) -> Flow {
        let y = Right::Reg(i.c());
        self.arith(i, y, ArithOp::Mul, V::small_mul, i64::wrapping_mul, |a, b| a * b)
    }

    #[inline(always)]
    fn modulo(&mut self, i: Instr) -> Flow {
        let (x, y) = (self.reg(i.b()), self.reg(i.c()));
        self.divide(i, x, y, ArithOp::Mod, arith::mod_int, arith::mod_float)
    }

    #[inline(always)]
    fn pow(&mut self, i: Instr) -> Flow {
        let (x, y) = (self.reg(i.b()), self.reg(i.c()));
        self.float_op(i, x, y, ArithOp::Pow, arith::pow)
    }

    #[inline(always)]
    fn div(&mut self, i: Instr) -> Flow {
        let (x, y) = (self.reg(i.b()), self.reg(i.c()));
        self.float_op(i, x, y, ArithOp::Div, |a, b| a / b)
    }

    #[inline(always)]
    fn idiv(&mut self, i: Instr) -> Flow {
        let (x, y) = (self.reg(i.b()), self.reg(i.c()));
        self.divide(i, x, y, ArithOp::IDiv, arith::idiv_int, arith::idiv_float)
    }

    #[inline(always)]
    fn band(&mut self, i: Instr) -> Flow {
        let y = Right::Reg(i.c());
        self.bitwise(i, y, ArithOp::BAnd, V::small_band, |a, b| a & b)
    }

    #[inline(always)]
    fn bor(&mut self, i: Instr) -> Flow {
        let y = Right::Reg(i.c());
        self.bitwise(i, y, ArithOp::BOr, V::small_bor, |a, b| a | b)
    }

    #[inline(always)]
    fn bxor(&mut self, i: Instr) -> Flow {
        let y = Right::Reg(i.c());
        self.bitwise(i, y, ArithOp::BXor, V::small_bxor, |a, b| a ^ b)
    }

    #[inline(always)]
    fn shl(&mut self, i: Instr) -> Flow {
        self.shift(i, Right::Reg(i.c()), ArithOp::Shl, arith::shl)
    }

    #[inline(always)]
    fn shr(&mut self, i: Instr) -> Flow {
        self.shift(i, Right::Reg(i.c()), ArithOp::Shr, arith::shr)
    }

    #[inline(always)]
    fn addi(&mut self, i: Instr) -> Flow {
        let y = Right::Imm(i.sd());
        self.arith(i, y, ArithOp::Add, V::small_add, i64::wrapping_add, |a, b| a + b)
    }

    #[inline(always)]
    fn subi(&mut self, i: Instr) -> Flow {
        let y = Right::Imm(i.sd());
        // As the reference implementation, which adds the negated integer: −0.0 − 0 is 0.0.
        self.arith(i, y, ArithOp::Sub, V::small_sub, i64::wrapping_sub, |a, b| a + (0.0 - b))
    }

    #[inline(always)]
    fn shli(&mut self, i: Instr) -> Flow {
        if i.d() < 64
            && let Some(a) = self.int_in(i.b())
        {
            return self.set_int(i.a(), a << i.d());
        }
        self.shift(i, Right::Imm(i.sd()), ArithOp::Shl, arith::shl)
    }

    #[inline(always)]
    fn shri(&mut self, i: Instr) -> Flow {
        if i.d() < 64
            && let Some(a) = self.int_in(i.b())
        {
            return self.set_int(i.a(), (a as u64 >> i.d()) as i64);
        }
        self.shift(i, Right::Imm(i.sd()), ArithOp::Shr, arith::shr)
    }

    #[inline(always)]
    fn addk(&mut self, i: Instr) -> Flow {
        let y = Right::Const(i.d());
        self.arith(i, y, ArithOp::Add, V::small_add, i64::wrapping_add, |a, b| a + b)
    }

    #[inline(always)]
    fn subk(&mut self, i: Instr) -> Flow {
        let y = Right::Const(i.d());
        self.arith(i, y, ArithOp::Sub, V::small_sub, i64::wrapping_sub, |a, b| a - b)
    }

    #[inline(always)]
    fn mulk(&mut self, i: Instr) -> Flow {
        let y = Right::Const(i.d());
        self.arith(i, y, ArithOp::Mul, V::small_mul, i64::wrapping_mul, |a, b| a * b)
    }

    #[inline(always)]
    fn modk(&mut self, i: Instr) -> Flow {
        let (x, y) = (self.reg(i.b()), self.constant(i.d()));
        self.divide(i, x, y, ArithOp::Mod, arith::mod_int, arith::mod_float)
    }

    #[inline(always)]
    fn powk(&mut self, i: Instr) -> Flow {
        let (x, y) = (self.reg(i.b()), self.constant(i.d()));
        self.float_op(i, x, y, ArithOp::Pow, arith::pow)
    }

    #[inline(always)]
    fn divk(&mut self, i: Instr) -> Flow {
        let (x, y) = (self.reg(i.b()), self.constant(i.d()));
        self.float_op(i, x, y, ArithOp::Div, |a, b| a / b)
    }

    #[inline(always)]
    fn idivk(&mut self, i: Instr) -> Flow {
        let (x, y) = (self.reg(i.b()), self.constant(i.d()));
        self.divide(i, x, y, ArithOp::IDiv, arith::idiv_int, arith::idiv_float)
    }

    #[inline(always)]
    fn bandk(&mut self, i: Instr) -> Flow {
        let y = Right::Const(i.d());
        self.bitwise(i, y, ArithOp::BAnd, V::small_band, |a, b| a & b)
    }

    #[inline(always)]
    fn bork(&mut self, i: Instr) -> Flow {
        let y = Right::Const(i.d());
        self.bitwise(i, y, ArithOp::BOr, V::small_bor, |a, b| a | b)
    }

    #[inline(always)]
    fn bxork(&mut self, i: Instr) -> Flow {
        let y = Right::Const(i.d());
        self.bitwise(i, y, ArithOp::BXor, V::small_bxor, |a, b| a ^ b)
    }

    #[inline(always)]
    fn unm(&mut self, i: Instr) -> Flow {
        let x = self.reg(i.b());
        if let Some(n) = x.as_int() {
            return self.set_int(i.a(), n.wrapping_neg());
        }
        if x.is_float() {
            return self.set_float(i.a(), -x.float_unchecked());
        }
        out_of_line!(self, self.cx.arith_slow(i, ArithOp::Unm, x, x))
    }

    #[inline(always)]
    fn bnot(&mut self, i: Instr) -> Flow {
        let x = self.reg(i.b());
        if let Some(n) = x.as_int() {
            return self.set_int(i.a(), !n);
        }
        out_of_line!(self, self.cx.arith_slow(i, ArithOp::BNot, x, x))
    }

    #[inline(always)]
    fn not(&mut self, i: Instr) -> Flow {
        self.set(i.a(), Value::bool(self.reg(i.b()).is_falsy()));
        Continue(())
    }

    #[inline(always)]
    fn len(&mut self, i: Instr) -> Flow {
        let x = self.reg(i.b());
        if let Some(t) = x.downcast::<Table>()
            && t.metatable().is_none()
        {
            return self.set_int(i.a(), t.len_border());
        }
        out_of_line!(self, self.cx.len_slow(i, x))
    }

    #[inline(always)]
    fn concat(&mut self, i: Instr) -> Flow {
        out_of_line!(self, self.cx.concat_begin(i))
    }

    #[inline(always)]
    fn jmp(&mut self, i: Instr) -> Flow {
        self.jump(i);
        Continue(())
    }

    #[inline(always)]
    fn jmpback(&mut self, i: Instr) -> Flow {
        self.jump(i);
        self.poll_at_loop(i)
    }

    #[inline(always)]
    fn jtrue(&mut self, i: Instr) -> Flow {
        if !self.reg(i.a()).is_falsy() {
            self.jump(i);
        }
        Continue(())
    }

    #[inline(always)]
    fn jfalse(&mut self, i: Instr) -> Flow {
        if self.reg(i.a()).is_falsy() {
            self.jump(i);
        }
        Continue(())
    }

    #[inline(always)]
    fn jeq(&mut self, i: Instr) -> Flow {
        let (x, y) = (self.reg(i.a()), self.reg(i.b()));
        if x.bits() == y.bits() && !x.is_float() {
            return self.jump_if(i, true);
        }
        if x.is_float() && y.is_float() {
            return self.jump_if(i, x.float_unchecked() == y.float_unchecked());
        }
        if !(x.is_table() && y.is_table() || x.is_userdata() && y.is_userdata())
            && let Some(equal) = slow::raw_equal(x, y)
        {
            return self.jump_if(i, equal);
        }
        out_of_line!(self, self.cx.equal_meta(x, y))
    }

    #[inline(always)]
    fn jlt(&mut self, i: Instr) -> Flow {
        let (x, y) = (self.reg(i.a()), self.reg(i.b()));
        self.compare(i, x, y, false, |a, b| a < b, |a, b| a < b)
    }

    #[inline(always)]
    fn jle(&mut self, i: Instr) -> Flow {
        let (x, y) = (self.reg(i.a()), self.reg(i.b()));
        self.compare(i, x, y, true, |a, b| a <= b, |a, b| a <= b)
    }

    #[inline(always)]
    fn jeqk(&mut self, i: Instr) -> Flow {
        let (x, y) = (self.reg(i.a()), self.constant(i.b() as u32));
        if x.bits() == y.bits() && !x.is_float() {
            return self.jump_if(i, true);
        }
        match slow::raw_equal(x, y) {
            Some(equal) => self.jump_if(i, equal),
            None => out_of_line!(self, self.cx.equal_meta(x, y)),
        }
    }

    #[inline(always)]
    fn jeqi(&mut self, i: Instr) -> Flow {
        let x = self.reg(i.a());
        let equal = if x.is_float() {
            x.float_unchecked() == i.sb() as f64
        } else {
            x.bits() == Value::small_int(i.sb() as i32).bits()
        };
        self.jump_if(i, equal)
    }

    #[inline(always)]
    fn jlti(&mut self, i: Instr) -> Flow {
        let (x, y) = (self.reg(i.a()), Value::small_int(i.sb() as i32));
        self.compare(i, x, y, false, |a, b| a < b, |a, b| a < b)
    }

    #[inline(always)]
    fn jlei(&mut self, i: Instr) -> Flow {
        let (x, y) = (self.reg(i.a()), Value::small_int(i.sb() as i32));
        self.compare(i, x, y, true, |a, b| a <= b, |a, b| a <= b)
    }

    #[inline(always)]
    fn jgti(&mut self, i: Instr) -> Flow {
        let (x, y) = (Value::small_int(i.sb() as i32), self.reg(i.a()));
        self.compare(i, x, y, false, |a, b| a < b, |a, b| a < b)
    }

    #[inline(always)]
    fn jgei(&mut self, i: Instr) -> Flow {
        let (x, y) = (Value::small_int(i.sb() as i32), self.reg(i.a()));
        self.compare(i, x, y, true, |a, b| a <= b, |a, b| a <= b)
    }

    #[inline(always)]
    fn call(&mut self, i: Instr) -> Flow {
        let func = self.slot_index(i.a());
        let nargs = self.count_from(i.b(), func + 1);
        let nresults = i.c() as i32 - 1;
        if !O::SEES_CALLS
            && let Some(header) = self.function_in(i.a())
        {
            if header.kind() == Kind::Closure {
                // SAFETY: the kind says so; the register keeps it alive.
                let c = unsafe { Gc::from_ptr(header as *const Header as *const Closure) };
                return self.enter(c, func, nargs, nresults);
            }
            // SAFETY: the kinds of functions are two.
            let n: Gc<'static, Native> =
                unsafe { Gc::from_ptr(header as *const Header as *const Native) };
            if n.behaviour.is_plain() {
                let f = n.function;
                return out_of_line!(
                    self,
                    self.cx.call_plain(f, func, nargs, nresults).map(|()| Next::Continue)
                );
            }
        }
        self.call_elsewhere(func, nargs, nresults)
    }

    #[inline(always)]
    fn tailcall(&mut self, i: Instr) -> Flow {
        let func = self.slot_index(i.a());
        let nargs = self.count_from(i.b(), func + 1);
        if !O::SEES_CALLS
            && let Some(header) = self.function_in(i.a())
            && header.kind() == Kind::Native
        {
            // SAFETY: the kind says so.
            let n: Gc<'static, Native> =
                unsafe { Gc::from_ptr(header as *const Header as *const Native) };
            if n.behaviour.is_plain() {
                return self.return_from_native(n.function, func, nargs);
            }
        }
        out_of_line!(self, self.cx.tail_call(func, nargs))
    }

    #[inline(always)]
    fn ret(&mut self, i: Instr) -> Flow {
        let src = self.slot_index(i.a());
        let n = self.count_from(i.b(), src);
        self.return_values(src, n)
    }

    #[inline(always)]
    fn return0(&mut self, _: Instr) -> Flow {
        let src = self.slot_index(0);
        self.return_values(src, 0)
    }

    #[inline(always)]
    fn return1(&mut self, i: Instr) -> Flow {
        let f = self.cx.frame_mut();
        if !O::SEES_CALLS && f.wants_one_result() {
            let func = f.func as usize;
            let v = self.reg(i.a());
            self.cx.slot(func).set(v);
            self.cx.frame.set(self.cx.frame.get().wrapping_sub(1));
            return self.reload();
        }
        let src = self.slot_index(i.a());
        self.return_values(src, 1)
    }

    #[inline(always)]
    fn return_close(&mut self, i: Instr) -> Flow {
        let src = self.slot_index(i.a());
        let n = self.count_from(i.b(), src);
        self.cx.frame_mut().aux = n as u32;
        out_of_line!(self, self.cx.return_after_closing(i))
    }

    #[inline(always)]
    fn varargprep(&mut self, _: Instr) -> Flow {
        out_of_line!(self, self.cx.vararg_prep())
    }

    #[inline(always)]
    fn vararg(&mut self, i: Instr) -> Flow {
        out_of_line!(self, self.cx.vararg_values(i))
    }

    #[inline(always)]
    fn vararg_table(&mut self, i: Instr) -> Flow {
        out_of_line!(self, self.cx.vararg_table(i))
    }

    #[inline(always)]
    fn getvararg(&mut self, i: Instr) -> Flow {
        let key = self.reg(i.b());
        let v = self.cx.vararg_element(key).bits();
        self.set(i.a(), Value::from_bits(v));
        Continue(())
    }

    #[inline(always)]
    fn forprep(&mut self, i: Instr) -> Flow {
        out_of_line!(self, self.cx.for_prep(i))
    }

    #[inline(always)]
    fn forloop(&mut self, i: Instr) -> Flow {
        let (a, step, control) = (i.a(), i.a().wrapping_add(1), i.a().wrapping_add(2));
        // A positive inline count says that the loop is *plain*: see `for_prep`.
        if let Some(left) = self.reg(a).positive_predecessor() {
            self.set(a, left);
            self.set(control, self.reg(control).small_sum(self.reg(step)));
            self.jump(i);
            return self.poll_at_loop(i);
        }
        if self.reg(a).bits() == Value::small_int(0).bits() {
            return Continue(());
        }
        cold_path();
        // SAFETY: verified code has these three registers.
        match step_loop(self.cx, unsafe { loop_slots(self.base.add(i.a() as usize)) }) {
            LoopStep::Next => {
                self.jump(i);
                self.poll_at_loop(i)
            }
            LoopStep::End => Continue(()),
            LoopStep::Broken => out_of_line!(self, Err(self.cx.control_error(i))),
        }
    }

    #[inline(always)]
    fn tforprep(&mut self, i: Instr) -> Flow {
        let (control, closing) = (self.reg(i.a() + 2), self.reg(i.a() + 3));
        self.set(i.a() + 2, closing);
        self.set(i.a() + 3, control);
        if !closing.is_nil() {
            let index = self.slot_index(i.a() + 2);
            self.save_pc();
            if let Err(fault) = self.cx.mark_to_be_closed(index) {
                return self.resume_after(Err(fault));
            }
        }
        self.jump(i);
        Continue(())
    }

    #[inline(always)]
    fn tforcall(&mut self, i: Instr) -> Flow {
        let count = i.c() as usize;
        // SAFETY: verified code has the registers of the loop, and as many variables as it says.
        if !O::SEES_CALLS && unsafe { iterate_known(self.base.add(i.a() as usize), count) } {
            return Continue(());
        }
        out_of_line!(self, self.cx.iterate(i))
    }

    #[inline(always)]
    fn tforloop(&mut self, i: Instr) -> Flow {
        if !self.reg(i.a() + 3).is_nil() {
            self.jump(i);
            return self.poll_at_loop(i);
        }
        Continue(())
    }

    #[inline(always)]
    fn tbc(&mut self, i: Instr) -> Flow {
        let index = self.slot_index(i.a());
        out_of_line!(self, self.cx.mark_to_be_closed(index).map(|()| Next::Continue))
    }

    #[inline(always)]
    fn close(&mut self, i: Instr) -> Flow {
        // Most scopes have nothing pending when they end.
        if self.cx.thread().tbc.borrow().is_empty() {
            return Continue(());
        }
        out_of_line!(self, self.cx.close_from(i))
    }

    #[inline(always)]
    fn checkglobal(&mut self, i: Instr) -> Flow {
        if self.reg(i.a()).is_nil() {
            return Continue(());
        }
        out_of_line!(self, Err(self.cx.global_defined_error(i)))
    }
}

impl<O: Observer> Interp<'_, O> {
    /// The box in a register.
    #[inline(always)]
    fn boxed(&self, i: u8) -> &UpBox {
        let v = self.reg(i);
        debug_assert!(v.downcast::<UpBox>().is_some());
        // SAFETY: verified code uses registers as boxes only where they hold one.
        unsafe { &*(v.payload() as *const UpBox) }
    }

    /// Polls at a back-edge just taken; the program counter is at the loop's head, but it is the loop
    /// instruction whose live registers count.
    #[inline(always)]
    fn poll_at_loop(&mut self, i: Instr) -> Flow {
        if !self.cx.poll_requested() {
            let flow = self.count_down();
            if flow.is_break() {
                self.save_pc();
            }
            return flow;
        }
        cold_path();
        let head = self.pc;
        self.cx.frame_mut().pc = head.wrapping_offset(-(i.sd() as isize));
        let result = self.cx.safepoint();
        if result.is_ok() {
            self.cx.frame_mut().pc = head;
        }
        self.resume_after(result.map(|()| Next::Continue))?;
        self.count_down()
    }
}

/// The registers of a numeric `for`.
///
/// # Safety
/// `first` is the first of them, of the running frame.
#[inline(always)]
pub(crate) unsafe fn loop_slots<'a>(first: *const Slot) -> &'a [Slot; 3] {
    // SAFETY: the caller's promise.
    unsafe { &*first.cast::<[Slot; 3]>() }
}

/// Steps a generic `for` over a table if its iterator is `next` or that of `ipairs`. `first` is the register of the
/// iterator, `count` how many variables the loop has.
///
/// # Safety
/// `first` is the first register of a loop with so many variables, of the running frame.
#[inline(always)]
pub(crate) unsafe fn iterate_known(first: *const Slot, count: usize) -> bool {
    // SAFETY: the caller's promise.
    let slot = |i: usize| unsafe { &*first.add(i) };
    let (Some(n), Some(t)) =
        (slot(0).get().downcast::<Native>(), slot(1).get().downcast::<Table>())
    else {
        return false;
    };
    let control = slot(3).get();
    let step = match n.behaviour {
        Behaviour::Next => {
            t.next(control).ok().map(|next| next.unwrap_or((Value::NIL, Value::NIL)))
        }
        Behaviour::IpairsStep if control.is_small_int() => {
            let index = control.small_int_unchecked() + 1;
            match t.array_get(index) {
                Some(v) if !v.is_nil() => Value::try_int(index).map(|k| (k, v)),
                _ if t.metatable().is_some() => None,
                _ => match t.get_int(index) {
                    v if v.is_nil() => Some((Value::NIL, Value::NIL)),
                    v => Value::try_int(index).map(|k| (k, v)),
                },
            }
        }
        _ => None,
    };
    let Some((key, value)) = step else { return false };
    slot(3).set(key);
    slot(4).set(value);
    for i in 2..count {
        slot(3 + i).set(Value::NIL);
    }
    true
}

/// Whether the value in a slot has this tag. Looks at the tag alone: one comparison with memory.
///
/// # Safety
/// The slot is one of the running frame or of its function's constants.
#[inline(always)]
unsafe fn slot_has_tag(slot: *const Slot, wanted: u64) -> bool {
    const TAG_INDEX: usize = if cfg!(target_endian = "little") { 3 } else { 0 };
    // SAFETY: the tag is one of the four 16-bit parts of the slot, which the caller says is there.
    let tag = unsafe { *(slot as *const u16).add(TAG_INDEX) };
    tag == wanted as u16
}

/// A frame replaced by a tail call keeps where its results go.
pub(crate) fn tail_spec(f: &Frame, nargs: usize) -> CallSpec {
    CallSpec {
        func: f.func as usize,
        nargs,
        nresults: f.nresults,
        ret: f.ret,
        flags: f.flags | frame_flag::TAIL,
    }
}

/// Bound of `__index` and `__newindex` chains.
pub(crate) const MAX_CHAIN: u32 = tuning::MAX_INDEX_CHAIN;
