//! Command line options.
//!
//! Parsed by hand: `lua`'s syntax (`-estat`, options that can't be combined, a script name that ends them, complaints
//! in its words) isn't that of argument parsers.

use std::ffi::OsString;

/// What `--help` shows, and what follows a complaint.
pub(crate) const USAGE: &str = "\
usage: perilune [options] [script [args]]
options:
  -e stat    run the statement 'stat'
  -l mod     require module 'mod' and assign it to the global variable 'mod'
  -l g=mod   require module 'mod' and assign it to the global variable 'g'
  -v         show the version
  -W         turn warnings on
  -E         ignore environment variables
  --         end of the options
  -          end of the options; run standard input
  --help     show this text
  --version  show the version and stop
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
}

impl Problem {
    pub(crate) fn message(&self) -> Vec<u8> {
        let (before, option, after): (&[u8], _, &[u8]) = match self {
            Problem::Unrecognized(o) => (b"unrecognized option '", o, b"'"),
            Problem::NeedsArgument(o) => (b"'", o, b"' needs argument"),
        };
        [before, option.as_encoded_bytes(), after].concat()
    }
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
        assert_eq!(message(&["-i"]), "unrecognized option '-i'");
        assert_eq!(message(&["-e"]), "'-e' needs argument");
        assert_eq!(message(&["-l", "-v"]), "'-l' needs argument");
    }

    #[test]
    fn help_and_version_win() {
        assert_eq!(parse_words(&["-v", "--help"]), Ok(Command::Help));
        assert_eq!(parse_words(&["--version", "-x"]), Ok(Command::Version));
    }
}
