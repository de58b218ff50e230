//! Values as the interactive mode shows them.
//!
//! **Problem.** `print` shows a table as an address. Someone trying things out wants to see what is in it, but not
//! pages of it, and not the same table again and again.
//!
//! **Design.** What has a `__tostring` or a `__name` is shown by `tostring`. Other tables are shown as constructors,
//! the sequence first and then the named fields, sorted; on one line if it fits, otherwise on a line per item. Depth,
//! number of items and length of strings are bounded; a table inside itself is marked. Fields are read without
//! metamethods, so that looking at a value changes nothing.

use crate::colour::{CYAN, DIM, GREEN, PLAIN};
use perilune::{Function, LuaString, Result, Table, Value};

/// Tables in tables that are shown.
const MAX_DEPTH: usize = 4;
/// Items of a table that are shown.
const MAX_ITEMS: usize = 40;
/// Items of all tables of a value that are shown. Without it there could be millions.
const MAX_ALL: usize = 1_000;
/// Bytes of a string in a table that are shown.
const MAX_STRING: usize = 200;
/// Named fields looked at to find the first ones.
const MAX_SORTED: usize = 2_000;
/// Width at which a table gets a line per item.
const WIDTH: usize = 76;

/// Shows values.
pub(crate) struct Inspector {
    /// The library's `tostring`.
    pub(crate) tostring: Function,
    /// Whether colours are used.
    pub(crate) colour: bool,
}

/// Where in a value the inspector is.
struct Walk {
    /// The tables around.
    above: Vec<Table>,
    /// Items that may still be shown.
    left: usize,
}

/// Text, and its width without the colours.
struct Shown {
    text: Vec<u8>,
    width: usize,
    is_tall: bool,
}

impl Inspector {
    /// A value at the outermost level: strings are shown as they are.
    pub(crate) fn show(&self, v: &Value) -> Result<Vec<u8>> {
        match v {
            Value::String(s) => Ok(s.as_bytes().to_vec()),
            other => Ok(self.item(other, 0, &mut Walk { above: Vec::new(), left: MAX_ALL })?.text),
        }
    }

    fn item(&self, v: &Value, indent: usize, walk: &mut Walk) -> Result<Shown> {
        match v {
            Value::Table(t) if !names_itself(t)? => self.table(t, indent, walk),
            Value::String(s) => Ok(self.coloured(quoted(&s.as_bytes()), GREEN)),
            Value::Nil | Value::Boolean(_) | Value::Integer(_) | Value::Number(_) => {
                Ok(self.coloured(self.plain(v)?, CYAN))
            }
            _ => Ok(self.coloured(self.plain(v)?, "")),
        }
    }

    fn plain(&self, v: &Value) -> Result<Vec<u8>> {
        let text: LuaString = self.tostring.call(v.clone())?;
        Ok(text.as_bytes().to_vec())
    }

    fn coloured(&self, text: Vec<u8>, colour: &str) -> Shown {
        let width = String::from_utf8_lossy(&text).chars().count();
        let is_tall = text.contains(&b'\n');
        if !self.colour || colour.is_empty() {
            return Shown { text, width, is_tall };
        }
        Shown { text: [colour.as_bytes(), &text, PLAIN.as_bytes()].concat(), width, is_tall }
    }

    fn table(&self, t: &Table, indent: usize, walk: &mut Walk) -> Result<Shown> {
        if walk.above.contains(t) {
            return Ok(self.coloured(b"<the table around>".to_vec(), DIM));
        }
        if walk.above.len() >= MAX_DEPTH {
            let text: &[u8] =
                if t.pairs::<Value, Value>().next().is_none() { b"{}" } else { b"{...}" };
            return Ok(self.coloured(text.to_vec(), DIM));
        }
        walk.above.push(t.clone());
        let items = self.items(t, indent + 2, walk);
        walk.above.pop();
        Ok(joined(items?, indent))
    }

    /// The items of a table, as in a constructor.
    fn items(&self, t: &Table, indent: usize, walk: &mut Walk) -> Result<Vec<Shown>> {
        let mut items = Vec::new();
        let mut length = 0;
        for v in t.sequence_values::<Value>() {
            if !walk.make_room(&items) {
                items.push(self.coloured(b"...".to_vec(), DIM));
                return Ok(items);
            }
            items.push(self.item(&v?, indent, walk)?);
            length += 1;
        }
        let mut fields = Vec::new();
        for pair in t.pairs::<Value, Value>() {
            let (k, v) = pair?;
            if !matches!(k, Value::Integer(i) if (1..=length).contains(&i)) {
                fields.push((k, v));
            }
            if fields.len() == MAX_SORTED {
                break;
            }
        }
        fields.sort_by_cached_key(|(k, _)| match k {
            Value::String(s) => (1, 0, s.as_bytes().to_vec()),
            Value::Integer(i) => (0, *i, Vec::new()),
            _ => (2, 0, Vec::new()),
        });
        for (k, v) in &fields {
            if !walk.make_room(&items) {
                items.push(self.coloured(b"...".to_vec(), DIM));
                break;
            }
            let mut key = match k {
                Value::String(s) if is_name(&s.as_bytes()) => {
                    self.coloured(s.as_bytes().to_vec(), "")
                }
                Value::Table(_) => bracketed(self.coloured(self.plain(k)?, "")),
                other => bracketed(self.item(other, indent, walk)?),
            };
            let value = self.item(v, indent, walk)?;
            key.text.extend_from_slice(b" = ");
            key.text.extend_from_slice(&value.text);
            key.width += 3 + value.width;
            key.is_tall |= value.is_tall;
            items.push(key);
        }
        Ok(items)
    }
}

impl Walk {
    /// Makes room for one more item of a table, if there may be one.
    fn make_room(&mut self, items: &[Shown]) -> bool {
        let yes = items.len() < MAX_ITEMS && self.left > 0;
        self.left -= usize::from(yes);
        yes
    }
}

fn bracketed(key: Shown) -> Shown {
    Shown { text: [b"[", &key.text[..], b"]"].concat(), width: key.width + 2, ..key }
}

/// Items in braces, on one line or on several.
fn joined(items: Vec<Shown>, indent: usize) -> Shown {
    let width = items.iter().map(|i| i.width + 2).sum::<usize>() + 2;
    let is_tall = indent + width > WIDTH || items.iter().any(|i| i.is_tall);
    let mut text = b"{".to_vec();
    let blank = " ".repeat(indent + 2);
    for (n, item) in items.iter().enumerate() {
        if n > 0 {
            text.push(b',');
        }
        if is_tall {
            text.push(b'\n');
            text.extend_from_slice(blank.as_bytes());
        } else if n > 0 {
            text.push(b' ');
        }
        text.extend_from_slice(&item.text);
    }
    if is_tall {
        text.push(b'\n');
        text.extend_from_slice(&blank.as_bytes()[2..]);
    }
    text.push(b'}');
    Shown { text, width, is_tall }
}

/// Whether the metatable says how `tostring` shows the table.
fn names_itself(t: &Table) -> Result<bool> {
    let Some(mt) = t.metatable() else {
        return Ok(false);
    };
    let has = |name: &str| mt.raw_get::<Value>(name).map(|v| !v.is_nil());
    Ok(has("__tostring")? || has("__name")?)
}

/// Whether it can be written as a field's name. Keywords are let through: it isn't meant to be read back.
pub(crate) fn is_name(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|b| is_name_byte(*b)) && !bytes[0].is_ascii_digit()
}

/// Whether names are made of such bytes.
pub(crate) fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

/// A string in quotes, control characters escaped, and cut if it is long.
fn quoted(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![b'"'];
    for b in bytes.iter().take(MAX_STRING) {
        match b {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *b]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..32 | 127 => out.extend_from_slice(format!("\\x{b:02X}").as_bytes()),
            _ => out.push(*b),
        }
    }
    out.push(b'"');
    if bytes.len() > MAX_STRING {
        out.extend_from_slice(b"...");
    }
    out
}
