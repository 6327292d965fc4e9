use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;

use serde::Deserialize;

use super::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Node {
    district: String,
    join_token: Option<String>,
    weights: BTreeMap<String, f64>,
    http: Http,
    peers: Vec<Peer>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Http {
    port: u16,
    plain: bool,
    listen: Vec<SocketAddr>,
    public: Option<SocketAddr>,
    signing_key: u32,
    key_file: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Peer {
    name: String,
    secret: String,
}

fn defaults() -> Node {
    Node {
        district: "mumbai".into(),
        join_token: None,
        weights: BTreeMap::new(),
        http: Http {
            port: 8443,
            plain: false,
            listen: vec![],
            public: None,
            signing_key: 0,
            key_file: "key.pem".into(),
        },
        peers: vec![],
    }
}

fn start() -> Settings {
    Settings::with_defaults(&defaults()).unwrap()
}

/// A configuration file that goes away with the value.
struct TomlFile(PathBuf);

impl TomlFile {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("settings-test-{}-{name}.toml", std::process::id()));
        std::fs::File::create(&path)
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        Self(path)
    }
}

impl Drop for TomlFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .collect()
}

fn with_variables(pairs: &[(&str, &str)]) -> Settings {
    start().environment_of("T_", variables(pairs)).unwrap()
}

fn shown<'a>(all: &'a [Shown], key: &str) -> &'a Shown {
    all.iter()
        .find(|shown| shown.key == key)
        .unwrap_or_else(|| panic!("{key} is not among {all:#?}"))
}

#[test]
fn defaults_alone_load_unchanged() {
    assert_eq!(start().load::<Node>().unwrap(), defaults());
}

#[test]
fn the_command_line_beats_the_environment_beats_the_file_beats_the_default() {
    let file = TomlFile::new(
        "layers",
        "district = 'pune'\n[http]\nport = 1\nplain = true\nsigning_key = 5\n",
    );
    let settings = start()
        .file(&file.0)
        .unwrap()
        .environment_of(
            "T_",
            variables(&[
                ("T_HTTP__PORT", "2"),
                ("T_HTTP__SIGNING_KEY", "6"),
                ("U_DISTRICT", "x"),
            ]),
        )
        .unwrap()
        .override_with("http.port", Some(3), "--port")
        .unwrap()
        .override_with("district", None::<&str>, "--district")
        .unwrap();
    let node: Node = settings.load().unwrap();
    assert_eq!((node.district.as_str(), node.http.plain), ("pune", true));
    assert_eq!((node.http.port, node.http.signing_key), (3, 6));
    let all = settings.show().unwrap();
    assert_eq!(shown(&all, "district").origin, Origin::File(file.0.clone()));
    assert_eq!(
        shown(&all, "http.port").origin,
        Origin::CommandLine("--port".into())
    );
    assert_eq!(
        shown(&all, "http.signing_key").origin,
        Origin::Environment("T_HTTP__SIGNING_KEY".into())
    );
    assert_eq!(shown(&all, "http.key_file").origin, Origin::Default);
    assert_eq!(
        shown(&all, "http.port").to_string(),
        "http.port = 3  # command line --port"
    );
}

#[test]
fn an_unknown_key_is_named_with_its_file() {
    let file = TomlFile::new("unknown", "[http]\nprot = 1\n");
    let error = start().file(&file.0).unwrap().load::<Node>().unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("unknown setting \"http.prot\" (file "), "{text}");
    assert!(
        text.contains(file.0.to_str().unwrap()) && text.contains("port, plain, listen"),
        "{text}"
    );
}

#[test]
fn an_unknown_key_is_named_with_its_variable_or_flag() {
    let text = with_variables(&[("T_DISTRIKT", "x")])
        .load::<Node>()
        .unwrap_err()
        .to_string();
    assert!(
        text.starts_with("unknown setting \"distrikt\" (environment variable T_DISTRIKT)"),
        "{text}"
    );
    let flag = start().override_with("http.tls.on", Some(true), "--tls").unwrap();
    let text = flag.load::<Node>().unwrap_err().to_string();
    assert!(
        text.starts_with("unknown setting \"http.tls\" (command line --tls)"),
        "{text}"
    );
}

#[test]
fn a_variable_that_is_no_setting_can_be_excepted() {
    let settings = start().except_variables(&["T_CONFIG"]);
    let settings = settings
        .environment_of("T_", variables(&[("T_CONFIG", "/etc/x"), ("T_", "y")]))
        .unwrap();
    assert_eq!(settings.load::<Node>().unwrap(), defaults());
}

#[test]
fn text_of_digits_stays_text_and_numbers_become_numbers() {
    let settings = with_variables(&[
        ("T_DISTRICT", "400001"),
        ("T_JOIN_TOKEN", "0123456789"),
        ("T_HTTP__PORT", "80"),
        ("T_HTTP__PLAIN", "true"),
        ("T_HTTP__PUBLIC", "[::1]:8443"),
        ("T_WEIGHTS__PUNE", "0.5"),
    ]);
    let node: Node = settings.load().unwrap();
    assert_eq!(
        (node.district.as_str(), node.join_token.as_deref()),
        ("400001", Some("0123456789"))
    );
    assert_eq!((node.http.port, node.http.plain), (80, true));
    assert_eq!(node.http.public, Some("[::1]:8443".parse().unwrap()));
    assert_eq!(node.weights, BTreeMap::from([("pune".to_owned(), 0.5)]));
}

#[test]
fn a_list_from_the_environment_may_be_written_either_way() {
    for text in ["[::1]:1, 127.0.0.1:2", r#"["[::1]:1", "127.0.0.1:2"]"#] {
        let node: Node = with_variables(&[("T_HTTP__LISTEN", text)]).load().unwrap();
        assert_eq!(
            node.http.listen,
            ["[::1]:1".parse().unwrap(), "127.0.0.1:2".parse().unwrap()],
            "{text}"
        );
    }
    let none: Node = with_variables(&[("T_HTTP__LISTEN", "")]).load().unwrap();
    assert!(none.http.listen.is_empty());
}

#[test]
fn a_value_of_the_wrong_type_says_which_setting_who_set_it_and_what_was_expected() {
    let text = with_variables(&[("T_HTTP__PORT", "99999")])
        .load::<Node>()
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("\"http.port\" (environment variable T_HTTP__PORT)"),
        "{text}"
    );
    assert!(text.contains("99999") && text.contains("u16"), "{text}");
}

#[test]
fn secrets_are_in_no_listing_and_in_no_error() {
    const SECRET: &str = "tell-nobody";
    let toml = format!("join_token = '{SECRET}'\n[[peers]]\nname = 'b'\nsecret = '{SECRET}'\n");
    let file = TomlFile::new("secrets", &toml);
    let settings = start().file(&file.0).unwrap();
    assert_eq!(
        settings.load::<Node>().unwrap().join_token.as_deref(),
        Some(SECRET)
    );
    let all = settings.show().unwrap();
    assert!(!format!("{all:?}").contains(SECRET), "{all:#?}");
    assert_eq!(shown(&all, "join_token").value, "(hidden)");
    assert_eq!(
        shown(&all, "peers").value,
        r#"[{ name = "b", secret = (hidden) }]"#
    );
    assert_eq!(shown(&all, "http.key_file").value, r#""key.pem""#);
    let wrong = with_variables(&[("T_HTTP__SIGNING_KEY", SECRET)])
        .load::<Node>()
        .unwrap_err()
        .to_string();
    assert!(
        !wrong.contains(SECRET) && wrong.contains("http.signing_key"),
        "{wrong}"
    );
    let broken = TomlFile::new("broken-secret", &format!("join_token = '{SECRET}\n"));
    let syntax = start().file(&broken.0).unwrap_err().to_string();
    assert!(!syntax.contains(SECRET), "{syntax}");
}

#[test]
fn the_suffixes_of_secrets_can_be_chosen_and_an_unset_secret_is_shown_as_unset() {
    let all = start().secrets_end_in(&["district"]).show().unwrap();
    assert_eq!(shown(&all, "district").value, "(hidden)");
    assert_eq!(shown(&all, "http.signing_key").value, "0");
    assert_eq!(shown(&start().show().unwrap(), "join_token").value, "(not set)");
}

#[test]
fn broken_toml_is_reported_with_file_line_and_column() {
    let file = TomlFile::new("syntax", "district = 'pune'\n[http]\nport = = 3\n");
    let error = start().file(&file.0).unwrap_err();
    let SettingsError::Syntax {
        path, line, column, ..
    } = &error
    else {
        panic!("{error}")
    };
    assert_eq!((path, *line, *column), (&file.0, 3, 8), "{error}");
}

#[test]
fn a_file_that_must_be_there_is_missed_and_an_optional_one_is_not() {
    let path = Path::new("/nonexistent/node.toml");
    let text = start().file(path).unwrap_err().to_string();
    assert!(text.contains("/nonexistent/node.toml"), "{text}");
    assert_eq!(
        start().file_if_present(path).unwrap().load::<Node>().unwrap(),
        defaults()
    );
}

#[test]
fn a_file_beyond_the_limit_is_not_read() {
    let bytes = usize::try_from(FILE_BYTES_MAX).unwrap() + 1;
    let file = TomlFile::new("large", &"#".repeat(bytes));
    let error = start().file(&file.0).unwrap_err();
    assert!(matches!(error, SettingsError::TooLarge { .. }), "{error}");
}

#[test]
fn a_variable_that_is_not_text_is_named() {
    use std::os::unix::ffi::OsStringExt;
    let bad = vec![(OsString::from("T_DISTRICT"), OsString::from_vec(vec![0xff]))];
    let error = start().environment_of("T_", bad).unwrap_err();
    assert!(error.to_string().contains("T_DISTRICT"), "{error}");
}

#[test]
fn the_processes_own_environment_is_read() {
    // PATH is in every environment: with the prefix "PA" it is the setting "th".
    let error = start().environment("PA").unwrap().load::<Node>().unwrap_err();
    assert!(
        matches!(
            &error,
            SettingsError::UnknownKey {
                origin: Origin::Environment(_),
                ..
            }
        ),
        "{error}"
    );
}
