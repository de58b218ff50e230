//! Functions: their state while they are parsed, their parameters and bodies.

use super::Parser;
use super::labels::{BlockState, Labels};
use crate::ast::{Block, Function, Local, LocalId, LocalKind, Pos, Upvalue, Vararg};
use crate::lexer::{Parse, Token};

/// What is known of a function that is being parsed.
pub(super) struct FunctionState {
    pub(super) params: Vec<LocalId>,
    pub(super) vararg: Vararg,
    pub(super) locals: Vec<Local>,
    pub(super) upvalues: Vec<Upvalue>,
    /// Where it starts; the line is 0 for the main function.
    pub(super) start: Pos,
    /// How many registers the variables in scope take.
    pub(super) registers: u32,
    /// The blocks around the current position.
    pub(super) blocks: Vec<BlockState>,
    pub(super) labels: Labels,
}

impl FunctionState {
    pub(super) fn new(start: Pos) -> FunctionState {
        FunctionState {
            params: Vec::new(),
            vararg: Vararg::No,
            locals: Vec::new(),
            upvalues: Vec::new(),
            start,
            registers: 0,
            blocks: Vec::new(),
            labels: Labels::default(),
        }
    }
}

impl Parser<'_> {
    /// Parses parameters and body of a function, up to its `end`. A method has a first parameter `self`.
    pub(super) fn function_body(&mut self, is_method: bool, start: Pos) -> Parse<Box<Function>> {
        let outer = std::mem::replace(&mut self.function, FunctionState::new(start));
        self.enclosing.push(outer);
        self.open_block();
        let opening = self.lexer.pos();
        self.expect(Token::Char(b'('))?;
        if is_method {
            let name = self.lexer.strings.intern(b"self");
            let local = self.new_local(name, LocalKind::Regular, opening);
            self.function.params.push(local);
            self.declare_local(local)?;
        }
        self.parameters()?;
        self.expect(Token::Char(b')'))?;
        let body = self.statements()?;
        let end = self.lexer.pos();
        self.expect_closing(Token::End, Token::Function, start.line)?;
        let function = self.close_function(body, end)?;
        Ok(Box::new(function))
    }

    /// Finishes the current function; the one around it becomes current.
    pub(super) fn close_function(&mut self, mut body: Block, end: Pos) -> Parse<Function> {
        self.close_block()?;
        self.check_pending_jumps()?;
        let outer = self.enclosing.pop().unwrap_or_else(|| FunctionState::new(Pos::default()));
        let state = std::mem::replace(&mut self.function, outer);
        state.patch_jumps(&mut body);
        Ok(Function {
            params: state.params,
            vararg: state.vararg,
            locals: state.locals,
            upvalues: state.upvalues,
            label_count: state.labels.count,
            body,
            start: state.start,
            end,
        })
    }

    fn parameters(&mut self) -> Parse<()> {
        let already = self.function.params.len();
        if !self.at(Token::Char(b')')) {
            loop {
                let pos = self.lexer.pos();
                match self.lexer.token {
                    Token::Name(name) => {
                        self.advance()?;
                        let local = self.new_local(name, LocalKind::Regular, pos);
                        self.function.params.push(local);
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
        for index in already..self.function.params.len() {
            let local = self.function.params[index];
            self.declare_local(local)?;
        }
        match self.function.vararg {
            Vararg::No => Ok(()),
            // An unnamed vararg parameter takes a register like a named one.
            Vararg::Anonymous => self.count_register(),
            Vararg::Named { local, .. } => self.declare_local(local),
        }
    }

    /// Parses what follows the `...` of a parameter list.
    fn vararg_parameter(&mut self) -> Parse<()> {
        let pos = self.lexer.pos();
        self.function.vararg = match self.lexer.token {
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
