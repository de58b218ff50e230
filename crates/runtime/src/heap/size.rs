//! Size classes: how many bytes a request really gets.
//!
//! Small requests are rounded up to one of [`CLASSES`] cell sizes, at most four per doubling (eight up to 64
//! bytes), so that rounding wastes less than a fifth. From 2 KiB up the sizes are what a block divides into,
//! powers of two included, because doubling arrays ask for those. Larger requests get whole pages.

/// Bytes of a block: the unit in which memory is given to size classes.
pub(super) const BLOCK: usize = 64 << 10;

/// Number of size classes.
pub const CLASSES: usize = 40;

/// The largest request served from a block that holds several cells.
pub(super) const MAX_SMALL: usize = 32 << 10;

/// Larger requests are rounded up to this.
pub(super) const PAGE: usize = 4 << 10;

/// Cell size of each class.
pub(super) const CELL: [usize; CLASSES] = [
    8, 16, 24, 32, 40, 48, 56, 64, // every granule
    80, 96, 112, 128, 160, 192, 224, 256, // four per doubling
    320, 384, 448, 512, 640, 768, 896, 1024, //
    1280, 1536, 1792, 2048, //
    2520, 3120, 3640, 4096, // a block divided by 26, 21, 18, 16
    5456, 6552, 8192, // by 12, 10, 8
    10920, 13104, 16384, // by 6, 5, 4
    21840, 32768, // by 3, 2
];

/// Requests up to this find their class in [`BY_GRANULES`].
const TABLE_LIMIT: usize = 1024;

/// Class by number of 8-byte granules.
static BY_GRANULES: [u8; TABLE_LIMIT / 8 + 1] = by_granules();

const fn by_granules() -> [u8; TABLE_LIMIT / 8 + 1] {
    let mut table = [0; TABLE_LIMIT / 8 + 1];
    let mut i = 0;
    while i < table.len() {
        table[i] = search(i * 8, 0) as u8;
        i += 1;
    }
    table
}

/// The first class from `class` on whose cells hold `bytes`.
const fn search(bytes: usize, mut class: usize) -> usize {
    while CELL[class] < bytes {
        class += 1;
    }
    class
}

/// The class for a request known at compile time.
pub(super) const fn const_class_of(bytes: usize) -> usize {
    assert!(bytes <= MAX_SMALL);
    search(bytes, 0)
}

/// The class for a request of at most [`MAX_SMALL`] bytes.
#[inline]
pub(super) fn class_of(bytes: usize) -> usize {
    debug_assert!(bytes <= MAX_SMALL);
    match BY_GRANULES.get(bytes.div_ceil(8)) {
        Some(&class) => class as usize,
        None => search(bytes, BY_GRANULES[TABLE_LIMIT / 8] as usize),
    }
}

/// Number of cells in a block of a class.
pub(super) const fn cells(class: usize) -> usize {
    BLOCK / CELL[class]
}

/// What a request of `bytes` really gets.
pub(super) fn usable(bytes: usize) -> usize {
    if bytes <= MAX_SMALL { CELL[class_of(bytes)] } else { round_large(bytes) }
}

/// What a large request really gets.
pub(super) fn round_large(bytes: usize) -> usize {
    bytes.saturating_add(PAGE - 1) & !(PAGE - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_tight() {
        for bytes in 0..=MAX_SMALL {
            let class = class_of(bytes);
            assert!(CELL[class] >= bytes);
            assert!(class == 0 || CELL[class - 1] < bytes, "{bytes}");
            assert_eq!(class, const_class_of(bytes));
        }
        for (class, size) in CELL.iter().enumerate() {
            assert_eq!(size % 8, 0);
            assert!(BLOCK - cells(class) * size < *size);
        }
        assert_eq!(usable(MAX_SMALL + 1), 36 << 10);
    }
}
