//! Seeing inside: what `--stats`, `--trace-jit`, `--dump`, `--filter` and `--perf-map` show.

use perilune::settings::is_hostile;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A loop that calls two functions often enough to have everything compiled.
const PROGRAM: &str = "local function inner(n) return n + 1 end
local account = {}
function account.deposit(n) return inner(n) * 2 end
local s = 0
for i = 1, 1000 do s = s + account.deposit(i) end
print(s)
";

/// Where the program is.
fn program(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("observe-{test}"));
    std::fs::create_dir_all(&folder).expect("create a folder");
    std::fs::write(folder.join("p.lua"), PROGRAM).expect("write a file");
    folder
}

/// Runs it with options. What it prints is the same as ever.
fn run(test: &str, options: &[&str]) -> (PathBuf, String) {
    let folder = program(test);
    let o = output(&folder, options);
    assert_eq!(String::from_utf8_lossy(&o.stdout), "1003000\n");
    assert_eq!(o.status.code(), Some(0));
    (folder, String::from_utf8_lossy(&o.stderr).into_owned())
}

fn output(folder: &Path, options: &[&str]) -> Output {
    let mut c = Command::new(env!("CARGO_BIN_EXE_perilune"));
    c.current_dir(folder).stdin(Stdio::null()).args(options).arg("p.lua");
    c.output().expect("run the command")
}

/// It is refused, with this message.
#[track_caller]
fn refuses(test: &str, option: &str, message: &str) {
    let o = output(&program(test), &[option]);
    let errors = String::from_utf8_lossy(&o.stderr);
    assert_eq!(o.status.code(), Some(1));
    assert!(errors.starts_with(&format!("perilune: {message}\nusage: ")), "{errors}");
}

#[test]
fn bytecode() {
    let (_, all) = run("bytecode", &["--dump=bytecode"]);
    for name in ["main chunk", "inner", "account.deposit"] {
        assert!(all.contains(&format!("function {name} lines ")), "{name}: {all}");
    }
    for filter in ["--filter=deposit", "--filter=p.lua:3"] {
        let (_, one) = run("bytecode", &["--dump", "bytecode", filter]);
        assert!(one.starts_with("; account.deposit (p.lua:3)\nfunction account.deposit "), "{one}");
        assert_eq!(one.matches("\nfunction ").count(), 1, "{one}");
        assert!(one.contains("MULK") || one.contains("MUL "), "{one}");
    }
}

#[test]
fn feedback() {
    let learned = |text: &str| {
        text.lines().any(|line| line.contains("CALL") && line.ends_with("=> calls inner:1"))
    };
    for filter in ["--filter=deposit", "--filter=p.lua:3"] {
        let (_, text) = run("feedback", &["--dump=feedback", filter]);
        assert!(text.starts_with("function account.deposit (p.lua:3)\n"), "{text}");
        assert_eq!(text.matches("function ").count(), 1, "{text}");
        assert!(learned(&text), "{text}");
    }
    // Also if the program itself ends the process.
    let mut c = Command::new(env!("CARGO_BIN_EXE_perilune"));
    let statement = "local function inner() end inner() os.exit()";
    let o = c.args(["--dump=feedback", "-e", statement]).output().expect("run the command");
    let text = String::from_utf8_lossy(&o.stderr);
    assert!(learned(&text), "{text}");
}

#[test]
fn counters() {
    let (_, text) = run("counters", &["--stats"]);
    let value = |label: &str| {
        let line = text.lines().find(|l| l.trim_start().starts_with(label));
        line.unwrap_or_else(|| panic!("{label}: {text}"))
            .split_whitespace()
            .last()
            .map(str::to_owned)
    };
    assert!(text.starts_with("perilune: statistics\n"), "{text}");
    // A hostile build collects and gives up on sites all the time.
    let is_none = |label| value(label).as_deref() == Some("0");
    assert_eq!(is_none("minor collections"), !is_hostile(), "{text}");
    assert!(is_none("megamorphic") || is_hostile(), "{text}");
    let compiled = if cfg!(feature = "jit") { "3" } else { "0" };
    assert_eq!(value("functions compiled").as_deref(), Some(compiled));
    // Also if the program itself ends the process.
    let mut c = Command::new(env!("CARGO_BIN_EXE_perilune"));
    let o = c.args(["--stats", "-e", "os.exit(3)"]).output().expect("run the command");
    assert_eq!(o.status.code(), Some(3));
    assert!(o.stderr.starts_with(b"perilune: statistics\n"));
}

#[cfg(feature = "jit")]
mod compiled {
    use super::{output, program, run};
    use serde_json::Value;
    use std::process::{Command, Stdio};

    fn events(lines: &str) -> Vec<Value> {
        lines.lines().map(|l| serde_json::from_str(l).expect("an object")).collect()
    }

    #[test]
    fn trace_as_json() {
        let (folder, errors) = run("json", &["--trace-jit=trace.json"]);
        assert_eq!(errors, "");
        let text = std::fs::read_to_string(folder.join("trace.json")).expect("the trace");
        let events = events(&text);
        let find = |event: &str, function: &str| {
            let found = events.iter().find(|e| e["event"] == event && e["function"] == function);
            found.unwrap_or_else(|| panic!("{event} {function}: {text}"))
        };
        let c = find("compile", "account.deposit");
        assert_eq!(
            (&c["source"], &c["line"], &c["tier"]),
            (&"p.lua".into(), &3.into(), &"baseline".into())
        );
        let n = |field: &str| c[field].as_u64().expect("a number");
        assert_eq!(n("code_bytes"), n("hot_bytes") + n("cold_bytes"));
        assert!(n("bytecodes") > 3 && n("nanoseconds") > 0 && n("time") > 0);
        let entered = find("enter", "main chunk");
        assert_eq!(entered["at_line"], 5);
        assert_eq!(find("free", "inner")["code_bytes"], find("compile", "inner")["code_bytes"]);
        let times: Vec<u64> = events.iter().filter_map(|e| e["time"].as_u64()).collect();
        assert!(times.is_sorted() && times.len() == events.len());
    }

    /// What has more code than there is room for at first is compiled again, and right.
    #[test]
    fn long_code() {
        let statement =
            "local write = load('local t, k, v = ... ' .. ('t[k] = v '):rep(300) .. 'return t[k]')
            print(write({}, 1, 7), write({}, 'x', 8), write({}, 2.5, 9))";
        let mut c = Command::new(env!("CARGO_BIN_EXE_perilune"));
        c.stdin(Stdio::null()).args(["--jit-threshold=0", "--trace-jit=-", "-e", statement]);
        let o = c.output().expect("run the command");
        assert_eq!(String::from_utf8_lossy(&o.stdout), "7\t8\t9\n");
        let lines = String::from_utf8_lossy(&o.stderr).into_owned();
        let long = events(&lines).iter().any(|e| {
            let n = |field: &str| e[field].as_u64().unwrap_or(0);
            n("bytecodes") > 300 && n("code_bytes") > 300 * n("bytecodes")
        });
        assert!(long, "{lines}");
    }

    #[test]
    fn trace_to_standard_error() {
        let (_, text) = run("stderr", &["--trace-jit"]);
        assert!(
            text.contains("[jit] compile inner (p.lua:1): tier baseline, bytecodes "),
            "{text}"
        );
        let (_, lines) = run("stderr", &["--trace-jit=-"]);
        assert!(events(&lines).len() >= 4, "{lines}");
        let (_, nothing) = run("stderr", &["--trace-jit", "--jit=off"]);
        assert_eq!(nothing, "");
        let o = output(&program("stderr"), &["--trace-jit=no/such/folder"]);
        let errors = String::from_utf8_lossy(&o.stderr);
        assert!(errors.starts_with("perilune: can't write 'no/such/folder': "), "{errors}");
        assert_eq!(o.status.code(), Some(1));
    }

    #[cfg(feature = "disasm")]
    #[test]
    fn machine_code() {
        let (_, text) = run("asm", &["--dump=asm", "--filter=deposit"]);
        assert!(text.starts_with("; account.deposit (p.lua:3), baseline: "), "{text}");
        assert_eq!(text.matches(", baseline: ").count(), 1, "{text}");
        for part in ["; entry\n", "CALL", "; cold0, of ", "; poll byte", "; R[0]", "call step:CALL"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("(bad)"), "{text}");
        let (_, text) = run("asm", &["--dump=asm,bytecode"]);
        assert_eq!(text.matches(", baseline: ").count(), 3, "{text}");
        assert_eq!(text.matches("\nfunction ").count(), 3, "{text}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn perf_map() {
        let mut c = Command::new(env!("CARGO_BIN_EXE_perilune"));
        c.current_dir(program("perf")).stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = c.args(["--perf-map", "p.lua"]).spawn().expect("start the command");
        assert!(child.wait().expect("wait for it").success());
        let path = format!("/tmp/perf-{}.map", child.id());
        let map = std::fs::read_to_string(&path).expect("the map");
        std::fs::remove_file(&path).expect("remove it");
        let mut functions = 0;
        for line in map.lines() {
            let parts: Vec<&str> = line.splitn(3, ' ').collect();
            let [address, size, name] = parts[..] else { panic!("{line}") };
            let hex = |s| u64::from_str_radix(s, 16).unwrap_or_else(|_| panic!("{line}"));
            assert!(hex(address) > 0xffff && hex(size) > 0, "{line}");
            functions += usize::from(name.starts_with("lua "));
            assert!(name.starts_with("lua ") || name.starts_with("perilune stub "), "{line}");
        }
        assert_eq!(functions, 3);
        assert!(map.contains(" lua account.deposit p.lua:3 [baseline]\n"), "{map}");
        assert!(map.contains(" perilune stub step:GETFIELD\n"), "{map}");
    }
}

#[test]
fn refusals() {
    let asm = cfg!(feature = "disasm");
    let what = format!("a list of bytecode, {}feedback", if asm { "asm, " } else { "" });
    refuses("refusals", "--dump=x", &format!("'--dump' needs {what}, not 'x'"));
    if !asm {
        refuses("refusals", "--dump=asm", &format!("'--dump' needs {what}, not 'asm'"));
    }
    if !cfg!(feature = "jit") {
        for option in ["--trace-jit", "--trace-jit=x", "--perf-map"] {
            let message = format!("'{option}' needs a build with compilers (feature 'jit')");
            refuses("refusals", option, &message);
        }
    }
}
