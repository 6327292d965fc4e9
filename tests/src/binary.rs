//! The programs under test: built by cargo in the profile of the running test, so that `cargo test -p tests` alone is enough.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    sync::OnceLock,
};

static BINARY: OnceLock<PathBuf> = OnceLock::new();
static CARDS: OnceLock<PathBuf> = OnceLock::new();

/// The path of `pariksha`, built if it is not fresh; or the one that `PARIKSHA_TEST_BINARY` names (an installed package).
pub fn pariksha() -> &'static PathBuf {
    BINARY.get_or_init(|| {
        if let Some(built) = std::env::var_os("PARIKSHA_TEST_BINARY") {
            return built.into();
        }
        built("local", "pariksha")
    })
}

/// The path of `pariksha-cards`, beside `pariksha`, built if it is not fresh.
pub fn pariksha_cards() -> &'static PathBuf {
    CARDS.get_or_init(|| {
        if std::env::var_os("PARIKSHA_TEST_BINARY").is_some() {
            return pariksha().with_file_name("pariksha-cards");
        }
        built("cards", "pariksha-cards")
    })
}

fn built(package: &str, program: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let folder = test.parent().expect("a program lies in a folder");
    // Tests lie in target/<profile>/deps, programs (the swarm) in target/<profile>.
    let profile = if folder.ends_with("deps") {
        folder.parent().expect("deps lies in target/<profile>")
    } else {
        folder
    };
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args(["build", "--quiet", "--package", package, "--bin", program]);
    let name = profile
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    build.args(["--profile", if name == "debug" { "dev" } else { name }]);
    let status = build
        .current_dir(workspace())
        .stdin(Stdio::null())
        .status()
        .expect("cargo runs");
    assert!(status.success(), "the program under test does not build");
    profile.join(program)
}

/// The workspace's folder.
pub fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ lies in the workspace")
        .to_owned()
}

/// The shared data beside the checkout, when it is there.
pub fn shared_data(folder: &str) -> Option<PathBuf> {
    let path = workspace().parent()?.join("shared/data").join(folder);
    path.is_dir().then_some(path)
}
