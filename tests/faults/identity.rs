//! Wiped, rolled back and cloned nodes.
