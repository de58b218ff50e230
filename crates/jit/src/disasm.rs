//! Machine code as text, for `--dump=asm`.
//!
//! A listing has the instructions of the bytecode as comments, each followed by its machine code; first the code in line,
//! then the cold parts, which name the instruction they belong to. Numbers at the left are offsets in the function.
//! Targets of calls and jumps are names: of stubs (`step:GETFIELD`), of instructions (`i7`, `i7+12` for a place within),
//! and of cold parts (`cold3`). Operands in memory that every template uses are explained behind `;`.
//!
//! Offsets and names, rather than addresses, make listings of two runs comparable.

use crate::events::{Listing, Sink};
use iced_x86::{
    Decoder, DecoderOptions, Formatter, Instruction, IntelFormatter, MemorySizeOptions, OpKind,
    Register, SymbolResolver, SymbolResult,
};
use perilune_bytecode::disasm as bytecode;
use perilune_runtime::compiled as rt;
use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::Write;

/// The listing of a function.
pub fn listing(code: &Listing<'_>) -> String {
    let hot = code.offsets.last().map_or(code.code.len(), |o| *o as usize);
    let mut out = format!(
        "; {}, {}: {} instructions, {} bytes of code, {} of them cold\n",
        code.function,
        code.tier.word(),
        code.proto.code.len(),
        code.code.len(),
        code.code.len() - hot,
    );
    let mut lines = Lines::new(code);
    let instructions = bytecode::Listing::new(code.proto);
    let mut from = 0;
    out.push_str("; entry\n");
    for (pc, start) in code.offsets.iter().enumerate() {
        lines.show(from, *start as usize, &mut out);
        from = *start as usize;
        if pc < code.proto.code.len() {
            if let Some(label) = instructions.label(pc) {
                let _ = writeln!(out, "; {label}");
            }
            let _ = writeln!(out, "; {}", instructions.line(pc).trim_start());
        }
    }
    for (k, part) in code.cold.iter().enumerate() {
        let to = code.cold.get(k + 1).map_or(code.code.len(), |next| next.offset as usize);
        let _ = match part.pc {
            Some(pc) => {
                let text = instructions.instruction(pc as usize);
                writeln!(out, "; cold{k}, of {pc}: {text}")
            }
            None => writeln!(out, "; cold{k}, of the entry"),
        };
        lines.show(part.offset as usize, to, &mut out);
    }
    out
}

/// Prints machine code.
struct Lines<'a> {
    code: &'a Listing<'a>,
    formatter: IntelFormatter,
}

impl<'a> Lines<'a> {
    fn new(code: &'a Listing<'a>) -> Lines<'a> {
        let names = TargetNames {
            address: code.address,
            // What lives longer than the listing must not borrow from it.
            offsets: code.offsets.to_vec(),
            cold: code.cold.iter().map(|c| c.offset).collect(),
            len: code.code.len(),
            stubs: code.stubs.iter().map(|s| (s.address, s.name)).collect(),
        };
        let mut formatter = IntelFormatter::with_options(Some(Box::new(names)), None);
        let options = formatter.options_mut();
        options.set_hex_prefix("0x");
        options.set_hex_suffix("");
        options.set_uppercase_hex(false);
        options.set_branch_leading_zeros(false);
        options.set_space_after_operand_separator(true);
        options.set_memory_size_options(MemorySizeOptions::Minimal);
        options.set_show_branch_size(false);
        Lines { code, formatter }
    }

    /// The code between two offsets.
    fn show(&mut self, from: usize, to: usize, out: &mut String) {
        let bytes = self.code.code.get(from..to).unwrap_or_default();
        let address = (self.code.address + from) as u64;
        let mut decoder = Decoder::with_ip(64, bytes, address, DecoderOptions::NONE);
        let mut i = Instruction::default();
        let mut text = String::new();
        while decoder.can_decode() {
            decoder.decode_out(&mut i);
            text.clear();
            self.formatter.format(&i, &mut text);
            let at = i.ip() as usize - self.code.address;
            let _ = match explain(&i) {
                Some(what) => writeln!(out, "  {at:04x}  {text:<40} ; {what}"),
                None => writeln!(out, "  {at:04x}  {text}"),
            };
        }
    }
}

/// Names targets of calls and jumps.
struct TargetNames {
    address: usize,
    offsets: Vec<u32>,
    cold: Vec<u32>,
    len: usize,
    stubs: Vec<(usize, String)>,
}

impl TargetNames {
    fn name(&self, address: usize) -> Option<String> {
        if let Ok(found) = self.stubs.binary_search_by_key(&address, |s| s.0) {
            return self.stubs.get(found).map(|s| s.1.clone());
        }
        let offset = address.checked_sub(self.address).filter(|o| *o < self.len)? as u32;
        let begun = |starts: &[u32]| {
            let at = starts.partition_point(|start| *start <= offset).checked_sub(1)?;
            Some((at, offset - starts.get(at)?))
        };
        let (what, (at, within)) = match begun(&self.cold) {
            Some(found) => ("cold", found),
            None => match begun(&self.offsets) {
                Some(found) => ("i", found),
                None => return Some(format!("entry+{offset}")),
            },
        };
        Some(if within == 0 { format!("{what}{at}") } else { format!("{what}{at}+{within}") })
    }
}

impl SymbolResolver for TargetNames {
    fn symbol(
        &mut self,
        i: &Instruction,
        operand: u32,
        _: Option<u32>,
        address: u64,
        _: u32,
    ) -> Option<SymbolResult<'_>> {
        let is_branch = i.op_kind(operand) == OpKind::NearBranch64;
        let name = self.name(address as usize).filter(|_| is_branch)?;
        Some(SymbolResult::with_string(address, name))
    }
}

/// What an operand in memory is.
fn explain(i: &Instruction) -> Option<String> {
    let has_memory = (0..i.op_count()).any(|n| i.op_kind(n) == OpKind::Memory);
    if !has_memory || i.memory_index() != Register::None {
        return None;
    }
    let displacement = i.memory_displacement64() as i64;
    match i.memory_base() {
        Register::RBX => register(displacement),
        Register::RBP => Some("poll byte".to_owned()),
        Register::R12 => frame_field(displacement),
        Register::R13 => cell(displacement),
        Register::R15 => known(displacement, &CONTEXT).map(|name| format!("context.{name}")),
        _ => None,
    }
}

/// A register of the function; its upper 16 bits are the tag.
fn register(displacement: i64) -> Option<String> {
    let slot = displacement.div_euclid(8);
    match displacement.rem_euclid(8) {
        0 => Some(format!("R[{slot}]")),
        6 => Some(format!("tag of R[{slot}]")),
        _ => None,
    }
}

fn frame_field(displacement: i64) -> Option<String> {
    let size = rt::FRAME_SIZE as i64;
    let (which, displacement) = if displacement >= size {
        ("callee's frame", displacement - size)
    } else {
        ("frame", displacement)
    };
    known(displacement, &FRAME).map(|name| format!("{which}.{name}"))
}

fn cell(displacement: i64) -> Option<String> {
    if displacement == rt::COUNTDOWN_FROM_CELLS as i64 {
        return Some("countdown".to_owned());
    }
    (displacement >= 0).then(|| format!("site {}", displacement / rt::CELL_SIZE as i64))
}

fn known(displacement: i64, names: &[(usize, &'static str)]) -> Option<&'static str> {
    names.iter().find(|(at, _)| *at as i64 == displacement).map(|(_, name)| *name)
}

const FRAME: [(usize, &str); 9] = [
    (rt::FRAME_PC, "pc"),
    (rt::FRAME_CLOSURE, "closure"),
    (rt::RETURN_TO, "return_to"),
    (rt::FRAME_FUNC, "func"),
    (rt::FRAME_BASE, "base"),
    (rt::FRAME_AUX, "aux"),
    (rt::FRAME_RET, "ret"),
    (rt::FRAME_NRESULTS, "nresults"),
    (rt::FRAME_EXTRA, "extra"),
];

const CONTEXT: [(usize, &str); 5] = [
    (rt::CX_FRAME, "frame"),
    (rt::CX_STACK, "stack"),
    (rt::CX_STACK_LIMIT, "stack_limit"),
    (rt::CX_FRAMES_END, "frames_end"),
    (rt::CX_TOP, "top"),
];

/// Writes the listing of each function that is compiled.
pub struct Dump<W> {
    filter: Option<String>,
    to: RefCell<W>,
}

impl<W: Write> Dump<W> {
    /// Writes to `to`; only functions that [match](crate::events::FunctionName::matches) the filter, if there is one.
    pub fn new(filter: Option<String>, to: W) -> Dump<W> {
        Dump { filter, to: RefCell::new(to) }
    }
}

impl<W: Write> Sink for Dump<W> {
    fn code(&self, code: &Listing<'_>) {
        if self.filter.as_ref().is_none_or(|f| code.function.matches(f)) {
            // That nobody reads it is no reason to disturb the program.
            let _ = self.to.borrow_mut().write_all(format!("{}\n", listing(code)).as_bytes());
        }
    }
}
