//! The format strings of `string.pack`, `string.packsize` and `string.unpack`.
//!
//! A format describes a C structure: options for integers, floats and strings, with settings for
//! byte order and alignment in between. The three functions walk it in the same way and differ in
//! what they do with an item, so [`Reader`] does the walking and knows sizes and padding, and free
//! functions encode and decode.
//!
//! Padding depends on the offset reached so far, which for strings only the caller knows: it passes
//! the offset to [`Reader::next`]. Sizes in a format come from the program and may be absurd; the
//! reader bounds them as PUC Lua does, and the caller compares with what it can afford *before*
//! allocating.
//!
//! Native sizes are those of 64-bit Unix on every platform, so that a format means the same
//! everywhere; only `=` follows the machine.

/// The largest size of a packed integer.
const MAX_INT_SIZE: usize = 16;

/// The size of Lua's own integers.
const LUA_INT_SIZE: usize = 8;

/// The alignment that `!` without a number asks for: C's `max_align_t`.
const NATIVE_ALIGN: usize = 16;

/// The largest total size Lua allows, that of a string.
pub const MAX_SIZE: usize = i64::MAX as usize;

/// Why a format is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackError {
    /// An integer's size is out of range. The message shows it truncated to 32 bits.
    SizeOutOfLimits(i32),
    /// `c` without a number.
    MissingSize,
    /// No such option.
    InvalidOption(u8),
    /// `X` before something that has no alignment.
    InvalidNext,
    /// The alignment is not a power of two.
    BadAlignment,
    /// A packed integer of that size has a value beyond Lua's integers.
    DoesNotFit(usize),
}

impl PackError {
    /// Lua's message.
    pub fn message(&self) -> Vec<u8> {
        match self {
            PackError::SizeOutOfLimits(size) => {
                format!("integral size ({size}) out of limits [1,{MAX_INT_SIZE}]").into_bytes()
            }
            PackError::MissingSize => b"missing size for format option 'c'".to_vec(),
            PackError::InvalidOption(byte) => {
                [b"invalid format option '", [*byte].as_slice(), b"'"].concat()
            }
            PackError::InvalidNext => b"invalid next option for option 'X'".to_vec(),
            PackError::BadAlignment => b"format asks for alignment not power of 2".to_vec(),
            PackError::DoesNotFit(size) => {
                format!("{size}-byte integer does not fit into Lua Integer").into_bytes()
            }
        }
    }

    /// Whether Lua reports the error as one of the format argument, number 1.
    pub fn is_argument_error(&self) -> bool {
        match self {
            PackError::InvalidNext | PackError::BadAlignment => true,
            PackError::SizeOutOfLimits(_)
            | PackError::MissingSize
            | PackError::InvalidOption(_)
            | PackError::DoesNotFit(_) => false,
        }
    }
}

/// What an option stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A signed integer.
    Int,
    /// An unsigned integer.
    Uint,
    /// A single-precision float.
    Float,
    /// A double-precision float.
    Double,
    /// A string of fixed size.
    FixedString,
    /// A string after its length, whose size is the size of the item.
    CountedString,
    /// A string with a zero after it.
    ZeroString,
    /// One byte of padding.
    Padding,
    /// Padding up to the alignment of the option that `X` names.
    Align,
    /// Nothing: a setting or a blank.
    Nothing,
}

/// An option of a format, with everything its place determines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it stands for.
    pub kind: Kind,
    /// Its fixed size. Zero for [`Kind::ZeroString`].
    pub size: usize,
    /// Bytes of padding before it, less than its alignment.
    pub padding: usize,
    /// Its byte order.
    pub little_endian: bool,
}

/// Walks a format.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    little_endian: bool,
    max_align: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the beginning of `format`, with native byte order and no alignment. A zero byte
    /// ends the format.
    pub fn new(format: &'a [u8]) -> Reader<'a> {
        Reader { rest: format, little_endian: cfg!(target_endian = "little"), max_align: 1 }
    }

    /// The next item, given the offset of the data so far, or `None` at the end of the format.
    pub fn next(&mut self, offset: usize) -> Result<Option<Item>, PackError> {
        if self.is_at_end() {
            return Ok(None);
        }
        let (kind, size) = self.option()?;
        let mut align = size;
        if kind == Kind::Align {
            if self.is_at_end() {
                return Err(PackError::InvalidNext);
            }
            let (next, next_size) = self.option()?;
            if next == Kind::FixedString || next_size == 0 {
                return Err(PackError::InvalidNext);
            }
            align = next_size;
        }
        let mut padding = 0;
        if align > 1 && kind != Kind::FixedString {
            let align = align.min(self.max_align);
            if !align.is_power_of_two() {
                return Err(PackError::BadAlignment);
            }
            padding = offset.wrapping_neg() & (align - 1);
        }
        Ok(Some(Item { kind, size, padding, little_endian: self.little_endian }))
    }

    fn is_at_end(&self) -> bool {
        self.rest.first().is_none_or(|b| *b == 0)
    }

    /// Reads an option and its number, and obeys it if it is a setting.
    fn option(&mut self) -> Result<(Kind, usize), PackError> {
        let Some((&option, rest)) = self.rest.split_first() else {
            return Ok((Kind::Nothing, 0));
        };
        self.rest = rest;
        Ok(match option {
            b'b' => (Kind::Int, 1),
            b'B' => (Kind::Uint, 1),
            b'h' => (Kind::Int, 2),
            b'H' => (Kind::Uint, 2),
            b'l' | b'j' => (Kind::Int, 8),
            b'L' | b'J' | b'T' => (Kind::Uint, 8),
            b'f' => (Kind::Float, 4),
            b'd' | b'n' => (Kind::Double, 8),
            b'i' => (Kind::Int, self.int_size(4)?),
            b'I' => (Kind::Uint, self.int_size(4)?),
            b's' => (Kind::CountedString, self.int_size(8)?),
            b'c' => (Kind::FixedString, self.number().ok_or(PackError::MissingSize)?),
            b'z' => (Kind::ZeroString, 0),
            b'x' => (Kind::Padding, 1),
            b'X' => (Kind::Align, 0),
            b' ' => (Kind::Nothing, 0),
            b'<' => self.set_order(true),
            b'>' => self.set_order(false),
            b'=' => self.set_order(cfg!(target_endian = "little")),
            b'!' => {
                self.max_align = self.int_size(NATIVE_ALIGN)?;
                (Kind::Nothing, 0)
            }
            other => return Err(PackError::InvalidOption(other)),
        })
    }

    fn set_order(&mut self, little_endian: bool) -> (Kind, usize) {
        self.little_endian = little_endian;
        (Kind::Nothing, 0)
    }

    /// Reads a number, if there is one. Stops before it gets too large, so that what follows is
    /// taken for an option.
    fn number(&mut self) -> Option<usize> {
        let mut value = None;
        while let [digit @ b'0'..=b'9', rest @ ..] = self.rest {
            let so_far = value.unwrap_or(0);
            if so_far > (MAX_SIZE - 9) / 10 {
                break;
            }
            value = Some(so_far * 10 + usize::from(digit - b'0'));
            self.rest = rest;
        }
        value
    }

    /// Reads the size of an integer, or takes the default.
    fn int_size(&mut self, default: usize) -> Result<usize, PackError> {
        match self.number() {
            None => Ok(default),
            Some(size @ 1..=MAX_INT_SIZE) => Ok(size),
            Some(size) => Err(PackError::SizeOutOfLimits(size as i32)),
        }
    }
}

/// Whether a signed integer fits in `size` bytes; if not, Lua says "integer overflow".
pub fn int_fits(value: i64, size: usize) -> bool {
    if size >= LUA_INT_SIZE {
        return true;
    }
    // Shifting the wanted bits to the top and back keeps the value only if it fits.
    let spare = 64 - 8 * size.max(1);
    (value << spare) >> spare == value
}

/// Whether an unsigned integer fits in `size` bytes; if not, Lua says "unsigned overflow", or of a
/// string's length "string length does not fit in given size".
pub fn uint_fits(value: u64, size: usize) -> bool {
    size >= LUA_INT_SIZE || value >> (8 * size) == 0
}

/// Appends an integer of `size` bytes. A size beyond eight extends the sign if `signed`.
pub fn put_int(out: &mut Vec<u8>, value: i64, size: usize, little_endian: bool, signed: bool) {
    let size = size.min(MAX_INT_SIZE);
    let wide = if signed { i128::from(value) } else { i128::from(value as u64) };
    let bytes = wide.to_le_bytes();
    let bytes = bytes.get(..size).unwrap_or(&bytes);
    if little_endian {
        out.extend_from_slice(bytes);
    } else {
        out.extend(bytes.iter().rev());
    }
}

/// Reads an integer from all of `bytes`, up to 16 of them.
pub fn get_int(bytes: &[u8], little_endian: bool, signed: bool) -> Result<i64, PackError> {
    let fold = |value: u128, &byte: &u8| (value << 8) | u128::from(byte);
    let wide =
        if little_endian { bytes.iter().rev().fold(0, fold) } else { bytes.iter().fold(0, fold) };
    let size = bytes.len();
    if size < LUA_INT_SIZE {
        let spare = 64 - 8 * size.max(1);
        let value = wide as i64;
        return Ok(if signed { (value << spare) >> spare } else { value });
    }
    // The bytes beyond the eighth must repeat the sign, or be zero.
    let value = wide as i64;
    let extended = if signed { i128::from(value) as u128 } else { u128::from(value as u64) };
    let mask = u128::MAX >> (128 - 8 * size.min(MAX_INT_SIZE));
    if wide == extended & mask { Ok(value) } else { Err(PackError::DoesNotFit(size)) }
}

/// Appends a double.
pub fn put_double(out: &mut Vec<u8>, value: f64, little_endian: bool) {
    let bytes = if little_endian { value.to_le_bytes() } else { value.to_be_bytes() };
    out.extend_from_slice(&bytes);
}

/// Appends a float, rounded to single precision.
pub fn put_float(out: &mut Vec<u8>, value: f64, little_endian: bool) {
    let value = value as f32;
    let bytes = if little_endian { value.to_le_bytes() } else { value.to_be_bytes() };
    out.extend_from_slice(&bytes);
}

/// Reads a double from the start of `bytes`, or `None` if there are too few.
pub fn get_double(bytes: &[u8], little_endian: bool) -> Option<f64> {
    let bytes = *bytes.first_chunk()?;
    Some(if little_endian { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) })
}

/// Reads a single-precision float from the start of `bytes`, or `None` if there are too few.
pub fn get_float(bytes: &[u8], little_endian: bool) -> Option<f64> {
    let bytes = *bytes.first_chunk()?;
    let value = if little_endian { f32::from_le_bytes(bytes) } else { f32::from_be_bytes(bytes) };
    Some(f64::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(format: &[u8]) -> Result<Vec<(Kind, usize, usize)>, PackError> {
        let mut reader = Reader::new(format);
        let mut offset = 0;
        let mut items = Vec::new();
        while let Some(item) = reader.next(offset)? {
            offset += item.size + item.padding;
            if item.kind != Kind::Nothing {
                items.push((item.kind, item.size, item.padding));
            }
        }
        Ok(items)
    }

    #[test]
    fn layout() {
        assert_eq!(
            items(b"! b i4 Xd x <h").unwrap(),
            [
                (Kind::Int, 1, 0),
                (Kind::Int, 4, 3),
                (Kind::Align, 0, 0),
                (Kind::Padding, 1, 0),
                (Kind::Int, 2, 1)
            ]
        );
        assert_eq!(items(b"!4 b d").unwrap()[1], (Kind::Double, 8, 3));
        assert_eq!(items(b"! b i16").unwrap()[1], (Kind::Int, 16, 15));
        assert_eq!(items(b"c10 s2 z").unwrap().len(), 3);
        assert_eq!(items(b"b\0garbage").unwrap().len(), 1);
    }

    #[test]
    fn errors() {
        let message = |format: &[u8]| String::from_utf8(items(format).unwrap_err().message());
        assert_eq!(message(b"i17").unwrap(), "integral size (17) out of limits [1,16]");
        assert_eq!(message(b"I0").unwrap(), "integral size (0) out of limits [1,16]");
        assert_eq!(message(b"i4294967297").unwrap(), "integral size (1) out of limits [1,16]");
        assert_eq!(message(b"c").unwrap(), "missing size for format option 'c'");
        assert_eq!(message(b"y").unwrap(), "invalid format option 'y'");
        assert_eq!(message(b"c99999999999999999999").unwrap(), "invalid format option '9'");
        assert_eq!(items(b"X"), Err(PackError::InvalidNext));
        assert_eq!(items(b"Xz"), Err(PackError::InvalidNext));
        assert_eq!(items(b"Xc1"), Err(PackError::InvalidNext));
        assert_eq!(items(b"!4i3"), Err(PackError::BadAlignment));
        assert!(PackError::BadAlignment.is_argument_error());
    }

    #[test]
    fn integers_round_trip() {
        for size in 1..=16 {
            for value in [0, 1, -1, 127, -128, 200, 40_000, i64::MAX, i64::MIN] {
                for little in [true, false] {
                    for signed in [true, false] {
                        let mut out = Vec::new();
                        put_int(&mut out, value, size, little, signed);
                        assert_eq!(out.len(), size);
                        let fits = if signed {
                            int_fits(value, size)
                        } else {
                            uint_fits(value as u64, size)
                        };
                        if fits {
                            assert_eq!(get_int(&out, little, signed), Ok(value));
                        }
                    }
                }
            }
        }
        assert!(!int_fits(128, 1) && int_fits(-128, 1) && !uint_fits(256, 1));
        let mut big = vec![0xff; 8];
        big.push(1);
        assert_eq!(get_int(&big, true, false), Err(PackError::DoesNotFit(9)));
        assert_eq!(get_int(&[0xff; 12], true, true), Ok(-1));
        assert_eq!(get_int(&[0xff; 12], true, false), Err(PackError::DoesNotFit(12)));
    }

    #[test]
    fn floats_round_trip() {
        for little in [true, false] {
            let mut out = Vec::new();
            put_double(&mut out, -1.25, little);
            put_float(&mut out, 0.1, little);
            assert_eq!(get_double(&out, little), Some(-1.25));
            assert_eq!(get_float(&out[8..], little), Some(f64::from(0.1f32)));
            assert_eq!(get_double(&out[8..], little), None);
        }
    }
}
