//! Tests as data: bytecode listings with what the parser, disassembler and verifier make of them.
//!
//! A file is a list of cases, each a title line (`==== title`), a listing, `----`, and the expected output. In
//! `bytecode/` the output is the listing printed again, or the parser's error; in `verifier/` it is the verdict.
//! `BLESS=1` rewrites the expected output with what came out.

use perilune_bytecode::disasm::disassemble;
use perilune_bytecode::text::parse;
use perilune_bytecode::verify::verify;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

struct Case {
    title: String,
    input: String,
    expected: String,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/filetests").join(name)
}

fn cases(text: &str) -> Vec<Case> {
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

/// Runs every case of a folder, returns how many there were.
fn run(name: &str, actual: impl Fn(&str) -> String) -> usize {
    let bless = std::env::var_os("BLESS").is_some();
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut failures = String::new();
    let mut count = 0;
    for path in paths {
        let mut blessed = String::new();
        for case in cases(&fs::read_to_string(&path).unwrap()) {
            count += 1;
            let actual = actual(&case.input);
            write!(blessed, "==== {}\n{}----\n{}\n", case.title, case.input, actual.trim_end())
                .unwrap();
            blessed.push('\n');
            if actual.trim_end() != case.expected.trim_end() && !bless {
                let (file, title) = (path.display(), &case.title);
                writeln!(failures, "{file}: {title}\n{actual}\ninstead of\n{}", case.expected)
                    .unwrap();
            }
        }
        if bless {
            fs::write(&path, blessed.trim_end().to_string() + "\n").unwrap();
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
    count
}

#[test]
fn listings() {
    let count = run("bytecode", |input| match parse(input) {
        Err(error) => format!("error: {error}"),
        Ok(proto) => {
            let text = disassemble(&proto);
            let again = parse(&text).unwrap();
            // As text, which tells zeros and NaNs apart.
            assert_eq!(disassemble(&again), text);
            text
        }
    });
    assert!(count >= 20, "{count} cases");
}

#[test]
fn verdicts() {
    let count = run("verifier", |input| match parse(input) {
        Err(error) => format!("not a listing: {error}"),
        Ok(proto) => {
            assert_eq!(parse(&disassemble(&proto)).unwrap(), proto);
            match verify(&proto) {
                Ok(()) => "ok".into(),
                Err(error) => error.to_string(),
            }
        }
    });
    assert!(count >= 80, "{count} cases");
}
