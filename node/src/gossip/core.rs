//! The ring's rules: foca with our identity, codec and vitals. Events go in, effects come out; it touches neither a link
//! nor a clock. One task owns it and nothing slow happens inside.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    num::{NonZeroU32, NonZeroUsize},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::{Buf, BufMut, Bytes};
use foca::{
    AccumulatingRuntime, BroadcastHandler, Codec, Config, Foca, Header, Invalidates, OwnedNotification, Timer,
};
use protocol::{
    codec::{self, CodecError},
    ids::NodeId,
};
use rand::{RngCore, SeedableRng, rngs::StdRng};

use super::{MemberView, Vitals, identity::Member};

/// Members that a ring is tuned for.
const RING_MEMBERS: NonZeroU32 = NonZeroU32::new(16).expect("16 is not zero");

/// A packet fits the smallest datagram that a link carries.
const PACKET_BYTES_MAX: NonZeroUsize = NonZeroUsize::new(1_100).expect("1100 is not zero");

/// Vitals are told of at most so many nodes: a flood of invented ones ends here.
const VITALS_MAX: usize = 256;

/// What is to be done after an event.
#[derive(Debug, Default)]
pub(super) struct Effects {
    /// Datagrams to send.
    pub(super) send: Vec<(NodeId, Bytes)>,
    /// Timers to hand back when their time has come.
    pub(super) schedule: Vec<(Duration, Timer<Member>)>,
    /// Members that came (true) or went (false).
    pub(super) changed: Vec<(NodeId, bool)>,
}

/// The ring.
pub(super) struct Core {
    foca: Foca<Member, BincodeCodec, Randomness, VitalsHandler>,
    runtime: AccumulatingRuntime<Member>,
    known: Known,
    down: BTreeSet<NodeId>,
}

type Known = Arc<Mutex<BTreeMap<NodeId, Vitals>>>;

impl Core {
    pub(super) fn new(own: Member, seed: u64) -> Self {
        let mut config = Config::new_lan(RING_MEMBERS);
        config.max_packet_size = PACKET_BYTES_MAX;
        let known = Known::default();
        let handler = VitalsHandler {
            known: Arc::clone(&known),
        };
        let random = Randomness(StdRng::seed_from_u64(seed));
        let foca = Foca::with_custom_broadcast(own, config, random, BincodeCodec, handler);
        Self {
            foca,
            runtime: AccumulatingRuntime::new(),
            known,
            down: BTreeSet::new(),
        }
    }

    /// Asks a node to take this one into the ring.
    pub(super) fn announce(&mut self, node: NodeId) -> Effects {
        // Its generation is not known; an announcement is accepted by the node's number alone.
        let result = self
            .foca
            .announce(Member { node, generation: 0 }, &mut self.runtime);
        self.effects(result)
    }

    /// A datagram came.
    pub(super) fn data(&mut self, data: &[u8]) -> Effects {
        let result = self.foca.handle_data(data, &mut self.runtime);
        self.effects(result)
    }

    /// A timer's time has come.
    pub(super) fn timer(&mut self, timer: Timer<Member>) -> Effects {
        let result = self.foca.handle_timer(timer, &mut self.runtime);
        self.effects(result)
    }

    /// Tells the ring how this node fares.
    pub(super) fn publish(&mut self, vitals: &Vitals) -> Effects {
        if let Ok(data) = codec::encode(vitals)
            && let Err(error) = self.foca.add_broadcast(&data)
        {
            tracing::debug!(%error, "the vitals cannot be told");
        }
        self.effects(Ok(()))
    }

    /// Tells the ring that this node goes.
    pub(super) fn leave(&mut self) -> Effects {
        let result = self.foca.leave_cluster(&mut self.runtime);
        self.effects(result)
    }

    /// Who was heard of, without this node.
    pub(super) fn members(&self) -> BTreeMap<NodeId, MemberView> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let own = self.foca.identity().node;
        let alive = self.foca.iter_members().map(|member| (member.id().node, true));
        let down = self.down.iter().map(|node| (*node, false));
        let all: BTreeMap<NodeId, bool> = down.chain(alive).collect();
        let view = |(node, up)| {
            (
                node,
                MemberView {
                    node,
                    up,
                    vitals: known.get(&node).copied(),
                },
            )
        };
        all.into_iter()
            .filter(|(node, _)| *node != own)
            .map(view)
            .collect()
    }

    fn effects(&mut self, result: Result<(), foca::Error>) -> Effects {
        if let Err(error) = result {
            // A datagram may be anything; the ring goes on.
            tracing::debug!(%error, "gossip refused something");
        }
        let mut effects = Effects::default();
        while let Some((to, data)) = self.runtime.to_send() {
            effects.send.push((to.node, data));
        }
        while let Some((after, timer)) = self.runtime.to_schedule() {
            effects.schedule.push((after, timer));
        }
        while let Some(notification) = self.runtime.to_notify() {
            match notification {
                OwnedNotification::MemberUp(member) => {
                    self.down.remove(&member.node);
                    effects.changed.push((member.node, true));
                }
                OwnedNotification::MemberDown(member) => {
                    self.down.insert(member.node);
                    effects.changed.push((member.node, false));
                }
                OwnedNotification::Rename(_, _)
                | OwnedNotification::Active
                | OwnedNotification::Idle
                | OwnedNotification::Defunct
                | OwnedNotification::Rejoin(_) => {}
            }
        }
        effects
    }
}

/// Takes the newest vitals of each node.
struct VitalsHandler {
    known: Known,
}

/// Which node's vitals a broadcast holds, and how new they are.
struct VitalsKey(Vitals);

impl Invalidates for VitalsKey {
    fn invalidates(&self, other: &Self) -> bool {
        self.0.node == other.0.node && !other.0.is_newer_than(&self.0)
    }
}

impl BroadcastHandler<Member> for VitalsHandler {
    type Key = VitalsKey;
    type Error = CodecError;

    fn receive_item(&mut self, data: &[u8], _: Option<&Member>) -> Result<Option<VitalsKey>, CodecError> {
        let vitals: Vitals = codec::decode(data)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let held = known.get(&vitals.node);
        if held.is_some_and(|held| !vitals.is_newer_than(held))
            || (held.is_none() && known.len() >= VITALS_MAX)
        {
            return Ok(None);
        }
        known.insert(vitals.node, vitals);
        Ok(Some(VitalsKey(vitals)))
    }
}

/// foca's messages in the workspace's one codec.
struct BincodeCodec;

impl BincodeCodec {
    fn encode<T: serde::Serialize>(value: &T, mut buffer: impl BufMut) -> Result<(), GossipCodecError> {
        let bytes = codec::encode(value)?;
        if buffer.remaining_mut() < bytes.len() {
            return Err(GossipCodecError::Full);
        }
        buffer.put_slice(&bytes);
        Ok(())
    }

    fn decode<T: serde::de::DeserializeOwned>(mut buffer: impl Buf) -> Result<T, GossipCodecError> {
        let (value, used) = codec::decode_prefix(buffer.chunk())?;
        buffer.advance(used);
        Ok(value)
    }
}

/// Why a gossip message was not encoded or decoded.
#[derive(Debug, thiserror::Error)]
enum GossipCodecError {
    /// The packet has no room for it; foca sends it in the next.
    #[error("the packet is full")]
    Full,
    #[error(transparent)]
    Codec(#[from] CodecError),
}

impl Codec<Member> for BincodeCodec {
    type Error = GossipCodecError;

    fn encode_header(
        &mut self,
        header: &Header<Member>,
        buffer: impl BufMut,
    ) -> Result<(), GossipCodecError> {
        Self::encode(header, buffer)
    }

    fn decode_header(&mut self, buffer: impl Buf) -> Result<Header<Member>, GossipCodecError> {
        Self::decode(buffer)
    }

    fn encode_member(
        &mut self,
        member: &foca::Member<Member>,
        buffer: impl BufMut,
    ) -> Result<(), GossipCodecError> {
        Self::encode(member, buffer)
    }

    fn decode_member(&mut self, buffer: impl Buf) -> Result<foca::Member<Member>, GossipCodecError> {
        Self::decode(buffer)
    }
}

/// Seeded randomness in the form that foca asks for.
struct Randomness(StdRng);

impl rand_core::TryRng for Randomness {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
