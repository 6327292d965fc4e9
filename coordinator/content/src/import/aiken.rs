//! Questions in the Aiken format: a text, options `A.` or `A)` each on its own line, and `ANSWER: ` with the letter of the
//! one that is right. `parikshactl paper check` calls it. A text may have several lines; nothing is escaped.

use super::{
    draft::{Draft, DraftOption, Fraction, Interaction, Markup, Passage, Passages},
    drafts::{Drafts, Reason, Refusal},
    fault::excerpt,
    text_file,
};

const ANSWER: &str = "ANSWER:";
/// Lines of one question's text.
const STEM_LINES_MAX: usize = 500;

/// Whether a line ends a question; by it the format is recognised.
pub(super) fn is_answer_line(line: &str) -> bool {
    line.trim_start().starts_with(ANSWER)
}

/// A question being read.
#[derive(Default)]
struct Reading<'a> {
    line: u64,
    stem: Vec<&'a str>,
    options: Vec<&'a str>,
    fault: Option<(u64, Reason)>,
}

/// Reads a file; its texts are in this language.
pub fn read(bytes: &[u8], language: &str) -> Result<Drafts, Refusal> {
    let text = text_file::text(bytes)?;
    let mut drafts = Drafts::default();
    let mut reading = Reading::default();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        if let Some(answer) = line.strip_prefix(ANSWER) {
            drafts.check_room()?;
            drafts.add(reading.finish(Some(answer.trim()), number, language));
            reading = Reading::default();
        } else {
            reading.take(line, number);
        }
    }
    if reading.line > 0 {
        let line = reading.line;
        drafts.add(reading.finish(None, line, language));
    }
    drafts.not_empty()
}

/// `A.` or `A)` and what follows.
fn option_in(line: &str) -> Option<(char, &str)> {
    let letter = line.chars().next().filter(char::is_ascii_uppercase)?;
    let rest = line[1..].strip_prefix(['.', ')'])?;
    let is_option = rest.is_empty() || rest.starts_with(char::is_whitespace);
    is_option.then_some((letter, rest.trim()))
}

impl<'a> Reading<'a> {
    fn take(&mut self, line: &'a str, number: u64) {
        if self.line == 0 {
            self.line = number;
        }
        // Beyond Z there is no letter to expect.
        let expected =
            u8::try_from(self.options.len()).map_or('?', |place| char::from(b'A'.saturating_add(place)));
        match option_in(line) {
            // A text may begin with a letter and a point; an option then follows.
            Some((letter, text)) if letter == expected && !self.stem.is_empty() => self.options.push(text),
            Some((found, _)) if !self.options.is_empty() => {
                self.fail(number, Reason::OptionOrder { found, expected });
            }
            Some(_) | None if self.options.is_empty() && self.stem.len() < STEM_LINES_MAX => {
                self.stem.push(line);
            }
            Some(_) | None if self.options.is_empty() => {
                self.fail(number, Reason::TooManyLines(STEM_LINES_MAX));
            }
            Some(_) | None => self.fail(number, Reason::NotAnAnswerLine(excerpt(line))),
        }
    }

    fn fail(&mut self, line: u64, reason: Reason) {
        self.fault.get_or_insert((line, reason));
    }

    fn finish(mut self, answer: Option<&str>, answer_line: u64, language: &str) -> Result<Draft, Refusal> {
        let name = self.stem.first().copied().unwrap_or_default();
        let refused = |(line, reason)| Refusal::question(line, name, &reason);
        if let Some(fault) = self.fault.take() {
            return Err(refused(fault));
        }
        let begin = if self.line == 0 { answer_line } else { self.line };
        if self.stem.is_empty() {
            return Err(refused((begin, Reason::NoStem)));
        }
        let answer = answer.ok_or_else(|| refused((begin, Reason::NoAnswerLine)))?;
        let right = self
            .place_of(answer)
            .ok_or_else(|| refused((answer_line, Reason::NoSuchOption(excerpt(answer)))))?;
        self.draft(begin, right, language)
            .map_err(|reason| refused((begin, reason)))
    }

    fn place_of(&self, answer: &str) -> Option<usize> {
        let mut letters = answer.chars();
        let (Some(letter @ 'A'..='Z'), None) = (letters.next(), letters.next()) else {
            return None;
        };
        let place = letter as usize - 'A' as usize;
        (place < self.options.len()).then_some(place)
    }

    fn draft(&self, line: u64, right: usize, language: &str) -> Result<Draft, Reason> {
        let texts = |part: &'static str, text: &str| {
            let passage =
                Passage::new(Markup::Plain, text).map_err(|fault| Reason::Passage { part, fault })?;
            Ok::<_, Reason>(Passages::from([(language.to_owned(), passage)]))
        };
        let options = self.options.iter().enumerate().map(|(place, text)| {
            Ok(DraftOption {
                text: texts("an option", text)?,
                fraction: if place == right {
                    Fraction::ALL
                } else {
                    Fraction::NONE
                },
                feedback: None,
            })
        });
        let options = options.collect::<Result<Vec<DraftOption>, Reason>>()?;
        let stem = texts("the question", &self.stem.join("\n"))?;
        Ok(Draft::new(line, stem, Interaction::Choice(options)))
    }
}

#[cfg(test)]
mod tests;
