//! A frames stream: a log as the centre has it, for a node that lost its disk or a district that lost a node.

use link::FramedStream;
use protocol::{
    frame::Frame,
    ids::{LogId, NodeId, Sequence},
    watermark::Watermark,
    wire::{centre::FramesAnswer, peer::Logs},
};

use super::{Gateway, ServeError, access};

/// Bytes of frames in one message: a quarter of what a message may have.
const FRAMES_BYTES: usize = 256 * 1024;

/// Logs that are named in one answer: some 400 KiB. A district has a few nodes with a few lives each.
const LOGS_MAX: usize = 8_000;

impl Gateway {
    pub(super) async fn frames(
        self,
        node: NodeId,
        log: LogId,
        mut from: Sequence,
        mut stream: FramedStream,
    ) -> Result<(), ServeError> {
        let mut end = Watermark::default();
        if !access::may_touch(&self.inner.centre, node, log.node) {
            tracing::warn!(%node, %log, "a node asked for a log that is not of its district");
            // To it, the log looks like one that is not there.
            return self.end_frames(&mut stream, end).await;
        }
        loop {
            let frames = match self.read_frames(log, from).await {
                Ok(frames) => frames,
                Err(error) => {
                    // The stream breaks off without its end, so the node asks elsewhere.
                    tracing::error!(%log, error, "the frames of a log cannot be read");
                    return Ok(());
                }
            };
            let Some(last) = frames.last().and_then(|bytes| Frame::parse(bytes.clone()).ok()) else {
                return self.end_frames(&mut stream, end).await;
            };
            end = Watermark::after(&last);
            from = last.last().next();
            self.in_time(stream.send_message(&FramesAnswer::Frames(frames)))
                .await?;
        }
    }

    /// Which logs of the node's district there are.
    pub(super) async fn logs(self, node: NodeId, mut stream: FramedStream) -> Result<(), ServeError> {
        let mut logs = access::logs_of_district(&self.inner.centre, node);
        logs.truncate(LOGS_MAX);
        self.in_time(stream.send_message(&Logs { logs })).await?;
        Ok(stream.finish()?)
    }

    async fn end_frames(&self, stream: &mut FramedStream, end: Watermark) -> Result<(), ServeError> {
        self.in_time(stream.send_message(&FramesAnswer::End(end))).await?;
        Ok(stream.finish()?)
    }

    /// Reads from the disk, off the runtime's own threads.
    async fn read_frames(&self, log: LogId, from: Sequence) -> Result<Vec<bytes::Bytes>, String> {
        let centre = self.inner.centre.clone();
        let read = tokio::task::spawn_blocking(move || centre.frames(log, from, FRAMES_BYTES));
        read.await
            .map_err(|error| error.to_string())?
            .map_err(|error| error.to_string())
    }
}
