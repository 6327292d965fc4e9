//! Nothing that decodes bytes from a disk, a wire or a foreign file may panic on any bytes: the checks of the fuzz targets,
//! on arbitrary bytes, on damaged true ones and on the kept corpus.

#[allow(unreachable_pub, reason = "the fuzz crate calls them from outside")]
#[path = "../fuzz/src/checks.rs"]
mod checks;
mod files;
#[allow(unreachable_pub, reason = "the fuzz crate calls them from outside")]
#[path = "../fuzz/src/imports.rs"]
mod imports;
mod seeds;

use std::{
    fs,
    path::{Path, PathBuf},
};

use proptest::prelude::*;

type Check = fn(&[u8]);

const CHECKS: [(&str, Check); 12] = [
    ("frame", checks::frame),
    ("wire", checks::wire),
    ("head", checks::head),
    ("command", checks::command),
    ("csv", imports::csv),
    ("gift", imports::gift),
    ("aiken", imports::aiken),
    ("moodle", imports::moodle),
    ("html", imports::html),
    ("qti", imports::qti),
    ("package", imports::package),
    ("roster", imports::roster),
];

#[test]
fn the_kept_corpus_is_read_without_a_panic() {
    for (name, check) in CHECKS {
        let mut inputs = 0;
        for input in fs::read_dir(corpus(name)).expect("the corpus is part of the repository") {
            check(&fs::read(input.unwrap().path()).unwrap());
            inputs += 1;
        }
        assert!(inputs > 0, "{name} has no corpus");
    }
}

/// The kept corpus is what this build writes: a stored or sent format that changed shows here, and must get a version.
/// `PARIKSHA_WRITE_SEEDS=1` writes the corpus anew once it has one.
#[test]
fn the_kept_corpus_is_what_is_written_today() {
    let writes = std::env::var_os("PARIKSHA_WRITE_SEEDS").is_some();
    for (name, inputs) in all() {
        let corpus = corpus(name);
        for (number, input) in inputs.iter().enumerate() {
            let path = corpus.join(format!("seed-{number}"));
            if writes {
                fs::create_dir_all(&corpus).unwrap();
                fs::write(&path, input).unwrap();
            }
            let kept = fs::read(&path).unwrap_or_default();
            assert!(
                kept == *input,
                "{name} {number}: the format is not the one of the kept {}",
                path.display()
            );
        }
    }
}

/// True inputs by check, in the order of the checks.
fn all() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    seeds::all().into_iter().chain(files::all()).collect()
}

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(name)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn arbitrary_bytes_panic_nowhere(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        for (_, check) in CHECKS {
            check(&bytes);
        }
    }

    #[test]
    fn damaged_true_bytes_panic_nowhere(
        which in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        length in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        for ((name, inputs), (_, check)) in all().iter().zip(CHECKS) {
            let mut bytes = which.get(inputs).clone();
            for (place, byte) in &damage {
                let place = place.index(bytes.len());
                bytes[place] = *byte;
            }
            if is_cut {
                bytes.truncate(length.index(bytes.len()));
            }
            prop_assert!(!name.is_empty());
            check(&bytes);
        }
    }
}
