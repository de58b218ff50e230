//! Tests of patterns as a whole.

use super::*;

fn find_from(subject: &str, pattern: &str, from: usize) -> Result<Option<String>, PatternError> {
    let pattern = Pattern::compile(pattern.as_bytes(), Anchor::Allowed);
    let mut captures = Captures::default();
    let subject = subject.as_bytes();
    let found = pattern.search(subject, from, None, &mut captures, &mut || false)?;
    let Some(matched) = found else {
        return Ok(None);
    };
    let mut text = format!("{}-{}", matched.start, matched.end);
    for index in 0..pattern.capture_count() {
        match captures.get(&pattern, index, &matched)? {
            Capture::Position(position) => text.push_str(&format!(" @{position}")),
            Capture::Slice(range) => {
                text.push(' ');
                text.push_str(&String::from_utf8_lossy(&subject[range]));
            }
        }
    }
    Ok(Some(text))
}

#[track_caller]
fn found(subject: &str, pattern: &str, expected: &str) {
    assert_eq!(find_from(subject, pattern, 0).unwrap().as_deref(), Some(expected));
}

#[track_caller]
fn missing(subject: &str, pattern: &str) {
    assert_eq!(find_from(subject, pattern, 0), Ok(None));
}

#[track_caller]
fn fails(subject: &str, pattern: &str, message: &str) {
    let error = find_from(subject, pattern, 0).unwrap_err();
    assert_eq!(String::from_utf8(error.message()).unwrap(), message);
}

#[test]
fn single_bytes() {
    found("hello", "l", "2-3");
    found("a.b", "%.", "1-2");
    found("hello", ".", "0-1");
    found("abc123", "%d", "3-4");
    found("abc123", "%A", "3-4");
    found("abc]", "[]]", "3-4");
    found("abc]", "[^a-c]", "3-4");
    found("a-b", "[%-x]", "1-2");
    found("x%", "[%%-]", "1-2");
    found("-", "[a-]", "0-1");
    found("]", "[a-%%]", "0-1");
    missing("abc", "[^a-c]");
    missing("", ".");
    found("\0", "%z", "0-1");
}

#[test]
fn repetitions() {
    found("aaab", "a*b", "0-4");
    found("b", "a*b", "0-1");
    missing("b", "a+b");
    found("aaab", "a-b", "0-4");
    found("xaab", "a?ab", "1-4");
    found("key = value", "(%w+)%s*=%s*(%w+)", "0-11 key value");
    found("  trim  ", "^%s*(.-)%s*$", "0-8 trim");
    found("\"one\" \"two\"", "\"(.-)\"", "0-5 one");
    found("aXbX", ".*X", "0-4");
    found("abc", "", "0-0");
    found("a*", "a%*", "0-2");
    found("*a", "*a", "0-2");
}

#[test]
fn anchors() {
    missing("ab", "^b");
    found("ab", "b$", "1-2");
    missing("ab", "a$");
    found("a$b", "a$b", "0-3");
    found("a^b", "a^b", "0-3");
    assert_eq!(find_from("ab", "^b", 1).unwrap().unwrap(), "1-2");
    let literal = Pattern::compile(b"^a", Anchor::Ignored);
    let mut captures = Captures::default();
    let matched = literal.search(b"x^a", 0, None, &mut captures, &mut || false);
    assert_eq!(matched, Ok(Some(1..3)));
}

#[test]
fn captures_and_references() {
    found("hello", "()ll()", "2-4 @3 @5");
    found("abab", "(ab)%1", "0-4 ab");
    missing("abac", "(ab)%1");
    found("x=[[y]]", "%[(%[)(.-)%]%]", "2-7 [ y");
    found("abc", "((a)(b))", "0-2 ab a b");
    missing("aa", "()a%1");
    found("abcabbd", "(a(b)c?)%2d", "3-7 ab b");
}

#[test]
fn balance_and_frontier() {
    found("f(a(b)c)d", "%b()", "1-8");
    missing("((a)", "^%b()");
    found("xaax", "%baa", "1-3");
    found("THE (quick) fox", "%f[%a]%a+%f[%A]", "0-3");
    found("a b", "%f[%w]b", "2-3");
    found("ab", "b%f[%z]", "1-2");
}

#[test]
fn errors_come_only_when_reached() {
    fails("a", "%", "malformed pattern (ends with '%')");
    fails("a", "[a", "malformed pattern (missing ']')");
    fails("a", "[]", "malformed pattern (missing ']')");
    fails("a", "[%]", "malformed pattern (missing ']')");
    fails("a", "%b(", "malformed pattern (missing arguments to '%b')");
    fails("a", "%fa", "missing '[' after '%f' in pattern");
    fails("a", "a)", "invalid pattern capture");
    fails("a", "(a", "unfinished capture");
    fails("a", "%1", "invalid capture index %1");
    fails("a", "%0", "invalid capture index %0");
    fails("a", "(a%1)", "invalid capture index %1");
    fails("a", &"()".repeat(33), "too many captures");
    missing("a", "x[");
    missing("a", "x%");
    missing("", "%a[");
}

#[test]
fn depth_is_bounded() {
    let subject = "a".repeat(300);
    fails(&subject, &"a?".repeat(200), "pattern too complex");
    assert!(find_from(&subject, &"a?".repeat(199), 0).unwrap().is_some());
    fails(&subject, &"a-".repeat(200), "pattern too complex");
    assert!(find_from(&subject, &"a".repeat(300), 0).unwrap().is_some());
}

#[test]
fn interrupts_stop_a_runaway_match() {
    let subject = vec![b'a'; 3000];
    let pattern = Pattern::compile(&b".-".repeat(12), Anchor::Allowed);
    let endless = Pattern::compile(b".-.-.-.-.-.-.-.-b$", Anchor::Allowed);
    let mut captures = Captures::default();
    let mut polls = 0;
    let mut hook = || {
        polls += 1;
        polls == 3
    };
    assert!(pattern.search(&subject, 0, None, &mut captures, &mut hook).is_ok());
    let mut subject = subject;
    subject.extend_from_slice(b"bbbc");
    let result = endless.search(&subject, 0, None, &mut captures, &mut hook);
    assert_eq!(result, Err(PatternError::Interrupted));
    assert_eq!(polls, 3);
}

#[test]
fn iteration_skips_empty_matches_after_a_match() {
    let pattern = Pattern::compile(b"%a*", Anchor::Ignored);
    let mut captures = Captures::default();
    let (mut from, mut last, mut seen) = (0, None, Vec::new());
    while let Ok(Some(matched)) = pattern.search(b"ab  c", from, last, &mut captures, &mut || false)
    {
        from = matched.end;
        last = Some(matched.end);
        seen.push(matched);
    }
    assert_eq!(seen, [0..2, 3..3, 4..5]);
}

#[test]
fn replacements() {
    let pattern = Pattern::compile(b"(%w)()", Anchor::Allowed);
    let mut captures = Captures::default();
    let matched = pattern.search(b" x", 0, None, &mut captures, &mut || false).unwrap().unwrap();
    let expand = |replacement: &[u8]| {
        let mut out = Vec::new();
        let mut add = |bytes: &[u8]| {
            out.extend_from_slice(bytes);
            Ok(())
        };
        expand_replacement(&mut add, replacement, &pattern, &captures, b" x", &matched)
            .map(|()| String::from_utf8(out).unwrap())
    };
    assert_eq!(expand(b"<%0|%1|%2|%%>").unwrap(), "<x|x|3|%>");
    assert_eq!(expand(b"%3"), Err(PatternError::InvalidCaptureIndex(3)));
    assert_eq!(expand(b"%"), Err(PatternError::InvalidReplacement));
    assert_eq!(expand(b"%a"), Err(PatternError::InvalidReplacement));
}

#[test]
fn plain_search() {
    assert!(is_plain(b"abc)]") && !is_plain(b"a.c") && is_plain(b""));
    assert_eq!(find_plain(b"hello", b"l", 0), Some(2));
    assert_eq!(find_plain(b"hello", b"lo", 2), Some(3));
    assert_eq!(find_plain(b"hello", b"", 5), Some(5));
    assert_eq!(find_plain(b"hello", b"", 6), None);
    assert_eq!(find_plain(b"hello", b"x", 0), None);
}

#[test]
fn the_cache_returns_the_same_pattern() {
    let mut cache = PatternCache::default();
    let a = cache.get(b"%a+", Anchor::Allowed);
    assert!(std::rc::Rc::ptr_eq(&a, &cache.get(b"%a+", Anchor::Allowed)));
    assert!(!std::rc::Rc::ptr_eq(&a, &cache.get(b"%a+", Anchor::Ignored)));
    let long = "a".repeat(1000);
    assert_eq!(cache.get(long.as_bytes(), Anchor::Allowed).capture_count(), 0);
}

#[test]
fn interrupts_stop_the_compiler() {
    for text in ["a?".repeat(100_000), format!("[{}]", "a".repeat(100_000)), "[%a%a]".repeat(1000)]
    {
        let pattern = Pattern::compile_while(text.as_bytes(), Anchor::Allowed, &|| false);
        let result = pattern.search(b"b", 0, None, &mut Captures::default(), &mut || false);
        assert_eq!(result, Err(PatternError::Interrupted), "{:.9}", text);
    }
}
