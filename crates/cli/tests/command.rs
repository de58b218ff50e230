//! The command line: options, messages, exit codes, and what it makes of bad input.

use perilune::settings::is_hostile;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The complaint about source text that nests too deeply.
const TOO_DEEP: &str = "perilune: C stack overflow\n";

/// A folder of its own for the files of a test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        std::fs::create_dir_all(&path).expect("create a folder");
        Folder(path)
    }

    /// Writes a file; gives its name.
    fn file<'a>(&self, name: &'a str, content: impl AsRef<[u8]>) -> &'a str {
        std::fs::write(self.0.join(name), content).expect("write a file");
        name
    }

    fn perilune(&self) -> Command {
        let mut c = perilune();
        c.current_dir(&self.0);
        c
    }
}

fn perilune() -> Command {
    let mut c = Command::new(env!("CARGO_BIN_EXE_perilune"));
    for name in ["LUA_INIT", "LUA_INIT_5_5", "LUA_PATH", "LUA_PATH_5_5"] {
        c.env_remove(name);
    }
    c.stdin(Stdio::null());
    c
}

/// Runs a command with these bytes as its standard input.
fn feed(c: &mut Command, input: &[u8]) -> Output {
    let c = c.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = c.spawn().expect("start the command");
    let mut stdin = child.stdin.take().expect("its standard input");
    // The command may end before it has read everything.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().expect("wait for the command")
}

fn run(c: &mut Command) -> Output {
    c.output().expect("run the command")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// It succeeds, prints this, and no error.
#[track_caller]
fn prints(c: &mut Command, expected: &str) {
    let o = run(c);
    assert_eq!((text(&o.stdout).as_str(), text(&o.stderr).as_str()), (expected, ""));
    assert_eq!(o.status.code(), Some(0));
}

/// It ends with status 1 and this on standard error.
#[track_caller]
fn fails(c: &mut Command, expected: &str) {
    let o = run(c);
    assert_eq!(text(&o.stderr), expected);
    assert_eq!(o.status.code(), Some(1));
}

/// It ends with status 1 and a message, not by a signal or panic. Gives the message.
#[track_caller]
fn complains(c: &mut Command) -> String {
    complaint(run(c))
}

#[track_caller]
fn complaint(o: Output) -> String {
    let message = text(&o.stderr);
    assert!(!message.contains("panicked"), "{message}");
    assert!(message.starts_with("perilune: "), "{message}");
    assert_eq!(o.status.code(), Some(1), "{message}");
    message
}

#[test]
fn statements_and_modules() {
    let f = Folder::new("statements");
    f.file("mod.lua", "return {name = ...}");
    f.file("mod-v2.lua", "return 'second'");
    prints(perilune().args(["-e", "x = 1", "-eprint(x + 1)"]), "2\n");
    prints(f.perilune().args(["-l", "mod", "-e", "print(mod.name)"]), "mod\n");
    prints(f.perilune().args(["-lm=mod", "-e", "print(m.name, mod)"]), "mod\tnil\n");
    prints(f.perilune().args(["-lmod-v2", "-e", "print(mod)"]), "second\n");
    prints(perilune().args(["-l", "s=string", "-e", "print(s == string)"]), "true\n");
}

#[test]
fn arguments() {
    let f = Folder::new("arguments");
    f.file("a.lua", "print(arg[-1], arg[0], arg[1], arg[2], #arg, ...)");
    prints(f.perilune().args(["-W", "a.lua", "x", "-y"]), "-W\ta.lua\tx\t-y\t2\tx\t-y\n");
    prints(f.perilune().args(["--", "a.lua"]), "--\ta.lua\tnil\tnil\t0\n");
    prints(f.perilune().args(["-e", "arg = {10, 20}", "a.lua"]), "nil\tnil\t10\t20\t2\t10\t20\n");
    let o = run(f.perilune().args(["-e", "arg = nil", "a.lua"]));
    assert_eq!(complaint(o), "perilune: 'arg' is not a table\n");
    prints(perilune().args(["-e", "print(arg[0] ~= nil, arg[1], arg[2])"]), {
        "true\t-e\tprint(arg[0] ~= nil, arg[1], arg[2])\n"
    });
}

#[test]
fn standard_input() {
    let o = feed(&mut perilune(), b"print('in', ...)");
    assert_eq!(text(&o.stdout), "in\n");
    let o = feed(perilune().args(["-", "a", "b"]), b"#!/usr/bin/perilune\nprint(arg[0], ...)");
    assert_eq!(text(&o.stdout), "-\ta\tb\n");
    let o = feed(&mut perilune(), b"\n\nerror 'e'");
    assert!(text(&o.stderr).starts_with("perilune: stdin:3: e\n"));
    // What a statement reads is missing from the program.
    let o = feed(perilune().args(["-e", "print(io.read())", "-"]), b"line\nprint(2)");
    assert_eq!(text(&o.stdout), "line\n2\n");
    // With a statement there is no program to be read.
    let o = feed(perilune().args(["-e", "print(1)"]), b"print(2)");
    assert_eq!(text(&o.stdout), "1\n");
}

#[test]
fn debug_console() {
    let lines = b"x = 6\nio.stderr:write(x * 7)\nerror('e')\nx =\nprint(io.read())\nfrom here\ncont\nprint(x)";
    let o = feed(perilune().args(["-e", "debug.debug() print('end')"]), lines);
    assert_eq!(text(&o.stdout), "from here\nend\n");
    let expected = "lua_debug> lua_debug> 42lua_debug> (debug command):1: e\n\
                    lua_debug> (debug command):2: unexpected symbol near <eof>\n\
                    lua_debug> lua_debug> ";
    assert_eq!(text(&o.stderr), expected);
    let o = feed(perilune().args(["-e", "debug.debug()"]), b"");
    assert_eq!((text(&o.stdout), text(&o.stderr)), (String::new(), "lua_debug> ".to_owned()));
}

#[test]
fn version_and_help() {
    let version = format!("Perilune {} (Lua 5.5)\n", env!("CARGO_PKG_VERSION"));
    prints(perilune().arg("-v"), &version);
    prints(perilune().arg("--version"), &version);
    prints(perilune().args(["-v", "-e", "print(_VERSION)"]), &format!("{version}Lua 5.5\n"));
    let o = run(perilune().arg("--help"));
    let help = text(&o.stdout);
    assert!(help.contains("usage: perilune [options] [script [arguments]]"));
    for option in
        ["-e ", "-i ", "-l ", "-v ", "-E ", "-W ", "-- ", "- ", "--max-memory ", "--timeout "]
    {
        assert!(help.contains(&format!("\n  {option}")), "{option}");
    }
    assert_eq!(o.status.code(), Some(0));
}

#[test]
fn wrong_options() {
    for (args, expected) in [
        (&["-x"][..], "unrecognized option '-x'"),
        (&["-ix"], "unrecognized option '-ix'"),
        (&["--max-memory", "lots"], "'--max-memory' needs a size (such as 64M), not 'lots'"),
        (&["--timeout", "soon", "x"], "'--timeout' needs a number of seconds, not 'soon'"),
        (&["--timeout"], "'--timeout' needs argument"),
        (&["-vE"], "unrecognized option '-vE'"),
        (&["--what"], "unrecognized option '--what'"),
        (&["-e"], "'-e' needs argument"),
        (&["-l", "-v"], "'-l' needs argument"),
        // Options are checked before anything runs.
        (&["-e", "print(1)", "-x"], "unrecognized option '-x'"),
    ] {
        let o = run(perilune().args(args));
        assert_eq!(text(&o.stdout), "");
        let message = complaint(o);
        let (first, rest) = message.split_once('\n').expect("several lines");
        assert_eq!(first, format!("perilune: {expected}"));
        assert!(rest.starts_with("usage: "), "{rest}");
    }
}

#[test]
fn errors() {
    let f = Folder::new("errors");
    f.file("boom.lua", "local function f()\n  error('boom')\nend\nf()\nprint 'not reached'");
    fails(
        f.perilune().arg("boom.lua"),
        "perilune: boom.lua:2: boom\nstack traceback:\n\
         \t[C]: in global 'error'\n\
         \tboom.lua:2: in local 'f'\n\
         \tboom.lua:4: in main chunk\n\
         \t[C]: in ?\n",
    );
    fails(f.perilune().arg("no.lua"), "perilune: cannot open no.lua: No such file or directory\n");
    fails(f.perilune().arg("."), "perilune: cannot read .\n");
    fails(
        perilune().args(["-e", "x ="]),
        "perilune: (command line):1: unexpected symbol near <eof>\n",
    );
    let expected = "stack traceback:\n\t[C]: in global 'error'\n\
                    \t(command line):1: in main chunk\n\t[C]: in ?\n";
    for (statement, message) in [
        ("error({})", "(error object is a table value)"),
        ("error()", "(error object is a nil value)"),
        ("error(12)", "12"),
    ] {
        fails(perilune().args(["-e", statement]), &format!("perilune: {message}\n{expected}"));
    }
    fails(
        perilune()
            .args(["-e", "error(setmetatable({}, {__tostring = function() return 'E!' end}))"]),
        "perilune: E!\n",
    );
    assert!(
        complains(perilune().arg("-lno.such")).starts_with("perilune: module 'no.such' not found:")
    );
}

#[test]
fn exit_codes() {
    for (statement, code) in [
        ("os.exit(true)", 0),
        ("os.exit(false)", 1),
        ("os.exit(7)", 7),
        ("os.exit(3, true)", 3),
        ("return 5", 0),
    ] {
        let o = run(perilune().args(["-e", &format!("io.write('x') {statement}")]));
        assert_eq!((o.status.code(), text(&o.stdout)), (Some(code), "x".to_owned()), "{statement}");
    }
}

#[test]
fn environment() {
    prints(perilune().env("LUA_INIT", "print(0)").args(["-e", "print(1)"]), "0\n1\n");
    prints(perilune().env("LUA_INIT", "print(0)").args(["-E", "-e", "print(1)"]), "1\n");
    let mut both = perilune();
    both.env("LUA_INIT", "print(0)").env("LUA_INIT_5_5", "print(55)");
    prints(both.args(["-e", ""]), "55\n");
    let f = Folder::new("environment");
    f.file("init.lua", "print('file')");
    prints(f.perilune().env("LUA_INIT", "@init.lua").args(["-e", ""]), "file\n");
    let message = complains(perilune().env("LUA_INIT", "error 'e'").args(["-e", "print(1)"]));
    assert!(message.starts_with("perilune: LUA_INIT:1: e\n"), "{message}");
    let statement = "print(package.path)";
    prints(perilune().env("LUA_PATH", "here/?.x").args(["-e", statement]), "here/?.x\n");
    let o = run(perilune().env("LUA_PATH", "here/?.x").args(["-E", "-e", statement]));
    assert!(!text(&o.stdout).contains("here"));
}

#[test]
fn warnings() {
    let o = run(perilune().args(["-e", "warn('a')", "-W", "-e", "warn('b', 'c')"]));
    assert_eq!(text(&o.stderr), "Lua warning: bc\n");
    assert_eq!(o.status.code(), Some(0));
}

#[test]
fn close_handlers_get_the_message_with_its_traceback() {
    let f = Folder::new("close_handlers");
    let guard = "local _ <close> = setmetatable({}, {__close = function(_, e) print(e) end})";
    f.file("once.lua", format!("{guard}\nerror('boom')"));
    let message = "once.lua:2: boom\nstack traceback:\n\t[C]: in global 'error'\n\
                   \tonce.lua:2: in main chunk\n\t[C]: in ?\n";
    let o = run(f.perilune().arg("once.lua"));
    assert_eq!((text(&o.stdout).as_str(), o.status.code()), (message, Some(1)));
    assert_eq!(text(&o.stderr), format!("perilune: {message}"));

    f.file("twice.lua", "local _ <close> = setmetatable({}, {__close = function() error('second') end})\nerror('first')");
    fails(
        f.perilune().arg("twice.lua"),
        "perilune: twice.lua:1: second\nstack traceback:\n\t[C]: in global 'error'\n\
         \ttwice.lua:1: in function <twice.lua:1>\n\t[C]: in ?\n",
    );
}

#[test]
fn warnings_are_c_strings_and_name_the_finalizer() {
    let o = run(perilune().args([
        "-W",
        "-e",
        "warn('a\\0b', 'c\\0d')
         local function dies(f) setmetatable({}, {__gc = f}) collectgarbage() end
         dies(function() error('e\\0f', 0) end) dies(function() error({}) end) dies(42)",
    ]));
    let expected = "Lua warning: ac\nLua warning: error in __gc (e)\n\
                    Lua warning: error in __gc (error object is not a string)\n\
                    Lua warning: error in __gc (attempt to call a number value (metamethod '__gc'))\n";
    assert_eq!((text(&o.stderr).as_str(), o.status.code()), (expected, Some(0)));
}

#[test]
fn the_state_is_closed_at_the_end() {
    let object = "setmetatable({}, {__gc = function() io.write('closed') end})";
    prints(perilune().args(["-e", &format!("x = {object}")]), "closed");
    let o = run(perilune().args(["-e", &format!("x = {object} error('e')")]));
    assert_eq!((text(&o.stdout).as_str(), o.status.code()), ("closed", Some(1)));
    prints(perilune().args(["-e", &format!("x = {object} os.exit(0, true)")]), "closed");
    prints(perilune().args(["-e", &format!("x = {object} os.exit(0)")]), "");
}

/// The reader of the output goes away.
#[cfg(unix)]
#[test]
fn broken_pipe() {
    use std::io::Read;
    use std::os::unix::process::ExitStatusExt;

    const SIGPIPE: i32 = 13;
    let mut c = perilune();
    c.args(["-e", "while true do print('again') end"]);
    let mut child = c.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("start");
    let mut out = child.stdout.take().expect("its output");
    out.read_exact(&mut [0; 6]).expect("a line");
    drop(out);
    let o = child.wait_with_output().expect("wait");
    assert_eq!((o.status.signal(), text(&o.stderr).as_str()), (Some(SIGPIPE), ""));
}

#[test]
fn source_that_is_no_program() {
    let f = Folder::new("no_program");
    let mut random = Vec::new();
    let mut x: u32 = 1;
    for _ in 0..20_000 {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        random.push((x >> 24) as u8);
    }
    let cases: [(&str, Vec<u8>); 8] = [
        ("random.lua", random),
        ("open_string.lua", b"print('abc".to_vec()),
        ("open_long_string.lua", b"x = [==[ abc ]=]".to_vec()),
        ("open_block.lua", b"while true do if x then".to_vec()),
        ("invalid_utf8.lua", b"local \xFF\xFE = 1".to_vec()),
        ("zeros.lua", vec![0; 1000]),
        ("parentheses.lua", "(".repeat(100_000).into_bytes()),
        ("binary.lua", b"\x1BLua\x55\x00\x19\x93\r\n\x1A\n".to_vec()),
    ];
    for (name, source) in &cases {
        let message = complains(f.perilune().arg(f.file(name, source)));
        let place = format!("perilune: {name}:");
        assert!(message.starts_with(&place) || message == TOO_DEEP, "{message}");
    }
}

#[test]
fn deep_nesting() {
    let n = 100_000;
    for source in [
        format!("return {}1{}", "(".repeat(n), ")".repeat(n)),
        format!("return {}1", "- ".repeat(n)),
        format!("x = {}{}", "{".repeat(n), "}".repeat(n)),
        format!("{} {}", "do ".repeat(n), "end ".repeat(n)),
        format!("return {} {}", "function() return ".repeat(n), "end ".repeat(n)),
        format!("x = a{}", "[a".repeat(n)),
    ] {
        assert_eq!(complaint(feed(&mut perilune(), source.as_bytes())), TOO_DEEP);
    }
    // What doesn't nest may be long.
    let source = format!("local x = 1{} print(x)", " + 1".repeat(n));
    assert_eq!(text(&feed(&mut perilune(), source.as_bytes()).stdout), "100001\n");
}

#[test]
fn truncated_programs() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/calculator.lua");
    let source = std::fs::read(example).expect("an example");
    for part in 1..12 {
        let o = feed(perilune().arg("-"), &source[..source.len() * part / 12]);
        // Some beginnings of a program are programs.
        assert!(matches!(o.status.code(), Some(0 | 1)), "{part}: {}", o.status);
        assert!(!text(&o.stderr).contains("panicked"), "{part}: {}", text(&o.stderr));
    }
}

#[test]
fn large_values() {
    prints(perilune().args(["-e", "print(#('x'):rep(200 << 20))"]), "209715200\n");
    let message = complains(perilune().args(["-e", "print(('x'):rep(1 << 62))"]));
    assert!(
        message.contains("resulting string too large") || message.contains("not enough memory")
    );
    let source = [b"x = '".as_slice(), &vec![b'a'; 200 << 20], b"' print(#x)"].concat();
    assert_eq!(text(&feed(&mut perilune(), &source).stdout), "209715200\n");
}

#[test]
fn bytes_that_are_no_text_pass_through() {
    let o = feed(&mut perilune(), b"io.write('\xFF\\0\xC3')");
    assert_eq!(o.stdout, b"\xFF\0\xC3");
    let o = feed(&mut perilune(), b"error('\xFF', 0)");
    assert!(o.stderr.starts_with(b"perilune: \xFF\n"));
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt;

    let f = Folder::new("names");
    let name = std::ffi::OsStr::from_bytes(b"\xFF.lua");
    std::fs::write(f.0.join(name), "print(#arg[0], arg[0]:byte())").expect("write a file");
    prints(f.perilune().arg(name), "5\t255\n");
}

#[test]
fn runaway_recursion() {
    for statement in [
        "local function f() return 1 + f() end f()",
        "local t = setmetatable({}, {__index = function(t, k) return t[k] end}) print(t.x)",
        "local function f() string.gsub('x', 'x', f) end f()",
        "local function f() return coroutine.wrap(f)() end f()",
        "local t = {} table.sort({1, 2}, function() error(t) end)",
    ] {
        let message = complains(perilune().args(["-e", statement]));
        assert!(message.contains("overflow") || message.contains("error object"), "{message}");
    }
}

/// Runs lines in the interactive mode; gives what it prints, without the version, and its errors.
fn interact(c: &mut Command, lines: &str) -> (String, String) {
    let o = feed(c.arg("-i"), lines.as_bytes());
    assert_eq!(o.status.code(), Some(0), "{}", text(&o.stderr));
    let out = text(&o.stdout);
    let (version, rest) = out.split_once('\n').expect("a line");
    assert!(version.starts_with("Perilune "), "{version}");
    (rest.to_owned(), text(&o.stderr))
}

#[test]
fn interactive_lines() {
    let prints = |lines: &str, expected: &str| {
        let (out, errors) = interact(&mut perilune(), lines);
        assert_eq!((out.as_str(), errors.as_str()), (expected, ""), "{lines}");
    };
    prints("", "> \n");
    prints("1 + 1\n'a', nil, 2.0\n", "> 2\n> a\tnil\t2.0\n> \n");
    prints("x = 6\nx * 7\n\nreturn x", "> > 42\n> > 6\n> \n");
    prints("for i = 1, 2 do\nprint(i)\nend\n", "> >> >> 1\n2\n> \n");
    prints("x =\n\n5 print(x)", "> >> >> 5\n> \n");
    prints("_PROMPT, _PROMPT2 = 'a', 'b'\nx =\n1", "> aba\n");
    // The program's input and the mode's are the same.
    prints("io.read()\nline\nio.read('n')\n12\n", "> line\n> 12\n> > \n");
    // A program may want its values shown in its own way.
    prints("function print(v) io.write('<', v, '>') end\n7\n", "> > <7>> \n");
    prints("io = nil\ntostring = nil\n1", "> > > 1\n> \n");
}

#[test]
fn interactive_errors() {
    let (out, errors) = interact(&mut perilune(), "x = = 1\nerror('e')\nx = (\n");
    assert_eq!(out, "> > > >> > \n");
    let expected = "stdin:1: unexpected symbol near '='\nstdin:1: e\nstack traceback:\n\
                    \t[C]: in global 'error'\n\tstdin:1: in main chunk\n\t[C]: in ?\n\
                    stdin:1: unexpected symbol near <eof>\n";
    assert_eq!(errors, expected);
    let (out, errors) = interact(&mut perilune(), "local x = 1\nx");
    assert_eq!(out, "> > nil\n> \n");
    assert!(errors.contains("local"), "{errors}");
}

#[test]
fn interactive_after_a_script() {
    let f = Folder::new("interactive");
    f.file("a.lua", "x = ... print('ran')");
    let o = feed(f.perilune().args(["-i", "a.lua", "arg"]), b"x");
    assert!(text(&o.stdout).ends_with("\nran\n> arg\n> \n"), "{}", text(&o.stdout));
    let o = feed(f.perilune().args(["-i", "-e", "error('e')"]), b"print('not reached')");
    assert_eq!(o.status.code(), Some(1));
    assert!(!text(&o.stdout).contains("not reached"));
}

#[test]
fn tables_in_interactive_mode() {
    let shows = |line: &str, expected: &str| {
        let (out, _) = interact(&mut perilune(), line);
        assert_eq!(out, format!("> {expected}\n> \n"), "{line}");
    };
    shows("{}", "{}");
    shows("{1, 'a\\n\"', {x = true, [2.5] = {}}}", r#"{1, "a\n\"", {x = true, [2.5] = {}}}"#);
    shows("{10, 20, [-1] = 1, b = 2, a = 1}", "{10, 20, [-1] = 1, a = 1, b = 2}");
    shows("(function() local t = {} t.t = t return t end)()", "{t = <the table around>}");
    shows("{{{{{1}, {}}}}}", "{{{{{...}, {}}}}}");
    shows("setmetatable({}, {__tostring = function() return 'own' end})", "own");
    shows("setmetatable({1}, {__index = error, __pairs = error, __len = error})", "{1}");
    let (long, _) = interact(&mut perilune(), "table.pack(string.byte(('x'):rep(200), 1, -1))");
    assert!(long.contains("\n  120,\n") && long.contains("\n  ...\n}"), "{long}");
    let wide = "t = {} for i = 1, 3 do local o = t t = {} for j = 1, 40 do t[j] = o end end\nt";
    let (wide, _) = interact(&mut perilune(), wide);
    assert!(wide.lines().count() < 2_000, "{} lines", wide.lines().count());
}

#[test]
fn memory_limit() {
    let fill = "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end";
    let limited = |statement: &str| {
        let mut c = perilune();
        c.args(["--max-memory", "64M", "-e", statement]);
        c
    };
    let message = complains(&mut limited(fill));
    assert!(message.starts_with("perilune: not enough memory\n"), "{message}");
    let caught = format!("print(pcall(function() {fill} end)) print('alive')");
    prints(&mut limited(&caught), "false\tnot enough memory\nalive\n");
    prints(&mut limited("print(pcall(string.rep, 'x', 100 << 20))"), {
        "false\tnot enough memory\n"
    });
    prints(&mut limited("for i = 1, 200 do local s = ('x'):rep(1 << 20) end print(1)"), "1\n");
    let message = complains(perilune().args(["--max-memory=1", "-e", "print(1)"]));
    assert!(message.starts_with("perilune: not enough memory\n"), "{message}");
}

/// Programs that grow otherwise than by Lua values, each until it fails.
const GROWING: &[&str] = &[
    "local f, e = load(function() return '-- and so on' end) error(e, 0)",
    "local f, e = load(('a=1 '):rep(1000000)) error(e, 0)",
    "local f, e = loadfile('/dev/zero') error(e, 0)",
    "io.open('/dev/zero'):read('a')",
    "io.open('/dev/zero'):read('l')",
    "local big = ('y'):rep(5000000) local f = function() return big end
     local s = {} for i = 1, 1000 do s[i] = f end package.searchers = s require('foo')",
    "local function deep(n) if n == 0 then coroutine.yield() end return 1 + deep(n - 1) end
     local t = {} for i = 1, 1 << 30 do t[i] = coroutine.wrap(deep) t[i](3000) end",
    "local s, t = 'local a = 1 ' .. ('a = a + 1 '):rep(1000), {}
     for i = 1, 1 << 30 do local f, e = load(s) t[i] = f or error(e, 0) end",
    "local t = {} for i = 1, 1 << 30 do t[('%x'):format(i)] = true end",
    "local t = {} for i = 1, 1 << 30 do t[i] = {} end",
    "local piece = ('x'):rep(100000) table.concat(setmetatable({}, {
        __len = function() return 1 << 40 end, __index = function() return piece end }))",
    "('x'):rep(1000000):gsub('x', function() return ('y'):rep(5000) end)",
    "local p = '[a-z]?' for i = 1, 40 do p = p .. p string.find('x', p) end",
    "local s = ('x'):rep(5000000) local t = {} for i = 1, 1000 do t[i] = debug.traceback(s) end",
];

#[test]
fn memory_limit_is_about_everything() {
    for program in GROWING {
        let message = complains(perilune().args(["--max-memory=20M", "-e", program]));
        assert!(message.contains("not enough memory\n"), "{program}: {message}");
    }
}

#[test]
fn dead_coroutines_dont_pile_up() {
    let program =
        "local function deep(n) if n == 0 then coroutine.yield() end return 1 + deep(n - 1) end
        for i = 1, 500 do coroutine.wrap(deep)(5000) end print(1)";
    prints(perilune().args(["--max-memory=10M", "-e", program]), "1\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_system_without_memory() {
    let refused = |program: &str| {
        let mut c = Command::new("sh");
        c.args(["-c", "ulimit -v 200000; exec \"$0\" -e \"$1\""]);
        c.args([env!("CARGO_BIN_EXE_perilune"), program]);
        c
    };
    for program in GROWING {
        let message = complains(&mut refused(program));
        assert!(message.contains("not enough memory\n"), "{program}: {message}");
    }
    // Where each safepoint collects, millions of small objects would take minutes.
    let node = if is_hostile() { "{ l, ('x'):rep(100000) }" } else { "{ l }" };
    let caught =
        format!("print(pcall(function() local l while true do l = {node} end end)) print('alive')");
    prints(&mut refused(&caught), "false\tnot enough memory\nalive\n");
}

#[test]
fn time_limit() {
    let message = complains(perilune().args(["--timeout", "0.1", "-e", "while true do end"]));
    assert!(message.contains("time limit exceeded\nstack traceback:\n"), "{message}");
    let statement = "while true do pcall(function() while true do end end) end";
    let message = complains(perilune().args(["--timeout=0.1", "-e", statement]));
    assert!(message.contains("time limit exceeded"), "{message}");
    prints(perilune().args(["--timeout", "60", "-e", "print(1)"]), "1\n");
    // Loops of all kinds, long enough to be compiled on the way; they end even if nothing stops them.
    for statement in [
        "for i = 1, 1 << 33 do end",
        "for i = 1 << 33, 1, -1 do end",
        "for i = 0.0, 1e10 do end",
        "local i = 0 repeat i = i + 1 until i == 1 << 33",
        "local i = 0 ::again:: i = i + 1 if i < 1 << 33 then goto again end",
        "for i in function(_, i) if i < 1 << 31 then return i + 1 end end, nil, 0 do end",
        "local function f(n) if n > 0 then return f(n - 1) end end f(1 << 32)",
    ] {
        let message = complains(perilune().args(["--timeout", "0.1", "-e", statement]));
        let expected = "time limit exceeded\nstack traceback:\n";
        assert!(message.contains(expected), "{statement}: {message}");
    }
    // Each input of the interactive mode has the time anew.
    let mut c = perilune();
    let (out, errors) = interact(c.args(["--timeout", "0.1"]), "while true do end\nprint(1)\n");
    assert_eq!(out, "> > 1\n> \n");
    assert!(errors.contains("time limit exceeded"), "{errors}");
    // It doesn't wait for input.
    let mut c = perilune();
    c.args(["--timeout", "0.1", "-e", "io.read()"]).stdin(Stdio::piped());
    let mut child = c.stderr(Stdio::piped()).spawn().expect("start");
    let stdin = child.stdin.take().expect("its standard input");
    let o = child.wait_with_output().expect("wait");
    drop(stdin);
    assert!(complaint(o).starts_with("perilune: time limit exceeded\nstack traceback:\n"));
}

#[test]
fn text_only() {
    let f = Folder::new("text_only");
    let dump = "local f = io.open('chunk', 'wb') f:write(string.dump(load 'print(1)')) f:close()";
    prints(f.perilune().args(["-e", dump]), "");
    prints(f.perilune().arg("chunk"), "1\n");
    let refused = "attempt to load a binary chunk (mode is 't')";
    let message = complains(f.perilune().args(["--text-only", "chunk"]));
    assert!(message.contains(refused), "{message}");
    for statement in [
        "load(string.dump(print and function() end), 'c', 'b')",
        "loadfile('chunk')",
        "loadfile('chunk', 'b')",
    ] {
        let statement = format!("print(select(2, {statement}))");
        let o = run(f.perilune().args(["--text-only", "-e", &statement]));
        assert!(text(&o.stdout).contains("attempt to load a binary chunk"), "{}", text(&o.stdout));
    }
    prints(perilune().args(["--text-only", "-e", "print(load 'return 1'())"]), "1\n");
}

/// Ctrl-C, by the signal it sends.
#[cfg(unix)]
#[test]
fn interrupts() {
    use std::io::{BufRead, BufReader};

    let interrupted = |statement: &str, times: usize| {
        let statement = format!("print('go') io.stdout:flush() {statement}");
        let mut c = perilune();
        c.args(["-e", &statement]).stdin(Stdio::piped());
        let mut child = c.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("start");
        let stdin = child.stdin.take();
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        out.read_line(&mut String::new()).expect("a line");
        for _ in 0..times {
            let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
            assert!(kill.expect("run kill").success());
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let o = child.wait_with_output().expect("wait");
        drop(stdin);
        o
    };
    for statement in [
        "while true do end",
        "pcall(function() while true do end end) while true do end",
        "io.read()",
        "io.popen('exec sleep 5'):close()",
        "os.execute('exec sleep 5')",
        "setmetatable({}, {__gc = function() while true do end end})",
    ] {
        let message = complaint(interrupted(statement, 1));
        assert!(message.contains("interrupted!\nstack traceback:\n"), "{message}");
    }
    // The second ends the process at once, even while time is given to end it well.
    let statement = "local function loop() while true do end end \
        K = setmetatable({}, {__gc = loop}) local c <close> = setmetatable({}, {__close = loop}) loop()";
    assert_eq!(interrupted(statement, 2).status.code(), Some(130));
}

/// Programs that a time limit must end, and the end of what they print.
#[test]
fn time_limit_at_the_end() {
    let limited = |statement: &str| {
        let prelude =
            "local function closer(f) return setmetatable({}, {__close = f, __gc = f}) end
            local function loop() while true do end end ";
        let begun = std::time::Instant::now();
        let mut c = perilune();
        let o = run(c.args(["--timeout", "0.2", "-e", &format!("{prelude}{statement}")]));
        assert!(begun.elapsed().as_secs_f64() < 0.9, "{statement}: {:?}", begun.elapsed());
        let printed = text(&o.stdout);
        assert!(complaint(o).contains("time limit exceeded\nstack traceback:\n"), "{statement}");
        printed
    };
    for statement in [
        "K = closer(loop)",
        "K = closer(loop) loop()",
        "K = closer(loop) os.exit(true, true)",
        "local c <close> = closer(loop) os.exit(0, true)",
        "K = closer(loop) local c <close> = closer(loop) loop()",
        "local c <close> = closer(function() os.exit(0) end) loop()",
        "for i = 1, 1e9 do closer(loop) end",
        "K = {} for i = 1, 1e5 do K[i] = closer(loop) end",
        "K = closer(loop) error('x')",
        "io.popen('exec sleep 3')",
        "io.write('x') io.read('a', io.popen('exec sleep 3'):read('a'))",
    ] {
        assert!(["", "x"].contains(&limited(statement).as_str()), "{statement}");
    }
    // To-be-closed variables are closed, if that doesn't take long.
    // (They have no finalizers, which would run whenever they are garbage.)
    let said = "local function say(n)
        return setmetatable({}, {__close = function(_, e) print(n, e ~= nil) end}) end ";
    for (statement, printed) in [
        ("local a <close> = say 'a' local b <close> = say 'b' loop()", "b\ttrue\na\ttrue\n"),
        (
            "local a <close> = say 'a' pcall(function() local b <close> = say 'b' loop() end) print 'no'",
            "b\ttrue\na\ttrue\n",
        ),
        (
            "local a <close> = say 'a' coroutine.wrap(function() local b <close> = say 'b' loop() end)()",
            "b\ttrue\na\ttrue\n",
        ),
        ("local a <close> = say 'a' local b <close> = closer(error) loop()", "a\ttrue\n"),
        ("local a <close> = say 'a' local b <close> = closer(loop) loop()", ""),
        (
            "for _ in next, {}, nil, say 'a' do end for _ in function() return 1 end, nil, nil, say 'b' do end",
            "a\tfalse\nb\ttrue\n",
        ),
    ] {
        assert!(limited(&format!("{said}{statement}")).starts_with(printed), "{statement}");
    }
}

/// Nobody reads what is written to standard output and standard error, and yet the process ends.
#[cfg(unix)]
#[test]
fn files_of_a_program_that_is_stopped_at_its_end() {
    // The first finalizer never ends, so that the file has none any more.
    let file = std::env::temp_dir().join(format!("perilune-stopped-{}", std::process::id()));
    let program = "local f = io.open(arg[1], 'w') f:write('x') KEPT = f
        K = setmetatable({}, {__gc = function() while true do end end})";
    let script = file.with_extension("lua");
    std::fs::write(&script, program).expect("writable");
    let o = run(perilune().args(["--timeout", "0.1"]).args([&script, &file]));
    assert!(text(&o.stderr).contains("time limit exceeded"));
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), "x");
    for path in [script, file] {
        std::fs::remove_file(path).expect("it is there");
    }
}

#[test]
fn time_limit_with_full_pipes() {
    for statement in [
        "while true do print('x') end",
        "while true do io.write('x') end",
        "while true do io.stderr:write('x') end",
        "warn('@on') while true do warn('x') end",
        "io.write(('x'):rep(1 << 20))",
        "io.stderr:write(('x'):rep(1 << 16)) while true do end",
        "error(('x'):rep(1 << 20))",
    ] {
        let mut c = perilune();
        c.args(["--timeout", "0.2", "-e", statement]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = c.spawn().expect("start");
        let begun = std::time::Instant::now();
        let status = child.wait().expect("wait");
        assert_eq!(status.code(), Some(1), "{statement}");
        assert!(begun.elapsed().as_secs_f64() < 2.5, "{statement}: {:?}", begun.elapsed());
    }
}

/// What is printed is seen at once, and nothing of it gets lost.
#[cfg(unix)]
#[test]
fn standard_output_is_seen_at_once() {
    use std::io::{BufRead, BufReader};

    for shows in [
        "print('go')",
        "io.write('go\\n') io.flush()",
        "io.stdout:setvbuf('no') io.write('go\\n')",
        "io.stdout:setvbuf('line') io.write('go\\n')",
        "io.write('g') print('o')",
    ] {
        let mut c = perilune();
        c.args(["-e", &format!("{shows} while true do end")]).stdout(Stdio::piped());
        let mut child = c.spawn().expect("start");
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        out.read_line(&mut line).expect("a line");
        child.kill().expect("kill");
        child.wait().expect("wait");
        assert_eq!(line, "go\n", "{shows}");
    }
    // The order is the reference implementation's: standard output is buffered, but `print` and `popen` write it out.
    let f = Folder::new("order_of_output");
    for (statement, expected) in [
        (
            "local f = io.popen('cat', 'w') print('A') f:write('B\\n') f:close() print('C')",
            "A\nB\nC\n",
        ),
        ("io.write('one ') os.execute('echo two') print('three')", "two\none three\n"),
        ("print('one') os.execute('echo two') print('three')", "one\ntwo\nthree\n"),
        ("io.write('one\\n') io.popen('echo two'):close() print(3)", "one\n3\n"),
        ("io.write('one\\n') io.popen('cat >&2', 'w'):write('two\\n'):close()", "one\ntwo\n"),
        ("print('a') io.stderr:write('b\\n') print('c')", "a\nb\nc\n"),
        ("io.write('a\\n') io.stderr:write('b\\n')", "b\na\n"),
        ("io.write('a\\n') os.exit(0)", "a\n"),
        ("io.write('a\\n') os.exit(0, true)", "a\n"),
        (
            "io.write('a\\n') local t <close> = setmetatable({}, {__close = function() print 'b' end}) os.exit(0, true)",
            "a\nb\n",
        ),
        ("print('a') os.execute('kill -9 $PPID')", "a\n"),
    ] {
        // Both go to the same place.
        let out = std::fs::File::create(f.0.join("out")).expect("create a file");
        let mut c = perilune();
        c.args(["-e", statement]).stdout(out.try_clone().expect("clone")).stderr(out);
        c.status().expect("run");
        assert_eq!(
            std::fs::read_to_string(f.0.join("out")).expect("read"),
            expected,
            "{statement}"
        );
        // And to a pipe.
        let script = "exec \"$0\" -e \"$1\" 2>&1";
        let o =
            run(Command::new("sh").args(["-c", script, env!("CARGO_BIN_EXE_perilune"), statement]));
        assert_eq!(text(&o.stdout), expected, "{statement}");
    }
    for ends in ["error('e')", "io.stdout:write('b') error()", "while true do end"] {
        let mut c = perilune();
        let o = run(c.args(["--timeout", "0.2", "-e", &format!("io.write('a') {ends}")]));
        assert!(text(&o.stdout).starts_with('a'), "{ends}");
    }
}

/// The shell is called as the C library calls it.
#[cfg(unix)]
#[test]
fn name_of_the_shell() {
    let statement = "os.execute('echo $0') print(io.popen('echo $0'):read())";
    prints(perilune().args(["-e", statement]), "sh\nsh\n");
}
