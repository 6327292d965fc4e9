//! What an empty system is filled with so that it can be tried: a roster of candidates named after places of their
//! district, and a paper of thirty items written for this purpose.

use std::fmt::Write;

use protocol::ids::ItemNo;

use crate::plan::DISTRICTS;

/// The sample paper, in the columns that `parikshactl paper import` takes.
pub const PAPER: &str = include_str!("../sample/paper.csv");

/// Candidates in each district when nobody asks for more.
pub const CANDIDATES_PER_DISTRICT: usize = 20;

/// Candidate numbers of a district begin at its place in the list times this, plus one.
const NUMBERS_PER_DISTRICT: usize = 100_000;

/// Talukas and localities, by the order of [`DISTRICTS`]. "Resident of" is said in Marathi by the ending -kar.
const PLACES: [&[&str]; 5] = [
    &[
        "Andheri",
        "Borivali",
        "Kurla",
        "Dadar",
        "Mulund",
        "Bandra",
        "Chembur",
        "Malad",
        "Kandivali",
        "Ghatkopar",
    ],
    &[
        "Haveli", "Baramati", "Junnar", "Shirur", "Maval", "Mulshi", "Bhor", "Indapur", "Purandar", "Velhe",
    ],
    &[
        "Kamptee",
        "Katol",
        "Narkhed",
        "Ramtek",
        "Umred",
        "Hingna",
        "Savner",
        "Mauda",
        "Kalmeshwar",
        "Kuhi",
    ],
    &[
        "Igatpuri", "Sinnar", "Niphad", "Yeola", "Malegaon", "Dindori", "Chandvad", "Kalwan", "Nandgaon",
        "Deola",
    ],
    &[
        "Paithan",
        "Gangapur",
        "Vaijapur",
        "Kannad",
        "Sillod",
        "Soegaon",
        "Phulambri",
        "Khuldabad",
        "Ajanta",
        "Verul",
    ],
];

/// A roster of `per_district` candidates in each district, as the CSV that `parikshactl roster import` takes.
/// Every tenth candidate has 20 minutes an hour of extra time.
pub fn roster(per_district: usize) -> String {
    let mut csv = String::from("number,name,roll,district,batch,extra_minutes_per_hour\n");
    for (place, (district, _)) in DISTRICTS.iter().enumerate() {
        for index in 1..=per_district {
            let number = candidate_number(place, index);
            let extra = if index % 10 == 0 { 20 } else { 0 };
            let (name, code) = (name(place, index), district[..3].to_uppercase());
            // Writing to a string cannot fail.
            let _ = writeln!(csv, "{number},{name},{code}-{index:04},{district},,{extra}");
        }
    }
    csv
}

/// The number of a district's candidate, both counted from the plan's order; `index` from 1.
pub fn candidate_number(district: usize, index: usize) -> usize {
    (district + 1) * NUMBERS_PER_DISTRICT + index
}

/// How an item of the sample paper is answered, as its CSV says (`choice`, `choices`, `number`).
pub fn kind_of(item: ItemNo) -> Option<String> {
    let mut reader = csv::Reader::from_reader(PAPER.as_bytes());
    let column = |headers: &csv::StringRecord, name: &str| headers.iter().position(|header| header == name);
    let headers = reader.headers().ok()?.clone();
    let (number, kind) = (column(&headers, "item")?, column(&headers, "kind")?);
    let mut rows = reader.records().filter_map(Result::ok);
    rows.find(|row| row[number] == item.to_string())
        .map(|row| row[kind].to_owned())
}

fn name(district: usize, index: usize) -> String {
    let places = PLACES[district];
    let (first, round) = (places[(index - 1) % places.len()], (index - 1) / places.len());
    // A second place keeps the names apart: 10 × 10 of them before a number is needed.
    let second = places[(index + round) % places.len()];
    let number = if round < places.len() {
        String::new()
    } else {
        format!(" {}", round / places.len() + 1)
    };
    format!("{first}kar of {second}{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_candidate_of_the_roster_has_a_number_of_their_own() {
        let roster = roster(250);
        let mut numbers: Vec<&str> = roster
            .lines()
            .skip(1)
            .filter_map(|line| line.split(',').next())
            .collect();
        assert_eq!(numbers.len(), 1250);
        numbers.dedup();
        assert_eq!(numbers.len(), 1250);
    }
}
