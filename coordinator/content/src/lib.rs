//! Importers, papers, answer keys, sealing, scoring. Pure.
