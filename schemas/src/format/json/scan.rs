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

/// The nodes of one JSON value that fills the text, in the order of the text.
pub(super) fn scan(text: &str) -> Result<Vec<Node>, Malformed> {
    // A typical event has a node for every eight bytes; the cap keeps long strings from reserving for nothing.
    let nodes = Vec::with_capacity((text.len() / 8).clamp(16, 1024));
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0, nodes, open: Vec::with_capacity(8) };
    scanner.whole()?;
    Ok(scanner.nodes)
}

struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
    nodes: Vec<Node>,
    /// The arrays and objects that are not closed yet.
    open: Vec<u32>,
}

impl Scanner<'_> {
    fn whole(&mut self) -> Result<(), Malformed> {
        loop {
            self.value()?;
            // A value ends here: what follows continues or closes the containers around it.
            loop {
                self.space();
                let Some(&container) = self.open.last() else {
                    return if self.at == self.bytes.len() {
                        Ok(())
                    } else {
                        self.fail("expected the end of the record")
                    };
                };
                let in_object = self.nodes[container as usize].kind == Kind::Object;
                match (self.peek(), in_object) {
                    (Some(b','), true) => {
                        self.at += 1;
                        self.space();
                        self.key()?;
                        break;
                    }
                    (Some(b','), false) => {
                        self.at += 1;
                        break;
                    }
                    (Some(b'}'), true) | (Some(b']'), false) => self.close(),
                    (_, true) => return self.fail("expected a comma or a closing brace"),
                    (_, false) => return self.fail("expected a comma or a closing bracket"),
                }
            }
        }
    }

    /// Reads values up to and including the first that is complete: a scalar or an empty container.
    fn value(&mut self) -> Result<(), Malformed> {
        loop {
            self.space();
            match self.peek() {
                Some(b'"') => return self.string(),
                Some(b'{') => {
                    self.open(Kind::Object);
                    if self.peek() == Some(b'}') {
                        self.close();
                        return Ok(());
                    }
                    self.key()?;
                }
                Some(b'[') => {
                    self.open(Kind::Array);
                    if self.peek() == Some(b']') {
                        self.close();
                        return Ok(());
                    }
                }
                Some(b'-' | b'0'..=b'9') => return self.number(),
                Some(b't') => return self.literal("true", Kind::True),
                Some(b'f') => return self.literal("false", Kind::False),
                Some(b'n') => return self.literal("null", Kind::Null),
                _ => return self.fail("expected a value"),
            }
        }
    }

    fn fail<T>(&self, reason: &'static str) -> Result<T, Malformed> {
        Err(Malformed { reason, at: self.at })
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        let next = offset(self.nodes.len() + 1);
        self.nodes.push(Node { kind, start: offset(start), end: offset(end), next });
    }

    fn open(&mut self, kind: Kind) {
        self.open.push(offset(self.nodes.len()));
        self.push(kind, self.at, self.at);
        self.at += 1;
        self.space();
    }

    fn close(&mut self) {
        self.at += 1;
        let container = self.open.pop().expect("close is called inside a container");
        let next = offset(self.nodes.len());
        let node = &mut self.nodes[container as usize];
        node.end = offset(self.at);
        node.next = next;
    }

    fn key(&mut self) -> Result<(), Malformed> {
        if self.peek() != Some(b'"') {
            return self.fail("expected a key in quotes");
        }
        self.string()?;
        self.space();
        if self.peek() != Some(b':') {
            return self.fail("expected a colon");
        }
        self.at += 1;
        Ok(())
    }

    fn literal(&mut self, word: &'static str, kind: Kind) -> Result<(), Malformed> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return self.fail("expected a value");
        }
        self.push(kind, self.at, self.at + word.len());
        self.at += word.len();
        Ok(())
    }

    fn number(&mut self) -> Result<(), Malformed> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        self.push(Kind::Number, start, self.at);
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Malformed> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start { self.fail("expected a digit") } else { Ok(()) }
    }

    fn string(&mut self) -> Result<(), Malformed> {
        self.at += 1;
        let start = self.at;
        let mut kind = Kind::Plain;
        loop {
            let rest = &self.bytes[self.at..];
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
            self.at += plain.unwrap_or(rest.len());
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    kind = Kind::Escaped;
                    self.escape()?;
                }
                Some(_) => return self.fail("unescaped control character in a string"),
                None => return self.fail("expected a closing quote"),
            }
        }
        self.push(kind, start, self.at);
        self.at += 1;
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Malformed> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => match self.unit()? {
                0xD800..=0xDBFF => {
                    let follows = self.bytes[self.at..].starts_with(b"\\u");
                    self.at += usize::from(follows);
                    if follows && (0xDC00..=0xDFFF).contains(&self.unit()?) {
                        Ok(())
                    } else {
                        self.fail("lone surrogate")
                    }
                }
                0xDC00..=0xDFFF => self.fail("lone surrogate"),
                _ => Ok(()),
            },
            _ => self.fail("unknown escape in a string"),
        }
    }

    /// Reads `uXXXX`.
    fn unit(&mut self) -> Result<u16, Malformed> {
        let unit = self.bytes.get(self.at + 1..self.at + 5).and_then(code_unit);
        match unit {
            Some(unit) => {
                self.at += 5;
                Ok(unit)
            }
            None => self.fail("expected four hexadecimal digits"),
        }
    }
}

fn offset(position: usize) -> u32 {
    u32::try_from(position).expect("a record has at most 1 MiB")
}
