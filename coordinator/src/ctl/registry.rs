//! `parikshactl district`, `node` and `coordinator`.

use super::{
    arguments::{CoordinatorCommand, DistrictCommand, NodeCommand},
    client::Client,
    failure::Failure,
    output::{Output, table},
    times,
};
use crate::ops::shapes::{AddDistrict, CoordinatorRow, DistrictRow, JoinTokenMade, MakeNodeToken, NodeRow};

pub(super) async fn district(
    command: DistrictCommand,
    client: &Client,
    output: &Output,
) -> Result<(), Failure> {
    match command {
        DistrictCommand::Add { name } => {
            let row: DistrictRow = client.post(&["districts"], &AddDistrict { name }).await?;
            output.show(&row, |row| format!("district {} {}", row.id, row.name))
        }
        DistrictCommand::List => {
            let rows: Vec<DistrictRow> = client.get(&["districts"]).await?;
            output.show(&rows, |rows| {
                table(
                    &["id", "name", "candidates", "nodes"],
                    rows.iter().map(|row| {
                        vec![
                            row.id.to_string(),
                            row.name.clone(),
                            row.candidates.to_string(),
                            row.nodes.to_string(),
                        ]
                    }),
                )
            })
        }
    }
}

pub(super) async fn node(command: NodeCommand, client: &Client, output: &Output) -> Result<(), Failure> {
    match command {
        NodeCommand::Token { name, district } => {
            let made: JoinTokenMade = client
                .post(&["nodes", "token"], &MakeNodeToken { name, district })
                .await?;
            show_token(&made, output)
        }
        NodeCommand::List => {
            let rows: Vec<NodeRow> = client.get(&["nodes"]).await?;
            output.show(&rows, |rows| {
                table(
                    &["id", "name", "district", "link", "candidates' address"],
                    rows.iter().map(|row| {
                        vec![
                            row.id.to_string(),
                            row.name.clone(),
                            row.district.clone(),
                            row.link_address.clone(),
                            row.candidate_url.clone(),
                        ]
                    }),
                )
            })
        }
    }
}

pub(super) async fn coordinator(
    command: CoordinatorCommand,
    client: &Client,
    output: &Output,
) -> Result<(), Failure> {
    match command {
        CoordinatorCommand::Token => {
            let made: JoinTokenMade = client.post(&["coordinators", "token"], &()).await?;
            show_token(&made, output)
        }
        CoordinatorCommand::List => {
            let rows: Vec<CoordinatorRow> = client.get(&["coordinators"]).await?;
            output.show(&rows, |rows| coordinators(rows))
        }
        CoordinatorCommand::Remove { id } => {
            let path = id.to_string();
            output
                .spin(
                    "removing the coordinator",
                    client.delete(&["coordinators", &path]),
                )
                .await?;
            output.show(&serde_json::json!({ "removed": id }), |_| {
                format!("coordinator {id} was removed")
            })
        }
    }
}

/// The coordinators as a table; also part of `status`.
pub(super) fn coordinators(rows: &[CoordinatorRow]) -> String {
    table(
        &["id", "state", "role", "applied", "link", "ops"],
        rows.iter().map(|row| {
            let role = match (row.leader, row.voter) {
                (true, _) => "leader",
                (false, true) => "voter",
                (false, false) => "learner",
            };
            vec![
                row.id.to_string(),
                if row.up { "up" } else { "DOWN" }.to_owned(),
                role.to_owned(),
                row.applied
                    .map_or_else(|| "?".to_owned(), |applied| applied.to_string()),
                row.link_address.clone(),
                row.ops_url.clone(),
            ]
        }),
    )
}

/// The token alone on stdout, so that it can be piped.
fn show_token(made: &JoinTokenMade, output: &Output) -> Result<(), Failure> {
    output.show(made, |made| made.token.clone())?;
    output.note(&format!(
        "for id {}, to be used once, until {}",
        made.id,
        times::shown(made.expires)
    ));
    Ok(())
}
