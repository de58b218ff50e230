//! The standard library.
//!
//! One module per library of the manual (§6). Each has a table of its functions, which [`open_all`] registers in
//! the global table and in `package.loaded`.

mod base;
mod coroutine;
mod debug;
mod io;
mod math;
mod os;
mod package;
mod string;
mod table;
mod utf8;

pub(crate) use io::{flush_dropped, flush_files, write_standard_error};
pub use io::{flush_stdout, flush_stdout_within};

use crate::cx::Cx;
use crate::function::{Behaviour, Native, NativeFn};
use crate::object::Gc;
use crate::table::Table;
use crate::value::Value;

/// The longest string there can be, in bytes: what a length in Lua can say.
pub(crate) const MAX_STRING: usize = i64::MAX as usize;

/// A library function: its name, and the Rust function.
pub(crate) type Entry = (&'static str, NativeFn);

/// What makes the table of a library.
type Open = fn(&Cx) -> Gc<'_, Table>;

/// A table of functions.
pub(crate) fn function_table<'g>(cx: &'g Cx, entries: &[Entry]) -> Gc<'g, Table> {
    let t = cx.new_table(0, entries.len());
    for (name, f) in entries {
        set(cx, t, name, cx.native(name, *f));
    }
    t
}

/// Sets a field of a library table.
pub(crate) fn set(cx: &Cx, t: Gc<'_, Table>, name: &str, v: Value<'_>) {
    t.set_str(cx.tables(), cx.string(name.as_bytes()), v);
}

/// A control function: carried out by the interpreter, its Rust function is never called.
pub(crate) fn control<'g>(cx: &'g Cx, name: &'static str, behaviour: Behaviour) -> Value<'g> {
    Value::object(Native::new(&cx.heap, name, |_| Ok(0), behaviour, &[]))
}

/// Puts what the reference implementation has at fixed integers of the registry there. Programs can see it by
/// `debug.getregistry`.
fn number_registry(cx: &Cx) {
    let values = [Value::bool(false), Value::object(cx.globals()), Value::object(cx.main_thread())];
    for (i, v) in (1..).zip(values) {
        // Assigning to an integer key doesn't fail.
        let _ = cx.registry().set_int(cx.tables(), i, v);
    }
}

/// The libraries besides the basic functions, in the order in which [`open_all`] opens them.
const LIBRARIES: [(&str, Open); 9] = [
    ("package", package::open),
    ("coroutine", coroutine::open),
    ("table", table::open),
    ("io", io::open),
    ("os", os::open),
    ("string", string::open),
    ("math", math::open),
    ("utf8", utf8::open),
    ("debug", debug::open),
];

/// Opens every library in the global table.
pub fn open_all(cx: &mut Cx) {
    open_basic(cx);
    for (name, open) in LIBRARIES {
        open_one(cx, name, open);
    }
}

/// Opens the basic functions (`print`, `pairs` and so on), which every state has.
pub fn open_basic(cx: &mut Cx) {
    let loaded = cx.new_table(0, 10);
    set(cx, cx.registry(), "_LOADED", Value::object(loaded));
    set(cx, loaded, "_G", Value::object(cx.globals()));
    base::open(cx);
    number_registry(cx);
}

/// Opens the library of this name in the global table, unless it is open. False if there is no such library.
pub fn open_library(cx: &mut Cx, name: &str) -> bool {
    let Some((name, open)) = LIBRARIES.into_iter().find(|(n, _)| *n == name) else { return false };
    let loaded = cx.registry().get_str(cx.string(b"_LOADED")).downcast::<Table>();
    let is_open = loaded.is_some_and(|t| !t.get_str(cx.string(name.as_bytes())).is_nil());
    if !is_open {
        open_one(cx, name, open);
    }
    true
}

fn open_one(cx: &Cx, name: &str, open: Open) {
    let t = Value::object(open(cx));
    set(cx, cx.globals(), name, t);
    if let Some(loaded) = cx.registry().get_str(cx.string(b"_LOADED")).downcast::<Table>() {
        set(cx, loaded, name, t);
    }
}
