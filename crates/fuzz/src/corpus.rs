//! Where things are in the checkout: the corpus of scripts, and what the fuzzer finds.

use std::fs;
use std::path::PathBuf;

/// A path in the checkout.
fn within(path: &str) -> PathBuf {
    perilune_filetest::root().join(path)
}

/// The scripts of the corpus, in the order of their paths.
pub fn scripts() -> Vec<(PathBuf, Vec<u8>)> {
    let paths = perilune_filetest::scripts(&within("tests/lua")).into_iter();
    paths.filter_map(|path| fs::read(&path).ok().map(|text| (path, text))).collect()
}

/// The folder for scripts of the corpus that regressions have left.
pub fn regressions() -> PathBuf {
    within("tests/lua/regress")
}

/// The folder for programs that show a difference, and for inputs of targets.
pub fn differences() -> PathBuf {
    within("target/fuzz-differences")
}
