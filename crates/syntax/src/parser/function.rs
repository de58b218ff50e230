//! Functions: their state while they are parsed, their parameters and bodies.

use super::labels::{BlockState, Labels};
use super::{FUNCTION_BYTES, Parser};
use crate::ast::{Block, Function, FunctionId, LocalKind, Pos, Vararg};
use crate::lexer::{Parse, Token};

/// What is known of a function that is being parsed.
pub(super) struct FunctionState {
    /// What there is of it so far. The line of its start is 0 for the main function.
    pub(super) ast: Function,
    /// How many registers the variables in scope take.
    pub(super) registers: u32,
    /// The blocks around the current position.
    pub(super) blocks: Vec<BlockState>,
    pub(super) labels: Labels,
    /// What was left of the budget when it began.
    left: isize,
}

impl FunctionState {
    pub(super) fn new() -> FunctionState {
        FunctionState {
            ast: Function::new(),
            registers: 0,
            blocks: Vec::new(),
            labels: Labels::default(),
            left: 0,
        }
    }

    /// Makes it fit for another function.
    pub(super) fn clear(&mut self) {
        self.ast.clear();
        self.registers = 0;
        self.blocks.clear();
        self.labels.clear();
    }
}

impl Parser<'_> {
    /// Parses parameters and body of a function, up to its `end`. A method has a first parameter `self`. Gives the place of
    /// the `end`, too.
    pub(super) fn function_body(
        &mut self,
        is_method: bool,
        start: Pos,
    ) -> Parse<(FunctionId, Pos)> {
        let id = FunctionId(self.function.ast.function_count);
        self.function.ast.function_count += 1;
        let mut inner = self.pool.pop().unwrap_or_else(FunctionState::new);
        inner.ast.start = start;
        inner.left = self.left;
        let outer = std::mem::replace(&mut self.function, inner);
        self.enclosing.push(outer);
        self.charge(FUNCTION_BYTES);
        self.open_block();
        let opening = self.lexer.pos();
        self.expect(Token::Char(b'('))?;
        if is_method {
            let name = self.lexer.strings.intern(b"self");
            let local = self.new_local(name, LocalKind::Regular, opening);
            self.function.ast.params.push(local);
            self.declare_local(local)?;
        }
        self.parameters()?;
        self.expect(Token::Char(b')'))?;
        let body = self.statements()?;
        let end = self.lexer.pos();
        self.expect_closing(Token::End, Token::Function, start.line)?;
        self.close_function(body, end)?;
        self.hand_over()?;
        Ok((id, end))
    }

    /// Completes the current function.
    pub(super) fn close_function(&mut self, body: Block, end: Pos) -> Parse<()> {
        self.close_block()?;
        self.check_pending_jumps()?;
        self.function.patch_jumps();
        let labels = self.function.labels.count;
        let ast = &mut self.function.ast;
        ast.label_count = labels;
        ast.body = body;
        ast.end = end;
        Ok(())
    }

    /// Hands the current function, which is complete, to the sink; the one around it becomes current.
    fn hand_over(&mut self) -> Parse<()> {
        let Some(outer) = self.enclosing.pop() else { return Ok(()) };
        let mut function = std::mem::replace(&mut self.function, outer);
        let kept = self.sink.function(&mut function.ast, &self.lexer.strings.strings)?;
        self.left = function.left.saturating_sub_unsigned(kept);
        function.clear();
        self.pool.push(function);
        Ok(())
    }

    fn parameters(&mut self) -> Parse<()> {
        let already = self.function.ast.params.len();
        if !self.at(Token::Char(b')')) {
            loop {
                let pos = self.lexer.pos();
                match self.lexer.token {
                    Token::Name(name) => {
                        self.advance()?;
                        let local = self.new_local(name, LocalKind::Regular, pos);
                        self.function.ast.params.push(local);
                    }
                    Token::Dots => {
                        self.advance()?;
                        self.vararg_parameter()?;
                        break;
                    }
                    _ => return Err(self.lexer.error_near_token("<name> or '...' expected")),
                }
                if !self.accept(Token::Char(b','))? {
                    break;
                }
            }
        }
        for index in already..self.function.ast.params.len() {
            let local = self.function.ast.params[index];
            self.declare_local(local)?;
        }
        match self.function.ast.vararg {
            Vararg::No => Ok(()),
            // An unnamed vararg parameter takes a register like a named one.
            Vararg::Anonymous => self.count_register(),
            Vararg::Named { local, .. } => self.declare_local(local),
        }
    }

    /// Parses what follows the `...` of a parameter list.
    fn vararg_parameter(&mut self) -> Parse<()> {
        let pos = self.lexer.pos();
        self.function.ast.vararg = match self.lexer.token {
            Token::Name(name) => {
                self.advance()?;
                let local = self.new_local(name, LocalKind::Const, pos);
                Vararg::Named { local, escapes: false }
            }
            _ => Vararg::Anonymous,
        };
        Ok(())
    }
}
