//! The cluster's own keys in use: endorsing nodes, opening exported logs. The first coordinator that finds none in the
//! state makes them; the secrets lie there only wrapped under the cluster key and are unwrapped for each use.

use std::time::Duration;

use content::wrap::WrapError;
use ed25519_dalek::SigningKey;
use protocol::{
    checkpoint::PublicKey,
    cluster::{ClusterKeys, Credentials, Endorsement},
    export::{ExportError, sealing_public_key},
    ids::{DistrictId, NodeId},
};
use state::{Command, EvidenceKeys};
use tokio::time::timeout;

use crate::{
    cluster_key::{ClusterKey, Secret},
    raft::{Centre, ProposeError},
};

/// How long keys that were just proposed may take until this coordinator has them.
const KNOWN_WITHIN: Duration = Duration::from_secs(5);

/// Why the cluster's keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EvidenceError {
    /// They could not be wrapped or unwrapped.
    #[error(transparent)]
    Wrap(#[from] WrapError),
    /// They could not be made.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// They could not be put into the state.
    #[error(transparent)]
    Propose(#[from] ProposeError),
    /// They are not here yet.
    #[error("this coordinator does not know the cluster's keys yet; ask again in a moment")]
    NotHere,
    /// They are not what they should be.
    #[error("the cluster's {0} in the state is not a key; restore this coordinator from the others")]
    Malformed(&'static str),
}

/// The cluster's keys; made now where there are none.
pub(crate) async fn keys(centre: &Centre, cluster_key: &ClusterKey) -> Result<EvidenceKeys, EvidenceError> {
    if let Some(held) = centre.read(|state| state.evidence_keys().cloned()) {
        return Ok(held);
    }
    let made = make(cluster_key)?;
    centre
        .propose("coordinator", Command::SetEvidenceKeys(made))
        .await?;
    // Another coordinator's may have come first: what the state has is what counts.
    let mut applied = centre.applied();
    let known = async {
        loop {
            applied.borrow_and_update();
            if let Some(held) = centre.read(|state| state.evidence_keys().cloned()) {
                return Some(held);
            }
            applied.changed().await.ok()?;
        }
    };
    let held = timeout(KNOWN_WITHIN, known).await.ok().flatten();
    held.ok_or(EvidenceError::NotHere)
}

fn make(cluster_key: &ClusterKey) -> Result<EvidenceKeys, EvidenceError> {
    let signing = SigningKey::from_bytes(&rand::random());
    let sealing: [u8; 32] = rand::random();
    Ok(EvidenceKeys {
        public: ClusterKeys {
            signing: signing.verifying_key().to_bytes(),
            sealing: sealing_public_key(&sealing)?,
        },
        wrapped_signing: cluster_key.wrap(Secret::Endorsing, &signing.to_bytes())?,
        wrapped_sealing: cluster_key.wrap(Secret::Sealing, &sealing)?,
    })
}

/// What a node of this district with this key gets.
pub(crate) fn endorse(
    keys: &EvidenceKeys,
    cluster_key: &ClusterKey,
    (node, district): (NodeId, DistrictId),
    signing_key: PublicKey,
) -> Result<Credentials, EvidenceError> {
    let secret = cluster_key.unwrap(Secret::Endorsing, &keys.wrapped_signing)?;
    let secret: [u8; 32] = secret
        .try_into()
        .map_err(|_| EvidenceError::Malformed("endorsing key"))?;
    let endorsement = Endorsement {
        cluster: keys.public.id(),
        node,
        district,
        signing_key,
    };
    Ok(Credentials {
        cluster: keys.public,
        endorsement: endorsement.sign(&SigningKey::from_bytes(&secret)),
    })
}

/// The secret that opens exported logs.
pub(crate) fn sealing_secret(
    keys: &EvidenceKeys,
    cluster_key: &ClusterKey,
) -> Result<[u8; 32], EvidenceError> {
    let secret = cluster_key.unwrap(Secret::Sealing, &keys.wrapped_sealing)?;
    secret
        .try_into()
        .map_err(|_| EvidenceError::Malformed("sealing key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_keys_endorse_and_open() {
        let directory = tempfile::tempdir().unwrap();
        let cluster_key = ClusterKey::read_or_create(&directory.path().join("key"), [5; 32]).unwrap();
        let keys = make(&cluster_key).unwrap();
        let node = (NodeId(3), DistrictId(1));
        let credentials = endorse(&keys, &cluster_key, node, [7; 32]).unwrap();
        assert_eq!(credentials.endorsement.check(&keys.public), Ok(()));
        let secret = sealing_secret(&keys, &cluster_key).unwrap();
        assert_eq!(sealing_public_key(&secret).unwrap(), keys.public.sealing);
        let other = ClusterKey::read_or_create(&directory.path().join("other"), [6; 32]).unwrap();
        assert!(matches!(
            sealing_secret(&keys, &other),
            Err(EvidenceError::Wrap(_))
        ));
    }
}
