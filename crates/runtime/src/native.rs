//! What native functions use: arguments, their checks, and operations that respect metamethods.
//!
//! A native is called with its arguments as the values of its frame; it pushes results and returns their number.
//! Values it holds are borrowed from the context and end at the next call that may run Lua, so state that must
//! survive such a call is kept on the stack (arguments stay where they are).
//!
//! ```ignore
//! fn rep(cx: &mut Cx) -> Result<usize, Fault> {
//!     let s = cx.check_str(1)?.as_bytes();      // borrows cx
//!     let n = cx.check_int(2)?;
//!     // …
//!     cx.push(cx.str_value(&result));
//!     Ok(1)
//! }
//! ```

use crate::cx::{Cx, Fault};
use crate::error::as_c_string;
use crate::events::Event;
use crate::interp::MAX_CHAIN;
use crate::object::Gc;
use crate::string::Str;
use crate::table::{KeyError, Table};
use crate::thread::frame_flag;
use crate::value::{Type, Value};
use perilune_semantics::convert;
use perilune_semantics::display;

/// How a chain of `__index` tables ends.
pub(crate) enum Found<'g> {
    /// With a value.
    Value(Value<'g>),
    /// With a function, to be called with this object and the key.
    Call(Value<'g>, Value<'g>),
}

/// How a chain of `__newindex` tables ends.
pub(crate) enum Stored<'g> {
    /// With the assignment.
    Done,
    /// With a function, to be called with this object, the key and the value.
    Call(Value<'g>, Value<'g>),
}

/// Why a chain fails.
pub(crate) enum ChainError<'g> {
    /// This value can't be indexed.
    NotIndexable(Value<'g>),
    /// It is endless.
    TooLong,
    /// The key can't be stored.
    Key(KeyError),
}

impl ChainError<'_> {
    /// Whether it is `v` that can't be indexed.
    pub(crate) fn is_about(&self, v: Value<'_>) -> bool {
        matches!(self, ChainError::NotIndexable(w) if w.bits() == v.bits())
    }
}

impl Cx {
    // ---- arguments ---------------------------------------------------------------------------------------

    /// Number of arguments (and what has been pushed on top of them).
    #[inline]
    pub fn nargs(&self) -> usize {
        match self.top_frame() {
            Some(f) => self.top.get() - f.base as usize,
            None => 0,
        }
    }

    /// Slot of argument `n`, from 1.
    #[inline]
    pub(crate) fn arg_slot(&self, n: usize) -> usize {
        self.top_frame().map_or(0, |f| f.base as usize) + n - 1
    }

    /// Argument `n`, from 1; nil if absent.
    #[inline]
    pub fn arg(&self, n: usize) -> Value<'_> {
        let slot = self.arg_slot(n);
        if slot < self.top.get() { self.at(slot) } else { Value::NIL }
    }

    /// Whether argument `n` is absent or nil.
    #[inline]
    pub fn is_none_or_nil(&self, n: usize) -> bool {
        self.arg(n).is_nil()
    }

    /// Whether argument `n` is absent.
    #[inline]
    pub fn is_none(&self, n: usize) -> bool {
        n > self.nargs()
    }

    /// Replaces argument `n`, which must be present.
    pub fn set_arg(&self, n: usize, v: Value<'_>) {
        let slot = self.arg_slot(n);
        debug_assert!(slot < self.top.get());
        self.slot(slot).set(v);
    }

    /// Makes the number of arguments exactly `n`, cutting off or filling with nil.
    pub fn set_nargs(&self, n: usize) {
        let now = self.nargs();
        for _ in now..n {
            self.push(Value::NIL);
        }
        self.top.set(self.arg_slot(n + 1));
    }

    /// Upvalue `n` (from 0) of the running native function; nil if there is none.
    pub fn upvalue(&self, n: usize) -> Value<'_> {
        let native =
            self.top_frame().and_then(|f| self.callee_of(f).downcast::<crate::function::Native>());
        native.and_then(|f| f.upvalues().get(n).map(|s| s.get())).unwrap_or(Value::NIL)
    }

    /// Assigns upvalue `n` (from 0) of the running native function.
    pub fn set_upvalue(&self, n: usize, v: Value<'_>) {
        if let Some(f) = self.top_frame()
            && let Some(native) = self.callee_of(f).downcast::<crate::function::Native>()
        {
            native.set_upvalue(&self.heap, n, v);
        }
    }

    /// "bad argument #n to 'f' (message)". What `__call` put before the arguments isn't counted among them; if it is
    /// to blame, it is an "extra argument".
    #[cold]
    pub fn arg_error(&self, n: usize, message: &str) -> Fault {
        self.arg_error_bytes(n, message.as_bytes())
    }

    /// As [`Cx::arg_error`].
    #[cold]
    pub fn arg_error_bytes(&self, n: usize, message: &[u8]) -> Fault {
        let (name, is_method) = self.native_name();
        let extra = self.top_frame().map_or(0, |f| f.flags / frame_flag::CALL_METAMETHOD);
        let (mut n, extra) = (n, usize::from(extra));
        let mut text = Vec::new();
        let mut word = "argument";
        if n <= extra {
            word = "extra argument";
        } else {
            n -= extra;
            if is_method {
                n -= 1;
                if n == 0 {
                    text.extend_from_slice(b"calling '");
                    text.extend_from_slice(as_c_string(&name));
                    text.extend_from_slice(b"' on bad self (");
                    text.extend_from_slice(message);
                    text.extend_from_slice(b")");
                    return self.throw_error(&text);
                }
            }
        }
        text.extend_from_slice(format!("bad {word} #{n} to '").as_bytes());
        text.extend_from_slice(as_c_string(&name));
        text.extend_from_slice(b"' (");
        text.extend_from_slice(message);
        text.push(b')');
        self.throw_error(&text)
    }

    /// "bad argument #n to 'f' (expected expected, got type)".
    #[cold]
    pub fn type_error(&self, n: usize, expected: &str) -> Fault {
        let mut text = format!("{expected} expected, got ").into_bytes();
        if self.is_none(n) {
            text.extend_from_slice(b"no value");
        } else {
            let v = self.arg(n);
            match self.event_of(v, Event::Name).downcast::<Str>() {
                Some(s) => text.extend_from_slice(as_c_string(s.as_bytes())),
                None if v.type_of() == Type::LightUserdata => {
                    text.extend_from_slice(b"light userdata")
                }
                None => text.extend_from_slice(v.type_of().name().as_bytes()),
            }
        }
        self.arg_error_bytes(n, &text)
    }

    /// # Errors
    /// "value expected" if argument `n` is absent.
    #[inline]
    pub fn check_any(&self, n: usize) -> Result<Value<'_>, Fault> {
        if self.is_none(n) { Err(self.arg_error(n, "value expected")) } else { Ok(self.arg(n)) }
    }

    /// Argument `n` as a table.
    ///
    /// # Errors
    /// If it is none.
    #[inline]
    pub fn check_table(&self, n: usize) -> Result<Gc<'_, Table>, Fault> {
        match self.arg(n).downcast::<Table>() {
            Some(t) => Ok(t),
            None => Err(self.type_error(n, "table")),
        }
    }

    /// Argument `n` as an integer; floats and strings with an integer value are converted.
    ///
    /// # Errors
    /// If it is none.
    #[inline]
    pub fn check_int(&self, n: usize) -> Result<i64, Fault> {
        let v = self.arg(n);
        match v.as_int() {
            Some(i) => Ok(i),
            None => self.check_int_slow(n),
        }
    }

    #[cold]
    fn check_int_slow(&self, n: usize) -> Result<i64, Fault> {
        let v = self.arg(n);
        if let Some(i) = self.to_int(v) {
            return Ok(i);
        }
        if self.to_number(v).is_some() {
            return Err(self.arg_error(n, "number has no integer representation"));
        }
        Err(self.type_error(n, "number"))
    }

    /// Argument `n` as an integer, or a default if it is absent or nil.
    ///
    /// # Errors
    /// If it is something else.
    pub fn opt_int(&self, n: usize, default: i64) -> Result<i64, Fault> {
        if self.is_none_or_nil(n) { Ok(default) } else { self.check_int(n) }
    }

    /// Argument `n` as a number; strings are converted.
    ///
    /// # Errors
    /// If it is none.
    #[inline]
    pub fn check_number(&self, n: usize) -> Result<perilune_semantics::Num, Fault> {
        match self.to_number(self.arg(n)) {
            Some(x) => Ok(x),
            None => Err(self.type_error(n, "number")),
        }
    }

    /// Argument `n` as a float.
    ///
    /// # Errors
    /// If it is no number.
    #[inline]
    pub fn check_float(&self, n: usize) -> Result<f64, Fault> {
        let v = self.arg(n);
        if let Some(f) = v.as_float() {
            return Ok(f);
        }
        self.check_number(n).map(perilune_semantics::Num::to_float)
    }

    /// Argument `n` as a string; a number is converted, in place.
    ///
    /// # Errors
    /// If it is neither.
    #[inline]
    pub fn check_str(&self, n: usize) -> Result<Gc<'_, Str>, Fault> {
        match self.arg(n).downcast::<Str>() {
            Some(s) => Ok(s),
            None => self.check_number_as_str(n),
        }
    }

    #[inline(never)]
    fn check_number_as_str(&self, n: usize) -> Result<Gc<'_, Str>, Fault> {
        match crate::interp::to_num(self.arg(n)) {
            Some(x) => {
                let s = self.string(display::number_to_str(x).as_bytes());
                self.set_arg(n, Value::object(s));
                Ok(s)
            }
            None => Err(self.type_error(n, "string")),
        }
    }

    /// Argument `n` as a string, or `None` if it is absent or nil.
    ///
    /// # Errors
    /// If it is something else.
    pub fn opt_str(&self, n: usize) -> Result<Option<Gc<'_, Str>>, Fault> {
        if self.is_none_or_nil(n) { Ok(None) } else { self.check_str(n).map(Some) }
    }

    // ---- conversions -------------------------------------------------------------------------------------

    /// A number, or a string that reads as one.
    #[inline]
    pub fn to_number(&self, v: Value<'_>) -> Option<perilune_semantics::Num> {
        crate::interp::coerce_num(v)
    }

    /// An integer, or a float or string with an integer value.
    pub fn to_int(&self, v: Value<'_>) -> Option<i64> {
        if let Some(i) = v.as_int() {
            return Some(i);
        }
        if let Some(f) = v.as_float() {
            return convert::float_to_int_exact(f);
        }
        self.to_number(v).and_then(perilune_semantics::Num::to_int)
    }

    /// A string, or the text of a number.
    pub fn to_str<'g>(&'g self, v: Value<'g>) -> Option<Gc<'g, Str>> {
        if let Some(s) = v.downcast::<Str>() {
            return Some(s);
        }
        crate::interp::to_num(v).map(|x| self.string(display::number_to_str(x).as_bytes()))
    }

    /// Pushes what `tostring` gives for a value in a stack slot. May call `__tostring`.
    ///
    /// # Errors
    /// What the metamethod throws; "'__tostring' must return a string".
    pub(crate) fn push_tostring(&mut self, slot: usize) -> Result<(), Fault> {
        let v = self.at(slot);
        let method = self.event_of(v, Event::ToString);
        if method.is_nil() {
            self.push(Value::object(self.basic_tostring(v)));
            return Ok(());
        }
        self.push(method);
        self.push(self.at(slot));
        self.call(1, 1)?;
        if !self.peek(1).is_string() {
            if let Some(n) = crate::interp::to_num(self.peek(1)) {
                let s = self.string(display::number_to_str(n).as_bytes());
                self.slot(self.top.get() - 1).set(Value::object(s));
                return Ok(());
            }
            return Err(self.throw_error(b"'__tostring' must return a string"));
        }
        Ok(())
    }

    /// What `tostring` gives without `__tostring`.
    pub fn basic_tostring<'g>(&'g self, v: Value<'g>) -> Gc<'g, Str> {
        if let Some(s) = v.downcast::<Str>() {
            return s;
        }
        if let Some(x) = crate::interp::to_num(v) {
            return self.string(display::number_to_str(x).as_bytes());
        }
        match v.as_bool() {
            Some(true) => return self.string(b"true"),
            Some(false) => return self.string(b"false"),
            None if v.is_nil() => return self.string(b"nil"),
            None => {}
        }
        let mut text = match self.event_of(v, Event::Name).downcast::<Str>() {
            Some(s) => as_c_string(s.as_bytes()).to_vec(),
            None => v.type_of().name().as_bytes().to_vec(),
        };
        text.extend_from_slice(format!(": 0x{:014x}", self.address_of(v)).as_bytes());
        self.string(&text)
    }

    /// The address that identifies an object.
    pub fn address_of(&self, v: Value<'_>) -> u64 {
        v.payload()
    }

    // ---- operations with metamethods ---------------------------------------------------------------------

    /// Follows `v[key]` to a value or a function to call.
    pub(crate) fn index_walk<'g>(
        &'g self,
        v: Value<'g>,
        key: Value<'g>,
    ) -> Result<Found<'g>, ChainError<'g>> {
        let mut v = v;
        for _ in 0..MAX_CHAIN {
            let method = if let Some(t) = v.downcast::<Table>() {
                let found = t.get_value(key);
                if !found.is_nil() {
                    return Ok(Found::Value(found));
                }
                let method = match t.get().metatable() {
                    Some(mt) => self.event_in(mt, Event::Index),
                    None => Value::NIL,
                };
                if method.is_nil() {
                    return Ok(Found::Value(Value::NIL));
                }
                method
            } else {
                let method = self.event_of(v, Event::Index);
                if method.is_nil() {
                    return Err(ChainError::NotIndexable(v));
                }
                method
            };
            if method.is_function() {
                return Ok(Found::Call(method, v));
            }
            v = method;
        }
        Err(ChainError::TooLong)
    }

    /// Carries out `v[key] = value`, up to a function to call.
    pub(crate) fn store_walk<'g>(
        &'g self,
        v: Value<'g>,
        key: Value<'g>,
        value: Value<'g>,
    ) -> Result<Stored<'g>, ChainError<'g>> {
        let mut v = v;
        for _ in 0..MAX_CHAIN {
            let method = if let Some(t) = v.downcast::<Table>() {
                let method = match t.get().metatable() {
                    Some(mt) => self.event_in(mt, Event::NewIndex),
                    None => Value::NIL,
                };
                if method.is_nil() || !t.get_value(key).is_nil() {
                    return match t.set(self.tables(), key, value) {
                        Ok(()) => Ok(Stored::Done),
                        Err(e) => Err(ChainError::Key(e)),
                    };
                }
                method
            } else {
                let method = self.event_of(v, Event::NewIndex);
                if method.is_nil() {
                    return Err(ChainError::NotIndexable(v));
                }
                method
            };
            if method.is_function() {
                return Ok(Stored::Call(method, v));
            }
            v = method;
        }
        Err(ChainError::TooLong)
    }

    /// The error a failed chain raises.
    #[cold]
    pub(crate) fn chain_error(
        &self,
        e: ChainError<'_>,
        event: &str,
        operand: crate::error::Operand,
    ) -> Fault {
        match e {
            ChainError::NotIndexable(v) => self.operand_error(v, "index", operand),
            ChainError::TooLong => {
                self.runtime_error(&format!("'{event}' chain too long; possible loop"))
            }
            ChainError::Key(e) => self.key_error(e),
        }
    }

    /// The error for a key that can't be stored.
    #[cold]
    pub(crate) fn key_error(&self, e: KeyError) -> Fault {
        self.runtime_error(match e {
            KeyError::Nil => "table index is nil",
            KeyError::NaN => "table index is NaN",
            KeyError::Overflow => "table overflow",
            KeyError::Memory => return self.memory_error(),
        })
    }

    /// Assigns to a key of a table without metamethods; table, key and value are in slots. A safepoint.
    ///
    /// # Errors
    /// As [`Cx::key_error`].
    pub(crate) fn raw_set(&mut self, table: usize, key: usize, value: usize) -> Result<(), Fault> {
        loop {
            let Some(t) = self.at(table).downcast::<Table>() else { return Ok(()) };
            match t.set(self.tables(), self.at(key), self.at(value)) {
                Ok(()) => return Ok(()),
                Err(e) => self.make_room_for(e)?,
            }
        }
    }

    /// What is to be done when a key couldn't be stored: if memory was missing and has been found, the same again. A
    /// safepoint.
    ///
    /// # Errors
    /// As [`Cx::key_error`].
    #[cold]
    pub fn make_room_for(&mut self, e: KeyError) -> Result<(), Fault> {
        match e {
            KeyError::Memory => self.reserve_refused(),
            KeyError::Nil | KeyError::NaN | KeyError::Overflow => Err(self.key_error(e)),
        }
    }

    /// Pushes `v[key]` for the value in a stack slot and the key on top, which it replaces. May run Lua.
    ///
    /// # Errors
    /// As indexing does.
    pub fn index(&mut self, slot: usize) -> Result<(), Fault> {
        let key_slot = self.top.get() - 1;
        let call = match self.index_walk(self.at(slot), self.at(key_slot)) {
            Ok(Found::Value(v)) => {
                self.slot(key_slot).set(v);
                None
            }
            Ok(Found::Call(f, object)) => Some((f.bits(), object.bits())),
            Err(e) => return Err(self.chain_error(e, "__index", crate::error::Operand::Unknown)),
        };
        if let Some((f, object)) = call {
            let key = self.at(key_slot).bits();
            self.slot(key_slot).set(Value::from_bits(f));
            self.push(Value::from_bits(object));
            self.push(Value::from_bits(key));
            self.call(2, 1)?;
        }
        Ok(())
    }

    /// Pops a value and, below it, a key, and assigns `v[key] = value` for the value in a stack slot. May run Lua.
    ///
    /// # Errors
    /// As assigning does.
    pub fn set_index(&mut self, slot: usize) -> Result<(), Fault> {
        let at = self.top.get() - 2;
        let call = loop {
            match self.store_walk(self.at(slot), self.at(at), self.at(at + 1)) {
                Ok(Stored::Done) => break None,
                Ok(Stored::Call(f, object)) => break Some((f.bits(), object.bits())),
                Err(ChainError::Key(e)) => self.make_room_for(e)?,
                Err(e) => {
                    return Err(self.chain_error(e, "__newindex", crate::error::Operand::Unknown));
                }
            }
        };
        if let Some((f, object)) = call {
            let (key, value) = (self.at(at).bits(), self.at(at + 1).bits());
            self.slot(at).set(Value::from_bits(f));
            self.slot(at + 1).set(Value::from_bits(object));
            self.push(Value::from_bits(key));
            self.push(Value::from_bits(value));
            return self.call(3, 0);
        }
        self.pop(2);
        Ok(())
    }

    /// Whether the values in two slots are equal, as `==` says. May call `__eq`.
    ///
    /// # Errors
    /// What the metamethod throws.
    pub fn equal(&mut self, a: usize, b: usize) -> Result<bool, Fault> {
        let (x, y) = (self.at(a), self.at(b));
        if self.equal_values(x, y)? {
            return Ok(true);
        }
        if !(x.is_table() && y.is_table() || x.is_userdata() && y.is_userdata()) {
            return Ok(false);
        }
        match self.binary_method(x, y, Event::Eq).map(Value::bits) {
            Some(m) => self.call_predicate(Value::from_bits(m), a, b),
            None => Ok(false),
        }
    }

    /// Whether the value in slot `a` is less than the one in slot `b`, as `<` says. May call `__lt`.
    ///
    /// # Errors
    /// What the metamethod throws; "attempt to compare…".
    pub fn less_than(&mut self, a: usize, b: usize) -> Result<bool, Fault> {
        let (x, y) = (self.at(a), self.at(b));
        if let Some(r) = crate::interp::compare_values(x, y, false) {
            return Ok(r);
        }
        if let Some(order) = self.large_order(x, y)? {
            return Ok(order.is_lt());
        }
        match self.binary_method(x, y, Event::Lt).map(Value::bits) {
            Some(m) => self.call_predicate(Value::from_bits(m), a, b),
            None => Err(self.compare_error(x, y)),
        }
    }

    fn call_predicate(&mut self, method: Value<'_>, a: usize, b: usize) -> Result<bool, Fault> {
        let method = method.bits();
        self.push(Value::from_bits(method));
        self.push(self.at(a));
        self.push(self.at(b));
        self.call(2, 1)?;
        let result = !self.peek(1).is_falsy();
        self.pop(1);
        Ok(result)
    }

    /// The length of the value in a slot, as `#` says, as an integer. May call `__len`.
    ///
    /// # Errors
    /// What the metamethod throws; "object length is not an integer".
    pub fn length(&mut self, slot: usize) -> Result<i64, Fault> {
        let v = self.at(slot);
        if let Some(s) = v.downcast::<Str>() {
            return Ok(s.len() as i64);
        }
        let method = self.event_of(v, Event::Len);
        if method.is_nil() {
            return match v.downcast::<Table>() {
                Some(t) => Ok(t.len_border()),
                None => Err(self.operand_error(v, "get length of", crate::error::Operand::Unknown)),
            };
        }
        self.push(method);
        // As all unary operators, it is called with the operand twice.
        self.push(self.at(slot));
        self.push(self.at(slot));
        self.call(2, 1)?;
        let n = self.to_int(self.peek(1));
        self.pop(1);
        n.ok_or_else(|| self.throw_error(b"object length is not an integer"))
    }
}
