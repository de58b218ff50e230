//! UTF-8 as Lua sees it.
//!
//! Lua encodes code points up to 2^31 - 1, with sequences of up to six bytes, as the original
//! UTF-8 did. Decoding has two degrees: *strict* accepts Unicode scalar values only, *lax* accepts
//! anything that encodes, surrogates and large values included. Both reject overlong sequences.
//! The standard library's decoder knows the strict degree only and only for whole strings, so this
//! is written out.

/// The largest value that encodes.
pub const MAX_VALUE: u32 = 0x7FFF_FFFF;

/// The largest Unicode code point.
const MAX_UNICODE: u32 = 0x10_FFFF;

/// A Lua pattern that matches one sequence, in a subject that is valid UTF-8.
pub const CHAR_PATTERN: &[u8] = b"[\0-\x7F\xC2-\xFD][\x80-\xBF]*";

/// The message for malformed text.
pub const INVALID_CODE: &str = "invalid UTF-8 code";

/// Whether the byte continues a sequence.
#[inline]
pub fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// Whether a continuation byte stands at `at`; none does beyond the end.
#[inline]
pub fn continues_at(text: &[u8], at: usize) -> bool {
    text.get(at).is_some_and(|&b| is_continuation(b))
}

/// Appends the encoding of `value`, which must not exceed [`MAX_VALUE`]; higher bits are ignored.
pub fn encode(out: &mut Vec<u8>, value: u32) {
    let value = value & MAX_VALUE;
    if value < 0x80 {
        out.push(value as u8);
        return;
    }
    // Each continuation byte takes six bits, and leaves one less for the first byte.
    let mut reversed = [0u8; 6];
    let mut length = 0;
    let mut rest = value;
    let mut room = 0x3F;
    while rest > room {
        reversed[length] = 0x80 | (rest & 0x3F) as u8;
        length += 1;
        rest >>= 6;
        room >>= 1;
    }
    reversed[length] = (!room << 1) as u8 | rest as u8;
    out.extend(reversed[..=length].iter().rev());
}

/// Decodes the sequence at the start of `text`: its value and its length. `None` if there is none,
/// or it is malformed.
#[inline]
pub fn decode(text: &[u8], strict: bool) -> Option<(u32, usize)> {
    let first = *text.first()?;
    if first < 0x80 { Some((u32::from(first), 1)) } else { decode_long(text, first, strict) }
}

fn decode_long(text: &[u8], first: u8, strict: bool) -> Option<(u32, usize)> {
    /// The least value for each number of continuation bytes.
    const LEAST: [u32; 6] = [u32::MAX, 0x80, 0x800, 0x1_0000, 0x20_0000, 0x400_0000];
    let length = first.leading_ones() as usize;
    let least = *LEAST.get(length.checked_sub(1)?)?;
    let mut value = u32::from(first) & (0x7F >> length);
    for &byte in text.get(1..length)? {
        if !is_continuation(byte) {
            return None;
        }
        value = (value << 6) | u32::from(byte & 0x3F);
    }
    let unicode = value <= MAX_UNICODE && !(0xD800..=0xDFFF).contains(&value);
    (value >= least && (unicode || !strict)).then_some((value, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(value: u32) -> Vec<u8> {
        let mut out = Vec::new();
        encode(&mut out, value);
        out
    }

    #[test]
    fn agrees_with_the_standard_library() {
        for c in ['\0', 'a', '\x7f', '\u{80}', 'ß', '\u{7ff}', '\u{800}', '€', '\u{ffff}', '😀']
        {
            let mut buffer = [0; 4];
            let text = c.encode_utf8(&mut buffer).as_bytes();
            assert_eq!(encoded(c as u32), text);
            assert_eq!(decode(text, true), Some((c as u32, text.len())));
        }
    }

    #[test]
    fn large_values_are_lax() {
        for (value, length) in [
            (0x10_FFFF, 4),
            (0x11_0000, 4),
            (0x1F_FFFF, 4),
            (0x20_0000, 5),
            (0x3FF_FFFF, 5),
            (0x400_0000, 6),
            (MAX_VALUE, 6),
        ] {
            let text = encoded(value);
            assert_eq!(text.len(), length);
            assert_eq!(decode(&text, false), Some((value, length)));
            assert_eq!(decode(&text, true).is_some(), value <= MAX_UNICODE);
        }
        assert_eq!(decode(&encoded(0xD800), true), None);
        assert_eq!(decode(&encoded(0xDFFF), false), Some((0xDFFF, 3)));
    }

    #[test]
    fn malformed() {
        let cases: [&[u8]; 9] = [
            b"",
            b"\x80",
            b"\xC3",
            b"\xC3a",
            b"\xC0\x80",
            b"\xE0\x80\x80",
            b"\xF0\x80\x80\x80",
            b"\xFE\x80\x80\x80\x80\x80\x80",
            b"\xFF",
        ];
        for text in cases {
            assert_eq!(decode(text, false), None, "{text:?}");
        }
    }
}
