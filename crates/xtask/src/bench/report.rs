//! The tables of a record: for reading in a terminal, for a document, and against an older record.
//!
//! **Design.** A table is made once, as cells, and then laid out: in columns of equal width, or as Markdown. In a
//! document every group has a section between two marks, which is replaced as a whole; the text around it is kept. So
//! documents are never edited by hand where they hold numbers, and a group can be measured again by itself.
//!
//! Ratios say how many times as fast the first contender is as another one: above 1, it is ahead. Brackets hold the
//! interval of 95 per cent confidence.

use std::fs;
use std::path::Path;

use super::statistics::{self, Estimate, Pairing};
use super::{Outcome, Record, Row, plot, program};

/// Rows of cells, the first of which is the head.
struct Table {
    title: String,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn new(title: impl Into<String>, head: Vec<String>) -> Table {
        Table { title: title.into(), rows: vec![head] }
    }

    /// In columns, the first to the left, the others to the right.
    fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = format!("\n{}\n", self.title);
        for row in &self.rows {
            for (at, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                let gap = " ".repeat(width - cell.chars().count());
                let padded =
                    if at == 0 { format!("{cell}{gap}") } else { format!("  {gap}{cell}") };
                text.push_str(&padded);
            }
            text.truncate(text.trim_end_matches(' ').len());
            text.push('\n');
        }
        text
    }

    fn markdown(&self) -> String {
        let mut text = format!("{}\n\n", self.title);
        for (at, row) in self.rows.iter().enumerate() {
            text.push_str(&format!("| {} |\n", row.join(" | ")));
            if at == 0 {
                text.push_str(&format!("|---|{}\n", "--:|".repeat(row.len().saturating_sub(1))));
            }
        }
        text
    }
}

/// Everything about a record, for a terminal.
pub(crate) fn text(record: &Record) -> String {
    let mut text = conditions(record);
    for group in groups(record) {
        for table in tables(record, &group) {
            text.push_str(&table.text());
        }
        text.push_str(&remarks(record, &group));
    }
    text
}

/// Replaces the sections of a record's groups in a document, or adds them to its end.
pub(crate) fn update(file: &Path, record: &Record) -> Result<(), String> {
    let old =
        fs::read_to_string(file).map_err(|e| format!("can't read {}: {e}", file.display()))?;
    let mut new = old;
    for group in groups(record) {
        new = replace_section(&new, &group, &section(record, &group))?;
    }
    fs::write(file, new).map_err(|e| format!("can't write {}: {e}", file.display()))
}

/// The text of a document with a group's section replaced or added.
fn replace_section(document: &str, group: &str, section: &str) -> Result<String, String> {
    let (begin, end) =
        (format!("<!-- bench {group}: begin -->\n"), format!("<!-- bench {group}: end -->\n"));
    let Some(start) = document.find(&begin) else {
        let document = document.trim_end();
        return Ok(format!("{document}\n\n{begin}{section}{end}"));
    };
    let Some(length) = document[start..].find(&end) else {
        return Err(format!("the section of {group} doesn't end"));
    };
    let (before, after) = (&document[..start], &document[start + length + end.len()..]);
    Ok(format!("{before}{begin}{section}{end}{after}"))
}

/// A group's part of a document.
fn section(record: &Record, group: &str) -> String {
    let mut text = format!("\n## Measured: {group}\n\n{}", conditions(record));
    for table in tables(record, group) {
        text.push('\n');
        text.push_str(&table.markdown());
    }
    text.push_str(&remarks(record, group));
    text.push('\n');
    text
}

/// Under which conditions the record came about.
fn conditions(record: &Record) -> String {
    let contenders: Vec<String> = record
        .contenders
        .iter()
        .map(|contender| match contender.options.as_slice() {
            [] => format!("{} ({})", contender.name, contender.version),
            options => format!("{} ({}, {})", contender.name, contender.version, options.join(" ")),
        })
        .collect();
    format!(
        "Contenders: {}.\nMachine: {}. Rounds: {}, of {} iterations in each process.\n",
        contenders.join("; "),
        record.machine,
        record.rounds,
        record.iterations
    )
}

/// The groups of a record, in its order.
fn groups(record: &Record) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    for row in &record.programs {
        if !groups.contains(&row.group) {
            groups.push(row.group.clone());
        }
    }
    groups
}

fn rows<'a>(record: &'a Record, group: &str) -> Vec<&'a Row> {
    record.programs.iter().filter(|row| row.group == group).collect()
}

/// All tables of a group.
fn tables(record: &Record, group: &str) -> Vec<Table> {
    if rows(record, group).iter().any(|row| plot::has_points(row)) {
        return rows(record, group).into_iter().map(|row| points(record, row)).collect();
    }
    let whole = program::WHOLE.contains(&group);
    let beside = if whole { whole_processes } else { warm_ups };
    let mut tables = vec![speeds(record, group), beside(record, group)];
    tables.extend(pauses(record, group));
    tables.extend(loading(record, group));
    tables
}

/// The subject's times, and how they compare.
fn speeds(record: &Record, group: &str) -> Table {
    let (subject, others) = names(record);
    let mut head = vec!["program".to_owned(), format!("{subject}, ms")];
    head.extend(others.iter().map(|name| format!("against {name}")));
    let of_what = if program::WHOLE.contains(&group) {
        "processor time from start to end"
    } else {
        "in the steady state"
    };
    let title = format!("{group}: how many times as fast {subject} is, {of_what}");
    let mut table = Table::new(title, head);
    let mut columns: Vec<Vec<Estimate>> = vec![Vec::new(); others.len()];
    for row in rows(record, group) {
        let mut cells = vec![
            row.name.clone(),
            outcome_cell(row.outcomes.first(), |runs| milliseconds(steady(runs)?)),
        ];
        for (column, estimates) in columns.iter_mut().enumerate() {
            let other = row.outcomes.get(column + 1);
            let estimate = row.outcomes.first().zip(other).and_then(|(subject, other)| {
                statistics::ratio(&other.times(), &subject.times(), Pairing::Paired)
            });
            cells.push(outcome_cell(other, |_| estimate.as_ref().map(estimate_cell)));
            estimates.extend(estimate);
        }
        table.rows.push(cells);
    }
    let mut cells = vec!["geometric mean".to_owned(), String::new()];
    for estimates in &columns {
        let mean = Estimate::mean(estimates);
        cells.push(mean.as_ref().map_or_else(dash, estimate_cell));
    }
    table.rows.push(cells);
    table
}

/// What happens before the steady state, and how much memory is taken.
fn warm_ups(record: &Record, group: &str) -> Table {
    let mut head = vec!["program".to_owned()];
    head.extend(record.contenders.iter().map(|contender| contender.name.clone()));
    let title =
        format!("{group}: first iteration in steady ones; ms until steady; peak of memory in MB");
    let mut table = Table::new(title, head);
    let mut firsts: Vec<Vec<f64>> = vec![Vec::new(); record.contenders.len()];
    let mut peaks: Vec<Vec<f64>> = vec![Vec::new(); record.contenders.len()];
    for row in rows(record, group) {
        let mut cells = vec![row.name.clone()];
        for ((outcome, firsts), peaks) in row.outcomes.iter().zip(&mut firsts).zip(&mut peaks) {
            cells.push(outcome_cell(Some(outcome), |runs| {
                let over = |value: fn(&super::Run) -> Option<f64>| {
                    statistics::median(&runs.iter().filter_map(value).collect::<Vec<_>>())
                };
                let first = over(|run| run.iterations.first().copied())? / steady(runs)?;
                let until = over(|run| statistics::warm_up(&run.iterations))? * 1e3;
                let peak = over(|run| Some(run.peak as f64))? / 1e6;
                firsts.push(first);
                peaks.push(peak);
                Some(format!("{first:.2}; {until:.0}; {peak:.1}"))
            }));
        }
        table.rows.push(cells);
    }
    let mut cells = vec!["geometric mean".to_owned()];
    for (firsts, peaks) in firsts.iter().zip(&peaks) {
        let mean = statistics::geometric_mean(firsts).zip(statistics::geometric_mean(peaks));
        cells.push(mean.map_or_else(dash, |(first, peak)| format!("{first:.2}; –; {peak:.1}")));
    }
    table.rows.push(cells);
    table
}

/// What whole processes took by the clock on the wall, and how much memory.
fn whole_processes(record: &Record, group: &str) -> Table {
    let (subject, others) = names(record);
    let mut head = vec!["program".to_owned()];
    head.extend(record.contenders.iter().map(|contender| contender.name.clone()));
    head.extend(others.iter().map(|name| format!("{subject}'s memory in {name}'s")));
    let title = format!("{group}: ms by the clock; peak of memory in MB");
    let mut table = Table::new(title, head);
    let mut ratios: Vec<Vec<f64>> = vec![Vec::new(); others.len()];
    let over = |outcome: &Outcome, value: fn(&super::Run) -> f64| {
        statistics::median(&outcome.runs().iter().map(value).collect::<Vec<_>>())
    };
    let peak = |outcome| over(outcome, |run| run.peak as f64 / 1e6);
    for row in rows(record, group) {
        let mut cells = vec![row.name.clone()];
        cells.extend(row.outcomes.iter().map(|outcome| {
            outcome_cell(Some(outcome), |_| {
                let wall = over(outcome, |run| run.wall / run.iterations.len().max(1) as f64)?;
                Some(format!("{}; {:.1}", milliseconds(wall)?, peak(outcome)?))
            })
        }));
        for (other, ratios) in row.outcomes.iter().skip(1).zip(&mut ratios) {
            let ratio =
                row.outcomes.first().and_then(peak).zip(peak(other)).map(|(own, its)| own / its);
            ratios.extend(ratio);
            cells.push(ratio.map_or_else(dash, |ratio| format!("{ratio:.2}")));
        }
        table.rows.push(cells);
    }
    let mut cells = vec!["geometric mean".to_owned()];
    cells.extend(record.contenders.iter().map(|_| String::new()));
    cells.extend(ratios.iter().map(|ratios| {
        statistics::geometric_mean(ratios).map_or_else(dash, |mean| format!("{mean:.2}"))
    }));
    table.rows.push(cells);
    table
}

/// How long the steps of programs took that consist of steps, if there are such programs.
fn pauses(record: &Record, group: &str) -> Option<Table> {
    let mut head = vec!["program".to_owned()];
    head.extend(record.contenders.iter().map(|contender| contender.name.clone()));
    let title =
        format!("{group}: a step, in µs: median; 99th percentile; 99.9th percentile; longest");
    let mut table = Table::new(title, head);
    for row in rows(record, group) {
        let stepped = row.outcomes.iter().flat_map(Outcome::runs).any(|run| run.pauses.is_some());
        if !stepped {
            continue;
        }
        let mut cells = vec![row.name.clone()];
        for outcome in &row.outcomes {
            cells.push(outcome_cell(Some(outcome), |runs| {
                let over = |value: fn(&super::measure::Pauses) -> f64| {
                    let values: Vec<f64> =
                        runs.iter().filter_map(|run| run.pauses.as_ref()).map(value).collect();
                    statistics::median(&values).map(|seconds| seconds * 1e6)
                };
                let (p50, p99) = (over(|p| p.p50)?, over(|p| p.p99)?);
                let (p999, max) = (over(|p| p.p999)?, over(|p| p.max)?);
                Some(format!("{p50:.0}; {p99:.0}; {p999:.0}; {max:.0}"))
            }));
        }
        table.rows.push(cells);
    }
    if table.rows.len() > 1 { Some(table) } else { None }
}

/// How long loading takes, if something is loaded.
fn loading(record: &Record, group: &str) -> Option<Table> {
    let mut head = vec!["program".to_owned()];
    head.extend(record.contenders.iter().map(|contender| contender.name.clone()));
    let mut table = Table::new(format!("{group}: ms for a MB of source text"), head);
    for row in rows(record, group) {
        let loaded = row.outcomes.iter().flat_map(Outcome::runs).any(|run| run.bytes.is_some());
        if !loaded {
            continue;
        }
        let mut cells = vec![row.name.clone()];
        cells.extend(row.outcomes.iter().map(|outcome| {
            outcome_cell(Some(outcome), |runs| {
                let bytes = runs.first()?.bytes?;
                Some(format!("{:.1}", steady(runs)? * 1e3 / (bytes / 1e6)))
            })
        }));
        table.rows.push(cells);
    }
    if table.rows.len() > 1 { Some(table) } else { None }
}

/// The times of a program that prints some for orders and sizes: of the first contender, and in brackets of the reference.
fn points(record: &Record, row: &Row) -> Table {
    let names: Vec<&str> = record.contenders.iter().map(|c| c.name.as_str()).collect();
    let curves: Vec<plot::Curves> = row.outcomes.iter().map(plot::curves).collect();
    let sizes = plot::sizes(&curves);
    let mut head = vec!["order".to_owned()];
    head.extend(sizes.iter().map(|size| size.to_string()));
    let title = format!("{}: ns for an element, by size, in {}", row.name, names.join(" / "));
    let mut table = Table::new(title, head);
    for order in plot::orders(&curves) {
        let mut cells = vec![order.clone()];
        cells.extend(sizes.iter().map(|size| {
            let each = curves.iter().map(|curves| {
                plot::at(curves, &order, *size).map_or_else(dash, |ns| format!("{ns:.0}"))
            });
            each.collect::<Vec<_>>().join(" / ")
        }));
        table.rows.push(cells);
    }
    table
}

/// Why cells hold no numbers; and plots, where there are points.
fn remarks(record: &Record, group: &str) -> String {
    let mut text = String::new();
    for row in rows(record, group).into_iter().filter(|row| plot::has_points(row)) {
        for (outcome, contender) in row.outcomes.iter().zip(&record.contenders) {
            text.push_str(&plot::draw(&contender.name, &plot::curves(outcome)));
        }
    }
    for row in rows(record, group) {
        let mut lacking: Vec<(&str, Vec<&str>)> = Vec::new();
        for (outcome, contender) in row.outcomes.iter().zip(&record.contenders) {
            match outcome {
                Outcome::Measured(_) => {}
                Outcome::NotApplicable(need) => {
                    match lacking.iter_mut().find(|(other, _)| other == need) {
                        Some((_, names)) => names.push(&contender.name),
                        None => lacking.push((need, vec![&contender.name])),
                    }
                }
                Outcome::Failed(message) => {
                    let (program, name) = (&row.name, &contender.name);
                    text.push_str(&format!("- FAILED: {program} in {name}: {message}\n"));
                }
            }
        }
        for (need, names) in lacking {
            let (program, names) = (&row.name, names.join(", "));
            text.push_str(&format!("- n/a: {program} needs {need}, not in {names}\n"));
        }
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// How the first contender fares against the one of the same name in an older record, or else the first one there.
/// Others that are in both tell by how much the conditions differ.
pub(crate) fn comparison(old: &Record, new: &Record) -> String {
    let mut text = String::new();
    for (index, contender) in new.contenders.iter().enumerate() {
        let same = old.contenders.iter().position(|other| other.name == contender.name);
        let Some(before) = same.or((index == 0).then_some(0)) else {
            continue;
        };
        let mut table = Table::new(
            format!("{}: how many times as fast as in the older record", contender.name),
            vec!["program".to_owned(), "speed".to_owned(), String::new()],
        );
        let mut estimates = Vec::new();
        for row in &new.programs {
            let same = old
                .programs
                .iter()
                .find(|other| (&other.group, &other.name) == (&row.group, &row.name));
            let outcomes =
                same.and_then(|same| same.outcomes.get(before)).zip(row.outcomes.get(index));
            let estimate = outcomes.and_then(|(before, after)| {
                statistics::ratio(&before.times(), &after.times(), Pairing::Apart)
            });
            if let Some(estimate) = estimate {
                let verdict = match estimate.value > 1.0 {
                    _ if !estimate.differs() => "",
                    true => "faster",
                    false => "SLOWER",
                };
                table.rows.push(vec![
                    row.name.clone(),
                    estimate_cell(&estimate),
                    verdict.to_owned(),
                ]);
                estimates.push(estimate);
            }
        }
        let mean = Estimate::mean(&estimates);
        let cell = mean.as_ref().map_or_else(dash, estimate_cell);
        if index == 0 {
            table.rows.push(vec!["geometric mean".to_owned(), cell, String::new()]);
            text.push_str(&table.text());
        } else {
            // An engine that hasn't changed tells by how much the conditions have.
            text.push_str(&format!("{}, for the conditions: {cell}\n", contender.name));
        }
    }
    text
}

/// The first contender's name, and those of the others.
fn names(record: &Record) -> (&str, Vec<&str>) {
    let mut names = record.contenders.iter().map(|contender| contender.name.as_str());
    (names.next().unwrap_or("nothing"), names.collect())
}

/// The median over the rounds of the steady state, in seconds.
fn steady(runs: &[super::Run]) -> Option<f64> {
    let medians =
        runs.iter().filter_map(|run| statistics::median(statistics::steady(&run.iterations)));
    statistics::median(&medians.collect::<Vec<_>>())
}

fn milliseconds(seconds: f64) -> Option<String> {
    let ms = seconds * 1e3;
    Some(if ms < 10.0 { format!("{ms:.2}") } else { format!("{ms:.1}") })
}

/// The cell of an outcome: from its runs, if there are any.
fn outcome_cell(
    outcome: Option<&Outcome>,
    cell: impl FnOnce(&[super::Run]) -> Option<String>,
) -> String {
    match outcome {
        Some(Outcome::Measured(runs)) => cell(runs).unwrap_or_else(dash),
        Some(Outcome::NotApplicable(_)) => "n/a".to_owned(),
        Some(Outcome::Failed(_)) => "FAILED".to_owned(),
        None => dash(),
    }
}

fn dash() -> String {
    "–".to_owned()
}

fn estimate_cell(estimate: &Estimate) -> String {
    format!("{:.2} [{:.2}, {:.2}]", estimate.value, estimate.low, estimate.high)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::contender::Engine;
    use super::super::measure::{Pauses, Run};
    use super::super::{Contender, FORMAT};
    use super::*;

    fn contender(name: &str, engine: Engine) -> Contender {
        let (version, options) = (format!("{name} 1"), Vec::new());
        Contender {
            name: name.to_owned(),
            engine,
            version,
            options,
            executable: Default::default(),
        }
    }

    /// Rounds whose steady state takes the given time; the first iteration takes three times as long.
    fn measured(seconds: f64) -> Outcome {
        let iterations = vec![3.0 * seconds, seconds, seconds, seconds];
        let pauses = Some(Pauses { p50: 1e-6, p99: 2e-6, p999: 3e-6, max: 4e-6 });
        let run = Run {
            iterations,
            wall: seconds,
            peak: 5_000_000,
            pauses,
            bytes: Some(2e6),
            points: Vec::new(),
            output: None,
        };
        Outcome::Measured(vec![run.clone(), run])
    }

    fn row(group: &str, name: &str, outcomes: Vec<Outcome>) -> Row {
        Row { group: group.to_owned(), name: name.to_owned(), outcomes }
    }

    /// A record in which the subject is twice and eight times as fast as another engine.
    pub(crate) fn record() -> Record {
        Record {
            format: FORMAT,
            machine: "a machine".to_owned(),
            rounds: 2,
            iterations: 4,
            contenders: vec![
                contender("perilune", Engine::Perilune),
                contender("luau", Engine::Luau),
            ],
            programs: vec![
                row("one", "twice", vec![measured(0.010), measured(0.020)]),
                row("one", "eightfold", vec![measured(0.010), measured(0.080)]),
                row(
                    "one",
                    "wide",
                    vec![measured(0.010), Outcome::NotApplicable("goto".to_owned())],
                ),
                row(
                    "two",
                    "broken",
                    vec![measured(0.010), Outcome::Failed("wrong result".to_owned())],
                ),
            ],
        }
    }

    fn line<'a>(text: &'a str, start: &str) -> &'a str {
        text.lines()
            .find(|line| line.starts_with(start))
            .unwrap_or_else(|| panic!("no {start} in {text}"))
    }

    #[test]
    fn ratios_say_how_many_times_as_fast_the_subject_is() {
        let text = text(&record());
        assert!(line(&text, "twice ").ends_with("10.0  2.00 [2.00, 2.00]"), "{text}");
        assert!(line(&text, "eightfold ").ends_with("8.00 [8.00, 8.00]"));
        assert!(line(&text, "geometric mean ").ends_with("4.00 [4.00, 4.00]"));
        assert!(line(&text, "wide ").ends_with("n/a"));
        assert!(line(&text, "broken ").ends_with("FAILED"));
        assert!(text.contains("n/a: wide needs goto, not in luau"));
        assert!(text.contains("FAILED: broken in luau: wrong result"));
    }

    #[test]
    fn the_other_tables_have_their_numbers() {
        let record = record();
        let warm = warm_ups(&record, "one");
        assert_eq!(warm.rows[1], ["twice", "3.00; 30; 5.0", "3.00; 60; 5.0"]);
        let whole = whole_processes(&record, "one");
        assert_eq!(whole.rows[1], ["twice", "2.50; 5.0", "5.00; 5.0", "1.00"]);
        let pauses = pauses(&record, "one").expect("there are some");
        assert_eq!(pauses.rows[1][1], "1; 2; 3; 4");
        let loading = loading(&record, "one").expect("there is some");
        assert_eq!(loading.rows[1][1..], ["5.0", "10.0"]);
    }

    #[test]
    fn sections_are_replaced_and_the_rest_is_kept() {
        let document = "# Title\n\nWords.\n";
        let once = replace_section(document, "one", "first\n").expect("there is no section yet");
        let both = replace_section(&once, "two", "other\n").expect("there is no section yet");
        let again = replace_section(&both, "one", "second\n").expect("the section is whole");
        assert_eq!(again, both.replace("first", "second"));
        assert!(again.starts_with(document) && again.contains("other"));
        let torn = again.replace("<!-- bench one: end -->\n", "");
        assert!(replace_section(&torn, "one", "third\n").is_err());
    }

    #[test]
    fn markdown_has_a_line_for_the_head() {
        let text = speeds(&record(), "one").markdown();
        assert!(
            text.contains(
                "| program | perilune, ms | against luau |\n|---|--:|--:|\n| twice | 10.0 |"
            ),
            "{text}"
        );
    }

    #[test]
    fn a_slower_program_is_pointed_out() {
        let old = record();
        let mut new = record();
        new.programs[0].outcomes[0] = measured(0.015);
        new.programs[1].outcomes[0] = measured(0.005);
        let text = comparison(&old, &new);
        assert!(line(&text, "twice ").ends_with("0.67 [0.67, 0.67]  SLOWER"), "{text}");
        assert!(line(&text, "eightfold ").ends_with("faster"));
        assert!(line(&text, "wide ").ends_with("1.00 [1.00, 1.00]"));
        assert!(line(&text, "luau, for the conditions").ends_with("1.00 [1.00, 1.00]"));
        new.contenders[0].name = "renamed".to_owned();
        assert!(line(&comparison(&old, &new), "twice ").ends_with("SLOWER"));
    }
}
