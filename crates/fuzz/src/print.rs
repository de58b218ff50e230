//! From trees to text.
//!
//! One statement per line, so that error messages with their line numbers say which statement failed. Operands that
//! are operations themselves are put in parentheses, so nothing depends on precedence.

use crate::ast::{Attrib, Block, Declared, Expr, Function, Stmt, Vararg};
use perilune_syntax::KEYWORDS;
use std::fmt::Write;

/// The text of a program.
pub fn program(block: &Block) -> Vec<u8> {
    let mut p = Printer { out: String::new(), depth: 0 };
    p.block(block);
    p.out.into_bytes()
}

/// A string as Lua writes it.
pub fn string(bytes: &[u8]) -> String {
    let mut p = Printer { out: String::new(), depth: 0 };
    p.string(bytes);
    p.out
}

/// Whether a string could be a name.
fn is_name(text: &[u8]) -> bool {
    let starts = text.first().is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'$'));
    starts
        && text.iter().skip(1).all(|b| b.is_ascii_alphanumeric() || *b == b'_')
        && !KEYWORDS.iter().any(|k| k.as_bytes() == text)
}

struct Printer {
    out: String,
    depth: usize,
}

impl Printer {
    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn indent(&mut self) {
        for _ in 0..self.depth {
            self.out.push_str("  ");
        }
    }

    fn block(&mut self, block: &Block) {
        for (i, stmt) in block.iter().enumerate() {
            self.indent();
            let start = self.out.len();
            // Nothing may follow a return.
            if matches!(stmt, Stmt::Return(_)) && i + 1 < block.len() {
                self.text("do ");
                self.stmt(stmt);
                self.text(" end");
            } else {
                self.stmt(stmt);
            }
            // Otherwise it would go on with a call on the line before.
            if self.out[start..].starts_with('(') {
                self.out.insert(start, ';');
            }
            self.out.push('\n');
        }
    }

    fn inner(&mut self, block: &Block) {
        self.out.push('\n');
        self.depth += 1;
        self.block(block);
        self.depth -= 1;
        self.indent();
    }

    fn names(&mut self, names: &[Declared]) {
        for (i, (name, attrib)) in names.iter().enumerate() {
            self.text(if i > 0 { ", " } else { "" });
            self.text(name);
            self.attrib(*attrib);
        }
    }

    fn attrib(&mut self, attrib: Option<Attrib>) {
        if let Some(a) = attrib {
            self.text(" <");
            self.text(a.word());
            self.text(">");
        }
    }

    fn declaration(&mut self, word: &str, names: &[Declared], values: &[Expr]) {
        self.text(word);
        self.names(names);
        if !values.is_empty() {
            self.text(" = ");
            self.list(values);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Local(names, values) => self.declaration("local ", names, values),
            Stmt::Global(names, values) => self.declaration("global ", names, values),
            Stmt::GlobalAll(attrib) => {
                self.text("global");
                self.attrib(*attrib);
                self.text(" *");
            }
            Stmt::LocalFunction(name, f) => {
                self.text("local function ");
                self.text(name);
                self.function(f);
            }
            Stmt::GlobalFunction(name, f) => {
                self.text("global function ");
                self.text(name);
                self.function(f);
            }
            Stmt::NamedFunction(target, method, f) => {
                self.text("function ");
                self.expr(target);
                if let Some(m) = method {
                    self.text(":");
                    self.text(m);
                }
                self.function(f);
            }
            Stmt::Assign(targets, values) => {
                self.list(targets);
                self.text(" = ");
                self.list(values);
            }
            Stmt::Call(e @ (Expr::Call(..) | Expr::Method(..))) => self.expr(e),
            // The shrinker puts other expressions in their place.
            Stmt::Call(e) => {
                self.text("local _ = ");
                self.expr(e);
            }
            Stmt::Return(values) => {
                self.text("return ");
                self.list(values);
            }
            Stmt::Break => self.text("break"),
            Stmt::Goto(label) => {
                self.text("goto ");
                self.text(label);
            }
            Stmt::Label(label) => {
                self.text("::");
                self.text(label);
                self.text("::");
            }
            Stmt::Do(_)
            | Stmt::While(..)
            | Stmt::Repeat(..)
            | Stmt::If(..)
            | Stmt::For(..)
            | Stmt::ForIn(..)
            | Stmt::Hole(..) => self.compound(stmt),
        }
    }

    fn compound(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Do(block) => {
                self.text("do");
                self.inner(block);
            }
            Stmt::While(e, block) => {
                self.text("while ");
                self.expr(e);
                self.text(" do");
                self.inner(block);
            }
            Stmt::Repeat(block, e) => {
                self.text("repeat");
                self.inner(block);
                self.text("until ");
                self.expr(e);
                return;
            }
            Stmt::If(arms, other) => {
                for (i, (e, block)) in arms.iter().enumerate() {
                    self.text(if i > 0 { "elseif " } else { "if " });
                    self.expr(e);
                    self.text(" then");
                    self.inner(block);
                }
                if let Some(block) = other {
                    self.text("else");
                    self.inner(block);
                }
            }
            Stmt::For(name, a, b, c, block) => {
                self.text("for ");
                self.text(name);
                self.text(" = ");
                self.expr(a);
                self.text(", ");
                self.expr(b);
                if let Some(c) = c {
                    self.text(", ");
                    self.expr(c);
                }
                self.text(" do");
                self.inner(block);
            }
            Stmt::ForIn(names, values, block) => {
                self.text("for ");
                self.text(&names.join(", "));
                self.text(" in ");
                self.list(values);
                self.text(" do");
                self.inner(block);
            }
            Stmt::Hole(name, args, blocks) => {
                self.text("$");
                self.text(name);
                self.arguments(args);
                for block in blocks {
                    self.text(" {");
                    self.inner(block);
                    self.text("}");
                }
                return;
            }
            Stmt::Local(..)
            | Stmt::Global(..)
            | Stmt::GlobalAll(_)
            | Stmt::LocalFunction(..)
            | Stmt::GlobalFunction(..)
            | Stmt::NamedFunction(..)
            | Stmt::Assign(..)
            | Stmt::Call(_)
            | Stmt::Return(_)
            | Stmt::Break
            | Stmt::Goto(_)
            | Stmt::Label(_) => return self.stmt(stmt),
        }
        self.text("end");
    }

    fn function(&mut self, f: &Function) {
        self.text("(");
        self.text(&f.params.join(", "));
        if f.vararg != Vararg::None {
            self.text(if f.params.is_empty() { "..." } else { ", ..." });
        }
        if let Vararg::Named(name) = &f.vararg {
            self.text(name);
        }
        self.text(")");
        if f.body.len() <= 1 && f.body.iter().all(|s| matches!(s, Stmt::Return(_) | Stmt::Call(_)))
        {
            self.text(" ");
            for stmt in &f.body {
                self.stmt(stmt);
                self.text(" ");
            }
        } else {
            self.inner(&f.body);
        }
        self.text("end");
    }

    fn list(&mut self, list: &[Expr]) {
        for (i, e) in list.iter().enumerate() {
            self.text(if i > 0 { ", " } else { "" });
            self.expr(e);
        }
    }

    fn arguments(&mut self, args: &[Expr]) {
        self.text("(");
        self.list(args);
        self.text(")");
    }

    /// An expression that can be called or indexed.
    fn prefix(&mut self, e: &Expr) {
        let fits = matches!(
            e,
            Expr::Name(_) | Expr::Index(..) | Expr::Call(..) | Expr::Method(..) | Expr::Paren(_)
        );
        self.text(if fits { "" } else { "(" });
        self.expr(e);
        self.text(if fits { "" } else { ")" });
    }

    fn operand(&mut self, e: &Expr) {
        let signed = matches!(e, Expr::Number(n) if n.starts_with('-'));
        let compound = signed || matches!(e, Expr::Binary(..) | Expr::Unary(..));
        self.text(if compound { "(" } else { "" });
        self.expr(e);
        self.text(if compound { ")" } else { "" });
    }

    fn expr(&mut self, e: &Expr) {
        match e {
            Expr::Nil => self.text("nil"),
            Expr::True => self.text("true"),
            Expr::False => self.text("false"),
            Expr::Vararg => self.text("..."),
            Expr::Number(n) => self.text(n),
            Expr::Str(s) => self.string(s),
            Expr::Name(n) => self.text(n),
            Expr::Index(a, b) => {
                self.prefix(a);
                match &**b {
                    Expr::Str(s) if is_name(s) => {
                        self.text(".");
                        self.text(&String::from_utf8_lossy(s));
                    }
                    _ => {
                        self.text("[");
                        self.expr(b);
                        self.text("]");
                    }
                }
            }
            Expr::Call(f, args) => {
                self.prefix(f);
                self.arguments(args);
            }
            Expr::Method(o, name, args) => {
                self.prefix(o);
                self.text(":");
                self.text(name);
                self.arguments(args);
            }
            Expr::Binary(op, a, b) => {
                self.operand(a);
                self.text(" ");
                self.text(op);
                self.text(" ");
                self.operand(b);
            }
            Expr::Unary(op, a) => {
                self.text(op);
                self.text(if *op == "not" { " " } else { "" });
                self.operand(a);
            }
            Expr::Function(f) => {
                self.text("function");
                self.function(f);
            }
            Expr::Table(items) => {
                self.text("{");
                for (i, item) in items.iter().enumerate() {
                    self.text(if i > 0 { ", " } else { "" });
                    match &item.key {
                        None => {}
                        Some(Expr::Str(s)) if is_name(s) => {
                            self.text(&String::from_utf8_lossy(s));
                            self.text(" = ");
                        }
                        Some(key) => {
                            self.text("[");
                            self.expr(key);
                            self.text("] = ");
                        }
                    }
                    self.expr(&item.value);
                }
                self.text("}");
            }
            Expr::Paren(a) => {
                self.text("(");
                self.expr(a);
                self.text(")");
            }
            Expr::Hole(name, args) => {
                self.text("$");
                self.text(name);
                self.arguments(args);
            }
        }
    }

    fn string(&mut self, bytes: &[u8]) {
        self.out.push('"');
        for b in bytes {
            match b {
                b'"' | b'\\' => {
                    self.out.push('\\');
                    self.out.push(char::from(*b));
                }
                b'\n' => self.text("\\n"),
                0x20..=0x7E => self.out.push(char::from(*b)),
                _ => {
                    // Writing to a string can't fail.
                    let _ = write!(self.out, "\\{b:03}");
                }
            }
        }
        self.out.push('"');
    }
}
