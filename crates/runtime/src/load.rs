//! Loading a chunk: to a prototype from source text or from a binary chunk, and from there to a function.
//!
//! A prototype that comes out of a binary chunk has been verified, or the chunk has been before (see [`crate::accepted`]); one
//! that our compiler made is verified where assertions are. So the interpreter gets none that isn't safe to execute.

use crate::cx::{Cx, Fault};
use crate::function::{Closure, Proto, UpBox};
use crate::object::Gc;
use crate::tuning::UNANNOUNCED;
use crate::value::Value;
use perilune_bytecode::{chunk, compile, proto as code, verify};
use perilune_syntax::{Bounds, DiagnosticKind};
use std::rc::Rc;

impl Cx {
    /// Makes a function of a chunk, which is source text or a binary chunk, and pushes it. `name` is the chunk's
    /// name with its `@` or `=`; the chunk's first upvalue becomes `env`, or the global table.
    ///
    /// # Errors
    /// What is wrong with the chunk, as a string; [`Fault::Kill`].
    pub fn load(&mut self, chunk: &[u8], name: &[u8], env: Option<Value<'_>>) -> Result<(), Fault> {
        let env = env.map(Value::bits);
        let levels = self.native_stack().levels();
        let proto = if chunk.first() == Some(&chunk::FIRST_BYTE) {
            self.reserve(chunk.len().saturating_mul(chunk::BYTES_PER_CHUNK_BYTE))?;
            self.load_binary(chunk, levels as usize)?.map_err(|e| bad_chunk(name, &e))
        } else {
            self.compiled(chunk, name, levels)
        };
        let proto = match proto {
            Ok(p) => Rc::new(p),
            Err(message) => {
                self.check_interrupt()?;
                let message = self.str_value(&message).bits();
                self.throw(Value::from_bits(message));
                return Err(Fault::Handled);
            }
        };
        self.reserve(Proto::heap_bytes(&proto))?;
        self.has_loaded(&proto);
        let proto = Proto::new(self, &proto);
        let closure = self.main_closure(proto, env.map(Value::from_bits));
        self.push(Value::object(closure));
        Ok(())
    }

    /// The prototype in a binary chunk, if it is a good one. One that has been accepted before isn't verified again.
    fn load_binary(
        &self,
        chunk: &[u8],
        levels: usize,
    ) -> Result<Result<code::Proto, chunk::ChunkError>, Fault> {
        let go_on = || self.check_interrupt().is_ok();
        let fingerprint = self.fingerprint(chunk)?;
        if self.accepted.has(fingerprint) && !cfg!(debug_assertions) {
            return Ok(chunk::load_accepted_while(chunk, levels, &go_on));
        }
        let loaded = chunk::load_while(chunk, levels, &go_on);
        let rejected = matches!(&loaded, Err(chunk::ChunkError::Rejected(_)));
        debug_assert!(
            !rejected || !self.accepted.has(fingerprint) || self.check_interrupt().is_err(),
            "a chunk that would have been taken for good"
        );
        if loaded.is_ok() {
            self.accepted.remember(fingerprint);
        }
        Ok(loaded)
    }

    /// The prototype of a source text, or the message of its error. There is native stack for so many levels of nesting.
    ///
    /// The tree is charged to nobody: nothing else is allocated while it exists, so it may take what is left.
    fn compiled(&self, source: &[u8], name: &[u8], levels: u32) -> Result<code::Proto, Vec<u8>> {
        let most = source.len().saturating_mul(perilune_syntax::BYTES_PER_SOURCE_BYTE);
        let wanted = most.saturating_add(name.len()).saturating_add(UNANNOUNCED);
        let go_on = || self.check_interrupt().is_ok();
        let compiled = |bytes: usize| {
            let bytes = bytes.saturating_sub(name.len());
            let bounds = Bounds { levels, bytes, go_on: &go_on };
            compile::compile_source(source, name, bounds, &mut self.workspace.borrow_mut())
        };
        let bytes = self.heap.obtainable(wanted);
        let mut result = compiled(bytes);
        if bytes < wanted && matches!(&result, Err(e) if e.kind == DiagnosticKind::Memory) {
            self.collect_for_room();
            let more = self.heap.obtainable(wanted);
            if more > bytes {
                result = compiled(more);
            }
        }
        self.heap.has_freed_beside(most);
        if matches!(&result, Err(e) if e.kind == DiagnosticKind::Memory) {
            self.heap.note_error();
        }
        let proto = result.map_err(|e| e.message)?;
        debug_assert_eq!(verify::verify(&proto).map_err(|e| e.to_string()), Ok(()));
        Ok(proto)
    }

    /// A closure of a main prototype; its first upvalue holds the environment, others nil.
    fn main_closure<'g>(&'g self, proto: Gc<'_, Proto>, env: Option<Value<'_>>) -> Gc<'g, Closure> {
        Closure::new(self, proto, |i| {
            let v = match env {
                _ if i > 0 => Value::NIL,
                Some(e) => e,
                None => Value::object(self.globals()),
            };
            UpBox::new(&self.heap, v).as_ptr()
        })
    }
}

/// The message about a bad binary chunk. Unlike those about source text it shows the chunk's name as it is.
fn bad_chunk(name: &[u8], error: &chunk::ChunkError) -> Vec<u8> {
    let name = match name {
        [b'@' | b'=', name @ ..] => name,
        [chunk::FIRST_BYTE, ..] => b"binary string",
        name => name,
    };
    let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
    [name, b": bad binary format (", error.to_string().as_bytes(), b")"].concat()
}
