//! Starts the log: tracing events on stderr, as JSON for machines or as text for people.
//!
//! Called once by each main, after the settings are loaded. stdout belongs to a command's data and is never
//! written here.

use std::fmt;
use std::io::{IsTerminal, stderr};

use serde::{Deserialize, Serialize};
use tracing::Subscriber;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, filter::ParseError};

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text when stderr is a terminal, JSON otherwise.
    #[default]
    Auto,
    /// One JSON object a line.
    Json,
    /// One line for a person, in colour on a terminal.
    Text,
}

/// The `[log]` part of a daemon's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// How log lines look.
    pub format: LogFormat,
    /// What is logged: a level, or levels by module such as `info,node::ship=debug`.
    pub filter: String,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            format: LogFormat::Auto,
            filter: "info".to_owned(),
        }
    }
}

/// Why the log could not be started.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is not one.
    #[error(
        "the log filter {filter:?} cannot be understood ({source}); give a level (error, warn, info, debug, \
         trace) or levels by module such as \"info,node::ship=debug\""
    )]
    Filter {
        /// As configured.
        filter: String,
        /// What is wrong with it.
        source: ParseError,
    },
}

/// Whether a call of [`init`] was the one that started the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started {
    /// The log now runs with the given settings.
    Now,
    /// The log was running and goes on as it was; the given settings changed nothing.
    Before,
}

/// Starts the log of this process. A second call is harmless.
pub fn init(settings: &LogSettings) -> Result<Started, TelemetryError> {
    let on_terminal = stderr().is_terminal();
    let installed = match shape(settings.format, on_terminal) {
        Shape::Json => json(settings, stderr)?.try_init(),
        Shape::Plain => text(settings, Colour::Off, stderr)?.try_init(),
        Shape::Coloured => text(settings, Colour::On, stderr)?.try_init(),
    };
    Ok(if installed.is_ok() {
        Started::Now
    } else {
        Started::Before
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Json,
    Plain,
    Coloured,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colour {
    On,
    Off,
}

fn shape(format: LogFormat, on_terminal: bool) -> Shape {
    match (format, on_terminal) {
        (LogFormat::Json, _) | (LogFormat::Auto, false) => Shape::Json,
        (LogFormat::Text, false) => Shape::Plain,
        (LogFormat::Text | LogFormat::Auto, true) => Shape::Coloured,
    }
}

fn json<W>(settings: &LogSettings, writer: W) -> Result<impl Subscriber + Send + Sync, TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    Ok(tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter(settings)?)
        .with_writer(writer)
        .finish())
}

fn text<W>(
    settings: &LogSettings,
    colour: Colour,
    writer: W,
) -> Result<impl Subscriber + Send + Sync, TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    Ok(tracing_subscriber::fmt()
        .with_ansi(colour == Colour::On)
        .with_env_filter(filter(settings)?)
        .with_writer(writer)
        .finish())
}

fn filter(settings: &LogSettings) -> Result<EnvFilter, TelemetryError> {
    EnvFilter::builder()
        .parse(&settings.filter)
        .map_err(|source| TelemetryError::Filter {
            filter: settings.filter.clone(),
            source,
        })
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Json => "json",
            Self::Text => "text",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    fn settings(filter: &str) -> LogSettings {
        LogSettings {
            format: LogFormat::Auto,
            filter: filter.to_owned(),
        }
    }

    #[test]
    fn a_json_line_carries_the_fields_of_the_event_and_the_name_of_the_task() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = json(&settings("info"), move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            let _in_task = tracing::info_span!("task", name = "shipper").entered();
            tracing::info!(frames = 7, "shipped");
            tracing::debug!("not asked for");
        });
        let text = lines.text();
        assert_eq!(text.lines().count(), 1, "{text}");
        for part in [
            r#""frames":7"#,
            r#""message":"shipped""#,
            r#""level":"INFO""#,
            r#""name":"shipper""#,
        ] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
        assert!(text.starts_with('{') && text.ends_with("}\n"), "{text}");
    }

    #[test]
    fn text_for_a_file_has_no_colour_codes() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = text(&settings("warn"), Colour::Off, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, || tracing::warn!(lag_seconds = 4, "WAN is down"));
        let text = lines.text();
        assert!(text.contains("WARN") && text.contains("WAN is down") && text.contains("lag_seconds=4"));
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }

    #[test]
    fn a_terminal_gets_text_and_everything_else_json_unless_told_otherwise() {
        assert_eq!(shape(LogFormat::Auto, true), Shape::Coloured);
        assert_eq!(shape(LogFormat::Auto, false), Shape::Json);
        assert_eq!(shape(LogFormat::Text, false), Shape::Plain);
        assert_eq!(shape(LogFormat::Json, true), Shape::Json);
    }

    #[test]
    fn starting_twice_is_harmless() {
        assert_eq!(init(&settings("off")).unwrap(), Started::Now);
        assert_eq!(init(&settings("off")).unwrap(), Started::Before);
    }

    #[test]
    fn a_bad_filter_is_refused_with_its_text() {
        let error = init(&settings("info,node=loudest")).unwrap_err();
        assert!(error.to_string().contains("info,node=loudest"), "{error}");
    }
}
