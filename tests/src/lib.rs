//! Cluster harness, oracle and whole-system tests.
