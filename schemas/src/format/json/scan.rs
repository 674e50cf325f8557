//! A strict JSON scanner: from text to nodes, or to the place where it stops being JSON.
//!
//! Strings are checked whether their field is read or ignored, so that a lone surrogate anywhere is found. Nesting
//! costs no call depth and is bounded by the size of a record alone. serde_json gives one half or the other: its
//! `RawValue` keeps the text and does not check what it skips, its `Value` checks everything and makes floats.

use std::fmt;

use super::escape::code_unit;
use super::tape::{Kind, Node};

/// Why a text is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    /// What was due or what is wrong.
    pub reason: &'static str,
    /// At which byte, from 0.
    pub at: usize,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.reason, self.at)
    }
}

/// The nodes of one JSON value that fills the text, in the order of the text, and how many of them are keys.
pub(super) fn scan(text: &str) -> Result<(Vec<Node>, u32), Malformed> {
    assert!(u32::try_from(text.len()).is_ok(), "a record has at most 1 MiB");
    // A typical event has a node for every eight bytes; the cap keeps long strings from reserving for nothing.
    let nodes = Vec::with_capacity((text.len() / 8).clamp(16, 1024));
    let mut scanner = Scanner { bytes: text.as_bytes(), nodes, keys: 0, container: OUTERMOST, in_object: false };
    scanner.whole()?;
    Ok((scanner.nodes, scanner.keys))
}

/// What encloses a value that nothing encloses.
const OUTERMOST: u32 = u32::MAX;

/// Each step takes the byte where it begins and gives the one where it ends.
type Step = Result<usize, Malformed>;

struct Scanner<'t> {
    bytes: &'t [u8],
    nodes: Vec<Node>,
    keys: u32,
    /// The innermost array or object that is not closed yet. Until it is, its `next` is the one around it: depth costs
    /// no memory of its own.
    container: u32,
    in_object: bool,
}

impl Scanner<'_> {
    fn whole(&mut self) -> Result<(), Malformed> {
        let mut at = 0;
        loop {
            at = self.value(at)?;
            // A value ends here: what follows continues or closes the containers around it.
            loop {
                let token;
                (at, token) = self.token(at);
                if self.in_object {
                    match token {
                        b',' => {
                            at = self.key(self.token(at + 1))?;
                            break;
                        }
                        b'}' => at = self.close(at),
                        _ => return fail("expected a comma or a closing brace", at),
                    }
                } else if self.container == OUTERMOST {
                    let ends = at == self.bytes.len();
                    return if ends { Ok(()) } else { fail("expected the end of the record", at) };
                } else {
                    match token {
                        b',' => {
                            at += 1;
                            break;
                        }
                        b']' => at = self.close(at),
                        _ => return fail("expected a comma or a closing bracket", at),
                    }
                }
            }
        }
    }

    /// Reads values up to and including the first that is complete: a scalar or an empty container.
    #[inline(always)]
    fn value(&mut self, mut at: usize) -> Step {
        loop {
            let token;
            (at, token) = self.token(at);
            // Ahead of the others, for most values are strings.
            if token == b'"' {
                return self.string(at);
            }
            match token {
                b'{' => {
                    let inside = self.open(Kind::Object, at);
                    if inside.1 == b'}' {
                        return Ok(self.close(inside.0));
                    }
                    at = self.key(inside)?;
                }
                b'[' => {
                    let inside = self.open(Kind::Array, at);
                    if inside.1 == b']' {
                        return Ok(self.close(inside.0));
                    }
                    at = inside.0;
                }
                b'-' | b'0'..=b'9' => return self.number(at),
                b't' => return self.literal("true", Kind::True, at),
                b'f' => return self.literal("false", Kind::False, at),
                b'n' => return self.literal("null", Kind::Null, at),
                _ => return fail("expected a value", at),
            }
        }
    }

    #[inline(always)]
    fn peek(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    /// Where the next token begins, and its first byte; 0, with which none begins, at the end.
    #[inline(always)]
    fn token(&self, at: usize) -> (usize, u8) {
        match self.peek(at) {
            Some(byte) if byte > b' ' => (at, byte),
            _ => self.token_after_blanks(at),
        }
    }

    /// Apart, for most records have no blanks between their tokens.
    #[inline(never)]
    fn token_after_blanks(&self, mut at: usize) -> (usize, u8) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek(at) {
            at += 1;
        }
        (at, self.peek(at).unwrap_or_default())
    }

    #[inline(always)]
    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        let next = offset(self.nodes.len() + 1);
        self.nodes.push(Node { kind, start: offset(start), end: offset(end), next });
    }

    /// Opens a container: what stands first in it.
    fn open(&mut self, kind: Kind, at: usize) -> (usize, u8) {
        let container = offset(self.nodes.len());
        self.nodes.push(Node { kind, start: offset(at), end: offset(at), next: self.container });
        (self.container, self.in_object) = (container, kind == Kind::Object);
        self.token(at + 1)
    }

    fn close(&mut self, at: usize) -> usize {
        let next = offset(self.nodes.len());
        let node = &mut self.nodes[self.container as usize];
        node.end = offset(at + 1);
        self.container = std::mem::replace(&mut node.next, next);
        let around = self.nodes.get(self.container as usize);
        self.in_object = around.is_some_and(|around| around.kind == Kind::Object);
        at + 1
    }

    #[inline(always)]
    fn key(&mut self, (at, token): (usize, u8)) -> Step {
        if token != b'"' {
            return fail("expected a key in quotes", at);
        }
        self.keys += 1;
        let after = self.string(at)?;
        let (at, token) = self.token(after);
        if token == b':' { Ok(at + 1) } else { fail("expected a colon", at) }
    }

    fn literal(&mut self, word: &'static str, kind: Kind, at: usize) -> Step {
        if !self.bytes[at..].starts_with(word.as_bytes()) {
            return fail("expected a value", at);
        }
        self.push(kind, at, at + word.len());
        Ok(at + word.len())
    }

    fn number(&mut self, start: usize) -> Step {
        let mut at = start + usize::from(self.peek(start) == Some(b'-'));
        at = if self.peek(at) == Some(b'0') { at + 1 } else { self.digits(at)? };
        if self.peek(at) == Some(b'.') {
            at = self.digits(at + 1)?;
        }
        if let Some(b'e' | b'E') = self.peek(at) {
            at += 1;
            at = self.digits(at + usize::from(matches!(self.peek(at), Some(b'+' | b'-'))))?;
        }
        self.push(Kind::Number, start, at);
        Ok(at)
    }

    fn digits(&self, start: usize) -> Step {
        let mut at = start;
        while let Some(b'0'..=b'9') = self.peek(at) {
            at += 1;
        }
        if at == start { fail("expected a digit", at) } else { Ok(at) }
    }

    #[inline(always)]
    fn string(&mut self, at: usize) -> Step {
        let start = at + 1;
        let end = plain_end(self.bytes, start);
        if self.peek(end) != Some(b'"') {
            return self.unusual_string(start, end);
        }
        self.push(Kind::Plain, start, end);
        Ok(end + 1)
    }

    /// The rest of a string from the first byte that is no plain text.
    #[cold]
    fn unusual_string(&mut self, start: usize, mut at: usize) -> Step {
        loop {
            match self.peek(at) {
                Some(b'"') => break,
                Some(b'\\') => at = plain_end(self.bytes, self.escape(at + 1)?),
                Some(_) => return fail("unescaped control character in a string", at),
                None => return fail("expected a closing quote", at),
            }
        }
        self.push(Kind::Escaped, start, at);
        Ok(at + 1)
    }

    /// What follows a backslash.
    fn escape(&self, at: usize) -> Step {
        match self.peek(at) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 1),
            Some(b'u') => match self.unit(at)? {
                (0xD800..=0xDBFF, at) => {
                    if !self.bytes[at..].starts_with(b"\\u") {
                        return fail("lone surrogate", at);
                    }
                    match self.unit(at + 1)? {
                        (0xDC00..=0xDFFF, at) => Ok(at),
                        (_, at) => fail("lone surrogate", at),
                    }
                }
                (0xDC00..=0xDFFF, at) => fail("lone surrogate", at),
                (_, at) => Ok(at),
            },
            _ => fail("unknown escape in a string", at),
        }
    }

    /// `uXXXX`: the code unit, and where it ends.
    fn unit(&self, at: usize) -> Result<(u16, usize), Malformed> {
        let unit = self.bytes.get(at + 1..at + 5).and_then(code_unit);
        unit.map_or_else(|| fail("expected four hexadecimal digits", at), |unit| Ok((unit, at + 5)))
    }
}

#[cold]
fn fail<T>(reason: &'static str, at: usize) -> Result<T, Malformed> {
    Err(Malformed { reason, at })
}

/// Where what stands in a string for itself ends: the first quote, backslash or control character from `at` on.
#[inline(always)]
fn plain_end(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    match rest.split_first_chunk().map(|(word, rest)| (special_bytes(u64::from_le_bytes(*word)), rest)) {
        Some((0, rest)) => long_plain_end(text, rest),
        Some((special, _)) => at + special.trailing_zeros() as usize / 8,
        None => long_plain_end(text, rest),
    }
}

/// The same, where `rest` is what remains of the text. Apart, so that the way of short strings stays narrow.
#[inline(never)]
fn long_plain_end(text: &[u8], mut rest: &[u8]) -> usize {
    while let Some((word, after)) = rest.split_first_chunk() {
        let special = special_bytes(u64::from_le_bytes(*word));
        if special != 0 {
            return text.len() - rest.len() + special.trailing_zeros() as usize / 8;
        }
        rest = after;
    }
    let is_plain = |byte: &&u8| !matches!(byte, b'"' | b'\\' | 0..=0x1f);
    text.len() - rest.len() + rest.iter().take_while(is_plain).count()
}

/// Eight bytes at once: the highest bit of each quote, backslash and control character. The lowest such bit is exact,
/// those above it need not be: a subtraction borrows from the byte after the one that it finds.
#[inline(always)]
fn special_bytes(word: u64) -> u64 {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    // With this bit flipped a quote is the next after the control characters, and a blank no longer is.
    let quotes_and_controls = (word ^ (EACH * 0x02)).wrapping_sub(EACH * 0x21);
    let backslashes = (word ^ (EACH * b'\\' as u64)).wrapping_sub(EACH);
    (quotes_and_controls | backslashes) & !word & (EACH * 0x80)
}

/// A position or a count of nodes, of which there are no more than bytes and one.
#[inline(always)]
fn offset(position: usize) -> u32 {
    position as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_end_at_the_first_special_byte_wherever_it_stands() {
        for length in 0..40 {
            for at in 0..length {
                for byte in 0..=u8::MAX {
                    let mut text = vec![b'a'; length];
                    text[at] = byte;
                    // One that is special follows: what is found first must not hide behind it.
                    text.push(b'"');
                    let is_special = matches!(byte, b'"' | b'\\' | 0..=0x1f);
                    assert_eq!(plain_end(&text, 0), if is_special { at } else { length }, "{byte:#x} at {at}");
                    assert_eq!(plain_end(&text[..length], 0), if is_special { at } else { length });
                }
            }
        }
    }
}
