//! A blob stream: sealed papers by hash, from any offset, so that a fetch that broke off goes on.

use bytes::Bytes;
use link::FramedStream;
use protocol::{hash::Hash, limits::BLOB_CHUNK_BYTES, wire::centre::BlobAnswer};

use super::{Gateway, ServeError};

impl Gateway {
    pub(super) async fn blob(
        self,
        hash: Hash,
        offset: u64,
        mut stream: FramedStream,
    ) -> Result<(), ServeError> {
        let Some(blob) = self.inner.centre.read(|state| state.blob(&hash)) else {
            return self.last(&mut stream, &BlobAnswer::Unknown).await;
        };
        let mut rest = usize::try_from(offset)
            .ok()
            .filter(|offset| *offset <= blob.len())
            .map_or_else(Bytes::new, |offset| blob.slice(offset..));
        while !rest.is_empty() {
            let chunk = rest.split_to(rest.len().min(BLOB_CHUNK_BYTES));
            self.in_time(stream.send_message(&BlobAnswer::Chunk(chunk)))
                .await?;
        }
        self.last(&mut stream, &BlobAnswer::End).await
    }

    async fn last(&self, stream: &mut FramedStream, answer: &BlobAnswer) -> Result<(), ServeError> {
        self.in_time(stream.send_message(answer)).await?;
        Ok(stream.finish()?)
    }
}
