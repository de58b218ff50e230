//! The directives of `string.format`.
//!
//! A directive is `%`, flags, width, precision, a letter. Lua lets C's `printf` do the conversion
//! but checks the directive first, because C's behaviour is undefined for combinations it doesn't
//! know. The order of the checks shows in which error a wrong call reports, and differs between
//! conversions: for `%d` a wrong argument comes before a wrong flag, for `%c` after. So scanning,
//! classifying and checking are three steps, and the library function puts the argument check
//! where it belongs:
//!
//! 1. [`Directive::scan`] finds the extent of the directive;
//! 2. [`Directive::conversion`] names what it converts;
//! 3. [`Directive::spec`] checks flags, width and precision and gives them to
//!    [`crate::semantics::fmt`].

use crate::semantics::fmt::{self, FloatConv, FloatStyle, IntConv, Spec};
use crate::semantics::{Num, display};
use std::ops::Range;

/// The longest directive after its `%`. Anything longer is rejected before it is understood.
const MAX_LENGTH: usize = 21;

/// Why a directive is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// The directive is longer than any valid one.
    TooLong,
    /// The letter is not that of a conversion. Carries the directive without its `%`.
    UnknownConversion(Vec<u8>),
    /// Flags, width or precision don't go with the conversion. Carries the directive without its
    /// `%`.
    InvalidSpecification(Vec<u8>),
    /// `%q` with flags, width or precision.
    ModifiedQuote,
}

impl FormatError {
    /// Lua's message.
    pub fn message(&self) -> Vec<u8> {
        match self {
            FormatError::TooLong => b"invalid format (too long)".to_vec(),
            FormatError::UnknownConversion(text) => {
                [b"invalid conversion '%", text.as_slice(), b"' to 'format'"].concat()
            }
            FormatError::InvalidSpecification(text) => {
                [b"invalid conversion specification: '%", text.as_slice(), b"'"].concat()
            }
            FormatError::ModifiedQuote => b"specifier '%q' cannot have modifiers".to_vec(),
        }
    }
}

/// What a directive converts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// `%c`: a byte, given as an integer.
    Char,
    /// `%d`, `%i`, `%u`, `%o`, `%x`, `%X`: an integer.
    Int(IntConv),
    /// `%a`, `%A`, `%e`, `%E`, `%f`, `%g`, `%G`: a float.
    Float(FloatConv),
    /// `%p`: the address of an object.
    Pointer,
    /// `%q`: a literal that reads back as the value.
    Quoted,
    /// `%s`: the text of any value.
    Text,
}

impl Conversion {
    /// The flags the conversion accepts.
    fn flags(self) -> &'static [u8] {
        match self {
            Conversion::Float(_) => b"-+#0 ",
            Conversion::Int(IntConv::Octal | IntConv::HexLower | IntConv::HexUpper) => b"-#0",
            Conversion::Int(IntConv::Decimal) => b"-+0 ",
            Conversion::Int(IntConv::Unsigned) => b"-0",
            Conversion::Char | Conversion::Pointer | Conversion::Text => b"-",
            Conversion::Quoted => b"",
        }
    }

    /// Whether the conversion accepts a precision.
    fn takes_precision(self) -> bool {
        match self {
            Conversion::Float(_) | Conversion::Int(_) | Conversion::Text => true,
            Conversion::Char | Conversion::Pointer | Conversion::Quoted => false,
        }
    }
}

/// A directive found in a format string.
#[derive(Clone, Copy, Debug)]
pub struct Directive<'a> {
    /// The text after the `%`, up to and including the letter.
    text: &'a [u8],
}

impl<'a> Directive<'a> {
    /// Scans the directive whose text, after the `%`, starts at `at`. Returns it with the position
    /// after it.
    pub fn scan(format: &'a [u8], at: usize) -> Result<(Directive<'a>, usize), FormatError> {
        let rest = format.get(at..).unwrap_or_default();
        let modifiers =
            rest.iter().take_while(|b| matches!(b, b'-' | b'+' | b'#' | b' ' | b'.' | b'0'..=b'9'));
        let length = modifiers.count() + 1;
        if length > MAX_LENGTH {
            return Err(FormatError::TooLong);
        }
        let text = rest.get(..length).unwrap_or(rest);
        Ok((Directive { text }, at + length))
    }

    /// The letter, or zero at the end of the format.
    fn letter(&self) -> u8 {
        self.text.last().copied().unwrap_or(0)
    }

    /// Whether anything stands between the `%` and the letter.
    pub fn has_modifiers(&self) -> bool {
        self.text.len() > 1
    }

    /// The directive for a message, which a zero byte ends.
    fn quoted(&self) -> Vec<u8> {
        self.text.iter().copied().take_while(|&b| b != 0).collect()
    }

    /// What the directive converts.
    pub fn conversion(&self) -> Result<Conversion, FormatError> {
        let float = |style, upper| Conversion::Float(FloatConv { style, upper });
        Ok(match self.letter() {
            b'c' => Conversion::Char,
            b'd' | b'i' => Conversion::Int(IntConv::Decimal),
            b'u' => Conversion::Int(IntConv::Unsigned),
            b'o' => Conversion::Int(IntConv::Octal),
            b'x' => Conversion::Int(IntConv::HexLower),
            b'X' => Conversion::Int(IntConv::HexUpper),
            b'a' => float(FloatStyle::Hex, false),
            b'A' => float(FloatStyle::Hex, true),
            b'e' => float(FloatStyle::Exponent, false),
            b'E' => float(FloatStyle::Exponent, true),
            b'f' => float(FloatStyle::Fixed, false),
            b'g' => float(FloatStyle::General, false),
            b'G' => float(FloatStyle::General, true),
            b'p' => Conversion::Pointer,
            b'q' => Conversion::Quoted,
            b's' => Conversion::Text,
            _ => return Err(FormatError::UnknownConversion(self.quoted())),
        })
    }

    /// Flags, width and precision, checked against what `conversion` accepts.
    pub fn spec(&self, conversion: Conversion) -> Result<Spec, FormatError> {
        if conversion == Conversion::Quoted && self.has_modifiers() {
            return Err(FormatError::ModifiedQuote);
        }
        let mut spec = Spec::default();
        let mut rest = self.text;
        while let [flag, after @ ..] = rest
            && conversion.flags().contains(flag)
        {
            match flag {
                b'-' => spec.left = true,
                b'+' => spec.plus = true,
                b'#' => spec.alt = true,
                b'0' => spec.zero = true,
                _ => spec.space = true,
            }
            rest = after;
        }
        // A zero that is not a flag here can't begin a width either.
        if rest.first() != Some(&b'0') {
            (spec.width, rest) = two_digits(rest);
            if let [b'.', after @ ..] = rest
                && conversion.takes_precision()
            {
                let (precision, after) = two_digits(after);
                (spec.precision, rest) = (Some(precision), after);
            }
        }
        match rest.first() {
            Some(letter) if letter.is_ascii_alphabetic() => Ok(spec),
            _ => Err(FormatError::InvalidSpecification(self.quoted())),
        }
    }
}

/// Splits a number of up to two digits off; none is zero.
fn two_digits(text: &[u8]) -> (u8, &[u8]) {
    match text {
        [a @ b'0'..=b'9', b @ b'0'..=b'9', rest @ ..] => ((a - b'0') * 10 + (b - b'0'), rest),
        [a @ b'0'..=b'9', rest @ ..] => (a - b'0', rest),
        _ => (0, text),
    }
}

/// Appends the part of a string literal that stands for `range` of `text`. Between quotes, all of them read back as it.
pub fn quote_part(out: &mut Vec<u8>, text: &[u8], range: Range<usize>) {
    out.reserve(range.len() + 2);
    let start = range.start;
    for (i, &byte) in text.get(range).unwrap_or_default().iter().enumerate() {
        match byte {
            b'"' | b'\\' | b'\n' => out.extend_from_slice(&[b'\\', byte]),
            _ if byte.is_ascii_control() => {
                out.push(b'\\');
                // A digit after the escape would be taken for part of it, unless it has all three.
                let digit_follows = text.get(start + i + 1).is_some_and(u8::is_ascii_digit);
                let precision = digit_follows.then_some(3);
                let spec = Spec { precision, ..Spec::default() };
                fmt::int(out, &spec, IntConv::Decimal, i64::from(byte));
            }
            _ => out.push(byte),
        }
    }
}

/// Appends a numeral that reads back as `number`, to the bit.
pub fn quote_number(out: &mut Vec<u8>, number: Num) {
    match number {
        // The decimal numeral would be read as the negation of a float.
        Num::Int(i64::MIN) => out.extend_from_slice(b"0x8000000000000000"),
        Num::Int(i) => out.extend_from_slice(&display::int_to_str(i)),
        Num::Float(f) if f.is_nan() => out.extend_from_slice(b"(0/0)"),
        Num::Float(f64::INFINITY) => out.extend_from_slice(b"1e9999"),
        Num::Float(f64::NEG_INFINITY) => out.extend_from_slice(b"-1e9999"),
        Num::Float(f) => {
            let conv = FloatConv { style: FloatStyle::Hex, upper: false };
            fmt::float(out, &Spec::default(), conv, f);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<(Conversion, Spec), FormatError> {
        let (directive, end) = Directive::scan(text.as_bytes(), 0)?;
        assert!(end >= text.len());
        let conversion = directive.conversion()?;
        Ok((conversion, directive.spec(conversion)?))
    }

    fn message(text: &str) -> String {
        String::from_utf8(parse(text).unwrap_err().message()).unwrap()
    }

    #[test]
    fn valid_directives() {
        let (conversion, spec) = parse("-+ #012.34f").unwrap();
        assert_eq!(
            conversion,
            Conversion::Float(FloatConv { style: FloatStyle::Fixed, upper: false })
        );
        assert!(spec.left && spec.plus && spec.space && spec.alt && spec.zero);
        assert_eq!((spec.width, spec.precision), (12, Some(34)));
        assert_eq!(parse("5.s").unwrap().1.precision, Some(0));
        assert_eq!(parse("00005d").unwrap().1.width, 5);
        assert_eq!(parse("q").unwrap().0, Conversion::Quoted);
    }

    #[test]
    fn invalid_directives() {
        assert_eq!(message("y"), "invalid conversion '%y' to 'format'");
        assert_eq!(message("10"), "invalid conversion '%10' to 'format'");
        assert_eq!(message(""), "invalid conversion '%' to 'format'");
        assert_eq!(message("\0"), "invalid conversion '%' to 'format'");
        assert_eq!(message("123d"), "invalid conversion specification: '%123d'");
        assert_eq!(message(".123d"), "invalid conversion specification: '%.123d'");
        assert_eq!(message("#d"), "invalid conversion specification: '%#d'");
        assert_eq!(message("05s"), "invalid conversion specification: '%05s'");
        assert_eq!(message("5.3c"), "invalid conversion specification: '%5.3c'");
        assert_eq!(message("5q"), "specifier '%q' cannot have modifiers");
        assert_eq!(message("0000000000000000000000d"), "invalid format (too long)");
    }

    #[test]
    fn quoting() {
        let mut out = Vec::new();
        let text = b"a\"\\\n\r\x001\x7f\xff";
        // A digit matters beyond the end of a part.
        quote_part(&mut out, text, 0..6);
        quote_part(&mut out, text, 6..text.len());
        assert_eq!(out, b"a\\\"\\\\\\\n\\13\\0001\\127\xff");
        for (number, text) in [
            (Num::Int(-5), "-5"),
            (Num::Int(i64::MIN), "0x8000000000000000"),
            (Num::Float(0.5), "0x1p-1"),
            (Num::Float(f64::INFINITY), "1e9999"),
            (Num::Float(f64::NEG_INFINITY), "-1e9999"),
            (Num::Float(f64::NAN), "(0/0)"),
        ] {
            let mut out = Vec::new();
            quote_number(&mut out, number);
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }
}
