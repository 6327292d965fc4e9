//! A teacher's way to the district's nodes: one connection at a time, a request again and again until it is answered or
//! refused for good, on to the next node when this one is gone. Measures; knows nothing of exams.

use std::{net::IpAddr, sync::Arc, time::Duration};

use rand::rngs::SmallRng;
use rustls::ClientConfig;
use tokio::time::Instant;

use super::{
    connection::{Answer, Connection},
    meter::Meter,
    trouble::Trouble,
};
use crate::{message::NodeAddress, operation::Operation};

/// A request without its head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    /// What it is counted as.
    pub operation: Operation,
    /// From when its time counts.
    pub due: Instant,
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Below the node's address.
    pub path: &'a str,
    /// JSON, or empty.
    pub body: &'a str,
}

/// A teacher's client.
pub(crate) struct Client {
    nodes: Arc<[NodeAddress]>,
    at: usize,
    from: IpAddr,
    tls: Arc<ClientConfig>,
    meter: Meter,
    connection: Option<Connection>,
    /// For `Authorization: Bearer`.
    pub token: Box<str>,
    /// No request is repeated after this.
    give_up: Instant,
    /// Tries in vain since the last answer.
    tries: u32,
    /// Times that it went on at another node.
    pub moves: u32,
}

impl Client {
    /// A client that begins at one of the nodes.
    pub(crate) fn new(
        nodes: Arc<[NodeAddress]>,
        first: usize,
        from: IpAddr,
        tls: Arc<ClientConfig>,
        meter: Meter,
        give_up: Instant,
    ) -> Self {
        Self {
            at: first % nodes.len(),
            nodes,
            from,
            tls,
            meter,
            connection: None,
            token: Box::default(),
            give_up,
            tries: 0,
            moves: 0,
        }
    }

    /// The share's meter.
    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Asks once, and again after a pause while it may still work; stops early when the client has moved to another
    /// node, so that its teacher can take the attempt up there.
    pub(crate) async fn ask(
        &mut self,
        request: Request<'_>,
        random: &mut SmallRng,
    ) -> Result<Answer, Trouble> {
        loop {
            let trouble = match self.ask_once(request).await {
                Ok(answer) => {
                    self.tries = 0;
                    return Ok(answer);
                }
                Err(trouble) => trouble,
            };
            self.meter.readings().failed(request.operation, &trouble.label());
            if !trouble.is_passing() || !self.may_try_again() {
                return Err(trouble);
            }
            self.tries += 1;
            tokio::time::sleep(trouble.back_off(self.tries, random)).await;
            if trouble.is_of_the_node() {
                self.move_on(&trouble);
                return Err(trouble);
            }
        }
    }

    /// Whether there is time for another try.
    pub(crate) fn may_try_again(&self) -> bool {
        Instant::now() <= self.give_up
    }

    /// Goes on at a node that was named, or at the next.
    fn move_on(&mut self, trouble: &Trouble) {
        self.close();
        let named = match trouble {
            Trouble::Problem { nodes, .. } => nodes
                .iter()
                .find_map(|url| self.nodes.iter().position(|node| node.url == *url)),
            _ => None,
        };
        let before = self.at;
        self.at = named.unwrap_or((self.at + 1) % self.nodes.len());
        if self.at != before {
            self.moves += 1;
            self.meter.readings().gauges.moves += 1;
        }
    }

    /// Asks once, and waits so long as a page does.
    pub(crate) async fn ask_once(&mut self, request: Request<'_>) -> Result<Answer, Trouble> {
        self.meter.readings().gauges.in_flight += 1;
        let exchanged = tokio::time::timeout(request.operation.silence(), self.exchange(request)).await;
        self.meter.readings().gauges.in_flight -= 1;
        let outcome = exchanged.unwrap_or(Err(Trouble::Silence));
        match outcome {
            Ok(answer) if answer.status < 400 => {
                if answer.is_last() {
                    self.close();
                }
                Ok(answer)
            }
            Ok(answer) => Err(Trouble::of_answer(answer.status, answer.body())),
            Err(trouble) => {
                // What comes on it later would answer another request.
                self.close();
                Err(trouble)
            }
        }
    }

    async fn exchange(&mut self, request: Request<'_>) -> Result<Answer, Trouble> {
        let bytes = self.bytes_of(request);
        loop {
            if self.connection.is_none() {
                self.connect().await?;
            }
            let connection = self.connection.as_mut().expect("it was just opened");
            let (sent, may_be_stale) = (Instant::now(), connection.was_used);
            match connection.exchange(&bytes).await {
                // The node closed a connection that stood idle: every browser opens a new one and sends again.
                Err(Trouble::Closed) if may_be_stale => {
                    self.close();
                    self.meter.readings().gauges.reconnects += 1;
                }
                Err(trouble) => return Err(trouble),
                Ok(answer) => {
                    if answer.status < 400 {
                        self.meter
                            .readings()
                            .answered(request.operation, request.due, sent);
                    }
                    return Ok(answer);
                }
            }
        }
    }

    async fn connect(&mut self) -> Result<(), Trouble> {
        let begun = Instant::now();
        let opened = Connection::open(self.from, self.nodes[self.at].https, Arc::clone(&self.tls)).await?;
        let mut readings = self.meter.readings();
        readings.answered(Operation::Connect, begun, begun);
        readings.gauges.connections += 1;
        readings.gauges.resumed += u64::from(opened.is_resumed());
        drop(readings);
        self.connection = Some(opened);
        Ok(())
    }

    /// Closes the connection, if there is one.
    pub(crate) fn close(&mut self) {
        if self.connection.take().is_some() {
            self.meter.readings().gauges.connections -= 1;
        }
    }

    fn bytes_of(&self, request: Request<'_>) -> Vec<u8> {
        let Request {
            method, path, body, ..
        } = request;
        let host = self.nodes[self.at].https;
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\n");
        if !self.token.is_empty() {
            text.extend(["authorization: Bearer ", &self.token, "\r\n"]);
        }
        if method == "POST" {
            let length = body.len().to_string();
            text.extend([
                "content-type: application/json\r\ncontent-length: ",
                &length,
                "\r\n",
            ]);
        }
        text.extend(["\r\n", body]);
        text.into_bytes()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.close();
    }
}

/// The longest that a teacher goes on trying after their slot has ended.
pub(crate) const GRACE: Duration = Duration::from_secs(120);
