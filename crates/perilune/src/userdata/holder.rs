//! [`Holder`]: where the Rust value of a userdata is.
//!
//! **Problem.** A method runs, and may call Lua, while nothing of the runtime is borrowed; the value must stay where it is
//! meanwhile, whatever the program does. Values of scopes aren't `'static`, so `Any` doesn't serve.
//!
//! **Design.** A userdata of the runtime has a [`Shell`], which has a share of a holder; borrows have others. The holder knows
//! the value by address, and of its type only which registration it belongs to, which is a number. Methods know theirs. To take
//! a value away is to take the shell out of the userdata.
//!
//! **Invariants.** The address is that of a value of the type that the registration with this number was made for, valid until
//! the holder is dropped or the value is taken, which is only when nothing is borrowed. For values of a scope: until the scope
//! ends, which takes the shell away. `borrows` is -1 while there is a `&mut` to the value, and otherwise the number of `&`.

use crate::error::{Error, Result};
use crate::state::Inner;
use std::any::TypeId;
use std::cell::Cell;
use std::ptr::NonNull;
use std::rc::{Rc, Weak};

/// What a value belongs to the holder by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It is its own.
    Owned,
    /// It is lent by a scope.
    Lent,
    /// It is mutably lent by a scope.
    MutablyLent,
}

/// See the module's text.
pub(crate) struct Holder {
    value: Cell<Option<NonNull<()>>>,
    kind: Kind,
    borrows: Cell<isize>,
    /// Of the borrows, those that end before whoever made them returns.
    scoped: Cell<usize>,
    registration: u64,
    /// The type, if it is `'static`.
    type_id: Option<TypeId>,
    /// Drops the value, which is a box.
    drop: Option<unsafe fn(NonNull<()>)>,
    /// Lends it to a serializer.
    #[cfg(feature = "serde")]
    pub(crate) serialize: Option<crate::serde::LendToSerializer>,
}

/// A share of a holder, in a userdata.
pub(crate) struct Shell {
    pub(crate) holder: Rc<Holder>,
    state: Weak<Inner>,
}

impl Shell {
    pub(crate) fn new(holder: Rc<Holder>, state: Weak<Inner>) -> Shell {
        Shell { holder, state }
    }
}

impl Shell {
    /// The holder, which is dropped by whoever has it now.
    pub(crate) fn into_holder(self) -> Rc<Holder> {
        self.holder.clone()
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // The collector may be at work; the value's destructor must not run yet.
        if Rc::strong_count(&self.holder) == 1
            && self.holder.kind == Kind::Owned
            && let Some(state) = self.state.upgrade()
        {
            state.bury(Box::new(self.holder.clone()));
        }
    }
}

impl Holder {
    /// A holder of a value. `type_id` is that of `T`, if it is `'static`.
    pub(crate) fn new<T>(value: T, registration: u64, type_id: Option<TypeId>) -> Holder {
        /// # Safety
        /// `p` came from a `Box<T>`, and isn't used any more.
        unsafe fn drop_box<T>(p: NonNull<()>) {
            // SAFETY: by the promise.
            drop(unsafe { Box::from_raw(p.cast::<T>().as_ptr()) });
        }
        let value = NonNull::from(Box::leak(Box::new(value))).cast();
        Holder {
            value: Cell::new(Some(value)),
            kind: Kind::Owned,
            borrows: Cell::new(0),
            scoped: Cell::new(0),
            registration,
            type_id,
            drop: Some(drop_box::<T>),
            #[cfg(feature = "serde")]
            serialize: None,
        }
    }

    /// A holder of a value that a scope lends, until it takes the shell away.
    pub(crate) fn lent<T>(value: NonNull<T>, kind: Kind, registration: u64) -> Holder {
        Holder {
            value: Cell::new(Some(value.cast())),
            kind,
            borrows: Cell::new(0),
            scoped: Cell::new(0),
            registration,
            type_id: None,
            drop: None,
            #[cfg(feature = "serde")]
            serialize: None,
        }
    }

    pub(crate) fn registration(&self) -> u64 {
        self.registration
    }

    pub(crate) fn type_id(&self) -> Option<TypeId> {
        self.type_id
    }

    pub(crate) fn is_owned(&self) -> bool {
        self.kind == Kind::Owned
    }

    /// Whether a method runs, or a closure looks at the value.
    pub(crate) fn is_in_use(&self) -> bool {
        self.scoped.get() > 0
    }

    /// Borrows the value.
    ///
    /// # Errors
    /// If it is mutably borrowed; if it has been taken.
    #[inline]
    pub(crate) fn borrow(self: &Rc<Self>, is_scoped: bool) -> Result<Borrow> {
        let Some(value) = self.value.get() else { return Err(Error::UserDataDestructed) };
        if self.borrows.get() < 0 {
            return Err(Error::UserDataBorrowError);
        }
        self.borrows.set(self.borrows.get() + 1);
        Ok(Borrow::new(self, value, is_scoped))
    }

    /// Borrows the value mutably.
    ///
    /// # Errors
    /// If it is borrowed, or lent for reading; if it has been taken.
    #[inline]
    pub(crate) fn borrow_mut(self: &Rc<Self>, is_scoped: bool) -> Result<Borrow> {
        let Some(value) = self.value.get() else { return Err(Error::UserDataDestructed) };
        if self.borrows.get() != 0 || self.kind == Kind::Lent {
            return Err(Error::UserDataBorrowMutError);
        }
        self.borrows.set(-1);
        Ok(Borrow::new(self, value, is_scoped))
    }

    /// Takes the value.
    ///
    /// # Safety
    /// The registration was made for `T`.
    ///
    /// # Errors
    /// If it is borrowed, lent or has been taken.
    pub(crate) unsafe fn take<T>(&self) -> Result<T> {
        if self.borrows.get() != 0 {
            return Err(Error::UserDataBorrowMutError);
        }
        if self.kind != Kind::Owned {
            return Err(Error::UserDataTypeMismatch);
        }
        let Some(value) = self.value.take() else { return Err(Error::UserDataDestructed) };
        // SAFETY: it came from a box of a `T`, by the module's invariant and the caller's promise; nobody else has it now.
        Ok(*unsafe { Box::from_raw(value.cast::<T>().as_ptr()) })
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        if let (Some(value), Some(drop)) = (self.value.take(), self.drop) {
            // SAFETY: made from a box by `new`; borrows keep a share, so there are none.
            unsafe { drop(value) };
        }
    }
}

/// A borrow of a value, shared or mutable.
pub(crate) struct Borrow {
    holder: Rc<Holder>,
    value: NonNull<()>,
    is_scoped: bool,
}

impl Borrow {
    #[inline]
    fn new(holder: &Rc<Holder>, value: NonNull<()>, is_scoped: bool) -> Borrow {
        if is_scoped {
            holder.scoped.set(holder.scoped.get() + 1);
        }
        Borrow { holder: holder.clone(), value, is_scoped }
    }

    /// The value.
    ///
    /// # Safety
    /// The holder's registration was made for `T`.
    #[inline]
    pub(crate) unsafe fn get<T>(&self) -> &T {
        // SAFETY: by the module's invariant it is valid, of this type by the caller's promise, and not mutably borrowed by
        // others.
        unsafe { self.value.cast::<T>().as_ref() }
    }

    /// The value, to be changed.
    ///
    /// # Safety
    /// The holder's registration was made for `T`, and this came from [`Holder::borrow_mut`].
    #[inline]
    pub(crate) unsafe fn get_mut<T>(&mut self) -> &mut T {
        // SAFETY: as for `get`, and it isn't borrowed by others at all.
        unsafe { self.value.cast::<T>().as_mut() }
    }
}

impl Drop for Borrow {
    #[inline]
    fn drop(&mut self) {
        let n = self.holder.borrows.get();
        self.holder.borrows.set(if n < 0 { 0 } else { n - 1 });
        if self.is_scoped {
            self.holder.scoped.set(self.holder.scoped.get() - 1);
        }
    }
}
