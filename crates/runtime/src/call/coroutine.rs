//! Coroutine switches: resume, yield, ending and closing.
//!
//! All of it exchanges which coroutine runs and goes on in the same interpreter activation; no native stack is
//! involved. The resumer waits in a frame of kind `Resume`, `Wrap` or `CloseWait`; a coroutine that has yielded
//! has a `Yield` frame on top, which is completed with the values passed to the next resume.

use super::{CallSpec, Next, SpecialStep, Step};
use crate::cx::{Cx, Fault};
use crate::object::Gc;
use crate::string::Str;
use crate::thread::{Frame, FrameKind, Ret, Status, Thread};
use crate::tuning;
use crate::value::Value;

impl Cx {
    /// The coroutine the top frame (`Resume` or `Wrap`) is about, and where its arguments begin.
    fn resume_target(&self) -> Result<(Gc<'_, Thread>, usize, usize), Fault> {
        let Some(f) = self.top_frame() else {
            return Err(self.runtime_error("no frame to resume from"));
        };
        let (func, nargs) = (f.func as usize, f.aux as usize);
        if f.kind == FrameKind::Wrap {
            let co = self.at(func).downcast::<crate::function::Native>();
            let co = co.and_then(|n| n.upvalues().first()?.get().downcast::<Thread>());
            return match co {
                Some(co) => Ok((co, func + 1, nargs)),
                None => Err(self.runtime_error("coroutine expected")),
            };
        }
        match self.arg(1).downcast::<Thread>() {
            Some(co) => Ok((co, func + 2, nargs - 1)),
            None => Err(self.type_error(1, "thread")),
        }
    }

    /// `coroutine.resume` and wrapped coroutines: their frame is on top.
    pub(super) fn begin_resume(&mut self) -> Result<Step, Fault> {
        let (co, src, nargs) = self.resume_target()?;
        // SAFETY: the coroutine is kept alive by the argument or upvalue it came from, and nothing collects
        // before it runs.
        let co: Gc<'static, Thread> = unsafe { Gc::from_ptr(co.as_ptr()) };
        let refusal: Option<&[u8]> = if co.status() != Status::Suspended {
            Some(if co.status() == Status::Dead {
                b"cannot resume dead coroutine"
            } else {
                b"cannot resume non-suspended coroutine"
            })
        } else if self.native_depth.get() >= tuning::MAX_NATIVE_DEPTH {
            Some(b"C stack overflow")
        } else {
            None
        };
        if let Some(text) = refusal {
            let e = self.str_value(text).bits();
            return self.refuse_resume(Value::from_bits(e)).map(Step::Done);
        }
        if let Err(_fault) = self.make_room_in(co, nargs) {
            let e = self.error.get().bits();
            return self.refuse_resume(Value::from_bits(e)).map(Step::Done);
        }
        let depth = self.native_depth.get();
        co.base_depth.set(depth);
        co.set_resumer(self.thread.get());
        self.native_depth.set(depth + 1);
        self.transfer(co, src, nargs);
        self.top.set(src);
        self.switch_to(co, Status::Normal);
        if self.frame_count() == 0 {
            // The body is in slot 0.
            let spec = CallSpec { func: 0, nargs, nresults: -1, ret: Ret::Resumer, flags: 0 };
            return Ok(Step::Call(spec));
        }
        let src = self.top.get() - nargs;
        Ok(Step::Done(self.returned(src, nargs)))
    }

    /// Makes room for `n` values on top of another coroutine's stack.
    ///
    /// # Errors
    /// "not enough memory".
    #[inline]
    fn make_room_in(&self, to: Gc<'_, Thread>, n: usize) -> Result<(), Fault> {
        let needed = to.top.get() + n + tuning::MIN_STACK;
        if needed <= to.stack_len.get() {
            return Ok(());
        }
        to.grow_stack(&self.heap, needed).ok_or_else(|| self.memory_error())
    }

    /// Copies `n` values from slot `src` of the running coroutine to the top of another one, which has room for them.
    fn transfer(&self, to: Gc<'_, Thread>, src: usize, n: usize) {
        debug_assert!(to.top.get() + n <= to.stack_len.get());
        for i in 0..n {
            to.push(self.at(src + i));
        }
    }

    /// Ends the waiting frame on top with an error that isn't the coroutine's own.
    fn refuse_resume(&mut self, e: Value<'_>) -> Result<Next, Fault> {
        match self.resume_failed(e)? {
            SpecialStep::Completed(src, n) => Ok(self.returned(src, n)),
            SpecialStep::Next(next) => Ok(next),
        }
    }

    /// Hands an error to the `Resume` or `Wrap` frame on top.
    fn resume_failed(&mut self, e: Value<'_>) -> Result<SpecialStep, Fault> {
        let f = *self.frame_mut();
        let func = f.func as usize;
        if f.kind == FrameKind::Wrap {
            self.error.set(e);
            if let Some(s) = e.downcast::<Str>() {
                let mut text = self.position_prefix(1);
                text.extend_from_slice(s.as_bytes());
                self.error.set(self.str_value(&text));
            }
            return Err(Fault::Error);
        }
        let src = func + 2;
        self.slot(src).set(Value::FALSE);
        self.slot(src + 1).set(e);
        self.top.set(src + 2);
        Ok(SpecialStep::Completed(src, 2))
    }

    /// Leaves the running coroutine for its resumer.
    fn switch_to_resumer(&mut self, status: Status) {
        let co = self.thread();
        self.native_depth.set(co.base_depth.get());
        let resumer = co.resumer();
        co.set_resumer(std::ptr::null());
        // SAFETY: a coroutine's resumer is kept alive by it, and by being an ancestor of what runs.
        let resumer: Gc<'static, Thread> = unsafe { Gc::from_ptr(resumer) };
        self.switch_to(resumer, status);
    }

    /// Moves `n` values at `src` from the running coroutine to its resumer, and switches. Returns where they are
    /// now, as results of the frame waiting there.
    ///
    /// # Errors
    /// "not enough memory", and nothing has been done.
    fn hand_to_resumer(
        &mut self,
        src: usize,
        n: usize,
        status: Status,
    ) -> Result<(usize, usize), Fault> {
        let resumer = self.thread().resumer();
        // SAFETY: as in `switch_to_resumer`.
        let resumer: Gc<'static, Thread> = unsafe { Gc::from_ptr(resumer) };
        self.make_room_in(resumer, n + 1)?;
        // SAFETY: the resumer waits in its top frame.
        let waiting = unsafe { *resumer.frame(resumer.frame_count.get() - 1) };
        let mut count = n;
        let dest = resumer.top.get();
        if waiting.kind == FrameKind::Resume {
            resumer.push(Value::TRUE);
            count += 1;
        }
        self.transfer(resumer, src, n);
        self.top.set(src);
        self.switch_to_resumer(status);
        Ok((dest, count))
    }

    /// The body of the running coroutine has returned.
    pub(super) fn coroutine_returned(
        &mut self,
        src: usize,
        n: usize,
    ) -> Result<(usize, usize), Fault> {
        self.hand_to_resumer(src, n, Status::Dead)
    }

    /// `coroutine.yield`: its frame is on top.
    pub(super) fn begin_yield(&mut self) -> Result<Next, Fault> {
        let thread = self.thread();
        if thread.same(self.main_thread()) {
            return Err(self.runtime_error("attempt to yield from outside a coroutine"));
        }
        if thread.native_calls.get() > 0 {
            return Err(self.runtime_error("attempt to yield across a C-call boundary"));
        }
        let f = *self.frame_mut();
        let (src, n) = self.hand_to_resumer(f.base as usize, f.aux as usize, Status::Suspended)?;
        Ok(self.returned(src, n))
    }

    /// Whether the running coroutine could yield here.
    pub fn is_yieldable(&self) -> bool {
        let t = self.thread();
        !t.same(self.main_thread()) && t.native_calls.get() == 0
    }

    /// No frame of the running coroutine catches the fault.
    pub(super) fn coroutine_failed(&mut self, fault: Fault) -> Result<SpecialStep, Fault> {
        self.handling_overflow.set(false);
        let co = self.thread();
        if fault == Fault::CloseSelf {
            self.begin_closing(None);
            return self.close_next_of_catcher();
        }
        if fault == Fault::Kill {
            self.set_frame_count(0);
            self.native_depth.set(co.base_depth.get() + 1);
            self.close_killed(0);
            let co = self.thread();
            co.native_calls.set(0);
            self.top.set(0);
            self.switch_to_resumer(Status::Dead);
            return Err(fault);
        }
        let error = self.error.get();
        co.set_error(error);
        co.failed.set(true);
        co.native_calls.set(0);
        // Its frames stay, and what they refer to.
        let base = self.top_frame().map_or(0, |f| f.base as usize);
        self.top.set(self.free_top().max(base));
        let has_pending = !co.tbc.borrow().is_empty();
        // SAFETY: as in `switch_to_resumer`.
        let resumer: Gc<'_, Thread> = unsafe { Gc::from_ptr(co.resumer()) };
        // SAFETY: the resumer waits in its top frame.
        let waiting = unsafe { *resumer.frame(resumer.frame_count.get() - 1) };
        if waiting.kind == FrameKind::Wrap && has_pending {
            // A wrapped coroutine that fails is closed at once.
            self.begin_closing(Some(error));
            return self.close_next_of_catcher();
        }
        self.switch_to_resumer(Status::Dead);
        self.resume_failed(error)
    }

    /// Replaces all frames of the running coroutine by one that closes what is pending.
    fn begin_closing(&mut self, error: Option<Value<'_>>) {
        let error = error.map(Value::bits);
        self.set_frame_count(0);
        // Handlers run here can't yield: whoever waits for them isn't resuming.
        self.thread().native_calls.set(1);
        self.gather_to_close(1);
        self.slot(0).set(error.map_or(Value::NIL, Value::from_bits));
        self.push_frame(Frame {
            pc: std::ptr::null(),
            closure: std::ptr::null(),
            return_to: std::ptr::null(),
            func: 0,
            base: 1,
            nresults: -1,
            extra: self.native_depth.get(),
            aux: 1,
            kind: FrameKind::Closing,
            ret: Ret::Resumer,
            flags: 0,
            state: error.is_some() as u8,
        });
    }

    /// Everything of the running coroutine is closed; its error, if any, is in slot 0.
    pub(super) fn coroutine_closed(&mut self, failed: bool) -> Result<SpecialStep, Fault> {
        let error = self.at(0).bits();
        let co = self.thread().as_ptr();
        self.thread().failed.set(failed);
        self.thread().set_error(Value::from_bits(error));
        self.set_frame_count(0);
        self.top.set(0);
        self.switch_to_resumer(Status::Dead);
        let f = *self.frame_mut();
        match f.kind {
            FrameKind::CloseWait => {
                // Its error is reported once.
                // SAFETY: `co` is the coroutine that has just been closed; nothing has been collected since.
                let co: Gc<'static, Thread> = unsafe { Gc::from_ptr(co) };
                co.die();
                Ok(self.close_result(&f, failed, Value::from_bits(error)))
            }
            _ if failed => self.resume_failed(Value::from_bits(error)),
            FrameKind::Resume => {
                let src = f.func as usize + 2;
                self.slot(src).set(Value::TRUE);
                self.top.set(src + 1);
                Ok(SpecialStep::Completed(src, 1))
            }
            _ => Ok(SpecialStep::Completed(self.top.get(), 0)),
        }
    }

    /// What `coroutine.close`, whose frame this is, returns. The callee and the arguments stay where they are, for the
    /// hook that is told of it.
    fn close_result(&mut self, f: &Frame, failed: bool, error: Value<'_>) -> SpecialStep {
        let src = f.base as usize + f.aux as usize;
        self.slot(src).set(Value::bool(!failed));
        self.slot(src + 1).set(error);
        let n = 1 + failed as usize;
        self.top.set(src + n);
        SpecialStep::Completed(src, n)
    }

    /// `coroutine.close`: its frame is on top.
    pub(super) fn begin_close(&mut self) -> Result<Next, Fault> {
        let f = *self.frame_mut();
        let co = match (f.aux, self.arg(1).downcast::<Thread>()) {
            (_, Some(co)) => co,
            (0, None) => self.thread(),
            (_, None) => return Err(self.type_error(1, "thread")),
        };
        // SAFETY: an argument, or the running coroutine; nothing collects before it runs.
        let co: Gc<'static, Thread> = unsafe { Gc::from_ptr(co.as_ptr()) };
        match co.status() {
            Status::Normal => {
                return Err(self.throw_error(b"cannot close a normal coroutine"));
            }
            Status::Running => {
                if co.same(self.main_thread()) {
                    return Err(self.throw_error(b"cannot close main thread"));
                }
                return Err(Fault::CloseSelf);
            }
            Status::Suspended | Status::Dead => {}
        }
        let step = if co.tbc.borrow().is_empty() {
            let (failed, error) = (co.failed.get(), co.error());
            // Its error is reported once.
            co.die();
            self.close_result(&f, failed, error)
        } else if self.native_depth.get() >= tuning::MAX_NATIVE_DEPTH {
            // None of its handlers can be called.
            co.die();
            let e = self.str_value(b"C stack overflow").bits();
            self.close_result(&f, true, Value::from_bits(e))
        } else {
            let error = co.failed.get().then(|| co.error());
            co.base_depth.set(self.native_depth.get());
            co.set_resumer(self.thread.get());
            self.native_depth.set(self.native_depth.get() + 1);
            self.switch_to(co, Status::Normal);
            self.begin_closing(error);
            self.close_next_of_catcher()?
        };
        match step {
            SpecialStep::Completed(src, n) => Ok(self.returned(src, n)),
            SpecialStep::Next(next) => Ok(next),
        }
    }
}
