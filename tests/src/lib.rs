//! What the whole-system tests stand on: a real cluster of processes ([`cluster`]), candidates that remember every
//! acknowledgement ([`crowd`]), papers with keys that the tests score themselves ([`exam`]), and the oracle that compares
//! what clients were told with what the centre holds ([`oracle`]). [`disk`] is a disk whose power can be cut.

#![allow(
    clippy::missing_panics_doc,
    reason = "a test harness says what is wrong by failing the test"
)]

pub mod binary;
pub mod cluster;
pub mod crowd;
pub mod disk;
pub mod exam;
pub mod oracle;
pub mod simulation;
