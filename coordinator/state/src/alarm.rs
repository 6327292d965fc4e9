//! What a person must be told. An alarm is raised again under the same kind and subject: its count grows, it is not
//! doubled; so a node that repeats a fault a thousand times leaves one alarm.

use protocol::{ids::LogId, time::Instant};
use serde::{Deserialize, Serialize};

use crate::{bounds::ALARMS_MAX, effects::Changes, row::Number, table::Table};

/// An alarm as it is kept and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// What kind.
    pub kind: AlarmKind,
    /// Of which log.
    pub log: LogId,
    /// What happened last, and what to do, in a sentence.
    pub detail: String,
    /// When it was raised first.
    pub first: Instant,
    /// When it was raised last.
    pub last: Instant,
    /// How often.
    pub count: u64,
}

/// Kinds of alarms. Stored: add at the end only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AlarmKind {
    /// Two histories of one log: its disk was restored or altered.
    Fork,
    /// A frame with a broken hash.
    Damaged,
    /// Records that this program cannot read.
    Unreadable,
    /// Frames of a node that the cluster does not know.
    UnknownNode,
    /// A node signed a head that lies before, or beside, what it signed or delivered earlier.
    HeadWentBack,
}

impl AlarmKind {
    /// Its name in logs and on pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fork => "fork",
            Self::Damaged => "damaged",
            Self::Unreadable => "unreadable",
            Self::UnknownNode => "unknown-node",
            Self::HeadWentBack => "head-went-back",
        }
    }
}

/// Raises an alarm; `next` is the number of a new one.
pub(crate) fn raise(alarms: &mut Table<Number, Alarm>, next: u64, alarm: Alarm, changes: &mut Changes) {
    let held = alarms
        .iter()
        .find(|(_, held)| held.kind == alarm.kind && held.log == alarm.log)
        .map(|(number, held)| (*number, held.clone()));
    let (number, raised) = match held {
        Some((number, held)) => {
            let raised = Alarm {
                first: held.first,
                count: held.count + 1,
                ..alarm
            };
            (number, raised)
        }
        None => (Number(next), alarm),
    };
    // Told at 1, 2, 4, 8...: what repeats must not flood the log.
    if raised.count.is_power_of_two() {
        changes.alarms.push(raised.clone());
    }
    alarms.put(changes, number, raised);
    if alarms.len() > ALARMS_MAX {
        let quietest = alarms
            .iter()
            .min_by_key(|(number, alarm)| (alarm.last, **number))
            .map(|(number, _)| *number);
        if let Some(number) = quietest {
            alarms.remove(changes, &number);
        }
    }
}
