//! The durable sled wrapper: what is committed here is on the disk, or the caller is told that it is not.
//!
//! Three layers, one direction:
//! * [`durable`]: rows in a sled tree that are really durable once [`durable::Durable::commit`] returns. The
//!   coordinator's state machine stands on it directly.
//! * [`frames`]: one log of frames in one directory, verified whole when it is opened, with its head kept outside sled.
//!   A node's own log and its copies of peers' logs are these.
//! * [`memory`]: a twin of the log in memory that can crash, for tests of what stands above.
//!
//! Beside them, [`whole_file`] writes what is small and stands alone.
//!
//! Doubt is a value, not a panic: a directory that cannot be trusted comes back as [`Doubt`], and
//! [`frames::quarantine`] puts it aside without deleting a byte.

mod directory;
pub mod durable;
mod error;
pub mod exported;
pub mod frames;
pub mod memory;
mod settings;
pub mod whole_file;

pub use error::{Doubt, OpenError, StoreError};
pub use settings::{Settings, SyncMode};
