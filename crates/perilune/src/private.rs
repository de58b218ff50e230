//! What the macros of this crate expand to, besides the API.

use crate::chunk::AsChunk;
use crate::error::Result;
use crate::state::Lua;
use crate::table::Table;
use crate::userdata::UserDataRegistry;
use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::cell::Cell;
use std::io::Result as IoResult;

pub use inventory;

/// Methods of a type, from an `impl` block somewhere in the program.
pub struct ImplBlock {
    type_id: fn() -> TypeId,
    register: fn(&mut dyn Any),
}

impl ImplBlock {
    /// Of the type with this id; the function gets its registry.
    pub const fn new(type_id: fn() -> TypeId, register: fn(&mut dyn Any)) -> ImplBlock {
        ImplBlock { type_id, register }
    }
}

inventory::collect!(ImplBlock);

/// Registers the methods of all blocks of a type.
pub fn register_blocks<T: 'static>(registry: &mut UserDataRegistry<T>) {
    for block in inventory::iter::<ImplBlock> {
        if (block.type_id)() == TypeId::of::<T>() {
            (block.register)(registry);
        }
    }
}

/// What `chunk!` makes.
pub struct MacroChunk<F> {
    source: &'static str,
    captures: Cell<Option<F>>,
}

type NoCaptures = fn(&Lua) -> Result<Table>;

impl MacroChunk<NoCaptures> {
    /// A chunk that captures nothing.
    pub const fn without_captures(source: &'static str) -> MacroChunk<NoCaptures> {
        MacroChunk { source, captures: Cell::new(None) }
    }
}

impl<F: FnOnce(&Lua) -> Result<Table>> MacroChunk<F> {
    /// A chunk with what it captures.
    pub const fn new(source: &'static str, captures: F) -> MacroChunk<F> {
        MacroChunk { source, captures: Cell::new(Some(captures)) }
    }
}

impl<F: FnOnce(&Lua) -> Result<Table>> AsChunk for MacroChunk<F> {
    fn environment(&self, lua: &Lua) -> Result<Option<Table>> {
        let Some(captures) = self.captures.take() else { return Ok(None) };
        let fields = captures(lua)?;
        // Other globals are those of the state, to read and to write.
        let globals = lua.globals();
        let metatable = lua.create_table_from([("__index", &globals), ("__newindex", &globals)])?;
        fields.set_metatable(Some(metatable))?;
        Ok(Some(fields))
    }

    fn source<'a>(&self) -> IoResult<Cow<'a, [u8]>>
    where
        Self: 'a,
    {
        Ok(Cow::Borrowed(self.source.as_bytes()))
    }
}
