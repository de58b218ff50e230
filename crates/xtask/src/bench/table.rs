//! Programs that others wrote: how each is run, from a table in the folder they are in.
//!
//! **Problem.** What a user tries first is a program of their own: a compiler, a test suite, a tool. Such programs can't
//! be in this repository, and each has its own way to be started.
//!
//! **Design.** A folder has the programs and a file [`TABLE`], which is data, an object for each run:
//!
//! | field | holds |
//! |---|---|
//! | `name` | of the run |
//! | `folder` | to start in, below the folder of the table |
//! | `arguments` | of the engine: the script's file and what follows it |
//! | `path` | where `require` looks (`LUA_PATH`), if not where it does by itself |
//! | `environment` | other variables |
//! | `status` | with which the process ends, if not 0 |
//! | `compare` | `output` (the default), or `status` where outputs hold addresses or depend on the order of tables |
//! | `ignore` | lines of the output that hold one of these texts aren't compared: times, mostly |
//!
//! `{programs}` stands for the folder of the table in all of these. Whoever fills in the table chooses programs that need
//! nothing but Lua, or puts stand-ins for C libraries beside them.
//!
//! **Rejected.** A script that knows the programs: it would be code that is only run on one machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The file with the table.
const TABLE: &str = "programs.json";

/// Stands for the folder of the table.
const HERE: &str = "{programs}";

/// How a program is run, and what of it is compared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Invocation {
    pub(crate) folder: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) status: i32,
    pub(crate) compare: Compare,
    pub(crate) ignore: Vec<String>,
}

/// What of a run has to be the reference's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Compare {
    #[default]
    Output,
    Status,
}

/// An object of the table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    folder: String,
    arguments: Vec<String>,
    path: Option<String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    status: i32,
    #[serde(default)]
    compare: Compare,
    #[serde(default)]
    ignore: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    programs: Vec<Entry>,
}

impl Invocation {
    /// Of a script that needs nothing.
    pub(crate) fn of_file(file: &Path) -> Invocation {
        let arguments = vec![file.to_string_lossy().into_owned()];
        Invocation { folder: PathBuf::from("."), arguments, ..Invocation::default() }
    }

    /// What of an output is compared.
    pub(crate) fn essence(&self, output: &str) -> String {
        if self.compare == Compare::Status {
            return String::new();
        }
        let ignored = |line: &&str| !self.ignore.iter().any(|text| line.contains(text));
        output.lines().filter(ignored).flat_map(|line| [line, "\n"]).collect()
    }
}

/// The programs of a folder, with their names.
pub(crate) fn read(folder: &Path) -> Result<Vec<(String, Invocation)>, String> {
    let folder =
        folder.canonicalize().map_err(|e| format!("can't find {}: {e}", folder.display()))?;
    let file = folder.join(TABLE);
    let text =
        fs::read_to_string(&file).map_err(|e| format!("can't read {}: {e}", file.display()))?;
    parse(&text, &folder).map_err(|e| format!("{} isn't a table: {e}", file.display()))
}

fn parse(text: &str, folder: &Path) -> Result<Vec<(String, Invocation)>, serde_json::Error> {
    let table: Table = serde_json::from_str(text)?;
    let here = folder.to_string_lossy();
    let expand = |text: String| text.replace(HERE, &here);
    let invocation = |entry: Entry| {
        let mut environment: BTreeMap<String, String> =
            entry.environment.into_iter().map(|(name, value)| (name, expand(value))).collect();
        environment.extend(entry.path.map(|path| ("LUA_PATH".to_owned(), expand(path))));
        let invocation = Invocation {
            folder: folder.join(expand(entry.folder)),
            arguments: entry.arguments.into_iter().map(expand).collect(),
            environment,
            status: entry.status,
            compare: entry.compare,
            ignore: entry.ignore,
        };
        (entry.name, invocation)
    };
    Ok(table.programs.into_iter().map(invocation).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read() {
        let text = r#"{"programs": [
            {"name": "a", "folder": "x", "arguments": ["m.lua", "{programs}/y"], "path": "{programs}/?.lua;;"},
            {"name": "b", "folder": ".", "arguments": [], "status": 1, "compare": "status",
             "environment": {"HOME": "{programs}"}, "ignore": ["seconds"]}]}"#;
        let programs = parse(text, Path::new("/p")).expect("it is well formed");
        let [(_, a), (name, b)] = programs.as_slice() else { panic!("there are two") };
        assert_eq!((a.folder.as_path(), a.status), (Path::new("/p/x"), 0));
        assert_eq!(a.arguments, ["m.lua", "/p/y"]);
        assert_eq!(a.environment.get("LUA_PATH").map(String::as_str), Some("/p/?.lua;;"));
        assert_eq!((name.as_str(), b.status, b.compare), ("b", 1, Compare::Status));
        assert_eq!(b.environment.get("HOME").map(String::as_str), Some("/p"));
    }

    #[test]
    fn misspelt_fields_are_refused() {
        let text = r#"{"programs": [{"name": "a", "folder": "x", "arguments": [], "statuss": 1}]}"#;
        assert!(parse(text, Path::new("/p")).is_err());
        assert!(read(Path::new("/nothing/here")).is_err());
    }

    #[test]
    fn what_is_compared_can_be_narrowed() {
        let mut invocation = Invocation { ignore: vec![" s".to_owned()], ..Invocation::default() };
        assert_eq!(invocation.essence("a\ntook 3 s\nb"), "a\nb\n");
        invocation.compare = Compare::Status;
        assert_eq!(invocation.essence("a\n"), "");
    }
}
