//! What happened at this node and belongs to no candidate, as a record of its log: it reaches the centre like every answer,
//! however long the WAN is cut. Noted by the operator port.

use protocol::{
    ids::{AttemptKey, GrantId},
    limits::NOTE_CHARS_MAX,
    record::{Event, Record},
};

use super::{Attempts, encoded};
use crate::log::AppendError;

impl Attempts {
    /// Notes an incident; durable when it returns. `random` tells it from its repetitions.
    pub async fn note_incident(&self, note: &str, random: u64) -> Result<(), AppendError> {
        let record = Record {
            when: self.when(),
            attempt: AttemptKey::OF_NO_CANDIDATE,
            event: Event::Incident {
                id: GrantId(random),
                note: note.chars().take(NOTE_CHARS_MAX).collect(),
            },
        };
        self.log.append(vec![encoded(&record)]).await.map(drop)
    }
}
