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
//! **Rejected.** Frame headers between the values of the Lua stack: every call would need a gap in front of its
//! arguments, and 200,000 levels of recursion would not fit a limit of a million slots.

use crate::function::Closure;
use crate::heap::{Heap, Marker};
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
    /// Catchers: whether an error was caught and to-be-closed variables are being closed. `Forward`: results.
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
    pub(crate) status: Cell<Status>,
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
    pub(crate) resumer: Cell<*const Thread>,
    /// Native activations below its top: it can't yield unless this is 0.
    pub(crate) native_calls: Cell<u32>,
    /// Native depth to restore when it suspends.
    pub(crate) base_depth: Cell<u32>,
    /// The error that killed it, or that its closing is to report.
    pub(crate) error: Slot,
    /// Whether it died by an error.
    pub(crate) failed: Cell<bool>,
    /// Its debug hook.
    pub(crate) hook: Hook,
    growth: Growth,
}

// SAFETY: `repr(C)`, header first with this kind; `trace` reports all references.
unsafe impl HeapObject for Thread {
    const KIND: Kind = Kind::Thread;
    const TAG: u64 = tag::OBJECT;
    const OWNS: bool = true;

    fn trace(&self, m: &mut Marker<'_>) {
        m.object(self.resumer.get());
        m.value(self.error.get());
        self.trace_stack(m, self.frame_count.get(), self.top.get());
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        // SAFETY: both arrays were made with these capacities, that of frames with a floor, and nobody else frees them.
        unsafe {
            free_array(self.stack.get(), self.stack_len.get());
            free_array(self.frames.get().sub(1), self.frames_cap.get() + 1);
        }
    }
}

/// An array of so many frames behind a floor, which is written; `old` of `old_len` frames is moved there.
///
/// # Safety
/// As for [`grow_array`], of an array that this function made.
unsafe fn grow_frame_array(old: *mut Frame, old_len: usize, new_len: usize, moves: bool) -> *mut Frame {
    // SAFETY: the array begins with the floor, one before `old`.
    unsafe {
        let new = if old.is_null() {
            grow_array(old, 0, new_len + 1)
        } else if moves {
            move_array(old.sub(1), old_len + 1, new_len + 1)
        } else {
            grow_array(old.sub(1), old_len + 1, new_len + 1)
        };
        new.write(Frame::FLOOR);
        new.add(1)
    }
}

/// So many slots above the top are destroyed with those that are dead; all of them would take too long.
const DESTROYED_ABOVE: usize = 64;

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

/// As [`grow_array`], but the copy is never where the old array was, and that is overwritten with bytes that no
/// stale pointer into it can mistake for elements.
///
/// # Safety
/// As for [`grow_array`].
unsafe fn move_array<T>(old: *mut T, old_len: usize, new_len: usize) -> *mut T {
    // SAFETY: both arrays have so many elements; the old one is the caller's.
    unsafe {
        let new: *mut T = grow_array(std::ptr::null_mut(), 0, new_len);
        new.copy_from_nonoverlapping(old, old_len.min(new_len));
        old.write_bytes(POISON, old_len);
        free_array(old, old_len);
        new
    }
}

/// A larger copy of an array; the old one is freed. New elements are uninitialized.
///
/// # Safety
/// `old` is null or was returned by this function with `old_len` elements; nothing refers to it afterwards.
unsafe fn grow_array<T>(old: *mut T, old_len: usize, new_len: usize) -> *mut T {
    let layout = |n: usize| std::alloc::Layout::array::<T>(n).expect("bounded by the stack limit");
    // SAFETY: layouts are nonzero-sized and, for `old`, the one it was made with.
    let p = unsafe {
        if old.is_null() {
            std::alloc::alloc(layout(new_len))
        } else {
            std::alloc::realloc(old as *mut u8, layout(old_len), layout(new_len).size())
        }
    };
    if p.is_null() {
        std::alloc::handle_alloc_error(layout(new_len));
    }
    p as *mut T
}

/// # Safety
/// As for [`grow_array`].
unsafe fn free_array<T>(p: *mut T, len: usize) {
    if let (false, Ok(layout)) = (p.is_null(), std::alloc::Layout::array::<T>(len)) {
        // SAFETY: made with this layout.
        unsafe { std::alloc::dealloc(p as *mut u8, layout) };
    }
}

impl Thread {
    /// A new coroutine with an empty stack.
    pub(crate) fn new<'g>(heap: &'g Heap, growth: Growth) -> Gc<'g, Thread> {
        let header = Header::new(Kind::Thread);
        header.set_flag(flag::OWNS, true);
        let (stack_len, frames_cap) = growth.initial();
        // SAFETY: there are no old arrays.
        let (stack, frames) = unsafe {
            (
                grow_array(std::ptr::null_mut(), 0, stack_len),
                grow_frame_array(std::ptr::null_mut(), 0, frames_cap, false),
            )
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
        })
    }

    /// Makes room for at least `needed` slots.
    pub(crate) fn grow_stack(&self, needed: usize) {
        let old = self.stack_len.get();
        if needed <= old {
            return;
        }
        let most = needed.max(tuning::MAX_STACK + tuning::STACK_RESERVE);
        let new = self.growth.next(old, needed, tuning::MIN_STACK).min(most);
        // SAFETY: the array is this thread's own; callers reload their pointers into it.
        self.stack.set(unsafe { self.grow(self.stack.get(), old, new) });
        self.stack_len.set(new);
    }

    /// Makes room for at least one more frame.
    pub(crate) fn grow_frames(&self) {
        let old = self.frames_cap.get();
        let new = self.growth.next(old, old + 1, 0);
        // SAFETY: as above.
        self.frames.set(unsafe {
            grow_frame_array(self.frames.get(), old, new, self.growth == Growth::Least)
        });
        self.frames_cap.set(new);
    }

    /// Moves both arrays, unless they are so large that it would take long. Whether it did.
    pub(crate) fn relocate(&self) -> bool {
        let (slots, frames) = (self.stack_len.get(), self.frames_cap.get());
        if slots > RELOCATABLE || frames > RELOCATABLE {
            return false;
        }
        // SAFETY: as for `grow_stack`.
        unsafe {
            self.stack.set(move_array(self.stack.get(), slots, slots));
            self.frames.set(grow_frame_array(self.frames.get(), frames, frames, true));
        }
        true
    }

    /// A larger copy of an array.
    ///
    /// # Safety
    /// As for [`grow_array`].
    unsafe fn grow<T>(&self, old: *mut T, old_len: usize, new_len: usize) -> *mut T {
        // SAFETY: the caller's promise.
        unsafe {
            match self.growth {
                Growth::Double => grow_array(old, old_len, new_len),
                Growth::Least => move_array(old, old_len, new_len),
            }
        }
    }

    /// A slot of the stack.
    #[inline(always)]
    pub(crate) fn slot(&self, index: usize) -> &Slot {
        debug_assert!(index < self.stack_len.get());
        // SAFETY: callers pass indexes below the top or within a frame, which lie in the array. The slot is a
        // cell, and the array is replaced only by `grow_stack`, across which nobody keeps a slot.
        unsafe { &*self.stack.get().add(index) }
    }

    /// A frame by number, from the bottom.
    pub(crate) fn frame(&self, index: usize) -> *mut Frame {
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
