//! What both sides of Pariksha must agree on: ids, records, frames, the merge, deadlines, papers, receipts and the
//! messages on the wire. Pure: no tokio, no I/O, no clock, no randomness; time and random bytes come in as arguments.
//!
//! The way of one answer through this crate: a [`response::Response`] is checked against the paper's
//! [`outline::Outline`], becomes an [`record::Event::Answered`] in a [`record::Record`], is put with others into a
//! [`frame::Frame`] (written once, travelling whole), is shipped as [`wire::centre::Up::Frames`], and is folded into a
//! [`merge::MergedAttempt`] by node and coordinator alike. What comes the other way is the [`feed`].

pub mod answers_file;
pub mod checkpoint;
pub mod cluster;
pub mod codec;
pub mod deadline;
pub mod digest;
pub mod epoch;
pub mod export;
pub mod feed;
pub mod frame;
pub mod gate;
pub mod hash;
pub mod ids;
pub mod limits;
pub mod merge;
pub mod order;
pub mod outline;
pub mod paper;
pub mod receipt;
pub mod receipt_text;
pub mod record;
pub mod response;
pub mod roster;
pub mod sealed;
pub mod shares;
pub mod sitting;
pub mod time;
pub mod token;
pub mod watermark;
pub mod wire;
pub mod witness;
