//! From a program that shows a difference to a small one that does.
//!
//! The shrinker tries edits of the tree, from the coarse to the fine, and keeps those after which the program is still
//! of interest, until none is or time is up: statements are taken away, in runs of halving length; bodies take the place
//! of what they are in; lists lose their elements; expressions become one of their operands or something plain; numbers
//! get small.
//!
//! An edit addresses its place by counting blocks, or expressions, in the order in which [`each_block`] and
//! [`each_expr`] visit them. Copying the tree for every attempt costs little beside running it.

use crate::ast::{Block, Expr, Stmt, each_block, each_expr};
use std::time::Instant;

/// Makes a program smaller, as long as it is of interest and there is time.
pub fn shrink(program: Block, deadline: Instant, interesting: impl FnMut(&Block) -> bool) -> Block {
    let mut shrinker = Shrinker { program, deadline, interesting, progress: true };
    while shrinker.progress && !shrinker.late() {
        shrinker.progress = false;
        shrinker.delete();
        shrinker.unwrap();
        shrinker.lists();
        shrinker.expressions();
    }
    shrinker.program
}

struct Shrinker<F> {
    program: Block,
    deadline: Instant,
    interesting: F,
    progress: bool,
}

impl<F: FnMut(&Block) -> bool> Shrinker<F> {
    fn late(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Keeps an edited program if it is of interest.
    fn attempt(&mut self, edited: Block) -> bool {
        if self.late() || edited == self.program || !(self.interesting)(&edited) {
            return false;
        }
        self.program = edited;
        self.progress = true;
        true
    }

    /// The program with one block changed.
    fn with_block(&self, index: usize, edit: impl FnOnce(&mut Block)) -> Block {
        let mut program = self.program.clone();
        each_block(&mut program, &mut only(index, edit));
        program
    }

    /// The program with one expression changed.
    fn with_expr(&self, index: usize, edit: impl FnOnce(&mut Expr)) -> Block {
        let mut program = self.program.clone();
        each_expr(&mut program, &mut only(index, edit));
        program
    }

    /// The length of every block.
    fn lengths(&mut self) -> Vec<usize> {
        let mut out = Vec::new();
        each_block(&mut self.program, &mut |block| out.push(block.len()));
        out
    }

    fn delete(&mut self) {
        let mut block = 0;
        while let Some(length) = self.lengths().get(block).copied() {
            let mut run = length;
            while run > 0 && !self.late() {
                let mut start = 0;
                while start < self.lengths().get(block).copied().unwrap_or(0) {
                    let edited = self.with_block(block, |b| {
                        b.drain(start..(start + run).min(b.len()));
                    });
                    if !self.attempt(edited) {
                        start += run;
                    }
                }
                run /= 2;
            }
            block += 1;
        }
    }

    /// Puts what is in a statement in its place.
    fn unwrap(&mut self) {
        let mut block = 0;
        while let Some(length) = self.lengths().get(block).copied() {
            for at in (0..length).rev() {
                let mut choice = 0;
                loop {
                    let mut last = true;
                    let edited = self.with_block(block, |b| {
                        let insides = b.get_mut(at).map(insides).unwrap_or_default();
                        last = choice + 1 >= insides.len();
                        if let Some(inside) = insides.into_iter().nth(choice) {
                            b.splice(at..=at, inside);
                        }
                    });
                    if self.attempt(edited) || last {
                        break;
                    }
                    choice += 1;
                }
            }
            block += 1;
        }
    }

    /// Takes elements from the lists in statements: values, targets, names.
    fn lists(&mut self) {
        let mut block = 0;
        while let Some(length) = self.lengths().get(block).copied() {
            for at in 0..length {
                for edit in LIST_EDITS {
                    loop {
                        let edited = self.with_block(block, |b| {
                            if let Some(stmt) = b.get_mut(at) {
                                edit(stmt);
                            }
                        });
                        if !self.attempt(edited) {
                            break;
                        }
                    }
                }
            }
            block += 1;
        }
    }

    fn expressions(&mut self) {
        let mut index = 0;
        loop {
            let mut found = None;
            self.with_expr(index, |e| found = Some(e.clone()));
            let Some(old) = found else { return };
            if self.late() {
                return;
            }
            let better = simpler(&old)
                .into_iter()
                .any(|new| self.attempt(self.with_expr(index, |e| *e = new)));
            if !better {
                index += 1;
            }
        }
    }
}

/// A visitor that does something to one node: the one visited after so many others.
fn only<T>(index: usize, edit: impl FnOnce(&mut T)) -> impl FnMut(&mut T) {
    let (mut left, mut edit) = (index, Some(edit));
    move |node| {
        if left > 0 {
            left -= 1;
        } else if let Some(edit) = edit.take() {
            edit(node);
        }
    }
}

/// What could stand in place of a statement.
fn insides(stmt: &mut Stmt) -> Vec<Block> {
    let mut out: Vec<Block> = stmt.blocks_mut().into_iter().map(|b| b.clone()).collect();
    for e in stmt.exprs_mut() {
        functions(e, &mut out);
    }
    if let Stmt::LocalFunction(name, f) = stmt {
        out.push(vec![Stmt::Local(
            vec![(name.clone(), None)],
            vec![Expr::Function(Box::new(f.clone()))],
        )]);
    }
    out
}

/// Bodies of the functions in an expression.
fn functions(e: &Expr, out: &mut Vec<Block>) {
    if let Expr::Function(f) = e {
        out.push(f.body.clone());
    }
    for child in e.children() {
        functions(child, out);
    }
}

/// Edits that make a list shorter, or do nothing.
const LIST_EDITS: &[fn(&mut Stmt)] = &[
    |stmt| match stmt {
        Stmt::Local(names, values) | Stmt::Global(names, values) if names.len() > 1 => {
            names.pop();
            values.truncate(names.len());
        }
        Stmt::Assign(targets, values) if targets.len() > 1 => {
            targets.pop();
            values.truncate(targets.len());
        }
        Stmt::Return(values) => {
            values.pop();
        }
        Stmt::If(arms, other) => {
            let had_other = other.take().is_some();
            if !had_other {
                arms.truncate(arms.len().saturating_sub(1).max(1));
            }
        }
        Stmt::ForIn(names, ..) if names.len() > 1 => {
            names.pop();
        }
        _ => {}
    },
    |stmt| match stmt {
        Stmt::Local(names, values) if names.len() > 1 && values.len() > 1 => {
            names.remove(0);
            values.remove(0);
        }
        Stmt::Assign(targets, values) if targets.len() > 1 && values.len() > 1 => {
            targets.remove(0);
            values.remove(0);
        }
        Stmt::Return(values) if !values.is_empty() => {
            values.remove(0);
        }
        Stmt::If(arms, _) if arms.len() > 1 => {
            arms.remove(0);
        }
        Stmt::For(_, _, _, step, _) => *step = None,
        _ => {}
    },
    |stmt| match stmt {
        Stmt::Local(_, values) | Stmt::Assign(_, values) if values.len() > 1 => {
            values.pop();
        }
        Stmt::Local(names, _) => names.iter_mut().for_each(|n| n.1 = None),
        _ => {}
    },
];

/// Expressions that could stand in place of one, the simplest first.
fn simpler(e: &Expr) -> Vec<Expr> {
    let mut out = Vec::new();
    let plain = matches!(e, Expr::Nil | Expr::Name(_) | Expr::True | Expr::False | Expr::Vararg);
    if !plain && !matches!(e, Expr::Number(_) | Expr::Str(_)) {
        out.extend([Expr::Nil, Expr::int(1)]);
    }
    out.extend(e.children().into_iter().cloned());
    match e {
        Expr::Number(n) => {
            let value = n.parse::<i64>().unwrap_or(i64::MAX);
            for n in [0, 1, 2, value / 2, value - value.signum()] {
                if n.unsigned_abs() < value.unsigned_abs() {
                    out.push(Expr::int(n));
                }
            }
        }
        Expr::Str(s) if s.len() > 1 => {
            out.extend([
                Expr::Str(s[..s.len() / 2].to_vec()),
                Expr::Str(s[s.len() / 2..].to_vec()),
            ]);
        }
        Expr::Call(f, args) => {
            if **f == Expr::name("P") {
                out.push(Expr::call("print", args.clone()));
            }
            without_each(args, |args| out.push(Expr::Call(f.clone(), args)));
        }
        Expr::Method(o, name, args) => {
            without_each(args, |args| out.push(Expr::Method(o.clone(), name.clone(), args)));
        }
        Expr::Table(items) => {
            if !items.is_empty() {
                out.push(Expr::Table(Vec::new()));
            }
            without_each(items, |items| out.push(Expr::Table(items)));
        }
        Expr::Function(f) => {
            if !f.body.is_empty() {
                out.push(Expr::function(Vec::new(), Vec::new()));
            }
            without_each(&f.params, |params| {
                let mut f = f.clone();
                f.params = params;
                out.push(Expr::Function(f));
            });
        }
        Expr::Nil
        | Expr::True
        | Expr::False
        | Expr::Vararg
        | Expr::Str(_)
        | Expr::Name(_)
        | Expr::Index(..)
        | Expr::Binary(..)
        | Expr::Unary(..)
        | Expr::Paren(_)
        | Expr::Hole(..) => {}
    }
    out
}

/// The list without one of its elements, for each.
fn without_each<T: Clone>(list: &[T], mut f: impl FnMut(Vec<T>)) {
    for i in 0..list.len() {
        let mut shorter = list.to_vec();
        shorter.remove(i);
        f(shorter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Conditions, Engine};
    use crate::{generate, parser, prelude, print};
    use std::time::Duration;

    fn text(program: &Block) -> Vec<u8> {
        prelude::with_helpers(&print::program(program))
    }

    /// As if an engine were wrong about one statement, deep in a program that has to compile.
    #[test]
    fn a_planted_difference_becomes_a_few_lines() {
        let mut program = generate::program(12);
        let planted = parser::parse(b"if fuel > 0 then local wrong = 5 print(wrong) end").unwrap();
        let mut left = 4;
        each_block(&mut program, &mut |block| {
            if left == 0 {
                block.splice(0..0, planted.clone());
            }
            left -= 1;
        });
        let before = text(&program).len();
        let mut attempts = 0;
        let small = shrink(program, Instant::now() + Duration::from_secs(60), |p| {
            attempts += 1;
            let text = text(p);
            text.windows(5).any(|w| w == b"wrong")
                && !Engine::Reference
                    .run(&text, "@x", &Conditions::default())
                    .starts_with(b"syntax error")
        });
        let printed = String::from_utf8(print::program(&small)).unwrap();
        assert!(printed.contains("wrong"));
        assert!(
            printed.lines().count() <= 3,
            "from {before} bytes, {attempts} attempts:\n{printed}"
        );
    }

    #[test]
    fn loops_and_numbers_get_small() {
        let program = parser::parse(
            b"local t = {} for i = 1, 1000 do t[i] = i * 2 + f(i) end \
              if a then x() else for j = 1, 10 do y(key, j, 300) end end return t",
        )
        .unwrap();
        let small = shrink(program, Instant::now() + Duration::from_secs(20), |p| {
            let text = String::from_utf8(print::program(p)).unwrap();
            text.contains("key")
        });
        assert_eq!(print::program(&small), b"local _ = key\n");
    }
}
