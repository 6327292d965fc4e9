//! The cluster itself, its districts, and which coordinators there are.

use protocol::{
    feed::CoordinatorEntry,
    ids::{CoordinatorId, DistrictId},
};

use super::{Cluster, CoordinatorRow, DistrictRow, Registry};
use crate::{
    bounds::{
        ADDRESS_BYTES_MAX, CERTIFICATE_BYTES_MAX, COORDINATORS_MAX, DISTRICTS_MAX, NAME_BYTES_MAX,
        WRAPPED_BYTES_MAX, room, size, text,
    },
    effects::{Changes, Outcome},
    rejection::Rejection,
};

impl Registry {
    /// The same initialisation again is fine: the founder may not have heard the answer.
    pub(crate) fn init_cluster(
        &mut self,
        cluster: Cluster,
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        text("the cluster's name", &cluster.name, NAME_BYTES_MAX)?;
        size(
            "the CA's certificate",
            cluster.ca_certificate.len(),
            CERTIFICATE_BYTES_MAX,
        )?;
        size(
            "the CA's wrapped key",
            cluster.wrapped_ca_key.len(),
            WRAPPED_BYTES_MAX,
        )?;
        match self.cluster.get(&()) {
            Some(held) if *held == cluster => {}
            Some(held) => {
                return Err(Rejection::AlreadyInitialised {
                    name: held.name.clone(),
                });
            }
            None => self.cluster.put(changes, (), cluster),
        }
        Ok(Outcome::Done)
    }

    pub(crate) fn add_district(&mut self, name: &str, changes: &mut Changes) -> Result<Outcome, Rejection> {
        let name = name.trim();
        text("the district's name", name, NAME_BYTES_MAX)?;
        room("districts", self.districts.len(), DISTRICTS_MAX)?;
        let folded = name.to_lowercase();
        if self
            .districts
            .values()
            .any(|row| row.name.to_lowercase() == folded)
        {
            return Err(Rejection::DistrictNameTaken(name.into()));
        }
        let revision = self.bump(changes);
        let id = self.count(changes, |counters| {
            counters.district = DistrictId(counters.district.0 + 1);
            counters.district
        });
        let row = DistrictRow {
            name: name.into(),
            revision,
        };
        self.districts.put(changes, id, row);
        Ok(Outcome::District(id))
    }

    pub(crate) fn set_coordinator(
        &mut self,
        entry: &CoordinatorEntry,
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        text(
            "the coordinator's address",
            &entry.link_address,
            ADDRESS_BYTES_MAX,
        )?;
        match self.coordinators.get(&entry.id) {
            Some(held) if held.removed => return Err(Rejection::CoordinatorRemoved(entry.id)),
            Some(held) if held.entry == *entry => return Ok(Outcome::Done),
            Some(_) => {}
            None => room("coordinators", self.coordinators.len(), COORDINATORS_MAX)?,
        }
        self.count(changes, |counters| {
            counters.coordinator = counters.coordinator.max(entry.id);
        });
        let row = CoordinatorRow {
            entry: entry.clone(),
            removed: false,
        };
        self.coordinators.put(changes, entry.id, row);
        self.bump_directory(changes);
        Ok(Outcome::Done)
    }

    pub(crate) fn remove_coordinator(
        &mut self,
        id: CoordinatorId,
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        let held = self
            .coordinators
            .get(&id)
            .ok_or(Rejection::UnknownCoordinator(id))?;
        if held.removed {
            return Ok(Outcome::Done);
        }
        let row = CoordinatorRow {
            entry: held.entry.clone(),
            removed: true,
        };
        self.coordinators.put(changes, id, row);
        self.bump_directory(changes);
        Ok(Outcome::Done)
    }
}
