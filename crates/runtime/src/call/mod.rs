//! Calls, returns, and what happens when they fail.
//!
//! **Problem.** Lua→Lua calls, metamethods, iterators, `pcall`, `__close` handlers and coroutine switches must not
//! recurse on the native stack: recursion depth would be the host's, and a yield could not cross them.
//!
//! **Design.** [`Cx::call_value`] *begins* a call: it pushes the callee's frame, or carries out a native function
//! at once. [`Cx::complete`] *ends* the top frame with its results and hands them to whoever waits, as the
//! frame's [`Ret`] says; waiting frames of other kinds (`pcall`…) go on from there in a loop. Neither runs
//! bytecode: both return [`Next`], and the interpreter loop continues with whatever frame is on top. Errors are
//! `Err(Fault)`; [`Cx::unwind`] (in `unwind`) finds the catcher. `coroutine` has the switches.
//!
//! What ends at once doesn't call [`Cx::complete`] where it stands, since it may have been begun by that: a hundred
//! thousand pending `__close` handlers that are native functions, or as many tail calls of `pairs` that wait for each
//! other, would nest as deeply. It notes its results, says [`Next::Returned`], and the loop at the bottom,
//! [`Cx::settle`], goes on.
//!
//! **Invariants.** Whoever calls `call_value` has callee and arguments in consecutive slots that end at the top.
//! Results handed to `complete` are in consecutive slots as well. The program counter of a Lua frame is saved
//! before anything here is called.
//!
//! **Rejected.** Rust recursion for metamethods and `pcall` (see the problem).

mod coroutine;
mod unwind;

use crate::cx::{Cx, Fault};
use crate::events::Event;
use crate::function::{Behaviour, Closure, FORWARD, Native};
use crate::object::Gc;
use crate::thread::{Frame, FrameKind, Ret, frame_flag};
use crate::tuning;
use crate::value::Value;

/// What the interpreter loop does after a call, return or error has been dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Next {
    /// Go on with the top frame, which is a Lua frame.
    Continue,
    /// The call from Rust that started this activation has completed; its results are in place.
    Exit,
    /// The frame on top has ended, and its results are noted ([`Cx::returned`]): [`Cx::settle`] hands them on.
    Returned,
}

/// What is left to do when nothing is left to be handed on: see [`Cx::settle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Settled {
    /// As [`Next::Continue`].
    Continue,
    /// As [`Next::Exit`].
    Exit,
}

/// A call to be begun, and what becomes of it.
#[derive(Clone, Copy)]
pub(crate) struct CallSpec {
    pub(crate) func: usize,
    pub(crate) nargs: usize,
    pub(crate) nresults: i32,
    pub(crate) ret: Ret,
    pub(crate) flags: u8,
}

/// What to do after a native function's part of a call.
pub(super) enum Step {
    /// It is done; the interpreter goes on.
    Done(Next),
    /// Another call is to be made in its course.
    Call(CallSpec),
}

impl Cx {
    /// Begins a call of the value in slot `func` with the `nargs` values behind it, up to the top.
    ///
    /// # Errors
    /// What the callee throws, if it is native and runs at once; "attempt to call…"; "stack overflow".
    pub(crate) fn call_value(
        &mut self,
        func: usize,
        nargs: usize,
        nresults: i32,
        ret: Ret,
    ) -> Result<Next, Fault> {
        self.call_spec(CallSpec { func, nargs, nresults, ret, flags: 0 })
    }

    /// As [`Cx::call_value`], with everything spelled out.
    pub(crate) fn call_spec(&mut self, mut spec: CallSpec) -> Result<Next, Fault> {
        let mut chain = 0;
        loop {
            self.top.set(spec.func + 1 + spec.nargs);
            let callee = self.at(spec.func);
            if let Some(c) = callee.downcast::<Closure>() {
                let vararg = c.proto().is_vararg;
                self.push_lua_frame(c, spec)?;
                if self.hooked.get() && !vararg {
                    self.call_hook()?;
                }
                if self.poll_requested() && !vararg {
                    self.safepoint()?;
                }
                return Ok(Next::Continue);
            }
            if let Some(n) = callee.downcast::<Native>() {
                let behaviour = n.behaviour;
                match self.call_native(behaviour, spec)? {
                    Step::Done(next) => return Ok(next),
                    Step::Call(inner) => {
                        spec = inner;
                        chain = 0;
                        continue;
                    }
                }
            }
            spec.nargs = self.with_call_metamethod(spec.func, spec.nargs, spec.flags)?;
            chain += 1;
            if chain > tuning::MAX_CALL_CHAIN {
                return Err(self.runtime_error("'__call' chain too long"));
            }
            spec.flags += frame_flag::CALL_METAMETHOD;
        }
    }

    /// Pushes the frame of a Lua function; arguments are in place.
    #[inline]
    pub(crate) fn push_lua_frame(&self, c: Gc<'_, Closure>, spec: CallSpec) -> Result<(), Fault> {
        let p = c.proto();
        p.ensure_feedback(self)?;
        p.count_call();
        let params = p.num_params as usize;
        let base = spec.func + 1;
        self.ensure_slots(base + spec.nargs + p.frame_size as usize)?;
        for i in spec.nargs..params {
            self.slot(base + i).set(Value::NIL);
        }
        let return_to = match spec.ret {
            Ret::Finish => self.finish_target(),
            Ret::Call | Ret::Special | Ret::Rust | Ret::Resumer => self.tiers.generic_return.get(),
        };
        self.push_frame(Frame {
            pc: p.code,
            closure: c.as_ptr(),
            return_to,
            func: spec.func as u32,
            base: base as u32,
            nresults: spec.nresults,
            extra: spec.nargs.saturating_sub(params) as u32,
            aux: 0,
            kind: FrameKind::Lua,
            ret: spec.ret,
            flags: spec.flags,
            state: 0,
        });
        Ok(())
    }

    /// Puts the `__call` metamethod of a callee that isn't a function in front of it. `flags` are those the callee's
    /// frame is to have.
    ///
    /// Returns the new number of arguments.
    #[cold]
    pub(crate) fn with_call_metamethod(
        &mut self,
        func: usize,
        nargs: usize,
        flags: u8,
    ) -> Result<usize, Fault> {
        let method = self.event_of(self.at(func), Event::Call);
        if method.is_nil() {
            return Err(self.call_error(func, flags));
        }
        // SAFETY: it is in a slot again before anything can collect (growing the stack doesn't).
        let method = unsafe { method.extend::<'static>() };
        let end = func + 1 + nargs;
        self.ensure_slots(end + 1)?;
        for i in (func..end).rev() {
            let v = self.at(i);
            self.slot(i + 1).set(v);
        }
        self.slot(func).set(method);
        Ok(nargs + 1)
    }

    /// A frame for a native callee.
    fn push_native_frame(&self, kind: FrameKind, spec: CallSpec) {
        self.push_frame(Frame {
            pc: std::ptr::null(),
            closure: std::ptr::null(),
            return_to: std::ptr::null(),
            func: spec.func as u32,
            base: spec.func as u32 + 1,
            nresults: spec.nresults,
            extra: self.native_depth.get(),
            aux: spec.nargs as u32,
            kind,
            ret: spec.ret,
            flags: spec.flags,
            state: 0,
        });
    }

    /// Carries out a native callee as far as it goes.
    fn call_native(&mut self, behaviour: Behaviour, spec: CallSpec) -> Result<Step, Fault> {
        self.ensure_slots(spec.func + 1 + spec.nargs + tuning::MIN_STACK)?;
        let inner = |func: usize, nargs: usize| CallSpec {
            func,
            nargs,
            nresults: -1,
            ret: Ret::Special,
            flags: 0,
        };
        match behaviour {
            Behaviour::Plain | Behaviour::Next | Behaviour::IpairsStep => {
                self.enter_native(FrameKind::Native, spec)?;
                let n = self.run_native(spec.func)?;
                Ok(Step::Done(self.returned(self.top.get() - n, n)))
            }
            Behaviour::Forward(results) => {
                self.enter_native(FrameKind::Native, spec)?;
                let n = self.run_native(spec.func)?;
                if n & FORWARD == 0 {
                    return Ok(Step::Done(self.returned(self.top.get() - n, n)));
                }
                let n = n & !FORWARD;
                let func = self.top.get() - n;
                let frame = self.frame_mut();
                frame.kind = FrameKind::Forward;
                frame.state = results;
                Ok(Step::Call(inner(func, n - 1)))
            }
            Behaviour::Pcall => {
                self.enter_native(FrameKind::Native, spec)?;
                self.check_any(1)?;
                self.become_catcher(FrameKind::Pcall)?;
                Ok(Step::Call(inner(spec.func + 1, spec.nargs - 1)))
            }
            Behaviour::Xpcall => {
                self.enter_native(FrameKind::Native, spec)?;
                if !self.arg(2).is_function() {
                    return Err(self.type_error(2, "function"));
                }
                self.become_catcher(FrameKind::Xpcall)?;
                // The handler goes in front of the function, which keeps the arguments contiguous.
                let (f, handler) = (self.at(spec.func + 1), self.at(spec.func + 2));
                self.slot(spec.func + 1).set(handler);
                self.slot(spec.func + 2).set(f);
                Ok(Step::Call(inner(spec.func + 2, spec.nargs - 2)))
            }
            Behaviour::Resume => {
                self.enter_native(FrameKind::Resume, spec)?;
                self.begin_resume()
            }
            Behaviour::WrapCall => {
                self.enter_native(FrameKind::Wrap, spec)?;
                self.begin_resume()
            }
            Behaviour::Yield => {
                self.enter_native(FrameKind::Yield, spec)?;
                self.begin_yield().map(Step::Done)
            }
            Behaviour::CoroutineClose => {
                self.enter_native(FrameKind::CloseWait, spec)?;
                self.begin_close().map(Step::Done)
            }
        }
    }

    /// Pushes the frame of a native callee, and tells the hook.
    #[inline]
    fn enter_native(&mut self, kind: FrameKind, spec: CallSpec) -> Result<(), Fault> {
        self.push_native_frame(kind, spec);
        if self.hooked.get() { self.call_hook() } else { Ok(()) }
    }

    /// Makes the native frame on top, whose arguments have been checked, one that catches errors. It counts as a
    /// native call: without a bound, an error that many nested functions pass on, each adding to the message, would
    /// take quadratic time and memory.
    fn become_catcher(&mut self, kind: FrameKind) -> Result<(), Fault> {
        let depth = self.native_depth.get();
        if depth >= tuning::MAX_NATIVE_DEPTH {
            self.native_overflow(depth)?;
        }
        self.native_depth.set(depth + 1);
        let thread = self.thread();
        let native_calls = thread.native_calls.get();
        // The coroutine may have been resumed elsewhere, at another depth, when the call ends.
        let inner_depth = depth.saturating_sub(thread.base_depth.get());
        let frame = self.frame_mut();
        frame.kind = kind;
        frame.aux = native_calls;
        frame.extra = inner_depth;
        Ok(())
    }

    /// Restores the native depth at which the catcher `f` of the running coroutine was called.
    fn leave_catcher(&self, f: &Frame) {
        self.native_depth.set(self.thread().base_depth.get() + f.extra);
    }

    /// An error has been caught by the call in slot `func`. If that was a stack overflow, it is over, unless the
    /// call was itself made by a handler, so near to the limit that the reserve is still needed.
    pub(super) fn overflow_caught_at(&self, func: usize) {
        if func + tuning::STACK_RESERVE <= tuning::MAX_STACK {
            self.handling_overflow.set(false);
        }
    }

    /// Runs the Rust function of the native callee in slot `func`, whose frame is on top.
    #[inline(always)]
    fn run_native(&mut self, func: usize) -> Result<usize, Fault> {
        match self.at(func).downcast::<Native>() {
            Some(n) => {
                let f = n.function;
                f(self)
            }
            None => Err(self.runtime_error("attempt to call a value that is no function")),
        }
    }

    /// Calls a plain native function from a `CALL` instruction: the interpreter's short cut through
    /// [`Cx::call_value`].
    #[inline]
    pub(crate) fn call_plain(
        &mut self,
        f: crate::function::NativeFn,
        func: usize,
        nargs: usize,
        nresults: i32,
    ) -> Result<(), Fault> {
        self.top.set(func + 1 + nargs);
        self.ensure_slots(func + 1 + nargs + tuning::MIN_STACK)?;
        self.push_native_frame(
            FrameKind::Native,
            CallSpec { func, nargs, nresults, ret: Ret::Call, flags: 0 },
        );
        let n = f(self)?;
        if self.hooked.get() {
            // It has set a hook, which is to see its return.
            return self.complete(self.top.get() - n, n).map(|_| ());
        }
        self.frame.set(self.frame.get().wrapping_sub(1));
        self.move_results(func, self.top.get() - n, n, nresults);
        Ok(())
    }

    /// Moves `n` results from `src` down to `dest`, adjusted to `wanted` (−1: all, which sets the top).
    #[inline]
    pub(crate) fn move_results(&self, dest: usize, src: usize, n: usize, wanted: i32) {
        debug_assert!(dest <= src);
        if wanted < 0 {
            for i in 0..n {
                self.slot(dest + i).set(self.at(src + i));
            }
            self.top.set(dest + n);
            return;
        }
        let wanted = wanted as usize;
        let given = n.min(wanted);
        for i in 0..given {
            self.slot(dest + i).set(self.at(src + i));
        }
        for i in given..wanted {
            self.slot(dest + i).set(Value::NIL);
        }
        self.top.set(dest + wanted);
    }

    /// Ends the top frame with the `n` results at `src` and hands them to whoever waits.
    ///
    /// # Errors
    /// What goes wrong in the course of the waiting frames.
    pub(crate) fn complete(&mut self, mut src: usize, mut n: usize) -> Result<Next, Fault> {
        loop {
            let hooked = self.hooked.get();
            if hooked {
                self.return_hook(src, n)?;
            }
            let f = self.pop_frame();
            if hooked {
                self.note_return();
            }
            match f.ret {
                Ret::Call => {
                    self.move_results(f.func as usize, src, n, f.nresults);
                    return Ok(Next::Continue);
                }
                Ret::Rust => {
                    self.move_results(f.func as usize, src, n, f.nresults);
                    return Ok(Next::Exit);
                }
                Ret::Finish => match self.finish_instr(src, n)? {
                    Next::Returned => (src, n) = self.returned.get(),
                    next => return Ok(next),
                },
                Ret::Resumer => (src, n) = self.coroutine_returned(src, n)?,
                Ret::Special => match self.special_step(src, n)? {
                    SpecialStep::Completed(s, count) => (src, n) = (s, count),
                    SpecialStep::Next(Next::Returned) => (src, n) = self.returned.get(),
                    SpecialStep::Next(next) => return Ok(next),
                },
            }
        }
    }

    /// Says that the frame on top has ended with the `n` results at `src`.
    pub(crate) fn returned(&self, src: usize, n: usize) -> Next {
        self.returned.set((src, n));
        Next::Returned
    }

    /// Goes on until there is a Lua frame to run, or the activation ends: hands on the results of a frame that has
    /// ended, and deals with faults.
    ///
    /// # Errors
    /// A fault whose catcher lies outside this activation.
    #[inline(always)]
    pub(crate) fn settle(&mut self, result: Result<Next, Fault>) -> Result<Settled, Fault> {
        match result {
            Ok(Next::Continue) => Ok(Settled::Continue),
            Ok(Next::Exit) => Ok(Settled::Exit),
            Ok(Next::Returned) | Err(_) => self.settle_rest(result),
        }
    }

    #[inline(never)]
    fn settle_rest(&mut self, mut result: Result<Next, Fault>) -> Result<Settled, Fault> {
        loop {
            result = match result {
                Ok(Next::Continue) => return Ok(Settled::Continue),
                Ok(Next::Exit) => return Ok(Settled::Exit),
                Ok(Next::Returned) => {
                    let (src, n) = self.returned.get();
                    self.complete(src, n)
                }
                Err(fault) => Ok(self.unwind(fault)?),
            };
        }
    }

    /// The callee of the top frame, which isn't a Lua frame, has returned.
    fn special_step(&mut self, src: usize, n: usize) -> Result<SpecialStep, Fault> {
        let f = *self.frame_mut();
        let func = f.func as usize;
        match f.kind {
            FrameKind::Pcall | FrameKind::Xpcall if f.state == 0 => {
                self.leave_catcher(&f);
                // The callee stays where it is, for the hook that is told of the return. What was called stood behind
                // it, and has its results further up.
                self.move_results(func + 2, src, n, -1);
                self.slot(func + 1).set(Value::TRUE);
                Ok(SpecialStep::Completed(func + 1, n + 1))
            }
            FrameKind::Pcall | FrameKind::Xpcall | FrameKind::Closing => {
                self.close_next_of_catcher()
            }
            FrameKind::Forward => {
                let wanted = if f.state == u8::MAX { -1 } else { f.state as i32 };
                self.move_results(src, src, n, wanted);
                Ok(SpecialStep::Completed(src, self.top.get() - src))
            }
            FrameKind::Handler => {
                let e = if n == 0 { Value::NIL } else { self.at(src) };
                self.error.set(e);
                self.native_depth.set(f.extra);
                let thread = self.thread();
                thread.native_calls.set(thread.native_calls.get() - 1);
                self.pop_frame();
                self.unwind(Fault::Handled).map(SpecialStep::Next)
            }
            FrameKind::Lua
            | FrameKind::Native
            | FrameKind::Resume
            | FrameKind::Wrap
            | FrameKind::Yield
            | FrameKind::CloseWait
            | FrameKind::Hook => {
                Err(self.runtime_error("internal error: a frame that doesn't wait got results"))
            }
        }
    }

    /// Calls a metamethod from the middle of the top frame's instruction, whose finish arm gets the results.
    ///
    /// # Errors
    /// As [`Cx::call_value`].
    pub(crate) fn call_meta(
        &mut self,
        method: Value<'_>,
        args: &[Value<'_>],
    ) -> Result<Next, Fault> {
        self.call_above(method, args, Ret::Finish)
    }

    /// Calls a function above everything the top frame needs.
    pub(crate) fn call_above(
        &mut self,
        f: Value<'_>,
        args: &[Value<'_>],
        ret: Ret,
    ) -> Result<Next, Fault> {
        let func = self.free_top();
        self.ensure_slots(func + 1 + args.len())?;
        self.slot(func).set(f);
        for (i, a) in args.iter().enumerate() {
            self.slot(func + 1 + i).set(*a);
        }
        let nargs = args.len();
        self.call_value(func, nargs, -1, ret)
    }

    /// Calls the function below the top `nargs` values from Rust and leaves `nresults` results (−1: all) in their
    /// place. If it fails, the frames stay as they were when the error was thrown: whoever calls this hands the fault on,
    /// and does nothing else that has to do with frames.
    ///
    /// # Errors
    /// What the callee throws; "C stack overflow" beyond 200 nested native calls.
    pub fn call(&mut self, nargs: usize, nresults: i32) -> Result<(), Fault> {
        let result = self.call_from_rust(nargs, nresults, 0);
        self.ended();
        result
    }

    /// A call from Rust has ended, or whatever else a host asks for and a kill can end. If it was the outermost, so has what
    /// was to be killed.
    #[inline]
    pub fn ended(&self) {
        if self.native_depth.get() == 0 {
            self.end_kill();
        }
    }

    /// As [`Cx::call`], but errors end here: frames and stack are as before, the error is
    /// [`Cx::error_value`], pending `__close` handlers have run, and message handlers further out aren't called.
    ///
    /// # Errors
    /// What the callee throws.
    pub fn protected_call(&mut self, nargs: usize, nresults: i32) -> Result<(), Fault> {
        let result = self.protected_call_flagged(nargs, nresults, frame_flag::RUST_CATCHES);
        self.ended();
        result
    }

    /// As [`Cx::protected_call`], but message handlers further out are called: for functions that report errors as results
    /// and run Lua code on behalf of their caller.
    ///
    /// # Errors
    /// What the callee throws, as the handler rewrote it.
    pub(crate) fn reporting_call(&mut self, nargs: usize, nresults: i32) -> Result<(), Fault> {
        let result = self.protected_call_flagged(nargs, nresults, 0);
        self.ended();
        result
    }

    /// As [`Cx::protected_call`], as part of another call's end: a kill stays in force.
    pub(super) fn closing_call(&mut self, nargs: usize) -> Result<(), Fault> {
        self.protected_call_flagged(nargs, 0, frame_flag::RUST_CATCHES)
    }

    /// Calls the finalizer and object on top of the stack, protected.
    pub(crate) fn call_finalizer(&mut self) -> Result<(), Fault> {
        let flags = frame_flag::RUST_CATCHES | frame_flag::FINALIZER;
        let result = self.protected_call_flagged(1, 0, flags);
        self.ended();
        result
    }

    /// As [`Cx::protected_call`], with the flags of the callee's frame. Without `RUST_CATCHES`, a message handler further
    /// out sees the errors, those of `__close` handlers included.
    pub(super) fn protected_call_flagged(
        &mut self,
        nargs: usize,
        nresults: i32,
        flags: u8,
    ) -> Result<(), Fault> {
        let func = self.top.get() - nargs - 1;
        let frames = self.frame_count();
        self.call_from_rust(nargs, nresults, flags).map_err(|fault| {
            self.overflow_caught_at(func);
            self.set_frame_count(frames);
            let fault = self.close_from_rust(func, fault, flags & frame_flag::RUST_CATCHES);
            self.top.set(func);
            fault
        })
    }

    /// Like [`Cx::protected_call`] with a message handler in the slot below the function, called with the error
    /// at the point where it is thrown.
    ///
    /// # Errors
    /// What the callee throws, as the handler rewrote it.
    pub fn protected_call_with_handler(
        &mut self,
        nargs: usize,
        nresults: i32,
    ) -> Result<(), Fault> {
        let func = self.top.get() - nargs - 1;
        let handler = func - 1;
        debug_assert!(handler > 0, "the frame in front of the handler needs a slot");
        // A frame of kind `Xpcall` in front of the call makes the handler known to `raise`; being called from
        // Rust, it is never completed but dropped.
        self.push_native_frame(
            FrameKind::Xpcall,
            CallSpec {
                func: handler - 1,
                nargs: nargs + 2,
                nresults: -1,
                ret: Ret::Rust,
                flags: frame_flag::RUST_CATCHES,
            },
        );
        let result = self.protected_call_flagged(nargs, nresults, 0);
        self.pop_frame();
        self.ended();
        result
    }

    fn call_from_rust(&mut self, nargs: usize, nresults: i32, flags: u8) -> Result<(), Fault> {
        let func = self.top.get() - nargs - 1;
        let depth = self.native_depth.get();
        if depth == 0 {
            self.was_killed.set(false);
        }
        if depth >= tuning::MAX_NATIVE_DEPTH {
            self.native_overflow(depth)?;
        }
        if depth == 0 || !self.native_stack.get().has_room() {
            self.check_native_stack()?;
        }
        let calls = self.thread().native_calls.get();
        self.native_depth.set(depth + 1);
        self.thread().native_calls.set(calls + 1);
        let entry_frames = self.frame_count();
        let begun = self.call_spec(CallSpec { func, nargs, nresults, ret: Ret::Rust, flags });
        let begun = match begun {
            Err(fault) if self.frame_count() <= entry_frames => Err(fault),
            other => self.settle(other),
        };
        let done = match begun {
            Ok(Settled::Exit) => Ok(()),
            Ok(Settled::Continue) => crate::interp::run(self),
            Err(fault) => Err(fault),
        };
        match done {
            Ok(()) => {}
            // If nobody catches it, the coroutine dies of it and keeps its frames, for tracebacks. The first of this call
            // doesn't end an activation any more.
            Err(Fault::Error | Fault::Handled) if self.frame_count() > entry_frames => {
                // SAFETY: below the count.
                unsafe { (*self.thread().frames.get().add(entry_frames)).ret = Ret::Special };
            }
            Err(_) => self.set_frame_count(entry_frames),
        }
        // Whether it returned or failed, the running coroutine is the one it was.
        self.native_depth.set(depth);
        self.thread().native_calls.set(calls);
        done
    }

    /// Looks anew at which native stack is in use, and whether there is enough of it.
    #[cold]
    fn check_native_stack(&self) -> Result<(), Fault> {
        if self.native_stack().has_room() {
            return Ok(());
        }
        Err(self.runtime_error("C stack overflow"))
    }

    /// Too many native calls are nested.
    #[cold]
    pub(crate) fn native_overflow(&self, depth: u32) -> Result<(), Fault> {
        if depth == tuning::MAX_NATIVE_DEPTH {
            self.native_depth.set(depth + 1);
            let fault = self.runtime_error("C stack overflow");
            self.native_depth.set(depth);
            return Err(fault);
        }
        if depth >= tuning::ERROR_NATIVE_DEPTH {
            return Err(self.error_in_error_handling());
        }
        Ok(())
    }
}

/// Progress of a waiting frame.
pub(super) enum SpecialStep {
    /// It is done too, with these results.
    Completed(usize, usize),
    /// The interpreter goes on elsewhere.
    Next(Next),
}
