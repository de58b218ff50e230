//! Appending instructions.
//!
//! **Problem.** Each instruction comes with a position and a live top, which are easily forgotten, and may
//! refer to a constant or a feedback site that has to be entered first.
//!
//! **Design.** [`Code`] owns the growing tables of a function; everything is appended through
//! [`Compiler::emit`], which takes the live top from the register stack. So that this is right, callers pop
//! dead operands first and push the result afterwards; [`Compiler::produce`] does both.
//!
//! Constants are entered once each. Strings are keyed by their symbol, floats by their bits, so `0.0` and
//! `-0.0`, or `1` and `1.0`, stay apart.

use super::expr::{Dest, Operand, Value};
use super::{Compiler, Fallible};
use crate::flow;
use crate::ops::{Instr, Op, OperandKind};
use crate::proto::{Constant, Site};
use perilune_syntax::ast::{Literal, Pos, Symbol};
use std::collections::HashMap;

/// The code of a function under construction, with its tables.
#[derive(Default)]
pub(super) struct Code {
    pub(super) instrs: Vec<Instr>,
    pub(super) positions: Vec<Pos>,
    pub(super) live_top: Vec<u8>,
    pub(super) constants: Vec<Constant>,
    pub(super) sites: Vec<Site>,
    constant_index: HashMap<ConstantKey, u32>,
    /// The last instruction known to be the target of a jump; instructions across it can't be merged.
    last_target: usize,
    /// Where the instructions at the end begin that only fetch boxed variables for the next one.
    operands: Option<usize>,
}

/// What makes constants the same.
#[derive(PartialEq, Eq, Hash)]
enum ConstantKey {
    Nil,
    Bool(bool),
    Int(i64),
    Float(u64),
    Str(Symbol),
}

impl Code {
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

    fn constant(&mut self, key: ConstantKey, value: impl FnOnce() -> Constant) -> u32 {
        *self.constant_index.entry(key).or_insert_with(|| {
            self.constants.push(value());
            self.constants.len() as u32 - 1
        })
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
        code.instrs.push(instr);
        code.positions.push(pos);
        code.live_top.push(live);
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
        let start = self.f.ast.start;
        let start = Pos { line: start.line.max(1), ..start };
        self.f.code.positions.last().copied().unwrap_or(start)
    }

    /// The index of a constant.
    pub(super) fn constant(&mut self, literal: Literal) -> u32 {
        match literal {
            Literal::Nil => self.f.code.constant(ConstantKey::Nil, || Constant::Nil),
            Literal::Bool(value) => {
                self.f.code.constant(ConstantKey::Bool(value), || Constant::Bool(value))
            }
            Literal::Int(value) => {
                self.f.code.constant(ConstantKey::Int(value), || Constant::Int(value))
            }
            Literal::Float(value) => self
                .f
                .code
                .constant(ConstantKey::Float(value.to_bits()), || Constant::Float(value.into())),
            Literal::Str(symbol) => {
                let string = self.string(symbol);
                self.f.code.constant(ConstantKey::Str(symbol), || Constant::Str(string))
            }
        }
    }

    /// Enters a feedback site and returns its index.
    pub(super) fn site(&mut self, site: Site) -> u32 {
        self.f.code.sites.push(site);
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
