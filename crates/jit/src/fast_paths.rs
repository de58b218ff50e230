//! The major fast paths of the baseline compiler, to be left out one by one.
//!
//! Whether a template pays can be measured only without it. So each opcode belongs to a group, and instructions of a group
//! that is left out are done by the interpreter, one step each, while everything else stays as it is.

use perilune_bytecode::ops::Op;

macro_rules! fast_paths {
    ($($(#[doc = $doc:literal])* $variant:ident $name:literal [$($op:ident)*];)*) => {
        /// A group of opcodes with templates.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum FastPath {
            $($(#[doc = $doc])* $variant,)*
        }

        impl FastPath {
            /// All of them.
            pub const ALL: &'static [FastPath] = &[$(FastPath::$variant),*];

            /// What it is called.
            pub const fn name(self) -> &'static str {
                match self {
                    $(FastPath::$variant => $name,)*
                }
            }

            /// The group of an opcode.
            pub const fn of(op: Op) -> FastPath {
                match op {
                    $($(Op::$op)|* => FastPath::$variant,)*
                }
            }
        }
    };
}

fast_paths! {
    /// Constants, moves, jumps, tests for truth: there is no question about them.
    Basic "basic" [
        Move LoadI LoadK LoadNil LoadBool Not Jmp JmpBack JTrue JFalse
    ];
    /// Captured variables.
    Upvalues "upvalues" [GetBox SetBox GetUpval SetUpval];
    /// New boxes, closures, tables and lists in them.
    Allocation "allocation" [NewBox Closure NewTable SetList];
    /// Concatenation.
    Concatenation "concatenation" [Concat];
    /// Fields, methods and globals by inline caches.
    Properties "properties" [GetEnv SetEnv GetField SetField SelfOp];
    /// Elements of arrays, appending to them, and lengths.
    Elements "elements" [GetIndex SetIndex GetInt SetInt Len];
    /// Addition, subtraction, multiplication, division, negation.
    Arithmetic "arithmetic" [
        Add Sub Mul Div AddI SubI AddK SubK MulK DivK Unm Mod Pow IDiv ModK PowK IDivK
    ];
    /// Operations on bits.
    Bits "bits" [
        BAnd BOr BXor Shl Shr ShlI ShrI BAndK BOrK BXorK BNot
    ];
    /// Equality and order.
    Comparison "comparison" [JEq JLt JLe JEqK JEqI JLtI JLeI JGtI JGeI];
    /// Calls.
    Calls "calls" [Call];
    /// Tail calls.
    TailCalls "tail-calls" [TailCall];
    /// Returns.
    Returns "returns" [Return Return0 Return1];
    /// Numeric `for`.
    NumericFor "numeric-for" [ForPrep ForLoop];
    /// Generic `for`.
    GenericFor "generic-for" [TForPrep TForCall TForLoop];
    /// What has no templates.
    Rest "rest" [
        ReturnClose VarargPrep Vararg VarargTable GetVararg Tbc Close CheckGlobal
    ];
}

/// A set of fast paths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FastPaths(u16);

const _: () = assert!(FastPath::ALL.len() <= u16::BITS as usize);

impl FastPaths {
    /// The set with one more.
    #[must_use]
    pub fn with(self, f: FastPath) -> FastPaths {
        FastPaths(self.0 | 1 << f as u8)
    }

    /// Whether it is in the set.
    #[inline]
    pub fn contains(self, f: FastPath) -> bool {
        self.0 & 1 << f as u8 != 0
    }

    /// The set of those whose names are given, with commas between them; `None` if one isn't a name.
    pub fn parse(names: &str) -> Option<FastPaths> {
        names.split(',').try_fold(FastPaths::default(), |set, name| {
            FastPath::ALL.iter().find(|f| f.name() == name).map(|f| set.with(*f))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let set = FastPaths::parse("calls,bits").unwrap();
        assert!(set.contains(FastPath::Calls) && set.contains(FastPath::Bits));
        assert!(!set.contains(FastPath::Basic));
        assert_eq!(FastPaths::parse("calls,nothing"), None);
    }
}
