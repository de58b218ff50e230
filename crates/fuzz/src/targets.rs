//! Functions that take any bytes and must not panic: what `cargo fuzz` calls, and [`crate::mutate`].
//!
//! | target | bytes are | and then |
//! |---|---|---|
//! | [`parser`] | source text | compiled, written as a binary chunk, read and verified |
//! | [`binary_chunk`] | a binary chunk | if it is accepted, run, with limits |
//! | [`syntax`] | source text | must be accepted, or refused in the same words, by the reference implementation |
//! | [`strings`] | arguments of `string.pack`, `format`, `find` … | must give what the reference implementation gives |
//!
//! The last two panic if the implementations disagree, so that whatever drives them takes note.

use crate::corpus;
use crate::engine::{Conditions, Engine};
use crate::literals;
use crate::print;
use crate::rng::Rng;
use perilune::settings::CONFIGURATIONS;
use perilune::{Function, Interrupt, Lua, Options, Value};
use perilune_bytecode::{chunk, compile};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// A function to be given bytes, with its name and the inputs to begin with.
pub struct Target {
    /// What it is called.
    pub name: &'static str,
    /// The function.
    pub run: fn(&[u8]),
    /// Inputs that mean something.
    pub corpus: fn() -> Vec<Vec<u8>>,
}

/// All the targets.
pub const TARGETS: &[Target] = &[
    Target { name: "parser", run: parser, corpus: scripts },
    Target { name: "binary_chunk", run: binary_chunk, corpus: chunks },
    Target { name: "syntax", run: syntax, corpus: scripts },
    Target { name: "strings", run: strings, corpus: texts },
];

/// Source text must parse, compile, and survive being written, or be refused.
///
/// # Panics
/// If something is wrong with Perilune.
pub fn parser(data: &[u8]) {
    let Ok(tree) = perilune_syntax::parse(data, b"=fuzz") else { return };
    let Ok(proto) = compile::compile(&tree, b"=fuzz") else { return };
    for strip in [false, true] {
        let written = chunk::dump(&proto, strip);
        let read = chunk::load(&written);
        assert!(read.is_ok(), "a chunk isn't read again: {read:?}");
    }
}

/// A binary chunk must be refused, or else do no harm.
///
/// # Panics
/// If something is wrong with Perilune.
pub fn binary_chunk(data: &[u8]) {
    const MEMORY: usize = 64 << 20;
    const TIME: Duration = Duration::from_millis(50);
    if chunk::load(data).is_err() {
        return;
    }
    let lua = Lua::with_options(Options::new().max_memory(Some(MEMORY)).text_only(false));
    let run = || -> perilune::Result<()> {
        let load: Function = lua.globals().get("load")?;
        for name in ["io", "os", "debug", "package", "require", "dofile", "loadfile", "print"] {
            lua.globals().set(name, Value::Nil)?;
        }
        let loaded: Value = load.call((lua.create_string(data)?, "=fuzz", "b"))?;
        let Value::Function(f) = loaded else { return Ok(()) };
        let handle = lua.interrupt_handle();
        let (done, wait) = channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || {
                if wait.recv_timeout(TIME) == Err(RecvTimeoutError::Timeout) {
                    handle.interrupt(Interrupt::Timeout);
                }
            });
            let result = f.call::<perilune::MultiValue>((1, "two"));
            drop(done);
            // Whatever it throws is fine.
            drop(result);
        });
        Ok(())
    };
    // That there isn't enough memory is fine, too.
    drop(run());
}

/// Source text must be accepted or refused as the reference implementation does.
///
/// # Panics
/// If it isn't.
pub fn syntax(data: &[u8]) {
    // Binary chunks aren't the same, nor are the limits of either.
    if data.first() == Some(&0x1B) || data.len() > 20_000 {
        return;
    }
    let program = [
        b"local f, e = load(",
        &print::string(data).into_bytes()[..],
        b", '=fuzz', 't') print(f == nil, e)",
    ]
    .concat();
    agree(&program);
}

/// Functions of the string library must do as those of the reference implementation do.
///
/// # Panics
/// If they don't.
pub fn strings(data: &[u8]) {
    const LONGEST: usize = 40;
    let mut parts = data.splitn(4, |b| *b == b'|');
    let mut next = || {
        let part = parts.next().unwrap_or_default();
        &part[..part.len().min(LONGEST)]
    };
    let (kind, a, b, c) = (next(), next(), next(), next());
    // Matching may take exponential time, and formats may ask for an address.
    let a = if a.len() > 14 { &a[..14] } else { a };
    if kind == b"f" && a.contains(&b'p') {
        return;
    }
    let [a, b, c] = [a, b, c].map(print::string);
    let call = match kind {
        b"f" => format!("string.format, {a}, tonumber({b}) or {b}, tonumber({c}) or {c}, 7"),
        b"p" => format!("string.pack, {a}, tonumber({b}) or {b}, tonumber({c}) or {c}, 7"),
        b"u" => format!("string.unpack, {a}, {b} .. {c} .. 'abcdefghijklmnop'"),
        b"s" => format!("string.packsize, {a}"),
        b"g" => format!("string.gsub, {b}, {a}, {c}, 50"),
        b"n" => format!("tonumber, {b}, #{a}"),
        b"m" => format!(
            "function() local n = 0 for x, y in string.gmatch({b}, {a}) do n = n + 1 \
             print(n, x, y) if n > 20 then return end end end"
        ),
        b"8" => format!("function() for p, c in utf8.codes({b}, #{a} > 3) do print(p, c) end end"),
        _ => format!("string.find, {b}, {a}, tonumber({c})"),
    };
    agree(format!("local function show(...) print(#{a}, ...) end show(pcall({call}))").as_bytes());
}

fn agree(program: &[u8]) {
    let expected = Engine::Reference.run(program, "=fuzz", &Conditions::default());
    // The depth of nesting that is too much isn't the same everywhere.
    if expected.windows(8).any(|w| w == b"overflow" || w == b"too many" || w == b"not enou") {
        return;
    }
    let actual = Engine::Perilune(&CONFIGURATIONS[0]).run(program, "=fuzz", &Conditions::default());
    assert!(
        expected == actual,
        "the implementations disagree about\n{}\n- {}\n+ {}",
        String::from_utf8_lossy(program),
        String::from_utf8_lossy(&expected),
        String::from_utf8_lossy(&actual)
    );
}

/// The scripts of the corpus.
fn scripts() -> Vec<Vec<u8>> {
    corpus::scripts().into_iter().map(|(_, text)| text).collect()
}

/// The same, compiled.
fn chunks() -> Vec<Vec<u8>> {
    scripts()
        .iter()
        .filter_map(|text| {
            let tree = perilune_syntax::parse(text, b"=corpus").ok()?;
            Some(chunk::dump(&compile::compile(&tree, b"=corpus").ok()?, text.len() % 2 == 0))
        })
        .collect()
}

/// Arguments for [`strings`].
fn texts() -> Vec<Vec<u8>> {
    let mut rng = Rng::new(1);
    let kinds = [
        ("f", "format"),
        ("p", "packformat"),
        ("u", "packformat"),
        ("s", "packformat"),
        ("g", "pattern"),
        ("n", "pattern"),
        ("m", "pattern"),
        ("8", "str"),
        ("", "pattern"),
    ];
    let mut out = Vec::new();
    for (kind, first) in kinds {
        for _ in 0..60 {
            let mut part = |kind| literals::string(kind, &mut rng).unwrap_or_default();
            let (a, b) = (part(first), part("str"));
            let c = part(if kind == "g" { "replacement" } else { "numstr" });
            out.push([kind.as_bytes(), a, b, c].join(&b'|'));
        }
    }
    out
}
