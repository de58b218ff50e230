//! The operating system (manual §6.10).
//!
//! Calendar time is in `time`, the one place where the C library is called; everything else uses the standard
//! library. There is one locale, "C": nothing here depends on another.

mod time;

use super::io::host::{c_str, check_option, exec_result, file_result, path, shell, unique_file};
use super::io::{exited, flush_files};
use super::{Entry, function_table};
use crate::cx::{Cx, Fault};
use crate::object::Gc;
use crate::table::Table;
use crate::value::Value;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

/// Exit status of a process whose program was stopped while it ended.
const KILLED: i32 = 1;

/// Makes the library's table.
pub(super) fn open(cx: &Cx) -> Gc<'_, Table> {
    const FUNCTIONS: &[Entry] = &[
        ("clock", clock),
        ("date", time::date),
        ("difftime", time::difftime),
        ("execute", execute),
        ("exit", exit),
        ("getenv", getenv),
        ("remove", remove),
        ("rename", rename),
        ("setlocale", setlocale),
        ("time", time::time),
        ("tmpname", tmpname),
    ];
    function_table(cx, FUNCTIONS)
}

fn clock(cx: &mut Cx) -> Result<usize, Fault> {
    cx.push(Value::float(time::cpu_seconds()));
    Ok(1)
}

fn execute(cx: &mut Cx) -> Result<usize, Fault> {
    match cx.opt_str(1)? {
        Some(command) => {
            super::io::flush_terminal(cx)?;
            let status = match shell(command.as_bytes()).and_then(|mut shell| shell.spawn()) {
                Ok(child) => exited(cx, child)?,
                Err(e) => Err(e),
            };
            exec_result(cx, status)
        }
        None => {
            cx.push(Value::bool(Path::new("/bin/sh").exists()));
            Ok(1)
        }
    }
}

fn exit(cx: &mut Cx) -> Result<usize, Fault> {
    let status = match cx.arg(1).as_bool() {
        Some(success) => !success as i32,
        None => cx.opt_int(1, 0)? as i32,
    };
    if cx.is_killed() {
        // In a `__close` handler, which can't choose how the program ends.
        return Err(cx.throw_kill(b""));
    }
    let closed = if cx.arg(2).is_falsy() { flush_files(cx) } else { cx.close() };
    cx.is_about_to_exit(closed.err());
    // Nor can a finalizer that runs afterwards.
    let killed = closed.is_err() || status == 0 && cx.closes_after_kill();
    std::process::exit(if killed { KILLED } else { status })
}

fn getenv(cx: &mut Cx) -> Result<usize, Fault> {
    let name = cx.check_str(1)?.as_bytes();
    // What there can't be isn't copied.
    let variable = match path(name) {
        Ok(name) => std::env::var_os(name),
        Err(_) => None,
    };
    match variable {
        Some(v) => cx.push(cx.str_value(&v.into_vec())),
        None => cx.push(Value::NIL),
    }
    Ok(1)
}

fn remove(cx: &mut Cx) -> Result<usize, Fault> {
    let name = cx.check_str(1)?.as_bytes();
    let result = path(name).and_then(|path| match std::fs::remove_file(path) {
        Err(e) if e.kind() == io::ErrorKind::IsADirectory => std::fs::remove_dir(path),
        other => other,
    });
    file_result(cx, result, Some(name))
}

fn rename(cx: &mut Cx) -> Result<usize, Fault> {
    let from = cx.check_str(1)?.as_bytes();
    let to = cx.check_str(2)?.as_bytes();
    let result = path(from).and_then(|from| std::fs::rename(from, path(to)?));
    file_result(cx, result, None)
}

fn tmpname(cx: &mut Cx) -> Result<usize, Fault> {
    match unique_file() {
        Ok((name, _)) => {
            cx.push(cx.str_value(name.as_os_str().as_bytes()));
            Ok(1)
        }
        Err(_) => Err(cx.throw_error(b"unable to generate a unique filename")),
    }
}

fn setlocale(cx: &mut Cx) -> Result<usize, Fault> {
    const CATEGORIES: &[&str] = &["all", "collate", "ctype", "monetary", "numeric", "time"];
    let locale = cx.opt_str(1)?.map_or(&b""[..], |s| c_str(s.as_bytes()));
    check_option(cx, 2, Some(0), CATEGORIES)?;
    let known = [&b""[..], b"C", b"POSIX"].contains(&locale);
    cx.push(if known { cx.str_value(b"C") } else { Value::NIL });
    Ok(1)
}
