//! Sets of users by their numbers. A set knows nothing of who they are.
//!
//! Compressed, since most sets are small beside all users: a group of forty among a hundred thousand.

use roaring::RoaringBitmap;

use crate::work;

/// Some users.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Bits(RoaringBitmap);

impl Bits {
    pub(super) fn insert(&mut self, bit: usize) {
        self.0.insert(number(bit));
    }

    /// Whether one is in it, by its number.
    pub fn has(&self, bit: usize) -> bool {
        work::count(1);
        self.0.contains(number(bit))
    }

    /// How many.
    pub fn count(&self) -> usize {
        usize::try_from(self.0.len()).unwrap_or(usize::MAX)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, other: &Bits) {
        work::count(1);
        self.0 |= &other.0;
    }

    pub(super) fn keep(&mut self, other: &Bits) {
        work::count(1);
        self.0 &= &other.0;
    }

    pub(super) fn remove(&mut self, other: &Bits) {
        work::count(1);
        self.0 -= &other.0;
    }

    /// Those of `self` that are not in `other`.
    pub(super) fn without(&self, other: &Bits) -> Bits {
        work::count(1);
        Bits(&self.0 - &other.0)
    }

    /// Those of `self` that are in `other` as well.
    pub(super) fn within(&self, other: &Bits) -> Bits {
        work::count(1);
        Bits(&self.0 & &other.0)
    }

    /// The one with the lowest number.
    pub(super) fn lowest(&self) -> Option<usize> {
        self.0.min().map(|bit| bit as usize)
    }

    /// Each of them by its number, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().map(|bit| bit as usize)
    }
}

impl FromIterator<usize> for Bits {
    fn from_iter<T: IntoIterator<Item = usize>>(bits: T) -> Bits {
        Bits(bits.into_iter().map(number).collect())
    }
}

/// Users are numbered from zero, and there are fewer of them than this can say.
fn number(bit: usize) -> u32 {
    u32::try_from(bit).unwrap_or(u32::MAX)
}
