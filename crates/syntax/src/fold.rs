//! Operations on constants that are evaluated at compile time.
//!
//! **Problem.** Which operations are folded is visible to programs: it decides whether `local x <const> = e`
//! is a compile-time constant (no register, no upvalue, not counted among the 200 locals), and an error like
//! `1 // 0` must stay where it is. So the rules are exactly those of the reference implementation:
//! arithmetic and bitwise operators on two numbers, unless the operation fails or yields NaN or a float zero
//! (whose sign a constant table might lose); unary `-` and `~` likewise; `not` of any constant; `and` and
//! `or` when the left constant decides that the right one is the value. Concatenation, comparison and `#`
//! are left alone.
//!
//! **Design.** The parser folds while it builds the tree, one node at a time, so a constant expression is
//! an [`ExprKind::Literal`] in the tree and nobody has to search for constants below a node.
//!
//! **Rejected.** Folding a finished tree: asking every node of a long chain of operators about everything
//! below it takes quadratic time.

use crate::ast::{BinOp, ExprId, ExprKind, Literal, Tree, UnOp};
use perilune_semantics::{ArithOp, Num, arith};

/// The value of an expression if it is a constant. Operators are looked through one level deep, which is all
/// there can be in a tree made by the parser.
pub fn fold(tree: &Tree, expr: ExprId) -> Option<Literal> {
    let literal = |expr| literal(tree, expr);
    match tree.kind(expr) {
        ExprKind::Literal(literal) => Some(literal),
        ExprKind::Paren(inner) => literal(inner),
        ExprKind::Unary { op, operand } => unary(op, literal(operand)?),
        ExprKind::Binary { op, left, right } => binary(op, literal(left)?, literal(right)?),
        ExprKind::And(left, right) => and(literal(left)?, literal(right)?),
        ExprKind::Or(left, right) => or(literal(left)?, literal(right)?),
        ExprKind::Vararg
        | ExprKind::Function(_)
        | ExprKind::Local(_)
        | ExprKind::Upvalue(_)
        | ExprKind::Global { .. }
        | ExprKind::Index { .. }
        | ExprKind::Call { .. }
        | ExprKind::MethodCall { .. }
        | ExprKind::Table(..) => None,
    }
}

/// The constant that an expression is.
pub(crate) fn literal(tree: &Tree, expr: ExprId) -> Option<Literal> {
    match tree.kind(expr) {
        ExprKind::Literal(literal) => Some(literal),
        ExprKind::Vararg
        | ExprKind::Function(_)
        | ExprKind::Local(_)
        | ExprKind::Upvalue(_)
        | ExprKind::Global { .. }
        | ExprKind::Index { .. }
        | ExprKind::Call { .. }
        | ExprKind::MethodCall { .. }
        | ExprKind::Unary { .. }
        | ExprKind::Binary { .. }
        | ExprKind::And(..)
        | ExprKind::Or(..)
        | ExprKind::Paren(_)
        | ExprKind::Table(..) => None,
    }
}

/// `op operand`, if it is folded.
pub fn unary(op: UnOp, operand: Literal) -> Option<Literal> {
    let arith_op = match op {
        UnOp::Not => return Some(Literal::Bool(!truth(operand))),
        UnOp::Len => return None,
        UnOp::Neg => ArithOp::Unm,
        UnOp::BNot => ArithOp::BNot,
    };
    let number = number(operand)?;
    evaluate(arith_op, number, number)
}

/// `left op right`, if it is folded.
pub fn binary(op: BinOp, left: Literal, right: Literal) -> Option<Literal> {
    let divides = matches!(op, BinOp::Div | BinOp::IDiv | BinOp::Mod);
    let op = match op {
        BinOp::Add => ArithOp::Add,
        BinOp::Sub => ArithOp::Sub,
        BinOp::Mul => ArithOp::Mul,
        BinOp::Mod => ArithOp::Mod,
        BinOp::Pow => ArithOp::Pow,
        BinOp::Div => ArithOp::Div,
        BinOp::IDiv => ArithOp::IDiv,
        BinOp::BAnd => ArithOp::BAnd,
        BinOp::BOr => ArithOp::BOr,
        BinOp::BXor => ArithOp::BXor,
        BinOp::Shl => ArithOp::Shl,
        BinOp::Shr => ArithOp::Shr,
        BinOp::Concat | BinOp::Eq | BinOp::Ne | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge => {
            return None;
        }
    };
    let (left, right) = (number(left)?, number(right)?);
    if divides && right.to_float() == 0.0 {
        return None;
    }
    evaluate(op, left, right)
}

/// `left and right`, if the left operand is true and so the right one is the value.
pub fn and(left: Literal, right: Literal) -> Option<Literal> {
    truth(left).then_some(right)
}

/// `left or right`, if the left operand is false and so the right one is the value.
pub fn or(left: Literal, right: Literal) -> Option<Literal> {
    (!truth(left)).then_some(right)
}

fn truth(literal: Literal) -> bool {
    !matches!(literal, Literal::Nil | Literal::Bool(false))
}

fn number(literal: Literal) -> Option<Num> {
    match literal {
        Literal::Int(value) => Some(Num::Int(value)),
        Literal::Float(value) => Some(Num::Float(value)),
        Literal::Nil | Literal::Bool(_) | Literal::Str(_) => None,
    }
}

fn evaluate(op: ArithOp, left: Num, right: Num) -> Option<Literal> {
    match arith(op, left, right).ok()? {
        Num::Int(value) => Some(Literal::Int(value)),
        Num::Float(value) if value.is_nan() || value == 0.0 => None,
        Num::Float(value) => Some(Literal::Float(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Literal::{Bool, Float, Int, Nil};

    const STRING: Literal = Literal::Str(crate::ast::Symbol(0));

    #[test]
    fn arithmetic() {
        assert_eq!(binary(BinOp::Add, Int(1), Int(2)), Some(Int(3)));
        assert_eq!(binary(BinOp::Add, Int(i64::MAX), Int(1)), Some(Int(i64::MIN)));
        assert_eq!(binary(BinOp::Div, Int(1), Int(2)), Some(Float(0.5)));
        assert_eq!(binary(BinOp::IDiv, Int(-7), Int(2)), Some(Int(-4)));
        assert_eq!(binary(BinOp::Pow, Int(2), Int(10)), Some(Float(1024.0)));
        assert_eq!(binary(BinOp::Shl, Float(2.0), Int(3)), Some(Int(16)));
        assert_eq!(unary(UnOp::Neg, Int(i64::MIN)), Some(Int(i64::MIN)));
        assert_eq!(unary(UnOp::BNot, Float(0.0)), Some(Int(-1)));
    }

    #[test]
    fn what_is_left_for_run_time() {
        for op in [BinOp::Div, BinOp::IDiv, BinOp::Mod] {
            assert_eq!(binary(op, Int(1), Int(0)), None);
            assert_eq!(binary(op, Int(1), Float(-0.0)), None);
        }
        assert_eq!(binary(BinOp::Sub, Float(1.0), Int(1)), None);
        assert_eq!(binary(BinOp::Sub, Float(f64::INFINITY), Float(f64::INFINITY)), None);
        assert_eq!(binary(BinOp::BOr, Float(1.5), Int(1)), None);
        assert_eq!(binary(BinOp::Add, STRING, Int(1)), None);
        assert_eq!(binary(BinOp::Concat, STRING, STRING), None);
        assert_eq!(binary(BinOp::Eq, Int(1), Int(1)), None);
        assert_eq!(unary(UnOp::Neg, Float(0.0)), None);
        assert_eq!(unary(UnOp::Len, STRING), None);
    }

    #[test]
    fn logic() {
        assert_eq!(unary(UnOp::Not, Nil), Some(Bool(true)));
        assert_eq!(unary(UnOp::Not, STRING), Some(Bool(false)));
        assert_eq!(and(Int(1), Nil), Some(Nil));
        assert_eq!(and(Bool(false), Int(1)), None);
        assert_eq!(or(Nil, Int(2)), Some(Int(2)));
        assert_eq!(or(Int(1), Int(2)), None);
    }
}
