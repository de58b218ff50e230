//! [`MetaMethod`]: names of metamethods.

use crate::error::{Error, Result};
use std::fmt;

macro_rules! metamethods {
    ($($(#[doc = $doc:literal])* $id:ident $name:literal;)*) => {
        /// A metamethod.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum MetaMethod {
            $($(#[doc = $doc])* $id,)*
        }

        impl MetaMethod {
            /// Its name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(MetaMethod::$id => $name,)*
                }
            }

            /// All of them.
            pub(crate) const ALL: &'static [MetaMethod] = &[$(MetaMethod::$id,)*];
        }
    };
}

metamethods! {
    /// `+`
    Add "__add";
    /// `-`
    Sub "__sub";
    /// `*`
    Mul "__mul";
    /// `/`
    Div "__div";
    /// `%`
    Mod "__mod";
    /// `^`
    Pow "__pow";
    /// `-` with one operand
    Unm "__unm";
    /// `//`
    IDiv "__idiv";
    /// `&`
    BAnd "__band";
    /// `|`
    BOr "__bor";
    /// `~`
    BXor "__bxor";
    /// `~` with one operand
    BNot "__bnot";
    /// `<<`
    Shl "__shl";
    /// `>>`
    Shr "__shr";
    /// `..`
    Concat "__concat";
    /// `#`
    Len "__len";
    /// `==`
    Eq "__eq";
    /// `<`
    Lt "__lt";
    /// `<=`
    Le "__le";
    /// Access to a field that isn't there.
    Index "__index";
    /// Assignment to a field that isn't there.
    NewIndex "__newindex";
    /// Calls.
    Call "__call";
    /// `tostring`
    ToString "__tostring";
    /// What is shown of it to people who look for errors.
    ToDebugString "__todebugstring";
    /// `pairs`
    Pairs "__pairs";
    /// The end of a variable that is to be closed.
    Close "__close";
    /// The name of the type.
    Type "__name";
}

impl MetaMethod {
    /// Refuses metamethods that aren't the host's to set.
    pub(crate) fn check_free(name: &str) -> Result<()> {
        if matches!(name, "__gc" | "__metatable") {
            return Err(Error::MetaMethodRestricted(name.to_owned()));
        }
        Ok(())
    }
}

impl PartialEq<MetaMethod> for &str {
    fn eq(&self, other: &MetaMethod) -> bool {
        *self == other.name()
    }
}

impl PartialEq<MetaMethod> for String {
    fn eq(&self, other: &MetaMethod) -> bool {
        self == other.name()
    }
}

impl fmt::Display for MetaMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl AsRef<str> for MetaMethod {
    fn as_ref(&self) -> &str {
        self.name()
    }
}

impl From<MetaMethod> for String {
    fn from(method: MetaMethod) -> String {
        method.name().to_owned()
    }
}
