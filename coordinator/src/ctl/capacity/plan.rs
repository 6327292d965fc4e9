//! From the number of candidates, districts and items to machines, disks, lines and money: a pure function over the
//! [figures](super::figures). Nothing here is measured, and nothing is rounded before the end but machines.

use serde::Serialize;

use super::figures as f;

const MEGA: f64 = 1e6;
const GIGA: f64 = 1e9;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::Args)]
pub(crate) struct Need {
    /// Candidates of the whole state
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub(super) candidates: u64,
    /// Districts that they are spread over
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(super) districts: u64,
    /// Items of the paper
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    pub(super) items: u64,
}

/// What it takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Plan {
    pub(super) need: Need,
    pub(super) mean_district: District,
    pub(super) largest_district: District,
    pub(super) centre: Centre,
    pub(super) monthly: Monthly,
    pub(super) remarks: Vec<String>,
    pub(super) figures: &'static [f::Figure],
}

/// One district.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct District {
    pub(super) candidates: u64,
    pub(super) nodes: u64,
    /// Of one node, when one of them has failed.
    pub(super) candidates_per_node: u64,
    pub(super) memory_mb_per_node: f64,
    pub(super) disk_gb_per_node: f64,
    pub(super) answers_per_second: f64,
    /// Of one node's cores, in the start rush: the share of handshakes and answers.
    pub(super) rush_cpu_share: f64,
    pub(super) wan_up_mbit: f64,
    pub(super) wan_catch_up_mbit: f64,
    pub(super) wan_down_mb_per_node: f64,
    pub(super) lan_rush_mbit: f64,
    pub(super) dollars: f64,
}

/// The centre.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Centre {
    pub(super) clusters: u64,
    pub(super) coordinators: u64,
    pub(super) answers_per_second: f64,
    pub(super) memory_mb_per_coordinator: f64,
    pub(super) disk_gb_per_coordinator: f64,
    pub(super) wan_in_mbit: f64,
    pub(super) traffic_out_gb: f64,
    pub(super) dollars: f64,
}

/// Money.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Monthly {
    pub(super) nodes: u64,
    pub(super) districts_dollars: f64,
    pub(super) centre_dollars: f64,
    pub(super) total_dollars: f64,
    pub(super) cents_per_candidate: f64,
}

/// Plans for this need.
pub(crate) fn plan(need: Need) -> Plan {
    let mean = need.candidates as f64 / need.districts as f64;
    // One district has them all where there is one.
    let largest = (mean * f::LARGEST_DISTRICT.value).min(need.candidates as f64);
    let mean_district = district(mean, need.items);
    let largest_district = district(largest, need.items);
    let others = need.districts - 1;
    let nodes = mean_district.nodes * others + largest_district.nodes;
    let centre = centre(need, nodes, mean_district.wan_down_mb_per_node);
    let districts_dollars = mean_district.dollars * others as f64 + largest_district.dollars;
    let total_dollars = districts_dollars + centre.dollars;
    Plan {
        need,
        mean_district,
        largest_district,
        centre,
        monthly: Monthly {
            nodes,
            districts_dollars,
            centre_dollars: centre.dollars,
            total_dollars,
            cents_per_candidate: 100.0 * total_dollars / need.candidates as f64,
        },
        remarks: remarks(&largest_district, &centre),
        figures: f::ALL,
    }
}

/// Answers that a number of candidates give in one sitting.
fn answers(candidates: f64, items: u64) -> f64 {
    candidates * items as f64 * f::SAVES_PER_ITEM.value
}

/// Memory of one sitting's merged attempts.
fn attempts_mb(candidates: f64, items: u64) -> f64 {
    candidates * items as f64 * f::ANSWER_MEMORY_BYTES.value / MEGA
}

fn district(candidates: f64, items: u64) -> District {
    let peak = candidates * f::PEAK_SHARE.value;
    let serving = (peak / f::CANDIDATES_PER_NODE.value).ceil().max(1.0);
    let nodes = serving + f::SPARE_NODES.value;
    let each = peak / serving;
    let answers_per_second = peak / f::SAVE_EVERY.value;
    let rush =
        each / f::RUSH.value / f::HANDSHAKES.value + each / f::SAVE_EVERY.value / f::HTTPS_ANSWERS.value;
    let kept = answers(candidates, items) * f::NODE_SITTINGS_KEPT.value;
    // Every node holds every log of its district.
    let disk_gb_per_node = f::NODE_BASE_DISK_GB.value + kept * f::NODE_DISK_BYTES.value / GIGA;
    let attempts_mb = f::NODE_SITTINGS_KEPT.value * attempts_mb(candidates, items);
    let wan_up_mbit = mbit(answers_per_second * f::WAN_BYTES.value);
    let catch_up = answers(candidates, items) * f::CATCH_UP_BYTES.value / f::CATCH_UP_TIME.value;
    let wan_catch_up_mbit = mbit(catch_up);
    let lines = (wan_up_mbit.max(wan_catch_up_mbit) / f::LINE_RATE.value)
        .ceil()
        .max(1.0);
    District {
        candidates: candidates.ceil() as u64,
        nodes: nodes as u64,
        candidates_per_node: each.ceil() as u64,
        memory_mb_per_node: f::NODE_BASE_MEMORY_MB.value
            + each * f::CONNECTION_BYTES.value / MEGA
            + attempts_mb,
        disk_gb_per_node,
        answers_per_second,
        rush_cpu_share: rush / f::NODE_CORES.value,
        wan_up_mbit,
        wan_catch_up_mbit,
        wan_down_mb_per_node: (candidates * f::ROSTER_BYTES.value + items as f64 * f::ITEM_BYTES.value)
            / MEGA,
        lan_rush_mbit: mbit(peak * f::FIRST_LOAD_BYTES.value / f::RUSH.value),
        dollars: nodes * (f::NODE_PRICE.value + disk_gb_per_node * f::DISK_PRICE.value)
            + lines * f::LINE_PRICE.value,
    }
}

fn centre(need: Need, nodes: u64, feed_mb_per_node: f64) -> Centre {
    let candidates = need.candidates as f64;
    let answers_per_second = candidates * f::PEAK_SHARE.value / f::SAVE_EVERY.value;
    let attempts_mb = f::SITTINGS_KEPT.value * attempts_mb(candidates, need.items);
    let for_memory = attempts_mb / (f::COORDINATOR_MEMORY_MB.value * f::MEMORY_SHARE.value);
    let for_speed = answers_per_second / f::CENTRE_ANSWERS.value;
    let clusters = for_memory.max(for_speed).ceil().max(1.0);
    let coordinators = clusters * f::COORDINATORS.value;
    let kept = answers(candidates, need.items) * f::SITTINGS_KEPT.value;
    let disk_gb = kept * f::CENTRE_DISK_BYTES.value / GIGA;
    let traffic_out_gb = nodes as f64 * feed_mb_per_node * MEGA / GIGA;
    Centre {
        clusters: clusters as u64,
        coordinators: coordinators as u64,
        answers_per_second,
        memory_mb_per_coordinator: attempts_mb / clusters,
        disk_gb_per_coordinator: disk_gb / clusters,
        wan_in_mbit: mbit(answers_per_second * f::WAN_BYTES.value),
        traffic_out_gb,
        dollars: coordinators * f::COORDINATOR_PRICE.value
            + disk_gb * (f::COORDINATORS.value + f::BACKUP_COPIES.value) * f::DISK_PRICE.value
            + traffic_out_gb * f::TRAFFIC_PRICE.value,
    }
}

fn mbit(bytes_per_second: f64) -> f64 {
    bytes_per_second * 8.0 / MEGA
}

fn remarks(largest: &District, centre: &Centre) -> Vec<String> {
    let mut remarks = Vec::new();
    if centre.clusters > 1 {
        remarks.push(format!(
            "one cluster does not hold them: {} are needed, each with sittings of its own; one roster over several clusters \
             is not built yet",
            centre.clusters
        ));
    }
    if largest.rush_cpu_share > 0.5 {
        remarks.push(
            "in the start rush a node is over half busy: use more cores or fewer candidates a node"
                .to_owned(),
        );
    }
    if largest.lan_rush_mbit > 1_000.0 {
        remarks.push(format!(
            "the largest district's start rush takes {:.0} Mbit/s: spread its nodes over several networks",
            largest.lan_rush_mbit
        ));
    }
    remarks
}
