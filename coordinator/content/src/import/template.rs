//! Templates: a small file of each text format with every column and kind that it can have, to be filled in. They are
//! imported in a test, so that they never promise what the importers do not take.

/// The rows of a spreadsheet: the first names the columns, the others are an example of each kind.
pub const TABLE: &str = "\
item,section,minimum,kind,marks,penalty,key,case,stem,a,b,c,d,stem_mr,a_mr,b_mr,c_mr,d_mr
1,Geography,1,choice,1,0.25,B,,Which of these rivers flows through Nashik?,Tapi,Godavari,Krishna,Mula,यांपैकी कोणती नदी नाशिकमधून वाहते?,तापी,गोदावरी,कृष्णा,मुळा
2,Geography,,choice,2,0,A=100%;C=50%,,Which answer fits best?,the whole,nothing,a part,,कोणते उत्तर सर्वांत योग्य आहे?,सर्व,काही नाही,काही भाग,
3,Arithmetic,,choices,2,0.5,A;C,,Which of these are prime numbers?,2,4,5,6,यांपैकी मूळ संख्या कोणत्या?,२,४,५,६
4,Arithmetic,,choices,2,0,A=50%;B=50%;C=-50%,,Which of these are even numbers?,2,4,5,,यांपैकी सम संख्या कोणत्या?,२,४,५,
5,Arithmetic,,number,1,0,12.25,,How much is a quarter of 49?,,,,,४९ चा चौथा भाग किती?,,,,
6,Arithmetic,,number,1,0,3.14..3.15;3.1..3.2=50%,,How much is pi?,,,,,पाय म्हणजे किती?,,,,
7,Language,,text,1,0,New Delhi|नवी दिल्ली|Delhi*=50%,no,What is the capital of India?,,,,,भारताची राजधानी कोणती?,,,,
8,Language,,order,1,0,C;A;B,,Put these in order from the smallest,district,state,village,,लहानापासून मोठ्यापर्यंत क्रम लावा,जिल्हा,राज्य,गाव,
9,Language,,match,2,0,,,Which town lies on which river?,Nashik -> Godavari,Pune -> Mutha,-> Tapi,,कोणते शहर कोणत्या नदीकाठी आहे?,नाशिक -> गोदावरी,पुणे -> मुठा,-> तापी,
10,Language,,long,10,0,,,Write a letter to a friend.,,,,,मित्राला पत्र लिहा.,,,,
";

/// The rows of a correction of a key.
pub const CORRECTION: &str = "\
item,key,also,dropped,bonus,marks,penalty,case,section,minimum
1,B,C,,,,,,,
2,,,yes,,,,,,
3,,,,yes,,,,,
,,,,,,,,Geography,2
";

/// A GIFT file.
pub const GIFT: &str = "\
// A question ends at a blank line. Lines that begin with // are not read.

$CATEGORY: Geography

::River:: Which of these rivers flows through Nashik? {
    =Godavari
    ~%-25%Tapi
    ~%50%Godavari and Tapi
}

::Primes:: Which of these are prime numbers? {
    ~%50%2
    ~%50%5
    ~%-50%4
}

::Quarter:: How much is a quarter of 49? {#12.25}

::Pi:: How much is pi? {#=3.1415:0.0005 =%50%3.1..3.2}

::Capital:: What is the capital of India? {=New Delhi =%50%Delhi*}

::Towns:: Which town lies on which river? {
    =Nashik -> Godavari
    =Pune -> Mutha
}

::Mula:: The Mula flows through Pune. {TRUE}

::Letter:: Write a letter to a friend. {}
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{
        key_correction::correct,
        paper::{Source, read},
    };

    fn imported(name: &str, text: &str) -> crate::import::csv::Imported {
        let source = Source {
            name,
            bytes: text.as_bytes(),
            format: None,
            language: "en",
            title: "T",
        };
        read(source).unwrap_or_else(|why| panic!("{name}: {why}"))
    }

    #[test]
    fn every_template_is_imported_without_a_fault() {
        let table = imported("paper.csv", TABLE);
        assert_eq!((table.paper.items.len(), table.warnings.len()), (10, 0));
        assert_eq!(table.paper.languages, ["en", "mr"]);
        assert_eq!(imported("paper.gift", GIFT).paper.items.len(), 8);
        let made = correct(&table.key, &table.paper.outline(), CORRECTION.as_bytes()).unwrap();
        assert_eq!((made.changed, made.dropped, made.bonus), (4, 1, 1));
    }

    #[test]
    fn the_table_names_every_column_that_is_read() {
        let header: Vec<&str> = TABLE.lines().next().unwrap().split(',').collect();
        let told = crate::import::csv::paper(b"stem,nothing\nx,y\n", "T")
            .unwrap_err()
            .to_string();
        for name in [
            "item", "section", "minimum", "kind", "marks", "penalty", "key", "case", "stem",
        ] {
            assert!(header.contains(&name) && told.contains(name), "{name}");
        }
    }
}
