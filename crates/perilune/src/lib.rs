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
//! [`AnyUserData`] are handles that keep the value, and the state, alive. [`FromLua`] and [`IntoLua`] convert from and
//! to Rust types. [`UserData`] gives Lua programs values of Rust types.
//!
//! A state belongs to one thread, and everything in it is used through shared references. Whatever a Lua program
//! does, the worst that comes of it is an [`Error`].

mod chunk;
mod convert;
mod error;
mod function;
mod handle;
mod multi;
pub mod observe;
pub mod settings;
mod state;
mod string;
mod table;
mod thread;
mod userdata;
mod value;

pub use chunk::Chunk;
pub use convert::{FromLua, FromLuaMulti, IntoLua};
pub use error::{Error, ExternalResult, Result, RuntimeError, SyntaxError};
pub use function::Function;
pub use multi::{Args, IntoLuaMulti, MultiValue, Variadic};
pub use perilune_runtime::interrupt::{Interrupt, InterruptHandle};
pub use perilune_runtime::stdlib::{flush_stdout, flush_stdout_within};
pub use settings::Options;
pub use state::Lua;
pub use string::LuaString;
pub use table::{Pairs, SequenceValues, Table};
pub use thread::{Thread, ThreadStatus};
pub use userdata::{AnyUserData, Methods, UserData};
pub use value::{LightUserData, Value};

/// The README's example is a test, too.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
