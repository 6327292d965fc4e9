//! Checking an exported file, which anyone can, and opening its frames, which only the cluster can. Bytes come in as the
//! caller has them; nothing here keeps more than one piece.

use bytes::Bytes;

use super::{
    CONTEXT, ExportError, ExportHeader, Extent, HEADER_BYTES_MAX, KIND_END, KIND_FRAME, MAGIC,
    PIECE_BYTES_MAX, PIECE_HEAD_BYTES, SIGNATURE_BYTES, TAG_BYTES,
    seal::{FileKey, signed_text},
};
use crate::{
    checkpoint::is_signed_by, codec, frame::Frame, hash::Hash, ids::Sequence, limits::FRAME_BYTES_MAX,
    watermark::Watermark,
};

/// Goes through one file and checks each piece's place and signature.
#[derive(Debug, Clone)]
pub struct ExportReader {
    header: ExportHeader,
    hash: Hash,
    index: u64,
    at: Sequence,
}

/// A piece that stands where it belongs and is what the node signed.
#[derive(Debug)]
pub enum Piece<'a> {
    /// A sealed frame.
    Frame(SealedFrame<'a>),
    /// The end of the file.
    End(Extent),
}

/// A sealed frame.
#[derive(Debug)]
pub struct SealedFrame<'a> {
    /// Its first sequence.
    pub first: Sequence,
    /// Its last sequence.
    pub last: Sequence,
    index: u64,
    head: &'a [u8; PIECE_HEAD_BYTES],
    sealed: &'a [u8],
}

/// Opens the frames of one file.
pub struct Opener {
    key: FileKey,
    header: ExportHeader,
}

impl ExportReader {
    /// Reads the header; `None` when bytes are missing, else also how many it took.
    pub fn open(bytes: &[u8]) -> Result<Option<(Self, usize)>, ExportError> {
        let known = bytes.len().min(3);
        if bytes[..known] != MAGIC[..known] {
            return Err(ExportError::NotAnExport);
        }
        let Some((start, rest)) = bytes.split_first_chunk::<8>() else {
            return Ok(None);
        };
        if start[3] != MAGIC[3] {
            return Err(ExportError::Version(start[3]));
        }
        let length = u32::from_be_bytes([start[4], start[5], start[6], start[7]]) as usize;
        if length > HEADER_BYTES_MAX {
            return Err(ExportError::NotAnExport);
        }
        let Some(body) = rest.get(..length) else {
            return Ok(None);
        };
        let header: ExportHeader = codec::decode(body).map_err(|_| ExportError::NotAnExport)?;
        let used = 8 + length;
        let reader = Self {
            index: 0,
            at: Sequence(header.from.0.saturating_sub(1)),
            hash: Hash::blake3(&bytes[..used]),
            header,
        };
        Ok(Some((reader, used)))
    }

    /// Goes on in the middle of a file: its next piece has this index and comes after this sequence.
    pub fn resume(&mut self, index: u64, after: Sequence) {
        self.index = index;
        self.at = after;
    }

    /// What the file says of itself; not proved before its maker's endorsement is checked.
    pub fn header(&self) -> &ExportHeader {
        &self.header
    }

    /// The index of the next piece.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The last sequence that was read.
    pub fn last(&self) -> Sequence {
        self.at
    }

    /// The next piece from the front of the bytes, and how many it took; `None` when bytes are missing. At the end of
    /// the file's bytes `None` means [`ExportError::CutOff`].
    pub fn next<'a>(&mut self, bytes: &'a [u8]) -> Result<Option<(Piece<'a>, usize)>, ExportError> {
        let Some(head) = bytes.first_chunk::<PIECE_HEAD_BYTES>() else {
            return Ok(None);
        };
        let due = self.at.next();
        let (kind, first, last, length) = parts(head);
        let bound = match kind {
            KIND_FRAME => FRAME_BYTES_MAX + TAG_BYTES,
            KIND_END => 32,
            _ => return Err(ExportError::Altered(due)),
        };
        if length > bound {
            return Err(ExportError::Altered(due));
        }
        let used = PIECE_HEAD_BYTES + length + SIGNATURE_BYTES;
        debug_assert!(used <= PIECE_BYTES_MAX, "the bound above is the format's");
        let Some(piece) = bytes.get(..used) else {
            return Ok(None);
        };
        let (text, signature) = piece.split_at(PIECE_HEAD_BYTES + length);
        let body = &text[PIECE_HEAD_BYTES..];
        let is_signed = self.is_signed(self.index, text, signature);
        let read = if kind == KIND_END {
            if !is_signed {
                return Err(self.end_fault(first, last));
            }
            let hash = body.try_into().map_err(|_| ExportError::Altered(due))?;
            Piece::End(Extent {
                frames: first,
                head: Watermark {
                    sequence: Sequence(last),
                    hash: Hash(hash),
                },
            })
        } else {
            self.check_place(Sequence(first), Sequence(last), is_signed)?;
            self.at = Sequence(last);
            Piece::Frame(SealedFrame {
                first: Sequence(first),
                last: Sequence(last),
                index: self.index,
                head,
                sealed: body,
            })
        };
        self.index += 1;
        Ok(Some((read, used)))
    }

    /// An altered number looks like a missing frame; what the next signature says decides between them only for a
    /// person, so the place is named first.
    fn check_place(&self, first: Sequence, last: Sequence, is_signed: bool) -> Result<(), ExportError> {
        let due = self.at.next();
        if is_signed && first == due && last >= first {
            return Ok(());
        }
        Err(match first {
            first if first == due || last < first => ExportError::Altered(due),
            first if first > due => ExportError::Missing {
                from: due,
                to: Sequence(first.0 - 1),
            },
            found => ExportError::Reordered { expected: due, found },
        })
    }

    fn end_fault(&self, frames: u64, last: u64) -> ExportError {
        if frames > self.index && last > self.at.0 {
            ExportError::Missing {
                from: self.at.next(),
                to: Sequence(last),
            }
        } else {
            ExportError::Altered(self.at.next())
        }
    }

    fn is_signed(&self, index: u64, text: &[u8], signature: &[u8]) -> bool {
        let key = &self.header.maker.endorsement.signing_key;
        is_signed_by(key, CONTEXT, &signed_text(self.hash, index, text), signature)
    }

    /// What opens the frames, with the cluster's secret.
    pub fn opener(&self, sealing_secret: &[u8; 32]) -> Result<Opener, ExportError> {
        Ok(Opener {
            key: FileKey::agree(sealing_secret, &self.header.ephemeral, self.hash)?,
            header: self.header.clone(),
        })
    }
}

impl Opener {
    /// The frame, verified, and that it is the one that the piece names.
    pub fn frame(&self, piece: &SealedFrame<'_>) -> Result<Frame, ExportError> {
        let plain = self.key.open(piece.index, piece.head, piece.sealed);
        let plain = plain.ok_or(ExportError::Altered(piece.first))?;
        let refuse = |why: String| ExportError::Frame {
            first: piece.first,
            why,
        };
        let frame = Frame::parse(Bytes::from(plain)).map_err(|error| refuse(error.to_string()))?;
        if frame.log() != self.header.log {
            return Err(refuse(format!("it is of log {}", frame.log())));
        }
        if (frame.first(), frame.last()) != (piece.first, piece.last) {
            return Err(refuse(format!(
                "it holds sequences {} to {}",
                frame.first(),
                frame.last()
            )));
        }
        Ok(frame)
    }
}

fn parts(head: &[u8; PIECE_HEAD_BYTES]) -> (u8, u64, u64, usize) {
    let number = |at: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&head[at..at + 8]);
        u64::from_be_bytes(bytes)
    };
    let length = u32::from_be_bytes([head[17], head[18], head[19], head[20]]);
    (head[0], number(1), number(9), length as usize)
}
