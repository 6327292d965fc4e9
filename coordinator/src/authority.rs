//! Making the cluster's first identities, and instants as certificates want them.

use std::time::{Duration, SystemTime};

use protocol::time::Instant;

/// The same instant as the PKI counts it; before 1970 becomes 1970.
pub(crate) fn system_time(at: Instant) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(at.0).unwrap_or(0))
}

/// The host of a `host:port` or of a URL.
pub(crate) fn host_of(address: &str) -> Option<String> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split('/').next()?;
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next()?,
        None => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
    };
    (!host.is_empty()).then(|| host.to_owned())
}

/// The names for an HTTPS certificate: those that were given, the hosts of the addresses, and this machine's own.
/// Addresses that stand for "all" are left out.
pub(crate) fn https_names(given: &[String], addresses: &[&str]) -> Vec<String> {
    let own = ["localhost", "127.0.0.1"].map(str::to_owned);
    let hosts = addresses.iter().filter_map(|address| host_of(address));
    let mut names: Vec<String> = Vec::new();
    for name in given.iter().cloned().chain(hosts).chain(own) {
        if name != "0.0.0.0" && name != "::" && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_in_addresses_and_urls() {
        assert_eq!(host_of("10.1.2.3:7400").as_deref(), Some("10.1.2.3"));
        assert_eq!(
            host_of("https://centre.example:7500/api").as_deref(),
            Some("centre.example")
        );
        assert_eq!(host_of("[::1]:7400").as_deref(), Some("::1"));
        let names = https_names(&["ops.example".into()], &["0.0.0.0:1", "127.0.0.1:2"]);
        assert_eq!(names, ["ops.example", "127.0.0.1", "localhost"]);
    }
}
