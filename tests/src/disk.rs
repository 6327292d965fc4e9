//! A disk of the tests' own: a file system over FUSE whose power can be cut, that can be full, slow, and fail. A real
//! node's data directory lies on it, and the node does not know.
//!
//! [`content`] and [`image`] are the disk as a value: what is on the platter, what is only in the cache, what a power cut
//! leaves. [`fuse`] answers the kernel. [`control`] is the face for campaigns: [`Disk`] mounts it and breaks it.
//!
//! Only fsync and fdatasync move bytes to the platter: the kernel's own cache is out of the way (direct I/O, no
//! write-back), and `sync_file_range`, by which sled flushes, never reaches a FUSE file system. sled 0.34 maps no files.
//! It needs root and `/dev/fuse`, and no libfuse.

pub mod content;
pub mod control;
mod fuse;
pub mod image;

pub use content::{Keep, Taken};
pub use control::{Counts, Disk};
