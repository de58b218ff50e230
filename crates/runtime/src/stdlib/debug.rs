//! The debug interface (manual §6.11).
//!
//! **Problem.** A program may look into frames and functions, and change what it finds there, while other parts of
//! the system rely on the shape of what they have stored.
//!
//! **Design.** Frames are found by level through `Cx::frames_of`, local variables by the compiler's records. A
//! register may hold the box of a captured variable instead of its value; what a register holds decides that,
//! because the box is made a few instructions before the variable's scope begins. A slot is looked at only
//! if the frame's own records say that it is alive.
//!
//! **Invariants.** What the interpreter and the compilers know of registers stays true. The count and the step of a numeric
//! `for` are read-only here, whatever the program's debug information calls them: [`flow::loop_register`] decides.
//! Its control variable can be set, which makes the loop one that is stepped with all checks. The arguments and
//! temporaries of native functions are read-only too, since these own what they work on while they run.

mod console;
mod hook;

use super::io::host::c_str;
use super::{Entry, function_table, set};
use crate::cx::{Cx, Fault};
use crate::debuginfo;
use crate::function::{Closure, Native, UpBox};
use crate::object::{Gc, Slot};
use crate::table::Table;
use crate::thread::{Frame, FrameKind, Thread, frame_flag};
use crate::tuning::UNANNOUNCED;
use crate::userdata::{Userdata, light};
use crate::value::{Type, Value};
use perilune_bytecode::chunk::NO_NAME;
use perilune_bytecode::flow::{self, LoopPart, LoopRegister};
use perilune_bytecode::ops::Op;
use perilune_bytecode::proto::{Proto, VarargKind};

/// Makes the library's table.
pub(super) fn open(cx: &Cx) -> Gc<'_, Table> {
    const FUNCTIONS: &[Entry] = &[
        ("debug", console::debug),
        ("gethook", hook::gethook),
        ("getinfo", getinfo),
        ("getlocal", getlocal),
        ("getmetatable", getmetatable),
        ("getregistry", getregistry),
        ("getupvalue", getupvalue),
        ("getuservalue", getuservalue),
        ("sethook", hook::sethook),
        ("setlocal", setlocal),
        ("setmetatable", setmetatable),
        ("setupvalue", setupvalue),
        ("setuservalue", setuservalue),
        ("traceback", traceback),
        ("upvalueid", upvalueid),
        ("upvaluejoin", upvaluejoin),
    ];
    function_table(cx, FUNCTIONS)
}

/// The coroutine a function is asked about, and how many arguments in front of the others it took to say so.
fn target(cx: &Cx) -> (Gc<'_, Thread>, usize) {
    match cx.arg(1).downcast::<Thread>() {
        Some(t) => (t, 1),
        None => (cx.thread(), 0),
    }
}

/// A number that is an `int` in C.
fn check_c_int(cx: &Cx, n: usize) -> Result<i32, Fault> {
    Ok(cx.check_int(n)? as i32)
}

/// The frame at a level of a coroutine, with its number.
fn frame_at(cx: &Cx, thread: Gc<'_, Thread>, level: i32) -> Option<(usize, Frame)> {
    cx.frames_of(thread).nth(usize::try_from(level).ok()?)
}

// ---- getinfo -----------------------------------------------------------------------------------------------

/// What `getinfo` is asked about: a function, perhaps in a frame.
struct Subject<'g> {
    function: Value<'g>,
    closure: Option<Gc<'g, Closure>>,
    frame: Option<(usize, Frame)>,
}

fn getinfo(cx: &mut Cx) -> Result<usize, Fault> {
    let (thread, skip) = target(cx);
    let options = cx.opt_str(skip + 2)?.map_or(&b"flnSrtu"[..], |s| c_str(s.as_bytes()));
    if options.first() == Some(&b'>') {
        return Err(cx.arg_error(skip + 2, "invalid option '>'"));
    }
    let (function, frame) = if cx.arg(skip + 1).is_function() {
        (cx.arg(skip + 1), None)
    } else {
        let level = check_c_int(cx, skip + 1)?;
        match frame_at(cx, thread, level) {
            Some((index, f)) => (thread.at(f.func as usize), Some((index, f))),
            None => {
                cx.push(Value::NIL);
                return Ok(1);
            }
        }
    };
    if options.iter().any(|o| !b"SlnrutLf".contains(o)) {
        return Err(cx.arg_error(skip + 2, "invalid option"));
    }
    let subject = Subject { function, closure: function.downcast::<Closure>(), frame };
    let t = cx.new_table(0, 16);
    for option in options {
        match option {
            b'S' => source_info(cx, t, &subject),
            b'l' => set(cx, t, "currentline", cx.int(current_line(&subject))),
            b'u' => upvalue_info(cx, t, &subject),
            b'n' => name_info(cx, t, thread, &subject),
            b'r' => {
                let (first, number) = frame.map_or((0, 0), |(i, _)| transfer(cx, thread, i));
                set(cx, t, "ftransfer", cx.int(i64::from(first)));
                set(cx, t, "ntransfer", cx.int(i64::from(number)));
            }
            b't' => {
                let flags = frame.map_or(0, |(_, f)| f.flags);
                set(cx, t, "istailcall", Value::bool(flags & frame_flag::TAIL != 0));
                let extra = flags / frame_flag::CALL_METAMETHOD;
                set(cx, t, "extraargs", Value::small_int(i32::from(extra)));
            }
            b'L' => active_lines(cx, t, &subject),
            _ => set(cx, t, "func", subject.function),
        }
    }
    cx.push(Value::object(t));
    Ok(1)
}

fn source_info<'g>(cx: &'g Cx, t: Gc<'g, Table>, s: &Subject<'g>) {
    let proto = s.closure.map(|c| c.get().proto());
    let (source, first, last, what) = match &proto {
        None => (&b"=[C]"[..], -1, -1, "C"),
        Some(p) => {
            let what = if p.data.line_defined == 0 { "main" } else { "Lua" };
            (&*p.data.source, p.data.line_defined as i64, p.data.last_line as i64, what)
        }
    };
    set(cx, t, "source", cx.str_value(source));
    set(cx, t, "short_src", cx.str_value(&perilune_syntax::chunk_id(source)));
    set(cx, t, "linedefined", cx.int(first));
    set(cx, t, "lastlinedefined", cx.int(last));
    set(cx, t, "what", cx.str_value(what.as_bytes()));
}

fn current_line(s: &Subject<'_>) -> i64 {
    match (s.closure, s.frame) {
        (Some(c), Some((_, f))) => match c.proto().current_line(f.pc) {
            0 => -1,
            line => line as i64,
        },
        _ => -1,
    }
}

fn upvalue_info<'g>(cx: &'g Cx, t: Gc<'g, Table>, s: &Subject<'g>) {
    let (upvalues, params, vararg) = match s.closure {
        Some(c) => (c.upvalues().len(), c.proto().num_params, c.proto().is_vararg),
        None => (s.function.downcast::<Native>().map_or(0, |f| f.get().upvalues().len()), 0, true),
    };
    set(cx, t, "nups", cx.int(upvalues as i64));
    set(cx, t, "nparams", Value::small_int(params as i32));
    set(cx, t, "isvararg", Value::bool(vararg));
}

fn name_info<'g>(cx: &'g Cx, t: Gc<'g, Table>, thread: Gc<'g, Thread>, s: &Subject<'g>) {
    match s.frame.and_then(|(index, _)| cx.called_name(thread, index)) {
        Some((kind, name)) => {
            set(cx, t, "name", cx.str_value(&name));
            set(cx, t, "namewhat", cx.str_value(kind.name().as_bytes()));
        }
        None => set(cx, t, "namewhat", cx.str_value(b"")),
    }
}

/// The lines that have code.
fn active_lines<'g>(cx: &'g Cx, t: Gc<'g, Table>, s: &Subject<'g>) {
    let Some(c) = s.closure else { return };
    let lines = cx.new_table(0, 0);
    let data = &c.proto().get().data;
    for (instr, position) in data.code.iter().zip(data.positions.iter()) {
        // What prepares extra arguments is on the line of `function`, where nothing need be. A stripped function has
        // no lines.
        if !matches!(instr.op(), Op::VarargPrep | Op::VarargTable) && position.line > 0 {
            // Lines are small integers, which any table can take.
            let _ = lines.set_int(cx.tables(), position.line as i64, Value::TRUE);
        }
    }
    set(cx, t, "activelines", Value::object(lines));
}

// ---- local variables ---------------------------------------------------------------------------------------

/// A variable or nameless value of a frame.
struct Local {
    name: Vec<u8>,
    slot: usize,
    access: Access,
}

/// What can be done to it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    /// It can be read.
    Read,
    /// It can be written as well.
    Write,
    /// It is a loop's control variable, and can be written with care.
    Control(LoopRegister),
}

/// The first and the number of the values that a call or return passes, while a hook is told of it.
fn transfer(cx: &Cx, thread: Gc<'_, Thread>, index: usize) -> (u32, u32) {
    hook_guard(cx, thread, index).map_or((0, 0), |guard| (guard.extra, guard.aux))
}

/// The guard frame of the hook that runs for a frame.
fn hook_guard(cx: &Cx, thread: Gc<'_, Thread>, index: usize) -> Option<Frame> {
    let count = if thread.same(cx.thread()) { cx.frame_count() } else { thread.frame_count.get() };
    if index + 1 >= count {
        return None;
    }
    // SAFETY: below the count.
    let above = unsafe { *thread.frame(index + 1) };
    (above.kind == FrameKind::Hook).then_some(above)
}

/// The first slot that doesn't belong to a frame any more.
fn frame_end(cx: &Cx, thread: Gc<'_, Thread>, index: usize) -> usize {
    let (count, top) = if thread.same(cx.thread()) {
        (cx.frame_count(), cx.top.get())
    } else {
        (thread.frame_count.get(), thread.top.get())
    };
    if index + 1 < count {
        // SAFETY: below the count.
        unsafe { (*thread.frame(index + 1)).func as usize }
    } else {
        top
    }
}

/// Where value number `n` of a frame is, if it is one of the results that a hook is being told of.
fn returned_value(cx: &Cx, thread: Gc<'_, Thread>, index: usize, n: i32) -> Option<usize> {
    let (first, number) = transfer(cx, thread, index);
    let offset = u32::try_from(n).ok()?.checked_sub(first).filter(|o| *o < number)?;
    let guard = hook_guard(cx, thread, index)?;
    // With a call event, the values are the callee's own variables.
    (guard.state != 0).then_some((guard.base + offset) as usize)
}

/// What a number stands for in a frame: from 1, its active variables, then other values; from −1 down, the extra
/// arguments.
fn find_local(
    cx: &Cx,
    thread: Gc<'_, Thread>,
    (index, f): (usize, Frame),
    n: i32,
) -> Option<Local> {
    let base = f.base as usize;
    let end = frame_end(cx, thread, index);
    if let Some(slot) = returned_value(cx, thread, index, n) {
        let name = if f.closure().is_some() { "(temporary)" } else { "(C temporary)" };
        return Some(Local { name: name.into(), slot, access: Access::Read });
    }
    let Some(c) = f.closure() else {
        let offset = usize::try_from(n).ok()?.checked_sub(1)?;
        let slot = Some(base + offset).filter(|s| *s < end)?;
        return Some(Local { name: b"(C temporary)".to_vec(), slot, access: Access::Read });
    };
    let proto = c.proto();
    if n < 0 {
        let n = n.unsigned_abs();
        if n > f.extra || !matches!(proto.data.vararg, VarargKind::Hidden) {
            return None;
        }
        // They lie below the registers, once these have moved: if there is no room for that, they are lost.
        let slot = base.checked_sub(f.extra as usize).filter(|first| *first > f.func as usize)?;
        let slot = slot + n as usize - 1;
        return Some(Local { name: b"(vararg)".to_vec(), slot, access: Access::Write });
    }
    let live = f.live(&c).min(end.saturating_sub(base));
    let n = usize::try_from(n).ok()?.checked_sub(1)?;
    let pc = proto.current_instr(f.pc).unwrap_or(0);
    let is_box = |register| thread.at(base + register).downcast::<UpBox>().is_some();
    if let Some(local) = find_lua_local(&proto.data, pc, live, is_box, n) {
        return Some(Local { slot: base + local.slot, ..local });
    }
    // While a hook runs, the registers that hold nothing yet are seen as nil: the guard frame's own slot is.
    let guard = hook_guard(cx, thread, index).filter(|_| n < proto.max_stack as usize)?;
    Some(Local { name: b"(temporary)".to_vec(), slot: guard.func as usize, access: Access::Read })
}

/// Variable number `n` (from 0) at an instruction, with its register as slot; `live` registers are alive.
fn find_lua_local(
    p: &Proto,
    pc: usize,
    live: usize,
    is_box: impl Fn(usize) -> bool,
    n: usize,
) -> Option<Local> {
    let active: Vec<_> = debuginfo::active_locals(p, pc).collect();
    if let Some(l) = active.get(n) {
        let register = l.register as usize;
        return (register < live).then(|| Local {
            name: l.name.to_vec(),
            slot: register,
            access: access_to(p, pc, register),
        });
    }
    // The other registers in use, in their order; but a box without a name is the copy of a variable that has one,
    // unless the function was stripped of all names.
    let named = |r: &usize| active.iter().any(|l| l.register as usize == *r);
    let hidden = |r: &usize| !p.locals.is_empty() && is_box(*r);
    let register = (0..live).filter(|r| !named(r) && !hidden(r)).nth(n - active.len())?;
    let access = access_to(p, pc, register);
    Some(Local { name: b"(temporary)".to_vec(), slot: register, access })
}

/// What can be done to a register at an instruction.
fn access_to(p: &Proto, pc: usize, register: usize) -> Access {
    match flow::loop_register(p, pc, register) {
        None if is_known_step(p, pc, register) => Access::Read,
        None => Access::Write,
        Some(control) if control.part == LoopPart::Control => Access::Control(control),
        Some(_) => Access::Read,
    }
}

/// Whether a register has the step of the loop that an instruction is about to prepare, which compiled code takes from the
/// instruction before. (All else that a hook may change there, the instruction looks at.)
fn is_known_step(p: &Proto, pc: usize, register: usize) -> bool {
    flow::known_step(&p.code, pc).is_some()
        && p.code.get(pc).is_some_and(|i| usize::from(i.a()) + 2 == register)
}

/// What a slot has in it, seen through a box.
fn value_in(v: Value<'_>) -> Value<'_> {
    v.downcast::<UpBox>().map_or(v, |b| b.get().value.get())
}

fn getlocal(cx: &mut Cx) -> Result<usize, Fault> {
    let (thread, skip) = target(cx);
    let n = check_c_int(cx, skip + 2)?;
    let subject = cx.arg(skip + 1);
    if subject.is_function() {
        let name = subject
            .downcast::<Closure>()
            .zip(usize::try_from(n).ok().and_then(|n| n.checked_sub(1)))
            .and_then(|(c, n)| debuginfo::param_name(&c.get().proto().get().data, n));
        cx.push(name.map_or(Value::NIL, |name| cx.str_value(name)));
        return Ok(1);
    }
    let level = check_c_int(cx, skip + 1)?;
    let Some(frame) = frame_at(cx, thread, level) else {
        return Err(cx.arg_error(skip + 1, "level out of range"));
    };
    match find_local(cx, thread, frame, n) {
        Some(l) => {
            cx.push(cx.str_value(&l.name));
            let v = value_in(thread.at(l.slot));
            // The count of a loop may be in a cell of the loop's own, which it changes: show a copy.
            cx.push(v.as_int().map_or(v, |i| cx.int(i)));
            Ok(2)
        }
        None => {
            cx.push(Value::NIL);
            Ok(1)
        }
    }
}

fn setlocal(cx: &mut Cx) -> Result<usize, Fault> {
    let (thread, skip) = target(cx);
    let level = check_c_int(cx, skip + 1)?;
    let n = check_c_int(cx, skip + 2)?;
    let Some(frame) = frame_at(cx, thread, level) else {
        return Err(cx.arg_error(skip + 1, "level out of range"));
    };
    let v = cx.check_any(skip + 3)?;
    let found = find_local(cx, thread, frame, n).filter(|l| l.access != Access::Read);
    let Some(l) = found else {
        cx.push(Value::NIL);
        return Ok(1);
    };
    if let Access::Control(control) = l.access {
        set_loop_variable(cx, thread, &frame.1, control, v);
    } else {
        assign_slot(cx, thread, l.slot, v);
    }
    cx.push(cx.str_value(&l.name));
    Ok(1)
}

/// Assigns the variable in a slot of a coroutine's stack.
fn assign_slot(cx: &Cx, thread: Gc<'_, Thread>, slot: usize, v: Value<'_>) {
    match thread.at(slot).downcast::<UpBox>() {
        Some(b) => b.assign(&cx.heap, v),
        None => thread.assign(&cx.heap, slot, v),
    }
}

/// Assigns the control variable of a loop, and the copy that closures see.
fn set_loop_variable<'g>(
    cx: &'g Cx,
    thread: Gc<'g, Thread>,
    f: &Frame,
    control: LoopRegister,
    v: Value<'g>,
) {
    let base = f.base as usize;
    cx.set_control(thread, base + usize::from(control.first), v);
    let Some(c) = f.closure() else { return };
    let proto = c.proto();
    let pc = proto.current_instr(f.pc).unwrap_or(0);
    let copy = flow::boxed_control(&proto.data, pc, control).filter(|r| *r < f.live(&c));
    // Where code wasn't made by our compiler, the register may have been used again for something else.
    if let Some(copy) = copy
        && let Some(b) = thread.at(base + copy).downcast::<UpBox>()
    {
        b.assign(&cx.heap, v);
    }
}

// ---- upvalues ----------------------------------------------------------------------------------------------

/// Where an upvalue's value is.
enum Upvalue<'g> {
    Boxed(Gc<'g, UpBox>),
    Native(Gc<'g, Native>, usize),
}

/// Upvalue `n` (from 1) of a function, with its name.
fn find_upvalue(f: Value<'_>, n: i32) -> Option<(Vec<u8>, Upvalue<'_>)> {
    let n = usize::try_from(n).ok()?.checked_sub(1)?;
    if let Some(c) = f.downcast::<Closure>() {
        let p = c.get().upvalues().get(n)?.get();
        let name = match c.proto().data.upvalues.get(n).map(|u| &*u.name) {
            Some(NO_NAME) => b"(no name)".to_vec(),
            name => name.unwrap_or_default().to_vec(),
        };
        // SAFETY: a closure keeps the boxes of its upvalues alive.
        return Some((name, Upvalue::Boxed(unsafe { Gc::from_ptr(p) })));
    }
    let native = f.downcast::<Native>()?;
    (n < native.upvalues().len()).then(|| (Vec::new(), Upvalue::Native(native, n)))
}

/// Checks the arguments `function` and `n` of the functions about upvalues.
fn check_upvalue_args(cx: &Cx, function: usize, number: usize) -> Result<(Value<'_>, i32), Fault> {
    let n = check_c_int(cx, number)?;
    let f = cx.arg(function);
    if f.is_function() { Ok((f, n)) } else { Err(cx.type_error(function, "function")) }
}

fn getupvalue(cx: &mut Cx) -> Result<usize, Fault> {
    let (f, n) = check_upvalue_args(cx, 1, 2)?;
    let Some((name, upvalue)) = find_upvalue(f, n) else { return Ok(0) };
    cx.push(cx.str_value(&name));
    cx.push(match upvalue {
        Upvalue::Boxed(b) => b.get().value.get(),
        Upvalue::Native(f, i) => f.get().upvalues().get(i).map_or(Value::NIL, Slot::get),
    });
    Ok(2)
}

fn setupvalue(cx: &mut Cx) -> Result<usize, Fault> {
    let v = cx.check_any(3)?;
    let (f, n) = check_upvalue_args(cx, 1, 2)?;
    let Some((name, upvalue)) = find_upvalue(f, n) else { return Ok(0) };
    match upvalue {
        Upvalue::Boxed(b) => b.assign(&cx.heap, v),
        Upvalue::Native(f, i) => f.set_upvalue(&cx.heap, i, v),
    }
    cx.push(cx.str_value(&name));
    Ok(1)
}

fn upvalueid(cx: &mut Cx) -> Result<usize, Fault> {
    let (f, n) = check_upvalue_args(cx, 1, 2)?;
    cx.push(match find_upvalue(f, n) {
        Some((_, Upvalue::Boxed(b))) => light(&cx.heap, b.as_ptr() as u64),
        Some((_, Upvalue::Native(f, i))) => {
            let slot = f.get().upvalues().get(i).map_or(std::ptr::null(), std::ptr::from_ref);
            light(&cx.heap, slot as u64)
        }
        None => Value::NIL,
    });
    Ok(1)
}

fn upvaluejoin(cx: &mut Cx) -> Result<usize, Fault> {
    let mut found = [None, None];
    for (i, place) in [1, 3].into_iter().zip(&mut found) {
        let (f, n) = check_upvalue_args(cx, i, i + 1)?;
        match find_upvalue(f, n) {
            Some((_, u)) => *place = Some((u, n)),
            None => return Err(cx.arg_error(i + 1, "invalid upvalue index")),
        }
    }
    let Some(closure) = cx.arg(1).downcast::<Closure>() else {
        return Err(cx.arg_error(1, "Lua function expected"));
    };
    match found {
        [Some((_, n)), Some((Upvalue::Boxed(b), _))] => {
            closure.join_upvalue(&cx.heap, n as usize - 1, b.as_ptr());
            Ok(0)
        }
        _ => Err(cx.arg_error(3, "Lua function expected")),
    }
}

// ---- the rest ----------------------------------------------------------------------------------------------

fn getmetatable(cx: &mut Cx) -> Result<usize, Fault> {
    let mt = cx.metatable_of(cx.check_any(1)?);
    cx.push(mt.map_or(Value::NIL, Value::object));
    Ok(1)
}

fn setmetatable(cx: &mut Cx) -> Result<usize, Fault> {
    let mt = cx.arg(2);
    if cx.is_none(2) || !(mt.is_nil() || mt.is_table()) {
        return Err(cx.type_error(2, "nil or table"));
    }
    let v = cx.arg(1);
    let mt = mt.downcast::<Table>();
    match v.type_of() {
        Type::Table | Type::Userdata => cx.set_metatable(v, mt),
        basic => cx.set_type_metatable(basic, mt),
    }
    cx.push(v);
    Ok(1)
}

fn getregistry(cx: &mut Cx) -> Result<usize, Fault> {
    cx.push(Value::object(cx.registry()));
    Ok(1)
}

/// The number of a user value as an index.
fn user_value_index(cx: &Cx, n: usize) -> Result<usize, Fault> {
    let i = cx.opt_int(n, 1)? as i32;
    Ok(usize::try_from(i).ok().and_then(|i| i.checked_sub(1)).unwrap_or(usize::MAX))
}

fn getuservalue(cx: &mut Cx) -> Result<usize, Fault> {
    let i = user_value_index(cx, 2)?;
    let found = cx.arg(1).downcast::<Userdata>().and_then(|u| u.get().user_values().get(i));
    match found {
        Some(v) => {
            cx.push(v.get());
            cx.push(Value::TRUE);
            Ok(2)
        }
        None => {
            cx.push(Value::NIL);
            Ok(1)
        }
    }
}

fn setuservalue(cx: &mut Cx) -> Result<usize, Fault> {
    let i = user_value_index(cx, 3)?;
    let Some(u) = cx.arg(1).downcast::<Userdata>() else {
        return Err(cx.type_error(1, "userdata"));
    };
    let v = cx.check_any(2)?;
    let stored = u.set_user_value(&cx.heap, i, v);
    cx.push(if stored { Value::object(u) } else { Value::NIL });
    Ok(1)
}

fn traceback(cx: &mut Cx) -> Result<usize, Fault> {
    let (thread, skip) = target(cx);
    let v = cx.arg(skip + 1);
    let message = cx.to_str(v);
    if message.is_none() && !v.is_nil() {
        cx.push(v);
        return Ok(1);
    }
    let default = thread.same(cx.thread()) as i64;
    let level = cx.opt_int(skip + 2, default)? as i32;
    // There is nothing at a negative level.
    let level = usize::try_from(level).unwrap_or(usize::MAX);
    let len = message.map_or(0, |s| s.len());
    // SAFETY: the coroutine is an argument or the running one; no Lua code runs here.
    let thread = unsafe { thread.extend::<'static>() };
    if len > UNANNOUNCED {
        // The text grows once it is there, and is a string then.
        cx.reserve(len.saturating_mul(3))?;
    }
    let mut text = Vec::new();
    cx.add_traceback(&mut text, thread, level);
    let message = cx.to_str(cx.arg(skip + 1));
    let text = match message.as_ref().map(|s| c_str(s.as_bytes())) {
        Some(message) => cx.joined(&[message, b"\n", &text])?,
        None => cx.str_value(&text),
    };
    cx.push(text);
    Ok(1)
}
