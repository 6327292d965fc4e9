//! Fault campaigns: the local cluster of real processes with one thing broken at a time. Each campaign prints its seed
//! (`PARIKSHA_SEED` repeats it), takes its number of runs from `PARIKSHA_FAULT_RUNS`, and ends with one line of counts.

mod campaign;
mod disk;
mod identity;
mod network;
mod process;
