//! The page: one file, without scripts, that can be mailed and opened in ten years.

use std::fmt::Write;

use super::{
    Report,
    plot::{Line, Plot, escape},
};
use crate::{events, figures::Second, machine::Group, message::Gauges, operation::Operation};

const STYLE: &str = "body{font:15px/1.45 system-ui,sans-serif;max-width:820px;margin:2em auto;padding:0 1em;color:#222}\
table{border-collapse:collapse;margin:1em 0}td,th{padding:.2em .7em;border-bottom:1px solid #ddd;text-align:right}\
td:first-child,th:first-child{text-align:left}figure{margin:1.5em 0}figcaption{font-weight:600}svg{width:100%;height:auto}\
svg text{font:10px system-ui,sans-serif;fill:#555}.grid{stroke:#e4e4e4}.bound{stroke:#c00;stroke-dasharray:5 4}\
.mark{stroke:#999;stroke-dasharray:2 3}text.mark{stroke:none}.key{margin:0;font-size:13px}.bad{color:#b00;font-weight:600}";

/// The whole page.
pub(super) fn page(report: &Report) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Swarm: {0}</title><style>{STYLE}</style>\
         <h1>{1}</h1><p>Scenario {0}, {2} teachers on {3} load processes, seed {4}.</p>",
        escape(&report.name),
        escape(&report.scenario.title),
        report.scenario.candidates(),
        report.processes,
        report.seed
    );
    verdict(report, &mut page);
    operations(report, &mut page);
    plots(report, &mut page);
    rest(report, &mut page);
    page.push_str("</html>\n");
    page
}

fn verdict(report: &Report, page: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(
        page,
        "<p>{}.</p><p>{}.</p>",
        escape(&report.verdict_words()),
        escape(&report.machine.limit)
    );
    for failure in &report.verdict.failures {
        let _ = write!(page, "<p class=\"bad\">Failed: {}</p>", escape(failure));
    }
    for notice in &report.verdict.notices {
        let _ = write!(page, "<p class=\"bad\">Over its bound: {}</p>", escape(notice));
    }
}

fn operations(report: &Report, page: &mut String) {
    page.push_str(
        "<h2>Requests</h2><p>Milliseconds from when each should have been sent; the last column from when it was \
         sent.</p><table><tr><th>operation<th>answered<th>peak /s<th>p50<th>p90<th>p99<th>p99.9<th>max<th>bound \
         p99<th>failed<th>sent p99</tr>",
    );
    for row in &report.operations {
        let bound = report.scenario.limits.p99_ms.get(&row.operation);
        let _ = write!(
            page,
            "<tr><td>{}<td>{}<td>{}<td>{:.1}<td>{:.1}<td>{:.1}<td>{:.1}<td>{:.1}<td>{}<td>{}<td>{:.1}</tr>",
            row.operation,
            row.count,
            row.peak_per_second,
            row.p50_ms,
            row.p90_ms,
            row.p99_ms,
            row.p999_ms,
            row.max_ms,
            bound.map_or_else(String::new, ToString::to_string),
            row.errors,
            row.service_p99_ms
        );
    }
    page.push_str("</table>");
    if !report.errors.is_empty() {
        page.push_str("<h3>Failed requests</h3><table><tr><th>operation<th>how<th>how often</tr>");
        for (operation, how, count) in &report.errors {
            let _ = write!(page, "<tr><td>{operation}<td>{}<td>{count}</tr>", escape(how));
        }
        page.push_str("</table>");
    }
}

fn plots(report: &Report, page: &mut String) {
    let happened = report.scenario.events.iter();
    let marks: Vec<(f64, String)> = happened
        .map(|event| (report.scenario.compressed(event.at_seconds), events::words(event)))
        .collect();
    let last_second = report.seconds.keys().last().map_or(0.0, |second| *second as f64);
    page.push_str("<h2>Over time</h2>");
    for row in &report.operations {
        let line = |name: &str, value: fn(&crate::figures::Point) -> f64| Line {
            name: name.into(),
            points: points(report, |second| second.operations.get(&row.operation).map(value)),
        };
        let plot = Plot {
            title: &format!("Latency of {}", row.operation),
            unit: "ms, each step ten times the one before",
            lines: vec![
                line("p50", |point| point.p50_ms),
                line("p99", |point| point.p99_ms),
                line("slowest", |point| point.max_ms),
            ],
            last_second,
            marks: &marks,
            bound: report
                .scenario
                .limits
                .p99_ms
                .get(&row.operation)
                .map(|bound| *bound as f64),
            is_logarithmic: true,
        };
        page.push_str(&plot.svg());
    }
    for (title, unit, lines) in [
        ("Requests answered", "a second", rates(report)),
        ("Teachers", "so many", teachers(report)),
        ("Processor", "cores", cores(report)),
        ("Memory", "MiB", memory(report)),
    ] {
        let plot = Plot {
            title,
            unit,
            lines,
            last_second,
            marks: &marks,
            bound: None,
            is_logarithmic: false,
        };
        page.push_str(&plot.svg());
    }
}

fn points(report: &Report, value: impl Fn(&Second) -> Option<f64>) -> Vec<(f64, f64)> {
    let seconds = report.seconds.iter();
    seconds
        .filter_map(|(second, at)| Some((*second as f64, value(at)?)))
        .collect()
}

fn rates(report: &Report) -> Vec<Line> {
    let line = |operation: Operation| Line {
        name: operation.to_string(),
        points: points(report, |second| {
            second.operations.get(&operation).map(|point| point.count as f64)
        }),
    };
    let mut lines: Vec<Line> = Operation::ALL.into_iter().map(line).collect();
    lines.retain(|line| !line.points.is_empty());
    lines
}

fn teachers(report: &Report) -> Vec<Line> {
    let line = |name: &str, value: fn(&Gauges) -> u64| Line {
        name: name.into(),
        points: points(report, |second| Some(value(&second.gauges) as f64)),
    };
    vec![
        line("connections", |gauges| gauges.connections),
        line("signed in", |gauges| gauges.signed_in),
        line("started", |gauges| gauges.started),
        line("handed in", |gauges| gauges.submitted),
        line("requests under way", |gauges| gauges.in_flight),
    ]
}

fn cores(report: &Report) -> Vec<Line> {
    let line = |group: Group| Line {
        name: group.name().into(),
        points: points(report, |second| second.load.cores.get(&group).copied()),
    };
    let mut lines: Vec<Line> = Group::ALL.into_iter().map(line).collect();
    lines.push(Line {
        name: "everything on this machine".into(),
        points: points(report, |second| {
            (!second.load.cores.is_empty()).then_some(second.load.all_cores)
        }),
    });
    lines
}

fn memory(report: &Report) -> Vec<Line> {
    let line = |group: Group| Line {
        name: group.name().into(),
        points: points(report, |second| {
            second
                .load
                .memory_bytes
                .get(&group)
                .map(|bytes| *bytes as f64 / f64::from(1 << 20))
        }),
    };
    Group::ALL.into_iter().map(line).collect()
}

fn rest(report: &Report, page: &mut String) {
    let _ = write!(
        page,
        "<h2>The machine</h2><p>{}.</p>",
        escape(&report.memory_words())
    );
    page.push_str("<table><tr><th>process<th>cpu s<th>memory at most, MiB</tr>");
    for (name, usage) in &report.machine.processes {
        let _ = write!(
            page,
            "<tr><td>{}<td>{:.1}<td>{}</tr>",
            escape(name),
            usage.cpu_seconds,
            usage.memory_max_bytes >> 20
        );
    }
    page.push_str("</table><h2>Before and after</h2><table><tr><th>stage<th>s</tr>");
    for stage in &report.stages.0 {
        let _ = write!(
            page,
            "<tr><td>{}<td>{:.1}</tr>",
            escape(&stage.what),
            stage.seconds
        );
    }
    page.push_str("</table><ul>");
    for words in &report.ground {
        let _ = write!(page, "<li>{}</li>", escape(words));
    }
    page.push_str("</ul>");
}
