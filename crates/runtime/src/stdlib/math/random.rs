//! `math.random` and `math.randomseed`: the generator xoshiro256**, with the projections of the reference
//! implementation, so that a seed gives the same sequence.
//!
//! Both functions share one generator: a userdata, as their upvalue.

use crate::cx::{Cx, Fault};
use crate::function::{Behaviour, Native};
use crate::object::Gc;
use crate::stdlib::set;
use crate::stress::Purpose;
use crate::table::Table;
use crate::userdata::Userdata;
use crate::value::Value;
use std::cell::Cell;

/// Registers both functions.
pub(super) fn open(cx: &Cx, library: Gc<'_, Table>) {
    let generator = Generator(Cell::new([0; 4]));
    generator.seed(cx.stress.seed_for(Purpose::Library), 0);
    let shared = Value::object(Userdata::new(&cx.heap, Box::new(generator), 0));
    let native =
        |name, f| Value::object(Native::new(&cx.heap, name, f, Behaviour::Plain, &[shared]));
    set(cx, library, "random", native("random", random));
    set(cx, library, "randomseed", native("randomseed", randomseed));
}

/// The generator's state.
struct Generator(Cell<[u64; 4]>);

impl Generator {
    fn seed(&self, a: u64, b: u64) {
        // The constant keeps the state from being all zeros, which would never change.
        self.0.set([a, 0xFF, b, 0]);
        for _ in 0..16 {
            self.next();
        }
    }

    #[inline]
    fn next(&self) -> u64 {
        let [a, b, c, d] = self.0.get();
        let (c, d) = (c ^ a, d ^ b);
        self.0.set([a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)]);
        b.wrapping_mul(5).rotate_left(7).wrapping_mul(9)
    }

    /// A number from 0 to `limit`: the first of `random` and what follows it that is, with the bits beyond those
    /// of `limit` cut off, not above it.
    #[inline]
    fn project(&self, random: u64, limit: u64) -> u64 {
        let mask = u64::MAX.checked_shr(limit.leading_zeros()).unwrap_or(0);
        let mut random = random & mask;
        while random > limit {
            random = self.next() & mask;
        }
        random
    }
}

/// Does something with the generator of the running function.
#[inline]
fn with_generator<R>(cx: &Cx, f: impl FnOnce(&Generator) -> R) -> Result<R, Fault> {
    if let Some(shared) = cx.upvalue(0).downcast::<Userdata>()
        && let Some(data) = &*shared.get().data.borrow()
        && let Some(generator) = data.downcast_ref::<Generator>()
    {
        return Ok(f(generator));
    }
    // The debug library can replace upvalues.
    Err(cx.throw_error(b"the random generator is gone"))
}

fn random(cx: &mut Cx) -> Result<usize, Fault> {
    let n = cx.nargs();
    let random = with_generator(cx, Generator::next)?;
    let (low, high) = match n {
        0 => {
            // The 53 bits of a float's mantissa.
            cx.push(Value::float((random >> 11) as f64 * (0.5 / (1u64 << 52) as f64)));
            return Ok(1);
        }
        1 => match cx.check_int(1)? {
            0 => {
                cx.push(cx.int(random as i64));
                return Ok(1);
            }
            high => (1, high),
        },
        2 => (cx.check_int(1)?, cx.check_int(2)?),
        _ => return Err(cx.throw_error(b"wrong number of arguments")),
    };
    if low > high {
        return Err(cx.arg_error(1, "interval is empty"));
    }
    let limit = (high as u64).wrapping_sub(low as u64);
    let offset = with_generator(cx, |generator| generator.project(random, limit))?;
    cx.push(cx.int(offset.wrapping_add(low as u64) as i64));
    Ok(1)
}

fn randomseed(cx: &mut Cx) -> Result<usize, Fault> {
    let (a, b) = if cx.is_none(1) {
        (cx.stress.seed_for(Purpose::Library), with_generator(cx, Generator::next)?)
    } else {
        (cx.check_int(1)? as u64, cx.opt_int(2, 0)? as u64)
    };
    with_generator(cx, |generator| generator.seed(a, b))?;
    cx.push(cx.int(a as i64));
    cx.push(cx.int(b as i64));
    Ok(2)
}
