//! `async`: Rust functions that wait, and Lua programs that call them.
//!
//! **Problem.** A Rust function that waits must give up the thread while it does, with Lua code in the midst of a call below it.
//!
//! **Design.** A function that waits is written in Lua ([`LOOP`]): it has a future made, and polls it; as long as that isn't
//! ready, it yields. So all that waits is a suspended coroutine, of which there may be any number, and it may wait wherever a
//! program may yield: in methods, metamethods, iterators, `pcall`. What it yields is a mark ([`pending`]) by which whoever has
//! resumed the coroutine, an [`AsyncThread`], knows that it isn't the program's own yield. The waker of the task is in the state
//! while the coroutine runs.
//!
//! A future may also yield values to whoever has resumed the coroutine ([`Lua::yield_with`]): it leaves them in the state, where
//! the poll finds them, and finds there what the coroutine is resumed with.
//!
//! A future is dropped with the task: an `AsyncThread` that is dropped destroys the future its coroutine waits for.

use crate::error::{Error, Result};
use crate::function::{Failure, Function};
use crate::handle::Ref;
use crate::multi::MultiValue;
use crate::state::{Lua, gone};
use crate::thread::Thread;
use crate::traits::{FromLua, FromLuaMulti, IntoLuaMulti};
use crate::types::LightUserData;
use crate::userdata::AnyUserData;
use crate::value::Value;
use futures_util::Stream;
use perilune_runtime::function::{Behaviour, Native};
use perilune_runtime::value::Value as RtValue;
use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// See the module's text. `poll` gives true and the results; false, if it isn't ready; or nil and values to be yielded.
const LOOP: &str = "local yield, pending = ...
return function(start, poll)
    local function step(future, ready, ...)
        if ready then return ... end
        if ready == nil then return step(future, poll(future, yield(...))) end
        yield(pending)
        return step(future, poll(future))
    end
    return function(...)
        local future = start(...)
        return step(future, poll(future))
    end
end";

/// The address of this is what coroutines yield that wait.
static PENDING: u8 = 0;

fn pending() -> LightUserData {
    LightUserData(std::ptr::from_ref(&PENDING).cast_mut().cast())
}

type Boxed = Pin<Box<dyn Future<Output = Result<MultiValue>>>>;

/// A future in a userdata; taken out while it is polled.
struct Waiting(RefCell<Option<Boxed>>);

/// What of waiting a state has to know.
#[derive(Default)]
pub(crate) struct Waits {
    /// Who is to be told when what the running coroutine waits for has happened.
    waker: RefCell<Option<Waker>>,
    /// The future that has made the coroutine wait that ran last.
    future: RefCell<Option<AnyUserData>>,
    /// Values that a future yields.
    yielded: RefCell<Option<MultiValue>>,
    /// What the coroutine was resumed with then.
    resumed: RefCell<Option<MultiValue>>,
    /// The function that [`LOOP`] makes.
    make: RefCell<Option<Function>>,
}

impl Lua {
    /// Makes a Lua function of an `async` Rust function.
    ///
    /// It can be called by programs that are run by an executor: by [`Function::call_async`], [`Chunk::exec_async`] and so on.
    ///
    /// ```
    /// # fn main() -> perilune::Result<()> {
    /// # let lua = perilune::Lua::new();
    /// let double = lua.create_async_function(|_, n: i64| async move {
    ///     std::future::ready(()).await;
    ///     Ok(2 * n)
    /// })?;
    /// lua.globals().set("double", double)?;
    /// # let run = |f| futures_executor::block_on(f);
    /// let n: i64 = run(lua.load("double(20) + 2").eval_async())?;
    /// assert_eq!(n, 42);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    ///
    /// [`Chunk::exec_async`]: crate::Chunk::exec_async
    pub fn create_async_function<F, A, FR, R>(&self, f: F) -> Result<Function>
    where
        F: Fn(Lua, A) -> FR + 'static,
        A: FromLuaMulti,
        FR: Future<Output = Result<R>> + 'static,
        R: IntoLuaMulti,
    {
        self.async_callback(None, f)
    }

    /// As [`Lua::create_async_function`], for a function that messages call so.
    pub(crate) fn async_callback<F, A, FR, R>(&self, name: Option<String>, f: F) -> Result<Function>
    where
        F: Fn(Lua, A) -> FR + 'static,
        A: FromLuaMulti,
        FR: Future<Output = Result<R>> + 'static,
        R: IntoLuaMulti,
    {
        let start = self.callback(move |lua, args| {
            let args: A = args.convert(name.as_deref(), lua)?;
            let future = f(lua.clone(), args);
            let weak = lua.weak();
            let future: Boxed = Box::pin(async move {
                let results = future.await?;
                let lua = weak.try_upgrade().ok_or_else(gone)?;
                results.into_lua_multi(&lua)
            });
            let waiting = lua.create_any_userdata(Waiting(RefCell::new(Some(future))))?;
            Ok(waiting.push_into_stack_multi(lua)?)
        })?;
        let poll = self.callback(|lua, args| {
            // A program can get at this function by looking at the stack.
            let strange = |_| Failure::Plain(Error::UserDataTypeMismatch);
            let waiting = AnyUserData::from_stack(args.first, lua).map_err(strange)?;
            if !waiting.is::<Waiting>() {
                return Err(Failure::Plain(Error::UserDataTypeMismatch));
            }
            if args.count > 1 || lua.inner.waits.yielded.borrow().is_some() {
                lua.inner.waits.yielded.take();
                let resumed = lua.stack_values(args.first + 1, args.count - 1);
                lua.inner.waits.resumed.replace(Some(resumed));
            }
            let results = poll_waiting(lua, &waiting)?;
            Ok(results.push_into_stack_multi(lua)?)
        })?;
        self.waiting_loop()?.call((start, poll))
    }

    fn waiting_loop(&self) -> Result<Function> {
        if let Some(f) = self.inner.waits.make.borrow().clone() {
            return Ok(f);
        }
        let yielding = self.with(|cx| {
            let f = Native::new(&cx.heap, "yield", |_| Ok(0), Behaviour::Yield, &[]);
            Function(Ref::new(self, cx, RtValue::object(f)))
        });
        let f: Function = self.load(LOOP).set_name("=async").call((yielding, pending()))?;
        self.inner.waits.make.replace(Some(f.clone()));
        Ok(f)
    }

    /// Yields values from an `async` function to whoever has resumed the coroutine, as if the program had called
    /// `coroutine.yield`. Gives what the coroutine is resumed with.
    ///
    /// # Errors
    /// If the values can't be converted.
    pub async fn yield_with<R: FromLuaMulti>(&self, args: impl IntoLuaMulti) -> Result<R> {
        let mut args = Some(args.into_lua_multi(self)?);
        let resumed = poll_fn(move |_| match args.take() {
            Some(args) => {
                self.inner.waits.yielded.replace(Some(args));
                Poll::Pending
            }
            None => match self.inner.waits.resumed.take() {
                Some(resumed) => Poll::Ready(resumed),
                None => Poll::Pending,
            },
        });
        R::from_lua_multi(resumed.await, self)
    }

    /// What coroutines yield that wait.
    #[doc(hidden)]
    pub fn poll_pending() -> LightUserData {
        pending()
    }
}

/// Polls a future; gives what [`LOOP`] wants to know.
fn poll_waiting(lua: &Lua, waiting: &AnyUserData) -> Result<MultiValue> {
    let taken = waiting.borrow_scoped::<Waiting, _>(|w| w.0.take())?;
    let Some(mut future) = taken else {
        return Err(Error::runtime("a future can't be polled while it is polled"));
    };
    let waker = lua.inner.waits.waker.borrow().clone();
    let waker = waker.unwrap_or_else(|| Waker::noop().clone());
    match future.as_mut().poll(&mut Context::from_waker(&waker)) {
        Poll::Ready(results) => {
            // It is done with: what it holds is dropped now, and not when it is collected.
            drop(future);
            waiting.destroy()?;
            let mut results = results?;
            results.push_front(Value::Boolean(true));
            Ok(results)
        }
        Poll::Pending => {
            waiting.borrow_scoped::<Waiting, _>(|w| w.0.replace(Some(future)))?;
            if let Some(values) = lua.inner.waits.yielded.borrow().clone() {
                let mut values = values;
                values.push_front(Value::Nil);
                lua.inner.waits.future.replace(Some(waiting.clone()));
                return Ok(values);
            }
            lua.inner.waits.future.replace(Some(waiting.clone()));
            Ok(MultiValue::from_vec(vec![Value::Boolean(false)]))
        }
    }
}

/// Has the state know the waker of a task while it runs.
struct WakerGuard<'a> {
    lua: &'a Lua,
    previous: Option<Waker>,
}

impl<'a> WakerGuard<'a> {
    fn new(lua: &'a Lua, waker: &Waker) -> WakerGuard<'a> {
        let previous = lua.inner.waits.waker.replace(Some(waker.clone()));
        WakerGuard { lua, previous }
    }
}

impl Drop for WakerGuard<'_> {
    fn drop(&mut self) {
        self.lua.inner.waits.waker.replace(self.previous.take());
    }
}

/// A coroutine that an executor runs. As a future, it gives what the coroutine returns; as a stream, what it yields and
/// returns.
#[must_use = "it does nothing until it is polled"]
pub struct AsyncThread<R> {
    thread: Thread,
    /// What it is resumed with next.
    args: Option<MultiValue>,
    /// What it waits for.
    future: Option<AnyUserData>,
    /// Whether the coroutine was made for a call, and is closed with it.
    is_own: bool,
    results: PhantomData<fn() -> R>,
}

impl<R> fmt::Debug for AsyncThread<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncThread").field(&self.thread).finish()
    }
}

impl Thread {
    /// Has an executor run it, with these arguments.
    ///
    /// # Errors
    /// If it can't be resumed; if the arguments can't be converted.
    pub fn into_async<R: FromLuaMulti>(self, args: impl IntoLuaMulti) -> Result<AsyncThread<R>> {
        let args = args.into_lua_multi(&self.0.lua()?)?;
        if !self.is_resumable() {
            return Err(Error::CoroutineUnresumable);
        }
        Ok(AsyncThread {
            thread: self,
            args: Some(args),
            future: None,
            is_own: false,
            results: PhantomData,
        })
    }
}

/// How a coroutine has stopped.
enum Stopped {
    Waiting,
    Yielded(MultiValue),
    Returned(MultiValue),
}

impl<R> AsyncThread<R> {
    /// The coroutine.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    /// Closes the coroutine, if nobody else has it.
    fn close(&self) {
        if self.is_own && !self.thread.is_finished() {
            // There is nobody to tell of an error of a handler.
            let _ = self.thread.close();
        }
    }

    /// Runs it until it stops.
    fn go_on(&mut self, lua: &Lua, waker: &Waker) -> Result<Stopped> {
        let _waker = WakerGuard::new(lua, waker);
        lua.inner.waits.future.take();
        self.future = None;
        let resumed = self.thread.resume_with(lua, &mut self.args);
        self.future = lua.inner.waits.future.take();
        let values = match resumed {
            Ok(values) => values,
            Err(e) => {
                self.close();
                return Err(e);
            }
        };
        if !self.thread.is_resumable() {
            return Ok(Stopped::Returned(values));
        }
        let waits = values.len() == 1 && values[0] == Value::LightUserData(pending());
        Ok(if waits { Stopped::Waiting } else { Stopped::Yielded(values) })
    }
}

impl<R> Drop for AsyncThread<R> {
    fn drop(&mut self) {
        if let Some(future) = self.future.take() {
            // It fails if it is gone already.
            let _ = future.destroy();
        }
        self.close();
    }
}

impl<R: FromLuaMulti> Future for AsyncThread<R> {
    type Output = Result<R>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<R>> {
        let Ok(lua) = self.thread.0.lua() else { return Poll::Ready(Err(gone())) };
        match self.go_on(&lua, cx.waker()) {
            Ok(Stopped::Waiting) => Poll::Pending,
            Ok(Stopped::Yielded(_)) => {
                // Nobody wants the values; it goes on when others have had a turn.
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Ok(Stopped::Returned(values)) => Poll::Ready(R::from_lua_multi(values, &lua)),
            Err(e) => Poll::Ready(Err(e)),
        }
    }
}

impl<R: FromLuaMulti> Stream for AsyncThread<R> {
    type Item = Result<R>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<R>>> {
        let Ok(lua) = self.thread.0.lua() else { return Poll::Ready(Some(Err(gone()))) };
        if !self.thread.is_resumable() {
            return Poll::Ready(None);
        }
        match self.go_on(&lua, cx.waker()) {
            Ok(Stopped::Waiting) => Poll::Pending,
            Ok(Stopped::Yielded(values) | Stopped::Returned(values)) => {
                Poll::Ready(Some(R::from_lua_multi(values, &lua)))
            }
            Err(e) => Poll::Ready(Some(Err(e))),
        }
    }
}

/// A call of a function that may wait.
#[must_use = "it does nothing until it is polled"]
#[derive(Debug)]
pub struct AsyncCallFuture<R: FromLuaMulti>(Result<AsyncThread<R>>);

impl<R: FromLuaMulti> Future for AsyncCallFuture<R> {
    type Output = Result<R>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<R>> {
        match &mut self.get_mut().0 {
            Ok(thread) => Pin::new(thread).poll(cx),
            Err(e) => Poll::Ready(Err(e.clone())),
        }
    }
}

/// Calls a function that may wait.
pub(crate) fn call_function<R: FromLuaMulti>(
    f: Result<Function>,
    args: impl IntoLuaMulti,
) -> AsyncCallFuture<R> {
    let call = || {
        let f = f?;
        let lua = f.0.lua()?;
        let mut thread = lua.create_thread(f)?.into_async(args)?;
        thread.is_own = true;
        Ok(thread)
    };
    AsyncCallFuture(call())
}

/// Calls an object that may be callable.
pub(crate) fn call_object<R: FromLuaMulti>(
    object: Value,
    args: impl IntoLuaMulti,
) -> AsyncCallFuture<R> {
    let call = || {
        let lua = object.reference().map_or_else(|| Err(gone()), Ref::lua)?;
        crate::function::method_named(&lua, object, "?")
    };
    call_function(call(), args)
}

/// An `async` Rust function that takes its arguments one by one; see [`Function::wrap_async`].
pub trait LuaNativeAsyncFn<A: FromLuaMulti> {
    /// What it returns.
    type Output;

    /// Calls it.
    fn call(&self, args: A) -> impl Future<Output = Self::Output> + 'static;
}
