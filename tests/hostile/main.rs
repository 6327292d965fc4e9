//! Files that were made to do harm, given to the real programs: each gets an error that says what to do, soon, with little
//! memory here and at the centre, and leaves nothing on the disk. Memory, words and the disk are asserted; the time is printed,
//! and asserted as it is promised where `PARIKSHA_HOSTILE_SECONDS` says so (docs/ROSTERS.md has the command).

mod files;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::Context;
use serde_json::Value;
use tests::{binary, cluster::Cluster};

use self::files::Hostile;

/// What a program, and a coordinator above what it had before, may take.
const MEMORY_KB_MAX: u64 = 200_000;
/// How long one may take where nothing else is said: programs are built with less care here, on machines with other work.
const SECONDS_MAX: u64 = 20;
/// Whatever happens, no longer than this.
const TIMEOUT: Duration = Duration::from_secs(120);

/// The commands that take files, and whether it is a roster that they read.
const COMMANDS: [(&[&str], bool); 4] = [
    (&["paper", "check", FILE], false),
    (&["paper", "import", FILE, "--title", "Hostile"], false),
    (&["roster", "preview", FILE], true),
    (
        &["roster", "import", FILE, "--partial", "--codes", "codes.csv"],
        true,
    ),
];
/// Stands for the file in a command.
const FILE: &str = "FILE";

/// How one run ended.
struct Ran {
    code: Option<i32>,
    words: String,
    milliseconds: u64,
    kilobytes: u64,
}

#[tokio::test(flavor = "multi_thread")]
async fn files_made_to_do_harm_are_refused_soon_in_words_and_leave_nothing() -> anyhow::Result<()> {
    let place = tempfile::tempdir()?;
    let folder = |name: &str| -> anyhow::Result<PathBuf> {
        let path = place.path().join(name);
        fs::create_dir(&path)?;
        Ok(path)
    };
    let (files, work, temporary) = (folder("files")?, folder("work")?, folder("temporary")?);
    let settings = [("TMPDIR", temporary.to_str().context("a plain path")?)];
    let cluster = Cluster::start_with(&["--empty"], &settings).await?;
    let mut faults = Vec::new();
    for hostile in files::all()? {
        let path = files.join(hostile.name);
        hostile.content.write(&path)?;
        for (command, is_roster) in COMMANDS {
            let centre = Centre::before(&cluster).await?;
            let ran = run(&cluster, command, &path, &work, &temporary).await?;
            let grown = centre.grown_kb()?;
            let what = format!("{} {} {}", command[0], command[1], hostile.name);
            println!(
                "{what}: {} ms, {} kB here, {grown} kB more at the centre",
                ran.milliseconds, ran.kilobytes
            );
            let found = faults_of(&ran, &hostile, is_roster, grown);
            faults.extend(found.into_iter().map(|fault| format!("{what}: {fault}")));
        }
        fs::remove_file(&path)?;
        for place in [&work, &temporary] {
            let left = names(place)?;
            if !left.is_empty() {
                faults.push(format!("{}: left behind: {left:?}", hostile.name));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(
        cluster
            .ctl(&["paper", "list"])
            .await?
            .as_array()
            .is_some_and(Vec::is_empty)
    );
    Ok(())
}

fn faults_of(ran: &Ran, hostile: &Hostile, is_roster: bool, grown: u64) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |is_one: bool, what: String| {
        if is_one {
            faults.push(what);
        }
    };
    let wanted = if is_roster {
        hostile.of_a_roster
    } else {
        hostile.of_questions
    };
    fault(
        !matches!(ran.code, Some(1..=7)),
        format!("ended with {:?}: {}", ran.code, beginning(&ran.words)),
    );
    fault(
        ran.words.trim().is_empty() || ran.words.contains("panicked"),
        format!("says {}", beginning(&ran.words)),
    );
    fault(
        !ran.words.contains(wanted),
        format!("does not say `{wanted}` but {}", beginning(&ran.words)),
    );
    fault(
        ran.words.contains("root:"),
        "tells what is in a file of this machine".into(),
    );
    fault(
        ran.kilobytes > MEMORY_KB_MAX,
        format!("took {} kB", ran.kilobytes),
    );
    fault(grown > MEMORY_KB_MAX, format!("took {grown} kB at the centre"));
    fault(
        ran.milliseconds > seconds_max() * 1000,
        format!("took {} ms", ran.milliseconds),
    );
    faults
}

fn beginning(words: &str) -> String {
    words.chars().take(400).collect()
}

fn seconds_max() -> u64 {
    let asked = std::env::var("PARIKSHA_HOSTILE_SECONDS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(SECONDS_MAX)
}

async fn run(
    cluster: &Cluster,
    command: &[&str],
    file: &Path,
    work: &Path,
    temporary: &Path,
) -> anyhow::Result<Ran> {
    let measured = file.with_extension("measured");
    let arguments = command.iter().map(|word| match *word {
        FILE => file.as_os_str(),
        word => word.as_ref(),
    });
    let run = tokio::process::Command::new(env!("CARGO_BIN_EXE_peak"))
        .arg(&measured)
        .arg(binary::pariksha())
        .arg("--data")
        .arg(&cluster.plan.data)
        .arg("ctl")
        .args(arguments)
        .current_dir(work)
        .env("TMPDIR", temporary)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(TIMEOUT, run)
        .await
        .with_context(|| format!("{command:?} does not end for {}", file.display()))??;
    let used: Value = serde_json::from_slice(&fs::read(&measured)?)?;
    fs::remove_file(&measured)?;
    let number = |key: &str| used[key].as_u64().context("peak writes numbers");
    let words = [&output.stdout[..], b"\n", &output.stderr[..]].concat();
    Ok(Ran {
        code: output.status.code(),
        words: String::from_utf8_lossy(&words).into_owned(),
        milliseconds: number("milliseconds")?,
        kilobytes: number("kilobytes")?,
    })
}

fn names(folder: &Path) -> anyhow::Result<BTreeSet<String>> {
    let entries = fs::read_dir(folder)?;
    entries
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

/// The coordinators' memory before a run.
struct Centre(Vec<(u32, u64)>);

impl Centre {
    /// Has the kernel count the most from now on.
    async fn before(cluster: &Cluster) -> anyhow::Result<Self> {
        let mut all = Vec::new();
        for (name, pid) in cluster.process_ids().await? {
            if name.starts_with("coordinator") {
                fs::write(format!("/proc/{pid}/clear_refs"), "5")?;
                all.push((pid, status_kb(pid, "VmRSS:")?));
            }
        }
        anyhow::ensure!(!all.is_empty(), "no coordinator runs");
        Ok(Self(all))
    }

    /// How much more than before the one had that had the most.
    fn grown_kb(&self) -> anyhow::Result<u64> {
        let mut most = 0;
        for (pid, before) in &self.0 {
            most = most.max(status_kb(*pid, "VmHWM:")?.saturating_sub(*before));
        }
        Ok(most)
    }
}

fn status_kb(pid: u32, name: &str) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let value = status.lines().find_map(|line| line.strip_prefix(name));
    let value = value.with_context(|| format!("the kernel does not say {name}"))?;
    Ok(value.trim().trim_end_matches(" kB").parse()?)
}
