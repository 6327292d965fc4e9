//! Why a link ended, in words that can stand in a log.
//!
//! The one place where the transport's own errors are read; they never leave this crate.

use quinn::ConnectionError;

/// The codes with which we close a link.
pub(crate) mod code {
    /// The work is done, or the process stops.
    pub(crate) const DONE: u32 = 0;
    /// The peer was not admitted.
    pub(crate) const REFUSED: u32 = 1;
}

/// The bytes of a closing reason that are sent along.
pub(crate) const REASON_BYTES_MAX: usize = 200;

/// TLS alerts travel in transport codes from here on, one for each of 256 alerts.
const TLS_ALERT_FIRST: u64 = 0x100;
const TLS_ALERT_LAST: u64 = 0x1ff;
/// The alert that says that no protocol version is common to both.
const NO_APPLICATION_PROTOCOL: u64 = 120;

/// Why a link ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// This side closed it.
    #[error("closed by this side")]
    Here,
    /// The peer closed it and said why.
    #[error("closed by the peer: {0}")]
    ByPeer(String),
    /// The peer did not admit us and said why.
    #[error("refused by the peer: {0}")]
    RefusedByPeer(String),
    /// This side refused the peer inside the handshake.
    #[error("the peer was refused: {0}")]
    RefusedHere(String),
    /// Both speak the link, but no common version of it.
    #[error("no protocol version in common: one side is more than one version older than the other")]
    NoCommonVersion,
    /// Nothing was heard for longer than the idle timeout.
    #[error("nothing was heard from the peer for too long")]
    TimedOut,
    /// The peer knows nothing of this link: it restarted.
    #[error("the peer does not know this link any more: it was restarted")]
    PeerRestarted,
    /// The transport failed.
    #[error("the transport failed: {0}")]
    Broken(String),
}

// === impl Closed ===

impl From<ConnectionError> for Closed {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::LocallyClosed => Self::Here,
            ConnectionError::TimedOut => Self::TimedOut,
            ConnectionError::Reset => Self::PeerRestarted,
            ConnectionError::ApplicationClosed(frame) => {
                let reason = String::from_utf8_lossy(&frame.reason).into_owned();
                if frame.error_code == code::REFUSED.into() {
                    Self::RefusedByPeer(reason)
                } else {
                    Self::ByPeer(reason)
                }
            }
            ConnectionError::ConnectionClosed(frame) => match alert(frame.error_code.into()) {
                Some(NO_APPLICATION_PROTOCOL) => Self::NoCommonVersion,
                Some(_) => Self::RefusedByPeer(frame.to_string()),
                None => Self::Broken(frame.to_string()),
            },
            ConnectionError::TransportError(error) => match alert(error.code.into()) {
                Some(NO_APPLICATION_PROTOCOL) => Self::NoCommonVersion,
                Some(_) => Self::RefusedHere(in_our_words(&error.reason).to_owned()),
                None => Self::Broken(error.to_string()),
            },
            ConnectionError::VersionMismatch | ConnectionError::CidsExhausted => {
                Self::Broken(error.to_string())
            }
        }
    }
}

/// Our own refusals come back from rustls in a wrapping; without it they are sentences. Another text stays as it is.
fn in_our_words(reason: &str) -> &str {
    reason
        .strip_prefix("invalid peer certificate: Other(OtherError(")
        .and_then(|rest| rest.strip_suffix("))"))
        .unwrap_or(reason)
}

fn alert(code: u64) -> Option<u64> {
    (TLS_ALERT_FIRST..=TLS_ALERT_LAST)
        .contains(&code)
        .then(|| code - TLS_ALERT_FIRST)
}

/// Closes a link and tells the peer why, in at most [`REASON_BYTES_MAX`] bytes.
pub(crate) fn close(connection: &quinn::Connection, code: u32, reason: &str) {
    let bytes = reason.as_bytes();
    connection.close(code.into(), &bytes[..bytes.len().min(REASON_BYTES_MAX)]);
}
