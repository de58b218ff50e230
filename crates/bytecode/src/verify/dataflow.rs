//! The part of verification that follows control: a forward abstract interpretation.
//!
//! States are kept at jump targets only; between them a state is carried along. Blocks waiting to be interpreted are
//! taken in code order, so code without `goto` mazes is done when each loop has been gone through twice.
//!
//! A fault may be reported as soon as it is found: what is known of a register only ever becomes less, and no
//! check succeeds with less knowledge that failed with more.

use super::Fault;
use super::rules::{Rule, rule};
use super::state::{Kind, RegSet, State};
use crate::flow::{self, Span};
use crate::ops::Instr;
use crate::proto::Proto;
use crate::steps::Steps;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// One past the highest register number.
const END: usize = 256;

/// Interprets the code of `proto`, whose structure has been checked. Returns which instructions can be reached.
pub(super) fn check(proto: &Proto, steps: &Steps<'_>) -> Result<Vec<bool>, Fault> {
    let mut flow = Dataflow::new(proto);
    flow.arrive(0, State::entry(proto.num_params))?;
    while let Some(Reverse(start)) = flow.waiting.pop() {
        flow.block(start, steps)?;
    }
    Ok(flow.reached)
}

struct Dataflow<'a> {
    proto: &'a Proto,
    /// For each instruction, its number in `blocks` if it begins one.
    block_at: Vec<Option<u32>>,
    blocks: Vec<Block>,
    /// The first instructions of blocks to be interpreted.
    waiting: BinaryHeap<Reverse<usize>>,
    reached: Vec<bool>,
}

#[derive(Clone, Default)]
struct Block {
    /// What is known on every path found so far, if there is one.
    state: Option<State>,
    waiting: bool,
}

impl<'a> Dataflow<'a> {
    fn new(proto: &'a Proto) -> Self {
        let mut count = 0;
        let mut block_at = vec![None; proto.code.len()];
        let targets = flow::jump_targets(&proto.code);
        for (pc, (slot, is_target)) in block_at.iter_mut().zip(targets).enumerate() {
            if pc == 0 || is_target {
                *slot = Some(count);
                count += 1;
            }
        }
        Dataflow {
            proto,
            block_at,
            blocks: vec![Block::default(); count as usize],
            waiting: BinaryHeap::new(),
            reached: vec![false; proto.code.len()],
        }
    }

    fn block_mut(&mut self, pc: usize) -> Option<&mut Block> {
        let index = self.block_at.get(pc).copied().flatten()?;
        self.blocks.get_mut(index as usize)
    }

    /// Takes in that control comes to the block at `pc` in `state`.
    fn arrive(&mut self, pc: usize, state: State) -> Result<(), Fault> {
        let Some(block) = self.block_mut(pc) else {
            return Err(Fault::at(pc, "control comes here unexpectedly"));
        };
        let changed = match &mut block.state {
            None => {
                block.state = Some(state);
                true
            }
            Some(known) => known.join(&state).map_err(|reason| Fault::at(pc, reason))?,
        };
        if changed && !std::mem::replace(&mut block.waiting, true) {
            self.waiting.push(Reverse(pc));
        }
        Ok(())
    }

    /// Interprets the block that begins at `start`.
    fn block(&mut self, start: usize, steps: &Steps<'_>) -> Result<(), Fault> {
        let Some(block) = self.block_mut(start) else { return Ok(()) };
        block.waiting = false;
        let Some(mut state) = block.state.clone() else { return Ok(()) };
        let mut pc = start;
        while let (Some(&i), Some(&live_top)) =
            (self.proto.code.get(pc), self.proto.live_top.get(pc))
        {
            Fault::step(steps)?;
            if let Some(reached) = self.reached.get_mut(pc) {
                *reached = true;
            }
            let step = Step { proto: self.proto, i, rule: rule(i.op()), live_top: live_top.into() };
            step.run(&mut state).map_err(|reason| Fault::at(pc, reason))?;
            if let Some(target) = flow::jump_target(pc, i) {
                let mut there = state.clone();
                step.jumping(&mut there);
                self.arrive(target, there)?;
            }
            if !flow::falls_through(i.op()) {
                return Ok(());
            }
            step.falling_through(&mut state);
            pc += 1;
            if self.block_at.get(pc).copied().flatten().is_some() {
                return self.arrive(pc, state);
            }
        }
        Ok(())
    }
}

/// An instruction to be interpreted.
struct Step<'a> {
    proto: &'a Proto,
    i: Instr,
    rule: Rule,
    live_top: usize,
}

impl Step<'_> {
    /// Checks the instruction against `state` and makes it the state after it, as far as that is the same whether it
    /// jumps or not.
    fn run(&self, state: &mut State) -> Result<(), String> {
        self.check_live(state)?;
        self.check_open(state)?;
        let operands = self.check_reads(state)?;
        self.check_leaving(state)?;
        // A hook may run before the instruction does.
        state.forget(!(RegSet::range(0, self.live_top) | operands));
        let effects = self.i.op().info().effects;
        if effects.may_call() || effects.polls() {
            self.lose_from(state, self.live_top)?;
        }
        self.write(state)
    }

    fn a(&self) -> usize {
        self.i.a().into()
    }

    /// What lies below the live top is initialized, what is to be closed lies there.
    fn check_live(&self, state: &State) -> Result<(), String> {
        let live = RegSet::range(0, self.live_top);
        if let Some(r) = (live & !state.initialized()).first() {
            return Err(format!("r{r} is below the live top, but not initialized on every path"));
        }
        if let Some(r) = (state.closing & !live).first() {
            return Err(format!("r{r} is to be closed, but above the live top"));
        }
        Ok(())
    }

    /// An open list is consumed by the next instruction, before which a hook finds it; and only an open list is consumed.
    fn check_open(&self, state: &State) -> Result<(), String> {
        match (state.open, flow::reads_open(self.i)) {
            (None, false) | (Some(_), true) => Ok(()),
            (None, true) => Err("takes an open list, but there is none".into()),
            (Some(open), false) => {
                Err(format!("comes before the open list from r{open} is consumed"))
            }
        }
    }

    fn expect(&self, state: &State, set: RegSet, kind: Kind) -> Result<(), String> {
        match (set & !state.holding(kind)).first() {
            None => Ok(()),
            Some(r) => {
                let (wanted, found) = (kind.describe(), state.describe(r));
                Err(if state.initialized().contains(r) {
                    format!("expects {wanted} in r{r}, which holds {found}")
                } else {
                    format!("expects {wanted} in r{r}, which is {found}")
                })
            }
        }
    }

    /// Checks what the instruction reads. Returns the registers that a hook before it keeps alive for it. Consumes the
    /// open list if the instruction does.
    fn check_reads(&self, state: &mut State) -> Result<RegSet, String> {
        let (a, b) = (self.a(), usize::from(self.i.b()));
        if self.rule == Rule::Closure {
            self.check_captures(state)?;
            return Ok(RegSet::EMPTY);
        }
        let set = self.read_set(state)?;
        if self.rule == Rule::GetBox {
            self.expect(state, RegSet::one(b), Kind::Box)?;
        } else if self.rule == Rule::SetBox {
            self.expect(state, RegSet::one(a), Kind::Box)?;
            self.expect(state, RegSet::one(b), Kind::Value)?;
        } else if self.rule == Rule::ForLoop {
            self.expect(state, RegSet::one(a), Kind::Count)?;
            self.expect(state, RegSet::one(a + 1), Kind::Step)?;
            self.expect(state, RegSet::one(a + 2), Kind::Control)?;
        } else {
            self.expect(state, set, Kind::Value)?;
        }
        let late = matches!(self.rule, Rule::LateReads | Rule::Concat | Rule::ReturnClose);
        if late || self.i.op().info().effects.polls() {
            self.check_late(set)?;
        }
        Ok(set)
    }

    /// The registers that the table says are read, except those in an open list.
    fn read_set(&self, state: &mut State) -> Result<RegSet, String> {
        let mut set = RegSet::EMPTY;
        for &regs in self.i.op().info().reads {
            set |= match flow::span(regs, self.i) {
                Span::Exact { start, len } => RegSet::range(start, start + len),
                Span::Open { start } => match state.open.take() {
                    Some(open) if start <= open => RegSet::range(start, open),
                    Some(open) => {
                        return Err(format!(
                            "takes values from r{start}, the open list is at r{open}"
                        ));
                    }
                    None => return Err("takes an open list, but there is none".into()),
                },
                // They hold boxes, see `check_captures`.
                Span::Captured => RegSet::EMPTY,
                // They lie below the live top, see `check_live`.
                Span::Closing { .. } => RegSet::EMPTY,
            };
        }
        Ok(set)
    }

    /// Operands that are read after calling have to be where the collector looks.
    fn check_late(&self, set: RegSet) -> Result<(), String> {
        match (set & !RegSet::range(0, self.live_top)).first() {
            None => Ok(()),
            Some(r) => Err(format!("may read r{r} after calling, but it is above the live top")),
        }
    }

    /// Captured are boxes of variables, which are where the collector looks.
    fn check_captures(&self, state: &State) -> Result<(), String> {
        flow::captured(self.proto, self.i).try_for_each(|r| {
            let set = RegSet::one(r.into());
            self.expect(state, set, Kind::Box)?;
            if usize::from(r) < self.live_top {
                return Ok(());
            }
            Err(format!("captures r{r}, which is above the live top"))
        })
    }

    fn check_leaving(&self, state: &State) -> Result<(), String> {
        match (self.rule, state.closing.first()) {
            (Rule::Leave, Some(r)) => Err(format!("leaves the function without closing r{r}")),
            _ => Ok(()),
        }
    }

    /// Notes that the registers from `start` up are lost.
    fn lose_from(&self, state: &mut State, start: usize) -> Result<(), String> {
        let set = RegSet::range(start, END);
        self.check_overwriting(state, set)?;
        state.forget(set);
        Ok(())
    }

    fn check_overwriting(&self, state: &State, set: RegSet) -> Result<(), String> {
        if let Some(r) = (set & state.closing).first() {
            return Err(format!("overwrites r{r}, which is to be closed"));
        }
        if let Some(open) = state.open
            && !(set & RegSet::range(open, END)).is_empty()
        {
            return Err(format!("overwrites the open list from r{open}"));
        }
        Ok(())
    }

    /// Notes what the instruction writes.
    fn write(&self, state: &mut State) -> Result<(), String> {
        let a = self.a();
        if self.rule == Rule::Call {
            // The callee's frame is made of the registers from `a` up.
            self.lose_from(state, a)?;
        } else if self.rule == Rule::TForCall {
            self.lose_from(state, a + 4)?;
        } else if self.rule == Rule::Close {
            state.closing &= RegSet::range(0, a);
        }
        let kind = if self.rule == Rule::NewBox { Kind::Box } else { Kind::Value };
        for &regs in self.i.op().info().writes {
            match flow::span(regs, self.i) {
                Span::Exact { start, len } => {
                    let set = RegSet::range(start, start + len);
                    self.check_overwriting(state, set)?;
                    state.write(set, kind);
                }
                Span::Open { start } => {
                    self.lose_from(state, start)?;
                    state.open = Some(start);
                }
                Span::Captured | Span::Closing { .. } => {}
            }
        }
        if self.rule == Rule::Tbc {
            self.mark(state, a)?;
        } else if self.rule == Rule::TForPrep {
            self.mark(state, a + 2)?;
        }
        Ok(())
    }

    /// Marks `r` to be closed. The list of those is closed from its end, so it has to be in order.
    fn mark(&self, state: &mut State, r: usize) -> Result<(), String> {
        if let Some(marked) = (state.closing & RegSet::range(r, END)).first() {
            return Err(format!("marks r{r} to be closed after r{marked}"));
        }
        state.closing |= RegSet::one(r);
        Ok(())
    }

    /// Makes `state` that after jumping.
    fn jumping(&self, state: &mut State) {
        if self.rule == Rule::ForPrep {
            state.forget(RegSet::range(self.a(), self.a() + 3));
        } else if self.rule == Rule::ForLoop {
            self.write_loop(state);
        }
    }

    /// Makes `state` that after not jumping.
    fn falling_through(&self, state: &mut State) {
        if self.rule == Rule::ForPrep {
            self.write_loop(state);
        } else if self.rule == Rule::ForLoop {
            state.forget(RegSet::range(self.a(), self.a() + 3));
        }
    }

    fn write_loop(&self, state: &mut State) {
        let a = self.a();
        state.write(RegSet::one(a), Kind::Count);
        state.write(RegSet::one(a + 1), Kind::Step);
        state.write(RegSet::one(a + 2), Kind::Control);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::Op;
    use crate::proto::Proto;
    use crate::text::parse;
    use crate::verify::verify;

    /// A random number generator that repeats itself from run to run.
    struct Random(u64);

    impl Random {
        fn below(&mut self, n: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (self.0 >> 33) % n
        }
    }

    /// A function of a few instructions which often pass, as they use few registers.
    fn function(random: &mut Random) -> Proto {
        let mut p = parse("function main params 3 stack 12").unwrap();
        let ops = [
            Op::LoadI,
            Op::Move,
            Op::Move,
            Op::NewBox,
            Op::GetBox,
            Op::SetBox,
            Op::JFalse,
            Op::JTrue,
            Op::Jmp,
            Op::JmpBack,
            Op::ForPrep,
            Op::ForLoop,
            Op::Add,
            Op::Return,
            Op::Tbc,
            Op::Close,
        ];
        let len = 4 + random.below(9);
        for pc in 0..len {
            let op = if pc + 1 == len { Op::Return0 } else { ops[random.below(16) as usize] };
            let mut i = Instr::new(op, 0, 0, 0, 0);
            let reads_b = op.info().operands[1] != crate::ops::OperandKind::None;
            if op != Op::Return0 {
                i = i.with_a(random.below(4) as u8);
            }
            if op == Op::Return {
                i = i.with_b(1 + random.below(3) as u8);
            } else if reads_b {
                i = i.with_b(random.below(4) as u8);
            }
            if flow::jump_distance(i).is_some() {
                i = if flow::is_back_edge(op) {
                    i.with_d((-1 - random.below(pc + 1) as i32) as u32)
                } else {
                    i.with_d(random.below(len - pc) as u32)
                };
            }
            if matches!(op, Op::Jmp | Op::JmpBack) {
                i = i.with_a(0);
            }
            p.code.push(i);
            p.positions.edit(|all| all.push(Default::default()));
            p.live_top.push(random.below(5) as u8);
        }
        p.loop_headers = flow::loop_headers(&p.code);
        p
    }

    /// Goes through an accepted function on one path, where nothing has to be joined. Returns whether it went through
    /// a loop.
    fn walk(p: &Proto, random: &mut Random) -> bool {
        let mut state = State::entry(p.num_params);
        let (mut pc, mut looped) = (0, false);
        for _ in 0..50 {
            let i = p.code[pc];
            let live_top = p.live_top[pc].into();
            let step = Step { proto: p, i, rule: rule(i.op()), live_top };
            if let Err(reason) = step.run(&mut state) {
                panic!("{pc}: {reason}\n{}", crate::disasm::disassemble(p));
            }
            let (target, next) = (flow::jump_target(pc, i), flow::falls_through(i.op()));
            match target {
                Some(target) if !next || random.below(2) == 0 => {
                    step.jumping(&mut state);
                    looped |= target <= pc;
                    pc = target;
                }
                _ if next => {
                    step.falling_through(&mut state);
                    pc += 1;
                }
                _ => break,
            }
        }
        looped
    }

    #[test]
    fn what_is_accepted_goes_well_on_every_path() {
        let mut random = Random(7);
        let (mut accepted, mut looped) = (0, 0);
        for _ in 0..300_000 {
            let p = function(&mut random);
            if verify(&p).is_err() {
                continue;
            }
            accepted += 1;
            for _ in 0..4 {
                looped += usize::from(walk(&p, &mut random));
            }
        }
        assert!(accepted > 1_000 && looped > 500, "{accepted} accepted, {looped} with loops");
    }
}
