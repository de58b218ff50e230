//! Lines from a person at a terminal: editing, history, completion.
//!
//! The history is kept in `perilune/history` below the folder for such things: `$XDG_STATE_HOME`, by default
//! `~/.local/state`, and on Windows `%LOCALAPPDATA%`. If it can't be, the mode works without.
//!
//! Completion looks at values while a line is being typed, so it must not run any code: it follows fields and tables
//! in `__index`, but calls no metamethods.

use crate::colour::{BOLD, PLAIN};
use crate::inspect::is_name;
use perilune::{Lua, Table, Value};
use perilune_syntax::KEYWORDS;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Helper};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Inputs the history keeps.
const HISTORY_LENGTH: usize = 2_000;
/// Tables that completion looks into for a field, along `__index`.
const MAX_INDEX_CHAIN: usize = 20;

/// What came of asking for a line.
pub(crate) enum Line {
    /// A line, without the end of line.
    Text(Vec<u8>),
    /// What was typed is to be forgotten.
    Cancelled,
    /// There are no more.
    End,
}

/// A line editor.
pub(crate) struct Editor {
    editor: rustyline::Editor<LuaHelper, DefaultHistory>,
    history: Option<PathBuf>,
    colour: bool,
}

impl Editor {
    /// An editor on the terminal, or `None` if the terminal isn't up to it.
    pub(crate) fn new(lua: &Lua, colour: bool) -> Option<Editor> {
        let config = Config::builder()
            .max_history_size(HISTORY_LENGTH)
            .ok()?
            .history_ignore_dups(true)
            .ok()?
            .completion_type(CompletionType::List)
            .build();
        let mut editor = rustyline::Editor::with_config(config).ok()?;
        editor.set_helper(Some(LuaHelper { lua: lua.clone() }));
        let history = history_file();
        if let Some(path) = &history {
            // There is none the first time.
            let _ = editor.load_history(path);
        }
        Some(Editor { editor, history, colour })
    }

    /// Asks for a line.
    pub(crate) fn line(&mut self, prompt: &str) -> Line {
        let colour = self.colour;
        let styled = if colour { format!("{BOLD}{prompt}{PLAIN}") } else { prompt.to_owned() };
        match self.editor.readline(&(prompt, styled.as_str())) {
            Ok(line) => Line::Text(line.into_bytes()),
            Err(ReadlineError::Interrupted) => Line::Cancelled,
            Err(_) => Line::End,
        }
    }

    /// Adds an input to the history, at once, as the program may end the process.
    pub(crate) fn remember(&mut self, input: &str) {
        let is_new = self.editor.add_history_entry(input).unwrap_or(false);
        if let Some(path) = self.history.as_ref().filter(|_| is_new)
            && self.editor.append_history(path).is_err()
        {
            self.history = None;
        }
    }
}

/// The file of the history, in a folder that exists.
fn history_file() -> Option<PathBuf> {
    let folder = |name| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let state = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else {
        folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/state")))
    };
    let own = state?.join("perilune");
    std::fs::create_dir_all(&own).ok()?;
    Some(own.join("history"))
}

/// Completes names of globals and fields.
struct LuaHelper {
    lua: Lua,
}

impl Completer for LuaHelper {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(complete(&self.lua, line.get(..pos).unwrap_or_default()))
    }
}

impl Hinter for LuaHelper {
    type Hint = String;
}

impl Highlighter for LuaHelper {}
impl Validator for LuaHelper {}
impl Helper for LuaHelper {}

/// Where the name at the end of `text` begins, and what it may become.
pub(crate) fn complete(lua: &Lua, text: &str) -> (usize, Vec<String>) {
    let is_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':');
    let path = &text[text.trim_end_matches(is_path).len()..];
    let (owner, typed) = match path.rfind(['.', ':']) {
        Some(at) => (Some(&path[..at]), &path[at + 1..]),
        None => (None, path),
    };
    let start = text.len() - typed.len();
    let mut found = BTreeSet::new();
    let mut offer = |name: &[u8]| {
        if let Ok(name) = std::str::from_utf8(name)
            && is_name(name.as_bytes())
            && name.starts_with(typed)
            && (typed.starts_with('_') || !name.starts_with('_'))
        {
            found.insert(name.to_owned());
        }
    };
    let globals = Value::Table(lua.globals());
    let owner = match owner {
        None => {
            KEYWORDS.iter().filter(|_| !typed.is_empty()).for_each(|k| offer(k.as_bytes()));
            Some(globals)
        }
        Some(owner) => {
            owner.split(['.', ':']).try_fold(globals, |value, name| field(lua, &value, name))
        }
    };
    for table in owner.iter().flat_map(|v| tables_of(lua, v)) {
        for pair in table.pairs::<Value, Value>() {
            if let Ok((Value::String(name), _)) = pair {
                offer(&name.as_bytes());
            }
        }
    }
    (start, found.into_iter().collect())
}

/// A field, unless it takes a call to know it.
fn field(lua: &Lua, value: &Value, name: &str) -> Option<Value> {
    let tables = tables_of(lua, value).into_iter();
    tables.filter_map(|t| t.raw_get::<Value>(name).ok()).find(|v| !v.is_nil())
}

/// The tables that fields of a value are looked up in.
fn tables_of(lua: &Lua, value: &Value) -> Vec<Table> {
    let mut tables = Vec::new();
    let mut next = match value {
        Value::Table(t) => Some(t.clone()),
        Value::String(_) => lua.globals().raw_get("string").ok(),
        _ => None,
    };
    while let Some(t) =
        next.take().filter(|t| !tables.contains(t) && tables.len() < MAX_INDEX_CHAIN)
    {
        next = t.metatable().and_then(|mt| mt.raw_get("__index").ok());
        tables.push(t);
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_completed() {
        let lua = Lua::new();
        let setup = "a = {b = {one = 1, once = 2, _hidden = 3, ['no name'] = 4}, s = 'text'}
            a.c = setmetatable({own = 1}, {__index = {inherited = 2}})
            a.d = setmetatable({own = 1}, {__index = function() error('called') end})";
        lua.load(setup).exec().expect("it runs");
        let names = |text: &str| complete(&lua, text).1.join(" ");
        assert_eq!(complete(&lua, "x = stri"), (4, vec!["string".to_owned()]));
        assert_eq!(complete(&lua, "print(a.b.o"), (10, vec!["once".to_owned(), "one".to_owned()]));
        assert_eq!(names("a.b."), "once one");
        assert_eq!(names("a.b._"), "_hidden");
        assert_eq!(names("a.s:up"), "upper");
        assert_eq!(names("a.c."), "inherited own");
        assert_eq!(names("a.d."), "own");
        assert_eq!(names("a.x."), "");
        assert_eq!(names("f()."), "");
        assert_eq!(names("1."), "");
        assert_eq!(names("whi"), "while");
        assert_eq!(names("é.b"), "");
    }
}
