//! Messages over one bidirectional stream of a link.
//!
//! A request and its answer, a subscription, a shipment of frames: each takes a stream of its own, so that a slow
//! one holds up nobody else. A stream that was refused or torn stays unusable; open another.

use bytes::{Bytes, BytesMut};
use quinn::{ReadError, RecvStream, SendStream, VarInt, WriteError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::closed::Closed;
use crate::framing::{self, Form, FramingError, Parsed};
use crate::packing::{Packer, Unpacker};

/// The longest message of a stream by default.
pub const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// Short messages are read in gulps of this size, so that a burst of them takes few wake-ups.
const READ_AHEAD_BYTES: usize = 16 * 1024;

/// The version of the protocol between members since which messages may be packed.
const PACKED_SINCE: u16 = 2;

/// The code with which a stream is stopped or reset because its bytes are not messages.
const STREAM_REFUSED: VarInt = VarInt::from_u32(1);
/// The code with which a stream is stopped or reset because its owner wants no more of it.
const STREAM_ABANDONED: VarInt = VarInt::from_u32(2);

/// Why a message was not sent or received.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The bytes are not a message that this side takes.
    #[error(transparent)]
    Framing(#[from] FramingError),
    /// The payload is not the value that was expected, or a value cannot be encoded.
    #[error(transparent)]
    Codec(#[from] protocol::codec::CodecError),
    /// The peer ended the stream within a message.
    #[error("the peer ended the stream within a message, after {bytes} bytes of it")]
    Truncated {
        /// What had come of the message.
        bytes: usize,
    },
    /// An earlier send was cancelled or failed half-way.
    #[error("an earlier message was sent only in part: this stream cannot be used any more, open another")]
    Torn,
    /// This side ended or abandoned the stream before.
    #[error("this side has ended the stream")]
    Ended,
    /// The peer reads no more.
    #[error("the peer reads no more of this stream (code {0})")]
    StoppedByPeer(u64),
    /// The peer abandoned the stream.
    #[error("the peer abandoned the stream (code {0})")]
    AbandonedByPeer(u64),
    /// The link is gone.
    #[error(transparent)]
    Closed(#[from] Closed),
}

/// Both halves of a stream.
#[derive(Debug)]
pub struct FramedStream {
    send: SendHalf,
    recv: RecvHalf,
}

/// The half that sends. Dropping it ends the stream; a peer that waits for more sees a clean end, or a truncated
/// message if one was under way.
#[derive(Debug)]
pub struct SendHalf {
    stream: SendStream,
    bytes_max: usize,
    torn: bool,
    packer: Option<Packer>,
}

/// The half that receives. Dropping it tells the peer to send no more.
#[derive(Debug)]
pub struct RecvHalf {
    stream: RecvStream,
    buffer: BytesMut,
    bytes_max: usize,
    /// Whether the link's version allows packed messages.
    takes_packed: bool,
    unpacker: Option<Unpacker>,
}

// === impl FramedStream ===

impl FramedStream {
    pub(crate) fn new(stream_out: SendStream, stream_in: RecvStream, bytes_max: usize, version: u16) -> Self {
        Self {
            send: SendHalf {
                stream: stream_out,
                bytes_max,
                torn: false,
                packer: None,
            },
            recv: RecvHalf {
                stream: stream_in,
                buffer: BytesMut::new(),
                bytes_max,
                takes_packed: version >= PACKED_SINCE,
                unpacker: None,
            },
        }
    }

    /// The same stream with another cap on the payload, in both directions. To be set before the first message.
    #[must_use]
    pub fn with_message_bytes_max(mut self, bytes_max: usize) -> Self {
        self.send.bytes_max = bytes_max;
        self.recv.bytes_max = bytes_max;
        self
    }

    /// The same stream, which packs what is sent from now on: for a flow of many messages that resemble each other. Changes
    /// nothing where the peer does not read packed messages. Costs some megabytes here and one at the peer.
    pub fn packed(mut self) -> Result<Self, StreamError> {
        if self.recv.takes_packed && self.send.packer.is_none() {
            self.send.packer = Some(Packer::new()?);
        }
        Ok(self)
    }

    /// The two halves, for two tasks.
    pub fn split(self) -> (SendHalf, RecvHalf) {
        (self.send, self.recv)
    }

    /// See [`SendHalf::send`].
    pub async fn send(&mut self, payload: &[u8]) -> Result<(), StreamError> {
        self.send.send(payload).await
    }

    /// See [`SendHalf::send_bytes`].
    pub async fn send_bytes(&mut self, payload: Bytes) -> Result<(), StreamError> {
        self.send.send_bytes(payload).await
    }

    /// See [`SendHalf::send_message`].
    pub async fn send_message<T: Serialize>(&mut self, message: &T) -> Result<(), StreamError> {
        self.send.send_message(message).await
    }

    /// See [`RecvHalf::recv`].
    pub async fn recv(&mut self) -> Result<Option<Bytes>, StreamError> {
        self.recv.recv().await
    }

    /// See [`RecvHalf::recv_message`].
    pub async fn recv_message<T: DeserializeOwned>(&mut self) -> Result<Option<T>, StreamError> {
        self.recv.recv_message().await
    }

    /// See [`SendHalf::finish`].
    pub fn finish(&mut self) -> Result<(), StreamError> {
        self.send.finish()
    }

    /// See [`SendHalf::delivered`].
    pub async fn delivered(&mut self) -> Result<(), StreamError> {
        self.send.delivered().await
    }
}

// === impl SendHalf ===

impl SendHalf {
    /// Sends one message, copying it. Returns when it is handed to the link, not when the peer has it.
    ///
    /// Not cancel-safe: a send that is dropped half-way tears the stream, and every later send says so.
    pub async fn send(&mut self, payload: &[u8]) -> Result<(), StreamError> {
        self.send_bytes(Bytes::copy_from_slice(payload)).await
    }

    /// Sends one message without copying it. Not cancel-safe, like [`SendHalf::send`].
    pub async fn send_bytes(&mut self, payload: Bytes) -> Result<(), StreamError> {
        let mut header = framing::header(payload.len(), self.bytes_max, Form::Plain)?;
        if self.torn {
            return Err(StreamError::Torn);
        }
        self.torn = true;
        let mut payload = payload;
        if let Some(packer) = &mut self.packer {
            payload = packer.pack(&payload)?;
            header = framing::header(payload.len(), self.bytes_max, Form::Packed)?;
        }
        let mut parts = [Bytes::copy_from_slice(&header), payload];
        self.stream.write_all_chunks(&mut parts).await?;
        self.torn = false;
        Ok(())
    }

    /// Encodes a value and sends it as one message. Not cancel-safe, like [`SendHalf::send`].
    pub async fn send_message<T: Serialize>(&mut self, message: &T) -> Result<(), StreamError> {
        self.send_bytes(protocol::codec::encode(message)?.into()).await
    }

    /// Ends the stream cleanly: the peer's next `recv` after the last message gives `None`.
    pub fn finish(&mut self) -> Result<(), StreamError> {
        if self.torn {
            return Err(StreamError::Torn);
        }
        self.stream.finish().map_err(|_| StreamError::Ended)
    }

    /// Waits until the peer's transport has everything that was sent; call [`SendHalf::finish`] before. It says
    /// nothing about the peer having acted on it: for that the protocol has acknowledgements. Cancel-safe.
    pub async fn delivered(&mut self) -> Result<(), StreamError> {
        match self.stream.stopped().await {
            Ok(None) => Ok(()),
            Ok(Some(code)) => Err(StreamError::StoppedByPeer(code.into())),
            Err(error) => Err(WriteError::from(error).into()),
        }
    }

    /// Urgency against the link's other streams, 0 by default: live traffic goes before catching up. Has no effect
    /// on a stream that has ended.
    pub fn set_priority(&self, priority: i32) {
        // The only failure is that the stream has ended.
        let _ = self.stream.set_priority(priority);
    }

    /// Gives the stream up: what was not delivered is dropped, and the peer sees that it was abandoned.
    pub fn abandon(mut self) {
        // The only failure is that the stream has ended.
        let _ = self.stream.reset(STREAM_ABANDONED);
    }

    /// The bare stream, for tests that send what no sender would.
    #[cfg(test)]
    pub(crate) fn raw(&mut self) -> &mut SendStream {
        &mut self.stream
    }
}

impl Drop for SendHalf {
    fn drop(&mut self) {
        if self.torn {
            // A torn message must not look like a clean end.
            let _ = self.stream.reset(STREAM_ABANDONED);
        }
    }
}

// === impl RecvHalf ===

impl RecvHalf {
    /// The next message; `None` when the peer ended the stream cleanly.
    ///
    /// Cancel-safe: what has come of a message is kept for the next call. A message that is refused stops the stream,
    /// and every later call refuses it again.
    pub async fn recv(&mut self) -> Result<Option<Bytes>, StreamError> {
        loop {
            let parsed = match framing::parse(&mut self.buffer, self.bytes_max) {
                Ok(Parsed::Message(Form::Packed, message)) => self.unpack(&message).map(Ok),
                Ok(Parsed::Message(Form::Plain, message)) => Ok(Ok(message)),
                Ok(Parsed::Missing(missing)) => Ok(Err(missing)),
                Err(refusal) => Err(refusal),
            };
            let missing = match parsed {
                Ok(Ok(message)) => return Ok(Some(message)),
                Ok(Err(missing)) => missing,
                Err(refusal) => {
                    // The only failure is that it is stopped already.
                    let _ = self.stream.stop(STREAM_REFUSED);
                    return Err(refusal.into());
                }
            };
            match self
                .stream
                .read_chunk(missing.max(READ_AHEAD_BYTES), true)
                .await?
            {
                Some(chunk) => self.buffer.extend_from_slice(&chunk.bytes),
                None if self.buffer.is_empty() => return Ok(None),
                None => {
                    return Err(StreamError::Truncated {
                        bytes: self.buffer.len(),
                    });
                }
            }
        }
    }

    fn unpack(&mut self, message: &[u8]) -> Result<Bytes, FramingError> {
        if !self.takes_packed {
            let version = framing::MESSAGE_VERSION_PACKED;
            return Err(FramingError::UnknownVersion { version });
        }
        let unpacker = match &mut self.unpacker {
            Some(unpacker) => unpacker,
            none => none.insert(Unpacker::new()?),
        };
        unpacker.unpack(message, self.bytes_max)
    }

    /// The next message, decoded; all its bytes must be the value's. Cancel-safe, like [`RecvHalf::recv`].
    pub async fn recv_message<T: DeserializeOwned>(&mut self) -> Result<Option<T>, StreamError> {
        match self.recv().await? {
            Some(payload) => Ok(Some(protocol::codec::decode(&payload)?)),
            None => Ok(None),
        }
    }
}

// === impl StreamError ===

impl From<ReadError> for StreamError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Reset(code) => Self::AbandonedByPeer(code.into()),
            ReadError::ConnectionLost(reason) => Self::Closed(reason.into()),
            ReadError::ClosedStream | ReadError::IllegalOrderedRead | ReadError::ZeroRttRejected => {
                Self::Ended
            }
        }
    }
}

impl From<WriteError> for StreamError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Stopped(code) => Self::StoppedByPeer(code.into()),
            WriteError::ConnectionLost(reason) => Self::Closed(reason.into()),
            WriteError::ClosedStream | WriteError::ZeroRttRejected => Self::Ended,
        }
    }
}
