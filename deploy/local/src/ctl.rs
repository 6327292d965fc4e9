//! This binary as a child in a role that ends by itself: `parikshactl --json` for an answer, `init` and `join` for what
//! they make.

use std::{
    ffi::OsString,
    path::PathBuf,
    process::{Output, Stdio},
};

use anyhow::{Context, bail};
use serde_json::Value;
use tokio::process::Command;

use crate::role::Role;

/// The exit code by which `parikshactl` says that it reached nobody.
const NOT_REACHABLE: i32 = 3;

/// `parikshactl --json` as a child process.
#[derive(Debug, Clone)]
pub(crate) struct Ctl {
    context: PathBuf,
}

impl Ctl {
    /// A client of the cluster that this context file names.
    pub(crate) fn new(context: PathBuf) -> Self {
        Self { context }
    }

    /// Runs a command once, without waiting for a centre that does not answer.
    pub(crate) async fn ask_now(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        self.ask_once(arguments).await?.context("no coordinator answers")
    }

    /// Runs a command once; nothing when it reached nobody.
    pub(crate) async fn ask_once(&self, arguments: &[&str]) -> anyhow::Result<Option<Value>> {
        let context = [
            OsString::from("--context"),
            self.context.clone().into(),
            "--json".into(),
        ];
        let all: Vec<OsString> = context
            .into_iter()
            .chain(arguments.iter().map(OsString::from))
            .collect();
        let output = role_output(Role::Ctl, &all).await?;
        if output.status.code() == Some(NOT_REACHABLE) {
            return Ok(None);
        }
        if !output.status.success() {
            bail!(
                "`{}` failed: {}",
                arguments.join(" "),
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        serde_json::from_slice(&output.stdout)
            .map(Some)
            .context("parikshactl did not answer in JSON")
    }
}

async fn role_output(role: Role, arguments: &[OsString]) -> anyhow::Result<Output> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg(role.argument())
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command.output().await.context("this program cannot run itself")
}

/// Runs a command of a program to its end.
pub(crate) async fn run_role(role: Role, arguments: Vec<OsString>) -> anyhow::Result<()> {
    let output = role_output(role, &arguments).await?;
    if output.status.success() {
        return Ok(());
    }
    bail!(
        "`{}` failed: {}",
        arguments[0].to_string_lossy(),
        String::from_utf8_lossy(&output.stderr).trim()
    )
}
