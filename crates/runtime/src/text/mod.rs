//! The text machinery of the string library, apart from the virtual machine.
//!
//! `string.find`, `format`, `pack` and the `utf8` functions are each a little language with its own
//! grammar, limits and error messages. These modules hold the languages: they work on bytes and
//! append to byte vectors, and never see a Lua value. The library functions fetch arguments, call
//! these, and turn the errors into Lua errors; so everything here can be tested, fuzzed and
//! measured alone.
//!
//! * [`pattern`]: Lua patterns, compiled and matched.
//! * [`format`]: directives of `string.format`, and literals for `%q`.
//! * [`pack`]: format strings of `string.pack` and `string.unpack`.
//! * [`utf8`]: encoding and decoding, with Lua's extension to 31 bits.
//!
//! Error messages are byte strings, because some quote bytes of the program that need not be UTF-8.

pub mod format;
pub mod pack;
pub mod pattern;
pub mod utf8;
