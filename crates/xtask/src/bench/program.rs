//! What is measured: the programs in the folders of `benches/lua`, and those of a suite.
//!
//! A program's group is the folder it is in; its name is its file's. What it needs beyond the subset that all engines
//! share stands in its first lines, as `-- needs: 64-bit integers`; an engine that lacks it isn't asked to run it.
//!
//! Programs that others wrote are in a folder of the caller's, with a table of how to run them ([`super::table`]).

use std::fs;
use std::path::{Path, PathBuf};

use super::contender::Engine;
use super::table;

/// The group of `benches/lua` itself, and the folders in it.
pub(crate) const GROUPS: [&str; 7] =
    ["classics", "cliffs", "pauses", "loading", "start", "short", "orders"];

/// The group of a suite's programs.
pub(crate) const SUITE: &str = "are-we-fast-yet";

/// The group of the programs of the caller's folder.
pub(crate) const PROGRAMS: &str = "programs";

/// The groups whose programs are run once, from start to end, with the output compared.
pub(crate) const WHOLE: [&str; 2] = ["short", PROGRAMS];

/// What runs the programs, so isn't one.
const DRIVER: &str = "driver.lua";

/// How many lines are looked at for what a program needs.
const HEADER_LINES: usize = 5;

/// The programs of the suite, with their inner iterations.
const SUITE_PROGRAMS: [(&str, u32); 14] = [
    ("Richards", 30),
    ("DeltaBlue", 3000),
    ("Json", 30),
    ("CD", 100),
    ("Havlak", 15),
    ("Bounce", 500),
    ("List", 500),
    ("Permute", 300),
    ("Queens", 300),
    ("Sieve", 1000),
    ("Storage", 300),
    ("Towers", 200),
    ("NBody", 250_000),
    ("Mandelbrot", 500),
];

/// How a program is run.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// By the driver, which repeats it in one process.
    Driven { driver: PathBuf, file: PathBuf },
    /// By the suite's own harness, with inner iterations.
    Suite { folder: PathBuf, inner: u32 },
    /// As a whole process, of which the time from outside counts.
    Process { file: PathBuf },
    /// As a process that prints a time for each of many points.
    Points { file: PathBuf },
    /// As a whole process, of which the processor time counts, and the output must be the reference's.
    Whole(table::Invocation),
}

/// A program.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) needs: Vec<String>,
    pub(crate) kind: Kind,
}

impl Program {
    /// What an engine lacks for it, if anything.
    pub(crate) fn lacking(&self, engine: Engine) -> Option<&str> {
        self.needs.iter().map(String::as_str).find(|need| engine.lacks().contains(need))
    }
}

/// The programs of some groups, in the order of the groups and of their names.
pub(crate) fn find(
    root: &Path,
    groups: &[String],
    suite: Option<&Path>,
    others: Option<&Path>,
) -> Result<Vec<Program>, String> {
    let folder = root.join("benches").join("lua");
    let mut programs = Vec::new();
    for group in groups {
        if group == SUITE {
            programs.extend(find_suite(suite.ok_or("--suite DIR says where the suite is")?)?);
        } else if group == PROGRAMS {
            let others = others.ok_or("--programs DIR says where the programs are")?;
            programs.extend(table::read(others)?.into_iter().map(|(name, invocation)| Program {
                group: group.clone(),
                name,
                needs: Vec::new(),
                kind: Kind::Whole(invocation),
            }));
        } else if GROUPS.contains(&group.as_str()) {
            let within = if group == GROUPS[0] { folder.clone() } else { folder.join(group) };
            programs.extend(find_group(group, &folder.join(DRIVER), &within)?);
        } else {
            let own = GROUPS.join(", ");
            return Err(format!("no group '{group}': there are {own}, {SUITE}, {PROGRAMS}"));
        }
    }
    Ok(programs)
}

fn find_group(group: &str, driver: &Path, folder: &Path) -> Result<Vec<Program>, String> {
    let unreadable = |e| format!("can't read {}: {e}", folder.display());
    let mut programs = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file.extension().is_none_or(|extension| extension != "lua") || file.ends_with(DRIVER) {
            continue;
        }
        let text =
            fs::read_to_string(&file).map_err(|e| format!("can't read {}: {e}", file.display()))?;
        let name =
            file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let kind = match group {
            "start" => Kind::Process { file },
            "orders" => Kind::Points { file },
            "short" => Kind::Whole(table::Invocation::of_file(&file)),
            _ => Kind::Driven { driver: driver.to_owned(), file },
        };
        programs.push(Program { group: group.to_owned(), name, needs: needs(&text), kind });
    }
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(programs)
}

/// What a program's text says it needs.
fn needs(text: &str) -> Vec<String> {
    text.lines()
        .take(HEADER_LINES)
        .filter_map(|line| line.strip_prefix("-- needs: "))
        .flat_map(|list| list.split(','))
        .map(|need| need.trim().to_owned())
        .collect()
}

fn find_suite(folder: &Path) -> Result<Vec<Program>, String> {
    // Whether the folder is the suite's, or the one of its programs in Lua.
    let candidates = [folder.to_owned(), folder.join("benchmarks").join("Lua")];
    let Some(folder) = candidates.iter().find(|folder| folder.join("harness.lua").is_file()) else {
        return Err(format!("there is no harness.lua in {}", folder.display()));
    };
    let folder =
        folder.canonicalize().map_err(|e| format!("can't find {}: {e}", folder.display()))?;
    Ok(SUITE_PROGRAMS
        .iter()
        .map(|&(name, inner)| Program {
            group: SUITE.to_owned(),
            name: name.to_owned(),
            needs: Vec::new(),
            kind: Kind::Suite { folder: folder.clone(), inner },
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_are_read_from_the_first_lines() {
        assert_eq!(
            needs("-- A program.\n-- needs: tail calls, string.pack\nlocal x\n"),
            ["tail calls", "string.pack"]
        );
        assert!(needs("-- A program.\n").is_empty());
        assert!(needs("\n\n\n\n\n-- needs: tail calls\n").is_empty());
    }

    #[test]
    fn engines_that_lack_something_are_told_apart() {
        let program = Program {
            group: "classics".to_owned(),
            name: "x".to_owned(),
            needs: vec!["string.pack".to_owned()],
            kind: Kind::Process { file: PathBuf::new() },
        };
        assert_eq!(program.lacking(Engine::Luajit), Some("string.pack"));
        assert_eq!(program.lacking(Engine::Luau), None);
        assert_eq!(program.lacking(Engine::Perilune), None);
    }

    #[test]
    fn all_programs_are_found_and_need_what_is_known() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let groups: Vec<String> = GROUPS.iter().map(|group| (*group).to_owned()).collect();
        let programs = find(&root, &groups, None, None).expect("the folders are there");
        for group in &groups {
            assert!(programs.iter().any(|program| program.group == *group), "nothing in {group}");
        }
        let known: Vec<&str> =
            [Engine::Luajit, Engine::Luau].iter().flat_map(|e| e.lacks()).copied().collect();
        for program in &programs {
            for need in &program.needs {
                assert!(
                    known.contains(&need.as_str()),
                    "{} needs '{need}', which every engine has",
                    program.name
                );
            }
            assert_ne!(program.name, "driver");
        }
        assert!(find(&root, &["nothing".to_owned()], None, None).is_err());
        for group in [SUITE, PROGRAMS] {
            assert!(find(&root, &[group.to_owned()], None, None).is_err(), "nobody says where");
        }
    }
}
