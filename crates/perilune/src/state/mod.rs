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
//! most one `&mut Cx` made from a pointer at any time, and none of it is reachable by whatever else runs meanwhile,
//! destructors of captured Rust values run by the collector included: they find nothing and panic. The trampoline that
//! calls a Rust function has a `&mut Cx` of its own; [`Inner::lend`] reborrows it, puts in the new pointer, and takes it
//! out again before the reborrow ends.
//!
//! *Dropping* a handle never touches the context, since that may happen anywhere: the root to be given up is noted in
//! [`Inner::dropped`], and the next operation sees to it.
//!
//! *Panics* of Rust functions that Lua calls are caught by the trampoline, which stops the program as an interrupt would
//! ([`Inner::panicked`] has the panic meanwhile): no `pcall` catches it, pending `__close` handlers are dropped, frames put in
//! order, and the operation by which the host entered goes on with the panic when it is done. So the state is as good as
//! after an error. A panic in the runtime itself, which is a bug in it, passes through as it is: neither function puts the
//! pointer back while unwinding, so that the state can't be used again, and what was left half done is never seen. Its
//! memory is leaked.
//!
//! **Invariants.** `cx` is empty or holds a pointer valid for a `&mut Cx` that nobody else makes or uses before it is
//! put back or overwritten. `main` came from a box, and nothing but pointers derived from it reach the context.
//!
//! **Rejected.** A `RefCell<Cx>`: a callback would find it borrowed. A `&mut Lua` for callbacks: every handle would have
//! to borrow it. Panics as errors that Lua can catch: a program that goes on after a failed assertion of its host's helps
//! nobody.

use crate::chunk::Chunk;
use crate::convert::FromLuaMulti;
use crate::error::{Error, Raised, Result, Thrown};
use crate::function::{Function, NativeEntry};
use crate::handle::Ref;
use crate::multi::IntoLuaMulti;
#[cfg(feature = "jit")]
use crate::observe::Compiling;
use crate::settings::Options;
use crate::string::LuaString;
use crate::table::Table;
use crate::thread::Thread;
use crate::userdata::AnyUserData;
use crate::value::Value;
use perilune_runtime::cx::{Cx, Fault, RootId};
use perilune_runtime::interrupt::InterruptHandle;
use perilune_runtime::stdlib;
use perilune_runtime::value::Value as RtValue;
use std::any::{Any, TypeId};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::ptr::NonNull;
use std::rc::{Rc, Weak};
use std::sync::Weak as ArcWeak;

/// A Lua state. Clones refer to the same state, as do the handles to its values.
///
/// The state ends with the last of them: finalizers (`__gc`) that haven't run do so then.
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

/// What handles share. See the module's text.
pub(crate) struct Inner {
    cx: Cell<Option<NonNull<Cx>>>,
    main: NonNull<Cx>,
    dropped: RefCell<Vec<RootId>>,
    /// The panic of a Rust function that Lua called, on its way to the operation by which the host entered.
    panicked: Cell<Option<Box<dyn Any + Send>>>,
    closed: Cell<bool>,
    /// Error values on their way through Rust; see [`Thrown`].
    pub(crate) thrown: RefCell<Vec<(ArcWeak<Thrown>, RootId)>>,
    /// What the message handler found out about the error that was thrown last, while it is on its way.
    pub(crate) raised: RefCell<Option<Raised>>,
    /// Whether errors are extended by their traceback: see [`Lua::extend_errors`].
    pub(crate) extends_errors: Cell<bool>,
    /// Values made when first needed, which live as long as the state: metatables of userdata, by type.
    metatables: RefCell<HashMap<TypeId, RootId>>,
    /// The message handler of calls from Rust.
    pub(crate) handler: Cell<Option<RootId>>,
    /// The compilers, if there are any.
    #[cfg(feature = "jit")]
    pub(crate) compiling: RefCell<Option<Compiling>>,
}

impl Inner {
    /// Runs an operation on the context.
    ///
    /// # Panics
    /// If the state isn't available: see the module's text. If a Rust function that was called in the course of it did.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut Cx) -> R) -> R {
        let Some(mut p) = self.cx.take() else { unavailable() };
        // SAFETY: by the invariant of `cx`, and it is out of reach for others until it is put back.
        let cx = unsafe { p.as_mut() };
        for id in self.dropped.borrow_mut().drain(..) {
            cx.unroot(id);
        }
        let r = f(cx);
        self.cx.set(Some(p));
        if let Some(panic) = self.panicked.take() {
            resume_unwind(panic);
        }
        r
    }

    /// Runs Rust code that may use the API while `cx` is borrowed by a native function.
    ///
    /// # Errors
    /// [`Fault::Kill`], if it panics.
    pub(crate) fn lend<R>(
        &self,
        cx: &mut Cx,
        f: impl FnOnce() -> R,
    ) -> std::result::Result<R, Fault> {
        /// Withdraws the pointer also when unwinding.
        struct Withdraw<'a>(&'a Inner);
        impl Drop for Withdraw<'_> {
            fn drop(&mut self) {
                self.0.cx.set(None);
            }
        }
        self.cx.set(Some(NonNull::from(cx)));
        let _withdraw = Withdraw(self);
        catch_unwind(AssertUnwindSafe(f)).map_err(|panic| {
            self.panicked.set(Some(panic));
            Fault::Kill
        })
    }

    /// Notes a root that is to be given up.
    pub(crate) fn drop_root(&self, id: RootId) {
        self.dropped.borrow_mut().push(id);
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
    panic!(
        "the Lua state can't be used here: a destructor called by its collector is using it, or a panic has passed \
         through it"
    );
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
        if is_last && self.inner.cx.get().is_some() && !std::thread::panicking() {
            // An interrupt has ended what there was to be ended.
            let _ = self.close_state();
        }
    }
}

impl Lua {
    /// A state with all standard libraries.
    pub fn new() -> Lua {
        Lua::with_options(Options::new())
    }

    /// A state with all standard libraries and special settings.
    pub fn with_options(options: Options) -> Lua {
        let mut cx = Box::new(Cx::with_stress(options.stress()));
        #[cfg(feature = "jit")]
        // Where there is no memory for code, programs are interpreted.
        let jit = options.jit_policy().and_then(|p| perilune_jit::install(&mut cx, p).ok());
        if options.ignore_environment {
            let key = cx.string(b"LUA_NOENV");
            cx.registry().set_str(cx.tables(), key, RtValue::TRUE);
        }
        stdlib::open_all(&mut cx);
        cx.set_text_only(options.text_only);
        cx.heap.set_limit(options.max_memory);
        let main = NonNull::from(Box::leak(cx));
        Lua {
            inner: Rc::new(Inner {
                cx: Cell::new(Some(main)),
                main,
                dropped: RefCell::new(Vec::new()),
                panicked: Cell::new(None),
                closed: Cell::new(false),
                thrown: RefCell::new(Vec::new()),
                raised: RefCell::new(None),
                extends_errors: Cell::new(false),
                metatables: RefCell::new(HashMap::new()),
                handler: Cell::new(None),
                #[cfg(feature = "jit")]
                compiling: RefCell::new(jit.map(Compiling::new)),
            }),
        }
    }

    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut Cx) -> R) -> R {
        self.inner.with(f)
    }

    pub(crate) fn downgrade(&self) -> Weak<Inner> {
        Rc::downgrade(&self.inner)
    }

    pub(crate) fn upgrade(inner: &Weak<Inner>) -> Option<Lua> {
        inner.upgrade().map(|inner| Lua { inner })
    }

    /// A safepoint before an allocation, if the collector waits for one.
    pub(crate) fn safepoint(&self, cx: &mut Cx) -> Result<()> {
        if cx.heap.poll_bits() == 0 {
            return Ok(());
        }
        cx.safepoint().map_err(|fault| self.error_of_fault(cx, fault))
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

    /// A chunk of Lua source, to be compiled or run; or a precompiled one, if [`Options::text_only`] is off.
    pub fn load<S: AsRef<[u8]>>(&self, source: S) -> Chunk<S> {
        Chunk::new(self, source)
    }

    /// A chunk from a file. A first line that begins with `#` is skipped.
    ///
    /// # Errors
    /// If the file can't be read.
    pub fn load_file(&self, path: impl AsRef<Path>) -> std::io::Result<Chunk<Vec<u8>>> {
        let path = path.as_ref();
        let source = std::fs::read(path)?;
        let name = [b"@", path.as_os_str().as_encoded_bytes()].concat();
        Ok(Chunk::new(self, source).set_name(name).skip_first_line_comment())
    }

    /// The table of global variables.
    pub fn globals(&self) -> Table {
        self.with(|cx| Table(Ref::new(self, cx, RtValue::object(cx.globals()))))
    }

    /// A new table.
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    pub fn create_table(&self) -> Result<Table> {
        self.create_table_with_capacity(0, 0)
    }

    /// A new table with room for so many list items and named fields.
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    pub fn create_table_with_capacity(&self, items: usize, fields: usize) -> Result<Table> {
        self.with(|cx| {
            self.safepoint(cx)?;
            let bytes = items.saturating_add(fields).saturating_mul(size_of::<u64>());
            cx.reserve(bytes).map_err(|fault| self.error_of_fault(cx, fault))?;
            Ok(Table(Ref::new(self, cx, RtValue::object(cx.new_table(items, fields)))))
        })
    }

    /// A new string. Lua strings are bytes, so anything goes.
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    pub fn create_string(&self, bytes: impl AsRef<[u8]>) -> Result<LuaString> {
        let bytes = bytes.as_ref();
        self.with(|cx| {
            self.safepoint(cx)?;
            cx.reserve(bytes.len()).map_err(|fault| self.error_of_fault(cx, fault))?;
            Ok(LuaString::new(self, cx, cx.string(bytes)))
        })
    }

    /// Makes a Lua function of a Rust function.
    ///
    /// Its arguments are converted as the type of the second parameter says: a tuple, with [`Option`] for what may be
    /// missing and [`Variadic`](crate::Variadic) for the rest. What it returns with `Err` becomes a Lua error.
    ///
    /// Values the function captured are dropped by the collector some time after the function is garbage. Their
    /// destructors must not use the state (dropping handles is fine). A captured [`Lua`] or handle keeps the state
    /// alive: use the one passed to the function.
    ///
    /// ```
    /// # fn main() -> perilune::Result<()> {
    /// # let lua = perilune::Lua::new();
    /// let greet = lua.create_function(|_, (name, times): (String, Option<usize>)| {
    ///     Ok(format!("hello {name}! ").repeat(times.unwrap_or(1)))
    /// })?;
    /// lua.globals().set("greet", greet)?;
    /// let text: String = lua.load("return greet('moon', 2)").eval()?;
    /// assert_eq!(text, "hello moon! hello moon! ");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    pub fn create_function<F, A, R>(&self, f: F) -> Result<Function>
    where
        F: Fn(&Lua, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        Function::from_rust(self, f)
    }

    /// As [`Lua::create_function`], for a function with state. Calling it while it runs is an error.
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    pub fn create_function_mut<F, A, R>(&self, f: F) -> Result<Function>
    where
        F: FnMut(&Lua, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        let f = RefCell::new(f);
        self.create_function(move |lua, args| match f.try_borrow_mut() {
            Ok(mut f) => f(lua, args),
            Err(_) => {
                Err(Error::runtime("a Rust function with state can't be called while it runs"))
            }
        })
    }

    /// A new coroutine that will run `body`.
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    pub fn create_thread(&self, body: &Function) -> Result<Thread> {
        self.with(|cx| {
            self.safepoint(cx)?;
            let body = body.0.get_in(self, cx)?;
            Ok(Thread(Ref::new(self, cx, RtValue::object(cx.new_coroutine(body)))))
        })
    }

    /// Hands a Rust value to Lua. See [`UserData`](crate::UserData).
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    pub fn create_userdata<T: crate::UserData>(&self, value: T) -> Result<AnyUserData> {
        AnyUserData::create(self, value)
    }

    /// Limits the memory Lua values may use, in bytes; `None` takes the limit away. What exceeds it fails with
    /// [`Error::MemoryError`], after a full collection.
    pub fn set_memory_limit(&self, limit: Option<usize>) {
        self.with(|cx| cx.heap.set_limit(limit));
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
    /// next. It ends with an error that no Lua code can catch ([`RuntimeError::is_interrupt`]); Rust functions called
    /// by it should hand that on; if one doesn't, the program is stopped again at the next opportunity. To-be-closed variables are
    /// closed, for which there are 100 milliseconds in all. Finalizers that run while a state is dropped are stopped, too.
    ///
    /// ```
    /// # use perilune::{Error, Interrupt, Lua};
    /// let lua = Lua::new();
    /// let handle = lua.interrupt_handle();
    /// std::thread::spawn(move || handle.interrupt(Interrupt::Timeout));
    /// match lua.load("while true do pcall(string.rep, 'x') end").exec() {
    ///     Err(Error::RuntimeError(e)) => assert!(e.is_interrupt()),
    ///     other => panic!("{other:?}"),
    /// }
    /// assert_eq!(lua.load("1 + 1").eval::<i64>().unwrap(), 2);
    /// ```
    ///
    /// [`RuntimeError::is_interrupt`]: crate::RuntimeError::is_interrupt
    pub fn interrupt_handle(&self) -> InterruptHandle {
        self.with(|cx| cx.interrupt_handle())
    }

    /// Bytes used by the state: Lua values, garbage not yet collected included, and what it keeps beside them, such as
    /// functions' code.
    pub fn memory_used(&self) -> usize {
        self.with(|cx| cx.heap.used_bytes())
    }

    /// Collects all garbage and runs the finalizers that are due. An interrupt ends a finalizer that runs; others stay due.
    pub fn gc_collect(&self) {
        self.with(|cx| {
            let _ = cx.collect();
            cx.ended();
        });
    }

    /// Turns the printing of warnings (`warn`) on or off. They are off in a new state.
    pub fn set_warnings(&self, on: bool) {
        // Control messages aren't written.
        let _ = self.with(|cx| cx.warn(if on { b"@on" } else { b"@off" }, false));
    }

    /// The value a Lua program threw, if the error came from there.
    ///
    /// ```
    /// # fn main() -> perilune::Result<()> {
    /// # let lua = perilune::Lua::new();
    /// let error = lua.load("error({code = 7})").exec().unwrap_err();
    /// let thrown: perilune::Table = lua.thrown_value(&error)?;
    /// assert_eq!(thrown.get::<i64>("code")?, 7);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the value isn't of the wanted type.
    pub fn thrown_value<T: crate::FromLua>(&self, error: &Error) -> Result<T> {
        let value = match error {
            Error::RuntimeError(e) => match self.with(|cx| self.thrown_root(cx, e)) {
                Some(v) => v,
                None => Value::String(self.create_string(e.message_bytes())?),
            },
            _ => Value::Nil,
        };
        T::from_lua(value, self)
    }

    /// The metatable for userdata of type `T`, which `make` makes the first time.
    pub(crate) fn type_metatable<T: Any>(
        &self,
        make: impl FnOnce() -> Result<Table>,
    ) -> Result<RootId> {
        let key = TypeId::of::<T>();
        if let Some(id) = self.inner.metatables.borrow().get(&key) {
            return Ok(*id);
        }
        let table = make()?;
        let id = self.with(|cx| cx.root(table.0.get(cx)));
        self.inner.metatables.borrow_mut().insert(key, id);
        Ok(id)
    }

    /// Calls a native of the runtime, protected.
    pub(crate) fn call_native(&self, entry: NativeEntry, args: &[Value]) -> Result<Vec<Value>> {
        self.with(|cx| {
            self.protected(cx, args, |cx| {
                cx.push(cx.native(entry.0, entry.1));
                Ok(())
            })
        })
    }

    fn close_state(&self) -> Result<()> {
        if self.inner.closed.replace(true) {
            return Ok(());
        }
        self.with(|cx| cx.close().map_err(|fault| self.error_of_fault(cx, fault)))
    }

    /// Ends the state, as dropping the last handle to it does: finalizers run, and what has been written to files and to
    /// standard output goes there. If there are other handles, it is the last of them that ends it.
    ///
    /// Finalizers take what time they like. An [`InterruptHandle`] stops them, too.
    ///
    /// # Errors
    /// If they have been interrupted ([`RuntimeError::is_interrupt`](crate::RuntimeError::is_interrupt)). Those that were left haven't run.
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
    pub(crate) fn check<T>(&self, cx: &Cx, r: std::result::Result<T, Fault>) -> Result<T> {
        r.map_err(|fault| self.error_of_fault(cx, fault))
    }
}
