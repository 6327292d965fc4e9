//! Admit cards as PDF: a page per candidate with their name, number, access code, where and when they sit, what to do, and a
//! QR code with the address where they sign in. The program `pariksha-cards` reads a [`content::cards::Job`] from its input
//! and writes numbered files; `parikshactl roster cards` runs it. It is a program of its own so that servers do not carry a
//! typesetter, and so that building them does not wait for one.
//!
//! The way of a card: [`fonts::Fonts`] are found and every character of the job is looked up in them before anything is
//! typeset, [`press::Press`] makes a document of a few hundred cards at a time, [`output::Output`] writes it. Access codes
//! stand in memory and in the files, which only their owner may read, and nowhere else.

pub mod fonts;
pub mod output;
pub mod press;
mod qr;
mod soft_break;
mod when;
mod words;
