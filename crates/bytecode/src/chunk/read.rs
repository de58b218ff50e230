//! Reading a chunk.

use super::{
    ChunkError, HEADER, MAX_DEPTH, NO_NAME, NO_SOURCE, constant_tag, fingerprint, flag, site_tag,
    vararg_tag,
};
use crate::disasm::FIELDS;
use crate::flow;
use crate::ops::{Field, Instr, Op, OperandKind};
use crate::proto::{Constant, LocalInfo, Positions, Proto, Site, UpvalueDesc, VarargKind};
use crate::steps::Steps;
use crate::verify::verify_while;
use perilune_syntax::ast::Pos;
use std::rc::Rc;

type Read<T> = Result<T, ChunkError>;

/// Items of a list for which memory is taken before they have been read.
const LIST_AHEAD: usize = 1024;

const TRUNCATED: ChunkError = ChunkError::Malformed("truncated chunk");
const STOPPED: ChunkError = ChunkError::Malformed("loading was stopped");
const CORRUPTED: ChunkError = ChunkError::Malformed("corrupted chunk");
const OVERFLOW: ChunkError = ChunkError::Malformed("integer overflow");

/// The prototype in `chunk`, verified.
///
/// # Errors
/// If `chunk` doesn't begin with a whole chunk of this version whose code the verifier accepts.
pub fn load(chunk: &[u8]) -> Result<Proto, ChunkError> {
    load_while(chunk, MAX_DEPTH, &|| true)
}

/// The same, if there is native stack for so many levels of functions only, and as long as `go_on` says so.
///
/// # Errors
/// As [`load`]; if functions are nested more deeply; if it was stopped.
pub fn load_while(
    chunk: &[u8],
    levels: usize,
    go_on: &dyn Fn() -> bool,
) -> Result<Proto, ChunkError> {
    let proto = load_accepted_while(chunk, levels, go_on)?;
    verify_while(&proto, go_on).map_err(|e| ChunkError::Rejected(Box::new(e)))?;
    Ok(proto)
}

/// The same of a chunk that is known, to the byte, to have been accepted before, or to have been written for a function
/// that has been verified or compiled here. Its code isn't verified again.
///
/// # Errors
/// As [`load_while`].
pub fn load_accepted_while(
    chunk: &[u8],
    levels: usize,
    go_on: &dyn Fn() -> bool,
) -> Result<Proto, ChunkError> {
    let levels = levels.min(MAX_DEPTH);
    let steps = Steps::new(go_on);
    let mut reader = Reader { rest: chunk, levels, stripped: false, strings: Vec::new(), steps };
    reader.header()?;
    reader.functions()
}

struct Reader<'a> {
    rest: &'a [u8],
    /// How deeply functions may be nested.
    levels: usize,
    stripped: bool,
    /// The strings read so far; later ones may refer to them.
    strings: Vec<Rc<[u8]>>,
    steps: Steps<'a>,
}

impl<'a> Reader<'a> {
    /// To be called for each item of whatever may be long.
    fn step(&self) -> Read<()> {
        if self.steps.go_on() { Ok(()) } else { Err(STOPPED) }
    }

    fn bytes(&mut self, n: usize) -> Read<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(n).ok_or(TRUNCATED)?;
        self.rest = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(TRUNCATED)?;
        self.rest = rest;
        Ok(*bytes)
    }

    fn byte(&mut self) -> Read<u8> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// A byte in which no other flags than these are set.
    fn flags(&mut self, known: u8) -> Read<u8> {
        let flags = self.byte()?;
        if flags & !known == 0 { Ok(flags) } else { Err(CORRUPTED) }
    }

    fn number(&mut self) -> Read<u64> {
        let mut n = 0;
        for shift in (0..).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            if shift >= u64::BITS || bits << shift >> shift != bits {
                return Err(OVERFLOW);
            }
            n |= bits << shift;
            if byte < 0x80 {
                break;
            }
        }
        Ok(n)
    }

    fn u32(&mut self) -> Read<u32> {
        u32::try_from(self.number()?).map_err(|_| OVERFLOW)
    }

    fn u16(&mut self) -> Read<u16> {
        u16::try_from(self.number()?).map_err(|_| OVERFLOW)
    }

    fn signed(&mut self) -> Read<i64> {
        let n = self.number()?;
        Ok((n >> 1) as i64 ^ -((n & 1) as i64))
    }

    /// A number written as the difference to the `last` of its kind.
    fn moved(&mut self, last: u32) -> Read<u32> {
        let n = i64::from(last).checked_add(self.signed()?).ok_or(OVERFLOW)?;
        u32::try_from(n).map_err(|_| OVERFLOW)
    }

    /// A list, whose items take one byte at least.
    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let len = usize::try_from(self.number()?).map_err(|_| TRUNCATED)?;
        if len > self.rest.len() {
            return Err(TRUNCATED);
        }
        // The number may be a lie, and items take more memory than bytes of the chunk.
        let mut items = Vec::with_capacity(len.min(LIST_AHEAD));
        for _ in 0..len {
            self.step()?;
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn string(&mut self) -> Read<Rc<[u8]>> {
        let n = self.number()?;
        let value = usize::try_from(n >> 1).map_err(|_| TRUNCATED)?;
        if n & 1 != 0 {
            let known = self.strings.get(value).cloned();
            return known.ok_or(ChunkError::Malformed("invalid string index"));
        }
        let string: Rc<[u8]> = self.bytes(value)?.into();
        self.strings.push(string.clone());
        Ok(string)
    }

    fn header(&mut self) -> Read<()> {
        for (part, what) in HEADER {
            if self.bytes(part.len())? != part {
                return Err(ChunkError::Malformed(what));
            }
        }
        if self.array()? != fingerprint() {
            return Err(ChunkError::Malformed("version mismatch"));
        }
        self.stripped = self.flags(flag::STRIPPED)? != 0;
        Ok(())
    }

    /// The main function with all that is nested in it.
    fn functions(&mut self) -> Read<Proto> {
        // The functions around the one being read, with how many functions each still lacks.
        let mut around: Vec<(Proto, usize)> = Vec::new();
        loop {
            if around.len() > self.levels {
                return Err(ChunkError::Malformed("functions are nested too deeply"));
            }
            self.step()?;
            let (mut proto, mut lacking) = self.function()?;
            while lacking == 0 {
                match around.pop() {
                    None => return Ok(proto),
                    Some((mut outer, n)) => {
                        outer.protos.push(Rc::new(proto));
                        (proto, lacking) = (outer, n - 1);
                    }
                }
            }
            around.push((proto, lacking));
        }
    }

    /// A function without those nested in it, and how many they are.
    fn function(&mut self) -> Read<(Proto, usize)> {
        let (line_defined, last_line) = (self.u32()?, self.u32()?);
        let num_params = self.byte()?;
        let vararg = match self.byte()? {
            vararg_tag::NO => VarargKind::No,
            vararg_tag::HIDDEN => VarargKind::Hidden,
            vararg_tag::TABLE => VarargKind::Table(self.byte()?),
            _ => return Err(CORRUPTED),
        };
        let max_stack = self.byte()?;
        let code = self.list(Self::instruction)?;
        let live_top = self.bytes(code.len())?.to_vec();
        let constants = self.list(Self::constant)?;
        let upvalues = self.list(Self::upvalue)?;
        let sites = self.list(Self::site)?;
        check_table_sizes(&code, &sites, max_stack)?;
        let (source, positions, locals) = if self.stripped {
            (NO_SOURCE.into(), vec![Pos::default(); code.len()].into(), Vec::new())
        } else {
            (self.string()?, self.positions(code.len())?, self.list(Self::local)?)
        };
        let nested = usize::try_from(self.number()?).map_err(|_| TRUNCATED)?;
        let proto = Proto {
            loop_headers: flow::loop_headers(&code),
            code,
            positions,
            live_top,
            constants,
            protos: Vec::new(),
            upvalues,
            sites,
            locals,
            num_params,
            vararg,
            max_stack,
            source,
            line_defined,
            last_line,
        };
        Ok((proto, nested))
    }

    fn instruction(&mut self) -> Read<Instr> {
        let op = Op::from_u8(self.byte()?).ok_or(CORRUPTED)?;
        let (mut a, mut b, mut c, mut d) = (0, 0, 0, 0);
        for (&kind, (field, _)) in op.info().operands.iter().zip(FIELDS) {
            match (kind, field) {
                (OperandKind::None, _) => {}
                (_, Field::A) => a = self.byte()?,
                (_, Field::B) => b = self.byte()?,
                (_, Field::C) => c = self.byte()?,
                (OperandKind::Jump | OperandKind::Imm32, Field::D) => {
                    d = i32::try_from(self.signed()?).map_err(|_| OVERFLOW)? as u32;
                }
                (_, Field::D) => d = self.u32()?,
            }
        }
        Ok(Instr::new(op, a, b, c, d))
    }

    fn constant(&mut self) -> Read<Constant> {
        Ok(match self.byte()? {
            constant_tag::NIL => Constant::Nil,
            constant_tag::FALSE => Constant::Bool(false),
            constant_tag::TRUE => Constant::Bool(true),
            constant_tag::INT => Constant::Int(self.signed()?),
            constant_tag::FLOAT => Constant::Float(f64::from_le_bytes(self.array()?).into()),
            constant_tag::STR => Constant::Str(self.string()?),
            _ => return Err(ChunkError::Malformed("invalid constant")),
        })
    }

    fn upvalue(&mut self) -> Read<UpvalueDesc> {
        let flags = self.flags(flag::FROM_REGISTER | flag::READ_ONLY)?;
        let index = self.byte()?;
        let name = if self.stripped { NO_NAME.into() } else { self.string()? };
        Ok(UpvalueDesc {
            name,
            from_register: flags & flag::FROM_REGISTER != 0,
            index,
            read_only: flags & flag::READ_ONLY != 0,
        })
    }

    fn site(&mut self) -> Read<Site> {
        Ok(match self.byte()? {
            site_tag::PROPERTY => Site::Property { key: self.u32()? },
            site_tag::ELEMENT => Site::Element,
            site_tag::CALL => Site::Call,
            site_tag::TABLE => Site::Table { array: self.u32()?, fields: self.u16()? },
            _ => return Err(CORRUPTED),
        })
    }

    fn positions(&mut self, len: usize) -> Read<Positions> {
        let mut last = Pos::default();
        let mut positions = Vec::with_capacity(len);
        for _ in 0..len {
            self.step()?;
            last = Pos { line: self.moved(last.line)?, offset: self.moved(last.offset)? };
            positions.push(last);
        }
        Ok(positions.into())
    }

    fn local(&mut self) -> Read<LocalInfo> {
        Ok(LocalInfo {
            name: self.string()?,
            start_pc: self.u32()?,
            end_pc: self.u32()?,
            register: self.byte()?,
            boxed: self.flags(flag::BOXED)? != 0,
        })
    }
}

/// Checks that no table is made larger than its function's code could fill it. The verifier doesn't mind, as this is
/// about memory and not about what the code does; but a few bytes shouldn't ask for gigabytes.
fn check_table_sizes(code: &[Instr], sites: &[Site], max_stack: u8) -> Read<()> {
    let stored = |i: &Instr| u64::from(if i.b() == 0 { max_stack } else { i.b() - 1 });
    let with = |op| code.iter().filter(move |i| i.op() == op);
    let most: u64 = with(Op::SetList).map(stored).sum();
    let hints = with(Op::NewTable).filter_map(|i| match *sites.get(i.d() as usize)? {
        Site::Table { array, .. } => Some(array),
        Site::Property { .. } | Site::Element | Site::Call => None,
    });
    let mut sizes = hints.chain(with(Op::SetList).map(|i| i.d()));
    if sizes.any(|size| u64::from(size) > most) {
        return Err(ChunkError::Malformed("table size out of range"));
    }
    Ok(())
}
