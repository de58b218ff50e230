//! Settings of a state, the flags they can be given by, and the configurations that tests run programs in.
//!
//! **Problem.** A setting is known to programs that embed Lua, to the command line, to its help, and to tests and fuzzers,
//! which run the same programs under many settings. Stated in each, they drift apart.
//!
//! **Design.** One table, `settings!` below. A row is a field of [`Options`] with its type and default, the flag
//! that sets it, the flag's class and its help text. From it come the struct, a builder method per field,
//! [`Options::FLAGS`], and [`Options::set`], which understands a flag. Types of settings implement [`Setting`]. The
//! command has flags of its own, of the same form ([`Flag`]).
//!
//! A [`Configuration`] is a name for flags of the command. What a program does must not depend on it, so everything
//! that runs programs to see whether they work takes [`CONFIGURATIONS`] from here and runs them in each.

use perilune_runtime::stress::Stress;
pub use perilune_runtime::stress::is_hostile;

/// What a flag is about. The help of the command shows the flags of a class together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// What to run.
    Run,
    /// Limits for programs.
    Limits,
    /// Seeing what goes on inside.
    Inside,
    /// Whatever else a user may want.
    Other,
    /// For those who work on Perilune: nothing that a program can rely on changes.
    Testing,
}

/// A flag of the command line.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// What it is called, dashes included.
    pub name: &'static str,
    /// What its argument is called in the help, if it takes one.
    pub argument: Option<&'static str>,
    /// What it is about.
    pub class: Class,
    /// What it does.
    pub help: &'static str,
}

impl Flag {
    /// Whether a word of a command line is this flag: `--name`, or `--name=argument` if it takes one, which is given then.
    pub fn matches<'w>(&self, word: &'w [u8]) -> Option<Option<&'w [u8]>> {
        match (word.strip_prefix(self.name.as_bytes())?, self.argument) {
            ([], _) => Some(None),
            ([b'=', argument @ ..], Some(_)) => Some(Some(argument)),
            _ => None,
        }
    }
}

/// A type of settings.
pub trait Setting: Sized {
    /// What the argument of its flags is called, if they take one.
    const ARGUMENT: Option<&'static str>;
    /// What the argument has to be, for messages.
    const WANTED: &'static str;

    /// The setting for an argument (empty if flags take none).
    fn parse(argument: &str) -> Option<Self>;
}

/// Off, and on if the flag is given.
impl Setting for bool {
    const ARGUMENT: Option<&'static str> = None;
    const WANTED: &'static str = "no argument";

    fn parse(_: &str) -> Option<bool> {
        Some(true)
    }
}

/// A number of bytes, or of units of 2^10, 2^20, 2^30.
impl Setting for Option<usize> {
    const ARGUMENT: Option<&'static str> = Some("SIZE");
    const WANTED: &'static str = "a size (such as 64M)";

    fn parse(argument: &str) -> Option<Option<usize>> {
        let digits = argument.trim_end_matches(|c: char| !c.is_ascii_digit());
        let unit = match &argument[digits.len()..] {
            "" | "B" => 1,
            "K" | "k" | "KB" | "KiB" => 1 << 10,
            "M" | "m" | "MB" | "MiB" => 1 << 20,
            "G" | "g" | "GB" | "GiB" => 1 << 30,
            _ => return None,
        };
        digits.parse::<usize>().ok()?.checked_mul(unit).map(Some)
    }
}

/// A number.
impl Setting for Option<u64> {
    const ARGUMENT: Option<&'static str> = Some("NUMBER");
    const WANTED: &'static str = "a number";

    fn parse(argument: &str) -> Option<Option<u64>> {
        argument.parse().ok().map(Some)
    }
}

/// Which compilers are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jit {
    /// None: programs are interpreted.
    Off,
    /// The baseline compiler.
    Baseline,
    /// All there are, each when it pays.
    Auto,
}

impl Default for Jit {
    fn default() -> Jit {
        if cfg!(feature = "jit") { Jit::Auto } else { Jit::Off }
    }
}

/// In a build without compilers, only `off` is understood.
impl Setting for Jit {
    const ARGUMENT: Option<&'static str> = Some("WHICH");
    const WANTED: &'static str =
        if cfg!(feature = "jit") { "off, baseline or auto" } else { "off, in this build" };

    fn parse(argument: &str) -> Option<Jit> {
        match argument {
            "off" => Some(Jit::Off),
            "baseline" if cfg!(feature = "jit") => Some(Jit::Baseline),
            "auto" if cfg!(feature = "jit") => Some(Jit::Auto),
            _ => None,
        }
    }
}

/// Fast paths of the baseline compiler.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FastPaths {
    #[cfg(feature = "jit")]
    set: perilune_jit::FastPaths,
}

/// Names with commas between them.
impl Setting for FastPaths {
    const ARGUMENT: Option<&'static str> = Some("NAMES");
    const WANTED: &'static str = "names of fast paths, with commas between them";

    #[cfg(feature = "jit")]
    fn parse(argument: &str) -> Option<FastPaths> {
        perilune_jit::FastPaths::parse(argument).map(|set| FastPaths { set })
    }

    #[cfg(not(feature = "jit"))]
    fn parse(_: &str) -> Option<FastPaths> {
        None
    }
}

/// Why a flag wasn't understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagError {
    /// There is no such flag.
    Unknown,
    /// Its argument isn't what it should be, namely this.
    BadArgument(&'static str),
}

macro_rules! settings {
    ($(
        $(#[doc = $doc:literal])*
        $field:ident: $ty:ty = $default:expr, $name:literal, $class:ident, $help:literal;
    )*) => {
        /// Settings of a new state.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Options {
            $($(#[doc = $doc])* pub $field: $ty,)*
        }

        impl Default for Options {
            fn default() -> Options {
                Options { $($field: $default,)* }
            }
        }

        impl Options {
            /// The flags, in the order in which they are to be explained.
            pub const FLAGS: &'static [Flag] = &[
                $(Flag {
                    name: $name,
                    argument: <$ty as Setting>::ARGUMENT,
                    class: Class::$class,
                    help: $help,
                },)*
            ];

            $(
                $(#[doc = $doc])*
                #[must_use]
                pub fn $field(mut self, value: $ty) -> Options {
                    self.$field = value;
                    self
                }
            )*

            /// Makes the setting that a flag with this argument stands for.
            ///
            /// # Errors
            /// If there is no such flag, or its argument is wrong.
            pub fn set(&mut self, name: &str, argument: &str) -> Result<(), FlagError> {
                match name {
                    $($name => {
                        self.$field = <$ty as Setting>::parse(argument)
                            .ok_or(FlagError::BadArgument(<$ty as Setting>::WANTED))?;
                    })*
                    _ => return Err(FlagError::Unknown),
                }
                Ok(())
            }
        }
    };
}

settings! {
    /// Limits the memory Lua values may use, in bytes. See [`Lua::set_memory_limit`](crate::Lua::set_memory_limit).
    max_memory: Option<usize> = None, "--max-memory", Limits,
        "no more memory than this for Lua values: 500K, 64M, 1G";
    /// Whether precompiled chunks are refused, wherever they are loaded from: by a program, or by
    /// [`Lua::load`](crate::Lua::load). They are unless this is turned off. (The command, as that of PUC Lua, takes them unless
    /// the flag is given.)
    text_only: bool = true, "--text-only", Limits,
        "refuse precompiled programs, from files and in 'load'";
    /// Whether the libraries ignore environment variables (`LUA_PATH` and the like).
    ignore_environment: bool = false, "-E", Other,
        "ignore environment variables: LUA_INIT, LUA_PATH, LUA_CPATH";
    /// Which compilers are used.
    jit: Jit = Jit::default(), "--jit", Other,
        "compilers to use: off, baseline, or auto (what pays)";
    /// Whether compilers work while the program waits, so that runs can be repeated. The baseline compiler does so always,
    /// so at present nothing depends on it.
    jit_sync: bool = false, "--jit-sync", Testing,
        "compile while the program waits, never beside it";
    /// After how many calls and iterations a function is compiled; 0: before the first call.
    jit_threshold: Option<u64> = None, "--jit-threshold", Testing,
        "compile functions after so many calls and iterations; 0: at once";
    /// Fast paths that compiled code is to do without, to see what they are worth.
    jit_without: FastPaths = FastPaths::default(), "--jit-without", Testing,
        "leave these fast paths to the interpreter, such as calls,properties";
    /// Whether garbage is collected at every safepoint, as far as that takes time in proportion to the program's own.
    /// For tests.
    gc_stress: bool = Stress::default().collect, "--gc-stress", Testing,
        "collect garbage at every opportunity, in changing ways";
    /// Whether Lua stacks start as small as they can be and grow, and move, as often as they can. For tests.
    tiny_stack: bool = Stress::default().tiny_stacks, "--tiny-stack", Testing,
        "start with tiny Lua stacks that grow by as little as they can and move";
    /// A kill, as by an [`InterruptHandle`](crate::InterruptHandle), when so many calls and loop iterations have been polled. For
    /// tests.
    kill_after: Option<u64> = None, "--kill-after", Testing,
        "end the program, as a timeout would, at this of its calls and iterations";
    /// One in so many requests for memory, chosen at random, is refused as if the host had none. For tests.
    refuse_memory: Option<u64> = Stress::default().refuse, "--refuse-memory", Testing,
        "refuse one in so many requests for memory, as a system without any would";
    /// Where all random numbers come from, so that a run can be repeated; without, from the system. Somebody who knows it
    /// can make tables slow. For tests.
    seed: Option<u64> = None, "--seed", Testing,
        "make everything random the same as in other runs with this number";
}

impl Options {
    /// The default settings.
    pub fn new() -> Options {
        Options::default()
    }

    /// What the compilers are told; `None` if there are to be none.
    #[cfg(feature = "jit")]
    pub(crate) fn jit_policy(&self) -> Option<perilune_jit::Policy> {
        let default = perilune_jit::Policy::default();
        let threshold = self.jit_threshold.map_or(default.threshold, |n| {
            // The count goes to below zero.
            i32::try_from(n).unwrap_or(i32::MAX) - 1
        });
        match self.jit {
            Jit::Off => None,
            Jit::Baseline | Jit::Auto => {
                Some(perilune_jit::Policy { threshold, without: self.jit_without.set })
            }
        }
    }

    pub(crate) fn stress(&self) -> Stress {
        Stress {
            collect: self.gc_stress,
            tiny_stacks: self.tiny_stack,
            kill_after: self.kill_after,
            refuse: self.refuse_memory,
            seed: self.seed,
        }
    }
}

/// A way to run programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// What tests call it.
    pub name: &'static str,
    /// What makes it: options of the command, all of them in [`Options::FLAGS`], arguments behind `=`.
    pub options: &'static [&'static str],
}

/// All configurations. A program must do the same in each.
pub const CONFIGURATIONS: &[Configuration] = &[
    Configuration { name: "interp", options: &["--jit=off"] },
    #[cfg(feature = "jit")]
    Configuration { name: "baseline-always", options: &["--jit=baseline", "--jit-threshold=0"] },
    // The tiers change in the midst of what programs do.
    #[cfg(feature = "jit")]
    Configuration { name: "tier-up", options: &["--jit-threshold=5"] },
    // In a hostile build, all of them are put under stress.
    #[cfg(not(feature = "hostile"))]
    Configuration { name: "gc-stress", options: &["--gc-stress"] },
    // At the usual threshold, programs under stress would hardly ever get to compiled code.
    #[cfg(all(feature = "jit", not(feature = "hostile")))]
    Configuration { name: "gc-stress-compiled", options: &["--gc-stress", "--jit-threshold=5"] },
    #[cfg(not(feature = "hostile"))]
    Configuration { name: "tiny-stack", options: &["--tiny-stack"] },
];

impl Configuration {
    /// Changes settings to those of this configuration.
    ///
    /// # Errors
    /// If one of its options doesn't exist or is wrong.
    pub fn apply(&self, settings: &mut Options) -> Result<(), FlagError> {
        for word in self.options {
            let (name, argument) = word.split_once('=').unwrap_or((word, ""));
            settings.set(name, argument)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_differ_and_are_understood() {
        let mut seen = Vec::new();
        for c in CONFIGURATIONS {
            let mut o = Options::new();
            assert_eq!(c.apply(&mut o), Ok(()), "{}", c.name);
            assert!(!seen.contains(&o), "{}", c.name);
            seen.push(o);
        }
    }

    #[test]
    fn flags() {
        let mut o = Options::new();
        assert_eq!(o.set("--max-memory", "3k"), Ok(()));
        assert_eq!(o, Options::new().max_memory(Some(3 << 10)));
        assert_eq!(o.set("--max-memory", "x"), Err(FlagError::BadArgument("a size (such as 64M)")));
        assert_eq!(o.set("--what", ""), Err(FlagError::Unknown));
        let flag = Options::FLAGS[0];
        assert_eq!(flag.matches(b"--max-memory"), Some(None));
        assert_eq!(flag.matches(b"--max-memory=64M"), Some(Some(&b"64M"[..])));
        assert_eq!(flag.matches(b"--max-memoryx"), None);
        assert_eq!(Options::FLAGS[1].matches(b"--text-only=1"), None);
    }

    #[test]
    fn sizes() {
        let size = |text: &str| <Option<usize>>::parse(text).flatten();
        assert_eq!((size("10"), size("1GiB")), (Some(10), Some(1 << 30)));
        for wrong in ["", "M", "1.5M", "-1", "99999999999G"] {
            assert_eq!(size(wrong), None, "{wrong}");
        }
    }
}
