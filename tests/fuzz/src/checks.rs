//! Everything that decodes bytes from a disk or a wire, with what must hold of the result. Nothing here may panic on any
//! bytes. Run by the fuzz targets on what libFuzzer finds, and by the tests in CI on arbitrary bytes and on the corpus.

use bytes::Bytes;
use protocol::{
    codec,
    frame::{Entry, Frame},
    merge::MergedAttempt,
    record::Record,
    watermark::Watermark,
    wire::{centre, join, peer},
};
use serde::{Serialize, de::DeserializeOwned};
use state::{Command, Outcome, Stamped, State};

/// Frames: parsed, their records read, merged, and put against a watermark. Bytes whose hash does not fit are given the
/// right one as well: else nothing behind the hash would ever be reached.
pub fn frame(bytes: &[u8]) {
    read_frame(bytes);
    if let Some(body) = bytes.len().checked_sub(32) {
        let mut sealed = bytes[..body].to_vec();
        let hash = protocol::hash::Hash::blake3(&sealed);
        sealed.extend_from_slice(hash.as_bytes());
        read_frame(&sealed);
    }
}

fn read_frame(bytes: &[u8]) {
    let Ok(frame) = Frame::parse(Bytes::copy_from_slice(bytes)) else {
        return;
    };
    assert_eq!(frame.bytes().as_ref(), bytes, "a frame keeps its bytes");
    assert!(frame.last() >= frame.first());
    let records = frame.records();
    assert!(records.len() <= frame.count() as usize);
    let mut merged = MergedAttempt::default();
    for (sequence, entry) in &records {
        assert!((frame.first()..=frame.last()).contains(sequence));
        if let Entry::Known(record) = entry {
            merged.apply(record);
            reads_back::<Record>(&codec::encode(record).expect("what was decoded encodes"));
        }
    }
    read_attempt(&merged);
    assert_eq!(Frame::parse(frame.bytes().clone()).as_ref(), Ok(&frame));
    let _ = Watermark::default().continuity(&frame);
    let _ = Watermark::after(&frame).continuity(&frame);
}

fn read_attempt(merged: &MergedAttempt) {
    let mut twice = merged.clone();
    twice.join(merged.clone());
    assert_eq!(&twice, merged, "merging an attempt with itself changes nothing");
    for policy in [
        protocol::merge::LatePolicy::InTimeOnly,
        protocol::merge::LatePolicy::CountLate,
    ] {
        let _ = merged.digest(policy);
    }
    let _ = (
        merged.deadline(),
        merged.epoch(),
        merged.submission(),
        merged.is_paused(),
    );
}

/// Every message of the link's three conversations, and what is written beside them.
pub fn wire(bytes: &[u8]) {
    reads_back::<centre::Open>(bytes);
    reads_back::<centre::Up>(bytes);
    reads_back::<centre::Down>(bytes);
    reads_back::<centre::FeedMessage>(bytes);
    reads_back::<centre::BlobAnswer>(bytes);
    reads_back::<centre::FramesAnswer>(bytes);
    reads_back::<peer::Open>(bytes);
    reads_back::<peer::CopyFrame>(bytes);
    reads_back::<peer::Copied>(bytes);
    reads_back::<peer::Logs>(bytes);
    reads_back::<join::JoinRequest>(bytes);
    reads_back::<join::JoinAnswer>(bytes);
    reads_back::<Record>(bytes);
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(token) = text.parse::<join::JoinToken>()
    {
        assert_eq!(token.to_string().parse(), Ok(token));
    }
}

/// A head slot: what is taken as one is one, bit for bit.
pub fn head(bytes: &[u8]) {
    if let Some((log, mark)) = store::frames::head_in(bytes) {
        // Any other bytes under the checksum would have been refused.
        let mut damaged = bytes.to_vec();
        damaged[bytes.len() / 3] ^= 1;
        assert_eq!(store::frames::head_in(&damaged), None, "{log} {mark:?}");
    }
    if bytes.len() >= 68 {
        let mut sealed = b"PKHEAD\x00\x01".to_vec();
        sealed.extend_from_slice(&bytes[8..68]);
        let check = protocol::hash::Hash::blake3(&sealed);
        sealed.extend_from_slice(check.as_bytes());
        assert!(
            store::frames::head_in(&sealed).is_some(),
            "a slot with its checksum is read"
        );
    }
}

/// What Raft carries: commands and outcomes. A command that decodes is applied, and the state's invariants must hold.
pub fn command(bytes: &[u8]) {
    reads_back::<Outcome>(bytes);
    reads_back::<Stamped>(bytes);
    if let Ok(command) = codec::decode::<Command>(bytes) {
        apply(command);
    }
    if let Ok(stamped) = codec::decode::<Stamped>(bytes) {
        apply(stamped.command);
    }
}

fn apply(command: Command) {
    let stamped = |command| Stamped {
        at: protocol::time::Instant(1),
        by: "fuzz".to_owned(),
        command,
    };
    let mut state = State::new();
    let init = Command::InitCluster {
        name: "fuzz".to_owned(),
        ca_certificate: String::new(),
        wrapped_ca_key: Vec::new(),
        token_key: protocol::hash::Hash::ZERO,
        code_key: protocol::hash::Hash::ZERO,
        ops_token_hash: protocol::hash::Hash::ZERO,
    };
    state.apply(&stamped(init));
    state.apply(&stamped(Command::AddDistrict {
        name: "Mumbai".to_owned(),
    }));
    let before = state.rows().count();
    let effects = state.apply(&stamped(command));
    assert_eq!(state.check(), Vec::<String>::new());
    if effects.outcome.is_err() {
        assert_eq!(state.rows().count(), before, "a refused command adds no row");
    }
}

/// Whatever decodes encodes again to something that decodes to the same.
fn reads_back<T: Serialize + DeserializeOwned + PartialEq>(bytes: &[u8]) {
    if let Ok(value) = codec::decode::<T>(bytes) {
        let encoded = codec::encode(&value).expect("what was decoded encodes");
        let again: T = codec::decode(&encoded).expect("what was encoded decodes");
        assert!(again == value, "a value changed on its way");
    }
}
