//! The examples of `docs/SCORING.md`, read as a spreadsheet writes their keys: what is promised there is what is given.

use protocol::{
    ids::{ItemNo, OptionId},
    merge::LatePolicy,
    response::Response,
};

use super::{
    score,
    tests::{answered, merged},
};
use crate::import::csv;

/// Imports one item of marks 2 and penalty 0.5 and scores a response to it.
fn brings(kind: &str, key: &str, options: &str, response: Response) -> String {
    let file = format!("kind,marks,penalty,key,stem,a,b,c,d\n{kind},2,0.5,{key},Q,{options}\n");
    let imported = csv::paper(file.as_bytes(), "T").unwrap_or_else(|why| panic!("{file}: {why}"));
    let outline = &imported.paper.outline().items[&ItemNo(1)];
    response
        .check(outline)
        .unwrap_or_else(|why| panic!("{response:?}: {why}"));
    let attempt = merged(&[answered(1, 1, 1, Some(response), false)]);
    score(&imported.key, &attempt, LatePolicy::InTimeOnly).total_text()
}

fn options(letters: &str) -> Vec<OptionId> {
    letters
        .bytes()
        .map(|letter| OptionId(letter - b'A' + 1))
        .collect()
}

#[test]
fn every_example_of_the_documentation_comes_out_as_it_says() {
    let one = |letters: &str| Response::Choice(options(letters)[0]);
    let several = |letters: &str| Response::Choices(options(letters).into_iter().collect());
    let number = |text: &str| Response::Number(text.to_owned());
    let text = |text: &str| Response::Text(text.to_owned());
    let order = |letters: &str| Response::Order(options(letters));
    let pairs = |list: &[(u8, u8)]| {
        let pair = |(row, column): &(u8, u8)| (OptionId(*row), OptionId(*column));
        Response::Pairs(list.iter().map(pair).collect())
    };
    let (four, three) = ("w,x,y,z", "x,y,z,");
    let towns = "Pune -> a,Nashik -> b,Nagpur -> c,";
    for (kind, key, shown, response, expected) in [
        ("choice", "B", four, one("B"), "2"),
        ("choice", "B", four, one("A"), "-0.5"),
        ("choices", "A;C", four, several("AC"), "2"),
        ("choices", "A;C", four, several("A"), "-0.5"),
        ("choices", "A;C", four, several("ABC"), "-0.5"),
        ("choice", "A=100%;B=50%;C=-25%", four, one("A"), "2"),
        ("choice", "A=100%;B=50%;C=-25%", four, one("B"), "1"),
        ("choice", "A=100%;B=50%;C=-25%", four, one("C"), "-1"),
        ("choice", "A=100%;B=50%;C=-25%", four, one("D"), "-0.5"),
        ("choices", "A=50%;B=50%;C=-50%", four, several("AB"), "2"),
        ("choices", "A=50%;B=50%;C=-50%", four, several("A"), "1"),
        ("choices", "A=50%;B=50%;C=-50%", four, several("ABC"), "1"),
        ("choices", "A=50%;B=50%;C=-50%", four, several("AC"), "-0.5"),
        ("number", "3.4..3.6", ",,,", number("3.40"), "2"),
        ("number", "3.4..3.6", ",,,", number("3.6"), "2"),
        ("number", "3.4..3.6", ",,,", number("3.6000001"), "-0.5"),
        ("number", "3.5;3..4=50%", ",,,", number("3.5"), "2"),
        ("number", "3.5;3..4=50%", ",,,", number("3.1"), "1"),
        ("number", "3.5;3..4=50%", ",,,", number("5"), "-0.5"),
        ("text", "New Delhi|Delhi*=50%", ",,,", text("new  delhi"), "2"),
        ("text", "New Delhi|Delhi*=50%", ",,,", text("Delhi city"), "1"),
        ("text", "New Delhi|Delhi*=50%", ",,,", text("Pune"), "-0.5"),
        ("text", "New Delhi|Delhi*=50%", ",,,", text("  "), "0"),
        ("order", "C;A;B", three, order("CAB"), "2"),
        ("order", "C;A;B", three, order("ABC"), "-0.5"),
        ("match", "", towns, pairs(&[(1, 1), (2, 2), (3, 3)]), "2"),
        ("match", "", towns, pairs(&[(1, 1), (2, 2), (3, 1)]), "1.3332"),
        ("match", "", towns, pairs(&[(1, 2), (2, 1)]), "-0.5"),
    ] {
        let shown_key = format!("{kind} {key} {response:?}");
        assert_eq!(brings(kind, key, shown, response), expected, "{shown_key}");
    }
}
