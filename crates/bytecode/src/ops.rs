//! The opcode table: the one place that states the facts of every instruction.
//!
//! **Problem.** An instruction is known to the encoder, disassembler, text parser, verifier, interpreter, the
//! compilers and the collector. Stated in each, its facts drift apart.
//!
//! **Design.** [`for_each_op!`](crate::for_each_op) is a macro table; a row has the name, its doc comment as a Lua
//! pseudo-assignment, operand kinds in field order, the registers read and written, what else it may do, and
//! its feedback kind. From it this module generates [`Op`], the per-op [`OpInfo`] used by encoder, disassembler,
//! text parser and verifier, the [`OpHandler`] trait that every tier implements (a new opcode fails to
//! compile until each tier has an arm) and [`dispatch`].
//!
//! An instruction is 64 bits: `op:8 a:8 b:8 c:8 d:32`. Registers are 8 bits; `d` holds a constant index, a
//! jump distance (relative to the *next* instruction), a 32-bit immediate, or the number of a feedback site.
//! Property, call and allocation sites have a [`crate::proto::Site`] (named by `d`) which holds the static
//! operands, such as the key; arithmetic, comparison and branch feedback needs a byte only and is found by the
//! instruction's own index, so it takes no operand.
//!
//! **Invariants.** Only `JMPBACK`, `FORLOOP` and `TFORLOOP` jump backwards; they are the loop back-edges and poll
//! for a safepoint. Every instruction that may call has a *finish* arm in the interpreter, run when the callee
//! returns. While an instruction is under way, registers below `Proto::live_top` of it are initialized and
//! everything at or above is dead.
//!
//! **Rejected.** 32-bit instructions with extension words (two fetches where feedback is wanted); variable-length
//! code (harder to verify, index, and to keep line tables for).

use std::fmt;

/// What an operand field of an instruction means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperandKind {
    /// Unused; must be zero.
    None,
    /// A register.
    Reg,
    /// An unsigned count or small number, instruction-specific.
    Count,
    /// A flag, 0 or 1.
    Flag,
    /// An 8-bit signed immediate.
    Imm8,
    /// A 32-bit signed immediate.
    Imm32,
    /// Index of an upvalue.
    Upvalue,
    /// Index of a constant.
    Const,
    /// Index of a nested prototype.
    Proto,
    /// Distance of a jump, counted from the next instruction.
    Jump,
    /// Index of a feedback site.
    Site,
}

/// A field of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Bits 8–15.
    A,
    /// Bits 16–23.
    B,
    /// Bits 24–31.
    C,
    /// Bits 32–63.
    D,
}

impl Field {
    /// All of them, in the order in which [`OpInfo::operands`] has their kinds.
    pub const ALL: [Field; 4] = [Field::A, Field::B, Field::C, Field::D];
}

/// A set of registers an instruction reads or writes, relative to its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Regs {
    /// The register named by a field, plus an offset.
    One(Field, u8),
    /// `count` registers from the one named by a field plus an offset.
    Fixed(Field, u8, u8),
    /// Registers from a field plus an offset; how many is the value of another field minus a bias.
    /// A count field of zero with bias 1 means "up to the top" (an open list).
    Counted(Field, u8, Field, u8),
    /// The register named by a field plus an offset, if another field isn't zero.
    OneIf(Field, u8, Field),
    /// The registers with the boxes that the nested function named by a field captures.
    Captured(Field),
    /// The to-be-closed variables in the register named by a field and above it.
    Closing(Field),
}

/// What an instruction may do beyond computing registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effects(pub u8);

impl Effects {
    /// Nothing else.
    pub const NONE: Effects = Effects(0);
    /// May call a Lua or native function (and so reach a safepoint and throw).
    pub const CALL: Effects = Effects(1 | 2);
    /// May throw an error.
    pub const THROW: Effects = Effects(2);
    /// May allocate (which by itself neither collects nor throws).
    pub const ALLOC: Effects = Effects(4);
    /// Is a safepoint.
    pub const POLL: Effects = Effects(8 | 2 | 1);
    /// Allocates and may throw or call.
    pub const ALL: Effects = Effects(1 | 2 | 4);

    /// Whether it may call.
    pub const fn may_call(self) -> bool {
        self.0 & 1 != 0
    }
    /// Whether it may throw.
    pub const fn may_throw(self) -> bool {
        self.0 & 2 != 0
    }
    /// Whether it may allocate.
    pub const fn may_allocate(self) -> bool {
        self.0 & 4 != 0
    }
    /// Whether it polls for a safepoint itself.
    pub const fn polls(self) -> bool {
        self.0 & 8 != 0
    }
}

/// What an instruction does with control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Goes to the next instruction.
    Next,
    /// Always jumps.
    Jump,
    /// Jumps or goes on.
    Branch,
    /// Leaves the function.
    Exit,
}

/// What a site of this instruction learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedbackKind {
    /// Nothing.
    None,
    /// Operand types, a byte per instruction.
    Arith,
    /// Compared types and the branch taken.
    Compare,
    /// The branch taken.
    Branch,
    /// How often a loop went round.
    Loop,
    /// Shapes at a named property access.
    Property,
    /// Array kinds or key types at an indexed access.
    Element,
    /// Callees.
    Call,
    /// Final shape and array kind of a new table.
    Alloc,
}

/// Static facts of an opcode, one row of the table.
#[derive(Clone, Copy, Debug)]
pub struct OpInfo {
    /// The mnemonic.
    pub name: &'static str,
    /// Operand kinds of `a`, `b`, `c`, `d`.
    pub operands: [OperandKind; 4],
    /// Registers read.
    pub reads: &'static [Regs],
    /// Registers written when it completes.
    pub writes: &'static [Regs],
    /// Other effects.
    pub effects: Effects,
    /// Control flow.
    pub control: Control,
    /// Feedback.
    pub feedback: FeedbackKind,
}

/// Calls the macro `$m` with the whole opcode table.
///
/// A row: `/// doc` `Variant handler "NAME" [a b c d] reads{…} writes{…} EFFECTS Control Feedback;`
#[macro_export]
macro_rules! for_each_op {
    ($m:path) => {
        $m! {
            /// `R[a] := R[b]`
            Move mov "MOVE" [Reg Reg None None] reads{One(B,0)} writes{One(A,0)} NONE Next None;
            /// `R[a] := d`, an integer
            LoadI loadi "LOADI" [Reg None None Imm32] reads{} writes{One(A,0)} NONE Next None;
            /// `R[a] := K[d]`
            LoadK loadk "LOADK" [Reg None None Const] reads{} writes{One(A,0)} NONE Next None;
            /// `R[a], …, R[a+b] := nil` (b+1 registers)
            LoadNil loadnil "LOADNIL" [Reg Count None None] reads{} writes{One(A,0),Counted(A,1,B,0)} NONE Next None;
            /// `R[a] := b ~= 0`
            LoadBool loadbool "LOADBOOL" [Reg Flag None None] reads{} writes{One(A,0)} NONE Next None;

            /// `R[a] := box(R[a])`: a captured local begins its life
            NewBox newbox "NEWBOX" [Reg None None None] reads{One(A,0)} writes{One(A,0)} ALLOC Next None;
            /// `R[a] := R[b].value`, where `R[b]` is a box
            GetBox getbox "GETBOX" [Reg Reg None None] reads{One(B,0)} writes{One(A,0)} NONE Next None;
            /// `R[a].value := R[b]`, where `R[a]` is a box
            SetBox setbox "SETBOX" [Reg Reg None None] reads{One(A,0),One(B,0)} writes{} NONE Next None;
            /// `R[a] := U[b]`
            GetUpval getupval "GETUPVAL" [Reg Upvalue None None] reads{} writes{One(A,0)} NONE Next None;
            /// `U[b] := R[a]`
            SetUpval setupval "SETUPVAL" [Reg Upvalue None None] reads{One(A,0)} writes{} NONE Next None;
            /// `R[a] := closure(P[d])`
            Closure closure "CLOSURE" [Reg None None Proto] reads{Captured(D)} writes{One(A,0)} ALLOC Next None;

            /// `R[a] := U[b][key of site d]`: a global variable
            GetEnv getenv "GETENV" [Reg Upvalue None Site] reads{} writes{One(A,0)} CALL Next Property;
            /// `U[b][key of site d] := R[a]`
            SetEnv setenv "SETENV" [Reg Upvalue None Site] reads{One(A,0)} writes{} ALL Next Property;
            /// `R[a] := R[b][key of site d]`
            GetField getfield "GETFIELD" [Reg Reg None Site] reads{One(B,0)} writes{One(A,0)} CALL Next Property;
            /// `R[a][key of site d] := R[b]`
            SetField setfield "SETFIELD" [Reg Reg None Site] reads{One(A,0),One(B,0)} writes{} ALL Next Property;
            /// `R[a+1] := R[b]; R[a] := R[b][key of site d]`: the method of a call `R[b]:key(…)`
            SelfOp self_op "SELF" [Reg Reg None Site] reads{One(B,0)} writes{Fixed(A,0,2)} CALL Next Property;
            /// `R[a] := R[b][R[c]]`
            GetIndex getindex "GETINDEX" [Reg Reg Reg Site] reads{One(B,0),One(C,0)} writes{One(A,0)} CALL Next Element;
            /// `R[a][R[b]] := R[c]`
            SetIndex setindex "SETINDEX" [Reg Reg Reg Site] reads{One(A,0),One(B,0),One(C,0)} writes{} ALL Next Element;
            /// `R[a] := R[b][c]`, c a small non-negative integer
            GetInt getint "GETINT" [Reg Reg Count Site] reads{One(B,0)} writes{One(A,0)} CALL Next Element;
            /// `R[a][b] := R[c]`, b a small non-negative integer
            SetInt setint "SETINT" [Reg Count Reg Site] reads{One(A,0),One(C,0)} writes{} ALL Next Element;

            /// `R[a] := {}`, sized by the hints of site d
            NewTable newtable "NEWTABLE" [Reg None None Site] reads{} writes{One(A,0)} ALLOC Next Alloc;
            /// `R[a][d+i] := R[a+i]` for `1 <= i <= b-1`; b = 0: up to the top
            SetList setlist "SETLIST" [Reg Count None Imm32] reads{One(A,0),Counted(A,1,B,1)} writes{} ALL Next None;

            /// `R[a] := R[b] + R[c]`
            Add add "ADD" [Reg Reg Reg None] reads{One(B,0),One(C,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] - R[c]`
            Sub sub "SUB" [Reg Reg Reg None] reads{One(B,0),One(C,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] * R[c]`
            Mul mul "MUL" [Reg Reg Reg None] reads{One(B,0),One(C,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] % R[c]`
            Mod modulo "MOD" [Reg Reg Reg None] reads{One(B,0),One(C,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] ^ R[c]`
            Pow pow "POW" [Reg Reg Reg None] reads{One(B,0),One(C,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] / R[c]`
            Div div "DIV" [Reg Reg Reg None] reads{One(B,0),One(C,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] // R[c]`
            IDiv idiv "IDIV" [Reg Reg Reg None] reads{One(B,0),One(C,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] & R[c]`
            BAnd band "BAND" [Reg Reg Reg None] reads{One(B,0),One(C,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] | R[c]`
            BOr bor "BOR" [Reg Reg Reg None] reads{One(B,0),One(C,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] ~ R[c]`
            BXor bxor "BXOR" [Reg Reg Reg None] reads{One(B,0),One(C,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] << R[c]`
            Shl shl "SHL" [Reg Reg Reg None] reads{One(B,0),One(C,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] >> R[c]`
            Shr shr "SHR" [Reg Reg Reg None] reads{One(B,0),One(C,0)} writes{One(A,0)} ALL Next Arith;

            /// `R[a] := R[b] + d`
            AddI addi "ADDI" [Reg Reg None Imm32] reads{One(B,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] - d`
            SubI subi "SUBI" [Reg Reg None Imm32] reads{One(B,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] << d`
            ShlI shli "SHLI" [Reg Reg None Imm32] reads{One(B,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] >> d`
            ShrI shri "SHRI" [Reg Reg None Imm32] reads{One(B,0)} writes{One(A,0)} ALL Next Arith;

            /// `R[a] := R[b] + K[d]`, `K[d]` a number
            AddK addk "ADDK" [Reg Reg None Const] reads{One(B,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] - K[d]`, `K[d]` a number
            SubK subk "SUBK" [Reg Reg None Const] reads{One(B,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] * K[d]`, `K[d]` a number
            MulK mulk "MULK" [Reg Reg None Const] reads{One(B,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] % K[d]`, `K[d]` a number
            ModK modk "MODK" [Reg Reg None Const] reads{One(B,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] ^ K[d]`, `K[d]` a number
            PowK powk "POWK" [Reg Reg None Const] reads{One(B,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] / K[d]`, `K[d]` a number
            DivK divk "DIVK" [Reg Reg None Const] reads{One(B,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] // K[d]`, `K[d]` a number
            IDivK idivk "IDIVK" [Reg Reg None Const] reads{One(B,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] & K[d]`, `K[d]` an integer
            BAndK bandk "BANDK" [Reg Reg None Const] reads{One(B,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] | K[d]`, `K[d]` an integer
            BOrK bork "BORK" [Reg Reg None Const] reads{One(B,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := R[b] ~ K[d]`, `K[d]` an integer
            BXorK bxork "BXORK" [Reg Reg None Const] reads{One(B,0)} writes{One(A,0)} ALL Next Arith;

            /// `R[a] := -R[b]`
            Unm unm "UNM" [Reg Reg None None] reads{One(B,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := ~R[b]`
            BNot bnot "BNOT" [Reg Reg None None] reads{One(B,0)} writes{One(A,0)} ALL Next Arith;
            /// `R[a] := not R[b]`
            Not not "NOT" [Reg Reg None None] reads{One(B,0)} writes{One(A,0)} NONE Next None;
            /// `R[a] := #R[b]`
            Len len "LEN" [Reg Reg None None] reads{One(B,0)} writes{One(A,0)} CALL Next Arith;
            /// `R[a] := R[a] .. … .. R[a+b-1]`, b >= 2
            Concat concat "CONCAT" [Reg Count None None] reads{Counted(A,0,B,0)} writes{One(A,0)} ALL Next Arith;

            /// `pc += d`, forwards
            Jmp jmp "JMP" [None None None Jump] reads{} writes{} NONE Jump None;
            /// `pc += d`, backwards: the back-edge of `while`, `repeat` and backward `goto`
            JmpBack jmpback "JMPBACK" [None None None Jump] reads{} writes{} POLL Jump Loop;
            /// `if R[a] then pc += d`, forwards
            JTrue jtrue "JTRUE" [Reg None None Jump] reads{One(A,0)} writes{} NONE Branch Branch;
            /// `if not R[a] then pc += d`, forwards
            JFalse jfalse "JFALSE" [Reg None None Jump] reads{One(A,0)} writes{} NONE Branch Branch;
            /// `if (R[a] == R[b]) == c then pc += d`
            JEq jeq "JEQ" [Reg Reg Flag Jump] reads{One(A,0),One(B,0)} writes{} CALL Branch Compare;
            /// `if (R[a] < R[b]) == c then pc += d`
            JLt jlt "JLT" [Reg Reg Flag Jump] reads{One(A,0),One(B,0)} writes{} CALL Branch Compare;
            /// `if (R[a] <= R[b]) == c then pc += d`
            JLe jle "JLE" [Reg Reg Flag Jump] reads{One(A,0),One(B,0)} writes{} CALL Branch Compare;
            /// `if (R[a] == K[b]) == c then pc += d`; `K[b]` is not a table (so there's no metamethod)
            JEqK jeqk "JEQK" [Reg Const Flag Jump] reads{One(A,0)} writes{} NONE Branch Compare;
            /// `if (R[a] == b) == c then pc += d`
            JEqI jeqi "JEQI" [Reg Imm8 Flag Jump] reads{One(A,0)} writes{} NONE Branch Compare;
            /// `if (R[a] < b) == c then pc += d`
            JLtI jlti "JLTI" [Reg Imm8 Flag Jump] reads{One(A,0)} writes{} CALL Branch Compare;
            /// `if (R[a] <= b) == c then pc += d`
            JLeI jlei "JLEI" [Reg Imm8 Flag Jump] reads{One(A,0)} writes{} CALL Branch Compare;
            /// `if (R[a] > b) == c then pc += d`
            JGtI jgti "JGTI" [Reg Imm8 Flag Jump] reads{One(A,0)} writes{} CALL Branch Compare;
            /// `if (R[a] >= b) == c then pc += d`
            JGeI jgei "JGEI" [Reg Imm8 Flag Jump] reads{One(A,0)} writes{} CALL Branch Compare;

            /// `R[a], …, R[a+c-2] := R[a](R[a+1], …, R[a+b-1])`; b = 0: arguments up to the top; c = 0: all
            /// results, which sets the top
            Call call "CALL" [Reg Count Count Site] reads{One(A,0),Counted(A,1,B,1)} writes{Counted(A,0,C,1)} ALL Next Call;
            /// `return R[a](R[a+1], …, R[a+b-1])` in constant stack space
            TailCall tailcall "TAILCALL" [Reg Count None Site] reads{One(A,0),Counted(A,1,B,1)} writes{} ALL Exit Call;
            /// `return R[a], …, R[a+b-2]`; b = 0: up to the top
            Return ret "RETURN" [Reg Count None None] reads{Counted(A,0,B,1)} writes{} NONE Exit None;
            /// `return`
            Return0 return0 "RETURN0" [None None None None] reads{} writes{} NONE Exit None;
            /// `return R[a]`
            Return1 return1 "RETURN1" [Reg None None None] reads{One(A,0)} writes{} NONE Exit None;
            /// As `RETURN`, after closing every to-be-closed variable of the function (from `R[c]` up; c is always 0)
            ReturnClose return_close "RETURNCLOSE" [Reg Count None None] reads{Counted(A,0,B,1),Closing(C)} writes{} ALL Exit None;

            /// Moves the extra arguments of a vararg function out of the way; its first instruction
            VarargPrep varargprep "VARARGPREP" [None None None None] reads{} writes{} ALL Next None;
            /// `R[a], …, R[a+c-2] := ...`; c = 0: all of them, which sets the top. With d = 1 they are read
            /// from the vararg table in `R[b]`
            Vararg vararg "VARARG" [Reg Reg Count Imm32] reads{OneIf(B,0,D)} writes{Counted(A,0,C,1)} ALL Next None;
            /// `R[a] := {n = select('#', ...), ...}`
            VarargTable vararg_table "VARARGTABLE" [Reg None None None] reads{} writes{One(A,0)} ALLOC Next None;
            /// `R[a] := t[R[b]]` for a named vararg table `t` that isn't materialized
            GetVararg getvararg "GETVARARG" [Reg Reg None None] reads{One(B,0)} writes{One(A,0)} NONE Next None;

            /// Prepares `for`: `R[a], R[a+1], R[a+2]` are start, limit, step; afterwards iteration count (or the
            /// limit of a float loop), step, control variable. Jumps by d if the loop doesn't run
            ForPrep forprep "FORPREP" [Reg None None Jump] reads{Fixed(A,0,3)} writes{Fixed(A,0,3)} THROW Branch Arith;
            /// Steps the loop; jumps by d (backwards) if it goes on
            ForLoop forloop "FORLOOP" [Reg None None Jump] reads{Fixed(A,0,3)} writes{Fixed(A,0,3)} POLL Branch Loop;
            /// Swaps `R[a+2]` (initial control value) and `R[a+3]` (closing value), marks `R[a+2]` to be closed,
            /// jumps by d to the `TFORCALL`
            TForPrep tforprep "TFORPREP" [Reg None None Jump] reads{Fixed(A,0,4)} writes{Fixed(A,0,4)} THROW Jump None;
            /// `R[a+3], …, R[a+2+c] := R[a](R[a+1], R[a+3])`. Uses `R[a+4..a+7]` as scratch
            TForCall tforcall "TFORCALL" [Reg None Count Site] reads{Fixed(A,0,4)} writes{Counted(A,3,C,0)} ALL Next Call;
            /// `if R[a+3] ~= nil then pc += d` (backwards)
            TForLoop tforloop "TFORLOOP" [Reg None None Jump] reads{One(A,3)} writes{} POLL Branch Loop;

            /// Marks `R[a]` to be closed
            Tbc tbc "TBC" [Reg None None None] reads{One(A,0)} writes{} THROW Next None;
            /// Closes every to-be-closed variable at or above `R[a]`
            Close close "CLOSE" [Reg None None None] reads{Closing(A)} writes{} CALL Next None;
            /// `if R[a] ~= nil then error("global 'K[d]' already defined")`
            CheckGlobal checkglobal "CHECKGLOBAL" [Reg None None Const] reads{One(A,0)} writes{} THROW Next None;
        }
    };
}

macro_rules! define_ops {
    ($(
        #[doc = $doc:literal] $(#[doc = $more:literal])*
        $variant:ident $handler:ident $name:literal [$ka:ident $kb:ident $kc:ident $kd:ident]
        reads{$($rk:ident($($rarg:tt),*)),* $(,)?} writes{$($wk:ident($($warg:tt),*)),* $(,)?}
        $eff:ident $ctl:ident $fb:ident;
    )*) => {
        /// An operation code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Op {
            $(
                #[doc = $doc] $(#[doc = $more])*
                $variant,
            )*
        }

        impl Op {
            /// Every opcode, in numeric order.
            pub const ALL: &'static [Op] = &[$(Op::$variant),*];

            /// The row of the table.
            #[inline]
            pub const fn info(self) -> &'static OpInfo {
                &INFO[self as usize]
            }
        }

        const INFO: [OpInfo; Op::ALL.len()] = {
            #[allow(unused_imports)] // each row uses some of them
            use {Field::*, Regs::*};
            [$(OpInfo {
                name: $name,
                operands: [OperandKind::$ka, OperandKind::$kb, OperandKind::$kc, OperandKind::$kd],
                reads: &[$($rk($($rarg),*)),*],
                writes: &[$($wk($($warg),*)),*],
                effects: Effects::$eff,
                control: Control::$ctl,
                feedback: FeedbackKind::$fb,
            }),*]
        };

        /// A tier: something that handles every opcode.
        pub trait OpHandler {
            /// What handling an instruction yields.
            type Out;
            $(
                #[doc = $doc] $(#[doc = $more])*
                fn $handler(&mut self, i: Instr) -> Self::Out;
            )*
        }

        /// Hands `i` to the method of `handler` for its opcode.
        #[inline(always)]
        pub fn dispatch<H: OpHandler>(handler: &mut H, i: Instr) -> H::Out {
            match i.op() {
                $(Op::$variant => handler.$handler(i),)*
            }
        }
    };
}

for_each_op!(define_ops);

impl Op {
    /// The opcode with this number, if there is one.
    pub fn from_u8(n: u8) -> Option<Op> {
        Op::ALL.get(n as usize).copied()
    }

    /// The opcode with this mnemonic, if there is one.
    pub fn from_name(name: &str) -> Option<Op> {
        Op::ALL.iter().copied().find(|op| op.info().name == name)
    }
}

/// An instruction. Always holds a valid opcode: the constructors take an [`Op`], and [`Instr::from_bits`]
/// checks.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(C, align(8))]
pub struct Instr {
    op: Op,
    a: u8,
    b: u8,
    c: u8,
    d: u32,
}

impl Instr {
    /// Where field `a` is, in bytes.
    pub const OFFSET_A: usize = std::mem::offset_of!(Instr, a);
    /// Where field `b` is.
    pub const OFFSET_B: usize = std::mem::offset_of!(Instr, b);
    /// Where field `c` is.
    pub const OFFSET_C: usize = std::mem::offset_of!(Instr, c);
    /// Where field `d` is, four bytes.
    pub const OFFSET_D: usize = std::mem::offset_of!(Instr, d);

    /// An instruction with all four fields.
    #[inline]
    pub const fn new(op: Op, a: u8, b: u8, c: u8, d: u32) -> Instr {
        Instr { op, a, b, c, d }
    }

    /// The instruction's 64 bits.
    pub const fn to_bits(self) -> u64 {
        self.op as u64
            | (self.a as u64) << 8
            | (self.b as u64) << 16
            | (self.c as u64) << 24
            | (self.d as u64) << 32
    }

    /// The instruction with these bits, if the opcode exists. Operands are not checked (the verifier does).
    pub fn from_bits(bits: u64) -> Option<Instr> {
        let op = Op::from_u8(bits as u8)?;
        Some(Instr::new(
            op,
            (bits >> 8) as u8,
            (bits >> 16) as u8,
            (bits >> 24) as u8,
            (bits >> 32) as u32,
        ))
    }

    /// The opcode.
    #[inline(always)]
    pub const fn op(self) -> Op {
        self.op
    }
    /// Field `a`.
    #[inline(always)]
    pub const fn a(self) -> u8 {
        self.a
    }
    /// Field `b`.
    #[inline(always)]
    pub const fn b(self) -> u8 {
        self.b
    }
    /// Field `b` as a signed immediate.
    #[inline(always)]
    pub const fn sb(self) -> i8 {
        self.b as i8
    }
    /// Field `c`.
    #[inline(always)]
    pub const fn c(self) -> u8 {
        self.c
    }
    /// Field `d`.
    #[inline(always)]
    pub const fn d(self) -> u32 {
        self.d
    }
    /// Field `d` as a signed immediate or jump distance.
    #[inline(always)]
    pub const fn sd(self) -> i32 {
        self.d as i32
    }
    /// The value of a field.
    pub const fn field(self, f: Field) -> u32 {
        match f {
            Field::A => self.a as u32,
            Field::B => self.b as u32,
            Field::C => self.c as u32,
            Field::D => self.d,
        }
    }
    /// The same instruction with another `d`; for patching jumps.
    #[must_use]
    pub const fn with_d(self, d: u32) -> Instr {
        Instr { d, ..self }
    }
    /// The same instruction with another `a`.
    #[must_use]
    pub const fn with_a(self, a: u8) -> Instr {
        Instr { a, ..self }
    }
    /// The same instruction with another `b`.
    #[must_use]
    pub const fn with_b(self, b: u8) -> Instr {
        Instr { b, ..self }
    }
    /// The same instruction with another `c`.
    #[must_use]
    pub const fn with_c(self, c: u8) -> Instr {
        Instr { c, ..self }
    }
}

impl fmt::Debug for Instr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {} {}", self.op.info().name, self.a, self.b, self.c, self.sd())
    }
}
