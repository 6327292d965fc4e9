//! Data for whoever called a command: lines on stdout. `println!` panics when the reader has gone away (`| head`), which
//! is no failure of ours.

use std::{
    fmt::Display,
    io::{self, Write},
};

/// One line. A reader that has gone away is no error.
pub fn line(text: impl Display) -> io::Result<()> {
    bytes(format!("{text}\n").as_bytes())
}

/// Bytes as they are. A reader that has gone away is no error.
pub fn bytes(data: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(data).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}
