//! Building what a task runs.
//!
//! Everything goes to the target folder this program is in, wherever that was put.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Cargo: the one that runs this program, if one does.
pub(crate) fn command() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The target folder.
pub(crate) fn target() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|e| format!("where is this program? {e}"))?;
    let target = own.ancestors().nth(2).ok_or("this program isn't in a target folder")?;
    Ok(target.to_owned())
}

/// Builds a release of what is in a folder, as its lock file says; gives the executable of that name.
pub(crate) fn release(
    folder: &Path,
    arguments: &[&str],
    target: &Path,
    executable: &str,
) -> Result<PathBuf, String> {
    let status = command()
        .args(["build", "--quiet", "--release", "--locked"])
        .args(arguments)
        .arg("--target-dir")
        .arg(target)
        .current_dir(folder)
        .status()
        .map_err(|e| format!("can't run cargo: {e}"))?;
    if !status.success() {
        return Err(format!("{executable} doesn't build"));
    }
    Ok(target.join("release").join(executable).with_extension(std::env::consts::EXE_EXTENSION))
}

/// Builds the command; gives its executable.
pub(crate) fn perilune() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    release(folder, &["--package", "perilune-cli"], &target()?, "perilune")
}
