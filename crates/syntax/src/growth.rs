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

#[cold]
#[inline(never)]
fn grow<T>(items: &mut Vec<T>) {
    let len = items.len();
    let more = if len * size_of::<T>() < LARGE { len.max(16) } else { len / 4 };
    items.reserve_exact(more);
}

#[cfg(test)]
mod tests {
    use super::{LARGE, push};

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
