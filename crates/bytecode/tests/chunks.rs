//! Binary chunks: what is dumped comes back, and nothing that isn't a good chunk gets through.

use perilune_bytecode::chunk::{ChunkError, NO_NAME, dump, load};
use perilune_bytecode::compile::compile;
use perilune_bytecode::proto::{Constant, Proto, Site, UpvalueDesc};
use perilune_bytecode::text;
use perilune_bytecode::verify::verify;
use perilune_filetest::{root, scripts};
use perilune_syntax::ast::Pos;
use std::rc::Rc;

/// Length of the part of the header that the reference implementation has too.
const HEADER: usize = 40;

/// Exercises every part of the format.
const SAMPLE: &str = r#"
local a <const>, b, name = 7, 2.5, "a name longer than those that are interned, to be sure"
local function outer(x, ...t)
  local sum, n = 0, select('#', ...)
  for i = 1, 10 do sum = sum + i * b end
  for k, v in pairs({1, 2, x, n = t.n, ...}) do
    if k == nil or v == true or v ~= "a string" then goto continue end
    sum = sum - -9007199254740993 + 1e300 + (k .. v)
    ::continue::
  end
  while sum > 5 do sum = sum // 3 x:method(sum, name, a) end
  local c <close> = setmetatable({}, {__close = function() sum = nil b = t end})
  return function() return x, sum, outer, name end
end
local function plain(...) local p, q = ... return p, q, ... end
return outer(plain(1)), name
"#;

fn compiled(source: &[u8], name: &[u8]) -> Option<Proto> {
    let chunk = perilune_syntax::parse(source, name).ok()?;
    let proto = compile(&chunk, name).ok()?;
    assert_eq!(verify(&proto).map_err(|e| e.to_string()), Ok(()));
    Some(proto)
}

fn sample() -> Proto {
    compiled(SAMPLE.as_bytes(), b"@sample.lua").unwrap()
}

/// The function that a stripped chunk of `p` gives.
fn stripped(p: &Proto) -> Proto {
    let mut p = p.clone();
    p.source = b"=?".as_slice().into();
    p.positions.edit(|all| all.fill(Pos::default()));
    p.locals.clear();
    p.upvalues.iter_mut().for_each(|u| u.name = NO_NAME.into());
    p.protos = p.protos.iter().map(|child| Rc::new(stripped(child))).collect();
    p
}

fn error(chunk: &[u8]) -> String {
    load(chunk).unwrap_err().to_string()
}

#[track_caller]
fn survives(p: &Proto) {
    assert_eq!(load(&dump(p, false)).as_ref(), Ok(p));
    let lean = stripped(p);
    assert_eq!(load(&dump(p, true)).as_ref(), Ok(&lean));
    assert_eq!(load(&dump(&lean, false)).as_ref(), Ok(&lean));
}

#[test]
fn every_program_of_the_corpus_survives() {
    let mut count = 0;
    for script in scripts(&root().join("tests/lua")) {
        let source = std::fs::read(script).unwrap();
        if let Some(p) = compiled(&source, b"@corpus.lua") {
            survives(&p);
            count += 1;
        }
    }
    assert!(count > 50, "{count} programs");
}

#[test]
fn everything_survives() {
    survives(&sample());
    let all = "return 0.0, -0.0, 1e308 * 10, 0x7fffffffffffffff, math.mininteger, -1, 1 << 62, ''";
    survives(&compiled(all.as_bytes(), b"").unwrap());
    let large = format!("return {{{}}}", "x, 'y', 1.5, ".repeat(2000));
    survives(&compiled(large.as_bytes(), b"=large").unwrap());
    // Written by hand, as the compiler has no use for all of it.
    let odd = "function main lines 7..4294967295 params 2 vararg hidden stack 255 source \"\"\n\
               constants\n k0 = nan(0x7ff8000000000000)\n k1 = \"\\x00\\xff\"\n\
               upvalues\n u0 = \"\" register r3 readonly\n u1 = \"\" upvalue u9\n\
               locals\n r0 \"p\" 0..2 boxed\n\
               code\n @4294967295:0 ^2 VARARGPREP\n @0:4294967295 ^2 RETURN0";
    let odd = text::parse(odd).unwrap();
    let again = load(&dump(&odd, false)).unwrap();
    assert_eq!(format!("{again:?}"), format!("{odd:?}"));
}

#[test]
fn strings_are_written_once() {
    let source = "local s <const> = 'a long string constant' return function() return s end, s, \
                  function() return function() return s end end";
    let name = [b'n'; 1000];
    let p = compiled(source.as_bytes(), &name).unwrap();
    let occurrences = |chunk: &[u8], s: &[u8]| chunk.windows(s.len()).filter(|w| *w == s).count();
    for (strip, names) in [(false, 1), (true, 0)] {
        let chunk = dump(&p, strip);
        assert_eq!(occurrences(&chunk, b"a long string constant"), 1);
        assert_eq!(occurrences(&chunk, &name), names);
    }
    let small = compiled(b"return function(x) return x end", b"=f").unwrap();
    assert!(dump(&small, true).len() < HEADER + 80);
}

#[test]
fn a_chunk_that_is_cut_off_is_reported_as_truncated() {
    for strip in [false, true] {
        let mut chunk = dump(&sample(), strip);
        for n in 0..chunk.len() {
            assert_eq!(error(&chunk[..n]), "truncated chunk", "{n} bytes");
        }
        let p = load(&chunk);
        chunk.extend_from_slice(b"whatever follows");
        assert!(p.is_ok() && load(&chunk) == p);
    }
}

#[test]
fn a_wrong_header_is_explained() {
    let chunk = dump(&sample(), false);
    let with = |at: usize, byte: u8| {
        let mut chunk = chunk.clone();
        chunk[at] = byte;
        error(&chunk)
    };
    assert_eq!(with(3, b'b'), "not a binary chunk");
    assert_eq!(with(4, 0x54), "version mismatch");
    assert_eq!(with(5, 1), "format mismatch");
    assert_eq!(with(8, b'\n'), "corrupted chunk");
    assert_eq!(with(12, 8), "int size mismatch");
    assert_eq!(with(13, 0), "int format mismatch");
    assert_eq!(with(17, 8), "instruction size mismatch");
    assert_eq!(with(18, 0), "instruction format mismatch");
    assert_eq!(with(22, 4), "Lua integer size mismatch");
    assert_eq!(with(23, 0), "Lua integer format mismatch");
    assert_eq!(with(31, 4), "Lua number size mismatch");
    assert_eq!(with(32, 1), "Lua number format mismatch");
    assert_eq!(with(HEADER, 1), "format mismatch");
    for at in 0..HEADER {
        assert!(load(&[&chunk[..at], &[chunk[at] ^ 0x10], &chunk[at + 1..]].concat()).is_err());
    }
    assert_eq!(error(b"return 1 -- a text, long enough for a header"), "not a binary chunk");
}

#[test]
fn bad_code_is_rejected() {
    let damaged = |damage: fn(&mut Proto)| {
        let source = "function main params 1 stack 9\nconstants\nk0 = \"k\"\nsites\ns0 = table 0 0\n\
                      s1 = property k0\ncode\n^1 NEWTABLE r1 s0\n^2 GETFIELD r1 r1 s1\n^2 RETURN1 r1";
        let mut p = text::parse(source).unwrap();
        assert!(load(&dump(&p, false)).is_ok());
        damage(&mut p);
        load(&dump(&p, false)).unwrap_err()
    };
    let rejected = damaged(|p| p.code[2] = p.code[2].with_a(7));
    assert!(matches!(rejected, ChunkError::Rejected(_)));
    assert_eq!(
        rejected.to_string(),
        "main, instruction 2: expects a value in r7, which is dead here"
    );
    let rejected = damaged(|p| p.constants[0] = Constant::Int(1));
    assert_eq!(rejected.to_string(), "main: the key of site 1 is not a string constant");
    let huge = damaged(|p| p.sites[0] = Site::Table { array: u32::MAX, fields: 0 });
    assert_eq!(huge.to_string(), "table size out of range");
    // Fields are no promise of memory: tables begin with a few at most.
    let fields = text::parse(
        "function main stack 2\nsites\ns0 = table 0 65535\ncode\n^0 NEWTABLE r0 s0\n^1 RETURN0",
    );
    assert!(load(&dump(&fields.unwrap(), false)).is_ok());
    let offset = text::parse(
        "function main stack 9\ncode\n^0 LOADNIL r0 2\n^3 SETLIST r0 3 2147483647\n^0 RETURN0",
    );
    assert_eq!(error(&dump(&offset.unwrap(), false)), "table size out of range");
}

#[test]
fn nesting_is_limited() {
    let nested = |depth: usize| {
        let mut p = text::parse("function main\ncode\nRETURN0").unwrap();
        for _ in 0..depth {
            p.protos = vec![Rc::new(p.clone())];
        }
        p
    };
    assert!(load(&dump(&nested(200), false)).is_ok());
    assert_eq!(error(&dump(&nested(201), true)), "functions are nested too deeply");
}

#[test]
fn numbers_that_dont_fit() {
    let p = text::parse("function main\ncode\nRETURN0").unwrap();
    let chunk = dump(&p, true);
    // The first number of the first function, a line, follows the flags.
    let at = first_function(&chunk);
    let with = |number: &[u8]| error(&[&chunk[..at], number, &chunk[at + 1..]].concat());
    assert_eq!(with(&[0xFF; 20]), "integer overflow");
    assert_eq!(with(b"\x80\x80\x80\x80\x10"), "integer overflow");
    assert!(load(&[&chunk[..at], b"\xFF\xFF\xFF\xFF\x0F", &chunk[at + 1..]].concat()).is_ok());
    // How many instructions there are comes fifth after it.
    let at = at + 5;
    let with = |number: &[u8]| error(&[&chunk[..at], number, &chunk[at + 1..]].concat());
    assert_eq!(with(b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"), "truncated chunk");
    assert_eq!(with(b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02"), "integer overflow");
}

/// Where the first function begins: what chunks of two functions that differ in their first line have in common.
fn first_function(chunk: &[u8]) -> usize {
    let other = text::parse("function main lines 1..0\ncode\nRETURN0").unwrap();
    dump(&other, true).iter().zip(chunk).take_while(|(a, b)| a == b).count()
}

/// Damages each byte of several chunks in many ways. What still loads has been verified, and can be dumped again.
#[test]
fn damaged_chunks() {
    let sources = [SAMPLE, "return 1", "local t = {1, 2, 3, f()} for i = 1, 2 do g(t[i]) end"];
    let (mut accepted, mut refused) = (0, 0);
    for source in sources {
        for strip in [false, true] {
            let good = dump(&compiled(source.as_bytes(), b"=s").unwrap(), strip);
            for at in 0..good.len() {
                let mut chunk = good.clone();
                for byte in
                    [0, 1, 2, 0x7F, 0x80, 0xFF].into_iter().chain((0..8).map(|n| good[at] ^ 1 << n))
                {
                    chunk[at] = byte;
                    match load(&chunk) {
                        Ok(p) => {
                            accepted += 1;
                            assert!(verify(&p).is_ok());
                            assert_eq!(
                                format!("{:?}", load(&dump(&p, false)).unwrap()),
                                format!("{p:?}")
                            );
                        }
                        Err(e) => {
                            refused += 1;
                            assert!(!e.to_string().contains('\n'));
                        }
                    }
                }
                chunk[at] = good[at];
                chunk.remove(at);
                let _ = load(&chunk);
                chunk.splice(at..at, [0xFF; 9]);
                let _ = load(&chunk);
            }
        }
    }
    assert!(accepted > 1000 && refused > 1000, "{accepted} accepted, {refused} refused");
}

/// A few bytes don't make the reader ask for much memory, however often they do it.
#[test]
fn lists_are_no_longer_than_the_input() {
    let p = text::parse("function main\ncode\nRETURN0").unwrap();
    let chunk = dump(&p, true);
    let start = first_function(&chunk);
    for at in start..chunk.len() {
        for len in [&b"\xFF\xFF\xFF\xFF\x0F"[..], b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F"] {
            assert!(load(&[&chunk[..at], len].concat()).is_err());
        }
    }
}

#[test]
fn upvalues_keep_their_origin() {
    let mut p = text::parse("function main\ncode\nRETURN0").unwrap();
    p.upvalues = [(true, false), (false, true), (true, true), (false, false)]
        .into_iter()
        .zip(0..)
        .map(|((from_register, read_only), index)| UpvalueDesc {
            name: b"u".as_slice().into(),
            from_register,
            index,
            read_only,
        })
        .collect();
    survives(&p);
}
