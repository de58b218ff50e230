//! How much native stack is left.
//!
//! **Problem.** Lua code calls native functions that call Lua code. The reference implementation counts such calls and
//! gives up at 200, which is right for its own frames on a stack of 8 MB. What a level takes here depends on how the host
//! was compiled (40 KB and more without optimization), and what there is on the thread that runs it (2 MB in many a
//! runtime for servers). So the count is kept, for what programs see of it, and bytes are counted besides.
//!
//! **Design.** [`Extent`] says where a thread's stack ends. It is asked for when a state is entered from outside, since the
//! next entry may be on another thread, and remembered per thread, since asking costs some microseconds. Every nested
//! activation, and whatever else recurses, compares the address of a local variable with that end.
//!
//! If nobody knows where the stack ends, or it isn't the thread's (a host may run us on a stack of its own making), a
//! modest amount below the entry is taken for granted.
//!
//! **Rejected.** Growing the stack by switching to another: hosts' debuggers and profilers, and whatever they keep in
//! thread-local storage, would have to know of it.

use crate::tuning;
use std::cell::Cell;
#[cfg(any(target_os = "linux", target_os = "android"))]
use std::ffi::CStr;

/// Where the native stack may be used: from `start`, the highest address, down to `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    end: usize,
    start: usize,
}

/// The address of something on the stack, near its end in use.
#[inline(always)]
fn here() -> usize {
    let marker = std::mem::MaybeUninit::<u8>::uninit();
    std::hint::black_box(&raw const marker) as usize
}

impl Extent {
    /// No stack at all.
    pub(crate) const NONE: Extent = Extent { end: usize::MAX, start: usize::MAX };

    /// The extent of the stack this is called on.
    pub(crate) fn current() -> Extent {
        thread_local! {
            static BOUNDS: Cell<Option<(usize, usize)>> = const { Cell::new(None) };
        }
        let at = here();
        // A thread that is ending has no memory of its own left.
        let bounds = BOUNDS.try_with(|known| {
            known.get().or_else(|| {
                known.set(bounds_of_thread());
                known.get()
            })
        });
        match bounds {
            Ok(Some((end, start))) if (end..start).contains(&at) => Extent { end, start },
            Ok(_) | Err(_) => {
                let room = tuning::UNKNOWN_NATIVE_STACK;
                Extent { end: at.saturating_sub(room), start: at.saturating_add(room) }
            }
        }
    }

    /// Whether this is the stack in use.
    #[inline]
    pub(crate) fn is_current(self) -> bool {
        (self.end..self.start).contains(&here())
    }

    /// Whether this is the stack in use, and enough of it is left for a call of Lua by a native function.
    #[inline(always)]
    pub(crate) fn has_room(self) -> bool {
        let least = self.end.saturating_add(tuning::NATIVE_RESERVE);
        here().wrapping_sub(least) < self.start.saturating_sub(least)
    }

    /// Bytes left.
    #[inline]
    pub(crate) fn left(self) -> usize {
        here().saturating_sub(self.end)
    }

    /// How many of the parser's levels there is room for.
    pub(crate) fn levels(self) -> u32 {
        let bytes = self.left().saturating_sub(tuning::NATIVE_RESERVE);
        u32::try_from(bytes / tuning::NATIVE_LEVEL).unwrap_or(u32::MAX)
    }
}

/// The lowest and the highest address of this thread's stack, if the system tells.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn bounds_of_thread() -> Option<(usize, usize)> {
    let bounds = bounds_of_main_thread();
    debug_assert!(
        bounds.zip(bounds_by_pthread()).is_none_or(|(b, p)| b.0.abs_diff(p.0) <= 64 << 10),
        "{bounds:x?} {:x?}",
        bounds_by_pthread()
    );
    bounds.or_else(bounds_by_pthread)
}

/// The same for the first thread of the process, for which the C library reads and parses the whole list of mappings. The kernel
/// puts the name of the executable at the very top of the stack, and lets it grow to its limit, at the time: at least
/// the first 128 MB are out of bounds to other mappings.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn bounds_of_main_thread() -> Option<(usize, usize)> {
    const OUT_OF_BOUNDS: u64 = 64 << 20;
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: these calls ask for numbers; the limit is there to be written to.
    let (is_first, name, page) = unsafe {
        let is_first = libc::syscall(libc::SYS_gettid) == libc::c_long::from(libc::getpid())
            && libc::getrlimit(libc::RLIMIT_STACK, &mut limit) == 0;
        (is_first, libc::getauxval(libc::AT_EXECFN), libc::sysconf(libc::_SC_PAGESIZE))
    };
    let page = usize::try_from(page).ok().filter(|p| p.is_power_of_two())?;
    if !is_first || name == 0 || limit.rlim_cur > OUT_OF_BOUNDS {
        return None;
    }
    // SAFETY: the kernel says that there is a string, which nobody has a reason to change.
    let name = unsafe { CStr::from_ptr(std::ptr::with_exposed_provenance(name as usize)) };
    let end = name.as_ptr().addr().checked_add(name.count_bytes() + 1)?;
    let start = end.checked_next_multiple_of(page)?;
    let lowest = start.checked_sub(usize::try_from(limit.rlim_cur).ok()?)?;
    (lowest..start).contains(&here()).then_some((lowest, start))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn bounds_by_pthread() -> Option<(usize, usize)> {
    let mut attributes = std::mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
    let (mut lowest, mut size, mut guard) = (std::ptr::null_mut(), 0, 0);
    // SAFETY: the attributes are initialized by the first call, if it succeeds, read, and destroyed.
    let found = unsafe {
        libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) == 0 && {
            let stack =
                libc::pthread_attr_getstack(attributes.as_ptr(), &mut lowest, &mut size) == 0;
            let guarded = libc::pthread_attr_getguardsize(attributes.as_ptr(), &mut guard) == 0;
            libc::pthread_attr_destroy(attributes.as_mut_ptr());
            stack && guarded
        }
    };
    let lowest = lowest as usize;
    // Some systems count the guard page in, some don't.
    found.then(|| (lowest.saturating_add(guard), lowest.saturating_add(size)))
}

/// The same.
#[cfg(any(target_os = "macos", target_os = "ios"))]
fn bounds_of_thread() -> Option<(usize, usize)> {
    // SAFETY: both calls only read what the system knows of this thread.
    let (start, size) = unsafe {
        let this = libc::pthread_self();
        (libc::pthread_get_stackaddr_np(this) as usize, libc::pthread_get_stacksize_np(this))
    };
    Some((start.saturating_sub(size), start))
}

/// The same.
#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_os = "macos",
    target_os = "ios"
)))]
fn bounds_of_thread() -> Option<(usize, usize)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of a stack of `size` bytes at the beginning of its thread.
    fn left_of(size: usize) -> usize {
        let thread = std::thread::Builder::new().stack_size(size);
        let left = thread.spawn(|| Extent::current().left()).expect("a thread");
        left.join().expect("it doesn't panic")
    }

    #[test]
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    fn a_threads_own_stack() {
        for size in [256 << 10, 2 << 20, 64 << 20] {
            let left = left_of(size);
            assert!(left > size / 10 * 8 && left <= size + (64 << 10), "{left} of {size}");
        }
    }

    #[test]
    fn levels_fit() {
        let room = tuning::NATIVE_RESERVE + 10 * tuning::NATIVE_LEVEL + tuning::NATIVE_LEVEL / 2;
        assert_eq!(Extent { end: here() - room, start: here() }.levels(), 10);
        assert_eq!(Extent::NONE.levels(), 0);
        assert!(!Extent::NONE.is_current() && !Extent::NONE.has_room());
        let little = Extent { end: here() - tuning::NATIVE_RESERVE + 1000, start: here() + 1000 };
        assert!(little.is_current() && !little.has_room());
        assert!(Extent { end: here() - room, start: here() + 1000 }.has_room());
    }
}
