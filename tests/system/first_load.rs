//! The first load: the page as a browser with an empty cache fetches it, and the sealed paper of 100 items in one language,
//! in bytes on the wire. Districts have slow lines, and a whole hall opens the page at once. What is fetched afterwards,
//! while candidates wait, has a bound of its own.

use std::collections::{BTreeMap, BTreeSet};

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

#[tokio::test(flavor = "multi_thread")]
async fn the_page_and_a_paper_of_100_items_come_in_50_kb() -> anyhow::Result<()> {
    let cluster = Cluster::start().await?;
    let exam = Exam::of_real_items(ITEMS)?;
    let sign_ins = crowd::enrol(&cluster, 1).await?;
    let sitting = crowd::open_sitting(&cluster, &exam, "60m").await?;
    crowd::wait_until_startable(&cluster, &sign_ins, sitting).await?;
    let node = cluster.nodes_of("pune").remove(0);
    let address = node.plain;

    let document = text_of(address, "/").await?;
    let links = linked(&document);
    let start = links.iter().find(|path| path.ends_with("/js/app.js"));
    let home = start
        .context("the document starts the page")?
        .trim_end_matches("js/app.js")
        .to_owned();
    for path in links.iter().filter(|path| is_module(path)) {
        let missing = imported(path, &text_of(address, path).await?)
            .into_iter()
            .find(|one| !links.contains(one));
        ensure!(
            missing.is_none(),
            "{path} imports {missing:?}, which the document does not name"
        );
    }
    // The longest texts.
    let texts = format!("{home}locales/mr.json");
    let mut loaded = vec![load(address, "/").await?, load(address, &texts).await?];
    for path in &links {
        loaded.push(load(address, path).await?);
    }
    let is_script = |path: &str| is_module(path);
    let script: usize = loaded
        .iter()
        .filter(|(path, _)| is_script(path))
        .map(|(_, bytes)| bytes)
        .sum();
    let shell: usize = loaded.iter().map(|(_, bytes)| bytes).sum();
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

    println!(
        "{shell:>7}  document, script, style and texts, of {BYTES_MAX}; {script} of them script, of {SCRIPT_BYTES_MAX}"
    );
    ensure!(
        script <= SCRIPT_BYTES_MAX,
        "{script} bytes of script are over {SCRIPT_BYTES_MAX}"
    );

    let list = text_of(address, &format!("{home}files.json")).await?;
    let list: BTreeMap<String, Vec<String>> = serde_json::from_str(&list)?;
    let is_loaded = |path: &str| loaded.iter().any(|(one, _)| one == path);
    let paths = |names: &[String]| {
        names
            .iter()
            .map(|name| format!("{home}{name}"))
            .collect::<Vec<_>>()
    };
    let mut exam = 0;
    for path in paths(&list["parts"]) {
        exam += load(address, &path).await?.1;
    }
    println!("{exam:>7}  the exam's script, fetched while the candidate types, of {EXAM_BYTES_MAX}");
    ensure!(
        exam <= EXAM_BYTES_MAX,
        "{exam} bytes of the exam's script are over {EXAM_BYTES_MAX}"
    );
    let mut later = Vec::new();
    for path in paths(&list["all"]).into_iter().filter(|path| !is_loaded(path)) {
        if !list["parts"].iter().any(|name| path == format!("{home}{name}")) {
            later.push(load(address, &path).await?);
        }
    }
    let total: usize = later.iter().map(|(_, bytes)| bytes).sum();
    println!(
        "{total:>7}  fetched while the candidate waits, in {} files, of {LATER_BYTES_MAX}",
        later.len()
    );
    ensure!(
        later.len() > 10,
        "only {} files are fetched later: {later:?}",
        later.len()
    );
    ensure!(
        total <= LATER_BYTES_MAX,
        "{total} bytes are over {LATER_BYTES_MAX}"
    );
    Ok(())
}
