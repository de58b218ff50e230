//! Expressions.
//!
//! Binary operators are parsed by precedence climbing: [`Parser::subexpression`] reads an operand and then, in
//! a loop, every operator that binds tighter than its limit. Operations on constants become constants on the
//! spot. Suffixes of a primary expression are read in a loop too, so chains of them are limited by memory
//! only.

use super::Parser;
use super::scope::Variable;
use crate::ast::{
    BinOp, ExprId, ExprKind, Exprs, Literal, Pos, Symbol, TableItem, Tree, UnOp, Vararg,
};
use crate::fold;
use crate::growth::push;
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
#[derive(Clone, Copy)]
pub(super) struct Suffixed {
    pub(super) expr: ExprId,
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
    #[inline]
    pub(super) fn expression(&mut self) -> Parse<ExprId> {
        self.subexpression(0)
    }

    /// Parses an expression and settles it.
    pub(super) fn settled_expression(&mut self) -> Parse<ExprId> {
        let expr = self.expression()?;
        self.settle(expr);
        Ok(expr)
    }

    /// Parses a list of expressions and gathers them; the last one isn't settled.
    fn gather_expressions(&mut self) -> Parse<()> {
        loop {
            let expr = self.expression()?;
            self.gather(expr.0);
            if !self.accept(Token::Char(b','))? {
                return Ok(());
            }
            self.settle(expr);
        }
    }

    /// Parses a list of expressions and settles them.
    pub(super) fn expression_list(&mut self) -> Parse<Exprs> {
        let mark = self.lists.len();
        self.gather_expressions()?;
        self.settle_last();
        Ok(self.gathered_exprs(mark))
    }

    /// The expressions gathered since `mark`, as a list.
    pub(super) fn gathered_exprs(&mut self, mark: usize) -> Exprs {
        let exprs = self.function.ast.tree.add_exprs(&self.lists[mark..]);
        self.lists.truncate(mark);
        exprs
    }

    /// Parses an expression of operators that bind tighter than a limit.
    fn subexpression(&mut self, limit: u8) -> Parse<ExprId> {
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
            self.settle(expr);
            let right = self.subexpression(right_priority)?;
            self.settle(right);
            expr = self.combine(op, expr, right, pos);
        }
        self.leave(1);
        Ok(expr)
    }

    /// The constant that an expression is.
    fn literal(&self, expr: ExprId) -> Option<Literal> {
        fold::literal(&self.function.ast.tree, expr)
    }

    fn unary(&mut self, op: UnOp) -> Parse<ExprId> {
        let mut pos = self.lexer.pos();
        self.advance()?;
        let operand = self.subexpression(UNARY_PRIORITY)?;
        self.settle(operand);
        if op == UnOp::Not {
            pos.line = self.lexer.last_line;
        }
        let folded = self.literal(operand).and_then(|literal| fold::unary(op, literal));
        let kind = match folded {
            Some(literal) => ExprKind::Literal(literal),
            None => ExprKind::Unary { op, operand },
        };
        Ok(self.add(kind, pos))
    }

    /// The expression of a binary operator, whose place is given, with its operands.
    fn combine(&mut self, op: Operator, left: ExprId, right: ExprId, mut pos: Pos) -> ExprId {
        if let (Some(a), Some(b)) = (self.literal(left), self.literal(right)) {
            let folded = match op {
                Operator::Binary(op) => fold::binary(op, a, b),
                Operator::And => fold::and(a, b),
                Operator::Or => fold::or(a, b),
            };
            if let Some(literal) = folded {
                let pos = self.function.ast.tree.expr(left).pos;
                return self.add(ExprKind::Literal(literal), pos);
            }
        }
        let op = match op {
            Operator::Binary(op) => op,
            Operator::And => return self.add(ExprKind::And(left, right), pos),
            Operator::Or => return self.add(ExprKind::Or(left, right), pos),
        };
        match op {
            BinOp::Eq | BinOp::Ne | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge => {
                pos.line = self.lexer.last_line;
            }
            BinOp::Concat => {
                pos.line = concat_line(&self.function.ast.tree, right).unwrap_or(pos.line);
            }
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
        self.add(ExprKind::Binary { op, left, right }, pos)
    }

    /// Parses an operand.
    fn simple(&mut self) -> Parse<ExprId> {
        let mut pos = self.lexer.pos();
        let kind = match self.lexer.token {
            Token::Int(value) => ExprKind::Literal(Literal::Int(value)),
            Token::Float(value) => ExprKind::Literal(Literal::Float(value)),
            Token::Str(value) => ExprKind::Literal(Literal::Str(value)),
            Token::Nil => ExprKind::Literal(Literal::Nil),
            Token::True => ExprKind::Literal(Literal::Bool(true)),
            Token::False => ExprKind::Literal(Literal::Bool(false)),
            Token::Dots => {
                if self.function.ast.vararg == Vararg::No {
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
                let (function, _) = self.function_body(false, start)?;
                pos.line = self.lexer.last_line;
                return Ok(self.add(ExprKind::Function(function), pos));
            }
            _ => return Ok(self.suffixed()?.expr),
        };
        let expr = self.add(kind, pos);
        self.advance()?;
        Ok(expr)
    }

    /// Parses a variable, a parenthesized expression, or one of these with suffixes.
    pub(super) fn suffixed(&mut self) -> Parse<Suffixed> {
        let Suffixed { mut expr, mut role } = self.primary()?;
        if let ExprKind::Local(id) = self.kind(expr)
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
                    self.settle(expr);
                    let key = self.bracketed_key()?;
                    self.fetch_indexed(expr, key);
                    expr = self.add(ExprKind::Index { object: expr, key }, pos);
                    role = Role::Variable;
                }
                Token::Char(b':') => {
                    let offset = self.lexer.pos().offset;
                    self.advance()?;
                    let name = self.name()?;
                    self.settle(expr);
                    let line = self.lexer.line;
                    let args = self.arguments()?;
                    let kind = ExprKind::MethodCall { object: expr, name, args };
                    expr = self.add(kind, Pos { line, offset });
                    role = Role::Call;
                }
                Token::Char(b'(' | b'{') | Token::Str(_) => {
                    let pos = self.lexer.pos();
                    self.settle(expr);
                    let args = self.arguments()?;
                    expr = self.add(ExprKind::Call { callee: expr, args }, pos);
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
                let inner = self.expression()?;
                self.expect_closing(Token::Char(b')'), Token::Char(b'('), pos.line)?;
                self.settle(inner);
                let expr = match self.kind(inner) {
                    ExprKind::Literal(_) => inner,
                    _ => self.add(ExprKind::Paren(inner), pos),
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
        Ok(Suffixed { expr: self.add(kind, pos), role })
    }

    /// Parses the `.name` (or, in the name of a method, `:name`) behind an expression.
    pub(super) fn field(&mut self, object: ExprId) -> Parse<ExprId> {
        let pos = self.lexer.pos();
        self.settle(object);
        self.advance()?;
        let key_pos = self.lexer.pos();
        let name = self.name()?;
        let key = self.add(ExprKind::Literal(Literal::Str(name)), key_pos);
        Ok(self.add(ExprKind::Index { object, key }, pos))
    }

    /// Object and key of an index expression are wanted now: an upvalue as object is fetched only now, unless the key is a
    /// name, and a constant as key is.
    fn fetch_indexed(&mut self, object: ExprId, key: ExprId) {
        let key_kind = self.kind(key);
        let is_name = matches!(key_kind, ExprKind::Literal(Literal::Str(_)));
        if matches!(self.kind(object), ExprKind::Upvalue(_)) && !is_name {
            self.fetch(object);
        }
        if matches!(key_kind, ExprKind::Literal(_)) {
            self.fetch(key);
        }
    }

    fn bracketed_key(&mut self) -> Parse<ExprId> {
        self.advance()?;
        let key = self.settled_expression()?;
        self.expect(Token::Char(b']'))?;
        Ok(key)
    }

    /// Parses the arguments of a call.
    fn arguments(&mut self) -> Parse<Exprs> {
        let line = self.lexer.line;
        let mark = self.lists.len();
        match self.lexer.token {
            Token::Char(b'(') => {
                self.advance()?;
                let is_empty = self.at(Token::Char(b')'));
                if !is_empty {
                    self.gather_expressions()?;
                }
                self.expect_closing(Token::Char(b')'), Token::Char(b'('), line)?;
                if !is_empty {
                    self.settle_last();
                }
            }
            Token::Char(b'{') => {
                let table = self.table()?;
                self.gather(table.0);
            }
            Token::Str(value) => {
                let mut pos = self.lexer.pos();
                self.advance()?;
                pos.line = self.lexer.last_line;
                let string = self.add(ExprKind::Literal(Literal::Str(value)), pos);
                self.gather(string.0);
            }
            _ => return Err(self.lexer.error_near_token("function arguments expected")),
        }
        Ok(self.gathered_exprs(mark))
    }

    /// Parses a table constructor.
    fn table(&mut self) -> Parse<ExprId> {
        let opening = self.lexer.pos();
        let pos = Pos { line: self.lexer.last_line, offset: opening.offset };
        let mark = self.items.len();
        self.advance()?;
        // A positional item is settled when it is known that another item follows.
        let mut last = None;
        while !self.at(Token::Char(b'}')) {
            if let Some(positional) = last {
                self.settle(positional);
            }
            last = self.table_item()?;
            if !self.accept(Token::Char(b','))? && !self.accept(Token::Char(b';'))? {
                break;
            }
        }
        self.expect_closing(Token::Char(b'}'), Token::Char(b'{'), opening.line)?;
        if let Some(positional) = last {
            self.settle(positional);
        }
        let items = self.function.ast.tree.add_items(&self.items[mark..]);
        self.items.truncate(mark);
        Ok(self.add(ExprKind::Table(items, self.lexer.last_line), pos))
    }

    /// Parses an entry of a table constructor, and gives its value if it is a positional one.
    fn table_item(&mut self) -> Parse<Option<ExprId>> {
        self.charge(Tree::ITEM_BYTES);
        let token = self.lexer.token;
        let key = match token {
            Token::Name(name) if self.lexer.peek()? == Token::Char(b'=') => {
                let pos = self.lexer.pos();
                self.advance()?;
                self.add(ExprKind::Literal(Literal::Str(name)), pos)
            }
            Token::Char(b'[') => self.bracketed_key()?,
            _ => {
                let value = self.expression()?;
                push(&mut self.items, TableItem::Positional(value));
                return Ok(Some(value));
            }
        };
        self.expect(Token::Char(b'='))?;
        if self.literal(key).is_some() {
            self.fetch(key);
        }
        let value = self.settled_expression()?;
        let item = TableItem::Keyed(key, value, self.lexer.last_line);
        push(&mut self.items, item);
        Ok(None)
    }
}

/// The line of the last operator of a chain of `..`: the chain is one instruction, on that line.
fn concat_line(tree: &Tree, right: ExprId) -> Option<u32> {
    match tree.kind(right) {
        ExprKind::Binary { op: BinOp::Concat, .. } => Some(tree.expr(right).pos.line),
        ExprKind::Paren(inner) => concat_line(tree, inner),
        _ => None,
    }
}
