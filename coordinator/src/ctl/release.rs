//! `parikshactl paper release|schedule|unschedule|withdraw|shares` and `parikshactl officer`: what two officers decide.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use qrcode::{
    QrCode,
    render::{svg, unicode::Dense1x2},
};

use super::{
    client::Client,
    failure::Failure,
    files::NewFile,
    output::{Output, table},
    times,
};
use crate::ops::shapes::{
    AddOfficer, Decided, MakeShares, OfficerRow, ScheduleRequest, ShareRow, SharesMade, WithdrawRequest,
};

/// A token's file is not longer.
const TOKEN_FILE_BYTES_MAX: u64 = 1024;

/// An officer's token for one command.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct OfficerToken {
    /// The file with an officer's token; needed where the cluster has officers
    #[arg(long, value_name = "FILE", env = "PARIKSHA_OFFICER_TOKEN")]
    officer_token: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum ReleaseCommand {
    /// Gives a paper's key to the nodes: from now on it can be read
    ///
    /// Where the cluster has officers, the first one's approval is recorded and the second one's releases.
    Release {
        /// The paper's version, e.g. 1v1
        paper: String,
        #[command(flatten)]
        officer: OfficerToken,
    },
    /// Sets the time at which a paper is released by itself; two officers must name the same time
    Schedule {
        /// The paper's version, e.g. 1v1
        paper: String,
        /// When: +30m, or 2027-01-31T08:45:00+05:30
        #[arg(long, value_parser = times::moment)]
        at: times::Moment,
        #[command(flatten)]
        officer: OfficerToken,
    },
    /// Takes the time of release back
    Unschedule {
        /// The paper's version, e.g. 1v1
        paper: String,
        #[command(flatten)]
        officer: OfficerToken,
    },
    /// Withdraws a paper for good: nodes give it out no more, answers that were given stay
    Withdraw {
        /// The paper's version, e.g. 1v1
        paper: String,
        /// Why, as candidates are told
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        officer: OfficerToken,
    },
    /// Deals a paper's key to officers, so that enough of them can open it at a node that the centre cannot reach
    ///
    /// Writes one text file and one QR code for each officer (mode 0600). They are made once and kept nowhere: print
    /// them, hand them over in sealed envelopes, and delete the files. Dealing again makes other shares; earlier ones
    /// stay valid among themselves.
    Shares {
        /// The paper's version, e.g. 1v1
        paper: String,
        /// For how many officers
        #[arg(long)]
        officers: u8,
        /// How many of them are needed
        #[arg(long)]
        need: u8,
        /// The directory to write to; made if it is not there
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        #[command(flatten)]
        officer: OfficerToken,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum OfficerCommand {
    /// Adds an officer and prints their token, once; from the first officer on papers need two
    ///
    /// Where there are two officers already, two of them must approve the new one: the first run prints the token.
    Add {
        /// Their name, unique
        name: String,
        #[command(flatten)]
        officer: OfficerToken,
    },
    /// Removes an officer; where there are two, two must approve it
    Remove {
        /// Their name
        name: String,
        #[command(flatten)]
        officer: OfficerToken,
    },
    /// Lists the officers
    List,
}

impl OfficerToken {
    /// A client that shows the officer's token too.
    fn on(&self, client: &Client) -> Result<Client, Failure> {
        let Some(path) = &self.officer_token else {
            return Ok(client.clone());
        };
        let failed = |error| Failure::file(path, &error);
        if std::fs::metadata(path).map_err(failed)?.len() > TOKEN_FILE_BYTES_MAX {
            return Err(Failure::Usage(format!(
                "{} does not hold a token",
                path.display()
            )));
        }
        let token = std::fs::read_to_string(path).map_err(failed)?;
        Ok(client.clone().with_officer(token.trim()))
    }
}

pub(super) async fn run(command: ReleaseCommand, client: &Client, output: &Output) -> Result<(), Failure> {
    match command {
        ReleaseCommand::Release { paper, officer } => {
            let client = officer.on(client)?;
            let path = ["papers", &paper, "release"];
            let work = client.post(&path, &());
            let decided: Decided = output.spin("releasing the paper's key", work).await?;
            output.show(&decided, said)
        }
        ReleaseCommand::Schedule { paper, at, officer } => {
            let request = ScheduleRequest {
                at: at.resolve_ms(times::now_ms()),
            };
            let path = ["papers", &paper, "schedule"];
            let decided: Decided = officer.on(client)?.post(&path, &request).await?;
            output.show(&decided, |decided| {
                format!("{} ({})", said(decided), times::shown(request.at))
            })
        }
        ReleaseCommand::Unschedule { paper, officer } => {
            let path = ["papers", &paper, "unschedule"];
            let decided: Decided = officer.on(client)?.post(&path, &()).await?;
            output.show(&decided, said)
        }
        ReleaseCommand::Withdraw {
            paper,
            reason,
            officer,
        } => {
            let path = ["papers", &paper, "withdraw"];
            let decided: Decided = officer
                .on(client)?
                .post(&path, &WithdrawRequest { reason })
                .await?;
            output.show(&decided, said)
        }
        ReleaseCommand::Shares {
            paper,
            officers,
            need,
            out,
            officer,
        } => {
            let path = ["papers", &paper, "shares"];
            prepare(&out, &paper)?;
            let made: SharesMade = officer
                .on(client)?
                .post(&path, &MakeShares { officers, need })
                .await?;
            for share in &made.shares {
                write_share(&out, &paper, (officers, need), share)?;
            }
            if made.decided.done {
                let advice = "print them, hand them over in sealed envelopes, then delete the files";
                output.note(&format!("{officers} shares are in {}: {advice}", out.display()));
            }
            output.show(&made.decided, said)
        }
    }
}

pub(super) async fn officers(
    command: OfficerCommand,
    client: &Client,
    output: &Output,
) -> Result<(), Failure> {
    match command {
        OfficerCommand::Add { name, officer } => {
            let answer: (Decided, OfficerRow) = officer
                .on(client)?
                .post(&["officers"], &AddOfficer { name })
                .await?;
            if answer.1.token.is_some() {
                output.note("the token is shown once: write it to a file that only this officer can read");
            }
            output.show(&answer, |(decided, row)| match &row.token {
                Some(token) => format!("{}\n{token}", said(decided)),
                None => said(decided),
            })
        }
        OfficerCommand::Remove { name, officer } => {
            let path = ["officers", &name, "remove"];
            let decided: Decided = officer.on(client)?.post(&path, &()).await?;
            output.show(&decided, said)
        }
        OfficerCommand::List => {
            let rows: Vec<OfficerRow> = client.get(&["officers"]).await?;
            output.show(&rows, |rows| {
                let line = |row: &OfficerRow| {
                    let state = if row.removed { "removed" } else { "active" };
                    vec![row.name.clone(), times::shown(row.since), state.to_owned()]
                };
                table(&["officer", "since", "state"], rows.iter().map(line))
            })
        }
    }
}

fn said(decided: &Decided) -> String {
    match &decided.first {
        Some(first) => format!(
            "{}: approved by {first}; a second officer must approve it too",
            decided.what
        ),
        None => format!("{}: done", decided.what),
    }
}

/// Refuses before anything is dealt where a share could not be written.
fn prepare(out: &Path, paper: &str) -> Result<(), Failure> {
    std::fs::create_dir_all(out).map_err(|error| Failure::file(out, &error))?;
    let first = out.join(format!("paper-{paper}-share-1.txt"));
    if first.exists() {
        return Err(Failure::Usage(format!(
            "{} is there already; give another directory, so that no earlier share is lost",
            first.display()
        )));
    }
    // Shows whether files can be written here at all.
    let probe = out.join(".share");
    NewFile::create(&probe)?.finish()?;
    std::fs::remove_file(&probe).map_err(|error| Failure::file(&probe, &error))
}

fn write_share(out: &Path, paper: &str, (officers, need): (u8, u8), share: &ShareRow) -> Result<(), Failure> {
    let name = format!("paper-{paper}-share-{}", share.number);
    let code = QrCode::new(share.words.replace('\n', " ").to_uppercase())
        .map_err(|error| Failure::Other(format!("the QR code cannot be made: {error}")))?;
    let text = format!(
        "Share {} of {officers} of the key of paper {paper}. Any {need} of them open it.\n\n{}\n\n{}\n",
        share.number,
        share.words,
        code.render::<Dense1x2>().build()
    );
    let picture = code.render::<svg::Color>().build();
    for (ending, content) in [("txt", text), ("svg", picture)] {
        let path = out.join(format!("{name}.{ending}"));
        let mut file = NewFile::create(&path)?;
        file.write(content.as_bytes())?;
        file.finish()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_share_is_written_as_words_and_code_for_its_owner_alone_and_never_over_another() {
        let directory = tempfile::tempdir().unwrap();
        let out = directory.path().join("shares");
        let dealt = protocol::shares::deal(
            &[7; 32],
            protocol::ids::PaperRef {
                paper: protocol::ids::PaperId(1),
                version: protocol::ids::PaperVersion(1),
            },
            3,
            9,
            &[[5; 32]],
        )
        .unwrap();
        prepare(&out, "1v1").unwrap();
        let row = ShareRow {
            number: 1,
            words: dealt[0].to_string(),
        };
        write_share(&out, "1v1", (3, 2), &row).unwrap();
        let path = out.join("paper-1v1-share-1.txt");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(&row.words), "{text}");
        assert!(text.contains('█') || text.contains('▀'));
        assert!(
            std::fs::read_to_string(out.join("paper-1v1-share-1.svg"))
                .unwrap()
                .contains("<svg")
        );
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(prepare(&out, "1v1").is_err());
        assert!(!format!("{row:?}").contains(&row.words[..11]));
    }
}
