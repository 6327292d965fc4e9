//! Every bound of the centre's state, each with its reason, and the checks of texts against them.

use crate::rejection::Rejection;

/// Bytes of the names of clusters, districts, nodes, and of batches and roll numbers.
pub const NAME_BYTES_MAX: usize = 64;
/// Bytes of a candidate's name and of titles: 120 letters of Devanagari. A full roster page stays under 300 KB.
pub const TITLE_BYTES_MAX: usize = 360;
/// Bytes of an address or URL. The directory of [`NODES_MAX`] nodes stays under half of a wire message.
pub const ADDRESS_BYTES_MAX: usize = 256;
/// Bytes of a certificate in PEM.
pub const CERTIFICATE_BYTES_MAX: usize = 16 * 1024;
/// Bytes of a wrapped secret: the answer key of the greatest paper.
pub const WRAPPED_BYTES_MAX: usize = 256 * 1024;

/// Districts: the state has 36.
pub const DISTRICTS_MAX: usize = 200;
/// Nodes, joined or not.
pub const NODES_MAX: usize = 1000;
/// Coordinators over the cluster's life, those that left included.
pub const COORDINATORS_MAX: usize = 1000;
/// Candidates of the state: ten times the reference load.
pub const CANDIDATES_MAX: usize = 400_000;
/// Published versions of papers.
pub const PAPERS_MAX: usize = 2000;
/// Versions of one paper's answer key.
pub const KEY_VERSIONS_MAX: u16 = 100;
/// Sittings.
pub const SITTINGS_MAX: usize = 5000;
/// The shortest and the longest attempt, in milliseconds: one second (for tests) to a day.
pub const DURATION_MS: std::ops::RangeInclusive<u32> = 1000..=86_400_000;
/// Bytes of all blobs together; they are held in memory.
pub const BLOBS_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Blobs that are being put; when one more begins, the one begun first is dropped.
pub const UPLOADS_MAX: usize = 8;
/// Frames of one command.
pub const FRAMES_PER_COMMAND_MAX: usize = 4096;
/// Logs of one node: each doubt begins one.
pub const LOGS_PER_NODE_MAX: usize = 1000;
/// Forked frames kept as evidence for one log; after these only the alarm counts on.
pub const FORKS_PER_LOG_MAX: usize = 8;
/// Forked frames kept in all.
pub const FORKS_MAX: usize = 256;
/// Scores of one command.
pub const SCORES_PER_COMMAND_MAX: usize = 500;
/// Bytes of one score's items: 500 of them at 32 bytes.
pub const SCORE_ITEMS_BYTES_MAX: usize = 16 * 1024;
/// Bytes of the items of all scores of one command, so that it fits into one Raft entry.
pub const SCORES_BYTES_PER_COMMAND_MAX: usize = 512 * 1024;
/// Marks of one command.
pub const MARKS_PER_COMMAND_MAX: usize = 500;
/// Marks that one script was ever given, changes of mind included.
pub const MARKS_PER_SCRIPT_MAX: usize = 32;
/// Scripts with marks, of all sittings: some 250 bytes each with two marks.
pub const MARKED_SCRIPTS_MAX: usize = 1_000_000;
/// Characters of a decimal number in a score.
pub const DECIMAL_BYTES_MAX: usize = 40;
/// Officers over the cluster's life.
pub const OFFICERS_MAX: usize = 200;
/// Approvals that wait for a second one.
pub const APPROVALS_MAX: usize = 1000;
/// Alarms kept; the one that was quiet longest makes room.
pub const ALARMS_MAX: usize = 500;
/// Audit entries kept; the oldest makes room.
pub const AUDIT_MAX: usize = 10_000;

/// Checks that a text is neither empty nor too long.
pub(crate) fn text(what: &str, text: &str, max: usize) -> Result<(), Rejection> {
    if text.trim().is_empty() {
        return Err(Rejection::Empty { what: what.into() });
    }
    optional_text(what, text, max)
}

/// Checks that a text is not too long and has no control characters.
pub(crate) fn optional_text(what: &str, text: &str, max: usize) -> Result<(), Rejection> {
    if text.chars().any(char::is_control) {
        return Err(Rejection::ControlCharacter { what: what.into() });
    }
    size(what, text.len(), max)
}

/// Checks a length in bytes.
pub(crate) fn size(what: &str, bytes: usize, max: usize) -> Result<(), Rejection> {
    if bytes <= max {
        Ok(())
    } else {
        Err(Rejection::TooLong {
            what: what.into(),
            bytes: bytes as u64,
            max: max as u64,
        })
    }
}

/// Checks that one more fits.
pub(crate) fn room(what: &str, count: usize, max: usize) -> Result<(), Rejection> {
    count_within(what, count.saturating_add(1), max)
}

/// Checks a count.
pub(crate) fn count_within(what: &str, count: usize, max: usize) -> Result<(), Rejection> {
    if count <= max {
        Ok(())
    } else {
        Err(Rejection::TooMany {
            what: what.into(),
            count: count as u64,
            max: max as u64,
        })
    }
}
