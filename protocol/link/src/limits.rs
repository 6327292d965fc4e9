//! The bounds and times of a link, as settings with defaults that work.
//!
//! Node and coordinator take this as a section of their configuration and hand it to [`crate::Endpoint::bind`].

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// No idle time may be longer: a dead peer would be taken for alive.
pub const IDLE_TIMEOUT_MS_MAX: u64 = 10 * 60 * 1000;

/// The bounds and times of a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// How often an idle link shows that it is alive. Default 10 s: under every NAT's timeout that we know of.
    pub keep_alive_ms: u64,
    /// After so long without a sign of life the link counts as lost. Default 30 s, at least twice the keep-alive.
    pub idle_timeout_ms: u64,
    /// How long a handshake may take, from the first packet to the peer's word of admission. Default 10 s.
    pub handshake_timeout_ms: u64,
    /// How many links may be open at once; more are refused unanswered. Default 2048.
    pub connections_max: usize,
    /// How many streams the peer may have open at once on one link. Default 128.
    pub streams_max: u32,
    /// Bytes that a peer may send on one stream before we read them. Default 2 MiB.
    pub stream_window_bytes: u32,
    /// Bytes that a peer may send on one link before we read them. Default 8 MiB.
    pub connection_window_bytes: u32,
    /// Bytes that we hand to one link before the peer acknowledges them. Default 8 MiB.
    pub send_window_bytes: u32,
    /// Bytes of datagrams that wait in either direction; the oldest are dropped beyond. Default 256 KiB.
    pub datagram_buffer_bytes: usize,
    /// The longest message on a stream unless the stream says otherwise. Default 1 MiB.
    pub message_bytes_max: usize,
}

/// Settings that cannot work together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the link's limits cannot work: {0}")]
pub struct LimitsError(&'static str);

// === impl Limits ===

impl Default for Limits {
    fn default() -> Self {
        Self {
            keep_alive_ms: 10_000,
            idle_timeout_ms: 30_000,
            handshake_timeout_ms: 10_000,
            connections_max: 2048,
            streams_max: 128,
            stream_window_bytes: 2 << 20,
            connection_window_bytes: 8 << 20,
            send_window_bytes: 8 << 20,
            datagram_buffer_bytes: 256 << 10,
            message_bytes_max: crate::stream::MESSAGE_BYTES_MAX,
        }
    }
}

impl Limits {
    /// Checks that the settings make sense together.
    pub fn check(&self) -> Result<(), LimitsError> {
        let rules = [
            (self.keep_alive_ms > 0, "keep_alive_ms must not be 0"),
            (
                self.idle_timeout_ms >= self.keep_alive_ms.saturating_mul(2),
                "idle_timeout_ms must be at least twice keep_alive_ms, or one lost packet ends the link",
            ),
            (
                self.idle_timeout_ms <= IDLE_TIMEOUT_MS_MAX,
                "idle_timeout_ms must be at most 600000",
            ),
            (
                self.handshake_timeout_ms > 0,
                "handshake_timeout_ms must not be 0",
            ),
            (self.connections_max > 0, "connections_max must not be 0"),
            (self.streams_max > 0, "streams_max must not be 0"),
            (
                self.stream_window_bytes >= 64 << 10,
                "stream_window_bytes must be at least 65536",
            ),
            (
                self.connection_window_bytes >= self.stream_window_bytes,
                "connection_window_bytes must be at least stream_window_bytes",
            ),
            (
                self.send_window_bytes >= 64 << 10,
                "send_window_bytes must be at least 65536",
            ),
            (
                self.message_bytes_max >= 1024,
                "message_bytes_max must be at least 1024",
            ),
            (
                u32::try_from(self.message_bytes_max).is_ok_and(|bytes| bytes < u32::MAX),
                "message_bytes_max must fit 32 bits",
            ),
        ];
        rules
            .iter()
            .find(|(holds, _)| !holds)
            .map_or(Ok(()), |(_, rule)| Err(LimitsError(rule)))
    }

    pub(crate) fn handshake_timeout(&self) -> Duration {
        Duration::from_millis(self.handshake_timeout_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_hold_and_settings_that_cannot_work_are_refused() {
        assert_eq!(Limits::default().check(), Ok(()));
        let quick = Limits {
            keep_alive_ms: 2000,
            idle_timeout_ms: 6000,
            ..Limits::default()
        };
        assert_eq!(quick.check(), Ok(()));
        let hasty = Limits {
            idle_timeout_ms: 10_000,
            ..Limits::default()
        };
        assert!(hasty.check().is_err());
        let none = Limits {
            streams_max: 0,
            ..Limits::default()
        };
        assert!(none.check().is_err());
    }
}
