//! The centre: Raft-replicated registry, frames, merged attempts, scores; the ops API and parikshactl.
