//! Interactions in which one types or sets a value.

use protocol::{
    limits::TEXT_CHARS_MAX,
    paper::{PartKind, Slider, TextField},
};

use super::{
    super::{
        answered::{Form, Scale},
        limit,
        reason::Reason,
    },
    Made, Of, Walk,
};
use crate::{
    number::Number,
    qti::{
        fault::Fault,
        program::Role,
        real::Real,
        value::{BaseType, Cardinality},
    },
};

/// Characters of a field within a line, where the file expects fewer.
const LINE_CHARS: u16 = 200;
/// Lines of a field for a long text, where the file does not say.
const LINES: u8 = 6;
/// Lines that a field may have.
const LINES_MAX: u8 = 40;

pub(super) fn text_entry(walk: &mut Walk<'_>, of: &Of<'_>) -> Result<Made, Fault> {
    let bases = [BaseType::String, BaseType::Integer, BaseType::Float];
    of.expect(
        "one text or number",
        &[Cardinality::Single, Cardinality::Record],
        &bases,
    )?;
    if limit::whole(of.element, "base")?.is_some_and(|base| base != 10) {
        let given = of.element.attribute("base").unwrap_or_default();
        return Err(bad(
            of,
            "base",
            given,
            "numbers are typed with base 10; ask for a text",
        ));
    }
    if of.element.attribute("patternMask").is_some() {
        walk.remark(
            of.element.line,
            "patternMask is not enforced while a candidate types",
        );
    }
    let mut made = match of.variable.base {
        Some(BaseType::Integer | BaseType::Float) => Made::new(PartKind::Number, Form::Number(None)),
        // A record is made of what was typed: digits, places, exponent.
        _ => Made::new(PartKind::Text(line(of)?), Form::Text),
    };
    made.as_typed = as_typed(walk, of)?;
    Ok(made)
}

fn line(of: &Of<'_>) -> Result<TextField, Fault> {
    let expected = limit::whole(of.element, "expectedLength")?.filter(|length| *length > 0);
    let expected = expected.map(|length| length.min(TEXT_CHARS_MAX));
    Ok(TextField {
        lines: 1,
        chars_max: expected.unwrap_or_default().max(LINE_CHARS),
        chars_expected: expected,
    })
}

fn as_typed(walk: &Walk<'_>, of: &Of<'_>) -> Result<Option<String>, Fault> {
    let Some(name) = of.element.attribute("stringIdentifier") else {
        return Ok(None);
    };
    let is_text = walk.program.find(name).is_some_and(|(_, variable)| {
        variable.role == Role::Response
            && variable.base == Some(BaseType::String)
            && variable.cardinality == Cardinality::Single
    });
    if is_text {
        Ok(Some(name.to_owned()))
    } else {
        Err(bad(
            of,
            "stringIdentifier",
            name,
            "declare that as a single response of type string",
        ))
    }
}

pub(super) fn extended_text(of: &Of<'_>) -> Result<Made, Fault> {
    of.expect("one text", &[Cardinality::Single], &[BaseType::String])?;
    if of.element.attribute("format") == Some("xhtml") {
        return Err(bad(
            of,
            "format",
            "xhtml",
            "candidates type plain text; remove it",
        ));
    }
    let lines = limit::whole(of.element, "expectedLines")?.filter(|lines| *lines > 0);
    let lines = lines.map_or(LINES, |lines| {
        u8::try_from(lines).unwrap_or(u8::MAX).min(LINES_MAX)
    });
    let kind = PartKind::Text(TextField {
        lines,
        chars_max: TEXT_CHARS_MAX,
        chars_expected: limit::whole(of.element, "expectedLength")?.filter(|length| *length > 0),
    });
    Ok(Made::new(kind, Form::Text))
}

pub(super) fn slider(walk: &mut Walk<'_>, of: &Of<'_>) -> Result<Made, Fault> {
    of.expect(
        "one number",
        &[Cardinality::Single],
        &[BaseType::Integer, BaseType::Float],
    )?;
    let (from, to) = (bound(of, "lowerBound")?, bound(of, "upperBound")?);
    let step = match (of.element.attribute("step"), of.variable.base) {
        (None, Some(BaseType::Integer)) => ("1".to_owned(), Real::from(1)),
        (None, _) => {
            return Err(bad(
                of,
                "step",
                "",
                "say how far apart the numbers are, 0.1 for example",
            ));
        }
        (Some(_), _) => bound(of, "step")?,
    };
    if from.1 >= to.1 || step.1 <= Real::ZERO {
        let given = format!("{} to {} by {}", from.0, to.0, step.0);
        return Err(bad(
            of,
            "lowerBound",
            &given,
            "write a smaller number than upperBound, and a step above 0",
        ));
    }
    let scale = Scale {
        from: from.1,
        to: to.1,
        step: step.1,
    };
    if !scale.holds(scale.to) {
        walk.remark(
            of.element.line,
            "the slider's upper bound is no whole number of steps from its lower bound and cannot be set",
        );
    }
    let kind = PartKind::Slider(Slider {
        from: from.0,
        to: to.0,
        step: step.0,
    });
    Ok(Made::new(kind, Form::Number(Some(scale))))
}

/// A number as the paper has it and as the rules have it.
fn bound(of: &Of<'_>, attribute: &'static str) -> Result<(String, Real), Fault> {
    let text = of.tag().required(attribute)?;
    let number: Option<Number> = text.parse().ok();
    let shown = number.map(|number| number.to_string());
    let both = shown.and_then(|shown| Real::parse(&shown).map(|real| (shown, real)));
    both.ok_or_else(|| bad(of, attribute, text, "write a number with digits and a point"))
}

fn bad(of: &Of<'_>, attribute: &'static str, given: &str, expected: &'static str) -> Fault {
    let reason = Reason::Attribute {
        element: of.element.name.clone(),
        attribute,
        given: crate::qti::fault::excerpt(given),
        expected,
    };
    reason.at(of.element.line)
}
