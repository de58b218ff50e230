//! The grammar: templates, read once from the files in `templates/`.
//!
//! A production is Lua with holes (see [`crate::parser`]); the generator ([`crate::generate`]) knows what they mean.
//! Keeping productions as text makes it cheap to add one for every feature that comes, and to read what is generated.
//!
//! `expressions.txt` has a production per line, `GROUP WEIGHT: EXPRESSION`; in the other files a production begins with
//! `--- GROUP NAME WEIGHT`. What belongs to the crate can be relied upon to parse, so mistakes in it are panics, which
//! the tests find.

use crate::ast::{Block, Expr, Stmt, each_block};
use crate::parser::parse;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A way to continue.
pub struct Production {
    /// How likely it is among its group.
    pub weight: usize,
    /// Unique, for statistics.
    pub name: String,
    /// Statements; of an expression, `return` and the expression.
    pub body: Block,
    /// Whether there is something that repeats, or makes more of everything.
    pub loops: bool,
}

/// Productions by group.
pub static GRAMMAR: LazyLock<HashMap<String, Vec<Production>>> = LazyLock::new(|| {
    let mut grammar = HashMap::new();
    read_expressions(include_str!("../templates/expressions.txt"), &mut grammar);
    for text in [
        include_str!("../templates/statements.txt"),
        include_str!("../templates/library.txt"),
        include_str!("../templates/numbers.txt"),
        include_str!("../templates/metatables.txt"),
        include_str!("../templates/control.txt"),
        include_str!("../templates/tables.txt"),
        include_str!("../templates/strings.txt"),
        include_str!("../templates/hot.txt"),
        include_str!("../templates/inspection.txt"),
        include_str!("../templates/ending.txt"),
        include_str!("../templates/large.txt"),
    ] {
        read_statements(text, &mut grammar);
    }
    grammar
});

impl Production {
    /// The expression, of a production that is one.
    pub fn expression(&self) -> &Expr {
        match self.body.first() {
            Some(Stmt::Return(values)) if values.len() == 1 => &values[0],
            _ => panic!("'{}' isn't an expression", self.name),
        }
    }
}

fn read_expressions(text: &str, grammar: &mut HashMap<String, Vec<Production>>) {
    for line in text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let (head, body) = line.split_once(": ").unwrap_or_else(|| panic!("no colon: {line}"));
        let (group, weight) = head.split_once(' ').unwrap_or_else(|| panic!("no weight: {line}"));
        add(grammar, group, line.to_owned(), weight, &format!("return {body}"));
    }
}

fn read_statements(text: &str, grammar: &mut HashMap<String, Vec<Production>>) {
    for part in text.split("\n--- ").skip(1) {
        let (head, body) = part.split_once('\n').unwrap_or((part, ""));
        match head.split(' ').collect::<Vec<_>>()[..] {
            [group, name, weight] => add(grammar, group, name.to_owned(), weight, body),
            _ => panic!("'{head}' isn't a group, a name and a weight"),
        }
    }
}

fn add(
    grammar: &mut HashMap<String, Vec<Production>>,
    group: &str,
    name: String,
    weight: &str,
    body: &str,
) {
    let weight = weight.parse().unwrap_or_else(|e| panic!("{name}: {e}"));
    let mut body = parse(body.as_bytes()).unwrap_or_else(|e| panic!("{name}: {e}"));
    let mut loops = false;
    each_block(&mut body, &mut |block| loops |= block.iter().any(repeats));
    grammar.entry(group.to_owned()).or_default().push(Production { weight, name, body, loops });
}

fn repeats(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::While(..) | Stmt::Repeat(..) | Stmt::For(..) | Stmt::ForIn(..) | Stmt::Goto(_) => {
            true
        }
        Stmt::Hole(name, ..) => name == "template",
        _ => false,
    }
}
