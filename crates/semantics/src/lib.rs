//! Placeholder root while the modules are being written.
#[path = "../../runtime/src/semantics/mod.rs"]
pub mod semantics;
pub use semantics::*;
