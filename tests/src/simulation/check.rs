//! What must always hold in the simulated world, and what must hold at its end. Knows what candidates were told, what lies
//! on which disk, and nothing of how the parts work.

use std::collections::{BTreeMap, BTreeSet};

use node::{attempts::slot::Place, log::Durability};
use protocol::{
    frame::Frame,
    ids::{ItemNo, LogId, ResponseSeq, Sequence},
    merge::{MergedAttempt, Register},
    record::{Event, Record},
};
use store::frames::FrameStore;

use super::{
    candidate::{Acknowledged, Candidate},
    exam::{self, key_of},
    step::Step,
    world::World,
};

type Records = BTreeMap<(LogId, Sequence), Record>;

impl World {
    /// How far each log survives if every process ended now without power: on some node's disk, or with a majority of
    /// coordinators.
    fn durable(&self) -> BTreeMap<LogId, Sequence> {
        let mut durable = BTreeMap::new();
        let mut note = |log: LogId, sequence: Sequence| {
            let held: &mut Sequence = durable.entry(log).or_default();
            *held = sequence.max(*held);
        };
        for node in &self.nodes {
            let own = node.disk.lives.iter().map(|life| &life.log);
            for log in own.chain(node.disk.copies.values()) {
                note(log.id(), log.crash().head().sequence);
            }
        }
        for centre in &self.centres {
            for (log, sequence) in &centre.promised {
                note(*log, *sequence);
            }
        }
        durable
    }

    /// A node lost its disk: what was acknowledged as being on that disk alone may be gone with it. An acknowledgement may
    /// have been on its way then, so this is asked before every check.
    fn excuse(&mut self, step: &mut Step<'_>) {
        let durable = self.durable();
        let lost = self.lost_disk;
        let may_be_gone = |place: Place, durability, by| {
            let is_alone = durability == Durability::Node && lost == Some(by);
            is_alone && durable.get(&place.log).copied().unwrap_or_default() < place.sequence
        };
        for candidate in &mut self.candidates {
            let before = candidate.told.len();
            candidate
                .told
                .retain(|told| !may_be_gone(told.place, told.durability, told.by));
            step.tally.excused += (before - candidate.told.len()) as u64;
            candidate
                .handed_in
                .retain(|(_, place, durability, by)| !may_be_gone(*place, *durability, *by));
        }
    }

    /// Every acknowledged answer is in some surviving durable place.
    pub(super) fn check_that_nothing_is_lost(&mut self, step: &mut Step<'_>) {
        self.excuse(step);
        let durable = self.durable();
        for candidate in &self.candidates {
            for told in &candidate.told {
                if durable.get(&told.place.log).copied().unwrap_or_default() < told.place.sequence {
                    step.wrong(format!("LOST: candidate {} was told {told:?}", candidate.number));
                    return;
                }
            }
        }
    }

    /// Why the world is not at rest; `None` when it is.
    pub(super) fn unrest(&self) -> Option<String> {
        let mut heads: BTreeMap<LogId, Sequence> = BTreeMap::new();
        for node in &self.nodes {
            let Some(live) = &node.live else {
                return Some(format!("node {} is down", node.number));
            };
            if !live.committer.is_idle() {
                return Some(format!("node {} commits", node.number));
            }
            for (log, sequence) in live.logs() {
                let head = heads.entry(log).or_default();
                *head = sequence.max(*head);
            }
        }
        if let Some(candidate) = self.candidates.iter().find(|candidate| !candidate.is_quiet()) {
            return Some(format!("candidate {} has something to send", candidate.number));
        }
        for centre in &self.centres {
            if centre.disk.applied < self.raft.len() {
                return Some(format!("coordinator {} has to apply", centre.number));
            }
            let lacking = heads.iter().find(|(log, head)| match &centre.state {
                Some(state) => state.watermark(log).sequence < **head,
                None => true,
            });
            if let Some((log, head)) = lacking {
                return Some(format!("coordinator {} lacks {log} to {head}", centre.number));
            }
        }
        for node in &self.nodes {
            let held = node.live.as_ref().map(|live| live.logs()).unwrap_or_default();
            let lacking = heads
                .iter()
                .find(|(log, head)| held.get(log).copied().unwrap_or_default() < **head);
            if let Some((log, head)) = lacking {
                return Some(format!("node {} lacks {log} to {head}", node.number));
            }
        }
        None
    }

    /// Everything agrees, and with what candidates were told.
    pub(super) fn check_the_end(&mut self, step: &mut Step<'_>) {
        self.check_that_nothing_is_lost(step);
        self.check_that_centres_agree(step);
        for index in 0..self.centres.len() {
            let records = self.check_chains(index, step);
            for candidate in &self.candidates {
                check_places(index, candidate, &records, step);
            }
        }
        for candidate in &self.candidates {
            let key = key_of(candidate.number);
            let of_centre = |index: usize| {
                let state = self.centres[index].state.as_ref();
                state.and_then(|state| state.attempt(key)).unwrap_or_default()
            };
            let merged = of_centre(0);
            check_told(candidate, &merged, step);
            if (1..3).any(|index| of_centre(index) != merged) {
                step.wrong(format!(
                    "coordinators hold different attempts of candidate {}",
                    candidate.number
                ));
            }
            for node in &self.nodes {
                let Some(live) = &node.live else { continue };
                let held = live.book.slot(key).read(|held| held.merged.clone());
                // After the loss of a disk the centre may hold frames that no node has any more.
                let is_same = if self.lost_disk.is_some() {
                    let mut joined = merged.clone();
                    joined.join(held.clone());
                    joined == merged
                } else {
                    held == merged
                };
                if !is_same {
                    let (number, node) = (candidate.number, node.number);
                    step.wrong(format!(
                        "node {node} holds another attempt of candidate {number}: {held:?}\n{merged:?}"
                    ));
                }
            }
        }
    }

    fn check_that_centres_agree(&self, step: &mut Step<'_>) {
        for centre in &self.centres {
            let Some(state) = &centre.state else { continue };
            for fault in state.check() {
                step.wrong(format!("coordinator {}: {fault}", centre.number));
            }
            if state.alarms().count() > 0 {
                step.wrong(format!("coordinator {} raised an alarm", centre.number));
            }
            if centre.disk.rows != self.centres[0].disk.rows {
                step.wrong(format!(
                    "coordinator {} has other rows than the first",
                    centre.number
                ));
            }
            if centre.disk.rows != state.rows().collect() {
                step.wrong(format!(
                    "coordinator {}: the disk is not the state",
                    centre.number
                ));
            }
        }
    }

    /// Each log is one chain, each record in it once; gives them.
    fn check_chains(&self, centre: usize, step: &mut Step<'_>) -> Records {
        let mut records = Records::new();
        let centre = &self.centres[centre];
        for (log, frames) in &centre.disk.frames {
            let mut mark = protocol::watermark::Watermark::default();
            for frame in frames {
                if mark.continuity(frame) != protocol::watermark::Continuity::Next {
                    step.wrong(format!(
                        "coordinator {}: {frame:?} does not follow",
                        centre.number
                    ));
                }
                mark = protocol::watermark::Watermark::after(frame);
                for (sequence, record) in Frame::known_records(frame) {
                    if records.insert((*log, sequence), record).is_some() {
                        step.wrong(format!("TWICE: {log} {sequence}"));
                    }
                }
            }
            let answers = frames.iter().flat_map(Frame::known_records);
            let answers = answers
                .filter(|(_, record)| matches!(record.event, Event::Answered { .. }))
                .count();
            let counted = centre.state.as_ref().map(|state| state.log_counts(log).answered);
            if counted != Some(answers as u64) {
                step.wrong(format!(
                    "coordinator {}: {counted:?} answers of {log}, not {answers}",
                    centre.number
                ));
            }
        }
        records
    }
}

/// What was acknowledged lies where it was said to lie.
fn check_places(centre: usize, candidate: &Candidate, records: &Records, step: &mut Step<'_>) {
    for told in &candidate.told {
        let record = records.get(&(told.place.log, told.place.sequence));
        if !record.is_some_and(|record| is_answer(record, candidate.number, told)) {
            step.wrong(format!("LOST: coordinator {centre} has {record:?}, not {told:?}"));
        }
    }
}

fn is_answer(record: &Record, candidate: usize, told: &Acknowledged) -> bool {
    let expected = Event::Answered {
        item: told.answer.item,
        epoch: told.epoch,
        seq: told.answer.seq,
        response: told.answer.response.clone(),
        marked: told.answer.marked,
        late: told.is_late,
    };
    record.attempt == key_of(candidate) && record.event == expected
}

/// The merged attempt is what the candidate was told: for each item the greatest acknowledged answer, or a greater one
/// that was sent.
fn check_told(candidate: &Candidate, merged: &MergedAttempt, step: &mut Step<'_>) {
    let number = candidate.number;
    for (id, ..) in &candidate.handed_in {
        if !merged.submissions.contains_key(id) {
            step.wrong(format!("LOST: the submission of candidate {number}"));
        }
    }
    for item in (1..=exam::ITEMS).map(ItemNo) {
        let state = merged.items.get(&item).cloned().unwrap_or_default();
        let told = || candidate.told.iter().filter(|told| told.answer.item == item);
        check_register(candidate, item, state.latest.as_ref(), told(), step);
        check_register(
            candidate,
            item,
            state.in_time.as_ref(),
            told().filter(|told| !told.is_late),
            step,
        );
    }
}

fn check_register<'a>(
    candidate: &Candidate,
    item: ItemNo,
    register: Option<&Register>,
    told: impl Iterator<Item = &'a Acknowledged> + Clone,
    step: &mut Step<'_>,
) {
    let number = candidate.number;
    let rank_of = |told: &Acknowledged| (told.epoch.number, told.answer.seq);
    let Some(register) = register else {
        if told.count() > 0 {
            step.wrong(format!("LOST: candidate {number} has nothing for item {item}"));
        }
        return;
    };
    let rank: (u16, ResponseSeq) = (register.epoch, register.seq);
    if told.clone().any(|told| rank_of(told) > rank) {
        step.wrong(format!(
            "LOST: candidate {number} item {item}: a greater answer was acknowledged than {register:?}"
        ));
    }
    let contents: BTreeSet<_> = register
        .versions
        .iter()
        .map(|version| {
            (
                version.content.device,
                version.content.response.clone(),
                version.content.marked,
            )
        })
        .collect();
    for told in told.filter(|told| rank_of(told) == rank) {
        let content = (
            told.epoch.device,
            told.answer.response.clone(),
            told.answer.marked,
        );
        if !contents.contains(&content) {
            step.wrong(format!(
                "candidate {number} item {item}: {told:?} is not in {register:?}"
            ));
        }
    }
    for (device, response, marked) in contents {
        let epoch = protocol::epoch::Epoch {
            number: register.epoch,
            device,
        };
        if !candidate
            .sent
            .contains(&(epoch, item, register.seq, response, marked))
        {
            step.wrong(format!(
                "candidate {number} item {item}: nobody ever sent {register:?}"
            ));
        }
    }
}
