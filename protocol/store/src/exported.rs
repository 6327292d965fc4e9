//! Going through a file of exported logs piece by piece, whatever its length: for whoever checks one and whoever sends it
//! on. It checks places and signatures; it cannot read what is in the frames, and changes nothing.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use protocol::export::{
    ExportError, ExportHeader, ExportReader, Extent, HEADER_BYTES_MAX, PIECE_BYTES_MAX, Piece,
};
use protocol::ids::Sequence;

/// Why a file cannot be gone through to its end.
#[derive(Debug, thiserror::Error)]
pub enum ExportedError {
    /// The system does not give its bytes.
    #[error("the file cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is not what a node wrote.
    #[error(transparent)]
    Export(#[from] ExportError),
}

/// What comes next in a file.
#[derive(Debug)]
pub enum Step {
    /// A log begins.
    Log {
        /// What the file says of it.
        header: Box<ExportHeader>,
        /// The header's bytes.
        bytes: Vec<u8>,
    },
    /// A sealed frame.
    Frame {
        /// Its place among the log's pieces.
        index: u64,
        /// Its first sequence.
        first: Sequence,
        /// Its last sequence.
        last: Sequence,
        /// The piece's bytes.
        bytes: Vec<u8>,
    },
    /// The log is whole.
    End(Extent),
}

/// An exported file that is being read.
#[derive(Debug)]
pub struct Exported<R = File> {
    from: R,
    buffer: Vec<u8>,
    is_read: bool,
    log: Option<ExportReader>,
    logs: u64,
}

impl Exported {
    /// Opens a file to read it; says its length too.
    pub fn open(path: &Path) -> io::Result<(Self, u64)> {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        Ok((Self::new(file), bytes))
    }
}

impl<R: Read> Exported<R> {
    /// Reads from the beginning of a file.
    pub fn new(from: R) -> Self {
        Self {
            from,
            buffer: Vec::new(),
            is_read: false,
            log: None,
            logs: 0,
        }
    }

    /// What comes next; `None` after the last log's end. After an error nothing more is to be asked.
    pub fn next_step(&mut self) -> Result<Option<Step>, ExportedError> {
        self.fill()?;
        let Some(reader) = &mut self.log else {
            return self.begin();
        };
        let index = reader.index();
        let Some((piece, used)) = reader.next(&self.buffer)? else {
            return Err(ExportError::CutOff(reader.last()).into());
        };
        let step = match piece {
            Piece::Frame(frame) => Step::Frame {
                index,
                first: frame.first,
                last: frame.last,
                bytes: self.buffer[..used].to_vec(),
            },
            Piece::End(extent) => {
                self.log = None;
                Step::End(extent)
            }
        };
        self.buffer.drain(..used);
        Ok(Some(step))
    }

    fn begin(&mut self) -> Result<Option<Step>, ExportedError> {
        if self.buffer.is_empty() && self.logs > 0 {
            return Ok(None);
        }
        let opened = ExportReader::open(&self.buffer)?;
        let (reader, used) = opened.ok_or(ExportError::NotAnExport)?;
        let step = Step::Log {
            header: Box::new(reader.header().clone()),
            bytes: self.buffer.drain(..used).collect(),
        };
        self.log = Some(reader);
        self.logs += 1;
        Ok(Some(step))
    }

    /// Has at least one whole header or piece in the buffer, unless the file ends before.
    fn fill(&mut self) -> io::Result<()> {
        let wanted = PIECE_BYTES_MAX.max(HEADER_BYTES_MAX + 8);
        while self.buffer.len() < wanted && !self.is_read {
            let missing = (2 * wanted - self.buffer.len()) as u64;
            let read = (&mut self.from).take(missing).read_to_end(&mut self.buffer)?;
            self.is_read = read == 0;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_export_or_empty_is_refused_by_name() {
        for bytes in [&b""[..], b"P", b"hello, this is a letter"] {
            let refused = Exported::new(bytes).next_step();
            assert!(
                matches!(refused, Err(ExportedError::Export(ExportError::NotAnExport))),
                "{bytes:?}"
            );
        }
    }
}
