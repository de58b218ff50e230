//! Arrays that grow by little when they are large.
//!
//! A vector doubles, so it may have twice the room it needs. A budget that is charged for each element would have to be charged
//! twice; and an array of megabytes is moved by the system without being copied, so growing it more often costs little.
//!
//! Between small and large there is nothing: an array that has outgrown [`SMALL`] gets room for [`LARGE`] bytes at once. So
//! much comes from the system as pages that exist when they are used, and doubling would have used as many again for copies
//! that are dropped. A page that is used for the first time takes longer than to parse what fills it.

/// Arrays of fewer bytes double.
const SMALL: usize = 1 << 13;

/// Arrays of more bytes grow by little. At least what common allocators take from the system directly.
const LARGE: usize = 1 << 17;

/// Whether an array has outgrown [`LARGE`], so that it isn't worth keeping.
pub fn is_large<T>(items: &Vec<T>) -> bool {
    items.capacity() * size_of::<T>() > LARGE
}

/// Appends an element.
#[inline(always)]
pub fn push<T>(items: &mut Vec<T>, item: T) {
    if items.len() == items.capacity() {
        grow(items);
    }
    items.push(item);
}

/// Appends bytes.
pub fn append(bytes: &mut Vec<u8>, more: &[u8]) {
    while bytes.capacity() - bytes.len() < more.len() {
        if bytes.len() + more.len() > 2 * bytes.capacity() {
            bytes.reserve_exact(more.len());
        } else {
            grow(bytes);
        }
    }
    bytes.extend_from_slice(more);
}

/// Makes room for more, in an array that may have some.
#[cold]
#[inline(never)]
fn grow<T>(items: &mut Vec<T>) {
    let (capacity, large) = (items.capacity(), LARGE / size_of::<T>().max(1));
    let more = match capacity * size_of::<T>() {
        bytes if bytes < SMALL => capacity.max(16),
        _ if capacity < large => large - capacity,
        _ => capacity / 4,
    };
    items.reserve_exact(capacity - items.len() + more);
}

#[cfg(test)]
mod tests {
    use super::{LARGE, SMALL, append, push};

    #[test]
    fn bytes_have_little_to_spare() {
        let mut bytes = Vec::new();
        for n in 0..2000 {
            append(&mut bytes, &vec![b'x'; n]);
            assert!(bytes.len() < LARGE || bytes.capacity() <= bytes.len() * 5 / 4 + n);
        }
        append(&mut bytes, &vec![b'y'; 10_000_000]);
        append(&mut bytes, b"z");
        assert!(bytes.len() == 11_999_001 && bytes.capacity() < 16_000_000);
    }

    #[test]
    fn large_arrays_have_little_to_spare() {
        let mut items = Vec::new();
        for n in 0..1_000_000_u64 {
            push(&mut items, n);
            assert!(n < LARGE as u64 || items.capacity() <= items.len() * 5 / 4);
            assert!(items.capacity() * 8 <= SMALL || items.capacity() * 8 >= LARGE);
        }
        assert!(items.into_iter().eq(0..1_000_000));
    }
}
