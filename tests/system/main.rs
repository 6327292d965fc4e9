//! Whole-system tests: real processes, real sockets, real disks. Each starts a cluster of its own.

mod answers_file;
mod bad_input;
mod browser;
mod cards;
mod coordinators;
mod evidence;
mod failover;
mod first_load;
mod full_disk;
mod half_open;
mod kinds;
mod qti;
mod release;
mod roster;
mod sealed;
mod status;
mod swarm;
mod unlock;
mod whole_path;
