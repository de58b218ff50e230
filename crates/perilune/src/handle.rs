//! Rooted references to Lua values.
//!
//! Clones of a reference share its root, which has a count in the state ([`Inner::shares`]): so neither a reference nor a clone of
//! it takes memory of its own beyond that, and to clone one doesn't touch the context.
//!
//! [`Inner::shares`]: crate::state::Inner

use crate::error::{Error, Result};
use crate::state::{Lua, WeakLua, gone};
use perilune_runtime::cx::{Cx, RootId};
use perilune_runtime::value::Value as RtValue;
use std::fmt;
use std::rc::Rc;

/// A Lua value kept alive as long as this and its state exist.
pub(crate) struct Ref {
    pub(crate) lua: WeakLua,
    id: RootId,
    /// The object's address, which it keeps: objects don't move.
    bits: u64,
}

impl Ref {
    /// A reference to a value of `lua`, whose context `cx` is.
    #[inline]
    pub(crate) fn new(lua: &Lua, cx: &Cx, v: RtValue<'_>) -> Ref {
        let id = cx.root(v);
        lua.inner.begin_sharing(id);
        Ref { lua: lua.weak(), id, bits: v.bits() }
    }

    /// The state.
    #[inline]
    pub(crate) fn lua(&self) -> Result<Lua> {
        self.lua.try_upgrade().ok_or_else(gone)
    }

    /// The value. `cx` is the context of this reference's state.
    #[inline]
    pub(crate) fn get<'g>(&self, cx: &'g Cx) -> RtValue<'g> {
        cx.rooted(self.id)
    }

    /// The value, to be used in `lua`, whose context `cx` is.
    #[inline]
    pub(crate) fn get_in<'g>(&self, lua: &Lua, cx: &'g Cx) -> Result<RtValue<'g>> {
        if self.is_of(lua) { Ok(self.get(cx)) } else { Err(foreign()) }
    }

    /// Whether its state is this one.
    #[inline]
    pub(crate) fn is_of(&self, lua: &Lua) -> bool {
        std::ptr::eq(self.lua.0.as_ptr(), Rc::as_ptr(&lua.inner))
    }

    /// The root. It lasts as long as this reference.
    pub(crate) fn id(&self) -> RootId {
        self.id
    }

    /// The object's address.
    pub(crate) fn address(&self) -> *const std::ffi::c_void {
        // An object's address is what lies below the 16 bits of the tag.
        std::ptr::without_provenance((self.bits << 16 >> 16) as usize)
    }
}

#[cold]
fn foreign() -> Error {
    Error::RuntimeError("a value of one Lua state can't be used in another".to_owned())
}

impl Clone for Ref {
    fn clone(&self) -> Ref {
        if let Some(inner) = self.lua.0.upgrade() {
            inner.share(self.id);
        }
        Ref { lua: self.lua.clone(), id: self.id, bits: self.bits }
    }
}

impl Drop for Ref {
    #[inline]
    fn drop(&mut self) {
        if let Some(inner) = self.lua.0.upgrade() {
            inner.end_share(self.id);
        }
    }
}

impl PartialEq for Ref {
    /// Whether both are the same object.
    fn eq(&self, other: &Ref) -> bool {
        self.bits == other.bits && self.lua == other.lua
    }
}

impl fmt::Debug for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ref({:p})", self.address())
    }
}
