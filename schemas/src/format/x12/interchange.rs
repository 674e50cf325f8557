//! Envelopes: interchanges, groups and sets, and whether what arrived is all that was sent.
//!
//! What an envelope says and does not hold is told, and the sets are read all the same: an invoice is held against its
//! own totals, so a lost charge does not pass. `options.segment_count: refuse` leaves out sets whose SE counts other
//! segments than there are. A set without an end is never read.

use super::header::{next_interchange, resume};
use super::segment::{Segment, Set};
use super::time::envelope_time;
use super::{X12, acknowledgement, refused};
use crate::format::Outcome;
use crate::format::envelope::{says_nothing, shown};
use crate::{ErrorCode, Timestamp};

/// A functional group as far as it is read.
struct Group<'r> {
    control: &'r str,
    sets: usize,
}

/// An interchange on its way through its segments.
struct Walk<'w, 'r> {
    x12: &'w X12,
    segments: &'w [Segment<'r>],
    control: &'r str,
    group: Option<Group<'r>>,
    groups: usize,
    recorded_at: Option<Timestamp>,
    /// Index of the ST of the open set.
    set: Option<usize>,
    outcomes: &'w mut Vec<Outcome>,
}

/// The envelope of a set: what its events are named and dated by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope<'r> {
    pub interchange: &'r str,
    pub group: &'r str,
    pub recorded_at: Option<Timestamp>,
}

impl X12 {
    /// Reads the interchanges of a record.
    pub(super) fn read(&self, text: &str, outcomes: &mut Vec<Outcome>) {
        let mut rest = text.trim_matches(says_nothing);
        if rest.is_empty() {
            outcomes.push(refused(ErrorCode::MissingField, "ISA".to_owned(), "the record is blank".to_owned()));
        }
        while !rest.is_empty() {
            match next_interchange(rest) {
                Ok((segments, behind)) => {
                    self.read_interchange(&segments, outcomes);
                    rest = behind.trim_start_matches(says_nothing);
                }
                Err(broken) => {
                    let field =
                        if broken.element == 0 { "ISA".to_owned() } else { format!("ISA[1].{}", broken.element) };
                    outcomes.push(refused(ErrorCode::BadValue, field, broken.message));
                    rest = resume(rest);
                }
            }
        }
    }

    fn read_interchange(&self, segments: &[Segment<'_>], outcomes: &mut Vec<Outcome>) {
        let isa = segments[0];
        let mut walk = Walk {
            x12: self,
            segments,
            control: isa.element(13),
            group: None,
            groups: 0,
            recorded_at: envelope_time(self.settings.zone.as_ref(), isa.element(9), isa.element(10)),
            set: None,
            outcomes,
        };
        let mut ended = false;
        for (index, segment) in segments.iter().enumerate().skip(1) {
            match segment.tag().to_ascii_uppercase().as_str() {
                "GS" => walk.begin_group(segment),
                "GE" => walk.end_group(segment),
                "ST" => walk.begin_set(index),
                "SE" => walk.end_set(index, segment),
                "TA1" if walk.set.is_none() => walk.outcomes.extend(acknowledgement::interchange(segment)),
                "IEA" => {
                    ended = true;
                    walk.end(segment);
                }
                tag if walk.set.is_none() => {
                    walk.fault(ErrorCode::BadValue, tag, "the segment stands outside of any set".to_owned());
                }
                _ => {}
            }
        }
        if !ended {
            walk.abandon_group();
            walk.fault(ErrorCode::MissingField, "IEA", "the interchange has no end: parts may be lost".to_owned());
        }
    }
}

impl<'r> Walk<'_, 'r> {
    /// Tells what is wrong with the envelope.
    fn fault(&mut self, code: ErrorCode, at: &str, message: String) {
        let group = self.group.as_ref().map_or(String::new(), |group| format!(" / GS {}", shown(group.control)));
        self.outcomes.push(refused(code, format!("ISA {}{group} / {at}", self.control), message));
    }

    fn begin_group(&mut self, gs: &Segment<'r>) {
        self.abandon_group();
        self.groups += 1;
        self.group = Some(Group { control: gs.element(6), sets: 0 });
        let zone = self.x12.settings.zone.as_ref();
        self.recorded_at = envelope_time(zone, gs.element(4), gs.element(5)).or(self.recorded_at);
    }

    fn end_group(&mut self, ge: &Segment<'r>) {
        self.abandon_set();
        let Some(Group { control, sets }) = self.group.as_ref().map(|group| Group { ..*group }) else {
            return self.fault(ErrorCode::BadValue, "GE", "the group has no GS".to_owned());
        };
        self.check_count("GE[1].1", ge.element(1), sets, "sets");
        self.check_control("GE[1].2", ge.element(2), control, "GS-06");
        self.group = None;
    }

    fn begin_set(&mut self, index: usize) {
        self.abandon_set();
        self.set = Some(index);
        if let Some(group) = &mut self.group {
            group.sets += 1;
        }
    }

    fn end_set(&mut self, index: usize, se: &Segment<'r>) {
        let Some(begin) = self.set.take() else {
            return self.fault(ErrorCode::BadValue, "SE", "the set has no ST".to_owned());
        };
        let set = Set::new(&self.segments[begin..=index]);
        let counted = set.segments.len();
        let control = format!("ST {} / SE[1]", shown(set.control()));
        self.check_control(&format!("{control}.2"), se.element(2), set.control(), "ST-02");
        if !self.check_count(&format!("{control}.1"), se.element(1), counted, "segments")
            && self.x12.miscounted_is_refused
        {
            return;
        }
        let envelope = Envelope {
            interchange: self.control,
            group: self.group.as_ref().map_or("", |group| shown(group.control)),
            recorded_at: self.recorded_at,
        };
        self.x12.read_set(&set, envelope, self.outcomes);
    }

    fn end(&mut self, iea: &Segment<'r>) {
        self.abandon_group();
        self.check_count("IEA[1].1", iea.element(1), self.groups, "groups");
        self.check_control("IEA[1].2", iea.element(2), self.control, "ISA-13");
    }

    fn abandon_set(&mut self) {
        if let Some(begin) = self.set.take() {
            let at = format!("ST {} / SE", shown(self.segments[begin].element(2)));
            self.fault(ErrorCode::MissingField, &at, "the set has no end and is not read".to_owned());
        }
    }

    fn abandon_group(&mut self) {
        self.abandon_set();
        if self.group.is_some() {
            self.fault(ErrorCode::MissingField, "GE", "the group has no end: sets may be lost".to_owned());
            self.group = None;
        }
    }

    /// Whether a trailer counts what is there.
    fn check_count(&mut self, at: &str, said: &str, counted: usize, what: &str) -> bool {
        let right = said.parse() == Ok(counted);
        if !right {
            self.fault(
                ErrorCode::BadValue,
                at,
                format!("says {said:?} {what}, there are {counted}: parts may be lost"),
            );
        }
        right
    }

    fn check_control(&mut self, at: &str, said: &str, due: &str, header: &str) {
        let bare = |number: &'_ str| number.trim_start_matches('0').to_owned();
        if self.x12.controls_are_checked && bare(said) != bare(due) {
            self.fault(ErrorCode::BadValue, at, format!("is {said:?}, {header} is {due:?}: expected the same number"));
        }
    }
}
