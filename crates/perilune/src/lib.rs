//! Perilune: Lua 5.5 in pure Rust, to be embedded in Rust programs.
//!
//! ```
//! use perilune::{Lua, Result};
//!
//! fn main() -> Result<()> {
//!     let lua = Lua::new();
//!
//!     // Lua calls Rust…
//!     let area = lua.create_function(|_, (width, height): (f64, f64)| Ok(width * height))?;
//!     lua.globals().set("area", area)?;
//!     lua.load("function total(rooms) local sum = 0 \
//!                   for _, r in ipairs(rooms) do sum = sum + area(r[1], r[2]) end \
//!                   return sum end").set_name("=rooms").exec()?;
//!
//!     // …and Rust calls Lua.
//!     let total: perilune::Function = lua.globals().get("total")?;
//!     let square_meters: f64 = total.call(vec![[4.0, 5.0], [3.0, 2.5]])?;
//!     assert_eq!(square_meters, 27.5);
//!     Ok(())
//! }
//! ```
//!
//! [`Lua`] is a state. Its values are [`Value`]s; [`Table`], [`Function`], [`LuaString`], [`Thread`] and
//! [`AnyUserData`] are handles that keep the value alive. [`FromLua`] and [`IntoLua`] convert from and
//! to Rust types. [`UserData`] gives Lua programs values of Rust types, and [`Lua::scope`] lends them what the host has.
//!
//! A state belongs to one thread, and everything in it is used through shared references. Whatever a Lua program
//! does, the worst that comes of it is an [`Error`].
//!
//! Types, traits and modules are those of `mlua`, so that programs written for that need another line in their
//! `Cargo.toml` and no more: `mlua = { package = "perilune", … }`.

pub mod chunk;
mod convert;
mod crossing;
pub mod debug;
pub mod error;
pub mod function;
mod handle;
mod multi;
pub mod observe;
mod path;
pub mod prelude;
mod scope;
#[cfg(feature = "serde")]
pub mod serde;
pub mod settings;
pub mod state;
mod stdlib;
pub mod string;
pub mod table;
pub mod thread;
mod traits;
mod types;
pub mod userdata;
mod value;
#[cfg(feature = "async")]
mod waiting;

pub use bstr::BString;
pub use chunk::{AsChunk, Chunk, ChunkMode};
pub use crossing::LuaError;
pub use debug::HookTriggers;
pub use error::{Error, ErrorContext, ExternalError, ExternalResult, Result};
pub use function::Function;
pub use multi::{MultiValue, Variadic};
pub use perilune_runtime::interrupt::{Interrupt, InterruptHandle};
pub use perilune_runtime::stdlib::{flush_stdout, flush_stdout_within};
pub use scope::Scope;
pub use settings::Options;
pub use state::{AppDataRef, AppDataRefMut, Lua, LuaOptions, RegistryKey, WeakLua};
pub use stdlib::StdLib;
pub use string::{BorrowedBytes, BorrowedStr, LuaString};
pub use table::Table;
pub use thread::{Thread, ThreadStatus};
pub use traits::{FromLua, FromLuaMulti, IntoLua, IntoLuaMulti, ObjectLike};
pub use types::{Either, Integer, LightUserData, LuaType, MaybeSend, MaybeSync, Number, VmState};
pub use userdata::{
    AnyUserData, MetaMethod, UserData, UserDataFields, UserDataMethods, UserDataOwned, UserDataRef,
    UserDataRefMut, UserDataRegistry,
};
pub use value::{Nil, Value};

#[cfg(feature = "serde")]
pub use serde::{LuaSerdeExt, SerializableValue};

#[cfg(feature = "macros")]
#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

/// Lua source in a Rust program: what can be given to [`Lua::load`]. Rust variables are `$name` in it.
///
/// ```
/// # fn main() -> perilune::Result<()> {
/// # let lua = perilune::Lua::new();
/// let names = vec!["moon", "sun"];
/// let n: i64 = lua.load(perilune::chunk! {
///     local n = 0
///     for _, name in ipairs($names) do n = n + #name end
///     return n
/// }).eval()?;
/// assert_eq!(n, 7);
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "macros")]
pub use perilune_derive::chunk;

/// Conversion from a userdata that has a value of the type, which is cloned.
#[cfg(feature = "macros")]
pub use perilune_derive::FromLua;

/// Makes a type one whose values Lua programs can use. Its fields are fields of the userdata: all of a struct with names, but
/// those with `#[lua(skip)]`; only to read with `#[lua(get)]`, only to assign with `#[lua(set)]`; called otherwise with
/// `#[lua(name = "…")]`. For methods, see [`userdata_impl`].
#[cfg(feature = "macros")]
pub use perilune_derive::UserData;

/// Gives a type with `#[derive(UserData)]` the functions of an `impl` block as methods, and its constants as fields.
///
/// Of a function, `#[lua(…)]` says: `skip`; `name = "…"`; `infallible`, if it returns no `Result`; `getter` or `setter`, if it
/// is a field; `field`, if it is called once for the value of one; `meta`, if it goes to the metatable. Parameters may be
/// `&str`, `&[u8]`, references to userdata and options of them, and `&Lua`.
///
/// ```
/// # use perilune::{Lua, Result, UserData};
/// #[derive(UserData)]
/// struct Lamp { lit: bool }
///
/// #[perilune::userdata_impl]
/// impl Lamp {
///     #[lua(infallible)]
///     fn toggle(&mut self) {
///         self.lit = !self.lit;
///     }
/// }
///
/// # fn main() -> Result<()> {
/// # let lua = Lua::new();
/// lua.globals().set("lamp", Lamp { lit: false })?;
/// assert!(lua.load("lamp:toggle() return lamp.lit").eval::<bool>()?);
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "macros")]
pub use perilune_derive::userdata_impl;

/// The README's example is a test, too.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
