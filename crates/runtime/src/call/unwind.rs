//! Errors: from the throw point to the catcher.
//!
//! **Design.** A thrown error is a value in the context and an `Err(Fault)`. The frames stay as they are until the
//! catcher is known, so that a message handler runs at the throw point, on top of them. Then the frames above the
//! catcher are dropped, the to-be-closed values among their slots are moved down to the catcher, and their
//! `__close` handlers run as callees of it, one by one; an error in one of them replaces the error.
//!
//! A kill meets no catcher: it ends the activation, and on its way through each Rust function that would catch an error, and
//! out of each coroutine, `__close` handlers run as long as there is time for them (see `interrupt`).
//!
//! Whatever a `__close` handler is given is what the catcher will have: the value as the message handler left it.
//!
//! An error that no frame of this interpreter activation catches is returned to the Rust function that started
//! it; the activation below goes on from there.

use super::{CallSpec, Next, SpecialStep};
use crate::cx::{Cx, Fault};
use crate::events::Event;
use crate::thread::{Frame, FrameKind, Ret, Status, frame_flag};
use crate::tuning;
use crate::value::Value;

/// Where a catcher keeps the error while it closes what is pending.
fn error_slot(f: &Frame) -> usize {
    match f.kind {
        FrameKind::Closing => f.func as usize,
        // The handler of `xpcall` is still needed, for errors in `__close` handlers.
        FrameKind::Xpcall => f.base as usize + 1,
        _ => f.base as usize,
    }
}

/// Whom an error meets first, going down the frames.
enum Catcher {
    /// A frame of this activation, by its number from the bottom.
    Frame(usize),
    /// The Rust function that started this activation.
    Rust,
    /// The resumer of this coroutine.
    Resumer,
}

impl Cx {
    /// Deals with a fault: finds the catcher in this activation and prepares its continuation.
    ///
    /// # Errors
    /// The fault, if its catcher lies outside this activation.
    #[cold]
    #[inline(never)]
    pub(crate) fn unwind(&mut self, mut fault: Fault) -> Result<Next, Fault> {
        loop {
            if fault == Fault::Error {
                match self.call_handler() {
                    Ok(Some(next)) => return Ok(next),
                    Ok(None) => fault = Fault::Handled,
                    Err(f) => {
                        fault = f;
                        continue;
                    }
                }
            }
            if self.error.get().is_nil() && fault == Fault::Handled {
                self.error.set(self.no_error_object());
            }
            let step = match self.find_catcher(fault) {
                Catcher::Rust => return Err(fault),
                Catcher::Frame(i) => self.catch_at(i, fault),
                Catcher::Resumer => self.coroutine_failed(fault),
            };
            match step {
                Ok(SpecialStep::Next(next)) => return Ok(next),
                Ok(SpecialStep::Completed(src, n)) => return Ok(self.returned(src, n)),
                Err(f) => fault = f,
            }
        }
    }

    fn frame_at(&self, index: usize) -> Frame {
        // SAFETY: callers pass indexes below the frame count.
        unsafe { *self.thread().frame(index) }
    }

    fn find_catcher(&self, fault: Fault) -> Catcher {
        for i in (0..self.frame_count()).rev() {
            let f = self.frame_at(i);
            match f.kind {
                FrameKind::Pcall | FrameKind::Xpcall
                    if fault.is_catchable() && f.flags & frame_flag::RUST_CATCHES == 0 =>
                {
                    return Catcher::Frame(i);
                }
                FrameKind::Closing if fault != Fault::Kill => return Catcher::Frame(i),
                _ => {}
            }
            match f.ret {
                Ret::Rust => return Catcher::Rust,
                Ret::Resumer => return Catcher::Resumer,
                Ret::Call | Ret::Finish | Ret::Special => {}
            }
        }
        Catcher::Rust
    }

    /// The message handler in force for an error thrown now, if any.
    fn find_handler(&self) -> Option<Value<'_>> {
        for i in (0..self.frame_count()).rev() {
            let f = self.frame_at(i);
            match f.kind {
                FrameKind::Xpcall => return Some(self.at(f.func as usize + 1)),
                FrameKind::Pcall | FrameKind::Closing => return None,
                _ => {}
            }
            if f.flags & frame_flag::RUST_CATCHES != 0 || f.ret == Ret::Resumer {
                return None;
            }
        }
        None
    }

    /// Begins the call of the message handler, if there is one. `None` if there is none.
    fn call_handler(&mut self) -> Result<Option<Next>, Fault> {
        let Some(handler) = self.find_handler() else { return Ok(None) };
        // SAFETY: it stays in its slot, and is stored again below before anything collects.
        let handler = unsafe { handler.extend::<'static>() };
        let depth = self.native_depth.get();
        if depth >= tuning::ERROR_NATIVE_DEPTH {
            self.error.set(self.str_value(b"error in error handling"));
            return Ok(None);
        }
        if depth == tuning::MAX_NATIVE_DEPTH {
            self.native_depth.set(depth + 1);
            return Err(self.runtime_error("C stack overflow"));
        }
        let func = self.free_top();
        if func + 3 > self.stack_len.get() {
            self.grow_stack(func + 3)?;
        }
        let error = self.error.get();
        self.slot(func).set(Value::NIL);
        self.slot(func + 1).set(handler);
        self.slot(func + 2).set(error);
        self.push_frame(Frame {
            pc: std::ptr::null(),
            closure: std::ptr::null(),
            return_to: std::ptr::null(),
            func: func as u32,
            base: func as u32 + 1,
            nresults: 1,
            extra: depth,
            aux: 1,
            kind: FrameKind::Handler,
            ret: Ret::Special,
            flags: 0,
            state: 0,
        });
        self.native_depth.set(depth + 1);
        // A handler can't yield.
        let thread = self.thread();
        thread.native_calls.set(thread.native_calls.get() + 1);
        let spec = CallSpec { func: func + 1, nargs: 1, nresults: -1, ret: Ret::Special, flags: 0 };
        self.call_spec(spec).map(Some)
    }

    /// Calls the message handler in force, if there is one, with the error under way: for a native that reports its own
    /// errors as results. Returns the fault that is in force afterwards.
    pub(crate) fn show_to_handler(&mut self, fault: Fault) -> Fault {
        let Some(handler) = self.find_handler().filter(|_| fault == Fault::Error) else {
            return fault;
        };
        let frames = self.frame_count();
        self.push(handler);
        self.push(self.error.get());
        if let Err(fault) = self.call(1, 1) {
            self.set_frame_count(frames);
            return fault;
        }
        let error = match self.peek(1) {
            v if v.is_nil() => self.no_error_object(),
            v => v,
        };
        self.error.set(error);
        self.pop(1);
        Fault::Handled
    }

    /// Drops the frames above catcher `index` and begins closing what they left to be closed.
    fn catch_at(&mut self, index: usize, fault: Fault) -> Result<SpecialStep, Fault> {
        self.set_frame_count(index + 1);
        let error = self.error.get();
        // A coroutine that closes itself while it is being closed goes on with that, with the error it had.
        let new_error = fault != Fault::CloseSelf;
        let frame = self.frame_mut();
        frame.state |= new_error as u8;
        let f = *frame;
        let error_slot = error_slot(&f);
        self.overflow_caught_at(f.func as usize);
        if f.kind == FrameKind::Closing {
            self.native_depth.set(f.extra);
        } else {
            self.leave_catcher(&f);
        }
        self.thread().native_calls.set(f.aux);
        self.gather_to_close(error_slot + 1);
        if new_error {
            self.slot(error_slot).set(error);
        }
        self.close_next_of_catcher()
    }

    /// Moves the pending to-be-closed values at or above slot `from` down to consecutive slots from there, and
    /// sets the top behind them. What else was there is dropped.
    pub(super) fn gather_to_close(&mut self, from: usize) {
        let thread = self.thread();
        let mut tbc = thread.tbc.borrow_mut();
        let mut to = from;
        let first = tbc.partition_point(|i| (*i as usize) < from);
        for index in &mut tbc[first..] {
            let v = self.at(*index as usize);
            self.slot(to).set(v);
            *index = to as u32;
            to += 1;
        }
        self.top.set(to);
    }

    /// Calls the next pending `__close` handler of the catcher on top, or completes it.
    pub(super) fn close_next_of_catcher(&mut self) -> Result<SpecialStep, Fault> {
        let f = *self.frame_mut();
        let closing_coroutine = f.kind == FrameKind::Closing;
        let error_slot = error_slot(&f);
        if let Some(index) = self.pop_pending(error_slot + 1) {
            self.top.set(index + 1);
            let value = self.at(index);
            let method = self.event_of(value, Event::Close);
            let (value, method) = (value.bits(), method.bits());
            self.push(Value::from_bits(method));
            self.push(Value::from_bits(value));
            let mut nargs = 1;
            if f.state != 0 {
                self.push(self.at(error_slot));
                nargs = 2;
            }
            return self.call_value(index + 1, nargs, -1, Ret::Special).map(SpecialStep::Next);
        }
        if closing_coroutine {
            return self.coroutine_closed(f.state != 0);
        }
        // A hook that is told of the return sees where the results are: where the reference implementation has them.
        let src = f.base as usize + if f.kind == FrameKind::Xpcall { 4 } else { 2 };
        let error = self.at(error_slot).bits();
        for slot in error_slot + 1..src {
            self.slot(slot).set(Value::NIL);
        }
        self.slot(src).set(Value::FALSE);
        self.slot(src + 1).set(Value::from_bits(error));
        self.top.set(src + 2);
        Ok(SpecialStep::Completed(src, 2))
    }

    /// Runs the `__close` handlers pending at or above slot `from`, their frames with `flags`, on behalf of Rust code that
    /// has caught `fault`. Returns the fault that is in force afterwards.
    pub(super) fn close_from_rust(&mut self, from: usize, mut fault: Fault, flags: u8) -> Fault {
        if fault == Fault::Kill {
            self.close_killed(from);
            return fault;
        }
        if self.thread().tbc.borrow().last().is_none_or(|i| (*i as usize) < from) {
            return fault;
        }
        // The error takes the callee's slot; pending values lie above.
        let mut error = self.error.get().bits();
        self.gather_to_close(from + 1);
        self.slot(from).set(Value::from_bits(error));
        while let Some(index) = self.pop_pending(from + 1) {
            self.push_close_call(index);
            self.push(self.at(from));
            if let Err(f) = self.protected_call_flagged(2, 0, flags) {
                if f == Fault::Kill {
                    self.close_killed(from);
                    return f;
                }
                fault = f;
                error = self.error.get().bits();
                self.slot(from).set(Value::from_bits(error));
            }
        }
        let e = self.at(from).bits();
        self.error.set(Value::from_bits(e));
        fault
    }

    /// A kill is in force: runs the `__close` handlers pending at or above slot `from`, with the kill's message as the
    /// error, as long as there is time for them. Errors of theirs change nothing. The frames above `from` are gone.
    pub(super) fn close_killed(&mut self, from: usize) {
        let has_pending = self.thread().tbc.borrow().last().is_some_and(|i| *i as usize >= from);
        if has_pending && self.enter_grace() {
            self.gather_to_close(from + 1);
            self.slot(from).set(self.kill_text.get());
            while let Some(index) = self.pop_pending(from + 1) {
                self.push_close_call(index);
                self.push(self.at(from));
                if self.closing_call(2) == Err(Fault::Kill) {
                    break;
                }
            }
        }
        self.thread().tbc.borrow_mut().retain(|i| (*i as usize) < from);
        self.leave_grace();
    }

    /// Pushes the `__close` handler of the value in a slot, and the value, right behind it.
    fn push_close_call(&mut self, index: usize) {
        self.top.set(index + 1);
        let value = self.at(index).bits();
        let method = self.event_of(Value::from_bits(value), Event::Close).bits();
        self.push(Value::from_bits(method));
        self.push(Value::from_bits(value));
    }

    /// Drops all frames and runs the `__close` handlers pending in the main coroutine: the state is being closed.
    ///
    /// # Errors
    /// [`Fault::Kill`].
    pub(crate) fn close_main(&mut self) -> Result<(), Fault> {
        self.switch_to(self.main_thread(), Status::Dead);
        self.set_frame_count(0);
        // The error in force, if any, takes the first slot.
        self.gather_to_close(1);
        self.slot(0).set(Value::NIL);
        let mut failed = false;
        let mut result = Ok(());
        while let Some(index) = self.pop_pending(1) {
            self.push_close_call(index);
            if failed {
                self.push(self.at(0));
            }
            match self.closing_call(1 + failed as usize) {
                Ok(()) => {}
                Err(Fault::Kill) => {
                    self.close_killed(0);
                    result = Err(Fault::Kill);
                }
                Err(_) => {
                    failed = true;
                    let error = self.error.get();
                    self.slot(0).set(error);
                }
            }
        }
        self.top.set(0);
        result
    }

    /// Marks the value in slot `index` to be closed when its scope ends; false values are ignored.
    ///
    /// # Errors
    /// "variable 'x' got a non-closable value".
    pub(crate) fn mark_to_be_closed(&mut self, index: usize) -> Result<(), Fault> {
        let v = self.at(index);
        if v.is_falsy() {
            return Ok(());
        }
        if self.event_of(v, Event::Close).is_nil() {
            let name = self.local_name_of_slot(index);
            let mut text = b"variable '".to_vec();
            text.extend_from_slice(&name);
            text.extend_from_slice(b"' got a non-closable value");
            return Err(self.runtime_error_bytes(&text));
        }
        if self.add_pending(index) { Ok(()) } else { Err(self.memory_error()) }
    }

    /// Puts a slot in the list of those to be closed. False if there is no memory for it.
    pub(crate) fn add_pending(&self, index: usize) -> bool {
        let thread = self.thread();
        let mut tbc = thread.tbc.borrow_mut();
        let has_room =
            tbc.len() < tbc.capacity() || !self.heap.refuses() && tbc.try_reserve(1).is_ok();
        if has_room {
            tbc.push(index as u32);
        }
        has_room
    }

    /// The last pending to-be-closed slot at or above `from`.
    pub(crate) fn last_pending(&self, from: usize) -> Option<usize> {
        let last = self.thread().tbc.borrow().last().map(|i| *i as usize);
        last.filter(|i| *i >= from)
    }

    /// Takes it out of the list.
    pub(crate) fn forget_last_pending(&self) {
        self.thread().tbc.borrow_mut().pop();
    }

    /// Takes the last pending to-be-closed slot at or above `from` out of the list.
    fn pop_pending(&self, from: usize) -> Option<usize> {
        let popped = self.thread().tbc.borrow_mut().pop_if(|i| *i as usize >= from);
        popped.map(|i| i as usize)
    }

    /// Begins the next `__close` call for values at or above slot `from`, without an error in force. `None` if
    /// nothing is left to close.
    pub(crate) fn close_next(&mut self, from: usize) -> Result<Option<Next>, Fault> {
        let Some(index) = self.pop_pending(from) else { return Ok(None) };
        let value = self.at(index).bits();
        let method = self.event_of(Value::from_bits(value), Event::Close).bits();
        self.call_meta(Value::from_bits(method), &[Value::from_bits(value)]).map(Some)
    }
}
