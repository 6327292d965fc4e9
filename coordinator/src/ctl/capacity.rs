//! `parikshactl capacity`: what a number of candidates takes, with every assumption. Asks nobody: it works before there is
//! a cluster.

mod figures;
mod plan;
#[cfg(test)]
mod tests;

use self::{
    figures::Source,
    plan::{Centre, District, Plan, plan},
};
use super::{
    failure::Failure,
    output::{Output, table},
};

pub(super) use plan::Need;

pub(super) fn run(need: Need, output: &Output) -> Result<(), Failure> {
    output.show(&plan(need), text)
}

fn text(plan: &Plan) -> String {
    let need = &plan.need;
    let mut parts = vec![
        format!(
            "{} candidates, {} districts, {} items",
            need.candidates, need.districts, need.items
        ),
        districts(plan),
        centre(&plan.centre),
        money(plan),
    ];
    parts.extend(plan.remarks.iter().map(|remark| format!("Mind: {remark}.")));
    parts.push(assumptions(plan));
    parts.join("\n\n")
}

fn districts(plan: &Plan) -> String {
    type Row = (&'static str, fn(&District) -> String);
    let rows: [Row; 12] = [
        ("candidates", |district| district.candidates.to_string()),
        ("nodes", |district| district.nodes.to_string()),
        ("candidates a node, one node down", |district| {
            district.candidates_per_node.to_string()
        }),
        ("memory a node, MB", |district| whole(district.memory_mb_per_node)),
        ("disk a node, GB", |district| whole(district.disk_gb_per_node)),
        ("answers/s", |district| whole(district.answers_per_second)),
        ("a node's cores in the start rush, %", |district| {
            tenth(100.0 * district.rush_cpu_share)
        }),
        ("WAN up while it runs, Mbit/s", |district| {
            tenth(district.wan_up_mbit)
        }),
        ("WAN up after a day without, Mbit/s", |district| {
            tenth(district.wan_catch_up_mbit)
        }),
        ("WAN down before a sitting, MB a node", |district| {
            tenth(district.wan_down_mb_per_node)
        }),
        ("LAN in the start rush, Mbit/s", |district| {
            whole(district.lan_rush_mbit)
        }),
        ("$ a month", |district| whole(district.dollars)),
    ];
    let line = |(name, show): Row| {
        vec![
            name.to_owned(),
            show(&plan.mean_district),
            show(&plan.largest_district),
        ]
    };
    table(&["a district", "mean", "largest"], rows.into_iter().map(line))
}

fn centre(centre: &Centre) -> String {
    let rows = [
        ("clusters", centre.clusters.to_string()),
        ("coordinators", centre.coordinators.to_string()),
        ("answers/s", whole(centre.answers_per_second)),
        (
            "merged attempts a coordinator, MB of memory",
            whole(centre.memory_mb_per_coordinator),
        ),
        ("disk a coordinator, GB", whole(centre.disk_gb_per_coordinator)),
        ("WAN in, Mbit/s", tenth(centre.wan_in_mbit)),
        ("feed to all nodes, GB a sitting", tenth(centre.traffic_out_gb)),
        ("$ a month", whole(centre.dollars)),
    ];
    let rows = rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]);
    table(&["the centre", ""], rows)
}

fn money(plan: &Plan) -> String {
    let monthly = &plan.monthly;
    let rows = [
        (
            format!("{} nodes and their lines", monthly.nodes),
            monthly.districts_dollars,
        ),
        ("the centre".to_owned(), monthly.centre_dollars),
        ("together".to_owned(), monthly.total_dollars),
    ];
    let rows = rows.into_iter().map(|(name, dollars)| vec![name, whole(dollars)]);
    format!(
        "{}\n{} cents a candidate and month",
        table(&["all", "$ a month"], rows),
        tenth(monthly.cents_per_candidate)
    )
}

fn assumptions(plan: &Plan) -> String {
    let rows = plan.figures.iter().map(|figure| {
        let source = match figure.source {
            Source::Measured => "measured",
            Source::Assumed => "assumed",
        };
        vec![
            figure.name.to_owned(),
            figure.value.to_string(),
            figure.unit.to_owned(),
            source.to_owned(),
            figure.reason.to_owned(),
        ]
    });
    table(&["what it stands on", "", "unit", "source", "why"], rows)
}

fn whole(value: f64) -> String {
    format!("{value:.0}")
}

fn tenth(value: f64) -> String {
    format!("{value:.1}")
}
