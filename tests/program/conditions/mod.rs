//! akrec under the conditions of a real server: tokens that may not do everything, servers that go away amid an apply, others
//! who change the same objects, and an audit log that says who did.
//!
//! With `AKREC_TEST_URL` and `AKREC_TEST_TOKEN` set (a superuser's) it runs there, otherwise on a sandbox. Everything that is
//! made has a prefix of its own and is removed at the end.

mod away;
mod many;
mod others;
mod proxy;
mod rights;
mod signs;
mod site;
mod who;
