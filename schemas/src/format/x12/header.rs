//! The interchange header: its delimiters stand at fixed positions of 106 characters.

use super::segment::Segment;

/// Characters of the 16 elements of ISA.
const WIDTHS: [usize; 16] = [2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1];
/// Characters of ISA with its separators and the terminator.
const LENGTH: usize = 106;

/// What separates elements and ends segments in one interchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Delimiters {
    separator: char,
    terminator: char,
}

/// Why an ISA is not one: the element, or 0 for the segment as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BrokenHeader {
    pub element: u8,
    pub message: String,
}

/// Cuts the next interchange off a text that begins with its ISA: its segments, and the text behind it.
///
/// It ends with its IEA, before another ISA, or with the text.
pub(super) fn next_interchange(text: &str) -> Result<(Vec<Segment<'_>>, &str), BrokenHeader> {
    let delimiters = delimiters(text)?;
    let mut segments = vec![Segment::new(&text[..LENGTH - 1], delimiters.separator)];
    let mut rest = &text[LENGTH..];
    loop {
        rest = rest.trim_start();
        if rest.is_empty() || begins_interchange(rest) {
            return Ok((segments, rest));
        }
        let (text, behind) = rest.split_once(delimiters.terminator).unwrap_or((rest, ""));
        let segment = Segment::new(text, delimiters.separator);
        rest = behind;
        if !segment.text().is_empty() {
            segments.push(segment);
        }
        if segment.is("IEA") {
            return Ok((segments, rest.trim_start()));
        }
    }
}

/// The text from the next interchange on whose ISA can be read, after one that cannot.
pub(super) fn resume(text: &str) -> &str {
    let next = (1..text.len()).filter(|at| text.is_char_boundary(*at)).find(|at| delimiters(&text[*at..]).is_ok());
    next.map_or("", |at| &text[at..])
}

/// Whether a text begins with `ISA` and no letter or digit after it.
fn begins_interchange(text: &str) -> bool {
    match text.as_bytes() {
        [b0, b1, b2, separator, ..] => {
            [*b0, *b1, *b2].eq_ignore_ascii_case(b"ISA") && !separator.is_ascii_alphanumeric()
        }
        _ => false,
    }
}

fn delimiters(text: &str) -> Result<Delimiters, BrokenHeader> {
    let broken = |element, message| Err(BrokenHeader { element, message });
    let bytes = text.as_bytes();
    if !begins_interchange(text) {
        return broken(0, "an interchange begins with ISA and the element separator".to_owned());
    }
    let separator = bytes[3];
    let mut at = 4;
    for (element, width) in (1_u8..).zip(WIDTHS).take(15) {
        let found = bytes[at..].iter().take(LENGTH).position(|byte| *byte == separator);
        if found != Some(width) {
            let found = found.map_or("no end".to_owned(), |found| format!("{found} characters"));
            return broken(element, format!("ISA-{element:02} has {found}: expected {width}, blanks included"));
        }
        at += width + 1;
    }
    let (Some(component), Some(terminator)) = (bytes.get(LENGTH - 2), bytes.get(LENGTH - 1)) else {
        return broken(0, format!("ISA has {} characters: expected {LENGTH}", bytes.len()));
    };
    if !bytes[..LENGTH].is_ascii() {
        return broken(0, "ISA has a character outside ASCII".to_owned());
    }
    if component.is_ascii_alphanumeric() || component == &separator {
        return broken(16, format!("ISA-16 is {:?}: expected a component separator", char::from(*component)));
    }
    if terminator.is_ascii_alphanumeric() || [separator, *component, b' '].contains(terminator) {
        let found = char::from(*terminator);
        return broken(
            16,
            format!("ISA is followed by {found:?}: expected a segment terminator as character {LENGTH}"),
        );
    }
    Ok(Delimiters { separator: char::from(separator), terminator: char::from(*terminator) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISA: &str =
        "ISA*00*          *00*          *02*UPSN           *ZZ*PHH            *080626*2115*U*00400*000002838*0*T*>";

    fn read(text: &str) -> Result<(usize, &str), BrokenHeader> {
        next_interchange(text).map(|(segments, rest)| (segments.len(), rest))
    }

    #[test]
    fn delimiters_stand_at_their_positions() {
        assert_eq!(read(&format!("{ISA}|GS*IM|IEA*1|")), Ok((3, "")));
        assert_eq!(read(&format!("{ISA}\nGS*IM\nIEA*1\n\n")), Ok((3, "")));
        assert_eq!(read(&format!("{ISA}\r\nGS*IM\r\nIEA*1\r\n")), Ok((3, "")));
        assert_eq!(read(&format!("{ISA}~\r\nGS*IM~\r\nIEA*1~\r\n")), Ok((3, "")));
        assert_eq!(read(&format!("{}~GS*IM~IEA*1", ISA.to_lowercase())), Ok((3, "")));
        assert_eq!(read(&format!("{}~gs+im~iea+1~", ISA.replace('*', "+"))), Ok((3, "")));
    }

    #[test]
    fn an_interchange_ends_with_its_iea_or_before_the_next() {
        let two = format!("{ISA}~GS*IM~IEA*1~{ISA}\n");
        let behind = format!("{ISA}\n");
        assert_eq!(read(&two), Ok((3, behind.as_str())));
        let cut = format!("{ISA}~GS*IM~{ISA}\n");
        assert_eq!(read(&cut), Ok((2, behind.as_str())));
    }

    #[test]
    fn a_broken_header_names_the_element() {
        let broken = |text: &str| next_interchange(text).map(|_| ()).expect_err("a broken header").element;
        assert_eq!(broken(&ISA.replace("          ", " ")), 2);
        assert_eq!(broken(&format!("{}~GS*IM~", ISA.replace("UPSN   ", "UPSN"))), 6);
        assert_eq!(broken(&format!("{}~", ISA.replace("000002838", "2838"))), 13);
        assert_eq!(broken(&format!("{ISA}GS*IM~")), 16);
        assert_eq!(broken(ISA), 0);
        assert_eq!(broken("ISA"), 0);
        assert_eq!(broken("GS*IM~"), 0);
        assert_eq!(broken(""), 0);
    }

    #[test]
    fn reading_resumes_at_the_next_good_header() {
        let good = format!("{ISA}~IEA*1~");
        assert_eq!(resume(&format!("ISA*00* ~GS*ISA~{good}")), good);
        assert_eq!(resume("ISA*00* ~GS~é"), "");
    }
}
