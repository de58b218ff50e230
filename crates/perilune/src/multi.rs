//! Lists of values: arguments and results.

use crate::convert::{FromLua, FromLuaMulti, IntoLua};
use crate::error::Result;
use crate::state::Lua;
use crate::value::Value;
use std::ops::{Deref, DerefMut};

/// Values on their way into Rust, to be taken one by one.
#[derive(Debug)]
pub struct Args {
    values: std::vec::IntoIter<Value>,
    taken: usize,
}

impl Args {
    pub(crate) fn new(values: Vec<Value>) -> Args {
        Args { values: values.into_iter(), taken: 0 }
    }

    /// The next value; nil if there are no more.
    pub fn take(&mut self) -> Value {
        self.taken += 1;
        self.values.next().unwrap_or_default()
    }

    /// How many are left.
    pub fn remaining(&self) -> usize {
        self.values.len()
    }

    /// The number, from 1, of the value taken last.
    pub(crate) fn position(&self) -> usize {
        self.taken
    }
}

/// Turns something into a list of values: of arguments, or of results.
pub trait IntoLuaMulti {
    /// Appends the values.
    ///
    /// # Errors
    /// If there is no such value in Lua.
    fn into_lua_multi(self, lua: &Lua, out: &mut Vec<Value>) -> Result<()>;
}

impl<T: IntoLua> IntoLuaMulti for T {
    fn into_lua_multi(self, lua: &Lua, out: &mut Vec<Value>) -> Result<()> {
        out.push(self.into_lua(lua)?);
        Ok(())
    }
}

/// Any number of values of a type: the last parameter of a Rust function, or its results.
///
/// ```
/// # fn main() -> perilune::Result<()> {
/// # let lua = perilune::Lua::new();
/// use perilune::Variadic;
/// let sum = lua.create_function(|_, xs: Variadic<i64>| Ok(xs.iter().sum::<i64>()))?;
/// assert_eq!(sum.call::<i64>((1, 2, 3))?, 6);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variadic<T>(pub Vec<T>);

/// Any values.
pub type MultiValue = Variadic<Value>;

impl<T> Deref for Variadic<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T> DerefMut for Variadic<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.0
    }
}

impl<T> FromIterator<T> for Variadic<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Variadic<T> {
        Variadic(items.into_iter().collect())
    }
}

impl<T> IntoIterator for Variadic<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<T: FromLua> FromLuaMulti for Variadic<T> {
    fn from_lua_multi(args: &mut Args, lua: &Lua) -> Result<Variadic<T>> {
        let n = args.remaining();
        (0..n).map(|_| T::from_lua(args.take(), lua)).collect::<Result<Vec<T>>>().map(Variadic)
    }
}

impl<T: IntoLua> IntoLuaMulti for Variadic<T> {
    fn into_lua_multi(self, lua: &Lua, out: &mut Vec<Value>) -> Result<()> {
        self.0.into_iter().try_for_each(|v| v.into_lua_multi(lua, out))
    }
}

macro_rules! tuples {
    ($($($t:ident)* / $last:ident;)*) => {$(
        impl<$($t: FromLua,)* $last: FromLuaMulti> FromLuaMulti for ($($t,)* $last,) {
            #[allow(non_snake_case)]
            fn from_lua_multi(args: &mut Args, lua: &Lua) -> Result<Self> {
                $(let $t = $t::from_lua(args.take(), lua)?;)*
                Ok(($($t,)* $last::from_lua_multi(args, lua)?,))
            }
        }

        impl<$($t: IntoLua,)* $last: IntoLuaMulti> IntoLuaMulti for ($($t,)* $last,) {
            #[allow(non_snake_case)]
            fn into_lua_multi(self, lua: &Lua, out: &mut Vec<Value>) -> Result<()> {
                let ($($t,)* $last,) = self;
                $(out.push($t.into_lua(lua)?);)*
                $last.into_lua_multi(lua, out)
            }
        }
    )*};
}
tuples! {
    / A;
    A / B;
    A B / C;
    A B C / D;
    A B C D / E;
    A B C D E / F;
    A B C D E F / G;
    A B C D E F G / H;
    A B C D E F G H / I;
    A B C D E F G H I / J;
}

impl FromLuaMulti for () {
    fn from_lua_multi(_: &mut Args, _: &Lua) -> Result<()> {
        Ok(())
    }
}

impl IntoLuaMulti for () {
    fn into_lua_multi(self, _: &Lua, _: &mut Vec<Value>) -> Result<()> {
        Ok(())
    }
}
