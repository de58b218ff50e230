use super::*;
use std::collections::HashMap;

pub(super) struct XorShift(pub(super) u64);

impl XorShift {
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// The ways every test goes through. `None` is what users get.
fn ways() -> Vec<Option<Mapping>> {
    let mut ways = vec![None, Some(Mapping::Toggle)];
    if cfg!(target_os = "linux") {
        ways.extend([Some(Mapping::Remap), Some(Mapping::Memfd)]);
    }
    ways
}

fn memory(mapping: Option<Mapping>, segment_bytes: usize) -> CodeMemory {
    CodeMemory::with_config(Config { mapping, segment_bytes }, prelude).unwrap()
}

extern "C" fn triple(x: u64) -> u64 {
    x * 3
}

/// `mov rax, triple; jmp rax`: 12 bytes, so that padding is exercised; then the base, to see that it was told.
fn prelude(base: Base) -> Vec<u8> {
    let mut bytes = vec![0x48, 0xB8];
    bytes.extend((triple as extern "C" fn(u64) -> u64 as usize).to_le_bytes());
    bytes.extend([0xFF, 0xE0]);
    bytes.extend([0x90; 4]);
    bytes.extend(base.address().to_le_bytes());
    bytes
}

/// `mov eax, value; ret` in a function of `len` bytes.
fn constant(memory: &CodeMemory, value: u32, len: usize) -> Code {
    let write = |place: Place, bytes: &mut [u8]| {
        assert_eq!(place.address % ALIGNMENT, 0);
        assert_eq!(bytes.len(), len);
        assert!(bytes.iter().all(|&b| b == POISON));
        bytes[0] = 0xB8;
        bytes[1..5].copy_from_slice(&value.to_le_bytes());
        bytes[5] = 0xC3;
    };
    memory.publish(len, write).unwrap()
}

fn call(code: &Code) -> u32 {
    // SAFETY: all code of these tests that is called this way takes nothing and returns an integer, by the
    // system's convention; the `Code` is alive.
    unsafe { std::mem::transmute::<*const u8, extern "C" fn() -> u32>(code.address())() }
}

/// The bytes at an executable address.
fn peek(address: usize, len: usize) -> Vec<u8> {
    let start: *const u8 = std::ptr::with_exposed_provenance(address);
    // SAFETY: the callers ask for bytes of segments that are mapped; executable pages are readable.
    unsafe { std::slice::from_raw_parts(start, len) }.to_vec()
}

/// The lines of the process's memory map as (start, end, permissions).
#[cfg(target_os = "linux")]
fn maps() -> Vec<(usize, usize, String)> {
    let text = std::fs::read_to_string("/proc/self/maps").unwrap();
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let (start, end) = words.next().unwrap().split_once('-').unwrap();
        let number = |n| usize::from_str_radix(n, 16).unwrap();
        (number(start), number(end), words.next().unwrap().to_owned())
    };
    text.lines().map(line).collect()
}

#[test]
fn published_code_runs_and_freed_code_is_poisoned() {
    for way in ways() {
        let memory = memory(way, GRANULE);
        let one = constant(&memory, 1, 6);
        let two = constant(&memory, 2, 16);
        let three = constant(&memory, 3, 17);
        assert_eq!([call(&one), call(&two), call(&three)], [1, 2, 3]);
        assert_eq!([one.len(), two.len(), three.len()], [6, 16, 17]);
        assert_eq!(memory.stats().used, 16 + 16 + 32);
        assert_eq!(peek(one.place().address + 6, 10), [POISON; 10]);
        let place = two.place();
        drop(two);
        assert_eq!(peek(place.address, 16), [POISON; 16]);
        assert_eq!([call(&one), call(&three)], [1, 3]);
        let four = constant(&memory, 4, 10);
        assert_eq!(four.place(), place, "the hole is the best fit");
        assert_eq!([call(&one), call(&four), call(&three)], [1, 4, 3]);
    }
}

#[test]
fn the_same_address_runs_new_code_at_once() {
    for way in ways() {
        let memory = memory(way, GRANULE);
        let place = constant(&memory, 0, 16).place();
        for value in 0..20_000 {
            let code = constant(&memory, value, 16);
            assert_eq!(code.place(), place);
            assert_eq!(call(&code), value);
        }
    }
}

#[test]
fn random_publishing_and_freeing_keeps_code_intact_and_coalesces() {
    for way in ways() {
        let memory = memory(way, GRANULE);
        let mut random = XorShift(0x2545_F491_4F6C_DD1D);
        let mut live: Vec<(Code, u32)> = Vec::new();
        for step in 0..20_000 {
            // The bias makes it grow to some 1,500 functions and then shrink.
            let grow = if step < 8_000 { 60 } else { 45 };
            if random.below(100) < grow {
                let len = if random.below(50) == 0 {
                    6 + random.below(9_000)
                } else {
                    6 + random.below(400)
                };
                live.push((constant(&memory, step, len), step));
            } else if !live.is_empty() {
                drop(live.swap_remove(random.below(live.len())));
            }
            if let Some((code, value)) = live.get(random.below(live.len())) {
                assert_eq!(call(code), *value);
            }
        }
        let stats = memory.stats();
        assert_eq!(stats.used + stats.free + stats.preludes, stats.mapped);
        assert_eq!(stats.functions, live.len());
        let padded = |len: usize| len.next_multiple_of(ALIGNMENT);
        assert_eq!(stats.used, live.iter().map(|(code, _)| padded(code.len())).sum::<usize>());
        assert!(stats.segments > 3);
        let mut places: Vec<_> =
            live.iter().map(|(code, _)| (code.place().address, padded(code.len()))).collect();
        places.sort_unstable();
        assert!(places.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0), "overlap");
        for (code, value) in &live {
            assert_eq!(call(code), *value);
            assert_eq!(memory.contains(code.place().address), Some(code.place().base));
        }
        live.clear();
        let stats = memory.stats();
        assert_eq!((stats.functions, stats.used), (0, 0));
        assert_eq!(stats.free_spans, stats.segments, "each segment is one free piece again");
        assert_eq!(stats.free + stats.preludes, stats.mapped);
    }
}

#[test]
fn every_segment_reaches_its_own_prelude() {
    const SEGMENT: usize = 2 * GRANULE;
    for way in ways() {
        let memory = memory(way, SEGMENT);
        let mut codes = Vec::new();
        let mut bases = HashMap::new();
        while bases.len() < 20 {
            let code = memory.publish(9_000, |place, bytes| {
                // sub rsp, 8; call prelude; add rsp, 8; ret
                let displacement = place.rel32(5, place.base.address()).unwrap();
                bytes[..5].copy_from_slice(&[0x48, 0x83, 0xEC, 8, 0xE8]);
                bytes[5..9].copy_from_slice(&displacement.to_le_bytes());
                bytes[9..14].copy_from_slice(&[0x48, 0x83, 0xC4, 8, 0xC3]);
            });
            let code = code.unwrap();
            *bases.entry(code.place().base).or_insert(0) += 1;
            codes.push(code);
        }
        assert_eq!((memory.stats().segments, memory.stats().mapped), (20, 20 * SEGMENT));
        assert!(bases.contains_key(&memory.first().unwrap()));
        for (index, code) in codes.iter().enumerate() {
            let address = code.address();
            // SAFETY: the code calls `triple` with its own argument and returns its result.
            let function: extern "C" fn(u64) -> u64 = unsafe { std::mem::transmute(address) };
            assert_eq!(function(index as u64), 3 * index as u64);
        }
        for base in bases.keys() {
            let address = base.address();
            assert_eq!(peek(address + 16, 8), address.to_le_bytes(), "a copy of its own");
            assert_eq!(memory.contains(address), Some(*base));
            assert_eq!(memory.contains(address + SEGMENT - 1), Some(*base));
            assert_ne!(memory.contains(address + SEGMENT), Some(*base));
            assert_ne!(memory.contains(address - 1), Some(*base));
        }
        assert_eq!(memory.contains(0), None);
        assert_eq!(memory.contains(usize::MAX), None);
        assert_eq!(memory.contains(triple as extern "C" fn(u64) -> u64 as usize), None);
    }
}

#[test]
fn code_larger_than_a_segment_gets_a_larger_one() {
    for way in ways() {
        let memory = memory(way, GRANULE);
        let large = constant(&memory, 7, 10 * GRANULE);
        let exact = constant(&memory, 8, GRANULE);
        assert_eq!([call(&large), call(&exact)], [7, 8]);
        assert_eq!(memory.stats().segments, 3);
        let never = |_: Place, _: &mut [u8]| unreachable!();
        assert!(matches!(memory.publish(MAX_CODE + 1, never), Err(Error::TooLarge)));
        assert!(matches!(memory.publish(usize::MAX, never), Err(Error::TooLarge)));
    }
}

/// While published, while being freed, and – observed from another thread – while being changed.
#[test]
#[cfg(target_os = "linux")]
fn nothing_is_ever_writable_and_executable() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut looks = 0;
            while !stop.load(Ordering::Relaxed) || looks < 10 {
                for (start, _, permissions) in maps() {
                    assert!(!permissions.starts_with("rwx"), "{start:#x} is {permissions}");
                    assert!(!permissions.starts_with("-wx"), "{start:#x} is {permissions}");
                }
                looks += 1;
            }
        });
        for way in ways() {
            let memory = memory(way, GRANULE);
            let codes: Vec<_> = (0..500).map(|n| constant(&memory, n, 300)).collect();
            for code in &codes {
                let address = code.place().address;
                let all = maps();
                let map = all.iter().find(|m| (m.0..m.1).contains(&address)).unwrap();
                assert!(map.2.starts_with("r-x"), "{way:?}: code is {}", map.2);
            }
        }
        stop.store(true, Ordering::Relaxed);
        watcher.join().unwrap();
    });
}

/// Tells a test that it is the child process that does its work, and for which of the `ways`.
#[cfg(target_os = "linux")]
const CHILD: &str = "CODE_MEMORY_TEST_WAY";

/// The way to go, if this is the child process.
#[cfg(target_os = "linux")]
fn child() -> Option<Option<Mapping>> {
    let way = std::env::var(CHILD).ok()?;
    Some(ways()[way.parse::<usize>().unwrap()])
}

/// Runs one test alone in a child process, for each way.
#[cfg(target_os = "linux")]
fn run_children(test: &str) -> Vec<std::process::Output> {
    let (_, module) = module_path!().split_once("::").unwrap();
    let run = |way: usize| {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args([&format!("{module}::{test}"), "--exact", "--nocapture"]);
        child.env(CHILD, way.to_string()).output().unwrap()
    };
    (0..ways().len()).map(run).collect()
}

/// A child process writes to its code and must die of it; that it lives up to there shows on its output.
#[test]
#[cfg(target_os = "linux")]
fn writing_through_the_executable_address_faults() {
    use std::os::unix::process::ExitStatusExt;
    if let Some(way) = child() {
        let memory = memory(way, GRANULE);
        let code = constant(&memory, 42, 6);
        println!("value {}", call(&code));
        // SAFETY: the write is to memory that is not writable, so it ends this process, which is what the
        // parent waits for; if it succeeded, it would change code that isn't called again.
        unsafe { code.address().cast_mut().write_volatile(0xC3) };
        std::process::exit(0);
    }
    for output in run_children("writing_through_the_executable_address_faults") {
        assert!(String::from_utf8_lossy(&output.stdout).contains("value 42"));
        assert_eq!(output.status.signal(), Some(11), "no SIGSEGV but {}", output.status);
    }
}

#[test]
fn a_panicking_writer_leaves_no_trace() {
    for way in ways() {
        let memory = memory(way, GRANULE);
        let before = memory.stats();
        let publish = || memory.publish(100, |_, _| std::panic::resume_unwind(Box::new(())));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(publish)).is_err());
        assert_eq!(memory.stats(), before);
        assert_eq!(call(&constant(&memory, 5, 6)), 5);
    }
}

#[test]
fn a_writer_may_publish() {
    for way in ways() {
        let memory = memory(way, GRANULE);
        let mut inner = None;
        let outer = memory.publish(6, |_, bytes| {
            inner = Some(constant(&memory, 1, 6));
            bytes.copy_from_slice(&[0xB8, 2, 0, 0, 0, 0xC3]);
        });
        assert_eq!((call(&inner.unwrap()), call(&outer.unwrap())), (1, 2));
    }
}

/// In child processes, because other tests would map their segments where the unmapped ones were.
#[test]
#[cfg(target_os = "linux")]
fn code_outlives_its_memory_and_the_last_one_unmaps() {
    if let Some(way) = child() {
        let before = maps().len();
        let memory = memory(way, GRANULE);
        let codes: Vec<_> = (0..5_000).map(|n| constant(&memory, n, 300)).collect();
        let bases: Vec<_> = codes.iter().map(|code| code.place().base.address()).collect();
        drop(memory);
        assert!(codes.iter().zip(0..).all(|(code, n)| call(code) == n));
        drop(codes);
        let after = maps();
        assert!(bases.iter().all(|base| after.iter().all(|map| map.0 != *base)));
        assert!(after.len() <= before + 2, "the writable views are still mapped");
        return;
    }
    for output in run_children("code_outlives_its_memory_and_the_last_one_unmaps") {
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{output:?}");
    }
}

#[test]
fn empty_code_and_an_empty_prelude_are_harmless() {
    let config = Config { mapping: None, segment_bytes: 0 };
    let memory = CodeMemory::with_config(config, |_| Vec::new()).unwrap();
    assert_eq!(memory.stats().free, memory.stats().mapped);
    let empty = memory.publish(0, |_, bytes| assert!(bytes.is_empty())).unwrap();
    assert!(empty.is_empty());
    assert_eq!(empty.place().address, empty.place().base.address());
    let large = CodeMemory::with_config(config, |_| vec![0; MAX_PRELUDE + 1]);
    assert!(matches!(large, Err(Error::TooLarge)));
    let fitting = CodeMemory::with_config(config, |_| vec![0; MAX_PRELUDE]).unwrap();
    assert_eq!(fitting.publish(40, |_, _| ()).unwrap().len(), 40);
}
