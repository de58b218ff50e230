//! Bytecode listings with what the parser, disassembler and verifier make of them: in `bytecode/` the listing printed
//! again, or the parser's error; in `verifier/` the verdict. And the listings of all that the corpus compiles to.

use perilune_bytecode::compile::compile;
use perilune_bytecode::disasm::disassemble;
use perilune_bytecode::text::parse;
use perilune_bytecode::verify::verify;
use perilune_filetest::{root, run, scripts};
use std::path::Path;

#[test]
fn listings() {
    let count = run("bytecode", |input| match parse(input) {
        Err(error) => format!("error: {error}"),
        Ok(proto) => {
            let text = disassemble(&proto);
            let again = parse(&text).unwrap();
            // As text, which tells zeros and NaNs apart.
            assert_eq!(disassemble(&again), text);
            text
        }
    });
    assert!(count >= 20, "{count} cases");
}

#[test]
fn verdicts() {
    let count = run("verifier", |input| match parse(input) {
        Err(error) => format!("not a listing: {error}"),
        Ok(proto) => {
            assert_eq!(parse(&disassemble(&proto)).unwrap(), proto);
            match verify(&proto) {
                Ok(()) => "ok".into(),
                Err(error) => error.to_string(),
            }
        }
    });
    assert!(count >= 80, "{count} cases");
}

/// Prints what a script compiles to, reads that, and prints it again. Whether it compiles.
fn round_trip(script: &Path) -> bool {
    let source = std::fs::read(script).unwrap();
    let name = format!("@{}", script.display());
    let source = perilune_syntax::skip_shebang(&source);
    let Ok(chunk) = perilune_syntax::parse(source, name.as_bytes()) else { return false };
    let Ok(proto) = compile(&chunk, name.as_bytes()) else { return false };
    let text = disassemble(&proto);
    match parse(&text) {
        Ok(again) => {
            assert_eq!(disassemble(&again), text, "{name}");
            assert!(verify(&again).is_ok(), "{name}");
        }
        Err(error) => panic!("{name}: {error}"),
    }
    true
}

#[test]
fn the_corpus_as_text() {
    let folders = [root().join("tests/lua"), root().join("examples")];
    let count = folders.iter().flat_map(|f| scripts(f)).filter(|s| round_trip(s)).count();
    assert!(count >= 250, "{count} scripts");
}
