//! The district node: serves the exam, keeps the answer log, ships frames, follows the feed.
//!
//! The way of a request: [`http`] parses it, [`attempts`] decides by pure rules, [`log`] makes the records durable here
//! and at a peer, and only then it is acknowledged. Nothing on that way waits for the WAN; what goes over it (frames up,
//! the feed down) runs beside it. [`app`] builds all parts in order, owns their handles and stops them in order.

pub mod app;
pub mod attempts;
pub mod cli;
pub mod config;
pub mod http;
pub mod log;
pub mod tokens;
pub mod district_time;
pub mod feed;
pub mod uplink;
pub mod accept;
pub mod gossip;
pub mod join;
pub mod links;
pub mod ship;
pub mod status;
#[cfg(test)]
mod testbed;
