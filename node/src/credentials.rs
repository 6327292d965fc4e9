//! `identity/cluster.json`: the cluster's public keys and its word for this node, as the centre gave them at the join.
//! Nothing secret. Receipts and exported logs carry the word; a node that joined before there was one has none.

use std::{io, path::Path};

use protocol::{
    cluster::{ClusterKeys, Credentials},
    receipt_text::EndorsementText,
};
use serde::{Deserialize, Serialize};

/// Below `identity/`.
pub const CLUSTER_FILE: &str = "cluster.json";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClusterFile {
    cluster_key: String,
    endorsement: EndorsementText,
}

/// The file's text.
pub fn text_of(credentials: &Credentials) -> String {
    let file = ClusterFile {
        cluster_key: credentials.cluster.to_string(),
        endorsement: EndorsementText::of(&credentials.endorsement),
    };
    let text = serde_json::to_string_pretty(&file).expect("texts and numbers always become JSON");
    format!("{text}\n")
}

/// Reads the file from `identity/`; `None` where there is none.
pub fn load(identity_directory: &Path) -> io::Result<Option<Credentials>> {
    let path = identity_directory.join(CLUSTER_FILE);
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read?,
    };
    let malformed = |why: String| {
        let sentence = format!("{}: {why}; copy it from a backup or join again", path.display());
        io::Error::new(io::ErrorKind::InvalidData, sentence)
    };
    let file: ClusterFile = serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))?;
    let cluster: ClusterKeys = file
        .cluster_key
        .parse()
        .map_err(|error: protocol::cluster::NotAClusterKey| malformed(error.to_string()))?;
    let endorsement = file.endorsement.signed();
    let endorsement = endorsement.ok_or_else(|| malformed("its signature is not hexadecimal".to_owned()))?;
    endorsement
        .check(&cluster)
        .map_err(|fault| malformed(fault.to_string()))?;
    Ok(Some(Credentials { cluster, endorsement }))
}
