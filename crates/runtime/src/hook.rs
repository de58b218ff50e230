//! Debug hooks: calls, returns, lines and counts.
//!
//! **Problem.** A hook must see every event exactly once, with the frame as it is, and may look at and change its
//! variables. A program without hooks must not pay.
//!
//! **Design.** A hook belongs to a coroutine. While the running coroutine has one (and isn't inside it), the context
//! is *hooked*, and the interpreter runs a second instance of its loop, generic over an observer, which asks
//! before each instruction ([`Cx::instruction_hook`]) and sends calls and returns the general way, where their events
//! are. Whatever changes the hook is out of line, and the loop notices on its way back.
//!
//! The hook function is called from Rust, above a frame of kind `Hook`, which nobody sees and which keeps alive what
//! the interrupted instruction still needs: between instructions its operands are alive, though the records of live
//! registers, which are about instructions under way, don't say so.
//!
//! A function whose return a hook is told of has done its work: one that catches errors of others, such as `pcall`, is a plain
//! native by then, so an error of the hook leaves through it. The frames above an error of a hook stay, as after any other
//! failed call from Rust.
//!
//! Line events are those of the reference implementation, whose instructions are others: what has no counterpart there raises
//! none (see `instruction_hook`). Where it has an instruction that we don't, `CLOSE` at the end of a block with captured
//! variables, on a line of its own, its event is missing.
//!
//! **Invariant.** `Cx::hooked` is true exactly while the running coroutine has a hook and isn't running it.

use crate::cx::{Cx, Fault};
use crate::events::Event;
use crate::object::Gc;
use crate::table::Table;
use crate::thread::{Frame, FrameKind, Ret, Thread, frame_flag};
use crate::value::Value;
use perilune_bytecode::flow::{Span, span};
use perilune_bytecode::ops::{Control, Instr, Op};
use std::cell::Cell;

/// Events a hook wants.
pub(crate) mod hook_mask {
    /// Calls.
    pub(crate) const CALL: u8 = 1;
    /// Returns.
    pub(crate) const RETURN: u8 = 2;
    /// New lines.
    pub(crate) const LINE: u8 = 4;
    /// Every so many instructions.
    pub(crate) const COUNT: u8 = 8;
}

/// The hook of a coroutine.
pub(crate) struct Hook {
    /// The events it wants: see [`hook_mask`].
    pub(crate) mask: Cell<u8>,
    /// Instructions from one count event to the next.
    pub(crate) period: Cell<u32>,
    /// Instructions left until the next.
    left: Cell<u32>,
    /// The instruction that was under way last, to tell whether the line is a new one.
    last_instr: Cell<usize>,
    /// Whether it runs.
    running: Cell<bool>,
}

impl Hook {
    /// No hook.
    pub(crate) const fn new() -> Hook {
        Hook {
            mask: Cell::new(0),
            period: Cell::new(0),
            left: Cell::new(0),
            last_instr: Cell::new(0),
            running: Cell::new(false),
        }
    }

    fn wants(&self, event: u8) -> bool {
        self.mask.get() & event != 0
    }
}

/// What a hook call has to keep alive, besides what the frame's records say.
enum Keep {
    /// The operands of the instruction about to begin.
    Operands(Instr),
    /// So many values from a slot: results.
    Values(usize, usize),
    /// So many parameters of a function that is about to begin.
    Parameters(usize),
    /// Nothing.
    Nothing,
}

impl Cx {
    /// Sets or (with an empty mask) clears the hook of a coroutine.
    pub(crate) fn set_hook(&self, thread: Gc<'_, Thread>, f: Value<'_>, mask: u8, period: u32) {
        let h = &thread.hook;
        let f = if mask == 0 { Value::NIL } else { f };
        // Assigning a coroutine as key doesn't fail.
        let _ = self.hook_table().set(self.tables(), Value::object(thread), f);
        h.mask.set(mask);
        h.period.set(period);
        h.left.set(period);
        self.update_hooked();
    }

    /// Sets or clears the hook that coroutines have from their creation on.
    pub(crate) fn set_first_hook(&self, f: Value<'_>, mask: u8, period: u32) {
        let f = if mask == 0 { Value::NIL } else { f };
        // Assigning to a boolean key doesn't fail.
        let _ = self.hook_table().set(self.tables(), Value::TRUE, f);
        self.first_hook.set((mask, period));
    }

    /// Gives a new coroutine the hook that all have.
    pub(crate) fn hook_new(&self, thread: Gc<'_, Thread>) {
        let (mask, period) = self.first_hook.get();
        if mask != 0 {
            let h = &thread.hook;
            h.mask.set(mask);
            h.period.set(period);
            h.left.set(period);
        }
    }

    /// The hook function of a coroutine, or nil.
    pub(crate) fn hook_function<'g>(&'g self, thread: Gc<'g, Thread>) -> Value<'g> {
        match self.hook_table().get_value(Value::object(thread)) {
            own if own.is_nil() => self.hook_table().get_value(Value::TRUE),
            own => own,
        }
    }

    /// The table in the registry that has the hook functions, by coroutine, which it holds weakly.
    fn hook_table(&self) -> Gc<'_, Table> {
        let key = self.string(b"_HOOKKEY");
        if let Some(t) = self.registry().get_str(key).downcast::<Table>() {
            return t;
        }
        let t = self.new_table(0, 0);
        let meta = self.new_table(0, 1);
        meta.set_str(self.tables(), self.event_name(Event::Mode), self.str_value(b"k"));
        self.set_metatable(Value::object(t), Some(meta));
        self.registry().set_str(self.tables(), key, Value::object(t));
        t
    }

    /// Brings [`Cx::hooked`] up to date.
    pub(crate) fn update_hooked(&self) {
        let thread = self.thread();
        self.hooked.set(thread.hook.mask.get() != 0 && !thread.hook.running.get());
    }

    /// Count and line events of the instruction about to begin. The program counter is saved as if it were under
    /// way.
    ///
    /// # Errors
    /// What the hook throws.
    pub(crate) fn instruction_hook(&mut self) -> Result<(), Fault> {
        let f = *self.frame_mut();
        let Some(c) = f.closure() else { return Ok(()) };
        let (data, pc) = (c.proto().data.clone(), c.proto().current_instr(f.pc));
        let Some((pc, instr)) = pc.and_then(|pc| Some((pc, *data.code.get(pc)?))) else {
            return Ok(());
        };
        // The function begins behind it: see `call_hook`.
        if instr.op() == Op::VarargPrep {
            return Ok(());
        }
        // The reference implementation has no counterpart to this: what is next has its place.
        if instr.op() == Op::NewBox {
            let last = &self.thread().hook.last_instr;
            if pc <= last.get() {
                last.set(pc + 1);
            }
            return Ok(());
        }
        let h = &self.thread().hook;
        let counted = h.wants(hook_mask::COUNT) && {
            h.left.set(h.left.get().saturating_sub(1));
            h.left.get() == 0
        };
        if counted {
            h.left.set(h.period.get());
            self.run_hook("count", None, (0, 0), Keep::Operands(instr))?;
        }
        let h = &self.thread().hook;
        if !h.wants(hook_mask::LINE) {
            return Ok(());
        }
        let line = |i: usize| data.positions.get(i).map_or(0, |p| p.line);
        let last = if h.last_instr.get() < data.code.len() { h.last_instr.get() } else { 0 };
        match (data.code[last].op(), instr.op()) {
            // In the reference implementation, the first two of these three are done in one go, and so are the last two.
            (Op::TForPrep, Op::TForCall) | (_, Op::TForLoop) => return Ok(()),
            // There, a jump to a jump goes where that goes.
            (before, Op::JmpBack)
                if pc != last + 1
                    && matches!(before.info().control, Control::Jump | Control::Branch) =>
            {
                return Ok(());
            }
            (_, _) => {}
        }
        if pc <= last || line(pc) != line(last) {
            let known = Some(line(pc)).filter(|l| *l > 0);
            self.run_hook("line", known, (0, 0), Keep::Operands(instr))?;
        }
        self.thread().hook.last_instr.set(pc);
        Ok(())
    }

    /// The call event of the frame on top, which is about to begin. Only while hooked.
    ///
    /// # Errors
    /// What the hook throws.
    pub(crate) fn call_hook(&mut self) -> Result<(), Fault> {
        let f = *self.frame_mut();
        let vararg = f.closure().is_some_and(|c| c.proto().is_vararg);
        let h = &self.thread().hook;
        if f.kind == FrameKind::Lua {
            // The first instruction counts as a new line; a vararg function's first is the second.
            h.last_instr.set(vararg as usize);
        }
        if !h.wants(hook_mask::CALL) {
            return Ok(());
        }
        let event = if f.flags & frame_flag::TAIL != 0 { "tail call" } else { "call" };
        let Some(c) = f.closure() else {
            let arguments = (self.top.get() - f.base as usize) as u32;
            return self.run_hook(event, None, (1, arguments), Keep::Nothing);
        };
        let parameters = c.proto().num_params as usize;
        let keep = Keep::Parameters(parameters);
        // To the hook, the function stands in its first instruction.
        self.frame_mut().pc = f.pc.wrapping_add(1);
        self.run_hook(event, None, (1, parameters as u32), keep)?;
        self.frame_mut().pc = f.pc;
        Ok(())
    }

    /// The return event of the frame on top, which ends with the `n` results at `src`. Only while hooked.
    ///
    /// # Errors
    /// What the hook throws.
    pub(crate) fn return_hook(&mut self, src: usize, n: usize) -> Result<(), Fault> {
        if !self.thread().hook.wants(hook_mask::RETURN) {
            return Ok(());
        }
        let frame = self.frame_mut();
        if frame.kind != FrameKind::Lua {
            // It waits for nothing any more; above all, it no longer catches errors.
            frame.kind = FrameKind::Native;
        }
        let f = *frame;
        let first = (src + 1).saturating_sub(f.base as usize) as u32;
        self.run_hook("return", None, (first, n as u32), Keep::Values(src, n))
    }

    /// Notes that control is back in the frame on top, so that the line it stands in isn't taken for a new one.
    pub(crate) fn note_return(&self) {
        if let Some(f) = self.top_frame()
            && let Some(c) = f.closure()
            && let Some(pc) = c.proto().current_instr(f.pc)
        {
            self.thread().hook.last_instr.set(pc);
        }
    }

    fn run_hook(
        &mut self,
        event: &str,
        line: Option<u32>,
        transfer: (u32, u32),
        keep: Keep,
    ) -> Result<(), Fault> {
        let saved_top = self.top.get();
        let start = match keep {
            Keep::Operands(i) if !perilune_bytecode::flow::reads_open(i) => self.free_top(),
            Keep::Operands(_) | Keep::Parameters(_) | Keep::Nothing => {
                self.free_top().max(saved_top)
            }
            Keep::Values(src, n) => self.free_top().max(src + n),
        };
        self.push_guard(start, transfer, keep)?;
        let thread = self.thread();
        thread.hook.running.set(true);
        self.hooked.set(false);
        self.push(self.hook_function(self.thread()));
        self.push(self.str_value(event.as_bytes()));
        self.push(line.map_or(Value::NIL, |l| self.int(i64::from(l))));
        // A coroutine may still have the events of a hook of all that has been taken away.
        let result = if self.peek(3).is_nil() { Ok(()) } else { self.call(2, 0) };
        self.thread().hook.running.set(false);
        self.update_hooked();
        result?;
        self.pop_frame();
        self.top.set(saved_top);
        Ok(())
    }

    /// Pushes the frame that keeps values alive during a hook, at slot `start`.
    fn push_guard(&mut self, start: usize, transfer: (u32, u32), keep: Keep) -> Result<(), Fault> {
        let f = *self.frame_mut();
        let mut kept: Vec<(usize, usize)> = Vec::new();
        match &keep {
            Keep::Nothing => {}
            &Keep::Values(src, n) => kept.push((src, n)),
            &Keep::Parameters(n) => kept.push((f.base as usize, n)),
            &Keep::Operands(i) => {
                for regs in i.op().info().reads {
                    let base = f.base as usize;
                    match span(*regs, i) {
                        Span::Exact { start, len } => kept.push((base + start, len)),
                        Span::Open { start } => {
                            let first = base + start;
                            kept.push((first, self.top.get().saturating_sub(first)));
                        }
                        // Variables are below the live top.
                        Span::Captured | Span::Closing { .. } => {}
                    }
                }
            }
        }
        let total: usize = kept.iter().map(|k| k.1).sum();
        self.ensure_slots(start + 1 + total + crate::tuning::MIN_STACK)?;
        self.slot(start).set(Value::NIL);
        let mut to = start + 1;
        for (from, n) in kept {
            for k in from..from + n {
                self.slot(to).set(self.at(k));
                to += 1;
            }
        }
        self.top.set(to);
        self.push_frame(Frame {
            pc: std::ptr::null(),
            closure: std::ptr::null(),
            return_to: std::ptr::null(),
            func: start as u32,
            base: start as u32 + 1,
            nresults: 0,
            extra: transfer.0,
            aux: transfer.1,
            kind: FrameKind::Hook,
            ret: Ret::Special,
            flags: 0,
            state: u8::from(matches!(keep, Keep::Values(..))),
        });
        Ok(())
    }
}
