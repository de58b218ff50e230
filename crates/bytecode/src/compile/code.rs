//! Appending instructions.
//!
//! **Problem.** Each instruction comes with a position and a live top, which are easily forgotten, and may
//! refer to a constant or a feedback site that has to be entered first.
//!
//! **Design.** [`Code`] owns the growing tables of a function; everything is appended through
//! [`Compiler::emit`], which takes the live top from the register stack. So that this is right, callers pop
//! dead operands first and push the result afterwards; [`Compiler::produce`] does both.
//!
//! Constants are entered once each. Strings are found by their symbol, without hashing: [`Hint`]s know which function had them
//! last. Floats are keyed by their bits, so `0.0` and `-0.0`, or `1` and `1.0`, stay apart.

use super::expr::{Dest, Operand, Value};
use super::{ChunkState, Compiler, Fallible};
use crate::flow;
use crate::ops::{Instr, Op, OperandKind};
use crate::proto::{Constant, Site};
use perilune_syntax::ast::{Literal, Pos, Strings, Symbol};
use perilune_syntax::growth::push;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

/// The code of a function under construction, with its tables.
pub(super) struct Code {
    pub(super) instrs: Vec<Instr>,
    pub(super) positions: Vec<Pos>,
    pub(super) live_top: Vec<u8>,
    constants: Vec<Literal>,
    pub(super) sites: Vec<Site>,
    /// Constants other than strings.
    constant_index: HashMap<ConstantKey, u32, HashKey>,
    /// The last instruction known to be the target of a jump; instructions across it can't be merged.
    last_target: usize,
    /// Where the instructions at the end begin that only fetch boxed variables for the next one.
    operands: Option<usize>,
}

/// The function, by its number, in which a string was a constant last, and the constant.
#[derive(Clone, Copy, Default)]
pub(super) struct Hint {
    serial: u32,
    constant: u32,
}

/// What makes constants the same. Strings are the same if their symbols are.
#[derive(PartialEq, Eq, Hash)]
enum ConstantKey {
    Nil,
    Bool(bool),
    Int(i64),
    Float(u64),
}

/// The key of the hash of constants, and the hash: a random number, as the constants are the program's choice.
#[derive(Clone, Copy)]
pub(super) struct HashKey(u64);

impl HashKey {
    pub(super) fn random() -> HashKey {
        HashKey(RandomState::new().build_hasher().finish() | 1)
    }
}

impl BuildHasher for HashKey {
    type Hasher = ConstantHasher;

    fn build_hasher(&self) -> ConstantHasher {
        ConstantHasher { key: self.0, state: self.0 }
    }
}

pub(super) struct ConstantHasher {
    key: u64,
    state: u64,
}

impl Hasher for ConstantHasher {
    fn finish(&self) -> u64 {
        self.state
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(byte.into()));
    }

    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.state ^ word) * u128::from(self.key.rotate_left(32) | 1);
        self.state = (product as u64) ^ ((product >> 64) as u64);
    }

    fn write_i64(&mut self, word: i64) {
        self.write_u64(word.cast_unsigned());
    }

    fn write_isize(&mut self, word: isize) {
        self.write_u64(word as u64);
    }
}

impl Code {
    pub(super) fn new(key: HashKey) -> Code {
        Code {
            instrs: Vec::with_capacity(64),
            positions: Vec::with_capacity(64),
            live_top: Vec::with_capacity(64),
            constants: Vec::with_capacity(16),
            sites: Vec::with_capacity(16),
            constant_index: HashMap::with_hasher(key),
            last_target: 0,
            operands: None,
        }
    }

    /// Makes it fit for another function.
    pub(super) fn clear(&mut self) {
        self.instrs.clear();
        self.positions.clear();
        self.live_top.clear();
        self.constants.clear();
        self.sites.clear();
        self.constant_index.clear();
        self.last_target = 0;
        self.operands = None;
    }

    /// The constants, as prototypes have them.
    pub(super) fn constants(&self, chunk: &mut ChunkState, strings: &Strings) -> Vec<Constant> {
        let constant = |literal: &Literal| match *literal {
            Literal::Nil => Constant::Nil,
            Literal::Bool(value) => Constant::Bool(value),
            Literal::Int(value) => Constant::Int(value),
            Literal::Float(value) => Constant::Float(value.into()),
            Literal::Str(symbol) => Constant::Str(chunk.name(symbol, strings)),
        };
        self.constants.iter().map(constant).collect()
    }

    /// The index of the next instruction.
    pub(super) fn pc(&self) -> usize {
        self.instrs.len()
    }

    /// Notes that the next instruction is the target of a jump.
    pub(super) fn mark_target(&mut self) {
        self.last_target = self.pc();
    }

    /// Whether control can get to the next instruction, as far as is known without jumps yet to be patched.
    pub(super) fn reachable(&self) -> bool {
        self.last_target == self.pc()
            || self.instrs.last().is_none_or(|i| flow::falls_through(i.op()))
    }

    /// Makes the forward jump at `pc` go to the next instruction.
    pub(super) fn patch_to_here(&mut self, pc: usize) {
        let distance = self.pc() - (pc + 1);
        self.instrs[pc] = self.instrs[pc].with_d(distance as u32);
        self.mark_target();
    }

    /// Gives the instructions from `start` to `end`, which are not from the source, the position of what follows, so
    /// that they don't show as a line of their own.
    pub(super) fn hide(&mut self, start: usize, end: usize) {
        if let Some(&pos) = self.positions.get(end) {
            self.positions[start..end].fill(pos);
        }
    }

    /// The distance of a jump backwards, from an instruction at `from` to `target`.
    pub(super) fn back(from: usize, target: usize) -> u32 {
        (target as u32).wrapping_sub(from as u32 + 1)
    }

    /// Lets jumps to jumps go to where those go. From the end to the start, one step is enough for each.
    /// Loop preparations are left alone: where they jump tells where the loop is.
    pub(super) fn thread_jumps(&mut self) {
        for pc in (0..self.pc()).rev() {
            let instr = self.instrs[pc];
            let op = instr.op();
            if op.info().operands[3] != OperandKind::Jump
                || flow::is_back_edge(op)
                || matches!(op, Op::ForPrep | Op::TForPrep)
            {
                continue;
            }
            let target = self.instrs[pc + 1 + instr.d() as usize];
            if target.op() == Op::Jmp {
                self.instrs[pc] = instr.with_d(instr.d() + 1 + target.d());
            }
        }
    }

    /// Enters a constant that isn't there yet.
    fn new_constant(&mut self, literal: Literal) -> u32 {
        push(&mut self.constants, literal);
        self.constants.len() as u32 - 1
    }
}

impl Compiler<'_> {
    /// Appends an instruction during which the registers below `free` are live. Returns its index.
    pub(super) fn emit(&mut self, instr: Instr, pos: Pos) -> usize {
        self.emit_live(instr, pos, self.f.free)
    }

    /// Appends an instruction during which the registers below `live` are live. Returns its index.
    pub(super) fn emit_live(&mut self, instr: Instr, pos: Pos, live: u8) -> usize {
        let code = &mut self.f.code;
        if let Some(start) = code.operands.take() {
            code.positions[start..].fill(pos);
        }
        push(&mut code.instrs, instr);
        push(&mut code.positions, pos);
        push(&mut code.live_top, live);
        code.pc() - 1
    }

    /// Fetches a boxed variable into the next free register, as an operand of the instruction to come, to whose place
    /// this belongs: a variable that isn't boxed is used where it is.
    pub(super) fn fetch_boxed(&mut self, value: Value) -> Fallible<u8> {
        let start = self.f.code.operands.take().unwrap_or(self.f.code.pc());
        let register = self.place(value, self.next())?;
        self.f.code.operands = Some(start);
        Ok(register)
    }

    /// Appends an instruction that computes a value into register `a`, which is still to be filled in: the
    /// destination. All temporaries of the expression are dead operands by now.
    pub(super) fn produce(&mut self, instr: Instr, dest: Dest, pos: Pos) -> Fallible<Value> {
        self.f.free = dest.base;
        self.emit(instr.with_a(dest.register()), pos);
        self.produced(dest, pos)
    }

    fn produced(&mut self, dest: Dest, pos: Pos) -> Fallible<Value> {
        if dest.local.is_none() {
            self.reserve(1)?;
        }
        Ok(Value { at: Operand::Reg(dest.register()), pos })
    }

    /// Loads a constant, as [`Self::produce`] does.
    pub(super) fn load(&mut self, literal: Literal, dest: Dest, pos: Pos) -> Fallible<Value> {
        let instr = match literal {
            Literal::Nil => {
                self.f.free = dest.base;
                self.load_nil(dest.register(), 1, pos);
                return self.produced(dest, pos);
            }
            Literal::Bool(value) => Instr::new(Op::LoadBool, 0, u8::from(value), 0, 0),
            Literal::Int(value) => match i32::try_from(value) {
                Ok(value) => Instr::new(Op::LoadI, 0, 0, 0, value as u32),
                Err(_) => Instr::new(Op::LoadK, 0, 0, 0, self.constant(literal)),
            },
            Literal::Float(_) | Literal::Str(_) => {
                Instr::new(Op::LoadK, 0, 0, 0, self.constant(literal))
            }
        };
        self.produce(instr, dest, pos)
    }

    /// Sets `count` registers to nil, by an instruction before that does so next to them, if there is one. If boxes
    /// have been made in between, there will be two instructions, but still on the line of the first.
    pub(super) fn load_nil(&mut self, register: u8, count: u8, pos: Pos) {
        if count == 0 {
            return;
        }
        let end = u16::from(register) + u16::from(count);
        let mut pos = pos;
        let code = &mut self.f.code;
        let block = code.instrs.get_mut(code.last_target..).unwrap_or_default();
        let last = block.len().wrapping_sub(1);
        if let Some(found) = block.iter().rposition(|instr| instr.op() != Op::NewBox) {
            let nil = block[found];
            let (nil_start, nil_last) = (nil.a(), u16::from(nil.a()) + u16::from(nil.b()));
            let connected = u16::from(register) <= nil_last + 1 && u16::from(nil_start) <= end;
            if nil.op() == Op::LoadNil && connected {
                if found == last {
                    let start = register.min(nil_start);
                    let count = (end - 1).max(nil_last) - u16::from(start);
                    block[found] = Instr::new(Op::LoadNil, start, count as u8, 0, 0);
                    return;
                }
                pos = code.positions[code.last_target + found];
            }
        }
        self.emit(Instr::new(Op::LoadNil, register, count - 1, 0, 0), pos);
    }

    /// The position of the last instruction, or where the function starts.
    pub(super) fn last_pos(&self) -> Pos {
        let start = self.ast.start;
        let start = Pos { line: start.line.max(1), ..start };
        self.f.code.positions.last().copied().unwrap_or(start)
    }

    /// The index of a constant.
    pub(super) fn constant(&mut self, literal: Literal) -> u32 {
        let key = match literal {
            Literal::Nil => ConstantKey::Nil,
            Literal::Bool(value) => ConstantKey::Bool(value),
            Literal::Int(value) => ConstantKey::Int(value),
            Literal::Float(value) => ConstantKey::Float(value.to_bits()),
            Literal::Str(symbol) => return self.string_constant(symbol),
        };
        if let Some(&known) = self.f.code.constant_index.get(&key) {
            return known;
        }
        let constant = self.f.code.new_constant(literal);
        self.f.code.constant_index.insert(key, constant);
        constant
    }

    fn string_constant(&mut self, symbol: Symbol) -> u32 {
        let (index, serial) = (symbol.0 as usize, self.chunk.serial);
        if index >= self.chunk.hints.len() {
            self.chunk.hints.resize((index + 1).next_power_of_two(), Hint::default());
        }
        let hint = &mut self.chunk.hints[index];
        if hint.serial != serial {
            *hint = Hint { serial, constant: self.f.code.new_constant(Literal::Str(symbol)) };
        }
        hint.constant
    }

    /// Enters a feedback site and returns its index.
    pub(super) fn site(&mut self, site: Site) -> u32 {
        push(&mut self.f.code.sites, site);
        self.f.code.sites.len() as u32 - 1
    }

    /// Enters a site of an access by name.
    pub(super) fn property(&mut self, key: Symbol) -> u32 {
        let key = self.constant(Literal::Str(key));
        self.site(Site::Property { key })
    }

    /// Whether the key of a property site is a constant beyond the first 256.
    pub(super) fn is_far_property(&self, site: u32) -> bool {
        matches!(self.f.code.sites.get(site as usize), Some(Site::Property { key }) if *key > 255)
    }
}
