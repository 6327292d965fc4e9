//! Every record of a sitting in the nodes' logs, log by log in its order: the event log.

use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use protocol::{
    frame::Frame,
    ids::{LogId, Sequence, SittingId},
    record::{Event, Record, SubmittedBy},
};

use super::tables::write_rows;
use crate::{
    ops::{Api, shapes::tables::EVENTS},
    raft::Centre,
};

/// Bytes of frames that are read at once; as CSV they are some ten times as long.
const FRAMES_BYTES: usize = 256 * 1024;

/// Where the answer stands: the logs that are left, the last one first, and the sequence it goes on with.
struct Place {
    centre: Centre,
    logs: Vec<LogId>,
    from: Sequence,
    is_begun: bool,
}

/// With a header line. A record that cannot be read here names no sitting; it stands in each sitting's table.
pub(super) fn csv(api: &Api, sitting: SittingId) -> Body {
    let mut logs: Vec<LogId> = api
        .centre
        .read(|state| state.watermarks().map(|(log, _)| log).collect());
    logs.reverse();
    let start = Place {
        centre: api.centre.clone(),
        logs,
        from: Sequence(1),
        is_begun: false,
    };
    Body::from_stream(stream::try_unfold(start, move |mut place| async move {
        if !place.is_begun {
            place.is_begun = true;
            return Ok::<_, std::io::Error>(Some((Bytes::from(EVENTS.header()), place)));
        }
        let Some(log) = place.logs.last().copied() else {
            return Ok(None);
        };
        let (centre, from) = (place.centre.clone(), place.from);
        let read = tokio::task::spawn_blocking(move || piece(&centre, sitting, log, from)).await;
        let (bytes, next) = read.map_err(std::io::Error::other)??;
        if next.is_none() {
            place.logs.pop();
        }
        place.from = next.unwrap_or(Sequence(1));
        Ok(Some((Bytes::from(bytes), place)))
    }))
}

/// The rows of the next frames of a log, and where to go on.
fn piece(
    centre: &Centre,
    sitting: SittingId,
    log: LogId,
    from: Sequence,
) -> std::io::Result<(Vec<u8>, Option<Sequence>)> {
    let frames = centre
        .frames(log, from, FRAMES_BYTES)
        .map_err(std::io::Error::other)?;
    let (mut rows, mut next) = (Vec::new(), None);
    for bytes in frames {
        let frame = Frame::parse(bytes).map_err(std::io::Error::other)?;
        next = Some(frame.last().next());
        frame.visit(|sequence, record| match record {
            Some(record) if record.attempt.sitting == sitting => rows.push(row(log, sequence, &record)),
            Some(_) => {}
            None => rows.push(unreadable(log, sequence)),
        });
    }
    Ok((write_rows(rows).map_err(std::io::Error::other)?, next))
}

/// The cells of a record after its time and candidate.
#[derive(Default)]
struct Cells {
    event: &'static str,
    item: String,
    epoch: String,
    device: String,
    seq: String,
    response: String,
    marked: String,
    late: String,
    detail: String,
}

fn row(log: LogId, sequence: Sequence, record: &Record) -> Vec<String> {
    let cells = cells(&record.event);
    vec![
        log.to_string(),
        sequence.to_string(),
        record.when.at.0.to_string(),
        record.when.elapsed_ms.to_string(),
        record.when.error_ms.to_string(),
        record.attempt.candidate.to_string(),
        cells.event.to_owned(),
        cells.item,
        cells.epoch,
        cells.device,
        cells.seq,
        cells.response,
        cells.marked,
        cells.late,
        cells.detail,
    ]
}

fn unreadable(log: LogId, sequence: Sequence) -> Vec<String> {
    let mut row = vec![String::new(); EVENTS.columns.len()];
    row[0] = log.to_string();
    row[1] = sequence.to_string();
    "unreadable".clone_into(&mut row[6]);
    row
}

fn cells(event: &Event) -> Cells {
    let named = |event, detail: String| Cells {
        event,
        detail,
        ..Cells::default()
    };
    match event {
        Event::SignedIn { device } => Cells {
            device: device.to_string(),
            ..named("signed_in", String::new())
        },
        Event::Started {
            epoch,
            paper,
            deadline,
        } => Cells {
            epoch: epoch.number.to_string(),
            device: epoch.device.to_string(),
            ..named("started", format!("paper {paper}, deadline {}", deadline.0))
        },
        Event::Answered {
            item,
            epoch,
            seq,
            response,
            marked,
            late,
        } => Cells {
            item: item.to_string(),
            epoch: epoch.number.to_string(),
            device: epoch.device.to_string(),
            seq: seq.to_string(),
            response: response
                .as_ref()
                .and_then(|response| serde_json::to_string(response).ok())
                .unwrap_or_default(),
            marked: u8::from(*marked).to_string(),
            late: u8::from(*late).to_string(),
            ..named("answered", String::new())
        },
        Event::Submitted(submission) => {
            let by = match submission.by {
                SubmittedBy::Candidate => "candidate",
                SubmittedBy::Deadline => "deadline",
                SubmittedBy::Invigilator => "invigilator",
            };
            let detail = format!(
                "by {by}, {} answered, digest {}",
                submission.answered, submission.digest
            );
            named("submitted", detail)
        }
        Event::Extended { id, extra_ms } => named("extended", format!("grant {id}, {extra_ms} ms")),
        Event::Paused { id } => named("paused", format!("grant {id}")),
        Event::Resumed { id } => named("resumed", format!("grant {id}")),
        Event::Reopened { id } => named("reopened", format!("grant {id}")),
        Event::Moved { epoch } => Cells {
            epoch: epoch.number.to_string(),
            device: epoch.device.to_string(),
            ..named("moved", String::new())
        },
        Event::Incident { id, note } => named("incident", format!("grant {id}: {note}")),
    }
}
