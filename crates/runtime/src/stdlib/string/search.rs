//! The functions on patterns: `find`, `match`, `gmatch`, `gsub`.
//!
//! Compiled patterns are cached on the thread, by their text: a pattern belongs to no state. The cache hands them
//! out counted, so that the function of a `gsub` may use and displace what the `gsub` is using.

use super::buffer::{Output, reserve};
use super::start_position;
use crate::cx::{Cx, Fault};
use crate::function::{Behaviour, Native};
use crate::string::Str;
use crate::text::pattern::{
    Anchor, Capture, Captures, MAX_CAPTURES, Pattern, PatternCache, PatternError,
    expand_replacement, is_plain,
};
use crate::tuning::UNANNOUNCED;
use crate::value::Value;
use perilune_semantics::display;
use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

thread_local! {
    static PATTERNS: RefCell<PatternCache> = RefCell::default();
}

/// The longest pattern that is kept.
const KEPT_PATTERN: usize = 1024;

/// Bytes that a byte of a pattern takes when compiled, at most.
const COMPILED_BYTES: usize = 32;

/// Asks for memory for the compiled form of the pattern in argument 2. A safepoint.
///
/// # Errors
/// "not enough memory"; if the argument is no string.
fn reserve_pattern(cx: &mut Cx) -> Result<(), Fault> {
    let len = cx.check_str(2)?.len();
    if len > KEPT_PATTERN { cx.reserve(len.saturating_mul(COMPILED_BYTES)) } else { Ok(()) }
}

fn compiled(cx: &Cx, text: &[u8], anchor: Anchor) -> Rc<Pattern> {
    if text.len() > KEPT_PATTERN {
        let go_on = || cx.check_interrupt().is_ok();
        return Rc::new(Pattern::compile_while(text, anchor, &go_on));
    }
    // While the thread ends there is no cache.
    PATTERNS
        .try_with(|cache| cache.borrow_mut().get(text, anchor))
        .unwrap_or_else(|_| Rc::new(Pattern::compile(text, anchor)))
}

#[cold]
fn pattern_error(cx: &Cx, e: PatternError) -> Fault {
    match (e, cx.check_interrupt()) {
        (PatternError::Interrupted, Err(fault)) => fault,
        (e, _) => cx.throw_error(&e.message()),
    }
}

/// The next match of a pattern; see [`Pattern::search`].
fn search(
    cx: &Cx,
    pattern: &Pattern,
    subject: &[u8],
    from: usize,
    not_ending_at: Option<usize>,
    captures: &mut Captures,
) -> Result<Option<Range<usize>>, Fault> {
    pattern
        .search(subject, from, not_ending_at, captures, &mut || cx.check_interrupt().is_err())
        .map_err(|e| pattern_error(cx, e))
}

/// Pushes the first `count` values of a match in the string in slot `subject`.
fn push_captures(
    cx: &mut Cx,
    subject: usize,
    pattern: &Pattern,
    captures: &Captures,
    matched: &Range<usize>,
    count: usize,
) -> Result<(), Fault> {
    cx.check_stack(count, "too many captures")?;
    // With a shorter match than this, the largest number of captures is no large result yet. (They may overlap.)
    let mut total = 0usize;
    if matched.len() > UNANNOUNCED / MAX_CAPTURES {
        for i in 0..count {
            if let Ok(Capture::Slice(range)) = captures.get(pattern, i, matched) {
                total = total.saturating_add(range.len());
            }
        }
    }
    reserve(cx, total)?;
    let subject = cx.at(subject).downcast::<Str>().map_or(&b""[..], |s| s.as_bytes());
    for i in 0..count {
        let value = match captures.get(pattern, i, matched) {
            Ok(Capture::Position(position)) => cx.int(position as i64),
            Ok(Capture::Slice(range)) => {
                Value::object(cx.any_string(subject.get(range).unwrap_or_default())?)
            }
            Err(e) => return Err(pattern_error(cx, e)),
        };
        cx.push(value);
    }
    Ok(())
}

pub(super) fn find(cx: &mut Cx) -> Result<usize, Fault> {
    let mut subject = cx.check_str(1)?.as_bytes();
    let mut text = cx.check_str(2)?.as_bytes();
    let from = start_position(cx.opt_int(3, 1)?, subject.len()) - 1;
    if from > subject.len() {
        cx.push(Value::NIL);
        return Ok(1);
    }
    if !cx.arg(4).is_falsy() || is_plain(text) {
        let Some(at) = cx.find_bytes(subject, text, from)? else {
            cx.push(Value::NIL);
            return Ok(1);
        };
        cx.push(cx.int(at as i64 + 1));
        cx.push(cx.int((at + text.len()) as i64));
        return Ok(2);
    }
    if text.len() > KEPT_PATTERN {
        reserve_pattern(cx)?;
        (subject, text) = (bytes_of_arg(cx, 1)?, bytes_of_arg(cx, 2)?);
    }
    let pattern = compiled(cx, text, Anchor::Allowed);
    let mut captures = Captures::default();
    let Some(matched) = search(cx, &pattern, subject, from, None, &mut captures)? else {
        cx.push(Value::NIL);
        return Ok(1);
    };
    cx.push(cx.int(matched.start as i64 + 1));
    cx.push(cx.int(matched.end as i64));
    let (subject, count) = (cx.arg_slot(1), pattern.capture_count());
    push_captures(cx, subject, &pattern, &captures, &matched, count)?;
    Ok(2 + count)
}

/// `string.match`
pub(super) fn find_match(cx: &mut Cx) -> Result<usize, Fault> {
    let mut subject = cx.check_str(1)?.as_bytes();
    let mut text = cx.check_str(2)?.as_bytes();
    if text.len() > KEPT_PATTERN {
        reserve_pattern(cx)?;
        (subject, text) = (bytes_of_arg(cx, 1)?, bytes_of_arg(cx, 2)?);
    }
    let from = start_position(cx.opt_int(3, 1)?, subject.len()) - 1;
    if from > subject.len() {
        cx.push(Value::NIL);
        return Ok(1);
    }
    let pattern = compiled(cx, text, Anchor::Allowed);
    let mut captures = Captures::default();
    let Some(matched) = search(cx, &pattern, subject, from, None, &mut captures)? else {
        cx.push(Value::NIL);
        return Ok(1);
    };
    let (subject, count) = (cx.arg_slot(1), pattern.value_count());
    push_captures(cx, subject, &pattern, &captures, &matched, count)?;
    Ok(count)
}

// Upvalues of the iterator that `gmatch` returns.
const SUBJECT: usize = 0;
const PATTERN: usize = 1;
/// Where to search on, from 0.
const POSITION: usize = 2;
/// Where the last match ended, or nil.
const LAST_END: usize = 3;

pub(super) fn gmatch(cx: &mut Cx) -> Result<usize, Fault> {
    let subject = cx.check_str(1)?;
    let text = cx.check_str(2)?;
    let from = start_position(cx.opt_int(3, 1)?, subject.len()) - 1;
    // Any position beyond the end does.
    let from = cx.int(from.min(subject.len() + 1) as i64);
    let upvalues = [Value::object(subject), Value::object(text), from, Value::NIL];
    let step = Native::new(&cx.heap, "gmatch_step", gmatch_step, Behaviour::Plain, &upvalues);
    cx.push(Value::object(step));
    Ok(1)
}

fn gmatch_step(cx: &mut Cx) -> Result<usize, Fault> {
    let position = |n| cx.upvalue(n).as_int().and_then(|i| usize::try_from(i).ok());
    let (Some(subject), Some(text), Some(from)) = (
        cx.upvalue(SUBJECT).downcast::<Str>(),
        cx.upvalue(PATTERN).downcast::<Str>(),
        position(POSITION),
    ) else {
        return Ok(0);
    };
    if text.len() > KEPT_PATTERN && !cx.heap.grants(text.len() * COMPILED_BYTES) {
        return Err(cx.memory_error());
    }
    let pattern = compiled(cx, text.as_bytes(), Anchor::Ignored);
    let mut captures = Captures::default();
    let last = position(LAST_END);
    let Some(matched) = search(cx, &pattern, subject.as_bytes(), from, last, &mut captures)? else {
        return Ok(0);
    };
    let end = cx.int(matched.end as i64);
    cx.set_upvalue(POSITION, end);
    cx.set_upvalue(LAST_END, end);
    cx.push(Value::object(subject));
    let subject = cx.top.get() - 1;
    let count = pattern.value_count();
    push_captures(cx, subject, &pattern, &captures, &matched, count)?;
    Ok(count)
}

/// What `gsub` replaces matches with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Replacement {
    Text,
    Table,
    Function,
}

/// A `gsub` under way.
struct Substitution {
    pattern: Rc<Pattern>,
    captures: Captures,
    out: Output,
    /// Up to where the subject has been searched.
    at: usize,
    /// Up to where the subject is in `out`, replaced or not.
    copied: usize,
    last_end: Option<usize>,
}

const REPLACEMENT: usize = 3;

pub(super) fn gsub(cx: &mut Cx) -> Result<usize, Fault> {
    let len = cx.check_str(1)?.len();
    cx.check_str(2)?;
    let max = cx.opt_int(4, len as i64 + 1)?;
    let replacement = match cx.arg(REPLACEMENT) {
        v if v.is_string() || v.is_number() => Replacement::Text,
        v if v.is_table() => Replacement::Table,
        v if v.is_function() => Replacement::Function,
        _ => return Err(cx.type_error(REPLACEMENT, "string/function/table")),
    };
    if cx.check_str(2)?.len() > KEPT_PATTERN {
        reserve_pattern(cx)?;
    }
    let text = cx.check_str(2)?.as_bytes();
    let mut s = Substitution {
        pattern: compiled(cx, text, Anchor::Allowed),
        captures: Captures::default(),
        out: Output::new(),
        at: 0,
        copied: 0,
        last_end: None,
    };
    let mut count = 0;
    while count < max {
        let Some(matched) = s.next_match(cx)? else { break };
        count += 1;
        match replacement {
            Replacement::Text => s.replace_by_text(cx, &matched)?,
            Replacement::Table | Replacement::Function => {
                s.replace_by_value(cx, &matched, replacement)?;
            }
        }
        if s.pattern.is_anchored() {
            break;
        }
    }
    s.finish(cx)?;
    cx.push(cx.int(count));
    Ok(2)
}

fn bytes_of_arg(cx: &Cx, n: usize) -> Result<&[u8], Fault> {
    cx.check_str(n).map(|s| s.as_bytes())
}

/// Bytes of the text of a position, at most; and of any number.
const LONGEST_POSITION: usize = 20;
const LONGEST_NUMBER: usize = 64;

impl Substitution {
    fn next_match(&mut self, cx: &Cx) -> Result<Option<Range<usize>>, Fault> {
        let subject = bytes_of_arg(cx, 1)?;
        let captures = &mut self.captures;
        let found = search(cx, &self.pattern, subject, self.at, self.last_end, captures)?;
        if let Some(matched) = &found {
            self.at = matched.end;
            self.last_end = Some(matched.end);
        }
        Ok(found)
    }

    /// Copies the subject up to a match that will be replaced.
    fn skip_match(&mut self, cx: &Cx, subject: &[u8], matched: &Range<usize>) -> Result<(), Fault> {
        self.out.add(cx, subject.get(self.copied..matched.start).unwrap_or_default())?;
        self.copied = matched.end;
        Ok(())
    }

    fn replace_by_text(&mut self, cx: &mut Cx, matched: &Range<usize>) -> Result<(), Fault> {
        // Each item is a capture, which lies in the match, or the number of a position.
        let text = bytes_of_arg(cx, REPLACEMENT)?;
        let items = cx.count_byte(text, b'%')?;
        let bound = text.len() + items * matched.len().max(LONGEST_POSITION);
        self.out.reserve(cx, matched.start - self.copied + bound)?;
        let subject = bytes_of_arg(cx, 1)?;
        let text = bytes_of_arg(cx, REPLACEMENT)?;
        self.skip_match(cx, subject, matched)?;
        let (pattern, captures, out) = (&self.pattern, &self.captures, &mut self.out.bytes);
        let mut add =
            |bytes: &[u8]| cx.add_bytes(out, bytes).map_err(|_| PatternError::Interrupted);
        expand_replacement(&mut add, text, pattern, captures, subject, matched)
            .map_err(|e| pattern_error(cx, e))
    }

    /// Replaces a match by what the table has for it or the function returns; nil and false leave it as it is.
    fn replace_by_value(
        &mut self,
        cx: &mut Cx,
        matched: &Range<usize>,
        replacement: Replacement,
    ) -> Result<(), Fault> {
        let subject = cx.arg_slot(1);
        if replacement == Replacement::Function {
            cx.push(cx.arg(REPLACEMENT));
            let count = self.pattern.value_count();
            push_captures(cx, subject, &self.pattern, &self.captures, matched, count)?;
            cx.call(count, 1)?;
        } else {
            push_captures(cx, subject, &self.pattern, &self.captures, matched, 1)?;
            cx.index(cx.arg_slot(REPLACEMENT))?;
        }
        let len = cx.peek(1).downcast::<Str>().map_or(LONGEST_NUMBER, |s| s.len());
        self.out.reserve(cx, matched.start - self.copied + len)?;
        let value = cx.peek(1);
        if !value.is_falsy() {
            self.skip_match(cx, bytes_of_arg(cx, 1)?, matched)?;
            if let Some(s) = value.downcast::<Str>() {
                self.out.add(cx, s.as_bytes())?;
            } else if let Some(number) = crate::interp::to_num(value) {
                display::push_number(&mut self.out.bytes, number);
            } else {
                let text = format!("invalid replacement value (a {})", value.type_of().name());
                return Err(cx.throw_error(text.as_bytes()));
            }
        }
        cx.pop(1);
        Ok(())
    }

    /// Pushes the result: the subject itself if nothing was replaced.
    fn finish(mut self, cx: &mut Cx) -> Result<(), Fault> {
        if self.copied == 0 && self.out.bytes.is_empty() {
            cx.push(cx.arg(1));
            return Ok(());
        }
        let rest = cx.check_str(1)?.len() - self.copied;
        self.out.reserve(cx, rest)?;
        let subject = bytes_of_arg(cx, 1)?;
        self.out.add(cx, subject.get(self.copied..).unwrap_or_default())?;
        self.out.finish(cx)?;
        Ok(())
    }
}
