//! `attempt unlock`: the invigilator lets another device go on with a candidate's exam, at the running node on this machine.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, anyhow};
use daemon::stdout;
use protocol::ids::{CandidateId, SittingId};
use reqwest::Client;

use super::{Failure, UNREACHABLE, Where};
use crate::{
    config::NodeSettings,
    status::{MoveAnswer, MoveForm},
};

/// How long the node may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Subcommand)]
pub(super) enum AttemptCommand {
    /// Let another device go on with a candidate's open exam: once, within ten minutes, at this node; look at who asks first
    Unlock(Unlock),
}

/// The flags of `attempt unlock`.
#[derive(Debug, clap::Args)]
pub(super) struct Unlock {
    #[command(flatten)]
    place: Where,
    /// The candidate's number.
    candidate: u32,
    /// In which sitting, if not in all that are open.
    #[arg(long, value_name = "N")]
    sitting: Option<u32>,
    /// The operator port, if it is not the configured one.
    #[arg(long, value_name = "IP:PORT")]
    operator_address: Option<SocketAddr>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &AttemptCommand) -> Result<(), Failure> {
    let AttemptCommand::Unlock(flags) = command;
    let settings: NodeSettings = flags.place.layers()?.load()?;
    let address = flags.operator_address.unwrap_or(settings.operator.address);
    let form = MoveForm {
        candidate: CandidateId(flags.candidate),
        sitting: flags.sitting.map(SittingId),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    let answer = runtime.block_on(ask(address, &form))?;
    if flags.json {
        stdout::line(serde_json::to_string_pretty(&answer)?)?;
    } else {
        tell(&answer)?;
    }
    Ok(())
}

async fn ask(address: SocketAddr, form: &MoveForm) -> Result<MoveAnswer, Failure> {
    let client = Client::builder().no_proxy().timeout(ANSWER_MAX).build()?;
    let sent = client
        .post(format!("http://{address}/attempts/unlock"))
        .json(form)
        .send();
    let answer = sent.await.map_err(|error| Failure {
        error: anyhow::Error::new(error).context(format!(
            "no node answers at {address}; is it running, and is operator.address right?"
        )),
        code: UNREACHABLE,
    })?;
    if !answer.status().is_success() {
        let sentence = answer.text().await.unwrap_or_default();
        return Err(anyhow!("{}", sentence.trim()).into());
    }
    Ok(answer
        .json()
        .await
        .context("the node's answer cannot be read; is it of this version?")?)
}

fn tell(answer: &MoveAnswer) -> anyhow::Result<()> {
    let MoveAnswer {
        candidate,
        name,
        roll,
        unlocked,
    } = answer;
    for one in unlocked {
        let until = jiff::Timestamp::from_millisecond(one.until.0)?.in_tz("Asia/Kolkata")?;
        stdout::line(format_args!(
            "candidate {candidate} ({name}, roll {roll}), sitting {} \"{}\": another device may go on, once, until {}",
            one.sitting,
            one.title,
            until.strftime("%H:%M:%S")
        ))?;
    }
    Ok(())
}
