//! The coordinators' agreement: one log of commands in one order, on the disks of a majority before it counts.
//!
//! [`start`] opens what this coordinator has and gives a [`Centre`], through which everything else reads the state and
//! proposes commands. Only the files below name openraft. What the files are for:
//!
//! | file | what |
//! |---|---|
//! | `wal`, `log_store` | votes and entries, on the disk before they are answered |
//! | `shelf`, `state_machine`, `snapshot` | the state on the disk and in memory, applied in one durable batch |
//! | `message`, `peers`, `network`, `server` | coordinators talking to each other over the link |
//! | `centre`, `proposer`, `membership` | what the rest of the coordinator calls |

mod centre;
mod log_store;
mod membership;
mod message;
mod network;
mod peers;
mod progress;
mod proposer;
mod recent;
mod server;
mod settings;
mod shelf;
mod snapshot;
mod start;
mod state_machine;
mod tally;
mod types;
mod wal;

#[cfg(test)]
mod tests;

pub use centre::{Centre, Member, MemberRole};
pub use membership::MembershipError;
pub use progress::Progress;
pub use proposer::ProposeError;
pub(crate) use server::serve;
pub use settings::{RaftSettings, RaftSettingsError};
pub use shelf::ShelfError;
pub use start::{Founding, Start, StartError, start};
