//! An address as a QR code, drawn in lines and not in points, so that it prints sharply at any size.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

/// Bytes of an address: what a code of 46 mm still prints with modules that a cheap camera reads.
pub(crate) const ADDRESS_BYTES_MAX: usize = 250;

/// White modules around the code, as its standard asks for.
const QUIET_ZONE: usize = 4;

/// The code as SVG; `None` when the address is too long. Each run of dark modules is one bar: drawn module by module, the
/// codes were about a tenth of the work of a card.
pub(crate) fn svg(address: &str) -> Option<String> {
    if address.is_empty() || address.len() > ADDRESS_BYTES_MAX {
        return None;
    }
    // Up to a seventh of it may be soiled.
    let code = QrCode::with_error_correction_level(address, EcLevel::M).ok()?;
    let across = code.width() + 2 * QUIET_ZONE;
    let mut drawn = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{across}" height="{across}" viewBox="0 0 {across} {across}"><path d=""#
    );
    let modules = code.to_colors();
    for (y, row) in modules.chunks(code.width()).enumerate() {
        for (x, length) in bars(row) {
            let (x, y) = (x + QUIET_ZONE, y + QUIET_ZONE);
            // A string takes what is written.
            let _ = write!(drawn, "M{x} {y}h{length}v1h-{length}z");
        }
    }
    drawn.push_str(r#""/></svg>"#);
    Some(drawn)
}

/// Where the runs of dark modules begin in a row, and how long they are.
fn bars(row: &[Color]) -> impl Iterator<Item = (usize, usize)> {
    let runs = row.chunk_by(|one, other| one == other);
    let placed = runs.scan(0, |at, run| {
        let from = *at;
        *at += run.len();
        Some((from, run))
    });
    placed
        .filter(|(_, run)| run[0] == Color::Dark)
        .map(|(from, run)| (from, run.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_the_runs_of_dark_modules() {
        use Color::{Dark as D, Light as L};
        let found = |row: &[Color]| bars(row).collect::<Vec<_>>();
        assert_eq!(found(&[D, D, L, D, L, L, D]), [(0, 2), (3, 1), (6, 1)]);
        assert_eq!(found(&[L, L]), []);
    }

    #[test]
    fn an_address_becomes_a_drawing_and_one_that_does_not_fit_is_refused() {
        let drawn = svg("https://192.0.2.17:8443/#c=27001").unwrap();
        assert!(
            drawn.contains("<path") && drawn.len() < 8 * 1024,
            "{}",
            drawn.len()
        );
        assert!(svg(&"x".repeat(ADDRESS_BYTES_MAX)).is_some());
        assert!(svg(&"x".repeat(ADDRESS_BYTES_MAX + 1)).is_none());
        assert!(svg("").is_none());
    }
}
