//! C's `printf` conversions, byte for byte.
//!
//! `string.format` is defined by C's `printf`, and programs depend on it to the last digit. The
//! standard library formats floats exactly at any precision and rounds ties to even, as C does, but
//! its notation differs (`1e5` for `1e+05`, no `%g`, no `%a`, no flags), so this module takes
//! digits from it – or from [`super::decimal`]'s faster path – and lays them out.
//!
//! Every function appends to a byte vector: first the converted text, then padding is inserted
//! where the flags want it. Converting first keeps the rules about width in one place.
//!
//! Which flags a conversion accepts in Lua is the business of who parses the directive; here C's
//! rules apply: `-` overrides `0`, `+` overrides a space, `0` is ignored for infinities, NaNs and
//! integers with a precision.

use super::decimal::{POW10, round_digits, scale_rounded, write_digits};
use std::io::Write;

/// Flags, width and precision of a conversion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    /// `-`: pad on the right.
    pub left: bool,
    /// `+`: write a sign before positive numbers.
    pub plus: bool,
    /// A space: write a space before positive numbers.
    pub space: bool,
    /// `#`: the alternate form.
    pub alt: bool,
    /// `0`: pad with zeros after the sign.
    pub zero: bool,
    /// The least number of bytes.
    pub width: u8,
    /// The precision, at most 99.
    pub precision: Option<u8>,
}

/// A conversion of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntConv {
    /// `%d`, `%i`
    Decimal,
    /// `%u`
    Unsigned,
    /// `%o`
    Octal,
    /// `%x`
    HexLower,
    /// `%X`
    HexUpper,
}

/// The notation of a conversion of floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatStyle {
    /// `%e`
    Exponent,
    /// `%f`
    Fixed,
    /// `%g`
    General,
    /// `%a`
    Hex,
}

/// A conversion of floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FloatConv {
    /// The notation.
    pub style: FloatStyle,
    /// Whether letters are in upper case.
    pub upper: bool,
}

/// The most digits a precision asks for, and some.
const MAX_PRECISION: usize = 99;

/// Inserts `count` copies of `byte` at `at`.
fn insert(out: &mut Vec<u8>, at: usize, count: usize, byte: u8) {
    let end = out.len();
    out.resize(end + count, byte);
    out.copy_within(at..end, at + count);
    if let Some(gap) = out.get_mut(at..at + count) {
        gap.fill(byte);
    }
}

/// Pads what was written since `start` to the width: on the right, with zeros at `zeros_at` if
/// that is given, or with blanks on the left.
#[inline]
fn pad(out: &mut Vec<u8>, spec: &Spec, start: usize, zeros_at: Option<usize>) {
    let missing = usize::from(spec.width).saturating_sub(out.len() - start);
    if missing == 0 {
    } else if spec.left {
        insert(out, out.len(), missing, b' ');
    } else if let Some(at) = zeros_at {
        insert(out, at, missing, b'0');
    } else {
        insert(out, start, missing, b' ');
    }
}

/// Writes the sign of a signed conversion.
#[inline]
fn push_sign(out: &mut Vec<u8>, spec: &Spec, negative: bool) {
    if negative {
        out.push(b'-');
    } else if spec.plus {
        out.push(b'+');
    } else if spec.space {
        out.push(b' ');
    }
}

/// `%s`: a string, cut to the precision.
pub fn string(out: &mut Vec<u8>, spec: &Spec, text: &[u8]) {
    let start = out.len();
    let length = spec.precision.map_or(text.len(), |p| text.len().min(usize::from(p)));
    out.extend_from_slice(text.get(..length).unwrap_or(text));
    pad(out, spec, start, None);
}

/// `%c`: one byte.
pub fn char(out: &mut Vec<u8>, spec: &Spec, byte: u8) {
    let start = out.len();
    out.push(byte);
    pad(out, spec, start, None);
}

/// `%d`, `%u`, `%o`, `%x` or `%X`: an integer, by its bits for the unsigned ones.
pub fn int(out: &mut Vec<u8>, spec: &Spec, conv: IntConv, value: i64) {
    let start = out.len();
    let mut buffer = [0u8; 24];
    let end = buffer.len();
    let bits = value as u64;
    let (magnitude, first) = match conv {
        IntConv::Decimal => {
            push_sign(out, spec, value < 0);
            (value.unsigned_abs(), write_digits(&mut buffer, end, value.unsigned_abs()))
        }
        IntConv::Unsigned => (bits, write_digits(&mut buffer, end, bits)),
        IntConv::Octal => (bits, write_power_of_two(&mut buffer, bits, 3, b'a')),
        IntConv::HexLower => (bits, write_power_of_two(&mut buffer, bits, 4, b'a')),
        IntConv::HexUpper => (bits, write_power_of_two(&mut buffer, bits, 4, b'A')),
    };
    let mut digits = &buffer[first..];
    if magnitude == 0 && spec.precision == Some(0) {
        digits = b"";
    }
    let mut least = spec.precision.map_or(0, usize::from);
    if spec.alt {
        match conv {
            // The alternate form of octal is a leading zero, unless there is one anyway.
            IntConv::Octal if digits.first() != Some(&b'0') => least = least.max(digits.len() + 1),
            IntConv::HexLower if magnitude != 0 => out.extend_from_slice(b"0x"),
            IntConv::HexUpper if magnitude != 0 => out.extend_from_slice(b"0X"),
            IntConv::Decimal
            | IntConv::Unsigned
            | IntConv::Octal
            | IntConv::HexLower
            | IntConv::HexUpper => {}
        }
    }
    let digits_at = out.len();
    out.resize(digits_at + least.saturating_sub(digits.len()), b'0');
    out.extend_from_slice(digits);
    let zeros = spec.zero && spec.precision.is_none();
    pad(out, spec, start, zeros.then_some(digits_at));
}

/// Writes `value` in a base that is a power of two at the end of the buffer, and returns where it
/// starts.
fn write_power_of_two(buffer: &mut [u8; 24], mut value: u64, shift: u32, letter: u8) -> usize {
    let mut at = buffer.len();
    loop {
        let digit = (value & ((1 << shift) - 1)) as u8;
        at -= 1;
        buffer[at] = if digit < 10 { b'0' + digit } else { letter + digit - 10 };
        value >>= shift;
        if value == 0 {
            return at;
        }
    }
}

/// `%e`, `%f`, `%g` or `%a`: a float.
pub fn float(out: &mut Vec<u8>, spec: &Spec, conv: FloatConv, value: f64) {
    let start = out.len();
    push_sign(out, spec, value.is_sign_negative());
    let x = value.abs();
    let mut zeros_at = None;
    if x.is_nan() {
        out.extend_from_slice(b"nan");
    } else if x.is_infinite() {
        out.extend_from_slice(b"inf");
    } else {
        if conv.style == FloatStyle::Hex {
            out.extend_from_slice(b"0x");
        }
        zeros_at = spec.zero.then_some(out.len());
        let precision = spec.precision.map(|p| usize::from(p).min(MAX_PRECISION));
        match conv.style {
            FloatStyle::Exponent => exponent_body(out, x, precision.unwrap_or(6), spec.alt),
            FloatStyle::Fixed => fixed_body(out, x, precision.unwrap_or(6), spec.alt),
            FloatStyle::General => general_body(out, x, precision.unwrap_or(6), spec.alt),
            FloatStyle::Hex => hex_body(out, x, precision, spec.alt),
        }
    }
    if conv.upper
        && let Some(text) = out.get_mut(start..)
    {
        text.make_ascii_uppercase();
    }
    pad(out, spec, start, zeros_at);
}

/// Writes formatted text to a vector, which can't fail.
macro_rules! append {
    ($out:expr, $($arg:tt)*) => {
        // A `Vec` accepts every write, so there is no error to report.
        $out.write_fmt(format_args!($($arg)*)).unwrap_or_default()
    };
}

fn fixed_body(out: &mut Vec<u8>, x: f64, precision: usize, alt: bool) {
    let scaled = i32::try_from(precision).ok().and_then(|k| scale_rounded(x, k));
    if let Some(scaled) = scaled
        && let Some(&unit) = POW10.get(precision)
    {
        let mut buffer = [b'0'; 24];
        let first = write_digits(&mut buffer, 24, scaled / unit);
        out.extend_from_slice(&buffer[first..]);
        if precision > 0 {
            buffer = [b'0'; 24];
            write_digits(&mut buffer, 24, scaled % unit);
            out.push(b'.');
            out.extend_from_slice(&buffer[24 - precision..]);
        }
    } else {
        append!(out, "{x:.precision$}");
    }
    if alt && precision == 0 {
        out.push(b'.');
    }
}

/// The digits of `%e` with the power of ten of the first.
struct Scientific {
    digits: [u8; MAX_PRECISION + 1],
    count: usize,
    power: i32,
}

impl Scientific {
    /// The first `count` digits of `x`, from 1 to 100.
    fn new(x: f64, count: usize) -> Scientific {
        let mut this = Scientific { digits: [b'0'; MAX_PRECISION + 1], count, power: 0 };
        if x == 0.0 {
            return this;
        }
        if count <= 17
            && let Some((digits, power)) = round_digits(x, count as u32)
        {
            let mut buffer = [0; 24];
            let first = write_digits(&mut buffer, 24, digits);
            this.digits[..count].copy_from_slice(&buffer[first..]);
            this.power = power;
            return this;
        }
        let mut text = [0u8; MAX_PRECISION + 16];
        let mut rest = &mut text[..];
        // The buffer fits all digits, the point and the exponent.
        write!(rest, "{:.*e}", count - 1, x).unwrap_or_default();
        let unused = rest.len();
        let length = text.len() - unused;
        let mut parts = text[..length].split(|&b| b == b'e');
        let mantissa = parts.next().unwrap_or_default();
        for (slot, digit) in this.digits.iter_mut().zip(mantissa.iter().filter(|&&b| b != b'.')) {
            *slot = *digit;
        }
        let power = parts.next().and_then(|p| std::str::from_utf8(p).ok());
        this.power = power.and_then(|p| p.parse().ok()).unwrap_or(0);
        this
    }

    fn digits(&self) -> &[u8] {
        &self.digits[..self.count]
    }
}

fn push_exponent(out: &mut Vec<u8>, letter: u8, power: i32, least_digits: usize) {
    out.push(letter);
    out.push(if power < 0 { b'-' } else { b'+' });
    let mut buffer = [b'0'; 24];
    let first = write_digits(&mut buffer, 24, u64::from(power.unsigned_abs()));
    out.extend_from_slice(&buffer[first.min(24 - least_digits)..]);
}

/// Writes `d.ddd`; the point also without digits after it if `alt`.
fn push_mantissa(out: &mut Vec<u8>, digits: &[u8], alt: bool) {
    let (first, rest) = digits.split_at(1.min(digits.len()));
    out.extend_from_slice(first);
    if alt || !rest.is_empty() {
        out.push(b'.');
    }
    out.extend_from_slice(rest);
}

fn exponent_body(out: &mut Vec<u8>, x: f64, precision: usize, alt: bool) {
    let scientific = Scientific::new(x, precision + 1);
    push_mantissa(out, scientific.digits(), alt);
    push_exponent(out, b'e', scientific.power, 2);
}

fn general_body(out: &mut Vec<u8>, x: f64, precision: usize, alt: bool) {
    let precision = precision.max(1);
    let scientific = Scientific::new(x, precision);
    let power = scientific.power;
    let mut digits = scientific.digits();
    if !alt {
        let zeros = digits.iter().rev().take_while(|&&d| d == b'0').count();
        digits = &digits[..(digits.len() - zeros).max(1)];
    }
    if power < -4 || power >= precision as i32 {
        push_mantissa(out, digits, alt);
        push_exponent(out, b'e', power, 2);
    } else if power < 0 {
        out.extend_from_slice(b"0.");
        out.resize(out.len() + (-power - 1) as usize, b'0');
        out.extend_from_slice(digits);
    } else {
        let whole = power as usize + 1;
        let (before, after) = digits.split_at(whole.min(digits.len()));
        out.extend_from_slice(before);
        out.resize(out.len() + (whole - before.len()), b'0');
        if alt || !after.is_empty() {
            out.push(b'.');
        }
        out.extend_from_slice(after);
    }
}

/// The part of `%a` after `0x`. A normal number has a leading 1, a subnormal one a leading 0 and
/// the least exponent; both have 13 hexadecimal digits of fraction to round to the precision. A
/// carry may make the leading digit 2, which glibc leaves so.
fn hex_body(out: &mut Vec<u8>, x: f64, precision: Option<usize>, alt: bool) {
    const DIGITS: usize = 13;
    let bits = x.to_bits();
    let field = (bits >> 52) as i32;
    let fraction = bits & ((1 << 52) - 1);
    let (mut value, power) = match field {
        0 if fraction == 0 => (0, 0),
        0 => (fraction, -1022),
        _ => (fraction | (1 << 52), field - 1023),
    };
    let shown = match precision {
        Some(p) => p,
        None => DIGITS - (value.trailing_zeros().min(52) / 4) as usize,
    };
    if shown < DIGITS {
        let drop = (DIGITS - shown) * 4;
        let half = 1u64 << (drop - 1);
        let remainder = value & ((1 << drop) - 1);
        value >>= drop;
        if remainder > half || (remainder == half && value & 1 == 1) {
            value += 1;
        }
        value <<= drop;
    }
    append!(out, "{:x}", value >> 52);
    if shown > 0 || alt {
        out.push(b'.');
    }
    for digit in 0..shown.min(DIGITS) {
        let nibble = (value >> (48 - 4 * digit)) & 0xf;
        append!(out, "{nibble:x}");
    }
    out.resize(out.len() + shown.saturating_sub(DIGITS), b'0');
    push_exponent(out, b'p', power, 1);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(flags: &str, width: u8, precision: Option<u8>) -> Spec {
        Spec {
            left: flags.contains('-'),
            plus: flags.contains('+'),
            space: flags.contains(' '),
            alt: flags.contains('#'),
            zero: flags.contains('0'),
            width,
            precision,
        }
    }

    fn f(style: FloatStyle, flags: &str, width: u8, precision: Option<u8>, x: f64) -> String {
        let mut out = Vec::new();
        float(&mut out, &spec(flags, width, precision), FloatConv { style, upper: false }, x);
        String::from_utf8(out).unwrap()
    }

    fn i(conv: IntConv, flags: &str, width: u8, precision: Option<u8>, value: i64) -> String {
        let mut out = Vec::new();
        int(&mut out, &spec(flags, width, precision), conv, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn fixed() {
        use FloatStyle::Fixed;
        assert_eq!(f(Fixed, "", 0, None, 1.5), "1.500000");
        assert_eq!(f(Fixed, "", 8, Some(2), -1.005), "   -1.00");
        assert_eq!(f(Fixed, "0", 8, Some(2), -1.005), "-0001.00");
        assert_eq!(f(Fixed, "-+", 8, Some(1), 2.25), "+2.2    ");
        assert_eq!(f(Fixed, "", 0, Some(0), 0.5), "0");
        assert_eq!(f(Fixed, "#", 0, Some(0), 1.5), "2.");
        assert_eq!(f(Fixed, "0", 6, None, f64::INFINITY), "   inf");
        assert_eq!(f(Fixed, "+", 0, None, f64::NAN.copysign(1.0)), "+nan");
        assert_eq!(f(Fixed, "", 0, Some(2), -0.0), "-0.00");
        assert_eq!(f(Fixed, "", 0, Some(1), 1e22), "10000000000000000000000.0");
        assert_eq!(f(Fixed, "", 0, Some(99), f64::MAX).len(), 309 + 1 + 99);
        assert_eq!(f(Fixed, "", 0, Some(25), 0.1), "0.1000000000000000055511151");
        assert_eq!(f(Fixed, "", 0, Some(19), 0.001), "0.0010000000000000000");
    }

    #[test]
    fn exponents() {
        use FloatStyle::Exponent;
        assert_eq!(f(Exponent, "", 0, None, 12345.678), "1.234568e+04");
        assert_eq!(f(Exponent, "", 0, Some(0), 2.5), "2e+00");
        assert_eq!(f(Exponent, "#", 0, Some(0), 2.5), "2.e+00");
        assert_eq!(f(Exponent, "", 0, Some(2), 0.0), "0.00e+00");
        assert_eq!(f(Exponent, "", 0, Some(3), 1e-300), "1.000e-300");
        assert_eq!(f(Exponent, "", 0, Some(20), 1.0), "1.00000000000000000000e+00");
    }

    #[test]
    fn general() {
        use FloatStyle::General;
        assert_eq!(f(General, "", 0, None, 100_000.0), "100000");
        assert_eq!(f(General, "", 0, None, 1_000_000.0), "1e+06");
        assert_eq!(f(General, "", 0, None, 0.0001), "0.0001");
        assert_eq!(f(General, "", 0, None, 0.00001), "1e-05");
        assert_eq!(f(General, "#", 0, None, 1.0), "1.00000");
        assert_eq!(f(General, "", 0, Some(0), 0.0), "0");
        assert_eq!(f(General, "", 0, Some(3), 999.6), "1e+03");
        assert_eq!(f(General, "", 0, Some(14), 0.1), "0.1");
        assert_eq!(f(General, "", 0, Some(40), 0.5), "0.5");
    }

    #[test]
    fn hexadecimal() {
        use FloatStyle::Hex;
        assert_eq!(f(Hex, "", 0, None, 1.0), "0x1p+0");
        assert_eq!(f(Hex, "", 0, None, -0.1), "-0x1.999999999999ap-4");
        assert_eq!(f(Hex, "", 0, None, 0.0), "0x0p+0");
        assert_eq!(f(Hex, "", 0, Some(2), 0.0), "0x0.00p+0");
        assert_eq!(f(Hex, "", 0, Some(0), 1.5), "0x2p+0");
        assert_eq!(f(Hex, "", 0, None, f64::from_bits(1)), "0x0.0000000000001p-1022");
        assert_eq!(f(Hex, "0", 12, None, 1.5), "0x00001.8p+0");
        assert_eq!(f(Hex, "", 0, Some(15), 1.5), "0x1.800000000000000p+0");
    }

    #[test]
    fn integers() {
        use IntConv::*;
        assert_eq!(i(Decimal, "", 0, None, i64::MIN), "-9223372036854775808");
        assert_eq!(i(Decimal, "+", 5, None, 42), "  +42");
        assert_eq!(i(Decimal, "0", 5, None, -42), "-0042");
        assert_eq!(i(Decimal, "0", 5, Some(3), -42), " -042");
        assert_eq!(i(Decimal, "-0", 5, None, 42), "42   ");
        assert_eq!(i(Decimal, "", 3, Some(0), 0), "   ");
        assert_eq!(i(Unsigned, "", 0, None, -1), "18446744073709551615");
        assert_eq!(i(Octal, "#", 0, None, 8), "010");
        assert_eq!(i(Octal, "#", 0, Some(0), 0), "0");
        assert_eq!(i(HexLower, "#0", 8, None, 255), "0x0000ff");
        assert_eq!(i(HexUpper, "#", 0, None, 255), "0XFF");
        assert_eq!(i(HexLower, "#", 0, None, 0), "0");
        assert_eq!(i(HexLower, "", 0, Some(20), -1), "0000ffffffffffffffff");
    }

    #[test]
    fn text() {
        let mut out = b"<".to_vec();
        string(&mut out, &spec("-", 5, Some(2)), b"abc");
        char(&mut out, &spec("", 3, None), b'x');
        assert_eq!(out, b"<ab     x");
    }
}
