//! `join`: makes this machine a node of a cluster. Writes `identity/` and `node.toml` into the data directory.

use std::{
    fmt::Write as _,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use anyhow::{Context, bail};
use daemon::stdout;
use link::Limits;

use super::Failure;
use crate::join::{self, Request, Welcome};

/// The flags of `join`.
#[derive(Debug, clap::Args)]
pub(super) struct Join {
    /// The data directory to make.
    #[arg(long, value_name = "DIR", env = "PARIKSHA_NODE_DATA")]
    data: PathBuf,
    /// The one-time token.
    #[arg(long)]
    token: String,
    /// A coordinator to join at and to deliver to; may be given several times.
    #[arg(long = "coordinator", value_name = "HOST:PORT", required = true)]
    coordinators: Vec<String>,
    /// Where this node links (UDP); as peers reach it, unless --advertise-link-address says otherwise.
    #[arg(long, value_name = "HOST:PORT", default_value = "0.0.0.0:7411")]
    link_address: String,
    /// How peers reach the link, where that is another address than it is bound to (a NAT, a relay).
    #[arg(long, value_name = "HOST:PORT")]
    advertise_link_address: Option<String>,
    /// Where HTTPS is served to candidates.
    #[arg(long, value_name = "IP:PORT", default_value = "0.0.0.0:8443")]
    https_address: SocketAddr,
    /// Where plain HTTP is served; loopback only.
    #[arg(long, value_name = "IP:PORT")]
    plain_address: Option<SocketAddr>,
    /// The operator port: health, metrics, status.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:7412")]
    operator_address: SocketAddr,
    /// How candidates reach this node, e.g. https://mumbai-1.example:8443.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// A further host name or address that the HTTPS certificate shall be for; may be given several times.
    #[arg(long = "name", value_name = "HOST")]
    names: Vec<String>,
}

pub(super) fn run(flags: &Join) -> Result<(), Failure> {
    if let Some(plain) = flags.plain_address
        && !plain.ip().is_loopback()
    {
        return Err(anyhow::anyhow!("plain HTTP is served on loopback only, not on {plain}").into());
    }
    let public_url = public_url(flags)?;
    let request = Request {
        data: flags.data.clone(),
        token: flags.token.clone(),
        coordinators: flags.coordinators.clone(),
        link_address: flags
            .advertise_link_address
            .as_ref()
            .unwrap_or(&flags.link_address)
            .clone(),
        https_names: https_names(flags, &public_url),
        public_url,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    let bind = link_bind(&flags.link_address)?;
    let configuration = |_: &Welcome| configuration(flags, bind);
    let welcome = runtime.block_on(join::join(&request, &Limits::default(), configuration))?;
    stdout::line(format_args!(
        "Joined as node {} ({}) of district {}. Start it with: pariksha-node run --data {}",
        welcome.node,
        welcome.name,
        welcome.district,
        flags.data.display()
    ))?;
    Ok(())
}

fn public_url(flags: &Join) -> anyhow::Result<String> {
    if let Some(url) = &flags.public_url {
        let url = url.trim_end_matches('/');
        if crate::http::cors::origin_of(url) != Some(url) {
            bail!("--public-url {url} is not of the form https://host:port");
        }
        return Ok(url.to_owned());
    }
    if flags.https_address.ip().is_unspecified() {
        bail!("--public-url is needed: how candidates reach this node, e.g. https://mumbai-1.example:8443");
    }
    Ok(format!("https://{}", flags.https_address))
}

/// What the certificate is for: how candidates reach the node, and this machine itself.
fn https_names(flags: &Join, public_url: &str) -> Vec<String> {
    let mut names = flags.names.clone();
    let authority = public_url
        .split_once("://")
        .map_or("", |(_, authority)| authority);
    let host = authority
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let host = host.map_or(authority, |(host, _)| host).trim_matches(['[', ']']);
    names.push(host.to_owned());
    if !flags.https_address.ip().is_unspecified() {
        names.push(flags.https_address.ip().to_string());
    }
    names.extend(["localhost".to_owned(), Ipv4Addr::LOCALHOST.to_string()]);
    names.retain(|name| !name.is_empty());
    names.sort();
    names.dedup();
    names
}

/// Peers may know the node by a name; the socket is then bound on every address.
fn link_bind(link_address: &str) -> anyhow::Result<SocketAddr> {
    if let Ok(address) = link_address.parse() {
        return Ok(address);
    }
    let port = link_address
        .rsplit_once(':')
        .and_then(|(_, port)| port.parse().ok());
    let port = port.with_context(|| format!("--link-address {link_address} is not HOST:PORT"))?;
    Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port))
}

fn configuration(flags: &Join, link_bind: SocketAddr) -> String {
    let coordinators: Vec<String> = flags
        .coordinators
        .iter()
        .map(|address| format!("{address:?}"))
        .collect();
    let mut text = String::from(
        "# Written by `pariksha-node join`. All settings: pariksha-node config show\n\n[http]\n",
    );
    // Writing to a string cannot fail.
    let _ = writeln!(text, "https_address = \"{}\"", flags.https_address);
    if let Some(plain) = flags.plain_address {
        let _ = writeln!(text, "plain_address = \"{plain}\"");
    }
    let _ = write!(
        text,
        "\n[operator]\naddress = \"{}\"\n\n[link]\naddress = \"{link_bind}\"\ncoordinators = [{}]\n",
        flags.operator_address,
        coordinators.join(", ")
    );
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::config::{DataDirectory, NodeSettings, layers};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        join: Join,
    }

    fn parsed(more: &[&str]) -> Join {
        let line = [
            "join",
            "--data",
            "d",
            "--token",
            "t",
            "--coordinator",
            "c1:7000",
            "--coordinator",
            "c2:7000",
        ];
        Line::parse_from(line.iter().chain(more)).join
    }

    #[test]
    fn the_written_configuration_is_what_the_flags_said() {
        let flags = parsed(&[
            "--https-address",
            "127.0.0.1:1",
            "--plain-address",
            "127.0.0.1:2",
            "--link-address",
            "h:3",
        ]);
        let directory = tempfile::tempdir().unwrap();
        let text = configuration(&flags, link_bind(&flags.link_address).unwrap());
        std::fs::write(directory.path().join("node.toml"), text).unwrap();
        let layers = layers(&DataDirectory(directory.path().to_owned()), None).unwrap();
        let settings: NodeSettings = layers.load().unwrap();
        assert_eq!(settings.http.https_address, flags.https_address);
        assert_eq!(settings.http.plain_address, flags.plain_address);
        assert_eq!(settings.operator.address, flags.operator_address);
        assert_eq!(settings.link.address, "0.0.0.0:3".parse().unwrap());
        assert_eq!(settings.link.coordinators, ["c1:7000", "c2:7000"]);
    }

    #[test]
    fn the_certificate_is_for_the_public_host_and_this_machine() {
        let flags = parsed(&["--public-url", "https://mumbai-1.example:8443/"]);
        let url = public_url(&flags).unwrap();
        assert_eq!(url, "https://mumbai-1.example:8443");
        assert_eq!(
            https_names(&flags, &url),
            ["127.0.0.1", "localhost", "mumbai-1.example"]
        );
        assert!(public_url(&parsed(&[])).is_err(), "nobody can reach 0.0.0.0");
        assert!(public_url(&parsed(&["--public-url", "mumbai"])).is_err());
    }
}
