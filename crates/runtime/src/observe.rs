//! Telling others what happens to a state.
//!
//! Two things that nobody outside could find out otherwise: which functions are loaded, wherever a program gets them
//! from, and that the process is about to end in the midst of a program. An observer sees the context by shared
//! reference, so it can't run Lua. Without observers it costs a test per chunk loaded.

use crate::cx::{Cx, Fault};
use perilune_bytecode::proto::Proto;
use std::fmt;
use std::rc::Rc;

/// Told of each chunk that is loaded.
pub type LoadObserver = Box<dyn Fn(&Rc<Proto>)>;
/// Told when the process is about to end, and whether the program was stopped while it was ending: the fault, whose value is
/// the context's.
pub type ExitObserver = Box<dyn Fn(&Cx, Option<Fault>)>;

/// Those who want to know.
#[derive(Default)]
pub(crate) struct Observers {
    load: Vec<LoadObserver>,
    exit: Vec<ExitObserver>,
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Observers({} of loading, {} of the end)", self.load.len(), self.exit.len())
    }
}

impl Cx {
    /// Has `observer` called with the main function of each chunk loaded from now on, before it can run.
    pub fn observe_loading(&mut self, observer: LoadObserver) {
        self.observers.load.push(observer);
    }

    /// Has `observer` called when a program ends the process by `os.exit`.
    pub fn observe_exit(&mut self, observer: ExitObserver) {
        self.observers.exit.push(observer);
    }

    pub(crate) fn has_loaded(&self, chunk: &Rc<Proto>) {
        for observer in &self.observers.load {
            observer(chunk);
        }
    }

    pub(crate) fn is_about_to_exit(&self, stopped: Option<Fault>) {
        for observer in &self.observers.exit {
            observer(self, stopped);
        }
    }
}
