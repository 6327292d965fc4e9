//! What both sides must agree on: ids, records, frames, merge, deadlines, papers, wire messages. Pure.
