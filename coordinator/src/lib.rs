//! The centre of Pariksha: the Raft-replicated registry, frames and results, the gateway that nodes link to, the ops
//! API, and the two programs `pariksha-coordinator` ([`cli`]) and `parikshactl` ([`ctl`]).
//!
//! One direction: [`cli`] builds [`app`], which builds [`raft`] (the `Centre`), the [`gateway`] and the [`ops`] API around
//! it. The gateway and the API read the state and propose commands; only `raft` names openraft; `ctl` speaks to the
//! API alone.

pub mod accept;
pub mod app;
mod authority;
pub mod cli;
pub mod clock;
pub mod cluster_key;
pub mod config;
pub mod context_file;
pub mod ctl;
mod custodian;
mod evidence;
mod founding_file;
pub mod gateway;
#[cfg(test)]
mod harness;
mod members_file;
pub mod ops;
mod query;
pub mod raft;
pub mod scorer;
mod scripts;
mod steward;
