//! Feedback vectors: what the sites of a function have seen.
//!
//! **Design.** A vector has a [`SiteCell`] for each site of the prototype and a byte for each instruction.
//! Inline caches *are* feedback: the interpreter uses the first entry of a property cell as its cache, further
//! shapes go to a side list (up to four in all), and beyond that the site is megamorphic.
//!
//! Everything the vector knows of heap objects is weak: entries whose shape died are dropped when marking
//! ends ([`FeedbackVector::clear_dead`]). A validity cell is held strongly, since it may outlive its shape's
//! interest in it.

use crate::heap::{Heap, Marker};
use crate::object::{Gc, Header, HeapObject, Kind, flag};
use crate::table::cache::{PropertyCache, SetKind};
use crate::tuning;
use crate::value::tag;
use perilune_bytecode::proto as code;
use std::cell::{Cell, RefCell};
