//! Commands to the running system, carried out one after the other: lines cut and healed, processes killed and started,
//! a disk lost. They come from other terminals through [`crate::control`].

use std::{collections::BTreeMap, fs, time::Duration};

use anyhow::{Context, bail};
use daemon::CancellationToken;

use crate::{
    control::{Answer, Command},
    line::LineName,
    plan::DISTRICTS,
    process::Life,
    relay::Line,
    setup,
    system::System,
};

/// Carries out commands until asked to stop; says at once when a child ended by itself.
pub async fn serve(system: &mut System, stop: &CancellationToken) {
    let mut look = tokio::time::interval(Duration::from_secs(1));
    let mut reported = BTreeMap::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            Some((command, back)) = system.asked.recv() => {
                let answer = carry_out(system, command).await.unwrap_or_else(|error| Answer::Failed(format!("{error:#}")));
                let _ = back.send(answer);
            }
            _ = look.tick() => report_ended(system, &mut reported),
        }
    }
}

fn report_ended(system: &mut System, reported: &mut BTreeMap<String, String>) {
    for (name, life) in system.processes.lives() {
        match life {
            Life::Ended(how) if reported.get(&name) != Some(&how) => {
                eprintln!(
                    "{name} ended by itself ({how}); its last words are in {}; start it again with: start {name}",
                    system.plan.log_of(&name).display()
                );
                reported.insert(name, how);
            }
            Life::Running(_) => drop(reported.remove(&name)),
            _ => {}
        }
    }
}

async fn carry_out(system: &mut System, command: Command) -> anyhow::Result<Answer> {
    match command {
        Command::Wan { district, line } => set_wan(system, &district, line),
        Command::Peer { district, line } => set_peers(system, &district, line),
        Command::Kill(name) => {
            system.processes.kill(&name).await?;
            Ok(Answer::Done(format!("{name} was killed (kill -9)")))
        }
        Command::Start(name) => {
            system.processes.start_again(&name)?;
            Ok(Answer::Done(format!("{name} was started")))
        }
        Command::Wipe(name) => wipe(system, &name).await,
        Command::Status => Ok(Answer::Status {
            processes: system.processes.lives(),
            wan: DISTRICTS
                .iter()
                .map(|(name, _)| ((*name).to_owned(), system.lines.get(LineName::Wan(name))))
                .collect(),
            carried: DISTRICTS
                .iter()
                .map(|(name, _)| ((*name).to_owned(), system.lines.traffic(LineName::Wan(name))))
                .collect(),
            port_base: system.plan.port_base,
        }),
    }
}

fn set_wan(system: &System, district: &str, line: Line) -> anyhow::Result<Answer> {
    let names: Vec<&str> = DISTRICTS.iter().map(|(name, _)| *name).collect();
    let meant = if district == "all" {
        names.clone()
    } else {
        vec![district]
    };
    if !meant.iter().all(|name| system.lines.set_wan(name, line)) {
        bail!(
            "there is no district {district}; there are: all, {}",
            names.join(", ")
        );
    }
    Ok(Answer::Done(format!("the WAN of {} is {line}", meant.join(", "))))
}

fn set_peers(system: &System, district: &str, line: Line) -> anyhow::Result<Answer> {
    if !system.lines.set_peers(district, line) {
        bail!("there is no district {district} with several nodes; there is: mumbai");
    }
    Ok(Answer::Done(format!(
        "the link between the nodes of {district} is {line}"
    )))
}

async fn wipe(system: &mut System, name: &str) -> anyhow::Result<Answer> {
    let Some(coordinator) = system
        .plan
        .coordinators()
        .into_iter()
        .find(|coordinator| coordinator.name == name)
    else {
        bail!("only a coordinator can be wiped here (coordinator-1 to coordinator-3), not {name}");
    };
    let id = setup::coordinator_id(system, &coordinator).await?;
    system.processes.stop(name).await?;
    fs::remove_dir_all(&coordinator.data).context("its data directory cannot be removed")?;
    system.ask(&["coordinator", "remove", &id.to_string()]).await?;
    setup::join_coordinator(system, &coordinator).await?;
    let new = setup::coordinator_id(system, &coordinator).await?;
    Ok(Answer::Done(format!(
        "{name} lost its disk as id {id} and joined again as id {new}"
    )))
}
