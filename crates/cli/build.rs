//! Links the unwinder of the C compiler into the command.
//!
//! Rust's library uses it for nothing but the backtrace of a panic, and brings it in as a shared library (`libgcc_s`). To load
//! that takes longer than to set up a state. Where the compiler has it as an archive, it is taken from there.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" && target("ARCH") == "x86_64" {
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}
