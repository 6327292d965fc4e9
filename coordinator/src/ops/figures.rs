//! What `/metrics` shows beside what parts count themselves: read off when somebody scrapes, so that nothing runs in
//! between. Labels are coordinators and districts: bounded sets.

use daemon::{
    Metrics,
    metrics::{Family, Gauge},
};

use super::{Api, shapes::Wan, status};

type Coordinator = [(&'static str, u64); 1];
type District = [(&'static str, String); 1];

/// The gauges.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    raft: RaftFigures,
    districts: DistrictFigures,
    alarms: Gauge,
    coordinators_silent: Gauge,
    uploads: Gauge,
    clock_ahead_ms: Gauge,
    clocks_doubted: Gauge,
}

#[derive(Debug, Clone)]
struct RaftFigures {
    is_leader: Gauge,
    has_leader: Gauge,
    term: Gauge,
    last: Gauge,
    applied: Gauge,
    snapshot: Gauge,
    purged: Gauge,
    proposals: Gauge,
    lag: Family<Coordinator, Gauge>,
}

#[derive(Debug, Clone)]
struct DistrictFigures {
    acknowledged: Family<District, Gauge>,
    delivered: Family<District, Gauge>,
    lag_ms: Family<District, Gauge>,
    nodes: Family<District, Gauge>,
    nodes_cut: Family<District, Gauge>,
}

impl Figures {
    pub(crate) fn register(metrics: &Metrics) -> Self {
        Self {
            raft: RaftFigures::register(metrics),
            districts: DistrictFigures::register(metrics),
            alarms: metrics.gauge(
                "alarms",
                "Alarms that a person should look at, as parikshactl status lists them",
            ),
            coordinators_silent: metrics
                .gauge("coordinators_silent", "Coordinators that do not answer this one"),
            uploads: metrics.gauge("uploads", "Uploads that are being handled"),
            clock_ahead_ms: metrics.gauge(
                "clock_ahead_milliseconds",
                "By how much this machine's clock is ahead of the coordinators' time",
            ),
            clocks_doubted: metrics.gauge(
                "clocks_doubted",
                "Coordinators whose machines' clocks contradict the coordinators' time",
            ),
        }
    }

    /// Sets all of them. Waits for the other coordinators' answers, 0.8 s at most.
    pub(super) async fn set(&self, api: &Api) {
        self.raft.set(api);
        let glance = status::glance(api).await;
        self.districts.set(&glance.districts);
        self.alarms.set(count(glance.alarms.len()));
        self.coordinators_silent
            .set(count(glance.coordinators.iter().filter(|row| !row.up).count()));
        self.uploads.set(count(
            api.uploads_max.saturating_sub(api.uploads.available_permits()),
        ));
        self.clock_ahead_ms.set(api.clock.machine_ahead_ms());
        self.clocks_doubted.set(count(api.clock.doubts().len()));
    }
}

impl RaftFigures {
    fn register(metrics: &Metrics) -> Self {
        Self {
            is_leader: metrics.gauge("raft_is_leader", "1 while this coordinator leads"),
            has_leader: metrics.gauge(
                "raft_has_leader",
                "1 while a leader is known here; 0 means that changes wait",
            ),
            term: metrics.gauge("raft_term", "The term; it grows with each election"),
            last: metrics.gauge("raft_last_entry", "The last entry of this coordinator's log"),
            applied: metrics.gauge("raft_applied_entry", "The last entry that is applied here"),
            snapshot: metrics.gauge(
                "raft_snapshot_entry",
                "The last entry that the snapshot here covers",
            ),
            purged: metrics.gauge("raft_purged_entry", "The last entry that was purged here"),
            proposals: metrics.gauge("raft_proposals", "Proposals that wait here for a majority"),
            lag: metrics.gauges(
                "raft_replication_lag_entries",
                "Entries that a coordinator lacks of the leader's log; only the leader knows it",
            ),
        }
    }

    fn set(&self, api: &Api) {
        let progress = api.centre.progress();
        self.is_leader.set(i64::from(api.centre.is_leader()));
        self.has_leader.set(i64::from(api.centre.leader().is_some()));
        self.term.set(whole(progress.term));
        self.last.set(whole(progress.last));
        self.applied.set(whole(progress.applied));
        self.snapshot.set(whole(progress.snapshot));
        self.purged.set(whole(progress.purged));
        self.proposals.set(whole(progress.proposals));
        // What an earlier leader knew of the others is no longer so.
        self.lag.clear();
        if api.centre.is_leader() {
            for member in api.centre.members() {
                let lacks = progress.last.saturating_sub(member.matched.unwrap_or(0));
                self.lag
                    .get_or_create(&[("coordinator", member.id.0)])
                    .set(whole(lacks));
            }
        }
    }
}

impl DistrictFigures {
    fn register(metrics: &Metrics) -> Self {
        Self {
            acknowledged: metrics.gauges(
                "district_answers_acknowledged",
                "Answers that a district's nodes acknowledged, as far as they were heard",
            ),
            delivered: metrics.gauges(
                "district_answers_delivered",
                "Answers of a district's logs that the centre holds",
            ),
            lag_ms: metrics.gauges(
                "district_lag_milliseconds",
                "Age of the oldest record that the centre does not hold; grows while a node is not heard",
            ),
            nodes: metrics.gauges("district_nodes", "Nodes of a district that have joined"),
            nodes_cut: metrics.gauges(
                "district_nodes_cut",
                "Nodes of a district that no coordinator has heard of lately",
            ),
        }
    }

    fn set(&self, districts: &[super::shapes::DistrictStatus]) {
        for district in districts {
            let label = [("district", district.name.clone())];
            let cut = district.nodes.iter().filter(|node| node.wan != Wan::Connected);
            self.acknowledged
                .get_or_create(&label)
                .set(whole(district.acknowledged));
            self.delivered
                .get_or_create(&label)
                .set(whole(district.delivered));
            self.lag_ms
                .get_or_create(&label)
                .set((district.lag_seconds * 1000.0) as i64);
            self.nodes.get_or_create(&label).set(count(district.nodes.len()));
            self.nodes_cut.get_or_create(&label).set(count(cut.count()));
        }
    }
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
