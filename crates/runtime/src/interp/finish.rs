//! Finish arms: the rest of an instruction after the function it called has returned.

use crate::call::Next;
use crate::cx::{Cx, Fault};
use crate::value::Value;
use perilune_bytecode::ops::{Instr, Op};

/// What is left to do of an instruction when the function it called has returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// The first result goes to register `a`.
    Store,
    /// Nothing.
    Nothing,
    /// The truth of the first result decides where it goes on, as that of a comparison.
    Branch,
    /// `c` results go to the registers from `a + 3` on.
    Iterate,
    /// The first result goes to `a`, and the object to the register behind.
    Method,
    /// The result takes the place of two operands, and the rest is concatenated.
    Concat,
    /// All results are returned.
    Return,
    /// The next variable is closed.
    Close,
    /// The same, and in the end the function returns.
    ReturnClose,
    /// It calls nothing, or the results go where a call wants them.
    Never,
}

impl Finish {
    /// What is left of instructions with an opcode.
    pub const fn of(op: Op) -> Finish {
        match op {
            Op::SelfOp => Finish::Method,
            Op::GetEnv | Op::GetField | Op::GetIndex | Op::GetInt | Op::Len => Finish::Store,
            Op::SetEnv | Op::SetField | Op::SetIndex | Op::SetInt => Finish::Nothing,
            Op::JEq | Op::JLt | Op::JLe | Op::JLtI | Op::JLeI | Op::JGtI | Op::JGeI => {
                Finish::Branch
            }
            Op::Concat => Finish::Concat,
            Op::TForCall => Finish::Iterate,
            Op::TailCall => Finish::Return,
            Op::Close => Finish::Close,
            Op::ReturnClose => Finish::ReturnClose,
            Op::Add | Op::Sub | Op::Mul | Op::Mod | Op::Pow | Op::Div | Op::IDiv => Finish::Store,
            Op::BAnd | Op::BOr | Op::BXor | Op::Shl | Op::Shr | Op::Unm | Op::BNot => Finish::Store,
            Op::AddI | Op::SubI | Op::ShlI | Op::ShrI | Op::AddK | Op::SubK | Op::MulK => {
                Finish::Store
            }
            Op::ModK | Op::PowK | Op::DivK | Op::IDivK | Op::BAndK | Op::BOrK | Op::BXorK => {
                Finish::Store
            }
            Op::Move | Op::LoadI | Op::LoadK | Op::LoadNil | Op::LoadBool => Finish::Never,
            Op::NewBox | Op::GetBox | Op::SetBox | Op::GetUpval | Op::SetUpval => Finish::Never,
            Op::Closure | Op::NewTable | Op::SetList | Op::Not | Op::Jmp => Finish::Never,
            Op::JmpBack | Op::JTrue | Op::JFalse | Op::JEqK | Op::JEqI | Op::Call => Finish::Never,
            Op::Return | Op::Return0 | Op::Return1 | Op::VarargPrep => Finish::Never,
            Op::Vararg | Op::VarargTable | Op::GetVararg | Op::ForPrep => Finish::Never,
            Op::ForLoop | Op::TForPrep | Op::TForLoop | Op::Tbc | Op::CheckGlobal => Finish::Never,
        }
    }
}

impl Cx {
    /// Completes the instruction under way in the top frame with the `n` results at `src`.
    ///
    /// # Errors
    /// What goes wrong in the rest of the instruction.
    pub(crate) fn finish_instr(&mut self, src: usize, n: usize) -> Result<Next, Fault> {
        let f = *self.frame_mut();
        // SAFETY: the saved program counter of a frame in the middle of an instruction is behind it.
        let i: Instr = unsafe { *f.pc.wrapping_sub(1) };
        let first =
            if n > 0 { Value::<'static>::from_bits(self.at(src).bits()) } else { Value::NIL };
        match Finish::of(i.op()) {
            Finish::Store => {
                self.set_reg(&f, i.a(), first);
                Ok(Next::Continue)
            }
            Finish::Nothing => Ok(Next::Continue),
            Finish::Branch => {
                self.branch(!first.is_falsy());
                Ok(Next::Continue)
            }
            Finish::Iterate => {
                let dest = f.base as usize + i.a() as usize + 3;
                self.move_down(dest, src, n, i.c() as usize);
                Ok(Next::Continue)
            }
            Finish::Method => {
                self.set_reg(&f, i.a() + 1, self.reg(&f, i.b()));
                self.set_reg(&f, i.a(), first);
                Ok(Next::Continue)
            }
            Finish::Concat => {
                let left = f.aux - 1;
                self.slot(f.base as usize + i.a() as usize + left as usize - 1).set(first);
                self.frame_mut().aux = left;
                self.concat_go_on(i)
            }
            Finish::Return => Ok(self.returned(src, n)),
            Finish::Close => self.close_from(i),
            Finish::ReturnClose => self.return_after_closing(i),
            Finish::Never => self.no_finish(),
        }
    }

    /// An instruction that calls nothing got results: the machinery is at fault.
    #[cold]
    fn no_finish(&self) -> Result<Next, Fault> {
        Err(self.runtime_error("internal error: an instruction that calls nothing got results"))
    }

    /// Moves `n` values from `src` down to `dest`, adjusted to `wanted`, leaving the top alone.
    fn move_down(&self, dest: usize, src: usize, n: usize, wanted: usize) {
        for k in 0..wanted {
            let v = if k < n { self.at(src + k) } else { Value::NIL };
            self.slot(dest + k).set(v);
        }
    }
}
