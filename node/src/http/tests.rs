//! The router over a real listener.
