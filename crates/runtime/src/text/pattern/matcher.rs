//! Running a compiled pattern.
//!
//! [`Run::run`] walks the nodes in a loop and recurses only at repetitions, to try the rest of the
//! pattern. Captures need no undoing: each slot is written by exactly one node, every match passes
//! all nodes in order, and a back reference reads a slot that the current attempt has written.
//!
//! `depth` counts the levels of recursion that PUC Lua's matcher would have used. It is passed down
//! by value, so leaving a level restores it.

use super::compile::{ByteSet, Follow, Node, Pattern, Test};
use super::{Capture, MAX_CAPTURES, PatternError};
use std::ops::Range;

/// Levels of recursion before a pattern is too complex.
const MAX_DEPTH: u32 = 200;

/// With fewer levels left than this, the matcher skips nothing on the strength of what must follow:
/// running out of levels comes before failing to match. A look ahead passes a begin and an end of
/// each capture at most.
const SKIP_DEPTH: u32 = 2 * MAX_CAPTURES as u32 + 1;

/// Steps between two questions to the interrupt hook. A step is about a byte compared.
const STEPS_PER_POLL: usize = 1 << 15;
/// Bytes looked at in a row between two counts of steps.
const SCANNED_AT_ONCE: usize = 1 << 18;

/// Asked now and then whether a match should stop; answers `true` to stop it.
pub trait Interrupt {
    /// Whether to stop now.
    fn poll(&mut self) -> bool;
}

impl<F: FnMut() -> bool> Interrupt for F {
    fn poll(&mut self) -> bool {
        self()
    }
}

/// The captures of a match. Reused from match to match.
#[derive(Clone, Debug)]
pub struct Captures {
    slots: [(usize, usize); MAX_CAPTURES],
    /// Steps since the interrupt hook was last asked, kept here so that many short matches count.
    steps: usize,
}

impl Default for Captures {
    fn default() -> Captures {
        Captures { slots: [(0, 0); MAX_CAPTURES], steps: 0 }
    }
}

impl Captures {
    /// The capture with the index `index`, counted from 0, of the last match of `pattern`, which
    /// was at `matched`. In a pattern without captures, the first one is the whole match.
    pub fn get(
        &self,
        pattern: &Pattern,
        index: usize,
        matched: &Range<usize>,
    ) -> Result<Capture, PatternError> {
        if index >= pattern.capture_count() {
            return if index == 0 {
                Ok(Capture::Slice(matched.clone()))
            } else {
                Err(PatternError::InvalidCaptureIndex(index as u32 + 1))
            };
        }
        let (start, end) = self.slots.get(index).copied().unwrap_or_default();
        if pattern.unfinished >> index & 1 != 0 {
            Err(PatternError::UnfinishedCapture)
        } else if pattern.positions >> index & 1 != 0 {
            Ok(Capture::Position(start + 1))
        } else {
            Ok(Capture::Slice(start..end))
        }
    }
}

impl Pattern {
    /// Finds the first match at or after `from`; only at `from` if the pattern is anchored.
    ///
    /// A match that ends at `not_ending_at` doesn't count. `gmatch` and `gsub` give the end of the
    /// match before there, so as not to find an empty match right after another match.
    pub fn search(
        &self,
        subject: &[u8],
        from: usize,
        not_ending_at: Option<usize>,
        captures: &mut Captures,
        interrupt: &mut dyn Interrupt,
    ) -> Result<Option<Range<usize>>, PatternError> {
        let mut run = Run { pattern: self, subject, captures, interrupt };
        let mut at = from;
        while at <= subject.len() {
            if let Follow::Must(test) = self.first
                && !self.anchored
            {
                let Some(next) = run.find(test, at, subject.len())? else {
                    return Ok(None);
                };
                at = next;
            }
            if let Some(end) = run.run(at, 0, MAX_DEPTH)?
                && Some(end) != not_ending_at
            {
                return Ok(Some(at..end));
            }
            if self.anchored {
                break;
            }
            run.count(1)?;
            at += 1;
        }
        Ok(None)
    }
}

/// A match in progress.
struct Run<'a> {
    pattern: &'a Pattern,
    subject: &'a [u8],
    captures: &'a mut Captures,
    interrupt: &'a mut dyn Interrupt,
}

impl<'a> Run<'a> {
    /// Counts steps, and asks the interrupt hook when it is time.
    #[inline]
    fn count(&mut self, steps: usize) -> Result<(), PatternError> {
        self.captures.steps += steps;
        if self.captures.steps < STEPS_PER_POLL { Ok(()) } else { self.poll() }
    }

    #[cold]
    fn poll(&mut self) -> Result<(), PatternError> {
        self.captures.steps = 0;
        if self.interrupt.poll() { Err(PatternError::Interrupted) } else { Ok(()) }
    }

    fn set(&self, index: u32) -> Option<&'a ByteSet> {
        self.pattern.sets.get(index as usize)
    }

    /// Whether the byte at `at` exists and passes the test.
    #[inline]
    fn passes(&self, test: Test, at: usize) -> bool {
        let Some(&byte) = self.subject.get(at) else {
            return false;
        };
        match test {
            Test::Any => true,
            Test::Byte(expected) => byte == expected,
            Test::Class(class) => class.contains(byte),
            Test::Set(index) => self.set(index).is_some_and(|set| set.contains(byte)),
        }
    }

    /// Where `first` finds something from `at` on and before `end`, which it looks for in parts of the subject.
    #[inline(always)]
    fn scan(
        &mut self,
        at: usize,
        end: usize,
        mut first: impl FnMut(&[u8]) -> Option<usize>,
    ) -> Result<Option<usize>, PatternError> {
        let rest = self.subject.get(at..end).unwrap_or_default();
        if rest.len() > SCANNED_AT_ONCE {
            return self.scan_parts(at, end, first);
        }
        let found = first(rest);
        self.count(found.unwrap_or(rest.len()) / 8)?;
        Ok(found.map(|offset| at + offset))
    }

    #[cold]
    #[inline(never)]
    fn scan_parts(
        &mut self,
        at: usize,
        end: usize,
        mut first: impl FnMut(&[u8]) -> Option<usize>,
    ) -> Result<Option<usize>, PatternError> {
        let mut start = at;
        loop {
            let stop = end.min(start.saturating_add(SCANNED_AT_ONCE));
            let part = self.subject.get(start..stop).unwrap_or_default();
            let found = first(part);
            self.count(found.unwrap_or(part.len()) / 8)?;
            if let Some(offset) = found {
                return Ok(Some(start + offset));
            }
            if stop >= end {
                return Ok(None);
            }
            start = stop;
        }
    }

    /// How many bytes from `at` on pass the test.
    #[inline]
    fn span(&mut self, test: Test, at: usize) -> Result<usize, PatternError> {
        let len = self.subject.len();
        let end = match test {
            Test::Any => None,
            Test::Byte(expected) => {
                self.scan(at, len, |part| part.iter().position(|&b| b != expected))?
            }
            Test::Class(class) => {
                self.scan(at, len, |part| part.iter().position(|&b| !class.contains(b)))?
            }
            Test::Set(index) => match self.set(index) {
                Some(set) => {
                    self.scan(at, len, |part| part.iter().position(|&b| !set.contains(b)))?
                }
                None => Some(at),
            },
        };
        Ok(end.unwrap_or(len.max(at)) - at)
    }

    /// The first position from `at` on, and before `end`, whose byte passes the test.
    #[inline(always)]
    fn find(&mut self, test: Test, at: usize, end: usize) -> Result<Option<usize>, PatternError> {
        match test {
            Test::Any => Ok((at < end).then_some(at)),
            Test::Byte(expected) => self.scan(at, end, |part| memchr::memchr(expected, part)),
            Test::Class(class) => {
                self.scan(at, end, |part| part.iter().position(|&b| class.contains(b)))
            }
            Test::Set(index) => match self.set(index) {
                Some(set) => self.scan(at, end, |part| part.iter().position(|&b| set.contains(b))),
                None => Ok(None),
            },
        }
    }

    /// Matches the nodes from `node` on at `at`, and returns the end of the match. `depth` is how
    /// many levels are left.
    fn run(
        &mut self,
        mut at: usize,
        mut node: usize,
        depth: u32,
    ) -> Result<Option<usize>, PatternError> {
        let mut depth = enter(depth)?;
        let pattern = self.pattern;
        while let Some(&item) = pattern.nodes.get(node) {
            node += 1;
            match item {
                Node::Single(test) => {
                    if !self.passes(test, at) {
                        return Ok(None);
                    }
                    at += 1;
                }
                Node::Optional(test) => {
                    if self.passes(test, at) {
                        self.count(1)?;
                        if let Some(end) = self.run(at + 1, node, depth)? {
                            return Ok(Some(end));
                        }
                    }
                }
                Node::Greedy { test, least, follow } => {
                    // Without a byte to repeat PUC Lua doesn't recurse, so it costs no level.
                    let span = self.span(test, at)?;
                    if span > 0 {
                        return self.greedy(at, span, usize::from(least), follow, node, depth);
                    } else if least > 0 {
                        return Ok(None);
                    }
                }
                Node::Lazy { test, follow } => {
                    if self.passes(test, at) {
                        return self.lazy(at, test, follow, node, depth);
                    }
                }
                Node::Open(index) | Node::Position(index) => {
                    depth = enter(depth)?;
                    self.slot(index).0 = at;
                }
                Node::Close(index) => {
                    depth = enter(depth)?;
                    self.slot(index).1 = at;
                }
                Node::Balance(open, close) => match self.balance(at, open, close)? {
                    Some(end) => at = end,
                    None => return Ok(None),
                },
                Node::Frontier(index) => {
                    if !self.frontier(at, index) {
                        return Ok(None);
                    }
                }
                Node::BackReference(index) => match self.back_reference(at, index)? {
                    Some(end) => at = end,
                    None => return Ok(None),
                },
                Node::SubjectEnd => return Ok((at == self.subject.len()).then_some(at)),
                Node::End => return Ok(Some(at)),
                Node::Never => return Ok(None),
                Node::Fail(error) => return Err(error),
            }
        }
        Ok(None)
    }

    #[inline]
    fn slot(&mut self, index: u8) -> &mut (usize, usize) {
        // The mask changes no valid index; it lets the compiler drop the bounds check.
        &mut self.captures.slots[usize::from(index) % MAX_CAPTURES]
    }

    /// Tries the rest after the longest repetition first, then after ever shorter ones.
    fn greedy(
        &mut self,
        at: usize,
        span: usize,
        least: usize,
        follow: Follow,
        node: usize,
        depth: u32,
    ) -> Result<Option<usize>, PatternError> {
        self.count(1)?;
        let mut end = at + span;
        loop {
            let hopeless = match follow {
                Follow::Must(test) => depth > SKIP_DEPTH && !self.passes(test, end),
                Follow::Unknown => false,
            };
            if !hopeless && let Some(found) = self.run(end, node, depth)? {
                return Ok(Some(found));
            }
            if end == at + least {
                return Ok(None);
            }
            end -= 1;
            self.count(1)?;
        }
    }

    /// Tries the rest after the shortest repetition first, then after ever longer ones.
    fn lazy(
        &mut self,
        at: usize,
        test: Test,
        follow: Follow,
        node: usize,
        depth: u32,
    ) -> Result<Option<usize>, PatternError> {
        let mut end = at;
        loop {
            match follow {
                Follow::Must(next) if depth > SKIP_DEPTH => {
                    let Some(candidate) = self.next_candidate(end, test, next)? else {
                        return Ok(None);
                    };
                    end = candidate;
                }
                Follow::Must(_) | Follow::Unknown => {}
            }
            if let Some(found) = self.run(end, node, depth)? {
                return Ok(Some(found));
            }
            if !self.passes(test, end) {
                return Ok(None);
            }
            end += 1;
            self.count(1)?;
        }
    }

    /// The first position from `at` on whose byte passes `next`, if all bytes up to it pass `test`.
    fn next_candidate(
        &mut self,
        at: usize,
        test: Test,
        next: Test,
    ) -> Result<Option<usize>, PatternError> {
        if test == Test::Any {
            return self.find(next, at, self.subject.len());
        }
        let (mut counted, mut end) = (at, at);
        let found = loop {
            if self.passes(next, end) {
                break Some(end);
            }
            if !self.passes(test, end) {
                break None;
            }
            end += 1;
            if end - counted >= SCANNED_AT_ONCE {
                self.count((end - counted) / 8)?;
                counted = end;
            }
        };
        self.count((end - counted) / 8)?;
        Ok(found)
    }

    fn balance(&mut self, at: usize, open: u8, close: u8) -> Result<Option<usize>, PatternError> {
        if self.subject.get(at) != Some(&open) {
            return Ok(None);
        }
        let mut level = 1usize;
        let mut end = |part: &[u8]| {
            part.iter().position(|&byte| {
                // First the closing byte: it may equal the opening one.
                if byte == close {
                    level -= 1;
                } else if byte == open {
                    level += 1;
                }
                level == 0
            })
        };
        let found = self.scan(at + 1, self.subject.len(), &mut end)?;
        Ok(found.map(|end| end + 1))
    }

    /// Whether the set changes from out to in between the byte before `at` and the one at it. Both
    /// ends of the subject count as zero bytes.
    fn frontier(&self, at: usize, index: u32) -> bool {
        let byte = |at: Option<usize>| at.and_then(|at| self.subject.get(at)).copied().unwrap_or(0);
        let Some(set) = self.set(index) else {
            return false;
        };
        !set.contains(byte(at.checked_sub(1))) && set.contains(byte(Some(at)))
    }

    fn back_reference(&mut self, at: usize, index: u8) -> Result<Option<usize>, PatternError> {
        let (start, end) = *self.slot(index);
        let text = self.subject.get(start..end).unwrap_or_default();
        let rest = self.subject.get(at..).unwrap_or_default();
        let Some(candidate) = rest.get(..text.len()) else { return Ok(None) };
        for (a, b) in text.chunks(SCANNED_AT_ONCE).zip(candidate.chunks(SCANNED_AT_ONCE)) {
            self.count(a.len() / 8)?;
            if a != b {
                return Ok(None);
            }
        }
        Ok(Some(at + text.len()))
    }
}

/// Takes a level.
#[inline]
fn enter(depth: u32) -> Result<u32, PatternError> {
    depth.checked_sub(1).ok_or(PatternError::TooComplex)
}
