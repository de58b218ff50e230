//! Runs a Lua file in an engine Perilune is measured against: `perilune-peer-… [OPTIONS] FILE [ARGUMENTS]`.
//!
//! **Problem.** Benchmarks should meet their peers as their makers ship them: with their own allocators and their own
//! libraries, optimized alike, from sources whose versions are pinned. What a machine happens to have installed is
//! neither pinned nor optimized alike.
//!
//! **Design.** One program, three features, three executables. It calls the C API directly, for a safe wrapper counts
//! allocations and replaces `pcall`, which would be measured too. The engine is created as its own command does it;
//! then come `arg` and what the engine lacks of what a benchmark may use (see [`luau`]), and the file.
//!
//! **Options.** `--version` names the engine and stops. LuaJIT has `--jit=off`, to interpret only; Luau has
//! `--codegen`, to compile all functions to machine code when they are loaded.

use std::ffi::{CStr, CString};
use std::process::ExitCode;

use mlua_sys as ffi;

#[cfg(feature = "luau")]
mod luau;

#[cfg(not(any(feature = "puc", feature = "luajit", feature = "luau")))]
compile_error!("select an engine: --features puc, luajit or luau");

/// The engine, before any global of a script.
type State = *mut ffi::lua_State;

/// What the command line asks for.
struct Invocation {
    file: CString,
    arguments: Vec<CString>,
    /// Whether [`MODE`] was asked for.
    mode: bool,
}

/// The engine's second mode of working.
const MODE: Option<&str> = if cfg!(feature = "luajit") {
    Some("--jit=off")
} else if cfg!(feature = "luau") {
    Some("--codegen")
} else {
    None
};

impl Invocation {
    fn parse() -> Result<Option<Invocation>, String> {
        let mut mode = false;
        let mut rest = std::env::args().skip(1);
        loop {
            let argument =
                rest.next().ok_or("usage: perilune-peers [--version] [MODE] FILE [ARGUMENTS]")?;
            match argument.as_str() {
                "--version" => return Ok(None),
                option if MODE == Some(option) => mode = true,
                option if option.starts_with("--") => {
                    return Err(format!("this engine has no option '{option}'"));
                }
                _ => {
                    let file = c_string(argument)?;
                    let arguments = rest.map(c_string).collect::<Result<_, _>>()?;
                    return Ok(Some(Invocation { file, arguments, mode }));
                }
            }
        }
    }
}

fn main() -> ExitCode {
    let outcome = Invocation::parse().and_then(|invocation| match invocation {
        Some(invocation) => run(&invocation),
        None => version(),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn c_string(text: String) -> Result<CString, String> {
    CString::new(text).map_err(|_| "an argument holds a zero byte".to_owned())
}

/// Prints which engine this is.
fn version() -> Result<(), String> {
    let version = if cfg!(feature = "luajit") {
        evaluate(c"return jit.version")?
    } else if cfg!(feature = "luau") {
        // The crates that have the sources carry the releases' numbers in their own: 0.22.0+luau740 has Luau 0.740.
        let release = locked("luau0-src")
            .and_then(|version| Some(version.split_once("+luau")?.1))
            .unwrap_or("?");
        format!("Luau 0.{release}")
    } else {
        // And 551.0.2 has Lua 5.5.1.
        let release =
            locked("lua-src").and_then(|version| version.split('.').next()).unwrap_or("?");
        let digits: Vec<String> = release.chars().map(String::from).collect();
        format!("PUC Lua {}", digits.join("."))
    };
    println!("{version}");
    Ok(())
}

/// The version of a package this was built from.
fn locked(package: &str) -> Option<&'static str> {
    let name = format!("name = \"{package}\"");
    let mut lines = include_str!("../Cargo.lock").lines().skip_while(|line| *line != name);
    lines.find_map(|line| line.strip_prefix("version = ")).map(|version| version.trim_matches('"'))
}

/// A new engine with its standard library.
fn open() -> Result<State, String> {
    // SAFETY: creates a state that only this thread knows; the library is opened in it before anything else happens.
    unsafe {
        let state = ffi::luaL_newstate();
        if state.is_null() {
            return Err("not enough memory for the engine".to_owned());
        }
        ffi::luaL_openlibs(state);
        Ok(state)
    }
}

/// The string an expression gives.
fn evaluate(code: &CStr) -> Result<String, String> {
    let state = open()?;
    // SAFETY: the state is fresh and has room; `code` is text that ends in a zero byte, as the length leaves out.
    unsafe {
        if ffi::luaL_loadbuffer(state, code.as_ptr(), code.to_bytes().len(), c"=version".as_ptr())
            != ffi::LUA_OK
            || ffi::lua_pcall(state, 0, 1, 0) != ffi::LUA_OK
        {
            return Err(message(state));
        }
        Ok(message(state))
    }
}

fn run(invocation: &Invocation) -> Result<(), String> {
    let state = open()?;
    // SAFETY: the state is fresh; what the calls push stays far below the room a new state has.
    unsafe {
        set_arguments(state, invocation);
        prepare(state, &invocation.file, invocation.mode);
        let path = invocation.file.to_str().map_err(|_| "the file's name isn't UTF-8")?;
        load_file(state, path)?;
        if ffi::lua_pcall(state, 0, 0, 0) != ffi::LUA_OK {
            return Err(message(state));
        }
    }
    Ok(())
}

/// What sits on top of the stack, as text.
///
/// # Safety
/// The state's stack holds a value.
unsafe fn message(state: State) -> String {
    // SAFETY: as required of the caller; the pointer is used before anything else happens to the stack.
    unsafe {
        let text = ffi::lua_tostring(state, -1);
        if text.is_null() {
            "an error without a message".to_owned()
        } else {
            CStr::from_ptr(text).to_string_lossy().into_owned()
        }
    }
}

/// Sets the global `arg` as the engines' own commands do.
///
/// # Safety
/// The state's stack has room for three values.
unsafe fn set_arguments(state: State, invocation: &Invocation) {
    // SAFETY: strings end in zero bytes; the table is below the string when it is filled.
    unsafe {
        ffi::lua_newtable(state);
        for (text, at) in std::iter::once(&invocation.file).chain(&invocation.arguments).zip(0..) {
            ffi::lua_pushstring(state, text.as_ptr());
            ffi::lua_rawseti(state, -2, at);
        }
        ffi::lua_setglobal(state, c"arg".as_ptr());
    }
}

/// Pushes the function a file's text stands for.
///
/// # Safety
/// The state's stack has room for two values.
unsafe fn load_file(state: State, path: &str) -> Result<(), String> {
    let mut text = std::fs::read(path).map_err(|e| format!("cannot open {path} ({e})"))?;
    if text.starts_with(b"#!") {
        // The line stays, for the numbers of those after it.
        text.splice(..2, *b"--");
    }
    let name = c_string(format!("@{path}"))?;
    // SAFETY: as required of the caller.
    unsafe { if load(state, &text, &name) { Ok(()) } else { Err(message(state)) } }
}

/// Pushes the function a text stands for, or the message that says what is wrong with it.
///
/// # Safety
/// The state's stack has room for two values.
#[cfg(not(feature = "luau"))]
unsafe fn load(state: State, text: &[u8], name: &CStr) -> bool {
    // SAFETY: pointer and length are of one slice; the name ends in a zero byte.
    unsafe {
        ffi::luaL_loadbuffer(
            state,
            text.as_ptr().cast::<std::ffi::c_char>(),
            text.len(),
            name.as_ptr(),
        ) == ffi::LUA_OK
    }
}

#[cfg(feature = "luau")]
use luau::load;

/// PUC Lua's own command chooses the generational collector.
///
/// # Safety
/// The state is a new one.
#[cfg(feature = "puc")]
unsafe fn prepare(state: State, _: &CStr, _: bool) {
    // SAFETY: as required of the caller.
    unsafe { ffi::lua_gc(state, ffi::LUA_GCGEN) };
}

/// Turns LuaJIT's compiler off if asked to.
///
/// # Safety
/// The state is a new one.
#[cfg(feature = "luajit")]
unsafe fn prepare(state: State, _: &CStr, interpret: bool) {
    use std::ffi::c_int;
    /// "The engine as a whole" and "off", of `luajit.h`.
    const ENGINE_OFF: c_int = 0;
    unsafe extern "C" {
        fn luaJIT_setmode(state: State, index: c_int, mode: c_int) -> c_int;
    }
    if interpret {
        // SAFETY: the index is unused for the engine's mode.
        unsafe { luaJIT_setmode(state, 0, ENGINE_OFF) };
    }
}

#[cfg(feature = "luau")]
use luau::prepare;
