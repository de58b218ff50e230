//! Number to text, as `tostring` and `..` do it.
//!
//! An integer is its decimal digits. A float is `%.15g` if that reads back as the same float and
//! `%.17g` otherwise, and gets a `.0` if it would look like an integer; infinities and NaNs are
//! `inf`, `-inf`, `nan` and `-nan`.
//!
//! So that printing numbers is not what a program spends its time on, nothing here allocates: the
//! text is built in a [`NumText`] on the stack. For most floats, 15 exact digits cost one wide
//! multiplication, and whether they read back is decided by one division: 15 digits fit in a
//! double, powers of ten up to 22 are exact, so the quotient *is* the correctly rounded value of
//! the text.

use super::Num;
use super::decimal::{round_digits, write_digits};
use super::parse::EXACT_POW10;
use std::io::Write;

/// The longest text is that of a float with 17 digits, a sign, a point and an exponent of three
/// digits: 24 bytes.
const CAPACITY: usize = 32;

/// The text of a number, held in place.
#[derive(Clone, Copy)]
pub struct NumText {
    buffer: [u8; CAPACITY],
    start: u8,
    end: u8,
}

impl NumText {
    /// The text, always ASCII.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.buffer[usize::from(self.start)..usize::from(self.end)]
    }

    fn empty() -> NumText {
        NumText { buffer: [0; CAPACITY], start: 0, end: 0 }
    }

    #[inline]
    fn push(&mut self, bytes: &[u8]) {
        let at = usize::from(self.end);
        self.buffer[at..at + bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len() as u8;
    }
}

impl std::ops::Deref for NumText {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl std::fmt::Debug for NumText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.as_bytes().escape_ascii().to_string())
    }
}

/// The text of any number.
#[inline]
pub fn number_to_str(number: Num) -> NumText {
    match number {
        Num::Int(i) => int_to_str(i),
        Num::Float(f) => float_to_str(f),
    }
}

/// Appends the text of a number.
#[inline]
pub fn push_number(out: &mut Vec<u8>, number: Num) {
    out.extend_from_slice(&number_to_str(number));
}

/// The text of an integer.
#[inline]
pub fn int_to_str(value: i64) -> NumText {
    let mut text = NumText::empty();
    let mut start = write_digits(&mut text.buffer, CAPACITY, value.unsigned_abs());
    if value < 0 {
        start -= 1;
        text.buffer[start] = b'-';
    }
    text.start = start as u8;
    text.end = CAPACITY as u8;
    text
}

/// The text of a float.
pub fn float_to_str(value: f64) -> NumText {
    let mut text = NumText::empty();
    if value.is_sign_negative() {
        text.push(b"-");
    }
    let magnitude = value.abs();
    if magnitude.is_nan() {
        text.push(b"nan");
    } else if magnitude.is_infinite() {
        text.push(b"inf");
    } else if magnitude == 0.0 {
        text.push(b"0.0");
    } else if magnitude < 1e15 && magnitude as u64 as f64 == magnitude {
        let mut digits = [0; 24];
        let start = write_digits(&mut digits, 24, magnitude as u64);
        text.push(&digits[start..]);
        text.push(b".0");
    } else {
        let (digits, power, precision) = significant_digits(magnitude);
        lay_out(&mut text, digits, power, precision);
    }
    text
}

/// The digits to print of a positive finite float, the power of ten of the first one, and how many
/// there are.
fn significant_digits(x: f64) -> (u64, i32, i32) {
    if let Some((digits, power)) = round_digits(x, 15)
        && let Some(exact) = reads_back(digits, power - 14, x)
    {
        if exact {
            return (digits, power, 15);
        }
        if let Some((digits, power)) = round_digits(x, 17) {
            return (digits, power, 17);
        }
    } else if let Some((digits, power)) = library_digits(x, 15, true) {
        return (digits, power, 15);
    }
    let (digits, power) = library_digits(x, 17, false).unwrap_or((0, 0));
    (digits, power, 17)
}

/// Whether the decimal `digits * 10^power` reads as `x`, if one operation can tell.
#[inline]
fn reads_back(digits: u64, power: i32, x: f64) -> Option<bool> {
    let factor = *EXACT_POW10.get(power.unsigned_abs() as usize)?;
    let digits = digits as f64;
    Some(if power < 0 { digits / factor == x } else { digits * factor == x })
}

/// The first `count` digits by way of the standard library, for very large and very small floats;
/// with `check`, only if they read back as `x`.
#[cold]
fn library_digits(x: f64, count: usize, check: bool) -> Option<(u64, i32)> {
    let mut buffer = [0u8; 32];
    let mut rest = &mut buffer[..];
    write!(rest, "{:.*e}", count - 1, x).ok()?;
    let unused = rest.len();
    let text = std::str::from_utf8(&buffer[..buffer.len() - unused]).ok()?;
    if check && text.parse::<f64>().ok()? != x {
        return None;
    }
    let (mantissa, power) = text.split_once('e')?;
    let digits = mantissa
        .bytes()
        .filter(u8::is_ascii_digit)
        .fold(0, |value, digit| value * 10 + u64::from(digit - b'0'));
    Some((digits, power.parse().ok()?))
}

/// Writes digits the way `%g` does, with `.0` after what looks like an integer. The digits must be
/// exactly `precision` many.
fn lay_out(text: &mut NumText, digits: u64, power: i32, precision: i32) {
    let mut buffer = [0; 24];
    let start = write_digits(&mut buffer, 24, digits);
    let all = &buffer[start..];
    let zeros = all.iter().rev().take_while(|&&d| d == b'0').count();
    let kept = &all[..(all.len() - zeros).max(1)];
    if power < -4 || power >= precision {
        let (first, rest) = kept.split_at(1);
        text.push(first);
        if !rest.is_empty() {
            text.push(b".");
            text.push(rest);
        }
        push_exponent(text, power);
    } else if power < 0 {
        text.push(b"0.");
        text.push(&b"000"[..(-power - 1) as usize]);
        text.push(kept);
    } else {
        let whole = power as usize + 1;
        if kept.len() <= whole {
            // The zeros dropped before the point belong to the number.
            text.push(&all[..whole]);
            text.push(b".0");
        } else {
            text.push(&kept[..whole]);
            text.push(b".");
            text.push(&kept[whole..]);
        }
    }
}

fn push_exponent(text: &mut NumText, power: i32) {
    text.push(if power < 0 { b"e-" } else { b"e+" });
    let mut buffer = [b'0'; 24];
    let start = write_digits(&mut buffer, 24, u64::from(power.unsigned_abs()));
    text.push(&buffer[start.min(22)..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float(x: f64) -> String {
        String::from_utf8(float_to_str(x).to_vec()).unwrap()
    }

    #[test]
    fn integers() {
        for i in [0, 1, -1, 9, 10, -10, 99, 100, 12_345_678, i64::MAX, i64::MIN] {
            assert_eq!(int_to_str(i).as_bytes(), i.to_string().as_bytes());
        }
    }

    #[test]
    fn floats() {
        for (x, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-3.25, "-3.25"),
            (0.1, "0.1"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1.0 / 3.0, "0.33333333333333331"),
            (100.0, "100.0"),
            (1e14, "100000000000000.0"),
            (1e15, "1e+15"),
            (123_456_789_012_345.0, "123456789012345.0"),
            (9_007_199_254_740_992.0, "9007199254740992.0"),
            (9_007_199_254_740_994.0, "9007199254740994.0"),
            (2f64.powi(63), "9.2233720368547758e+18"),
            (1e16, "1e+16"),
            (1e100, "1e+100"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::from_bits(1), "4.94065645841247e-324"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN.copysign(1.0), "nan"),
            (f64::NAN.copysign(-1.0), "-nan"),
        ] {
            assert_eq!(float(x), text);
        }
    }

    #[test]
    fn everything_reads_back() {
        let mut state = 88_172_645_463_325_252_u64;
        for _ in 0..20_000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let x = f64::from_bits(state);
            if x.is_finite() {
                assert_eq!(float(x).parse::<f64>().unwrap().to_bits(), x.to_bits());
            }
        }
    }
}
