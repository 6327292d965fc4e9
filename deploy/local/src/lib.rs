//! The whole system on one machine: three coordinators and six nodes in five districts as real child processes, with a
//! relay on every way between node and centre, and between the nodes of a district, that can be cut and healed.
//!
//! What runs is what runs in production: this binary executes itself as `pariksha-node`, `pariksha-coordinator` and
//! `parikshactl` ([`role`]). The parts: [`plan`] says who there is and on which ports, `ground` prepares the directory,
//! [`relay`] carries the lines and [`line`] spoils them, [`process`] owns the children, `ctl` asks the centre, [`setup`]
//! fills an empty system, [`system`] owns it all, [`control`] takes [`commands`] from other terminals, [`teacher`] is a
//! candidate's client (used by the simulation here and by the whole-system tests).

pub mod cli;
pub mod commands;
pub mod control;
mod ctl;
mod ground;
pub mod line;
pub mod plan;
pub mod process;
pub mod relay;
pub mod role;
pub mod sample;
pub mod setup;
pub mod simulation;
pub mod status;
pub mod system;
pub mod teacher;
