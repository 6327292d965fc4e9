//! The ground that a system stands on, checked before anything starts: a directory of its own, space, free ports. Each
//! failure is a sentence that says what to do.

use std::{
    fs, io,
    net::{TcpListener, UdpSocket},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use anyhow::{Context, bail};

use crate::plan::{Plan, Transport};

/// Free space that is needed to start, in bytes.
const SPACE_MIN: u64 = 1 << 30;

pub(crate) fn make_private_directory(path: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(path)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o700)))
        .with_context(|| {
            format!(
                "the data directory {} cannot be made; choose another with --data, or ask for permission",
                path.display()
            )
        })
}

pub(crate) fn enough_space(path: &Path) -> anyhow::Result<()> {
    let Ok(stat) = rustix::fs::statvfs(path) else {
        return Ok(());
    };
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    if free < SPACE_MIN {
        bail!(
            "{} has only {} MiB free; at least {} MiB are needed: free some space or choose another place with --data",
            path.display(),
            free >> 20,
            SPACE_MIN >> 20
        );
    }
    Ok(())
}

pub(crate) fn ports_are_free(plan: &Plan) -> anyhow::Result<()> {
    for (address, transport, purpose) in plan.addresses() {
        let bound = match transport {
            Transport::Udp => UdpSocket::bind(address).map(drop),
            Transport::Tcp => TcpListener::bind(address).map(drop),
        };
        if let Err(error) = bound {
            let hint = if error.kind() == io::ErrorKind::AddrInUse {
                "is in use by another program"
            } else {
                "cannot be used"
            };
            bail!(
                "port {} ({purpose}) {hint}: {error}; choose another range with --port-base, e.g. --port-base 17400",
                address.port()
            );
        }
    }
    Ok(())
}
