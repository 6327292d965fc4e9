//! A file is taken whole or refused by name.

use ed25519_dalek::SigningKey;

use super::*;
use crate::{
    cluster::{ClusterKeys, Credentials, Endorsement},
    epoch::Epoch,
    frame::{EncodedRecord, Frame, FrameBuilder},
    ids::{
        AttemptKey, CandidateId, DeviceTag, DistrictId, Incarnation, ItemNo, NodeId, ResponseSeq, SittingId,
    },
    record::{Event, Record},
    time::When,
};

const SEALING: [u8; 32] = [5; 32];
const LOG: LogId = LogId {
    node: NodeId(7),
    incarnation: Incarnation(70),
};

fn frames(count: u32) -> Vec<Frame> {
    let mut head = Watermark::default();
    let mut chain = Vec::new();
    for candidate in 0..count {
        let mut builder = FrameBuilder::new(LOG, head.sequence.next(), head.hash);
        for seq in 0..3 {
            let record = Record {
                when: When {
                    at: Instant(1_700_000_000_000),
                    elapsed_ms: 1,
                    error_ms: 1,
                },
                attempt: AttemptKey {
                    sitting: SittingId(1),
                    candidate: CandidateId(candidate),
                },
                event: Event::Answered {
                    item: ItemNo(1),
                    epoch: Epoch::first(DeviceTag(1)),
                    seq: ResponseSeq(seq),
                    response: None,
                    marked: true,
                    late: false,
                },
            };
            builder.push(&EncodedRecord::new(&record).unwrap());
        }
        let frame = builder.finish().unwrap();
        head = Watermark::after(&frame);
        chain.push(frame);
    }
    chain
}

/// A file in its pieces: the header, the frames, the end.
fn file(chain: &[Frame]) -> Vec<Vec<u8>> {
    let cluster_key = SigningKey::from_bytes(&[1; 32]);
    let node_key = SigningKey::from_bytes(&[2; 32]);
    let cluster = ClusterKeys {
        signing: cluster_key.verifying_key().to_bytes(),
        sealing: sealing_public_key(&SEALING).unwrap(),
    };
    let endorsement = Endorsement {
        cluster: cluster.id(),
        node: NodeId(7),
        district: DistrictId(1),
        signing_key: node_key.verifying_key().to_bytes(),
    };
    let credentials = Credentials {
        cluster,
        endorsement: endorsement.sign(&cluster_key),
    };
    let (mut writer, header) =
        ExportWriter::begin(&credentials, node_key, (LOG, Sequence(1)), Instant(9), &[6; 32]).unwrap();
    let mut pieces = vec![header];
    pieces.extend(chain.iter().map(|frame| writer.frame(frame).unwrap()));
    pieces.push(writer.end().0);
    pieces
}

/// Reads it whole with the cluster's secret.
fn read(bytes: &[u8], secret: &[u8; 32]) -> Result<(Vec<Frame>, Extent), ExportError> {
    let (mut reader, mut at) = ExportReader::open(bytes)?.ok_or(ExportError::CutOff(Sequence(0)))?;
    let opener = reader.opener(secret)?;
    let mut chain = Vec::new();
    loop {
        match reader.next(&bytes[at..])? {
            None => return Err(ExportError::CutOff(reader.last())),
            Some((Piece::Frame(piece), used)) => {
                chain.push(opener.frame(&piece)?);
                at += used;
            }
            Some((Piece::End(extent), _)) => return Ok((chain, extent)),
        }
    }
}

#[test]
fn a_file_gives_back_its_frames_to_the_cluster_alone() {
    let chain = frames(5);
    let bytes = file(&chain).concat();
    let (read_back, extent) = read(&bytes, &SEALING).unwrap();
    assert_eq!(read_back, chain);
    assert_eq!(
        (extent.frames, extent.head),
        (5, Watermark::after(chain.last().unwrap()))
    );
    assert_eq!(read(&bytes, &[8; 32]), Err(ExportError::Altered(Sequence(1))));
    let plain = chain[0].bytes();
    assert!(
        !bytes.windows(24).any(|window| window == &plain[60..84]),
        "records do not lie open"
    );
}

#[test]
fn a_missing_a_reordered_and_a_cut_off_frame_are_named() {
    let chain = frames(4);
    let whole = file(&chain);
    let without = |index: usize| {
        let mut pieces = whole.clone();
        pieces.remove(index);
        read(&pieces.concat(), &SEALING)
    };
    let missing = |from, to| {
        Err(ExportError::Missing {
            from: Sequence(from),
            to: Sequence(to),
        })
    };
    assert_eq!(without(2), missing(4, 6));
    assert_eq!(without(4), missing(10, 12));
    assert_eq!(without(5), Err(ExportError::CutOff(Sequence(12))));
    let mut swapped = whole.clone();
    swapped.swap(2, 3);
    assert_eq!(read(&swapped.concat(), &SEALING), missing(4, 6));
    let mut repeated = whole.clone();
    repeated.insert(2, whole[1].clone());
    assert_eq!(
        read(&repeated.concat(), &SEALING),
        Err(ExportError::Reordered {
            expected: Sequence(4),
            found: Sequence(1)
        })
    );
    assert_eq!(
        read(b"PKX\x02aaaaaaaaaaaa", &SEALING),
        Err(ExportError::Version(2))
    );
    assert_eq!(read(b"RIFF", &SEALING), Err(ExportError::NotAnExport));
}

#[test]
fn every_flipped_byte_and_every_cut_is_noticed() {
    let chain = frames(2);
    let bytes = file(&chain).concat();
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        assert!(read(&altered, &SEALING).is_err(), "byte {at}");
        assert!(read(&bytes[..at], &SEALING).is_err(), "cut at {at}");
    }
}
