//! Names for registers and callees, recovered from the bytecode.
//!
//! **Problem.** "attempt to index a nil value (field 'x')" needs the name by which the program got at a register's
//! value; nothing at run time records it.
//!
//! **Design.** As in the reference implementation: find the instruction that last set the register before the
//! failing one, by a forward scan that ignores what may be skipped by a jump, and read the name off it. What
//! instructions write is taken from the opcode table.

use perilune_bytecode::flow::{Span, span};
use perilune_bytecode::ops::{Control, Field, Instr, Op};
use perilune_bytecode::proto::{Constant, LocalInfo, Proto, Site, VarargKind};

/// How a name refers to its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableKind {
    /// A local variable.
    Local,
    /// An upvalue.
    Upvalue,
    /// A constant.
    Constant,
    /// A global variable.
    Global,
    /// A field.
    Field,
    /// A method.
    Method,
    /// A metamethod.
    Metamethod,
    /// The iterator of a `for` loop.
    ForIterator,
    /// A debug hook.
    Hook,
}

impl VariableKind {
    /// The word messages use.
    pub const fn name(self) -> &'static str {
        match self {
            VariableKind::Local => "local",
            VariableKind::Upvalue => "upvalue",
            VariableKind::Constant => "constant",
            VariableKind::Global => "global",
            VariableKind::Field => "field",
            VariableKind::Method => "method",
            VariableKind::Metamethod => "metamethod",
            VariableKind::ForIterator => "for iterator",
            VariableKind::Hook => "hook",
        }
    }
}

type Named = Option<(VariableKind, Vec<u8>)>;

/// The local variable that is in a register at an instruction.
pub fn local_name(p: &Proto, pc: usize, reg: usize) -> Option<Vec<u8>> {
    p.locals
        .iter()
        .rev()
        .find(|l| {
            l.register as usize == reg && (l.start_pc as usize) <= pc && pc < l.end_pc as usize
        })
        .map(|l| l.name.to_vec())
}

/// The local variables in scope at an instruction, in the order of their declaration.
pub fn active_locals(p: &Proto, pc: usize) -> impl Iterator<Item = &LocalInfo> {
    p.locals.iter().filter(move |l| (l.start_pc as usize) <= pc && pc < l.end_pc as usize)
}

/// The name of a parameter, counted from 0. A named vararg table isn't one.
pub fn param_name(p: &Proto, n: usize) -> Option<&[u8]> {
    // Parameters are declared first.
    (n < p.num_params as usize).then(|| p.locals.get(n).map(|l| &*l.name)).flatten()
}

/// Whether an instruction changes a register.
fn writes(i: Instr, reg: usize) -> bool {
    // Calls leave nothing behind in the registers from the callee's up.
    if matches!(i.op(), Op::Call | Op::TailCall) {
        return reg >= i.a() as usize;
    }
    if i.op() == Op::TForCall {
        return reg >= i.a() as usize + 3;
    }
    i.op().info().writes.iter().any(|w| match span(*w, i) {
        Span::Exact { start, len } => (start..start + len).contains(&reg),
        Span::Open { start } => reg >= start,
        Span::Captured | Span::Closing { .. } => false,
    })
}

/// The instruction that set a register as instruction `last` finds it, if that is certain.
fn find_set(p: &Proto, last: usize, reg: usize) -> Option<usize> {
    let mut found = None;
    // Instructions before this one may have been jumped over.
    let mut conditional_until = 0;
    for (pc, i) in p.code.iter().enumerate().take(last) {
        if matches!(i.op().info().control, Control::Jump | Control::Branch) && i.sd() >= 0 {
            let target = pc + 1 + i.sd() as usize;
            if target <= last && target > conditional_until {
                conditional_until = target;
            }
        }
        if writes(*i, reg) {
            found = if pc < conditional_until { None } else { Some(pc) };
        }
    }
    found
}

fn constant_name(p: &Proto, index: usize) -> Vec<u8> {
    match p.constants.get(index) {
        Some(Constant::Str(s)) => s.to_vec(),
        _ => b"?".to_vec(),
    }
}

fn site_key(p: &Proto, i: Instr) -> Vec<u8> {
    match p.sites.get(i.d() as usize) {
        Some(Site::Property { key }) => constant_name(p, *key as usize),
        _ => b"?".to_vec(),
    }
}

/// A name that doesn't come from a field: a local, upvalue or string constant.
fn basic_name(
    p: &Proto,
    pc: usize,
    reg: usize,
    depth: u8,
) -> Result<(VariableKind, Vec<u8>), Option<usize>> {
    if let Some(name) = local_name(p, pc, reg) {
        return Ok((VariableKind::Local, name));
    }
    let Some(set) = find_set(p, pc, reg) else { return Err(None) };
    let i = p.code[set];
    match i.op() {
        Op::Move | Op::GetBox if (i.b() < i.a() || i.op() == Op::GetBox) && depth < 4 => {
            basic_name(p, set, i.b() as usize, depth + 1)
        }
        Op::GetUpval => match p.upvalues.get(i.b() as usize) {
            Some(u) => Ok((VariableKind::Upvalue, u.name.to_vec())),
            None => Err(None),
        },
        Op::LoadK => match p.constants.get(i.d() as usize) {
            Some(Constant::Str(s)) => Ok((VariableKind::Constant, s.to_vec())),
            _ => Err(Some(set)),
        },
        _ => Err(Some(set)),
    }
}

/// Whether a field of the table in a register is a global variable: the register holds `_ENV`.
fn field_or_global(p: &Proto, pc: usize, table: usize) -> VariableKind {
    match basic_name(p, pc, table, 0) {
        Ok((VariableKind::Local | VariableKind::Upvalue, name)) if name == b"_ENV" => {
            VariableKind::Global
        }
        _ => VariableKind::Field,
    }
}

/// A name for the value an instruction finds in a register.
pub fn register_name(p: &Proto, pc: usize, reg: usize) -> Named {
    let set = match basic_name(p, pc, reg, 0) {
        Ok(named) => return Some(named),
        Err(None) => return None,
        Err(Some(set)) => set,
    };
    let i = *p.code.get(set)?;
    match i.op() {
        Op::GetEnv => {
            let env = p.upvalues.get(i.b() as usize)?;
            let kind =
                if &*env.name == b"_ENV" { VariableKind::Global } else { VariableKind::Field };
            Some((kind, site_key(p, i)))
        }
        Op::GetField => Some((field_or_global(p, set, i.b() as usize), site_key(p, i))),
        Op::SelfOp => Some((VariableKind::Method, site_key(p, i))),
        Op::GetIndex | Op::GetVararg => {
            let key = if i.op() == Op::GetIndex { i.field(Field::C) } else { i.field(Field::B) };
            let name = match basic_name(p, set, key as usize, 0) {
                Ok((VariableKind::Constant, name)) => name,
                _ => b"?".to_vec(),
            };
            let kind = if i.op() == Op::GetIndex {
                field_or_global(p, set, i.b() as usize)
            } else {
                VariableKind::Field
            };
            Some((kind, name))
        }
        // The reference implementation has the key of such an access in a register, without a name.
        Op::GetInt if is_vararg_table(p, set, i.b()) => Some((VariableKind::Field, b"?".to_vec())),
        Op::GetInt => Some((VariableKind::Field, b"integer index".to_vec())),
        _ => None,
    }
}

/// Whether a register holds the table of the function's own vararg parameter, as an instruction finds it.
fn is_vararg_table(p: &Proto, pc: usize, reg: u8) -> bool {
    let VarargKind::Table(table) = p.vararg else { return false };
    let fetched = || find_set(p, pc, reg as usize).and_then(|set| p.code.get(set));
    reg == table || fetched().is_some_and(|i| i.op() == Op::GetBox && i.b() == table)
}

/// Names for the functions nested in one, by where their closures are put first: a variable, or a field with the name of
/// its table, if that has one. Unlike the names in tracebacks, they don't depend on who calls.
pub fn nested_names(p: &Proto) -> Vec<Option<Vec<u8>>> {
    let mut names = vec![None; p.protos.len()];
    for (pc, i) in p.code.iter().enumerate() {
        if i.op() == Op::Closure
            && let Some(name @ None) = names.get_mut(i.d() as usize)
        {
            *name = closure_name(p, pc + 1, i.a());
        }
    }
    names
}

/// What the closure in a register is called, given the instruction behind the one that made it.
fn closure_name(p: &Proto, first: usize, reg: u8) -> Option<Vec<u8>> {
    // A local variable needs nothing more: what comes next may be its first use.
    if let Some(name) = local_name(p, first, reg as usize) {
        return Some(name);
    }
    // The table that the closure goes to may have to be loaded first.
    let loads = |i: &Instr| {
        matches!(i.op(), Op::GetBox | Op::GetUpval | Op::GetEnv | Op::GetField) && i.a() != reg
    };
    let pc = first + p.code.get(first..)?.iter().take_while(|i| loads(i)).count();
    let next = *p.code.get(pc)?;
    let (a, b) = (next.a(), next.b());
    match next.op() {
        Op::SetEnv if a == reg => Some(site_key(p, next)),
        Op::SetField if b == reg => {
            let key = site_key(p, next);
            let table = register_name(p, pc, a as usize);
            Some(table.map_or(key.clone(), |t| [&t.1, &b"."[..], &key].concat()))
        }
        Op::SetUpval if a == reg => p.upvalues.get(b as usize).map(|u| u.name.to_vec()),
        Op::SetBox | Op::Move if b == reg => local_name(p, pc + 1, a as usize),
        _ => local_name(p, first + 1, reg as usize),
    }
}

/// How the instruction at `pc` came to call something.
pub fn called_by(p: &Proto, pc: usize) -> Named {
    let i = *p.code.get(pc)?;
    let event = match i.op() {
        Op::Call | Op::TailCall => return register_name(p, pc, i.a() as usize),
        Op::TForCall => return Some((VariableKind::ForIterator, b"for iterator".to_vec())),
        op => metamethod_of(op)?,
    };
    Some((VariableKind::Metamethod, event.as_bytes().to_vec()))
}

/// The metamethod an instruction may call.
fn metamethod_of(op: Op) -> Option<&'static str> {
    use crate::events::Event;
    let event = match op {
        Op::GetEnv | Op::GetField | Op::SelfOp | Op::GetIndex | Op::GetInt => Event::Index,
        Op::SetEnv | Op::SetField | Op::SetIndex | Op::SetInt => Event::NewIndex,
        Op::Len => Event::Len,
        Op::Concat => Event::Concat,
        Op::JEq => Event::Eq,
        Op::JLt | Op::JLtI | Op::JGtI => Event::Lt,
        Op::JLe | Op::JLeI | Op::JGeI => Event::Le,
        Op::Close | Op::ReturnClose => Event::Close,
        op => crate::interp::arith_of(op)?.1,
    };
    Some(event.short_name())
}
