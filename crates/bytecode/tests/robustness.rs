//! Bad input makes neither parser, disassembler nor verifier panic, and what the verifier accepts after damage keeps
//! the promises that can be checked without executing.

use perilune_bytecode::disasm::disassemble;
use perilune_bytecode::flow::{self, Span};
use perilune_bytecode::ops::{Instr, Op};
use perilune_bytecode::proto::{Constant, LocalInfo, Proto, Site, UpvalueDesc, VarargKind};
use perilune_bytecode::text::parse;
use perilune_bytecode::verify::verify;
use perilune_filetest::cases;
use perilune_syntax::ast::Pos;
use std::rc::Rc;

/// xorshift64*, so that failures can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn byte(&mut self) -> u8 {
        self.next() as u8
    }
}

/// Accepted functions to be damaged.
fn seeds() -> Vec<Proto> {
    let cases = cases("verifier").into_iter().flat_map(|file| file.1);
    let accepted = cases.filter(|case| case.expected.trim() == "ok");
    let seeds: Vec<Proto> = accepted.map(|case| parse(&case.input).unwrap()).collect();
    assert!(seeds.len() >= 10, "{} seeds", seeds.len());
    seeds
}

fn operands_in_range(p: &Proto) -> bool {
    p.code.iter().enumerate().all(|(pc, &i)| {
        let info = i.op().info();
        let registers = info.reads.iter().chain(info.writes).all(|&r| match flow::span(r, i) {
            Span::Exact { start, len } => start + len <= p.max_stack as usize,
            Span::Open { start } | Span::Closing { start } => start <= p.max_stack as usize,
            Span::Captured => flow::captured(p, i).all(|r| r < p.max_stack),
        });
        let jump = flow::jump_distance(i).is_none()
            || flow::jump_target(pc, i).is_some_and(|target| target < p.code.len());
        registers && jump
    })
}

#[test]
fn damaged_functions() {
    let mut random = Random(0x5eed);
    let seeds = seeds();
    let (mut accepted, mut rejected) = (0, 0);
    for _ in 0..40_000 {
        let mut p = seeds[random.below(seeds.len())].clone();
        for _ in 0..=random.below(3) {
            let at = random.below(p.code.len().max(1));
            if at >= p.code.len() {
                break;
            }
            let small = random.below(8) as u8;
            match random.below(10) {
                0 => p.code[at] = p.code[at].with_a(small),
                1 => p.code[at] = p.code[at].with_b(small),
                2 => p.code[at] = p.code[at].with_c(small),
                3 => p.code[at] = p.code[at].with_d((random.below(12) as u32).wrapping_sub(6)),
                4 => {
                    p.code[at] =
                        Instr::from_bits(random.next() << 16 | random.next()).unwrap_or(p.code[at])
                }
                5 => p.live_top[at] = small,
                6 => {
                    let op = Op::ALL[random.below(Op::ALL.len())];
                    let i = p.code[at];
                    p.code[at] = Instr::new(op, i.a(), i.b(), i.c(), i.d());
                }
                7 => {
                    let other = random.below(p.code.len());
                    p.code.swap(at, other);
                }
                8 => p.max_stack = random.byte(),
                _ => {
                    p.code.truncate(at);
                    p.positions.edit(|all| all.truncate(random.below(at + 2)));
                }
            }
        }
        // Jumps move easily; let the headers not be all that is ever complained about.
        p.loop_headers = flow::loop_headers(&p.code);
        match verify(&p) {
            Ok(()) => {
                accepted += 1;
                assert!(operands_in_range(&p), "{}", disassemble(&p));
                assert_eq!(parse(&disassemble(&p)).unwrap(), p);
            }
            Err(error) => {
                rejected += 1;
                assert!(!error.to_string().is_empty());
            }
        }
    }
    assert!(accepted > 100 && rejected > 1000, "{accepted} accepted, {rejected} rejected");
}

/// A function with whatever in every field whose text is complete, wrong as it may be.
fn arbitrary(random: &mut Random, depth: usize) -> Proto {
    let name =
        |random: &mut Random| -> Rc<[u8]> { (0..random.below(6)).map(|_| random.byte()).collect() };
    let len = random.below(20);
    let mut code = Vec::new();
    while code.len() < len {
        let d = if random.below(2) == 0 { random.below(9) as u32 } else { random.next() as u32 };
        let op = Op::ALL[random.below(Op::ALL.len())];
        code.push(Instr::new(op, random.byte(), random.byte(), random.byte(), d));
    }
    Proto {
        positions: (0..len)
            .map(|_| Pos { line: random.next() as u32, offset: random.next() as u32 })
            .collect(),
        live_top: (0..len).map(|_| random.byte()).collect(),
        constants: (0..random.below(6))
            .map(|_| match random.below(5) {
                0 => Constant::Nil,
                1 => Constant::Bool(random.below(2) == 0),
                2 => Constant::Int((random.next() << 16) as i64),
                3 => Constant::Float(f64::from_bits(random.next() << 16 | random.next()).into()),
                _ => Constant::Str(name(random)),
            })
            .collect(),
        protos: (0..if depth > 0 { random.below(3) } else { 0 })
            .map(|_| Rc::new(arbitrary(random, depth - 1)))
            .collect(),
        upvalues: (0..random.below(3))
            .map(|_| UpvalueDesc {
                name: name(random),
                from_register: random.below(2) == 0,
                index: random.byte(),
                read_only: random.below(2) == 0,
            })
            .collect(),
        sites: (0..random.below(4))
            .map(|_| match random.below(4) {
                0 => Site::Property { key: random.below(8) as u32 },
                1 => Site::Element,
                2 => Site::Call,
                _ => Site::Table { array: random.next() as u32, fields: random.next() as u16 },
            })
            .collect(),
        locals: (0..random.below(3))
            .map(|_| LocalInfo {
                name: name(random),
                start_pc: random.next() as u32,
                end_pc: random.next() as u32,
                register: random.byte(),
                boxed: random.below(2) == 0,
            })
            .collect(),
        loop_headers: (0..len as u32).filter(|_| random.below(4) == 0).collect(),
        num_params: random.byte(),
        vararg: match random.below(3) {
            0 => VarargKind::No,
            1 => VarargKind::Hidden,
            _ => VarargKind::Table(random.byte()),
        },
        max_stack: random.byte(),
        source: name(random),
        line_defined: random.next() as u32,
        last_line: random.next() as u32,
        code,
    }
}

#[test]
fn arbitrary_functions_survive_printing() {
    let mut random = Random(0xa5b1);
    for _ in 0..3_000 {
        let proto = arbitrary(&mut random, 3);
        let text = disassemble(&proto);
        let again = parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(disassemble(&again), text);
        assert_eq!(again.code, proto.code);
        assert_eq!(again.loop_headers, proto.loop_headers);
        assert_eq!(again.protos.len(), proto.protos.len());
        let has_nan = format!("{proto:?}").contains("NaN");
        assert!(has_nan || again == proto, "{text}");
        let _ = verify(&proto);
    }
}

#[test]
fn damaged_text() {
    let mut random = Random(0x7e47);
    let texts: Vec<String> = seeds().iter().map(disassemble).collect();
    for _ in 0..20_000 {
        let mut bytes = texts[random.below(texts.len())].clone().into_bytes();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len());
            match random.below(3) {
                0 => bytes[at] = b"\"\\;:@^.=krs0L\n \xc3\xa9-"[random.below(18)],
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, b' ' + random.byte() % 95),
            }
        }
        if let Ok(proto) = parse(&String::from_utf8_lossy(&bytes)) {
            let _ = verify(&proto);
            let _ = disassemble(&proto);
        }
    }
}

/// A function as nested as `depth`, each level returning at once.
fn nested(depth: usize) -> Proto {
    let mut proto = parse("function main\ncode\nRETURN0").unwrap();
    for _ in 0..depth {
        let child = Rc::new(proto.clone());
        proto.protos = vec![child.clone(), child];
    }
    proto
}

#[test]
fn nesting_is_limited_and_sharing_is_cheap() {
    assert_eq!(verify(&nested(200)), Ok(()));
    let error = verify(&nested(201)).unwrap_err();
    assert_eq!(error.reason, "functions are nested too deeply");
}

#[test]
fn tables_the_text_cannot_show() {
    let good = parse("function main\ncode\nL1: loop\nJMPBACK L1\nL2: loop\nJMPBACK L2").unwrap();
    assert_eq!(verify(&good), Ok(()));
    let reason = |damage: fn(&mut Proto)| {
        let mut proto = good.clone();
        damage(&mut proto);
        verify(&proto).unwrap_err().reason
    };
    assert_eq!(
        reason(|p| p.loop_headers.reverse()),
        "the loop headers should be [0, 1], not [1, 0]"
    );
    assert_eq!(reason(|p| p.live_top.push(0)), "2 instructions, but 2 positions and 3 live tops");
    assert_eq!(
        reason(|p| p.positions.edit(Vec::clear)),
        "2 instructions, but 0 positions and 2 live tops"
    );
}

/// The worst case: each of many back-edges to one loop loses one more register, so the body is gone through once per
/// register.
#[test]
fn work_is_bounded() {
    let mut text = String::from("function main stack 250\ncode\nLOADNIL r0 249\nL: loop\n");
    text += &"^1 MOVE r0 r0\n".repeat(10_000);
    text += "^1 LOADNIL r1 248\n";
    for top in (1..250).rev() {
        text += &format!("^250 JFALSE r0 N{top}\n^{top} JMPBACK L\nN{top}:\n");
    }
    text += "RETURN0\n";
    let proto = parse(&text).unwrap();
    let start = std::time::Instant::now();
    assert_eq!(verify(&proto), Ok(()));
    assert!(start.elapsed().as_secs() < 10);
}
