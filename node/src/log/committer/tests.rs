//! The committer over a real log.
