//! Marks that people give to responses that no rule can judge: who gave what to which script and when. Two markers a
//! script, blind of each other, and a moderator where they differ. Decimals are text; whether two marks differ by more
//! than the tolerance is decided where they are read (`content::manual`), never here. Nothing is overwritten: a change of
//! mind is one more entry.
//!
//! A script is named by [`ScriptId`], which the caller makes from the candidate and the very response: marks never apply
//! to a response that was not read. Who the candidate is stands nowhere here.

use std::{fmt, num::ParseIntError, str::FromStr};

use protocol::{
    ids::{ItemNo, SittingId},
    time::Instant,
};
use serde::{Deserialize, Serialize};

use crate::{
    bounds::{
        DECIMAL_BYTES_MAX, MARKED_SCRIPTS_MAX, MARKS_PER_COMMAND_MAX, MARKS_PER_SCRIPT_MAX, NAME_BYTES_MAX,
        count_within, room, text,
    },
    command::{Command, NewMark, Stamped},
    effects::{Changes, Outcome},
    rejection::Rejection,
    state::State,
    table::{Table, Tag},
};

/// Markers of one script.
pub const MARKERS: usize = 2;

/// One response to one item, without its candidate: 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ScriptId(pub u64);

impl fmt::Display for ScriptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for ScriptId {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        // A sign is no digit, and a cut id must not name another script.
        let is_whole = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        u64::from_str_radix(if is_whole { text } else { "" }, 16).map(Self)
    }
}

/// As what somebody gives marks. The order of the variants is the stored format: add at the end only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MarkerRole {
    /// One of two.
    Marker,
    /// The one who decides between two.
    Moderator,
}

/// A mark that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenMark {
    /// By whom: a label that operators chose.
    pub marker: String,
    /// As what.
    pub role: MarkerRole,
    /// Marks, decimal.
    pub marks: String,
    /// When.
    pub at: Instant,
}

/// All marks that a script was ever given, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ScriptMarks {
    /// They.
    pub given: Vec<GivenMark>,
}

/// How far two markers may differ for an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tolerance {
    /// Marks, decimal.
    pub marks: String,
}

impl ScriptMarks {
    /// What each marker says now, in the order in which they began.
    pub fn markers(&self) -> Vec<&GivenMark> {
        let mut latest: Vec<&GivenMark> = Vec::with_capacity(MARKERS);
        for given in self.of_role(MarkerRole::Marker) {
            match latest.iter_mut().find(|held| held.marker == given.marker) {
                Some(held) => *held = given,
                None => latest.push(given),
            }
        }
        latest
    }

    /// What the moderator says now.
    pub fn moderation(&self) -> Option<&GivenMark> {
        self.of_role(MarkerRole::Moderator).last()
    }

    fn of_role(&self, role: MarkerRole) -> impl Iterator<Item = &GivenMark> {
        self.given.iter().filter(move |given| given.role == role)
    }

    /// What this person says now.
    pub fn by(&self, marker: &str, role: MarkerRole) -> Option<&GivenMark> {
        match role {
            MarkerRole::Marker => self.markers().into_iter().find(|held| held.marker == marker),
            MarkerRole::Moderator => self.moderation().filter(|held| held.marker == marker),
        }
    }

    fn is_news(&self, new: &GivenMark) -> bool {
        self.by(&new.marker, new.role)
            .is_none_or(|held| held.marks != new.marks)
    }

    /// Whether this person may give marks to this script now.
    pub fn admits(&self, script: ScriptId, marker: &str, role: MarkerRole) -> Result<(), Rejection> {
        let named = || marker.to_owned();
        let markers = self.markers();
        let is_marker = markers.iter().any(|held| held.marker == marker);
        match role {
            MarkerRole::Moderator if is_marker => Err(Rejection::OwnModerator {
                script,
                marker: named(),
            }),
            MarkerRole::Moderator if markers.len() < MARKERS => Err(Rejection::NotMarkedTwice(script)),
            MarkerRole::Marker if self.moderation().is_some() => Err(Rejection::Moderated(script)),
            MarkerRole::Marker if !is_marker && markers.len() >= MARKERS => Err(Rejection::ThirdMarker {
                script,
                marker: named(),
            }),
            MarkerRole::Moderator | MarkerRole::Marker => {
                room("marks of one script", self.given.len(), MARKS_PER_SCRIPT_MAX)
            }
        }
    }
}

/// Where an item's scripts stand.
type OfItem = (SittingId, ItemNo);

/// The tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ManualMarks {
    pub(crate) scripts: Table<(OfItem, ScriptId), ScriptMarks>,
    pub(crate) tolerances: Table<OfItem, Tolerance>,
}

impl ManualMarks {
    pub(crate) fn new() -> Self {
        Self {
            scripts: Table::new(Tag::Marks),
            tolerances: Table::new(Tag::Tolerances),
        }
    }

    /// All or none. The caller has checked that the sitting has the item.
    pub(crate) fn assign(
        &mut self,
        of: OfItem,
        (marker, role): (&str, MarkerRole),
        marks: &[NewMark],
        stamped: &Stamped,
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        text("the marker's name", marker, NAME_BYTES_MAX)?;
        count_within("marks in one command", marks.len(), MARKS_PER_COMMAND_MAX)?;
        let mut taken: Vec<(ScriptId, ScriptMarks)> = Vec::new();
        for mark in marks {
            text("a mark", &mark.marks, DECIMAL_BYTES_MAX)?;
            let given = GivenMark {
                marker: marker.to_owned(),
                role,
                marks: mark.marks.clone(),
                at: stamped.at,
            };
            if taken.iter().any(|(script, _)| *script == mark.script) {
                return Err(Rejection::ScriptTwice(mark.script));
            }
            let mut row = self.scripts.get(&(of, mark.script)).cloned().unwrap_or_default();
            if row.is_news(&given) {
                row.admits(mark.script, marker, role)?;
                row.given.push(given);
                taken.push((mark.script, row));
            }
        }
        let is_new = |(script, _): &&(ScriptId, ScriptMarks)| !self.scripts.contains(&(of, *script));
        let new = taken.iter().filter(is_new).count();
        count_within("marked scripts", self.scripts.len() + new, MARKED_SCRIPTS_MAX)?;
        let changed = taken.len();
        for (script, row) in taken {
            self.scripts.put(changes, (of, script), row);
        }
        Ok(Outcome::Marks {
            taken: changed as u32,
            unchanged: (marks.len() - changed) as u32,
        })
    }

    pub(crate) fn tolerate(
        &mut self,
        of: OfItem,
        marks: &str,
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        text("the tolerance", marks, DECIMAL_BYTES_MAX)?;
        let marks = marks.to_owned();
        self.tolerances.put(changes, of, Tolerance { marks });
        Ok(Outcome::Done)
    }

    /// The marked scripts of an item.
    pub(crate) fn of(&self, of: OfItem) -> impl Iterator<Item = (ScriptId, &ScriptMarks)> {
        self.scripts
            .range((of, ScriptId(0))..=(of, ScriptId(u64::MAX)))
            .map(|((_, script), row)| (*script, row))
    }
}

impl State {
    pub(crate) fn decide_marks(
        &mut self,
        stamped: &Stamped,
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        match &stamped.command {
            Command::AssignMarks {
                sitting,
                item,
                marker,
                role,
                marks,
            } => {
                let of = self.known_item(*sitting, *item)?;
                self.marks.assign(of, (marker, *role), marks, stamped, changes)
            }
            Command::SetTolerance {
                sitting,
                item,
                tolerance,
            } => {
                let of = self.known_item(*sitting, *item)?;
                self.marks.tolerate(of, tolerance, changes)
            }
            _ => Err(Rejection::Misrouted),
        }
    }

    fn known_item(&self, sitting: SittingId, item: ItemNo) -> Result<OfItem, Rejection> {
        let known = self.sitting(sitting).ok_or(Rejection::UnknownSitting(sitting))?;
        let paper = self.registry.known_paper(known.paper)?;
        if paper.outline.items.contains_key(&item) {
            Ok((sitting, item))
        } else {
            Err(Rejection::UnknownItem { sitting, item })
        }
    }

    /// The marks of a script; `None` before the first.
    pub fn script_marks(&self, sitting: SittingId, item: ItemNo, script: ScriptId) -> Option<&ScriptMarks> {
        self.marks.scripts.get(&((sitting, item), script))
    }

    /// The marked scripts of an item, by id.
    pub fn marked_scripts(
        &self,
        sitting: SittingId,
        item: ItemNo,
    ) -> impl Iterator<Item = (ScriptId, &ScriptMarks)> {
        self.marks.of((sitting, item))
    }

    /// The marked scripts of a sitting from this one on, by item and id: to go through them in pages.
    pub fn marked_scripts_from(
        &self,
        sitting: SittingId,
        item: ItemNo,
        script: ScriptId,
    ) -> impl Iterator<Item = (ItemNo, ScriptId, &ScriptMarks)> {
        let from = ((sitting, item), script);
        let to = ((sitting, ItemNo(u16::MAX)), ScriptId(u64::MAX));
        let rows = self.marks.scripts.range(from..=to);
        rows.map(|(((_, item), script), row)| (*item, *script, row))
    }

    /// How far two markers may differ for an item, decimal; `None` when it was never said.
    pub fn tolerance(&self, sitting: SittingId, item: ItemNo) -> Option<&str> {
        let held = self.marks.tolerances.get(&(sitting, item))?;
        Some(&held.marks)
    }
}
