//! Segments, elements and components of EDIFACT (ISO 9735), with the characters that UNA announces.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;

use crate::format::envelope::shown;

/// The characters that have a meaning of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Syntax {
    component: u8,
    element: u8,
    /// Takes the meaning from the character behind it; a blank where there is none.
    release: u8,
    terminator: u8,
}

impl Syntax {
    /// What holds without UNA.
    const DEFAULT: Syntax = Syntax { component: b':', element: b'+', release: b'?', terminator: b'\'' };

    /// The characters of the interchange that a text begins with, and the text from its UNB on.
    pub fn read(text: &str) -> Result<(Syntax, &str), String> {
        let bytes = text.as_bytes();
        let is = |tag: &[u8]| bytes.get(..3).is_some_and(|begin| begin.eq_ignore_ascii_case(tag));
        if is(b"UNB") {
            return Ok((Syntax::DEFAULT, text));
        }
        if !is(b"UNA") {
            return Err("an interchange begins with UNA or UNB".to_owned());
        }
        let Some(&[component, element, _decimal, release, _reserved, terminator]) = bytes.get(3..9) else {
            return Err("UNA has less than six characters".to_owned());
        };
        let syntax = Syntax { component, element, release, terminator };
        let used = [component, element, terminator];
        let distinct = component != element && element != terminator && component != terminator;
        if !distinct || used.iter().any(|byte| byte.is_ascii_alphanumeric() || *byte == b' ' || !byte.is_ascii()) {
            return Err("UNA announces characters that cannot separate anything".to_owned());
        }
        if !release.is_ascii() || used.contains(&release) {
            return Err("UNA announces a release character that is none".to_owned());
        }
        Ok((syntax, &text[9..]))
    }

    /// The parts between one of the characters. A part keeps its release characters.
    fn split(self, text: &str, at: u8) -> impl Iterator<Item = &str> {
        let mut rest = Some(text);
        std::iter::from_fn(move || {
            let whole = rest?;
            let end = self.end(whole, at);
            rest = whole.get(end + 1..);
            Some(&whole[..end])
        })
    }

    /// Where a text has the character for the first time without a release ahead of it; its length where it has not.
    pub fn end(self, text: &str, at: u8) -> usize {
        let bytes = text.as_bytes();
        let mut index = 0;
        while let Some(byte) = bytes.get(index) {
            match *byte {
                byte if byte == at => return index,
                byte if byte == self.release && byte != b' ' => index += 2,
                _ => index += 1,
            }
        }
        text.len()
    }

    /// A part without its release characters, trimmed.
    fn released(self, part: &str) -> Cow<'_, str> {
        let part = part.trim();
        if self.release == b' ' || !part.as_bytes().contains(&self.release) {
            return Cow::Borrowed(part);
        }
        let mut text = String::with_capacity(part.len());
        let mut characters = part.chars();
        while let Some(character) = characters.next() {
            let released = character == char::from(self.release);
            text.extend(if released { characters.next() } else { Some(character) });
        }
        Cow::Owned(text)
    }

    /// Cuts the next segment off a text: the segment and the text behind its terminator.
    pub fn next_segment(self, text: &str) -> (Segment<'_>, &str) {
        let end = self.end(text, self.terminator);
        (Segment { text: text[..end].trim(), syntax: self }, text.get(end + 1..).unwrap_or_default())
    }
}

/// A segment as it stands in the record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'r> {
    text: &'r str,
    syntax: Syntax,
}

impl<'r> Segment<'r> {
    /// The segment as it stands in the record.
    pub fn text(&self) -> &'r str {
        self.text
    }

    /// Its tag, in capitals.
    pub fn tag(&self) -> String {
        self.get(0, 1).to_ascii_uppercase()
    }

    /// Whether it is a segment of this kind.
    pub fn is(&self, tag: &str) -> bool {
        self.text.get(..tag.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(tag)) && {
            let behind = self.text.as_bytes().get(tag.len());
            behind.is_none_or(|byte| *byte == self.syntax.element || *byte == self.syntax.component)
        }
    }

    /// A component of an element, both by their numbers from 1, released and trimmed; blank where there is none.
    pub fn get(&self, element: u8, component: u8) -> Cow<'r, str> {
        let element = self.syntax.split(self.text, self.syntax.element).nth(usize::from(element)).unwrap_or_default();
        let mut components = self.syntax.split(element, self.syntax.component);
        self.syntax.released(components.nth(usize::from(component.max(1) - 1)).unwrap_or_default())
    }
}

/// A place in a message: a segment by its index, an element and a component of it; 0 for the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    segment: u32,
    element: u8,
    component: u8,
}

impl Place {
    /// The message as a whole.
    pub const MESSAGE: Place = Place { segment: u32::MAX, element: 0, component: 0 };

    /// The place of a component.
    pub fn new(segment: usize, element: u8, component: u8) -> Place {
        Place { segment: u32::try_from(segment).unwrap_or(u32::MAX), element, component }
    }
}

/// A component's text and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Item<'r> {
    pub text: Cow<'r, str>,
    pub place: Place,
}

impl<'r> Item<'r> {
    /// What stands for a component that is not there.
    pub fn none(place: Place) -> Item<'r> {
        Item { text: Cow::Borrowed(""), place }
    }

    /// Whether nothing is written there.
    pub fn is_blank(&self) -> bool {
        self.text.is_empty()
    }

    /// Itself, or the other where it is blank.
    pub fn or(self, other: impl FnOnce() -> Item<'r>) -> Item<'r> {
        if self.is_blank() { other() } else { self }
    }
}

/// A message, from its UNH to its UNT.
#[derive(Debug)]
pub(super) struct Message<'m, 'r> {
    pub segments: &'m [Segment<'r>],
    pub control: Cow<'r, str>,
    numbers: OnceCell<Vec<u32>>,
}

impl<'m, 'r> Message<'m, 'r> {
    /// The message of these segments.
    pub fn new(segments: &'m [Segment<'r>]) -> Message<'m, 'r> {
        let control = segments.first().map_or(Cow::Borrowed(""), |unh| unh.get(1, 1));
        Message { segments, control, numbers: OnceCell::new() }
    }

    /// A component of the segment at an index.
    pub fn item(&self, segment: usize, element: u8, component: u8) -> Item<'r> {
        let text = self.segments.get(segment).map_or(Cow::Borrowed(""), |segment| segment.get(element, component));
        Item { text, place: Place::new(segment, element, component) }
    }

    /// The index of the first segment of a kind; one past the last where there is none.
    pub fn first(&self, tag: &str) -> usize {
        self.segments.iter().position(|segment| segment.is(tag)).unwrap_or(self.segments.len())
    }

    /// How errors name a place: `UNH 0003 / RFF[2].1:2` is the second component of the first element of the second RFF.
    pub fn locate(&self, place: &Place) -> String {
        let message = format!("UNH {}", shown(&self.control));
        let index = place.segment as usize;
        let Some(segment) = self.segments.get(index) else { return message };
        let number = self.numbers.get_or_init(|| numbers(self.segments)).get(index).copied().unwrap_or_default();
        let at = format!("{message} / {}[{number}]", segment.tag());
        match (place.element, place.component) {
            (0, _) => at,
            (element, 0) => format!("{at}.{element}"),
            (element, component) => format!("{at}.{element}:{component}"),
        }
    }
}

fn numbers(segments: &[Segment<'_>]) -> Vec<u32> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    let number = |segment: &Segment<'_>| {
        let count = seen.entry(segment.tag()).or_default();
        *count += 1;
        *count
    };
    segments.iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(text: &str) -> Segment<'_> {
        Syntax::DEFAULT.next_segment(text).0
    }

    #[test]
    fn a_released_character_has_no_meaning() {
        let nad = segment("\nNAD+PW++A?+B:C??:D?'s+ E '");
        assert_eq!((nad.get(3, 1), nad.get(3, 2), nad.get(3, 3)), ("A+B".into(), "C?".into(), "D's".into()));
        assert_eq!((nad.get(2, 1), nad.get(4, 1), nad.get(9, 9)), ("".into(), "E".into(), "".into()));
        assert_eq!(segment("FTX+A?").get(1, 1), "A");
        assert_eq!(segment("FTX+é?é'").get(1, 1), "éé");
    }

    #[test]
    fn una_announces_the_characters() {
        let (syntax, rest) = Syntax::read("UNA*|,! ~\r\nUNB|UNOA*1").expect("a good UNA");
        assert_eq!(rest.trim(), "UNB|UNOA*1");
        let rff = syntax.next_segment("RFF|BM*1!~2~").0;
        assert_eq!(rff.get(1, 2), "1~2");
        for text in ["UNA:+.?", "UNA:+.? :", "UNA::.? '", "UNAa+.? '", "UNH+1", "", "UNA:+.+ '"] {
            assert!(Syntax::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn tags_are_whole_and_of_any_case() {
        assert!(segment("rff+1").is("RFF"));
        assert!(segment("UNZ").is("UNZ"));
        assert!(!segment("RFFX+1").is("RFF"));
        assert!(!segment("é").is("RFF"));
    }

    #[test]
    fn a_place_names_message_segment_and_component() {
        let segments = ["UNH+7+IFTSTA", "RFF+A", "RFF+B:1"].map(segment);
        let message = Message::new(&segments);
        assert_eq!(message.locate(&message.item(2, 1, 2).place), "UNH 7 / RFF[2].1:2");
        assert_eq!(message.locate(&Place::new(1, 0, 0)), "UNH 7 / RFF[1]");
        assert_eq!(message.locate(&Place::MESSAGE), "UNH 7");
    }
}
