//! Command line options.
//!
//! Every option is a row of a table: [`FLAGS`] for those of the command itself, [`Options::FLAGS`] for settings of the
//! state. Help and parser are made from both. What a row of `FLAGS` does is its [`Action`]; a setting sets itself.
//!
//! Parsed by hand: `lua`'s syntax (`-estat`, options that can't be combined, a script name that ends them, complaints
//! in its words) isn't that of argument parsers.

#[cfg(feature = "jit")]
use crate::observe::Trace;
use crate::observe::{self, Observation};
use perilune::Options;
use perilune::settings::{Class, Flag, FlagError};
use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt::Write;
use std::time::Duration;

/// What an option of the command does.
#[derive(Clone, Copy)]
enum Action {
    /// Runs its argument, which may be attached to it.
    Execute,
    /// Loads a module; likewise.
    Require,
    Interactive,
    /// Reads the script from standard input.
    StandardInput,
    /// Ends the options.
    End,
    Timeout,
    Stats,
    /// Its argument has to be attached.
    TraceJit,
    Dump,
    Filter,
    PerfMap,
    ShowVersion,
    WarningsOn,
    /// Shows the help for a class of flags and stops.
    Help(HelpTopic),
    Version,
}

/// The options of the command, in the order in which the help explains them.
const FLAGS: &[(Flag, Action)] = &[
    (
        flag("-e", "STATEMENT", Class::Run, "run this statement; may be given several times"),
        Action::Execute,
    ),
    (
        flag("-l", "MODULE", Class::Run, "load a module, as the global variable MODULE"),
        Action::Require,
    ),
    (
        flag("-l", "NAME=MODULE", Class::Run, "load a module, as the global variable NAME"),
        Action::Require,
    ),
    (
        flag(
            "-i",
            "",
            Class::Run,
            "read and run lines interactively, after the script if there is one",
        ),
        Action::Interactive,
    ),
    (flag("-", "", Class::Run, "run what comes from standard input"), Action::StandardInput),
    (
        flag(
            "--",
            "",
            Class::Run,
            "end of the options: a script's name follows, whatever it looks like",
        ),
        Action::End,
    ),
    (
        flag("--timeout", "SECONDS", Class::Limits, "stop after this time; fractions are fine"),
        Action::Timeout,
    ),
    (
        flag(
            "--stats",
            "",
            Class::Inside,
            "when the program has ended, show what there was to count",
        ),
        Action::Stats,
    ),
    (
        flag(
            "--trace-jit",
            "[=FILE]",
            Class::Inside,
            "tell of each function compiled; FILE: as JSON lines (-: to standard error)",
        ),
        Action::TraceJit,
    ),
    (
        flag(
            "--dump",
            "WHAT",
            Class::Inside,
            "show bytecode of what is loaded, asm of what is compiled, feedback in the end",
        ),
        Action::Dump,
    ),
    (
        flag(
            "--filter",
            "FUNCTION",
            Class::Inside,
            "dump only functions with this in their name, or at FILE:LINE",
        ),
        Action::Filter,
    ),
    (
        flag("--perf-map", "", Class::Inside, "write /tmp/perf-PID.map, for Linux perf"),
        Action::PerfMap,
    ),
    (flag("-v", "", Class::Other, "show the version"), Action::ShowVersion),
    (flag("-W", "", Class::Other, "turn warnings on"), Action::WarningsOn),
    (flag("--help", "", Class::Other, "show this text"), Action::Help(HelpTopic::Users)),
    (
        flag("--help-testing", "", Class::Other, "show options for tests of Perilune itself"),
        Action::Help(HelpTopic::Testing),
    ),
    (flag("--version", "", Class::Other, "show the version and stop"), Action::Version),
];

const fn flag(
    name: &'static str,
    argument: &'static str,
    class: Class,
    help: &'static str,
) -> Flag {
    let argument = if argument.is_empty() { None } else { Some(argument) };
    Flag { name, argument, class, help }
}

/// What a user wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HelpTopic {
    /// What is of use to those who run programs.
    Users,
    /// What is of use to those who test Perilune.
    Testing,
}

impl HelpTopic {
    /// The classes of flags to explain, with their titles.
    fn classes(self) -> &'static [(Class, &'static str)] {
        match self {
            HelpTopic::Users => &[
                (Class::Run, "What to run"),
                (Class::Limits, "Limits, for programs you don't trust to end or to be modest"),
                (Class::Inside, "Seeing inside; all of it goes to standard error or to files"),
                (Class::Other, "Other"),
            ],
            HelpTopic::Testing => {
                &[(Class::Testing, "For tests of Perilune itself; what programs do stays the same")]
            }
        }
    }

    /// The text.
    pub(crate) fn text(self) -> String {
        let mut text = match self {
            HelpTopic::Users => INTRODUCTION.to_owned(),
            HelpTopic::Testing => String::new(),
        };
        let classes = self.classes();
        let of = |class| flags().filter(move |f: &&Flag| f.class == class);
        let all = classes.iter().flat_map(|(class, _)| of(*class));
        let width = all.map(|f| usage(f).len()).max().unwrap_or_default();
        for (class, title) in classes {
            let separator = if text.is_empty() { "" } else { "\n" };
            // Writing to a string doesn't fail.
            let _ = writeln!(text, "{separator}{title}:");
            for flag in of(*class) {
                let _ = writeln!(text, "  {:width$}  {}", usage(flag), flag.help);
            }
        }
        if self == HelpTopic::Users {
            text.push_str(
                "\nA program that fails ends with status 1; one stopped by Ctrl-C, too.\n",
            );
        }
        text
    }
}

/// All flags, in the order in which the help explains them.
fn flags() -> impl Iterator<Item = &'static Flag> {
    FLAGS.iter().map(|f| &f.0).chain(Options::FLAGS)
}

/// A flag with its argument. One in brackets has to be attached.
fn usage(flag: &Flag) -> String {
    match flag.argument {
        Some(argument) if argument.starts_with('[') => format!("{}{argument}", flag.name),
        Some(argument) => format!("{} {argument}", flag.name),
        None => flag.name.to_owned(),
    }
}

/// How the help begins.
const INTRODUCTION: &str = "\
perilune runs programs in Lua, a small programming language.

usage: perilune [options] [script [arguments]]

  perilune                      try Lua: type something, see what it gives
  perilune hello.lua            run the program in the file hello.lua
  perilune hello.lua one two    the same; the program finds 'one' and 'two' in 'arg' and '...'
  perilune -e 'print(6 * 7)'    run a bit of Lua from the command line
  perilune -i hello.lua         run a program, then look around in what it left
";

/// What follows a complaint about the options.
pub(crate) const USAGE: &str = "\
usage: perilune [options] [script [arguments]]
'perilune --help' explains the options
";

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Show help.
    Help(HelpTopic),
    /// Show the version.
    Version,
    /// Run programs.
    Run(Box<Invocation>),
}

/// Programs to run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Invocation {
    /// `-v`
    pub(crate) show_version: bool,
    /// `-i`
    pub(crate) interactive: bool,
    /// `--timeout`
    pub(crate) timeout: Option<Duration>,
    /// `--stats` and its kin.
    pub(crate) observation: Observation,
    /// Settings of the state.
    pub(crate) settings: Options,
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
    /// This build doesn't have what the option is about.
    #[cfg(not(feature = "jit"))]
    NotInBuild(OsString),
    /// The argument of this option isn't of the form it should be.
    BadArgument {
        /// The option.
        option: &'static str,
        /// Its argument.
        argument: OsString,
        /// What it should be.
        wanted: Cow<'static, str>,
    },
}

impl Problem {
    pub(crate) fn message(&self) -> Vec<u8> {
        match self {
            Problem::Unrecognized(o) => {
                [b"unrecognized option '", o.as_encoded_bytes(), b"'"].concat()
            }
            Problem::NeedsArgument(o) => [b"'", o.as_encoded_bytes(), b"' needs argument"].concat(),
            #[cfg(not(feature = "jit"))]
            Problem::NotInBuild(o) => {
                [b"'", o.as_encoded_bytes(), b"' needs a build with compilers (feature 'jit')"]
                    .concat()
            }
            Problem::BadArgument { option, argument, wanted } => {
                let argument = argument.to_string_lossy();
                format!("'{option}' needs {wanted}, not '{argument}'").into_bytes()
            }
        }
    }
}

/// A number of seconds, above 0.
fn seconds(text: &str) -> Option<Duration> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0.0)?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// Parses a command line, program name included.
pub(crate) fn parse(argv: &[OsString]) -> Result<Command, Problem> {
    // What `luac` and `string.dump` make is run, as by the reference implementation's command.
    let settings = Options::new().text_only(false);
    let invocation = Invocation { settings, ..Invocation::default() };
    let mut line = Line { argv, at: 1, invocation };
    while let Some(word) = argv.get(line.at) {
        if let Some(command) = line.option(word)? {
            return Ok(command);
        }
        if !matches!(line.invocation.main, Main::Absent) {
            break;
        }
        line.at += 1;
    }
    Ok(Command::Run(Box::new(line.invocation)))
}

/// A command line being parsed.
struct Line<'a> {
    argv: &'a [OsString],
    /// The place of the word looked at.
    at: usize,
    invocation: Invocation,
}

impl<'a> Line<'a> {
    /// Takes in a word, and its argument if that is the next one. If there is nothing else to do, what to do.
    fn option(&mut self, word: &'a OsString) -> Result<Option<Command>, Problem> {
        let bytes = word.as_encoded_bytes();
        let own = FLAGS.iter().find_map(|(flag, action)| match action {
            // What follows the letter is the argument.
            Action::Execute | Action::Require => {
                let attached = bytes.strip_prefix(flag.name.as_bytes())?;
                Some((flag, *action, (!attached.is_empty()).then_some(attached)))
            }
            _ => flag.matches(bytes).map(|attached| (flag, *action, attached)),
        });
        if let Some((flag, action, attached)) = own {
            return self.act(word, flag, action, attached);
        }
        let setting = Options::FLAGS.iter().find_map(|flag| Some((flag, flag.matches(bytes)?)));
        match (setting, bytes) {
            (Some((flag, attached)), _) => self.set(word, flag, attached).map(|()| None),
            (None, [b'-', ..]) => Err(Problem::Unrecognized(word.clone())),
            (None, _) => {
                self.invocation.main = Main::Script { index: self.at, is_stdin: false };
                Ok(None)
            }
        }
    }

    /// The argument of a flag: what is attached to it, or else the next word.
    fn argument(
        &mut self,
        word: &OsString,
        attached: Option<&'a [u8]>,
    ) -> Result<&'a [u8], Problem> {
        if let Some(attached) = attached {
            return Ok(attached);
        }
        self.at += 1;
        let next = self.argv.get(self.at).ok_or_else(|| Problem::NeedsArgument(word.clone()))?;
        Ok(next.as_encoded_bytes())
    }

    fn act(
        &mut self,
        word: &OsString,
        flag: &'static Flag,
        action: Action,
        attached: Option<&'a [u8]>,
    ) -> Result<Option<Command>, Problem> {
        match action {
            Action::Help(topic) => return Ok(Some(Command::Help(topic))),
            Action::Version => return Ok(Some(Command::Version)),
            Action::End => {
                if self.at + 1 < self.argv.len() {
                    self.invocation.main = Main::Script { index: self.at + 1, is_stdin: false };
                }
                self.at = self.argv.len();
            }
            Action::StandardInput => {
                self.invocation.main = Main::Script { index: self.at, is_stdin: true };
            }
            Action::ShowVersion => self.invocation.show_version = true,
            Action::Interactive => {
                self.invocation.interactive = true;
                self.invocation.show_version = true;
            }
            Action::WarningsOn => self.invocation.steps.push(Step::WarningsOn),
            Action::Timeout => {
                let argument = self.argument(word, attached)?;
                let text = String::from_utf8_lossy(argument);
                self.invocation.timeout = Some(
                    seconds(&text)
                        .ok_or_else(|| bad_argument(flag, "a number of seconds", &text))?,
                );
            }
            Action::Stats => self.invocation.observation.stats = true,
            Action::Dump => {
                let text = String::from_utf8_lossy(self.argument(word, attached)?);
                let dumps = observe::dumps(&text)
                    .ok_or_else(|| bad_argument(flag, observe::wanted_dumps(), &text))?;
                self.invocation.observation.dump.extend(dumps);
            }
            Action::Filter => {
                let text = String::from_utf8_lossy(self.argument(word, attached)?);
                self.invocation.observation.filter = Some(text.into_owned());
            }
            Action::TraceJit | Action::PerfMap => return self.compilers(word, action, attached),
            Action::Execute | Action::Require => {
                let is_detached = attached.is_none();
                let argument = self.argument(word, attached)?;
                if is_detached && argument.starts_with(b"-") {
                    return Err(Problem::NeedsArgument(word.clone()));
                }
                let step =
                    if matches!(action, Action::Execute) { Step::Execute } else { Step::Require };
                self.invocation.steps.push(step(argument.to_vec()));
            }
        }
        Ok(None)
    }

    /// Takes in a flag about compilers.
    #[cfg(feature = "jit")]
    fn compilers(
        &mut self,
        _: &OsString,
        action: Action,
        attached: Option<&'a [u8]>,
    ) -> Result<Option<Command>, Problem> {
        let observation = &mut self.invocation.observation;
        if matches!(action, Action::PerfMap) {
            observation.perf_map = true;
        } else {
            observation.trace = Some(match attached {
                Some(file) => Trace::Json(String::from_utf8_lossy(file).into_owned()),
                None => Trace::Text,
            });
        }
        Ok(None)
    }

    #[cfg(not(feature = "jit"))]
    fn compilers(
        &mut self,
        word: &OsString,
        _: Action,
        _: Option<&'a [u8]>,
    ) -> Result<Option<Command>, Problem> {
        Err(Problem::NotInBuild(word.clone()))
    }

    fn set(
        &mut self,
        word: &OsString,
        flag: &'static Flag,
        attached: Option<&'a [u8]>,
    ) -> Result<(), Problem> {
        let argument = match flag.argument {
            Some(_) => String::from_utf8_lossy(self.argument(word, attached)?),
            None => "".into(),
        };
        self.invocation.settings.set(flag.name, &argument).map_err(|e| match e {
            FlagError::Unknown => Problem::Unrecognized(word.clone()),
            FlagError::BadArgument(wanted) => bad_argument(flag, wanted, &argument),
        })
    }
}

fn bad_argument(
    flag: &'static Flag,
    wanted: impl Into<Cow<'static, str>>,
    argument: &str,
) -> Problem {
    Problem::BadArgument { option: flag.name, argument: argument.into(), wanted: wanted.into() }
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
            Ok(Command::Run(i)) => *i,
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
        assert_eq!(limits.settings, Options::new().max_memory(Some(64 << 20)).text_only(true));
        assert_eq!(limits.timeout, Some(Duration::from_millis(1500)));
        assert_eq!(limits.main, Main::Script { index: 5, is_stdin: false });
    }

    #[test]
    fn help_and_version_win() {
        assert_eq!(parse_words(&["-v", "--help"]), Ok(Command::Help(HelpTopic::Users)));
        assert_eq!(parse_words(&["--version", "-x"]), Ok(Command::Version));
    }

    #[test]
    fn help_explains_every_option_once() {
        let text = HelpTopic::Users.text() + &HelpTopic::Testing.text();
        for flag in flags() {
            let usage = format!("\n  {} ", usage(flag));
            assert_eq!(text.matches(&usage).count(), 1, "{usage}");
        }
        assert!(text.lines().all(|line| line.len() <= 100), "{text}");
    }
}
