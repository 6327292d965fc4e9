//! Raft's own calls to the other coordinators, over [`Peers`]. A call that was not answered is tried again by openraft;
//! nothing is retried here.

use std::{future::Future, time::Duration};

use bytes::Bytes;
use openraft::{
    AnyError, BasicNode, OptionalSend, RaftNetwork, RaftNetworkFactory,
    error::{
        Fatal, InstallSnapshotError, NetworkError, RPCError, RaftError, ReplicationClosed, StreamingError,
        Unreachable,
    },
    network::RPCOption,
    raft::{
        AppendEntriesRequest, AppendEntriesResponse, InstallSnapshotRequest, InstallSnapshotResponse,
        SnapshotResponse, VoteRequest, VoteResponse,
    },
};
use protocol::ids::CoordinatorId;
use tokio::time::timeout;

use super::{
    message::{Answer, Ask, SNAPSHOT_CHUNK_BYTES, SnapshotOffer},
    peers::{AskError, Peers},
    types::{Snapshot, TypeConfig, Vote},
};

/// A receiver of a snapshot that shows no sign of work for so long is given up; openraft tries again.
const SNAPSHOT_SILENCE: Duration = Duration::from_secs(10);

type RpcError<E = openraft::error::Infallible> = RPCError<u64, BasicNode, RaftError<u64, E>>;

/// Makes a caller for each of the others.
#[derive(Debug, Clone)]
pub(super) struct Network {
    pub(super) peers: Peers,
}

/// Calls one coordinator.
#[derive(Debug)]
pub(super) struct Caller {
    peers: Peers,
    id: CoordinatorId,
    address: String,
}

impl RaftNetworkFactory<TypeConfig> for Network {
    type Network = Caller;

    async fn new_client(&mut self, target: u64, node: &BasicNode) -> Caller {
        Caller {
            peers: self.peers.clone(),
            id: CoordinatorId(target),
            address: node.addr.clone(),
        }
    }
}

impl Caller {
    async fn call(&self, ask: &Ask, option: &RPCOption) -> Result<Answer, RpcError> {
        match self
            .peers
            .ask(self.id, &self.address, ask, option.hard_ttl())
            .await
        {
            Ok(Answer::Failed(why)) => Err(RPCError::Unreachable(unreachable(why))),
            Ok(answer) => Ok(answer),
            Err(error @ AskError::Unreachable { .. }) => Err(RPCError::Unreachable(Unreachable::new(&error))),
            Err(error @ AskError::Unanswered { .. }) => Err(RPCError::Network(NetworkError::new(&error))),
        }
    }

    async fn send_snapshot(&self, vote: Vote, snapshot: Snapshot) -> Result<Vote, AskError> {
        let (id, bytes) = (self.id, Bytes::from(snapshot.snapshot.into_inner()));
        let unanswered = |why: String| AskError::Unanswered { id, why };
        let offer = SnapshotOffer {
            vote,
            meta: snapshot.meta,
            bytes: bytes.len() as u64,
        };
        let mut stream = self.peers.open(id, &self.address).await?;
        let sending = async {
            stream.send_message(&Ask::Snapshot(offer)).await?;
            for start in (0..bytes.len()).step_by(SNAPSHOT_CHUNK_BYTES) {
                let end = bytes.len().min(start + SNAPSHOT_CHUNK_BYTES);
                stream.send_bytes(bytes.slice(start..end)).await?;
            }
            stream.finish()
        };
        sending
            .await
            .map_err(|error: link::StreamError| unanswered(error.to_string()))?;
        loop {
            let answer = timeout(SNAPSHOT_SILENCE, stream.recv_message::<Answer>())
                .await
                .map_err(|_| unanswered(format!("no sign of work for {} s", SNAPSHOT_SILENCE.as_secs())))?
                .map_err(|error| unanswered(error.to_string()))?;
            match answer {
                Some(Answer::Working) => self.peers.heard(id, true),
                Some(Answer::Snapshot(vote)) => return Ok(vote),
                Some(Answer::Failed(why)) => return Err(unanswered(why)),
                Some(_) | None => return Err(unanswered("it gave no answer to the snapshot".to_owned())),
            }
        }
    }
}

fn unreachable(why: String) -> Unreachable {
    Unreachable::from(AnyError::error(why))
}

fn odd() -> NetworkError {
    NetworkError::from(AnyError::error("an answer to another question"))
}

impl RaftNetwork<TypeConfig> for Caller {
    async fn append_entries(
        &mut self,
        rpc: AppendEntriesRequest<TypeConfig>,
        option: RPCOption,
    ) -> Result<AppendEntriesResponse<u64>, RpcError> {
        match self.call(&Ask::Append(rpc), &option).await? {
            Answer::Append(response) => Ok(response),
            _ => Err(RPCError::Network(odd())),
        }
    }

    async fn vote(
        &mut self,
        rpc: VoteRequest<u64>,
        option: RPCOption,
    ) -> Result<VoteResponse<u64>, RpcError> {
        match self.call(&Ask::Vote(rpc), &option).await? {
            Answer::Vote(response) => Ok(response),
            _ => Err(RPCError::Network(odd())),
        }
    }

    async fn install_snapshot(
        &mut self,
        _rpc: InstallSnapshotRequest<TypeConfig>,
        _option: RPCOption,
    ) -> Result<InstallSnapshotResponse<u64>, RpcError<InstallSnapshotError>> {
        // openraft calls this only from its own `full_snapshot`, which is replaced below.
        Err(RPCError::Unreachable(unreachable(
            "snapshots go whole, by full_snapshot".to_owned(),
        )))
    }

    async fn full_snapshot(
        &mut self,
        vote: Vote,
        snapshot: Snapshot,
        cancel: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        _option: RPCOption,
    ) -> Result<SnapshotResponse<u64>, StreamingError<TypeConfig, Fatal<u64>>> {
        let sent = tokio::select! {
            closed = cancel => return Err(StreamingError::Closed(closed)),
            sent = self.send_snapshot(vote, snapshot) => sent,
        };
        match sent {
            Ok(vote) => Ok(SnapshotResponse::new(vote)),
            Err(error) => Err(StreamingError::Unreachable(Unreachable::new(&error))),
        }
    }
}
