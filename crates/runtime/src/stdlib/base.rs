//! The basic functions (manual §6.1).

use super::io::host::c_str;
use super::string::buffer::Output;
use super::{Entry, control, set};
use crate::cx::{Cx, Fault};
use crate::events::Event;
use crate::function::{Behaviour, FORWARD, Native};
use crate::heap::{Mode, Param};
use crate::string::Str;
use crate::table::Table;
use crate::value::Value;
use perilune_bytecode::chunk::FIRST_BYTE;
use perilune_semantics::parse;

/// Registers the basic functions in the global table.
pub(super) fn open(cx: &Cx) {
    let g = cx.globals();
    const PLAIN: &[Entry] = &[
        ("assert", assert),
        ("collectgarbage", collectgarbage),
        ("error", error),
        ("getmetatable", getmetatable),
        ("ipairs", ipairs),
        ("load", load),
        ("loadfile", loadfile),
        ("print", print),
        ("rawequal", rawequal),
        ("rawget", rawget),
        ("rawlen", rawlen),
        ("rawset", rawset),
        ("select", select),
        ("setmetatable", setmetatable),
        ("tonumber", tonumber),
        ("tostring", tostring),
        ("type", type_of),
        ("warn", warn),
    ];
    for (name, f) in PLAIN {
        set(cx, g, name, cx.native(name, *f));
    }
    set(cx, g, "pcall", control(cx, "pcall", Behaviour::Pcall));
    set(cx, g, "xpcall", control(cx, "xpcall", Behaviour::Xpcall));
    let native = |name, f, behaviour| Value::object(Native::new(&cx.heap, name, f, behaviour, &[]));
    let next_function = native("next", next, Behaviour::Next);
    set(cx, g, "next", next_function);
    set(cx, g, "dofile", native("dofile", dofile, Behaviour::Forward(u8::MAX)));
    let pairs = Native::new(&cx.heap, "pairs", pairs, Behaviour::Forward(4), &[next_function]);
    set(cx, g, "pairs", Value::object(pairs));
    let step = native("ipairs_step", ipairs_step, Behaviour::IpairsStep);
    let ipairs = Native::new(&cx.heap, "ipairs", ipairs, Behaviour::Plain, &[step]);
    set(cx, g, "ipairs", Value::object(ipairs));
    set(cx, g, "_G", Value::object(g));
    set(cx, g, "_VERSION", cx.str_value(b"Lua 5.5"));
}

fn assert(cx: &mut Cx) -> Result<usize, Fault> {
    if !cx.arg(1).is_falsy() {
        return Ok(cx.nargs());
    }
    cx.check_any(1)?;
    if cx.nargs() < 2 {
        return Err(cx.throw_error(b"assertion failed!"));
    }
    Err(throw_at_level(cx, 2, 1))
}

/// Throws argument `n`; a string gets the position of the function at a level in front.
fn throw_at_level(cx: &mut Cx, n: usize, level: usize) -> Fault {
    let Some(s) = cx.arg(n).downcast::<Str>().filter(|_| level > 0) else {
        return cx.throw(cx.arg(n));
    };
    // Messages grow when each of many nested functions adds its position.
    let len = s.len();
    let prefix = cx.position_prefix(level);
    // It may be shown with a traceback.
    if let Err(fault) = cx.reserve(prefix.len() + 3 * len) {
        return fault;
    }
    let text = cx.arg(n).downcast::<Str>().map_or(&b""[..], |s| s.get().as_bytes());
    match cx.joined(&[&prefix, text]) {
        Ok(message) => cx.throw(message),
        Err(fault) => fault,
    }
}

fn error(cx: &mut Cx) -> Result<usize, Fault> {
    // A C integer in the reference implementation. Levels below the first mean "no position".
    let level = usize::try_from(cx.opt_int(2, 1)? as i32).unwrap_or(0);
    Err(throw_at_level(cx, 1, level))
}

fn getmetatable(cx: &mut Cx) -> Result<usize, Fault> {
    let v = cx.check_any(1)?;
    let result = match cx.metatable_of(v) {
        None => Value::NIL,
        Some(mt) => match cx.event_in(mt, Event::Metatable) {
            m if m.is_nil() => Value::object(mt),
            m => m,
        },
    };
    cx.push(result);
    Ok(1)
}

fn setmetatable(cx: &mut Cx) -> Result<usize, Fault> {
    let t = cx.check_table(1)?;
    let mt = cx.arg(2);
    if !(mt.is_table() || mt.is_nil() && !cx.is_none(2)) {
        return Err(cx.type_error(2, "nil or table"));
    }
    if let Some(old) = t.metatable()
        && !cx.event_in(old, Event::Metatable).is_nil()
    {
        return Err(cx.throw_error(b"cannot change a protected metatable"));
    }
    cx.set_metatable(Value::object(t), mt.downcast::<Table>());
    cx.push(cx.arg(1));
    Ok(1)
}

fn rawequal(cx: &mut Cx) -> Result<usize, Fault> {
    let (a, b) = (cx.check_any(1)?, cx.check_any(2)?);
    cx.push(Value::bool(cx.equal_values(a, b)?));
    Ok(1)
}

fn rawget(cx: &mut Cx) -> Result<usize, Fault> {
    let t = cx.check_table(1)?;
    let key = cx.check_any(2)?;
    cx.push(t.get_value(key));
    Ok(1)
}

fn rawset(cx: &mut Cx) -> Result<usize, Fault> {
    cx.check_table(1)?;
    cx.check_any(2)?;
    cx.check_any(3)?;
    cx.raw_set(cx.arg_slot(1), cx.arg_slot(2), cx.arg_slot(3))?;
    cx.push(cx.arg(1));
    Ok(1)
}

fn rawlen(cx: &mut Cx) -> Result<usize, Fault> {
    let v = cx.arg(1);
    let n = if let Some(t) = v.downcast::<Table>() {
        t.len_border()
    } else if let Some(s) = v.downcast::<Str>() {
        s.len() as i64
    } else {
        return Err(cx.type_error(1, "table or string"));
    };
    cx.push(cx.int(n));
    Ok(1)
}

fn next(cx: &mut Cx) -> Result<usize, Fault> {
    let t = cx.check_table(1)?;
    match t.next(cx.arg(2)) {
        Ok(Some((k, v))) => {
            cx.push(k);
            cx.push(v);
            Ok(2)
        }
        Ok(None) => {
            cx.push(Value::NIL);
            Ok(1)
        }
        Err(_) => Err(cx.runtime_error("invalid key to 'next'")),
    }
}

/// With `__pairs`, the interpreter calls it in place of this function.
fn pairs(cx: &mut Cx) -> Result<usize, Fault> {
    let v = cx.check_any(1)?;
    let method = cx.event_of(v, Event::Pairs);
    if method.is_nil() {
        let results = [cx.upvalue(0), v, Value::NIL, Value::NIL];
        for r in results {
            cx.push(r);
        }
        return Ok(4);
    }
    cx.push(method);
    cx.push(cx.arg(1));
    Ok(FORWARD | 2)
}

fn ipairs(cx: &mut Cx) -> Result<usize, Fault> {
    let v = cx.check_any(1)?;
    let step = cx.upvalue(0);
    cx.push(step);
    cx.push(v);
    cx.push(Value::small_int(0));
    Ok(3)
}

fn ipairs_step(cx: &mut Cx) -> Result<usize, Fault> {
    let i = cx.check_int(2)?.wrapping_add(1);
    cx.push(cx.int(i));
    cx.push(cx.int(i));
    cx.index(cx.arg_slot(1))?;
    if cx.peek(1).is_nil() { Ok(1) } else { Ok(2) }
}

fn select(cx: &mut Cx) -> Result<usize, Fault> {
    let n = cx.nargs();
    if let Some(s) = cx.arg(1).downcast::<Str>()
        && s.get().as_bytes().first() == Some(&b'#')
    {
        cx.push(cx.int(n as i64 - 1));
        return Ok(1);
    }
    let i = cx.check_int(1)?;
    let from = if i < 0 { n as i64 + i } else { i.min(n as i64) };
    if from < 1 {
        return Err(cx.arg_error(1, "index out of range"));
    }
    Ok(n - from as usize)
}

fn type_of(cx: &mut Cx) -> Result<usize, Fault> {
    let t = cx.check_any(1)?.type_of();
    cx.push(Value::object(cx.name_of_type(t)));
    Ok(1)
}

fn tostring(cx: &mut Cx) -> Result<usize, Fault> {
    cx.check_any(1)?;
    cx.push_tostring(cx.arg_slot(1))?;
    Ok(1)
}

fn tonumber(cx: &mut Cx) -> Result<usize, Fault> {
    if cx.is_none_or_nil(2) {
        let v = cx.check_any(1)?;
        let n = if v.is_number() { v } else { cx.to_number(v).map_or(Value::NIL, |n| cx.num(n)) };
        cx.push(n);
        return Ok(1);
    }
    let base = cx.check_int(2)?;
    let Some(s) = cx.arg(1).downcast::<Str>() else {
        return Err(cx.type_error(1, "string"));
    };
    if !(2..=36).contains(&base) {
        return Err(cx.arg_error(2, "base out of range"));
    }
    let n = parse::str_to_int_radix(s.as_bytes(), base as u32);
    cx.push(n.map_or(Value::NIL, |i| cx.int(i)));
    Ok(1)
}

fn print(cx: &mut Cx) -> Result<usize, Fault> {
    for i in 1..=cx.nargs() {
        cx.push_tostring(cx.arg_slot(i))?;
        if i > 1 {
            super::io::write_stdout(cx, b"\t")?;
        }
        if let Some(s) = cx.peek(1).downcast::<Str>() {
            super::io::write_stdout(cx, s.as_bytes())?;
        }
        cx.pop(1);
    }
    super::io::end_line(cx)?;
    Ok(0)
}

fn warn(cx: &mut Cx) -> Result<usize, Fault> {
    let n = cx.nargs();
    cx.check_str(1)?;
    for i in 2..=n {
        cx.check_str(i)?;
    }
    for i in 1..=n {
        if cx.warning_sink.is_none() {
            cx.show_warning(c_str(cx.check_str(i)?.as_bytes()), i < n)?;
            continue;
        }
        // Whoever takes them may change anything.
        let mut piece = Output::new();
        piece.reserve(cx, c_str(cx.check_str(i)?.as_bytes()).len())?;
        piece.add(cx, c_str(cx.check_str(i)?.as_bytes()))?;
        cx.warn(&piece.bytes, i < n)?;
    }
    Ok(0)
}

fn collectgarbage(cx: &mut Cx) -> Result<usize, Fault> {
    let option = cx.opt_str(1)?.map_or_else(|| b"collect".to_vec(), |s| s.as_bytes().to_vec());
    let option = c_str(&option);
    if option == b"param" {
        cx.push(gc_param(cx)?);
    } else if !GC_OPTIONS.contains(&option) {
        return Err(invalid_option(cx, 1, option));
    } else if cx.in_finalizer.get() {
        // Finalizers can't interfere with the collector.
        cx.push(Value::NIL);
    } else {
        let result = control_gc(cx, option)?.bits();
        cx.push(Value::from_bits(result));
    }
    Ok(1)
}

/// The options of `collectgarbage` but "param".
const GC_OPTIONS: [&[u8]; 8] = [
    b"collect",
    b"stop",
    b"restart",
    b"count",
    b"step",
    b"isrunning",
    b"generational",
    b"incremental",
];

fn control_gc<'g>(cx: &'g mut Cx, option: &[u8]) -> Result<Value<'g>, Fault> {
    Ok(match option {
        b"stop" => {
            cx.heap.stop();
            Value::small_int(0)
        }
        b"restart" => {
            cx.heap.restart();
            Value::small_int(0)
        }
        b"count" => Value::float(cx.heap.live_bytes() as f64 / 1024.0),
        b"step" => {
            let size = cx.opt_int(2, 0)?;
            Value::bool(cx.collect_step(usize::try_from(size).unwrap_or(0))?)
        }
        b"isrunning" => Value::bool(cx.heap.is_running()),
        b"generational" => set_mode(cx, Mode::Generational),
        b"incremental" => set_mode(cx, Mode::Incremental),
        _ => {
            cx.collect()?;
            Value::small_int(0)
        }
    })
}

/// `collectgarbage("param", name, value)`.
fn gc_param(cx: &Cx) -> Result<Value<'_>, Fault> {
    let name = cx.check_str(2)?;
    let Some(param) = Param::from_name(name.as_bytes()) else {
        return Err(invalid_option(cx, 2, name.as_bytes()));
    };
    let value = cx.opt_int(3, -1)?;
    if cx.in_finalizer.get() {
        return Ok(Value::small_int(-1));
    }
    let old = match u32::try_from(value) {
        Ok(new) => cx.heap.set_param(param, new),
        Err(_) => cx.heap.param(param),
    };
    Ok(cx.int(i64::from(old)))
}

fn set_mode(cx: &Cx, mode: Mode) -> Value<'_> {
    cx.str_value(match cx.heap.set_mode(mode) {
        Mode::Generational => b"generational",
        Mode::Incremental => b"incremental",
    })
}

fn invalid_option(cx: &Cx, arg: usize, name: &[u8]) -> Fault {
    let mut text = b"invalid option '".to_vec();
    text.extend_from_slice(name);
    text.push(b'\'');
    cx.arg_error_bytes(arg, &text)
}

/// Pushes the function loaded from a file, or nil and the message. Without a name, standard input.
pub(super) fn load_from_file(
    cx: &mut Cx,
    file: Option<Vec<u8>>,
    mode: &[u8],
    env: Option<usize>,
) -> Result<bool, Fault> {
    let (chunk, name) = match super::package::read_source(cx, file.as_deref())? {
        Ok(read) => read,
        Err(message) => {
            cx.push(Value::NIL);
            cx.push(cx.str_value(&message));
            return Ok(false);
        }
    };
    load_chunk(cx, perilune_syntax::skip_shebang(&chunk.bytes), &name, mode, env)
}

/// Pushes the function that a chunk makes, or nil and the message. Whether it succeeded.
fn load_chunk(
    cx: &mut Cx,
    chunk: &[u8],
    name: &[u8],
    mode: &[u8],
    env: Option<usize>,
) -> Result<bool, Fault> {
    if !check_kind(cx, chunk, mode) {
        return Ok(false);
    }
    let env = env.map(|n| Value::<'static>::from_bits(cx.arg(n).bits()));
    let loaded = cx.load(chunk, name, env);
    if loaded == Err(Fault::Kill) {
        return Err(Fault::Kill);
    }
    if loaded.is_err() {
        let message = cx.error_value().bits();
        cx.push(Value::NIL);
        cx.push(Value::from_bits(message));
        return Ok(false);
    }
    Ok(true)
}

/// Whether the mode allows a chunk of this kind, which its beginning tells. If not, pushes nil and the message.
fn check_kind(cx: &mut Cx, chunk: &[u8], mode: &[u8]) -> bool {
    let binary = chunk.first() == Some(&FIRST_BYTE);
    let (kind, letter) = if binary { ("binary", b'b') } else { ("text", b't') };
    let mode = if cx.is_text_only() { b"t" } else { mode };
    let allowed = mode.contains(&letter);
    if !allowed {
        cx.push(Value::NIL);
        let mut text = format!("attempt to load a {kind} chunk (mode is '").into_bytes();
        text.extend_from_slice(mode);
        text.extend_from_slice(b"')");
        cx.push(cx.str_value(&text));
    }
    allowed
}

/// The mode in argument `n`; by default, both kinds of chunk.
fn check_mode(cx: &Cx, n: usize) -> Result<Vec<u8>, Fault> {
    let mode = cx.opt_str(n)?.map_or(&b"bt"[..], |mode| c_str(mode.as_bytes()));
    // This letter is for hosts only: a binary chunk whose memory stays where it is.
    if mode.contains(&b'B') {
        return Err(cx.arg_error(n, "invalid mode"));
    }
    Ok(mode.to_vec())
}

fn load(cx: &mut Cx) -> Result<usize, Fault> {
    let mode = check_mode(cx, 3)?;
    let env = (!cx.is_none(4)).then_some(4);
    let pieces;
    let chunk = if cx.arg(1).is_function() {
        cx.opt_str(2)?;
        let Some(read) = read_pieces(cx, &mode)? else { return Ok(2) };
        pieces = read;
        &pieces.bytes[..]
    } else if cx.to_str(cx.arg(1)).is_some() {
        // SAFETY: it stays in its slot, and no Lua code runs while the chunk is loaded.
        unsafe { cx.check_str(1)?.extend::<'static>() }.as_bytes()
    } else {
        cx.opt_str(2)?;
        return Err(cx.type_error(1, "function"));
    };
    let name = match cx.opt_str(2)? {
        // SAFETY: as above.
        Some(name) => unsafe { name.extend::<'static>() }.as_bytes(),
        None if cx.arg(1).is_function() => b"=(load)",
        None => chunk,
    };
    Ok(if load_chunk(cx, chunk, name, &mode, env)? { 1 } else { 2 })
}

/// Pushes nil and the error under way, unless it is none that can be caught.
fn report(cx: &mut Cx, fault: Fault) -> Result<(), Fault> {
    if matches!(fault, Fault::CloseSelf | Fault::Kill) {
        return Err(fault);
    }
    cx.push(Value::NIL);
    cx.push(cx.error_value());
    Ok(())
}

/// Calls the reader function until it returns nothing. `None` (with nil and message pushed) if it fails, or if it
/// begins with a chunk of the wrong kind.
fn read_pieces(cx: &mut Cx, mode: &[u8]) -> Result<Option<Output>, Fault> {
    let mut chunk = Output::new();
    loop {
        cx.push(cx.arg(1));
        if let Err(fault) = cx.reporting_call(0, 1) {
            return report(cx, fault).map(|()| None);
        }
        let piece = cx.peek(1);
        if piece.is_nil() {
            cx.pop(1);
            return Ok(Some(chunk));
        }
        let before = chunk.bytes.len();
        let added = chunk.push_slot(cx, cx.arg_slot(cx.nargs()));
        cx.pop(1);
        let failure = match added {
            Ok(true) => None,
            Ok(false) => {
                let fault = cx.throw_error(b"reader function must return a string");
                Some(cx.show_to_handler(fault))
            }
            Err(fault) => Some(fault),
        };
        if let Some(fault) = failure {
            return report(cx, fault).map(|()| None);
        }
        if chunk.bytes.len() == before {
            return Ok(Some(chunk));
        }
        if before == 0 && !check_kind(cx, &chunk.bytes, mode) {
            return Ok(None);
        }
    }
}

fn loadfile(cx: &mut Cx) -> Result<usize, Fault> {
    let name = cx.opt_str(1)?.map(|s| s.as_bytes().to_vec());
    let mode = check_mode(cx, 2)?;
    let env = (!cx.is_none(3)).then_some(3);
    Ok(if load_from_file(cx, name, &mode, env)? { 1 } else { 2 })
}

/// The interpreter calls the function this returns in its place.
fn dofile(cx: &mut Cx) -> Result<usize, Fault> {
    let name = cx.opt_str(1)?.map(|s| s.as_bytes().to_vec());
    if load_from_file(cx, name, b"bt", None)? {
        return Ok(FORWARD | 1);
    }
    Err(cx.throw(cx.peek(1)))
}
