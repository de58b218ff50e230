//! [`Thread`]: coroutines.

use crate::error::{Error, Result};
use crate::function::{Function, call_pushed};
use crate::handle::Ref;
use crate::multi::MultiValue;
use crate::state::{Lua, WeakLua};
use crate::traits::{FromLuaMulti, IntoLuaMulti};
use crate::value::Value;
use perilune_runtime::embed;
use perilune_runtime::function::{Behaviour, Native};
use perilune_runtime::string::Str;
use perilune_runtime::thread::{Status, Thread as RtThread};
use perilune_runtime::value::Value as RtValue;
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::fmt;
use std::ops::{BitOr, BitOrAssign};
use std::rc::Rc;

#[cfg(feature = "async")]
pub use crate::waiting::AsyncThread;

/// A Lua coroutine.
///
/// ```
/// # fn main() -> perilune::Result<()> {
/// # let lua = perilune::Lua::new();
/// let body = lua.load("local x = ... ; x = x + coroutine.yield(x) ; return x").into_function()?;
/// let co = lua.create_thread(body)?;
/// assert_eq!(co.resume::<i64>(1)?, 1);
/// assert_eq!(co.resume::<i64>(41)?, 42);
/// assert!(co.is_finished());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
pub struct Thread(pub(crate) Ref);

/// State of a coroutine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadStatus {
    /// It hasn't started, or has yielded.
    Resumable,
    /// It is the one that runs.
    Running,
    /// It has resumed another one.
    Normal,
    /// It has come to its end.
    Finished,
    /// It has failed.
    Error,
}

/// Which events a host is told of; see [`Lua::set_thread_event_callback`].
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ThreadTriggers {
    /// A coroutine is created.
    pub on_create: bool,
    /// A coroutine is about to be resumed.
    pub on_resume: bool,
    /// A coroutine has yielded.
    pub on_yield: bool,
}

impl ThreadTriggers {
    /// [`ThreadTriggers::on_create`].
    pub const ON_CREATE: ThreadTriggers = ThreadTriggers::new().on_create();
    /// [`ThreadTriggers::on_resume`].
    pub const ON_RESUME: ThreadTriggers = ThreadTriggers::new().on_resume();
    /// [`ThreadTriggers::on_yield`].
    pub const ON_YIELD: ThreadTriggers = ThreadTriggers::new().on_yield();

    /// None.
    pub const fn new() -> ThreadTriggers {
        ThreadTriggers { on_create: false, on_resume: false, on_yield: false }
    }

    /// Also when a coroutine is created.
    #[must_use]
    pub const fn on_create(mut self) -> ThreadTriggers {
        self.on_create = true;
        self
    }

    /// Also when a coroutine is about to be resumed.
    #[must_use]
    pub const fn on_resume(mut self) -> ThreadTriggers {
        self.on_resume = true;
        self
    }

    /// Also when a coroutine has yielded.
    #[must_use]
    pub const fn on_yield(mut self) -> ThreadTriggers {
        self.on_yield = true;
        self
    }
}

impl BitOr for ThreadTriggers {
    type Output = ThreadTriggers;

    fn bitor(mut self, other: ThreadTriggers) -> ThreadTriggers {
        self |= other;
        self
    }
}

impl BitOrAssign for ThreadTriggers {
    fn bitor_assign(&mut self, other: ThreadTriggers) {
        self.on_create |= other.on_create;
        self.on_resume |= other.on_resume;
        self.on_yield |= other.on_yield;
    }
}

/// What happens to a coroutine; see [`Lua::set_thread_event_callback`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ThreadEvent {
    /// It has been created.
    Create(Thread),
    /// It is about to be resumed.
    Resume(Thread),
    /// It has yielded.
    Yield(Thread),
}

impl ThreadEvent {
    fn thread(&self) -> &Thread {
        match self {
            ThreadEvent::Create(t) | ThreadEvent::Resume(t) | ThreadEvent::Yield(t) => t,
        }
    }
}

type EventCallback = dyn Fn(&Lua, ThreadEvent) -> Result<()>;

/// Who is told of events.
#[derive(Default)]
pub(crate) struct ThreadEvents {
    triggers: Cell<ThreadTriggers>,
    callback: RefCell<Option<Rc<EventCallback>>>,
    /// The coroutine whose event is being told.
    under_way: RefCell<Option<Thread>>,
}

impl ThreadEvents {
    pub(crate) fn clear(&self) {
        self.triggers.set(ThreadTriggers::new());
        // Its destructor may set another one.
        let old = self.callback.take();
        drop(old);
    }
}

impl Lua {
    /// Has a function called when the host creates or resumes a coroutine, or one that it has resumed yields. An error of it
    /// becomes that of the operation. What programs do by the `coroutine` library isn't told.
    pub fn set_thread_event_callback<F>(&self, triggers: ThreadTriggers, callback: F)
    where
        F: Fn(&Lua, ThreadEvent) -> Result<()> + 'static,
    {
        self.inner.thread_events.clear();
        let old = self.inner.thread_events.callback.replace(Some(Rc::new(callback)));
        self.inner.thread_events.triggers.set(triggers);
        drop(old);
    }

    /// Ends what [`Lua::set_thread_event_callback`] began.
    pub fn remove_thread_event_callback(&self) {
        self.inner.thread_events.clear();
    }

    fn tell(&self, event: ThreadEvent) -> Result<()> {
        let events = &self.inner.thread_events;
        if events.under_way.borrow().is_some() {
            return Ok(());
        }
        let Some(callback) = events.callback.borrow().clone() else { return Ok(()) };
        /// Notes that the event has been told, also when unwinding.
        struct Told<'a>(&'a ThreadEvents);
        impl Drop for Told<'_> {
            fn drop(&mut self) {
                let told = self.0.under_way.take();
                drop(told);
            }
        }
        events.under_way.replace(Some(event.thread().clone()));
        let _told = Told(events);
        callback(self, event)
    }

    /// A new coroutine that will run `body`.
    ///
    /// # Errors
    /// If the memory limit is exceeded; if the function belongs to another state.
    pub fn create_thread(&self, body: Function) -> Result<Thread> {
        let thread = self.with(|cx| {
            self.safepoint(cx)?;
            let body = body.0.get_in(self, cx)?;
            Ok::<_, Error>(Thread(Ref::new(self, cx, RtValue::object(cx.new_coroutine(body)))))
        })?;
        if self.inner.thread_events.triggers.get().on_create {
            self.tell(ThreadEvent::Create(thread.clone()))?;
        }
        Ok(thread)
    }

    /// The coroutine that runs.
    pub fn current_thread(&self) -> Thread {
        self.with(|cx| Thread(Ref::new(self, cx, RtValue::object(cx.thread()))))
    }
}

/// What comes of resuming: whether it went well, and the values.
struct Outcome(bool, MultiValue);

impl FromLuaMulti for Outcome {
    fn from_lua_multi(mut values: MultiValue, _: &Lua) -> Result<Outcome> {
        let is_good = values.pop_front() == Some(Value::Boolean(true));
        Ok(Outcome(is_good, values))
    }
}

impl Thread {
    /// Starts or continues the coroutine. Gives what it yields or returns.
    ///
    /// # Errors
    /// What its body throws; [`Error::CoroutineUnresumable`]; if the values can't be converted.
    pub fn resume<R: FromLuaMulti>(&self, args: impl IntoLuaMulti) -> Result<R> {
        let lua = &self.0.lua()?;
        let args = args.into_lua_multi(lua)?;
        let values = self.resume_with(lua, &mut Some(args))?;
        R::from_lua_multi(values, lua)
    }

    /// Starts or continues it with values, which stay where they are if it can't be resumed.
    pub(crate) fn resume_with(
        &self,
        lua: &Lua,
        args: &mut Option<MultiValue>,
    ) -> Result<MultiValue> {
        if lua.inner.thread_events.under_way.borrow().as_ref() == Some(self) {
            let text = "cannot resume a thread from within its own event callback";
            return Err(Error::runtime(text));
        }
        if self.status() != ThreadStatus::Resumable {
            return Err(Error::CoroutineUnresumable);
        }
        let triggers = lua.inner.thread_events.triggers.get();
        if triggers.on_resume {
            lua.tell(ThreadEvent::Resume(self.clone()))?;
        }
        let mut args = args.take().unwrap_or_default();
        args.push_front(Value::Thread(self.clone()));
        let Outcome(is_good, values) = call_pushed(
            lua,
            |cx| {
                let f = Native::new(&cx.heap, "resume", |_| Ok(0), Behaviour::Resume, &[]);
                Ok(RtValue::object(f))
            },
            args,
        )?;
        if is_good {
            if triggers.on_yield && self.status() == ThreadStatus::Resumable {
                lua.tell(ThreadEvent::Yield(self.clone()))?;
            }
            return Ok(values);
        }
        let thrown = values.into_iter().next().unwrap_or_default();
        Err(self.death(lua, &thrown))
    }

    /// The error that it has died of.
    fn death(&self, lua: &Lua, thrown: &Value) -> Error {
        let own_text = match thrown {
            Value::Table(_) | Value::UserData(_) if !lua.inner.details_errors.get() => {
                lua.own_text(thrown)
            }
            _ => None,
        };
        if let Some(text) = own_text {
            return Error::RuntimeError(text);
        }
        lua.with(|cx| {
            let traceback = match self.0.get(cx).downcast::<RtThread>() {
                Some(co) => cx.traceback(co, None, 0),
                None => Vec::new(),
            };
            match thrown.to_runtime(lua, cx) {
                Ok(v) if is_memory_error(v) => Error::MemoryError("not enough memory".to_owned()),
                Ok(v) => lua.error_of_value(cx, v, traceback),
                Err(e) => e,
            }
        })
    }

    /// What it is doing.
    pub fn status(&self) -> ThreadStatus {
        let status = self.0.lua().ok().and_then(|lua| {
            lua.with(|cx| {
                let co = self.0.get(cx).downcast::<RtThread>()?;
                Some((embed::status(co), embed::has_failed(co)))
            })
        });
        match status {
            Some((Status::Suspended, _)) => ThreadStatus::Resumable,
            Some((Status::Running, _)) => ThreadStatus::Running,
            Some((Status::Normal, _)) => ThreadStatus::Normal,
            Some((Status::Dead, true)) => ThreadStatus::Error,
            Some((Status::Dead, false)) | None => ThreadStatus::Finished,
        }
    }

    /// Whether it can be resumed.
    pub fn is_resumable(&self) -> bool {
        self.status() == ThreadStatus::Resumable
    }

    /// Whether it is the one that runs.
    pub fn is_running(&self) -> bool {
        self.status() == ThreadStatus::Running
    }

    /// Whether it has resumed another one.
    pub fn is_normal(&self) -> bool {
        self.status() == ThreadStatus::Normal
    }

    /// Whether it has come to its end.
    pub fn is_finished(&self) -> bool {
        self.status() == ThreadStatus::Finished
    }

    /// Whether it has failed.
    pub fn is_error(&self) -> bool {
        self.status() == ThreadStatus::Error
    }

    /// Closes it, so that pending `__close` handlers run, and gives it a new body.
    ///
    /// # Errors
    /// If it runs or waits for another one; the error it has died of, if that hasn't been reported by this yet, or one of the
    /// handlers.
    pub fn reset(&self, body: Function) -> Result<()> {
        let lua = &self.0.lua()?;
        if matches!(self.status(), ThreadStatus::Running | ThreadStatus::Normal) {
            return Err(Error::runtime("cannot reset a running thread"));
        }
        self.close()?;
        lua.with(|cx| {
            let body = body.0.get_in(lua, cx)?;
            match self.0.get(cx).downcast::<RtThread>() {
                Some(co) if cx.restart_coroutine(co, body) => Ok(()),
                _ => Err(Error::runtime("cannot reset a running thread")),
            }
        })
    }

    /// Closes it, so that pending `__close` handlers run.
    ///
    /// # Errors
    /// As [`Thread::reset`].
    pub(crate) fn close(&self) -> Result<()> {
        let lua = &self.0.lua()?;
        let Outcome(is_good, values) = call_pushed(
            lua,
            |cx| {
                let f = Native::new(&cx.heap, "close", |_| Ok(0), Behaviour::CoroutineClose, &[]);
                Ok(RtValue::object(f))
            },
            self,
        )?;
        if !is_good {
            let thrown = values.into_iter().next().unwrap_or_default();
            return Err(lua.with(|cx| match thrown.to_runtime(lua, cx) {
                Ok(v) => lua.error_of_value(cx, v, Vec::new()),
                Err(e) => e,
            }));
        }
        Ok(())
    }

    /// The address of the coroutine.
    pub fn to_pointer(&self) -> *const c_void {
        self.0.address()
    }

    /// Its state.
    pub fn weak_lua(&self) -> &WeakLua {
        &self.0.lua
    }
}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Thread").field(&self.0).finish()
    }
}

/// Whether a thrown value is that for want of memory.
fn is_memory_error(v: RtValue<'_>) -> bool {
    v.downcast::<Str>().is_some_and(|s| s.get().as_bytes() == b"not enough memory")
}
