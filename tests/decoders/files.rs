//! Small true files of each format of questions and of rosters, of our own making.

use std::io::{Cursor, Write};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// By check, in the order of the checks.
pub(crate) fn all() -> [(&'static str, Vec<Vec<u8>>); 8] {
    let bytes =
        |texts: &[&str]| -> Vec<Vec<u8>> { texts.iter().map(|text| text.as_bytes().to_vec()).collect() };
    [
        ("csv", bytes(&CSV)),
        ("gift", bytes(&GIFT)),
        ("aiken", bytes(&AIKEN)),
        ("moodle", bytes(&MOODLE)),
        ("html", bytes(&HTML)),
        ("qti", bytes(&QTI)),
        ("package", vec![package()]),
        ("roster", [bytes(&ROSTER), vec![one_roster()]].concat()),
    ]
}

/// A small package: its list, an item, and a file of another kind.
fn package() -> Vec<u8> {
    zip(&[
        ("imsmanifest.xml", QTI[2]),
        ("items/one.xml", QTI[0]),
        ("extra.gift", GIFT[1]),
    ])
}

/// A small roster of version 1.2.
fn one_roster() -> Vec<u8> {
    zip(&[
        ("users.csv", USERS),
        (
            "orgs.csv",
            "sourcedId,name,parentSourcedId\no1,PUNE,\no2,School,o1\n",
        ),
        (
            "roles.csv",
            "userSourcedId,roleType,role,orgSourcedId\nu1,primary,teacher,o2\nu2,primary,student,o2\n",
        ),
    ])
}

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (path, text) in files {
        zip.start_file(*path, options).expect("it is in memory");
        zip.write_all(text.as_bytes()).expect("it is in memory");
    }
    zip.finish().expect("it is in memory").into_inner()
}

const QTI: [&str; 3] = [
    "<assessmentItem xmlns=\"http://www.imsglobal.org/xsd/imsqti_v2p1\" identifier=\"i\" title=\"t\" adaptive=\"false\" timeDependent=\"false\">\n<responseDeclaration identifier=\"R\" cardinality=\"multiple\" baseType=\"identifier\"><correctResponse><value>A</value></correctResponse><mapping lowerBound=\"0\"><mapEntry mapKey=\"A\" mappedValue=\"1.5\"/></mapping></responseDeclaration>\n<outcomeDeclaration identifier=\"SCORE\" cardinality=\"single\" baseType=\"float\"/>\n<itemBody><choiceInteraction responseIdentifier=\"R\" maxChoices=\"2\"><prompt>Which?</prompt><simpleChoice identifier=\"A\">a</simpleChoice><simpleChoice identifier=\"B\">b</simpleChoice></choiceInteraction></itemBody>\n<responseProcessing><responseCondition><responseIf><match><variable identifier=\"R\"/><correct identifier=\"R\"/></match><setOutcomeValue identifier=\"SCORE\"><sum><mapResponse identifier=\"R\"/><baseValue baseType=\"float\">0.5</baseValue></sum></setOutcomeValue></responseIf><responseElse><setOutcomeValue identifier=\"SCORE\"><randomInteger min=\"0\" max=\"2\"/></setOutcomeValue></responseElse></responseCondition></responseProcessing></assessmentItem>",
    "<qti-assessment-item identifier=\"i\" title=\"t\"><qti-response-declaration identifier=\"RESPONSE\" cardinality=\"single\" base-type=\"string\"><qti-correct-response><qti-value>x</qti-value></qti-correct-response></qti-response-declaration><qti-outcome-declaration identifier=\"SCORE\" cardinality=\"single\" base-type=\"float\"/><qti-item-body><p><qti-text-entry-interaction response-identifier=\"RESPONSE\"/></p></qti-item-body><qti-response-processing template=\"https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml\"/></qti-assessment-item>",
    "<manifest identifier=\"m\"><resources><resource identifier=\"r\" type=\"imsqti_item_xmlv2p1\"><file href=\"items/one.xml\"/></resource></resources></manifest>",
];

const CSV: [&str; 3] = [
    "item,section,kind,marks,penalty,key,stem,a,b,c,stem_hi,a_hi,b_hi,c_hi\n1,S,choice,2,0.5,B,\"Which, then?\",x,y,z,कौन?,क,ख,ग\n2,,choices,1,0.25,A;C,Which two?,x,y,z,कौन?,क,ख,ग\n",
    "kind,key,stem\nnumber,3.4..3.6,How much?\nnumber,-5,How little?\n",
    "Which?,one,two,three,four,C\n",
];

const GIFT: [&str; 4] = [
    "$CATEGORY: rivers/west\n\n// [id:r1] [tag:easy]\n::Longest::Which river is longest? {=Godavari#yes ~%-25%Tapi ~%-25%Bhima####general}\n",
    "It rises in the east. {T#no#yes}\n\nTwo and two make {=four =4 =%50%quattuor}.\n\nPi {#3.14:0.01}\n\nPi {#3.1..3.2}\n\n",
    "[html]<p>Match <b>them</b></p> {=[plain]a -> 1 =b\\=c -> 2 = -> 3}\n\nWrite {}\n\nJust a text\\: 1 \\{ 2 \\}\n",
    "[markdown]Which *two*? {~%50%a ~%50%b\\n ~%-100%c}\n\nWhen? {#=1947 =%50%1947:2#near ~#far}\n",
];

const AIKEN: [&str; 2] = [
    "Which one?\nA. this\nB) that\nANSWER: B\n\nAnd of these\ntwo lines?\nA) x\nB) y\nANSWER: A\n",
    "No answer\nA. a\nC. c\nstray\nANSWER: D\nANSWER:\n",
];

const MOODLE: [&str; 2] = [
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<quiz><question type=\"category\"><category><text>c</text></category></question>\n<question type=\"multichoice\"><name><text>n</text></name><questiontext format=\"html\"><text><![CDATA[<p>Which?<img src=\"@@PLUGINFILE@@/a.png\" alt=\"a\"></p>]]></text><file name=\"a.png\" encoding=\"base64\">QUJD</file></questiontext><defaultgrade>2.0000000</defaultgrade><single>false</single><answer fraction=\"100\" format=\"html\"><text>x</text><feedback><text>f</text></feedback></answer><answer fraction=\"-33.33333\"><text>y</text></answer><tags><tag><text>t</text></tag></tags></question></quiz>",
    "<answer fraction=\"100\"><text>3.5</text><tolerance>0.25</tolerance></answer><subquestion><text>a</text><answer><text>b</text></answer></subquestion>",
];

const ROSTER: [&str; 2] = [
    "\u{feff}number,name,roll,district,batch,disability,extra_minutes_per_hour,access_code,slot,centre,seat\n1,मीरा,R-1,Pune,A,yes,,ABCD-EFGH-JKLM-NPQR,9 to 11,School 12,B-7\n",
    "2,Ravi,R-2,mumbai,,no,12.5,,,,\n1,,x,Atlantis,,perhaps,61,short,,,\n",
];

const USERS: &str = "sourcedId,status,enabledUser,username,givenName,familyName,identifier,metadata.extraMinutesPerHour\n\
    u1,active,true,T-1,Asha,Patil,27001,20\nu2,active,true,27002,Ravi,More,,\n";

const HTML: [&str; 3] = [
    "<p>a &amp; b<br>x<sup>2</sup><img src=\"m.png\" alt=\"a map\" onerror=\"x()\"></p><script>y()</script>",
    "<table><tr><td colspan=2>1</td></tr></table><a href=\"javascript:x\">t</a><!--c--><svg><style><b>",
    "<ol start=\"2\"><li>one<li>two</ol><math><mi>x</mi></math><p lang=mr dir=ltr style=\"color:red\">क",
];
