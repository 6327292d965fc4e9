//! The district node: serves the exam, keeps the answer log, ships frames, follows the feed.
