//! Exact decimal digits of doubles, without big integers in the common range.
//!
//! `tostring` and `printf` want *n* correctly rounded digits, not the shortest ones. A double is
//! `m * 2^e` with `m < 2^53`; times `10^k` it is `m * 5^k * 2^(e + k)`, and for `k` up to 27 the
//! product `m * 5^k` fits in 128 bits. So in that range one multiplication and one shift give the
//! digits with an exact remainder to round by: ties go to even, as in C. Outside of it the callers
//! fall back on the standard library's formatting, which is exact too but slower.
//!
//! Rejected: a shortest-digits algorithm (Ryū, Grisu). It doesn't answer the question, because 16
//! shortest digits don't tell the 17th correctly rounded one, which `%.17g` prints.

/// `5^k` for every `k` that fits in 64 bits.
const POW5: [u64; 28] = powers::<28>(5);

/// `10^k` for every `k` that fits in 64 bits.
pub(super) const POW10: [u64; 20] = powers::<20>(10);

const fn powers<const N: usize>(base: u64) -> [u64; N] {
    let mut table = [1; N];
    let mut i = 1;
    while i < N {
        table[i] = table[i - 1] * base;
        i += 1;
    }
    table
}

/// A positive finite double as `mantissa * 2^exponent`.
#[inline]
fn decompose(x: f64) -> (u64, i32) {
    let bits = x.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let field = ((bits >> 52) & 0x7ff) as i32;
    if field == 0 { (fraction, -1074) } else { (fraction | (1 << 52), field - 1075) }
}

/// `value / 2^shift`, rounded to nearest with ties to even, if it fits in 64 bits.
#[inline]
fn shift_right_rounded(value: u128, shift: u32) -> Option<u64> {
    if shift == 0 {
        return u64::try_from(value).ok();
    }
    if shift > 127 {
        // Callers have at most 116 bits, which is less than half of the last place.
        return Some(0);
    }
    let quotient = u64::try_from(value >> shift).ok()?;
    let remainder = value & ((1 << shift) - 1);
    let half = 1u128 << (shift - 1);
    let up = remainder > half || (remainder == half && quotient & 1 == 1);
    quotient.checked_add(u64::from(up))
}

/// `x * 10^k` rounded to the nearest integer with ties to even, for positive or zero finite `x`.
/// `None` if that is out of this method's range.
#[inline]
pub(super) fn scale_rounded(x: f64, k: i32) -> Option<u64> {
    let (mantissa, exponent) = decompose(x);
    if k < 0 {
        let divisor = *POW10.get(usize::try_from(k.checked_neg()?).ok()?)?;
        // 53 bits shifted left by up to 64 make the dividend, or 64 bits shifted left by up to 60
        // the divisor: both fit.
        let left = u32::try_from(exponent.max(0)).ok().filter(|&s| s <= 64)?;
        let right = u32::try_from((-exponent).max(0)).ok().filter(|&s| s <= 60)?;
        let dividend = u128::from(mantissa) << left;
        let divisor = u128::from(divisor) << right;
        let (quotient, remainder) = (dividend / divisor, dividend % divisor);
        let odd = quotient & 1 == 1;
        let up = remainder * 2 > divisor || (remainder * 2 == divisor && odd);
        return u64::try_from(quotient + u128::from(up)).ok();
    }
    let factor = *POW5.get(usize::try_from(k).ok()?)?;
    let product = u128::from(mantissa) * u128::from(factor);
    let shift = exponent + k;
    match u32::try_from(shift) {
        Ok(left) if left <= product.leading_zeros() => u64::try_from(product << left).ok(),
        Ok(_) => None,
        Err(_) => shift_right_rounded(product, shift.unsigned_abs()),
    }
}

/// The first `count` digits of a positive finite `x`, correctly rounded, and the power of ten of
/// the first one. `count` is from 1 to 17. `None` if that is out of this method's range.
#[inline]
pub(super) fn round_digits(x: f64, count: u32) -> Option<(u64, i32)> {
    let end = *POW10.get(count as usize)?;
    let begin = end / 10;
    // The binary exponent estimates the decimal one to within one. (Subnormals are out of range
    // anyway.)
    let binary = ((x.to_bits() >> 52) & 0x7ff) as i32 - 1023;
    let mut power = (binary * 315_653) >> 20;
    for _ in 0..3 {
        let digits = scale_rounded(x, count as i32 - 1 - power)?;
        if digits >= end {
            // Too low an estimate, or a carry such as from 9.99 to 10.0.
            power += 1;
        } else if digits < begin {
            power -= 1;
        } else {
            return Some((digits, power));
        }
    }
    None
}

/// All two-digit numbers, to write two digits at a time.
const PAIRS: &[u8; 200] = b"\
    0001020304050607080910111213141516171819\
    2021222324252627282930313233343536373839\
    4041424344454647484950515253545556575859\
    6061626364656667686970717273747576777879\
    8081828384858687888990919293949596979899";

/// Writes `value` in decimal so that it ends at `end` of `buffer`, and returns where it starts.
/// The buffer must have room for 20 digits before `end`.
#[inline]
pub(super) fn write_digits(buffer: &mut [u8], end: usize, mut value: u64) -> usize {
    let mut at = end;
    while value >= 100 {
        let pair = (value % 100) as usize * 2;
        value /= 100;
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    }
    if value >= 10 {
        let pair = value as usize * 2;
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    } else {
        at -= 1;
        buffer[at] = b'0' + value as u8;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_even() {
        assert_eq!(scale_rounded(0.5, 0), Some(0));
        assert_eq!(scale_rounded(1.5, 0), Some(2));
        assert_eq!(scale_rounded(2.5, 0), Some(2));
        assert_eq!(scale_rounded(0.125, 2), Some(12));
        assert_eq!(scale_rounded(0.375, 2), Some(38));
        assert_eq!(scale_rounded(25.0, -1), Some(2));
        assert_eq!(scale_rounded(1e-300, 2), Some(0));
    }

    #[test]
    fn digits_are_correctly_rounded() {
        assert_eq!(round_digits(0.1, 17), Some((10_000_000_000_000_001, -1)));
        assert_eq!(round_digits(0.1, 15), Some((100_000_000_000_000, -1)));
        assert_eq!(round_digits(9.99, 2), Some((10, 1)));
        assert_eq!(round_digits(1e15, 15), Some((100_000_000_000_000, 15)));
        assert_eq!(round_digits(999_999_999_999_999.0, 15), Some((999_999_999_999_999, 14)));
    }

    #[test]
    fn digits_agree_with_the_standard_library() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..20_000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let x = (state >> 11) as f64 * 2f64.powi((state % 90) as i32 - 80);
            let count = (state >> 3) % 17 + 1;
            if let Some((digits, power)) = round_digits(x, count as u32) {
                let text = format!("{:.*e}", count as usize - 1, x);
                let (mantissa, exponent) = text.split_once('e').unwrap();
                assert_eq!(digits.to_string(), mantissa.replace('.', ""), "{x:e} {count}");
                assert_eq!(power.to_string(), exponent, "{x:e} {count}");
            }
        }
    }

    #[test]
    fn writing_digits() {
        for value in [0, 7, 10, 99, 100, 12_345, u64::MAX] {
            let mut buffer = [0; 24];
            let start = write_digits(&mut buffer, 24, value);
            assert_eq!(&buffer[start..], value.to_string().as_bytes());
        }
    }
}
