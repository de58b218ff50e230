//! What the libraries need of the operating system: paths, results in the style of C, temporary files, the shell.

use crate::cx::{Cx, Fault};
use crate::value::Value;
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// What C would see of a string: the bytes before the first zero.
pub(in crate::stdlib) fn c_str(bytes: &[u8]) -> &[u8] {
    &bytes[..memchr::memchr(0, bytes).unwrap_or(bytes.len())]
}

/// No system takes a name or a command that is longer.
const LONGEST: usize = 8 << 20;

/// Whether C would see more bytes of a string than any system takes.
fn is_too_long(bytes: &[u8]) -> bool {
    bytes.get(..LONGEST).is_some_and(|start| !start.contains(&0))
}

/// A path given as bytes.
pub(in crate::stdlib) fn path(bytes: &[u8]) -> io::Result<&Path> {
    if is_too_long(bytes) {
        return Err(io::Error::from_raw_os_error(libc::ENAMETOOLONG));
    }
    Ok(Path::new(OsStr::from_bytes(c_str(bytes))))
}

/// Whether a file can be opened. A pipe isn't, as that would wait for its other end.
pub(in crate::stdlib) fn is_readable(name: &[u8]) -> bool {
    path(name).is_ok_and(|path| {
        std::fs::metadata(path).is_ok_and(|m| m.file_type().is_fifo()) || File::open(path).is_ok()
    })
}

/// The system's text for an error.
pub(in crate::stdlib) fn error_text(e: &io::Error) -> String {
    let Some(code) = e.raw_os_error() else { return "(no extra info)".to_owned() };
    let mut text = e.to_string();
    let suffix = format!(" (os error {code})");
    if text.ends_with(&suffix) {
        text.truncate(text.len() - suffix.len());
    }
    text
}

/// Pushes `true`, or nil, the error's text (behind `name: `, if there is one) and its number. Returns how many.
///
/// # Errors
/// [`Fault::Kill`]
pub(in crate::stdlib) fn file_result(
    cx: &Cx,
    result: io::Result<()>,
    name: Option<&[u8]>,
) -> Result<usize, Fault> {
    let Err(e) = result else {
        cx.push(Value::TRUE);
        return Ok(1);
    };
    let text = error_text(&e);
    let text = match name {
        Some(name) => {
            let end = cx.find_byte(name, 0)?.unwrap_or(name.len());
            cx.joined(&[&name[..end], b": ", text.as_bytes()])?
        }
        None => cx.str_value(text.as_bytes()),
    };
    cx.push(Value::NIL);
    cx.push(text);
    cx.push(Value::small_int(e.raw_os_error().unwrap_or(0)));
    Ok(3)
}

/// Pushes how a process ended: `true` or nil, "exit" or "signal", and a number. Returns how many.
///
/// # Errors
/// [`Fault::Kill`]
pub(in crate::stdlib) fn exec_result(
    cx: &Cx,
    result: io::Result<ExitStatus>,
) -> Result<usize, Fault> {
    let status = match result {
        Ok(s) => s,
        Err(e) => return file_result(cx, Err(e), None),
    };
    let (what, number) = match (status.code(), status.signal()) {
        (Some(code), _) => ("exit", code),
        (None, Some(signal)) => ("signal", signal),
        (None, None) => ("exit", status.into_raw()),
    };
    cx.push(if status.success() { Value::TRUE } else { Value::NIL });
    cx.push(cx.str_value(what.as_bytes()));
    cx.push(Value::small_int(number));
    Ok(3)
}

/// A shell command. The shell is called as the C library calls it, which shows in its messages.
///
/// # Errors
/// If no system could start it.
pub(in crate::stdlib) fn shell(command: &[u8]) -> io::Result<Command> {
    if is_too_long(command) {
        return Err(io::Error::from_raw_os_error(libc::E2BIG));
    }
    let mut c = Command::new("/bin/sh");
    c.arg0("sh").arg("-c").arg(OsStr::from_bytes(c_str(command)));
    Ok(c)
}

/// A new, empty file with a name nobody else has.
pub(in crate::stdlib) fn unique_file() -> io::Result<(PathBuf, File)> {
    const ATTEMPTS: usize = 100;
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for _ in 0..ATTEMPTS {
        let mut random = std::hash::RandomState::new().build_hasher().finish();
        let mut name = String::from("/tmp/lua_");
        for _ in 0..6 {
            name.push(LETTERS[(random % 62) as usize] as char);
            random /= 62;
        }
        match OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&name) {
            Ok(file) => return Ok((PathBuf::from(name), file)),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => last = e,
            Err(e) => return Err(e),
        }
    }
    Err(last)
}

/// Argument `n` as one of some names: its index. `default` stands in for an absent argument.
pub(in crate::stdlib) fn check_option(
    cx: &Cx,
    n: usize,
    default: Option<usize>,
    names: &[&str],
) -> Result<usize, Fault> {
    if let Some(d) = default
        && cx.is_none_or_nil(n)
    {
        return Ok(d);
    }
    let name = c_str(cx.check_str(n)?.get().as_bytes());
    names.iter().position(|o| o.as_bytes() == name).ok_or_else(|| {
        let message = [b"invalid option '", name, b"'"].concat();
        cx.arg_error_bytes(n, &message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_texts() {
        assert_eq!(
            error_text(&io::Error::from_raw_os_error(libc::ENOENT)),
            "No such file or directory"
        );
        assert_eq!(error_text(&io::ErrorKind::WriteZero.into()), "(no extra info)");
    }

    #[test]
    fn too_long_for_any_system() {
        let mut name = vec![b'x'; LONGEST];
        assert_eq!(path(&name).map_err(|e| e.raw_os_error()), Err(Some(libc::ENAMETOOLONG)));
        assert_eq!(shell(&name).map(|_| ()).map_err(|e| e.raw_os_error()), Err(Some(libc::E2BIG)));
        name[LONGEST - 1] = 0;
        assert!(path(&name).is_ok() && shell(&name).is_ok());
    }

    #[test]
    fn c_strings() {
        assert_eq!(c_str(b"a\0b"), b"a");
        assert_eq!(c_str(b"ab"), b"ab");
    }
}
