//! `founding.bin`: the command that initialises the cluster, as `init` made it. `run` proposes it and removes the file
//! once the state has it. It holds the cluster's shared secrets (the CA's key only wrapped): mode 0600.

use std::{io, path::Path};

use protocol::codec;
use state::Command;
use store::whole_file;

const FOUNDING_FILE: &str = "founding.bin";

pub(crate) fn write(data: &Path, command: &Command) -> io::Result<()> {
    let bytes = codec::encode(command).map_err(io::Error::other)?;
    whole_file::create(&data.join(FOUNDING_FILE), &bytes)
}

pub(crate) fn read(data: &Path) -> io::Result<Option<Command>> {
    match std::fs::read(data.join(FOUNDING_FILE)) {
        Ok(bytes) => codec::decode(&bytes).map(Some).map_err(io::Error::other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

pub(crate) fn remove(data: &Path) -> io::Result<()> {
    std::fs::remove_file(data.join(FOUNDING_FILE))
}
