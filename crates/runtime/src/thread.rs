//! Coroutines: a Lua stack, a stack of frames, and the list of pending to-be-closed variables.
//!
//! **Problem.** Interpreter and compilers must agree on what a call looks like in memory; the collector must
//! know which registers of every frame are alive; a coroutine switch must not touch a native stack.
//!
//! **Design.** Values live in one array of slots per coroutine. Frame records live in a second array beside it,
//! so that arguments stay where the caller put them (no header between callee and arguments) and the whole
//! slot array holds nothing but values. A frame names its callee's slot, its first register and the saved
//! program counter, and says what kind of frame it is and what is to happen with its results ([`Ret`]). The
//! interpreter's frames and those that stand for a control function (`pcall`, `resume`…) share the format.
//!
//! Both arrays are buffers of the heap, so what a coroutine holds is counted, and given back when it is dead. There may be no
//! memory for larger ones: a call asks for slots and can fail; frames are pushed without asking, so some are kept in
//! reserve, and the next safepoint fails.
//!
//! While a coroutine runs, the positions of its tops are cached in the context (see [`crate::cx`]). "The frame on top" of a
//! coroutine without frames is the one before the first: a *floor* that is never pushed or popped, nor looked into for
//! anything but an address that isn't used then. It is there so that whoever reloads the hot state after a call that has
//! completed (compiled code does, before it learns that it is to leave) reads memory of the coroutine's own.
//!
//! **Invariant.** Of a Lua frame the slots from the callee's to `base + live_top` of the instruction under way
//! hold values or boxes (up to the top, if it stores an open list); of any other frame all slots up to the next
//! frame's callee (or the top) do. Nothing else in the array is looked at by the collector, and only a hook's frame
//! lies above slots that are read again without it: it has copies of them.
//!
//! **Invariant.** The coroutine that runs is written to without the write barrier, and so is one that runs before anything else
//! can be collected: [`Thread::run`] does the barrier. What any other one refers to changes only through
//! [`Thread::assign`] and the growth of its arrays, which do it, too. So a collection needn't look at one that hasn't run since
//! the last.
//!
//! **Rejected.** Frame headers between the values of the Lua stack: every call would need a gap in front of its
//! arguments, and 200,000 levels of recursion would not fit a limit of a million slots.

use crate::function::Closure;
use crate::heap::{Heap, Marker, POLL_GC};
use crate::hook::Hook;
use crate::object::{Gc, Header, HeapObject, Kind, Slot, flag};
use crate::stress::{POISON, dead_slot, is_hostile};
use crate::tuning;
use crate::value::{Value, tag};
use perilune_bytecode::ops::{Instr, Op};
use std::cell::{Cell, RefCell};

/// What a frame stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum FrameKind {
    /// A Lua function.
    Lua,
    /// A Rust function whose activation is on the native stack.
    Native,
    /// A native function that has been replaced by a call of its own (`Behaviour::Forward`); `state` says how
    /// many results it returns.
    Forward,
    /// `pcall`. A catcher.
    Pcall,
    /// `xpcall`; the handler is the slot behind the callee's. A catcher.
    Xpcall,
    /// `coroutine.resume`, waiting for the coroutine.
    Resume,
    /// A function made by `coroutine.wrap`, waiting for the coroutine.
    Wrap,
    /// `coroutine.yield`, waiting to be resumed.
    Yield,
    /// `coroutine.close`, waiting for the coroutine's `__close` handlers.
    CloseWait,
    /// Bottom frame of a coroutine that is being closed. A catcher.
    Closing,
    /// A message handler runs above; below stand the frames of the error.
    Handler,
    /// A hook runs above; `extra` and `aux` are the first and the number of the values its event is about.
    Hook,
}

impl FrameKind {
    /// Whether a program can see such frames; others only serve the machinery.
    pub(crate) const fn is_visible(self) -> bool {
        match self {
            FrameKind::Handler | FrameKind::Closing | FrameKind::Hook => false,
            FrameKind::Lua
            | FrameKind::Native
            | FrameKind::Forward
            | FrameKind::Pcall
            | FrameKind::Xpcall
            | FrameKind::Resume
            | FrameKind::Wrap
            | FrameKind::Yield
            | FrameKind::CloseWait => true,
        }
    }
}

/// What becomes of a frame's results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Ret {
    /// They are the results of the caller's `CALL` instruction: `nresults` of them (−1: all) go to the callee's
    /// slot and up.
    Call,
    /// The caller is a Lua frame in the middle of an instruction; its *finish* arm takes them.
    Finish,
    /// The caller is a frame of another kind, which goes on with them.
    Special,
    /// The caller is Rust code: the interpreter activation ends.
    Rust,
    /// The coroutine ends and its resumer gets them.
    Resumer,
}

/// A frame.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Frame {
    /// Lua: the next instruction.
    pub(crate) pc: *const Instr,
    /// Lua: the running closure. Null otherwise.
    pub(crate) closure: *const Closure,
    /// Lua: where compiled code of this function goes when it returns (see [`crate::compiled`]). Null if there is no
    /// compiler.
    pub(crate) return_to: *const u8,
    /// Index of the callee's slot.
    pub(crate) func: u32,
    /// Index of the first register (or argument).
    pub(crate) base: u32,
    /// Lua: progress of a long instruction (values left of a `CONCAT`, values of a `RETURNCLOSE`).
    /// Catchers: the coroutine's native calls, to be restored. Others: number of arguments.
    pub(crate) aux: u32,
    /// What it stands for.
    pub(crate) kind: FrameKind,
    /// What becomes of its results.
    pub(crate) ret: Ret,
    /// See [`frame_flag`].
    pub(crate) flags: u8,
    /// Catchers: whether an error was caught and to-be-closed variables are being closed. `Forward`: results. `Hook`:
    /// whether it has copies of the values its event is about.
    pub(crate) state: u8,
    /// Results wanted if `ret` is `Call` or `Rust`; −1 for all.
    pub(crate) nresults: i32,
    /// Lua: number of extra arguments, which lie between `func` and `base`. Others: the native depth, to be
    /// restored (`pcall` and `xpcall`: what it exceeds the coroutine's `base_depth` by).
    pub(crate) extra: u32,
}

/// Bits of [`Frame::flags`].
pub mod frame_flag {
    /// The frame took the place of its caller by a tail call.
    pub const TAIL: u8 = 1;
    /// The Rust caller handles errors itself: message handlers further out aren't called.
    pub const RUST_CATCHES: u8 = 2;
    /// The callee is a finalizer.
    pub const FINALIZER: u8 = 4;
    /// One of the `__call` metamethods by which the call got to its callee: the highest four bits count them.
    pub const CALL_METAMETHOD: u8 = 16;
}

const _: () =
    assert!(crate::tuning::MAX_CALL_CHAIN <= (u8::MAX / frame_flag::CALL_METAMETHOD) as u32);

impl Frame {
    /// What lies below the first frame of a coroutine.
    const FLOOR: Frame = Frame {
        pc: std::ptr::null(),
        closure: std::ptr::null(),
        return_to: std::ptr::null(),
        func: 0,
        base: 0,
        aux: 0,
        kind: FrameKind::Native,
        ret: Ret::Rust,
        flags: 0,
        state: 0,
        nresults: 0,
        extra: 0,
    };

    /// The running closure of a Lua frame.
    pub(crate) fn closure<'g>(&self) -> Option<Gc<'g, Closure>> {
        if self.closure.is_null() {
            None
        } else {
            // SAFETY: the callee's slot keeps the closure alive as long as the frame.
            Some(unsafe { Gc::from_ptr(self.closure) })
        }
    }

    /// Whether one result goes to a `CALL` instruction.
    #[inline(always)]
    pub(crate) fn wants_one_result(&self) -> bool {
        self.nresults == 1 && self.ret == Ret::Call
    }

    /// Whether a Lua frame, being on top, is about to store a list of values that reaches up to the coroutine's top: the
    /// one instruction that takes such a list and collects before it is done with it.
    fn takes_open_list(&self, closure: &Closure) -> bool {
        let proto = closure.proto();
        let instr = proto.current_instr(self.pc).and_then(|i| proto.data.code.get(i));
        instr.is_some_and(|i| i.op() == Op::SetList && i.b() == 0)
    }

    /// How many slots from `base` are alive, for a Lua frame.
    pub(crate) fn live(&self, closure: &Closure) -> usize {
        let proto = closure.proto();
        let Some(i) = proto.current_instr(self.pc) else { return proto.num_params as usize };
        let live = proto.data.live_top.get(i).map_or(0, |t| *t as usize);
        match proto.data.code.get(i) {
            // The values to be returned lie above the static top if there is an open list.
            Some(instr) if instr.op() == Op::ReturnClose => {
                live.max(instr.a() as usize + self.aux as usize)
            }
            _ => live,
        }
    }
}

/// State of a coroutine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It hasn't started or has yielded.
    Suspended,
    /// It is the one that runs.
    Running,
    /// It has resumed another one.
    Normal,
    /// It has ended or failed.
    Dead,
}

impl Status {
    /// The name `coroutine.status` returns.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Suspended => "suspended",
            Status::Running => "running",
            Status::Normal => "normal",
            Status::Dead => "dead",
        }
    }
}

/// A coroutine.
#[repr(C)]
pub struct Thread {
    header: Header,
    status: Cell<Status>,
    /// Slots; valid also while it runs.
    pub(crate) stack: Cell<*mut Slot>,
    pub(crate) stack_len: Cell<usize>,
    /// Frames; valid also while it runs.
    pub(crate) frames: Cell<*mut Frame>,
    pub(crate) frames_cap: Cell<usize>,
    /// Number of frames, while it doesn't run.
    pub(crate) frame_count: Cell<usize>,
    /// First free slot, while it doesn't run.
    pub(crate) top: Cell<usize>,
    /// Indexes of slots that hold to-be-closed values, ascending.
    pub(crate) tbc: RefCell<Vec<u32>>,
    /// Who resumed it.
    resumer: Cell<*const Thread>,
    /// Native activations below its top: it can't yield unless this is 0.
    pub(crate) native_calls: Cell<u32>,
    /// Native depth to restore when it suspends.
    pub(crate) base_depth: Cell<u32>,
    /// The error that killed it, or that its closing is to report.
    error: Slot,
    /// Whether it died by an error.
    pub(crate) failed: Cell<bool>,
    /// Its debug hook.
    pub(crate) hook: Hook,
    growth: Growth,
    /// Whether there was no memory for more frames, so that those kept in reserve are used.
    short_of_frames: Cell<bool>,
}

// SAFETY: `repr(C)`, header first with this kind; `trace` reports all references.
unsafe impl HeapObject for Thread {
    const KIND: Kind = Kind::Thread;
    const TAG: u64 = tag::OBJECT;
    const OWNS: bool = true;

    fn trace(&self, m: &mut Marker<'_>) {
        m.object(self.resumer.get());
        m.value(self.error.get());
        m.buffer(self.stack.get() as *const u8);
        m.buffer(self.floor() as *const u8);
        self.trace_stack(m, self.frame_count.get(), self.top.get());
    }
}

/// So many slots above the top are destroyed with those that are dead; all of them would take too long.
const DESTROYED_ABOVE: usize = 64;

/// Arrays of at least so many frames keep some in reserve.
const MANY_FRAMES: usize = 600;

/// Frames kept in reserve: those that are pushed from when there is no memory for more to the next safepoint.
const SPARE_FRAMES: usize = 128;

/// Arrays of at most so many elements are moved without need.
const RELOCATABLE: usize = 512;

/// How the arrays of a coroutine begin and grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Growth {
    /// They have some room from the beginning and double.
    Double,
    /// They begin with next to nothing, grow by as little as they can and move each time. The step is a fraction of
    /// large ones, or copying would be quadratic.
    Least,
}

impl Growth {
    /// Slots and frames of a new coroutine.
    fn initial(self) -> (usize, usize) {
        match self {
            Growth::Double => (tuning::INITIAL_STACK, tuning::INITIAL_FRAMES),
            Growth::Least => (1, 1),
        }
    }

    /// How many elements follow `old` ones if `needed` are, with `spare` ones to be had for the asking.
    fn next(self, old: usize, needed: usize, spare: usize) -> usize {
        match self {
            Growth::Double => (needed + spare).max(old * 2),
            Growth::Least => needed.max(old + old / 64),
        }
    }
}

/// An array of so many elements in the heap, if the host has memory for it. The limit may be exceeded: the next safepoint
/// finds out, and the calls for which a stack grows come to one at once.
fn new_array<T>(heap: &Heap, len: usize) -> Option<*mut T> {
    Some(heap.host_buffer(len * size_of::<T>())?.cast())
}

impl Thread {
    /// A new coroutine with an empty stack.
    pub(crate) fn new<'g>(heap: &'g Heap, growth: Growth) -> Gc<'g, Thread> {
        let header = Header::new(Kind::Thread);
        header.set_flag(flag::OWNS, true);
        let (stack_len, frames_cap) = growth.initial();
        let stack = heap.alloc_buffer(stack_len * size_of::<Slot>()).cast();
        let floor = heap.alloc_buffer((frames_cap + 1) * size_of::<Frame>()).cast::<Frame>();
        // SAFETY: a new array with room for the floor and the frames.
        let frames = unsafe {
            floor.write(Frame::FLOOR);
            floor.add(1)
        };
        heap.alloc(Thread {
            header,
            status: Cell::new(Status::Suspended),
            stack: Cell::new(stack),
            stack_len: Cell::new(stack_len),
            frames: Cell::new(frames),
            frames_cap: Cell::new(frames_cap),
            frame_count: Cell::new(0),
            top: Cell::new(0),
            tbc: RefCell::new(Vec::new()),
            resumer: Cell::new(std::ptr::null()),
            native_calls: Cell::new(0),
            base_depth: Cell::new(0),
            error: Slot::new(Value::NIL),
            failed: Cell::new(false),
            hook: Hook::new(),
            growth,
            short_of_frames: Cell::new(false),
        })
    }

    /// Makes room for at least `needed` slots, if there is memory for them.
    pub(crate) fn grow_stack(&self, heap: &Heap, needed: usize) -> Option<()> {
        let old = self.stack_len.get();
        if needed <= old {
            return Some(());
        }
        let most = needed.max(tuning::MAX_STACK + tuning::STACK_RESERVE);
        let new = self.growth.next(old, needed, tuning::MIN_STACK).min(most);
        self.replace_stack(heap, new).or_else(|| self.replace_stack(heap, needed))
    }

    fn replace_stack(&self, heap: &Heap, len: usize) -> Option<()> {
        let (old, old_len) = (self.stack.get(), self.stack_len.get());
        let new: *mut Slot = new_array(heap, len)?;
        // SAFETY: both arrays have so many elements. The old one is this thread's own; callers reload their pointers
        // into it.
        unsafe {
            new.copy_from_nonoverlapping(old, old_len.min(len));
            self.discard(heap, old, old_len);
        }
        self.stack.set(new);
        self.stack_len.set(len);
        heap.barrier(&self.header);
        Some(())
    }

    /// Makes room for at least one more frame. Without memory for more, frames kept in reserve are used, and the next
    /// safepoint has to find some: see [`Thread::is_short_of_frames`].
    pub(crate) fn grow_frames(&self, heap: &Heap) {
        let cap = self.next_frames();
        let grown = heap.is_within_limit((cap + 1) * size_of::<Frame>())
            && self.replace_frames(heap, cap).is_some();
        if grown {
            self.short_of_frames.set(false);
            return;
        }
        if self.spare_frames() == 0 {
            // Few frames, or no safepoint has been passed for very many: what the heap keeps in reserve must do.
            let cap = self.frames_cap.get() + self.frames_cap.get() / 8 + 1;
            self.move_frames(heap, heap.alloc_buffer((cap + 1) * size_of::<Frame>()).cast(), cap);
        }
        self.short_of_frames.set(true);
        heap.request_poll(POLL_GC);
    }

    /// How many frames there are to be when those there are aren't enough: more than those in reserve in addition.
    fn next_frames(&self) -> usize {
        let old = self.frames_cap.get();
        let next = self.growth.next(old, old + 1, 0);
        if next < MANY_FRAMES { next } else { next.max(old + SPARE_FRAMES + 1) }
    }

    /// Frames that are kept in reserve.
    fn spare_frames(&self) -> usize {
        let many = self.frames_cap.get() >= MANY_FRAMES && !self.short_of_frames.get();
        if many { SPARE_FRAMES } else { 0 }
    }

    /// How many frames there may be.
    pub(crate) fn usable_frames(&self) -> usize {
        self.frames_cap.get() - self.spare_frames()
    }

    /// Whether frames kept in reserve are in use, of `count` frames. If not, they are kept again.
    pub(crate) fn is_short_of_frames(&self, count: usize) -> bool {
        if self.short_of_frames.get() && count + 1 + SPARE_FRAMES < self.frames_cap.get() {
            self.short_of_frames.set(false);
        }
        self.short_of_frames.get()
    }

    /// How many bytes the next larger array of frames takes.
    pub(crate) fn more_frames_bytes(&self) -> usize {
        (self.next_frames() + 1) * size_of::<Frame>()
    }

    fn replace_frames(&self, heap: &Heap, cap: usize) -> Option<()> {
        self.move_frames(heap, new_array(heap, cap + 1)?, cap);
        Some(())
    }

    /// Moves the frames to a new array, with room for the floor and `cap` of them.
    fn move_frames(&self, heap: &Heap, new: *mut Frame, cap: usize) {
        let (old, old_len) = (self.floor(), self.frames_cap.get() + 1);
        // SAFETY: as for the stack; the first element of both is the floor.
        unsafe {
            new.copy_from_nonoverlapping(old, old_len.min(cap + 1));
            self.discard(heap, old, old_len);
            self.frames.set(new.add(1));
        }
        self.frames_cap.set(cap);
        heap.barrier(&self.header);
    }

    /// The start of the array of frames.
    fn floor(&self) -> *mut Frame {
        // SAFETY: it lies before the first frame.
        unsafe { self.frames.get().sub(1) }
    }

    /// Frees an array. If arrays are to move, it is overwritten first with bytes that no stale pointer into it can
    /// mistake for elements.
    ///
    /// # Safety
    /// It is one of this thread's arrays, of so many elements, and replaced by another.
    unsafe fn discard<T>(&self, heap: &Heap, array: *mut T, len: usize) {
        if self.growth == Growth::Least {
            // SAFETY: the caller's promise.
            unsafe { array.write_bytes(POISON, len) };
        }
        heap.free_buffer(array.cast(), len * size_of::<T>());
    }

    /// Moves both arrays, unless they are so large that it would take long. Whether it did.
    pub(crate) fn relocate(&self, heap: &Heap) -> bool {
        let (slots, frames) = (self.stack_len.get(), self.frames_cap.get());
        if slots > RELOCATABLE || frames > RELOCATABLE {
            return false;
        }
        self.replace_stack(heap, slots).and_then(|()| self.replace_frames(heap, frames)).is_some()
    }

    /// What it is doing.
    pub(crate) fn status(&self) -> Status {
        self.status.get()
    }

    /// It becomes the one that runs: from now on what it holds changes unseen by the collector.
    pub(crate) fn run(&self, heap: &Heap) {
        heap.barrier(&self.header);
        self.header.set_flag(flag::UNBARRIERED, true);
        self.status.set(Status::Running);
    }

    /// It stops to be the one that runs, or dies without having run.
    pub(crate) fn rest(&self, status: Status) {
        debug_assert_ne!(status, Status::Running);
        self.header.set_flag(flag::UNBARRIERED, false);
        self.status.set(status);
    }

    /// It dies, with nothing pending and without an error to be reported.
    pub(crate) fn die(&self) {
        self.rest(Status::Dead);
        self.tbc.borrow_mut().clear();
        self.frame_count.set(0);
        self.top.set(0);
        self.failed.set(false);
        self.error.set(Value::NIL);
    }

    /// Who resumed it, if it has been resumed and not yet left.
    pub(crate) fn resumer(&self) -> *const Thread {
        self.resumer.get()
    }

    /// Sets who resumed it; null for nobody. It runs, or is about to.
    pub(crate) fn set_resumer(&self, resumer: *const Thread) {
        self.resumer.set(resumer);
    }

    /// The error that killed it, or that its closing is to report.
    pub(crate) fn error<'g>(&self) -> Value<'g> {
        self.error.get()
    }

    /// Sets it, while it runs.
    pub(crate) fn set_error(&self, v: Value<'_>) {
        debug_assert_eq!(self.status(), Status::Running);
        self.error.set(v);
    }

    /// The value in a slot of the stack.
    pub(crate) fn at<'g>(&self, index: usize) -> Value<'g> {
        self.slot(index).get()
    }

    /// Puts a value into a slot of the stack.
    pub(crate) fn assign(&self, heap: &Heap, index: usize, v: Value<'_>) {
        self.slot(index).set(v);
        heap.barrier(&self.header);
    }

    /// Puts a value on top of the stack, where there is room for it. It is new, or about to run.
    pub(crate) fn push(&self, v: Value<'_>) {
        let top = self.top.get();
        self.slot(top).set(v);
        self.top.set(top + 1);
    }

    /// A slot of the stack.
    #[inline(always)]
    fn slot(&self, index: usize) -> &Slot {
        debug_assert!(index < self.stack_len.get());
        // SAFETY: callers pass indexes below the top or within a frame, which lie in the array. The slot is a
        // cell, and the array is replaced only by `grow_stack`, across which nobody keeps a slot.
        unsafe { &*self.stack.get().add(index) }
    }

    /// A frame by number, from the bottom.
    pub(crate) fn frame(&self, index: usize) -> *const Frame {
        debug_assert!(index < self.frames_cap.get());
        // SAFETY: within the array.
        unsafe { self.frames.get().add(index) }
    }

    /// In a hostile build, overwrites slots that nothing may read before it writes them.
    fn destroy(&self, from: usize, to: usize) {
        if is_hostile() {
            for s in from..to {
                self.slot(s).set(dead_slot());
            }
        }
    }

    /// Reports the live slots, given the tops.
    pub(crate) fn trace_stack(&self, m: &mut Marker<'_>, frame_count: usize, top: usize) {
        m.charge(frame_count * size_of::<Frame>());
        let mut next_func = top;
        let mut dead_end = self.stack_len.get().min(top + DESTROYED_ABOVE);
        for i in (0..frame_count).rev() {
            // SAFETY: frames below the count are initialized.
            let f = unsafe { &*self.frame(i) };
            let end = match f.closure() {
                Some(c) if i + 1 == frame_count && f.takes_open_list(&c) => top,
                Some(c) => f.base as usize + f.live(&c),
                None => next_func,
            };
            for s in f.func as usize..end {
                m.value(self.slot(s).get());
            }
            self.destroy(end, dead_end);
            next_func = f.func as usize;
            // Below a hook's frame lie operands of the instruction about to begin. The frame has copies, which keep
            // them alive.
            dead_end = if f.kind == FrameKind::Hook { 0 } else { next_func };
        }
        // Before the first frame: the body and first arguments of a coroutine that hasn't started.
        if frame_count == 0 {
            for s in 0..top {
                m.value(self.slot(s).get());
            }
        } else {
            for s in 0..next_func {
                m.value(self.slot(s).get());
            }
        }
    }
}
