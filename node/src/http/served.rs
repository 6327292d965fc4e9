//! What every handler is given: the parts of the node that a request may ask.

use std::{fmt, sync::Arc};

use protocol::{
    cluster::SignedEndorsement,
    feed::{District, PaperNotice},
    ids::{LogId, PaperRef, Sequence, SittingId},
    roster::Candidate,
    sitting::Sitting,
    time::{Instant, When},
    token::Claims,
};

use super::{
    Settings, admission::Admission, elsewhere::Elsewhere, limiter::Limiter, measure::Measured, page::Page,
    problem::Problem,
};
use crate::{
    attempts::Attempts,
    feed::{Catalogue, Feed},
    tokens::{self, Verified},
};

/// Whether the centre has a log up to a sequence. Given by whoever ships; display only.
pub type Delivered = Arc<dyn Fn(&LogId, Sequence) -> bool + Send + Sync>;

/// The parts of the node behind the handlers. Clones are the same.
#[derive(Clone)]
pub struct Served {
    parts: Arc<Parts>,
    endorsement: Option<Arc<SignedEndorsement>>,
}

struct Parts {
    attempts: Attempts,
    feed: Feed,
    delivered: Delivered,
    elsewhere: Elsewhere,
    limiter: Arc<Limiter>,
    admission: Admission,
    tokens: Verified,
    measured: Measured,
    page: Page,
    settings: Settings,
}

impl Served {
    /// Puts the parts together.
    pub fn new(
        attempts: Attempts,
        feed: Feed,
        delivered: Delivered,
        elsewhere: Elsewhere,
        metrics: &daemon::Metrics,
        settings: Settings,
    ) -> Self {
        Self {
            parts: Arc::new(Parts {
                attempts,
                feed,
                delivered,
                elsewhere,
                limiter: Arc::new(Limiter::new(&settings.rates)),
                admission: Admission::new(settings.requests_max, metrics),
                tokens: Verified::default(),
                measured: Measured::new(metrics),
                page: Page::new(&settings),
                settings,
            }),
            endorsement: None,
        }
    }

    /// The same with the cluster's word for this node, which goes out with every receipt.
    #[must_use]
    pub fn endorsed(self, endorsement: SignedEndorsement) -> Self {
        Self {
            endorsement: Some(Arc::new(endorsement)),
            ..self
        }
    }

    /// The cluster's word for this node.
    pub fn endorsement(&self) -> Option<&SignedEndorsement> {
        self.endorsement.as_deref()
    }

    /// The attempts.
    pub fn attempts(&self) -> &Attempts {
        &self.parts.attempts
    }

    /// The feed.
    pub fn feed(&self) -> &Feed {
        &self.parts.feed
    }

    /// The token buckets.
    pub fn limiter(&self) -> &Arc<Limiter> {
        &self.parts.limiter
    }

    /// The places for requests.
    pub(super) fn admission(&self) -> &Admission {
        &self.parts.admission
    }

    /// Opens candidates' tokens.
    pub(super) fn tokens(&self) -> &Verified {
        &self.parts.tokens
    }

    pub(super) fn measured(&self) -> &Measured {
        &self.parts.measured
    }

    pub(super) fn page(&self) -> &Page {
        &self.parts.page
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.parts.settings
    }

    /// Now, in district time.
    pub fn when(&self) -> When {
        self.parts.attempts.when()
    }

    /// Whether the centre has a record.
    pub fn is_delivered(&self, log: &LogId, sequence: Sequence) -> bool {
        (self.parts.delivered)(log, sequence)
    }

    /// The other nodes of the district, the least loaded first.
    pub(super) fn elsewhere(&self) -> Vec<String> {
        (self.parts.elsewhere)()
    }

    /// Seals claims into a token.
    pub fn token(&self, district: &District, claims: &Claims) -> Result<String, Problem> {
        tokens::seal(&district.token_key, claims).map_err(Problem::from)
    }

    /// When a token that is made now expires: never before the deadline of its attempt and the time to send what is left.
    pub fn token_expires(&self, now: Instant, deadline: Option<Instant>) -> Instant {
        let hours_ms = i64::from(self.parts.settings.token_hours) * 3_600_000;
        deadline
            .map_or(now, |deadline| deadline.max(now))
            .plus_ms(hours_ms)
    }
}

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Served")
    }
}

/// The district, once the feed has brought it.
pub(super) fn district(catalogue: &Catalogue) -> Result<&District, Problem> {
    catalogue.district.as_ref().ok_or_else(Problem::not_ready)
}

/// A sitting that the candidate of a token may see.
pub(super) fn sitting_of<'a>(
    catalogue: &'a Catalogue,
    id: SittingId,
    candidate: &Candidate,
) -> Result<&'a Sitting, Problem> {
    let sitting = catalogue.sittings.get(&id);
    let theirs = sitting.filter(|sitting| sitting.includes(candidate.district, &candidate.batch));
    theirs.ok_or_else(|| Problem::no_such_sitting(id))
}

/// The candidate of a token, as this district knows them.
pub(super) fn candidate<'a>(catalogue: &'a Catalogue, claims: &Claims) -> Result<&'a Candidate, Problem> {
    let candidate = catalogue.candidates.get(&claims.candidate);
    candidate.ok_or_else(Problem::not_registered)
}

/// Refuses a paper that was withdrawn.
pub(super) fn not_withdrawn(catalogue: &Catalogue, paper: PaperRef) -> Result<(), Problem> {
    match catalogue.withdrawn.get(&paper) {
        Some(reason) => Err(Problem::withdrawn(paper, reason)),
        None => Ok(()),
    }
}

/// What is known of a sitting's paper.
pub(super) fn notice<'a>(catalogue: &'a Catalogue, sitting: &Sitting) -> Result<&'a PaperNotice, Problem> {
    let notice = catalogue.papers.get(&sitting.paper);
    notice.ok_or_else(|| Problem::no_paper(sitting.paper))
}
