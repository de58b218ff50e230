//! Constants that programs are made of: numbers at every edge there is, and texts in the small languages of the string
//! library.

use crate::rng::Rng;

/// Numbers at the edges of what some representation holds: 48-bit inline integers, exact floats, 64 bits.
const EDGES: &[&str] = &[
    "math.mininteger",
    "math.maxinteger",
    "0x7fffffffffffffff",
    "0x8000000000000000",
    "-9223372036854775807",
    "9223372036854775806",
    "9223372036854775808",
    "140737488355327",
    "140737488355328",
    "-140737488355328",
    "-140737488355329",
    "281474976710655",
    "281474976710656",
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "-9007199254740993",
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "4294967295",
    "4294967296",
    "32767",
    "-32768",
    "255",
    "256",
    "-128",
    "127",
    "128",
    "0",
    "-1",
    "0.0",
    "-0.0",
    "(0/0)",
    "math.huge",
    "-math.huge",
    "2^53",
    "2^63",
    "-2^63",
    "2^47",
    "1e308",
    "5e-324",
    "0x1p-1022",
    "1e15",
    "1e100",
    "0.5",
    "-0.5",
    "1.0",
    "3.0",
    "-2.5",
    "1e16",
    "9007199254740992.0",
    "63",
    "64",
    "65",
    "-63",
    "-64",
];

/// Integers that fit, for arguments that must be.
const EDGE_INTEGERS: &[&str] = &[
    "math.mininteger",
    "math.maxinteger",
    "2147483648",
    "-2147483649",
    "140737488355328",
    "-140737488355329",
    "1000",
    "-1000",
];

const FLOATS: &[&str] =
    &["0.5", "1.5", "-0.25", "3.0", "1e10", "0.1", "2.0", "-7.75", "100.0", "1e-3", "-0.0", "1.0"];

const KEYS: &[&str] = &["a", "b", "c", "x", "y", "name", "k", "n", "len", "value", "next", "q"];

const METAMETHODS: &[&str] = &[
    "__index",
    "__newindex",
    "__call",
    "__add",
    "__sub",
    "__mul",
    "__div",
    "__mod",
    "__pow",
    "__unm",
    "__idiv",
    "__band",
    "__bor",
    "__bxor",
    "__shl",
    "__shr",
    "__bnot",
    "__concat",
    "__len",
    "__eq",
    "__lt",
    "__le",
];

const STRINGS: &[&[u8]] = &[
    b"",
    b"a",
    b"abc",
    b"hello world",
    b"10",
    b"x=1, y=2",
    b"foo bar baz",
    b"0x1F",
    b"a\0b",
    b"\n",
    b"\xff\xfe",
    b"THE (quick) fox",
    b"  pad  ",
    b"-7.5",
    b"a.b.c",
    b"%d",
    b"[x]",
    b"k",
    b"name",
    b"a string that is longer than forty bytes, so it isn't interned",
    b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

const NUMERIC_STRINGS: &[&str] = &[
    "10",
    "0x10",
    " 5 ",
    "1e2",
    "3.5",
    "-2",
    "0",
    "9223372036854775807",
    "9223372036854775808",
    "0x1p-1",
    "-0",
    "1.0",
    "140737488355328",
];

const PATTERNS: &[&str] = &[
    "%a+",
    "%d+",
    "(%w+)",
    "(%w+)%s*=%s*(%w+)",
    "^%s*(.-)%s*$",
    ".",
    ".-",
    "[^,]*",
    "%s",
    "()",
    "(a*(.)%w(%s*))",
    "%b()",
    "%f[%w]%w+",
    "[%a_][%w_]*",
    "o.",
    "^h",
    "d$",
    "[a-f]+",
    "[^%s]+",
    "%x+",
    "(%a)%1",
    "",
    "%",
    "[a",
    "(",
    "%w*%p?",
    "x*",
    "[]]",
    "[%]%-]",
    "a-b",
    "%u%l",
    "(.)(.)",
    "l+(.*)",
    "\\0",
    "[\\128-\\255]",
    "%f",
    "%b",
    "(()",
    ")",
    "%2",
    ".?",
    "%.",
    "[%d.]+",
];

const REPLACEMENTS: &[&str] = &["x", "%0", "%1", "<%0>", "%%", "", "%1%1", "%2", "%", "[%1|%0]"];

const FORMATS: &[&str] = &[
    "%d", "%5d", "%-5d|", "%05d", "%+d", "% d", "%x", "%X", "%#x", "%o", "%c", "%s", "%10.3s|",
    "%g", "%f", "%.3f", "%e", "%.0f", "%a", "%A", "%.14g", "%5.1f|", "%i", "%u", "%q", "%G", "%E",
    "%.20s", "%-10s|", "%+.2e", "%.3d", "%#o", "%.0s", "%%", "%5%", "%ld", "%", "%.100f", "%099d",
    "%#g", "%.17g", "%8.3a",
];

const PACK_FORMATS: &[&str] = &[
    "b",
    "B",
    "h",
    "H",
    "i",
    "I",
    "l",
    "j",
    "J",
    "n",
    "f",
    "d",
    "<i3",
    ">i7",
    "=I2",
    "!8 b d",
    "!2 b i4",
    "<i8",
    ">I16",
    "<i16",
    "b x b",
    "b Xi4 b",
    "i0",
    "i17",
    "!3 i4",
    "z",
    "s1",
    "c4",
    "<h >h",
    "!4 i1 !8 i8",
    "T",
    "<f>d",
    "bbb",
    "I1I1I1",
    "q",
    "<!4 b i3",
    " < i2",
    "i2 i4 i8",
];

/// A small integer.
pub fn small(rng: &mut Rng) -> String {
    rng.range(-3, 12).to_string()
}

/// A constant of some kind, or none if there are none of this kind.
pub fn text(kind: &str, rng: &mut Rng) -> Option<&'static str> {
    let list = match kind {
        "edge" => EDGES,
        "edgenum" if rng.percent(70) => EDGE_INTEGERS,
        "edgenum" => EDGES,
        "edgeint" => EDGE_INTEGERS,
        "float" => FLOATS,
        _ => return None,
    };
    Some(*rng.pick::<&'static str>(list))
}

/// A constant string of some kind, or none if there are none of this kind.
pub fn string(kind: &str, rng: &mut Rng) -> Option<&'static [u8]> {
    let list = match kind {
        "str" => return Some(*rng.pick::<&'static [u8]>(STRINGS)),
        "key" => KEYS,
        "numstr" => NUMERIC_STRINGS,
        "pattern" => PATTERNS,
        "replacement" => REPLACEMENTS,
        "format" => FORMATS,
        "packformat" => PACK_FORMATS,
        "mm" => METAMETHODS,
        _ => return None,
    };
    Some(rng.pick::<&'static str>(list).as_bytes())
}
