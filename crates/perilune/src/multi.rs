//! Lists of values: arguments and results.

use crate::error::Result;
use crate::state::Lua;
use crate::traits::{FromLua, FromLuaMulti, IntoLua, IntoLuaMulti};
use crate::value::{Nil, Value};
use std::collections::{VecDeque, vec_deque};
use std::ops::{Deref, DerefMut};
use std::result::Result as StdResult;

/// Any values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MultiValue(VecDeque<Value>);

impl MultiValue {
    /// None.
    pub const fn new() -> MultiValue {
        MultiValue(VecDeque::new())
    }

    /// None, with room for so many.
    pub fn with_capacity(capacity: usize) -> MultiValue {
        MultiValue(VecDeque::with_capacity(capacity))
    }

    /// These.
    pub fn from_vec(values: Vec<Value>) -> MultiValue {
        MultiValue(values.into())
    }

    /// As a vector.
    pub fn into_vec(self) -> Vec<Value> {
        self.0.into()
    }
}

impl Deref for MultiValue {
    type Target = VecDeque<Value>;

    fn deref(&self) -> &VecDeque<Value> {
        &self.0
    }
}

impl DerefMut for MultiValue {
    fn deref_mut(&mut self) -> &mut VecDeque<Value> {
        &mut self.0
    }
}

impl From<Vec<Value>> for MultiValue {
    fn from(values: Vec<Value>) -> MultiValue {
        MultiValue::from_vec(values)
    }
}

impl From<MultiValue> for Vec<Value> {
    fn from(values: MultiValue) -> Vec<Value> {
        values.into_vec()
    }
}

impl FromIterator<Value> for MultiValue {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> MultiValue {
        MultiValue(values.into_iter().collect())
    }
}

impl IntoIterator for MultiValue {
    type Item = Value;
    type IntoIter = vec_deque::IntoIter<Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a MultiValue {
    type Item = &'a Value;
    type IntoIter = vec_deque::Iter<'a, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl IntoLuaMulti for MultiValue {
    fn into_lua_multi(self, _: &Lua) -> Result<MultiValue> {
        Ok(self)
    }
}

impl IntoLuaMulti for &MultiValue {
    fn into_lua_multi(self, _: &Lua) -> Result<MultiValue> {
        Ok(self.clone())
    }
}

impl FromLuaMulti for MultiValue {
    fn from_lua_multi(values: MultiValue, _: &Lua) -> Result<MultiValue> {
        Ok(values)
    }
}

impl<T: IntoLua> IntoLuaMulti for T {
    #[inline]
    fn into_lua_multi(self, lua: &Lua) -> Result<MultiValue> {
        let mut values = MultiValue::with_capacity(1);
        values.push_back(self.into_lua(lua)?);
        Ok(values)
    }

    #[inline]
    fn push_into_stack_multi(self, lua: &Lua) -> Result<usize> {
        self.push_into_stack(lua)?;
        Ok(1)
    }
}

impl<T: FromLua> FromLuaMulti for T {
    #[inline]
    fn from_lua_multi(mut values: MultiValue, lua: &Lua) -> Result<T> {
        T::from_lua(values.pop_front().unwrap_or_default(), lua)
    }

    #[inline]
    fn from_lua_args(mut args: MultiValue, i: usize, to: Option<&str>, lua: &Lua) -> Result<T> {
        T::from_lua_arg(args.pop_front().unwrap_or_default(), i, to, lua)
    }

    #[inline]
    fn from_stack_multi(first: usize, count: usize, lua: &Lua) -> Result<T> {
        from_slot(first, count, lua)
    }

    #[inline]
    fn from_stack_args(
        first: usize,
        count: usize,
        i: usize,
        to: Option<&str>,
        lua: &Lua,
    ) -> Result<T> {
        from_slot(first, count, lua).map_err(|e| crate::traits::bad_argument(e, i, to))
    }
}

/// The value in a slot; nil if there are none.
#[inline]
fn from_slot<T: FromLua>(first: usize, count: usize, lua: &Lua) -> Result<T> {
    if count == 0 { T::from_lua(Nil, lua) } else { T::from_stack(first, lua) }
}

/// A result as a program is used to it: nil and the error, or the value.
impl<T: IntoLua, E: IntoLua> IntoLuaMulti for StdResult<T, E> {
    fn into_lua_multi(self, lua: &Lua) -> Result<MultiValue> {
        match self {
            Ok(v) => v.into_lua_multi(lua),
            Err(e) => (Nil, e).into_lua_multi(lua),
        }
    }
}

impl<E: IntoLua> IntoLuaMulti for StdResult<(), E> {
    fn into_lua_multi(self, lua: &Lua) -> Result<MultiValue> {
        match self {
            Ok(()) => Ok(MultiValue::new()),
            Err(e) => (Nil, e).into_lua_multi(lua),
        }
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
#[derive(Clone, Debug, PartialEq)]
pub struct Variadic<T>(Vec<T>);

impl<T> Variadic<T> {
    /// None.
    pub const fn new() -> Variadic<T> {
        Variadic(Vec::new())
    }

    /// None, with room for so many.
    pub fn with_capacity(capacity: usize) -> Variadic<T> {
        Variadic(Vec::with_capacity(capacity))
    }
}

impl<T> Default for Variadic<T> {
    fn default() -> Variadic<T> {
        Variadic::new()
    }
}

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

impl<T> From<Vec<T>> for Variadic<T> {
    fn from(values: Vec<T>) -> Variadic<T> {
        Variadic(values)
    }
}

impl<T> From<Variadic<T>> for Vec<T> {
    fn from(values: Variadic<T>) -> Vec<T> {
        values.0
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
    fn from_lua_multi(values: MultiValue, lua: &Lua) -> Result<Variadic<T>> {
        values.into_iter().map(|v| T::from_lua(v, lua)).collect()
    }

    fn from_stack_multi(first: usize, count: usize, lua: &Lua) -> Result<Variadic<T>> {
        (first..first + count).map(|slot| T::from_stack(slot, lua)).collect()
    }

    fn from_stack_args(
        first: usize,
        count: usize,
        i: usize,
        to: Option<&str>,
        lua: &Lua,
    ) -> Result<Variadic<T>> {
        let argument = |k| {
            T::from_stack(first + k, lua).map_err(|e| crate::traits::bad_argument(e, i + k, to))
        };
        (0..count).map(argument).collect()
    }
}

impl<T: IntoLua> IntoLuaMulti for Variadic<T> {
    fn into_lua_multi(self, lua: &Lua) -> Result<MultiValue> {
        self.0.into_iter().map(|v| v.into_lua(lua)).collect()
    }

    fn push_into_stack_multi(self, lua: &Lua) -> Result<usize> {
        let n = self.0.len();
        lua.make_room(n)?;
        self.0.into_iter().try_for_each(|v| v.push_into_stack(lua))?;
        Ok(n)
    }
}

macro_rules! tuples {
    ($($($t:ident)* / $last:ident;)*) => {$(
        impl<$($t: FromLua,)* $last: FromLuaMulti> FromLuaMulti for ($($t,)* $last,) {
            #[allow(non_snake_case, unused_mut)]
            fn from_lua_multi(mut values: MultiValue, lua: &Lua) -> Result<Self> {
                $(let $t = $t::from_lua(values.pop_front().unwrap_or_default(), lua)?;)*
                Ok(($($t,)* $last::from_lua_multi(values, lua)?,))
            }

            #[allow(non_snake_case, unused_mut)]
            fn from_lua_args(
                mut args: MultiValue,
                mut i: usize,
                to: Option<&str>,
                lua: &Lua,
            ) -> Result<Self> {
                $(
                    let $t = $t::from_lua_arg(args.pop_front().unwrap_or_default(), i, to, lua)?;
                    i += 1;
                )*
                Ok(($($t,)* $last::from_lua_args(args, i, to, lua)?,))
            }

            #[inline]
            #[allow(non_snake_case, unused_mut)]
            fn from_stack_multi(mut first: usize, mut count: usize, lua: &Lua) -> Result<Self> {
                $(
                    let $t: $t = from_slot(first, count, lua)?;
                    first += 1;
                    count = count.saturating_sub(1);
                )*
                Ok(($($t,)* $last::from_stack_multi(first, count, lua)?,))
            }

            #[inline]
            #[allow(non_snake_case, unused_mut)]
            fn from_stack_args(
                mut first: usize,
                mut count: usize,
                mut i: usize,
                to: Option<&str>,
                lua: &Lua,
            ) -> Result<Self> {
                $(
                    let $t: $t = from_slot(first, count, lua)
                        .map_err(|e| crate::traits::bad_argument(e, i, to))?;
                    first += 1;
                    i += 1;
                    count = count.saturating_sub(1);
                )*
                Ok(($($t,)* $last::from_stack_args(first, count, i, to, lua)?,))
            }
        }

        impl<$($t: IntoLua,)* $last: IntoLuaMulti> IntoLuaMulti for ($($t,)* $last,) {
            #[allow(non_snake_case, unused_mut)]
            fn into_lua_multi(self, lua: &Lua) -> Result<MultiValue> {
                let ($($t,)* $last,) = self;
                $(let $t = $t.into_lua(lua)?;)*
                let mut values = $last.into_lua_multi(lua)?;
                tuples!(@front values $($t)*);
                Ok(values)
            }

            #[inline]
            #[allow(non_snake_case, unused_mut)]
            fn push_into_stack_multi(self, lua: &Lua) -> Result<usize> {
                let ($($t,)* $last,) = self;
                let mut n = 0;
                $(
                    $t.push_into_stack(lua)?;
                    n += 1;
                )*
                Ok(n + $last.push_into_stack_multi(lua)?)
            }
        }
    )*};
    (@front $values:ident) => {};
    (@front $values:ident $first:ident $($rest:ident)*) => {
        tuples!(@front $values $($rest)*);
        $values.push_front($first);
    };
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
    A B C D E F G H I J / K;
    A B C D E F G H I J K / L;
    A B C D E F G H I J K L / M;
    A B C D E F G H I J K L M / N;
    A B C D E F G H I J K L M N / O;
    A B C D E F G H I J K L M N O / P;
}

impl FromLuaMulti for () {
    fn from_lua_multi(_: MultiValue, _: &Lua) -> Result<()> {
        Ok(())
    }

    #[inline]
    fn from_stack_multi(_: usize, _: usize, _: &Lua) -> Result<()> {
        Ok(())
    }

    #[inline]
    fn from_stack_args(_: usize, _: usize, _: usize, _: Option<&str>, _: &Lua) -> Result<()> {
        Ok(())
    }
}

impl IntoLuaMulti for () {
    fn into_lua_multi(self, _: &Lua) -> Result<MultiValue> {
        Ok(MultiValue::new())
    }

    #[inline]
    fn push_into_stack_multi(self, _: &Lua) -> Result<usize> {
        Ok(0)
    }
}
