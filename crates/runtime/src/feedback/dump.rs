//! Feedback in words.
//!
//! For each function that has run, its disassembly with what each site has learned. The text depends on the program alone:
//! nothing in it is an address. Functions have the names of all dumps (see [`crate::names`]) as long as the function around
//! them is there, shapes are named by their keys, and natives without a name are numbered in order of their appearance.
//!
//! ```text
//! function fib (fib.lua:1)
//!     0: @1:37     ^2   JLTI        r0 2 1 L1          ; r0=n to 6          => int, taken, not taken
//! ```

use super::calls::{self, CallTarget, Callees};
use super::{CellKind, FeedbackVector, SiteCell, bits};
use crate::cx::Cx;
use crate::names::{FunctionName, functions_in};
use crate::shape::{Meta, Shape};
use crate::table::cache::{GetKind, PropertyCache, SetKind};
use perilune_bytecode::disasm::{Listing, quote};
use perilune_bytecode::ops::{FeedbackKind, Instr, OperandKind};
use perilune_bytecode::proto as code;
use std::collections::HashMap;
use std::fmt::Write;
use std::rc::Rc;

/// Keys of a shape that are shown.
const MOST_KEYS: usize = 8;
/// Column of the feedback, if the instruction is short enough.
const COLUMN: usize = 72;

impl Cx {
    /// What functions have learned, in words; of those that [match](FunctionName::matches) `filter`, if there is one.
    pub fn feedback_dump(&self, filter: Option<&str>) -> String {
        let vectors = self.feedback_vectors();
        let mut names = Names { functions: HashMap::new(), natives: Vec::new() };
        for v in &vectors {
            names.learn(&v.data);
        }
        let mut out = String::new();
        for v in vectors {
            let name = names.of(&v.data);
            if filter.is_none_or(|f| name.matches(f)) {
                dump_function(v, &name, &mut names, &mut out);
            }
        }
        out
    }
}

fn append(out: &mut String, args: std::fmt::Arguments<'_>) {
    // Formatting into a string doesn't fail.
    let _ = out.write_fmt(args);
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Names of functions.
struct Names {
    functions: HashMap<*const code::Proto, FunctionName>,
    /// Addresses of natives without a name, in order of appearance.
    natives: Vec<usize>,
}

impl Names {
    /// Names the functions in a function.
    fn learn(&mut self, p: &code::Proto) {
        self.functions.extend(functions_in(p).map(|(child, name)| (Rc::as_ptr(child), name)));
    }

    fn of(&self, p: &code::Proto) -> FunctionName {
        let known = self.functions.get(&std::ptr::from_ref(p));
        known.cloned().unwrap_or_else(|| FunctionName::new(p, None))
    }

    fn target(&mut self, t: &CallTarget) -> String {
        if let Some(p) = calls::proto_of(t) {
            let FunctionName { name, line, .. } = self.of(&p.data);
            let what = format!("{name}:{line}");
            return if t.callee().is_some() { what } else { format!("closures of {what}") };
        }
        if let Some(name) = calls::native_name(t) {
            return format!("native {name}");
        }
        let address = t.native().unwrap_or(0);
        let known = self.natives.iter().position(|n| *n == address);
        let number = known.unwrap_or_else(|| {
            self.natives.push(address);
            self.natives.len() - 1
        });
        format!("natives #{}", number + 1)
    }
}

fn dump_function(v: &FeedbackVector, name: &FunctionName, names: &mut Names, out: &mut String) {
    let p = &*v.data;
    if !out.is_empty() {
        out.push('\n');
    }
    append(out, format_args!("function {name}\n"));
    let listing = Listing::new(p);
    for (pc, i) in p.code.iter().enumerate() {
        if let Some(label) = listing.label(pc) {
            append(out, format_args!("{label}\n"));
        }
        let line = listing.line(pc);
        let words = words(v, pc, *i, names);
        if words.is_empty() {
            append(out, format_args!("{line}\n"));
        } else {
            append(out, format_args!("{line:<COLUMN$} => {}\n", words.join(", ")));
        }
    }
}

/// What an instruction has learned.
fn words(v: &FeedbackVector, pc: usize, i: Instr, names: &mut Names) -> Vec<String> {
    let kind = i.op().info().feedback;
    let byte = v.byte(pc);
    let mut words: Vec<String> = Vec::new();
    let rounds = byte & bits::ROUNDS;
    if kind == FeedbackKind::Loop && rounds > 0 {
        let more = if rounds == bits::ROUNDS { " or more" } else { "" };
        let noun = if rounds == 1 { "round" } else { "rounds" };
        words.push(format!("{rounds} {noun}{more}"));
    }
    let named = bits::groups(kind).iter().flat_map(|group| group.iter());
    words.extend(named.filter(|(bit, _)| byte & bit != 0).map(|(_, name)| name.to_string()));
    let is_site = i.op().info().operands[3] == OperandKind::Site;
    if is_site && let Some(cell) = v.cell(i.d()) {
        match cell.kind() {
            CellKind::Property => words.extend(property_words(&v.data, cell, i)),
            CellKind::Call => words.extend(call_words(cell, names)),
            CellKind::Allocation => words.extend(allocation_words(cell)),
            CellKind::Element => {}
        }
    }
    words
}

fn call_words(cell: &SiteCell, names: &mut Names) -> Vec<String> {
    let targets: Vec<String> = cell.targets().map(|t| names.target(t)).collect();
    match cell.callees() {
        Callees::None => vec![],
        Callees::One | Callees::OneCode => vec![format!("calls {}", targets.join(", "))],
        Callees::Several(n) => vec![format!("poly {n}: {}", targets.join(", "))],
        Callees::Megamorphic => vec!["mega".to_string()],
    }
}

fn allocation_words(cell: &SiteCell) -> Vec<String> {
    let shape = cell.first.shape.get();
    if shape.is_null() {
        return vec![];
    }
    // SAFETY: root shapes live as long as the state.
    let fields = unsafe { (*shape).inline_cap() };
    let noun = if fields == 1 { "field" } else { "fields" };
    let mut words = vec![format!("{fields} {noun} inline")];
    let kinds = bits::element::NAMES.iter().filter(|(bit, _)| cell.array_kinds() & bit != 0);
    words.extend(kinds.map(|(_, name)| format!("array of {name}")));
    words
}

fn property_words(p: &code::Proto, cell: &SiteCell, i: Instr) -> Vec<String> {
    if cell.is_megamorphic() {
        return vec!["mega".to_string()];
    }
    let key: &[u8] = match p.sites.get(i.d() as usize) {
        Some(code::Site::Property { key }) => match p.constants.get(*key as usize) {
            Some(code::Constant::Str(s)) => s,
            _ => b"",
        },
        _ => b"",
    };
    let writes = i.op().info().writes.is_empty();
    let entries: Vec<String> = cell
        .entries()
        .filter(|e| !e.shape.get().is_null() && !e.is_stale())
        .map(|e| entry_words(e, key, writes))
        .collect();
    match entries.len() {
        0 => vec![],
        1 => vec![format!("mono {}", entries.join(""))],
        n => vec![format!("poly {n}: {}", entries.join(" | "))],
    }
}

fn entry_words(e: &PropertyCache, key: &[u8], writes: bool) -> String {
    // SAFETY: entries that are about dead objects have been cleared, and this one has a shape.
    let shape = unsafe { &*e.shape.get() };
    let (name, slot) = (text(key), || slot_of(shape, key));
    // SAFETY: likewise.
    let holder = unsafe { e.holder.get().as_ref() };
    let what = if writes {
        match e.set_kind() {
            SetKind::Empty => "nothing".to_string(),
            SetKind::Inline | SetKind::Outline => format!("{name} to {}", slot()),
            SetKind::InlineChecked | SetKind::OutlineChecked => {
                format!("{name} to {} unless nil", slot())
            }
            SetKind::AddInline | SetKind::AddOutline => {
                format!("adds {name} as slot {}", shape.count())
            }
            SetKind::AddEvent => format!("adds metamethod {name} as slot {}", shape.count()),
        }
    } else {
        match e.get_kind() {
            GetKind::Empty => "nothing".to_string(),
            GetKind::OwnInline | GetKind::OwnOutline => format!("{name} from {}", slot()),
            GetKind::HolderInline | GetKind::HolderOutline => {
                let of = holder.map_or_else(|| "?".to_string(), |h| describe(&h.shape()));
                format!("{name} from holder {of}")
            }
            GetKind::Absent => format!("{name} absent"),
        }
    };
    format!("{} {what}", describe(shape))
}

/// The slot of a key.
fn slot_of(shape: &Shape, key: &[u8]) -> String {
    let is_key = |n: &u32| shape.key_at(*n).is_some_and(|k| k.as_bytes() == key);
    match (0..shape.count()).find(is_key) {
        Some(n) => format!("slot {n}"),
        None => "a slot".to_string(),
    }
}

/// A shape by its keys and whether it has a metatable.
fn describe(shape: &Shape) -> String {
    let meta = match shape.meta() {
        Meta::None => "",
        Meta::Fixed(_) => " meta",
        Meta::Structural { .. } => " structural meta",
        Meta::Dynamic { .. } => " any meta",
    };
    if shape.is_private() {
        return format!("{{private}}{meta}");
    }
    let mut keys: Vec<String> = (0..shape.count())
        .filter_map(|n| shape.key_at(n))
        .take(MOST_KEYS)
        .map(|k| name_or_quoted(k.as_bytes()))
        .collect();
    if shape.count() as usize > MOST_KEYS {
        keys.push("…".to_string());
    }
    format!("{{{}}}{meta}", keys.join(" "))
}

fn name_or_quoted(key: &[u8]) -> String {
    let plain = key.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
    if plain && !key.is_empty() { text(key) } else { quote(key) }
}
