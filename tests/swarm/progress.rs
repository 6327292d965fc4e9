//! The progress bar: rates, what is open, what failed, while a run goes on.

use indicatif::{ProgressBar, ProgressStyle};

use crate::{figures::Figures, operation::Operation};

/// So often a line is written where there is no terminal, in seconds.
const LINE_EVERY: u64 = 10;

/// The bar, or a line now and then where nobody watches.
pub(crate) struct Progress {
    bar: ProgressBar,
    said: u64,
}

impl Progress {
    /// A bar of so many seconds.
    pub(crate) fn new(seconds: u64) -> Self {
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} s  {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        Self {
            bar: ProgressBar::new(seconds).with_style(style),
            said: 0,
        }
    }

    /// Shows how things stand.
    pub(crate) fn show(&mut self, second: u64, figures: &Figures) {
        let words = words(figures);
        self.bar.set_position(second);
        if self.bar.is_hidden() && second >= self.said + LINE_EVERY {
            self.said = second;
            eprintln!("{second} s: {words}");
        }
        self.bar.set_message(words);
    }

    /// The run is over.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn words(figures: &Figures) -> String {
    let gauges = figures.gauges();
    let newest = figures.newest();
    let rates: Vec<String> = Operation::ALL
        .into_iter()
        .filter_map(|operation| {
            let point = newest?.operations.get(&operation)?;
            Some(format!(
                "{operation} {}/s p99 {:.0} ms",
                point.count, point.p99_ms
            ))
        })
        .collect();
    format!(
        "signed in {}, started {}, submitted {}, open {}, in flight {}, errors {}; {}",
        gauges.signed_in,
        gauges.started,
        gauges.submitted,
        gauges.connections,
        gauges.in_flight,
        figures.error_count(),
        rates.join(", ")
    )
}
