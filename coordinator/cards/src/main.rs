//! `pariksha-cards`: reads a job of admit cards from its input, writes PDF files, and says on its output which. It is run by
//! `parikshactl roster cards`; it asks nobody and reads no files but fonts.

use std::{
    io,
    num::NonZero,
    path::PathBuf,
    process::ExitCode,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use cards::{
    fonts::Fonts,
    output::{Output, OutputError},
    press::{CARDS_PER_DOCUMENT_MAX, Press, PressError},
};
use clap::Parser;
use content::cards::Job;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

/// Files that are made at the same time, where there are as many processors: each takes a megabyte a card.
const THREADS_MAX: usize = 4;

/// Makes admit cards as PDF from what `parikshactl roster cards` hands to it.
#[derive(Debug, Parser)]
#[command(name = "pariksha-cards", version)]
struct Arguments {
    /// The PDF to write; of many cards, cards-001.pdf and so on
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Cards in one file
    #[arg(long, default_value = "200", value_parser = clap::value_parser!(u16).range(1..=CARDS_PER_DOCUMENT_MAX as i64))]
    per_file: u16,
    /// A font to use before those that are installed; may be given several times
    #[arg(long = "font", value_name = "FILE")]
    fonts: Vec<PathBuf>,
}

/// What was made, on the output.
#[derive(Serialize)]
struct Made {
    cards: usize,
    files: Vec<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(made) => {
            println!("{made}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("pariksha-cards: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<String, Box<dyn std::error::Error>> {
    let Job { sheet, cards } = Job::read(io::stdin().lock())?;
    let press = Press::new(Fonts::load(&arguments.fonts)?);
    press.check(&sheet, &cards)?;
    let per_file = usize::from(arguments.per_file);
    let output = Output::new(&arguments.out, cards.len().div_ceil(per_file))?;
    let bar = bar(cards.len())?;
    let batches: Vec<_> = cards.chunks(per_file).collect();
    in_parallel(batches.len(), |number| {
        let batch = batches[number];
        output.write(number, &press.pdf(&sheet, batch)?)?;
        bar.inc(batch.len() as u64);
        Ok(())
    })?;
    bar.finish_and_clear();
    let made = Made {
        cards: cards.len(),
        files: output.keep(),
    };
    Ok(serde_json::to_string(&made)?)
}

/// Why a file was not made.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Press(#[from] PressError),
    #[error(transparent)]
    Output(#[from] OutputError),
}

/// Does a piece of work for each number, on as many threads as there are processors; ends at the first failure.
fn in_parallel(pieces: usize, work: impl Fn(usize) -> Result<(), Failed> + Sync) -> Result<(), Failed> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    let worker = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= pieces {
                return Ok(());
            }
            if let Err(error) = work(number) {
                // Nobody begins another.
                next.store(pieces, Ordering::Relaxed);
                return Err(error);
            }
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.min(THREADS_MAX).min(pieces))
            .map(|_| scope.spawn(worker))
            .collect();
        let mut ended = workers.into_iter().map(thread::ScopedJoinHandle::join);
        ended.try_for_each(|ended| ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// Hidden where nobody looks.
fn bar(cards: usize) -> Result<ProgressBar, Box<dyn std::error::Error>> {
    let style = ProgressStyle::with_template("making cards [{bar:30}] {pos}/{len} {eta}")?;
    Ok(ProgressBar::new(cards as u64).with_style(style))
}
