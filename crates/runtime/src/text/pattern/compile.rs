//! Compiling a pattern to nodes.
//!
//! One pass reads the items; a second one computes, for each repetition, which test the byte after
//! it must pass. Compilation is linear and never fails: where the pattern is malformed the nodes
//! end in [`Node::Fail`], which is as far as a match can get.
//!
//! Invariants: the last node is [`Node::End`] or [`Node::Fail`], so a matcher that moves to the
//! next node after any other one stays within the nodes; set indices are those of existing sets;
//! capture indices are below [`MAX_CAPTURES`].

use super::{MAX_CAPTURES, PatternError};

/// Whether `^` at the beginning of a pattern anchors it. In `gmatch` it doesn't.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Anchor {
    /// It anchors.
    Allowed,
    /// It is an ordinary byte.
    Ignored,
}

/// A set of bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct ByteSet([u64; 4]);

impl ByteSet {
    #[inline]
    pub(super) fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 != 0
    }

    fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    fn insert_matching(&mut self, test: impl Fn(u8) -> bool) {
        for byte in 0..=u8::MAX {
            if test(byte) {
                self.insert(byte);
            }
        }
    }

    fn invert(&mut self) {
        for word in &mut self.0 {
            *word = !*word;
        }
    }
}

/// A character class such as `%a`, as a bit of [`CLASSES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class {
    mask: u16,
    negated: bool,
}

impl Class {
    /// The class a letter names, if any; an upper-case letter negates.
    fn new(letter: u8) -> Option<Class> {
        let mask = match letter.to_ascii_lowercase() {
            b'a' => ALPHA,
            b'c' => CNTRL,
            b'd' => DIGIT,
            b'g' => GRAPH,
            b'l' => LOWER,
            b'p' => PUNCT,
            b's' => SPACE,
            b'u' => UPPER,
            b'w' => ALPHA | DIGIT,
            b'x' => XDIGIT,
            b'z' => ZERO,
            _ => return None,
        };
        Some(Class { mask, negated: letter.is_ascii_uppercase() })
    }

    #[inline]
    pub(super) fn contains(self, byte: u8) -> bool {
        (CLASSES[usize::from(byte)] & self.mask != 0) != self.negated
    }
}

const ALPHA: u16 = 1 << 0;
const CNTRL: u16 = 1 << 1;
const DIGIT: u16 = 1 << 2;
const GRAPH: u16 = 1 << 3;
const LOWER: u16 = 1 << 4;
const PUNCT: u16 = 1 << 5;
const SPACE: u16 = 1 << 6;
const UPPER: u16 = 1 << 7;
const XDIGIT: u16 = 1 << 8;
const ZERO: u16 = 1 << 9;

/// The classes of each byte in the C locale.
static CLASSES: [u16; 256] = {
    let mut table = [0u16; 256];
    let mut i = 0;
    while i < 256 {
        let b = i as u8;
        let mut bits = 0;
        if b.is_ascii_alphabetic() {
            bits |= ALPHA;
        }
        if b.is_ascii_control() {
            bits |= CNTRL;
        }
        if b.is_ascii_digit() {
            bits |= DIGIT;
        }
        if b.is_ascii_graphic() {
            bits |= GRAPH;
        }
        if b.is_ascii_lowercase() {
            bits |= LOWER;
        }
        if b.is_ascii_punctuation() {
            bits |= PUNCT;
        }
        if matches!(b, b' ' | b'\t'..=b'\r') {
            bits |= SPACE;
        }
        if b.is_ascii_uppercase() {
            bits |= UPPER;
        }
        if b.is_ascii_hexdigit() {
            bits |= XDIGIT;
        }
        if b == 0 {
            bits |= ZERO;
        }
        table[i] = bits;
        i += 1;
    }
    table
};

/// A test of a single byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// `.`
    Any,
    /// A byte standing for itself.
    Byte(u8),
    /// `%a` and the like.
    Class(Class),
    /// A set, by its index.
    Set(u32),
}

/// What is known about the byte after a repetition if the rest is to match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follow {
    /// Nothing, or there need not be one.
    Unknown,
    /// It must pass the test.
    Must(Test),
}

/// A compiled item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// The end of the pattern: a match.
    End,
    /// The item is malformed.
    Fail(PatternError),
    /// `x`
    Single(Test),
    /// `x?`
    Optional(Test),
    /// `x*` or `x+`: as often as possible, but at least `least` times.
    Greedy { test: Test, least: u8, follow: Follow },
    /// `x-`
    Lazy { test: Test, follow: Follow },
    /// `(`
    Open(u8),
    /// `)`
    Close(u8),
    /// `()`
    Position(u8),
    /// `$` at the end of the pattern.
    SubjectEnd,
    /// `%bxy`
    Balance(u8, u8),
    /// `%f[set]`
    Frontier(u32),
    /// `%1`
    BackReference(u8),
    /// `%1` where that is a position, which no text equals.
    Never,
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    pub(super) nodes: Vec<Node>,
    pub(super) sets: Vec<ByteSet>,
    /// What the first byte of a match must be.
    pub(super) first: Follow,
    pub(super) anchored: bool,
    pub(super) capture_count: u8,
    /// The captures that are positions, a bit each.
    pub(super) positions: u32,
    /// The captures that are never closed, a bit each.
    pub(super) unfinished: u32,
}

impl Pattern {
    /// Compiles a pattern.
    pub fn compile(text: &[u8], anchor: Anchor) -> Pattern {
        Pattern::compile_while(text, anchor, &|| true)
    }

    /// The same, as long as `go_on` says so. A pattern that isn't finished fails to match with
    /// [`PatternError::Interrupted`].
    pub fn compile_while(text: &[u8], anchor: Anchor, go_on: &dyn Fn() -> bool) -> Pattern {
        let (anchored, text) = match text {
            [b'^', rest @ ..] if anchor == Anchor::Allowed => (true, rest),
            _ => (false, text),
        };
        let mut compiler = Compiler {
            text,
            at: 0,
            steps: Steps { go_on, count: 0 },
            open: Vec::new(),
            pattern: Pattern {
                nodes: Vec::with_capacity(text.len() + 1),
                sets: Vec::new(),
                first: Follow::Unknown,
                anchored,
                capture_count: 0,
                positions: 0,
                unfinished: 0,
            },
        };
        compiler.run();
        let Compiler { mut pattern, mut steps, .. } = compiler;
        let is_stopped =
            matches!(pattern.nodes.last(), Some(Node::Fail(PatternError::Interrupted)));
        if is_stopped || pattern.link(&mut steps).is_err() {
            pattern.nodes = vec![Node::Fail(PatternError::Interrupted)];
            pattern.first = Follow::Unknown;
        }
        pattern
    }

    /// Whether the pattern matches only where the search starts.
    pub fn is_anchored(&self) -> bool {
        self.anchored
    }

    /// The number of captures of a match, not counting the whole match.
    pub fn capture_count(&self) -> usize {
        usize::from(self.capture_count)
    }

    /// How many values a match gives: its captures, or the whole match if it has none.
    pub fn value_count(&self) -> usize {
        self.capture_count().max(1)
    }

    /// Fills in what each repetition, and the beginning, knows about the next byte. Runs backwards,
    /// because captures pass on what comes after them.
    fn link(&mut self, steps: &mut Steps<'_>) -> Result<(), PatternError> {
        let mut next = Follow::Unknown;
        for node in self.nodes.iter_mut().rev() {
            steps.count(1)?;
            next = match node {
                Node::Open(_) | Node::Close(_) | Node::Position(_) => next,
                Node::Single(test) => Follow::Must(*test),
                Node::Greedy { test, least, follow } => {
                    *follow = next;
                    if *least > 0 { Follow::Must(*test) } else { Follow::Unknown }
                }
                Node::Lazy { follow, .. } => {
                    *follow = next;
                    Follow::Unknown
                }
                Node::Balance(open, _) => Follow::Must(Test::Byte(*open)),
                Node::End
                | Node::Fail(_)
                | Node::Optional(_)
                | Node::SubjectEnd
                | Node::Frontier(_)
                | Node::BackReference(_)
                | Node::Never => Follow::Unknown,
            };
        }
        self.first = next;
        Ok(())
    }
}

/// Nodes made, bytes looked at and the like between two questions whether to go on.
const STEPS_PER_QUESTION: u32 = 1 << 16;

/// Counts steps.
struct Steps<'a> {
    go_on: &'a dyn Fn() -> bool,
    count: u32,
}

impl Steps<'_> {
    fn count(&mut self, steps: u32) -> Result<(), PatternError> {
        self.count += steps;
        if self.count < STEPS_PER_QUESTION {
            return Ok(());
        }
        self.count = 0;
        if (self.go_on)() { Ok(()) } else { Err(PatternError::Interrupted) }
    }
}

struct Compiler<'a> {
    text: &'a [u8],
    at: usize,
    steps: Steps<'a>,
    /// The captures that are open, innermost last.
    open: Vec<u8>,
    pattern: Pattern,
}

impl Compiler<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    fn run(&mut self) {
        let last = loop {
            match self.item() {
                Ok(Some(node)) => self.pattern.nodes.push(node),
                Ok(None) => break Node::End,
                Err(error) => break Node::Fail(error),
            }
        };
        self.pattern.nodes.push(last);
        self.pattern.unfinished = self.open.iter().fold(0, |bits, &index| bits | 1 << index);
    }

    /// Reads an item; `None` at the end of the pattern.
    fn item(&mut self) -> Result<Option<Node>, PatternError> {
        self.steps.count(1)?;
        let Some(byte) = self.peek(0) else {
            return Ok(None);
        };
        let node = match (byte, self.peek(1)) {
            (b'(', next) => {
                self.at += 1;
                self.open_capture(next == Some(b')'))?
            }
            (b')', _) => {
                self.at += 1;
                Node::Close(self.open.pop().ok_or(PatternError::UnmatchedParenthesis)?)
            }
            (b'$', None) => {
                self.at += 1;
                Node::SubjectEnd
            }
            (b'%', Some(b'b')) => {
                let (Some(open), Some(close)) = (self.peek(2), self.peek(3)) else {
                    return Err(PatternError::MissingBalanceArguments);
                };
                self.at += 4;
                Node::Balance(open, close)
            }
            (b'%', Some(b'f')) => {
                self.at += 2;
                if self.peek(0) != Some(b'[') {
                    return Err(PatternError::MissingFrontierSet);
                }
                Node::Frontier(self.set()?)
            }
            (b'%', Some(digit @ b'0'..=b'9')) => {
                self.at += 2;
                self.back_reference(digit)?
            }
            _ => self.repetition()?,
        };
        Ok(Some(node))
    }

    fn open_capture(&mut self, position: bool) -> Result<Node, PatternError> {
        let index = self.pattern.capture_count;
        if usize::from(index) >= MAX_CAPTURES {
            return Err(PatternError::TooManyCaptures);
        }
        self.pattern.capture_count += 1;
        if position {
            self.at += 1;
            self.pattern.positions |= 1 << index;
            Ok(Node::Position(index))
        } else {
            self.open.push(index);
            Ok(Node::Open(index))
        }
    }

    fn back_reference(&mut self, digit: u8) -> Result<Node, PatternError> {
        let written = u32::from(digit - b'0');
        match digit.checked_sub(b'1') {
            Some(index) if index < self.pattern.capture_count && !self.open.contains(&index) => {
                let position = self.pattern.positions >> index & 1 != 0;
                Ok(if position { Node::Never } else { Node::BackReference(index) })
            }
            _ => Err(PatternError::InvalidCaptureIndex(written)),
        }
    }

    /// Reads a test and the repetition after it.
    fn repetition(&mut self) -> Result<Node, PatternError> {
        let test = self.test()?;
        let follow = Follow::Unknown;
        let node = match self.peek(0) {
            Some(b'?') => Node::Optional(test),
            Some(b'*') => Node::Greedy { test, least: 0, follow },
            Some(b'+') => Node::Greedy { test, least: 1, follow },
            Some(b'-') => Node::Lazy { test, follow },
            _ => return Ok(Node::Single(test)),
        };
        self.at += 1;
        Ok(node)
    }

    fn test(&mut self) -> Result<Test, PatternError> {
        let byte = self.peek(0);
        Ok(match byte {
            Some(b'[') => Test::Set(self.set()?),
            Some(b'%') => {
                let letter = self.peek(1).ok_or(PatternError::EndsWithEscape)?;
                self.at += 2;
                Class::new(letter).map_or(Test::Byte(letter), Test::Class)
            }
            Some(b'.') | None => {
                self.at += 1;
                Test::Any
            }
            Some(byte) => {
                self.at += 1;
                Test::Byte(byte)
            }
        })
    }

    /// Reads a set, and returns its index.
    fn set(&mut self) -> Result<u32, PatternError> {
        let end = self.set_end()?;
        // The brackets and what is between.
        let text = self.text.get(self.at..=end).unwrap_or_default();
        let set = read_set(text, &mut self.steps)?;
        self.at = end + 1;
        self.pattern.sets.push(set);
        Ok(self.pattern.sets.len() as u32 - 1)
    }

    /// The position of the bracket that closes the set. A bracket that comes first is a member, and
    /// so is an escaped one.
    fn set_end(&mut self) -> Result<usize, PatternError> {
        let mut at = self.at + 1;
        if self.text.get(at) == Some(&b'^') {
            at += 1;
        }
        loop {
            self.steps.count(1)?;
            let byte = *self.text.get(at).ok_or(PatternError::MissingBracket)?;
            at += 1;
            if byte == b'%' && at < self.text.len() {
                at += 1;
            }
            if self.text.get(at) == Some(&b']') {
                return Ok(at);
            }
        }
    }
}

/// The members of a set. `text` includes the brackets: after a range that ends in `%` an escape may
/// take the closing one for its letter.
fn read_set(text: &[u8], steps: &mut Steps<'_>) -> Result<ByteSet, PatternError> {
    let mut set = ByteSet::default();
    let end = text.len().saturating_sub(1);
    let negated = text.get(1) == Some(&b'^');
    let mut at = if negated { 2 } else { 1 };
    while at < end {
        steps.count(1)?;
        match text.get(at..).unwrap_or_default() {
            [b'%', letter, ..] => {
                // All bytes are asked about.
                steps.count(256)?;
                match Class::new(*letter) {
                    Some(class) => set.insert_matching(|b| class.contains(b)),
                    None => set.insert(*letter),
                }
                at += 2;
            }
            [from, b'-', to, ..] if at + 2 < end => {
                steps.count(u32::from(to.saturating_sub(*from)))?;
                for byte in *from..=*to {
                    set.insert(byte);
                }
                at += 3;
            }
            [byte, ..] => {
                set.insert(*byte);
                at += 1;
            }
            [] => break,
        }
    }
    if negated {
        set.invert();
    }
    Ok(set)
}
