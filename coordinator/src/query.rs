//! From the state to the shapes of the ops API. Pure reads of one state; handlers call them under the state's lock, so
//! each is bounded by what it names.

use protocol::{
    frame::Frame,
    ids::{AttemptKey, CandidateId, DistrictId, LogId, SittingId},
    merge::{ItemState, LatePolicy, MergedAttempt},
    roster::Candidate,
};
use state::{ScoreSetKey, State};

use crate::ops::{
    policy_name,
    shapes::{
        AttemptRow, DistrictRow, ForkRow, FrameHex, LogRow, NodeRow, PaperRow, ResponseRow, ResultRow,
        SignedHead, SittingRow, SubmissionRow,
    },
};

/// Candidates that are looked at under one lock of the state, so that applying never waits long.
pub(crate) const CANDIDATES_AT_ONCE: usize = 500;

/// All districts.
pub(crate) fn districts(state: &State) -> Vec<DistrictRow> {
    let mut rows: Vec<DistrictRow> = state
        .districts()
        .map(|(id, row)| DistrictRow {
            id: id.0,
            name: row.name.clone(),
            candidates: 0,
            nodes: state
                .nodes()
                .filter(|(_, node)| node.district == id && node.contact.is_some())
                .count() as u64,
        })
        .collect();
    for candidate in state.candidates() {
        if let Some(row) = rows.iter_mut().find(|row| row.id == candidate.district.0) {
            row.candidates += 1;
        }
    }
    rows
}

/// A district's name; its number where it has none.
pub(crate) fn district_name(state: &State, id: DistrictId) -> String {
    state
        .district(id)
        .map_or_else(|| id.to_string(), |row| row.name.clone())
}

/// All nodes, planned ones too (without addresses).
pub(crate) fn nodes(state: &State) -> Vec<NodeRow> {
    let row = |(id, row): (protocol::ids::NodeId, &state::NodeRow)| NodeRow {
        id: id.0,
        name: row.name.clone(),
        district: district_name(state, row.district),
        link_address: row
            .contact
            .as_ref()
            .map(|contact| contact.link_address.clone())
            .unwrap_or_default(),
        candidate_url: row
            .contact
            .as_ref()
            .map(|contact| contact.candidate_url.clone())
            .unwrap_or_default(),
    };
    state.nodes().map(row).collect()
}

/// All published papers.
pub(crate) fn papers(state: &State) -> Vec<PaperRow> {
    let row = |(paper, row): (protocol::ids::PaperRef, &state::PaperRow)| PaperRow {
        paper: paper.to_string(),
        title: row.title.clone(),
        items: row.outline.items.len() as u64,
        bytes: u64::from(row.bytes),
        blob: row.blob.to_string(),
        released: state.is_released(paper),
        key_version: row.key_version.0,
    };
    state.papers().map(row).collect()
}

/// All sittings.
pub(crate) fn sittings(state: &State) -> Vec<SittingRow> {
    let row = |sitting: &protocol::sitting::Sitting| SittingRow {
        id: sitting.id.0,
        title: sitting.title.clone(),
        paper: sitting.paper.to_string(),
        opens: sitting.opens.0,
        closes: sitting.closes.0,
        duration_ms: sitting.duration_ms,
        districts: sitting
            .districts
            .iter()
            .map(|id| district_name(state, *id))
            .collect(),
        batch: sitting.batch.clone(),
    };
    state.sittings().map(row).collect()
}

/// All logs.
pub(crate) fn logs(state: &State) -> Vec<LogRow> {
    state.watermarks().map(|(log, _)| log_row(state, log)).collect()
}

/// The evidence against a log, oldest first; a handful of frames.
pub(crate) fn forks(state: &State, log: LogId) -> Vec<ForkRow> {
    let row = |fork: &state::Fork| ForkRow {
        at: fork.at.0,
        by: fork.by.clone(),
        first: fork.first.0,
        last: Frame::parse(fork.bytes.clone()).map_or(fork.first.0, |frame| frame.last().0),
        hash: fork.hash.to_string(),
        frame: FrameHex(fork.bytes.to_vec()),
    };
    state.forks(log).map(row).collect()
}

fn log_row(state: &State, log: LogId) -> LogRow {
    let counts = state.log_counts(&log);
    LogRow {
        log: log.to_string(),
        node: log.node.0,
        name: state
            .node(log.node)
            .map(|row| row.name.clone())
            .unwrap_or_default(),
        sequence: counts.watermark.sequence.0,
        hash: counts.watermark.hash.to_string(),
        frames: counts.frames,
        answered: counts.answered,
        unreadable: counts.unreadable,
        forks: counts.forks,
        signed_head: state.signed_head(&log).map(|signed| SignedHead {
            sequence: signed.checkpoint.head.sequence.0,
            hash: signed.checkpoint.head.hash.to_string(),
            at: signed.checkpoint.at.0,
        }),
    }
}

/// The numbers of all candidates, to go through them in pieces.
pub(crate) fn candidate_ids(state: &State) -> Vec<CandidateId> {
    state.candidates().map(|candidate| candidate.id).collect()
}

/// The attempts of these candidates in a sitting.
pub(crate) fn attempts(
    state: &State,
    sitting: SittingId,
    candidates: &[CandidateId],
) -> Vec<(CandidateId, MergedAttempt)> {
    attempts_by(sitting, candidates, |key| state.attempt(key))
}

/// The same with what counts under a policy alone, for scoring.
pub(crate) fn attempts_under(
    state: &State,
    sitting: SittingId,
    policy: LatePolicy,
    candidates: &[CandidateId],
) -> Vec<(CandidateId, MergedAttempt)> {
    attempts_by(sitting, candidates, |key| state.attempt_under(key, policy))
}

fn attempts_by(
    sitting: SittingId,
    candidates: &[CandidateId],
    attempt: impl Fn(AttemptKey) -> Option<MergedAttempt>,
) -> Vec<(CandidateId, MergedAttempt)> {
    let attempt = |candidate: &CandidateId| {
        let candidate = *candidate;
        let key = AttemptKey { sitting, candidate };
        attempt(key).map(|attempt| (candidate, attempt))
    };
    candidates.iter().filter_map(attempt).collect()
}

/// An attempt as the API shows it.
pub(crate) fn attempt_row(candidate: CandidateId, attempt: &MergedAttempt) -> AttemptRow {
    let submission = attempt.submission().map(|submitted| SubmissionRow {
        id: hex::encode(submitted.submission.id),
        by: submitted.submission.by,
        at: submitted.at.0,
        digest: submitted.submission.digest.to_string(),
        answered: submitted.submission.answered,
    });
    AttemptRow {
        candidate,
        started: attempt.started.map(|start| start.at.0),
        deadline: attempt.deadline().map(|deadline| deadline.0),
        responses: attempt
            .items
            .iter()
            .filter_map(|(item, state)| response_row(item.0, state))
            .collect(),
        submission,
        under_review: attempt.under_review().map(|item| item.0).collect(),
        digest: attempt.digest(LatePolicy::InTimeOnly).to_string(),
    }
}

fn response_row(item: u16, state: &ItemState) -> Option<ResponseRow> {
    let latest = state.latest.as_ref()?;
    let content = latest.decided();
    let late = state
        .in_time
        .as_ref()
        .is_none_or(|in_time| (in_time.epoch, in_time.seq) != (latest.epoch, latest.seq));
    Some(ResponseRow {
        item,
        epoch: latest.epoch,
        seq: latest.seq.0,
        response: content.and_then(|content| content.response.clone()),
        marked: content.is_some_and(|content| content.marked),
        late,
    })
}

/// A score with whose it is; `items` are the score's own.
pub(crate) fn result_row(
    state: &State,
    set: ScoreSetKey,
    score: &state::ScoreRow,
    items: &ItemsRead,
) -> ResultRow {
    let candidate = state.candidate(score.candidate);
    let of = |text: fn(&Candidate) -> &str| {
        candidate
            .map(|candidate| text(candidate).to_owned())
            .unwrap_or_default()
    };
    ResultRow {
        candidate: score.candidate,
        roll: of(|candidate| &candidate.roll),
        name: of(|candidate| &candidate.name),
        district: candidate
            .map(|candidate| district_name(state, candidate.district))
            .unwrap_or_default(),
        total: score.total.clone(),
        max: score.max.clone(),
        right: score.right,
        wrong: score.wrong,
        omitted: score.omitted,
        review: score.review,
        digest: score.digest.to_string(),
        key_version: set.key_version.0,
        policy: policy_name(set.policy).to_owned(),
        partial: items.counts.partial,
        unmarked: items.counts.unmarked,
        dropped: items.counts.dropped,
        bonus: items.counts.bonus,
        sections: items.sections.clone(),
        below_minimum: items.below_minimum.clone(),
    }
}

/// What a score's items say beyond its own counts.
pub(crate) struct ItemsRead {
    pub(crate) counts: content::scoring::Counts,
    pub(crate) sections: String,
    pub(crate) below_minimum: String,
}
