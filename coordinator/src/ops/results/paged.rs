//! Long answers about scored candidates, made page by page while they are sent: the state is read in short turns, and
//! what waits in memory is one page. An error on the way breaks the answer off, so that it is never taken for whole.

use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use protocol::ids::CandidateId;
use state::{ScoreRow, ScoreSetKey};

use crate::ops::Api;

/// Where a page stands in its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ops) enum Page {
    First,
    Further,
}

enum Step {
    Head,
    After(CandidateId, Page),
    Done,
}

/// What an answer is made of.
pub(in crate::ops) struct Frame {
    /// Before the rows.
    pub(in crate::ops) head: Vec<u8>,
    /// After them.
    pub(in crate::ops) foot: &'static [u8],
    /// Candidates of one page.
    pub(in crate::ops) candidates: usize,
}

/// An answer about every candidate of a set, by number. `write` runs where it may take its time.
pub(in crate::ops) fn body<W>(api: Api, set: ScoreSetKey, frame: Frame, write: W) -> Body
where
    W: Fn(&Api, &[ScoreRow], Page) -> Result<Vec<u8>, String> + Clone + Send + 'static,
{
    let Frame {
        head,
        foot,
        candidates,
    } = frame;
    let pieces = stream::try_unfold(
        (api, head, Step::Head, write),
        move |(api, head, step, write)| async move {
            let (after, page) = match step {
                Step::Head => {
                    let next = Step::After(CandidateId(0), Page::First);
                    return Ok(Some((Bytes::from(head), (api, Vec::new(), next, write))));
                }
                Step::Done => return Ok(None),
                Step::After(after, page) => (after, page),
            };
            let (of, writer) = (api.clone(), write.clone());
            let work = move || {
                let rows: Vec<ScoreRow> = of
                    .centre
                    .read(|state| state.scores_after(set, after).take(candidates).cloned().collect());
                let last = rows.last().map(|row| row.candidate);
                let bytes = if rows.is_empty() {
                    Ok(Vec::new())
                } else {
                    writer(&of, &rows, page)
                };
                bytes.map(|bytes| (bytes, last))
            };
            let (bytes, last) = tokio::task::spawn_blocking(work)
                .await
                .map_err(std::io::Error::other)?
                .map_err(std::io::Error::other)?;
            let (bytes, next) = match last {
                Some(last) => (Bytes::from(bytes), Step::After(last, Page::Further)),
                None => (Bytes::from_static(foot), Step::Done),
            };
            Ok::<_, std::io::Error>(Some((bytes, (api, head, next, write))))
        },
    );
    Body::from_stream(pieces)
}
