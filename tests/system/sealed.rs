//! Nobody reads a paper early: nothing of its text, its key or its answers is in a node's files or memory before the
//! release, the text is in no node's file after it, and no answer is in anything that a candidate can fetch.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs::File,
    io::Read,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use anyhow::Context;
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::bufread::GzDecoder;
use serde_json::Value;
use tests::{cluster::Cluster, crowd};

/// Stands in every stem and option.
const MARKER: &str = "Zqxjkvwmarkerstem";
/// Stands in an answer key and nowhere else.
const KEY_MARKER: &str = "918273645.564738291";
/// Bytes that a window of a search has, and that follow windows share.
const WINDOW: usize = 4 * 1024 * 1024;
const SHARED: usize = 4096;
/// What is made of a gzip member that is found.
const INFLATED_MAX: u64 = 1024 * 1024;
/// Names of members that would give an answer away.
const FORBIDDEN: [&str; 14] = [
    "key",
    "keys",
    "answer",
    "answers",
    "correct",
    "correctresponse",
    "right",
    "accepted",
    "solution",
    "mapping",
    "rule",
    "rules",
    "penalty_key",
    "program",
];

/// A secret in the forms in which it may lie about.
struct Needles(Vec<(String, Vec<u8>)>);

impl Needles {
    fn of_text(text: &str) -> Self {
        let wide = |unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        let mut forms = vec![
            (format!("{text} as it is"), text.as_bytes().to_vec()),
            (format!("{text} in UTF-16LE"), wide(u16::to_le_bytes)),
            (format!("{text} in UTF-16BE"), wide(u16::to_be_bytes)),
        ];
        forms.extend(in_base64(text, text.as_bytes()));
        Self(forms)
    }

    fn of_key(key: &[u8; 32]) -> Self {
        let mut forms = vec![
            ("the key".to_owned(), key.to_vec()),
            ("the key in hexadecimal".to_owned(), hex::encode(key).into_bytes()),
        ];
        forms.extend(in_base64("the key", key));
        Self(forms)
    }

    fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// What stands in these bytes, also in gzip members among them.
    fn in_bytes(&self, bytes: &[u8]) -> Option<&str> {
        self.plainly(bytes).or_else(|| {
            let members = find_all(bytes, &[0x1f, 0x8b, 0x08]);
            members.into_iter().find_map(|at| {
                let mut plain = Vec::new();
                // Much that looks like a member is none.
                let _ = GzDecoder::new(&bytes[at..])
                    .take(INFLATED_MAX)
                    .read_to_end(&mut plain);
                self.plainly(&plain)
            })
        })
    }

    fn plainly(&self, bytes: &[u8]) -> Option<&str> {
        let found = self
            .0
            .iter()
            .find(|(_, needle)| !find_all_first(bytes, needle).is_empty());
        found.map(|(name, _)| name.as_str())
    }
}

/// The middle of a text's three possible alignments in base64.
fn in_base64(name: &str, bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    (0..3)
        .map(|shift| {
            let padded = [&vec![0; shift][..], bytes].concat();
            let coded = STANDARD.encode(padded).into_bytes();
            let whole = coded[4..coded.len() - 4].to_vec();
            (format!("{name} in base64"), whole)
        })
        .collect()
}

fn find_all(bytes: &[u8], needle: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = find(&bytes[from..], needle) {
        found.push(from + at);
        from += at + 1;
    }
    found
}

fn find_all_first(bytes: &[u8], needle: &[u8]) -> Vec<usize> {
    find(bytes, needle).into_iter().collect()
}

/// The first place of a needle: its rarest looking first byte is sought by the fast iterator.
fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let (first, last) = (*needle.first()?, bytes.len().checked_sub(needle.len())?);
    let mut from = 0;
    while from <= last {
        let at = from + bytes[from..=last].iter().position(|byte| *byte == first)?;
        if bytes[at..].starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

fn files_below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

/// Every file of a node's data directory; says how many bytes were looked at.
fn search_files(folder: &Path, needles: &Needles) -> anyhow::Result<usize> {
    let mut bytes = 0;
    for file in files_below(folder)? {
        let Ok(content) = std::fs::read(&file) else {
            continue;
        };
        bytes += content.len();
        if let Some(found) = needles.in_bytes(&content) {
            anyhow::bail!("{found} stands in {}", file.display());
        }
    }
    Ok(bytes)
}

/// Every readable page of a process; says how many bytes were looked at.
fn search_memory(pid: u32, needles: &Needles) -> anyhow::Result<usize> {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps"))?;
    let memory =
        File::open(format!("/proc/{pid}/mem")).context("the memory of an own process can be read")?;
    let mut looked_at = 0;
    let mut window = vec![0; WINDOW];
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (range, rights) = (words.next().context("a range")?, words.next().context("rights")?);
        if !rights.starts_with('r') || line.ends_with("[vvar]") || line.ends_with("[vsyscall]") {
            continue;
        }
        let (from, to) = range.split_once('-').context("a range")?;
        let (mut from, to) = (u64::from_str_radix(from, 16)?, u64::from_str_radix(to, 16)?);
        while from < to {
            let length = usize::try_from(to - from)?.min(WINDOW);
            // A page that went away meanwhile holds nothing any more.
            let Ok(read) = memory.read_at(&mut window[..length], from) else {
                break;
            };
            if read == 0 {
                break;
            }
            looked_at += read;
            if let Some(found) = needles.in_bytes(&window[..read]) {
                anyhow::bail!("{found} stands in the memory of process {pid} ({line})");
            }
            let step = if read > SHARED && (from + read as u64) < to {
                read - SHARED
            } else {
                read
            };
            from += step as u64;
        }
    }
    Ok(looked_at)
}

/// A share's words as bytes, and two of them put together: written here anew from the description, as an auditor would.
fn key_of(shares: &[(u8, [u8; 32])]) -> [u8; 32] {
    fn product(mut a: u16, mut b: u16) -> u16 {
        let mut sum = 0;
        while b > 0 {
            if b & 1 == 1 {
                sum ^= a;
            }
            a <<= 1;
            if a > 255 {
                a ^= 0x11b;
            }
            b >>= 1;
        }
        sum
    }
    let inverse = |value: u16| {
        (1..=255)
            .find(|other| product(value, *other) == 1)
            .expect("not zero")
    };
    std::array::from_fn(|place| {
        let mut sum = 0;
        for (number, value) in shares {
            let mut weight = 1;
            for (other, _) in shares.iter().filter(|(other, _)| other != number) {
                weight = product(weight, product((*other).into(), inverse((other ^ number).into())));
            }
            sum ^= product(value[place].into(), weight);
        }
        u8::try_from(sum).expect("a byte")
    })
}

fn share_of(file: &Path) -> anyhow::Result<(u8, [u8; 32])> {
    let text = std::fs::read_to_string(file)?;
    let words = text.split("\n\n").nth(1).context("the words")?;
    let mut bits = String::new();
    for letter in words.chars().filter(|letter| letter.is_alphabetic()) {
        match "bdfghjklmnprstvz".find(letter) {
            Some(value) => write!(bits, "{value:04b}")?,
            None => write!(bits, "{:02b}", "aeio".find(letter).context("a vowel")?)?,
        }
    }
    let byte = |n: usize| u8::from_str_radix(&bits[n * 8..n * 8 + 8], 2);
    let mut value = [0; 32];
    for (n, place) in value.iter_mut().enumerate() {
        *place = byte(11 + n)?;
    }
    Ok((byte(10)?, value))
}

fn marked_paper() -> anyhow::Result<String> {
    let mut csv = String::from("item,kind,marks,penalty,key,stem,a,b,c,d\n");
    for item in 1..=20 {
        writeln!(
            csv,
            "{item},choice,1,0,B,{MARKER} stem {item},{MARKER} a,{MARKER} b,{MARKER} c,{MARKER} d"
        )?;
    }
    writeln!(csv, "21,number,1,0,{KEY_MARKER},{MARKER} number,,,,")?;
    Ok(csv)
}

/// Publishes the marked paper with a sitting that is open; gives its key, made of the shares of all its officers.
async fn sealed_and_shared(cluster: &Cluster) -> anyhow::Result<[u8; 32]> {
    let paper = cluster.file("marked.csv", marked_paper()?)?;
    let imported = cluster
        .ctl(&["paper", "import", &paper, "--title", &format!("{MARKER} title")])
        .await?;
    assert_eq!(imported["paper"], "1v1");
    let words = [
        "sitting",
        "create",
        "--paper",
        "1v1",
        "--title",
        "Sealed",
        "--opens",
        "now",
        "--closes",
        "+3h",
        "--duration",
        "60m",
        "--districts",
        "all",
    ];
    cluster.ctl(&words).await?;
    let out = cluster.path("shares");
    let words = [
        "paper",
        "shares",
        "1v1",
        "--officers",
        "2",
        "--need",
        "2",
        "--out",
    ];
    cluster
        .ctl(&[&words[..], &[&out.to_string_lossy()]].concat())
        .await?;
    let shares = [1, 2].map(|n| share_of(&out.join(format!("paper-1v1-share-{n}.txt"))));
    let [first, second] = shares;
    Ok(key_of(&[first?, second?]))
}

/// Files and memory of every node before the release.
async fn search_all_nodes(cluster: &Cluster, secrets: &Needles) -> anyhow::Result<()> {
    let processes = cluster.process_ids().await?;
    let (mut on_disk, mut in_memory) = (0, 0);
    for node in cluster.plan.nodes() {
        on_disk += search_files(&node.data, secrets)?;
        in_memory += search_memory(processes[&node.name], secrets)?;
    }
    println!(
        "before the release: {on_disk} bytes of files and {in_memory} of memory of all nodes hold neither text, key nor answers"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_sealed_paper_is_at_a_node_before_its_release_and_no_answer_ever() -> anyhow::Result<()>
{
    let cluster = Cluster::start().await?;
    let sign_ins = crowd::enrol(&cluster, 1).await?;
    let key = sealed_and_shared(&cluster).await?;
    let texts = || Needles::of_text(MARKER).and(Needles::of_text(KEY_MARKER));
    let secrets = texts().and(Needles::of_key(&key));
    self_test(&secrets, &key)?;
    fetched_everywhere(&cluster).await?;
    // Somebody signs in and asks, so that everything that happens before a release has happened.
    let one = &sign_ins[0];
    let mut client = crowd::client(crowd::addresses(&cluster, one), one)?;
    client.sign_in_surely(crowd::TRIES).await?;
    let early = client
        .start(protocol::ids::SittingId(1))
        .await
        .expect_err("it is sealed");
    assert_eq!(early.slug(), "not-released");
    let sealed = client.paper("1/1").await?;
    assert_eq!(secrets.in_bytes(&sealed), None);
    search_all_nodes(&cluster, &secrets).await?;

    cluster.ctl(&["paper", "release", "1v1"]).await?;
    crowd::wait_until_startable(&cluster, &sign_ins, protocol::ids::SittingId(1)).await?;
    let started = client
        .start_surely(protocol::ids::SittingId(1), crowd::TRIES)
        .await?;
    assert_eq!(STANDARD.decode(&started.key)?, key, "the shares were of this key");
    candidate_gets_no_answer(&mut client, &sealed, &key).await?;
    for node in cluster.plan.nodes() {
        search_files(&node.data, &texts())?;
    }
    Ok(())
}

/// A search that finds nothing must be able to find something.
fn self_test(secrets: &Needles, key: &[u8; 32]) -> anyhow::Result<()> {
    let mut gzip = flate2::write::GzEncoder::new(vec![1, 2, 3], flate2::Compression::best());
    std::io::Write::write_all(&mut gzip, format!("{{\"stem\":\"{MARKER}\"}}").as_bytes())?;
    let cases = [
        gzip.finish()?,
        STANDARD.encode(format!("some {MARKER} text")).into_bytes(),
        MARKER.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        [&[0; 9][..], key].concat(),
        hex::encode(key).into_bytes(),
    ];
    assert!(cases.iter().all(|case| secrets.in_bytes(case).is_some()));
    let here = vec![format!("{MARKER} in this test's own memory")];
    assert!(search_memory(std::process::id(), secrets).is_err(), "{here:?}");
    Ok(())
}

async fn fetched_everywhere(cluster: &Cluster) -> anyhow::Result<()> {
    for node in cluster.plan.nodes() {
        tests::cluster::eventually(
            "the sealed paper is there",
            std::time::Duration::from_secs(60),
            || async {
                let status = cluster
                    .node_status(&node)
                    .await
                    .map_err(|error| error.to_string())?;
                let is_there = status["feed"]["papers"] == 1 && status["feed"]["blobs_missing"] == 0;
                if is_there {
                    Ok(())
                } else {
                    Err(status["feed"].to_string())
                }
            },
        )
        .await?;
    }
    Ok(())
}

/// Everything that a candidate can fetch, opened as their page opens it.
async fn candidate_gets_no_answer(
    client: &mut local::teacher::Client,
    sealed: &[u8],
    key: &[u8; 32],
) -> anyhow::Result<()> {
    let opened = serde_json::to_value(content::seal::open(sealed, key)?)?;
    assert!(opened.to_string().contains(MARKER), "the paper itself is there");
    let mut names = BTreeSet::new();
    member_names(&opened, &mut names);
    let found: Vec<&String> = names
        .iter()
        .filter(|name| FORBIDDEN.contains(&name.as_str()))
        .collect();
    assert!(found.is_empty(), "{found:?} among {names:?}");
    let mut fetched = vec![opened];
    for path in ["sittings", "attempt"] {
        fetched.push(client.call(reqwest::Method::GET, path, None).await?);
    }
    let submitted = client.submit("0123456789abcdef0123456789abcdef").await?;
    fetched.push(submitted.receipt.clone());
    let check = serde_json::json!({ "receipt": submitted.receipt });
    fetched.push(
        client
            .call(reqwest::Method::POST, "receipts/check", Some(check))
            .await?,
    );
    fetched.push(client.attempt().await?);
    let body = Some(serde_json::json!({}));
    let again: Result<Value, _> = client.call(reqwest::Method::POST, "sittings/1/start", body).await;
    fetched.extend(again.ok());
    for answer in &fetched {
        let needles = Needles::of_text(KEY_MARKER);
        assert_eq!(needles.in_bytes(answer.to_string().as_bytes()), None, "{answer}");
    }
    println!(
        "{} answers to a candidate hold no answer key; the paper's members are {names:?}",
        fetched.len()
    );
    Ok(())
}

fn member_names(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                names.insert(name.to_lowercase());
                member_names(value, names);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| member_names(value, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
