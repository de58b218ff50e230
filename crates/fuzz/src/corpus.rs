//! Where things are in the checkout: the corpus of scripts, and what the fuzzer finds.

use std::fs;
use std::path::{Path, PathBuf};

/// A path in the checkout.
fn within(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The scripts of the corpus, in the order of their paths.
pub fn scripts() -> Vec<(PathBuf, Vec<u8>)> {
    let mut out = Vec::new();
    for folder in fs::read_dir(within("tests/lua")).into_iter().flatten().flatten() {
        let files = fs::read_dir(folder.path()).into_iter().flatten().flatten();
        for path in files.map(|f| f.path()).filter(|p| p.extension().is_some_and(|e| e == "lua")) {
            if let Ok(text) = fs::read(&path) {
                out.push((path, text));
            }
        }
    }
    out.sort();
    out
}

/// The folder for scripts of the corpus that regressions have left.
pub fn regressions() -> PathBuf {
    within("tests/lua/regress")
}

/// The folder for programs that show a difference, and for inputs of targets.
pub fn differences() -> PathBuf {
    within("target/fuzz-differences")
}
