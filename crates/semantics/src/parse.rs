//! Text to number.
//!
//! Lua accepts more than most: surrounding blanks, a sign, hexadecimal integers that wrap around,
//! hexadecimal floats, decimal integers that turn into floats when they overflow. It rejects what C
//! would add, `inf` and `nan`. Both the lexer and the coercion of strings come here, so that a
//! numeral means the same in a program and in its data.
//!
//! One pass over the text collects up to 19 significant decimal digits and the exponent. A mantissa
//! below 2^53 with a power of ten that is exact in a double gives a correctly rounded result with
//! one multiplication or division; anything harder goes to the standard library's parser, which is
//! correctly rounded for any length. Hexadecimal floats keep 64 bits and a sticky bit, and round
//! once.
//!
//! This file uses nothing but the standard library and [`Num`], and allocates only for numerals of
//! absurd length.

use super::Num;

/// The powers of ten that are exact in a double.
pub(super) const EXACT_POW10: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Decimal digits that fit in 64 bits whatever they are.
const MAX_DIGITS: u32 = 19;

/// Numerals longer than this may have an exponent that cancels more zeros than the standard
/// library's parser counts.
const LONG_NUMERAL: usize = 10_000;

/// Significant digits that decide the rounding of any double; the rest only needs to be known as
/// zero or not.
const DECISIVE_DIGITS: usize = 800;

/// Whether C's `isspace` accepts the byte.
#[inline]
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// The value of a hexadecimal digit.
#[inline]
fn hex_value(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// `text` without the blanks around it.
fn trim(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_space(*first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_space(*last)
    {
        text = rest;
    }
    text
}

/// Splits an optional sign off; `true` is minus.
#[inline]
fn split_sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

/// Converts a string to a number by Lua's rules, or `None` if it isn't a numeral.
#[inline]
pub fn str_to_number(text: &[u8]) -> Option<Num> {
    let (negative, body) = split_sign(trim(text));
    numeral(body, negative)
}

/// Converts a numeral of a program: no blanks and no sign around it.
#[inline]
pub fn parse_numeral(text: &[u8]) -> Option<Num> {
    numeral(text, false)
}

/// Converts a string of digits in a base from 2 to 36 to an integer, wrapping around, as
/// `tonumber(text, base)` does.
pub fn str_to_int_radix(text: &[u8], base: u32) -> Option<i64> {
    let (negative, digits) = split_sign(trim(text));
    if digits.is_empty() {
        return None;
    }
    let mut value = 0u64;
    for &byte in digits {
        let digit = (byte as char).to_digit(base)?;
        value = value.wrapping_mul(u64::from(base)).wrapping_add(u64::from(digit));
    }
    Some(if negative { value.wrapping_neg() } else { value } as i64)
}

fn numeral(body: &[u8], negative: bool) -> Option<Num> {
    match body {
        [b'0', b'x' | b'X', digits @ ..] => hexadecimal(digits, negative),
        _ => decimal(body, negative),
    }
}

/// What one pass over decimal digits has seen.
#[derive(Default)]
struct Digits {
    /// The first [`MAX_DIGITS`] significant digits.
    mantissa: u64,
    /// How many of them there are.
    kept: u32,
    /// Significant digits that didn't fit.
    dropped: u32,
}

impl Digits {
    /// Consumes the digits at the start of `text`, and returns how many there were.
    #[inline]
    fn consume(&mut self, text: &[u8]) -> usize {
        let mut count = 0;
        for &byte in text {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            count += 1;
            if self.kept < MAX_DIGITS {
                self.mantissa = self.mantissa * 10 + u64::from(digit);
                self.kept += u32::from(self.mantissa != 0);
            } else {
                self.dropped = self.dropped.saturating_add(1);
            }
        }
        count
    }
}

/// Reads the digits of an exponent after its letter. The value saturates far beyond any exponent
/// that makes a difference.
fn exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = split_sign(text);
    if digits.is_empty() {
        return None;
    }
    let mut value = 0i64;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.saturating_mul(10).saturating_add(i64::from(digit));
    }
    Some(if negative { -value } else { value })
}

fn decimal(body: &[u8], negative: bool) -> Option<Num> {
    let mut digits = Digits::default();
    let whole = digits.consume(body);
    let mut rest = &body[whole..];
    if rest.is_empty() && whole > 0 && digits.dropped == 0 {
        // An integer, unless it overflows. Minus reaches one further than plus.
        if digits.mantissa <= i64::MAX as u64 + u64::from(negative) {
            let magnitude = digits.mantissa;
            let value = if negative { magnitude.wrapping_neg() } else { magnitude };
            return Some(Num::Int(value as i64));
        }
    }
    let mut fraction = 0;
    if let [b'.', after @ ..] = rest {
        fraction = digits.consume(after);
        rest = &after[fraction..];
    }
    if whole + fraction == 0 {
        return None;
    }
    let explicit = match rest {
        [] => 0,
        [b'e' | b'E', after @ ..] => exponent(after)?,
        _ => return None,
    };
    let magnitude = quick_decimal(&digits, explicit, fraction)
        .map_or_else(|| slow_decimal(body, whole, fraction, explicit), Some)?;
    Some(Num::Float(if negative { -magnitude } else { magnitude }))
}

/// The value if a single rounded operation on exact operands gives it.
#[inline]
fn quick_decimal(digits: &Digits, explicit: i64, fraction: usize) -> Option<f64> {
    if digits.dropped != 0 || digits.mantissa > 1 << 53 {
        return None;
    }
    let mantissa = digits.mantissa as f64;
    let power = explicit.saturating_sub(i64::try_from(fraction).ok()?);
    let table = |index: i64| usize::try_from(index).ok().and_then(|i| EXACT_POW10.get(i));
    if power < 0 {
        table(power.saturating_neg()).map(|p| mantissa / p)
    } else {
        table(power).map(|p| mantissa * p)
    }
}

/// The value by the standard library, for a body whose syntax has been checked.
fn slow_decimal(body: &[u8], whole: usize, fraction: usize, explicit: i64) -> Option<f64> {
    if body.len() <= LONG_NUMERAL {
        return std::str::from_utf8(body).ok()?.parse().ok();
    }
    // Rewrite as an integer with few enough digits times a power of ten.
    let mut text = String::with_capacity(DECISIVE_DIGITS + 24);
    let mut power = explicit;
    let mut sticky = false;
    let fraction_digits = body.iter().skip(whole + 1).take(fraction);
    let places = body.iter().take(whole).map(|d| (d, 0)).chain(fraction_digits.map(|d| (d, 1)));
    for (&digit, place) in places {
        power = power.saturating_sub(place);
        if text.len() < DECISIVE_DIGITS {
            if !text.is_empty() || digit != b'0' {
                text.push(char::from(digit));
            }
        } else {
            power = power.saturating_add(1);
            sticky |= digit != b'0';
        }
    }
    if text.is_empty() {
        return Some(0.0);
    }
    if sticky {
        text.push('1');
        power = power.saturating_sub(1);
    }
    text.push_str(&format!("e{}", power.clamp(-100_000, 100_000)));
    text.parse().ok()
}

fn hexadecimal(body: &[u8], negative: bool) -> Option<Num> {
    let mut wrapped = 0u64;
    let mut mantissa = 0u64;
    let mut sticky = false;
    let mut power = 0i64;
    let mut any = false;
    let mut point = false;
    let mut rest = body;
    while let [byte, after @ ..] = rest {
        if let Some(digit) = hex_value(*byte) {
            any = true;
            wrapped = (wrapped << 4) | u64::from(digit);
            if mantissa >> 60 == 0 {
                mantissa = (mantissa << 4) | u64::from(digit);
                power -= if point { 4 } else { 0 };
            } else {
                sticky |= digit != 0;
                power += if point { 0 } else { 4 };
            }
        } else if *byte == b'.' && !point {
            point = true;
        } else {
            break;
        }
        rest = after;
    }
    if !any {
        return None;
    }
    match rest {
        [] if !point => {
            let value = if negative { wrapped.wrapping_neg() } else { wrapped };
            return Some(Num::Int(value as i64));
        }
        [] => {}
        [b'p' | b'P', after @ ..] => power = power.saturating_add(exponent(after)?),
        _ => return None,
    }
    let magnitude = scale(mantissa, sticky, power);
    Some(Num::Float(if negative { -magnitude } else { magnitude }))
}

/// `mantissa * 2^power` rounded once, to nearest with ties to even. `sticky` says that something
/// nonzero was dropped below the mantissa, which then has more than 60 bits.
fn scale(mantissa: u64, sticky: bool, power: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let shift = mantissa.leading_zeros();
    let mantissa = (mantissa << shift) | u64::from(sticky);
    // The value is 1.xxx * 2^exponent.
    let exponent = power.saturating_add(63 - i64::from(shift));
    if exponent > 1023 {
        return f64::INFINITY;
    }
    // Bits to drop from 64: down to 53, and more for a subnormal result.
    let drop = 11 + (-1022 - exponent).max(0);
    if drop > 64 {
        return 0.0;
    }
    let wide = u128::from(mantissa);
    let quotient = (wide >> drop) as u64;
    let remainder = wide & ((1u128 << drop) - 1);
    let half = 1u128 << (drop - 1);
    let round_up = remainder > half || (remainder == half && quotient & 1 == 1);
    // A normal result has its implicit bit in `quotient`, which adds one to the exponent field; a
    // carry out of the rounding does the same.
    let field = (exponent.max(-1022) + 1022) as u64;
    f64::from_bits((field << 52) + quotient + u64::from(round_up))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<Num>) {
        let got = str_to_number(text.as_bytes());
        let same = match (got, expected) {
            (Some(a), Some(b)) => a.same(b),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        assert!(same, "{text:?}: got {got:?}, expected {expected:?}");
    }

    #[test]
    fn integers() {
        check("0", Some(Num::Int(0)));
        check("-0", Some(Num::Int(0)));
        check(" \t\n\x0b\x0c\r+12 ", Some(Num::Int(12)));
        check("9223372036854775807", Some(Num::Int(i64::MAX)));
        check("9223372036854775808", Some(Num::Float(9_223_372_036_854_775_808.0)));
        check("-9223372036854775808", Some(Num::Int(i64::MIN)));
        check("-9223372036854775809", Some(Num::Float(-9_223_372_036_854_775_808.0)));
        check("00000000000000000000000000012", Some(Num::Int(12)));
        check("0x10", Some(Num::Int(16)));
        check("-0XfF", Some(Num::Int(-255)));
        check("0xffffffffffffffff", Some(Num::Int(-1)));
        check("0x123456789abcdef0123", Some(Num::Int(0x4567_89ab_cdef_0123)));
    }

    #[test]
    fn floats() {
        check("1.", Some(Num::Float(1.0)));
        check(".5", Some(Num::Float(0.5)));
        check("-0.0", Some(Num::Float(-0.0)));
        check("1e2", Some(Num::Float(100.0)));
        check("1E+2", Some(Num::Float(100.0)));
        check("0.1", Some(Num::Float(0.1)));
        check("1e23", Some(Num::Float(1e23)));
        check("1.7976931348623157e308", Some(Num::Float(f64::MAX)));
        check("1e309", Some(Num::Float(f64::INFINITY)));
        check("1e-400", Some(Num::Float(0.0)));
        check("4.9e-324", Some(Num::Float(f64::from_bits(1))));
        check("1e99999999999999999999999", Some(Num::Float(f64::INFINITY)));
        check("0e99999999999999999999999", Some(Num::Float(0.0)));
        check("9007199254740993.0", Some(Num::Float(9_007_199_254_740_992.0)));
        check("9007199254740993.00000000000000000001", Some(Num::Float(9_007_199_254_740_994.0)));
    }

    #[test]
    fn long_numerals() {
        let zeros = "0".repeat(700_000);
        check(&format!("0.{zeros}1e700001"), Some(Num::Float(1.0)));
        check(&format!("1{zeros}e-700000"), Some(Num::Float(1.0)));
        check(&format!("0.{zeros}"), Some(Num::Float(0.0)));
        check(&format!("9007199254740993.{zeros}1"), Some(Num::Float(9_007_199_254_740_994.0)));
        check(&zeros, Some(Num::Int(0)));
    }

    #[test]
    fn hexadecimal_floats() {
        check("0x.8", Some(Num::Float(0.5)));
        check("0x8.", Some(Num::Float(8.0)));
        check("0xA.8p1", Some(Num::Float(21.0)));
        check("0x1p-1074", Some(Num::Float(f64::from_bits(1))));
        check("0x1p-1075", Some(Num::Float(0.0)));
        check("0x1.8p-1075", Some(Num::Float(f64::from_bits(1))));
        check("0x1p1024", Some(Num::Float(f64::INFINITY)));
        check("0x1.fffffffffffff8p1023", Some(Num::Float(f64::INFINITY)));
        check("0x1.fffffffffffffp1023", Some(Num::Float(f64::MAX)));
        check("0x20000000000001.0", Some(Num::Float(9_007_199_254_740_992.0)));
        check("0x20000000000001.00000000000000001", Some(Num::Float(9_007_199_254_740_994.0)));
        check("0x0p99999999999999999999", Some(Num::Float(0.0)));
        check("-0x0p1", Some(Num::Float(-0.0)));
        check("0x0.00000000000000000000000001p104", Some(Num::Float(1.0)));
    }

    #[test]
    fn rejected() {
        for text in [
            "", " ", "+", "-", ".", "e1", ".e1", "1e", "1e+", "0x", "0x.", "0xp1", "0x1p", "0x1p+",
            "inf", "nan", "-inf", "Infinity", "1 2", "- 1", "--1", "1\0", "\x001", "1_000", "0x1g",
            "1f", "0x1.2.3", "1.2.3", "1e1.5", "0b1", "0x1e+1", "１", "1e1e1",
        ] {
            check(text, None);
        }
        assert!(parse_numeral(b" 1").is_none());
        assert!(parse_numeral(b"-1").is_none());
        assert!(parse_numeral(b"1.5e3").is_some());
    }

    #[test]
    fn radix() {
        assert_eq!(str_to_int_radix(b" -zZ ", 36), Some(-1295));
        assert_eq!(str_to_int_radix(b"1010", 2), Some(10));
        assert_eq!(str_to_int_radix(b"12", 2), None);
        assert_eq!(str_to_int_radix(b"", 10), None);
        assert_eq!(str_to_int_radix(b"ffffffffffffffff", 16), Some(-1));
    }
}
