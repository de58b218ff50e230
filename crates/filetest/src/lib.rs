//! Tests as data: what some part of the system makes of a text, kept beside the text.
//!
//! **Problem.** Most facts about a parser, a verifier or a pass of a compiler are best seen as its output, as text. As code,
//! such a test is a string in a call, nobody reads it, and whoever changes the output rewrites a hundred of them.
//!
//! **Design.** Files in a folder of `tests/filetests`. A file is a list of cases: a title line (`==== title`), the
//! input, `----`, and the expected output; empty lines at the end of either don't count. A test of the crate that has the part
//! calls [`run`] with a function from input to output. With `BLESS=1` in the environment, expected outputs are rewritten by what
//! came out; what differs is then seen in version control. Tests with data elsewhere find it from [`root`], and the corpus
//! by [`scripts`].

#![forbid(unsafe_code)]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// A text, and what should come of it.
#[derive(Debug)]
pub struct Case {
    /// What it is about.
    pub title: String,
    /// The text.
    pub input: String,
    /// What should come of it.
    pub expected: String,
}

/// The root of the checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Whether what comes out is to be taken for right.
pub fn is_blessing() -> bool {
    std::env::var_os("BLESS").is_some_and(|b| b == "1")
}

/// The Lua scripts below a folder, in order.
///
/// # Panics
/// If a folder can't be read.
pub fn scripts(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "lua") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    entries.map(|e| e.expect("a folder entry").path()).collect()
}

/// The files of a folder in `tests/filetests`, each with its cases.
///
/// # Panics
/// If a file can't be read.
pub fn cases(folder: &str) -> Vec<(PathBuf, Vec<Case>)> {
    let mut paths = entries(&root().join("tests/filetests").join(folder));
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let cases = parse(&text);
        (path, cases)
    };
    paths.into_iter().map(read).collect()
}

fn parse(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut in_expected = false;
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("==== ") {
            let title = title.to_string();
            cases.push(Case { title, input: String::new(), expected: String::new() });
            in_expected = false;
        } else if line == "----" {
            in_expected = true;
        } else if let Some(case) = cases.last_mut() {
            let part = if in_expected { &mut case.expected } else { &mut case.input };
            part.push_str(line);
            part.push('\n');
        }
    }
    cases
}

/// Runs every case of a folder in `tests/filetests`. Returns how many there were, for the caller to check that none got lost.
///
/// # Panics
/// If a case doesn't come out as expected, or a file can't be read or written.
pub fn run(folder: &str, actual: impl Fn(&str) -> String) -> usize {
    let mut failures = String::new();
    let mut count = 0;
    for (path, cases) in cases(folder) {
        let name = path.display();
        let mut blessed = String::new();
        for Case { title, input, expected } in cases {
            count += 1;
            let input = input.trim_end();
            let actual = actual(&format!("{input}\n"));
            let actual = actual.trim_end();
            // Writing to a string doesn't fail.
            let _ = write!(blessed, "==== {title}\n{input}\n----\n{actual}\n\n");
            if actual != expected.trim_end() {
                let _ = writeln!(failures, "{name}: {title}\n{actual}\ninstead of\n{expected}");
            }
        }
        if is_blessing() {
            fs::write(&path, blessed.trim_end().to_owned() + "\n")
                .unwrap_or_else(|e| panic!("{name}: {e}"));
        }
    }
    assert!(is_blessing() || failures.is_empty(), "\n{failures}");
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_list_of_cases() {
        let found = parse("==== one\na\n\nb\n----\nc\n\n==== two\n----\n");
        let parts: Vec<_> = found.iter().map(|c| (&*c.title, &*c.input, &*c.expected)).collect();
        assert_eq!(parts, [("one", "a\n\nb\n", "c\n\n"), ("two", "", "")]);
    }
}
