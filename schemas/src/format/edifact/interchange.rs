//! Envelopes: interchanges, groups and messages, and whether what arrived is all that was sent.
//!
//! What an envelope says and does not hold is told; the messages are read all the same, for invoices are held against
//! their own totals. `options.segment_count: refuse` leaves out messages whose UNT counts other segments than there are.
//! A message without an end is never read.

use super::syntax::{Message, Segment, Syntax};
use super::{Edifact, refused};
use crate::format::Outcome;
use crate::format::envelope::{says_nothing, shown};
use crate::format::zone::{LocalTime, Zone};
use crate::{ErrorCode, Timestamp};

/// The envelope of a message: what its events are named and dated by.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    pub interchange: String,
    pub recorded_at: Option<Timestamp>,
}

/// An interchange on its way through its segments.
struct Walk<'w, 'r> {
    edifact: &'w Edifact,
    segments: &'w [Segment<'r>],
    envelope: Envelope,
    groups: usize,
    messages: usize,
    /// Messages of the open group.
    in_group: usize,
    /// Index of the UNH of the open message.
    message: Option<usize>,
    outcomes: &'w mut Vec<Outcome>,
}

impl Edifact {
    /// Reads the interchanges of a record.
    pub(super) fn read(&self, text: &str, outcomes: &mut Vec<Outcome>) {
        let mut rest = text.trim_matches(says_nothing);
        if rest.is_empty() {
            outcomes.push(refused(ErrorCode::MissingField, "UNB".to_owned(), "the record is blank".to_owned()));
        }
        while !rest.is_empty() {
            match Syntax::read(rest) {
                Ok((syntax, behind)) => {
                    let (segments, behind) = interchange(syntax, behind);
                    self.read_interchange(&segments, outcomes);
                    rest = behind.trim_start_matches(says_nothing);
                }
                Err(message) => {
                    outcomes.push(refused(ErrorCode::BadValue, "UNB".to_owned(), message));
                    rest = resume(rest);
                }
            }
        }
    }

    fn read_interchange(&self, segments: &[Segment<'_>], outcomes: &mut Vec<Outcome>) {
        let Some(unb) = segments.first().filter(|unb| unb.is("UNB")) else {
            let message = "UNA is not followed by UNB".to_owned();
            return outcomes.push(refused(ErrorCode::BadValue, "UNB".to_owned(), message));
        };
        let zone = self.settings.zone.clone().unwrap_or_else(Zone::utc);
        let recorded_at = LocalTime::read(&unb.get(4, 1), &unb.get(4, 2)).and_then(|local| zone.at(local));
        let envelope = Envelope {
            interchange: shown(&unb.get(5, 1)).to_owned(),
            recorded_at: recorded_at.filter(|time| time.0 >= 0),
        };
        let mut walk =
            Walk { edifact: self, segments, envelope, groups: 0, messages: 0, in_group: 0, message: None, outcomes };
        let mut ended = false;
        for (index, segment) in segments.iter().enumerate().skip(1) {
            match segment.tag().as_str() {
                "UNG" => {
                    walk.abandon();
                    walk.groups += 1;
                    walk.in_group = 0;
                }
                "UNE" => {
                    walk.abandon();
                    walk.check_count("UNE[1].1", &segment.get(1, 1), walk.in_group, "messages");
                }
                "UNH" => walk.begin(index),
                "UNT" => walk.end(index, segment),
                "UNZ" => {
                    ended = true;
                    walk.end_interchange(segment);
                }
                tag if walk.message.is_none() => {
                    walk.fault(ErrorCode::BadValue, shown(tag), "the segment stands outside of any message".to_owned());
                }
                _ => {}
            }
        }
        if !ended {
            walk.abandon();
            walk.fault(ErrorCode::MissingField, "UNZ", "the interchange has no end: messages may be lost".to_owned());
        }
    }
}

/// The segments of an interchange, to its UNZ, the next UNA or UNB, or the end; and the text behind it.
fn interchange(syntax: Syntax, text: &str) -> (Vec<Segment<'_>>, &str) {
    let mut segments: Vec<Segment<'_>> = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() && (segments.is_empty() || Syntax::read(rest).is_err()) {
        let (segment, behind) = syntax.next_segment(rest);
        rest = behind.trim_start();
        if !segment.text().is_empty() {
            segments.push(segment);
        }
        if segment.is("UNZ") {
            break;
        }
    }
    (segments, rest)
}

/// The text from the next UNA or UNB on.
fn resume(text: &str) -> &str {
    let begins =
        |at: &usize| matches!(text.as_bytes().get(*at..at + 4), Some([b'U', b'N', b'A', _] | [b'U', b'N', b'B', b'+']));
    let next =
        (1..text.len()).find(|at| begins(at) && text.is_char_boundary(*at) && Syntax::read(&text[*at..]).is_ok());
    next.map_or("", |at| &text[at..])
}

impl<'r> Walk<'_, 'r> {
    /// Tells what is wrong with the envelope.
    fn fault(&mut self, code: ErrorCode, at: &str, message: String) {
        self.outcomes.push(refused(code, format!("UNB {} / {at}", self.envelope.interchange), message));
    }

    fn begin(&mut self, index: usize) {
        self.abandon();
        self.messages += 1;
        self.in_group += 1;
        self.message = Some(index);
    }

    fn end(&mut self, index: usize, unt: &Segment<'r>) {
        let Some(begin) = self.message.take() else {
            return self.fault(ErrorCode::BadValue, "UNT", "the message has no UNH".to_owned());
        };
        let message = Message::new(&self.segments[begin..=index]);
        let at = format!("UNH {} / UNT[1]", shown(&message.control));
        self.check_control(&format!("{at}.2"), &unt.get(2, 1), &message.control, "UNH-01");
        let whole = self.check_count(&format!("{at}.1"), &unt.get(1, 1), message.segments.len(), "segments");
        if whole || !self.edifact.miscounted_is_refused {
            self.edifact.read_message(&message, &self.envelope, self.outcomes);
        }
    }

    fn end_interchange(&mut self, unz: &Segment<'r>) {
        self.abandon();
        let (counted, what) = if self.groups > 0 { (self.groups, "groups") } else { (self.messages, "messages") };
        self.check_count("UNZ[1].1", &unz.get(1, 1), counted, what);
        let control = self.envelope.interchange.clone();
        self.check_control("UNZ[1].2", &unz.get(2, 1), &control, "UNB-05");
    }

    fn abandon(&mut self) {
        if let Some(begin) = self.message.take() {
            let control = self.segments[begin].get(1, 1);
            let at = format!("UNH {} / UNT", shown(&control));
            self.fault(ErrorCode::MissingField, &at, "the message has no end and is not read".to_owned());
        }
    }

    /// Whether a trailer counts what is there.
    fn check_count(&mut self, at: &str, said: &str, counted: usize, what: &str) -> bool {
        let right = said.parse() == Ok(counted);
        if !right {
            let message = format!("says {:?} {what}, there are {counted}: parts may be lost", shown(said));
            self.fault(ErrorCode::BadValue, at, message);
        }
        right
    }

    fn check_control(&mut self, at: &str, said: &str, due: &str, header: &str) {
        let (said, due) = (shown(said), shown(due));
        if self.edifact.controls_are_checked && said != due {
            self.fault(
                ErrorCode::BadValue,
                at,
                format!("is {said:?}, {header} is {due:?}: expected the same reference"),
            );
        }
    }
}
