//! See `perilune_fuzz::targets::strings`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| perilune_fuzz::targets::strings(data));
