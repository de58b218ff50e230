//! What Luau lacks of what a benchmark may use: files, modules, and a clock of processor time.
//!
//! **Design.** `loadfile`, `load`, `loadstring`, `require`, `io.write`, `io.stderr:write`, `os.exit` and `os.clock` are
//! added; `_VERSION` says 5.1, whose common subset with the others programs then choose. Sources are compiled at
//! Luau's highest level; the environment is sandboxed, as in Luau's own command, because only then are calls of
//! library functions resolved ahead of time.
//!
//! **Invariants.** The engine raises errors as C++ exceptions, which unwind through these functions as panics do. So
//! they have the ABI that allows it, and the package isn't built with `panic = "abort"`.

use std::ffi::{CStr, CString, OsStr, c_char, c_int};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use mlua_sys as ffi;

use crate::State;

/// Whether functions become machine code when they are loaded.
static CODEGEN: AtomicBool = AtomicBool::new(false);

/// The folder modules are in: the one of the main file.
static FOLDER: OnceLock<Box<Path>> = OnceLock::new();

/// A native function.
type Native = unsafe extern "C-unwind" fn(State) -> c_int;

/// Adds the functions, then seals the library.
///
/// # Safety
/// The state is a new one with its library open.
pub(crate) unsafe fn prepare(state: State, file: &CStr, codegen: bool) {
    let folder = Path::new(OsStr::from_bytes(file.to_bytes())).parent().unwrap_or(Path::new(""));
    FOLDER.get_or_init(|| folder.into());
    // SAFETY: the stack of a new state has room for the few values pushed at a time, and each is taken off again.
    unsafe {
        if codegen && ffi::luau_codegen_supported() != 0 {
            ffi::luau_codegen_create(state);
            CODEGEN.store(true, Ordering::Relaxed);
        }
        for (name, function) in [
            (c"loadfile", load_file as Native),
            (c"load", load_text),
            (c"loadstring", load_text),
            (c"require", require),
        ] {
            ffi::lua_pushcfunction(state, function);
            ffi::lua_setglobal(state, name.as_ptr());
        }
        ffi::lua_getglobal(state, c"os".as_ptr());
        set(state, c"clock", clock);
        set(state, c"exit", exit);
        ffi::lua_pop(state, 1);
        ffi::lua_newtable(state);
        set(state, c"write", write);
        ffi::lua_newtable(state);
        set(state, c"write", write_error);
        ffi::lua_setfield(state, -2, c"stderr".as_ptr());
        ffi::lua_setglobal(state, c"io".as_ptr());
        ffi::lua_newtable(state);
        ffi::lua_setfield(state, ffi::LUA_REGISTRYINDEX, LOADED.as_ptr());
        ffi::lua_pushstring(state, c"Lua 5.1".as_ptr());
        ffi::lua_setglobal(state, c"_VERSION".as_ptr());
        ffi::luaL_sandbox(state, 1);
        ffi::luaL_sandboxthread(state);
    }
}

/// Where in the registry the loaded modules are.
const LOADED: &CStr = c"perilune-peers.loaded";

/// Sets a field of the table on top of the stack.
///
/// # Safety
/// There is a table on top of the stack, and room for another value.
unsafe fn set(state: State, name: &CStr, function: Native) {
    // SAFETY: as required of the caller.
    unsafe {
        ffi::lua_pushcfunction(state, function);
        ffi::lua_setfield(state, -2, name.as_ptr());
    }
}

/// Pushes the function a text stands for, or the message that says what is wrong with it.
///
/// # Safety
/// The state's stack has room for two values.
pub(crate) unsafe fn load(state: State, text: &[u8], name: &CStr) -> bool {
    let mut options = ffi::lua_CompileOptions::default();
    options.optimizationLevel = 2;
    options.debugLevel = 1;
    // SAFETY: pointer and length are of one buffer, which outlives the call; the name ends in a zero byte.
    unsafe {
        let code = ffi::luau_compile(text, options);
        let good =
            ffi::luau_load(state, name.as_ptr(), code.as_ptr().cast::<c_char>(), code.len(), 0)
                == 0;
        if good && CODEGEN.load(Ordering::Relaxed) {
            ffi::luau_codegen_compile(state, -1);
        }
        good
    }
}

/// The argument as bytes, which live as long as it stays on the stack.
///
/// # Safety
/// Called by a native function, which leaves its arguments where they are.
unsafe fn argument<'a>(state: State, index: c_int) -> &'a [u8] {
    let mut length = 0;
    // SAFETY: the engine gives pointer and length of one string.
    unsafe {
        let text = ffi::luaL_checklstring(state, index, &mut length);
        std::slice::from_raw_parts(text.cast::<u8>(), length)
    }
}

/// Loads a text under a name; gives the function, or nil and a message.
///
/// # Safety
/// The stack has room for three values.
unsafe fn give(state: State, text: &[u8], name: &CStr) -> c_int {
    // SAFETY: as required of the caller.
    unsafe {
        if load(state, text, name) {
            return 1;
        }
        ffi::lua_pushnil(state);
        ffi::lua_insert(state, -2);
        2
    }
}

unsafe extern "C-unwind" fn load_text(state: State) -> c_int {
    // SAFETY: a native function's stack has room for 20 values.
    unsafe {
        let text = argument(state, 1);
        give(state, text, c"=load")
    }
}

/// The text and the name of a file, or a message.
fn read(path: &Path) -> Result<(Vec<u8>, CString), String> {
    let text = std::fs::read(path).map_err(|e| format!("cannot open {} ({e})", path.display()))?;
    let name = CString::new(format!("@{}", path.display()))
        .map_err(|_| "a zero byte in a name".to_owned())?;
    Ok((text, name))
}

unsafe extern "C-unwind" fn load_file(state: State) -> c_int {
    // SAFETY: a native function's stack has room for 20 values.
    unsafe {
        let path = Path::new(OsStr::from_bytes(argument(state, 1)));
        match read(path) {
            Ok((text, name)) => give(state, &text, &name),
            Err(message) => {
                ffi::lua_pushnil(state);
                ffi::lua_pushlstring(state, message.as_ptr().cast::<c_char>(), message.len());
                2
            }
        }
    }
}

unsafe extern "C-unwind" fn require(state: State) -> c_int {
    // SAFETY: a native function's stack has room for 20 values.
    unsafe {
        let name = argument(state, 1);
        ffi::lua_getfield(state, ffi::LUA_REGISTRYINDEX, LOADED.as_ptr());
        ffi::lua_pushvalue(state, 1);
        if ffi::lua_gettable(state, -2) != ffi::LUA_TNIL {
            return 1;
        }
        ffi::lua_pop(state, 1);
        if !push_module(state, name) {
            ffi::lua_error(state);
        }
        ffi::lua_call(state, 0, 1);
        ffi::lua_pushvalue(state, 1);
        ffi::lua_pushvalue(state, -2);
        ffi::lua_settable(state, -4);
        1
    }
}

/// Pushes the function of a module, or a message.
///
/// # Safety
/// The stack has room for three values.
unsafe fn push_module(state: State, name: &[u8]) -> bool {
    let mut path = FOLDER.get().map_or_else(Default::default, |folder| folder.to_path_buf());
    path.push(OsStr::from_bytes(name));
    path.as_mut_os_string().push(".lua");
    // SAFETY: as required of the caller.
    unsafe {
        match read(&path) {
            Ok((text, name)) => load(state, &text, &name),
            Err(message) => {
                ffi::lua_pushlstring(state, message.as_ptr().cast::<c_char>(), message.len());
                false
            }
        }
    }
}

/// Processor time of the process in seconds, as `os.clock` has it everywhere else.
unsafe extern "C-unwind" fn clock(state: State) -> c_int {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is valid for the call; the stack has room.
    unsafe {
        libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time);
        ffi::lua_pushnumber(state, time.tv_sec as f64 + (time.tv_nsec / 1000) as f64 * 1e-6);
    }
    1
}

unsafe extern "C-unwind" fn exit(state: State) -> c_int {
    // SAFETY: reads the first argument; flushing all of C's streams is allowed at any time.
    unsafe {
        let bad = ffi::lua_type(state, 1) == ffi::LUA_TBOOLEAN && ffi::lua_toboolean(state, 1) == 0;
        let status = if bad { 1 } else { ffi::lua_tonumber(state, 1) as c_int };
        libc::fflush(ptr::null_mut());
        std::process::exit(status)
    }
}

unsafe extern "C-unwind" fn write(state: State) -> c_int {
    // SAFETY: the engine's own `print` writes to C's stream, so this does, too, for the order's sake.
    unsafe {
        for index in 1..=ffi::lua_gettop(state) {
            for &byte in argument(state, index) {
                libc::putchar(c_int::from(byte));
            }
        }
    }
    0
}

unsafe extern "C-unwind" fn write_error(state: State) -> c_int {
    // SAFETY: a native function's arguments are on its stack; the first one is the stream.
    unsafe {
        for index in 2..=ffi::lua_gettop(state) {
            let text = argument(state, index);
            // Nobody can be told when this fails.
            drop(std::io::stderr().write_all(text));
        }
    }
    0
}
