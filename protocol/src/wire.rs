//! The messages on the links. Each stream begins with the opener's first message, which says what the stream is for;
//! every message is one framed, length-capped, versioned payload in the one codec ([`crate::codec`]).
//!
//! | between | opened by | first message | then |
//! |---|---|---|---|
//! | node, coordinator | node | [`centre::Open`] | by its kind |
//! | node, node of the same district | either | [`peer::Open`] | by its kind |
//! | coordinator, coordinator | either | the coordinators' own messages (`coordinator/raft`) | |
//! | newcomer, coordinator | newcomer, without certificate | [`join::JoinRequest`] | [`join::JoinAnswer`] |

pub mod centre;
pub mod chain;
pub mod join;
pub mod peer;
