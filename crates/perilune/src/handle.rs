//! Rooted references to Lua values.

use crate::error::{Error, Result};
use crate::state::Lua;
use perilune_runtime::cx::{Cx, RootId};
use perilune_runtime::value::Value as RtValue;
use std::fmt;
use std::rc::Rc;

/// A Lua value kept alive as long as this exists.
pub(crate) struct Ref {
    pub(crate) lua: Lua,
    id: RootId,
}

impl Ref {
    /// A reference to a value of `lua`, whose context `cx` is.
    pub(crate) fn new(lua: &Lua, cx: &Cx, v: RtValue<'_>) -> Ref {
        Ref { lua: lua.clone(), id: cx.root(v) }
    }

    /// The value. `cx` is the context of this reference's state.
    pub(crate) fn get<'g>(&self, cx: &'g Cx) -> RtValue<'g> {
        cx.rooted(self.id)
    }

    /// The value, to be used in `lua`, whose context `cx` is.
    pub(crate) fn get_in<'g>(&self, lua: &Lua, cx: &'g Cx) -> Result<RtValue<'g>> {
        if Rc::ptr_eq(&self.lua.inner, &lua.inner) {
            Ok(self.get(cx))
        } else {
            Err(Error::runtime("a value of one Lua state can't be used in another"))
        }
    }

    /// The root. It lasts as long as this reference.
    pub(crate) fn id(&self) -> RootId {
        self.id
    }
}

impl Clone for Ref {
    fn clone(&self) -> Ref {
        self.lua.with(|cx| Ref::new(&self.lua, cx, self.get(cx)))
    }
}

impl Drop for Ref {
    fn drop(&mut self) {
        self.lua.inner.drop_root(self.id);
    }
}

impl PartialEq for Ref {
    /// Whether both are the same object.
    fn eq(&self, other: &Ref) -> bool {
        Rc::ptr_eq(&self.lua.inner, &other.lua.inner)
            && self.lua.with(|cx| self.get(cx).bits() == other.get(cx).bits())
    }
}

impl fmt::Debug for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.id)
    }
}
