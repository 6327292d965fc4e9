//! The candidates' face of the node: HTTPS (and plain HTTP on loopback, where a browser trusts it) under `/api/v1`, and
//! the page itself. Parses, limits, asks [`crate::attempts`] and the feed's catalogue, and words the answers. It decides
//! nothing about an exam, and no request ever waits for the WAN.

pub mod admission;
mod connection;
pub mod cors;
pub mod elsewhere;
pub mod extract;
pub mod face;
pub mod forms;
pub mod handlers;
pub mod limiter;
pub mod listener;
mod look_again;
pub mod measure;
pub mod page;
pub mod problem;
pub mod router;
pub mod served;
mod stream;
#[cfg(test)]
mod tests;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};

pub use elsewhere::{Elsewhere, least_loaded};
pub use listener::{BindError, HttpServer};
pub use served::{Delivered, Served};

/// The `[http]` part of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where HTTPS is served to candidates.
    pub https_address: SocketAddr,
    /// Where plain HTTP is served, for this machine only; refused for any other address than loopback.
    pub plain_address: Option<SocketAddr>,
    /// Connections at once; the first request of a further one is answered with 503 and told where else to go.
    pub connections_max: usize,
    /// Requests that are worked on at once; further ones are answered with 503 and told where else to go.
    pub requests_max: usize,
    /// A request's body at most.
    pub body_bytes_max: usize,
    /// How long a body may take, in seconds.
    pub body_seconds: u64,
    /// How long a connection may stand without a request, and a request's head may take, in seconds.
    pub idle_seconds: u64,
    /// How long a connection may stand without a request before its buffers are given back, in seconds (it happens within
    /// twice this time); the next request on it takes some 50 µs of CPU more.
    pub rest_seconds: u64,
    /// TLS handshakes at once; further clients wait for a place without taking memory for one.
    pub handshakes_max: usize,
    /// How long a TLS handshake may take, in seconds, the wait for a place included; a place is held for a third of it.
    pub handshake_seconds: u64,
    /// How long requests may go on after a stop was asked for, in seconds.
    pub drain_seconds: u64,
    /// How long a sign-in lasts, in hours.
    pub token_hours: u32,
    /// A font file (TTF or WOFF2) for devices that cannot show Devanagari; none is served where it is not there.
    pub devanagari_font: PathBuf,
    /// How many requests of each kind.
    pub rates: limiter::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            https_address: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 8443),
            plain_address: None,
            connections_max: 16_384,
            requests_max: 2_048,
            body_bytes_max: 64 * 1024,
            body_seconds: 10,
            idle_seconds: 75,
            rest_seconds: 5,
            handshakes_max: 512,
            handshake_seconds: 10,
            drain_seconds: 5,
            token_hours: 12,
            devanagari_font: PathBuf::from("/usr/share/fonts/truetype/noto/NotoSansDevanagari-Regular.ttf"),
            rates: limiter::Settings::default(),
        }
    }
}
