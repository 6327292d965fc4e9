//! The centre of Pariksha: the Raft-replicated registry, frames and results, the gateway that nodes link to, the ops
//! API, and the two programs `pariksha-coordinator` ([`cli`]) and `parikshactl` ([`ctl`]).
//!
//! One direction: [`cli`] builds [`app`], which builds `raft` (the `Centre`), the `gateway` and the `ops` API around
//! it. The gateway and the API read the state and propose commands; only `raft` names openraft; `ctl` speaks to the
//! API alone.

pub mod accept;
pub mod gateway;
pub mod raft;
