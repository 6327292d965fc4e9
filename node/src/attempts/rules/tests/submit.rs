//! Handing in.

use protocol::{
    deadline::GRACE_MS,
    hash::Hash,
    ids::GrantId,
    record::{Event, SubmittedBy},
};

use super::{
    super::*,
    bench::{Bench, HERE, OPENS, choose},
};

#[test]
fn a_submission_needs_the_same_digest_and_is_idempotent() {
    let mut bench = Bench::started();
    let epoch = bench.epoch();
    bench.save(epoch, &[choose(1, 1, 2)], OPENS);
    let digest = Hash::sha256(b"1:c2\n");
    let wrong = decide_submit(
        &bench.held,
        SubmitRequest {
            id: [1; 16],
            digest: Hash::ZERO,
        },
    );
    assert_eq!(wrong, Err(SubmitRefusal::DigestDiffers { expected: digest }));
    let request = SubmitRequest { id: [1; 16], digest };
    let Ok(SubmitOutcome::Record(event)) = decide_submit(&bench.held, request) else {
        panic!("a first submission is recorded");
    };
    bench.apply(vec![event], HERE, OPENS);
    assert_eq!(decide_submit(&bench.held, request), Ok(SubmitOutcome::Repeated));
    let other = SubmitRequest {
        id: [2; 16],
        digest: Hash::ZERO,
    };
    assert_eq!(decide_submit(&bench.held, other), Ok(SubmitOutcome::Already));
    assert_eq!(
        bench.decide(epoch, &[choose(1, 2, 1)], OPENS),
        Err(SaveRefusal::Submitted)
    );
    assert_eq!(Bench::new().held.merged.submission(), None);
    assert_eq!(
        decide_submit(&Bench::new().held, request),
        Err(SubmitRefusal::NotStarted)
    );
}

#[test]
fn an_expired_attempt_is_handed_in_under_one_identity_until_it_is_reopened() {
    let mut bench = Bench::started();
    let deadline = bench.held.merged.deadline().unwrap();
    let expired = deadline.plus_ms(GRACE_MS + 1);
    assert_eq!(decide_expiry(&bench.held, deadline.plus_ms(GRACE_MS)), None);
    let first = decide_expiry(&bench.held, expired).unwrap();
    let again = decide_expiry(&bench.held, expired.plus_ms(500)).unwrap();
    assert_eq!(first, again, "two nodes mean the same submission");
    let Event::Submitted(submission) = &first else {
        panic!("{first:?}")
    };
    assert_eq!(submission.by, SubmittedBy::Deadline);
    let key = protocol::codec::encode(&bench.held.key).unwrap();
    assert_eq!(submission.id, Hash::blake3(&key).as_bytes()[..16]);
    let id = submission.id;
    bench.apply(vec![first], HERE, expired);
    assert_eq!(decide_expiry(&bench.held, expired), None);
    bench.apply(vec![Event::Reopened { id: GrantId(1) }], HERE, expired.plus_ms(1));
    let Some(Event::Submitted(submission)) = decide_expiry(&bench.held, expired.plus_ms(2)) else {
        panic!("a reopened attempt expires again");
    };
    assert_ne!(submission.id, id);
}
