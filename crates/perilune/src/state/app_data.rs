//! Data of a host's own that a state carries: one value of each type.

use super::Lua;
use std::any::{Any, TypeId};
use std::cell::{BorrowError, BorrowMutError, Cell, Ref, RefCell, RefMut};
use std::collections::HashMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;
use std::result::Result as StdResult;

type Entry = Rc<RefCell<Box<dyn Any>>>;

/// The data by type.
#[derive(Default)]
pub(crate) struct AppData {
    entries: RefCell<HashMap<TypeId, Entry>>,
    /// How many values are borrowed.
    borrowed: Cell<usize>,
}

impl AppData {
    fn entry<T: 'static>(&self) -> Option<Entry> {
        self.entries.borrow().get(&TypeId::of::<T>()).cloned()
    }

    /// Drops all data, unless some is borrowed.
    pub(super) fn clear(&self) {
        if self.borrowed.get() == 0 {
            // Destructors may set data.
            let all = self.entries.take();
            drop(all);
        }
    }
}

/// Counts a borrow as long as it exists.
struct Counted<'a>(&'a Cell<usize>);

impl<'a> Counted<'a> {
    fn new(count: &'a Cell<usize>) -> Counted<'a> {
        count.set(count.get() + 1);
        Counted(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

macro_rules! references {
    ($($(#[doc = $doc:literal])* $name:ident $cell:ident;)*) => {$(
        $(#[doc = $doc])*
        pub struct $name<'a, T: ?Sized + 'a> {
            data: $cell<'a, T>,
            _counted: Counted<'a>,
        }

        impl<T: ?Sized> Deref for $name<'_, T> {
            type Target = T;

            fn deref(&self) -> &T {
                &self.data
            }
        }

        impl<T: ?Sized + fmt::Display> fmt::Display for $name<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<T: ?Sized + fmt::Debug> fmt::Debug for $name<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    )*};
}
references! {
    /// Data of the host's, borrowed; see [`Lua::app_data_ref`].
    AppDataRef Ref;
    /// Data of the host's, mutably borrowed; see [`Lua::app_data_mut`].
    AppDataRefMut RefMut;
}

impl<T: ?Sized> DerefMut for AppDataRefMut<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.data
    }
}

impl Lua {
    /// Has the state carry a value, in place of the one of this type, which is given back.
    ///
    /// ```
    /// # fn main() -> perilune::Result<()> {
    /// # let lua = perilune::Lua::new();
    /// struct Settings { volume: u8 }
    /// lua.set_app_data(Settings { volume: 7 });
    /// let volume = lua.create_function(|lua, ()| {
    ///     Ok(lua.app_data_ref::<Settings>().map(|s| s.volume))
    /// })?;
    /// assert_eq!(volume.call::<u8>(())?, 7);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// If any of the state's data is borrowed.
    pub fn set_app_data<T: 'static>(&self, data: T) -> Option<T> {
        match self.try_set_app_data(data) {
            Ok(old) => old,
            Err(_) => panic!("app data can't be set while some is borrowed"),
        }
    }

    /// As [`Lua::set_app_data`].
    ///
    /// # Errors
    /// The value itself, if any of the state's data is borrowed.
    pub fn try_set_app_data<T: 'static>(&self, data: T) -> StdResult<Option<T>, T> {
        let all = &self.inner.app_data;
        if all.borrowed.get() > 0 {
            return Err(data);
        }
        let entry: Entry = Rc::new(RefCell::new(Box::new(data)));
        let old = all.entries.borrow_mut().insert(TypeId::of::<T>(), entry);
        Ok(old.and_then(taken))
    }

    /// The value of this type that the state carries.
    ///
    /// # Panics
    /// If it is mutably borrowed.
    #[track_caller]
    pub fn app_data_ref<T: 'static>(&self) -> Option<AppDataRef<'_, T>> {
        match self.try_app_data_ref() {
            Ok(data) => data,
            Err(e) => panic!("app data can't be borrowed: {e}"),
        }
    }

    /// As [`Lua::app_data_ref`].
    ///
    /// # Errors
    /// If it is mutably borrowed.
    pub fn try_app_data_ref<T: 'static>(
        &self,
    ) -> StdResult<Option<AppDataRef<'_, T>>, BorrowError> {
        let all = &self.inner.app_data;
        let Some(entry) = all.entry::<T>() else { return Ok(None) };
        let cell: *const RefCell<Box<dyn Any>> = Rc::as_ptr(&entry);
        // SAFETY: an entry is removed only while nothing is borrowed, which the count made below prevents; and the state,
        // which owns the entries, is borrowed for as long.
        let data = unsafe { &*cell }.try_borrow()?;
        let data = Ref::filter_map(data, |data| data.downcast_ref::<T>()).ok();
        Ok(data.map(|data| AppDataRef { data, _counted: Counted::new(&all.borrowed) }))
    }

    /// The value of this type that the state carries, to be changed.
    ///
    /// # Panics
    /// If it is borrowed.
    #[track_caller]
    pub fn app_data_mut<T: 'static>(&self) -> Option<AppDataRefMut<'_, T>> {
        match self.try_app_data_mut() {
            Ok(data) => data,
            Err(e) => panic!("app data can't be borrowed mutably: {e}"),
        }
    }

    /// As [`Lua::app_data_mut`].
    ///
    /// # Errors
    /// If it is borrowed.
    pub fn try_app_data_mut<T: 'static>(
        &self,
    ) -> StdResult<Option<AppDataRefMut<'_, T>>, BorrowMutError> {
        let all = &self.inner.app_data;
        let Some(entry) = all.entry::<T>() else { return Ok(None) };
        let cell: *const RefCell<Box<dyn Any>> = Rc::as_ptr(&entry);
        // SAFETY: as in `try_app_data_ref`.
        let data = unsafe { &*cell }.try_borrow_mut()?;
        let data = RefMut::filter_map(data, |data| data.downcast_mut::<T>()).ok();
        Ok(data.map(|data| AppDataRefMut { data, _counted: Counted::new(&all.borrowed) }))
    }

    /// Takes the value of this type from the state.
    ///
    /// # Panics
    /// If any of the state's data is borrowed.
    pub fn remove_app_data<T: 'static>(&self) -> Option<T> {
        let all = &self.inner.app_data;
        assert!(all.borrowed.get() == 0, "app data can't be removed while some is borrowed");
        let old = all.entries.borrow_mut().remove(&TypeId::of::<T>());
        old.and_then(taken)
    }
}

/// The value of an entry that isn't there any more.
fn taken<T: 'static>(entry: Entry) -> Option<T> {
    let data = Rc::into_inner(entry)?.into_inner();
    data.downcast().ok().map(|data| *data)
}
