//! [`StdLib`]: which of the standard libraries a state has.

use perilune_runtime::cx::Cx;
use perilune_runtime::stdlib::open_library;
use std::ops::{BitAnd, BitAndAssign, BitOr, BitOrAssign, BitXor, BitXorAssign, Not};

/// Standard libraries. The basic functions (`print`, `pairs` and so on) are always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StdLib(u32);

macro_rules! libraries {
    ($($(#[doc = $doc:literal])* $id:ident = $bit:literal, $name:literal;)*) => {
        impl StdLib {
            $($(#[doc = $doc])* pub const $id: StdLib = StdLib(1 << $bit);)*

            const NAMES: &'static [(StdLib, &'static str)] = &[$((StdLib::$id, $name),)*];
        }
    };
}

libraries! {
    /// `package` and `require`.
    PACKAGE = 8, "package";
    /// `coroutine`.
    COROUTINE = 0, "coroutine";
    /// `table`.
    TABLE = 1, "table";
    /// `io`.
    IO = 2, "io";
    /// `os`.
    OS = 3, "os";
    /// `string`, and methods of strings.
    STRING = 4, "string";
    /// `math`.
    MATH = 7, "math";
    /// `utf8`.
    UTF8 = 5, "utf8";
    /// `debug`.
    DEBUG = 31, "debug";
}

impl StdLib {
    /// None.
    pub const NONE: StdLib = StdLib(0);
    /// All.
    pub const ALL: StdLib = StdLib(u32::MAX);
    /// All but `debug`, by which programs can change variables of other functions.
    pub const ALL_SAFE: StdLib = StdLib((1 << 30) - 1);

    /// Whether all of these are among them.
    pub fn contains(self, libraries: StdLib) -> bool {
        self & libraries == libraries
    }

    /// Opens them.
    pub(crate) fn open(self, cx: &mut Cx) {
        for (library, name) in StdLib::NAMES {
            if self.contains(*library) {
                open_library(cx, name);
            }
        }
    }
}

macro_rules! operators {
    ($($op:ident $f:ident $assign:ident $g:ident $t:tt;)*) => {$(
        impl $op for StdLib {
            type Output = StdLib;
            fn $f(self, other: StdLib) -> StdLib {
                StdLib(self.0 $t other.0)
            }
        }

        impl $assign for StdLib {
            fn $g(&mut self, other: StdLib) {
                *self = *self $t other;
            }
        }
    )*};
}
operators! {
    BitAnd bitand BitAndAssign bitand_assign &;
    BitOr bitor BitOrAssign bitor_assign |;
    BitXor bitxor BitXorAssign bitxor_assign ^;
}

impl Not for StdLib {
    type Output = StdLib;

    fn not(self) -> StdLib {
        StdLib(!self.0)
    }
}
