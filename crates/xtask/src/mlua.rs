//! Runs the tests of `mlua` against the embedding API.
//!
//! **Problem.** The API claims that programs written for `mlua` need another line in their `Cargo.toml` and no more. That crate's
//! own tests are such programs. They aren't part of the repository, and a file of tests doesn't compile if a single name in
//! it is missing.
//!
//! **Design.** The caller names the folder of the crate, as it is published. Its tests are copied to a package beside the target
//! folder, whose dependency `mlua` is this API under another name. What doesn't compile is cut out, item by item, until the
//! rest does: a test that is cut out counts as one that doesn't compile. (Of a `use`, only the name that is missing is cut
//! out.) Then each test runs in a process of its own if the process of its file doesn't come to its end.
//!
//! [`NOT_APPLICABLE`] has the tests that can't pass, each with a reason.

use crate::cargo;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The arguments of the task, for its usage message.
pub(crate) const ARGUMENTS: &str = "--suite DIR [--only FILE] [--show]";

/// Files that are about Lua with other compilers, or about the messages of the Rust compiler.
const OTHER_FILES: [&str; 4] = ["luau", "buffer", "compile", "send"];

/// Tests that can't pass, and why.
const NOT_APPLICABLE: &[(&str, &str)] = &[
    ("test_c_function", "raw C: a C function"),
    ("test_exec_raw", "raw C: the stack of a lua_State"),
    ("test_get_or_init_from_ptr", "raw C: a lua_State"),
    ("test_num_conversion", "raw C: looks at a number by the C API"),
    ("test_ref_stack_exhaustion", "wants handles to run out after some millions; here memory does"),
    ("test_result_reference_exhaustion", "wants handles to run out when memory is limited"),
    ("test_userdata_gc_panic", "wants a destructor that panics to end the process"),
    ("test_gc_userdata", "wants a resurrected userdata to be dead; here it is alive"),
    ("test_thread_foreign_function", "wants a panic; here it is an error"),
    ("test_gc_control", "wants incremental collection at first; here it is generational"),
    ("test_table_pairs_invalid_key", "wants a cleared key to be forgotten; here it is still known"),
    (
        "test_table_for_each_invalid_key",
        "wants a cleared key to be forgotten; here it is still known",
    ),
    ("test_async_current_thread", "wants the coroutine that waits not to be the running one"),
];

/// How often what doesn't compile is cut out.
const ROUNDS: usize = 40;

/// How long the tests of a file may take.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// Features of the scratch package, on by default: the tests ask for them.
const FEATURES: [&str; 7] =
    ["lua55", "vendored", "async", "serde", "macros", "anyhow", "userdata-wrappers"];

/// What the tests use besides.
const DEPENDENCIES: &str = r#"
anyhow = "1"
bstr = "1"
futures-util = "0.3"
libc = "0.2"
maplit = "1"
parking_lot = "0.12"
serde = { version = "1", features = ["derive"] }
serde-value = "0.7"
serde_json = { version = "1", features = ["arbitrary_precision"] }
static_assertions = "1"
tempfile = "3"
tokio = { version = "1", features = ["full"] }
"#;

/// Runs the task.
pub(crate) fn run(arguments: &[OsString]) -> Result<(), String> {
    let options = Options::parse(arguments)?;
    let tests = options.suite.join("tests");
    if !tests.is_dir() {
        return Err(format!("there is no folder of tests in {}", options.suite.display()));
    }
    let mut package = Package::create(&tests, options.only.as_deref())?;
    let binaries = package.build()?;
    let mut sum = Counts::default();
    println!(
        "{:<16} {:>6} {:>6} {:>8} {:>8} {:>4}",
        "file", "tests", "passed", "failed", "doesn't", "n/a"
    );
    println!("{:<16} {:>6} {:>6} {:>8} {:>8} {:>4}", "", "", "", "", "compile", "");
    let mut details = Vec::new();
    for (name, file) in &package.files {
        let results = match binaries.get(name) {
            Some(binary) => run_tests(binary, &package.folder, &file.left())?,
            None => file.left().into_iter().map(|t| (t, false)).collect(),
        };
        let counts = Counts::new(file, &results, name, &mut details);
        println!("{name:<16} {counts}");
        sum.add(&counts);
    }
    println!("{:<16} {sum}", "all");
    if options.show {
        for line in details {
            println!("{line}");
        }
    }
    Ok(())
}

/// What the caller asked for.
struct Options {
    suite: PathBuf,
    only: Option<String>,
    show: bool,
}

impl Options {
    fn parse(arguments: &[OsString]) -> Result<Options, String> {
        let (mut suite, mut only, mut show) = (None, None, false);
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            if argument == "--suite" {
                suite = rest.next().map(PathBuf::from);
            } else if argument == "--only" {
                only = rest.next().map(|a| a.to_string_lossy().into_owned());
            } else if argument == "--show" {
                show = true;
            } else {
                return Err(format!("unknown argument '{}'", argument.display()));
            }
        }
        match suite {
            Some(suite) => Ok(Options { suite, only, show }),
            None => Err(format!("usage: cargo xtask mlua {ARGUMENTS}")),
        }
    }
}

/// How many tests of a file came to what.
#[derive(Default)]
struct Counts {
    passed: usize,
    failed: usize,
    uncompiled: usize,
    not_applicable: usize,
}

impl Counts {
    fn new(
        file: &TestFile,
        results: &[(String, bool)],
        name: &str,
        details: &mut Vec<String>,
    ) -> Counts {
        let mut counts = Counts::default();
        let reason = |test: &str| NOT_APPLICABLE.iter().find(|n| n.0 == test).map(|n| n.1);
        for (test, passed) in results {
            match (passed, reason(test)) {
                (true, _) => counts.passed += 1,
                (false, Some(reason)) => {
                    counts.not_applicable += 1;
                    details.push(format!("{name}::{test}: not applicable: {reason}"));
                }
                (false, None) => {
                    counts.failed += 1;
                    details.push(format!("{name}::{test}: failed"));
                }
            }
        }
        for (test, message) in &file.cut {
            match reason(test) {
                Some(reason) => {
                    counts.not_applicable += 1;
                    details.push(format!("{name}::{test}: not applicable: {reason}"));
                }
                None => {
                    counts.uncompiled += 1;
                    details.push(format!("{name}::{test}: doesn't compile: {message}"));
                }
            }
        }
        counts
    }

    fn add(&mut self, other: &Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.uncompiled += other.uncompiled;
        self.not_applicable += other.not_applicable;
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let all = self.passed + self.failed + self.uncompiled + self.not_applicable;
        let (passed, failed) = (self.passed, self.failed);
        let (uncompiled, not_applicable) = (self.uncompiled, self.not_applicable);
        write!(f, "{all:>6} {passed:>6} {failed:>8} {uncompiled:>8} {not_applicable:>4}")
    }
}

/// A file of tests.
struct TestFile {
    lines: Vec<String>,
    /// The tests in it at first.
    tests: Vec<String>,
    /// Those that don't compile, and the first message of the compiler.
    cut: Vec<(String, String)>,
}

impl TestFile {
    fn new(text: &str) -> TestFile {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut tests = Vec::new();
        for (i, line) in lines.iter().enumerate() {
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                let name = lines[i..].iter().find_map(|l| function_name(l));
                tests.extend(name);
            }
        }
        TestFile { lines, tests, cut: Vec::new() }
    }

    /// The tests that are left.
    fn left(&self) -> Vec<String> {
        self.tests.iter().filter(|t| !self.cut.iter().any(|c| c.0 == **t)).cloned().collect()
    }

    /// Cuts out what an error is about. The place is a line, from 0, and columns.
    fn cut_out(&mut self, line: usize, columns: (usize, usize), message: &str) {
        // It may have been cut out already, because of another error.
        if self.lines.get(line).is_none_or(String::is_empty) {
            return;
        }
        let Some((first, last)) = self.item_around(line) else { return };
        let head = self.lines[first..=last].iter().find(|l| !is_attribute(l));
        if head.is_some_and(|l| l.starts_with("use ") || l.starts_with("pub use ")) {
            self.cut_name(line, columns);
            return;
        }
        let is_test = |l: &String| l.starts_with("#[test]") || l.starts_with("#[tokio::test");
        if self.lines[first..=last].iter().any(is_test)
            && let Some(name) = self.lines[first..=last].iter().find_map(|l| function_name(l))
        {
            self.cut.push((name, message.to_owned()));
        }
        for l in &mut self.lines[first..=last] {
            l.clear();
        }
    }

    /// Cuts a name out of a list of names.
    fn cut_name(&mut self, line: usize, (from, to): (usize, usize)) {
        let Some(text) = self.lines.get(line) else { return };
        let is_list = text.contains(',') || text.contains('{') || text.starts_with(' ');
        if !is_list {
            self.lines[line].clear();
            return;
        }
        let chars: Vec<char> = text.chars().collect();
        let head: String = chars.iter().take(from).collect();
        let tail: String = chars.iter().skip(to).collect();
        let tail = tail.trim_start();
        let tail = tail.strip_prefix(',').unwrap_or(tail);
        self.lines[line] = format!("{head}{tail}");
    }

    /// The first and last line of the item a line is in. The files are formatted, so items begin in the first column.
    fn item_around(&self, line: usize) -> Option<(usize, usize)> {
        let starts = |i: usize| {
            let l = &self.lines[i];
            !l.is_empty() && !l.starts_with([' ', '}', ')']) && !l.starts_with("where")
        };
        let mut first =
            (0..=line.min(self.lines.len().checked_sub(1)?)).rev().find(|i| starts(*i))?;
        // An error in an attribute is one of the item behind it.
        let mut head = first;
        while is_attribute(self.lines.get(head)?) {
            head += 1;
        }
        while first > 0 && is_attribute(&self.lines[first - 1]) {
            first -= 1;
        }
        let ends = |i: &usize| {
            let l = &self.lines[*i];
            l.starts_with(['}', ')']) || (starts(*i) && (l.ends_with(';') || l.ends_with('}')))
        };
        let last = (head..self.lines.len()).find(ends)?;
        Some((first, last))
    }
}

fn is_attribute(line: &str) -> bool {
    line.starts_with("#[")
        || line.starts_with("//")
        || line == ")]"
        || line.starts_with("    feature = ")
}

/// The name of the function whose definition begins in a line.
fn function_name(line: &str) -> Option<String> {
    let rest = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
    rest.split(['(', '<']).next().map(str::to_owned)
}

/// The scratch package.
struct Package {
    folder: PathBuf,
    files: BTreeMap<String, TestFile>,
}

impl Package {
    fn create(tests: &Path, only: Option<&str>) -> Result<Package, String> {
        let folder = cargo::target()?.join("mlua-suite");
        let error = |e: std::io::Error| format!("can't make {}: {e}", folder.display());
        let _ = fs::remove_dir_all(folder.join("tests"));
        fs::create_dir_all(folder.join("tests")).map_err(error)?;
        fs::create_dir_all(folder.join("src")).map_err(error)?;
        fs::write(folder.join("src/lib.rs"), "").map_err(error)?;
        fs::write(folder.join("Cargo.toml"), manifest()).map_err(error)?;
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(tests).map_err(error)? {
            let path = entry.map_err(error)?.path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let is_source = path.extension().is_some_and(|e| e == "rs");
            let is_wanted = only.is_none_or(|only| only == name);
            if is_source && is_wanted && !OTHER_FILES.contains(&name.as_str()) {
                let text = fs::read_to_string(&path).map_err(error)?;
                files.insert(name, TestFile::new(&text));
            }
        }
        Ok(Package { folder, files })
    }

    /// Builds the tests, cutting out what doesn't compile. The executables by the name of their file.
    fn build(&mut self) -> Result<BTreeMap<String, PathBuf>, String> {
        for round in 0..ROUNDS {
            for (name, file) in &self.files {
                let path = self.folder.join("tests").join(name).with_extension("rs");
                fs::write(&path, file.lines.join("\n"))
                    .map_err(|e| format!("can't write {}: {e}", path.display()))?;
            }
            let (binaries, errors) = self.compile()?;
            if errors.is_empty() {
                return Ok(binaries);
            }
            eprintln!("round {}: {} errors", round + 1, errors.len());
            // From the end, so that lines and columns stay what they are.
            for e in errors.iter().rev() {
                if let Some(file) = self.files.get_mut(&e.file) {
                    file.cut_out(e.line, e.columns, &e.message);
                }
            }
        }
        Err("it still doesn't compile".to_owned())
    }

    fn compile(&self) -> Result<(BTreeMap<String, PathBuf>, Vec<CompileError>), String> {
        let output = cargo::command()
            .args(["build", "--tests", "--quiet", "--keep-going", "--message-format=json"])
            .arg("--target-dir")
            .arg(cargo::target()?)
            .current_dir(&self.folder)
            .stderr(Stdio::null())
            .output()
            .map_err(|e| format!("can't run cargo: {e}"))?;
        let (mut binaries, mut errors) = (BTreeMap::new(), Vec::new());
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
            match message["reason"].as_str() {
                Some("compiler-message") => errors.extend(CompileError::new(&message)),
                Some("compiler-artifact") => {
                    let name = message["target"]["name"].as_str();
                    if let (Some(name), Some(path)) = (name, message["executable"].as_str()) {
                        binaries.insert(name.to_owned(), PathBuf::from(path));
                    }
                }
                _ => {}
            }
        }
        if binaries.is_empty() && errors.is_empty() {
            return Err("the package doesn't build; does the API?".to_owned());
        }
        errors.sort_by_key(|e| (e.file.clone(), e.line, e.columns));
        errors.dedup_by_key(|e| (e.file.clone(), e.line, e.columns));
        Ok((binaries, errors))
    }
}

/// The manifest of the scratch package.
fn manifest() -> String {
    let api = Path::new(env!("CARGO_MANIFEST_DIR")).join("../perilune");
    let quoted: Vec<String> = FEATURES.iter().map(|f| format!("{f:?}")).collect();
    let all = quoted.join(", ");
    let own: Vec<String> = FEATURES.iter().map(|f| format!("{f} = []\n")).collect();
    format!(
        "[package]\nname = \"mlua-suite\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [features]\ndefault = [{all}]\n{own}\n[dependencies]\n\
         mlua = {{ package = \"perilune\", path = {api:?}, features = [{all}] }}\n\
         [dev-dependencies]{DEPENDENCIES}\n[lints.rust]\nunexpected_cfgs = \"allow\"\n\n[profile.dev]\nopt-level = 1\ndebug = false\n",
        own = own.concat()
    )
}

/// An error of the compiler in a file of tests.
struct CompileError {
    file: String,
    /// From 0.
    line: usize,
    columns: (usize, usize),
    message: String,
}

impl CompileError {
    fn new(message: &Value) -> Option<CompileError> {
        let message = &message["message"];
        if message["level"] != "error" {
            return None;
        }
        let mut span = message["spans"].as_array()?.iter().find(|s| s["is_primary"] == true)?;
        // What a macro has made is blamed on where it is used.
        while span["expansion"]["span"].is_object() {
            span = &span["expansion"]["span"];
        }
        let file = span["file_name"].as_str()?.strip_prefix("tests/")?.strip_suffix(".rs")?;
        let number = |key: &str| usize::try_from(span[key].as_u64()?.checked_sub(1)?).ok();
        Some(CompileError {
            file: file.to_owned(),
            line: number("line_start")?,
            columns: (number("column_start")?, number("column_end")?),
            message: message["message"].as_str()?.to_owned(),
        })
    }
}

/// Runs tests; whether each passed.
fn run_tests(
    binary: &Path,
    folder: &Path,
    tests: &[String],
) -> Result<Vec<(String, bool)>, String> {
    let output = run_binary(binary, folder, &[])?;
    let verdict = |test: &String| {
        let line = output.lines().find(|l| l.starts_with(&format!("test {test} ")))?;
        Some(line.ends_with("ok"))
    };
    let is_whole = output.lines().any(|l| l.starts_with("test result:"));
    let mut results = Vec::new();
    for test in tests {
        let passed = match verdict(test) {
            Some(passed) if is_whole => passed,
            // Left out by its conditions.
            None if is_whole => continue,
            _ => {
                let alone = run_binary(binary, folder, &["--exact", test])?;
                if alone.contains("running 0 tests") {
                    continue;
                }
                alone.contains("test result: ok. 1 passed")
            }
        };
        results.push((test.clone(), passed));
    }
    Ok(results)
}

/// Runs an executable of tests; what it prints, until the time is up.
fn run_binary(binary: &Path, folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let log = folder.join("output.txt");
    let error = |e: std::io::Error| format!("can't run {}: {e}", binary.display());
    let file = fs::File::create(&log).map_err(error)?;
    let mut child = Command::new(binary)
        .args(arguments)
        .current_dir(folder)
        .stdout(file)
        .stderr(Stdio::null())
        .spawn()
        .map_err(error)?;
    let start = Instant::now();
    while child.try_wait().map_err(error)?.is_none() {
        if start.elapsed() > TIME_LIMIT {
            child.kill().map_err(error)?;
            child.wait().map_err(error)?;
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let bytes = fs::read(&log).map_err(error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::TestFile;

    const FILE: &str = "use mlua::{Lua, ffi};\n\n#[test]\n#[cfg(\n    feature = \"x\",\n)]\nfn one() {\n    ffi();\n}\n\n#[test]\nfn two() {}\n";

    #[test]
    fn what_does_not_compile_is_cut_out() {
        let mut file = TestFile::new(FILE);
        assert_eq!(file.tests, ["one", "two"]);
        file.cut_out(0, (16, 19), "unresolved");
        assert_eq!(file.lines[0], "use mlua::{Lua, };");
        file.cut_out(7, (4, 7), "no such function");
        assert_eq!(file.left(), ["two"]);
        assert_eq!(file.cut, [("one".to_owned(), "no such function".to_owned())]);
        assert_eq!(file.lines[11], "fn two() {}");
    }
}
