//! Manual marks: two markers, a moderator, and a history that loses nothing.

use protocol::ids::{ItemNo, SittingId};

use super::{SITTING, World};
use crate::{
    Command, MarkerRole, NewMark, Outcome, Rejection, ScriptId, State,
    bounds::{MARKS_PER_COMMAND_MAX, MARKS_PER_SCRIPT_MAX},
};

const ITEM: ItemNo = ItemNo(2);
const SCRIPT: ScriptId = ScriptId(0xab);

fn mark(script: ScriptId, marks: &str) -> NewMark {
    NewMark {
        script,
        marks: marks.into(),
    }
}

fn assign(marker: &str, role: MarkerRole, marks: Vec<NewMark>) -> Command {
    Command::AssignMarks {
        sitting: SITTING,
        item: ITEM,
        marker: marker.into(),
        role,
        marks,
    }
}

fn one(marker: &str, marks: &str) -> Command {
    assign(marker, MarkerRole::Marker, vec![mark(SCRIPT, marks)])
}

fn moderated(marker: &str, marks: &str) -> Command {
    assign(marker, MarkerRole::Moderator, vec![mark(SCRIPT, marks)])
}

fn said(state: &State) -> (Vec<(String, String)>, Option<String>) {
    let row = state.script_marks(SITTING, ITEM, SCRIPT).unwrap();
    let markers = row.markers();
    let pair = |given: &&crate::GivenMark| (given.marker.clone(), given.marks.clone());
    (
        markers.iter().map(pair).collect(),
        row.moderation().map(|given| given.marks.clone()),
    )
}

#[test]
fn a_script_takes_two_markers_then_only_a_third_person_decides() {
    let mut world = World::ready();
    let taken = Outcome::Marks {
        taken: 1,
        unchanged: 0,
    };
    assert_eq!(world.apply(one("A", "3")), taken);
    assert_eq!(
        world.refused(moderated("M", "3")),
        Rejection::NotMarkedTwice(SCRIPT)
    );
    world.apply(one("B", "5"));
    let third = Rejection::ThirdMarker {
        script: SCRIPT,
        marker: "C".into(),
    };
    assert_eq!(world.refused(one("C", "4")), third);
    let own = Rejection::OwnModerator {
        script: SCRIPT,
        marker: "A".into(),
    };
    assert_eq!(world.refused(moderated("A", "4")), own);
    world.apply(moderated("M", "4"));
    assert_eq!(world.refused(one("A", "4")), Rejection::Moderated(SCRIPT));
    world.apply(moderated("M", "4.5"));
    let markers = vec![("A".into(), "3".into()), ("B".into(), "5".into())];
    assert_eq!(said(&world.state), (markers, Some("4.5".into())));
}

#[test]
fn a_change_of_mind_is_kept_beside_what_was_said_before_and_the_same_again_is_not() {
    let mut world = World::ready();
    world.apply(one("A", "3"));
    world.apply(one("B", "5"));
    world.apply(one("A", "4"));
    let again = Outcome::Marks {
        taken: 0,
        unchanged: 1,
    };
    assert_eq!(world.apply(one("A", "4")), again);
    let row = world.state.script_marks(SITTING, ITEM, SCRIPT).unwrap();
    let history: Vec<&str> = row.given.iter().map(|given| given.marks.as_str()).collect();
    assert_eq!(history, ["3", "5", "4"]);
    assert!(row.given[0].at < row.given[2].at, "each with its time");
    assert_eq!(said(&world.state).0[0], ("A".into(), "4".into()));
    let audit = world.state.audit().last().unwrap();
    assert_eq!((audit.what.as_str(), audit.by.as_str()), ("assign marks", "test"));
}

#[test]
fn marks_are_taken_all_or_none_and_within_their_bounds() {
    let mut world = World::ready();
    world.apply(one("A", "3"));
    world.apply(one("B", "3"));
    let other = ScriptId(7);
    let both = vec![mark(other, "1"), mark(SCRIPT, "1")];
    world.refused(assign("C", MarkerRole::Marker, both));
    assert_eq!(world.state.script_marks(SITTING, ITEM, other), None);

    let twice = vec![mark(other, "1"), mark(other, "2")];
    let refusal = world.refused(assign("C", MarkerRole::Marker, twice));
    assert_eq!(refusal, Rejection::ScriptTwice(other));
    let many = (0..=MARKS_PER_COMMAND_MAX as u64).map(|id| mark(ScriptId(id), "1"));
    world.refused(assign("C", MarkerRole::Marker, many.collect()));
    world.refused(assign("", MarkerRole::Marker, vec![mark(other, "1")]));
    world.refused(assign(
        "C",
        MarkerRole::Marker,
        vec![mark(other, &"1".repeat(50))],
    ));
    for turn in 0..MARKS_PER_SCRIPT_MAX - 2 {
        world.apply(one("A", &format!("{}", turn % 2)));
    }
    assert!(matches!(world.refused(one("A", "9")), Rejection::TooMany { .. }));
}

#[test]
fn marks_need_a_sitting_that_has_the_item_and_survive_a_restart() {
    let mut world = World::ready();
    let command = Command::SetTolerance {
        sitting: SITTING,
        item: ItemNo(9),
        tolerance: "1".into(),
    };
    assert!(matches!(world.refused(command), Rejection::UnknownItem { .. }));
    let command = Command::SetTolerance {
        sitting: SittingId(9),
        item: ITEM,
        tolerance: "1".into(),
    };
    assert!(matches!(world.refused(command), Rejection::UnknownSitting(_)));
    assert_eq!(world.state.tolerance(SITTING, ITEM), None);
    world.apply(Command::SetTolerance {
        sitting: SITTING,
        item: ITEM,
        tolerance: "0.5".into(),
    });
    world.apply(one("A", "3"));
    let restored = State::restore(world.disk.clone()).unwrap();
    assert_eq!(restored, world.state);
    assert_eq!(restored.tolerance(SITTING, ITEM), Some("0.5"));
    assert_eq!(restored.marked_scripts(SITTING, ITEM).count(), 1);
}

#[test]
fn a_script_has_one_spelling_and_a_cut_one_is_refused() {
    assert_eq!(SCRIPT.to_string(), "00000000000000ab");
    assert_eq!("00000000000000ab".parse(), Ok(SCRIPT));
    for text in [
        "",
        "ab",
        "+0000000000000ab",
        "00000000000000abc",
        "000000000000000g",
    ] {
        assert!(text.parse::<ScriptId>().is_err(), "{text}");
    }
}
