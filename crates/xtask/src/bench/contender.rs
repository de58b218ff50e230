//! Who is measured: builds of Perilune with options, and the peers.
//!
//! A contender is a name, an executable and options. The peers are built from `benches/peers`, a package outside the
//! main workspace, once for each engine: one build cannot hold several Luas.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::cargo;

/// Whose engine it is, which tells what its programs can use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Engine {
    Perilune,
    Puc,
    Luajit,
    Luau,
}

impl Engine {
    /// What a program may need and the engine doesn't have.
    pub(crate) fn lacks(self) -> &'static [&'static str] {
        match self {
            Engine::Perilune | Engine::Puc => &[],
            Engine::Luajit => &["64-bit integers", "string.pack"],
            Engine::Luau => &["64-bit integers", "tail calls"],
        }
    }

    /// The feature of `benches/peers`; none for Perilune.
    fn feature(self) -> Option<&'static str> {
        match self {
            Engine::Perilune => None,
            Engine::Puc => Some("puc"),
            Engine::Luajit => Some("luajit"),
            Engine::Luau => Some("luau"),
        }
    }
}

/// A way to run programs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Contender {
    pub(crate) name: String,
    pub(crate) engine: Engine,
    /// What it says it is.
    pub(crate) version: String,
    /// Come before the program's file.
    pub(crate) options: Vec<String>,
    /// Not of interest later.
    #[serde(skip)]
    pub(crate) executable: PathBuf,
}

/// A peer: its name, its engine, its options.
type Peer = (&'static str, Engine, &'static [&'static str]);

/// All peers, in the order of the tables' columns.
const PEERS: [Peer; 5] = [
    ("puc", Engine::Puc, &[]),
    ("luajit", Engine::Luajit, &[]),
    ("luajit-joff", Engine::Luajit, &["--jit=off"]),
    ("luau", Engine::Luau, &[]),
    ("luau-codegen", Engine::Luau, &["--codegen"]),
];

/// The names of all peers.
pub(crate) fn peer_names() -> Vec<String> {
    PEERS.iter().map(|(name, ..)| (*name).to_owned()).collect()
}

/// Builds the peers with the given names.
pub(crate) fn build_peers(root: &Path, names: &[String]) -> Result<Vec<Contender>, String> {
    let mut peers = Vec::new();
    for name in names {
        let Some(&(name, engine, options)) = PEERS.iter().find(|(peer, ..)| peer == name) else {
            return Err(format!("no peer '{name}': there are {}", peer_names().join(", ")));
        };
        let feature = engine.feature().ok_or("a peer has a feature")?;
        let target = cargo::target()?.join("peers").join(feature);
        eprintln!("building {name}");
        let folder = root.join("benches").join("peers");
        let features = ["--features", feature];
        let executable = cargo::release(&folder, &features, &target, "perilune-peers")?;
        let version = version_of(&executable)?;
        let options = options.iter().map(|&option| option.to_owned()).collect();
        peers.push(Contender { name: name.to_owned(), engine, version, options, executable });
    }
    Ok(peers)
}

/// Perilune with options, not yet asked for its version.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Variant {
    pub(crate) name: String,
    /// Another executable than the one that is built.
    pub(crate) executable: Option<PathBuf>,
    pub(crate) options: Vec<String>,
}

/// Variants from `NAME=OPTIONS;NAME=OPTIONS`. A word `@PATH` among the options names another executable.
pub(crate) fn variants(text: &str, common: &[String]) -> Result<Vec<Variant>, String> {
    let mut found: Vec<Variant> = Vec::new();
    for variant in text.split(';').filter(|variant| !variant.trim().is_empty()) {
        let Some((name, words)) = variant.split_once('=') else {
            return Err(format!("'{variant}' isn't NAME=OPTIONS"));
        };
        let (name, mut executable, mut options) = (name.trim(), None, common.to_vec());
        if found.iter().any(|other| other.name == name)
            || peer_names().iter().any(|peer| peer == name)
        {
            return Err(format!("there are two contenders '{name}'"));
        }
        for word in words.split_whitespace() {
            match word.strip_prefix('@') {
                Some(path) => executable = Some(PathBuf::from(path)),
                None => options.push(word.to_owned()),
            }
        }
        found.push(Variant { name: name.to_owned(), executable, options });
    }
    if found.is_empty() { Err("no variant is named".to_owned()) } else { Ok(found) }
}

/// Makes contenders of variants; the command is built if one of them is it.
pub(crate) fn resolve(variants: Vec<Variant>) -> Result<Vec<Contender>, String> {
    let mut built = None;
    let mut contenders = Vec::new();
    for Variant { name, executable, options } in variants {
        let executable = match (executable, &built) {
            (Some(path), _) => {
                path.canonicalize().map_err(|e| format!("can't find {}: {e}", path.display()))?
            }
            (None, Some(built)) => PathBuf::clone(built),
            (None, None) => {
                eprintln!("building perilune");
                built.insert(cargo::perilune()?).clone()
            }
        };
        let (engine, version) = (Engine::Perilune, version_of(&executable)?);
        contenders.push(Contender { name, engine, version, options, executable });
    }
    Ok(contenders)
}

/// What an executable says it is: the first line of what `--version` prints.
fn version_of(executable: &Path) -> Result<String, String> {
    let output = Command::new(executable)
        .arg("--version")
        .output()
        .map_err(|e| format!("can't run {}: {e}", executable.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    match text.lines().next() {
        Some(line) if output.status.success() => Ok(line.to_owned()),
        _ => Err(format!("{} doesn't say its version", executable.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_have_options_and_executables() {
        let common = ["-W".to_owned()];
        let found = variants("interp=--jit=off; other=@old/perilune -E;", &common);
        let variant = |name: &str, executable: Option<&str>, option: &str| Variant {
            name: name.to_owned(),
            executable: executable.map(PathBuf::from),
            options: vec!["-W".to_owned(), option.to_owned()],
        };
        let expected =
            [variant("interp", None, "--jit=off"), variant("other", Some("old/perilune"), "-E")];
        assert_eq!(found.as_deref(), Ok(&expected[..]));
        for text in ["x", ";", "a=;a=", "puc="] {
            assert!(variants(text, &[]).is_err(), "{text}");
        }
    }

    #[test]
    fn unknown_peers_are_refused() {
        let message =
            build_peers(Path::new("."), &["rua".to_owned()]).expect_err("nobody knows it");
        assert!(message.contains("luajit-joff"), "{message}");
    }
}
