//! The candidates' API over a real listener, a real log and a real feed; only the clock is set by hand.

mod answers_file;
mod decided;
mod exam;
mod lobby;
mod node;
mod overload;
mod refusals;
mod resting;
mod serving;
