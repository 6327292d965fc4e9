//! Papers of several formats, by the command line against a real coordinator.

use crate::{harness::Cluster, ops::shapes::PaperRow};

const GIFT: &str = "[html]<img src\\=\"map.png\" alt\\=\"a map\"> Which river? {=Godavari ~%50%Tapi ~Mula}\n\n\
                    Its source? {=Trimbak*}\n\nMatch {=Pune -> Mula =Nashik -> Godavari}\n\nWrite. {}\n";

const ITEM: &str = "<assessmentItem xmlns='http://www.imsglobal.org/xsd/imsqti_v2p1' identifier='i' title='t' adaptive='false' \
     timeDependent='false'><responseDeclaration identifier='RESPONSE' cardinality='single' baseType='identifier'>\
     <correctResponse><value>B</value></correctResponse></responseDeclaration>\
     <outcomeDeclaration identifier='SCORE' cardinality='single' baseType='float'/><itemBody>\
     <choiceInteraction responseIdentifier='RESPONSE' shuffle='false' maxChoices='1'><prompt>Which?</prompt>\
     <simpleChoice identifier='A'>x</simpleChoice><simpleChoice identifier='B'>y</simpleChoice></choiceInteraction></itemBody>\
     <responseProcessing template='http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct'/></assessmentItem>";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_format_is_told_by_the_file_imported_and_published() {
    let cluster = Cluster::start().await;
    let folder = cluster.path("rivers");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("rivers.gift"), GIFT).unwrap();
    let path = folder.display().to_string();
    let import = ["paper", "import", &path, "--title", "Rivers"];
    assert_eq!(cluster.ctl(&import).await, 5, "the picture is missing");
    std::fs::write(folder.join("map.png"), b"\x89PNG\r\n\x1a\npicture").unwrap();
    std::fs::write(folder.join(".hidden.gift"), "Q {T}").unwrap();
    let dry = [&import[..], &["--dry-run"]].concat();
    assert_eq!(cluster.ctl(&dry).await, 0);
    let none: Vec<PaperRow> = cluster.get("papers").await;
    assert!(none.is_empty(), "a dry run publishes nothing");
    assert_eq!(cluster.ctl(&import).await, 0);

    let item = cluster.file("item.xml", ITEM);
    assert_eq!(
        cluster.ctl(&["paper", "import", &item, "--title", "QTI"]).await,
        0
    );
    let aiken = cluster.file("a.questions", "One?\nA. x\nB. y\nANSWER: B\n");
    let unknown = ["paper", "import", &aiken, "--title", "Aiken"];
    assert_eq!(cluster.ctl(&unknown).await, 2, "its name says nothing");
    let said = [&unknown[..], &["--format", "aiken", "--language", "mr"]].concat();
    assert_eq!(cluster.ctl(&said).await, 0);
    let workbook = cluster.path("t.xlsx").display().to_string();
    let template = ["paper", "template", "--format", "xlsx", "--out", &workbook];
    assert_eq!(cluster.ctl(&template).await, 0);
    assert_eq!(cluster.ctl(&template).await, 1, "never overwritten");
    assert_eq!(
        cluster
            .ctl(&["paper", "import", &workbook, "--title", "Table"])
            .await,
        0
    );

    let papers: Vec<PaperRow> = cluster.get("papers").await;
    let seen: Vec<(&str, u64)> = papers.iter().map(|row| (row.title.as_str(), row.items)).collect();
    assert_eq!(seen, [("Rivers", 4), ("QTI", 1), ("Aiken", 1), ("Table", 10)]);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_that_cannot_be_delivered_are_left_out_only_where_that_is_wanted() {
    let cluster = Cluster::start().await;
    let gift = cluster.file("q.gift", "One? {=a ~b}\n\nJust a text\n");
    let import = ["paper", "import", &gift, "--title", "T"];
    assert_eq!(cluster.ctl(&import).await, 5);
    assert_eq!(cluster.ctl(&[&import[..], &["--dry-run"]].concat()).await, 5);
    assert_eq!(
        cluster
            .ctl(&[&import[..], &["--partial", "--dry-run"]].concat())
            .await,
        0
    );
    assert_eq!(cluster.ctl(&[&import[..], &["--partial"]].concat()).await, 0);
    let papers: Vec<PaperRow> = cluster.get("papers").await;
    assert_eq!((papers.len(), papers[0].items), (1, 1));
    let answer = cluster
        .http()
        .post(cluster.url("papers?title=T&format=pdf"))
        .bearer_auth(&cluster.context.token)
        .body(&b"x"[..])
        .send();
    assert_eq!(answer.await.unwrap().status().as_u16(), 400);
    cluster.stop().await;
}
