//! Random numbers: small, fast, and the same everywhere for the same seed, which a library might not promise.
//!
//! The generator is SplitMix64: any seed is as good as any other, and neighbouring seeds give unrelated sequences.

/// A source of random numbers.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// A generator. The same seed gives the same numbers.
    pub fn new(seed: u64) -> Rng {
        Rng(seed)
    }

    /// Any 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`, which should be small; 0 if `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.bits() % n as u64) as usize }
    }

    /// A number from `low` to `high`, both included.
    pub fn range(&mut self, low: i64, high: i64) -> i64 {
        let width = high.saturating_sub(low).max(0) as usize;
        low.saturating_add(self.below(width.saturating_add(1)) as i64)
    }

    /// True in so many of 100 cases.
    pub fn percent(&mut self, n: usize) -> bool {
        self.below(100) < n
    }

    /// One of a list, which isn't empty.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// The index of one of a list, each as likely as its weight says.
    pub fn weighted(&mut self, weights: impl Iterator<Item = usize> + Clone) -> usize {
        let mut left = self.below(weights.clone().sum());
        for (i, w) in weights.enumerate() {
            if left < w {
                return i;
            }
            left -= w;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_heeded() {
        let mut rng = Rng::new(1);
        let mut counts = [0; 3];
        for _ in 0..4000 {
            counts[rng.weighted([1, 0, 3].into_iter())] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!(counts[2] > 2 * counts[0] && counts[0] > 500, "{counts:?}");
    }

    #[test]
    fn ranges_include_their_ends() {
        let mut rng = Rng::new(2);
        let seen: Vec<i64> = (0..100).map(|_| rng.range(-1, 1)).collect();
        assert!([-1, 0, 1].iter().all(|n| seen.contains(n)));
    }
}
