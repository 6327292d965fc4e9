//! openraft's own tests of a log store and a state machine, on ours.

use openraft::testing::{StoreBuilder, Suite};
use tempfile::TempDir;

use crate::raft::{
    log_store::LogStore,
    state_machine::Machine,
    types::{StorageError, TypeConfig},
};

struct Fresh;

impl StoreBuilder<TypeConfig, LogStore, Machine, TempDir> for Fresh {
    async fn build(&self) -> Result<(TempDir, LogStore, Machine), StorageError> {
        let dir = tempfile::tempdir().unwrap();
        let log = LogStore::open(&dir.path().join("raft"), 4096).unwrap();
        let settings = store::Settings::default().with_cache_bytes(1 << 20);
        let machine = Machine::open(&dir.path().join("state"), &settings).unwrap();
        Ok((dir, log, machine))
    }
}

#[test]
fn the_log_store_and_the_state_machine_pass_openrafts_own_suite() {
    Suite::test_all(Fresh).unwrap();
}
