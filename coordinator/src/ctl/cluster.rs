//! `parikshactl cluster`: who the cluster is.

use super::{
    client::Client,
    failure::Failure,
    output::{Output, table},
};
use crate::ops::shapes::ClusterRow;

pub(super) async fn show(client: &Client, output: &Output) -> Result<(), Failure> {
    let row: ClusterRow = client.get(&["cluster"]).await?;
    output.show(&row, |row| {
        let rows = [
            ("name", &row.name),
            ("identity", &row.id),
            ("public key", &row.public_key),
        ];
        table(
            &["cluster", ""],
            rows.map(|(name, value)| vec![name.to_owned(), value.clone()]),
        )
    })
}
