//! A record as one flat list of nodes that point into its text.
//!
//! Numbers stay text, so that no value passes through a binary float.

use std::borrow::Cow;

use super::escape::unescape;
use super::scan::{Malformed, scan};

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    False,
    True,
    Number,
    /// A string without escapes: its text is what stands between the quotes.
    Plain,
    /// A string with escapes.
    Escaped,
    Array,
    Object,
}

/// One value, or the key of a member (then its value is the next node).
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub kind: Kind,
    /// First byte; of a string, the one after the quote.
    pub start: u32,
    /// One past the last byte; of a string, its closing quote.
    pub end: u32,
    /// The node after this one and everything in it.
    pub next: u32,
}

/// A record as nodes in the order of the text; the first is the whole.
pub(super) struct Tape<'t> {
    text: &'t str,
    nodes: Vec<Node>,
}

impl<'t> Tape<'t> {
    /// Reads one JSON value that fills the text.
    pub fn read(text: &'t str) -> Result<Tape<'t>, Malformed> {
        Ok(Tape { text, nodes: scan(text)? })
    }

    /// The whole.
    pub fn root(&self) -> Value<'_> {
        Value { tape: self, node: 0 }
    }
}

/// A value of a tape.
#[derive(Clone, Copy)]
pub(super) struct Value<'t> {
    tape: &'t Tape<'t>,
    node: u32,
}

impl<'t> Value<'t> {
    fn node(self) -> Node {
        self.tape.nodes[self.node as usize]
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        self.node().kind
    }

    /// Its text as it stands in the record; of a string, what is between the quotes.
    pub fn raw(self) -> &'t str {
        let node = self.node();
        &self.tape.text[node.start as usize..node.end as usize]
    }

    /// The text of a string with its escapes resolved; `None` where it is no string.
    pub fn string(self) -> Option<Cow<'t, str>> {
        match self.kind() {
            Kind::Plain => Some(Cow::Borrowed(self.raw())),
            Kind::Escaped => Some(Cow::Owned(unescape(self.raw()))),
            _ => None,
        }
    }

    /// The elements of an array; none where it is no array.
    pub fn elements(self) -> impl Iterator<Item = Value<'t>> {
        let end = if self.kind() == Kind::Array { self.node().next } else { self.node };
        let mut node = self.node + 1;
        std::iter::from_fn(move || {
            (node < end).then(|| {
                let element = Value { tape: self.tape, node };
                node = element.node().next;
                element
            })
        })
    }

    /// The members of an object as (key, value); none where it is no object.
    pub fn members(self) -> impl Iterator<Item = (Value<'t>, Value<'t>)> {
        let end = if self.kind() == Kind::Object { self.node().next } else { self.node };
        let mut node = self.node + 1;
        std::iter::from_fn(move || {
            (node < end).then(|| {
                let (key, value) = (Value { tape: self.tape, node }, Value { tape: self.tape, node: node + 1 });
                node = value.node().next;
                (key, value)
            })
        })
    }

    /// Whether this key is `name`.
    #[inline]
    pub fn is_key(self, name: &str) -> bool {
        let node = self.node();
        if node.kind == Kind::Plain {
            // The length alone tells most keys apart.
            (node.end - node.start) as usize == name.len()
                && self.tape.text.as_bytes()[node.start as usize..node.end as usize] == *name.as_bytes()
        } else {
            self.string().is_some_and(|key| key == name)
        }
    }
}
