//! Sets of users as bits. A set knows nothing of who they are.

/// Some of a fixed number of users.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// None of `count`.
    pub(super) fn none(count: usize) -> Bits {
        Bits { words: vec![0; count.div_ceil(64)] }
    }

    pub(super) fn insert(&mut self, bit: usize) {
        self.words[bit / 64] |= 1 << (bit % 64);
    }

    /// Whether one is in it, by its number.
    pub fn has(&self, bit: usize) -> bool {
        self.words[bit / 64] & (1 << (bit % 64)) != 0
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    pub(super) fn add(&mut self, other: &Bits) {
        self.join(other, |a, b| a | b);
    }

    pub(super) fn keep(&mut self, other: &Bits) {
        self.join(other, |a, b| a & b);
    }

    pub(super) fn remove(&mut self, other: &Bits) {
        self.join(other, |a, b| a & !b);
    }

    /// Those of `self` that are not in `other`.
    pub(super) fn without(&self, other: &Bits) -> Bits {
        let mut rest = self.clone();
        rest.remove(other);
        rest
    }

    fn join(&mut self, other: &Bits, how: impl Fn(u64, u64) -> u64) {
        self.words.iter_mut().zip(&other.words).for_each(|(mine, theirs)| *mine = how(*mine, *theirs));
    }

    /// Each of them by its number, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = rest.trailing_zeros() as usize;
                (rest != 0).then(|| {
                    rest &= rest - 1;
                    at * 64 + bit
                })
            })
        })
    }
}
