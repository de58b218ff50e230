//! See `perilune_fuzz::targets::binary_chunk`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| perilune_fuzz::targets::binary_chunk(data));
