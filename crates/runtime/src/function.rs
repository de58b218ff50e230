//! Functions: prototypes, closures, native functions, and the boxes of captured locals.
//!
//! **Design.** A [`Proto`] wraps the immutable [`perilune_bytecode::proto::Proto`] with what belongs to one
//! state: interned constants, nested prototypes as heap objects, and the feedback vector. Its hot words (code,
//! constants, feedback) come first. A [`Closure`] is a prototype plus a pointer per upvalue to an [`UpBox`];
//! captured locals live in such a box from their declaration on, so there are no pointers into stacks.
//!
//! A [`Native`] is a Rust function. Most are *plain*: called with their arguments on the Lua stack. A few are
//! *control* functions (`pcall`, `coroutine.resume`…) which the interpreter carries out itself, as frames with a
//! continuation, so that they neither recurse natively nor stop a yield.

use crate::compiled::CompiledCode;
use crate::cx::{Cx, Fault};
use crate::feedback::FeedbackVector;
use crate::heap::{Charge, Heap, Marker};
use crate::object::{Gc, Header, HeapObject, Kind, Slot, flag};
use crate::string::{MAX_SHORT, STR_TAIL};
use crate::tuning;
use crate::value::{Value, tag};
use perilune_bytecode::ops::Instr;
use perilune_bytecode::proto as code;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// The compiled code of a prototype, all that there ever was: frames may return to any of it until the prototype dies.
#[derive(Default)]
pub(crate) struct Versions {
    all: RefCell<Vec<CompiledCode>>,
    /// The entry of the last, unless it has been retired.
    entry: Cell<*const u8>,
}

impl Versions {
    /// Where the version that is in use is called; null if none is.
    #[inline(always)]
    pub(crate) fn entry(&self) -> *const u8 {
        self.entry.get()
    }

    /// How many there have been.
    pub(crate) fn count(&self) -> usize {
        self.all.borrow().len()
    }

    /// Where the last version can be entered at an instruction.
    pub(crate) fn target(&self, at: usize) -> Option<*const u8> {
        let all = self.all.borrow();
        let last = all.last()?;
        Some(last.base.wrapping_add(*last.offsets.get(at)? as usize))
    }

    /// Takes a new one into use.
    pub(crate) fn add(&self, code: CompiledCode) {
        self.entry.set(code.entry);
        self.all.borrow_mut().push(code);
    }

    /// Takes the last one out of use.
    pub(crate) fn retire(&self) {
        self.entry.set(std::ptr::null());
    }
}

/// A prototype as a heap object.
#[repr(C)]
pub struct Proto {
    header: Header,
    pub(crate) max_stack: u8,
    pub(crate) num_params: u8,
    pub(crate) is_vararg: bool,
    /// Slots a call needs beyond its arguments, at most.
    pub(crate) frame_size: u32,
    pub(crate) code: *const Instr,
    pub(crate) constants: *const Slot,
    pub(crate) feedback: Cell<*const FeedbackVector>,
    /// Where compiled code calls this function: its compiled code, or what sees to it that it is interpreted.
    pub(crate) entry: Cell<*const u8>,
    /// [`CompiledCode::base`] and [`CompiledCode::offsets`], for compiled code to find; null if there is none.
    pub(crate) resume_base: Cell<*const u8>,
    pub(crate) resume_offsets: Cell<*const u32>,
    /// Its compiled code.
    pub(crate) versions: Versions,
    /// Backing store of `constants`.
    constant_slots: Box<[Slot]>,
    pub(crate) protos: Box<[Cell<*const Proto>]>,
    /// The shared, immutable part; `code` points into it.
    pub(crate) data: Rc<code::Proto>,
    /// For all of it that isn't in the heap.
    pub(crate) charge: RefCell<Charge>,
}

// SAFETY: `repr(C)`, header first with this kind; `trace` reports all references.
unsafe impl HeapObject for Proto {
    const KIND: Kind = Kind::Proto;
    const TAG: u64 = tag::OBJECT;
    const OWNS: bool = true;

    fn trace(&self, m: &mut Marker<'_>) {
        m.values(&self.constant_slots);
        for p in &self.protos {
            m.object(p.get());
        }
        m.object(self.feedback.get());
    }
}

impl Proto {
    /// A heap object for `data` and, recursively, for the prototypes nested in it. Equal strings among their
    /// constants are one object.
    pub fn new<'g>(cx: &'g Cx, data: &Rc<code::Proto>) -> Gc<'g, Proto> {
        Proto::with_strings(cx, data, &mut HashMap::new())
    }

    /// As [`Proto::new`]; `long` has the long strings made so far. (Short ones are unique anyway.)
    fn with_strings<'g, 'd>(
        cx: &'g Cx,
        data: &'d Rc<code::Proto>,
        long: &mut HashMap<&'d [u8], Value<'g>>,
    ) -> Gc<'g, Proto> {
        let constant_slots: Box<[Slot]> = data
            .constants
            .iter()
            .map(|k| {
                Slot::new(match k {
                    code::Constant::Nil => Value::NIL,
                    code::Constant::Bool(b) => Value::bool(*b),
                    code::Constant::Int(i) => cx.heap.int(*i),
                    code::Constant::Float(f) => Value::float(f.get()),
                    code::Constant::Str(s) if s.len() > MAX_SHORT => {
                        *long.entry(s).or_insert_with(|| cx.str_value(s))
                    }
                    code::Constant::Str(s) => cx.str_value(s),
                })
            })
            .collect();
        let protos: Box<[_]> = data
            .protos
            .iter()
            .map(|p| Cell::new(Proto::with_strings(cx, p, long).as_ptr() as *const Proto))
            .collect();
        let header = Header::new(Kind::Proto);
        header.set_flag(flag::OWNS, true);
        let mut charge = cx.heap.charge();
        charge.set(
            data.bytes()
                + size_of_val(&*constant_slots)
                + size_of_val::<[Cell<*const Proto>]>(&protos),
        );
        let p = cx.heap.alloc(Proto {
            header,
            max_stack: data.max_stack,
            num_params: data.num_params,
            is_vararg: data.vararg != code::VarargKind::No,
            frame_size: data.max_stack as u32 + data.num_params as u32 + tuning::MIN_STACK as u32,
            code: data.code.as_ptr(),
            constants: constant_slots.as_ptr(),
            feedback: Cell::new(std::ptr::null()),
            entry: Cell::new(std::ptr::null()),
            resume_base: Cell::new(std::ptr::null()),
            resume_offsets: Cell::new(std::ptr::null()),
            versions: Versions::default(),
            constant_slots,
            protos,
            data: data.clone(),
            charge: RefCell::new(charge),
        });
        cx.tiers.adopt(&p);
        p
    }

    /// About how many bytes of the heap the prototypes take that [`Proto::new`] makes of `data`, feedback included.
    pub(crate) fn heap_bytes(data: &code::Proto) -> usize {
        let strings = data.constants.iter().map(|k| match k {
            code::Constant::Str(s) => s.len() + 2 * STR_TAIL,
            _ => size_of::<Slot>(),
        });
        let own = size_of::<Proto>() + FeedbackVector::bytes_for(data) + strings.sum::<usize>();
        own + data.protos.iter().map(|p| Proto::heap_bytes(p)).sum::<usize>()
    }

    /// Makes sure the feedback vector exists: the first call needs it, and most of what is loaded is never called.
    ///
    /// # Errors
    /// "not enough memory", if it is large.
    #[inline]
    pub(crate) fn ensure_feedback(&self, cx: &Cx) -> Result<(), Fault> {
        if self.feedback.get().is_null() { self.make_feedback(cx) } else { Ok(()) }
    }

    #[cold]
    fn make_feedback(&self, cx: &Cx) -> Result<(), Fault> {
        // There can't be a collection: the arguments of a call belong to nobody now. Room for it was made when the
        // function was loaded.
        let bytes = FeedbackVector::bytes_for(&self.data);
        if bytes >= tuning::SMALL_FEEDBACK && !cx.heap.grants(bytes) {
            return Err(cx.memory_error());
        }
        let countdown = cx.tiers.countdown(self.data.code.len());
        let fb = FeedbackVector::new(&cx.heap, &self.data, countdown);
        cx.register_feedback(fb.as_ptr());
        self.feedback.set(fb.as_ptr());
        cx.heap.barrier(&self.header);
        Ok(())
    }

    /// Counts a call that the interpreter's own counting doesn't see.
    #[inline]
    pub(crate) fn count_call(&self) {
        // SAFETY: if there is feedback, the prototype keeps it alive.
        if let Some(feedback) = unsafe { self.feedback.get().as_ref() } {
            feedback.countdown.set(feedback.countdown.get().wrapping_sub(1));
        }
    }

    /// Adds bits to the feedback byte of the instruction at an address.
    pub(crate) fn note(&self, at: *const Instr, bits: u8) {
        // SAFETY: if there is feedback, the prototype keeps it alive.
        if let Some(feedback) = unsafe { self.feedback.get().as_ref() } {
            feedback.note(self.index_of(at), bits);
        }
    }

    /// Index of the instruction at an address; of an address elsewhere, a number beyond the code.
    pub(crate) fn index_of(&self, at: *const Instr) -> usize {
        (at as usize).wrapping_sub(self.code as usize) / size_of::<Instr>()
    }

    /// The constants.
    pub(crate) fn constant_slots(&self) -> &[Slot] {
        &self.constant_slots
    }

    /// The value of a constant.
    pub(crate) fn constant<'g>(&'g self, index: usize) -> Value<'g> {
        self.constant_slots[index].get()
    }

    /// Index of the instruction under way, given the frame's program counter (which points behind it). `None`
    /// at function entry, before the first.
    pub(crate) fn current_instr(&self, pc: *const Instr) -> Option<usize> {
        // The distance is within the code array, in instructions.
        let offset = (pc as usize - self.code as usize) / size_of::<Instr>();
        offset.checked_sub(1)
    }

    /// Line of the instruction under way.
    pub(crate) fn current_line(&self, pc: *const Instr) -> u32 {
        match self.current_instr(pc) {
            Some(i) => self.data.positions.get(i).map_or(0, |p| p.line),
            None => self.data.line_defined,
        }
    }
}

/// A captured local variable.
#[repr(C)]
pub struct UpBox {
    header: Header,
    pub(crate) value: Slot,
}

/// Offset of the value in a box.
pub const UP_BOX_VALUE: usize = std::mem::offset_of!(UpBox, value);

// SAFETY: `repr(C)`, header first with this kind; `trace` reports the one reference.
unsafe impl HeapObject for UpBox {
    const KIND: Kind = Kind::UpBox;
    const TAG: u64 = tag::OBJECT;

    fn trace(&self, m: &mut Marker<'_>) {
        m.value(self.value.get());
    }
}

impl UpBox {
    /// A box with a value.
    #[inline]
    pub(crate) fn new<'g>(heap: &'g Heap, v: Value<'_>) -> Gc<'g, UpBox> {
        heap.alloc(UpBox { header: Header::new(Kind::UpBox), value: Slot::new(v) })
    }

    /// Assigns the variable.
    #[inline(always)]
    pub(crate) fn assign(&self, heap: &Heap, v: Value<'_>) {
        self.value.set(v);
        if v.is_heap() {
            heap.barrier(&self.header);
        }
    }
}

/// A Lua function: a prototype with its upvalues.
#[repr(C)]
pub struct Closure {
    header: Header,
    upvalue_count: u32,
    pub(crate) proto: Cell<*const Proto>,
    upvalues: [Cell<*const UpBox>; 0],
}

// SAFETY: `repr(C)`, header first with this kind; `trace` reports all references.
unsafe impl HeapObject for Closure {
    const KIND: Kind = Kind::Closure;
    const TAG: u64 = tag::FUNCTION;

    fn trace(&self, m: &mut Marker<'_>) {
        m.object(self.proto.get());
        for u in self.upvalues() {
            m.object(u.get());
        }
    }
}

impl Closure {
    /// Offset of the first upvalue's box.
    pub(crate) const UPVALUES_OFFSET: usize = std::mem::offset_of!(Closure, upvalues);

    /// A closure of `proto` whose upvalues are given by `upvalue`, called with each index.
    pub(crate) fn new<'g>(
        cx: &'g Cx,
        proto: Gc<'_, Proto>,
        mut upvalue: impl FnMut(usize) -> *const UpBox,
    ) -> Gc<'g, Closure> {
        let n = proto.data.upvalues.len();
        let c = cx.heap.alloc_with_tail(
            Closure {
                header: Header::new(Kind::Closure),
                upvalue_count: n as u32,
                proto: Cell::new(proto.as_ptr()),
                upvalues: [],
            },
            n * size_of::<*const UpBox>(),
        );
        let tail = c.get().upvalues.as_ptr() as *mut Cell<*const UpBox>;
        for i in 0..n {
            // SAFETY: the tail was allocated with room for `n` pointers.
            unsafe { tail.add(i).write(Cell::new(upvalue(i))) };
        }
        c
    }

    /// The upvalues.
    pub(crate) fn upvalues(&self) -> &[Cell<*const UpBox>] {
        // SAFETY: `new` allocated and initialized this many behind the object.
        unsafe { std::slice::from_raw_parts(self.upvalues.as_ptr(), self.upvalue_count as usize) }
    }

    /// An upvalue's box, unchecked.
    ///
    /// # Safety
    /// `index` is below the number of upvalues.
    #[inline(always)]
    pub(crate) unsafe fn upvalue_unchecked(&self, index: usize) -> &UpBox {
        debug_assert!(index < self.upvalue_count as usize);
        // SAFETY: in range by the caller's promise; boxes live as long as their closure.
        unsafe { &*(*self.upvalues.as_ptr().add(index)).get() }
    }

    /// Makes upvalue `index` refer to another box.
    pub(crate) fn join_upvalue(&self, heap: &Heap, index: usize, to: *const UpBox) {
        if let Some(u) = self.upvalues().get(index) {
            u.set(to);
            heap.barrier(&self.header);
        }
    }

    /// The prototype.
    #[inline(always)]
    pub(crate) fn proto<'g>(&'g self) -> Gc<'g, Proto> {
        // SAFETY: a closure keeps its prototype alive.
        unsafe { Gc::from_ptr(self.proto.get()) }
    }
}

/// A native function: takes its arguments from the context, pushes its results and returns how many.
pub type NativeFn = fn(&mut Cx) -> Result<usize, Fault>;

/// In the result count of a native with [`Behaviour::Forward`]: call what is on the stack.
pub const FORWARD: usize = 1 << 31;

/// How the interpreter carries out a native function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Behaviour {
    /// It calls the Rust function.
    Plain,
    /// The Rust function is called and may return [`FORWARD`]` | n`: its `n` results are a function and
    /// arguments, which the interpreter then calls in its place; that call's results, adjusted to this many
    /// (255: all), are the results.
    Forward(u8),
    /// `pcall`
    Pcall,
    /// `xpcall`
    Xpcall,
    /// `coroutine.resume`
    Resume,
    /// A function made by `coroutine.wrap`; its upvalue is the coroutine.
    WrapCall,
    /// `coroutine.yield`
    Yield,
    /// `coroutine.close`
    CoroutineClose,
    /// `next`: plain, but known to the generic `for`
    Next,
    /// The iterator `ipairs` returns: plain, but known to the generic `for`
    IpairsStep,
}

impl Behaviour {
    /// Whether it is a Rust function that is called and returns.
    #[inline(always)]
    pub(crate) fn is_plain(self) -> bool {
        matches!(self, Behaviour::Plain | Behaviour::Next | Behaviour::IpairsStep)
    }
}

/// A native function as a value.
#[repr(C)]
pub struct Native {
    header: Header,
    upvalue_count: u8,
    pub(crate) behaviour: Behaviour,
    pub(crate) function: NativeFn,
    /// The name under which the library registers it, for messages when no better one is known.
    pub(crate) name: &'static str,
    upvalues: [Slot; 0],
}

// SAFETY: `repr(C)`, header first with this kind; `trace` reports all references.
unsafe impl HeapObject for Native {
    const KIND: Kind = Kind::Native;
    const TAG: u64 = tag::FUNCTION;

    fn trace(&self, m: &mut Marker<'_>) {
        m.values(self.upvalues());
    }
}

impl Native {
    /// A native function with upvalues (at most 255; more are ignored).
    pub fn new<'g>(
        heap: &'g Heap,
        name: &'static str,
        function: NativeFn,
        behaviour: Behaviour,
        upvalues: &[Value<'_>],
    ) -> Gc<'g, Native> {
        let n = upvalues.len().min(255);
        let f = heap.alloc_with_tail(
            Native {
                header: Header::new(Kind::Native),
                upvalue_count: n as u8,
                behaviour,
                function,
                name,
                upvalues: [],
            },
            n * size_of::<Slot>(),
        );
        let tail = f.get().upvalues.as_ptr() as *mut Slot;
        for (i, v) in upvalues.iter().take(n).enumerate() {
            // SAFETY: the tail was allocated with room for `n` slots.
            unsafe { tail.add(i).write(Slot::new(*v)) };
        }
        f
    }

    /// The upvalues.
    pub(crate) fn upvalues(&self) -> &[Slot] {
        // SAFETY: `new` allocated and initialized this many behind the object.
        unsafe { std::slice::from_raw_parts(self.upvalues.as_ptr(), self.upvalue_count as usize) }
    }

    /// Assigns an upvalue; out of range does nothing.
    pub(crate) fn set_upvalue(&self, heap: &Heap, index: usize, v: Value<'_>) {
        if let Some(s) = self.upvalues().get(index) {
            s.set(v);
            heap.barrier(&self.header);
        }
    }
}
