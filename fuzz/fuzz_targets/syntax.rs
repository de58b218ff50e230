//! See `perilune_fuzz::targets::syntax`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| perilune_fuzz::targets::syntax(data));
