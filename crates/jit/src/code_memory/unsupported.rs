//! The segment of platforms on which no code is made: it can't exist, so everything about it is trivial.

use super::{Error, Mapping};
use std::convert::Infallible;

pub(super) struct Segment(Infallible);

impl Segment {
    pub(super) fn map(_len: usize, _mapping: Option<Mapping>) -> Result<Segment, Error> {
        Err(Error::Unsupported)
    }

    pub(super) fn base(&self) -> usize {
        match self.0 {}
    }

    pub(super) fn len(&self) -> usize {
        match self.0 {}
    }

    pub(super) fn mapping(&self) -> Mapping {
        match self.0 {}
    }

    pub(super) fn edit(
        &mut self,
        _offset: usize,
        _len: usize,
        _change: impl FnOnce(&mut [u8]),
    ) -> Result<(), Error> {
        match self.0 {}
    }

    pub(super) fn synchronize(&self) {
        match self.0 {}
    }
}
