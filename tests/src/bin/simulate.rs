//! Comes in a moment.
fn main() {}
