//! How old the oldest record is that the centre does not hold: the figure that status pages show as the lag.

use protocol::{frame::Frame, ids::Sequence, time::Instant};
use store::{StoreError, frames::FrameReader};

use crate::disk_work::disk_work;

/// Remembers the last look into the log, because the figure is asked for every second.
#[derive(Debug, Default)]
pub(super) struct Lag {
    /// When the first record after this sequence was made.
    oldest: Option<(Sequence, Instant)>,
}

impl Lag {
    /// Milliseconds since the first record after `delivered` was made, by its own stamp; 0 when there is none.
    pub(super) async fn behind(
        &mut self,
        reader: FrameReader,
        delivered: Sequence,
        head: Sequence,
        now: Instant,
    ) -> Result<u64, StoreError> {
        if delivered >= head {
            return Ok(0);
        }
        let made = match self.oldest {
            Some((after, made)) if after == delivered => made,
            _ => {
                let frames = disk_work(move || reader.read(delivered.next(), 1)).await?;
                let mut records = frames.iter().flat_map(Frame::known_records);
                records
                    .find(|(at, _)| *at > delivered)
                    .map_or(now, |(_, record)| record.when.at)
            }
        };
        self.oldest = Some((delivered, made));
        Ok(now.since_ms(made).max(1) as u64)
    }
}
