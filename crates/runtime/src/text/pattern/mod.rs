//! Lua patterns.
//!
//! A pattern is a sequence of items: a single-byte test with an optional repetition, a capture's
//! begin or end, a balanced pair, a frontier, a back reference. There is no alternation, so a
//! pattern is a straight line, and matching is backtracking over how often repetitions repeat.
//!
//! PUC Lua interprets the text of a pattern anew at every position of the subject. Here it is first
//! [compiled](compile) to one node per item, with sets as 256-bit maps; the [matcher] then runs on
//! nodes. Because the line is straight, much is known before matching: which captures are open at a
//! node, whether a back reference is valid, which test must come next. The matcher uses the last to
//! skip hopeless positions, with `memchr` if the test is a single byte. A [`PatternCache`] makes
//! compilation rare.
//!
//! What must not change by this is what a program sees:
//!
//! * A malformed pattern is an error only when matching *reaches* the malformed item. The compiler
//!   puts a failing node there, and never fails itself.
//! * Recursion is bounded at 200 levels, counted as PUC Lua counts them, and then the pattern is
//!   "too complex". Captures cost a level although here they need no recursion.
//! * A subject is bytes; classes are those of the C locale.
//!
//! Matching can take exponential time. The matcher counts steps and asks an [`Interrupt`] hook
//! every so often whether to stop, so that a host's limits hold.
//!
//! Neither a [`Pattern`] nor a [`Captures`] borrows the subject. A caller that runs Lua code
//! between matches, as `gsub` with a function does, passes the subject again for each match.
//!
//! Rejected: a regular-expression engine. Lua's back references, balanced pairs and frontiers don't
//! map to one, and the order in which matches are found is part of the language. Also rejected:
//! memoization, which would remove the exponential cases but cost memory in all the others.

mod cache;
mod compile;
mod matcher;

use crate::semantics::display::int_to_str;
use std::ops::Range;

pub use cache::PatternCache;
pub use compile::{Anchor, Pattern};
pub use matcher::Captures;

/// The most captures a pattern may have.
pub const MAX_CAPTURES: usize = 32;

/// Why matching failed to come to an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternError {
    /// The pattern ends in a lone `%`.
    EndsWithEscape,
    /// A set without its closing bracket.
    MissingBracket,
    /// `%b` without two bytes after it.
    MissingBalanceArguments,
    /// `%f` without a set after it.
    MissingFrontierSet,
    /// More than [`MAX_CAPTURES`] captures.
    TooManyCaptures,
    /// `)` without an open capture.
    UnmatchedParenthesis,
    /// A reference to a capture that doesn't exist or is still open. Carries the number as written.
    InvalidCaptureIndex(u32),
    /// A capture without its closing parenthesis.
    UnfinishedCapture,
    /// Recursion got too deep.
    TooComplex,
    /// `%` before something else than a digit or `%` in a replacement.
    InvalidReplacement,
    /// The interrupt hook asked to stop. Not an error of Lua; the caller knows why it stopped.
    Interrupted,
}

impl PatternError {
    /// Lua's message.
    pub fn message(&self) -> Vec<u8> {
        let text = match self {
            PatternError::EndsWithEscape => "malformed pattern (ends with '%')",
            PatternError::MissingBracket => "malformed pattern (missing ']')",
            PatternError::MissingBalanceArguments => {
                "malformed pattern (missing arguments to '%b')"
            }
            PatternError::MissingFrontierSet => "missing '[' after '%f' in pattern",
            PatternError::TooManyCaptures => "too many captures",
            PatternError::UnmatchedParenthesis => "invalid pattern capture",
            PatternError::InvalidCaptureIndex(index) => {
                return format!("invalid capture index %{index}").into_bytes();
            }
            PatternError::UnfinishedCapture => "unfinished capture",
            PatternError::TooComplex => "pattern too complex",
            PatternError::InvalidReplacement => "invalid use of '%' in replacement string",
            PatternError::Interrupted => "interrupted",
        };
        text.as_bytes().to_vec()
    }
}

/// What a capture captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Capture {
    /// A position in the subject, counted from 1.
    Position(usize),
    /// A part of the subject.
    Slice(Range<usize>),
}

/// Whether a pattern has no special characters, so that finding it is finding a string.
pub fn is_plain(pattern: &[u8]) -> bool {
    !pattern.iter().any(|b| b"^$*+?.([%-".contains(b))
}

/// The first position of `needle` in `subject` from `from` on.
#[inline]
pub fn find_plain(subject: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let rest = subject.get(from..)?;
    let at = match needle {
        [] => Some(0),
        [byte] => memchr::memchr(*byte, rest),
        _ => memchr::memmem::find(rest, needle),
    };
    at.map(|at| from + at)
}

/// Has `add` append a replacement string, with captures for `%0` to `%9` and `%` for `%%`.
///
/// `captures` and `matched` are those of the last match of `pattern` in `subject`.
pub fn expand_replacement(
    add: &mut impl FnMut(&[u8]) -> Result<(), PatternError>,
    replacement: &[u8],
    pattern: &Pattern,
    captures: &Captures,
    subject: &[u8],
    matched: &Range<usize>,
) -> Result<(), PatternError> {
    let mut rest = replacement;
    while let Some(at) = memchr::memchr(b'%', rest) {
        let (before, after) = rest.split_at(at);
        add(before)?;
        let [_, letter, after @ ..] = after else {
            return Err(PatternError::InvalidReplacement);
        };
        match letter {
            b'%' => add(b"%")?,
            b'0' => add(subject.get(matched.clone()).unwrap_or_default())?,
            b'1'..=b'9' => match captures.get(pattern, usize::from(letter - b'1'), matched)? {
                Capture::Position(position) => add(&int_to_str(position as i64))?,
                Capture::Slice(range) => add(subject.get(range).unwrap_or_default())?,
            },
            _ => return Err(PatternError::InvalidReplacement),
        }
        rest = after;
    }
    add(rest)
}

#[cfg(test)]
mod tests;
