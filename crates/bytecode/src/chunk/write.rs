//! Writing a chunk.

use super::{HEADER, constant_tag, fingerprint, flag, site_tag, vararg_tag};
use crate::disasm::FIELDS;
use crate::ops::{Field, Instr, OperandKind};
use crate::proto::{Constant, Proto, Site, VarargKind};
use std::collections::HashMap;

/// The chunk of `proto`, which is one that the verifier accepts. With `strip`, without what serves messages and
/// debugging only.
pub fn dump(proto: &Proto, strip: bool) -> Vec<u8> {
    dump_while(proto, strip, &|| true).unwrap_or_default()
}

/// The same, as long as `go_on` says so, which is asked every so many instructions; `None` if it says no.
pub fn dump_while(proto: &Proto, strip: bool, go_on: &dyn Fn() -> bool) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for (part, _) in HEADER {
        out.extend_from_slice(part);
    }
    out.extend_from_slice(&fingerprint());
    out.push(if strip { flag::STRIPPED } else { 0 });
    let (strings, known) = (HashMap::new(), HashMap::new());
    let mut writer = Writer { out, strip, count: 0, strings, known, go_on, is_stopped: false };
    let mut waiting = vec![proto];
    let mut written = 0;
    while let Some(proto) = waiting.pop() {
        writer.function(proto)?;
        written += 1;
        if written % FUNCTIONS_PER_QUESTION == 0 && !go_on() {
            return None;
        }
        waiting.extend(proto.protos.iter().rev().map(|child| &**child));
    }
    Some(writer.out)
}

/// Functions between two questions whether to go on.
const FUNCTIONS_PER_QUESTION: usize = 256;
/// The same for the instructions of one.
const INSTRUCTIONS_PER_QUESTION: usize = 1 << 14;
/// The same for the bytes of a string.
const BYTES_PER_QUESTION: usize = 1 << 20;
/// Strings up to this length are written once, however often there are strings like them.
const MAX_HASHED: usize = 1 << 16;

struct Writer<'a> {
    out: Vec<u8>,
    strip: bool,
    /// How many strings have been written so far.
    count: usize,
    /// Their numbers, but for those that it takes long to hash.
    strings: HashMap<&'a [u8], usize>,
    /// The same by address and length: functions share strings, and one of them is the source.
    known: HashMap<(*const u8, usize), usize>,
    go_on: &'a dyn Fn() -> bool,
    /// Whether it has said no.
    is_stopped: bool,
}

impl<'a> Writer<'a> {
    fn byte(&mut self, byte: u8) {
        self.out.push(byte);
    }

    fn number(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.byte(n as u8 | 0x80);
            n >>= 7;
        }
        self.byte(n as u8);
    }

    fn signed(&mut self, n: i64) {
        self.number((n << 1 ^ n >> 63) as u64);
    }

    fn len<T>(&mut self, list: &[T]) {
        self.number(list.len() as u64);
    }

    /// Twice the length and the bytes; or, if there was such a string already, twice its number and one.
    fn string(&mut self, s: &'a [u8]) {
        let address = (s.as_ptr(), s.len());
        let is_short = s.len() <= MAX_HASHED;
        let alike = || if is_short { self.strings.get(s) } else { None };
        let known = self.known.get(&address).or_else(alike).copied();
        self.known.insert(address, known.unwrap_or(self.count));
        if let Some(number) = known {
            self.number((number as u64) << 1 | 1);
            return;
        }
        if is_short {
            self.strings.insert(s, self.count);
        }
        self.count += 1;
        self.number((s.len() as u64) << 1);
        for part in s.chunks(BYTES_PER_QUESTION) {
            self.out.extend_from_slice(part);
            self.ask(part.len(), BYTES_PER_QUESTION);
        }
    }

    /// Writes a function up to those nested in it.
    fn function(&mut self, p: &'a Proto) -> Option<()> {
        self.number(p.line_defined.into());
        self.number(p.last_line.into());
        self.byte(p.num_params);
        match p.vararg {
            VarargKind::No => self.byte(vararg_tag::NO),
            VarargKind::Hidden => self.byte(vararg_tag::HIDDEN),
            VarargKind::Table(register) => self.out.extend([vararg_tag::TABLE, register]),
        }
        self.byte(p.max_stack);
        self.len(&p.code);
        for part in p.code.chunks(INSTRUCTIONS_PER_QUESTION) {
            part.iter().for_each(|&i| self.instruction(i));
            self.ask(part.len(), INSTRUCTIONS_PER_QUESTION);
        }
        self.out.extend_from_slice(&p.live_top);
        self.len(&p.constants);
        for constant in &p.constants {
            self.constant(constant);
        }
        self.len(&p.upvalues);
        for u in &p.upvalues {
            let from_register = if u.from_register { flag::FROM_REGISTER } else { 0 };
            let read_only = if u.read_only { flag::READ_ONLY } else { 0 };
            self.out.extend([from_register | read_only, u.index]);
            if !self.strip {
                self.string(&u.name);
            }
        }
        self.len(&p.sites);
        for site in &p.sites {
            self.site(*site);
        }
        if !self.strip {
            self.debug_information(p);
        }
        self.len(&p.protos);
        if self.is_stopped { None } else { Some(()) }
    }

    /// Asks whether to go on, if so much was done as goes with a question.
    fn ask(&mut self, done: usize, at_once: usize) {
        self.is_stopped = self.is_stopped || done == at_once && !(self.go_on)();
    }

    fn instruction(&mut self, i: Instr) {
        self.byte(i.op() as u8);
        for (&kind, (field, _)) in i.op().info().operands.iter().zip(FIELDS) {
            match (kind, field) {
                (OperandKind::None, _) => {}
                (_, Field::A | Field::B | Field::C) => self.byte(i.field(field) as u8),
                (OperandKind::Jump | OperandKind::Imm32, Field::D) => self.signed(i.sd().into()),
                (_, Field::D) => self.number(i.d().into()),
            }
        }
    }

    fn constant(&mut self, constant: &'a Constant) {
        match constant {
            Constant::Nil => self.byte(constant_tag::NIL),
            Constant::Bool(false) => self.byte(constant_tag::FALSE),
            Constant::Bool(true) => self.byte(constant_tag::TRUE),
            Constant::Int(i) => {
                self.byte(constant_tag::INT);
                self.signed(*i);
            }
            Constant::Float(f) => {
                self.byte(constant_tag::FLOAT);
                self.out.extend(f.get().to_le_bytes());
            }
            Constant::Str(s) => {
                self.byte(constant_tag::STR);
                self.string(s);
            }
        }
    }

    fn site(&mut self, site: Site) {
        match site {
            Site::Property { key } => {
                self.byte(site_tag::PROPERTY);
                self.number(key.into());
            }
            Site::Element => self.byte(site_tag::ELEMENT),
            Site::Call => self.byte(site_tag::CALL),
            Site::Table { array, fields } => {
                self.byte(site_tag::TABLE);
                self.number(array.into());
                self.number(fields.into());
            }
        }
    }

    fn debug_information(&mut self, p: &'a Proto) {
        self.string(&p.source);
        let (mut line, mut offset) = (0, 0);
        for (n, position) in p.positions.iter().enumerate() {
            self.signed(i64::from(position.line) - line);
            self.signed(i64::from(position.offset) - offset);
            (line, offset) = (position.line.into(), position.offset.into());
            if n % INSTRUCTIONS_PER_QUESTION == INSTRUCTIONS_PER_QUESTION - 1 {
                self.ask(INSTRUCTIONS_PER_QUESTION, INSTRUCTIONS_PER_QUESTION);
            }
        }
        self.len(&p.locals);
        for local in &p.locals {
            self.string(&local.name);
            self.number(local.start_pc.into());
            self.number(local.end_pc.into());
            self.out.extend([local.register, if local.boxed { flag::BOXED } else { 0 }]);
        }
    }
}
