//! Small types that go with [`crate::Value`].

use crate::function::Function;
use crate::string::LuaString;
use crate::thread::Thread;
use perilune_runtime::value::Type;
use std::ffi::c_void;

pub use either::Either;

/// Lua's integers.
pub type Integer = i64;
/// Lua's floats.
pub type Number = f64;

/// A light userdata: a word that programs can only compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LightUserData(pub *mut c_void);

/// What is to become of a program after a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VmState {
    /// It goes on.
    Continue,
    /// The coroutine yields, if it can, before the instruction that the hook was called for.
    Yield,
}

/// A requirement of states that can be sent to other threads. States can't, so there is none.
pub trait MaybeSend {}
impl<T> MaybeSend for T {}

/// As [`MaybeSend`].
pub trait MaybeSync {}
impl<T> MaybeSync for T {}

/// A Lua type whose values share a metatable; see [`Lua::set_type_metatable`](crate::Lua::set_type_metatable).
pub trait LuaType: sealed::Sealed {
    #[doc(hidden)]
    const TYPE: LuaTypeId;
}

/// The runtime's name of a type.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct LuaTypeId(pub(crate) Type);

mod sealed {
    pub trait Sealed {}
}

macro_rules! lua_types {
    ($($ty:ty: $id:ident;)*) => {$(
        impl sealed::Sealed for $ty {}
        impl LuaType for $ty {
            const TYPE: LuaTypeId = LuaTypeId(Type::$id);
        }
    )*};
}
lua_types! {
    bool: Boolean;
    Number: Number;
    LightUserData: LightUserdata;
    LuaString: String;
    Function: Function;
    Thread: Thread;
}
