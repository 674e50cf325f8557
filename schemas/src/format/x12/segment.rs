//! Segments of a transaction set, and places in it.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::fmt;

use crate::format::envelope::shown;

/// A segment: its tag and elements as they stand in the record. Nothing is copied.
#[derive(Clone, Copy)]
pub(super) struct Segment<'r> {
    text: &'r str,
    separator: char,
}

impl<'r> Segment<'r> {
    /// The segment that `text` holds, without its terminator.
    pub fn new(text: &'r str, separator: char) -> Segment<'r> {
        Segment { text: text.trim(), separator }
    }

    /// Its tag as written.
    pub fn tag(&self) -> &'r str {
        self.element(0)
    }

    /// Whether it is a segment of this kind; some partners write small letters.
    pub fn is(&self, tag: &str) -> bool {
        let begins = self.text.get(..tag.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(tag));
        begins && self.text[tag.len()..].chars().next().is_none_or(|behind| behind == self.separator)
    }

    /// An element by its number from 1, trimmed; blank where the segment ends before it.
    pub fn element(&self, number: u8) -> &'r str {
        self.text.split(self.separator).nth(usize::from(number)).unwrap_or_default().trim()
    }

    /// The segment as it stands in the record.
    pub fn text(&self) -> &'r str {
        self.text
    }
}

impl fmt::Debug for Segment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

/// A place in a set: a segment by its index from 0, and an element of it; element 0 is the segment as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    segment: u32,
    element: u8,
}

impl Place {
    /// The set as a whole.
    pub const SET: Place = Place { segment: u32::MAX, element: 0 };

    /// The place of an element.
    pub fn new(segment: usize, element: u8) -> Place {
        Place { segment: u32::try_from(segment).unwrap_or(u32::MAX), element }
    }
}

/// An element's text and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'r> {
    pub text: &'r str,
    pub place: Place,
}

impl<'r> Item<'r> {
    /// What stands for an element that is not there.
    pub fn none(place: Place) -> Item<'r> {
        Item { text: "", place }
    }

    /// Whether nothing is written there.
    pub fn is_blank(&self) -> bool {
        self.text.is_empty()
    }

    /// Itself, or the other where it is blank.
    pub fn or(self, other: Item<'r>) -> Item<'r> {
        if self.is_blank() { other } else { self }
    }

    /// Its code in capitals, for tables.
    pub fn code(&self) -> String {
        self.text.to_ascii_uppercase()
    }
}

/// A transaction set, from its ST to its SE.
#[derive(Debug)]
pub(super) struct Set<'s, 'r> {
    pub segments: &'s [Segment<'r>],
    /// Of each segment, the how many-th of its kind it is: made at the first fault, for all of them.
    numbers: OnceCell<Vec<u32>>,
}

impl<'s, 'r> Set<'s, 'r> {
    /// The set of these segments.
    pub fn new(segments: &'s [Segment<'r>]) -> Set<'s, 'r> {
        Set { segments, numbers: OnceCell::new() }
    }

    /// The number of the set's kind: `214`.
    pub fn id(&self) -> &'r str {
        self.segments.first().map_or("", |st| st.element(1))
    }

    /// Its control number.
    pub fn control(&self) -> &'r str {
        self.segments.first().map_or("", |st| st.element(2))
    }

    /// An element of the segment at an index.
    pub fn item(&self, segment: usize, element: u8) -> Item<'r> {
        let text = self.segments.get(segment).map_or("", |segment| segment.element(element));
        Item { text, place: Place::new(segment, element) }
    }

    /// The segments with their indices.
    pub fn each(&self) -> impl Iterator<Item = (usize, Segment<'r>)> {
        self.segments.iter().copied().enumerate()
    }

    /// The index of the first segment of a kind. Where there is none it is one past the last, whose elements are blank.
    pub fn first(&self, tag: &str) -> usize {
        self.segments.iter().position(|segment| segment.is(tag)).unwrap_or(self.segments.len())
    }

    /// How errors name a place: `ST 0003 / L1[4].4` is the fourth element of the set's fourth L1.
    pub fn locate(&self, place: &Place) -> String {
        let set = format!("ST {}", shown(self.control()));
        let index = place.segment as usize;
        let Some(segment) = self.segments.get(index) else { return set };
        let tag = segment.tag().to_ascii_uppercase();
        let number = self.numbers.get_or_init(|| numbers(self.segments)).get(index).copied().unwrap_or_default();
        match place.element {
            0 => format!("{set} / {tag}[{number}]"),
            element => format!("{set} / {tag}[{number}].{element}"),
        }
    }
}

fn numbers(segments: &[Segment<'_>]) -> Vec<u32> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    let number = |segment: &Segment<'_>| {
        let count = seen.entry(segment.tag().to_ascii_uppercase()).or_default();
        *count += 1;
        *count
    };
    segments.iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_counted_from_one_and_blank_beyond_the_end() {
        let segment = Segment::new("\r\nl1*1** 12 *", '*');
        assert!(segment.is("L1"));
        assert_eq!((segment.element(1), segment.element(2), segment.element(3)), ("1", "", "12"));
        assert_eq!(segment.element(9), "");
    }

    #[test]
    fn a_place_names_the_set_the_segment_and_the_element() {
        let segments = ["ST*210*0003", "L1*1", "N9*CN*1", "L1*2"].map(|text| Segment::new(text, '*'));
        let set = Set::new(&segments);
        assert_eq!(set.locate(&Place::new(3, 4)), "ST 0003 / L1[2].4");
        assert_eq!(set.locate(&Place::new(2, 0)), "ST 0003 / N9[1]");
        assert_eq!(set.locate(&Place::SET), "ST 0003");
        assert_eq!(set.locate(&set.item(set.first("B3"), 2).place), "ST 0003");
    }
}
