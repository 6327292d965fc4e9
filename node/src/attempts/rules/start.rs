//! Starting, resuming and moving an attempt.

use protocol::{
    deadline,
    epoch::Epoch,
    ids::{CandidateId, DeviceTag, NodeId},
    record::Event,
    sitting::Sitting,
    time::Instant,
};

use crate::attempts::slot::Held;

/// What a candidate asks who wants to begin or go on.
#[derive(Debug, Clone, Copy)]
pub struct StartRequest<'a> {
    /// In which sitting.
    pub sitting: &'a Sitting,
    /// The candidate's extra time in thousandths.
    pub extra_permille: u16,
    /// At which device.
    pub device: DeviceTag,
    /// At which node.
    pub node: NodeId,
    /// What to do when another device holds the attempt.
    pub elsewhere: Elsewhere,
    /// Whether the paper's key is here.
    pub release: ReleaseState,
}

/// What to do when another device holds the attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elsewhere {
    /// Say so.
    Refuse,
    /// Take it over.
    Move,
    /// Say that an invigilator must unlock it first.
    Locked,
}

/// Whether the paper's key is at this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseState {
    /// It is.
    Released,
    /// Not yet.
    Sealed,
}

/// Why an attempt cannot be begun or gone on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StartRefusal {
    /// Too early.
    #[error("this sitting has not opened yet; try again when it does")]
    NotOpen {
        /// How long until then.
        wait_ms: i64,
    },
    /// The key is not here.
    #[error(
        "the paper has not been released to this node yet; stay on this page, it will start as soon as it is"
    )]
    NotReleased,
    /// Too late.
    #[error("this sitting is over; an attempt cannot be started any more")]
    Closed,
    /// Another device holds it.
    #[error("this exam is open on another device; choose to continue here to move it to this one")]
    OpenElsewhere,
    /// Another device holds it, and no invigilator has said that this one may.
    #[error(
        "this exam is open on another device; the invigilator unlocks it at the node: pariksha-node attempt unlock {candidate}"
    )]
    UnlockNeeded {
        /// Whose it is.
        candidate: CandidateId,
    },
}

/// The events that begin an attempt or take it over; none when it simply goes on.
pub fn decide_start(
    held: &Held,
    request: StartRequest<'_>,
    now: Instant,
) -> Result<Vec<Event>, StartRefusal> {
    if request.release == ReleaseState::Sealed {
        // Before the window opens, that is what the candidate should hear.
        not_yet_open(request.sitting, now)?;
        return Err(StartRefusal::NotReleased);
    }
    match (held.merged.started, held.merged.epoch()) {
        (None, _) => begin(request, now),
        (Some(_), _) if held.merged.submission().is_some() => Ok(Vec::new()),
        (Some(_), None) => Ok(Vec::new()),
        (Some(_), Some(epoch)) => go_on(held, epoch, request),
    }
}

fn begin(request: StartRequest<'_>, now: Instant) -> Result<Vec<Event>, StartRefusal> {
    not_yet_open(request.sitting, now)?;
    let deadline = deadline::at_start(request.sitting, now, request.extra_permille);
    if now >= request.sitting.closes || now >= deadline {
        return Err(StartRefusal::Closed);
    }
    Ok(vec![Event::Started {
        epoch: Epoch::first(request.device),
        paper: request.sitting.paper,
        deadline,
    }])
}

fn go_on(held: &Held, epoch: Epoch, request: StartRequest<'_>) -> Result<Vec<Event>, StartRefusal> {
    let here = held.node().is_none_or(|node| node == request.node);
    let same_device = epoch.device == request.device;
    match request.elsewhere {
        _ if same_device && here => Ok(Vec::new()),
        Elsewhere::Refuse if !same_device => Err(StartRefusal::OpenElsewhere),
        Elsewhere::Locked if !same_device => Err(StartRefusal::UnlockNeeded {
            candidate: held.key.candidate,
        }),
        Elsewhere::Refuse | Elsewhere::Locked | Elsewhere::Move => Ok(vec![Event::Moved {
            epoch: epoch.moved_to(request.device),
        }]),
    }
}

fn not_yet_open(sitting: &Sitting, now: Instant) -> Result<(), StartRefusal> {
    if now < sitting.opens {
        return Err(StartRefusal::NotOpen {
            wait_ms: sitting.opens.since_ms(now),
        });
    }
    Ok(())
}
