//! Times as people type and read them: `now`, `+30m`, RFC 3339 in; Indian Standard Time out.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// A moment on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// So long after another moment: after now for an opening, after the opening for a close.
    After(SignedDuration),
    /// That instant.
    At(Timestamp),
}

impl Moment {
    /// The instant in milliseconds, when relative moments count from `from_ms`.
    pub(super) fn resolve_ms(self, from_ms: i64) -> i64 {
        match self {
            Self::After(wait) => from_ms.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)),
            Self::At(instant) => instant.as_millisecond(),
        }
    }
}

/// Reads `now`, `+30m` or an RFC 3339 time.
pub(super) fn moment(text: &str) -> Result<Moment, String> {
    if text == "now" {
        return Ok(Moment::After(SignedDuration::ZERO));
    }
    if let Some(wait) = text.strip_prefix('+') {
        return duration(wait).map(Moment::After);
    }
    text.parse().map(Moment::At).map_err(|_| {
        format!("`{text}` is not a time; write now, +30m, or 2027-01-31T09:00:00+05:30 (with its offset)")
    })
}

/// Reads a duration such as `60m` or `1h30m`, as milliseconds.
pub(super) fn duration_ms(text: &str) -> Result<u32, String> {
    let wait = duration(text)?;
    match u32::try_from(wait.as_millis()) {
        Ok(ms) if ms > 0 => Ok(ms),
        _ => Err(format!(
            "`{text}` is not a length for an attempt; write for example 60m"
        )),
    }
}

fn duration(text: &str) -> Result<SignedDuration, String> {
    text.parse::<SignedDuration>()
        .ok()
        .filter(|wait| !wait.is_negative())
        .ok_or_else(|| format!("`{text}` is not a duration; write for example 45s, 30m, 2h or 1h30m"))
}

/// An instant for a person, in Indian Standard Time.
pub(super) fn shown(ms: i64) -> String {
    let zone = TimeZone::get("Asia/Kolkata").unwrap_or(TimeZone::UTC);
    Timestamp::from_millisecond(ms).map_or_else(
        |_| format!("{ms} ms"),
        |instant| {
            instant
                .to_zoned(zone)
                .strftime("%d %b %Y %H:%M:%S IST")
                .to_string()
        },
    )
}

/// The number of milliseconds since the epoch, by this machine's clock.
pub(super) fn now_ms() -> i64 {
    use daemon::Clock;
    daemon::SystemClock.wall_ms()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_counts_from_the_opening_and_an_offset_is_heeded() {
        assert_eq!(moment("now").unwrap().resolve_ms(7), 7);
        assert_eq!(moment("+2h").unwrap().resolve_ms(1_000), 7_201_000);
        assert_eq!(moment("1970-01-01T05:30:01+05:30").unwrap().resolve_ms(0), 1_000);
        assert!(moment("tomorrow").unwrap_err().contains("now, +30m"));
        assert_eq!(duration_ms("1h30m"), Ok(5_400_000));
        assert!(duration_ms("0s").is_err());
        assert!(duration_ms("-5m").is_err());
        assert_eq!(shown(0), "01 Jan 1970 05:30:00 IST");
    }
}
