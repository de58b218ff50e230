//! What the verifier must know of an opcode beyond its row in the table.

use crate::ops::Op;

/// The meaning of an opcode for the verifier where its row doesn't say it all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// The row says everything: values are read, values are written.
    Plain,
    /// As plain; the constant is one that a register may get by itself.
    Load,
    /// As plain; the constant is a number.
    NumberK,
    /// As plain; the constant is an integer.
    IntegerK,
    /// As plain; the constant is a string.
    StringK,
    /// As plain; the upvalue isn't read-only.
    SetUpval,
    /// As plain; reads its operands again after it called.
    LateReads,
    /// As `LateReads`; at least two operands.
    Concat,
    /// As plain; the offset isn't negative.
    SetList,
    /// Makes a box from a value.
    NewBox,
    /// Reads a box in `b`.
    GetBox,
    /// Writes to the box in `a`.
    SetBox,
    /// Captures boxes.
    Closure,
    /// Hands the registers from `a` up to the callee.
    Call,
    /// First in vararg functions, and only there.
    VarargPrep,
    /// Of functions with a vararg table: second instruction.
    VarargTable,
    /// Of vararg functions, with or without table.
    Vararg,
    /// Of vararg functions without table.
    GetVararg,
    /// Makes loop state of three values.
    ForPrep,
    /// Needs loop state, and loop body after a `FORPREP` with the same base.
    ForLoop,
    /// Jumps to its `TFORCALL`; marks `a+2` to be closed.
    TForPrep,
    /// Uses `a+4..a+7`.
    TForCall,
    /// Jumps to the loop body after a `TFORPREP` with the same base.
    TForLoop,
    /// Leaves the function without closing variables.
    Leave,
    /// Closes every variable, then reads its operands.
    ReturnClose,
    /// Marks `a` to be closed.
    Tbc,
    /// Closes variables from `a` up.
    Close,
}

/// The rule of an opcode.
pub(super) fn rule(op: Op) -> Rule {
    use Op::*;
    match op {
        LoadK => Rule::Load,
        AddK | SubK | MulK | ModK | PowK | DivK | IDivK => Rule::NumberK,
        BAndK | BOrK | BXorK => Rule::IntegerK,
        CheckGlobal => Rule::StringK,
        SetUpval => Rule::SetUpval,
        SelfOp => Rule::LateReads,
        Concat => Rule::Concat,
        SetList => Rule::SetList,
        NewBox => Rule::NewBox,
        GetBox => Rule::GetBox,
        SetBox => Rule::SetBox,
        Closure => Rule::Closure,
        Call => Rule::Call,
        VarargPrep => Rule::VarargPrep,
        VarargTable => Rule::VarargTable,
        Vararg => Rule::Vararg,
        GetVararg => Rule::GetVararg,
        ForPrep => Rule::ForPrep,
        ForLoop => Rule::ForLoop,
        TForPrep => Rule::TForPrep,
        TForCall => Rule::TForCall,
        TForLoop => Rule::TForLoop,
        TailCall | Return | Return0 | Return1 => Rule::Leave,
        ReturnClose => Rule::ReturnClose,
        Tbc => Rule::Tbc,
        Close => Rule::Close,
        Move | LoadI | LoadNil | LoadBool | GetUpval | GetEnv | SetEnv | GetField | SetField
        | GetIndex | SetIndex | GetInt | SetInt | NewTable | Add | Sub | Mul | Mod | Pow | Div
        | IDiv | BAnd | BOr | BXor | Shl | Shr | AddI | SubI | ShlI | ShrI | Unm | BNot | Not
        | Len | Jmp | JmpBack | JTrue | JFalse | JEq | JLt | JLe | JEqK | JEqI | JLtI | JLeI
        | JGtI | JGeI => Rule::Plain,
    }
}
