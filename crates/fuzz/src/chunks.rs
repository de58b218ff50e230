//! Binary chunks that are nearly what the compiler makes: functions of random programs, changed in ways that the verifier
//! lets pass.
//!
//! **Problem.** Bytes changed at random are refused by the reader, and most changes of what it reads by the verifier. What
//! the verifier accepts, though it shouldn't, is found by changing things that have a meaning, one at a time, and by
//! running what comes of it.
//!
//! **Design.** A change is made to a copy of the tree of functions; if the verifier refuses that, another one is tried, and so
//! on until enough were accepted. Instructions are moved, copied and taken away with the jumps over them adjusted, so that
//! loops and branches stay what they are. What is changed in a function: operands, opcodes (for others with the same operands),
//! live tops, jump targets, constants, sites, upvalues, names and places of locals, parameters and frame sizes.

use crate::literals;
use crate::rng::Rng;
use perilune_bytecode::flow;
use perilune_bytecode::ops::{Instr, Op, OperandKind};
use perilune_bytecode::proto::{Constant, LocalInfo, Proto, Site, UpvalueDesc, VarargKind};
use perilune_bytecode::verify::verify;
use perilune_bytecode::{chunk, compile};
use std::rc::Rc;

/// How many changes are tried at most.
const ATTEMPTS: usize = 80;

/// A chunk made from a program by this seed. Nothing if the program doesn't compile, or no change is accepted.
pub fn changed(source: &[u8], name: &[u8], seed: u64) -> Option<Vec<u8>> {
    let tree = perilune_syntax::parse(source, name).ok()?;
    let mut main = compile::compile(&tree, name).ok()?;
    let mut rng = Rng::new(seed);
    let (mut wanted, mut accepted) = (1 + rng.below(6), false);
    for _ in 0..ATTEMPTS {
        let mut candidate = main.clone();
        let which = rng.below(size(&candidate));
        let function = nth(&mut candidate, which);
        for _ in 0..1 + rng.below(2) {
            change(function, &mut rng);
        }
        function.loop_headers = flow::loop_headers(&function.code);
        if candidate == main || verify(&candidate).is_err() {
            continue;
        }
        (main, accepted) = (candidate, true);
        wanted -= 1;
        if wanted == 0 {
            break;
        }
    }
    let written = chunk::dump(&main, rng.percent(20));
    // Sizes of tables are the reader's to refuse.
    (accepted && chunk::load(&written).is_ok()).then_some(written)
}

/// How many functions there are.
fn size(p: &Proto) -> usize {
    1 + p.protos.iter().map(|child| size(child)).sum::<usize>()
}

/// Function number `n`, which is less than [`size`].
fn nth(mut p: &mut Proto, mut n: usize) -> &mut Proto {
    while n > 0 {
        n -= 1;
        let mut child = 0;
        while n >= size(&p.protos[child]) {
            n -= size(&p.protos[child]);
            child += 1;
        }
        p = Rc::make_mut(&mut p.protos[child]);
    }
    p
}

/// Changes something.
fn change(p: &mut Proto, rng: &mut Rng) {
    let at = rng.below(p.code.len());
    match rng.below(20) {
        0..4 => change_operand(p, at, rng),
        4 | 5 => change_opcode(p, at, rng),
        6 | 7 => change_live_top(p, at, rng),
        8 | 9 => change_jump(p, at, rng),
        10 | 11 => copy(p, at, rng),
        12 => {
            if p.code.len() > 1 {
                remove(p, at);
            }
        }
        13 => swap(p, at, rng),
        14 => change_constant(p, rng),
        15 => change_site(p, rng),
        16 => change_upvalue(p, rng),
        17 | 18 => change_local(p, rng),
        _ => change_frame(p, rng),
    }
}

/// A register, most likely one that something else uses too.
fn register(p: &Proto, rng: &mut Rng) -> u8 {
    match rng.below(4) {
        0 => rng.below(usize::from(p.max_stack).max(1)) as u8,
        1 => p.code[rng.below(p.code.len())].b(),
        _ => p.code[rng.below(p.code.len())].a(),
    }
}

fn change_operand(p: &mut Proto, at: usize, rng: &mut Rng) {
    let i = p.code[at];
    let fields: Vec<usize> =
        (0..4).filter(|f| i.op().info().operands[*f] != OperandKind::None).collect();
    if fields.is_empty() {
        return;
    }
    let field = *rng.pick(&fields);
    let small = rng.below(6) as u8;
    let byte = |old: u8, p: &Proto, rng: &mut Rng| match i.op().info().operands[field] {
        OperandKind::Reg => register(p, rng),
        OperandKind::Flag => old ^ 1,
        OperandKind::Upvalue => rng.below(p.upvalues.len().max(1)) as u8,
        OperandKind::Const => rng.below(p.constants.len().clamp(1, 255)) as u8,
        _ if rng.percent(50) => small,
        _ => old.wrapping_add(*rng.pick(&[1, 255, 2, 254])),
    };
    p.code[at] = match field {
        0 => i.with_a(byte(i.a(), p, rng)),
        1 => i.with_b(byte(i.b(), p, rng)),
        2 => i.with_c(byte(i.c(), p, rng)),
        _ => {
            let count = match i.op().info().operands[3] {
                OperandKind::Const => p.constants.len(),
                OperandKind::Proto => p.protos.len(),
                OperandKind::Site => p.sites.len(),
                _ => 9,
            };
            let edges = [0, 1, 0x7FFF_FFFF, 0x8000_0000, u32::MAX];
            if i.op().info().operands[3] == OperandKind::Imm32 && rng.percent(50) {
                i.with_d(*rng.pick(&edges))
            } else {
                i.with_d(rng.below(count.max(1)) as u32)
            }
        }
    };
}

/// Another opcode with operands of the same kinds.
fn change_opcode(p: &mut Proto, at: usize, rng: &mut Rng) {
    let i = p.code[at];
    let alike: Vec<Op> = Op::ALL
        .iter()
        .copied()
        .filter(|op| *op != i.op() && op.info().operands == i.op().info().operands)
        .collect();
    if !alike.is_empty() {
        p.code[at] = Instr::new(*rng.pick(&alike), i.a(), i.b(), i.c(), i.d());
    }
}

fn change_live_top(p: &mut Proto, at: usize, rng: &mut Rng) {
    let top = &mut p.live_top[at];
    *top = match rng.below(4) {
        0 => top.saturating_sub(1),
        1 => top.saturating_add(1),
        2 => 0,
        _ => p.max_stack,
    };
}

/// Where each instruction jumps.
fn targets(p: &Proto) -> Vec<Option<usize>> {
    p.code.iter().enumerate().map(|(pc, i)| flow::jump_target(pc, *i)).collect()
}

/// Sets jumps to these targets. Those in the wrong direction become what the verifier refuses.
fn aim(p: &mut Proto, targets: &[Option<usize>]) {
    for (pc, (i, target)) in p.code.iter_mut().zip(targets).enumerate() {
        if let Some(target) = target {
            *i = i.with_d((*target as u32).wrapping_sub(pc as u32 + 1));
        }
    }
}

fn change_jump(p: &mut Proto, at: usize, rng: &mut Rng) {
    let jumps: Vec<usize> =
        (0..p.code.len()).filter(|pc| flow::jump_distance(p.code[*pc]).is_some()).collect();
    if jumps.is_empty() {
        return;
    }
    let jump = *rng.pick(&jumps);
    let mut all = targets(p);
    // Near where it jumps, to where another one does, or anywhere.
    all[jump] = match rng.below(3) {
        0 => all[jump].map(|t| (t + 2).saturating_sub(rng.below(4))),
        1 => all[*rng.pick(&jumps)],
        _ => Some(at),
    };
    aim(p, &all);
}

/// Makes room for `n` instructions at `at`: jumps and locals behind it move. Those to `at` stay if they are `at`'s own.
fn open(p: &mut Proto, at: usize, instrs: &[(Instr, u8)]) {
    let n = instrs.len();
    let moved = |t: usize| if t > at { t + n } else { t };
    let mut all: Vec<Option<usize>> = targets(p).into_iter().map(|t| t.map(moved)).collect();
    let fresh = instrs.iter().map(|_| None);
    all.splice(at..at, fresh);
    p.code.splice(at..at, instrs.iter().map(|i| i.0));
    p.live_top.splice(at..at, instrs.iter().map(|i| i.1));
    let position = p.positions.get(at).unwrap_or_default();
    p.positions.edit(|all| {
        all.splice(at..at, instrs.iter().map(|_| position));
    });
    // What was copied jumps as far as it did.
    for (k, (i, _)) in instrs.iter().enumerate() {
        all[at + k] = flow::jump_target(at + k, *i);
    }
    aim(p, &all);
    for l in &mut p.locals {
        l.start_pc = moved(l.start_pc as usize) as u32;
        l.end_pc = moved(l.end_pc as usize) as u32;
    }
}

/// Copies some instructions to another place, with sites of their own.
fn copy(p: &mut Proto, at: usize, rng: &mut Rng) {
    let from = rng.below(p.code.len());
    let n = (1 + rng.below(8)).min(p.code.len() - from);
    let mut instrs: Vec<(Instr, u8)> = Vec::new();
    for pc in from..from + n {
        let mut i = p.code[pc];
        if i.op().info().operands[3] == OperandKind::Site
            && let Some(site) = p.sites.get(i.d() as usize).copied()
        {
            i = i.with_d(p.sites.len() as u32);
            p.sites.push(site);
        }
        instrs.push((i, p.live_top[pc]));
    }
    open(p, at, &instrs);
}

fn remove(p: &mut Proto, at: usize) {
    let moved = |t: usize| if t > at { t - 1 } else { t };
    let mut all: Vec<Option<usize>> = targets(p).into_iter().map(|t| t.map(moved)).collect();
    all.remove(at);
    p.code.remove(at);
    p.live_top.remove(at);
    p.positions.edit(|all| {
        all.remove(at);
    });
    aim(p, &all);
    for l in &mut p.locals {
        l.start_pc = moved(l.start_pc as usize) as u32;
        l.end_pc = moved(l.end_pc as usize) as u32;
    }
}

fn swap(p: &mut Proto, at: usize, rng: &mut Rng) {
    let other =
        if rng.percent(70) { (at + 1).min(p.code.len() - 1) } else { rng.below(p.code.len()) };
    let mut all = targets(p);
    all.swap(at, other);
    p.code.swap(at, other);
    p.live_top.swap(at, other);
    aim(p, &all);
}

/// Words that mean something else where a float isn't expected.
fn odd_float(rng: &mut Rng) -> f64 {
    let top = rng.range(0xFFF0, 0xFFFF) as u64;
    match rng.below(4) {
        0 => f64::from_bits(top << 48 | rng.bits() >> 16),
        1 => f64::from_bits(0x7FF0 << 48 | rng.bits() >> 12),
        2 => *rng.pick(&[0.0, -0.0, f64::INFINITY, 1e308, -5e-324, 0.5, 2f64.powi(53)]),
        _ => f64::from_bits(rng.bits()),
    }
}

fn change_constant(p: &mut Proto, rng: &mut Rng) {
    if p.constants.is_empty() {
        return;
    }
    let at = rng.below(p.constants.len());
    let string = literals::string("str", rng).unwrap_or(b"?");
    p.constants[at] = match rng.below(7) {
        0 => Constant::Nil,
        1 => Constant::Bool(rng.percent(50)),
        2 => Constant::Int(*rng.pick(&[0, -1, i64::MIN, i64::MAX, 1 << 47, -(1 << 47), 1 << 46])),
        3 => Constant::Int(rng.bits() as i64),
        4 | 5 => Constant::Float(odd_float(rng).into()),
        _ => Constant::Str(string.into()),
    };
}

fn change_site(p: &mut Proto, rng: &mut Rng) {
    if p.sites.is_empty() {
        return;
    }
    let (at, other) = (rng.below(p.sites.len()), rng.below(p.sites.len()));
    p.sites[at] = match p.sites[at] {
        Site::Property { .. } => Site::Property { key: rng.below(p.constants.len() + 1) as u32 },
        Site::Table { .. } => Site::Table {
            array: rng.below(8) as u32,
            fields: *rng.pick(&[0, 1, 5, 200, 1 << 12, u16::MAX]),
        },
        Site::Element | Site::Call => p.sites[other],
    };
}

fn change_upvalue(p: &mut Proto, rng: &mut Rng) {
    // Where a nested function gets them from is what the outer function has to have.
    let Some(child) = p.protos.len().checked_sub(1).map(|last| rng.below(last + 1)) else { return };
    let max = usize::from(p.max_stack);
    let outer = p.upvalues.len();
    let child = Rc::make_mut(&mut p.protos[child]);
    if child.upvalues.is_empty() || rng.percent(10) {
        child.upvalues.push(UpvalueDesc {
            name: (*b"_ENV").into(),
            from_register: false,
            index: 0,
            read_only: false,
        });
        return;
    }
    let at = rng.below(child.upvalues.len());
    let u = &mut child.upvalues[at];
    match rng.below(4) {
        0 => u.read_only = !u.read_only,
        1 => (u.from_register, u.index) = (false, rng.below(outer.max(1)) as u8),
        2 => (u.from_register, u.index) = (true, rng.below(max.max(1)) as u8),
        _ => u.name = literals::string("key", rng).unwrap_or(b"").into(),
    }
}

fn change_local(p: &mut Proto, rng: &mut Rng) {
    let end = p.code.len() as u32;
    let names: [&[u8]; 6] = [
        b"(for state)",
        b"(temporary)",
        b"",
        b"x",
        b"_ENV",
        b"a\0name \xFF with more bytes than are short",
    ];
    if p.locals.is_empty() || rng.percent(15) {
        let start = rng.below(p.code.len()) as u32;
        let register = rng.below(usize::from(p.max_stack)) as u8;
        let name = (*rng.pick(&names)).into();
        let at = p.locals.partition_point(|l| l.start_pc <= start);
        let local = LocalInfo { name, start_pc: start, end_pc: end, register, boxed: false };
        p.locals.insert(at, local);
        return;
    }
    let at = rng.below(p.locals.len());
    if rng.percent(15) {
        p.locals.remove(at);
        return;
    }
    let max = usize::from(p.max_stack);
    let l = &mut p.locals[at];
    match rng.below(5) {
        0 => l.name = (*rng.pick(&names)).into(),
        1 => l.register = rng.below(max.max(1)) as u8,
        2 => l.end_pc = rng.below(end as usize + 1) as u32,
        3 => l.start_pc = rng.below(end as usize + 1) as u32,
        _ => l.boxed = !l.boxed,
    }
}

fn change_frame(p: &mut Proto, rng: &mut Rng) {
    match rng.below(5) {
        0 => p.num_params = p.num_params.wrapping_add(*rng.pick(&[1, 255])),
        1 => p.max_stack = p.max_stack.wrapping_add(*rng.pick(&[1, 255, 20])),
        2 => {
            p.vararg = match p.vararg {
                VarargKind::Hidden => VarargKind::Table(0),
                VarargKind::No | VarargKind::Table(_) => VarargKind::Hidden,
            }
        }
        3 => p.line_defined = *rng.pick(&[0, 1, u32::MAX]),
        _ => {
            let at = rng.below(p.positions.len());
            let line = *rng.pick(&[0, 1, 7, u32::MAX]);
            p.positions.edit(|all| all[at].line = line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Enough changes are accepted, and they change what is compiled.
    #[test]
    fn most_programs_can_be_changed() {
        let text =
            b"local a, b = ... local t = {a, b, x = 1.5} for i = 1, 10 do t[i] = a and b or i end
            for k, v in pairs(t) do a = function() return k, v end end
            local c <close> = nil return t, ...";
        let plain = {
            let tree = perilune_syntax::parse(text, b"=x").unwrap();
            compile::compile(&tree, b"=x").unwrap()
        };
        let mut different = 0;
        for seed in 0..200 {
            let Some(chunk) = changed(text, b"=x", seed) else { continue };
            different += usize::from(chunk::load(&chunk).unwrap().code != plain.code);
        }
        assert!(different > 80, "{different}");
        assert_eq!(changed(text, b"=x", 5), changed(text, b"=x", 5));
        assert_eq!(changed(b"x =", b"=x", 5), None);
    }
}
