//! A feed stream: what the node's district must know, from the revision that the node has, then every change as it is
//! applied here, and a sign of life while nothing changes.

use std::time::Duration;

use link::FramedStream;
use protocol::{
    ids::{NodeId, Revision},
    wire::centre::{FeedMessage, GATES_SINCE},
};
use tokio::time::timeout;

use super::{Gateway, ServeError, access};

/// Documents that are read from the state at once. A page of the roster is the largest, under 300 KB.
const DOCUMENTS_MAX: usize = 16;

/// Changes that follow each other quickly are sent together: frames are applied hundreds of times a second, and each
/// would wake every feed. Far below the second in which a change must be on its way.
const GATHER: Duration = Duration::from_millis(50);

impl Gateway {
    pub(super) async fn feed(
        self,
        node: NodeId,
        mut after: Revision,
        version: u16,
        mut stream: FramedStream,
    ) -> Result<(), ServeError> {
        let idle = Duration::from_millis(self.inner.settings.feed_idle_ms);
        let mut applied = self.inner.centre.applied();
        let mut said = None;
        loop {
            applied.borrow_and_update();
            let Some(district) = access::district_of(&self.inner.centre, node) else {
                return Ok(());
            };
            let (entries, current) = self
                .inner
                .centre
                .read(|state| (state.feed(district, after, DOCUMENTS_MAX), state.revision()));
            let more = !entries.is_empty();
            for entry in entries {
                after = after.max(entry.revision);
                if version < GATES_SINCE && !entry.document.is_old() {
                    // It could not be read there; a node that was updated asks for it.
                    continue;
                }
                self.in_time(stream.send_message(&FeedMessage::Entry(Box::new(entry))))
                    .await?;
            }
            if more {
                continue;
            }
            // A node that knows more than this coordinator (which lags) keeps what it knows.
            let up_to = after.max(current);
            if said != Some(up_to) {
                self.in_time(stream.send_message(&FeedMessage::UpToDate(up_to)))
                    .await?;
                said = Some(up_to);
                after = up_to;
            }
            match timeout(idle, applied.changed()).await {
                Ok(Ok(())) => tokio::time::sleep(GATHER).await,
                Ok(Err(_coordinator_stops)) => return Ok(()),
                // Nothing happened: say so.
                Err(_) => said = None,
            }
        }
    }
}
