//! Answers that an invigilator carries here in a file, because the candidate's device reaches no node
//! ([`protocol::answers_file`]). Asked by the operator port. What is in a file goes the way of every save: the same rules
//! judge it, and it is durable when the import says so. So a file may be imported twice, and at several nodes.
//!
//! A file is authenticated by its key; each response by the token of the stay in which it was given. A token that has
//! only expired is good for some days more: the file may have been found late.

mod report;
mod stays;

use bytes::Bytes;
use protocol::{
    answers_file::{self, AnswersFile, AnswersFileError, KeptResponse},
    ids::{AttemptKey, PaperRef, SittingId},
    outline::Outline,
};

pub use report::{HandedIn, Imported, RefusedResponse};

use self::stays::{Stay, Stays};
use crate::{
    attempts::{
        Attempts, Failure,
        rules::{
            AnswerRequest, SaveRefusal, SubmitRefusal, SubmitRequest, compare_answers, is_of_earlier_stay,
        },
    },
    disk_work::disk_work,
    feed::Feed,
    log::AppendError,
};

/// Responses that are made durable together, as in a request of the page.
const BATCH_MAX: usize = 200;

/// Applies answers files. Clones are the same.
#[derive(Debug, Clone)]
pub struct Importer {
    attempts: Attempts,
    feed: Feed,
}

/// Why a file was not imported, or not to its end: it may be imported again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// The file.
    #[error(transparent)]
    File(#[from] AnswersFileError),
    /// The feed has not come.
    #[error("this node has not heard from the centre yet; import the file at another node, or wait")]
    NotReady,
    /// Another district's, or one that is long over.
    #[error("this node has no sitting {0}; import the file at a node of the candidate's district")]
    NoSitting(SittingId),
    /// Its paper is not known.
    #[error(
        "this node does not know paper {0} yet; import the file at another node of the district, or wait"
    )]
    NoPaper(PaperRef),
    /// The log did not take it.
    #[error("{0}; import the file again, what was saved before is not saved twice")]
    Log(#[from] AppendError),
}

/// What every part of an import stands on.
struct Sheet<'a> {
    key: AttemptKey,
    outline: &'a Outline,
}

// === impl Importer ===

impl Importer {
    /// An importer into these attempts.
    pub fn new(attempts: Attempts, feed: Feed) -> Self {
        Self { attempts, feed }
    }

    /// Opens a file and applies what is in it; durable when it returns.
    pub async fn import(&self, file: Bytes) -> Result<Imported, ImportError> {
        let catalogue = self.feed.catalogue();
        let token_key = catalogue
            .district
            .as_ref()
            .ok_or(ImportError::NotReady)?
            .token_key;
        // Unpacking some megabytes would keep candidates waiting.
        let (key, file) = disk_work(move || answers_file::open(&token_key, &file)).await?;
        let sitting = catalogue.sittings.get(&key.sitting);
        let paper = sitting.ok_or(ImportError::NoSitting(key.sitting))?.paper;
        let notice = catalogue.papers.get(&paper).ok_or(ImportError::NoPaper(paper))?;
        let sheet = Sheet {
            key,
            outline: &notice.outline,
        };
        let stays = Stays::of(&file.tokens, &token_key, key, self.attempts.when().at);
        let mut imported = Imported::of(key, file.made_at);
        for responses in in_stays(&file.responses) {
            match stays.get(responses[0].epoch) {
                Ok(stay) => self.save(&sheet, stay, responses, &mut imported).await?,
                Err(fault) => imported.refuse_all(&responses, fault),
            }
        }
        imported.handed_in = self.hand_in(key, &file, &stays).await?;
        self.note(&imported).await;
        Ok(imported)
    }

    async fn save(
        &self,
        sheet: &Sheet<'_>,
        stay: Stay,
        responses: Vec<&KeptResponse>,
        imported: &mut Imported,
    ) -> Result<(), ImportError> {
        let slot = self.attempts.book().slot(sheet.key);
        let requests = responses.into_iter().map(request);
        let (told, own): (Vec<_>, Vec<_>) =
            slot.read(|held| requests.partition(|request| is_of_earlier_stay(held, stay.epoch, request)));
        imported.already += told.len();
        for batch in own.chunks(BATCH_MAX) {
            let saving = self
                .attempts
                .save(sheet.key, sheet.outline, (stay.epoch, stay.deadline), batch);
            match saving.await {
                Ok(saved) => {
                    imported.note_durability(saved.durability);
                    let verdicts = saved.answers.into_iter().map(|(verdict, _)| verdict);
                    imported.note(batch, verdicts, None);
                }
                Err(Failure::Refused(refusal @ SaveRefusal::Submitted)) => {
                    let verdicts = slot.read(|held| compare_answers(held, sheet.outline, stay.epoch, batch));
                    imported.note(batch, verdicts, Some(&refusal));
                }
                Err(Failure::Log(error)) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn hand_in(
        &self,
        key: AttemptKey,
        file: &AnswersFile,
        stays: &Stays,
    ) -> Result<HandedIn, ImportError> {
        let Some(id) = file.submission else {
            return Ok(HandedIn::NotAsked);
        };
        let refused = |why: &dyn std::fmt::Display| Ok(HandedIn::Refused { why: why.to_string() });
        let Some(digest) = file.digest else {
            return refused(&"the file does not say what was handed in (it has no digest)");
        };
        if let Err(fault) = stays.latest() {
            return refused(&fault);
        }
        let standing = self.attempts.book().slot(key);
        let was_handed_in = standing.read(|held| held.merged.submission().is_some());
        match self.attempts.submit(key, SubmitRequest { id, digest }).await {
            Ok(handed_in) => {
                let reference = handed_in.receipt.receipt.reference();
                Ok(if was_handed_in {
                    HandedIn::Already { reference }
                } else {
                    HandedIn::Now { reference }
                })
            }
            Err(Failure::Refused(SubmitRefusal::NotStarted)) => refused(&NOT_STARTED),
            Err(Failure::Refused(SubmitRefusal::DigestDiffers { .. })) => refused(&OTHER_ANSWERS),
            Err(Failure::Log(error)) => Err(error.into()),
        }
    }

    /// What came by a file stands in the log under the node's own name, for whoever looks into an attempt later.
    async fn note(&self, imported: &Imported) {
        if !imported.has_changed_anything() {
            return;
        }
        tracing::warn!(
            candidate = %imported.candidate, sitting = %imported.sitting, saved = imported.saved,
            "answers were imported from a file"
        );
        if let Err(error) = self
            .attempts
            .note_incident(&imported.note_text(), rand::random())
            .await
        {
            tracing::error!(%error, "the import of a file could not be noted in the log");
        }
    }
}

const NOT_STARTED: &str = "this node does not know that the exam was started, so it cannot hand it in; the answers are \
     kept. Import the file again when this node is linked with the district's others, or at one of them";

const OTHER_ANSWERS: &str = "the candidate handed in other answers than this node holds now: some are missing here, came \
     late, or were changed at another device. The answers are kept, and the attempt stays open until its deadline";

fn request(kept: &KeptResponse) -> AnswerRequest {
    AnswerRequest {
        item: kept.item,
        seq: kept.seq,
        response: kept.response.clone(),
        marked: kept.marked,
    }
}

/// The responses of each stay, the earliest first, in the order in which they were given.
fn in_stays(responses: &[KeptResponse]) -> Vec<Vec<&KeptResponse>> {
    let mut ordered: Vec<&KeptResponse> = responses.iter().collect();
    ordered.sort_by_key(|response| (response.epoch, response.seq));
    let stays = ordered.chunk_by(|one, next| one.epoch == next.epoch);
    stays.map(<[_]>::to_vec).collect()
}
