//! The targets of call sites.
//!
//! What a site calls most is one closure; next to that, closures of one prototype; so a target is a prototype, and the
//! closure as long as there was one only. Natives likewise: their Rust function, and the function object. Both
//! objects and prototypes are weak. The cell itself repeats the function if it is the only one, where compiled code
//! compares it.
//!
//! A site that has called unexpected functions often enough is *settled* and learns no more, so that what compiled code
//! pays for watching a site with many callees is bounded.

use super::{CellKind, FeedbackVector, SiteCell};
use crate::cx::Cx;
use crate::function::{Closure, Native, Proto};
use crate::object::{Gc, Header};
use crate::tuning;
use crate::value::Value;
use std::cell::Cell;
use std::ptr::null;

/// States of call sites. Compiled code tests for 0.
pub(super) mod state {
    /// It learns.
    pub(in crate::feedback) const OPEN: u8 = 0;
    /// It has seen enough.
    pub(in crate::feedback) const SETTLED: u8 = 1;
    /// It has more targets than are kept.
    pub(in crate::feedback) const MEGAMORPHIC: u8 = 2;
}

pub(super) type Targets = [CallTarget; tuning::MAX_POLYMORPHIC];

/// A function that a site has called.
#[derive(Debug)]
pub struct CallTarget {
    /// The function object; null if there were several.
    callee: Cell<*const Header>,
    /// Its prototype; null if it is a native.
    proto: Cell<*const Proto>,
    /// The address of its Rust function; 0 if it is a Lua function.
    native: Cell<usize>,
}

/// What a call site has called, summed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callees {
    /// Nothing yet.
    None,
    /// One function.
    One,
    /// Several closures of one prototype, or several natives with one Rust function.
    OneCode,
    /// So many different ones.
    Several(usize),
    /// More than are kept.
    Megamorphic,
}

impl CallTarget {
    const fn new() -> CallTarget {
        CallTarget { callee: Cell::new(null()), proto: Cell::new(null()), native: Cell::new(0) }
    }

    /// The function object, if there was one only.
    pub fn callee(&self) -> Option<*const Header> {
        Some(self.callee.get()).filter(|c| !c.is_null())
    }

    /// The prototype, if it is a Lua function.
    pub fn proto(&self) -> Option<*const Proto> {
        Some(self.proto.get()).filter(|p| !p.is_null())
    }

    /// The address of the Rust function, if it is a native.
    pub fn native(&self) -> Option<usize> {
        Some(self.native.get()).filter(|n| *n != 0)
    }

    fn is_free(&self) -> bool {
        self.proto.get().is_null() && self.native.get() == 0
    }

    fn clear_dead(&self, is_dead: &dyn Fn(*const u8) -> bool) {
        if self.proto().is_some_and(|p| is_dead(p.cast())) {
            self.proto.set(null());
            self.callee.set(null());
        }
        if self.callee().is_some_and(|c| is_dead(c.cast())) {
            self.callee.set(null());
        }
    }
}

impl SiteCell {
    /// What a call site has called. In use are those for which [`CallTarget::proto`] or [`CallTarget::native`] is there.
    pub fn targets(&self) -> impl Iterator<Item = &CallTarget> {
        // SAFETY: null, or a box this cell owns.
        let all = unsafe { self.all_targets().as_ref() };
        all.into_iter().flatten().filter(|t| !t.is_free())
    }

    /// The same, summed up.
    pub fn callees(&self) -> Callees {
        if self.is(CellKind::Call) && self.state().get() == state::MEGAMORPHIC {
            return Callees::Megamorphic;
        }
        match (self.targets().count(), self.targets().next()) {
            (1, Some(t)) if t.callee().is_some() => Callees::One,
            (1, Some(_)) => Callees::OneCode,
            (0, _) | (_, None) => Callees::None,
            (n, Some(_)) => Callees::Several(n),
        }
    }

    /// Whether the callees of a call site are of no further interest.
    pub fn is_settled(&self) -> bool {
        self.is(CellKind::Call) && self.state().get() != state::OPEN
    }

    /// The target for a code: one that has it, or a free one.
    fn target_for(&self, proto: *const Proto, native: usize) -> Option<&CallTarget> {
        if !self.is(CellKind::Call) {
            return None;
        }
        if self.list.get().is_null() {
            let fresh: Targets = [const { CallTarget::new() }; tuning::MAX_POLYMORPHIC];
            self.list.set(Box::into_raw(Box::new(fresh)).cast());
        }
        // SAFETY: a box this cell owns.
        let all = unsafe { &*self.all_targets() };
        all.iter()
            .find(|t| t.proto.get() == proto && t.native.get() == native)
            .or_else(|| all.iter().find(|t| t.is_free()))
    }

    /// Repeats the callee in the cell, if it is the only one.
    fn update_callee(&self) {
        let only = match self.callees() {
            Callees::One => self.targets().next().and_then(CallTarget::callee),
            Callees::None | Callees::OneCode | Callees::Several(_) | Callees::Megamorphic => None,
        };
        self.set_only_callee(only.unwrap_or(null()));
    }

    pub(super) fn clear_dead_targets(&self, is_dead: &dyn Fn(*const u8) -> bool) {
        for t in self.targets() {
            t.clear_dead(is_dead);
        }
        if self.targets().next().is_none() {
            self.state().set(state::OPEN);
            self.first.site.count.set(0);
        }
        self.update_callee();
    }
}

impl FeedbackVector {
    /// Lets a call site remember what it calls. Values that are no functions are ignored.
    #[inline]
    pub(crate) fn learn_call(&self, cx: &Cx, cell: &SiteCell, callee: Value<'_>) {
        let Some(header) = callee.as_header() else { return };
        if !std::ptr::eq(cell.only_callee(), header) && cell.state().get() == state::OPEN {
            self.learn_target(cx, cell, callee, header);
        }
    }

    #[cold]
    #[inline(never)]
    fn learn_target(&self, cx: &Cx, cell: &SiteCell, callee: Value<'_>, header: &Header) {
        let (proto, native) = if let Some(c) = callee.downcast::<Closure>() {
            (c.proto.get(), 0)
        } else if let Some(n) = callee.downcast::<Native>() {
            (null(), n.function as usize)
        } else {
            return;
        };
        if !cell.is(CellKind::Call) {
            return;
        }
        cell.add_to_count();
        if cell.count() >= tuning::CALL_SAMPLES {
            cell.state().set(state::SETTLED);
        }
        match cell.target_for(proto, native) {
            Some(t) if t.is_free() => {
                t.proto.set(proto);
                t.native.set(native);
                t.callee.set(header);
            }
            Some(t) if !std::ptr::eq(t.callee.get(), header) => t.callee.set(null()),
            Some(_) => {}
            None => cell.state().set(state::MEGAMORPHIC),
        }
        cell.update_callee();
        self.mark_fresh(cx);
    }
}

/// The prototype of a target.
pub(super) fn proto_of<'g>(t: &CallTarget) -> Option<Gc<'g, Proto>> {
    // SAFETY: dead prototypes are forgotten when marking ends.
    t.proto().map(|p| unsafe { Gc::from_ptr(p) })
}

/// The library's name of a target, if it is a native that is alive.
pub(super) fn native_name(t: &CallTarget) -> Option<&'static str> {
    t.native()?;
    // SAFETY: dead functions are forgotten when marking ends, and the callee of a native target is a native.
    t.callee().map(|c| unsafe { (*c.cast::<Native>()).name })
}
