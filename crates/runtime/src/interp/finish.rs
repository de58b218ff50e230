//! Finish arms: the rest of an instruction after the function it called has returned.

use crate::call::Next;
use crate::cx::{Cx, Fault};
use crate::value::Value;
use perilune_bytecode::ops::{Instr, Op};

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
        match i.op() {
            Op::SelfOp => {
                self.set_reg(&f, i.a() + 1, self.reg(&f, i.b()));
                self.set_reg(&f, i.a(), first);
                Ok(Next::Continue)
            }
            Op::GetEnv | Op::GetField | Op::GetIndex | Op::GetInt | Op::Len => {
                self.set_reg(&f, i.a(), first);
                Ok(Next::Continue)
            }
            Op::SetEnv | Op::SetField | Op::SetIndex | Op::SetInt => Ok(Next::Continue),
            Op::JEq | Op::JLt | Op::JLe | Op::JLtI | Op::JLeI | Op::JGtI | Op::JGeI => {
                self.branch(!first.is_falsy());
                Ok(Next::Continue)
            }
            Op::Concat => {
                let left = f.aux - 1;
                self.slot(f.base as usize + i.a() as usize + left as usize - 1).set(first);
                self.frame_mut().aux = left;
                self.concat_go_on(i)
            }
            Op::TForCall => {
                let dest = f.base as usize + i.a() as usize + 3;
                self.move_down(dest, src, n, i.c() as usize);
                Ok(Next::Continue)
            }
            Op::TailCall => Ok(self.returned(src, n)),
            Op::Close => self.close_from(i),
            Op::ReturnClose => self.return_after_closing(i),
            Op::Add | Op::Sub | Op::Mul | Op::Mod | Op::Pow | Op::Div | Op::IDiv => {
                self.set_reg(&f, i.a(), first);
                Ok(Next::Continue)
            }
            Op::BAnd | Op::BOr | Op::BXor | Op::Shl | Op::Shr | Op::Unm | Op::BNot => {
                self.set_reg(&f, i.a(), first);
                Ok(Next::Continue)
            }
            Op::AddI | Op::SubI | Op::ShlI | Op::ShrI | Op::AddK | Op::SubK | Op::MulK => {
                self.set_reg(&f, i.a(), first);
                Ok(Next::Continue)
            }
            Op::ModK | Op::PowK | Op::DivK | Op::IDivK | Op::BAndK | Op::BOrK | Op::BXorK => {
                self.set_reg(&f, i.a(), first);
                Ok(Next::Continue)
            }
            Op::Move | Op::LoadI | Op::LoadK | Op::LoadNil | Op::LoadBool => self.no_finish(),
            Op::NewBox | Op::GetBox | Op::SetBox | Op::GetUpval | Op::SetUpval => self.no_finish(),
            Op::Closure | Op::NewTable | Op::SetList | Op::Not | Op::Jmp => self.no_finish(),
            Op::JmpBack | Op::JTrue | Op::JFalse | Op::JEqK | Op::JEqI | Op::Call => {
                self.no_finish()
            }
            Op::Return | Op::Return0 | Op::Return1 | Op::VarargPrep => self.no_finish(),
            Op::Vararg | Op::VarargTable | Op::GetVararg | Op::ForPrep => self.no_finish(),
            Op::ForLoop | Op::TForPrep | Op::TForLoop | Op::Tbc | Op::CheckGlobal => {
                self.no_finish()
            }
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
