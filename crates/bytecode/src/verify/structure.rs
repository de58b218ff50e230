//! The part of verification that looks at tables and at single instructions, without following control.

use super::Fault;
use super::rules::{Rule, rule};
use crate::flow::{self, Span};
use crate::ops::{FeedbackKind, Instr, Op, OperandKind};
use crate::proto::{Constant, Proto, Site, UpvalueDesc, VarargKind};
use crate::steps::Steps;

/// The most upvalues a function may have: their index is a byte, and PUC's limit is 255 as well.
const MAX_UPVALUES: usize = 255;

/// Jump distances are signed 32-bit numbers, and tables number instructions by `u32`.
const MAX_CODE: usize = i32::MAX as usize;

/// The register after the last one that `TFORCALL` uses, counted from `a`.
const TFORCALL_REGISTERS: usize = 8;

/// Where `TFORCALL` puts the callee, counted from `a`.
const TFORCALL_CALLEE: usize = 4;

/// Checks all of `proto` except what its nested functions contain.
pub(super) fn check(proto: &Proto, steps: &Steps<'_>) -> Result<(), Fault> {
    check_tables(proto, steps)?;
    check_vararg(proto)?;
    let mut site_used = vec![false; proto.sites.len()];
    for (pc, &i) in proto.code.iter().enumerate() {
        Fault::step(steps)?;
        let at = |reason| Fault::at(pc, reason);
        check_operands(proto, i, &mut site_used).map_err(at)?;
        check_registers(proto, i).map_err(at)?;
        check_jump(proto, pc, i).map_err(at)?;
        check_rule(proto, pc, i).map_err(at)?;
        check_callee(proto, pc, i).map_err(at)?;
    }
    let headers = flow::loop_headers(&proto.code);
    if headers != proto.loop_headers {
        return Err(Fault::general(format!(
            "the loop headers should be {headers:?}, not {:?}",
            proto.loop_headers
        )));
    }
    Ok(())
}

fn check_tables(p: &Proto, steps: &Steps<'_>) -> Result<(), Fault> {
    if p.max_stack < 2 {
        return Err(Fault::general("fewer than 2 registers"));
    }
    if p.num_params > p.max_stack {
        return Err(Fault::general("more parameters than registers"));
    }
    if p.upvalues.len() > MAX_UPVALUES {
        return Err(Fault::general(format!("more than {MAX_UPVALUES} upvalues")));
    }
    if p.code.len() > MAX_CODE {
        return Err(Fault::general("too many instructions"));
    }
    if p.positions.len() != p.code.len() || p.live_top.len() != p.code.len() {
        return Err(Fault::general(format!(
            "{} instructions, but {} positions and {} live tops",
            p.code.len(),
            p.positions.len(),
            p.live_top.len()
        )));
    }
    let Some((last, i)) = p.code.iter().enumerate().next_back() else {
        return Err(Fault::general("no instructions"));
    };
    if flow::falls_through(i.op()) {
        return Err(Fault::at(last, "control may run past the end of the code"));
    }
    if let Some(pc) = p.live_top.iter().position(|&top| top > p.max_stack) {
        return Err(Fault::at(pc, "the live top is above the frame"));
    }
    for (n, site) in p.sites.iter().enumerate() {
        Fault::step(steps)?;
        if let Site::Property { key } = site
            && !matches!(p.constants.get(*key as usize), Some(Constant::Str(_)))
        {
            return Err(Fault::general(format!("the key of site {n} is not a string constant")));
        }
    }
    for (n, child) in p.protos.iter().enumerate() {
        for u in &child.upvalues {
            Fault::step(steps)?;
            check_capture(p, n, u)?;
        }
    }
    Ok(())
}

/// Checks where the nested function `n` gets an upvalue from.
fn check_capture(p: &Proto, n: usize, u: &UpvalueDesc) -> Result<(), Fault> {
    let index = usize::from(u.index);
    if u.from_register && index >= usize::from(p.max_stack) {
        return Err(Fault::general(format!("function {n} captures r{index}, which doesn't exist")));
    }
    if !u.from_register && index >= p.upvalues.len() {
        return Err(Fault::general(format!("function {n} captures u{index}, which doesn't exist")));
    }
    Ok(())
}

/// A vararg function begins by putting its extra arguments aside, and making its table if it has one.
fn check_vararg(p: &Proto) -> Result<(), Fault> {
    if p.vararg == VarargKind::No {
        return Ok(());
    }
    if p.code.first().is_none_or(|i| i.op() != Op::VarargPrep) {
        return Err(Fault::at(0, "a vararg function begins with VARARGPREP"));
    }
    if let VarargKind::Table(r) = p.vararg
        && p.code.get(1).is_none_or(|i| i.op() != Op::VarargTable || i.a() != r)
    {
        let reason = format!("the second instruction of this function should be VARARGTABLE r{r}");
        return Err(Fault::at(1.min(p.code.len().saturating_sub(1)), reason));
    }
    Ok(())
}

/// Checks each field by its kind.
fn check_operands(p: &Proto, i: Instr, site_used: &mut [bool]) -> Result<(), String> {
    let info = i.op().info();
    for (&kind, (field, name)) in info.operands.iter().zip(crate::disasm::FIELDS) {
        let value = i.field(field);
        let index = value as usize;
        let (what, limit) = match kind {
            OperandKind::None if value != 0 => {
                return Err(format!("field {name} is unused, but is {value}"));
            }
            OperandKind::Flag if value > 1 => return Err(format!("the flag is {value}")),
            OperandKind::None
            | OperandKind::Flag
            | OperandKind::Count
            | OperandKind::Imm8
            | OperandKind::Imm32
            | OperandKind::Jump => continue,
            OperandKind::Reg => ("register", usize::from(p.max_stack)),
            OperandKind::Upvalue => ("upvalue", p.upvalues.len()),
            OperandKind::Const => ("constant", p.constants.len()),
            OperandKind::Proto => ("function", p.protos.len()),
            OperandKind::Site => ("site", p.sites.len()),
        };
        if index >= limit {
            return Err(format!("there is no {what} {index}"));
        }
        if kind == OperandKind::Site {
            check_site(p, info.feedback, index)?;
            // Two kinds of access may cache different things in the same place.
            match site_used.get_mut(index) {
                Some(used) if !*used => *used = true,
                _ => return Err(format!("site {index} belongs to another instruction")),
            }
        }
    }
    Ok(())
}

fn check_site(p: &Proto, feedback: FeedbackKind, index: usize) -> Result<(), String> {
    let site = p.sites.get(index);
    let fits = match feedback {
        FeedbackKind::Property => matches!(site, Some(Site::Property { .. })),
        FeedbackKind::Element => matches!(site, Some(Site::Element)),
        FeedbackKind::Call => matches!(site, Some(Site::Call)),
        FeedbackKind::Alloc => matches!(site, Some(Site::Table { .. })),
        FeedbackKind::None
        | FeedbackKind::Arith
        | FeedbackKind::Compare
        | FeedbackKind::Branch
        | FeedbackKind::Loop => false,
    };
    if fits { Ok(()) } else { Err(format!("site {index} is of the wrong kind")) }
}

/// Checks that every register read or written is in the frame.
fn check_registers(p: &Proto, i: Instr) -> Result<(), String> {
    let info = i.op().info();
    let mut end = 0;
    for &regs in info.reads.iter().chain(info.writes) {
        end = end.max(match flow::span(regs, i) {
            Span::Exact { start, len } => start + len,
            Span::Open { start } | Span::Closing { start } => start,
            // `check_capture` has seen to them.
            Span::Captured => 0,
        });
    }
    if rule(i.op()) == Rule::TForCall {
        end = end.max(usize::from(i.a()) + TFORCALL_REGISTERS);
    }
    if end > usize::from(p.max_stack) {
        return Err(format!("needs {end} registers, the frame has {}", p.max_stack));
    }
    Ok(())
}

fn check_jump(p: &Proto, pc: usize, i: Instr) -> Result<(), String> {
    let Some(distance) = flow::jump_distance(i) else { return Ok(()) };
    if flow::is_back_edge(i.op()) {
        if distance >= 0 {
            return Err("this instruction may jump backwards only".into());
        }
    } else if distance < 0 {
        return Err("this instruction may jump forwards only".into());
    }
    match flow::jump_target(pc, i) {
        Some(0) if p.vararg != VarargKind::No => Err("jumps back to VARARGPREP".into()),
        Some(target) if target < p.code.len() => Ok(()),
        Some(_) | None => Err("jumps out of the code".into()),
    }
}

/// Checks what is particular to the opcode.
fn check_rule(p: &Proto, pc: usize, i: Instr) -> Result<(), String> {
    let constant = p.constants.get(i.d() as usize);
    let target = || flow::jump_target(pc, i);
    match rule(i.op()) {
        Rule::Load => match constant {
            Some(Constant::Int(_) | Constant::Float(_) | Constant::Str(_)) => Ok(()),
            _ => Err("this constant can't be loaded".into()),
        },
        Rule::NumberK => match constant {
            Some(Constant::Int(_) | Constant::Float(_)) => Ok(()),
            _ => Err("the constant is not a number".into()),
        },
        Rule::IntegerK => match constant {
            Some(Constant::Int(_)) => Ok(()),
            _ => Err("the constant is not an integer".into()),
        },
        Rule::StringK => match constant {
            Some(Constant::Str(_)) => Ok(()),
            _ => Err("the constant is not a string".into()),
        },
        Rule::SetUpval if p.upvalues.get(usize::from(i.b())).is_some_and(|u| u.read_only) => {
            Err(format!("u{} is read-only", i.b()))
        }
        Rule::Concat if i.b() < 2 => Err("concatenates fewer than two values".into()),
        Rule::SetList if i.sd() < 0 => Err("the offset is negative".into()),
        Rule::VarargPrep if pc != 0 || p.vararg == VarargKind::No => {
            Err("VARARGPREP belongs at the beginning of a vararg function".into())
        }
        Rule::VarargTable if pc != 1 || !matches!(p.vararg, VarargKind::Table(_)) => {
            Err("VARARGTABLE belongs at the beginning of a function with a vararg table".into())
        }
        Rule::GetVararg if p.vararg != VarargKind::Hidden => {
            Err("this function has no hidden extra arguments".into())
        }
        Rule::Vararg => check_vararg_source(p, i),
        Rule::ForLoop => check_loop(p, target(), i, Op::ForPrep),
        Rule::TForLoop => check_loop(p, target(), i, Op::TForPrep),
        Rule::TForPrep => match target().and_then(|t| p.code.get(t)) {
            Some(call) if call.op() == Op::TForCall && call.a() == i.a() => Ok(()),
            _ => Err(format!("should jump to TFORCALL r{}", i.a())),
        },
        Rule::TForCall if i.c() == 0 => Err("a loop has at least one variable".into()),
        Rule::Plain
        | Rule::SetUpval
        | Rule::LateReads
        | Rule::Concat
        | Rule::SetList
        | Rule::NewBox
        | Rule::GetBox
        | Rule::SetBox
        | Rule::Closure
        | Rule::Call
        | Rule::VarargPrep
        | Rule::VarargTable
        | Rule::GetVararg
        | Rule::ForPrep
        | Rule::TForCall
        | Rule::Leave
        | Rule::ReturnClose
        | Rule::Tbc
        | Rule::Close => Ok(()),
    }
}

/// The frame of a callee begins within the caller's. What lies there is the callee's and dead for the caller, and all the
/// collector knows of it is what the callee says.
fn check_callee(p: &Proto, pc: usize, i: Instr) -> Result<(), String> {
    let first = usize::from(i.a())
        + match i.op() {
            Op::Call | Op::TailCall => 0,
            Op::TForCall => TFORCALL_CALLEE,
            _ => return Ok(()),
        };
    match p.live_top.get(pc) {
        Some(&top) if usize::from(top) > first => {
            Err(format!("the callee's frame begins at r{first}, below the live top"))
        }
        Some(_) | None => Ok(()),
    }
}

/// `VARARG` reads the table in functions which have one, and there only.
fn check_vararg_source(p: &Proto, i: Instr) -> Result<(), String> {
    match (p.vararg, i.d()) {
        (VarargKind::Table(_), 1) => Ok(()),
        (VarargKind::Hidden, 0) if i.b() == 0 => Ok(()),
        (VarargKind::Hidden, 0) => Err("field b is unused without a table".into()),
        (VarargKind::No, _) => Err("this function has no extra arguments".into()),
        (VarargKind::Hidden | VarargKind::Table(_), _) => {
            Err("field d doesn't fit how this function keeps its extra arguments".into())
        }
    }
}

/// A loop instruction jumps to right after the `prepare` of its loop.
fn check_loop(p: &Proto, target: Option<usize>, i: Instr, prepare: Op) -> Result<(), String> {
    let before = target.and_then(|t| p.code.get(t.checked_sub(1)?));
    match before {
        Some(prep) if prep.op() == prepare && prep.a() == i.a() => Ok(()),
        _ => Err(format!("should jump to right after {} r{}", prepare.info().name, i.a())),
    }
}

/// Checks that locals have sensible ranges and that those visible at an instruction are below its live top, so that the
/// debug library finds initialized registers. `reached` tells which instructions can be executed.
pub(super) fn check_locals(p: &Proto, reached: &[bool], steps: &Steps<'_>) -> Result<(), Fault> {
    let mut begun = 0;
    for (n, local) in p.locals.iter().enumerate() {
        Fault::step(steps)?;
        let about = |what: &str| Fault::general(format!("local {n} {what}"));
        if local.register >= p.max_stack {
            return Err(about("has a register that doesn't exist"));
        }
        if local.start_pc > local.end_pc || local.end_pc as usize > p.code.len() {
            return Err(about("has a wrong range"));
        }
        if local.start_pc < begun {
            return Err(about("is out of order"));
        }
        begun = local.start_pc;
    }
    let mut by_end: Vec<_> = p.locals.iter().collect();
    by_end.sort_by_key(|local| local.end_pc);
    let mut starting = p.locals.iter().peekable();
    let mut ending = by_end.into_iter().peekable();
    // How many locals are visible in each register; ranges may overlap.
    let mut visible = vec![0usize; usize::from(p.max_stack)];
    let mut top = 0;
    for (pc, (&live_top, &reached)) in p.live_top.iter().zip(reached).enumerate() {
        Fault::step(steps)?;
        let mut changed = false;
        while let Some(local) = starting.next_if(|local| local.start_pc as usize <= pc) {
            if let Some(count) = visible.get_mut(usize::from(local.register)) {
                *count += 1;
            }
            changed = true;
        }
        while let Some(local) = ending.next_if(|local| local.end_pc as usize <= pc) {
            if let Some(count) = visible.get_mut(usize::from(local.register)) {
                *count -= 1;
            }
            changed = true;
        }
        if changed {
            top = visible.iter().rposition(|&count| count > 0).map_or(0, |r| r + 1);
        }
        if reached && top > usize::from(live_top) {
            let reason = format!("the local in r{} is visible, but above the live top", top - 1);
            return Err(Fault::at(pc, reason));
        }
    }
    Ok(())
}
