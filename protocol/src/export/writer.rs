//! Writing an exported file: header, then a piece for each frame in order, then the end.

use ed25519_dalek::SigningKey;

use super::{
    CONTEXT, ExportError, ExportHeader, Extent, HEADER_BYTES_MAX, KIND_END, KIND_FRAME, MAGIC,
    PIECE_HEAD_BYTES, TAG_BYTES,
    seal::{FileKey, sealing_public_key, signed_text},
};
use crate::{
    checkpoint,
    cluster::Credentials,
    codec,
    frame::Frame,
    hash::Hash,
    ids::{LogId, Sequence},
    time::Instant,
    watermark::Watermark,
};

/// Makes one exported file, piece by piece. The caller writes what it gives, in order.
pub struct ExportWriter {
    log: LogId,
    key: FileKey,
    header: Hash,
    signing: SigningKey,
    extent: Extent,
}

impl ExportWriter {
    /// Begins a file of a log from the frame that begins at `from`; gives the header's bytes. `ephemeral` must be fresh
    /// random bytes for each file.
    pub fn begin(
        credentials: &Credentials,
        signing: SigningKey,
        (log, from): (LogId, Sequence),
        at: Instant,
        ephemeral: &[u8; 32],
    ) -> Result<(Self, Vec<u8>), ExportError> {
        let header = ExportHeader {
            cluster: credentials.cluster.id(),
            log,
            from,
            maker: credentials.endorsement.clone(),
            at,
            ephemeral: sealing_public_key(ephemeral)?,
        };
        let body = codec::encode(&header).map_err(|_| ExportError::Key("the header cannot be encoded"))?;
        debug_assert!(
            body.len() <= HEADER_BYTES_MAX,
            "a header has a small bounded size"
        );
        let bytes = [&MAGIC[..], &(body.len() as u32).to_be_bytes(), &body].concat();
        let hash = Hash::blake3(&bytes);
        let writer = Self {
            log,
            key: FileKey::agree(ephemeral, &credentials.cluster.sealing, hash)?,
            header: hash,
            signing,
            extent: Extent {
                frames: 0,
                head: Watermark {
                    sequence: Sequence(from.0.saturating_sub(1)),
                    hash: Hash::ZERO,
                },
            },
        };
        Ok((writer, bytes))
    }

    /// The next frame's piece.
    pub fn frame(&mut self, frame: &Frame) -> Result<Vec<u8>, ExportError> {
        let expected = self.extent.head.sequence.next();
        if frame.log() != self.log || frame.first() != expected {
            return Err(ExportError::Reordered {
                expected,
                found: frame.first(),
            });
        }
        let length = frame.bytes().len() + TAG_BYTES;
        let head = piece_head(KIND_FRAME, frame.first().0, frame.last().0, length);
        let sealed = self.key.seal(self.extent.frames, &head, frame.bytes())?;
        let piece = self.signed(&head, &sealed);
        self.extent.frames += 1;
        self.extent.head = Watermark::after(frame);
        Ok(piece)
    }

    /// The end's piece; says how far the file goes.
    pub fn end(self) -> (Vec<u8>, Extent) {
        let Extent { frames, head } = self.extent;
        let piece_head = piece_head(KIND_END, frames, head.sequence.0, 32);
        (self.signed(&piece_head, head.hash.as_bytes()), self.extent)
    }

    fn signed(&self, head: &[u8; PIECE_HEAD_BYTES], body: &[u8]) -> Vec<u8> {
        let mut piece = [&head[..], body].concat();
        let text = signed_text(self.header, self.extent.frames, &piece);
        piece.extend_from_slice(&checkpoint::sign(&self.signing, CONTEXT, &text));
        piece
    }
}

fn piece_head(kind: u8, first: u64, last: u64, length: usize) -> [u8; PIECE_HEAD_BYTES] {
    let mut head = [0; PIECE_HEAD_BYTES];
    head[0] = kind;
    head[1..9].copy_from_slice(&first.to_be_bytes());
    head[9..17].copy_from_slice(&last.to_be_bytes());
    head[17..].copy_from_slice(&(length as u32).to_be_bytes());
    head
}
