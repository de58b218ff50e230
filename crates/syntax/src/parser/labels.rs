//! Blocks, labels and jumps.
//!
//! **Problem.** A `goto` may precede its label, which may stand in any enclosing block, while an inner block
//! may have had a label of the same name. And a jump into the scope of a declaration is an error, unless the
//! label is the last thing in its block.
//!
//! **Design.** A jump to a label already visible is resolved at once: labels of the same name can't shadow one
//! another. Other jumps are pending. When a block ends, its pending jumps to its own labels are resolved and
//! the rest handed to the block around it. A pending jump is in the tree already, under a provisional
//! [`LabelId`]; when the function ends, one walk over its statements puts in the right ones. `break` needs
//! none of this, because each loop makes its label when it begins.
//!
//! **Rejected.** Labels by name in the tree, resolved by the compiler: the errors belong here.

use super::Parser;
use super::function::FunctionState;
use crate::ast::{LabelId, StmtKind, Symbol};
use crate::diagnostic::Diagnostic;
use crate::lexer::Parse;
use std::collections::HashMap;

/// Provisional labels of pending jumps begin here; real ones stay far below.
const PROVISIONAL: u32 = 1 << 31;

/// What is to be known about a block until it ends.
pub(super) struct BlockState {
    /// How many declarations were in scope before it.
    level: usize,
    /// How many registers were taken before it.
    registers: u32,
    /// How many labels of the function were visible before it.
    labels: usize,
    /// How many jumps were pending before it.
    jumps: usize,
    /// Where `break` goes, if this is the block of a loop.
    break_label: Option<LabelId>,
}

/// The labels and jumps of a function.
#[derive(Default)]
pub(super) struct Labels {
    /// How many labels have been made.
    pub(super) count: u32,
    /// The visible ones, innermost block last.
    visible: Vec<Label>,
    /// The visible ones by name: index in `visible`.
    by_name: HashMap<Symbol, usize>,
    /// Jumps whose label hasn't been found yet.
    pending: Vec<Jump>,
    /// For each provisional label the real one, as soon as it is known.
    resolved: Vec<LabelId>,
}

struct Label {
    name: Symbol,
    line: u32,
    /// How many declarations are in scope at it.
    level: usize,
    id: LabelId,
}

struct Jump {
    name: Symbol,
    line: u32,
    /// How many of the declarations in scope at it are still in scope.
    level: usize,
    /// Which provisional label it has.
    provisional: usize,
}

impl Labels {
    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        self.count = 0;
        self.visible.clear();
        self.by_name.clear();
        self.pending.clear();
        self.resolved.clear();
    }

    /// Makes a label.
    fn fresh(&mut self) -> LabelId {
        let id = LabelId(self.count);
        self.count += 1;
        id
    }
}

impl Parser<'_> {
    /// Begins a block.
    pub(super) fn open_block(&mut self) {
        self.open(None);
    }

    /// Begins the block of a loop and gives the label behind the loop.
    pub(super) fn open_loop(&mut self) -> LabelId {
        let label = self.function.labels.fresh();
        self.open(Some(label));
        label
    }

    fn open(&mut self, break_label: Option<LabelId>) {
        let block = BlockState {
            level: self.scope.level(),
            registers: self.function.registers,
            labels: self.function.labels.visible.len(),
            jumps: self.function.labels.pending.len(),
            break_label,
        };
        self.function.blocks.push(block);
    }

    /// Ends the innermost block: its declarations go out of scope, and jumps to its labels are resolved.
    pub(super) fn close_block(&mut self) -> Parse<()> {
        let Some(block) = self.function.blocks.pop() else {
            return Ok(());
        };
        let labels = &mut self.function.labels;
        for index in block.jumps..labels.pending.len() {
            let jump = &labels.pending[index];
            let label = labels.by_name.get(&jump.name).map(|&label| &labels.visible[label]);
            if let Some(label) = label
                && jump.level < label.level
            {
                return Err(self.jump_into_scope(index));
            }
        }
        let mut kept = block.jumps;
        for index in block.jumps..labels.pending.len() {
            let jump = &mut labels.pending[index];
            if let Some(&label) = labels.by_name.get(&jump.name) {
                labels.resolved[jump.provisional] = labels.visible[label].id;
            } else {
                jump.level = block.level;
                labels.pending.swap(kept, index);
                kept += 1;
            }
        }
        labels.pending.truncate(kept);
        for label in labels.visible.drain(block.labels..) {
            labels.by_name.remove(&label.name);
        }
        self.function.registers = block.registers;
        self.scope.truncate(block.level);
        Ok(())
    }

    #[cold]
    fn jump_into_scope(&self, pending: usize) -> Box<Diagnostic> {
        let jump = &self.function.labels.pending[pending];
        let mut text = b"<goto ".to_vec();
        text.extend_from_slice(self.lexer.strings.get(jump.name));
        let place = format!("> at line {} jumps into the scope of '", jump.line);
        text.extend_from_slice(place.as_bytes());
        match self.scope.name_at(jump.level) {
            Some(name) => text.extend_from_slice(self.lexer.strings.get(name)),
            None => text.push(b'*'),
        }
        text.push(b'\'');
        self.lexer.error_before_token(&text)
    }

    /// Reports the first jump of the current function that found no label.
    pub(super) fn check_pending_jumps(&self) -> Parse<()> {
        let Some(jump) = self.function.labels.pending.first() else {
            return Ok(());
        };
        let template = format!("no visible label '%' for <goto> at line {}", jump.line);
        Err(self.name_error(&template, jump.name))
    }

    /// Where `break` goes from here.
    pub(super) fn break_target(&self) -> Option<LabelId> {
        self.function.blocks.iter().rev().find_map(|block| block.break_label)
    }

    /// The statement that jumps to a label from here.
    pub(super) fn jump(&mut self, name: Symbol, line: u32) -> StmtKind {
        let level = self.scope.level();
        let labels = &mut self.function.labels;
        if let Some(&label) = labels.by_name.get(&name) {
            return StmtKind::Goto(labels.visible[label].id);
        }
        let provisional = labels.resolved.len();
        let id = LabelId(PROVISIONAL + provisional as u32);
        labels.resolved.push(id);
        labels.pending.push(Jump { name, line, level, provisional });
        StmtKind::Goto(id)
    }

    /// The statement that sets a label here. If nothing follows in the block, the block's declarations count
    /// as out of scope already.
    pub(super) fn label(&mut self, name: Symbol, line: u32, last: bool) -> Parse<StmtKind> {
        if let Some(&earlier) = self.function.labels.by_name.get(&name) {
            let line = self.function.labels.visible[earlier].line;
            let template = format!("label '%' already defined on line {line}");
            return Err(self.name_error(&template, name));
        }
        let level = match self.function.blocks.last() {
            Some(block) if last => block.level,
            Some(_) | None => self.scope.level(),
        };
        let labels = &mut self.function.labels;
        let id = labels.fresh();
        labels.by_name.insert(name, labels.visible.len());
        labels.visible.push(Label { name, line, level, id });
        Ok(StmtKind::Label(id))
    }
}

impl FunctionState {
    /// Puts the real labels into jumps of a finished body.
    pub(super) fn patch_jumps(&mut self) {
        let resolved = &self.labels.resolved;
        if resolved.is_empty() {
            return;
        }
        for label in self.ast.tree.jumps_mut() {
            let provisional = label.0.checked_sub(PROVISIONAL);
            if let Some(&real) = provisional.and_then(|index| resolved.get(index as usize)) {
                *label = real;
            }
        }
    }
}
