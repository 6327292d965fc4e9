//! The first load: the page as a browser with an empty cache fetches it, and the sealed paper of 100 items in one language,
//! in bytes on the wire. Districts have slow lines, and a whole hall opens the page at once. What papers with further kinds
//! of questions load beside it has a bound of its own.

use std::collections::{BTreeSet, VecDeque};

use anyhow::{Context, ensure};
use tests::{
    cluster::{Cluster, eventually},
    crowd,
    exam::Exam,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Heads and bodies of all answers together, without TLS.
const BYTES_MAX: usize = 50 * 1000;

/// What a paper with formatted texts and further kinds loads beside that.
const KINDS_BYTES_MAX: usize = 25 * 1000;

const ITEMS: usize = 100;

/// What a browser of today sends beside path and host.
const BROWSER: &str = "accept-encoding: gzip, deflate, br, zstd\r\naccept-language: en-IN,en;q=0.9\r\n";

/// An answer as it came.
struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    fn bytes(&self) -> usize {
        self.head.len() + self.body.len()
    }
}

async fn get(address: std::net::SocketAddr, path: &str, headers: &str) -> anyhow::Result<Answer> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{headers}connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.context("the answer has a head")? + 4;
    let answer = Answer {
        head: String::from_utf8(bytes[..end].to_vec())?,
        body: bytes[end..].to_vec(),
    };
    ensure!(answer.head.starts_with("HTTP/1.1 200"), "{path}: {}", answer.head);
    let length = answer.header("content-length").map(str::parse::<usize>);
    ensure!(
        length.transpose()? == Some(answer.body.len()),
        "{path} did not come whole"
    );
    Ok(answer)
}

fn is_of(path: &str, extensions: &[&str]) -> bool {
    let extension = std::path::Path::new(path).extension();
    extension.is_some_and(|one| extensions.iter().any(|other| one == *other))
}

fn is_module(path: &str) -> bool {
    is_of(path, &["js"])
}

/// A path that a file names.
struct Named {
    path: String,
    /// Whether it is loaded only when a paper needs it: what stands in `import(…)`.
    is_later: bool,
}

/// The paths that a file of the page names: what its HTML links, and what its modules import.
fn named(path: &str, text: &str) -> Vec<Named> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let pieces: Vec<&str> = text.split('"').collect();
    let quoted = pieces.chunks_exact(2);
    quoted
        .filter_map(|pair| {
            let (before, name) = (pair[0], pair[1]);
            let path = if is_module(path) && is_of(name, &["js", "css"]) && name.starts_with('.') {
                match name.strip_prefix("../") {
                    Some(name) => format!("{}/{name}", folder.rsplit_once('/')?.0),
                    None => format!("{folder}/{}", name.strip_prefix("./")?),
                }
            } else if path == "/" && name.starts_with('/') {
                name.to_owned()
            } else {
                return None;
            };
            let is_later = before.ends_with("import(");
            Some(Named { path, is_later })
        })
        .collect()
}

/// Fetches a file with all that it names, without what was seen; gives bytes by path, and what is left for later.
async fn load(
    address: std::net::SocketAddr,
    from: Vec<String>,
    seen: &mut BTreeSet<String>,
) -> anyhow::Result<(Vec<(String, usize)>, Vec<String>)> {
    let mut waiting = VecDeque::from(from);
    let (mut loaded, mut later) = (Vec::new(), Vec::new());
    while let Some(path) = waiting.pop_front() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let packed = get(address, &path, BROWSER).await?;
        ensure!(
            packed.header("content-encoding").is_some() || packed.body.len() < 200,
            "{path} is not compressed"
        );
        loaded.push((path.clone(), packed.bytes()));
        let plain = get(address, &path, "").await?;
        for named in named(&path, &String::from_utf8(plain.body)?) {
            if named.is_later {
                later.push(named.path);
            } else {
                waiting.push_back(named.path);
            }
        }
    }
    Ok((loaded, later))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_and_a_paper_of_100_items_come_in_50_kb() -> anyhow::Result<()> {
    let cluster = Cluster::start().await?;
    let exam = Exam::of_real_items(ITEMS)?;
    let sign_ins = crowd::enrol(&cluster, 1).await?;
    let sitting = crowd::open_sitting(&cluster, &exam, "60m").await?;
    crowd::wait_until_startable(&cluster, &sign_ins, sitting).await?;
    let node = cluster.nodes_of("pune").remove(0);
    let address = node.plain;

    let mut seen = BTreeSet::new();
    let (mut loaded, later) = load(address, vec!["/".to_owned()], &mut seen).await?;
    let modules = loaded.iter().filter(|(path, _)| is_module(path)).count();
    ensure!(modules > 10, "only {modules} modules were found: {loaded:?}");
    let sign_in = sign_ins.iter().find(|one| one.district == "pune");
    let sign_in = sign_in.context("Pune has a candidate")?;
    let body = serde_json::json!({ "candidate": sign_in.candidate, "access_code": sign_in.code });
    let client = reqwest::Client::builder().no_proxy().build()?;
    let url = format!("http://{address}/api/v1/sign-in");
    let signed_in: serde_json::Value = client.post(url).json(&body).send().await?.json().await?;
    let token = signed_in["token"].as_str().context("a token")?.to_owned();
    eventually(
        "the sealed paper is at the node",
        std::time::Duration::from_secs(60),
        || async {
            let headers = format!("{BROWSER}authorization: Bearer {token}\r\n");
            let paper = get(address, "/api/v1/papers/1/1", &headers).await;
            paper.map(drop).map_err(|error| error.to_string())
        },
    )
    .await?;
    let headers = format!("{BROWSER}authorization: Bearer {token}\r\n");
    let paper = get(address, "/api/v1/papers/1/1", &headers).await?;
    loaded.push((format!("sealed paper, {}", exam.source), paper.bytes()));

    let total: usize = loaded.iter().map(|(_, bytes)| bytes).sum();
    loaded.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    for (path, bytes) in &loaded {
        println!("{bytes:>7}  {path}");
    }
    println!("{total:>7}  first load in bytes, heads included, of {BYTES_MAX}");
    ensure!(total <= BYTES_MAX, "{total} bytes are over {BYTES_MAX}");

    let (kinds, _) = load(address, later, &mut seen).await?;
    let total: usize = kinds.iter().map(|(_, bytes)| bytes).sum();
    println!(
        "{total:>7}  further kinds of questions in {} files, of {KINDS_BYTES_MAX}",
        kinds.len()
    );
    ensure!(
        kinds.len() > 10,
        "only {} files of further kinds were found: {kinds:?}",
        kinds.len()
    );
    ensure!(
        total <= KINDS_BYTES_MAX,
        "{total} bytes are over {KINDS_BYTES_MAX}"
    );
    Ok(())
}
