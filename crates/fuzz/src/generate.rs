//! Programs from seeds.
//!
//! A program is a few productions of the group `library`, which define what its sections share, and some sections,
//! most of them inside `pcall`, each a production of the group `scenario` or a block of statements. Productions
//! ([`crate::grammar`]) have holes; [`Generator`] fills them, with what else is in scope and simpler productions.
//!
//! What a program must be, and how it is brought about:
//! - *It ends soon.* Loops of productions are bounded. [`Generator::cost`] is how often the code being made may run,
//!   and it limits loops inside (`$hot`) and which productions are used. Generated code calls functions only if their
//!   names can't be assigned to and their definition is complete, or through `C`, which takes from `fuel`, as do
//!   metamethods ([`Generator::guard`]).
//! - *It is deterministic.* See [`crate::prelude`]; the length operator is used only for what was made as a list, in which
//!   there is never `nil`.
//! - *It compiles.* Almost always; names and labels are fresh, and what isn't in scope isn't used.
//!
//! Variables have a type, which is what they were declared with, and only likely: a few expressions have another type
//! than asked for, so that errors happen, and late ones at that.

use crate::ast::{Attrib, Block, Expr, Function, Item, Stmt, Vararg};
use crate::grammar::{GRAMMAR, Production};
use crate::literals;
use crate::rng::Rng;
use std::collections::{BTreeSet, HashMap};

/// A program from a seed.
pub fn program(seed: u64) -> Block {
    Generator::new(seed).program()
}

/// A program most sections of which are productions of this group.
pub fn program_about(seed: u64, group: &'static str) -> Block {
    program_with_coverage(seed, Some(group)).0
}

/// A program, about something if that is given, and the productions that were used.
pub fn program_with_coverage(
    seed: u64,
    about: Option<&'static str>,
) -> (Block, BTreeSet<&'static str>) {
    let mut generator = Generator::new(seed);
    generator.about = about;
    (generator.program(), generator.used)
}

/// The most iterations that nested loops may have together.
const ITERATIONS: i64 = 2000;

/// How deep expressions are at most.
const DEPTH: usize = 3;

/// A local variable in scope.
struct Variable {
    name: String,
    group: &'static str,
    assignable: bool,
    /// Whether it is a function that can't change.
    callable: bool,
}

struct Generator {
    rng: Rng,
    scope: Vec<Variable>,
    /// Where the current function's locals begin in `scope`.
    base: usize,
    /// What the names in the productions being expanded stand for.
    bindings: Vec<HashMap<String, String>>,
    /// How often the code that is made will run, at least.
    cost: i64,
    /// How many more statements may be made.
    budget: usize,
    nesting: usize,
    vararg: bool,
    in_source: bool,
    /// How many functions the code that is made is in.
    functions: usize,
    /// Whether what is outside of functions must not fail.
    plain: bool,
    /// The group of scenarios that programs are about, if there is one.
    about: Option<&'static str>,
    fresh: usize,
    used: BTreeSet<&'static str>,
}

impl Generator {
    fn new(seed: u64) -> Generator {
        Generator {
            rng: Rng::new(seed),
            scope: Vec::new(),
            base: 0,
            bindings: vec![HashMap::new()],
            cost: 1,
            budget: 0,
            nesting: 0,
            vararg: true,
            in_source: false,
            functions: 0,
            plain: true,
            about: None,
            fresh: 0,
            used: BTreeSet::new(),
        }
    }

    fn program(&mut self) -> Block {
        let mut out = Vec::new();
        for _ in 0..self.rng.range(1, 4) {
            self.budget = 8;
            self.production("library", &mut out);
        }
        self.plain = false;
        for _ in 0..self.rng.range(2, 6) {
            self.budget = 30;
            self.refill(60, &mut out);
            let mark = self.scope.len();
            let was_vararg = self.vararg;
            let protected = self.rng.percent(90);
            self.vararg = !protected;
            let mut section = Vec::new();
            if let Some(group) = self.about
                && self.rng.percent(70)
            {
                self.production(group, &mut section);
            } else if self.rng.percent(75) {
                self.production("scenario", &mut section);
            } else {
                section = self.statements(12);
            }
            self.vararg = was_vararg;
            self.scope.truncate(mark);
            out.push(if protected { self.protected(section) } else { Stmt::Do(section) });
        }
        out.push(Stmt::Call(Expr::call("print", vec![Expr::str("end"), Expr::name("hash")])));
        out
    }

    /// `P(tag, pcall(function () … end))`
    fn protected(&mut self, block: Block) -> Stmt {
        let call = Expr::call("pcall", vec![Expr::function(Vec::new(), block)]);
        self.trace(vec![call])
    }

    fn trace(&mut self, mut values: Vec<Expr>) -> Stmt {
        if self.cost > 30 {
            return Stmt::Call(Expr::call("H", values));
        }
        self.fresh += 1;
        values.insert(0, Expr::int(self.fresh as i64));
        Stmt::Call(Expr::call("P", values))
    }

    fn refill(&mut self, n: i64, out: &mut Block) {
        out.push(Stmt::Assign(vec![Expr::name("fuel")], vec![Expr::int(n)]));
    }

    /// `if fuel <= 0 then return x end fuel = fuel - 1`
    fn guard(value: Expr) -> [Stmt; 2] {
        let fuel = || Expr::name("fuel");
        [
            Stmt::If(
                vec![(Expr::binary("<=", fuel(), Expr::int(0)), vec![Stmt::Return(vec![value])])],
                None,
            ),
            Stmt::Assign(vec![fuel()], vec![Expr::binary("-", fuel(), Expr::int(1))]),
        ]
    }

    // Productions.

    fn production(&mut self, group: &str, out: &mut Block) {
        let Some(production) = self.choose(group) else { return };
        self.bindings.push(HashMap::new());
        self.nesting += 1;
        for stmt in &production.body {
            self.stmt(stmt, out);
        }
        self.nesting -= 1;
        self.bindings.pop();
    }

    fn choose(&mut self, group: &str) -> Option<&'static Production> {
        let list = GRAMMAR.get(group)?;
        let (cost, nesting) = (self.cost, self.nesting);
        let too_much = |p: &Production| p.loops && (cost > 400 || nesting > 5);
        let weights = list.iter().map(|p| if too_much(p) { 0 } else { p.weight });
        let production = &list[self.rng.weighted(weights)];
        self.used.insert(&production.name);
        Some(production)
    }

    /// Up to so many statements, as long as the budget lasts.
    fn statements(&mut self, most: usize) -> Block {
        let mark = self.scope.len();
        let mut out = Vec::new();
        for _ in 0..self.rng.range(1, most.max(1) as i64) {
            if self.budget == 0 || self.nesting > 8 {
                break;
            }
            self.budget -= 1;
            self.production("stmt", &mut out);
        }
        self.scope.truncate(mark);
        out
    }

    // Scopes and names.

    fn declare(&mut self, name: String, group: &'static str, assignable: bool, callable: bool) {
        if !name.ends_with('_') {
            self.scope.push(Variable { name, group, assignable, callable });
        }
    }

    /// What a name in a production stands for.
    fn name(&mut self, name: &str) -> String {
        let Some(hole) = name.strip_prefix('$').or(name.ends_with('_').then_some(name)) else {
            return name.to_owned();
        };
        let bindings = self.bindings.last();
        if let Some(found) = bindings.and_then(|b| b.get(hole)) {
            return found.clone();
        }
        let numbered = hole.len() > 1 && hole[1..].bytes().all(|b| b.is_ascii_digit());
        let made = match hole.chars().next() {
            // Fresh as well, as another production's may be in the same block.
            _ if hole.ends_with('_') && hole.len() > 1 => format!("{hole}{}_", self.next()),
            Some('v') if numbered => format!("v{}", self.next()),
            Some('L') if numbered => format!("L{}", self.next()),
            Some('g') if numbered => format!("G{}", self.rng.below(3)),
            Some('k') if numbered => self.key(),
            _ if hole == "key" => return self.key(),
            _ if hole == "field" => return format!("f{}", self.rng.range(1, 30)),
            _ => return name.to_owned(),
        };
        if let Some(bindings) = self.bindings.last_mut() {
            bindings.insert(hole.to_owned(), made.clone());
        }
        made
    }

    fn next(&mut self) -> usize {
        self.fresh += 1;
        self.fresh
    }

    fn key(&mut self) -> String {
        let key = literals::string("key", &mut self.rng).unwrap_or(b"k");
        String::from_utf8_lossy(key).into_owned()
    }

    /// A variable of a group, one of the latest.
    fn variable(&mut self, wanted: impl Fn(&Variable) -> bool) -> Option<String> {
        const LATEST: usize = 10;
        let found: Vec<&Variable> =
            self.scope.iter().rev().filter(|v| wanted(v)).take(LATEST).collect();
        if found.is_empty() { None } else { Some(self.rng.pick(&found).name.clone()) }
    }

    // Statements.

    fn block(&mut self, block: &[Stmt]) -> Block {
        let mark = self.scope.len();
        let out = self.open_block(block);
        self.scope.truncate(mark);
        out
    }

    /// A block whose locals stay in scope.
    fn open_block(&mut self, block: &[Stmt]) -> Block {
        let mut out = Vec::new();
        for stmt in block {
            self.stmt(stmt, &mut out);
        }
        out
    }

    fn repeated<R>(&mut self, times: i64, f: impl FnOnce(&mut Self) -> R) -> R {
        let cost = self.cost;
        self.cost = self.cost.saturating_mul(times.max(1));
        let r = f(self);
        self.cost = cost;
        r
    }

    fn function(&mut self, f: &Function) -> Function {
        let mark = self.scope.len();
        let base = std::mem::replace(&mut self.base, mark);
        let vararg = std::mem::replace(&mut self.vararg, f.vararg != Vararg::None);
        let mut params = Vec::new();
        for p in &f.params {
            let name = self.name(p);
            self.declare(name.clone(), "any", true, false);
            params.push(name);
        }
        let named = match &f.vararg {
            Vararg::Named(n) => {
                let name = self.name(n);
                self.declare(name.clone(), "any", false, false);
                Vararg::Named(name)
            }
            other => other.clone(),
        };
        // Nobody knows how often it will be called.
        self.functions += 1;
        let body = self.repeated(4, |g| g.block(&f.body));
        self.functions -= 1;
        self.scope.truncate(mark);
        self.base = base;
        self.vararg = vararg;
        Function { params, vararg: named, body }
    }

    fn stmt(&mut self, stmt: &Stmt, out: &mut Block) {
        let made = match stmt {
            Stmt::Hole(name, args, blocks) => return self.hole_stmt(name, args, blocks, out),
            Stmt::Local(names, values) => {
                let groups: Vec<_> = (0..names.len()).map(|i| group_of(values.get(i))).collect();
                let mut values = self.list(values);
                if let (Some((_, Some(Attrib::Const))), Some(value)) =
                    (names.last(), values.last_mut())
                {
                    hide_logic(value);
                }
                let names: Vec<_> = names.iter().map(|(n, a)| (self.name(n), *a)).collect();
                for ((name, attrib), group) in names.iter().zip(groups) {
                    let is_function = group == "fun";
                    let callable = is_function && *attrib == Some(Attrib::Const);
                    let assignable = attrib.is_none() && !is_function;
                    self.declare(name.clone(), group, assignable, callable);
                }
                Stmt::Local(names, values)
            }
            Stmt::Global(names, values) => {
                let values = self.list(values);
                Stmt::Global(names.iter().map(|(n, a)| (self.name(n), *a)).collect(), values)
            }
            Stmt::LocalFunction(name, f) => {
                let name = self.name(name);
                let f = self.function(f);
                // Declared only now, so that nothing generated inside calls it.
                self.declare(name.clone(), "fun", false, true);
                Stmt::LocalFunction(name, f)
            }
            Stmt::GlobalFunction(name, f) => {
                let name = self.name(name);
                Stmt::GlobalFunction(name, self.function(f))
            }
            Stmt::NamedFunction(target, method, f) => {
                let target = self.expr(target, DEPTH);
                let method = method.as_ref().map(|m| self.name(m));
                Stmt::NamedFunction(target, method, self.function(f))
            }
            Stmt::Assign(targets, values) => {
                let targets: Vec<Expr> = targets.iter().map(|t| self.target(t)).collect();
                let mut values = self.list(values);
                for (t, v) in targets.iter().zip(&mut values) {
                    if let Expr::Index(_, key) = t {
                        guard_metamethod(key, v);
                    }
                }
                Stmt::Assign(targets, values)
            }
            Stmt::Call(e) => Stmt::Call(self.expr(e, DEPTH)),
            Stmt::Return(values) => Stmt::Return(self.list(values)),
            Stmt::Goto(l) => Stmt::Goto(self.name(l)),
            Stmt::Label(l) => Stmt::Label(self.name(l)),
            Stmt::GlobalAll(_) | Stmt::Break => stmt.clone(),
            Stmt::Do(_)
            | Stmt::While(..)
            | Stmt::Repeat(..)
            | Stmt::If(..)
            | Stmt::For(..)
            | Stmt::ForIn(..) => self.compound(stmt),
        };
        out.push(made);
    }

    fn compound(&mut self, stmt: &Stmt) -> Stmt {
        match stmt {
            Stmt::While(e, block) => {
                let e = self.expr(e, DEPTH);
                Stmt::While(e, self.repeated(4, |g| g.block(block)))
            }
            Stmt::Repeat(block, e) => {
                let mark = self.scope.len();
                let block = self.repeated(4, |g| g.open_block(block));
                let e = self.expr(e, DEPTH);
                self.scope.truncate(mark);
                Stmt::Repeat(block, e)
            }
            Stmt::If(arms, other) => {
                let arms = arms.iter().map(|(e, b)| (self.expr(e, DEPTH), self.block(b))).collect();
                Stmt::If(arms, other.as_ref().map(|b| self.block(b)))
            }
            Stmt::For(name, a, b, c, block) => {
                let (a, b) = (self.expr(a, 1), self.expr(b, 1));
                let c = c.as_ref().map(|c| self.expr(c, 1));
                let name = self.name(name);
                let mark = self.scope.len();
                self.declare(name.clone(), "num", false, false);
                let times = match (&a, &b) {
                    (Expr::Number(a), Expr::Number(b)) => match (a.parse(), b.parse::<i64>()) {
                        (Ok(a), Ok(b)) => b.saturating_sub(a).clamp(1, ITERATIONS),
                        _ => 6,
                    },
                    _ => 6,
                };
                let block = self.repeated(times, |g| g.block(block));
                self.scope.truncate(mark);
                Stmt::For(name, a, b, c, block)
            }
            Stmt::ForIn(names, values, block) => {
                let values = self.list(values);
                let names: Vec<String> = names.iter().map(|n| self.name(n)).collect();
                let mark = self.scope.len();
                for (i, name) in names.iter().enumerate() {
                    self.declare(name.clone(), "any", i > 0, false);
                }
                let block = self.repeated(6, |g| g.block(block));
                self.scope.truncate(mark);
                Stmt::ForIn(names, values, block)
            }
            Stmt::Do(block) => Stmt::Do(self.block(block)),
            other => other.clone(),
        }
    }

    fn target(&mut self, target: &Expr) -> Expr {
        match target {
            Expr::Hole(name, _) => Expr::Name(self.name(&format!("${name}"))),
            other => self.expr(other, 1),
        }
    }

    fn hole_stmt(&mut self, name: &str, args: &[Expr], blocks: &[Block], out: &mut Block) {
        match name {
            "block" => {
                let most = args.first().map_or(3, |e| number(e) as usize);
                out.extend(self.statements(most));
            }
            "template" => {
                if self.budget > 6 && self.nesting < 5 && self.cost < 60 && !self.in_source {
                    self.budget -= 6;
                    let mut block = Vec::new();
                    let mark = self.scope.len();
                    self.production("scenario", &mut block);
                    self.scope.truncate(mark);
                    out.push(Stmt::Do(block));
                }
            }
            "opt" => {
                let percent = args.first().map_or(50, |e| number(e) as usize);
                let chosen = usize::from(!self.rng.percent(percent));
                if let Some(block) = blocks.get(chosen) {
                    out.extend(self.open_block(block));
                }
            }
            "alt" => {
                let chosen = self.rng.below(blocks.len());
                if let Some(block) = blocks.get(chosen) {
                    out.extend(self.open_block(block));
                }
            }
            "shuffle" => {
                let mut left: Vec<&Block> = blocks.iter().collect();
                while !left.is_empty() {
                    let block = left.swap_remove(self.rng.below(left.len()));
                    out.extend(self.open_block(block));
                }
            }
            "rep" => {
                let times = self.range(args);
                for _ in 0..times {
                    for block in blocks {
                        out.push(Stmt::Do(self.block(block)));
                        unwrap_do(out);
                    }
                }
            }
            "try" => {
                let was_vararg = std::mem::replace(&mut self.vararg, false);
                let block = blocks.first().map(|b| self.block(b)).unwrap_or_default();
                self.vararg = was_vararg;
                let stmt = self.protected(block);
                out.push(stmt);
            }
            "guard" => {
                let value = args.first().map_or(Expr::Nil, |e| self.expr(e, 0));
                out.extend(Generator::guard(value));
            }
            "refill" => {
                let n = args.first().map_or(20, number);
                self.refill(n, out);
            }
            "locals" => self.locals(args, out),
            "t" => {
                let values = self.list(args);
                let stmt = self.trace(values);
                out.push(stmt);
            }
            "h" => {
                let values = self.list(args);
                let seen = self.cost <= 4 || self.cost <= 12 && self.rng.percent(30);
                let stmt =
                    if seen { self.trace(values) } else { Stmt::Call(Expr::call("H", values)) };
                out.push(stmt);
            }
            "assign" => self.assign(1, out),
            "assign2" => self.assign(2, out),
            other => {
                // A call as a statement.
                let hole = Expr::Hole(other.to_owned(), args.to_vec());
                if let e @ (Expr::Call(..) | Expr::Method(..)) = self.expr(&hole, DEPTH) {
                    out.push(Stmt::Call(e));
                }
            }
        }
    }

    fn locals(&mut self, args: &[Expr], out: &mut Block) {
        let room = 170usize.saturating_sub(self.scope.len() - self.base);
        for i in 0..(self.range(args) as usize).min(room) {
            let name = format!("v{}", self.next());
            let value = if i % 3 == 0 {
                Expr::int(i as i64)
            } else {
                self.expr(&Expr::Hole("num".to_owned(), Vec::new()), 1)
            };
            self.declare(name.clone(), "num", true, false);
            out.push(Stmt::Local(vec![(name, None)], vec![value]));
        }
    }

    fn assign(&mut self, count: usize, out: &mut Block) {
        let (mut targets, mut values) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let Some(name) = self.variable(|v| v.assignable) else { return };
            let group = self.scope.iter().rev().find(|v| v.name == name).map_or("any", |v| v.group);
            let mut value = self.group(group, DEPTH);
            if grows(&value) {
                value = Expr::call("cut", vec![value]);
            }
            targets.push(Expr::Name(name));
            values.push(value);
        }
        out.push(Stmt::Assign(targets, values));
    }

    // Expressions.

    fn range(&mut self, args: &[Expr]) -> i64 {
        let low = args.first().map_or(1, number);
        let high = args.get(1).map_or(low, number);
        self.rng.range(low, high)
    }

    fn list(&mut self, list: &[Expr]) -> Vec<Expr> {
        let mut out = Vec::new();
        for (i, e) in list.iter().enumerate() {
            let last = i + 1 == list.len();
            match e {
                Expr::Hole(name, _) if name == "args" => {
                    for _ in 0..self.rng.below(4) {
                        let e = self.group("any", 1);
                        out.push(e);
                    }
                }
                Expr::Hole(name, _) if name == "many" => {
                    for _ in 0..self.rng.below(3) {
                        let e = self.group("any", 1);
                        out.push(e);
                    }
                    let e = self.open_end(last);
                    out.push(e);
                }
                Expr::Hole(name, args) if name == "rep_args" => {
                    for _ in 0..self.range(args) {
                        out.push(Expr::Number(literals::small(&mut self.rng)));
                    }
                }
                _ => {
                    let depth = self.rng.range(1, DEPTH as i64) as usize;
                    let e = self.expr(e, depth);
                    out.push(e);
                }
            }
        }
        out
    }

    /// An expression that may have any number of values.
    fn open_end(&mut self, last: bool) -> Expr {
        match self.rng.below(5) {
            0 if self.vararg => Expr::Vararg,
            1 => {
                let f = self.variable(|v| v.callable).unwrap_or_else(|| "S".to_owned());
                let args = vec![self.group("any", 1), self.group("num", 1)];
                Expr::call(&f, args)
            }
            2 => {
                let n = self.rng.range(0, 4);
                let args = vec![self.group("arr", 1), Expr::int(1), Expr::int(n)];
                Expr::library("table", "unpack", args)
            }
            3 if last => Expr::Paren(Box::new(self.open_end(false))),
            _ => self.group("any", 1),
        }
    }

    /// An expression of a group.
    fn group(&mut self, group: &str, depth: usize) -> Expr {
        const GROUPS: &[&str] = &["num", "str", "bool", "any"];
        let group = match group {
            // Not for lists: their length may be asked for.
            "num" | "str" | "bool" | "tab" | "any" if self.rng.percent(3) => {
                self.rng.pick::<&'static str>(GROUPS)
            }
            other => other,
        };
        let spent = self.budget == 0 && self.rng.percent(50);
        let plain = self.plain && self.functions == 0;
        if (depth == 0 || plain || spent || self.rng.percent(30))
            && let Some(e) = self.leaf(group)
        {
            return e;
        }
        let Some(production) = self.choose(group) else { return Expr::Nil };
        self.bindings.push(HashMap::new());
        let e = self.expr(production.expression(), depth.saturating_sub(1));
        self.bindings.pop();
        e
    }

    /// A variable or a literal.
    fn leaf(&mut self, group: &str) -> Option<Expr> {
        if group != "errval" && group != "meta" && self.rng.percent(65) {
            let any_too = !matches!(group, "arr" | "tab" | "fun") && self.rng.percent(20);
            let wanted = |v: &Variable| v.group == group || any_too && v.group == "any";
            if let Some(name) = self.variable(wanted) {
                return Some(Expr::Name(name));
            }
        }
        Some(match group {
            "num" => match self.rng.below(10) {
                0..=5 => Expr::Number(literals::small(&mut self.rng)),
                6 | 7 => self.constant("edge")?,
                _ => self.constant("float")?,
            },
            "str" | "errval" => Expr::Str(literals::string("str", &mut self.rng)?.to_vec()),
            "bool" if self.rng.percent(50) => Expr::True,
            "bool" => Expr::False,
            "tab" | "arr" => Expr::Table(Vec::new()),
            "any" => {
                let group = *self.rng.pick(&["num", "num", "str", "bool", "nil"]);
                if group == "nil" { Expr::Nil } else { return self.leaf(group) }
            }
            "fun" => Expr::name("S"),
            _ => return None,
        })
    }

    /// A constant written in the pools as Lua.
    fn constant(&mut self, kind: &str) -> Option<Expr> {
        let text = literals::text(kind, &mut self.rng)?;
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.starts_with(|c: char| c.is_ascii_digit()) && !text.contains('^') {
            return Some(Expr::Number(text.to_owned()));
        }
        match crate::parser::parse(format!("return {text}").as_bytes()).ok()?.pop()? {
            Stmt::Return(mut values) => values.pop(),
            _ => None,
        }
    }

    fn expr(&mut self, e: &Expr, depth: usize) -> Expr {
        match e {
            Expr::Hole(name, args) => self.hole(name, args, depth),
            Expr::Vararg if !self.vararg => Expr::Nil,
            Expr::Nil | Expr::True | Expr::False | Expr::Vararg | Expr::Number(_) => e.clone(),
            Expr::Name(name) => Expr::Name(self.name(name)),
            Expr::Str(s) => match std::str::from_utf8(s) {
                Ok(text) if text.starts_with('$') => Expr::Str(self.name(text).into_bytes()),
                _ => e.clone(),
            },
            Expr::Index(a, b) => Expr::index(self.expr(a, depth), self.expr(b, depth)),
            Expr::Call(f, args) => {
                let f = self.expr(f, depth);
                Expr::Call(Box::new(f), self.list(args))
            }
            Expr::Method(o, name, args) => {
                let o = self.expr(o, depth);
                let name = self.name(name);
                Expr::Method(Box::new(o), name, self.list(args))
            }
            Expr::Binary(op, a, b) => {
                let a = self.expr(a, depth);
                Expr::binary(self.operator(op), a, self.expr(b, depth))
            }
            Expr::Unary(op, a) => Expr::Unary(op, Box::new(self.expr(a, depth))),
            Expr::Function(f) => Expr::Function(Box::new(self.function(f))),
            Expr::Paren(a) => Expr::Paren(Box::new(self.expr(a, depth))),
            Expr::Table(items) => self.table(items, depth),
        }
    }

    fn table(&mut self, items: &[Item], depth: usize) -> Expr {
        let mut out = Vec::new();
        for item in items {
            match &item.key {
                None => {
                    let values = self.list(std::slice::from_ref(&item.value));
                    out.extend(values.into_iter().map(|value| Item { key: None, value }));
                }
                Some(key) => {
                    let key = self.expr(key, 1);
                    let mut value = self.expr(&item.value, depth);
                    guard_metamethod(&key, &mut value);
                    out.push(Item { key: Some(key), value });
                }
            }
        }
        Expr::Table(out)
    }

    fn operator(&mut self, op: &'static str) -> &'static str {
        const ARITH: &[&str] = &["+", "+", "+", "-", "-", "*", "*", "/", "//", "//", "%", "%", "^"];
        const BITWISE: &[&str] = &["&", "|", "~", "<<", ">>"];
        const COMPARE: &[&str] = &["<", "<=", ">", ">=", "==", "~="];
        match op {
            "$arith" => self.rng.pick::<&'static str>(ARITH),
            "$addsub" => self.rng.pick::<&'static str>(&["+", "+", "-", "*"]),
            "$bitwise" => self.rng.pick::<&'static str>(BITWISE),
            "$compare" => self.rng.pick::<&'static str>(COMPARE),
            "$any" => match self.rng.below(8) {
                0..=4 => self.operator("$arith"),
                5 => self.operator("$bitwise"),
                6 => "..",
                _ => self.operator("$compare"),
            },
            other => other,
        }
    }

    fn hole(&mut self, name: &str, args: &[Expr], depth: usize) -> Expr {
        match name {
            "n" => Expr::int(self.range(args)),
            "hot" => {
                let n = self.range(args).min(ITERATIONS / self.cost.max(1)).max(2);
                Expr::int(n)
            }
            "alt" => {
                let chosen = self.rng.below(args.len());
                let e =
                    args.get(chosen).map_or_else(Vec::new, |e| self.list(std::slice::from_ref(e)));
                e.into_iter().next().unwrap_or(Expr::Nil)
            }
            "args" | "many" => self.group("any", depth),
            "small" => Expr::Number(literals::small(&mut self.rng)),
            "base" => Expr::int(self.rng.range(2, 36)),
            "cond" => self.group("bool", depth.min(2)),
            "anykey" => match self.rng.below(6) {
                0 | 1 => Expr::Number(literals::small(&mut self.rng)),
                2 => self.constant("float").unwrap_or(Expr::Nil),
                3 => self.group("num", depth.min(1)),
                _ => Expr::str(&self.key()),
            },
            "var" => {
                let name = self.variable(|_| true);
                name.map_or_else(|| Expr::int(7), Expr::Name)
            }
            "callee" => {
                let name = self.variable(|v| v.callable);
                name.map_or_else(|| Expr::name("S"), Expr::Name)
            }
            "src" => self.source(),
            "deep" => self.group("num", 7),
            "num" | "str" | "bool" | "tab" | "arr" | "fun" | "any" | "errval" | "meta" => {
                self.group(name, depth)
            }
            _ => {
                if let Some(e) = self.constant(name) {
                    return e;
                }
                if let Some(s) = literals::string(name, &mut self.rng) {
                    return Expr::Str(s.to_vec());
                }
                match self.name(&format!("${name}")) {
                    key if name.starts_with('k') => Expr::Str(key.into_bytes()),
                    made => Expr::Name(made),
                }
            }
        }
    }

    /// The text of a program, as a string. It sees globals only.
    fn source(&mut self) -> Expr {
        if self.in_source {
            return Expr::str("return 1, ...");
        }
        let scope = std::mem::take(&mut self.scope);
        let base = std::mem::replace(&mut self.base, 0);
        let vararg = std::mem::replace(&mut self.vararg, true);
        self.in_source = true;
        let mut block = self.repeated(4, |g| g.statements(3));
        let value = self.group("any", 2);
        block.push(Stmt::Return(vec![value, Expr::Vararg]));
        self.in_source = false;
        self.scope = scope;
        self.base = base;
        self.vararg = vararg;
        Expr::Str(crate::print::program(&block))
    }
}

/// The group of what a local is declared with.
fn group_of(value: Option<&Expr>) -> &'static str {
    match value {
        Some(Expr::Number(_)) => "num",
        Some(Expr::Str(_)) => "str",
        Some(Expr::Function(_)) => "fun",
        Some(Expr::Table(_)) => "tab",
        Some(Expr::Binary("$arith" | "$addsub" | "+" | "-" | "*", ..)) => "num",
        Some(Expr::Hole(name, _)) => match name.as_str() {
            "num" | "small" | "edge" | "float" | "n" | "hot" | "edgeint" | "edgenum" => "num",
            "str" | "pattern" | "format" | "numstr" => "str",
            "bool" | "cond" => "bool",
            "tab" | "meta" => "tab",
            "arr" => "arr",
            "fun" => "fun",
            _ => "any",
        },
        _ => "any",
    }
}

/// The reference implementation takes `(x and false) or 1` for the constant 1, though it evaluates `x`, so that messages
/// don't name a variable that has it. Perilune doesn't go that far.
fn hide_logic(value: &mut Expr) {
    let mut inner = &*value;
    while let Expr::Paren(e) = inner {
        inner = e;
    }
    if matches!(inner, Expr::Binary("and" | "or", ..)) {
        let logic = std::mem::replace(value, Expr::Nil);
        *value = Expr::call("named", vec![logic]);
    }
}

/// The number in a production, or 1.
fn number(e: &Expr) -> i64 {
    match e {
        Expr::Number(n) => n.parse().unwrap_or(1),
        _ => 1,
    }
}

/// A metamethod takes from the fuel.
fn guard_metamethod(key: &Expr, value: &mut Expr) {
    let (Expr::Str(key), Expr::Function(f)) = (key, value) else { return };
    let guarded =
        f.body.iter().any(|s| matches!(s, Stmt::Assign(t, _) if t[..] == [Expr::name("fuel")]));
    if key.starts_with(b"__") && !guarded {
        f.body.splice(0..0, Generator::guard(Expr::Nil));
    }
}

/// Whether an expression makes strings longer than its operands.
fn grows(e: &Expr) -> bool {
    let here = match e {
        Expr::Binary(op, ..) => *op == "..",
        Expr::Method(_, name, _) => name == "rep" || name == "gsub",
        Expr::Call(..) => true,
        _ => false,
    };
    here || e.children().into_iter().any(grows)
}

/// Takes away the `do … end` around a statement that declares nothing.
fn unwrap_do(out: &mut Block) {
    if let Some(Stmt::Do(block)) = out.last()
        && block.len() == 1
        && !matches!(block[0], Stmt::Local(..))
    {
        let block = block.clone();
        out.pop();
        out.extend(block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::{each_block, each_expr};
    use crate::engine::{Conditions, Engine};
    use crate::mode::Mode;

    fn source(program: &Block) -> Vec<u8> {
        Mode::Programs.source(program, 0, "").unwrap_or_default()
    }

    #[test]
    fn a_seed_always_gives_the_same_program() {
        for seed in 0..50 {
            assert_eq!(source(&program(seed)), source(&program(seed)));
        }
        assert_ne!(source(&program(1)), source(&program(2)));
    }

    /// Programs compile, most of them run to their end, and they do so twice in the same way.
    #[test]
    fn programs_are_of_use() {
        let (mut refused, mut ended) = (0, 0);
        for seed in 0..300 {
            let text = source(&program(seed));
            let output = Engine::Reference.run(&text, "@fuzz", &Conditions::default());
            refused += usize::from(output.starts_with(b"syntax error"));
            ended += usize::from(output.windows(6).any(|w| w.starts_with(b"\nend\t")));
            if seed < 60 {
                assert_eq!(
                    Engine::Reference.run(&text, "@fuzz", &Conditions::default()),
                    output,
                    "seed {seed}"
                );
            }
        }
        assert_eq!(refused, 0);
        assert!(ended > 240, "only {ended} of 300 programs come to their end");
    }

    /// Every production is used, and every kind of node there is in Lua made.
    #[test]
    fn everything_is_reached() {
        const NODES: &str = "nil true false vararg number string name index call method function table parentheses \
            + - * / // % ^ & | ~ << >> .. == ~= < <= > >= and or not # do while repeat if for return break goto label \
            assignment local global";
        const LONG_NODES: &[&str] = &[
            "vararg function",
            "named vararg function",
            "local <const>",
            "local <close>",
            "global <const>",
            "global *",
            "local function",
            "global function",
            "function statement",
            "method statement",
            "multiple assignment",
            "call statement",
            "for in",
        ];
        let mut used = BTreeSet::new();
        let mut nodes = BTreeSet::new();
        for seed in 0..1500 {
            const ABOUT: [Option<&str>; 5] =
                [None, Some("inspection"), None, Some("ending"), Some("large")];
            let about = ABOUT[seed as usize / 20 % ABOUT.len()];
            let (mut program, productions) = program_with_coverage(seed, about);
            used.extend(productions);
            each_block(&mut program, &mut |b| nodes.extend(b.iter().map(Stmt::kind)));
            each_expr(&mut program, &mut |e| nodes.extend([e.kind()]));
        }
        for production in GRAMMAR.values().flatten() {
            assert!(used.contains(&production.name[..]), "never used: {}", production.name);
        }
        for node in NODES.split_whitespace().chain(LONG_NODES.iter().copied()) {
            assert!(nodes.contains(node), "never made: {node}");
        }
        assert!(!nodes.contains("hole") && !nodes.contains("hole statement"));
    }
}
