use std::io::{Read, Write};

use super::*;

const CSV: &str = "kind,key,stem,a,b,stem_hi,a_hi,b_hi\nchoice,B,Which river?,Bhima,Ganga,कौन सी नदी?,भीमा,गंगा\n\
                   number,41..43,How many?,,,कितने?,,\n";

fn file(name: &str, text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn get(address: &str, path: &str, host: &str) -> String {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[tokio::test]
async fn the_page_shows_the_paper_without_its_key_and_to_nobody_else() {
    let (_folder, path) = file("paper.csv", CSV);
    let questions = questions::of_file(&path, None, "en").unwrap();
    assert_eq!(questions.paper.languages, ["en", "hi"]);
    let server = Server::bind(&questions.paper).await.unwrap();
    let url = server.url();
    let (address, secret) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let (address, folder) = (address.to_owned(), format!("/{secret}"));
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let looked = tokio::task::spawn_blocking(move || {
        let page = get(&address, &folder, &address);
        assert!(
            page.starts_with("HTTP/1.1 200") && page.contains("preview.js"),
            "{page}"
        );
        assert!(
            page.contains("default-src 'none'") && page.contains("no-store"),
            "{page}"
        );
        let paper = get(&address, &format!("{folder}paper.json"), &address);
        assert!(paper.contains("Which river?") && paper.contains("गंगा"), "{paper}");
        assert!(!paper.contains("41") && !paper.contains("key"), "{paper}");
        let module = get(
            &address,
            &format!("{folder}js/question/kinds/question.js"),
            &address,
        );
        assert!(module.contains("text/javascript") && module.contains("export function question"));
        for (path, host) in [
            ("/paper.json".to_owned(), address.clone()),
            (folder.clone(), "example.org".to_owned()),
            (format!("{folder}../x"), address.clone()),
        ] {
            let refused = get(&address, &path, &host);
            assert!(refused.starts_with("HTTP/1.1 404"), "{path} {host}: {refused}");
        }
        end.send(()).unwrap();
    });
    server
        .run(async {
            let _ = ended.await;
        })
        .await
        .unwrap();
    looked.await.unwrap();
}

#[test]
fn a_file_is_shown_as_far_as_it_can_be() {
    let (_folder, path) = file("two.gift", "Which? {=one ~two}\n\nNothing to answer.\n");
    let questions = questions::of_file(&path, None, "en").unwrap();
    assert_eq!(questions.paper.items.len(), 1);
    assert_eq!(questions.refused.len(), 1);
    let (_folder, path) = file("none.csv", "key,stem,a,b\nZ,Q,x,y\n");
    let failure = questions::of_file(&path, None, "en").unwrap_err();
    assert_eq!(failure.exit_code(), 5);
}

#[test]
fn a_package_shows_every_kind_of_question_with_its_pictures() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/browser/kinds");
    let questions = questions::of_file(&folder, None, "en").unwrap();
    assert!(questions.refused.is_empty(), "{:?}", questions.refused);
    let paper = questions.paper;
    assert_eq!((paper.items.len(), paper.pictures.len()), (12, 1));
    let json = serde_json::to_string(&paper).unwrap();
    for kind in [
        "choice",
        "select",
        "parts",
        "dropdown",
        "text",
        "order",
        "match",
        "associate",
        "gaps",
        "hottext",
        "hotspot",
        "slider",
    ] {
        assert!(
            json.contains(&format!("\"{kind}\":")),
            "no question is of kind {kind}: {json}"
        );
    }
}
