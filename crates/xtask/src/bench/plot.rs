//! Plots of time over size, as text.
//!
//! Both axes are logarithmic, so what takes the same time for each element, however many there are, is a level line, and what
//! is quadratic rises by a decade for each. A letter stands for an order; where several meet there is the first of them.

use std::collections::BTreeMap;

use super::{Outcome, Row, statistics};

/// For each order, in the program's: the median time for each size.
pub(crate) type Curves = Vec<(String, BTreeMap<u64, f64>)>;

/// Lines of a plot for a factor of ten.
const LINES_PER_DECADE: f64 = 6.0;

/// Characters for each size.
const WIDTH: usize = 6;

/// Whether a program prints points.
pub(crate) fn has_points(row: &Row) -> bool {
    row.outcomes.iter().flat_map(Outcome::runs).any(|run| !run.points.is_empty())
}

/// The medians over all rounds.
pub(crate) fn curves(outcome: &Outcome) -> Curves {
    let mut all: Vec<(String, BTreeMap<u64, Vec<f64>>)> = Vec::new();
    for point in outcome.runs().iter().flat_map(|run| &run.points) {
        let at = all.iter().position(|(order, _)| *order == point.order).unwrap_or_else(|| {
            all.push((point.order.clone(), BTreeMap::new()));
            all.len() - 1
        });
        all[at].1.entry(point.size).or_default().push(point.ns);
    }
    let medians = |times: BTreeMap<u64, Vec<f64>>| {
        let median = |(size, times): (u64, Vec<f64>)| Some((size, statistics::median(&times)?));
        times.into_iter().filter_map(median).collect()
    };
    all.into_iter().map(|(order, times)| (order, medians(times))).collect()
}

/// All sizes of some contenders' curves.
pub(crate) fn sizes(all: &[Curves]) -> Vec<u64> {
    let mut sizes: Vec<u64> =
        all.iter().flatten().flat_map(|(_, times)| times.keys().copied()).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// All orders of some contenders' curves.
pub(crate) fn orders(all: &[Curves]) -> Vec<String> {
    let mut orders: Vec<String> = Vec::new();
    for (order, _) in all.iter().flatten() {
        if !orders.contains(order) {
            orders.push(order.clone());
        }
    }
    orders
}

/// The time of an order for a size.
pub(crate) fn at(curves: &Curves, order: &str, size: u64) -> Option<f64> {
    curves.iter().find(|(name, _)| name == order)?.1.get(&size).copied()
}

/// The plot of one contender, for a document.
pub(crate) fn draw(name: &str, curves: &Curves) -> String {
    let sizes = sizes(std::slice::from_ref(curves));
    let times = || curves.iter().flat_map(|(_, times)| times.values().copied());
    let (least, most) = times().fold((f64::MAX, 0.0_f64), |(a, b), ns| (a.min(ns), b.max(ns)));
    if sizes.is_empty() || least <= 0.0 {
        return String::new();
    }
    let line_of = |ns: f64| ((ns / least).log10() * LINES_PER_DECADE).round() as usize;
    let mut lines = vec![vec![b' '; sizes.len() * WIDTH]; line_of(most) + 1];
    for (at, (_, times)) in curves.iter().enumerate().rev() {
        for (column, size) in sizes.iter().enumerate() {
            if let Some(ns) = times.get(size) {
                lines[line_of(*ns)][column * WIDTH + WIDTH / 2] = letter(at);
            }
        }
    }
    let mut text = format!("\n{name}, ns for an element:\n\n```text\n");
    for (number, line) in lines.iter().enumerate().rev() {
        let ns = least * 10.0_f64.powf(number as f64 / LINES_PER_DECADE);
        text.push_str(&format!("{ns:7.0} |{}", String::from_utf8_lossy(line).trim_end()));
        text.push('\n');
    }
    text.push_str(&format!("        +{}\n         ", "-".repeat(sizes.len() * WIDTH)));
    sizes.iter().for_each(|size| text.push_str(&format!("{:^WIDTH$}", short(*size))));
    text.truncate(text.trim_end().len());
    text.push_str("\n\n");
    for (at, (order, _)) in curves.iter().enumerate() {
        text.push_str(&format!("  {}  {order}\n", letter(at) as char));
    }
    text.push_str("```\n");
    text
}

fn letter(at: usize) -> u8 {
    b'a' + (at % 26) as u8
}

/// A size in few characters.
fn short(size: u64) -> String {
    match size {
        0..1000 => size.to_string(),
        1000..1_000_000 => format!("{}k", (size + 500) / 1000),
        _ => format!("{}M", (size + 500_000) / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::super::measure::{Point, Run};
    use super::*;

    fn outcome(points: &[(&str, u64, f64)]) -> Outcome {
        let point =
            |&(order, size, ns): &(&str, u64, f64)| Point { order: order.to_owned(), size, ns };
        Outcome::Measured(vec![Run {
            points: points.iter().map(point).collect(),
            ..Run::default()
        }])
    }

    #[test]
    fn level_and_rising_curves_look_so() {
        let points = [
            ("flat", 10, 10.0),
            ("steep", 10, 10.0),
            ("flat", 1000, 10.0),
            ("steep", 1000, 1000.0),
        ];
        let all = curves(&outcome(&points));
        assert_eq!(
            (sizes(std::slice::from_ref(&all)), orders(std::slice::from_ref(&all)).len()),
            (vec![10, 1000], 2)
        );
        assert_eq!((at(&all, "steep", 1000), at(&all, "steep", 5)), (Some(1000.0), None));
        let text = draw("x", &all);
        let lines: Vec<&str> = text.lines().filter(|line| line.contains('|')).collect();
        assert_eq!(lines.len(), 13);
        assert_eq!((lines[0].trim(), lines[12].trim()), ("1000 |         b", "10 |   a     a"));
        assert!(text.contains("  10    1k") && text.contains("  b  steep"), "{text}");
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!(draw("x", &curves(&Outcome::Failed(String::new()))), "");
    }
}
