//! Values that a host keeps in a state: by name, or under a [`RegistryKey`], which unlike handles can be sent to other threads.

use super::Lua;
use crate::error::{Error, Result};
use crate::traits::{FromLua, IntoLua};
use crate::value::Value;
use perilune_runtime::cx::RootId;
use perilune_runtime::table::Table as RtTable;
use perilune_runtime::value::Value as RtValue;
use std::cell::RefCell;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

/// Indexes of entries whose keys have been dropped. A state's keys share it, which tells the state they are of.
type Dropped = Arc<Mutex<Vec<usize>>>;

/// What a value is kept under; see [`Lua::create_registry_value`]. When it is dropped the value is given up, at the next
/// opportunity.
pub struct RegistryKey {
    /// `None` for nil, which needs no entry.
    index: Option<usize>,
    dropped: Dropped,
}

impl RegistryKey {
    /// Ends it without giving up the entry.
    fn into_index(mut self) -> Option<usize> {
        self.index.take()
    }
}

impl Drop for RegistryKey {
    fn drop(&mut self) {
        if let Some(index) = self.index {
            self.dropped.lock().unwrap_or_else(PoisonError::into_inner).push(index);
        }
    }
}

impl PartialEq for RegistryKey {
    fn eq(&self, other: &RegistryKey) -> bool {
        self.index == other.index && Arc::ptr_eq(&self.dropped, &other.dropped)
    }
}

impl Eq for RegistryKey {}

impl Hash for RegistryKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.index.hash(state);
    }
}

impl fmt::Debug for RegistryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            Some(index) => write!(f, "RegistryKey({index})"),
            None => f.write_str("RegistryKey(nil)"),
        }
    }
}

/// The entries.
#[derive(Default)]
pub(crate) struct Registry {
    entries: RefCell<Vec<Option<RootId>>>,
    free: RefCell<Vec<usize>>,
    dropped: Dropped,
}

/// The table in the runtime's registry that has the values by name.
const NAMED: &[u8] = b"perilune.named";

impl Lua {
    /// Keeps a value until its key is dropped.
    ///
    /// ```
    /// # fn main() -> perilune::Result<()> {
    /// # let lua = perilune::Lua::new();
    /// let key = lua.create_registry_value("kept")?;
    /// assert_eq!(lua.registry_value::<String>(&key)?, "kept");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the value can't be converted.
    pub fn create_registry_value(&self, value: impl IntoLua) -> Result<RegistryKey> {
        let value = value.into_lua(self)?;
        self.expire_registry_values();
        let registry = &self.inner.registry;
        let dropped = registry.dropped.clone();
        if value.is_nil() {
            return Ok(RegistryKey { index: None, dropped });
        }
        let root = self.with(|cx| Ok::<_, Error>(cx.root(value.to_runtime(self, cx)?)))?;
        let mut entries = registry.entries.borrow_mut();
        let index = match registry.free.borrow_mut().pop() {
            Some(free) => free,
            None => {
                entries.push(None);
                entries.len() - 1
            }
        };
        if let Some(entry) = entries.get_mut(index) {
            *entry = Some(root);
        }
        Ok(RegistryKey { index: Some(index), dropped })
    }

    /// The value kept under a key.
    ///
    /// # Errors
    /// [`Error::MismatchedRegistryKey`]; if the value isn't of the wanted type.
    pub fn registry_value<T: FromLua>(&self, key: &RegistryKey) -> Result<T> {
        self.check_key(key)?;
        let root = key.index.and_then(|i| self.inner.registry.entries.borrow().get(i).copied()?);
        let value = match root {
            Some(root) => self.with(|cx| Value::from_runtime(self, cx, cx.rooted(root))),
            None => Value::Nil,
        };
        T::from_lua(value, self)
    }

    /// Gives up the value kept under a key.
    ///
    /// # Errors
    /// [`Error::MismatchedRegistryKey`]
    pub fn remove_registry_value(&self, key: RegistryKey) -> Result<()> {
        self.check_key(&key)?;
        if let Some(index) = key.into_index() {
            self.give_up(index);
        }
        Ok(())
    }

    /// Keeps another value under a key.
    ///
    /// # Errors
    /// [`Error::MismatchedRegistryKey`]; if the value can't be converted.
    pub fn replace_registry_value(&self, key: &mut RegistryKey, value: impl IntoLua) -> Result<()> {
        self.check_key(key)?;
        *key = self.create_registry_value(value)?;
        Ok(())
    }

    /// Whether a key is of this state.
    pub fn owns_registry_value(&self, key: &RegistryKey) -> bool {
        Arc::ptr_eq(&key.dropped, &self.inner.registry.dropped)
    }

    /// Gives up the values whose keys have been dropped. Keeping another one does so, too.
    pub fn expire_registry_values(&self) {
        let dropped = &self.inner.registry.dropped;
        let all = std::mem::take(&mut *dropped.lock().unwrap_or_else(PoisonError::into_inner));
        all.into_iter().for_each(|index| self.give_up(index));
    }

    fn check_key(&self, key: &RegistryKey) -> Result<()> {
        if self.owns_registry_value(key) { Ok(()) } else { Err(Error::MismatchedRegistryKey) }
    }

    fn give_up(&self, index: usize) {
        let registry = &self.inner.registry;
        let root = registry.entries.borrow_mut().get_mut(index).and_then(Option::take);
        if let Some(root) = root {
            registry.free.borrow_mut().push(index);
            self.with(|cx| cx.unroot(root));
        }
    }

    /// Keeps a value under a name, which programs can't see.
    ///
    /// # Errors
    /// If the value can't be converted.
    pub fn set_named_registry_value(&self, name: &str, value: impl IntoLua) -> Result<()> {
        let value = value.into_lua(self)?;
        self.with(|cx| {
            let key = cx.string(NAMED);
            let t = match cx.registry().get_str(key).downcast::<RtTable>() {
                Some(t) => t,
                None => {
                    let t = cx.new_table(0, 1);
                    cx.registry().set_str(cx.tables(), key, RtValue::object(t));
                    t
                }
            };
            let value = value.to_runtime(self, cx)?;
            let set = t.set(cx.tables(), cx.str_value(name.as_bytes()), value);
            let set = set.map_err(|e| cx.throw_key_error(e));
            self.check(cx, set)
        })
    }

    /// The value kept under a name; nil if there is none.
    ///
    /// # Errors
    /// If the value isn't of the wanted type.
    pub fn named_registry_value<T: FromLua>(&self, name: &str) -> Result<T> {
        let value = self.with(|cx| {
            let t = cx.registry().get_str(cx.string(NAMED)).downcast::<RtTable>();
            let found = t.map(|t| t.get_value(cx.str_value(name.as_bytes())));
            Value::from_runtime(self, cx, found.unwrap_or(RtValue::NIL))
        });
        T::from_lua(value, self)
    }

    /// Gives up the value kept under a name.
    ///
    /// # Errors
    /// None.
    pub fn unset_named_registry_value(&self, name: &str) -> Result<()> {
        self.set_named_registry_value(name, Value::Nil)
    }
}
