//! Whether this node holds what each sitting's gate asks for. Pure but for the blobs that it looks for; asked by the
//! operator port and told to the centre.

use protocol::{
    feed::PaperNotice,
    gate::{SittingGate, accommodations_hash, outline_hash},
    ids::{DistrictId, Revision},
    time::Instant,
};

use super::Catalogue;

/// What is wrong with sittings at one revision: worked out once, for candidates are gone through.
#[derive(Debug, Default)]
pub(super) struct Readiness {
    revision: Option<Revision>,
    wrong: Vec<(Instant, String)>,
}

impl Readiness {
    /// Why sittings that are not over cannot be served.
    pub(super) fn reasons(&mut self, catalogue: &Catalogue, program: &str, now: Instant) -> Vec<String> {
        if self.revision != Some(catalogue.revision) {
            self.wrong = wrong(catalogue, program);
            self.revision = Some(catalogue.revision);
        }
        let current = self.wrong.iter().filter(|(closes, _)| now < *closes);
        current.map(|(_, why)| why.clone()).collect()
    }
}

fn wrong(catalogue: &Catalogue, program: &str) -> Vec<(Instant, String)> {
    let Some(district) = catalogue.district.as_ref().map(|district| district.id) else {
        return Vec::new();
    };
    let mut wrong = Vec::new();
    for gate in catalogue.gates.values() {
        let Some(sitting) = catalogue.sittings.get(&gate.sitting) else {
            continue;
        };
        let notice = catalogue.papers.get(&sitting.paper);
        for why in failures(catalogue, district, gate, notice, program) {
            wrong.push((sitting.closes, format!("sitting {}: {why}", sitting.id)));
        }
    }
    wrong
}

fn failures(
    catalogue: &Catalogue,
    district: DistrictId,
    gate: &SittingGate,
    notice: Option<&PaperNotice>,
    program: &str,
) -> Vec<String> {
    let mut failures: Vec<String> = gate.versions.refuses(program).into_iter().collect();
    let mut needs = |holds: bool, what: &str| {
        if !holds {
            failures.push(format!("{what}: it comes while the WAN is up"));
        }
    };
    needs(
        notice.is_some_and(|notice| notice.blob == gate.blob),
        "its paper is not the one that the centre planned",
    );
    needs(
        notice.is_some_and(|notice| outline_hash(&notice.outline) == gate.outline),
        "its paper's outline is not the one that the centre planned",
    );
    let theirs = catalogue.sittings.get(&gate.sitting);
    let accommodations =
        theirs.map(|sitting| accommodations_hash(sitting, district, catalogue.candidates.values()));
    needs(
        accommodations == Some(gate.accommodations),
        "its candidates or their extra time are not those that the centre planned",
    );
    failures
}
