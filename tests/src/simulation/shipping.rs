//! A node's link to the centre: the real stand and its cursors, asked what to send next and told every answer.

use protocol::{
    ids::Sequence,
    wire::centre::{Down, Refusal, Up},
};
use rand::Rng;

use super::{
    event::{Event, Party, Upward},
    node::Node,
    step::Step,
};

/// Without an answer for so long another coordinator is dialled.
const SILENCE_MS: u64 = 3_000;
/// How often the centre is asked for the time and for the watermarks of other logs.
const REPORT_MS: u64 = 1_000;
/// Frames in one message.
const BATCH_FRAMES: usize = 16;

/// The link to the centre.
#[derive(Default)]
pub struct Uplink {
    /// To which coordinator, and the connection's number.
    linked: Option<(usize, u64)>,
    connections: u64,
    /// Since when an answer has been awaited.
    asked_ms: Option<u64>,
    reported_ms: u64,
}

impl Node {
    /// Dials, reports, notices silence.
    pub fn tick_uplink(&mut self, step: &mut Step<'_>) {
        let number = self.number;
        let Some(live) = self.live.as_mut() else { return };
        let is_silent = live
            .uplink
            .asked_ms
            .is_some_and(|asked| step.now_ms >= asked + SILENCE_MS);
        if is_silent {
            live.uplink.linked = None;
        }
        let now_ms = live.monotonic_ms(step.now_ms);
        for (log, head) in live.logs() {
            live.stand.head(log, head, now_ms);
        }
        if live.uplink.linked.is_none() {
            live.uplink.connections += 1;
            // Every process counts from 1, so the life keeps the connections of two apart.
            let connection = self.life << 32 | live.uplink.connections;
            live.uplink.linked = Some((step.rng.random_range(0..3), connection));
            live.uplink.asked_ms = None;
            live.stand.reconnected();
            let logs = live.stand.logs();
            self.send_up(Upward::Message(Up::Logs(logs)), number, step);
        } else if step.now_ms >= live.uplink.reported_ms + REPORT_MS {
            live.uplink.reported_ms = step.now_ms;
            let logs = live.stand.others();
            self.send_up(Upward::Message(Up::Logs(logs)), number, step);
            self.send_up(Upward::Time { asked_ms: now_ms }, number, step);
        }
        self.pump_uplink(step);
    }

    fn send_up(&mut self, message: Upward, number: usize, step: &mut Step<'_>) {
        let Some(live) = self.live.as_mut() else { return };
        let Some((centre, connection)) = live.uplink.linked else {
            return;
        };
        live.uplink.asked_ms.get_or_insert(step.now_ms);
        let event = Event::Up {
            centre,
            node: number,
            connection,
            message,
        };
        step.send(Party::Node(number), Party::Centre(centre), event);
    }

    /// Sends what the stand says is next.
    pub fn pump_uplink(&mut self, step: &mut Step<'_>) {
        let number = self.number;
        loop {
            let Some(live) = self.live.as_mut() else { return };
            if live.uplink.linked.is_none() {
                return;
            }
            let now_ms = live.monotonic_ms(step.now_ms);
            live.stand.head(live.own_id(), live.head.sequence, now_ms);
            let Some((log, from)) = live.stand.next(now_ms) else {
                return;
            };
            let frames = live.read(&log, &self.disk, from, BATCH_FRAMES);
            let Some(last) = frames.last().map(protocol::frame::Frame::last) else {
                return;
            };
            live.stand.sent(log, last);
            let frames = frames.iter().map(|frame| frame.bytes().clone()).collect();
            self.send_up(Upward::Message(Up::Frames { log, frames }), number, step);
        }
    }

    /// The stream to the centre is broken.
    pub fn link_lost(&mut self, connection: u64) {
        if let Some(live) = &mut self.live
            && live
                .uplink
                .linked
                .is_some_and(|(_, current)| current == connection)
        {
            live.uplink.linked = None;
        }
    }

    /// The coordinator's process is a new one.
    pub fn centre_restarted(&mut self, centre: usize) {
        if let Some(live) = &mut self.live
            && live.uplink.linked.is_some_and(|(current, _)| current == centre)
        {
            live.uplink.linked = None;
        }
    }

    /// Something arrives from the centre.
    pub fn hear_centre(&mut self, connection: u64, message: Down, step: &mut Step<'_>) {
        let number = self.number;
        let Some(live) = self.live.as_mut() else { return };
        let Some((centre, _)) = live.uplink.linked.filter(|(_, current)| *current == connection) else {
            return;
        };
        live.uplink.asked_ms = None;
        let now_ms = live.monotonic_ms(step.now_ms);
        match message {
            Down::Watermarks(watermarks) => {
                for (log, watermark) in watermarks {
                    let before = live.stand.delivered(&log);
                    live.stand.watermark(log, watermark, now_ms);
                    if live.stand.delivered(&log).sequence < before.sequence {
                        step.wrong(format!("node {number}: the watermark of {log} went back"));
                    }
                }
                self.check_own_history(step);
            }
            Down::Delivered { log, watermark } => live.stand.delivered_to(log, watermark, now_ms),
            Down::Refused { log, reason } => {
                if let Refusal::Fork(at) = reason {
                    step.wrong(format!("the centre holds another history of {log} at {at}"));
                }
                live.stand.refused(log, &reason, now_ms);
            }
            Down::Time { asked_ms, now } => live.measured(asked_ms, now, centre, step),
        }
        self.pump_uplink(step);
    }

    /// The centre has more of the own log than was ever written here: this disk would have been set back.
    fn check_own_history(&mut self, step: &mut Step<'_>) {
        let Some(live) = self.live.as_ref() else { return };
        let log = live.own_id();
        let there = live.stand.delivered(&log);
        if there.sequence > Sequence(0) && there.sequence > live.head.sequence {
            step.tally.ahead += 1;
        }
    }
}
