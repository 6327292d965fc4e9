//! The bearer token: checked in constant time against the hash in the state.

use axum::{
    extract::{Request, State},
    http::header,
    middleware::Next,
    response::Response,
};
use protocol::hash::Hash;

use super::{Api, problem::Problem};

/// A longer token is not one of ours and is not hashed.
const TOKEN_BYTES_MAX: usize = 256;

/// Lets only requests with the cluster's token pass.
pub(super) async fn require_token(
    State(api): State<Api>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let expected = api
        .centre
        .read(|state| state.cluster().map(|cluster| cluster.ops_token_hash));
    let Some(expected) = expected else {
        return Err(Problem::unavailable(
            "this coordinator does not know its cluster yet",
        ));
    };
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .filter(|token| token.len() <= TOKEN_BYTES_MAX);
    match given {
        Some(token) if is_token(token, &expected) => Ok(next.run(request).await),
        _ => Err(Problem::not_signed_in()),
    }
}

/// What the state keeps of a token.
pub(crate) fn token_hash(token: &str) -> Hash {
    Hash::blake3(token.trim().as_bytes())
}

/// blake3's own comparison is constant-time.
fn is_token(token: &str, expected: &Hash) -> bool {
    blake3::Hash::from(token_hash(token).0) == blake3::Hash::from(expected.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_itself_opens() {
        let hash = token_hash("pko1-abc");
        assert!(is_token("pko1-abc", &hash));
        assert!(!is_token("pko1-abd", &hash));
        assert!(!is_token("", &hash));
    }
}
