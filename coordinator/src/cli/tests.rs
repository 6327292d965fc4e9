//! What `init` makes and refuses.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::{cluster_key::ClusterKey, context_file::ContextFile};

#[test]
fn init_makes_a_private_data_directory_once() {
    let directory = tempfile::tempdir().unwrap();
    let (data, key) = (
        directory.path().join("data"),
        directory.path().join("cluster.key"),
    );
    init_for_test(&data, &key).unwrap();
    ClusterKey::read(&key).unwrap();
    let context = ContextFile::read(&data).unwrap().unwrap();
    assert_eq!(context.urls, ["https://127.0.0.1:0"]);
    for name in [
        "ops.json",
        "founding.bin",
        "coordinator.toml",
        "identity/https.key",
        "identity/identity.key",
    ] {
        let mode = std::fs::metadata(data.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let again = init_for_test(&data, &key).unwrap_err().to_string();
    assert!(again.contains("not empty"), "{again}");
}

#[test]
fn a_nodes_token_is_not_taken_for_a_coordinators() {
    let token = "pkj1-n-1-00000000000000000000000000000000-";
    let token = format!("{token}{}", "0".repeat(64));
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data").display().to_string();
    let line = [
        "pariksha-coordinator",
        "join",
        "--data",
        &data,
        "--from",
        "127.0.0.1:1",
        "--token",
        &token,
        "--link-address",
        "127.0.0.1:0",
        "--ops-address",
        "127.0.0.1:0",
        "--cluster-key",
        "none",
    ];
    let arguments = Arguments::try_parse_from(line).unwrap();
    let refused = dispatch(arguments.command).unwrap_err().to_string();
    assert!(refused.contains("coordinator token"), "{refused}");
    assert!(!directory.path().join("data").exists());
}
