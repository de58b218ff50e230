//! Property and element access.
//!
//! The fast paths test the site's inline cache; what misses goes out of line, looks the property up, and lets the site
//! learn from it. Metamethods that are functions are called with the *finish* arm waiting.

use super::{Flow, Interp, Observer, V};
use crate::call::Next;
use crate::cx::{Cx, Fault};
use crate::error::Operand;
use crate::feedback::SiteCell;
use crate::native::{ChainError, Found, Stored};
use crate::shape::KeyOrigin;
use crate::string::Str;
use crate::table::cache::{
    GetResolution, SetResolution, lookup_get, lookup_get_of_type, lookup_set,
};
use crate::table::{KeyError, Table};
use crate::value::Value;
use perilune_bytecode::ops::{Instr, Op};
use perilune_bytecode::proto::Site;
use std::ops::ControlFlow::Continue;

/// Which field of the instruction names the accessed object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// Upvalue `b`.
    Upvalue,
    /// Register `a`.
    A,
    /// Register `b`.
    B,
}

impl Source {
    fn operand(self, i: Instr) -> Operand {
        match self {
            Source::Upvalue => Operand::Upvalue(i.b() as usize),
            Source::A => Operand::Register(i.a() as usize),
            Source::B => Operand::Register(i.b() as usize),
        }
    }
}

impl<O: Observer> Interp<'_, O> {
    /// `R[a] := object[key of site d]`.
    #[inline(always)]
    pub(super) fn get_property(&mut self, i: Instr, object: V, source: Source) -> Flow {
        let cell = self.cell(i.d());
        if let Some(t) = object.downcast::<Table>()
            && let Some(v) = cell.first.try_get(t)
        {
            self.set(i.a(), v);
            return Continue(());
        }
        let cell: *const SiteCell = cell;
        out_of_line!(self, self.cx.get_property_slow(i, cell, object, source))
    }

    /// `object[key of site d] := value`.
    #[inline(always)]
    pub(super) fn set_property(&mut self, i: Instr, object: V, value: V, source: Source) -> Flow {
        let cell = self.cell(i.d());
        if let Some(t) = object.downcast::<Table>()
            && cell.first.try_set(&self.cx.heap, t, value)
        {
            return Continue(());
        }
        let cell: *const SiteCell = cell;
        out_of_line!(self, self.cx.set_property_slow(i, cell, object, value, source))
    }

    /// `R[a] := object[key]` beyond the fast path for array elements.
    #[inline(always)]
    pub(super) fn get_element(&mut self, i: Instr, object: V, key: V) -> Flow {
        if let Some(t) = object.downcast::<Table>() {
            let v = match key.downcast::<Str>() {
                Some(s) if s.is_short() => t.get_str(s),
                _ => t.get_value(key),
            };
            if !v.is_nil() || t.metatable().is_none() {
                self.set(i.a(), v);
                return Continue(());
            }
        }
        out_of_line!(self, self.cx.get_slow(i, object, key, Source::B))
    }

    /// `object[key] := value` beyond the fast path for array elements.
    #[inline(always)]
    pub(super) fn set_element(&mut self, i: Instr, object: V, key: V, value: V) -> Flow {
        if let Some(t) = object.downcast::<Table>()
            && t.metatable().is_none()
            && key.is_small_int()
        {
            let index = key.small_int_unchecked();
            if t.try_append(&self.cx.heap, index, value)
                || value.is_nil() && t.array_clear_in_place(index)
                || t.set_int(self.cx.tables(), index, value).is_ok()
            {
                return Continue(());
            }
        }
        out_of_line!(self, self.cx.set_slow(i, object, key, value, Source::A))
    }
}

impl Cx {
    /// The key of a property instruction.
    pub(super) fn property_key(&mut self, i: Instr) -> Value<'static> {
        let f = *self.frame_mut();
        let key = f.closure().and_then(|c| {
            let p = c.get().proto();
            match p.data.sites.get(i.d() as usize) {
                Some(Site::Property { key }) => Some(p.get().constant(*key as usize)),
                _ => None,
            }
        });
        key.unwrap_or(Value::NIL)
    }

    /// A read that the first cache entry didn't do.
    #[inline(never)]
    pub(super) fn get_property_slow(
        &mut self,
        i: Instr,
        cell: *const SiteCell,
        object: V,
        source: Source,
    ) -> Result<Next, Fault> {
        // SAFETY: the cell belongs to the running function's feedback.
        let cell = unsafe { &*cell };
        if let Some(t) = object.downcast::<Table>() {
            for e in cell.more() {
                if let Some(v) = e.try_get(t) {
                    let f = self.lua_frame();
                    self.set_reg(&f, i.a(), v);
                    return Ok(Next::Continue);
                }
            }
        }
        if object.is_string()
            && let Some(v) = self.string_property(cell)
        {
            let v = v.bits();
            let f = self.lua_frame();
            self.set_reg(&f, i.a(), Value::from_bits(v));
            return Ok(Next::Continue);
        }
        let key = self.property_key(i);
        if let Some(s) = key.downcast::<Str>()
            && s.is_short()
        {
            if let Some(t) = object.downcast::<Table>() {
                if cell.is_megamorphic() {
                    if let Some(v) = self.global_cache.get(self.tables(), t, s) {
                        let v = v.bits();
                        let f = self.lua_frame();
                        self.set_reg(&f, i.a(), Value::from_bits(v));
                        return Ok(Next::Continue);
                    }
                    return self.get_slow(i, object, key, source);
                }
                let found = lookup_get(self.tables(), t, s);
                if !matches!(found, GetResolution::Uncacheable) {
                    self.learn(|cx, vector| vector.learn_get(cx, cell, t.shape(), &found));
                }
            } else if object.is_string()
                && !cell.is_megamorphic()
                && let Some(shape) = self.string_shape()
            {
                let found = lookup_get_of_type(self.tables(), shape, s);
                if !matches!(found, GetResolution::Uncacheable) {
                    self.learn(|cx, vector| vector.learn_get(cx, cell, shape, &found));
                }
            }
        }
        self.get_slow(i, object, key, source)
    }

    /// What a property site knows of strings.
    pub(crate) fn string_property(&self, cell: &SiteCell) -> Option<Value<'_>> {
        let shape = self.string_shape.get();
        cell.entries().find(|e| e.shape.get() == shape)?.get_beyond()
    }

    /// Lets something be learned by the running function's feedback vector.
    fn learn(&self, f: impl FnOnce(&Cx, &crate::feedback::FeedbackVector)) {
        if let Some(c) = self.top_frame().and_then(crate::thread::Frame::closure) {
            // SAFETY: a function that is called has feedback, which lives as long as its prototype.
            f(self, unsafe { &*c.proto().feedback.get() });
        }
    }

    /// A write that the first cache entry didn't do.
    #[inline(never)]
    pub(super) fn set_property_slow(
        &mut self,
        i: Instr,
        cell: *const SiteCell,
        object: V,
        value: V,
        source: Source,
    ) -> Result<Next, Fault> {
        // SAFETY: the cell belongs to the running function's feedback.
        let cell = unsafe { &*cell };
        if let Some(t) = object.downcast::<Table>() {
            for e in cell.more() {
                if e.try_set(&self.heap, t, value) {
                    return Ok(Next::Continue);
                }
            }
        }
        let key = self.property_key(i);
        if let Some(t) = object.downcast::<Table>()
            && let Some(s) = key.downcast::<Str>()
            && s.is_short()
        {
            if cell.is_megamorphic() {
                if self.global_cache.set(self.tables(), t, s, value) {
                    return Ok(Next::Continue);
                }
                return self.set_slow(i, object, key, value, source);
            }
            let shape = t.shape();
            let found = lookup_set(self.tables(), t, s, value);
            if !matches!(found, SetResolution::Uncacheable) {
                self.learn(|cx, vector| vector.learn_set(cx, cell, shape, &found));
                if t.metatable().is_none()
                    && t.set_named(self.tables(), s, value, KeyOrigin::Name).is_ok()
                {
                    return Ok(Next::Continue);
                }
            }
        }
        self.set_slow(i, object, key, value, source)
    }

    /// `R[a] := object[key]` with everything.
    #[inline(never)]
    pub(super) fn get_slow(
        &mut self,
        i: Instr,
        object: V,
        key: V,
        source: Source,
    ) -> Result<Next, Fault> {
        let (method, receiver) = match self.index_walk(object, key) {
            Ok(Found::Value(v)) => {
                let v = v.bits();
                let f = self.lua_frame();
                self.set_reg(&f, i.a(), Value::from_bits(v));
                return Ok(Next::Continue);
            }
            Ok(Found::Call(method, receiver)) => (method.bits(), receiver.bits()),
            Err(e) => {
                // What fails further on in the chain has no name.
                let operand = if e.is_about(object) { source.operand(i) } else { Operand::Unknown };
                return Err(self.chain_error(e, "__index", operand));
            }
        };
        self.call_meta(Value::from_bits(method), &[Value::from_bits(receiver), key])
    }

    /// Makes room for an assignment that was refused for want of memory. A safepoint at which the operands of the
    /// instruction stay alive, although it may be the last that uses them.
    #[cold]
    fn reserve_for_store(&mut self, operands: [V; 3]) -> Result<(), Fault> {
        let roots = operands.map(|v| self.root(v));
        let done = self.reserve_refused();
        for r in roots {
            self.unroot(r);
        }
        done
    }

    /// `object[key] := value` with everything.
    #[inline(never)]
    pub(super) fn set_slow(
        &mut self,
        i: Instr,
        object: V,
        key: V,
        value: V,
        source: Source,
    ) -> Result<Next, Fault> {
        debug_assert!(i.op() != Op::SetEnv || source == Source::Upvalue);
        let (method, receiver) = match self.store_walk(object, key, value) {
            Ok(Stored::Done) => return Ok(Next::Continue),
            Ok(Stored::Call(method, receiver)) => (method.bits(), receiver.bits()),
            Err(ChainError::Key(KeyError::Memory)) => {
                self.reserve_for_store([object, key, value])?;
                return self.set_slow(i, object, key, value, source);
            }
            Err(e) => {
                let operand = if e.is_about(object) { source.operand(i) } else { Operand::Unknown };
                return Err(self.chain_error(e, "__newindex", operand));
            }
        };
        self.call_meta(Value::from_bits(method), &[Value::from_bits(receiver), key, value])
    }
}
