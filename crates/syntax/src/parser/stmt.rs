//! Statements.

use super::Parser;
use super::expr::{Role, Suffixed};
use super::scope::Meaning;
use crate::ast::{
    Arm, Block, ExprId, Exprs, GlobalName, LocalId, LocalKind, Locals, Pos, Stmt, StmtKind, Tree,
};
use crate::fold;
use crate::lexer::{Parse, Token};

/// Most registers a function may use, locals and temporaries together.
const MAX_REGISTERS: usize = 255;

/// What may stand in angle brackets behind a declared name.
#[derive(Clone, Copy, PartialEq)]
enum Attribute {
    None,
    Const,
    Close,
}

impl Parser<'_> {
    /// Parses statements up to a token that closes a block, and gives them as a block. Opening and closing
    /// its scope is up to the caller.
    pub(super) fn statements(&mut self) -> Parse<Block> {
        let mark = self.lists.len();
        while !self.at_block_end(true) {
            let is_last = self.at(Token::Return);
            self.statement()?;
            if is_last {
                break;
            }
        }
        let stmts = self.function.ast.tree.add_stmts(&self.lists[mark..]);
        self.lists.truncate(mark);
        Ok(Block { stmts, end: self.lexer.last_pos() })
    }

    /// Parses statements with a scope of their own.
    fn block(&mut self) -> Parse<Block> {
        self.open_block();
        let block = self.statements()?;
        self.close_block()?;
        Ok(block)
    }

    /// Whether the current token closes a block; `until` does, but leaves its scope open.
    fn at_block_end(&self, until_too: bool) -> bool {
        match self.lexer.token {
            Token::Else | Token::Elseif | Token::End | Token::Eof => true,
            Token::Until => until_too,
            _ => false,
        }
    }

    /// Gathers a statement that ends here.
    fn gather_stmt(&mut self, kind: StmtKind, pos: Pos) {
        self.charge(Tree::STMT_BYTES);
        let stmt = Stmt { kind, pos, end: self.lexer.last_pos() };
        let id = self.tree().add_stmt(stmt);
        self.gather(id);
    }

    /// Parses a statement and gathers it. There may be nothing to gather, or more than one.
    fn statement(&mut self) -> Parse<()> {
        let pos = self.lexer.pos();
        self.enter()?;
        let token = self.lexer.token;
        let kind = match token {
            Token::Char(b';') => {
                self.advance()?;
                None
            }
            Token::If => Some(self.if_statement(pos.line)?),
            Token::While => Some(self.while_statement(pos.line)?),
            Token::Do => {
                self.advance()?;
                let block = self.block()?;
                self.expect_closing(Token::End, Token::Do, pos.line)?;
                Some(StmtKind::Do(block))
            }
            Token::For => Some(self.for_statement(pos.line)?),
            Token::Repeat => Some(self.repeat_statement(pos.line)?),
            Token::Function => Some(self.function_statement(pos)?),
            Token::Local => Some(self.local_statement()?),
            Token::DoubleColon => Some(self.label_statement(pos.line)?),
            Token::Return => {
                self.advance()?;
                let values = self.return_values()?;
                self.gather_stmt(StmtKind::Return(values), pos);
                self.accept(Token::Char(b';'))?;
                None
            }
            Token::Break => Some(self.break_statement()?),
            Token::Goto => {
                self.advance()?;
                let name = self.name()?;
                Some(self.jump(name, pos.line))
            }
            Token::Name(_) if self.at_global_statement()? => self.global_statement(pos)?,
            _ => Some(self.expression_statement()?),
        };
        if let Some(kind) = kind {
            self.gather_stmt(kind, pos);
        }
        self.leave(1);
        Ok(())
    }

    /// Whether a `global` declaration begins here. The word isn't reserved; what follows it decides.
    fn at_global_statement(&mut self) -> Parse<bool> {
        Ok(self.lexer.at_name(b"global")
            && matches!(
                self.lexer.peek()?,
                Token::Char(b'<' | b'*') | Token::Name(_) | Token::Function
            ))
    }

    fn if_statement(&mut self, line: u32) -> Parse<StmtKind> {
        let mark = self.arms.len();
        loop {
            self.advance()?;
            let cond = self.settled_expression()?;
            self.expect(Token::Then)?;
            let body = self.block()?;
            self.charge(2 * size_of::<Arm>());
            self.arms.push(Arm { cond, body });
            if !self.at(Token::Elseif) {
                break;
            }
        }
        let otherwise = if self.accept(Token::Else)? { Some(self.block()?) } else { None };
        self.expect_closing(Token::End, Token::If, line)?;
        let arms = self.function.ast.tree.add_arms(&self.arms[mark..]);
        self.arms.truncate(mark);
        Ok(StmtKind::If { arms, otherwise })
    }

    fn while_statement(&mut self, line: u32) -> Parse<StmtKind> {
        self.advance()?;
        let cond = self.settled_expression()?;
        let break_label = self.open_loop();
        self.expect(Token::Do)?;
        let body = self.block()?;
        self.expect_closing(Token::End, Token::While, line)?;
        self.close_block()?;
        Ok(StmtKind::While { cond, body, break_label })
    }

    fn repeat_statement(&mut self, line: u32) -> Parse<StmtKind> {
        let break_label = self.open_loop();
        self.open_block();
        self.advance()?;
        let body = self.statements()?;
        self.expect_closing(Token::Until, Token::Repeat, line)?;
        let cond = self.settled_expression()?;
        self.close_block()?;
        self.close_block()?;
        Ok(StmtKind::Repeat { body, cond, break_label })
    }

    fn for_statement(&mut self, line: u32) -> Parse<StmtKind> {
        let break_label = self.open_loop();
        self.advance()?;
        let pos = self.lexer.pos();
        let name = self.name()?;
        let var = self.new_local(name, LocalKind::Control, pos);
        let kind = match self.lexer.token {
            Token::Char(b'=') => {
                self.advance()?;
                let start = self.settled_expression()?;
                self.expect(Token::Char(b','))?;
                let limit = self.settled_expression()?;
                let step = match self.accept(Token::Char(b','))? {
                    true => Some(self.settled_expression()?),
                    false => None,
                };
                // Two hidden variables hold the state of the loop.
                self.count_register()?;
                self.count_register()?;
                let do_pos = self.lexer.pos();
                let mark = self.lists.len();
                self.gather(var.0);
                let (_, body) = self.for_body(mark)?;
                StmtKind::NumericFor { var, start, limit, step, do_pos, body, break_label }
            }
            Token::Char(b',') | Token::In => {
                let mark = self.lists.len();
                self.gather(var.0);
                while self.accept(Token::Char(b','))? {
                    let pos = self.lexer.pos();
                    let name = self.name()?;
                    let local = self.new_local(name, LocalKind::Regular, pos);
                    self.gather(local.0);
                }
                self.expect(Token::In)?;
                let values_pos = self.lexer.pos();
                let values = self.expression_list()?;
                // Three hidden variables: iterator, state and the value to be closed.
                self.count_register()?;
                self.count_register()?;
                self.count_register()?;
                let do_pos = self.lexer.pos();
                let (vars, body) = self.for_body(mark)?;
                StmtKind::GenericFor { vars, values, values_pos, do_pos, body, break_label }
            }
            _ => return Err(self.lexer.error_near_token("'=' or 'in' expected")),
        };
        self.expect_closing(Token::End, Token::For, line)?;
        self.close_block()?;
        Ok(kind)
    }

    /// Parses the body of a loop with the variables gathered since `mark`.
    fn for_body(&mut self, mark: usize) -> Parse<(Locals, Block)> {
        self.expect(Token::Do)?;
        self.open_block();
        for index in mark..self.lists.len() {
            self.declare_local(LocalId(self.lists[index]))?;
        }
        let vars = self.gathered_locals(mark);
        let body = self.block()?;
        self.close_block()?;
        Ok((vars, body))
    }

    /// The variables gathered since `mark`, as a list.
    fn gathered_locals(&mut self, mark: usize) -> Locals {
        let locals = self.function.ast.tree.add_locals(&self.lists[mark..]);
        self.lists.truncate(mark);
        locals
    }

    fn function_statement(&mut self, pos: Pos) -> Parse<StmtKind> {
        self.advance()?;
        let Suffixed { expr: mut target, mut role } = self.variable()?;
        while self.at(Token::Char(b'.')) {
            target = self.field(target)?;
            role = Role::Variable;
        }
        let is_method = self.at(Token::Char(b':'));
        if is_method {
            target = self.field(target)?;
            role = Role::Variable;
        }
        self.assign_to(target, role)?;
        let (function, end) = self.function_body(is_method, pos)?;
        self.tree().expr_mut(target).pos.line = pos.line;
        Ok(StmtKind::Function { target, function, end })
    }

    fn local_statement(&mut self) -> Parse<StmtKind> {
        self.advance()?;
        if self.at(Token::Function) {
            return self.local_function();
        }
        let default = self.attribute(Attribute::None)?;
        let mark = self.lists.len();
        let mut closes = false;
        loop {
            let pos = self.lexer.pos();
            let name = self.name()?;
            let kind = match self.attribute(default)? {
                Attribute::None => LocalKind::Regular,
                Attribute::Const => LocalKind::Const,
                Attribute::Close => LocalKind::Close,
            };
            let local = self.new_local(name, kind, pos);
            self.gather(local.0);
            if kind == LocalKind::Close {
                if closes {
                    let text = b"multiple to-be-closed variables in local list";
                    return Err(self.lexer.error_before_token(text));
                }
                closes = true;
            }
            if !self.accept(Token::Char(b','))? {
                break;
            }
        }
        let values = match self.accept(Token::Char(b'='))? {
            true => self.expression_list()?,
            false => Exprs::NONE,
        };
        self.declare_locals(mark, values)?;
        Ok(StmtKind::Local { locals: self.gathered_locals(mark), values })
    }

    /// Begins the scope of the variables of a local statement, which have been gathered since `mark`.
    fn declare_locals(&mut self, mark: usize, values: Exprs) -> Parse<()> {
        let count = self.lists.len() - mark;
        let ast = &mut self.function.ast;
        let last = self.lists.last().map_or(0, |&last| last as usize);
        if count == ast.tree.count(values)
            && ast.locals[last].kind == LocalKind::Const
            && let Some(literal) = fold::fold(&ast.tree, ast.tree.nth(values, count - 1))
        {
            ast.locals[last].kind = LocalKind::CompileTime(literal);
        } else {
            self.check_registers(count, values)?;
        }
        for index in mark..self.lists.len() {
            self.declare_local(LocalId(self.lists[index]))?;
        }
        Ok(())
    }

    /// Checks that there are registers for so many variables if their initializers don't fill them all. This
    /// limit shows before the one on locals, which is lower.
    fn check_registers(&self, wanted: usize, values: Exprs) -> Parse<()> {
        let given = self.function.ast.tree.count(values);
        if wanted > given && self.function.registers as usize + wanted > MAX_REGISTERS {
            let limit = MAX_REGISTERS as u32;
            return Err(self.limit_error(&self.function, "registers", limit));
        }
        Ok(())
    }

    fn local_function(&mut self) -> Parse<StmtKind> {
        let offset = self.lexer.pos().offset;
        self.advance()?;
        let pos = self.lexer.pos();
        let name = self.name()?;
        let local = self.new_local(name, LocalKind::Regular, pos);
        self.declare_local(local)?;
        let start = Pos { line: self.lexer.line, offset };
        let (function, end) = self.function_body(false, start)?;
        Ok(StmtKind::LocalFunction { local, function, end })
    }

    /// Parses an attribute, if there is one; otherwise it is the default.
    fn attribute(&mut self, default: Attribute) -> Parse<Attribute> {
        if !self.accept(Token::Char(b'<'))? {
            return Ok(default);
        }
        let name = self.name()?;
        self.expect(Token::Char(b'>'))?;
        match self.lexer.strings.get(name) {
            b"const" => Ok(Attribute::Const),
            b"close" => Ok(Attribute::Close),
            _ => Err(self.name_error("unknown attribute '%'", name)),
        }
    }

    /// Parses an attribute of globals: whether they are read-only.
    fn global_attribute(&mut self, read_only: bool) -> Parse<bool> {
        let default = if read_only { Attribute::Const } else { Attribute::None };
        match self.attribute(default)? {
            Attribute::None => Ok(false),
            Attribute::Const => Ok(true),
            Attribute::Close => {
                let text = b"global variables cannot be to-be-closed";
                Err(self.lexer.error_before_token(text))
            }
        }
    }

    /// Parses a `global` declaration. Without initializers there is nothing to be done at run time.
    fn global_statement(&mut self, pos: Pos) -> Parse<Option<StmtKind>> {
        self.advance()?;
        if self.at(Token::Function) {
            return self.global_function(pos).map(Some);
        }
        let read_only = self.global_attribute(false)?;
        if self.accept(Token::Char(b'*'))? {
            self.scope.declare(None, Meaning::Global { read_only });
            return Ok(None);
        }
        let mut names = Vec::new();
        loop {
            let pos = self.lexer.pos();
            let name = self.name()?;
            let read_only = self.global_attribute(read_only)?;
            names.push((name, read_only, pos));
            if !self.accept(Token::Char(b','))? {
                break;
            }
        }
        let mut kind = None;
        if self.accept(Token::Char(b'='))? {
            let line = self.lexer.line;
            let mark = self.globals.len();
            for &(name, _, pos) in &names {
                let env = self.environment(name)?;
                self.enter()?;
                self.charge(2 * size_of::<GlobalName>());
                let pos = Pos { line, offset: pos.offset };
                self.globals.push(GlobalName { env, name, pos });
            }
            let values = self.expression_list()?;
            self.leave(names.len() as u32);
            let names = self.function.ast.tree.add_global_names(&self.globals[mark..]);
            self.globals.truncate(mark);
            kind = Some(StmtKind::GlobalInit { names, values });
        }
        for (name, read_only, _) in names {
            self.scope.declare(Some(name), Meaning::Global { read_only });
        }
        Ok(kind)
    }

    fn global_function(&mut self, pos: Pos) -> Parse<StmtKind> {
        self.advance()?;
        let name = self.name()?;
        self.scope.declare(Some(name), Meaning::Global { read_only: false });
        let env = self.environment(name)?;
        let start = Pos { line: self.lexer.line, offset: pos.offset };
        let (function, end) = self.function_body(false, start)?;
        Ok(StmtKind::GlobalFunction { env, name, function, end })
    }

    /// Parses what follows `return`, except for the semicolon.
    fn return_values(&mut self) -> Parse<Exprs> {
        if self.at_block_end(true) || self.at(Token::Char(b';')) {
            return Ok(Exprs::NONE);
        }
        self.expression_list()
    }

    fn break_statement(&mut self) -> Parse<StmtKind> {
        let Some(label) = self.break_target() else {
            return Err(self.lexer.error_near_token("break outside loop"));
        };
        self.advance()?;
        Ok(StmtKind::Goto(label))
    }

    /// Parses a label and the empty statements and labels behind it, which come first in the list.
    fn label_statement(&mut self, line: u32) -> Parse<StmtKind> {
        self.advance()?;
        let name = self.name()?;
        self.expect(Token::DoubleColon)?;
        while matches!(self.lexer.token, Token::Char(b';') | Token::DoubleColon) {
            self.statement()?;
        }
        let last = self.at_block_end(false);
        self.label(name, line, last)
    }

    /// Parses an assignment or a call.
    fn expression_statement(&mut self) -> Parse<StmtKind> {
        let first = self.suffixed()?;
        if matches!(self.lexer.token, Token::Char(b'=' | b',')) {
            return self.assignment(first);
        }
        match first.role {
            Role::Call => Ok(StmtKind::Call(first.expr)),
            Role::Value | Role::Variable | Role::ReadOnly(_) => {
                Err(self.lexer.error_near_token("syntax error"))
            }
        }
    }

    fn assignment(&mut self, first: Suffixed) -> Parse<StmtKind> {
        let mark = self.lists.len();
        let mut next = first;
        let mut levels = 0;
        loop {
            self.assign_to(next.expr, next.role)?;
            self.gather(next.expr.0);
            if !self.accept(Token::Char(b','))? {
                break;
            }
            next = self.suffixed()?;
            self.enter()?;
            levels += 1;
        }
        self.expect(Token::Char(b'='))?;
        let values = self.expression_list()?;
        self.leave(levels);
        let line = self.lexer.last_line;
        for &target in &self.lists[mark..] {
            self.function.ast.tree.expr_mut(ExprId(target)).pos.line = line;
        }
        let targets = self.gathered_exprs(mark);
        Ok(StmtKind::Assign { targets, values })
    }

    /// Checks that an expression may be assigned to.
    fn assign_to(&mut self, target: ExprId, role: Role) -> Parse<()> {
        match role {
            Role::Variable => {
                self.mark_assigned(target);
                Ok(())
            }
            Role::ReadOnly(name) => {
                Err(self.name_error("attempt to assign to const variable '%'", name))
            }
            Role::Value | Role::Call => Err(self.lexer.error_near_token("syntax error")),
        }
    }
}
