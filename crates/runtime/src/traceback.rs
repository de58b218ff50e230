//! Function names and tracebacks, in the reference implementation's format.

use crate::cx::Cx;
use crate::debuginfo::{self, VariableKind};
use crate::error::as_c_string;
use crate::function::Closure;
use crate::object::Gc;
use crate::string::Str;
use crate::table::Table;
use crate::thread::{Frame, FrameKind, Ret, Thread, frame_flag};
use crate::value::Value;

/// Levels a traceback shows before it skips to the last ones.
const FIRST_LEVELS: usize = 10;
/// Levels it shows after skipping.
const LAST_LEVELS: usize = 11;
/// It skips if there are more than this. As in the reference implementation, the line that tells stands for one
/// level more than it says.
const MAX_LEVELS: usize = FIRST_LEVELS + LAST_LEVELS + 1;

/// Bytes of a usual traceback.
const USUAL_TRACEBACK: usize = 512;

impl Cx {
    /// How the function of frame `index` was called, if the calling instruction tells.
    pub(crate) fn called_name(
        &self,
        thread: Gc<'_, Thread>,
        index: usize,
    ) -> Option<(VariableKind, Vec<u8>)> {
        // SAFETY: callers pass indexes of frames.
        let f = unsafe { *thread.frame(index) };
        if f.flags & frame_flag::FINALIZER != 0 {
            return Some((VariableKind::Metamethod, b"__gc".to_vec()));
        }
        if f.flags & frame_flag::TAIL != 0 || index == 0 {
            return None;
        }
        // SAFETY: as above.
        let caller = unsafe { *thread.frame(index - 1) };
        if caller.kind == FrameKind::Hook {
            return Some((VariableKind::Hook, b"?".to_vec()));
        }
        let caller = match caller.kind {
            // A message handler goes by the name of what would be called where the error was thrown.
            // SAFETY: as above; handlers are called above the frames of the error.
            FrameKind::Handler if index > 1 => unsafe { *thread.frame(index - 2) },
            _ if f.ret != Ret::Call && f.ret != Ret::Finish => return None,
            _ => caller,
        };
        let p = caller.closure()?.get().proto();
        debuginfo::called_by(&p.data, p.current_instr(caller.pc)?)
    }

    /// The name messages use for the running native function, and whether it was called as a method.
    pub(crate) fn native_name(&self) -> (Vec<u8>, bool) {
        let count = self.frame_count();
        if count == 0 {
            return (b"?".to_vec(), false);
        }
        if let Some((kind, name)) = self.called_name(self.thread(), count - 1) {
            return (name, kind == VariableKind::Method);
        }
        let f = self.top_frame().map_or(Value::NIL, |f| self.callee_of(f));
        (self.global_name(f).unwrap_or_else(|| b"?".to_vec()), false)
    }

    /// The name under which a loaded library has a function.
    pub(crate) fn global_name(&self, f: Value<'_>) -> Option<Vec<u8>> {
        let loaded = self.registry().get_str(self.string(b"_LOADED")).downcast::<Table>()?;
        let mut key = Value::NIL;
        while let Ok(Some((module, contents))) = loaded.next(key) {
            key = module;
            let Some(module) = module.downcast::<Str>() else { continue };
            // A module may be a function itself.
            if contents.bits() == f.bits() {
                return Some(module.as_bytes().to_vec());
            }
            let Some(t) = contents.downcast::<Table>() else { continue };
            let mut field = Value::NIL;
            while let Ok(Some((name, v))) = t.next(field) {
                field = name;
                if let Some(name) = name.downcast::<Str>()
                    && v.bits() == f.bits()
                {
                    if module.get().as_bytes() == b"_G" {
                        return Some(name.as_bytes().to_vec());
                    }
                    return Some([module.as_bytes(), b".", name.as_bytes()].concat());
                }
            }
        }
        None
    }

    /// The frames of a coroutine that a program can see, from the top down, with their numbers from the bottom.
    /// Frames that only serve the machinery are left out.
    pub(crate) fn frames_of<'g>(
        &'g self,
        thread: Gc<'g, Thread>,
    ) -> impl Iterator<Item = (usize, Frame)> + 'g {
        let count =
            if thread.same(self.thread()) { self.frame_count() } else { thread.frame_count.get() };
        (0..count).rev().filter_map(move |i| {
            // SAFETY: frames below the count are initialized.
            let f = unsafe { *thread.frame(i) };
            f.kind.is_visible().then_some((i, f))
        })
    }

    /// A traceback of a coroutine, from `level` (0: its running function), with an optional message in front.
    pub fn traceback(
        &self,
        thread: Gc<'_, Thread>,
        message: Option<&[u8]>,
        level: usize,
    ) -> Vec<u8> {
        let mut out = Vec::with_capacity(message.map_or(0, <[u8]>::len) + USUAL_TRACEBACK);
        if let Some(m) = message {
            out.extend_from_slice(m);
            out.push(b'\n');
        }
        self.add_traceback(&mut out, thread, level);
        out
    }

    /// Appends a traceback without a message.
    pub(crate) fn add_traceback(&self, out: &mut Vec<u8>, thread: Gc<'_, Thread>, level: usize) {
        let frames: Vec<usize> = self.frames_of(thread).map(|(i, _)| i).skip(level).collect();
        out.extend_from_slice(b"stack traceback:");
        let count = frames.len();
        let shown = if count > MAX_LEVELS { FIRST_LEVELS } else { count };
        for index in &frames[..shown] {
            self.traceback_line(out, thread, *index);
        }
        if shown < count {
            let skipped = count - MAX_LEVELS;
            out.extend_from_slice(format!("\n\t...\t(skipping {skipped} levels)").as_bytes());
            for index in &frames[count - LAST_LEVELS..] {
                self.traceback_line(out, thread, *index);
            }
        }
    }

    fn traceback_line(&self, out: &mut Vec<u8>, thread: Gc<'_, Thread>, index: usize) {
        // SAFETY: callers pass indexes of frames.
        let f = unsafe { *thread.frame(index) };
        out.extend_from_slice(b"\n\t");
        let callee = thread.at(f.func as usize);
        match f.closure() {
            Some(c) => {
                let p = c.proto();
                out.extend_from_slice(&perilune_syntax::chunk_id(&p.data.source));
                let line = p.current_line(f.pc);
                // A function stripped of debug information doesn't know its lines.
                if line > 0 {
                    out.extend_from_slice(format!(":{line}").as_bytes());
                }
                out.extend_from_slice(b": in ");
            }
            None => out.extend_from_slice(b"[C]: in "),
        }
        if let Some((kind, name)) = self.called_name(thread, index) {
            push_quoted(out, kind.name().as_bytes(), &name);
        } else if f.closure().is_some_and(|c| c.proto().data.line_defined == 0) {
            out.extend_from_slice(b"main chunk");
        } else if let Some(name) = self.global_name(callee) {
            push_quoted(out, b"function", &name);
        } else if let Some(c) = f.closure() {
            out.extend_from_slice(&describe_function(&c));
        } else {
            out.push(b'?');
        }
        if f.flags & frame_flag::TAIL != 0 {
            out.extend_from_slice(b"\n\t(...tail calls...)");
        }
    }
}

fn push_quoted(out: &mut Vec<u8>, what: &[u8], name: &[u8]) {
    out.extend_from_slice(what);
    out.extend_from_slice(b" '");
    out.extend_from_slice(as_c_string(name));
    out.push(b'\'');
}

/// `function <chunk:line>`.
fn describe_function(c: &Closure) -> Vec<u8> {
    let p = c.proto();
    let mut out = b"function <".to_vec();
    out.extend_from_slice(&perilune_syntax::chunk_id(&p.data.source));
    out.extend_from_slice(format!(":{}>", p.data.line_defined).as_bytes());
    out
}
