//! `string.format`.
//!
//! Of a format string, `text::format` knows everything but the arguments. In which order arguments and
//! specifications are checked depends on the conversion, and shows in calls where both are wrong.

use super::buffer::Output;
use crate::cx::{Cx, Fault};
use crate::events::Event;
use crate::pieces::{PIECE, Steps};
use crate::string::Str;
use crate::text::format::{Conversion, Directive, FormatError, quote_number, quote_part};
use perilune_semantics::display;
use perilune_semantics::fmt::{self, FloatStyle, IntConv, Spec};

/// What is converted to no more than this isn't asked for by itself: everything but strings.
const LONGEST_NUMBER: usize = 512;
/// What a directive costs, in bytes looked at.
const STEP: usize = 64;

pub(super) fn format(cx: &mut Cx) -> Result<usize, Fault> {
    let nargs = cx.nargs();
    let mut out = Output::new();
    let mut at = 0;
    let mut arg = 1;
    let mut steps = Steps::default();
    loop {
        let format = cx.check_str(1)?.as_bytes();
        let rest = format.get(at..).unwrap_or_default();
        let literal = cx.find_byte(rest, b'%')?.unwrap_or(rest.len());
        out.reserve(cx, literal + LONGEST_NUMBER)?;
        let format = cx.check_str(1)?.as_bytes();
        let rest = format.get(at..).unwrap_or_default();
        let (text, rest) = rest.split_at(literal);
        out.add(cx, text)?;
        steps.count(cx, STEP)?;
        match rest {
            [] => return out.finish(cx),
            [_, b'%', ..] => {
                out.bytes.push(b'%');
                at += literal + 2;
            }
            [..] => {
                arg += 1;
                if arg > nargs {
                    return Err(cx.arg_error(arg, "no value"));
                }
                let (directive, end) =
                    Directive::scan(format, at + literal + 1).map_err(|e| format_error(cx, e))?;
                at = end;
                let conversion = directive.conversion().map_err(|e| format_error(cx, e))?;
                let item = Item {
                    conversion,
                    has_modifiers: directive.has_modifiers(),
                    spec: directive.spec(conversion),
                };
                convert(cx, item, arg, &mut out)?;
            }
        }
    }
}

#[cold]
fn format_error(cx: &Cx, e: FormatError) -> Fault {
    cx.throw_error(&e.message())
}

/// A directive, independent of the format string.
struct Item {
    conversion: Conversion,
    has_modifiers: bool,
    /// Some conversions check their argument before this.
    spec: Result<Spec, FormatError>,
}

impl Item {
    fn checked_spec(self, cx: &Cx) -> Result<Spec, Fault> {
        self.spec.map_err(|e| format_error(cx, e))
    }
}

/// Converts an argument.
fn convert(cx: &mut Cx, item: Item, arg: usize, out: &mut Output) -> Result<(), Fault> {
    match item.conversion {
        Conversion::Int(conv) => {
            let value = cx.check_int(arg)?;
            if conv == IntConv::Decimal && !item.has_modifiers {
                out.bytes.extend_from_slice(display::int_to_str(value).as_bytes());
            } else {
                fmt::int(&mut out.bytes, &item.checked_spec(cx)?, conv, value);
            }
        }
        Conversion::Float(conv) if conv.style == FloatStyle::Hex => {
            let spec = item.checked_spec(cx)?;
            fmt::float(&mut out.bytes, &spec, conv, cx.check_float(arg)?);
        }
        Conversion::Float(conv) => {
            let value = cx.check_float(arg)?;
            fmt::float(&mut out.bytes, &item.checked_spec(cx)?, conv, value);
        }
        Conversion::Char => {
            let spec = item.checked_spec(cx)?;
            fmt::char(&mut out.bytes, &spec, cx.check_int(arg)? as u8);
        }
        Conversion::Pointer => {
            let spec = item.checked_spec(cx)?;
            pointer(cx, &spec, arg, out);
        }
        Conversion::Quoted => {
            item.checked_spec(cx)?;
            return quoted(cx, arg, out);
        }
        Conversion::Text => return text(cx, item, arg, out),
    }
    Ok(())
}

/// `%p`: the address that also `tostring` shows.
fn pointer(cx: &Cx, spec: &Spec, arg: usize, out: &mut Output) {
    let v = cx.arg(arg);
    let address = cx.address_of(v);
    if v.is_nil() || v.as_bool().is_some() || v.is_number() || address == 0 {
        fmt::string(&mut out.bytes, spec, b"(null)");
    } else {
        fmt::string(&mut out.bytes, spec, format!("0x{address:014x}").as_bytes());
    }
}

/// `%q`: a literal that reads back as the value.
fn quoted(cx: &mut Cx, arg: usize, out: &mut Output) -> Result<(), Fault> {
    let v = cx.arg(arg);
    if let Some(s) = v.downcast::<Str>() {
        // A byte takes four at most.
        let bound = s.len().saturating_mul(4);
        out.reserve(cx, bound)?;
        let s = cx.check_str(arg)?.as_bytes();
        let to = &mut out.bytes;
        to.push(b'"');
        cx.in_pieces(0..s.len(), |piece| quote_part(to, s, piece))?;
        to.push(b'"');
    } else if let Some(number) = crate::interp::to_num(v) {
        quote_number(&mut out.bytes, number);
    } else if v.is_nil() || v.as_bool().is_some() {
        cx.push_tostring(cx.arg_slot(arg))?;
        if let Some(s) = cx.peek(1).downcast::<Str>() {
            out.bytes.extend_from_slice(s.as_bytes());
        }
        cx.pop(1);
    } else {
        return Err(cx.arg_error(arg, "value has no literal form"));
    }
    Ok(())
}

/// `%s`: what `tostring` gives.
fn text(cx: &mut Cx, item: Item, arg: usize, out: &mut Output) -> Result<(), Fault> {
    let v = cx.arg(arg);
    if !item.has_modifiers
        && let Some(number) = crate::interp::to_num(v)
        && cx.event_of(v, Event::ToString).is_nil()
    {
        display::push_number(&mut out.bytes, number);
        return Ok(());
    }
    cx.push_tostring(cx.arg_slot(arg))?;
    let len = cx.peek(1).downcast::<Str>().map_or(0, |s| s.len());
    out.reserve(cx, len)?;
    if let Some(s) = cx.peek(1).downcast::<Str>() {
        let s = s.as_bytes();
        if !item.has_modifiers {
            out.add(cx, s)?;
        } else if cx.find_byte(s, 0)?.is_some() {
            return Err(cx.arg_error(arg, "string contains zeros"));
        } else {
            match item.checked_spec(cx)? {
                // No width is that large.
                Spec { precision: None, .. } if s.len() > PIECE => out.add(cx, s)?,
                spec => fmt::string(&mut out.bytes, &spec, s),
            }
        }
    }
    cx.pop(1);
    Ok(())
}
