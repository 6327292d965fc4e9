//! QUIC under mutual TLS: PKI, endpoints, framed streams, back-off. The only crate that names quinn.
