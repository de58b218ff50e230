//! Raising errors: values, positions, and the wording of the reference implementation.
//!
//! Everything here returns a [`Fault`] to be handed up with `Err`; the error value is kept in the context. A
//! *run-time error* gets the position of the running Lua function in front, as `luaG_runerror` does; a *library
//! error* gets the position of the function that called the native (level 1), as `luaL_error` does.

use crate::cx::{Cx, Fault};
use crate::debuginfo::{self, VariableKind};
use crate::events::Event;
use crate::string::Str;
use crate::thread::{Frame, frame_flag};
use crate::tuning::UNANNOUNCED;
use crate::userdata::Userdata;
use crate::value::Value;
use perilune_bytecode::ops::Instr;

impl Cx {
    /// The value of the error under way.
    pub fn error_value(&self) -> Value<'_> {
        self.error.get()
    }

    /// What takes the place of nil as an error value.
    pub fn no_error_object(&self) -> Value<'_> {
        self.str_value(b"<no error object>")
    }

    /// Throws a value.
    pub fn throw(&self, v: Value<'_>) -> Fault {
        self.error.set(v);
        Fault::Error
    }

    /// Throws a library error: `text` behind the position of the calling Lua function.
    #[cold]
    pub fn throw_error(&self, text: &[u8]) -> Fault {
        self.throw_behind(&self.position_prefix(1), text)
    }

    fn throw_behind(&self, position: &[u8], text: &[u8]) -> Fault {
        // It may be the error of something that was given up.
        if let Err(fault) = self.check_interrupt() {
            return fault;
        }
        if !self.can_say(text) {
            return self.memory_error();
        }
        match self.joined(&[position, text]) {
            Ok(message) => self.throw(message),
            Err(fault) => fault,
        }
    }

    /// Whether there is memory for a message with this text in it: names in a program may be of any length.
    fn can_say(&self, text: &[u8]) -> bool {
        text.len() <= UNANNOUNCED || self.heap.grants(text.len().saturating_mul(2))
    }

    /// Throws a run-time error: `text` behind the position of the running function, if it is a Lua function.
    #[cold]
    pub(crate) fn runtime_error(&self, text: &str) -> Fault {
        self.runtime_error_bytes(text.as_bytes())
    }

    /// As [`Cx::runtime_error`].
    #[cold]
    pub(crate) fn runtime_error_bytes(&self, text: &[u8]) -> Fault {
        self.throw_behind(&self.position(0).map_or_else(Vec::new, prefix), text)
    }

    /// An error inside the handling of an error.
    #[cold]
    pub(crate) fn error_in_error_handling(&self) -> Fault {
        self.throw(self.str_value(b"error in error handling"));
        Fault::Handled
    }

    /// Frame number `level`, counted from the running function (0). Frames that only serve the machinery are
    /// not counted.
    pub(crate) fn frame_at_level(&self, level: usize) -> Option<(usize, Frame)> {
        self.visible_frames().nth(level)
    }

    /// The frames a program can see, from the top down, with their numbers from the bottom.
    pub(crate) fn visible_frames(&self) -> impl Iterator<Item = (usize, Frame)> + '_ {
        self.frames_of(self.thread())
    }

    /// `chunk:line: ` of the function at a level, empty if that isn't a Lua function or its line isn't known.
    pub(crate) fn position_prefix(&self, level: usize) -> Vec<u8> {
        match self.position(level) {
            Some((chunk, line)) if line > 0 => prefix((chunk, line)),
            Some(_) | None => Vec::new(),
        }
    }

    /// Chunk and line of the function at a level, if that is a Lua function. The line is 0 if it isn't known, as in
    /// functions from stripped chunks.
    fn position(&self, level: usize) -> Option<(Vec<u8>, u32)> {
        let (_, f) = self.frame_at_level(level)?;
        let p = f.closure()?.get().proto();
        Some((perilune_syntax::chunk_id(&p.data.source), p.current_line(f.pc)))
    }

    /// The type name of a value as messages show it: `__name` of its metatable if that is a string.
    pub fn type_name(&self, v: Value<'_>) -> Vec<u8> {
        if (v.is_table() || v.downcast::<Userdata>().is_some())
            && let Some(s) = self.event_of(v, Event::Name).downcast::<Str>()
        {
            return as_c_string(s.as_bytes()).to_vec();
        }
        v.type_of().name().as_bytes().to_vec()
    }

    /// The instruction under way and the frame it is in, if the top frame is a Lua frame.
    fn current_instr(&self) -> Option<(Frame, usize, Instr)> {
        let f = *self.top_frame()?;
        let p = f.closure()?.get().proto();
        let i = p.current_instr(f.pc)?;
        Some((f, i, *p.data.code.get(i)?))
    }

    /// ` (local 'x')` for the register an operand of the instruction under way was read from.
    fn variable_of_register(&self, reg: usize) -> Vec<u8> {
        let Some((f, pc, _)) = self.current_instr() else { return Vec::new() };
        let Some(c) = f.closure() else { return Vec::new() };
        match debuginfo::register_name(&c.proto().data, pc, reg) {
            Some((kind, name)) => describe(kind, &name),
            None => Vec::new(),
        }
    }

    /// ` (upvalue 'x')` and so on for the operand that is `culprit`, found by its position among the operands.
    fn variable_of_operand(&self, operand: Operand) -> Vec<u8> {
        match operand {
            Operand::Register(r) => self.variable_of_register(r),
            Operand::Upvalue(n) => {
                let name = self
                    .top_frame()
                    .and_then(Frame::closure)
                    .and_then(|c| c.proto().data.upvalues.get(n).map(|u| u.name.to_vec()));
                name.map_or_else(Vec::new, |n| describe(VariableKind::Upvalue, &n))
            }
            Operand::Unknown => Vec::new(),
        }
    }

    /// "attempt to OP a TYPE value (VARIABLE)".
    #[cold]
    pub(crate) fn operand_error(&self, v: Value<'_>, op: &str, operand: Operand) -> Fault {
        let mut text = format!("attempt to {op} a ").into_bytes();
        text.extend_from_slice(&self.type_name(v));
        text.extend_from_slice(b" value");
        text.extend_from_slice(&self.variable_of_operand(operand));
        self.runtime_error_bytes(&text)
    }

    /// "attempt to call a nil value (global 'f')".
    #[cold]
    pub(crate) fn call_error(&self, func: usize, flags: u8) -> Fault {
        let v = self.at(func);
        let mut text = b"attempt to call a ".to_vec();
        text.extend_from_slice(&self.type_name(v));
        text.extend_from_slice(b" value");
        if flags & frame_flag::FINALIZER != 0 {
            text.extend_from_slice(&describe(VariableKind::Metamethod, b"__gc"));
        } else if let Some((f, pc, instr)) = self.current_instr()
            && let Some(c) = f.closure()
        {
            let data = &c.proto().data;
            let name = debuginfo::called_by(data, pc)
                .or_else(|| debuginfo::register_name(data, pc, instr.a() as usize));
            if let Some((kind, name)) = name {
                text.extend_from_slice(&describe(kind, &name));
            }
        }
        self.runtime_error_bytes(&text)
    }

    /// "attempt to compare two table values", "attempt to compare number with nil".
    #[cold]
    pub(crate) fn compare_error(&self, a: Value<'_>, b: Value<'_>) -> Fault {
        let (ta, tb) = (self.type_name(a), self.type_name(b));
        let mut text = b"attempt to compare ".to_vec();
        if ta == tb {
            text.extend_from_slice(b"two ");
            text.extend_from_slice(&ta);
            text.extend_from_slice(b" values");
        } else {
            text.extend_from_slice(&ta);
            text.extend_from_slice(b" with ");
            text.extend_from_slice(&tb);
        }
        self.runtime_error_bytes(&text)
    }

    /// "number has no integer representation", naming the culprit.
    #[cold]
    pub(crate) fn no_integer_error(&self, operand: Operand) -> Fault {
        let mut text = b"number".to_vec();
        text.extend_from_slice(&self.variable_of_operand(operand));
        text.extend_from_slice(b" has no integer representation");
        self.runtime_error_bytes(&text)
    }

    /// "bad 'for' limit (number expected, got nil)".
    #[cold]
    pub(crate) fn for_error(&self, what: &str, v: Value<'_>) -> Fault {
        let mut text = format!("bad 'for' {what} (number expected, got ").into_bytes();
        text.extend_from_slice(&self.type_name(v));
        text.push(b')');
        self.runtime_error_bytes(&text)
    }

    /// The name of the local variable that lives in a stack slot of the top frame, `(temporary)` if unknown.
    pub(crate) fn local_name_of_slot(&self, index: usize) -> Vec<u8> {
        let found = self.current_instr().and_then(|(f, pc, _)| {
            let reg = index.checked_sub(f.base as usize)?;
            // The variable comes to life with the next instruction.
            debuginfo::local_name(&f.closure()?.get().proto().data, pc + 1, reg)
        });
        found.unwrap_or_else(|| b"(temporary)".to_vec())
    }
}

/// Where an instruction got an operand from, for naming it in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    /// A register.
    Register(usize),
    /// An upvalue.
    Upvalue(usize),
    /// Not from an instruction.
    Unknown,
}

/// `chunk:line: `, with `?` for a line that isn't known.
fn prefix((mut chunk, line): (Vec<u8>, u32)) -> Vec<u8> {
    match line {
        0 => chunk.extend_from_slice(b":?: "),
        line => chunk.extend_from_slice(format!(":{line}: ").as_bytes()),
    }
    chunk
}

/// What messages of the reference implementation show of a name: a zero byte ends it.
pub(crate) fn as_c_string(name: &[u8]) -> &[u8] {
    name.split(|b| *b == 0).next().unwrap_or(name)
}

fn describe(kind: VariableKind, name: &[u8]) -> Vec<u8> {
    let mut out = format!(" ({} '", kind.name()).into_bytes();
    out.extend_from_slice(as_c_string(name));
    out.extend_from_slice(b"')");
    out
}
