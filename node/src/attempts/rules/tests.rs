//! The rules, by what they decide about.

mod bench;
mod save;
mod start;
mod submit;
