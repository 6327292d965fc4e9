//! Exported logs: frames sealed to the cluster and signed by this node, for the day when the WAN never returns. Made by the
//! running node for its operator port, and by `pariksha-node log export` while the node is stopped. What leaves here only
//! the cluster can read.

use std::{io, path::Path};

use bytes::Bytes;
use ed25519_dalek::SigningKey;
use futures::{Stream, stream};
use protocol::{
    cluster::Credentials,
    export::{ExportError, ExportWriter},
    ids::{LogId, Sequence},
    time::Instant,
    watermark::Watermark,
};
use store::frames::FrameReader;

use crate::{credentials, disk_work::disk_work, district_time::DistrictTime, join, log::replicate::Shelf};

/// Bytes of frames that are read from the disk and sealed at once.
const STEP_BYTES: usize = 1024 * 1024;

/// Who makes exported files.
#[derive(Clone)]
pub struct Maker {
    credentials: Credentials,
    signing_key: SigningKey,
}

/// Makes exported files of the logs of a running node.
#[derive(Clone)]
pub struct Exporter {
    maker: Maker,
    shelf: Shelf,
    time: DistrictTime,
}

/// A file that is being made.
struct Making {
    writer: Option<ExportWriter>,
    reader: FrameReader,
    next: Sequence,
    until: Sequence,
}

// === impl Maker ===

impl Maker {
    /// This node, by its identity directory; `None` when the cluster's word for it is not there.
    pub fn load(identity_directory: &Path) -> Result<Option<Self>, anyhow::Error> {
        let Some(credentials) = credentials::load(identity_directory)? else {
            return Ok(None);
        };
        let signing_key = join::load_signing_key(identity_directory)?;
        Ok(Some(Self {
            credentials,
            signing_key,
        }))
    }

    /// The cluster's word for this node.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Begins a file of a log from the frame that begins at `from`.
    pub fn begin(
        &self,
        log: LogId,
        from: Sequence,
        at: Instant,
    ) -> Result<(ExportWriter, Vec<u8>), ExportError> {
        let signing_key = self.signing_key.clone();
        ExportWriter::begin(&self.credentials, signing_key, (log, from), at, &rand::random())
    }
}

// === impl Exporter ===

impl Exporter {
    /// Over all logs of a running node.
    pub fn new(maker: Maker, shelf: Shelf, time: DistrictTime) -> Self {
        Self { maker, shelf, time }
    }

    /// Every log here and how far.
    pub fn logs(&self) -> Vec<(LogId, Watermark)> {
        self.shelf.logs()
    }

    /// A log from the frame that holds `from` to where it goes now; `None` when it is not here. A stream that ends with an
    /// error leaves a file without its end, which everybody refuses.
    pub async fn file(
        &self,
        log: LogId,
        from: Sequence,
    ) -> io::Result<Option<impl Stream<Item = io::Result<Bytes>> + use<>>> {
        let own = &self.shelf.own.reader;
        let mut others = self.shelf.others().into_iter();
        let reader = if own.id() == log {
            Some(own.clone())
        } else {
            others.find(|reader| reader.id() == log)
        };
        let Some(reader) = reader else {
            return Ok(None);
        };
        let until = reader.head().sequence;
        let peek = reader.clone();
        let first = disk_work(move || peek.read(from, 1)).await;
        let first = first.map_err(io::Error::other)?;
        let next = first.first().map_or(until.next(), protocol::frame::Frame::first);
        let (writer, header) = self
            .maker
            .begin(log, next, self.time.now())
            .map_err(io::Error::other)?;
        let making = Making {
            writer: Some(writer),
            reader,
            next,
            until,
        };
        let header = stream::once(async { Ok(Bytes::from(header)) });
        let pieces = stream::try_unfold(making, |making| disk_work(|| step(making)));
        Ok(Some(futures::StreamExt::chain(header, pieces)))
    }
}

/// The next pieces; after the last frame the end, after the end nothing.
fn step(mut making: Making) -> io::Result<Option<(Bytes, Making)>> {
    let Some(mut writer) = making.writer.take() else {
        return Ok(None);
    };
    let frames = making
        .reader
        .read(making.next, STEP_BYTES)
        .map_err(io::Error::other)?;
    let mut bytes = Vec::new();
    for frame in frames.iter().filter(|frame| frame.last() <= making.until) {
        bytes.extend_from_slice(&writer.frame(frame).map_err(io::Error::other)?);
        making.next = frame.last().next();
    }
    if bytes.is_empty() {
        bytes = writer.end().0;
    } else {
        making.writer = Some(writer);
    }
    Ok(Some((bytes.into(), making)))
}
