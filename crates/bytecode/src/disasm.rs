//! Disassembler: a prototype as text that people can read and [`crate::text`] can read back.
//!
//! **Problem.** Tests, bug reports and `--dump=bytecode` need a form of compiled code that shows everything the
//! interpreter sees; if the text left something out, a test on it could not notice a change there.
//!
//! **Design.** The text is complete: `parse(disassemble(p)) == p` for every prototype whose tables are parallel to
//! its code and whose loop headers are ascending and in range – even one that the verifier rejects, whatever its
//! operands are. What is operand and what is explanation is told apart by `;`, which begins a comment. Operands are
//! printed by their kind in the opcode table alone, so a new opcode needs nothing here.
//!
//! Functions are sections named by their path (`main`, `main.0`, `main.0.1`), a parent before its children; nesting
//! is in the names, so neither printing nor parsing recurses.
//!
//! ```text
//! function main lines 0..0 params 0 vararg no stack 4 source "=x"
//! constants
//!   k0 = "print"
//! upvalues
//!   u0 = "_ENV" upvalue 0
//! sites
//!   s0 = property k0 ; "print"
//! code
//! L1: loop
//!   0: @1:0 ^0 GETENV r0 u0 s0 ; _ENV "print"
//!   1: @1:9 ^0 JMPBACK L1
//! ```
//!
//! An instruction line has its index, its position `@line:offset`, its live top `^registers`, then mnemonic and
//! operands. A field that should be zero and isn't is shown as `c=5`; a jump that leaves the code as a distance.
//!
//! **Rejected.** Indented nesting (deep functions run off the page, and the parser has to recurse).

use crate::flow;
use crate::ops::{Field, OperandKind};
use crate::proto::{Constant, LocalInfo, Proto, Site, UpvalueDesc, VarargKind};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

/// The fields of an instruction, in the order of [`crate::ops::OpInfo::operands`], with their names in the text.
pub(crate) const FIELDS: [(Field, &str); 4] =
    [(Field::A, "a"), (Field::B, "b"), (Field::C, "c"), (Field::D, "d")];

/// The name of the outermost function in the text.
pub(crate) const MAIN: &str = "main";

/// Prints `proto` and the functions nested in it.
pub fn disassemble(proto: &Proto) -> String {
    let mut out = String::new();
    let mut stack = vec![(MAIN.to_string(), proto)];
    while let Some((path, proto)) = stack.pop() {
        if !out.is_empty() {
            out.push('\n');
        }
        Listing::new(proto).print(&path, &mut out);
        for (n, child) in proto.protos.iter().enumerate().rev() {
            stack.push((format!("{path}.{n}"), child));
        }
    }
    out
}

/// Prints `proto` under a name, without the functions nested in it.
pub fn disassemble_alone(proto: &Proto, name: &str) -> String {
    let mut out = String::new();
    Listing::new(proto).print(name, &mut out);
    out
}

/// A byte string as a Lua literal in ASCII.
pub fn quote(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push('"');
    for &b in bytes {
        match b {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b' '..=b'~' => out.push(char::from(b)),
            _ => append(&mut out, format_args!("\\x{b:02x}")),
        }
    }
    out.push('"');
    out
}

/// A constant in the notation of the text: Lua literals, and `inf`, `-inf`, `nan(bits)` for floats without one.
pub fn constant(k: &Constant) -> String {
    match k {
        Constant::Nil => "nil".into(),
        Constant::Bool(b) => b.to_string(),
        Constant::Int(i) => i.to_string(),
        Constant::Float(f) if f.get().is_nan() => format!("nan({:#x})", f.get().to_bits()),
        // The shortest digits that read back as the same float, always with a point or an exponent.
        Constant::Float(f) => format!("{:?}", f.get()),
        Constant::Str(s) => quote(s),
    }
}

/// Formats into a string, which cannot fail.
fn append(out: &mut String, args: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(args);
}

/// One function made ready for printing: its labels are numbered and its locals sorted.
pub struct Listing<'a> {
    proto: &'a Proto,
    /// Labels by instruction.
    labels: BTreeMap<usize, usize>,
    /// The locals of each register, in order of `start_pc`.
    locals: HashMap<u8, Vec<&'a LocalInfo>>,
}

impl<'a> Listing<'a> {
    /// Prepares the listing of `proto`, without nested functions.
    pub fn new(proto: &'a Proto) -> Self {
        let mut labels = flow::jump_targets(&proto.code);
        for &header in &proto.loop_headers {
            if let Some(slot) = labels.get_mut(header as usize) {
                *slot = true;
            }
        }
        let labelled = labels.iter().enumerate().filter(|(_, is)| **is).map(|(pc, _)| pc);
        let mut locals: HashMap<u8, Vec<&LocalInfo>> = HashMap::new();
        for local in &proto.locals {
            locals.entry(local.register).or_default().push(local);
        }
        Listing { proto, labels: labelled.zip(1..).collect(), locals }
    }

    /// The mnemonic and operands at `pc`; empty if there is no such instruction.
    pub fn instruction(&self, pc: usize) -> String {
        let Some(&i) = self.proto.code.get(pc) else { return String::new() };
        let info = i.op().info();
        let mut out = info.name.to_string();
        let mut unused = String::new();
        for (&kind, (field, name)) in info.operands.iter().zip(FIELDS) {
            let v = i.field(field);
            match kind {
                OperandKind::None if v == 0 => {}
                OperandKind::None => append(&mut unused, format_args!(" {name}={v}")),
                OperandKind::Reg => append(&mut out, format_args!(" r{v}")),
                OperandKind::Count | OperandKind::Flag => append(&mut out, format_args!(" {v}")),
                OperandKind::Imm8 => append(&mut out, format_args!(" {}", v as u8 as i8)),
                OperandKind::Imm32 => append(&mut out, format_args!(" {}", v as i32)),
                OperandKind::Upvalue => append(&mut out, format_args!(" u{v}")),
                OperandKind::Const => append(&mut out, format_args!(" k{v}")),
                OperandKind::Proto => append(&mut out, format_args!(" p{v}")),
                OperandKind::Site => append(&mut out, format_args!(" s{v}")),
                OperandKind::Jump => {
                    match flow::jump_target(pc, i).and_then(|target| self.labels.get(&target)) {
                        Some(label) => append(&mut out, format_args!(" L{label}")),
                        None => append(&mut out, format_args!(" {:+}", v as i32)),
                    }
                }
            }
        }
        out + &unused
    }

    /// The whole line of the instruction at `pc`: index, position, live top, instruction and comment.
    pub fn line(&self, pc: usize) -> String {
        let mut out = format!("{pc:>5}: ");
        if let Some(pos) = self.proto.positions.get(pc) {
            append(&mut out, format_args!("{:<9} ", format!("@{}:{}", pos.line, pos.offset)));
        }
        if let Some(top) = self.proto.live_top.get(pc) {
            append(&mut out, format_args!("{:<4} ", format!("^{top}")));
        }
        let text = self.instruction(pc);
        let (name, operands) = text.split_once(' ').unwrap_or((&text, ""));
        let comment = self.comment(pc);
        if comment.is_empty() {
            append(&mut out, format_args!("{name:<11} {operands}"));
        } else {
            append(&mut out, format_args!("{name:<11} {operands:<15} ; {comment}"));
        }
        out.truncate(out.trim_end().len());
        out
    }

    /// The label line before the instruction at `pc`, if it has a label.
    pub fn label(&self, pc: usize) -> Option<String> {
        let label = self.labels.get(&pc)?;
        let is_header =
            u32::try_from(pc).is_ok_and(|pc| self.proto.loop_headers.binary_search(&pc).is_ok());
        Some(format!("L{label}:{}", if is_header { " loop" } else { "" }))
    }

    /// What the operands at `pc` refer to.
    fn comment(&self, pc: usize) -> String {
        let Some(&i) = self.proto.code.get(pc) else { return String::new() };
        let mut parts: Vec<String> = Vec::new();
        for (&kind, (field, _)) in i.op().info().operands.iter().zip(FIELDS) {
            let v = i.field(field);
            let index = v as usize;
            let part = match kind {
                OperandKind::Reg => self.local_name(v, pc).map(|name| format!("r{v}={name}")),
                OperandKind::Upvalue => self.proto.upvalues.get(index).map(|u| bare(&u.name)),
                OperandKind::Const => self.proto.constants.get(index).map(brief),
                OperandKind::Proto => {
                    let child = self.proto.protos.get(index);
                    child.map(|p| format!("lines {}..{}", p.line_defined, p.last_line))
                }
                OperandKind::Site => match self.proto.sites.get(index) {
                    Some(&Site::Property { key }) => {
                        self.proto.constants.get(key as usize).map(brief)
                    }
                    Some(Site::Element | Site::Call | Site::Table { .. }) | None => None,
                },
                OperandKind::Jump => flow::jump_target(pc, i).map(|target| format!("to {target}")),
                OperandKind::None
                | OperandKind::Count
                | OperandKind::Flag
                | OperandKind::Imm8
                | OperandKind::Imm32 => None,
            };
            parts.extend(part);
        }
        parts.join(" ")
    }

    /// The local in `register` at `pc`. If their ranges overlap, which the compiler doesn't make, the last to begin.
    fn local_name(&self, register: u32, pc: usize) -> Option<String> {
        let locals = self.locals.get(&u8::try_from(register).ok()?)?;
        let begun = locals.partition_point(|l| l.start_pc as usize <= pc);
        let local = locals.get(begun.checked_sub(1)?)?;
        ((local.end_pc as usize) > pc).then(|| bare(&local.name))
    }

    fn print(&self, path: &str, out: &mut String) {
        let p = self.proto;
        let vararg = match p.vararg {
            VarargKind::No => "no".to_string(),
            VarargKind::Hidden => "hidden".to_string(),
            VarargKind::Table(r) => format!("table r{r}"),
        };
        append(
            out,
            format_args!(
                "function {path} lines {}..{} params {} vararg {vararg} stack {} source {}\n",
                p.line_defined,
                p.last_line,
                p.num_params,
                p.max_stack,
                quote(&p.source)
            ),
        );
        section(out, "constants", &p.constants, |n, k| format!("k{n} = {}", constant(k)));
        section(out, "upvalues", &p.upvalues, upvalue);
        section(out, "sites", &p.sites, |n, s| self.site(n, s));
        section(out, "locals", &p.locals, |_, l| local(l));
        out.push_str("code\n");
        for pc in 0..p.code.len() {
            if let Some(label) = self.label(pc) {
                append(out, format_args!("{label}\n"));
            }
            append(out, format_args!("{}\n", self.line(pc)));
        }
    }

    fn site(&self, n: usize, site: &Site) -> String {
        match site {
            Site::Property { key } => match self.proto.constants.get(*key as usize) {
                Some(k) => format!("s{n} = property k{key} ; {}", brief(k)),
                None => format!("s{n} = property k{key}"),
            },
            Site::Element => format!("s{n} = element"),
            Site::Call => format!("s{n} = call"),
            Site::Table { array, fields } => format!("s{n} = table {array} {fields}"),
        }
    }
}

fn section<T>(out: &mut String, title: &str, items: &[T], show: impl Fn(usize, &T) -> String) {
    if items.is_empty() {
        return;
    }
    append(out, format_args!("{title}\n"));
    for (n, item) in items.iter().enumerate() {
        append(out, format_args!("  {}\n", show(n, item)));
    }
}

fn upvalue(n: usize, u: &UpvalueDesc) -> String {
    let from = if u.from_register {
        format!("register r{}", u.index)
    } else {
        format!("upvalue u{}", u.index)
    };
    format!("u{n} = {} {from}{}", quote(&u.name), if u.read_only { " readonly" } else { "" })
}

fn local(l: &LocalInfo) -> String {
    let boxed = if l.boxed { " boxed" } else { "" };
    format!("r{} {} {}..{}{boxed}", l.register, quote(&l.name), l.start_pc, l.end_pc)
}

/// A name for a comment: without quotes if it is an identifier or nearly so.
fn bare(name: &[u8]) -> String {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"_() ".contains(b);
    if name.iter().all(plain) { String::from_utf8_lossy(name).into_owned() } else { quote(name) }
}

/// A constant for a comment, cut if long.
fn brief(k: &Constant) -> String {
    const MOST: usize = 40;
    match k {
        Constant::Str(s) if s.len() > MOST => {
            format!("{}...", quote(s.get(..MOST).unwrap_or_default()))
        }
        Constant::Nil
        | Constant::Bool(_)
        | Constant::Int(_)
        | Constant::Float(_)
        | Constant::Str(_) => constant(k),
    }
}
