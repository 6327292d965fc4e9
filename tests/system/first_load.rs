//! The first load: the page as a browser with an empty cache fetches it, and the sealed paper of 100 items in one language,
//! in bytes on the wire. Districts have slow lines, and a whole hall opens the page at once. What is fetched afterwards,
//! while candidates wait, has a bound of its own.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, ensure};
use tests::{
    cluster::{Cluster, eventually},
    crowd::{self, SignIn},
    exam::Exam,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Heads and bodies of all answers together, without TLS.
const BYTES_MAX: usize = 50 * 1000;

/// The script of that.
const SCRIPT_BYTES_MAX: usize = 35 * 1000;

/// What a plain exam needs beside the first load.
const EXAM_BYTES_MAX: usize = 40 * 1000;

/// What is fetched while a candidate waits for the exam: further kinds of questions, other languages, the system check, the
/// practice paper.
const LATER_BYTES_MAX: usize = 60 * 1000;

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

fn is_module(path: &str) -> bool {
    std::path::Path::new(path)
        .extension()
        .is_some_and(|one| one == "js")
}

/// The addresses in a document that a browser loads at once.
fn linked(document: &str) -> Vec<String> {
    let quoted = document.split('"').skip(1).step_by(2);
    let own = quoted.filter(|text| text.starts_with("/v/"));
    let own: BTreeSet<&str> = own.collect();
    own.into_iter().map(str::to_owned).collect()
}

/// What a module imports at once, by the address of each.
fn imported(path: &str, text: &str) -> Vec<String> {
    let lines = text
        .lines()
        .filter(|line| line.starts_with("import ") || line.starts_with("export "));
    let named = lines.filter_map(|line| line.split("from \"").nth(1)?.split('"').next());
    let base = reqwest::Url::parse("http://node/").and_then(|url| url.join(path));
    let base = base.expect("a path is part of an address");
    named
        .map(|name| {
            base.join(name)
                .expect("modules name each other")
                .path()
                .to_owned()
        })
        .collect()
}

/// Fetches a file as a browser does; gives its bytes on the wire.
async fn load(address: std::net::SocketAddr, path: &str) -> anyhow::Result<(String, usize)> {
    let packed = get(address, path, BROWSER).await?;
    ensure!(
        packed.header("content-encoding").is_some() || packed.body.len() < 200,
        "{path} is not compressed"
    );
    Ok((path.to_owned(), packed.bytes()))
}

async fn text_of(address: std::net::SocketAddr, path: &str) -> anyhow::Result<String> {
    Ok(String::from_utf8(get(address, path, "").await?.body)?)
}

/// The addresses of the document and of what a browser loads with it: files whose address has the page's version.
struct Page {
    links: Vec<String>,
    /// `/v/<version>/`.
    home: String,
}

impl Page {
    /// Reads the document. Every module that is needed at once must stand in it, so that none waits for another.
    async fn read(address: std::net::SocketAddr) -> anyhow::Result<Self> {
        let links = linked(&text_of(address, "/").await?);
        let start = links.iter().find(|path| path.ends_with("/js/app.js"));
        let home = start
            .context("the document starts the page")?
            .trim_end_matches("js/app.js")
            .to_owned();
        for path in links.iter().filter(|path| is_module(path)) {
            let imports = imported(path, &text_of(address, path).await?);
            let missing = imports.into_iter().find(|one| !links.contains(one));
            ensure!(
                missing.is_none(),
                "{path} imports {missing:?}, which the document does not name"
            );
        }
        Ok(Self { links, home })
    }

    /// The first load without the paper, with the longest texts.
    async fn load(&self, address: std::net::SocketAddr) -> anyhow::Result<Vec<(String, usize)>> {
        let texts = format!("{}locales/mr.json", self.home);
        let mut loaded = vec![load(address, "/").await?, load(address, &texts).await?];
        for path in &self.links {
            loaded.push(load(address, path).await?);
        }
        Ok(loaded)
    }

    /// What is fetched afterwards: the exam's script, then everything else.
    async fn load_later(&self, address: std::net::SocketAddr) -> anyhow::Result<[Vec<(String, usize)>; 2]> {
        let list = text_of(address, &format!("{}files.json", self.home)).await?;
        let list: BTreeMap<String, Vec<String>> = serde_json::from_str(&list)?;
        let (mut parts, mut rest) = (Vec::new(), Vec::new());
        for name in &list["all"] {
            let path = format!("{}{name}", self.home);
            if list["parts"].contains(name) {
                parts.push(load(address, &path).await?);
            } else if !self.links.contains(&path) && name != "locales/mr.json" {
                rest.push(load(address, &path).await?);
            }
        }
        Ok([parts, rest])
    }
}

/// The sealed paper as Pune's candidate fetches it.
async fn load_paper(address: std::net::SocketAddr, sign_in: &SignIn) -> anyhow::Result<usize> {
    let body = serde_json::json!({ "candidate": sign_in.candidate, "access_code": sign_in.code });
    let client = reqwest::Client::builder().no_proxy().build()?;
    let url = format!("http://{address}/api/v1/sign-in");
    let signed_in: serde_json::Value = client.post(url).json(&body).send().await?.json().await?;
    let token = signed_in["token"].as_str().context("a token")?;
    let headers = format!("{BROWSER}authorization: Bearer {token}\r\n");
    let patience = std::time::Duration::from_secs(60);
    eventually("the sealed paper is at the node", patience, || async {
        let paper = get(address, "/api/v1/papers/1/1", &headers).await;
        paper.map(drop).map_err(|error| error.to_string())
    })
    .await?;
    Ok(get(address, "/api/v1/papers/1/1", &headers).await?.bytes())
}

fn sum(loaded: &[(String, usize)]) -> usize {
    loaded.iter().map(|(_, bytes)| bytes).sum()
}

/// Says how many bytes something is, and refuses more than it may be.
fn weighed(what: &str, bytes: usize, bytes_max: usize) -> anyhow::Result<()> {
    println!("{bytes:>7}  {what}, of {bytes_max}");
    ensure!(bytes <= bytes_max, "{what}: {bytes} bytes are over {bytes_max}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_and_a_paper_of_100_items_come_in_50_kb() -> anyhow::Result<()> {
    let cluster = Cluster::start().await?;
    let exam = Exam::of_real_items(ITEMS)?;
    let sign_ins = crowd::enrol(&cluster, 1).await?;
    let sitting = crowd::open_sitting(&cluster, &exam, "60m").await?;
    crowd::wait_until_startable(&cluster, &sign_ins, sitting).await?;
    let address = cluster.nodes_of("pune").remove(0).plain;
    let sign_in = sign_ins.iter().find(|one| one.district == "pune");
    let paper = load_paper(address, sign_in.context("Pune has a candidate")?).await?;

    let page = Page::read(address).await?;
    let mut loaded = page.load(address).await?;
    let script = loaded
        .iter()
        .filter(|(path, _)| is_module(path))
        .map(|(_, bytes)| bytes)
        .sum();
    let [parts, rest] = page.load_later(address).await?;
    loaded.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    for (path, bytes) in &loaded {
        println!("{bytes:>7}  {path}");
    }
    println!("{paper:>7}  sealed paper, {}", exam.source);
    weighed(
        "first load in bytes, heads included",
        sum(&loaded) + paper,
        BYTES_MAX,
    )?;
    weighed("its script", script, SCRIPT_BYTES_MAX)?;
    weighed(
        "the exam's script, fetched while the candidate types",
        sum(&parts),
        EXAM_BYTES_MAX,
    )?;
    weighed(
        "everything else, fetched while the candidate waits",
        sum(&rest),
        LATER_BYTES_MAX,
    )?;
    ensure!(
        parts.len() > 10 && rest.len() > 10,
        "{parts:?} {rest:?} are not all"
    );
    Ok(())
}
