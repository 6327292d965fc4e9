//! Files that were made to do harm. They are made anew by each run and kept nowhere.

use std::{
    fmt::Write as _,
    fs::File,
    io::{Cursor, Seek, SeekFrom, Write},
    path::Path,
};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

const MIB: usize = 1024 * 1024;

/// A file, and a word that its errors hold.
pub(crate) struct Hostile {
    /// Its name, by which its kind is known.
    pub(crate) name: &'static str,
    /// What is in it.
    pub(crate) content: Content,
    /// What is said of it where questions are read.
    pub(crate) of_questions: &'static str,
    /// What is said of it where a roster is read.
    pub(crate) of_a_roster: &'static str,
}

/// Bytes of a file.
pub(crate) enum Content {
    /// All of them.
    Bytes(Vec<u8>),
    /// The first of them; the others are zeros that take no room on the disk.
    Sparse { head: &'static [u8], length: u64 },
}

impl Content {
    /// Puts it there.
    pub(crate) fn write(&self, path: &Path) -> std::io::Result<()> {
        let mut file = File::create(path)?;
        match self {
            Self::Bytes(bytes) => file.write_all(bytes),
            Self::Sparse { head, length } => {
                file.write_all(head)?;
                file.set_len(*length)?;
                // The end of a zip is where it is looked for.
                file.seek(SeekFrom::Start(length - 1))?;
                file.write_all(b"\n")
            }
        }
    }
}

/// All of them.
pub(crate) fn all() -> anyhow::Result<Vec<Hostile>> {
    let mut all = archives()?;
    all.extend(spreadsheets()?);
    all.extend(markup());
    all.extend(texts());
    all.extend(large());
    Ok(all)
}

fn bytes(
    name: &'static str,
    bytes: impl Into<Vec<u8>>,
    of_questions: &'static str,
    of_a_roster: &'static str,
) -> Hostile {
    Hostile {
        name,
        content: Content::Bytes(bytes.into()),
        of_questions,
        of_a_roster,
    }
}

type Zip = ZipWriter<Cursor<Vec<u8>>>;

fn zip(fill: impl FnOnce(&mut Zip) -> zip::result::ZipResult<()>) -> anyhow::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    fill(&mut zip)?;
    Ok(zip.finish()?.into_inner())
}

fn packed() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

fn zip_of(entries: &[(&str, &[u8])]) -> anyhow::Result<Vec<u8>> {
    zip(|zip| {
        for (name, content) in entries {
            zip.start_file(*name, packed())?;
            zip.write_all(content)?;
        }
        Ok(())
    })
}

fn archives() -> anyhow::Result<Vec<Hostile>> {
    let zeros = vec![0; MIB];
    let bomb = zip(|zip| {
        zip.start_file("quiz.xml", packed())?;
        (0..256).try_for_each(|_| Ok(zip.write_all(&zeros)?))
    })?;
    // Each entry is packed no better than is allowed; together they are too much.
    let filler: Vec<u8> = (0..MIB as u32).map(|at| (at / 97 % 251) as u8).collect();
    let many = zip(|zip| {
        for number in 0..120 {
            zip.start_file(format!("{number}.xml"), packed())?;
            zip.write_all(&filler)?;
        }
        Ok(())
    })?;
    let entries = zip(|zip| {
        for number in 0..20_000 {
            zip.start_file(format!("{number}"), packed())?;
        }
        Ok(())
    })?;
    let link = zip(|zip| zip.add_symlink("users.csv", "/etc/passwd", SimpleFileOptions::default()))?;
    let good = zip_of(&[("quiz.xml", b"<quiz/>"), ("users.csv", &filler)])?;
    let inner = zip_of(&[("inner.zip", &bomb)])?;
    let leaves = "is not a path within the archive";
    let unreadable = "the archive cannot be read";
    Ok(vec![
        bytes("bomb.zip", bomb, "times its size", "times its size"),
        bytes("many.zip", many, "when it is unpacked", "when it is unpacked"),
        bytes("entries.zip", entries, "entries, at most", "entries, at most"),
        bytes("inner.zip", inner, "", "not of a spreadsheet"),
        bytes("up.zip", zip_of(&[("../../up.xml", b"<quiz/>")])?, leaves, leaves),
        bytes("root.zip", zip_of(&[("/etc/up.xml", b"<quiz/>")])?, "", ""),
        bytes("back.zip", zip_of(&[("..\\up.xml", b"<quiz/>")])?, leaves, leaves),
        bytes("link.zip", link, leaves, leaves),
        bytes(
            "half.zip",
            good[..good.len() / 2].to_vec(),
            unreadable,
            unreadable,
        ),
        bytes(
            "torn.zip",
            good[..good.len() - 10].to_vec(),
            unreadable,
            unreadable,
        ),
        bytes("head.zip", b"PK\x03\x04".repeat(100_000), unreadable, unreadable),
    ])
}

/// A workbook whose shared texts and first sheet are these.
fn workbook(shared: &str, sheet: &str) -> anyhow::Result<Vec<u8>> {
    const ROOT: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
    const TYPES: &str = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#;
    const BOOK: &str = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
    const RELATIONS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
    // Not packed: it is the sheet that is hostile here, not the archive.
    let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    zip(|zip| {
        for (name, text) in [
            ("[Content_Types].xml", TYPES),
            ("_rels/.rels", ROOT),
            ("xl/workbook.xml", BOOK),
            ("xl/_rels/workbook.xml.rels", RELATIONS),
            ("xl/sharedStrings.xml", shared),
            ("xl/worksheets/sheet1.xml", sheet),
        ] {
            zip.start_file(name, plain)?;
            zip.write_all(text.as_bytes())?;
        }
        Ok(())
    })
}

fn spreadsheets() -> anyhow::Result<Vec<Hostile>> {
    let sheet = |rows: &str| {
        format!(
            r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"#
        )
    };
    let entities = format!("{}<sst><si><t>&i;</t></si></sst>", laughs());
    let first = sheet(r#"<row r="1"><c r="A1" t="s"><v>0</v></c></row>"#);
    let far = sheet(
        r#"<row r="1"><c r="A1" t="str"><v>number</v></c></row><row r="1048576"><c r="XFD1048576" t="str"><v>x</v></c></row>"#,
    );
    let wide = format!(
        r#"<row r="1">{}</row>"#,
        r#"<c t="str"><v>number</v></c>"#.repeat(400_000)
    );
    let tall = r#"<row><c t="str"><v>x</v></c></row>"#.repeat(1_100_000);
    let sst = "<sst/>";
    Ok(vec![
        bytes("laughs.xlsx", workbook(&entities, &first)?, "", ""),
        bytes("far.xlsx", workbook(sst, &far)?, "", ""),
        bytes("wide.xlsx", workbook(sst, &sheet(&wide))?, "", ""),
        bytes("tall.xlsx", workbook(sst, &sheet(&tall))?, "", ""),
        bytes(
            "broken.xlsx",
            workbook(sst, "<worksheet><sheetData><row")?,
            "",
            "",
        ),
        bytes(
            "nosheet.xlsx",
            zip_of(&[("xl/workbook.xml", b"<workbook/>")])?,
            "",
            "",
        ),
    ])
}

/// A billion laughs: ten entities, each ten of the one before.
fn laughs() -> String {
    let mut text = String::from("<?xml version=\"1.0\"?><!DOCTYPE quiz [<!ENTITY a \"ha\">");
    for pair in ["ab", "bc", "cd", "de", "ef", "fg", "gh", "hi"] {
        let (of, name) = pair.split_at(1);
        write!(text, "<!ENTITY {name} \"{}\">", format!("&{of};").repeat(10)).expect("a String takes all");
    }
    text.push_str("]>");
    text
}

/// So many attributes, all of them different.
fn attributes(count: usize) -> String {
    let mut text = String::new();
    for number in 0..count {
        write!(text, " a{number}=\"1\"").expect("a String takes all");
    }
    text
}

fn markup() -> Vec<Hostile> {
    let no_roster = "line 1";
    let question = |text: &str| {
        format!(
            "<?xml version=\"1.0\"?><quiz><question type=\"essay\"><name><text>a</text></name><questiontext format=\"html\"><text>{text}</text></questiontext></question></quiz>"
        )
    };
    let outside = "<?xml version=\"1.0\"?><!DOCTYPE quiz [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><quiz><question type=\"essay\"><name><text>&x;</text></name></question></quiz>";
    let fetched = "<?xml version=\"1.0\"?><!DOCTYPE assessmentItem SYSTEM \"http://127.0.0.1:9/evil.dtd\"><assessmentItem xmlns=\"http://www.imsglobal.org/xsd/imsqti_v2p1\" identifier=\"a\" title=\"&evil;\" adaptive=\"false\" timeDependent=\"false\"/>";
    let deep = format!("<?xml version=\"1.0\"?><quiz>{}", "<question>".repeat(500_000));
    let attributes = attributes(200_000);
    let item_laughs = format!(
        "{}<assessmentItem xmlns=\"http://www.imsglobal.org/xsd/imsqti_v2p1\" identifier=\"a\" title=\"&i;\"/>",
        laughs()
    );
    vec![
        bytes(
            "laughs.xml",
            format!("{}<quiz>&i;</quiz>", laughs()),
            "",
            no_roster,
        ),
        bytes("item-laughs.xml", item_laughs, "", no_roster),
        bytes("outside.xml", outside, "", no_roster),
        bytes("fetched.xml", fetched, "", no_roster),
        bytes("deep.xml", deep, "", no_roster),
        bytes(
            "wide.xml",
            format!("<?xml version=\"1.0\"?><quiz{attributes}/>"),
            "",
            "",
        ),
        bytes("slashes.xml", question(&"\\".repeat(8 * MIB - 1024)), "", ""),
        bytes("tags.xml", question(&"&lt;b&gt;".repeat(800_000)), "", ""),
        bytes(
            "cut.xml",
            "<?xml version=\"1.0\"?><quiz><question type=\"essay\"",
            "",
            no_roster,
        ),
    ]
}

fn texts() -> Vec<Hostile> {
    let utf16 = |text: &str| -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    let latin = b"number,name,district\n1,Jos\xe9,pune\n".to_vec();
    let quote = [b"number,name,district\n1,\"".to_vec(), vec![b'x'; 20 * MIB]].concat();
    vec![
        bytes(
            "utf16.csv",
            utf16("number,name,district\n1,Asha,pune\n"),
            "UTF-16",
            "UTF-16",
        ),
        bytes("utf16.gift", utf16("::a:: b {=c ~d}\n"), "UTF-16", "UTF-16"),
        bytes("latin.csv", latin, "", "the text is not UTF-8"),
        bytes("latin.gift", b"::caf\xe9:: b {=c ~d}\n".to_vec(), "UTF-8", ""),
        bytes(
            "declared.xml",
            b"<?xml version=\"1.0\" encoding=\"UTF-7\"?><quiz/>".to_vec(),
            "",
            "",
        ),
        bytes("quote.csv", quote, "", "is too long"),
        bytes("commas.csv", vec![b','; 20 * MIB], "", "columns, at most"),
        bytes("lines.csv", b"number,name,district\n".repeat(1_000_000), "", ""),
        bytes("blank.csv", vec![b'\n'; 20 * MIB], "", "the file is empty"),
        bytes("nul.csv", vec![0; 20 * MIB], "", ""),
        bytes("braces.gift", "{".repeat(6 * MIB), "", ""),
        bytes("colons.gift", "::".repeat(3 * MIB), "", ""),
        bytes("empty.csv", "", "", "the file is empty"),
    ]
}

/// Files of 200 MB.
fn large() -> Vec<Hostile> {
    const LENGTH: u64 = 200_000_000;
    let large = |name, head| Hostile {
        name,
        content: Content::Sparse { head, length: LENGTH },
        of_questions: "at most",
        of_a_roster: "are taken: split it",
    };
    vec![
        large("large.csv", b"number,name,district\n"),
        large("large.xml", b"<?xml version=\"1.0\"?><quiz>"),
        large("large.gift", b"::a:: b {=c ~d}\n"),
        large("large.txt", b"What?\nA. x\nB. y\nANSWER: A\n"),
        large("large.zip", b"PK\x03\x04"),
        large("large.xlsx", b"PK\x03\x04"),
    ]
}
