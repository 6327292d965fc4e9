//! PostgreSQL with the settings of a fresh `initdb`: `fsync` and `synchronous_commit` are on. Reached by its socket.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    rc::Rc,
    time::Duration,
};

use anyhow::{Context, Result, ensure};

use crate::{cores::Cores, server::Server};

/// Where Debian puts the server's programs, one directory a version.
const PROGRAMS: &str = "/usr/lib/postgresql";

const TABLE: &str = include_str!("table.sql");
const INSERT: &str = include_str!("insert.sql");

/// One running server.
#[derive(Clone)]
pub(crate) struct Database {
    /// Its socket's directory, and the user that owns it.
    pub(crate) socket: PathBuf,
    pub(crate) user: String,
    directory: PathBuf,
    /// Ends with the last who holds it.
    _server: Rc<Server>,
}

/// pgbench with so many clients.
pub(crate) struct Pgbench {
    database: Database,
    cores: Cores,
    clients: usize,
    script: PathBuf,
    transactions: u64,
}

impl Database {
    /// Starts one, or says that it is not installed.
    pub(crate) async fn start(cores: Cores, directory: &Path) -> Result<Option<Self>> {
        let Some(programs) = programs() else {
            eprintln!("NOTICE: PostgreSQL is not installed; its rows are left out");
            return Ok(None);
        };
        let user = User::find()?;
        let home = directory.join("postgres");
        fs::create_dir(&home)?;
        user.own(directory, &home)?;
        let (data, socket) = (home.join("data"), home.clone());
        let made = user
            .command(Command::new("setpriv"), programs.join("initdb"))
            .args(["--auth", "trust", "--username", &user.name, "--pgdata"])
            .arg(&data)
            .output()?;
        ensure!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        let mut command = user.command(cores.server_command("setpriv"), programs.join("postgres"));
        command
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&socket)
            .args(["-h", ""]);
        let mut server = Server::start("postgres", &mut command, directory)?;
        server
            .comes_up(|words| words.contains("ready to accept connections").then_some(()))
            .await?;
        let database = Self {
            socket,
            user: user.name,
            directory: directory.to_owned(),
            _server: Rc::new(server),
        };
        database.ask(TABLE)?;
        Ok(Some(database))
    }

    /// Rows in the table of answers.
    pub(crate) fn rows(&self) -> Result<u64> {
        Ok(self.ask("SELECT count(*) FROM answers")?.trim().parse()?)
    }

    pub(crate) fn pgbench(&self, cores: Cores, clients: usize) -> Result<Pgbench> {
        let script = self.directory.join("insert.sql");
        fs::write(&script, INSERT)?;
        Ok(Pgbench {
            database: self.clone(),
            cores,
            clients,
            script,
            transactions: 0,
        })
    }

    fn ask(&self, statement: &str) -> Result<String> {
        let output = Command::new("psql")
            .arg("-h")
            .arg(&self.socket)
            .args([
                "-U",
                &self.user,
                "-d",
                "postgres",
                "-v",
                "ON_ERROR_STOP=1",
                "-qAtc",
                statement,
            ])
            .output()
            .context("psql cannot be started")?;
        ensure!(
            output.status.success(),
            "psql: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8(output.stdout)?)
    }
}

impl Pgbench {
    pub(crate) fn turn(&mut self, time: Duration) -> Result<f64> {
        let clients = self.clients.to_string();
        let output = self
            .cores
            .client_command("pgbench")
            .args([
                "-n",
                "-M",
                "prepared",
                "-j",
                "1",
                "-c",
                &clients,
                "-T",
                &time.as_secs().max(1).to_string(),
            ])
            .arg("-f")
            .arg(&self.script)
            .arg("-h")
            .arg(&self.database.socket)
            .args(["-U", &self.database.user, "postgres"])
            .output()?;
        ensure!(
            output.status.success(),
            "pgbench: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let words = String::from_utf8(output.stdout)?;
        let after = |label: &str| words.split(label).nth(1)?.split_whitespace().next();
        let done = after("actually processed: ").context("pgbench says no count")?;
        // Some versions say "n/m".
        self.transactions += done.split('/').next().unwrap_or(done).parse::<u64>()?;
        Ok(after("tps = ").context("pgbench says no rate")?.parse()?)
    }

    pub(crate) fn verify(&self) -> Result<()> {
        let rows = self.database.rows()?;
        ensure!(
            rows >= self.transactions,
            "PostgreSQL committed {} and holds {rows}",
            self.transactions
        );
        Ok(())
    }
}

/// The newest version's programs.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir(PROGRAMS).ok()?.filter_map(Result::ok);
    let programs = versions.map(|version| version.path().join("bin"));
    programs
        .filter(|programs| programs.join("postgres").exists())
        .max()
}

/// The user that the server runs as: it refuses to be root.
struct User {
    name: String,
    is_other: bool,
}

impl User {
    fn find() -> Result<Self> {
        if rustix::process::getuid().is_root() {
            return Ok(Self {
                name: "postgres".to_owned(),
                is_other: true,
            });
        }
        let output = Command::new("id")
            .arg("-un")
            .output()
            .context("id cannot be started")?;
        Ok(Self {
            name: String::from_utf8(output.stdout)?.trim().to_owned(),
            is_other: false,
        })
    }

    /// Gives the user a directory, and a way to it.
    fn own(&self, outer: &Path, inner: &Path) -> Result<()> {
        if self.is_other {
            fs::set_permissions(outer, fs::Permissions::from_mode(0o755))?;
            let done = Command::new("chown").arg(&self.name).arg(inner).status()?;
            ensure!(
                done.success(),
                "{} cannot be given to {}",
                inner.display(),
                self.name
            );
        }
        Ok(())
    }

    /// A program as this user, in the same process; `setpriv` is the last word of the command so far.
    fn command(&self, mut setpriv: Command, program: PathBuf) -> Command {
        if self.is_other {
            setpriv.args(["--reuid", &self.name, "--regid", &self.name, "--clear-groups"]);
        }
        setpriv.arg(program).current_dir("/");
        setpriv
    }
}
