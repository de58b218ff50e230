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
    let mut printer =
        Printer { strings: &chunk.strings, f: &chunk.main, out: String::new(), depth: 0 };
    printer.function("main", &chunk.main);
    printer.out
}

struct Printer<'a> {
    strings: &'a Strings,
    /// The function being printed.
    f: &'a Function,
    out: String,
    depth: usize,
}

fn at(pos: Pos) -> String {
    format!("@{}:{}", pos.line, pos.offset)
}

impl<'a> Printer<'a> {
    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string doesn't fail.
        let _ = writeln!(self.out, "{:1$}{text}", "", 2 * self.depth);
    }

    /// A line, with the parts of what it is about below.
    fn node(&mut self, text: std::fmt::Arguments<'_>, parts: impl FnOnce(&mut Self)) {
        self.line(text);
        self.depth += 1;
        parts(self);
        self.depth -= 1;
    }

    /// Expressions under a name, if there are any.
    fn group(&mut self, name: std::fmt::Arguments<'_>, exprs: Exprs) {
        if self.f.tree.count(exprs) > 0 {
            self.node(name, |p| p.exprs(exprs));
        }
    }

    fn text(&self, symbol: Symbol) -> String {
        format!("\"{}\"", self.strings.get(symbol).escape_ascii())
    }

    fn literal(&self, literal: Literal) -> String {
        match literal {
            Literal::Nil => "nil".to_owned(),
            Literal::Bool(b) => b.to_string(),
            Literal::Int(i) => format!("int {i}"),
            // All digits, and the sign of zero.
            Literal::Float(f) => format!("float {f:?}"),
            Literal::Str(symbol) => format!("string {}", self.text(symbol)),
        }
    }

    fn env(&self, env: EnvRef) -> String {
        match env {
            EnvRef::Local(id) => format!("l{}", id.0),
            EnvRef::Upvalue(id) => format!("u{}", id.0),
            EnvRef::Constant(constant) => match self.f.tree.kind(constant) {
                ExprKind::Literal(literal) => format!("({})", self.literal(literal)),
                other => format!("{other:?}"),
            },
        }
    }

    // ---- functions ---------------------------------------------------------------------------------------

    /// A function nested in the current one.
    fn nested(&mut self, what: &str, id: FunctionId) {
        let outer = self.f;
        if let Some(f) = outer.functions.get(id.0 as usize) {
            self.function(what, f);
        }
        self.f = outer;
    }

    fn function(&mut self, what: &str, f: &'a Function) {
        self.f = f;
        let vararg = match f.vararg {
            Vararg::No => String::new(),
            Vararg::Anonymous => " vararg".to_owned(),
            Vararg::Named { local, escapes } => {
                let use_of_table = if escapes { "table" } else { "no table" };
                format!(" vararg l{} ({use_of_table})", local.0)
            }
        };
        let (start, end) = (at(f.start), at(f.end));
        let params = list_of(f.params.iter().copied());
        self.node(format_args!("{what} ({params}){vararg} {start} to {end}"), |p| {
            for (n, local) in f.locals.iter().enumerate() {
                p.local(n, local);
            }
            for (n, upvalue) in f.upvalues.iter().enumerate() {
                p.upvalue(n, upvalue);
            }
            if f.label_count > 0 {
                p.line(format_args!("labels: {}", f.label_count));
            }
            p.block(format_args!("body"), f.body);
        });
    }

    fn local(&mut self, n: usize, local: &Local) {
        let kind = match &local.kind {
            LocalKind::Regular => String::new(),
            LocalKind::Const => " const".to_owned(),
            LocalKind::CompileTime(value) => format!(" const = {}", self.literal(*value)),
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

    fn block(&mut self, what: std::fmt::Arguments<'_>, block: Block) {
        self.node(format_args!("{what} to {}", at(block.end)), |p| {
            let f = p.f;
            f.tree.stmts(block.stmts).for_each(|stmt| p.stmt(stmt));
        });
    }

    // ---- statements --------------------------------------------------------------------------------------

    fn stmt(&mut self, stmt: &Stmt) {
        let place = format!("{} to {}", at(stmt.pos), at(stmt.end));
        match stmt.kind {
            StmtKind::Local { locals, values } => {
                let names = list_of(self.f.tree.locals(locals));
                self.node(format_args!("local {names} {place}"), |p| p.exprs(values));
            }
            StmtKind::LocalFunction { local, function, .. } => {
                self.node(format_args!("local function l{} {place}", local.0), |p| {
                    p.nested("function", function);
                });
            }
            StmtKind::GlobalInit { names, values } => {
                self.node(format_args!("global {place}"), |p| {
                    for name in p.f.tree.global_names(names) {
                        let (env, name, pos) = (p.env(name.env), p.text(name.name), at(name.pos));
                        p.line(format_args!("{env} {name} {pos}"));
                    }
                    p.group(format_args!("values"), values);
                });
            }
            StmtKind::GlobalFunction { env, name, function, .. } => {
                let (env, name) = (self.env(env), self.text(name));
                self.node(format_args!("global function {env} {name} {place}"), |p| {
                    p.nested("function", function);
                });
            }
            StmtKind::Assign { targets, values } => {
                self.node(format_args!("assign {place}"), |p| {
                    p.group(format_args!("targets"), targets);
                    p.group(format_args!("values"), values);
                });
            }
            StmtKind::Function { target, function, .. } => {
                self.node(format_args!("function {place}"), |p| {
                    p.expr(target);
                    p.nested("function", function);
                });
            }
            StmtKind::Call(call) => self.node(format_args!("call {place}"), |p| p.expr(call)),
            StmtKind::Return(values) => {
                self.node(format_args!("return {place}"), |p| p.exprs(values));
            }
            StmtKind::Goto(label) => self.line(format_args!("goto {} {place}", label.0)),
            StmtKind::Label(label) => self.line(format_args!("label {} {place}", label.0)),
            StmtKind::Do(block) => {
                self.node(format_args!("do {place}"), |p| p.block(format_args!("body"), block));
            }
            StmtKind::While { cond, body, break_label } => {
                self.node(format_args!("while (break {}) {place}", break_label.0), |p| {
                    p.expr(cond);
                    p.block(format_args!("body"), body);
                });
            }
            StmtKind::Repeat { body, cond, break_label } => {
                self.node(format_args!("repeat (break {}) {place}", break_label.0), |p| {
                    p.block(format_args!("body"), body);
                    p.expr(cond);
                });
            }
            StmtKind::If { arms, otherwise } => {
                self.node(format_args!("if {place}"), |p| {
                    for arm in p.f.tree.arms(arms) {
                        p.expr(arm.cond);
                        p.block(format_args!("then"), arm.body);
                    }
                    if let Some(block) = otherwise {
                        p.block(format_args!("else"), block);
                    }
                });
            }
            StmtKind::NumericFor { var, start, limit, step, do_pos, body, break_label } => {
                self.node(format_args!("for l{} (break {}) {place}", var.0, break_label.0), |p| {
                    p.expr(start);
                    p.expr(limit);
                    step.into_iter().for_each(|step| p.expr(step));
                    p.block(format_args!("do {}", at(do_pos)), body);
                });
            }
            StmtKind::GenericFor { vars, values, values_pos, do_pos, body, break_label } => {
                let vars = list_of(self.f.tree.locals(vars));
                self.node(format_args!("for {vars} (break {}) {place}", break_label.0), |p| {
                    p.group(format_args!("in {}", at(values_pos)), values);
                    p.block(format_args!("do {}", at(do_pos)), body);
                });
            }
        }
    }

    // ---- expressions -------------------------------------------------------------------------------------

    fn exprs(&mut self, exprs: Exprs) {
        let f = self.f;
        f.tree.exprs(exprs).for_each(|expr| self.expr(expr));
    }

    fn expr(&mut self, expr: ExprId) {
        let mut spine = vec![expr];
        let mut innermost = expr;
        while let Some(left) = self.f.tree.kind(innermost).left() {
            spine.push(left);
            innermost = left;
        }
        for step in spine.into_iter().rev() {
            self.step(step);
        }
    }

    /// An expression whose left child, if it has one, has been printed.
    fn step(&mut self, expr: ExprId) {
        let Expr { kind, pos, .. } = *self.f.tree.expr(expr);
        let pos = at(pos);
        match kind {
            ExprKind::Literal(literal) => {
                let literal = self.literal(literal);
                self.line(format_args!("{literal} {pos}"));
            }
            ExprKind::Vararg => self.line(format_args!("... {pos}")),
            ExprKind::Function(f) => self.nested(&format!("function {pos}"), f),
            ExprKind::Local(id) => self.line(format_args!("l{} {pos}", id.0)),
            ExprKind::Upvalue(id) => self.line(format_args!("u{} {pos}", id.0)),
            ExprKind::Global { env, name } => {
                let (env, name) = (self.env(env), self.text(name));
                self.line(format_args!("global {env} {name} {pos}"));
            }
            ExprKind::Unary { op, operand } => {
                let sign = match op {
                    UnOp::Neg => "-",
                    UnOp::Not => "not",
                    UnOp::Len => "#",
                    UnOp::BNot => "~",
                };
                self.node(format_args!("{sign} {pos}"), |p| p.expr(operand));
            }
            ExprKind::Paren(inner) => self.node(format_args!("paren {pos}"), |p| p.expr(inner)),
            ExprKind::Table(items, _) => {
                self.node(format_args!("table {pos}"), |p| {
                    p.f.tree.items(items).iter().for_each(|i| p.item(i))
                });
            }
            ExprKind::Index { key, .. } => {
                self.node(format_args!("> index {pos}"), |p| p.expr(key));
            }
            ExprKind::Call { args, .. } => {
                self.node(format_args!("> call {pos}"), |p| p.exprs(args));
            }
            ExprKind::MethodCall { name, args, .. } => {
                let name = self.text(name);
                self.node(format_args!("> method {name} {pos}"), |p| p.exprs(args));
            }
            ExprKind::Binary { op, right, .. } => {
                self.node(format_args!("> {} {pos}", sign(op)), |p| p.expr(right));
            }
            ExprKind::And(_, right) => self.node(format_args!("> and {pos}"), |p| p.expr(right)),
            ExprKind::Or(_, right) => self.node(format_args!("> or {pos}"), |p| p.expr(right)),
        }
    }

    fn item(&mut self, item: &TableItem) {
        match *item {
            TableItem::Positional(value) => self.expr(value),
            TableItem::Keyed(key, value, _) => {
                self.node(format_args!("key"), |p| p.expr(key));
                self.node(format_args!("value"), |p| p.expr(value));
            }
        }
    }
}

/// Local variables with commas between them.
fn list_of(locals: impl Iterator<Item = LocalId>) -> String {
    locals.map(|l| format!("l{}", l.0)).collect::<Vec<_>>().join(", ")
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
