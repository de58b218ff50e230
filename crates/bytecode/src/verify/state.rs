//! The abstract state of a frame: what is known of each register at one instruction.

use std::ops::{BitAnd, BitAndAssign, BitOr, BitOrAssign, Not};

/// A set of registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RegSet([u64; 4]);

impl RegSet {
    pub(super) const EMPTY: RegSet = RegSet([0; 4]);

    /// The registers from `start` up to `end`, without `end`; registers are below 256.
    pub(super) fn range(start: usize, end: usize) -> RegSet {
        let below = |n: usize| {
            let mut words = [0u64; 4];
            for (word, base) in words.iter_mut().zip([0usize, 64, 128, 192]) {
                *word = match n.saturating_sub(base) {
                    bits @ 0..64 => (1 << bits) - 1,
                    _ => u64::MAX,
                };
            }
            RegSet(words)
        };
        below(end) & !below(start)
    }

    pub(super) fn one(r: usize) -> RegSet {
        RegSet::range(r, r + 1)
    }

    pub(super) fn contains(self, r: usize) -> bool {
        !(self & RegSet::one(r)).is_empty()
    }

    pub(super) fn is_empty(self) -> bool {
        self == RegSet::EMPTY
    }

    /// The lowest register of the set.
    pub(super) fn first(self) -> Option<usize> {
        let (index, word) = self.0.iter().enumerate().find(|(_, word)| **word != 0)?;
        Some(index * 64 + word.trailing_zeros() as usize)
    }

    fn zip(self, other: RegSet, f: impl Fn(u64, u64) -> u64) -> RegSet {
        let mut words = self.0;
        for (word, other) in words.iter_mut().zip(other.0) {
            *word = f(*word, other);
        }
        RegSet(words)
    }
}

impl BitAnd for RegSet {
    type Output = RegSet;
    fn bitand(self, other: RegSet) -> RegSet {
        self.zip(other, |a, b| a & b)
    }
}

impl BitOr for RegSet {
    type Output = RegSet;
    fn bitor(self, other: RegSet) -> RegSet {
        self.zip(other, |a, b| a | b)
    }
}

impl Not for RegSet {
    type Output = RegSet;
    fn not(self) -> RegSet {
        RegSet(self.0.map(|word| !word))
    }
}

impl BitAndAssign for RegSet {
    fn bitand_assign(&mut self, other: RegSet) {
        *self = *self & other;
    }
}

impl BitOrAssign for RegSet {
    fn bitor_assign(&mut self, other: RegSet) {
        *self = *self | other;
    }
}

/// What a register may be known to hold. A register of which nothing is known is dead: it was never written, or
/// differently on the paths that join, or the collector has been without looking at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A Lua value.
    Value,
    /// A box.
    Box,
    /// First register of a numeric loop: its iteration count or limit.
    Count,
    /// Second register of a numeric loop: its step.
    Step,
    /// Third register of a numeric loop: its control variable, which is a value too.
    Control,
}

impl Kind {
    /// How a message says that a register holds this.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Kind::Value => "a value",
            Kind::Box => "a box",
            Kind::Count => "a loop's count",
            Kind::Step => "a loop's step",
            Kind::Control => "a loop's control variable",
        }
    }
}

/// The state of a frame. The sets of kinds are disjoint but for `controls`, whose members are in `values` as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    values: RegSet,
    boxes: RegSet,
    counts: RegSet,
    steps: RegSet,
    controls: RegSet,
    /// Registers marked to be closed. They hold values and aren't written until they are closed.
    pub(super) closing: RegSet,
    /// The first register of an open list.
    pub(super) open: Option<usize>,
}

impl State {
    /// The state at the beginning of a function.
    pub(super) fn entry(num_params: u8) -> State {
        State {
            values: RegSet::range(0, num_params as usize),
            boxes: RegSet::EMPTY,
            counts: RegSet::EMPTY,
            steps: RegSet::EMPTY,
            controls: RegSet::EMPTY,
            closing: RegSet::EMPTY,
            open: None,
        }
    }

    /// The registers that hold something known.
    pub(super) fn initialized(&self) -> RegSet {
        self.values | self.boxes | self.counts | self.steps
    }

    /// The registers known to hold a `kind`.
    pub(super) fn holding(&self, kind: Kind) -> RegSet {
        match kind {
            Kind::Value => self.values,
            Kind::Box => self.boxes,
            Kind::Count => self.counts,
            Kind::Step => self.steps,
            Kind::Control => self.controls,
        }
    }

    /// How a message says what `r` holds.
    pub(super) fn describe(&self, r: usize) -> &'static str {
        [Kind::Control, Kind::Value, Kind::Box, Kind::Count, Kind::Step]
            .into_iter()
            .find(|&kind| self.holding(kind).contains(r))
            .map_or("dead here", Kind::describe)
    }

    /// Forgets what `set` holds.
    pub(super) fn forget(&mut self, set: RegSet) {
        for held in [
            &mut self.values,
            &mut self.boxes,
            &mut self.counts,
            &mut self.steps,
            &mut self.controls,
        ] {
            *held &= !set;
        }
    }

    /// Notes that `set` has been written.
    pub(super) fn write(&mut self, set: RegSet, kind: Kind) {
        self.forget(set);
        match kind {
            Kind::Value => self.values |= set,
            Kind::Box => self.boxes |= set,
            Kind::Count => self.counts |= set,
            Kind::Step => self.steps |= set,
            Kind::Control => {
                self.values |= set;
                self.controls |= set;
            }
        }
    }

    /// Takes in that another path comes to the same instruction in state `other`: keeps what holds on both.
    /// Returns whether anything changed, or why the paths cannot join.
    ///
    /// Lists and marks have to agree, since what is open or marked must be known exactly.
    pub(super) fn join(&mut self, other: &State) -> Result<bool, String> {
        if self.open != other.open {
            return Err("an open list is there on some of the paths that join here only".into());
        }
        let differing = (self.closing | other.closing) & !(self.closing & other.closing);
        if let Some(r) = differing.first() {
            return Err(format!("r{r} is to be closed on some of the paths that join here only"));
        }
        let before = self.clone();
        self.values &= other.values;
        self.boxes &= other.boxes;
        self.counts &= other.counts;
        self.steps &= other.steps;
        self.controls &= other.controls;
        Ok(*self != before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets() {
        for (start, end) in
            [(0, 0), (0, 1), (3, 64), (60, 70), (64, 128), (1, 256), (255, 256), (9, 4)]
        {
            let set = RegSet::range(start, end);
            for r in 0..256 {
                assert_eq!(set.contains(r), (start..end).contains(&r), "{r} in {start}..{end}");
            }
            assert_eq!(set.first(), (start < end).then_some(start));
        }
    }

    #[test]
    fn joining_keeps_what_both_know() {
        let mut a = State::entry(3);
        let mut b = State::entry(2);
        b.write(RegSet::one(0), Kind::Box);
        assert_eq!(a.join(&b), Ok(true));
        assert_eq!(a.initialized(), RegSet::one(1));
        assert_eq!(a.join(&b), Ok(false));
        b.closing |= RegSet::one(1);
        assert!(a.join(&b).is_err());
    }

    #[test]
    fn a_control_variable_is_a_value_until_written() {
        let mut s = State::entry(0);
        s.write(RegSet::one(2), Kind::Control);
        assert!(s.holding(Kind::Value).contains(2));
        assert_eq!(s.describe(2), "a loop's control variable");
        s.write(RegSet::one(2), Kind::Value);
        assert!(!s.holding(Kind::Control).contains(2));
    }
}
