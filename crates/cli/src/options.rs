//! Command line options.
//!
//! Parsed by hand: `lua`'s syntax (`-estat`, options that can't be combined, a script name that ends them, complaints
//! in its words) isn't that of argument parsers.

use std::ffi::OsString;
use std::time::Duration;

/// What `--help` shows.
pub(crate) const HELP: &str = "\
perilune runs programs in Lua, a small programming language.

usage: perilune [options] [script [arguments]]

  perilune                      try Lua: type something, see what it gives
  perilune hello.lua            run the program in the file hello.lua
  perilune hello.lua one two    the same; the program finds 'one' and 'two' in 'arg' and '...'
  perilune -e 'print(6 * 7)'    run a bit of Lua from the command line
  perilune -i hello.lua         run a program, then look around in what it left

What to run:
  -e STATEMENT        run this statement; may be given several times
  -l MODULE           load a module, as the global variable MODULE
  -l NAME=MODULE      load a module, as the global variable NAME
  -i                  read and run lines interactively, after the script if there is one
  -                   run what comes from standard input
  --                  end of the options: a script's name follows, whatever it looks like

Limits, for programs you don't trust to end or to be modest:
  --max-memory SIZE   no more memory than this for Lua values: 500K, 64M, 1G
  --timeout SECONDS   stop after this time; fractions are fine
  --text-only         refuse precompiled programs, from files and in 'load'

Other:
  -v                  show the version
  -W                  turn warnings on
  -E                  ignore environment variables: LUA_INIT, LUA_PATH, LUA_CPATH
  --help              show this text
  --version           show the version and stop

A program that fails ends with status 1; one stopped by Ctrl-C, too.
";

/// What follows a complaint about the options.
pub(crate) const USAGE: &str = "\
usage: perilune [options] [script [arguments]]
'perilune --help' explains the options
";

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Show the usage.
    Help,
    /// Show the version.
    Version,
    /// Run programs.
    Run(Invocation),
}

/// Programs to run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Invocation {
    /// `-v`
    pub(crate) show_version: bool,
    /// `-E`
    pub(crate) ignore_environment: bool,
    /// `-i`
    pub(crate) interactive: bool,
    /// `--max-memory`, in bytes.
    pub(crate) max_memory: Option<usize>,
    /// `--timeout`
    pub(crate) timeout: Option<Duration>,
    /// `--text-only`
    pub(crate) text_only: bool,
    /// `-e`, `-l` and `-W`, in their order.
    pub(crate) steps: Vec<Step>,
    /// The main program.
    pub(crate) main: Main,
}

/// An option that is carried out when its turn comes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// `-e`
    Execute(Vec<u8>),
    /// `-l`
    Require(Vec<u8>),
    /// `-W`
    WarningsOn,
}

/// What to run after the options.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Main {
    /// Standard input if no option gave something to do.
    #[default]
    Absent,
    /// The script whose name is at this place of the command line. `-`, if it didn't follow `--`, is standard input.
    Script {
        /// The place.
        index: usize,
        /// Whether it is to be read from standard input.
        is_stdin: bool,
    },
}

/// What is wrong with the command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// There is no such option.
    Unrecognized(OsString),
    /// It needs an argument.
    NeedsArgument(OsString),
    /// The argument of this option isn't of the form it should be.
    BadArgument {
        /// The option.
        option: &'static str,
        /// Its argument.
        argument: OsString,
        /// What it should be.
        wanted: &'static str,
    },
}

impl Problem {
    pub(crate) fn message(&self) -> Vec<u8> {
        match self {
            Problem::Unrecognized(o) => {
                [b"unrecognized option '", o.as_encoded_bytes(), b"'"].concat()
            }
            Problem::NeedsArgument(o) => [b"'", o.as_encoded_bytes(), b"' needs argument"].concat(),
            Problem::BadArgument { option, argument, wanted } => {
                let argument = argument.to_string_lossy();
                format!("'{option}' needs {wanted}, not '{argument}'").into_bytes()
            }
        }
    }
}

/// An option that sets a limit, `--name VALUE` or `--name=VALUE`.
#[derive(Clone, Copy)]
enum Limit {
    Memory,
    Time,
}

impl Limit {
    fn name(self) -> &'static str {
        match self {
            Limit::Memory => "--max-memory",
            Limit::Time => "--timeout",
        }
    }

    /// The limit that a word of the command line names.
    fn named_in(word: &[u8]) -> Option<Limit> {
        [Limit::Memory, Limit::Time].into_iter().find(|limit| {
            word.strip_prefix(limit.name().as_bytes())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"="))
        })
    }

    fn set(self, invocation: &mut Invocation, argument: &[u8]) -> Result<(), Problem> {
        let text = String::from_utf8_lossy(argument);
        let wanted = match self {
            Limit::Memory => {
                invocation.max_memory = memory_size(&text);
                invocation.max_memory.is_none().then_some("a size (such as 64M)")
            }
            Limit::Time => {
                invocation.timeout = text
                    .parse()
                    .ok()
                    .filter(|seconds| *seconds > 0.0)
                    .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
                invocation.timeout.is_none().then_some("a number of seconds")
            }
        };
        match wanted {
            Some(wanted) => {
                let argument = OsString::from(text.into_owned());
                Err(Problem::BadArgument { option: self.name(), argument, wanted })
            }
            None => Ok(()),
        }
    }
}

/// A number of bytes, or of units of 2^10, 2^20, 2^30.
fn memory_size(text: &str) -> Option<usize> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match &text[digits.len()..] {
        "" | "B" => 1,
        "K" | "k" | "KB" | "KiB" => 1 << 10,
        "M" | "m" | "MB" | "MiB" => 1 << 20,
        "G" | "g" | "GB" | "GiB" => 1 << 30,
        _ => return None,
    };
    digits.parse::<usize>().ok()?.checked_mul(unit)
}

/// Parses a command line, program name included.
pub(crate) fn parse(argv: &[OsString]) -> Result<Command, Problem> {
    let mut invocation = Invocation::default();
    let mut i = 1;
    while let Some(word) = argv.get(i) {
        let bytes = word.as_encoded_bytes();
        match bytes {
            b"--help" => return Ok(Command::Help),
            b"--version" => return Ok(Command::Version),
            b"--" => {
                if i + 1 < argv.len() {
                    invocation.main = Main::Script { index: i + 1, is_stdin: false };
                }
                break;
            }
            b"-" => {
                invocation.main = Main::Script { index: i, is_stdin: true };
                break;
            }
            b"-E" => invocation.ignore_environment = true,
            b"-v" => invocation.show_version = true,
            b"-i" => {
                invocation.interactive = true;
                invocation.show_version = true;
            }
            b"--text-only" => invocation.text_only = true,
            [b'-', b'-', ..] if let Some(limit) = Limit::named_in(bytes) => {
                let argument = match bytes.get(limit.name().len()..) {
                    Some([b'=', attached @ ..]) => attached,
                    _ => {
                        i += 1;
                        let next =
                            argv.get(i).ok_or_else(|| Problem::NeedsArgument(word.clone()))?;
                        next.as_encoded_bytes()
                    }
                };
                limit.set(&mut invocation, argument)?;
            }
            b"-W" => invocation.steps.push(Step::WarningsOn),
            [b'-', letter @ (b'e' | b'l'), attached @ ..] => {
                let argument = if attached.is_empty() {
                    i += 1;
                    match argv.get(i) {
                        Some(a) if !a.as_encoded_bytes().starts_with(b"-") => {
                            a.as_encoded_bytes().to_vec()
                        }
                        _ => return Err(Problem::NeedsArgument(word.clone())),
                    }
                } else {
                    attached.to_vec()
                };
                invocation.steps.push(match letter {
                    b'e' => Step::Execute(argument),
                    _ => Step::Require(argument),
                });
            }
            [b'-', ..] => return Err(Problem::Unrecognized(word.clone())),
            _ => {
                invocation.main = Main::Script { index: i, is_stdin: false };
                break;
            }
        }
        i += 1;
    }
    Ok(Command::Run(invocation))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(words: &[&str]) -> Result<Command, Problem> {
        let argv: Vec<OsString> = ["perilune"].iter().chain(words).map(OsString::from).collect();
        parse(&argv)
    }

    fn run(words: &[&str]) -> Invocation {
        match parse_words(words) {
            Ok(Command::Run(i)) => i,
            other => panic!("{words:?}: {other:?}"),
        }
    }

    #[test]
    fn scripts_end_the_options() {
        assert_eq!(run(&[]).main, Main::Absent);
        assert_eq!(run(&["a.lua", "-x"]).main, Main::Script { index: 1, is_stdin: false });
        assert_eq!(run(&["-v", "-", "-x"]).main, Main::Script { index: 2, is_stdin: true });
        assert_eq!(run(&["--", "-"]).main, Main::Script { index: 2, is_stdin: false });
        assert_eq!(run(&["-W", "--"]).main, Main::Absent);
    }

    #[test]
    fn steps_keep_their_order() {
        let steps = run(&["-e", "a", "-lb", "-W", "-ec d"]).steps;
        let expected = [
            Step::Execute("a".into()),
            Step::Require("b".into()),
            Step::WarningsOn,
            Step::Execute("c d".into()),
        ];
        assert_eq!(steps, expected);
    }

    #[test]
    fn complaints() {
        let message = |words: &[&str]| match parse_words(words) {
            Err(p) => String::from_utf8_lossy(&p.message()).into_owned(),
            Ok(c) => panic!("{c:?}"),
        };
        assert_eq!(message(&["-x"]), "unrecognized option '-x'");
        assert_eq!(message(&["-vE"]), "unrecognized option '-vE'");
        assert_eq!(message(&["--x"]), "unrecognized option '--x'");
        assert_eq!(message(&["-ix"]), "unrecognized option '-ix'");
        assert_eq!(message(&["--timeouts"]), "unrecognized option '--timeouts'");
        assert_eq!(message(&["--timeout"]), "'--timeout' needs argument");
        assert_eq!(message(&["--timeout", "x"]), "'--timeout' needs a number of seconds, not 'x'");
        assert_eq!(message(&["--timeout=-1"]), "'--timeout' needs a number of seconds, not '-1'");
        assert_eq!(message(&["--timeout=nan"]), "'--timeout' needs a number of seconds, not 'nan'");
        assert_eq!(
            message(&["--max-memory", "64X"]),
            "'--max-memory' needs a size (such as 64M), not '64X'"
        );
        assert_eq!(message(&["-e"]), "'-e' needs argument");
        assert_eq!(message(&["-l", "-v"]), "'-l' needs argument");
    }

    #[test]
    fn limits() {
        let limits = run(&["--max-memory", "64M", "--timeout=1.5", "--text-only", "a.lua"]);
        assert_eq!(limits.max_memory, Some(64 << 20));
        assert_eq!(limits.timeout, Some(Duration::from_millis(1500)));
        assert!(limits.text_only);
        assert_eq!(limits.main, Main::Script { index: 5, is_stdin: false });
        let size = |text: &str| memory_size(text);
        assert_eq!(
            (size("10"), size("3k"), size("1GiB")),
            (Some(10), Some(3 << 10), Some(1 << 30))
        );
        assert_eq!((size(""), size("M"), size("1.5M"), size("-1"), size("99999999999G")), {
            (None, None, None, None, None)
        });
    }

    #[test]
    fn help_and_version_win() {
        assert_eq!(parse_words(&["-v", "--help"]), Ok(Command::Help));
        assert_eq!(parse_words(&["--version", "-x"]), Ok(Command::Version));
    }
}
