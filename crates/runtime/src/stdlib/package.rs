//! Modules (manual §6.3).
//!
//! **Design.** As in the reference implementation: `require` asks the functions in `package.searchers`, which have
//! the `package` table as an upvalue. Nothing of a module is cached outside the tables a program can see. There are
//! no native modules: the last two searchers look for them only to say where they looked, and refuse what they find.

use super::io::host::{c_str, error_text, is_readable};
use super::string::buffer::Output;
use super::{Entry, function_table, io, set};
use crate::cx::{Cx, Fault};
use crate::function::{Behaviour, Native, NativeFn};
use crate::heap::prefer_large_pages;
use crate::object::Gc;
use crate::pieces::Steps;
use crate::table::Table;
use crate::value::Value;
use std::os::unix::ffi::OsStringExt;

const PATH: &[u8] = b"/usr/local/share/lua/5.5/?.lua;/usr/local/share/lua/5.5/?/init.lua;\
    /usr/local/lib/lua/5.5/?.lua;/usr/local/lib/lua/5.5/?/init.lua;./?.lua;./?/init.lua";
const CPATH: &[u8] = b"/usr/local/lib/lua/5.5/?.so;/usr/local/lib/lua/5.5/loadall.so;./?.so";
/// Directory separator, path separator, substitution mark, program directory mark, ignore mark.
const CONFIG: &[u8] = b"/\n;\n?\n!\n-\n";
const NO_NATIVE_MODULES: &[u8] = b"native modules are not supported";

/// The source of a chunk and the chunk's name, or the message why it can't be read.
type Source = Result<(Output, Vec<u8>), Vec<u8>>;

/// Reads the source of a chunk from a file, or from standard input if there is no name.
///
/// # Errors
/// "not enough memory"; [`Fault::Kill`].
pub(super) fn read_source(cx: &mut Cx, name: Option<&[u8]>) -> Result<Source, Fault> {
    let Some(name) = name.map(c_str) else {
        let read = io::read_all(cx, &io::stdin())?;
        return Ok(read
            .map(|source| (source, b"=stdin".to_vec()))
            .map_err(|_| b"cannot read stdin".to_vec()));
    };
    let file = match io::open_to_read(cx, name)? {
        Ok(file) => file,
        Err(e) => {
            return Ok(Err([b"cannot open ", name, b": ", error_text(&e).as_bytes()].concat()));
        }
    };
    Ok(match io::read_all(cx, &file)? {
        Ok(source) => Ok((source, [b"@", name].concat())),
        Err(_) => Err([b"cannot read ", name].concat()),
    })
}

/// Makes the library's table and the global function `require`.
pub(super) fn open(cx: &Cx) -> Gc<'_, Table> {
    const FUNCTIONS: &[Entry] = &[("loadlib", loadlib), ("searchpath", searchpath)];
    const SEARCHERS: [Entry; 4] = [
        ("searcher_preload", searcher_preload),
        ("searcher_lua", searcher_lua),
        ("searcher_native", searcher_native),
        ("searcher_native_root", searcher_native_root),
    ];
    let package = function_table(cx, FUNCTIONS);
    let with_package = |(name, f): (&'static str, NativeFn)| {
        Value::object(Native::new(&cx.heap, name, f, Behaviour::Plain, &[Value::object(package)]))
    };
    let searchers = cx.new_table(SEARCHERS.len(), 0);
    for (i, s) in (1..).zip(SEARCHERS) {
        // A new table has room for four elements.
        let _ = searchers.set_int(cx.tables(), i, with_package(s));
    }
    set(cx, package, "searchers", Value::object(searchers));
    set(cx, package, "path", configured_path(cx, "LUA_PATH", PATH));
    set(cx, package, "cpath", configured_path(cx, "LUA_CPATH", CPATH));
    set(cx, package, "config", cx.str_value(CONFIG));
    set(cx, package, "loaded", cx.registry().get_str(cx.string(b"_LOADED")));
    let preload = Value::object(cx.new_table(0, 0));
    set(cx, cx.registry(), "_PRELOAD", preload);
    set(cx, package, "preload", preload);
    set(cx, cx.globals(), "require", with_package(("require", require)));
    package
}

/// A path from the environment, with the default in place of an empty element.
fn configured_path<'g>(cx: &'g Cx, variable: &str, default: &[u8]) -> Value<'g> {
    let ignored = !cx.registry().get_str(cx.string(b"LUA_NOENV")).is_falsy();
    let set = std::env::var_os(format!("{variable}_5_5")).or_else(|| std::env::var_os(variable));
    let Some(set) = set.filter(|_| !ignored) else {
        return cx.str_value(default);
    };
    let set = set.into_vec();
    let Some(at) = memchr::memmem::find(&set, b";;") else {
        return cx.str_value(&set);
    };
    let (before, after) = (&set[..at], &set[at + 2..]);
    let parts: Vec<&[u8]> =
        [before, default, after].into_iter().filter(|p| !p.is_empty()).collect();
    cx.str_value(&parts.join(&b';'))
}

// ---- searching ---------------------------------------------------------------------------------------------

/// What it costs to find something to be replaced, in bytes looked at.
const FOUND: usize = 16;
/// What it costs to look for a file.
const LOOKED_FOR: usize = 1 << 14;

/// Replaces every occurrence of `from`, which isn't empty.
fn replace(cx: &Cx, text: &[u8], from: &[u8], to: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::with_capacity(text.len());
    prefer_large_pages(out.as_mut_ptr(), out.capacity());
    let mut rest = 0;
    let mut steps = Steps::default();
    for at in memchr::memmem::find_iter(text, from) {
        steps.count(cx, at - rest + to.len() + FOUND)?;
        cx.add_bytes(&mut out, &text[rest..at])?;
        cx.add_bytes(&mut out, to)?;
        rest = at + from.len();
    }
    cx.add_bytes(&mut out, &text[rest..])?;
    Ok(out)
}

/// The first readable file on a path, or the message that says which ones aren't there.
fn search(
    cx: &Cx,
    name: &[u8],
    path_list: &[u8],
    separator: &[u8],
    directory: &[u8],
) -> Result<Result<Vec<u8>, Vec<u8>>, Fault> {
    let replaced;
    let name = if separator.is_empty() {
        name
    } else {
        replaced = replace(cx, name, separator, directory)?;
        &replaced
    };
    let names = replace(cx, path_list, b"?", name)?;
    let mut steps = Steps::default();
    for file in names.split(|b| *b == b';') {
        steps.count(cx, file.len() + LOOKED_FOR)?;
        if !file.is_empty() && is_readable(file) {
            return Ok(Ok(file.to_vec()));
        }
    }
    let mut message = b"no file '".to_vec();
    let tried = replace(cx, &names, b";", b"'\n\tno file '")?;
    cx.add_bytes(&mut message, &tried)?;
    message.push(b'\'');
    Ok(Err(message))
}

/// How much memory a search for a name of so many bytes takes at most, with the message.
fn search_bytes(cx: &Cx, name: usize, list: &[u8]) -> Result<usize, Fault> {
    let places = cx.count_byte(list, b'?')?;
    let names = places.saturating_mul(name).saturating_add(list.len());
    let separators = cx.count_byte(list, b';')?;
    // The names, the message with more text in it, its copies.
    Ok(names.saturating_mul(4).saturating_add(separators * 48))
}

fn searchpath(cx: &mut Cx) -> Result<usize, Fault> {
    let (name, list) = (cx.check_str(1), cx.check_str(2));
    if let (Ok(name), Ok(list)) = (name, list) {
        let separator = cx.opt_str(3).ok().flatten().map_or(1, |s| s.len());
        let directory = cx.opt_str(4).ok().flatten().map_or(1, |s| s.len());
        let longest = name.len().saturating_mul(directory.max(1)) / separator.max(1) + name.len();
        let bytes = search_bytes(cx, longest, list.as_bytes())?;
        cx.reserve(bytes)?;
    }
    // The reference implementation happens to check its arguments from the last to the first.
    let directory = cx.opt_str(4)?.map_or(&b"/"[..], |s| c_str(s.as_bytes()));
    let separator = cx.opt_str(3)?.map_or(&b"."[..], |s| c_str(s.as_bytes()));
    let list = c_str(cx.check_str(2)?.as_bytes());
    let name = c_str(cx.check_str(1)?.as_bytes());
    match search(cx, name, list, separator, directory)? {
        Ok(file) => {
            cx.push(cx.joined(&[&file])?);
            Ok(1)
        }
        Err(message) => {
            cx.push(Value::NIL);
            cx.push(cx.joined(&[&message])?);
            Ok(2)
        }
    }
}

/// Pushes the `package` table's field of this name.
fn push_package_field(cx: &mut Cx, name: &str) -> Result<(), Fault> {
    cx.push(cx.upvalue(0));
    let slot = cx.arg_slot(cx.nargs());
    cx.push(cx.str_value(name.as_bytes()));
    cx.index(slot)
}

/// Searches a module's file on one of the paths.
fn find_file(cx: &mut Cx, name: &[u8], field: &str) -> Result<Result<Vec<u8>, Vec<u8>>, Fault> {
    push_package_field(cx, field)?;
    match cx.to_str(cx.peek(1)) {
        Some(list) => {
            let bytes = search_bytes(cx, name.len(), list.as_bytes())?;
            cx.reserve(bytes)?;
            let list = cx.to_str(cx.peek(1)).map_or(&b""[..], |s| s.as_bytes());
            search(cx, name, c_str(list), b".", b"/")
        }
        None => Err(cx.throw_error(format!("'package.{field}' must be a string").as_bytes())),
    }
}

/// The error for a module that was found but can't be loaded.
fn load_error(cx: &Cx, module: &[u8], file: &[u8], message: &[u8]) -> Fault {
    let parts = [
        b"error loading module '",
        module,
        b"' from file '",
        c_str(file),
        b"':\n\t",
        c_str(message),
    ];
    cx.throw_error(&parts.concat())
}

/// The argument of a searcher.
fn module_name(cx: &Cx) -> Result<Vec<u8>, Fault> {
    let mut name = Vec::new();
    cx.add_bytes(&mut name, c_str(cx.check_str(1)?.as_bytes()))?;
    Ok(name)
}

fn searcher_preload(cx: &mut Cx) -> Result<usize, Fault> {
    let name = module_name(cx)?;
    cx.push(cx.registry().get_str(cx.string(b"_PRELOAD")));
    let slot = cx.arg_slot(cx.nargs());
    cx.push(cx.joined(&[&name])?);
    cx.index(slot)?;
    if cx.peek(1).is_nil() {
        cx.push(cx.joined(&[b"no field package.preload['", &name[..], b"']"])?);
        return Ok(1);
    }
    cx.push(cx.str_value(b":preload:"));
    Ok(2)
}

fn searcher_lua(cx: &mut Cx) -> Result<usize, Fault> {
    let name = module_name(cx)?;
    match find_file(cx, &name, "path")? {
        Err(message) => {
            cx.push(cx.joined(&[&message])?);
            Ok(1)
        }
        Ok(file) => {
            if super::base::load_from_file(cx, Some(file.clone()), b"bt", None)? {
                cx.push(cx.str_value(&file));
                return Ok(2);
            }
            let message = cx.to_str(cx.peek(1)).map_or(&b"?"[..], |s| s.as_bytes());
            Err(load_error(cx, &name, &file, message))
        }
    }
}

/// Searches a native module by the name `searched`, as part of the search for `name`.
fn refuse_native(cx: &mut Cx, name: &[u8], searched: &[u8]) -> Result<usize, Fault> {
    match find_file(cx, searched, "cpath")? {
        Err(message) => {
            cx.push(cx.joined(&[&message])?);
            Ok(1)
        }
        Ok(file) => Err(load_error(cx, name, &file, NO_NATIVE_MODULES)),
    }
}

fn searcher_native(cx: &mut Cx) -> Result<usize, Fault> {
    let name = module_name(cx)?;
    refuse_native(cx, &name, &name)
}

/// Searches for a library that holds a submodule among others.
fn searcher_native_root(cx: &mut Cx) -> Result<usize, Fault> {
    let name = module_name(cx)?;
    match memchr::memchr(b'.', &name) {
        Some(dot) => refuse_native(cx, &name, &name[..dot]),
        None => Ok(0),
    }
}

fn loadlib(cx: &mut Cx) -> Result<usize, Fault> {
    cx.check_str(1)?;
    cx.check_str(2)?;
    cx.push(Value::NIL);
    cx.push(cx.str_value(NO_NATIVE_MODULES));
    cx.push(cx.str_value(b"absent"));
    Ok(3)
}

// ---- require -----------------------------------------------------------------------------------------------

/// Slots of `require`'s frame.
const NAME: usize = 1;
const LOADED: usize = 2;
const SEARCHERS: usize = 3;

/// Pushes the field of `package.loaded` for the module.
fn push_loaded(cx: &mut Cx) -> Result<(), Fault> {
    cx.push(cx.arg(NAME));
    cx.index(cx.arg_slot(LOADED))
}

/// Assigns the value on top to the field of `package.loaded` for the module, and pops it.
fn store_loaded(cx: &mut Cx) -> Result<(), Fault> {
    let v = cx.peek(1);
    cx.push(v);
    let key_slot = cx.nargs() - 1;
    cx.set_arg(key_slot, cx.arg(NAME));
    cx.set_index(cx.arg_slot(LOADED))
}

/// Asks the searchers; pushes a loader and its data.
fn find_loader(cx: &mut Cx, name: &[u8]) -> Result<(), Fault> {
    push_package_field(cx, "searchers")?;
    cx.set_arg(SEARCHERS, cx.peek(1));
    cx.set_nargs(SEARCHERS);
    let mut message = Output::new();
    for i in 1.. {
        let Some(searchers) = cx.arg(SEARCHERS).downcast::<Table>() else {
            return Err(cx.throw_error(b"'package.searchers' must be a table"));
        };
        let searcher = searchers.get_int(i);
        if searcher.is_nil() {
            break;
        }
        cx.push(searcher);
        cx.push(cx.arg(NAME));
        cx.call(1, 2)?;
        let found = cx.peek(2);
        if found.is_function() {
            return Ok(());
        }
        if found.is_string() || found.is_number() {
            message.push(cx, b"\n\t")?;
            message.push_slot(cx, cx.arg_slot(cx.nargs() - 1))?;
        }
        cx.pop(2);
    }
    // It is put together once, and is a string then.
    cx.reserve(message.bytes.len().saturating_add(name.len()).saturating_mul(3))?;
    let mut text = Vec::new();
    for part in [b"module '", name, b"' not found:", c_str(&message.bytes)] {
        cx.add_bytes(&mut text, part)?;
    }
    Err(cx.throw_error(&text))
}

fn require(cx: &mut Cx) -> Result<usize, Fault> {
    let name = module_name(cx)?;
    cx.set_nargs(NAME);
    cx.set_arg(NAME, cx.joined(&[&name])?);
    cx.push(cx.registry().get_str(cx.string(b"_LOADED")));
    push_loaded(cx)?;
    if !cx.peek(1).is_falsy() {
        return Ok(1);
    }
    find_loader(cx, &name)?;
    // The loader is called with the name and the loader data, which is the second result as well.
    let data_arg = cx.nargs();
    cx.push(cx.peek(2));
    cx.push(cx.arg(NAME));
    cx.push(cx.arg(data_arg));
    cx.call(2, 1)?;
    if cx.peek(1).is_nil() {
        cx.pop(1);
    } else {
        store_loaded(cx)?;
    }
    push_loaded(cx)?;
    if cx.peek(1).is_nil() {
        cx.pop(1);
        cx.push(Value::TRUE);
        store_loaded(cx)?;
        cx.push(Value::TRUE);
    }
    cx.push(cx.arg(data_arg));
    Ok(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacing() {
        let replace = |text, from, to| replace(&Cx::new(), text, from, to);
        assert_eq!(replace(b"a.b.c", b".", b"/").as_deref(), Ok(&b"a/b/c"[..]));
        assert_eq!(replace(b"./?.lua;?", b"?", b"m").as_deref(), Ok(&b"./m.lua;m"[..]));
        assert_eq!(replace(b"", b"?", b"m").as_deref(), Ok(&b""[..]));
    }

    #[test]
    fn names_that_were_tried() {
        let search = |path: &[u8], separator: &[u8]| {
            search(&Cx::new(), b"a.b", path, separator, b"/").expect("nobody interrupts")
        };
        let message = search(b"./no-such-dir/?.x;;/no/?", b".").expect_err("no such file");
        assert_eq!(
            message,
            b"no file './no-such-dir/a/b.x'\n\tno file ''\n\tno file '/no/a/b'".as_slice()
        );
        let message = search(b"", b"").expect_err("no file without a name");
        assert_eq!(message, b"no file ''");
    }
}
