//! The state: [`Lua`], and who may touch the runtime's context when.
//!
//! **Problem.** Everything in the runtime that can run Lua takes the context by `&mut`. A Rust function called by Lua
//! gets such a reference from its caller and must be able to use the whole API through a shared `&Lua`, while the
//! references of the interpreter activations below stay valid once it returns.
//!
//! **Design.** [`Inner::cx`] holds the pointer through which the context may be reached *now*, or nothing.
//!
//! ```text
//!  host ── with ──► takes the pointer, &mut Cx ──► interpreter ──► trampoline(&mut Cx)
//!                                                                      │ lend: puts in a pointer made from it
//!                                                                      ▼
//!                                               callback(&Lua) ── with ──► takes that pointer …
//! ```
//!
//! [`Inner::with`] takes the pointer out for the length of one operation and puts it back afterwards. So there is at
//! most one `&mut Cx` made from a pointer at any time, and none of it is reachable by whatever else runs meanwhile:
//! it finds nothing and panics. The trampoline that
//! calls a Rust function has a `&mut Cx` of its own; [`Inner::lend`] reborrows it, puts in the new pointer, and takes it
//! out again before the reborrow ends.
//!
//! *Ownership.* Clones of a `Lua` own the state; handles don't, so that values which the state owns may hold handles (a
//! callback that captures a table, a userdata with a function in it) without keeping it alive for ever. A handle that has
//! outlived its state gives errors.
//!
//! *Dropping* a handle never touches the context, since that may happen anywhere: the root to be given up is noted in
//! [`Inner::dropped`], and the next operation sees to it. The other way round, Rust values that the collector finds dead
//! are dropped when it is done ([`Inner::bury`]), since their destructors may use the state.
//!
//! *Panics* of Rust functions that Lua calls are caught by the trampoline, which stops the program as an interrupt would
//! ([`Inner::panicked`] has the panic meanwhile): no `pcall` catches it, pending `__close` handlers are dropped, frames put in
//! order, and the operation by which the host entered goes on with the panic when it is done. So the state is as good as
//! after an error. (A host may allow programs to catch panics: see [`LuaOptions::catch_rust_panics`].) A panic in the runtime
//! itself, which is a bug in it, passes through as it is: neither function puts the
//! pointer back while unwinding, so that the state can't be used again, and what was left half done is never seen. Its
//! memory is leaked.
//!
//! **Invariants.** `cx` is empty or holds a pointer valid for a `&mut Cx` that nobody else makes or uses before it is
//! put back or overwritten. `main` came from a box, and nothing but pointers derived from it reach the context.
//!
//! **Rejected.** A `RefCell<Cx>`: a callback would find it borrowed. A `&mut Lua` for callbacks: every handle would have
//! to borrow it. Handles that own the state: any handle held by a value of the state is a leak.

mod app_data;
mod collector;
mod create;
mod hooks;
mod options;
mod registry;

pub use app_data::{AppDataRef, AppDataRefMut};
pub use collector::{GcGenParams, GcIncParams, GcMode};
pub use options::LuaOptions;
pub use registry::RegistryKey;

use crate::crossing::{Raised, Thrown};
use crate::error::{Error, Result};
use crate::multi::MultiValue;
#[cfg(feature = "jit")]
use crate::observe::Compiling;
use crate::settings::Options;
use crate::stdlib::StdLib;
use crate::thread::ThreadEvents;
use crate::userdata::UserDataTypes;
use crate::value::Value;
use app_data::AppData;
use hooks::Hooks;
use perilune_runtime::cx::{Cx, Fault, RootId};
use perilune_runtime::interrupt::InterruptHandle;
use perilune_runtime::stdlib;
use perilune_runtime::value::Value as RtValue;
use registry::Registry;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::NonNull;
use std::rc::{Rc, Weak};
use std::sync::Weak as ArcWeak;

/// A Lua state. Clones refer to the same state, which ends with the last of them: finalizers (`__gc`) that haven't run do
/// so then.
///
/// ```
/// # fn main() -> perilune::Result<()> {
/// let lua = perilune::Lua::new();
/// let n: i64 = lua.load("return 6 * 7").eval()?;
/// assert_eq!(n, 42);
/// # Ok(())
/// # }
/// ```
pub struct Lua {
    pub(crate) inner: Rc<Inner>,
}

/// A state, without keeping it.
#[derive(Clone)]
pub struct WeakLua(pub(crate) Weak<Inner>);

/// What handles share. See the module's text.
pub(crate) struct Inner {
    cx: Cell<Option<NonNull<Cx>>>,
    main: NonNull<Cx>,
    /// What there is to be seen to: bits of [`attention`].
    attention: Cell<u8>,
    dropped: RefCell<Vec<RootId>>,
    /// How many handles share a root, by its index.
    shares: RefCell<Vec<u32>>,
    /// The panic of a Rust function that Lua called, on its way to the operation by which the host entered.
    panicked: Cell<Option<Box<dyn Any + Send>>>,
    /// Rust values that the collector has found dead.
    dead: RefCell<Vec<Box<dyn Any>>>,
    closed: Cell<bool>,
    /// Whether programs may catch panics.
    pub(crate) catches_panics: Cell<bool>,
    /// Whether the host has asked for a state in which everything is to be had.
    is_privileged: Cell<bool>,
    /// Error values on their way through Rust; see [`Thrown`].
    pub(crate) thrown: RefCell<Vec<(ArcWeak<Thrown>, RootId)>>,
    /// What the message handler found out about the error that was thrown last, while it is on its way.
    pub(crate) raised: RefCell<Option<Raised>>,
    /// Whether errors are extended by their traceback: see [`Lua::extend_errors`].
    pub(crate) extends_errors: Cell<bool>,
    /// See [`Lua::detail_errors`].
    pub(crate) details_errors: Cell<bool>,
    /// The metatable of error objects, when there has been one.
    pub(crate) error_metatable: Cell<Option<RootId>>,
    /// Metatables of userdata, by type.
    pub(crate) types: UserDataTypes,
    /// The message handler of calls from Rust.
    pub(crate) handler: Cell<Option<RootId>>,
    pub(crate) app_data: AppData,
    pub(crate) registry: Registry,
    pub(crate) hooks: Hooks,
    pub(crate) thread_events: ThreadEvents,
    /// The metatable of lists, when there has been one.
    #[cfg(feature = "serde")]
    pub(crate) array_metatable: Cell<Option<RootId>>,
    #[cfg(feature = "async")]
    pub(crate) waits: crate::waiting::Waits,
    /// The compilers, if there are any.
    #[cfg(feature = "jit")]
    pub(crate) compiling: RefCell<Option<Compiling>>,
}

/// What operations look for.
mod attention {
    /// There is something in `dropped`.
    pub(super) const BEFORE: u8 = 1;
    /// There is something in `panicked` or `dead`.
    pub(super) const AFTER: u8 = 2;
}

impl Inner {
    /// Runs an operation on the context.
    ///
    /// # Panics
    /// If the state isn't available: see the module's text. If a Rust function that was called in the course of it did.
    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut Cx) -> R) -> R {
        let Some(mut p) = self.cx.take() else { unavailable() };
        // SAFETY: by the invariant of `cx`, and it is out of reach for others until it is put back.
        let cx = unsafe { p.as_mut() };
        if self.attention.get() & attention::BEFORE != 0 {
            self.unroot_dropped(cx);
        }
        let r = f(cx);
        self.cx.set(Some(p));
        if self.attention.get() & attention::AFTER != 0 {
            self.attend();
        }
        r
    }

    /// Whether an operation can begin.
    pub(crate) fn is_available(&self) -> bool {
        let p = self.cx.get();
        p.is_some()
    }

    fn unroot_dropped(&self, cx: &Cx) {
        self.attention.set(self.attention.get() & !attention::BEFORE);
        for id in self.dropped.borrow_mut().drain(..) {
            cx.unroot(id);
        }
    }

    /// Sees to what has come up during an operation.
    #[cold]
    fn attend(&self) {
        if let Some(panic) = self.panicked.take() {
            resume_unwind(panic);
        }
        self.attention.set(self.attention.get() & !attention::AFTER);
        // Each of the destructors may use the state, and panic.
        loop {
            let next = self.dead.borrow_mut().pop();
            match next {
                Some(value) => drop(value),
                None => break,
            }
        }
    }

    /// Runs Rust code that may use the API while `cx` is borrowed by a native function. A panic is what it fails with.
    #[inline]
    pub(crate) fn lend<R>(
        &self,
        cx: &mut Cx,
        f: impl FnOnce() -> R,
    ) -> std::result::Result<R, Box<dyn Any + Send>> {
        /// Withdraws the pointer also when unwinding.
        struct Withdraw<'a>(&'a Inner);
        impl Drop for Withdraw<'_> {
            fn drop(&mut self) {
                self.0.cx.set(None);
            }
        }
        self.cx.set(Some(NonNull::from(cx)));
        let _withdraw = Withdraw(self);
        catch_unwind(AssertUnwindSafe(f))
    }

    /// Has a panic go on when the operation under way ends.
    pub(crate) fn set_panicked(&self, panic: Box<dyn Any + Send>) {
        self.panicked.set(Some(panic));
        self.attention.set(self.attention.get() | attention::AFTER);
    }

    /// A handle has a root.
    #[inline]
    pub(crate) fn begin_sharing(&self, id: RootId) {
        let mut shares = self.shares.borrow_mut();
        let index = id.index();
        if index >= shares.len() {
            shares.resize(index + 1, 0);
        }
        shares[index] = 1;
    }

    /// Another handle has the same root.
    #[inline]
    pub(crate) fn share(&self, id: RootId) {
        if let Some(n) = self.shares.borrow_mut().get_mut(id.index()) {
            *n += 1;
        }
    }

    /// A handle has a root no longer. With the last of them, the root is to be given up.
    #[inline]
    pub(crate) fn end_share(&self, id: RootId) {
        if let Some(n) = self.shares.borrow_mut().get_mut(id.index()) {
            *n -= 1;
            if *n > 0 {
                return;
            }
        }
        self.dropped.borrow_mut().push(id);
        self.attention.set(self.attention.get() | attention::BEFORE);
    }

    /// Takes a value that is to be dropped when the state can be used.
    pub(crate) fn bury(&self, value: Box<dyn Any>) {
        self.dead.borrow_mut().push(value);
        self.attention.set(self.attention.get() | attention::AFTER);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if self.cx.get() == Some(self.main) {
            // SAFETY: it came from a box; no operation is under way, as the pointer is in its place, and nobody
            // can begin one.
            drop(unsafe { Box::from_raw(self.main.as_ptr()) });
        }
    }
}

#[cold]
fn unavailable() -> ! {
    panic!("the Lua state can't be used here: it is in use, or a panic has passed through it");
}

/// The error of a handle whose state has ended.
#[cold]
pub(crate) fn gone() -> Error {
    Error::RuntimeError("the Lua state is gone".to_owned())
}

impl Default for Lua {
    fn default() -> Lua {
        Lua::new()
    }
}

impl Clone for Lua {
    fn clone(&self) -> Lua {
        Lua { inner: self.inner.clone() }
    }
}

impl fmt::Debug for Lua {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lua({:p})", self.inner.main)
    }
}

impl PartialEq for Lua {
    /// Whether both are the same state.
    fn eq(&self, other: &Lua) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }
}

impl Drop for Lua {
    fn drop(&mut self) {
        // Finalizers may call Rust functions, which get a `Lua` of their own while this one keeps the state.
        let is_last = Rc::strong_count(&self.inner) == 1;
        if is_last && self.inner.is_available() && !std::thread::panicking() {
            // An interrupt has ended what there was to be ended.
            let _ = self.close_state();
            self.inner.forget_host_values();
        }
    }
}

impl Inner {
    /// Drops values of the host's that the state keeps beside the heap, while it can still be used.
    fn forget_host_values(&self) {
        self.thread_events.clear();
        self.hooks.clear();
        self.app_data.clear();
    }
}

impl WeakLua {
    /// The state, if it hasn't ended.
    #[inline]
    pub fn try_upgrade(&self) -> Option<Lua> {
        self.0.upgrade().map(|inner| Lua { inner })
    }

    /// The state.
    ///
    /// # Panics
    /// If it has ended.
    pub fn upgrade(&self) -> Lua {
        match self.try_upgrade() {
            Some(lua) => lua,
            None => panic!("Lua instance is destroyed"),
        }
    }
}

impl PartialEq for WeakLua {
    /// Whether both are the same state.
    fn eq(&self, other: &WeakLua) -> bool {
        self.0.ptr_eq(&other.0)
    }
}

impl fmt::Debug for WeakLua {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WeakLua({:p})", self.0.as_ptr())
    }
}

impl Lua {
    /// A state with the standard libraries but `debug`.
    pub fn new() -> Lua {
        let lua = Lua::make(Options::new(), StdLib::ALL_SAFE);
        // A fresh state without a limit has memory for it, or nothing works.
        let _ = lua.refuse_native_modules();
        lua
    }

    /// A state with all standard libraries, in which everything is to be had: `debug`, by which programs can change
    /// variables of other functions, and precompiled chunks.
    ///
    /// # Safety
    /// There is nothing a program could do to the host's memory. It is `unsafe` because programs written for `mlua` say so.
    pub unsafe fn unsafe_new() -> Lua {
        Lua::with_options(Options::new().text_only(false))
    }

    /// A state with some of the standard libraries.
    ///
    /// # Errors
    /// [`Error::SafetyError`] if [`StdLib::DEBUG`] is among them: see [`Lua::unsafe_new_with`].
    pub fn new_with(libraries: StdLib, options: LuaOptions) -> Result<Lua> {
        if libraries != StdLib::ALL && libraries.contains(StdLib::DEBUG) {
            return Err(no_debug());
        }
        let lua = Lua::make(Options::new(), libraries & StdLib::ALL_SAFE);
        lua.inner.catches_panics.set(options.catch_rust_panics);
        lua.refuse_native_modules()?;
        Ok(lua)
    }

    /// As [`Lua::new_with`], with everything to be had; see [`Lua::unsafe_new`].
    ///
    /// # Safety
    /// As for [`Lua::unsafe_new`].
    pub unsafe fn unsafe_new_with(libraries: StdLib, options: LuaOptions) -> Lua {
        let lua = Lua::make(Options::new().text_only(false), libraries);
        lua.inner.catches_panics.set(options.catch_rust_panics);
        lua.inner.is_privileged.set(true);
        lua
    }

    /// A state with all standard libraries and special settings.
    pub fn with_options(options: Options) -> Lua {
        let lua = Lua::make(options, StdLib::ALL);
        lua.inner.is_privileged.set(true);
        lua
    }

    fn make(options: Options, libraries: StdLib) -> Lua {
        let mut cx = Box::new(Cx::with_stress(options.stress()));
        #[cfg(feature = "jit")]
        // Where there is no memory for code, programs are interpreted.
        let jit = options.jit_policy().and_then(|p| perilune_jit::install(&mut cx, p).ok());
        if options.ignore_environment {
            let key = cx.string(b"LUA_NOENV");
            cx.registry().set_str(cx.tables(), key, RtValue::TRUE);
        }
        stdlib::open_basic(&mut cx);
        libraries.open(&mut cx);
        cx.set_text_only(options.text_only);
        cx.heap.set_limit(options.max_memory);
        let main = NonNull::from(Box::leak(cx));
        Lua {
            inner: Rc::new(Inner {
                cx: Cell::new(Some(main)),
                main,
                attention: Cell::new(0),
                dropped: RefCell::default(),
                shares: RefCell::default(),
                panicked: Cell::new(None),
                dead: RefCell::default(),
                closed: Cell::new(false),
                catches_panics: Cell::new(false),
                is_privileged: Cell::new(false),
                thrown: RefCell::default(),
                raised: RefCell::new(None),
                extends_errors: Cell::new(false),
                details_errors: Cell::new(false),
                error_metatable: Cell::new(None),
                types: UserDataTypes::default(),
                handler: Cell::new(None),
                app_data: AppData::default(),
                registry: Registry::default(),
                hooks: Hooks::default(),
                thread_events: ThreadEvents::default(),
                #[cfg(feature = "serde")]
                array_metatable: Cell::new(None),
                #[cfg(feature = "async")]
                waits: crate::waiting::Waits::default(),
                #[cfg(feature = "jit")]
                compiling: RefCell::new(jit.map(Compiling::new)),
            }),
        }
    }

    /// Opens more of the standard libraries.
    ///
    /// # Errors
    /// [`Error::SafetyError`] if [`StdLib::DEBUG`] is among them and the state has no privileges: see [`Lua::unsafe_new`].
    pub fn load_std_libs(&self, libraries: StdLib) -> Result<()> {
        let is_privileged = self.inner.is_privileged.get();
        if !is_privileged && libraries != StdLib::ALL && libraries.contains(StdLib::DEBUG) {
            return Err(no_debug());
        }
        let libraries = if is_privileged { libraries } else { libraries & StdLib::ALL_SAFE };
        self.with(|cx| libraries.open(cx));
        if is_privileged { Ok(()) } else { self.refuse_native_modules() }
    }

    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut Cx) -> R) -> R {
        self.inner.with(f)
    }

    pub(crate) fn downgrade(&self) -> Weak<Inner> {
        Rc::downgrade(&self.inner)
    }

    pub(crate) fn from_weak(inner: &Weak<Inner>) -> Option<Lua> {
        inner.upgrade().map(|inner| Lua { inner })
    }

    /// The state, without keeping it.
    pub fn weak(&self) -> WeakLua {
        WeakLua(self.downgrade())
    }

    /// A safepoint before an allocation, if the collector waits for one.
    #[inline]
    pub(crate) fn safepoint(&self, cx: &mut Cx) -> Result<()> {
        if cx.heap.poll_bits() == 0 {
            return Ok(());
        }
        cx.safepoint().map_err(|fault| self.error_of_fault(cx, fault))
    }

    /// Makes sure that so many values can be pushed.
    pub(crate) fn make_room(&self, values: usize) -> Result<()> {
        self.with(|cx| cx.check_stack(values, "too many values").map_err(|_| Error::StackError))
    }

    /// The values in so many slots of the stack.
    pub(crate) fn stack_values(&self, first: usize, count: usize) -> MultiValue {
        self.with(|cx| {
            let value = |slot| Value::from_runtime(self, cx, cx.stack_value(slot));
            (first..first + count).map(value).collect()
        })
    }

    /// Has the interpreter record all the time what the program's values are, instead of when it is about to compile. For
    /// [`Lua::feedback`]; to be set before anything is loaded.
    pub fn learn_always(&self, always: bool) {
        self.with(|cx| cx.learn_always(always));
    }

    /// What the functions loaded so far have learned about their values: the disassembly of each with remarks, for
    /// people to read. With a `filter`, only of those with this in their name (`deposit`, `account.deposit`), or that begin
    /// at this place (`bank.lua:12`).
    ///
    /// ```
    /// # fn main() -> perilune::Result<()> {
    /// let lua = perilune::Lua::new();
    /// lua.learn_always(true);
    /// lua.load("function double(x) return x + x end; double(1.5)").exec()?;
    /// let feedback = lua.feedback(Some("double"));
    /// assert!(feedback.lines().any(|line| line.contains("ADD") && line.ends_with("=> float")));
    /// # Ok(())
    /// # }
    /// ```
    pub fn feedback(&self, filter: Option<&str>) -> String {
        self.with(|cx| cx.feedback_dump(filter))
    }

    /// Refuses one in so many requests for memory from now on, as if the host had none; `None`: no more than the host. Which
    /// is chosen at random, from the seed. See [`Options::refuse_memory`](crate::Options::refuse_memory). For tests.
    pub fn refuse_memory(&self, one_in: Option<u64>, seed: u64) {
        let one_in = one_in.map_or(0, |n| usize::try_from(n).unwrap_or(usize::MAX));
        self.with(|cx| cx.heap.set_refusals(one_in, seed));
    }

    /// Asserts that nothing has been freed that a program could still reach. For tests.
    ///
    /// # Panics
    /// If something has been.
    pub fn verify_heap(&self) {
        self.with(|cx| cx.verify_heap());
    }

    /// Refuses precompiled chunks from now on, wherever they are loaded from, or no longer. See
    /// [`Options::text_only`](crate::Options::text_only), which is on if nothing else was said.
    pub fn set_text_only(&self, on: bool) {
        self.with(|cx| cx.set_text_only(on));
    }

    /// A handle by which other threads and signal handlers can stop the program that runs, or else the one that runs
    /// next. It ends with an error that no Lua code can catch ([`Error::is_interrupt`]); Rust functions called
    /// by it should hand that on; if one doesn't, the program is stopped again at the next opportunity. To-be-closed variables are
    /// closed, for which there are 100 milliseconds in all. Finalizers that run while a state is dropped are stopped, too.
    ///
    /// ```
    /// # use perilune::{Interrupt, Lua};
    /// let lua = Lua::new();
    /// let handle = lua.interrupt_handle();
    /// std::thread::spawn(move || handle.interrupt(Interrupt::Timeout));
    /// match lua.load("while true do pcall(string.rep, 'x') end").exec() {
    ///     Err(e) => assert!(e.is_interrupt()),
    ///     Ok(()) => panic!(),
    /// }
    /// assert_eq!(lua.load("1 + 1").eval::<i64>().unwrap(), 2);
    /// ```
    ///
    /// [`Error::is_interrupt`]: crate::Error::is_interrupt
    pub fn interrupt_handle(&self) -> InterruptHandle {
        self.with(|cx| cx.interrupt_handle())
    }

    fn close_state(&self) -> Result<()> {
        if self.inner.closed.replace(true) {
            return Ok(());
        }
        self.with(|cx| cx.close().map_err(|fault| self.error_of_fault(cx, fault)))
    }

    /// Ends the state, as dropping the last handle to it does: finalizers run, and what has been written to files and to
    /// standard output goes there. If there are other clones, it is the last of them that ends it.
    ///
    /// Finalizers take what time they like. An [`InterruptHandle`] stops them, too.
    ///
    /// # Errors
    /// If they have been interrupted ([`Error::is_interrupt`]). Those that were left haven't run.
    pub fn close(self) -> Result<()> {
        if Rc::strong_count(&self.inner) == 1 { self.close_state() } else { Ok(()) }
    }

    /// As [`Lua::close`], for a process that is about to end: the memory of the state is left to the system, which frees it at
    /// once. (If what the compilers do is observed, which includes freeing code, it is given back; unless the program was
    /// stopped by an [`InterruptHandle`], as that may take longer than there is time.)
    ///
    /// # Errors
    /// As [`Lua::close`].
    pub fn close_to_exit(self) -> Result<()> {
        if Rc::strong_count(&self.inner) > 1 {
            return Ok(());
        }
        let closed = self.close_state();
        #[cfg(feature = "jit")]
        let is_observed =
            self.inner.compiling.borrow().as_ref().is_some_and(|c| c.jit.is_observed());
        #[cfg(not(feature = "jit"))]
        let is_observed = false;
        if !is_observed || self.with(|cx| cx.closes_after_kill()) {
            self.with(|cx| cx.flush_before_exit());
            std::mem::forget(self);
        }
        closed
    }

    /// Turns a runtime failure into an error.
    #[inline]
    pub(crate) fn check<T>(&self, cx: &Cx, r: std::result::Result<T, Fault>) -> Result<T> {
        match r {
            Ok(v) => Ok(v),
            Err(fault) => Err(self.error_of_fault(cx, fault)),
        }
    }
}

#[cold]
fn no_debug() -> Error {
    let text = "the debug library lets programs change each other; see Lua::unsafe_new";
    Error::SafetyError(text.to_owned())
}
