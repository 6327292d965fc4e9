//! Power cuts and disk faults: a district node whose data directory lies on the tests' own disk.

mod candidate;
mod district;
mod faults;
mod power_cut;

/// How often a campaign does its worst: `PARIKSHA_FAULT_RUNS`, or what CI has time for.
fn runs(in_ci: usize) -> usize {
    let asked = std::env::var("PARIKSHA_FAULT_RUNS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(in_ci)
}

/// The seed of this run, printed.
fn seed(campaign: &str) -> u64 {
    let asked = std::env::var("PARIKSHA_SEED").ok();
    let seed = asked
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(rand::random);
    println!("{campaign}: seed {seed} (PARIKSHA_SEED={seed} repeats the choices)");
    seed
}
