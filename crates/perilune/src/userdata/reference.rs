//! Borrows of values in userdata, and values taken from them.

use super::AnyUserData;
use super::holder::Borrow;
use crate::error::{Error, Result};
use crate::state::Lua;
use crate::traits::FromLua;
use crate::value::Value;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// A value in a userdata, borrowed. It stays there as long as this exists, also if the userdata is destroyed.
pub struct UserDataRef<T: 'static> {
    borrow: Borrow,
    of: PhantomData<T>,
}

/// A value in a userdata, mutably borrowed.
pub struct UserDataRefMut<T: 'static> {
    borrow: Borrow,
    of: PhantomData<T>,
}

/// A value taken from a userdata, as a parameter of a Rust function for example.
pub struct UserDataOwned<T>(pub T);

impl<T> UserDataRef<T> {
    /// A borrow of a value that is a `T`.
    pub(super) fn new(borrow: Borrow) -> UserDataRef<T> {
        UserDataRef { borrow, of: PhantomData }
    }
}

impl<T> UserDataRefMut<T> {
    /// A mutable borrow of a value that is a `T`.
    pub(super) fn new(borrow: Borrow) -> UserDataRefMut<T> {
        UserDataRefMut { borrow, of: PhantomData }
    }
}

impl<T> Deref for UserDataRef<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: `new` was called for a value that is a `T`.
        unsafe { self.borrow.get() }
    }
}

impl<T> Deref for UserDataRefMut<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: `new` was called for a value that is a `T`.
        unsafe { self.borrow.get() }
    }
}

impl<T> DerefMut for UserDataRefMut<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: `new` was called for a value that is a `T`, mutably borrowed.
        unsafe { self.borrow.get_mut() }
    }
}

impl<T> Deref for UserDataOwned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for UserDataOwned<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

macro_rules! shown {
    ($($name:ident)*) => {$(
        impl<T: fmt::Debug> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<T: fmt::Display> fmt::Display for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    )*};
}
shown!(UserDataRef UserDataRefMut UserDataOwned);

fn userdata_of(value: Value) -> Result<AnyUserData> {
    match value {
        Value::UserData(u) => Ok(u),
        other => Err(Error::from_lua_conversion(other.type_name(), "userdata", None)),
    }
}

impl<T: 'static> FromLua for UserDataRef<T> {
    fn from_lua(value: Value, _: &Lua) -> Result<UserDataRef<T>> {
        userdata_of(value)?.borrow()
    }
}

impl<T: 'static> FromLua for UserDataRefMut<T> {
    fn from_lua(value: Value, _: &Lua) -> Result<UserDataRefMut<T>> {
        userdata_of(value)?.borrow_mut()
    }
}

impl<T: 'static> FromLua for UserDataOwned<T> {
    fn from_lua(value: Value, _: &Lua) -> Result<UserDataOwned<T>> {
        userdata_of(value)?.take().map(UserDataOwned)
    }
}
