//! Expressions.
//!
//! Binary operators are parsed by precedence climbing: [`Parser::subexpression`] reads an operand and then, in
//! a loop, every operator that binds tighter than its limit. Operations on constants become constants on the
//! spot. Suffixes of a primary expression are read in a loop too, so chains of them are limited by memory
//! only.

use super::Parser;
use super::scope::Variable;
use crate::ast::{BinOp, Expr, ExprKind, Literal, Pos, Symbol, TableItem, UnOp, Vararg};
use crate::fold;
use crate::lexer::{Parse, Token};

/// What may be done with a suffixed expression besides evaluating it.
#[derive(Clone, Copy)]
pub(super) enum Role {
    /// Nothing.
    Value,
    /// It is a call, so it may be a statement.
    Call,
    /// It may be assigned to.
    Variable,
    /// It is a variable of this name that may not be assigned to.
    ReadOnly(Symbol),
}

/// A suffixed expression.
pub(super) struct Suffixed {
    pub(super) expr: Expr,
    pub(super) role: Role,
}

#[derive(Clone, Copy)]
enum Operator {
    Binary(BinOp),
    And,
    Or,
}

impl Operator {
    fn of(token: Token) -> Option<Operator> {
        let op = match token {
            Token::And => return Some(Operator::And),
            Token::Or => return Some(Operator::Or),
            Token::Char(b'+') => BinOp::Add,
            Token::Char(b'-') => BinOp::Sub,
            Token::Char(b'*') => BinOp::Mul,
            Token::Char(b'%') => BinOp::Mod,
            Token::Char(b'^') => BinOp::Pow,
            Token::Char(b'/') => BinOp::Div,
            Token::IDiv => BinOp::IDiv,
            Token::Char(b'&') => BinOp::BAnd,
            Token::Char(b'|') => BinOp::BOr,
            Token::Char(b'~') => BinOp::BXor,
            Token::Shl => BinOp::Shl,
            Token::Shr => BinOp::Shr,
            Token::Concat => BinOp::Concat,
            Token::Eq => BinOp::Eq,
            Token::Ne => BinOp::Ne,
            Token::Char(b'<') => BinOp::Lt,
            Token::Le => BinOp::Le,
            Token::Char(b'>') => BinOp::Gt,
            Token::Ge => BinOp::Ge,
            _ => return None,
        };
        Some(Operator::Binary(op))
    }

    /// How tightly it binds the operand on its left and the one on its right.
    fn priorities(self) -> (u8, u8) {
        match self {
            Operator::Or => (1, 1),
            Operator::And => (2, 2),
            Operator::Binary(op) => match op {
                BinOp::Eq | BinOp::Ne | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge => (3, 3),
                BinOp::BOr => (4, 4),
                BinOp::BXor => (5, 5),
                BinOp::BAnd => (6, 6),
                BinOp::Shl | BinOp::Shr => (7, 7),
                BinOp::Concat => (9, 8),
                BinOp::Add | BinOp::Sub => (10, 10),
                BinOp::Mul | BinOp::Mod | BinOp::Div | BinOp::IDiv => (11, 11),
                BinOp::Pow => (14, 13),
            },
        }
    }
}

/// How tightly unary operators bind.
const UNARY_PRIORITY: u8 = 12;

impl Parser<'_> {
    /// Parses an expression.
    pub(super) fn expression(&mut self) -> Parse<Expr> {
        self.subexpression(0)
    }

    /// Parses an expression and settles it.
    pub(super) fn settled_expression(&mut self) -> Parse<Expr> {
        let mut expr = self.expression()?;
        self.settle(&mut expr);
        Ok(expr)
    }

    /// Parses a list of expressions; the last one isn't settled.
    pub(super) fn expression_list(&mut self) -> Parse<Vec<Expr>> {
        let mut exprs = Vec::with_capacity(1);
        loop {
            exprs.push(self.expression()?);
            if !self.accept(Token::Char(b','))? {
                return Ok(exprs);
            }
            self.settle_last(&mut exprs);
        }
    }

    /// Parses an expression of operators that bind tighter than a limit.
    fn subexpression(&mut self, limit: u8) -> Parse<Expr> {
        self.enter()?;
        let unary = match self.lexer.token {
            Token::Not => Some(UnOp::Not),
            Token::Char(b'-') => Some(UnOp::Neg),
            Token::Char(b'~') => Some(UnOp::BNot),
            Token::Char(b'#') => Some(UnOp::Len),
            _ => None,
        };
        let mut expr = match unary {
            Some(op) => self.unary(op)?,
            None => self.simple()?,
        };
        while let Some(op) = Operator::of(self.lexer.token) {
            let (left_priority, right_priority) = op.priorities();
            if left_priority <= limit {
                break;
            }
            let pos = self.lexer.pos();
            self.advance()?;
            self.settle(&mut expr);
            let mut right = self.subexpression(right_priority)?;
            self.settle(&mut right);
            expr = self.combine(op, expr, right, pos);
        }
        self.leave(1);
        Ok(expr)
    }

    fn unary(&mut self, op: UnOp) -> Parse<Expr> {
        let mut pos = self.lexer.pos();
        self.advance()?;
        let mut operand = self.subexpression(UNARY_PRIORITY)?;
        self.settle(&mut operand);
        if op == UnOp::Not {
            pos.line = self.lexer.last_line;
        }
        let folded = match operand.kind {
            ExprKind::Literal(literal) => fold::unary(op, literal),
            _ => None,
        };
        let kind = match folded {
            Some(literal) => ExprKind::Literal(literal),
            None => ExprKind::Unary { op, operand: Box::new(operand) },
        };
        Ok(Expr::new(kind, pos))
    }

    /// The expression of a binary operator, whose place is given, with its operands.
    fn combine(&self, op: Operator, left: Expr, right: Expr, mut pos: Pos) -> Expr {
        if let (ExprKind::Literal(a), ExprKind::Literal(b)) = (&left.kind, &right.kind) {
            let folded = match op {
                Operator::Binary(op) => fold::binary(op, *a, *b),
                Operator::And => fold::and(*a, *b),
                Operator::Or => fold::or(*a, *b),
            };
            if let Some(literal) = folded {
                return Expr::new(ExprKind::Literal(literal), left.pos);
            }
        }
        let op = match op {
            Operator::Binary(op) => op,
            Operator::And => {
                return Expr::new(ExprKind::And(Box::new(left), Box::new(right)), pos);
            }
            Operator::Or => {
                return Expr::new(ExprKind::Or(Box::new(left), Box::new(right)), pos);
            }
        };
        match op {
            BinOp::Eq | BinOp::Ne | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge => {
                pos.line = self.lexer.last_line;
            }
            BinOp::Concat => pos.line = concat_line(&right).unwrap_or(pos.line),
            BinOp::Add
            | BinOp::Sub
            | BinOp::Mul
            | BinOp::Mod
            | BinOp::Pow
            | BinOp::Div
            | BinOp::IDiv
            | BinOp::BAnd
            | BinOp::BOr
            | BinOp::BXor
            | BinOp::Shl
            | BinOp::Shr => {}
        }
        let (left, right) = (Box::new(left), Box::new(right));
        Expr::new(ExprKind::Binary { op, left, right }, pos)
    }

    /// Parses an operand.
    fn simple(&mut self) -> Parse<Expr> {
        let mut pos = self.lexer.pos();
        let kind = match self.lexer.token {
            Token::Int(value) => ExprKind::Literal(Literal::Int(value)),
            Token::Float(value) => ExprKind::Literal(Literal::Float(value)),
            Token::Str(value) => ExprKind::Literal(Literal::Str(value)),
            Token::Nil => ExprKind::Literal(Literal::Nil),
            Token::True => ExprKind::Literal(Literal::Bool(true)),
            Token::False => ExprKind::Literal(Literal::Bool(false)),
            Token::Dots => {
                if self.function.vararg == Vararg::No {
                    let text = "cannot use '...' outside a vararg function";
                    return Err(self.lexer.error_near_token(text));
                }
                pos.line = self.lexer.last_line;
                ExprKind::Vararg
            }
            Token::Char(b'{') => return self.table(),
            Token::Function => {
                self.advance()?;
                let start = Pos { line: self.lexer.line, offset: pos.offset };
                let function = self.function_body(false, start)?;
                pos.line = self.lexer.last_line;
                return Ok(Expr::new(ExprKind::Function(function), pos));
            }
            _ => return Ok(self.suffixed()?.expr),
        };
        self.advance()?;
        Ok(Expr::new(kind, pos))
    }

    /// Parses a variable, a parenthesized expression, or one of these with suffixes.
    pub(super) fn suffixed(&mut self) -> Parse<Suffixed> {
        let Suffixed { mut expr, mut role } = self.primary()?;
        if let ExprKind::Local(id) = expr.kind
            && !matches!(self.lexer.token, Token::Char(b'.' | b'['))
        {
            self.function.vararg_escapes(id);
        }
        loop {
            match self.lexer.token {
                Token::Char(b'.') => {
                    expr = self.field(expr)?;
                    role = Role::Variable;
                }
                Token::Char(b'[') => {
                    let pos = self.lexer.pos();
                    self.settle(&mut expr);
                    let mut key = self.bracketed_key()?;
                    self.fetch_indexed(&mut expr, &mut key);
                    let (object, key) = (Box::new(expr), Box::new(key));
                    expr = Expr::new(ExprKind::Index { object, key }, pos);
                    role = Role::Variable;
                }
                Token::Char(b':') => {
                    let offset = self.lexer.pos().offset;
                    self.advance()?;
                    let name = self.name()?;
                    self.settle(&mut expr);
                    let line = self.lexer.line;
                    let args = self.arguments()?;
                    let kind = ExprKind::MethodCall { object: Box::new(expr), name, args };
                    expr = Expr::new(kind, Pos { line, offset });
                    role = Role::Call;
                }
                Token::Char(b'(' | b'{') | Token::Str(_) => {
                    let pos = self.lexer.pos();
                    self.settle(&mut expr);
                    let args = self.arguments()?;
                    expr = Expr::new(ExprKind::Call { callee: Box::new(expr), args }, pos);
                    role = Role::Call;
                }
                _ => return Ok(Suffixed { expr, role }),
            }
        }
    }

    fn primary(&mut self) -> Parse<Suffixed> {
        let pos = self.lexer.pos();
        match self.lexer.token {
            Token::Char(b'(') => {
                self.advance()?;
                let mut inner = self.expression()?;
                self.expect_closing(Token::Char(b')'), Token::Char(b'('), pos.line)?;
                self.settle(&mut inner);
                let expr = match inner.kind {
                    ExprKind::Literal(_) => inner,
                    _ => Expr::new(ExprKind::Paren(Box::new(inner)), pos),
                };
                Ok(Suffixed { expr, role: Role::Value })
            }
            Token::Name(_) => self.variable(),
            _ => Err(self.lexer.error_near_token("unexpected symbol")),
        }
    }

    /// Parses a name that is a variable.
    pub(super) fn variable(&mut self) -> Parse<Suffixed> {
        let pos = self.lexer.pos();
        let name = self.name()?;
        let (kind, read_only) = match self.resolve(name)? {
            Variable::Local { id, read_only } => (ExprKind::Local(id), read_only),
            Variable::Upvalue { id, read_only } => (ExprKind::Upvalue(id), read_only),
            Variable::Constant(literal) => (ExprKind::Literal(literal), true),
            Variable::Global { read_only } => {
                let env = self.environment(name)?;
                (ExprKind::Global { env, name }, read_only)
            }
            Variable::Undeclared => return Err(self.name_error("variable '%' not declared", name)),
        };
        let role = if read_only { Role::ReadOnly(name) } else { Role::Variable };
        Ok(Suffixed { expr: Expr::new(kind, pos), role })
    }

    /// Parses the `.name` (or, in the name of a method, `:name`) behind an expression.
    pub(super) fn field(&mut self, mut object: Expr) -> Parse<Expr> {
        let pos = self.lexer.pos();
        self.settle(&mut object);
        self.advance()?;
        let key_pos = self.lexer.pos();
        let name = self.name()?;
        let key = Expr::new(ExprKind::Literal(Literal::Str(name)), key_pos);
        let (object, key) = (Box::new(object), Box::new(key));
        Ok(Expr::new(ExprKind::Index { object, key }, pos))
    }

    /// Object and key of an index expression are wanted now: an upvalue as object is fetched only now, unless the key is a
    /// name, and a constant as key is.
    fn fetch_indexed(&self, object: &mut Expr, key: &mut Expr) {
        let is_name = matches!(key.kind, ExprKind::Literal(Literal::Str(_)));
        if matches!(object.kind, ExprKind::Upvalue(_)) && !is_name {
            self.fetch(object);
        }
        if matches!(key.kind, ExprKind::Literal(_)) {
            self.fetch(key);
        }
    }

    fn bracketed_key(&mut self) -> Parse<Expr> {
        self.advance()?;
        let key = self.settled_expression()?;
        self.expect(Token::Char(b']'))?;
        Ok(key)
    }

    /// Parses the arguments of a call.
    fn arguments(&mut self) -> Parse<Vec<Expr>> {
        let line = self.lexer.line;
        match self.lexer.token {
            Token::Char(b'(') => {
                self.advance()?;
                let mut args = Vec::new();
                if !self.at(Token::Char(b')')) {
                    args = self.expression_list()?;
                }
                self.expect_closing(Token::Char(b')'), Token::Char(b'('), line)?;
                self.settle_last(&mut args);
                Ok(args)
            }
            Token::Char(b'{') => Ok(vec![self.table()?]),
            Token::Str(value) => {
                let mut pos = self.lexer.pos();
                self.advance()?;
                pos.line = self.lexer.last_line;
                Ok(vec![Expr::new(ExprKind::Literal(Literal::Str(value)), pos)])
            }
            _ => Err(self.lexer.error_near_token("function arguments expected")),
        }
    }

    /// Parses a table constructor.
    fn table(&mut self) -> Parse<Expr> {
        let opening = self.lexer.pos();
        let pos = Pos { line: self.lexer.last_line, offset: opening.offset };
        self.advance()?;
        let mut items = Vec::new();
        // A positional item is settled when it is known that another item follows.
        while !self.at(Token::Char(b'}')) {
            self.settle_last_item(&mut items);
            items.push(self.table_item()?);
            if !self.accept(Token::Char(b','))? && !self.accept(Token::Char(b';'))? {
                break;
            }
        }
        self.expect_closing(Token::Char(b'}'), Token::Char(b'{'), opening.line)?;
        self.settle_last_item(&mut items);
        Ok(Expr::new(ExprKind::Table(items, self.lexer.last_line), pos))
    }

    fn settle_last_item(&self, items: &mut [TableItem]) {
        if let Some(TableItem::Positional(last)) = items.last_mut() {
            self.settle(last);
        }
    }

    fn table_item(&mut self) -> Parse<TableItem> {
        let token = self.lexer.token;
        let mut key = match token {
            Token::Name(name) if self.lexer.peek()? == Token::Char(b'=') => {
                let pos = self.lexer.pos();
                self.advance()?;
                Expr::new(ExprKind::Literal(Literal::Str(name)), pos)
            }
            Token::Char(b'[') => self.bracketed_key()?,
            _ => return Ok(TableItem::Positional(self.expression()?)),
        };
        self.expect(Token::Char(b'='))?;
        if matches!(key.kind, ExprKind::Literal(_)) {
            self.fetch(&mut key);
        }
        let value = self.settled_expression()?;
        let end = Pos { line: self.lexer.last_line, ..value.pos };
        Ok(TableItem::Keyed(key, value, end))
    }
}

/// The line of the last operator of a chain of `..`: the chain is one instruction, on that line.
fn concat_line(right: &Expr) -> Option<u32> {
    match &right.kind {
        ExprKind::Binary { op: BinOp::Concat, .. } => Some(right.pos.line),
        ExprKind::Paren(inner) => concat_line(inner),
        _ => None,
    }
}
