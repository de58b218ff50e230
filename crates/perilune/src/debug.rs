//! Looking at functions that are being called: hooks, and the stack.

use crate::function::Function;
use crate::handle::Ref;
use crate::state::Lua;
use perilune_runtime::embed::{FunctionInfo, hook_event};
use perilune_runtime::value::Value as RtValue;
use std::borrow::Cow;
use std::ops::{BitOr, BitOrAssign};

/// A function that is being called, as a hook or [`Lua::inspect_stack`] sees it.
#[derive(Debug)]
pub struct Debug<'a> {
    lua: &'a Lua,
    level: usize,
    event: DebugEvent,
    info: FunctionInfo,
}

/// What a hook is called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DebugEvent {
    /// A function has been called.
    Call,
    /// A function is about to return.
    Ret,
    /// A function has been called by a tail call.
    TailCall,
    /// A new line is about to begin.
    Line,
    /// So many instructions have been carried out.
    Count,
    /// None.
    Unknown(i32),
}

impl DebugEvent {
    /// The event that Lua calls so.
    pub(crate) fn from_name(name: &str) -> DebugEvent {
        match name {
            "call" => DebugEvent::Call,
            "return" => DebugEvent::Ret,
            "tail call" => DebugEvent::TailCall,
            "line" => DebugEvent::Line,
            "count" => DebugEvent::Count,
            _ => DebugEvent::Unknown(-1),
        }
    }
}

/// What a function is called; see [`Debug::names`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DebugNames<'a> {
    /// What its caller calls it.
    pub name: Option<Cow<'a, str>>,
    /// What sort of name that is: "global", "local" and so on.
    pub name_what: Option<&'static str>,
}

/// Where a function is from; see [`Debug::source`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DebugSource<'a> {
    /// The name of its chunk, with `@` or `=`.
    pub source: Option<Cow<'a, str>>,
    /// That name as messages show it.
    pub short_src: Option<Cow<'a, str>>,
    /// The line it begins in.
    pub line_defined: Option<usize>,
    /// The line it ends in.
    pub last_line_defined: Option<usize>,
    /// "Lua", "main" for the main function of a chunk, or "C" for one that isn't written in Lua.
    pub what: &'static str,
}

/// What a function takes; see [`Debug::stack`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct DebugStack {
    /// Number of its upvalues.
    pub num_upvalues: u8,
    /// Number of its parameters.
    pub num_params: u8,
    /// Whether it takes more arguments.
    pub is_vararg: bool,
}

fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

impl<'a> Debug<'a> {
    pub(crate) fn at(lua: &'a Lua, level: usize, event: DebugEvent) -> Option<Debug<'a>> {
        let info = lua.with(|cx| cx.info_at(level))?;
        Some(Debug { lua, level, event, info })
    }

    /// What the hook is called for.
    pub fn event(&self) -> DebugEvent {
        self.event
    }

    /// The function.
    pub fn function(&self) -> Function {
        let lua = self.lua;
        lua.with(|cx| {
            let f = cx.function_at(self.level).unwrap_or(RtValue::NIL);
            Function(Ref::new(lua, cx, f))
        })
    }

    /// What it is called.
    pub fn names(&self) -> DebugNames<'_> {
        DebugNames {
            name: self.info.name.as_deref().map(text),
            name_what: Some(self.info.name_what).filter(|n| !n.is_empty()),
        }
    }

    /// Where it is from.
    pub fn source(&self) -> DebugSource<'_> {
        DebugSource {
            source: Some(text(&self.info.source)),
            short_src: Some(text(&self.info.short_source)),
            line_defined: self.info.line_defined.map(|l| l as usize),
            last_line_defined: self.info.last_line_defined.map(|l| l as usize),
            what: self.info.what,
        }
    }

    /// The line that is under way.
    pub fn current_line(&self) -> Option<usize> {
        self.info.current_line.map(|l| l as usize)
    }

    /// Whether it was called by a tail call, so that its caller isn't there any more.
    pub fn is_tail_call(&self) -> bool {
        self.info.is_tail_call
    }

    /// What it takes.
    pub fn stack(&self) -> DebugStack {
        DebugStack {
            num_upvalues: self.info.upvalues,
            num_params: self.info.parameters,
            is_vararg: self.info.is_vararg,
        }
    }
}

/// Which events a hook is called for; see [`Lua::set_hook`].
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct HookTriggers {
    /// Calls.
    pub on_calls: bool,
    /// Returns.
    pub on_returns: bool,
    /// New lines.
    pub every_line: bool,
    /// So many instructions.
    pub every_nth_instruction: Option<u32>,
}

impl HookTriggers {
    /// [`HookTriggers::on_calls`].
    pub const ON_CALLS: HookTriggers = HookTriggers::new().on_calls();
    /// [`HookTriggers::on_returns`].
    pub const ON_RETURNS: HookTriggers = HookTriggers::new().on_returns();
    /// [`HookTriggers::every_line`].
    pub const EVERY_LINE: HookTriggers = HookTriggers::new().every_line();

    /// None.
    pub const fn new() -> HookTriggers {
        HookTriggers {
            on_calls: false,
            on_returns: false,
            every_line: false,
            every_nth_instruction: None,
        }
    }

    /// Also for calls.
    #[must_use]
    pub const fn on_calls(mut self) -> HookTriggers {
        self.on_calls = true;
        self
    }

    /// Also for returns.
    #[must_use]
    pub const fn on_returns(mut self) -> HookTriggers {
        self.on_returns = true;
        self
    }

    /// Also for new lines.
    #[must_use]
    pub const fn every_line(mut self) -> HookTriggers {
        self.every_line = true;
        self
    }

    /// Also whenever so many instructions have been carried out.
    #[must_use]
    pub const fn every_nth_instruction(mut self, n: u32) -> HookTriggers {
        self.every_nth_instruction = Some(n);
        self
    }

    /// The runtime's events, and the period of counts.
    pub(crate) fn events(self) -> (u8, u32) {
        let period = self.every_nth_instruction.unwrap_or(0);
        let wanted = [
            (self.on_calls, hook_event::CALL),
            (self.on_returns, hook_event::RETURN),
            (self.every_line, hook_event::LINE),
            (period > 0, hook_event::COUNT),
        ];
        let events = wanted.iter().filter(|w| w.0).fold(0, |all, w| all | w.1);
        (events, period)
    }
}

impl BitOr for HookTriggers {
    type Output = HookTriggers;

    fn bitor(mut self, other: HookTriggers) -> HookTriggers {
        self |= other;
        self
    }
}

impl BitOrAssign for HookTriggers {
    fn bitor_assign(&mut self, other: HookTriggers) {
        self.on_calls |= other.on_calls;
        self.on_returns |= other.on_returns;
        self.every_line |= other.every_line;
        self.every_nth_instruction = self.every_nth_instruction.or(other.every_nth_instruction);
    }
}
