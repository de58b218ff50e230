//! What the compilers do, told to whoever wants to know.
//!
//! **Problem.** A trace of compilations, statistics, a listing of machine code, a map of symbols for a profiler: each of
//! them wants to know what was compiled, when, from what, at what cost. Told in four ways, they would disagree.
//!
//! **Design.** One stream of [`Event`]s, and beside it the code itself ([`Listing`]), handed to every [`Sink`]. Events
//! are a table, `events!` below: a row is an event with its documentation, its name in traces, and its fields with
//! theirs. The types of the table, both text forms ([`trace`]) and the tables in `docs/observability.md` come from it.
//! Words that fields can have (tiers, reasons) are tables of the same kind.
//!
//! **Invariants.** Without a sink, a compilation pays one branch, and nothing else pays anything. A sink is called in the
//! midst of things, of a collection even: it must not use the state.
//!
//! **Rejected.** A crate for serialization: the objects are flat, and their fields are words, numbers and names. The
//! `tracing` crate: a global subscriber where several states may have their own.

pub mod perf_map;
pub mod totals;
pub mod trace;

use crate::baseline::ColdPart;
use crate::symbols::Symbols;
use perilune_bytecode::proto::Proto;

pub use perilune_runtime::names::FunctionName;

/// What a field of an event holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// A number.
    Number(u64),
    /// One of a few words.
    Word(&'static str),
}

macro_rules! numbers {
    ($($ty:ty)*) => {
        $(impl From<$ty> for Field {
            fn from(n: $ty) -> Field {
                Field::Number(n as u64)
            }
        })*
    };
}

numbers! { u32 u64 usize }

/// A word that a field can have, and what it means.
#[derive(Clone, Copy, Debug)]
pub struct WordInfo {
    /// The word.
    pub word: &'static str,
    /// What it means.
    pub doc: &'static str,
}

macro_rules! words {
    (
        $(#[doc = $about:literal])*
        $name:ident { $($(#[doc = $doc:literal])* $variant:ident $word:literal;)* }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[doc = $doc])* $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [WordInfo] = &[
                $(WordInfo { word: $word, doc: concat!($($doc,)*) },)*
            ];

            /// The word in traces.
            pub const fn word(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)*
                }
            }
        }

        impl From<$name> for Field {
            fn from(word: $name) -> Field {
                Field::Word(word.word())
            }
        }
    };
}

words! {
    /// What executes code.
    Tier {
        /// The baseline compiler.
        Baseline "baseline";
    }
}

words! {
    /// Why a function wasn't compiled. It stays interpreted.
    Reason {
        /// The assembler couldn't resolve a jump.
        Unresolved "unresolved";
        /// The code is larger than code may be.
        TooLarge "too-large";
        /// The system refused memory for code.
        NoMemory "no-memory";
        /// There is no executable memory on this platform.
        Unsupported "unsupported";
    }
}

/// A field of an event, as the documentation tells it.
#[derive(Clone, Copy, Debug)]
pub struct FieldInfo {
    /// Its name in traces.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
}

/// An event, as the documentation tells it.
#[derive(Clone, Copy, Debug)]
pub struct EventInfo {
    /// Its name in traces.
    pub name: &'static str,
    /// What has happened.
    pub doc: &'static str,
    /// What else there is to know.
    pub fields: &'static [FieldInfo],
}

macro_rules! events {
    ($(
        $(#[doc = $doc:literal])*
        $variant:ident $name:literal {
            $($(#[doc = $field_doc:literal])* $field:ident: $ty:ty,)*
        }
    )*) => {
        /// What has happened to a function.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum What {
            $($(#[doc = $doc])* $variant { $($(#[doc = $field_doc])* $field: $ty,)* },)*
        }

        /// The table of events.
        pub const EVENTS: &[EventInfo] = &[
            $(EventInfo {
                name: $name,
                doc: concat!($($doc,)*),
                fields: &[
                    $(FieldInfo { name: stringify!($field), doc: concat!($($field_doc,)*) },)*
                ],
            },)*
        ];

        impl What {
            /// The event's name in traces.
            pub const fn name(&self) -> &'static str {
                match self {
                    $(What::$variant { .. } => $name,)*
                }
            }

            /// Shows each field, in the order of the table.
            pub fn fields(&self, show: &mut dyn FnMut(&'static str, Field)) {
                match *self {
                    $(What::$variant { $($field,)* } => {
                        $(show(stringify!($field), Field::from($field));)*
                    })*
                }
            }
        }
    };
}

events! {
    /// A function has been compiled.
    Compile "compile" {
        /// By which compiler.
        tier: Tier,
        /// Instructions of bytecode.
        bytecodes: usize,
        /// Bytes of machine code.
        code_bytes: usize,
        /// Of these, the ones in line: the entry and the likely cases.
        hot_bytes: usize,
        /// Of these, the ones behind the function: the less likely cases.
        cold_bytes: usize,
        /// What it took, publishing included.
        nanoseconds: u64,
    }
    /// A function couldn't be compiled.
    CompileFailed "compile-failed" {
        /// By which compiler.
        tier: Tier,
        /// Why.
        reason: Reason,
        /// What it took.
        nanoseconds: u64,
    }
    /// A function that was under way in the interpreter goes on in the code just compiled for it.
    Enter "enter" {
        /// The compiler of that code.
        tier: Tier,
        /// The instruction at which it goes on: the head of a loop, or behind a call.
        pc: usize,
        /// Its line.
        at_line: u32,
    }
    /// The code of a function has been freed, since the function is garbage or the state ends.
    Free "free" {
        /// The compiler of that code.
        tier: Tier,
        /// Bytes of machine code.
        code_bytes: usize,
    }
}

/// An event.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// The function it is about.
    pub function: &'a FunctionName,
    /// What has happened to it.
    pub what: What,
}

/// The machine code of a function that has just been compiled.
pub struct Listing<'a> {
    /// The function.
    pub function: &'a FunctionName,
    /// Who compiled it.
    pub tier: Tier,
    /// Its bytecode.
    pub proto: &'a Proto,
    /// Where the code will be executed.
    pub address: usize,
    /// The code.
    pub code: &'a [u8],
    /// Where in it the code of each instruction begins, ascending; behind the last, the cold code. What comes before the
    /// first is the entry.
    pub offsets: &'a [u32],
    /// The parts of the cold code.
    pub cold: &'a [ColdPart],
    /// The code shared by all functions that it uses.
    pub stubs: &'a Symbols,
}

/// Who wants to know.
pub trait Sink {
    /// Something has happened.
    fn event(&self, _: &Event<'_>) {}

    /// This code has been published.
    fn code(&self, _: &Listing<'_>) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    /// The tables of the documentation are the tables of this module.
    #[test]
    fn documentation() {
        const BEGIN: &str = "<!-- events: from the table in crates/jit/src/events -->\n";
        const END: &str = "<!-- end of events -->\n";
        let mut wanted = String::new();
        for e in EVENTS {
            let _ = writeln!(wanted, "\n**`{}`**:{}\n\n| field | |\n|---|---|", e.name, e.doc);
            for f in e.fields {
                let _ = writeln!(wanted, "| `{}` |{} |", f.name, f.doc);
            }
        }
        for (title, words) in [("tier", Tier::ALL), ("reason", Reason::ALL)] {
            let _ = writeln!(wanted, "\n| `{title}` | |\n|---|---|");
            for w in words {
                let _ = writeln!(wanted, "| `{}` |{} |", w.word, w.doc);
            }
        }
        wanted.push('\n');
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/observability.md");
        let text = std::fs::read_to_string(path).expect("read the documentation");
        let (before, rest) = text.split_once(BEGIN).expect("the begin of the tables");
        let (tables, after) = rest.split_once(END).expect("the end of the tables");
        if perilune_filetest::is_blessing() {
            let text = [before, BEGIN, &wanted, END, after].concat();
            std::fs::write(path, text).expect("write the documentation");
        } else {
            assert_eq!(tables, wanted, "BLESS=1 rewrites the documentation");
        }
    }
}
