//! Plots as SVG, without scripts: lines over seconds, with axes that a person can read.

use std::fmt::Write;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 210.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 26.0;

/// Lines of the axes, at most about so many.
const STEPS: f64 = 5.0;

/// Colours that people who see red and green alike tell apart.
const COLOURS: [&str; 7] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555",
];

/// A line.
pub(super) struct Line {
    /// Its name.
    pub name: String,
    /// (second, value).
    pub points: Vec<(f64, f64)>,
}

/// A plot.
pub(super) struct Plot<'a> {
    /// What is shown.
    pub title: &'a str,
    /// Of the values.
    pub unit: &'a str,
    /// The lines.
    pub lines: Vec<Line>,
    /// Where the axis of time ends, so that all plots can be laid over one another.
    pub last_second: f64,
    /// What happened when.
    pub marks: &'a [(f64, String)],
    /// A bound that should hold.
    pub bound: Option<f64>,
    /// Whether equal steps are equal factors.
    pub is_logarithmic: bool,
}

/// From values to places.
struct Scale {
    last_second: f64,
    low: f64,
    high: f64,
    is_logarithmic: bool,
}

impl Scale {
    fn x(&self, second: f64) -> f64 {
        LEFT + second / self.last_second * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        let part = if self.is_logarithmic {
            (value.max(self.low) / self.low).log10() / (self.high / self.low).log10()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        HEIGHT - BOTTOM - part.clamp(0.0, 1.0) * (HEIGHT - TOP - BOTTOM)
    }

    fn ticks(&self) -> Vec<f64> {
        if self.is_logarithmic {
            let (low, high) = (self.low.log10().round() as i32, self.high.log10().round() as i32);
            return (low..=high).map(|power| 10_f64.powi(power)).collect();
        }
        let step = round_step(self.high / STEPS);
        let count = (self.high * 1.0001 / step) as u32;
        (0..=count).map(|number| f64::from(number) * step).collect()
    }
}

impl Plot<'_> {
    /// The plot as a figure.
    pub(super) fn svg(&self) -> String {
        let scale = self.scale();
        let mut svg = format!(
            "<figure><figcaption>{} ({})</figcaption><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">",
            escape(self.title),
            escape(self.unit)
        );
        self.axes(&scale, &mut svg);
        for (line, colour) in self.lines.iter().zip(COLOURS.iter().cycle()) {
            let points: Vec<String> = line
                .points
                .iter()
                .map(|(second, value)| format!("{:.1},{:.1}", scale.x(*second), scale.y(*value)))
                .collect();
            // Writing to a string cannot fail.
            let _ = write!(
                svg,
                "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.4\" points=\"{}\"/>",
                points.join(" ")
            );
        }
        svg.push_str("</svg><p class=\"key\">");
        for (line, colour) in self.lines.iter().zip(COLOURS.iter().cycle()) {
            let _ = write!(
                svg,
                "<span style=\"color:{colour}\">▬</span> {} ",
                escape(&line.name)
            );
        }
        svg.push_str("</p></figure>");
        svg
    }

    fn scale(&self) -> Scale {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let greatest = points()
            .map(|(_, value)| *value)
            .chain(self.bound)
            .fold(f64::MIN_POSITIVE, f64::max);
        let (low, high) = if self.is_logarithmic {
            (0.1, 10_f64.powf(greatest.max(1.0).log10().ceil()))
        } else {
            (0.0, greatest.max(1e-3) * 1.05)
        };
        Scale {
            last_second: self.last_second.max(1.0),
            low,
            high,
            is_logarithmic: self.is_logarithmic,
        }
    }

    fn axes(&self, scale: &Scale, svg: &mut String) {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for value in scale.ticks() {
            let y = scale.y(value);
            let _ = write!(
                svg,
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 6.0,
                y + 4.0,
                number(value)
            );
        }
        let step = round_step(scale.last_second / 8.0).max(1.0);
        let count = (scale.last_second / step) as u32;
        for second in (0..=count).map(|number| f64::from(number) * step) {
            let x = scale.x(second);
            let _ = write!(
                svg,
                "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{} s</text>",
                HEIGHT - 8.0,
                number(second)
            );
        }
        if let Some(bound) = self.bound {
            let y = scale.y(bound);
            let _ = write!(
                svg,
                "<line class=\"bound\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>"
            );
        }
        for (second, what) in self.marks {
            let x = scale.x(*second);
            let _ = write!(
                svg,
                "<line class=\"mark\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{bottom}\"><title>{0}</title></line>\
                 <text x=\"{1:.1}\" y=\"{2}\" class=\"mark\">{0}</text>",
                escape(what),
                x + 3.0,
                TOP + 9.0
            );
        }
    }
}

/// 1, 2 or 5 times a power of ten, at least this.
fn round_step(at_least: f64) -> f64 {
    let power = 10_f64.powf(at_least.max(1e-9).log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|factor| factor * power >= at_least);
    factor.unwrap_or(10.0) * power
}

fn number(value: f64) -> String {
    if value >= 1000.0 && (value % 1000.0).abs() < 1e-6 {
        format!("{}k", value / 1000.0)
    } else {
        format!("{}", (value * 1000.0).round() / 1000.0)
    }
}

/// Text in a page.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_every_point_lies_in_the_picture() {
        let steps = [0.3, 12.0, 100.0].map(|at_least| number(round_step(at_least)));
        assert_eq!(steps, ["0.5", "20", "100"]);
        for is_logarithmic in [false, true] {
            let plot = Plot {
                title: "a < b",
                unit: "ms",
                lines: vec![Line {
                    name: "x".into(),
                    points: (0..50)
                        .map(|second| (f64::from(second), f64::from(second * second)))
                        .collect(),
                }],
                last_second: 49.0,
                marks: &[(10.0, "cut".into())],
                bound: Some(300.0),
                is_logarithmic,
            };
            let scale = plot.scale();
            for (second, value) in &plot.lines[0].points {
                assert!((LEFT..=WIDTH - RIGHT).contains(&scale.x(*second)));
                assert!((TOP..=HEIGHT - BOTTOM).contains(&scale.y(*value)));
            }
            assert!(plot.svg().contains("a &lt; b") && !plot.svg().contains("NaN"));
        }
    }
}
