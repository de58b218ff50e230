//! Looking at what there is to compile, and at what the functions have learned.
//!
//! For measurements and statistics: nothing here is on the way of a program.

use super::Source;
use crate::cx::{Cx, RootId};
use crate::function::{Closure, Proto};

/// How many property sites there are, by what they know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PropertySites {
    /// They haven't been executed, or have seen nothing to remember.
    pub empty: u64,
    /// They know one shape.
    pub monomorphic: u64,
    /// They know several.
    pub polymorphic: u64,
    /// They have seen too many to remember.
    pub megamorphic: u64,
}

impl Cx {
    /// Shows `f` the function that a root refers to and all functions nested in it, called or not.
    pub fn survey(&self, function: RootId, f: &mut dyn FnMut(Source<'_>)) {
        let Some(closure) = self.rooted(function).downcast::<Closure>() else { return };
        let mut todo: Vec<*const Proto> = vec![closure.proto().as_ptr()];
        while let Some(p) = todo.pop() {
            // SAFETY: the root keeps the closure alive, which keeps its prototype alive, and that the nested ones. There
            // is no safepoint on the way.
            let p = unsafe { &*p };
            if p.ensure_feedback(self).is_ok() {
                // SAFETY: just made sure of; the prototype keeps it alive.
                let feedback = unsafe { &*p.feedback.get() };
                f(self.source(p, feedback, 0));
            }
            todo.extend(p.protos.iter().map(std::cell::Cell::get));
        }
    }

    /// What the property sites of all functions know now.
    pub fn property_sites(&self) -> PropertySites {
        let mut n = PropertySites::default();
        for feedback in self.feedback_vectors() {
            for cell in feedback.property_cells() {
                let known = cell.entries().filter(|e| !e.shape.get().is_null()).count();
                let counter = match known {
                    _ if cell.is_megamorphic() => &mut n.megamorphic,
                    0 => &mut n.empty,
                    1 => &mut n.monomorphic,
                    _ => &mut n.polymorphic,
                };
                *counter += 1;
            }
        }
        n
    }
}
