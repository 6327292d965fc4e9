//! `parikshactl result export --dir`: every table of a sitting as files, and a manifest with their hashes, written last: a
//! folder without one is not whole.

mod cells;
mod columns;
mod written;

use std::{
    fs::DirBuilder,
    io::Write as _,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    arguments::{ExportFormat, ExportWish},
    sets,
};
use crate::{
    ctl::{
        client::{self, Client},
        failure::Failure,
        files::NewFile,
        output::Output,
    },
    ops::shapes::{
        ClusterRow, ScoreSetRow,
        tables::{self, Table},
    },
};
use cells::Cells;
use columns::Columns;
use written::Written;

/// The file that says what the others are.
const MANIFEST: &str = "manifest.json";

/// What an export is of, and what its files must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::ctl) struct Manifest {
    /// The version of this form.
    pub(in crate::ctl) version: u16,
    /// The cluster's name.
    pub(in crate::ctl) cluster: String,
    /// The cluster's identity.
    pub(in crate::ctl) cluster_id: String,
    /// The sitting's number.
    pub(in crate::ctl) sitting: u32,
    /// By which version of the answer key it was scored.
    pub(in crate::ctl) key_version: u16,
    /// `in-time-only` or `count-late`.
    pub(in crate::ctl) policy: String,
    /// When the scores were finished.
    pub(in crate::ctl) finished: i64,
    /// `csv` or `parquet`.
    pub(in crate::ctl) format: String,
    /// The files.
    pub(in crate::ctl) files: Vec<FileEntry>,
}

/// One file of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::ctl) struct FileEntry {
    /// Its name.
    pub(in crate::ctl) name: String,
    /// Rows, without the header line.
    pub(in crate::ctl) rows: u64,
    /// Its length.
    pub(in crate::ctl) bytes: u64,
    /// BLAKE3 of its bytes, hexadecimal.
    pub(in crate::ctl) blake3: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub(in crate::ctl) sha256: String,
}

pub(super) async fn folder(
    wish: &ExportWish,
    folder: &Path,
    client: &Client,
    output: &Output,
) -> Result<(), Failure> {
    let is_parquet = match wish.format {
        None | Some(ExportFormat::Csv) => false,
        Some(ExportFormat::Parquet) => true,
        Some(ExportFormat::Json) => {
            return Err(Failure::Usage(
                "--dir writes csv or parquet; say --format csv".into(),
            ));
        }
    };
    prepare(folder)?;
    let set = chosen(wish, client).await?;
    let cluster: ClusterRow = client.get(&["cluster"]).await?;
    let mut files = Vec::new();
    for table in tables::EXPORTED {
        let what = format!("writing {}", table.name);
        let file = write_table(wish, &set, &table, (folder, is_parquet), client);
        files.push(output.spin(&what, file).await?);
    }
    if chosen(wish, client).await? != set {
        for file in &files {
            let _ = std::fs::remove_file(folder.join(&file.name));
        }
        return Err(Failure::Other(format!(
            "sitting {} was scored again while it was exported; nothing was kept, export it again",
            wish.sitting
        )));
    }
    let manifest = Manifest {
        version: 1,
        cluster: cluster.name,
        cluster_id: cluster.id,
        sitting: wish.sitting.0,
        key_version: set.key_version,
        policy: set.policy,
        finished: set.finished.unwrap_or_default(),
        format: if is_parquet { "parquet" } else { "csv" }.to_owned(),
        files,
    };
    write_manifest(folder, &manifest)?;
    output.show(&manifest, |manifest| text(folder, manifest))
}

/// The folder, made when it is not there. Nothing in it is ever overwritten.
fn prepare(folder: &Path) -> Result<(), Failure> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| Failure::file(folder, &error))?;
    let mut entries = std::fs::read_dir(folder).map_err(|error| Failure::file(folder, &error))?;
    if entries.next().is_some() {
        return Err(Failure::Usage(format!(
            "{} is not empty; give a new folder for each export",
            folder.display()
        )));
    }
    Ok(())
}

/// The finished set that is meant.
async fn chosen(wish: &ExportWish, client: &Client) -> Result<ScoreSetRow, Failure> {
    let sets = sets::list(wish.sitting, client).await?;
    let meant = |set: &ScoreSetRow| match wish.key_version {
        None => set.stands,
        Some(version) => set.key_version == version && set.finished.is_some(),
    };
    let found = sets.into_iter().filter(meant).max_by_key(|set| set.finished);
    found.ok_or_else(|| {
        Failure::Other(format!(
            "sitting {} has no finished scores of that kind; parikshactl result versions {} lists what there is",
            wish.sitting, wish.sitting
        ))
    })
}

async fn write_table(
    wish: &ExportWish,
    set: &ScoreSetRow,
    table: &Table,
    (folder, is_parquet): (&Path, bool),
    client: &Client,
) -> Result<FileEntry, Failure> {
    let path = ["sittings", &wish.sitting.to_string(), "tables", table.name];
    let query = [
        ("key_version", set.key_version.to_string()),
        ("count_late", (set.policy == "count-late").to_string()),
    ];
    let mut response = client.stream(&path, &query).await?;
    let name = format!("{}.{}", table.name, if is_parquet { "parquet" } else { "csv" });
    let file: PathBuf = folder.join(&name);
    let broken = |error: std::io::Error| Failure::file(&file, &error);
    let mut written = Written::new(NewFile::create(&file)?);
    let mut cells = Cells::new(table);
    let rows = if is_parquet {
        let mut columns = Columns::new(table, &mut written).map_err(broken)?;
        while let Some(piece) = client::piece(&mut response).await? {
            cells.take(&piece, |row| columns.add(row)).map_err(broken)?;
        }
        columns.finish().map_err(broken)?;
        cells.finish()
    } else {
        while let Some(piece) = client::piece(&mut response).await? {
            cells.take(&piece, |_| Ok(())).map_err(broken)?;
            written.write_all(&piece).map_err(broken)?;
        }
        cells.finish()
    };
    written.finish(name, rows.map_err(broken)?)
}

fn write_manifest(folder: &Path, manifest: &Manifest) -> Result<(), Failure> {
    let json = serde_json::to_vec_pretty(manifest).map_err(|error| Failure::Other(error.to_string()))?;
    let path = folder.join(MANIFEST);
    let mut file = NewFile::create(&path)?;
    file.write(&json)?;
    file.finish()
}

fn text(folder: &Path, manifest: &Manifest) -> String {
    let rows = manifest.files.iter().map(|file| {
        vec![
            file.name.clone(),
            file.rows.to_string(),
            file.bytes.to_string(),
            file.sha256.clone(),
        ]
    });
    let files = crate::ctl::output::table(&["file", "rows", "bytes", "sha256"], rows);
    format!(
        "sitting {} by answer key version {} ({}) is in {}\n{files}",
        manifest.sitting,
        manifest.key_version,
        manifest.policy,
        folder.display()
    )
}
