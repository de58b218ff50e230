//! The context: one Lua state.
//!
//! **Problem.** Natives, interpreter and (later) compiled code share one state, and the type system should rule
//! out what is wrong in it: a heap pointer held across a collection.
//!
//! **Design.** Everything that can't reach a safepoint takes `&Cx`, and what it returns from the heap borrows it.
//! Everything that may collect or run Lua takes `&mut Cx`. Inside, all is cells. The running coroutine's
//! stack pointer, top frame and top are cached here; [`Cx::switch_to`] exchanges them.
//!
//! **Invariants.** `thread` is never null after construction. `stack`, `stack_len` equal the running
//! thread's. `frame` points at the top frame, or one before the first if there is none.

use crate::accepted::Accepted;
use crate::compiled::Tiers;
use crate::embed::WarningSink;
use crate::error::as_c_string;
use crate::events::Event;
use crate::feedback::FeedbackVector;
use crate::function::{Behaviour, Closure, Native, NativeFn};
use crate::heap::{Heap, Marker, POLL_FINALIZER, POLL_GC, RootSet, WeakList};
use crate::interrupt::{InterruptHandle, Kill};
use crate::native_stack::Extent;
use crate::object::{Gc, Slot};
use crate::observe::Observers;
use crate::pieces::AT_ONCE;
use crate::shape::{Shape, Shapes};
use crate::stress::{Purpose, Stress};
use crate::string::{Str, Strings};
use crate::table::cache::GlobalCache;
use crate::table::{Table, TableCx};
use crate::thread::{Frame, FrameKind, Growth, Ret, Status, Thread};
use crate::tuning;
use crate::userdata::Userdata;
use crate::value::{Type, Value};
use perilune_bytecode::compile::Workspace;
use perilune_bytecode::ops::Instr;
use std::cell::{Cell, RefCell};

/// Why a call didn't return. The error value, if there is one, is in the context ([`Cx::error_value`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An error; message handlers haven't seen it.
    Error,
    /// An error that message handlers have seen or mustn't see.
    Handled,
    /// The running coroutine closes itself.
    CloseSelf,
    /// The program is stopped from outside, and can't prevent it.
    Kill,
}

impl Fault {
    /// Whether `pcall` catches it.
    pub(crate) fn is_catchable(self) -> bool {
        match self {
            Fault::Error | Fault::Handled => true,
            Fault::CloseSelf | Fault::Kill => false,
        }
    }
}

/// A Lua state.
pub struct Cx {
    /// The heap.
    pub heap: Heap,
    pub(crate) strings: Strings,
    pub(crate) shapes: Shapes,
    pub(crate) thread: Cell<*const Thread>,
    pub(crate) frame: Cell<*mut Frame>,
    pub(crate) stack: Cell<*mut Slot>,
    pub(crate) stack_len: Cell<usize>,
    /// Slots that may be used without further ado: as many as there are, up to the limit.
    stack_limit: Cell<usize>,
    /// The same as an address, for compiled code.
    pub(crate) stack_limit_at: Cell<*mut Slot>,
    /// Behind the last frame there is room for; and one frame of slack, which compiled code begins to fill before it
    /// asks.
    pub(crate) frames_end: Cell<*mut Frame>,
    pub(crate) top: Cell<usize>,
    main_thread: Cell<*const Thread>,
    registry: Cell<*const Table>,
    globals: Cell<*const Table>,
    metatables: [Cell<*const Table>; 9],
    /// The names that `type` returns, as strings; null as long as it hasn't.
    type_names: [Cell<*const Str>; 9],
    /// By which property caches know strings; null if they have no metatable.
    pub(crate) string_shape: Cell<*const Shape>,
    events: Vec<Cell<*const Str>>,
    pub(crate) error: Slot,
    /// Where the results of the frame that has just ended begin, and how many there are: see [`Cx::returned`].
    pub(crate) returned: Cell<(usize, usize)>,
    /// The native stack in use when it was last asked for.
    pub(crate) native_stack: Cell<Extent>,
    /// Nested native calls.
    pub(crate) native_depth: Cell<u32>,
    /// Whether a stack overflow is being handled: the reserve may be used.
    pub(crate) handling_overflow: Cell<bool>,
    pub(crate) in_finalizer: Cell<bool>,
    /// Events and period of the hook that new coroutines have.
    pub(crate) first_hook: Cell<(u8, u32)>,
    /// Whether the running coroutine has a hook that is to be called (see `hook`).
    pub(crate) hooked: Cell<bool>,
    pub(crate) interrupt: InterruptHandle,
    /// The kill in force, and its error value (see `interrupt`).
    pub(crate) kill: Cell<Option<Kill>>,
    pub(crate) kill_text: Slot,
    /// Whether the last call from outside ended by a kill.
    pub(crate) was_killed: Cell<bool>,
    /// Whether the state is being closed.
    closing: Cell<bool>,
    /// Whether binary chunks are refused.
    pub(crate) text_only: Cell<bool>,
    feedbacks: RefCell<WeakList<FeedbackVector>>,
    /// Those that have learned something since the last collection.
    fresh_feedbacks: RefCell<Vec<*const FeedbackVector>>,
    roots: RefCell<Roots>,
    /// What source is compiled in.
    pub(crate) workspace: RefCell<Workspace>,
    /// Binary chunks that needn't be verified.
    pub(crate) accepted: Accepted,
    /// The warning system: on or off, and whether the last piece asked for more.
    pub(crate) warnings: Cell<WarnState>,
    /// What property sites with too many shapes share.
    pub(crate) global_cache: GlobalCache,
    /// The compiler, and what concerns it.
    pub(crate) tiers: Tiers,
    pub(crate) stress: Stress,
    /// Who wants to know of it.
    pub(crate) observers: Observers,
    /// Where warnings go, if not to standard error.
    pub(crate) warning_sink: Option<WarningSink>,
}

/// State of `warn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarnState {
    /// Messages are dropped.
    Off,
    /// The next piece begins a message.
    On,
    /// The next piece continues a message.
    Continued,
}

#[derive(Default)]
struct Roots {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

/// A handle to a rooted value; see [`Cx::root`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootId(u32);

impl RootId {
    /// Its number: small, and unique while the root lasts.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

fn type_index(t: Type) -> usize {
    match t {
        Type::Nil => 0,
        Type::Boolean => 1,
        Type::LightUserdata => 2,
        Type::Number => 3,
        Type::String => 4,
        Type::Table => 5,
        Type::Function => 6,
        Type::Userdata => 7,
        Type::Thread => 8,
    }
}

fn gc_option<'g, T>(p: *const T) -> Option<Gc<'g, T>> {
    // SAFETY: the cells this is used on hold null or a pointer to an object they keep alive as roots.
    if p.is_null() { None } else { Some(unsafe { Gc::from_ptr(p) }) }
}

impl Cx {
    /// A state with an empty global table; see `stdlib::open_all` for the library.
    pub fn new() -> Cx {
        Cx::with_stress(Stress::default())
    }

    /// A state that is put through something.
    pub fn with_stress(stress: Stress) -> Cx {
        let heap = Heap::new();
        let tiers = Tiers::new(&heap);
        let strings = Strings::new(&heap, stress.seed_for(Purpose::Hashes));
        let feedbacks = WeakList::new(heap.charge());
        let cx = Cx {
            interrupt: InterruptHandle::new(heap.poll_byte()),
            kill: Cell::new(None),
            kill_text: Slot::new(Value::NIL),
            was_killed: Cell::new(false),
            closing: Cell::new(false),
            text_only: Cell::new(false),
            heap,
            strings,
            shapes: Shapes::new(),
            thread: Cell::new(std::ptr::null()),
            frame: Cell::new(std::ptr::null_mut()),
            stack: Cell::new(std::ptr::null_mut()),
            stack_len: Cell::new(0),
            stack_limit: Cell::new(0),
            stack_limit_at: Cell::new(std::ptr::null_mut()),
            frames_end: Cell::new(std::ptr::null_mut()),
            top: Cell::new(0),
            main_thread: Cell::new(std::ptr::null()),
            registry: Cell::new(std::ptr::null()),
            globals: Cell::new(std::ptr::null()),
            metatables: Default::default(),
            type_names: Default::default(),
            string_shape: Cell::new(std::ptr::null()),
            events: Event::ALL.iter().map(|_| Cell::new(std::ptr::null())).collect(),
            error: Slot::new(Value::NIL),
            returned: Cell::new((0, 0)),
            native_stack: Cell::new(Extent::NONE),
            native_depth: Cell::new(0),
            handling_overflow: Cell::new(false),
            in_finalizer: Cell::new(false),
            hooked: Cell::new(false),
            first_hook: Cell::new((0, 0)),
            feedbacks: RefCell::new(feedbacks),
            fresh_feedbacks: RefCell::new(Vec::new()),
            roots: RefCell::new(Roots::default()),
            workspace: RefCell::default(),
            accepted: Accepted::default(),
            warnings: Cell::new(WarnState::Off),
            global_cache: GlobalCache::default(),
            tiers,
            observers: Observers::default(),
            warning_sink: None,
            stress,
        };
        for e in Event::ALL {
            let s = cx.string(e.key().as_bytes());
            cx.strings.mark_event(s, *e);
            cx.events[*e as usize].set(s.as_ptr());
        }
        let main = cx.new_thread();
        cx.main_thread.set(main.as_ptr());
        cx.load_thread(main);
        cx.registry.set(cx.new_table(0, 0).as_ptr());
        let globals = cx.new_table(0, 0);
        // Programs add globals all the time; a shared shape would change with each.
        globals.make_private(cx.tables());
        cx.globals.set(globals.as_ptr());
        cx.heap.set_stress(stress.collect, stress.seed_for(Purpose::Collections));
        if let Some(n) = stress.refuse {
            cx.heap.set_refusals(n as usize, stress.seed_for(Purpose::Refusals));
        }
        cx.begin_counting();
        cx
    }

    // ---- parts -------------------------------------------------------------------------------------------

    /// The main coroutine.
    pub fn main_thread(&self) -> Gc<'_, Thread> {
        // SAFETY: a root.
        unsafe { Gc::from_ptr(self.main_thread.get()) }
    }

    /// The running coroutine.
    #[inline(always)]
    pub fn thread(&self) -> Gc<'_, Thread> {
        // SAFETY: never null after construction; a root.
        unsafe { Gc::from_ptr(self.thread.get()) }
    }

    /// The global table of new chunks.
    pub fn globals(&self) -> Gc<'_, Table> {
        // SAFETY: a root, never null after construction.
        unsafe { Gc::from_ptr(self.globals.get()) }
    }

    pub(crate) fn replace_globals(&self, globals: Gc<'_, Table>) {
        globals.make_private(self.tables());
        self.globals.set(globals.as_ptr());
        // The reference implementation has the table at this integer of the registry. Assigning to one doesn't fail.
        let _ = self.registry().set_int(self.tables(), 2, Value::object(globals));
    }

    /// The registry: a table that Lua can't reach (but through `debug.getregistry`).
    pub fn registry(&self) -> Gc<'_, Table> {
        // SAFETY: a root, never null after construction.
        unsafe { Gc::from_ptr(self.registry.get()) }
    }

    /// What table operations need.
    #[inline(always)]
    pub fn tables(&self) -> TableCx<'_> {
        TableCx { heap: &self.heap, strings: &self.strings, shapes: &self.shapes }
    }

    /// The name of an event as a string.
    #[inline]
    pub fn event_name(&self, e: Event) -> Gc<'_, Str> {
        // SAFETY: a root, never null after construction.
        unsafe { Gc::from_ptr(self.events[e as usize].get()) }
    }

    /// A string.
    #[inline]
    pub fn string(&self, bytes: &[u8]) -> Gc<'_, Str> {
        self.strings.new_str(&self.heap, bytes)
    }

    /// A string as a value.
    #[inline]
    pub fn str_value(&self, bytes: &[u8]) -> Value<'_> {
        Value::object(self.string(bytes))
    }

    /// An integer as a value.
    #[inline(always)]
    pub fn int(&self, i: i64) -> Value<'_> {
        match Value::try_int(i) {
            Some(v) => v,
            None => self.heap.int(i),
        }
    }

    /// An empty table with room for so many array items and named fields.
    #[inline]
    pub fn new_table(&self, array: usize, fields: usize) -> Gc<'_, Table> {
        Table::new(self.tables(), array, fields)
    }

    /// A coroutine with an empty stack.
    pub(crate) fn new_thread(&self) -> Gc<'_, Thread> {
        let growth = if self.stress.tiny_stacks { Growth::Least } else { Growth::Double };
        let thread = Thread::new(&self.heap, growth);
        self.hook_new(thread);
        thread
    }

    /// A native function without upvalues.
    pub fn native(&self, name: &'static str, f: NativeFn) -> Value<'_> {
        Value::object(Native::new(&self.heap, name, f, Behaviour::Plain, &[]))
    }

    // ---- roots -------------------------------------------------------------------------------------------

    /// Keeps a value alive until [`Cx::unroot`].
    pub fn root(&self, v: Value<'_>) -> RootId {
        let mut roots = self.roots.borrow_mut();
        match roots.free.pop() {
            Some(i) => {
                roots.slots[i as usize].set(v);
                RootId(i)
            }
            None => {
                roots.slots.push(Slot::new(v));
                RootId(roots.slots.len() as u32 - 1)
            }
        }
    }

    /// The value rooted under an id; nil if the id is stale.
    pub fn rooted(&self, id: RootId) -> Value<'_> {
        self.roots.borrow().slots.get(id.0 as usize).map_or(Value::NIL, Slot::get)
    }

    /// Ends a root.
    pub fn unroot(&self, id: RootId) {
        let mut roots = self.roots.borrow_mut();
        if let Some(s) = roots.slots.get(id.0 as usize) {
            s.set(Value::NIL);
            roots.free.push(id.0);
        }
    }

    // ---- metatables --------------------------------------------------------------------------------------

    /// The metatable of a value.
    #[inline]
    pub fn metatable_of<'g>(&'g self, v: Value<'g>) -> Option<Gc<'g, Table>> {
        if let Some(t) = v.downcast::<Table>() {
            return t.get().metatable();
        }
        if let Some(u) = v.downcast::<Userdata>() {
            return u.get().metatable();
        }
        gc_option(self.metatables[type_index(v.type_of())].get())
    }

    /// The name of a type as a string.
    #[inline]
    pub(crate) fn name_of_type(&self, t: Type) -> Gc<'_, Str> {
        let known = &self.type_names[type_index(t)];
        gc_option(known.get()).unwrap_or_else(|| {
            let name = self.string(t.name().as_bytes());
            known.set(name.as_ptr());
            name
        })
    }

    /// Sets the metatable shared by all values of a basic type other than table and userdata.
    pub fn set_type_metatable(&self, t: Type, mt: Option<Gc<'_, Table>>) {
        self.metatables[type_index(t)]
            .set(mt.map_or(std::ptr::null(), |m| m.as_ptr() as *const Table));
        if t == Type::String {
            let shape = mt.map(|m| self.shapes.for_type(&self.heap, m));
            self.string_shape.set(shape.map_or(std::ptr::null(), |s| s.as_ptr() as *const Shape));
        }
    }

    /// The shape by which property caches know strings.
    pub(crate) fn string_shape(&self) -> Option<Gc<'_, Shape>> {
        gc_option(self.string_shape.get())
    }

    /// Sets the metatable of a table or userdata, and arms `__gc`.
    pub fn set_metatable(&self, v: Value<'_>, mt: Option<Gc<'_, Table>>) {
        if let Some(t) = v.downcast::<Table>() {
            t.set_metatable(self.tables(), mt);
        } else if let Some(u) = v.downcast::<Userdata>() {
            u.set_metatable(&self.heap, mt);
        }
        if let Some(m) = mt
            && !self.event_in(m, Event::Gc).is_nil()
        {
            self.heap.add_finalizer(v);
        }
    }

    /// The metamethod a metatable has for an event, or nil.
    #[inline]
    pub fn event_in<'g>(&'g self, mt: Gc<'g, Table>, e: Event) -> Value<'g> {
        mt.fast_event(e, self.event_name(e))
    }

    /// The metamethod of a value for an event, or nil.
    #[inline]
    pub fn event_of<'g>(&'g self, v: Value<'g>, e: Event) -> Value<'g> {
        match self.metatable_of(v) {
            Some(mt) => self.event_in(mt, e),
            None => Value::NIL,
        }
    }

    // ---- the stack ---------------------------------------------------------------------------------------

    /// A slot of the running coroutine's stack, by index.
    #[inline(always)]
    pub(crate) fn slot(&self, index: usize) -> &Slot {
        debug_assert!(index < self.stack_len.get());
        // SAFETY: indexes come from frames and tops, which lie within the array; growth reloads `stack`.
        unsafe { &*self.stack.get().add(index) }
    }

    /// So many of them.
    #[inline(always)]
    pub(crate) fn slots(&self, index: usize, count: usize) -> &[Slot] {
        debug_assert!(index + count <= self.stack_len.get());
        // SAFETY: as for `slot`.
        unsafe { std::slice::from_raw_parts(self.stack.get().add(index), count) }
    }

    /// The value in a slot.
    #[inline(always)]
    pub(crate) fn at(&self, index: usize) -> Value<'_> {
        self.slot(index).get()
    }

    /// Pushes a value.
    #[inline]
    pub fn push(&self, v: Value<'_>) {
        let top = self.top.get();
        if top >= self.stack_len.get() {
            self.grow_unasked(top + 1);
        }
        self.slot(top).set(v);
        self.top.set(top + 1);
    }

    #[cold]
    #[inline(never)]
    fn grow_unasked(&self, needed: usize) {
        let grown = self.grow_stack(needed);
        assert!(grown.is_ok(), "no memory for a slot that wasn't asked for");
    }

    /// Drops the top `n` values.
    #[inline]
    pub fn pop(&self, n: usize) {
        debug_assert!(self.top.get() >= n);
        self.top.set(self.top.get() - n);
    }

    /// The value `back` places below the top; 1 is the last pushed.
    #[inline]
    pub fn peek(&self, back: usize) -> Value<'_> {
        self.at(self.top.get() - back)
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn grow_stack(&self, needed: usize) -> Result<(), Fault> {
        let t = self.thread();
        let grown = t.grow_stack(&self.heap, needed);
        self.cache_arrays(t);
        grown.ok_or_else(|| self.memory_error())
    }

    /// Caches where the running coroutine's arrays are.
    fn cache_arrays(&self, t: Gc<'_, Thread>) {
        self.stack.set(t.stack.get());
        self.stack_len.set(t.stack_len.get());
        self.stack_limit.set(t.stack_len.get().min(tuning::MAX_STACK));
        self.stack_limit_at.set(self.stack.get().wrapping_add(self.stack_limit.get()));
        self.frames_end.set(t.frames.get().wrapping_add(t.usable_frames() - 1));
    }

    /// Makes sure that `index` slots exist, within the limit of a coroutine's stack.
    ///
    /// # Errors
    /// "stack overflow", or "error in error handling" if even the reserve for handlers is used up.
    #[inline]
    pub(crate) fn ensure_slots(&self, index: usize) -> Result<(), Fault> {
        if index <= self.stack_limit.get() {
            return Ok(());
        }
        self.ensure_slots_slow(index)
    }

    /// Whether so many slots exist, within the limit.
    #[inline(always)]
    pub(crate) fn has_room(&self, index: usize) -> bool {
        index <= self.stack_limit.get()
    }

    /// Pushes the frame of a Lua function called by a `CALL` instruction, field by field (a copy of a frame just
    /// built would have to wait for its parts to reach memory).
    #[inline(always)]
    pub(crate) fn write_lua_frame(
        &self,
        closure: *const Closure,
        pc: *const Instr,
        func: usize,
        nargs: usize,
        nresults: i32,
        params: u8,
    ) {
        let mut next = self.frame.get().wrapping_add(1);
        if next == self.frames_end.get() {
            next = self.grow_frames();
        }
        // SAFETY: within the array, as just made sure.
        let f = unsafe { &mut *next };
        f.pc = pc;
        f.closure = closure;
        f.return_to = self.tiers.generic_return.get();
        f.func = func as u32;
        f.base = func as u32 + 1;
        f.nresults = nresults;
        f.extra = (nargs as u32).saturating_sub(params as u32);
        f.aux = 0;
        f.kind = FrameKind::Lua;
        f.ret = Ret::Call;
        f.flags = 0;
        f.state = 0;
        self.frame.set(next);
    }

    #[cold]
    #[inline(never)]
    fn ensure_slots_slow(&self, index: usize) -> Result<(), Fault> {
        if index > tuning::MAX_STACK {
            if !self.handling_overflow.get() {
                self.handling_overflow.set(true);
                return Err(self.runtime_error("stack overflow"));
            }
            if index > tuning::MAX_STACK + tuning::STACK_RESERVE {
                return Err(self.error_in_error_handling());
            }
        }
        if index > self.stack_len.get() { self.grow_stack(index) } else { Ok(()) }
    }

    /// Makes room for `n` more values on top of the stack of a native function.
    ///
    /// # Errors
    /// "stack overflow (what)".
    pub fn check_stack(&self, n: usize, what: &str) -> Result<(), Fault> {
        let needed = self.top.get().saturating_add(n);
        if needed > tuning::MAX_STACK {
            return Err(if what.is_empty() {
                self.throw_error(b"stack overflow")
            } else {
                self.throw_error(format!("stack overflow ({what})").as_bytes())
            });
        }
        if needed > self.stack_len.get() { self.grow_stack(needed) } else { Ok(()) }
    }

    // ---- frames ------------------------------------------------------------------------------------------

    /// The top frame, if there is any.
    #[inline(always)]
    pub(crate) fn top_frame(&self) -> Option<&Frame> {
        let t = self.thread();
        if self.frame.get() < t.frames.get() {
            None
        } else {
            // SAFETY: `frame` points at an initialized frame of the array. No frame is pushed or popped while
            // the reference lives: callers copy what they need.
            Some(unsafe { &*self.frame.get() })
        }
    }

    /// Where the top frame is in the running coroutine's array of frames, in bytes.
    #[inline(always)]
    pub(crate) fn frame_offset(&self) -> usize {
        (self.frame.get() as usize).wrapping_sub(self.thread().frames.get() as usize)
    }

    /// Number of frames of the running coroutine.
    #[inline]
    pub(crate) fn frame_count(&self) -> usize {
        let first = self.thread().frames.get() as usize;
        (self.frame.get() as usize + size_of::<Frame>() - first) / size_of::<Frame>()
    }

    /// Drops all frames but the lowest `count`.
    pub(crate) fn set_frame_count(&self, count: usize) {
        self.frame.set(self.thread().frames.get().wrapping_add(count).wrapping_sub(1));
    }

    /// Pushes a frame.
    #[inline(always)]
    pub(crate) fn push_frame(&self, f: Frame) {
        let mut next = self.frame.get().wrapping_add(1);
        if next == self.frames_end.get() {
            next = self.grow_frames();
        }
        // SAFETY: within the array, as just made sure.
        unsafe { next.write(f) };
        self.frame.set(next);
    }

    /// Makes room for another frame; where it goes.
    #[cold]
    #[inline(never)]
    fn grow_frames(&self) -> *mut Frame {
        let count = self.frame_count();
        let t = self.thread();
        t.grow_frames(&self.heap);
        self.cache_arrays(t);
        self.set_frame_count(count);
        self.frame.get().wrapping_add(1)
    }

    /// Pops the top frame.
    #[inline(always)]
    pub(crate) fn pop_frame(&self) -> Frame {
        let f = self.frame.get();
        self.frame.set(f.wrapping_sub(1));
        // SAFETY: callers pop only frames they know to be there.
        unsafe { *f }
    }

    /// The top frame, to be changed in place.
    #[inline(always)]
    pub(crate) fn frame_mut(&mut self) -> &mut Frame {
        debug_assert!(self.frame_count() > 0);
        // SAFETY: callers know there is a frame; `&mut self` makes the reference unique.
        unsafe { &mut *self.frame.get() }
    }

    /// The first slot above everything the top frame needs.
    pub(crate) fn free_top(&self) -> usize {
        let Some(f) = self.top_frame() else { return self.top.get() };
        match (f.kind, f.closure()) {
            (FrameKind::Lua, Some(c)) => {
                f.base as usize + f.live(&c).max(c.proto().max_stack as usize)
            }
            _ => self.top.get(),
        }
    }

    /// The native stack in use.
    #[inline]
    pub(crate) fn native_stack(&self) -> Extent {
        // Each entry from outside may be on another one.
        if self.native_depth.get() == 0 || !self.native_stack.get().is_current() {
            self.native_stack.set(Extent::current());
        }
        self.native_stack.get()
    }

    // ---- coroutine switch --------------------------------------------------------------------------------

    /// Saves the tops of the running coroutine into it.
    pub(crate) fn save_thread(&self) {
        let t = self.thread();
        t.frame_count.set(self.frame_count());
        t.top.set(self.top.get());
    }

    fn load_thread(&self, t: Gc<'_, Thread>) {
        t.run(&self.heap);
        self.thread.set(t.as_ptr());
        self.cache_arrays(t);
        self.set_frame_count(t.frame_count.get());
        self.top.set(t.top.get());
        self.update_hooked();
    }

    /// Makes `t` the running coroutine; the one that ran is in the given state then.
    pub(crate) fn switch_to(&self, t: Gc<'_, Thread>, leaving: Status) {
        self.save_thread();
        self.thread().rest(leaving);
        self.load_thread(t);
    }

    // ---- safepoints --------------------------------------------------------------------------------------

    /// Whether something waits for a safepoint.
    #[inline(always)]
    pub(crate) fn poll_requested(&self) -> bool {
        self.heap.poll_bits() != 0
    }

    /// Does what waits: collection, finalizers. The top frame's program counter (or `top`) is up to date.
    ///
    /// # Errors
    /// [`Fault::Kill`]; "not enough memory" if the limit is exceeded after collecting.
    #[cold]
    #[inline(never)]
    pub fn safepoint(&mut self) -> Result<(), Fault> {
        self.count_safepoint();
        self.check_interrupt()?;
        self.save_thread();
        self.heap.step(&*self);
        if self.heap.must_refuse() {
            return Err(self.memory_error());
        }
        self.reserve_frames()?;
        self.run_finalizers()?;
        if self.stress.tiny_stacks {
            self.relocate_stack();
        }
        Ok(())
    }

    /// If there was no memory for more frames, asks for it again, now that a collection can be made.
    ///
    /// # Errors
    /// "not enough memory".
    fn reserve_frames(&mut self) -> Result<(), Fault> {
        let t = self.thread();
        if !t.is_short_of_frames(self.frame_count()) {
            self.frames_end.set(t.frames.get().wrapping_add(t.usable_frames() - 1));
            return Ok(());
        }
        // Each safepoint asks until there is memory, or frames have ended.
        self.heap.request_poll(POLL_GC);
        let bytes = t.more_frames_bytes();
        self.reserve(bytes)?;
        self.grow_frames();
        Ok(())
    }

    /// Moves the running coroutine's stack, as finalizers might have.
    fn relocate_stack(&self) {
        let (t, count) = (self.thread(), self.frame_count());
        if t.relocate(&self.heap) {
            self.cache_arrays(t);
            self.set_frame_count(count);
        }
    }

    /// Refuses binary chunks from now on, or no longer.
    pub fn set_text_only(&self, on: bool) {
        self.text_only.set(on);
    }

    /// Whether precompiled chunks are refused.
    pub fn is_text_only(&self) -> bool {
        self.text_only.get()
    }

    /// A full collection, finalizers included.
    ///
    /// # Errors
    /// [`Fault::Kill`].
    pub fn collect(&mut self) -> Result<(), Fault> {
        self.save_thread();
        self.heap.collect_full(&*self);
        self.check_interrupt()?;
        self.run_finalizers()
    }

    /// Asserts that nothing that can be reached has been freed. For tests.
    ///
    /// # Panics
    /// If something has been.
    pub fn verify_heap(&self) {
        self.save_thread();
        self.heap.verify_heap(self);
    }

    /// A step of collection worth `bytes` of allocation (0: a basic step), finalizers included. Whether it finished
    /// a cycle.
    ///
    /// # Errors
    /// [`Fault::Kill`].
    pub fn collect_step(&mut self, bytes: usize) -> Result<bool, Fault> {
        self.save_thread();
        let finished = self.heap.collect_step(&*self, bytes);
        self.run_finalizers()?;
        Ok(finished)
    }

    /// Asks for `bytes` of memory before a large or unbounded allocation. A safepoint.
    ///
    /// # Errors
    /// "not enough memory"; [`Fault::Kill`].
    pub fn reserve(&mut self, bytes: usize) -> Result<(), Fault> {
        self.check_interrupt()?;
        if self.poll_requested() {
            // The interpreter polls at calls and loops alone; what returns through many frames passes neither.
            self.save_thread();
            self.heap.step(&*self);
            if self.heap.has_finalizable() {
                self.heap.request_poll(POLL_FINALIZER);
            }
        }
        if self.heap.grants(bytes) {
            return Ok(());
        }
        self.collect_for_room();
        if self.heap.grants(bytes) { Ok(()) } else { Err(self.memory_error()) }
    }

    /// A full collection, without finalizers, that gives back to the host what it can.
    pub(crate) fn collect_for_room(&self) {
        self.save_thread();
        self.heap.collect_for_room(self);
    }

    /// Whether [`Self::reserve`] needn't be asked, or would do nothing.
    #[inline]
    pub(crate) fn has_reserve(&self, bytes: usize) -> bool {
        bytes <= tuning::UNANNOUNCED
            || bytes <= AT_ONCE && !self.poll_requested() && self.heap.grants_readily(bytes)
    }

    /// Makes room for what [`Heap::try_buffer`] has refused, so that it can be tried again. A safepoint.
    ///
    /// # Errors
    /// "not enough memory".
    #[cold]
    pub(crate) fn reserve_refused(&mut self) -> Result<(), Fault> {
        self.reserve(self.heap.refused())
    }

    /// Throws the error for want of memory, which no message handler sees.
    #[cold]
    pub fn memory_error(&self) -> Fault {
        // What was given up because of an interrupt says so, too.
        if let Err(fault) = self.check_interrupt() {
            return fault;
        }
        self.heap.note_error();
        self.throw(self.str_value(b"not enough memory"));
        Fault::Handled
    }

    /// Calls the finalizers that are due. A kill of one ends whatever runs now; those behind it stay due.
    fn run_finalizers(&mut self) -> Result<(), Fault> {
        if self.in_finalizer.get() {
            return Ok(());
        }
        while self.heap.has_finalizable() {
            self.in_finalizer.set(true);
            let result = self.run_one_finalizer();
            self.in_finalizer.set(false);
            if result.is_err() {
                self.heap.request_poll(POLL_FINALIZER);
                return result;
            }
        }
        Ok(())
    }

    /// Errors but a kill are warnings.
    fn run_one_finalizer(&mut self) -> Result<(), Fault> {
        let Some(obj) = self.heap.next_finalizable() else { return Ok(()) };
        let saved_top = self.top.replace(self.free_top());
        // A finalizer may catch errors of its own.
        let error = self.root(self.error.get());
        let method = self.event_of(obj, Event::Gc);
        let mut result = Ok(());
        if !method.is_nil() {
            self.push(method);
            self.push(obj);
            result = match self.call_finalizer() {
                Ok(()) => Ok(()),
                Err(Fault::Kill) => Err(Fault::Kill),
                // If the host has no more memory, the program has to know, however often a finalizer is told.
                Err(_) if self.heap.is_desperate() => Err(self.memory_error()),
                Err(_) => {
                    let message = self.warning_text();
                    self.warn(&message, false)
                }
            };
        }
        if result.is_ok() {
            self.error.set(self.rooted(error));
        }
        self.unroot(error);
        self.top.set(saved_top);
        result
    }

    fn warning_text(&self) -> Vec<u8> {
        let e = self.error_value();
        let mut text = b"error in __gc (".to_vec();
        match e.downcast::<Str>() {
            Some(s) => text.extend_from_slice(as_c_string(s.as_bytes())),
            None => text.extend_from_slice(b"error object is not a string"),
        }
        text.push(b')');
        text
    }

    /// Emits a piece of a warning: to whoever takes them, or on standard error, if warnings are on. Control messages (`@on`, `@off`) switch.
    ///
    /// # Errors
    /// [`Fault::Kill`], while it waits to be written. A warning that can't be written has nowhere to be reported.
    pub fn warn(&mut self, piece: &[u8], to_be_continued: bool) -> Result<(), Fault> {
        match self.warning_sink.clone() {
            Some(sink) => sink(self, piece, to_be_continued),
            None => self.show_warning(piece, to_be_continued),
        }
    }

    /// The same, where nobody takes them.
    pub(crate) fn show_warning(&self, piece: &[u8], to_be_continued: bool) -> Result<(), Fault> {
        let state = self.warnings.get();
        if state != WarnState::Continued && !to_be_continued && piece.first() == Some(&b'@') {
            match piece {
                b"@on" => self.warnings.set(WarnState::On),
                b"@off" => self.warnings.set(WarnState::Off),
                _ => {}
            }
            return Ok(());
        }
        if state == WarnState::Off {
            return Ok(());
        }
        let prefix = if state == WarnState::On { &b"Lua warning: "[..] } else { b"" };
        let end = if to_be_continued { &b""[..] } else { b"\n" };
        self.warnings.set(if to_be_continued { WarnState::Continued } else { WarnState::On });
        crate::stdlib::write_standard_error(self, &[prefix, piece, end])
    }

    /// A closure of the running Lua function's callee slot, for diagnostics.
    pub(crate) fn callee_of(&self, f: &Frame) -> Value<'_> {
        self.at(f.func as usize)
    }

    /// Registers a feedback vector, so that its weak entries can be cleared.
    pub(crate) fn register_feedback(&self, f: *const FeedbackVector) {
        self.feedbacks.borrow_mut().push(f);
    }

    /// The feedback vectors of all functions. They must not be used across a safepoint.
    pub(crate) fn feedback_vectors(&self) -> Vec<&FeedbackVector> {
        // SAFETY: dead ones are dropped from the list when marking ends, before they are swept.
        self.feedbacks.borrow().iter().map(|f| unsafe { &*f }).collect()
    }

    /// Notes that a feedback vector has learned something since the last collection.
    pub(crate) fn add_fresh_feedback(&self, f: *const FeedbackVector) {
        self.fresh_feedbacks.borrow_mut().push(f);
    }

    /// Whether the state is being closed after its program was killed.
    pub fn closes_after_kill(&self) -> bool {
        self.closing.get() && self.was_killed.get()
    }

    /// For who ends the process and doesn't drop the state, which has been closed: what dropping it would write to files goes
    /// there. (A kill may have left files that haven't been closed.)
    pub fn flush_before_exit(&self) {
        crate::stdlib::flush_dropped();
    }

    /// Closes the state: what the main coroutine has left to be closed is, every pending finalizer runs, and what has
    /// been written to files goes there. Nothing else runs afterwards. It may be called in the midst of a program, even
    /// by a finalizer.
    ///
    /// # Errors
    /// [`Fault::Kill`]: the finalizers that were left haven't run.
    pub fn close(&mut self) -> Result<(), Fault> {
        self.closing.set(true);
        // A kill is one for all of it.
        let depth = self.native_depth.replace(self.native_depth.get() + 1);
        let closed = self.close_main();
        self.heap.all_finalizable_at_close();
        self.in_finalizer.set(false);
        let closed = closed.and_then(|()| self.run_finalizers());
        let closed = closed.and_then(|()| crate::stdlib::flush_files(self));
        self.native_depth.set(depth);
        if depth == 0 {
            self.end_kill();
        }
        closed
    }
}

impl Default for Cx {
    fn default() -> Self {
        Cx::new()
    }
}

impl RootSet for Cx {
    fn trace_roots(&self, m: &mut Marker<'_>) {
        m.object(self.main_thread.get());
        m.object(self.thread.get());
        m.object(self.registry.get());
        m.object(self.globals.get());
        for t in &self.metatables {
            m.object(t.get());
        }
        m.object(self.string_shape.get());
        for s in self.type_names.iter().chain(&self.events) {
            m.object(s.get());
        }
        m.value(self.error.get());
        m.value(self.kill_text.get());
        for s in &self.roots.borrow().slots {
            m.value(s.get());
        }
        self.shapes.trace_roots(m);
        if self.tiers.learns_always() {
            for f in self.feedbacks.borrow().iter() {
                m.object(f);
            }
        }
    }

    fn clear_weak(&self, heap: &Heap, is_dead: &dyn Fn(*const u8) -> bool, major: bool) {
        self.strings.clear_dead(is_dead, major);
        self.shapes.clear_dead(heap, is_dead, major);
        self.global_cache.clear();
        self.tiers.drop_dead(is_dead, major);
        // Only what was learned since the last collection can be about objects that die in a minor one.
        let fresh = self.fresh_feedbacks.take();
        let mut all = self.feedbacks.borrow_mut();
        all.drop_dead(is_dead, major);
        let clear = |f: *const FeedbackVector| {
            if !is_dead(f as *const u8) {
                // SAFETY: alive, as just checked.
                unsafe { (*f).clear_dead(is_dead) };
            }
        };
        if major {
            all.iter().for_each(clear);
        } else {
            fresh.into_iter().for_each(clear);
        }
    }
}
