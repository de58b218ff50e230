//! Parser for the text that [`crate::disasm`] prints.
//!
//! **Problem.** Tests of the verifier and of every later stage want bytecode that no compiler makes, written by hand.
//!
//! **Design.** Line by line: a line is tokens and a comment, and what it may be follows from its first token and the
//! section it is in. For writing by hand everything that has a natural default may be left out: attributes of the
//! header, sections, instruction indices, positions (`0:0`) and live tops (`0`); indices that are given have to
//! be right. Labels may have any name. Operands are read by their kind in the opcode table and may be any number that
//! the field holds: the parser makes wrong bytecode willingly, judging it is the verifier's part.
//!
//! Functions arrive flat, a parent before its children, and are put together at the end from the last to the first;
//! nothing recurses.
//!
//! **Invariants.** No input panics. The tables of the result are parallel to its code.

use crate::disasm::{FIELDS, MAIN};
use crate::ops::{Field, Instr, Op, OperandKind};
use crate::proto::{Constant, LocalInfo, Positions, Proto, Site, UpvalueDesc, VarargKind};
use perilune_syntax::ast::Pos;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::str::FromStr;

/// Why a text is no bytecode listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for TextError {}

/// A message; the line is added by [`parse`].
type Parsed<T> = Result<T, String>;

/// Reads a listing of a function and those nested in it.
pub fn parse(text: &str) -> Result<Proto, TextError> {
    let mut parser = Parser::default();
    let mut last = 0;
    for (line, text) in (1..).zip(text.lines()) {
        last = line;
        parser.line(line, text)?;
    }
    parser.end_function()?;
    parser.assemble().ok_or_else(|| TextError { line: last, message: "no function found".into() })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Constants,
    Upvalues,
    Sites,
    Locals,
    Code,
}

impl Section {
    fn from_name(name: &str) -> Option<Section> {
        Some(match name {
            "constants" => Section::Constants,
            "upvalues" => Section::Upvalues,
            "sites" => Section::Sites,
            "locals" => Section::Locals,
            "code" => Section::Code,
            _ => return None,
        })
    }
}

#[derive(Default)]
struct Parser {
    functions: Vec<Entry>,
    /// Index in `functions` by path.
    paths: HashMap<String, usize>,
    section: Option<Section>,
    /// Labels of the current function.
    labels: HashMap<String, usize>,
    /// The line of the current function's last loop header.
    header_line: usize,
    /// Jumps of the current function: instruction, label, line.
    jumps: Vec<(usize, String, usize)>,
}

/// A function with its place in the tree.
struct Entry {
    proto: Proto,
    positions: Vec<Pos>,
    parent: Option<usize>,
    /// How many functions nested in it have been seen.
    children: usize,
}

impl Parser {
    fn line(&mut self, line: usize, text: &str) -> Result<(), TextError> {
        let error = |message| TextError { line, message };
        let tokens = tokenize(text).map_err(error)?;
        let mut tokens = Tokens { tokens: &tokens };
        if tokens.accept("function") {
            self.end_function()?;
            return self.begin_function(tokens).map_err(error);
        }
        self.entry(line, tokens).map_err(error)
    }

    /// A line within a function.
    fn entry(&mut self, line: usize, mut tokens: Tokens<'_>) -> Parsed<()> {
        if tokens.tokens.is_empty() {
            return Ok(());
        }
        let Some(function) = self.functions.last_mut() else {
            return Err(format!("a listing begins with `function {MAIN}`"));
        };
        if let Some(section) = tokens.peek_word().and_then(Section::from_name) {
            tokens.skip();
            self.section = Some(section);
            return tokens.end();
        }
        let p = &mut function.proto;
        match self.section {
            None => return Err("expected a section, such as `code`".into()),
            Some(Section::Constants) => {
                tokens.numbered('k', p.constants.len())?;
                p.constants.push(tokens.constant()?);
            }
            Some(Section::Upvalues) => {
                tokens.numbered('u', p.upvalues.len())?;
                p.upvalues.push(tokens.upvalue()?);
            }
            Some(Section::Sites) => {
                tokens.numbered('s', p.sites.len())?;
                p.sites.push(tokens.site()?);
            }
            Some(Section::Locals) => p.locals.push(tokens.local()?),
            Some(Section::Code) => return self.code_line(line, tokens),
        }
        tokens.end()
    }

    fn begin_function(&mut self, mut tokens: Tokens<'_>) -> Parsed<()> {
        let path = tokens.word("the function's path")?;
        let parent = self.place(path)?;
        let mut proto = Proto {
            code: Vec::new(),
            positions: Positions::default(),
            live_top: Vec::new(),
            constants: Vec::new(),
            protos: Vec::new(),
            upvalues: Vec::new(),
            sites: Vec::new(),
            locals: Vec::new(),
            loop_headers: Vec::new(),
            num_params: 0,
            vararg: VarargKind::No,
            max_stack: 2,
            source: Rc::default(),
            line_defined: 0,
            last_line: 0,
        };
        while let Some(attribute) = tokens.next_word() {
            match attribute {
                "lines" => (proto.line_defined, proto.last_line) = tokens.range()?,
                "params" => proto.num_params = tokens.number("a number of parameters")?,
                "stack" => proto.max_stack = tokens.number("a number of registers")?,
                "source" => proto.source = tokens.string("the source's name")?,
                "vararg" => {
                    proto.vararg = match tokens.word("`no`, `hidden` or `table`")? {
                        "no" => VarargKind::No,
                        "hidden" => VarargKind::Hidden,
                        "table" => VarargKind::Table(tokens.prefixed('r', "a register")?),
                        other => return Err(format!("unknown kind of vararg `{other}`")),
                    }
                }
                other => return Err(format!("unknown attribute `{other}` of a function")),
            }
        }
        tokens.end()?;
        self.paths.insert(path.to_string(), self.functions.len());
        self.functions.push(Entry { proto, positions: Vec::new(), parent, children: 0 });
        Ok(())
    }

    /// Finds the parent of the function called `path`, which must be the parent's next child.
    fn place(&mut self, path: &str) -> Parsed<Option<usize>> {
        if self.functions.is_empty() {
            return if path == MAIN {
                Ok(None)
            } else {
                Err(format!("the first function is `{MAIN}`, not `{path}`"))
            };
        }
        let (parent, n) = path
            .rsplit_once('.')
            .ok_or_else(|| format!("`{path}` is not nested in the function before"))?;
        let index =
            *self.paths.get(parent).ok_or_else(|| format!("there is no function `{parent}`"))?;
        let function = self.functions.get_mut(index).ok_or("no such function")?;
        if n != function.children.to_string() {
            return Err(format!("expected `{parent}.{}`, found `{path}`", function.children));
        }
        function.children += 1;
        Ok(Some(index))
    }

    /// Resolves the jumps of the function that ends here.
    fn end_function(&mut self) -> Result<(), TextError> {
        self.section = None;
        let labels = std::mem::take(&mut self.labels);
        let jumps = std::mem::take(&mut self.jumps);
        let Some(Entry { proto, positions, .. }) = self.functions.last_mut() else {
            return Ok(());
        };
        proto.positions = std::mem::take(positions).into();
        for (pc, label, line) in jumps {
            let error = |message| TextError { line, message };
            let &target = labels
                .get(&label)
                .ok_or_else(|| error(format!("there is no label `{label}` in this function")))?;
            let distance = i32::try_from(target as i64 - pc as i64 - 1)
                .map_err(|_| error(format!("label `{label}` is too far away")))?;
            if let Some(i) = proto.code.get_mut(pc) {
                *i = i.with_d(distance as u32);
            }
        }
        if proto.loop_headers.last().is_some_and(|&header| header as usize >= proto.code.len()) {
            let message = "this loop has no instructions".into();
            return Err(TextError { line: self.header_line, message });
        }
        Ok(())
    }

    fn assemble(mut self) -> Option<Proto> {
        loop {
            let Entry { mut proto, parent, .. } = self.functions.pop()?;
            // Children were added from the last to the first.
            proto.protos.reverse();
            match parent {
                None => return Some(proto),
                Some(index) => {
                    self.functions.get_mut(index)?.proto.protos.push(Rc::new(proto));
                }
            }
        }
    }

    fn code_line(&mut self, number: usize, mut tokens: Tokens<'_>) -> Parsed<()> {
        let function = self.functions.last_mut().ok_or("no function")?;
        let p = &mut function.proto;
        let pc = p.code.len();
        if let Some(name) = tokens.peek_word().and_then(|word| word.strip_suffix(':')) {
            tokens.skip();
            if !name.starts_with(|c: char| c.is_ascii_digit()) {
                if self.labels.insert(name.to_string(), pc).is_some() {
                    return Err(format!("label `{name}` is defined twice"));
                }
                if tokens.accept("loop") {
                    self.header_line = number;
                    let header = u32::try_from(pc).map_err(|_| "too many instructions")?;
                    if p.loop_headers.last() != Some(&header) {
                        p.loop_headers.push(header);
                    }
                }
                return tokens.end();
            }
            if name != pc.to_string() {
                return Err(format!("expected instruction {pc}, found {name}"));
            }
        }
        let mut pos = Pos { line: 0, offset: 0 };
        if let Some(at) = tokens.accept_prefixed('@') {
            (pos.line, pos.offset) = pair(at, ":")
                .ok_or_else(|| format!("expected a position such as @1:0, found `@{at}`"))?;
        }
        let mut top = 0;
        if let Some(text) = tokens.accept_prefixed('^') {
            top = text.parse().map_err(|_| format!("expected a live top, found `^{text}`"))?;
        }
        let (instr, label) = tokens.instruction()?;
        tokens.end()?;
        if let Some(label) = label {
            self.jumps.push((pc, label, number));
        }
        p.code.push(instr);
        function.positions.push(pos);
        p.live_top.push(top);
        Ok(())
    }
}

enum Token<'a> {
    Word(&'a str),
    Str(Rc<[u8]>),
}

fn tokenize(line: &str) -> Parsed<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut rest = line.trim_start();
    while let Some(c) = rest.chars().next() {
        match c {
            ';' => break,
            '"' => {
                let (string, after) = literal(rest.get(1..).unwrap_or_default())?;
                tokens.push(Token::Str(string));
                rest = after;
            }
            _ => {
                let end = rest
                    .find(|c: char| c.is_whitespace() || c == ';' || c == '"')
                    .unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                tokens.push(Token::Word(word));
                rest = after;
            }
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

/// Reads a string literal after its opening quote; also returns what follows it.
fn literal(text: &str) -> Parsed<(Rc<[u8]>, &str)> {
    let mut bytes: Vec<u8> = Vec::new();
    let mut rest = text;
    loop {
        let c = rest.chars().next().ok_or("unfinished string")?;
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '"' => return Ok((bytes.into(), rest)),
            '\\' => {
                let escape = rest.chars().next().ok_or("unfinished string")?;
                rest = rest.get(escape.len_utf8()..).unwrap_or_default();
                bytes.push(match escape {
                    'n' => b'\n',
                    'r' => b'\r',
                    't' => b'\t',
                    '"' => b'"',
                    '\\' => b'\\',
                    'x' => {
                        let digits = rest.get(..2).ok_or("unfinished escape `\\x`")?;
                        rest = rest.get(2..).unwrap_or_default();
                        u8::from_str_radix(digits, 16)
                            .map_err(|_| format!("`\\x{digits}` is no escape"))?
                    }
                    other => return Err(format!("unknown escape `\\{other}` in a string")),
                });
            }
            other => bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// Reads two numbers with `separator` between them.
fn pair(text: &str, separator: &str) -> Option<(u32, u32)> {
    let (a, b) = text.split_once(separator)?;
    Some((a.parse().ok()?, b.parse().ok()?))
}

/// What is left of a line.
struct Tokens<'a> {
    tokens: &'a [Token<'a>],
}

impl<'a> Tokens<'a> {
    fn next(&mut self) -> Option<&'a Token<'a>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn skip(&mut self) {
        self.next();
    }

    fn peek_word(&self) -> Option<&'a str> {
        match self.tokens.first()? {
            Token::Word(word) => Some(word),
            Token::Str(_) => None,
        }
    }

    fn next_word(&mut self) -> Option<&'a str> {
        let word = self.peek_word()?;
        self.skip();
        Some(word)
    }

    fn accept(&mut self, word: &str) -> bool {
        let found = self.peek_word() == Some(word);
        if found {
            self.skip();
        }
        found
    }

    fn accept_prefixed(&mut self, prefix: char) -> Option<&'a str> {
        let rest = self.peek_word()?.strip_prefix(prefix)?;
        self.skip();
        Some(rest)
    }

    /// Takes a word or says that `what` is missing.
    fn word(&mut self, what: &str) -> Parsed<&'a str> {
        match self.next() {
            Some(Token::Word(word)) => Ok(word),
            Some(Token::Str(_)) => Err(format!("expected {what}, found a string")),
            None => Err(format!("expected {what}, found the end of the line")),
        }
    }

    fn string(&mut self, what: &str) -> Parsed<Rc<[u8]>> {
        match self.next() {
            Some(Token::Str(s)) => Ok(s.clone()),
            Some(Token::Word(word)) => Err(format!("expected {what} in quotes, found `{word}`")),
            None => Err(format!("expected {what} in quotes, found the end of the line")),
        }
    }

    fn number<T: FromStr>(&mut self, what: &str) -> Parsed<T> {
        let word = self.word(what)?;
        word.parse().map_err(|_| format!("expected {what}, found `{word}`"))
    }

    /// A number with a letter before it, as `r5`.
    fn prefixed<T: FromStr>(&mut self, letter: char, what: &str) -> Parsed<T> {
        let word = self.word(what)?;
        word.strip_prefix(letter)
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| format!("expected {what} such as {letter}0, found `{word}`"))
    }

    fn range(&mut self) -> Parsed<(u32, u32)> {
        let word = self.word("a range")?;
        pair(word, "..").ok_or_else(|| format!("expected a range such as 1..2, found `{word}`"))
    }

    fn end(&mut self) -> Parsed<()> {
        match self.next() {
            None => Ok(()),
            Some(Token::Word(word)) => Err(format!("unexpected `{word}`")),
            Some(Token::Str(_)) => Err("unexpected string".into()),
        }
    }

    /// The `k5 =` that begins an entry of a table, `5` being its index.
    fn numbered(&mut self, letter: char, index: usize) -> Parsed<()> {
        let expected = format!("{letter}{index}");
        let word = self.word(&format!("`{expected} =`"))?;
        if word != expected || !self.accept("=") {
            return Err(format!("expected `{expected} =`, found `{word}`"));
        }
        Ok(())
    }

    fn constant(&mut self) -> Parsed<Constant> {
        if let Some(Token::Str(s)) = self.tokens.first() {
            self.skip();
            return Ok(Constant::Str(s.clone()));
        }
        let word = self.word("a constant")?;
        let wrong = || format!("`{word}` is no constant");
        if let Some(bits) = word.strip_prefix("nan(0x").and_then(|rest| rest.strip_suffix(')')) {
            let float = f64::from_bits(u64::from_str_radix(bits, 16).map_err(|_| wrong())?);
            return if float.is_nan() { Ok(Constant::Float(float.into())) } else { Err(wrong()) };
        }
        Ok(match word {
            "nil" => Constant::Nil,
            "true" => Constant::Bool(true),
            "false" => Constant::Bool(false),
            "inf" => Constant::Float(f64::INFINITY.into()),
            "-inf" => Constant::Float(f64::NEG_INFINITY.into()),
            // Only what has the look of a float is one: Rust's parser also takes names.
            _ if word.contains('.')
                || (word.contains('e') && word.ends_with(|c: char| c.is_ascii_digit())) =>
            {
                Constant::Float(word.parse::<f64>().map_err(|_| wrong())?.into())
            }
            _ => Constant::Int(word.parse().map_err(|_| wrong())?),
        })
    }

    fn upvalue(&mut self) -> Parsed<UpvalueDesc> {
        let name = self.string("the upvalue's name")?;
        let from_register = match self.word("`register` or `upvalue`")? {
            "register" => true,
            "upvalue" => false,
            other => return Err(format!("expected `register` or `upvalue`, found `{other}`")),
        };
        let index = if from_register {
            self.prefixed('r', "a register")?
        } else {
            self.prefixed('u', "an upvalue")?
        };
        Ok(UpvalueDesc { name, from_register, index, read_only: self.accept("readonly") })
    }

    fn site(&mut self) -> Parsed<Site> {
        Ok(match self.word("the kind of the site")? {
            "property" => Site::Property { key: self.prefixed('k', "a constant")? },
            "element" => Site::Element,
            "call" => Site::Call,
            "table" => Site::Table {
                array: self.number("a number of items")?,
                fields: self.number("a number of fields")?,
            },
            other => return Err(format!("unknown kind of site `{other}`")),
        })
    }

    fn local(&mut self) -> Parsed<LocalInfo> {
        let register = self.prefixed('r', "a register")?;
        let name = self.string("the local's name")?;
        let (start_pc, end_pc) = self.range()?;
        Ok(LocalInfo { name, start_pc, end_pc, register, boxed: self.accept("boxed") })
    }

    /// Mnemonic and operands. The target of a jump is returned if it is a label.
    fn instruction(&mut self) -> Parsed<(Instr, Option<String>)> {
        let name = self.word("an instruction")?;
        let op = Op::from_name(name).ok_or_else(|| format!("unknown instruction `{name}`"))?;
        let mut fields = [0u32; 4];
        let mut label = None;
        for ((value, &kind), (field, _)) in fields.iter_mut().zip(&op.info().operands).zip(FIELDS) {
            *value = match kind {
                OperandKind::None => 0,
                OperandKind::Jump => {
                    let word = self.word("a label or a distance")?;
                    if word.starts_with(['+', '-']) {
                        let wrong = |_| format!("expected a label or a distance, found `{word}`");
                        word.parse::<i32>().map_err(wrong)? as u32
                    } else {
                        label = Some(word.to_string());
                        0
                    }
                }
                OperandKind::Imm8 => u32::from(self.number::<i8>("a small integer")? as u8),
                OperandKind::Imm32 => self.number::<i32>("an integer")? as u32,
                OperandKind::Count => self.number("a number")?,
                OperandKind::Flag => self.number("a flag")?,
                OperandKind::Reg => self.prefixed('r', "a register")?,
                OperandKind::Upvalue => self.prefixed('u', "an upvalue")?,
                OperandKind::Const => self.prefixed('k', "a constant")?,
                OperandKind::Proto => self.prefixed('p', "a function")?,
                OperandKind::Site => self.prefixed('s', "a site")?,
            };
            check_width(field, *value)?;
        }
        self.unused_fields(op, &mut fields)?;
        let [a, b, c, d] = fields;
        Ok((Instr::new(op, a as u8, b as u8, c as u8, d), label))
    }

    /// Fields given as `c=5` though the instruction doesn't use them.
    fn unused_fields(&mut self, op: Op, fields: &mut [u32; 4]) -> Parsed<()> {
        let info = op.info();
        for ((value, &kind), (field, name)) in fields.iter_mut().zip(&info.operands).zip(FIELDS) {
            let text = self.peek_word().and_then(|w| w.strip_prefix(name)?.strip_prefix('='));
            if let (OperandKind::None, Some(text)) = (kind, text) {
                *value = text.parse().map_err(|_| format!("expected a number, found `{text}`"))?;
                check_width(field, *value)?;
                self.skip();
            }
        }
        Ok(())
    }
}

/// Fields other than `d` are a byte.
fn check_width(field: Field, value: u32) -> Parsed<()> {
    if field == Field::D || value <= u32::from(u8::MAX) {
        return Ok(());
    }
    Err(format!("operand {value} doesn't fit its field"))
}
