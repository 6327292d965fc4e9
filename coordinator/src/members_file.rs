//! `members.json` of a coordinator that joined: whom it asks to be admitted. A data directory without it is the
//! founder's.

use std::{io, path::Path};

use protocol::ids::CoordinatorId;
use serde::{Deserialize, Serialize};
use store::whole_file;

const MEMBERS_FILE: &str = "members.json";

/// The coordinators there were when this one joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MembersFile {
    /// Each with its link address.
    pub(crate) coordinators: Vec<(CoordinatorId, String)>,
}

impl MembersFile {
    pub(crate) fn write(&self, data: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        whole_file::replace(&data.join(MEMBERS_FILE), &text)
    }

    pub(crate) fn read(data: &Path) -> io::Result<Option<Self>> {
        match std::fs::read(data.join(MEMBERS_FILE)) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
