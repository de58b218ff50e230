//! What can be said about two engines from noisy times.
//!
//! **Problem.** Times of one process vary a little from iteration to iteration, and more from process to process, with
//! where things happen to lie in memory and with what else the machine does. A mean over everything gives a few slow
//! iterations the say, and an interval computed from the iterations alone is far too narrow.
//!
//! **Design.** A process gives one number: the median of the later half of its iterations. Processes of two engines
//! run next to each other in a *round*; the logarithms of a round's ratio are averaged over the rounds. The interval is
//! Student's, from how much the rounds differ; the one of a geometric mean follows from those of its programs, with
//! Welch's degrees of freedom. A test simulates sessions and counts how often the intervals hold the truth. From a
//! single round, all there is to go by is how much its iterations differ.
//!
//! **Rejected.** The minimum: with a garbage collector and a compiler, luck isn't noise around a true value. A bootstrap
//! over the rounds: of three rounds it knows too little, and claims too much.

use std::f64::consts::FRAC_PI_2;

/// Iterations of one process, in seconds.
pub(crate) type Times = [f64];

/// The later half, in which an engine has warmed up.
pub(crate) fn steady(times: &Times) -> &Times {
    &times[times.len() / 2..]
}

/// The middle one; `None` of nothing.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some((sorted[sorted.len() / 2 - 1] + upper) / 2.0)
}

/// The geometric mean; `None` of nothing.
pub(crate) fn geometric_mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    Some((values.iter().map(|value| value.ln()).sum::<f64>() / values.len() as f64).exp())
}

/// The time until an engine has warmed up: of the iterations before the first that takes at most a tenth more than the
/// median of the later half.
pub(crate) fn warm_up(times: &Times) -> Option<f64> {
    let limit = median(steady(times))? * 1.1;
    Some(times.iter().take_while(|&&time| time > limit).fold(0.0, |sum, time| sum + time))
}

/// A ratio of times, and where it lies with 95 per cent confidence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Estimate {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Of its logarithm.
    mean: Mean,
}

impl Estimate {
    fn new(mean: Mean) -> Estimate {
        let margin = student(mean.freedom) * mean.variance.sqrt();
        let (low, high) = ((mean.value - margin).exp(), (mean.value + margin).exp());
        Estimate { value: mean.value.exp(), low, high, mean }
    }

    /// The geometric mean of several, of different programs; `None` of nothing.
    pub(crate) fn mean(estimates: &[Estimate]) -> Option<Estimate> {
        let weight = 1.0 / estimates.len() as f64;
        let weighted = estimates.iter().map(|estimate| estimate.mean.scale(weight));
        weighted.reduce(Mean::add).map(Estimate::new)
    }

    /// Whether the two certainly differ.
    pub(crate) fn differs(&self) -> bool {
        self.low > 1.0 || self.high < 1.0
    }
}

/// Whether the rounds of both were run next to each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pairing {
    /// What disturbed a round disturbed both.
    Paired,
    /// They come from two sessions.
    Apart,
}

/// How many times as long `a` takes as `b`, from the iterations of every round; `None` if there are none.
pub(crate) fn ratio(a: &[&Times], b: &[&Times], pairing: Pairing) -> Option<Estimate> {
    let difference = match (pairing, a, b) {
        (Pairing::Paired, [_, _, ..], [_, _, ..]) => {
            let logarithms = logarithms(a)?.into_iter().zip(logarithms(b)?);
            Mean::of(&logarithms.map(|(a, b)| a - b).collect::<Vec<_>>())?
        }
        _ => over_rounds(a)?.add(over_rounds(b)?.scale(-1.0)),
    };
    Some(Estimate::new(difference))
}

/// The logarithms of the rounds' medians.
fn logarithms(rounds: &[&Times]) -> Option<Vec<f64>> {
    rounds.iter().map(|times| median(steady(times)).map(f64::ln)).collect()
}

/// The mean of the logarithms of the rounds' medians.
fn over_rounds(rounds: &[&Times]) -> Option<Mean> {
    let medians = logarithms(rounds)?;
    let ([single], [times]) = (medians.as_slice(), rounds) else {
        return Mean::of(&medians);
    };
    // The variance of a median is π/2 times that of a mean.
    let within: Vec<f64> = steady(times).iter().map(|time| time.ln()).collect();
    let within = Mean::of(&within)?;
    Some(Mean { value: *single, variance: within.variance * FRAC_PI_2, freedom: within.freedom })
}

/// A mean with its own variance, known with so many degrees of freedom.
#[derive(Clone, Copy, Debug)]
struct Mean {
    value: f64,
    variance: f64,
    freedom: f64,
}

impl Mean {
    /// Of values; `None` of nothing. A single value seems certain.
    fn of(values: &[f64]) -> Option<Mean> {
        if values.is_empty() {
            return None;
        }
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let freedom = (count - 1.0).max(1.0);
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Some(Mean { value: mean, variance: squares / freedom / count, freedom })
    }

    fn scale(self, factor: f64) -> Mean {
        Mean { value: self.value * factor, variance: self.variance * factor * factor, ..self }
    }

    /// The sum of two that are independent, by Welch and Satterthwaite.
    fn add(self, other: Mean) -> Mean {
        let variance = self.variance + other.variance;
        let shares = self.variance.powi(2) / self.freedom + other.variance.powi(2) / other.freedom;
        let freedom =
            if shares > 0.0 { variance.powi(2) / shares } else { self.freedom + other.freedom };
        Mean { value: self.value + other.value, variance, freedom }
    }
}

/// How many standard errors to both sides hold 95 per cent of Student's distribution.
fn student(freedom: f64) -> f64 {
    /// By degrees of freedom; between them, the reciprocals are all but proportional.
    const QUANTILES: [(f64, f64); 9] = [
        (1.0, 12.706),
        (2.0, 4.303),
        (3.0, 3.182),
        (4.0, 2.776),
        (6.0, 2.447),
        (10.0, 2.228),
        (20.0, 2.086),
        (60.0, 2.000),
        (f64::INFINITY, 1.960),
    ];
    let after = QUANTILES.partition_point(|(known, _)| *known <= freedom);
    match (QUANTILES.get(after.wrapping_sub(1)), QUANTILES.get(after)) {
        (Some(&(known, quantile)), Some(&(next, smaller))) => {
            let share = (1.0 / known - 1.0 / freedom) / (1.0 / known - 1.0 / next);
            quantile + (smaller - quantile) * share
        }
        (None, Some(&(_, quantile))) | (Some(&(_, quantile)), None) => quantile,
        (None, None) => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random, the same in every run (by splitmix64).
    struct Random(u64);

    impl Random {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            (z ^ (z >> 31)) as f64 / u64::MAX as f64
        }
    }

    /// The sum of twelve uniform numbers is normal enough.
    fn normal(random: &mut Random) -> f64 {
        (0..12).map(|_| random.next()).sum::<f64>() - 6.0
    }

    /// Rounds of eight iterations around a time, with noise between rounds and between iterations.
    fn simulate(
        random: &mut Random,
        time: f64,
        rounds: usize,
        between: f64,
        within: f64,
    ) -> Vec<Vec<f64>> {
        (0..rounds)
            .map(|_| {
                let level = time * (between * normal(random)).exp();
                (0..8).map(|_| level * (within * normal(random)).exp()).collect()
            })
            .collect()
    }

    fn slices(rounds: &[Vec<f64>]) -> Vec<&Times> {
        rounds.iter().map(Vec::as_slice).collect()
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 100.0]), Some(3.0));
    }

    #[test]
    fn the_first_half_is_warm_up() {
        assert_eq!(steady(&[9.0, 8.0, 1.0, 2.0]), [1.0, 2.0]);
        assert_eq!(steady(&[9.0, 1.0, 2.0]), [1.0, 2.0]);
        assert_eq!(steady(&[9.0]), [9.0]);
        assert_eq!(warm_up(&[5.0, 2.0, 1.05, 1.0, 1.0, 1.0]), Some(7.0));
        assert_eq!(warm_up(&[1.0, 5.0, 1.0, 1.0]), Some(0.0));
    }

    #[test]
    fn warm_up_does_not_enter_the_ratio() {
        let a: &Times = &[100.0, 50.0, 2.0, 2.0, 2.0, 2.0];
        let b: &Times = &[1.0; 6];
        let estimate = ratio(&[a], &[b], Pairing::Paired).expect("there are times");
        assert!((estimate.value - 2.0).abs() < 1e-12);
        assert!((estimate.low - 2.0).abs() < 1e-12 && (estimate.high - 2.0).abs() < 1e-12);
    }

    /// How many of a thousand simulated sessions give an interval that holds the true ratio.
    fn coverage(rounds: usize, pairing: Pairing) -> usize {
        let mut random = Random(rounds as u64);
        (0..1000)
            .filter(|_| {
                let a = simulate(&mut random, 3.0, rounds, 0.05, 0.02);
                let b = simulate(&mut random, 2.0, rounds, 0.05, 0.02);
                let e = ratio(&slices(&a), &slices(&b), pairing).expect("there are times");
                e.low <= 1.5 && 1.5 <= e.high
            })
            .count()
    }

    #[test]
    fn intervals_hold_the_truth_as_often_as_they_say() {
        for rounds in [2, 3, 5, 10] {
            for pairing in [Pairing::Paired, Pairing::Apart] {
                let covered = coverage(rounds, pairing);
                assert!(
                    (925..=990).contains(&covered),
                    "{covered} with {rounds} rounds, {pairing:?}"
                );
            }
        }
    }

    #[test]
    fn so_do_those_of_geometric_means() {
        let mut random = Random(5);
        let covered = (0..500)
            .filter(|_| {
                let programs: Vec<Estimate> = (0..10)
                    .map(|_| {
                        let a = simulate(&mut random, 3.0, 3, 0.05, 0.02);
                        let b = simulate(&mut random, 2.0, 3, 0.05, 0.02);
                        ratio(&slices(&a), &slices(&b), Pairing::Paired).expect("there are times")
                    })
                    .collect();
                let mean = Estimate::mean(&programs).expect("there are ten");
                assert!(mean.high / mean.low < programs[0].high / programs[0].low * 1.5);
                mean.low <= 1.5 && 1.5 <= mean.high
            })
            .count();
        assert!((455..=495).contains(&covered), "{covered}");
    }

    #[test]
    fn a_single_round_goes_by_its_iterations() {
        let steady: &Times = &[1.0; 8];
        let shaky: &Times = &[1.0, 1.0, 1.0, 1.0, 1.1, 0.9, 1.2, 0.8];
        let exact = ratio(&[steady], &[steady], Pairing::Paired).expect("there are times");
        let vague = ratio(&[shaky], &[steady], Pairing::Paired).expect("there are times");
        assert_eq!((exact.low, exact.high), (1.0, 1.0));
        assert!(vague.low < 0.8 && vague.high > 1.2, "{vague:?}");
    }

    #[test]
    fn student_is_interpolated() {
        for (freedom, quantile) in
            [(0.5, 12.706), (1.0, 12.706), (5.0, 2.571), (8.0, 2.306), (15.0, 2.131), (1e9, 1.960)]
        {
            let found = student(freedom);
            assert!((found - quantile).abs() < 0.012, "{found} for {freedom}");
        }
    }

    #[test]
    fn what_disturbs_both_cancels_only_in_pairs() {
        let mut random = Random(7);
        let a = simulate(&mut random, 1.0, 6, 0.3, 0.001);
        let b: Vec<Vec<f64>> =
            a.iter().map(|times| times.iter().map(|t| t * 2.0).collect()).collect();
        let paired = ratio(&slices(&b), &slices(&a), Pairing::Paired).expect("there are times");
        let apart = ratio(&slices(&b), &slices(&a), Pairing::Apart).expect("there are times");
        assert!((paired.value - 2.0).abs() < 1e-9 && (apart.value - 2.0).abs() < 1e-9);
        assert!(paired.high - paired.low < 0.02, "{paired:?}");
        assert!(apart.high - apart.low > 0.2);
        assert!(paired.differs());
    }

    #[test]
    fn equal_engines_do_not_differ() {
        let mut random = Random(11);
        let a = simulate(&mut random, 1.0, 5, 0.05, 0.02);
        let b = simulate(&mut random, 1.0, 5, 0.05, 0.02);
        assert!(
            !ratio(&slices(&a), &slices(&b), Pairing::Paired).expect("there are times").differs()
        );
    }

    #[test]
    fn geometric_means() {
        let exact = |value: f64| {
            let (a, b) = ([value; 4], [1.0; 4]);
            ratio(&[&a], &[&b], Pairing::Paired).expect("there are times")
        };
        let (twice, half) = (exact(2.0), exact(0.5));
        let mean = Estimate::mean(&[twice, half]).expect("there are two");
        assert!((mean.value - 1.0).abs() < 1e-12 && (mean.low - 1.0).abs() < 1e-12);
        assert!(Estimate::mean(&[]).is_none());
        assert!((geometric_mean(&[1.0, 4.0, 16.0]).expect("there are three") - 4.0).abs() < 1e-12);
        assert_eq!(geometric_mean(&[]), None);
    }

    #[test]
    fn nothing_gives_nothing() {
        assert!(ratio(&[], &[], Pairing::Paired).is_none());
        assert!(ratio(&[&[]], &[&[1.0]], Pairing::Apart).is_none());
    }
}
