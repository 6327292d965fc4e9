use super::*;

fn job() -> Job {
    Job {
        sheet: Sheet {
            title: "शिक्षक पात्रता".into(),
            language: Language::Marathi,
            opens_ms: 1,
            closes_ms: 2,
            instructions: Vec::new(),
        },
        cards: [7, 9]
            .map(|number| Card {
                number,
                name: "ज्ञानेश्वर\n\"क्ष\"".into(),
                roll: String::new(),
                batch: "A".into(),
                slot: String::new(),
                district: "Pune".into(),
                centre: String::new(),
                seat: String::new(),
                minutes: 60,
                access_code: "ABCD-EFGH-JKLM-NPQR".into(),
                address: "https://192.0.2.1/#c=7".into(),
            })
            .to_vec(),
    }
}

fn written(job: &Job) -> Vec<u8> {
    let mut bytes = Vec::new();
    job.write(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_job_comes_out_of_the_pipe_as_it_went_in() {
    let bytes = written(&job());
    assert_eq!(std::str::from_utf8(&bytes).unwrap().matches('\n').count(), 3);
    assert!(Job::read(&bytes[..]).unwrap() == job());
}

#[test]
fn a_job_that_broke_off_or_is_not_one_is_refused_without_telling_what_it_holds() {
    let bytes = written(&job());
    let torn = Job::read(&bytes[..bytes.len() - 9]).unwrap_err().to_string();
    assert!(torn.contains("line 3"), "{torn}");
    assert!(!torn.contains("ABCD"), "{torn}");
    assert!(matches!(Job::read(&b""[..]), Err(JobError::Empty)));
    let alone = Job {
        cards: Vec::new(),
        ..job()
    };
    assert!(matches!(Job::read(&written(&alone)[..]), Err(JobError::Empty)));
    let long = vec![b'x'; LINE_BYTES_MAX * 3];
    assert!(matches!(
        Job::read(&long[..]),
        Err(JobError::Line { line: 1, .. })
    ));
    let shown = format!("{:?} {:?}", job(), job().cards);
    assert!(!shown.contains("ABCD") && !shown.contains("ज्ञ"), "{shown}");
}

#[test]
fn a_language_is_named_by_its_tag() {
    for language in Language::ALL {
        assert_eq!(language.to_string().parse(), Ok(language));
    }
    let error = "xx".parse::<Language>().unwrap_err().to_string();
    assert!(error.contains("mr (Marathi)"), "{error}");
}
