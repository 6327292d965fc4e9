//! The durable sled wrapper: frames in, frames out, head, quarantine.
