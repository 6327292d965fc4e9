//! A candidate who signed in and started: what each of their answers looks like on the wire. Every request is another
//! answer: the next item, the next sequence number.

use std::{io::Write, sync::Arc};

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use local::teacher::{Started, any_response};
use protocol::ids::{CandidateId, ItemNo, SittingId};
use rand::{SeedableRng, rngs::StdRng};
use serde_json::json;
use tests::{crowd::SignIn, exam::Exam};

use crate::connection::Connection;

/// One candidate in their attempt.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    candidate: CandidateId,
    form: Form,
    /// Up to and with the header's name of the body's length.
    head: Vec<u8>,
    answers: Arc<Answers>,
    given: usize,
    next_seq: u32,
    body: Vec<u8>,
}

/// What a request's body looks like.
#[derive(Debug, Clone)]
enum Form {
    /// An answer of the candidates' API.
    Answer,
    /// A put of etcd's gateway.
    Put,
    /// A sign-in with this code.
    SignIn(String),
}

/// A response to each item of a paper, as JSON; every candidate gives the same ones.
#[derive(Debug)]
pub(crate) struct Answers(Vec<(ItemNo, String)>);

impl Answers {
    pub(crate) fn of(exam: &Exam) -> Result<Self> {
        let mut random = StdRng::seed_from_u64(1);
        let answers = exam.items.iter().map(|(item, known)| {
            let response = any_response(&known.kind, &mut random);
            Ok((*item, serde_json::to_string(&response)?))
        });
        Ok(Self(answers.collect::<Result<_>>()?))
    }
}

impl Session {
    /// Signs a candidate in and starts their attempt.
    pub(crate) async fn begin(
        connection: &mut Connection,
        sign_in: &SignIn,
        sitting: SittingId,
        answers: &Arc<Answers>,
    ) -> Result<Self> {
        let token = self::sign_in(connection, sign_in).await?;
        let started = connection
            .post(&format!("/api/v1/sittings/{sitting}/start"), Some(&token), "{}")
            .await?;
        let started: Started = serde_json::from_value(started)?;
        Ok(Self {
            candidate: sign_in.candidate,
            form: Form::Answer,
            head: api_head(&started.token),
            answers: Arc::clone(answers),
            given: 0,
            next_seq: started.next_seq,
            body: Vec::new(),
        })
    }

    /// A candidate who does nothing but sign in, again and again.
    pub(crate) fn signing_in(sign_in: &SignIn, answers: &Arc<Answers>) -> Self {
        Self {
            candidate: sign_in.candidate,
            form: Form::SignIn(sign_in.code.clone()),
            head: head("/api/v1/sign-in", ""),
            answers: Arc::clone(answers),
            given: 0,
            next_seq: 0,
            body: Vec::new(),
        }
    }

    /// The same answers for a server that takes the candidate's number for a token.
    pub(crate) fn with_bare_number(&self) -> Self {
        Self {
            head: api_head(&self.candidate.to_string()),
            ..self.clone()
        }
    }

    /// The same answers as puts.
    pub(crate) fn as_puts(&self) -> Self {
        Self {
            head: head("/v3/kv/put", ""),
            form: Form::Put,
            ..self.clone()
        }
    }

    /// Writes the request that gives the next answer.
    pub(crate) fn next_request(&mut self, request: &mut Vec<u8>) -> Result<()> {
        let (item, response) = &self.answers.0[self.given % self.answers.0.len()];
        let (candidate, seq) = (self.candidate, self.next_seq);
        self.body.clear();
        match &self.form {
            Form::Answer => write!(
                self.body,
                r#"{{"responses":[{{"item":{item},"seq":{seq},"response":{response},"marked":false}}]}}"#
            )?,
            Form::Put => {
                let key = BASE64.encode(format!("{candidate}/{item}/{seq}"));
                let value = BASE64.encode(response);
                write!(self.body, r#"{{"key":"{key}","value":"{value}"}}"#)?;
            }
            Form::SignIn(code) => {
                write!(self.body, r#"{{"candidate":{candidate},"access_code":"{code}"}}"#)?;
            }
        }
        self.given += 1;
        self.next_seq += 1;
        request.clear();
        request.extend_from_slice(&self.head);
        write!(request, "{}\r\n\r\n", self.body.len())?;
        request.extend_from_slice(&self.body);
        Ok(())
    }
}

/// Signs a candidate in and gives the token.
pub(crate) async fn sign_in(connection: &mut Connection, sign_in: &SignIn) -> Result<String> {
    let form = json!({ "candidate": sign_in.candidate, "access_code": sign_in.code });
    let signed_in = connection
        .post("/api/v1/sign-in", None, &form.to_string())
        .await?;
    let token = signed_in["token"].as_str().context("a sign-in gives a token")?;
    Ok(token.to_owned())
}

fn api_head(token: &str) -> Vec<u8> {
    head(
        "/api/v1/attempt/responses",
        &format!("authorization: Bearer {token}\r\n"),
    )
}

/// All of a head but the number of the body's bytes.
fn head(path: &str, more: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\n{more}content-type: application/json\r\ncontent-length: "
    )
    .into_bytes()
}
