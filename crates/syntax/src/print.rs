//! The tree as text, for people and tests.
//!
//! **Problem.** Positions and resolved names are what the rest of the system relies on, and no program's output shows them
//! all. A test wants to see the tree as a whole.
//!
//! **Design.** A line per node, its parts indented below it. A place is `@line:offset`; statements have two. Variables are
//! numbered as the tree numbers them: `l0` is a local, `u0` an upvalue, of the function they stand in.
//!
//! Left spines are bounded by nothing but memory (see [`crate::ast`]), so they are neither nested nor recursed into:
//! a line that begins with `>` is an operation on the value of the lines above it, back to the first without.
//! `a.b(c)` reads
//!
//! ```text
//! global u0 "a" @1:1
//! > index @1:1
//!   string "b" @1:2
//! > call @1:3
//!   global u0 "c" @1:4
//! ```
//!
//! **Rejected.** The derived `Debug`: it recurses, shows symbols as numbers, and takes a screen per expression.

use crate::ast::*;
use std::fmt::Write;

/// The tree of a chunk as text.
pub fn print(chunk: &Chunk) -> String {
    let mut printer = Printer { chunk, out: String::new(), depth: 0 };
    printer.function("main", &chunk.main);
    printer.out
}

struct Printer<'a> {
    chunk: &'a Chunk,
    out: String,
    depth: usize,
}

fn at(pos: Pos) -> String {
    format!("@{}:{}", pos.line, pos.offset)
}

impl Printer<'_> {
    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string doesn't fail.
        let _ = writeln!(self.out, "{:1$}{text}", "", 2 * self.depth);
    }

    fn within(&mut self, f: impl FnOnce(&mut Self)) {
        self.depth += 1;
        f(self);
        self.depth -= 1;
    }

    /// A group of parts under a name, if there are any.
    fn group<T>(&mut self, name: &str, parts: &[T], print: impl Fn(&mut Self, &T)) {
        if !parts.is_empty() {
            self.line(format_args!("{name}"));
            self.within(|p| parts.iter().for_each(|part| print(p, part)));
        }
    }

    fn text(&self, symbol: Symbol) -> String {
        match self.chunk.strings.get(symbol.0 as usize) {
            Some(bytes) => format!("\"{}\"", bytes.escape_ascii()),
            None => format!("symbol {}", symbol.0),
        }
    }

    fn literal(&self, literal: &Literal) -> String {
        match literal {
            Literal::Nil => "nil".to_owned(),
            Literal::Bool(b) => b.to_string(),
            Literal::Int(i) => format!("int {i}"),
            // All digits, and the sign of zero.
            Literal::Float(f) => format!("float {f:?}"),
            Literal::Str(symbol) => format!("string {}", self.text(*symbol)),
        }
    }

    fn env(&self, env: &EnvRef) -> String {
        match env {
            EnvRef::Local(id) => format!("l{}", id.0),
            EnvRef::Upvalue(id) => format!("u{}", id.0),
            EnvRef::Constant(literal) => format!("({})", self.literal(literal)),
        }
    }

    // ---- functions ---------------------------------------------------------------------------------------

    fn function(&mut self, what: &str, f: &Function) {
        let params: Vec<String> = f.params.iter().map(|p| format!("l{}", p.0)).collect();
        let vararg = match f.vararg {
            Vararg::No => String::new(),
            Vararg::Anonymous => " vararg".to_owned(),
            Vararg::Named { local, escapes } => {
                let use_of_table = if escapes { "table" } else { "no table" };
                format!(" vararg l{} ({use_of_table})", local.0)
            }
        };
        let (start, end) = (at(f.start), at(f.end));
        self.line(format_args!("{what} ({}){vararg} {start} to {end}", params.join(", ")));
        self.within(|p| {
            for (n, local) in f.locals.iter().enumerate() {
                p.local(n, local);
            }
            for (n, upvalue) in f.upvalues.iter().enumerate() {
                p.upvalue(n, upvalue);
            }
            if f.label_count > 0 {
                p.line(format_args!("labels: {}", f.label_count));
            }
            p.block("body", &f.body);
        });
    }

    fn local(&mut self, n: usize, local: &Local) {
        let kind = match &local.kind {
            LocalKind::Regular => String::new(),
            LocalKind::Const => " const".to_owned(),
            LocalKind::CompileTime(value) => format!(" const = {}", self.literal(value)),
            LocalKind::Close => " close".to_owned(),
            LocalKind::Control => " control".to_owned(),
        };
        let captured = if local.captured { " captured" } else { "" };
        let assigned = if local.assigned { " assigned" } else { "" };
        let (name, pos) = (self.text(local.name), at(local.pos));
        self.line(format_args!("l{n}: {name}{kind}{captured}{assigned} {pos}"));
    }

    fn upvalue(&mut self, n: usize, upvalue: &Upvalue) {
        let source = match upvalue.source {
            UpvalueSource::ParentLocal(id) => format!("l{}", id.0),
            UpvalueSource::ParentUpvalue(id) => format!("u{}", id.0),
        };
        let read_only = if upvalue.read_only { " read-only" } else { "" };
        let name = self.text(upvalue.name);
        self.line(format_args!("u{n}: {name} from outer {source}{read_only}"));
    }

    fn block(&mut self, what: &str, block: &Block) {
        self.line(format_args!("{what} to {}", at(block.end)));
        self.within(|p| block.stmts.iter().for_each(|stmt| p.stmt(stmt)));
    }

    // ---- statements --------------------------------------------------------------------------------------

    fn stmt(&mut self, stmt: &Stmt) {
        let place = format!("{} to {}", at(stmt.pos), at(stmt.end));
        match &stmt.kind {
            StmtKind::Local { locals, values } => {
                let names: Vec<String> = locals.iter().map(|l| format!("l{}", l.0)).collect();
                self.line(format_args!("local {} {place}", names.join(", ")));
                self.within(|p| p.exprs(values));
            }
            StmtKind::LocalFunction { local, function } => {
                self.line(format_args!("local function l{} {place}", local.0));
                self.within(|p| p.function("function", function));
            }
            StmtKind::GlobalInit { names, values } => {
                self.line(format_args!("global {place}"));
                self.within(|p| {
                    for (env, name, pos) in names {
                        let (env, name, pos) = (p.env(env), p.text(*name), at(*pos));
                        p.line(format_args!("{env} {name} {pos}"));
                    }
                    p.group("values", values, Self::expr);
                });
            }
            StmtKind::GlobalFunction { env, name, function } => {
                let (env, name) = (self.env(env), self.text(*name));
                self.line(format_args!("global function {env} {name} {place}"));
                self.within(|p| p.function("function", function));
            }
            StmtKind::Assign { targets, values } => {
                self.line(format_args!("assign {place}"));
                self.within(|p| {
                    p.group("targets", targets, Self::expr);
                    p.group("values", values, Self::expr);
                });
            }
            StmtKind::Function { target, function } => {
                self.line(format_args!("function {place}"));
                self.within(|p| {
                    p.expr(target);
                    p.function("function", function);
                });
            }
            StmtKind::Call(call) => {
                self.line(format_args!("call {place}"));
                self.within(|p| p.expr(call));
            }
            StmtKind::Return(values) => {
                self.line(format_args!("return {place}"));
                self.within(|p| p.exprs(values));
            }
            StmtKind::Goto(label) => self.line(format_args!("goto {} {place}", label.0)),
            StmtKind::Label(label) => self.line(format_args!("label {} {place}", label.0)),
            StmtKind::Do(_)
            | StmtKind::While { .. }
            | StmtKind::Repeat { .. }
            | StmtKind::If { .. }
            | StmtKind::NumericFor { .. }
            | StmtKind::GenericFor { .. } => self.compound(&stmt.kind, &place),
        }
    }

    /// A statement with blocks.
    fn compound(&mut self, kind: &StmtKind, place: &str) {
        match kind {
            StmtKind::Do(block) => {
                self.line(format_args!("do {place}"));
                self.within(|p| p.block("body", block));
            }
            StmtKind::While { cond, body, break_label } => {
                self.line(format_args!("while (break {}) {place}", break_label.0));
                self.within(|p| {
                    p.expr(cond);
                    p.block("body", body);
                });
            }
            StmtKind::Repeat { body, cond, break_label } => {
                self.line(format_args!("repeat (break {}) {place}", break_label.0));
                self.within(|p| {
                    p.block("body", body);
                    p.expr(cond);
                });
            }
            StmtKind::If { arms, otherwise } => {
                self.line(format_args!("if {place}"));
                self.within(|p| {
                    for (cond, block) in arms {
                        p.expr(cond);
                        p.block("then", block);
                    }
                    if let Some(block) = otherwise {
                        p.block("else", block);
                    }
                });
            }
            StmtKind::NumericFor { var, start, limit, step, do_pos, body, break_label } => {
                let (do_pos, label) = (at(*do_pos), break_label.0);
                self.line(format_args!("for l{} (break {label}) {place}", var.0));
                self.within(|p| {
                    p.expr(start);
                    p.expr(limit);
                    step.iter().for_each(|step| p.expr(step));
                    p.block(&format!("do {do_pos}"), body);
                });
            }
            StmtKind::GenericFor { vars, values, values_pos, do_pos, body, break_label } => {
                let names: Vec<String> = vars.iter().map(|l| format!("l{}", l.0)).collect();
                let (do_pos, label) = (at(*do_pos), break_label.0);
                self.line(format_args!("for {} (break {label}) {place}", names.join(", ")));
                self.within(|p| {
                    p.group(&format!("in {}", at(*values_pos)), values, Self::expr);
                    p.block(&format!("do {do_pos}"), body);
                });
            }
            StmtKind::Local { .. }
            | StmtKind::LocalFunction { .. }
            | StmtKind::GlobalInit { .. }
            | StmtKind::GlobalFunction { .. }
            | StmtKind::Assign { .. }
            | StmtKind::Function { .. }
            | StmtKind::Call(_)
            | StmtKind::Return(_)
            | StmtKind::Goto(_)
            | StmtKind::Label(_) => {}
        }
    }

    // ---- expressions -------------------------------------------------------------------------------------

    fn exprs(&mut self, exprs: &[Expr]) {
        exprs.iter().for_each(|expr| self.expr(expr));
    }

    fn expr(&mut self, expr: &Expr) {
        let mut spine = Vec::new();
        let mut innermost = expr;
        while let Some(left) = innermost.left() {
            spine.push(innermost);
            innermost = left;
        }
        self.leaf(innermost);
        for step in spine.into_iter().rev() {
            self.step(step);
        }
    }

    /// An expression without left child.
    fn leaf(&mut self, expr: &Expr) {
        let pos = at(expr.pos);
        match &expr.kind {
            ExprKind::Literal(literal) => {
                let literal = self.literal(literal);
                self.line(format_args!("{literal} {pos}"));
            }
            ExprKind::Vararg => self.line(format_args!("... {pos}")),
            ExprKind::Function(f) => self.function(&format!("function {pos}"), f),
            ExprKind::Local(id) => self.line(format_args!("l{} {pos}", id.0)),
            ExprKind::Upvalue(id) => self.line(format_args!("u{} {pos}", id.0)),
            ExprKind::Global { env, name } => {
                let (env, name) = (self.env(env), self.text(*name));
                self.line(format_args!("global {env} {name} {pos}"));
            }
            ExprKind::Unary { op, operand } => {
                let sign = match op {
                    UnOp::Neg => "-",
                    UnOp::Not => "not",
                    UnOp::Len => "#",
                    UnOp::BNot => "~",
                };
                self.line(format_args!("{sign} {pos}"));
                self.within(|p| p.expr(operand));
            }
            ExprKind::Paren(inner) => {
                self.line(format_args!("paren {pos}"));
                self.within(|p| p.expr(inner));
            }
            ExprKind::Table(items) => {
                self.line(format_args!("table {pos}"));
                self.within(|p| items.iter().for_each(|item| p.item(item)));
            }
            ExprKind::Index { .. }
            | ExprKind::Call { .. }
            | ExprKind::MethodCall { .. }
            | ExprKind::Binary { .. }
            | ExprKind::And(..)
            | ExprKind::Or(..) => {}
        }
    }

    fn item(&mut self, item: &TableItem) {
        match item {
            TableItem::Positional(value) => self.expr(value),
            TableItem::Keyed(key, value) => {
                self.line(format_args!("key"));
                self.within(|p| p.expr(key));
                self.line(format_args!("value"));
                self.within(|p| p.expr(value));
            }
        }
    }

    /// What is done to a left child that has been printed.
    fn step(&mut self, expr: &Expr) {
        let pos = at(expr.pos);
        match &expr.kind {
            ExprKind::Index { key, .. } => {
                self.line(format_args!("> index {pos}"));
                self.within(|p| p.expr(key));
            }
            ExprKind::Call { args, .. } => {
                self.line(format_args!("> call {pos}"));
                self.within(|p| p.exprs(args));
            }
            ExprKind::MethodCall { name, args, .. } => {
                let name = self.text(*name);
                self.line(format_args!("> method {name} {pos}"));
                self.within(|p| p.exprs(args));
            }
            ExprKind::Binary { op, right, .. } => {
                self.line(format_args!("> {} {pos}", sign(*op)));
                self.within(|p| p.expr(right));
            }
            ExprKind::And(_, right) => {
                self.line(format_args!("> and {pos}"));
                self.within(|p| p.expr(right));
            }
            ExprKind::Or(_, right) => {
                self.line(format_args!("> or {pos}"));
                self.within(|p| p.expr(right));
            }
            ExprKind::Literal(_)
            | ExprKind::Vararg
            | ExprKind::Function(_)
            | ExprKind::Local(_)
            | ExprKind::Upvalue(_)
            | ExprKind::Global { .. }
            | ExprKind::Unary { .. }
            | ExprKind::Paren(_)
            | ExprKind::Table(_) => {}
        }
    }
}

fn sign(op: BinOp) -> &'static str {
    match op {
        BinOp::Add => "+",
        BinOp::Sub => "-",
        BinOp::Mul => "*",
        BinOp::Mod => "%",
        BinOp::Pow => "^",
        BinOp::Div => "/",
        BinOp::IDiv => "//",
        BinOp::BAnd => "&",
        BinOp::BOr => "|",
        BinOp::BXor => "~",
        BinOp::Shl => "<<",
        BinOp::Shr => ">>",
        BinOp::Concat => "..",
        BinOp::Eq => "==",
        BinOp::Ne => "~=",
        BinOp::Lt => "<",
        BinOp::Le => "<=",
        BinOp::Gt => ">",
        BinOp::Ge => ">=",
    }
}

#[cfg(test)]
mod tests {
    use crate::parse;

    #[test]
    fn long_spines_are_neither_nested_nor_recursed_into() {
        let source = format!("return a{}", " + b".repeat(100_000));
        let text = super::print(&parse(source.as_bytes(), b"=t").expect("a chunk"));
        assert_eq!(text.matches("\n      > + @").count(), 100_000);
    }
}
