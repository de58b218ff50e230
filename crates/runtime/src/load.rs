//! Loading source text: parse, compile, verify, and make a function of it.

use crate::cx::{Cx, Fault};
use crate::function::{Closure, Proto, UpBox};
use crate::object::Gc;
use crate::value::Value;
use std::rc::Rc;

impl Cx {
    /// Compiles a chunk and pushes it as a function. `name` is the chunk's name with its `@` or `=`; the chunk's
    /// first upvalue becomes `env`, or the global table.
    ///
    /// # Errors
    /// The syntax error, as a string.
    pub fn load(&mut self, source: &[u8], name: &[u8], env: Option<Value<'_>>) -> Result<(), Fault> {
        let env = env.map(Value::bits);
        let compiled = match perilune_syntax::parse(source, name) {
            Ok(chunk) => perilune_bytecode::compile::compile(&chunk, name),
            Err(e) => Err(e),
        };
        let proto = match compiled {
            Ok(p) => Rc::new(p),
            Err(e) => {
                let message = self.str_value(&e.message).bits();
                self.throw(Value::from_bits(message));
                return Err(Fault::Handled);
            }
        };
        debug_assert_eq!(
            perilune_bytecode::verify::verify(&proto).map_err(|e| e.to_string()),
            Ok(())
        );
        let proto = Proto::new(self, &proto);
        let closure = self.main_closure(proto, env.map(Value::from_bits));
        self.push(Value::object(closure));
        Ok(())
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
