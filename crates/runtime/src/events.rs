//! Metamethod events: one table of names.

/// Calls the macro with every event and its key in a metatable.
macro_rules! for_each_event {
    ($m:path) => {
        $m! {
            Index "__index", NewIndex "__newindex", Gc "__gc", Mode "__mode", Len "__len", Eq "__eq",
            Add "__add", Sub "__sub", Mul "__mul", Mod "__mod", Pow "__pow", Div "__div", IDiv "__idiv",
            BAnd "__band", BOr "__bor", BXor "__bxor", Shl "__shl", Shr "__shr", Unm "__unm", BNot "__bnot",
            Lt "__lt", Le "__le", Concat "__concat", Call "__call", Close "__close",
            Name "__name", ToString "__tostring", Pairs "__pairs", Metatable "__metatable",
        }
    };
}

macro_rules! define_events {
    ($($event:ident $name:literal,)*) => {
        /// A metamethod event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Event {
            $(#[doc = concat!("`", $name, "`")] $event,)*
        }

        impl Event {
            /// Every event, in numeric order.
            pub const ALL: &'static [Event] = &[$(Event::$event),*];

            /// The key under which a metatable has it.
            pub const fn key(self) -> &'static str {
                match self { $(Event::$event => $name,)* }
            }
        }
    };
}
for_each_event!(define_events);

impl Event {
    /// The key without its underscores, as messages and tracebacks show it.
    pub fn short_name(self) -> &'static str {
        self.key().trim_start_matches('_')
    }
}
