//! The table: median, spread, and the ratio to the last row.

/// Prints rows of measurements; the last row is what the others are compared with.
pub(crate) fn print(rows: &mut [(&str, &mut Vec<f64>)]) {
    let base = rows.last_mut().map_or(f64::NAN, |(_, values)| median(values));
    println!(
        "{:<42} {:>10} {:>21} {:>7}",
        "", "median", "least to greatest", "ratio"
    );
    for (name, values) in rows {
        let median = median(values);
        let (least, greatest) = (values[0], values[values.len() - 1]);
        println!(
            "{name:<42} {median:>10.0} {:>21} {:>7.2}",
            format!("{least:.0} to {greatest:.0}"),
            median / base
        );
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
