//! The word of admission: one byte that the answering side sends once it has checked the dialling one.
//!
//! In TLS 1.3 the client is done before the server has looked at its certificate. Without this word `connect` would
//! succeed and the link die a moment later for a reason that nobody connects with it.

use crate::closed::Closed;

/// What the one byte says: admitted, under the protocol version that ALPN agreed on.
const ADMITTED: u8 = 1;

/// Tells the dialling side that it is admitted.
pub(crate) async fn admit(connection: &quinn::Connection) -> Result<(), Closed> {
    let mut stream = connection.open_uni().await?;
    // A failure here means that the connection is gone; its reason says more than the stream's.
    let written = stream.write_all(&[ADMITTED]).await;
    if written.is_err() || stream.finish().is_err() {
        return Err(Closed::from(connection.closed().await));
    }
    Ok(())
}

/// Waits for the word of the answering side.
pub(crate) async fn await_admission(connection: &quinn::Connection) -> Result<(), Closed> {
    let mut stream = connection.accept_uni().await?;
    let mut word = [0];
    match stream.read_exact(&mut word).await {
        Ok(()) if word == [ADMITTED] => Ok(()),
        Ok(()) => Err(Closed::Broken(format!(
            "the peer admits with an unknown word {}",
            word[0]
        ))),
        Err(error) => Err(match connection.close_reason() {
            Some(reason) => reason.into(),
            None => Closed::Broken(format!("the peer's admission broke off: {error}")),
        }),
    }
}
