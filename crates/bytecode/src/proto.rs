//! Function prototypes: compiled code with its tables, as plain data.
//!
//! A [`Proto`] knows nothing of the heap. The runtime turns it into its own prototype object, interning the
//! strings; the binary-chunk writer and the disassembler read it as it is.

use crate::ops::Instr;
pub use crate::positions::Positions;
use std::rc::Rc;

/// A float that is a constant. A NaN in it is the one of its sign, wherever the constant comes from: the words of other
/// NaNs stand for values of other types at run time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Float(f64);

impl Float {
    /// The constant for a float.
    pub fn new(f: f64) -> Float {
        Float(perilune_semantics::canonical(f))
    }

    /// The float.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl From<f64> for Float {
    fn from(f: f64) -> Float {
        Float::new(f)
    }
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// `nil` (as operand of `JEQK` only)
    Nil,
    /// A boolean (as operand of `JEQK` only).
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float. Compared by bits where constants are deduplicated.
    Float(Float),
    /// A string.
    Str(Rc<[u8]>),
}

/// How a closure gets an upvalue when it is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpvalueDesc {
    /// The variable's name, for messages and `debug`.
    pub name: Rc<[u8]>,
    /// From the creating function's register (which holds a box), else from its upvalue.
    pub from_register: bool,
    /// The register or upvalue index.
    pub index: u8,
    /// Whether the variable can't be assigned.
    pub read_only: bool,
}

/// The static operands of a feedback site, named by field `d` of its instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// A named access: index of the key in [`Proto::constants`] (a string).
    Property {
        /// Constant index of the key.
        key: u32,
    },
    /// An indexed access.
    Element,
    /// A call.
    Call,
    /// A table constructor with its size hints.
    Table {
        /// How many positional items are certain.
        array: u32,
        /// How many named fields, or [`u16::MAX`] if there are more.
        fields: u16,
    },
}

// There are almost as many as instructions.
const _: () = assert!(size_of::<Site>() == 8);

/// A local variable's debug information.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalInfo {
    /// Name; `(for state)` and the like for hidden ones.
    pub name: Rc<[u8]>,
    /// First instruction at which it is visible.
    pub start_pc: u32,
    /// First instruction at which it no longer is.
    pub end_pc: u32,
    /// Its register.
    pub register: u8,
    /// Whether the register holds a box with the value.
    pub boxed: bool,
}

/// How a function takes extra arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VarargKind {
    /// It takes none.
    No,
    /// It does, hidden in the frame.
    Hidden,
    /// It does, and the code builds the named table in this register by `VARARGTABLE` right after `VARARGPREP`.
    Table(u8),
}

/// A compiled function.
#[derive(Clone, Debug, PartialEq)]
pub struct Proto {
    /// The code. Ends in an instruction that leaves the function.
    pub code: Vec<Instr>,
    /// Position of each instruction.
    pub positions: Positions,
    /// For each instruction: how many registers are live and initialized while it is under way. What lies at
    /// or above is dead: the collector doesn't look at it.
    pub live_top: Vec<u8>,
    /// The constants.
    pub constants: Vec<Constant>,
    /// Nested functions.
    pub protos: Vec<Rc<Proto>>,
    /// Upvalues.
    pub upvalues: Vec<UpvalueDesc>,
    /// Feedback sites.
    pub sites: Vec<Site>,
    /// Local variables, in order of `start_pc`.
    pub locals: Vec<LocalInfo>,
    /// Instructions that are targets of back-edges, ascending.
    pub loop_headers: Vec<u32>,
    /// Fixed parameters.
    pub num_params: u8,
    /// Extra arguments.
    pub vararg: VarargKind,
    /// Registers the frame needs, at most 255; at least `num_params` and 2.
    pub max_stack: u8,
    /// Chunk name, as given to `load` (with its `@` or `=`).
    pub source: Rc<[u8]>,
    /// Line of `function`, 0 for a main chunk.
    pub line_defined: u32,
    /// Line of `end`.
    pub last_line: u32,
}

impl Proto {
    /// How many bytes it takes, without the functions nested in it.
    pub fn bytes(&self) -> usize {
        /// What an allocation takes beyond its size.
        const OVERHEAD: usize = 16;
        fn list<T>(items: &Vec<T>) -> usize {
            let overhead = if items.capacity() > 0 { OVERHEAD } else { 0 };
            items.capacity() * size_of::<T>() + overhead
        }
        // Names are shared between prototypes; each is counted where it is used, and so is the source with the main one.
        let name = |name: &Rc<[u8]>| name.len() + 2 * size_of::<usize>();
        let strings = self.constants.iter().map(|k| match k {
            Constant::Str(s) => name(s),
            Constant::Nil | Constant::Bool(_) | Constant::Int(_) | Constant::Float(_) => 0,
        });
        size_of::<Proto>()
            + 3 * OVERHEAD
            + list(&self.code)
            + self.positions.bytes()
            + list(&self.live_top)
            + list(&self.constants)
            + list(&self.protos)
            + list(&self.upvalues)
            + list(&self.sites)
            + list(&self.locals)
            + list(&self.loop_headers)
            + strings.sum::<usize>()
            + if self.line_defined == 0 { self.source.len() } else { 0 }
    }
}
