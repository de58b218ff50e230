//! The names of the functions that may be compiled.
//!
//! Chunks are looked through when they are loaded, if anybody observes at all: see [`perilune_runtime::names`].

use perilune_bytecode::proto::Proto;
use perilune_runtime::names::{FunctionName, functions_of};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// The names of functions, by where their prototypes are.
///
/// Those of prototypes that are gone are overwritten when another one is loaded to the same place, since all that are
/// loaded have names here.
#[derive(Default)]
pub(crate) struct Names(RefCell<HashMap<*const Proto, Rc<FunctionName>>>);

impl Names {
    pub(crate) fn learn(&self, chunk: &Rc<Proto>) {
        let mut names = self.0.borrow_mut();
        for (proto, name) in functions_of(chunk) {
            names.insert(Rc::as_ptr(&proto), Rc::new(name));
        }
    }

    pub(crate) fn of(&self, proto: &Proto) -> Rc<FunctionName> {
        match self.0.borrow().get(&(proto as *const Proto)) {
            Some(name) => Rc::clone(name),
            None => Rc::new(FunctionName::new(proto, None)),
        }
    }
}
