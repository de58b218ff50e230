//! Arrays that grow by little when they are large.
//!
//! A vector doubles, so it may have twice the room it needs. A budget that is charged for each element would have to be charged
//! twice; and an array of megabytes is moved by the system without being copied, so growing it more often costs little.

/// Arrays of fewer bytes double.
const LARGE: usize = 1 << 18;

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
    let capacity = items.capacity();
    let more = if capacity * size_of::<T>() < LARGE { capacity.max(16) } else { capacity / 4 };
    items.reserve_exact(capacity - items.len() + more);
}

#[cfg(test)]
mod tests {
    use super::{LARGE, append, push};

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
        }
        assert!(items.into_iter().eq(0..1_000_000));
    }
}
