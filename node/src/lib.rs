//! The district node: serves the exam, keeps the answer log, ships frames, follows the feed.
//!
//! The way of a request: [`http`] parses it, [`attempts`] decides by pure rules, [`log`] makes the records durable here
//! and at a peer, and only then it is acknowledged. Nothing on that way waits for the WAN; what goes over it (frames up,
//! the feed down) runs beside it. [`app`] builds all parts in order, owns their handles and stops them in order.

pub mod accept;
pub mod app;
pub mod attempts;
pub mod cli;
pub mod config;
pub mod credentials;
mod disk_work;
pub mod district_time;
pub mod export;
pub mod feed;
pub mod gossip;
pub mod http;
pub mod import;
pub mod join;
pub mod links;
pub mod log;
pub mod refetch;
pub mod salvage;
pub mod ship;
pub mod status;
#[cfg(test)]
mod testbed;
pub mod tokens;
pub mod uplink;
