//! Counts what is done (comparisons, look-ups, edges followed), so that tests can hold how work grows with size.
//!
//! Only debug builds count; in a release build every call is empty. The count is of the current thread alone.

use std::cell::Cell;

thread_local! {
    static DONE: Cell<u64> = const { Cell::new(0) };
}

/// Counts some units of work.
#[inline]
pub fn count(units: usize) {
    if cfg!(debug_assertions) {
        // While a thread ends there is nothing left to count into.
        let _ = DONE.try_with(|done| done.set(done.get() + units as u64));
    }
}

/// Does something and says how much work it was.
pub fn counted<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let before = DONE.with(Cell::get);
    let result = work();
    (result, DONE.with(Cell::get) - before)
}
