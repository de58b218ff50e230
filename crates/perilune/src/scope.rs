//! [`Scope`]: functions and userdata that borrow from the host.
//!
//! **Problem.** A Rust function that a program may keep must be `'static`. A host that calls a program wants to lend it what is
//! on its own stack.
//!
//! **Design.** What a scope makes ends with the scope: closures and values are where the scope can take them away, and a
//! program that has kept one finds that it is gone. Nothing runs then that was made in the scope: callbacks are on the native
//! stack above it, and have returned.
//!
//! **Invariant.** A closure is dropped, and a lent value forgotten, before the scope's `'env` ends, which is after the function
//! that gets the scope has returned. If somebody still had a share of one (nobody can), it would be leaked rather than dropped
//! later.

use crate::error::{Error, Result};
use crate::function::{Args, Failure, Function};
use crate::state::Lua;
use crate::traits::{FromLuaMulti, IntoLuaMulti};
use crate::userdata::{AnyUserData, Kind, UserData, UserDataRegistry};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::rc::Rc;
use std::result::Result as StdResult;

type Closure<'a> = dyn Fn(&Lua, Args) -> StdResult<usize, Failure> + 'a;

/// A closure where the scope can take it away.
type Slot = Rc<RefCell<Option<Rc<Closure<'static>>>>>;

/// Makes functions and userdata that may borrow what lives as long as `'env`; see [`Lua::scope`].
pub struct Scope<'scope, 'env: 'scope> {
    made: Made<'env>,
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// What a scope has made, and what is to be done when it ends.
struct Made<'env> {
    lua: Lua,
    is_active: Cell<bool>,
    closures: RefCell<Vec<Slot>>,
    values: RefCell<Vec<AnyUserData>>,
    destructors: RefCell<Vec<Box<dyn FnOnce() + 'env>>>,
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

impl Lua {
    /// Calls a function with a scope, in which functions and userdata can be made that borrow from the host. When it has
    /// returned, they are gone: calling one fails.
    ///
    /// ```
    /// # fn main() -> perilune::Result<()> {
    /// # let lua = perilune::Lua::new();
    /// let mut sum = 0;
    /// lua.scope(|scope| {
    ///     let add = scope.create_function_mut(|_, n: i64| {
    ///         sum += n;
    ///         Ok(())
    ///     })?;
    ///     lua.load("local add = ... for i = 1, 10 do add(i) end").call::<()>(add)
    /// })?;
    /// assert_eq!(sum, 55);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the function returns.
    pub fn scope<'env, R>(
        &self,
        f: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> Result<R>,
    ) -> Result<R> {
        f(&Scope {
            made: Made {
                lua: self.clone(),
                is_active: Cell::new(true),
                closures: RefCell::default(),
                values: RefCell::default(),
                destructors: RefCell::default(),
            },
            scope: PhantomData,
            env: PhantomData,
        })
    }
}

impl<'scope, 'env: 'scope> Scope<'scope, 'env> {
    fn check_active(&self) -> Result<()> {
        if self.made.is_active.get() { Ok(()) } else { Err(Error::runtime("the scope has ended")) }
    }

    /// As [`Lua::create_function`], for a closure that borrows.
    ///
    /// # Errors
    /// If the memory limit is exceeded; if the scope has ended.
    pub fn create_function<F, A, R>(&'scope self, f: F) -> Result<Function>
    where
        F: Fn(&Lua, A) -> Result<R> + 'scope,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        self.check_active()?;
        let closure: Rc<Closure<'_>> = Rc::new(move |lua, args| {
            let results = f(lua, args.convert(None, lua)?)?;
            Ok(results.push_into_stack_multi(lua)?)
        });
        // SAFETY: the types differ by a lifetime. It is dropped when the scope ends: see the module's text.
        let closure =
            unsafe { std::mem::transmute::<Rc<Closure<'_>>, Rc<Closure<'static>>>(closure) };
        let slot: Slot = Rc::new(RefCell::new(Some(closure)));
        self.made.closures.borrow_mut().push(slot.clone());
        self.made.lua.callback(move |lua, args| {
            let closure = slot.borrow().clone();
            match closure {
                Some(closure) => closure(lua, args),
                None => Err(Error::CallbackDestructed.into()),
            }
        })
    }

    /// As [`Scope::create_function`], for a closure with state.
    ///
    /// # Errors
    /// As [`Scope::create_function`].
    pub fn create_function_mut<F, A, R>(&'scope self, f: F) -> Result<Function>
    where
        F: FnMut(&Lua, A) -> Result<R> + 'scope,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        let f = RefCell::new(f);
        self.create_function(move |lua, args| match f.try_borrow_mut() {
            Ok(mut f) => f(lua, args),
            Err(_) => Err(Error::RecursiveMutCallback),
        })
    }

    fn keep(&self, made: Result<AnyUserData>) -> Result<AnyUserData> {
        let userdata = made?;
        self.made.values.borrow_mut().push(userdata.clone());
        Ok(userdata)
    }

    /// Lends a value to Lua.
    ///
    /// # Errors
    /// If the type can't be registered; if the scope has ended.
    pub fn create_userdata_ref<T: UserData + 'static>(
        &'scope self,
        value: &'env T,
    ) -> Result<AnyUserData> {
        self.check_active()?;
        self.keep(self.made.lua.scoped_userdata(NonNull::from(value), Kind::Lent, T::register))
    }

    /// Lends a value to Lua, to be changed.
    ///
    /// # Errors
    /// As [`Scope::create_userdata_ref`].
    pub fn create_userdata_ref_mut<T: UserData + 'static>(
        &'scope self,
        value: &'env mut T,
    ) -> Result<AnyUserData> {
        self.check_active()?;
        self.keep(self.made.lua.scoped_userdata(
            NonNull::from(value),
            Kind::MutablyLent,
            T::register,
        ))
    }

    /// Lends a value of any type to Lua; see [`Lua::create_any_userdata`].
    ///
    /// # Errors
    /// As [`Scope::create_userdata_ref`].
    pub fn create_any_userdata_ref<T: 'static>(
        &'scope self,
        value: &'env T,
    ) -> Result<AnyUserData> {
        self.check_active()?;
        self.keep(self.made.lua.scoped_userdata(NonNull::from(value), Kind::Lent, |_| {}))
    }

    /// Lends a value of any type to Lua, to be changed.
    ///
    /// # Errors
    /// As [`Scope::create_userdata_ref`].
    pub fn create_any_userdata_ref_mut<T: 'static>(
        &'scope self,
        value: &'env mut T,
    ) -> Result<AnyUserData> {
        self.check_active()?;
        self.keep(self.made.lua.scoped_userdata(NonNull::from(value), Kind::MutablyLent, |_| {}))
    }

    /// Hands a value that borrows to Lua. It is dropped when the scope ends.
    ///
    /// # Errors
    /// As [`Scope::create_userdata_ref`].
    pub fn create_userdata<T: UserData + 'env>(&'scope self, value: T) -> Result<AnyUserData> {
        self.create_any_userdata(value, T::register)
    }

    /// As [`Scope::create_userdata`], for a value of any type.
    ///
    /// # Errors
    /// As [`Scope::create_userdata_ref`].
    pub fn create_any_userdata<T: 'env>(
        &'scope self,
        value: T,
        register: impl FnOnce(&mut UserDataRegistry<T>),
    ) -> Result<AnyUserData> {
        self.check_active()?;
        self.keep(self.made.lua.unique_userdata(value, register))
    }

    /// Has a function called when the scope has ended, and what was made in it is gone.
    pub fn add_destructor(&'scope self, destructor: impl FnOnce() + 'env) {
        self.made.destructors.borrow_mut().push(Box::new(destructor));
    }
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        self.is_active.set(false);
        for userdata in self.values.take() {
            // It fails if the program has done so already.
            let _ = userdata.forget();
        }
        for slot in self.closures.take() {
            let closure = slot.borrow_mut().take();
            if let Some(closure) = closure
                && Rc::strong_count(&closure) > 1
            {
                std::mem::forget(closure);
            }
        }
        for destructor in self.destructors.take() {
            destructor();
        }
    }
}
