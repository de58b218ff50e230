//! Source texts with their trees, places and resolved names included, or the error.

use perilune_syntax::{DiagnosticKind, parse, print, skip_shebang};

#[test]
fn trees() {
    let count = perilune_filetest::run("parse", |source| {
        match parse(skip_shebang(source.as_bytes()), b"=chunk") {
            Ok(chunk) => print::print(&chunk),
            Err(error) => {
                let kind = match error.kind {
                    DiagnosticKind::Syntax => "error",
                    DiagnosticKind::Stopped => "stopped",
                    DiagnosticKind::Overflow => "overflow",
                    DiagnosticKind::Memory => "memory",
                };
                let (line, offset) = (error.pos.line, error.pos.offset);
                format!("{kind} @{line}:{offset}: {error}")
            }
        }
    });
    assert!(count >= 150, "{count} cases");
}
