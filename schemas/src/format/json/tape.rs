//! A record as one flat list of nodes that point into its text.
//!
//! Numbers stay text, so that no value passes through a binary float.

use std::borrow::Cow;
use std::cell::Cell;

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
    keys: u32,
    /// How many members readers have taken.
    taken: Cell<u32>,
}

impl<'t> Tape<'t> {
    /// Reads one JSON value that fills the text.
    pub fn read(text: &'t str) -> Result<Tape<'t>, Malformed> {
        let (nodes, keys) = scan(text)?;
        Ok(Tape { text, nodes, keys, taken: Cell::new(0) })
    }

    /// Whether one reading has taken every member of every object: then no key that it knows stands twice.
    pub fn all_is_taken(&self) -> bool {
        self.taken.get() == self.keys
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

    /// Whether it is a string, not empty, that begins with a visible ASCII character: so nearly every value does.
    #[inline(always)]
    pub fn begins_visibly(self) -> bool {
        let Node { kind, start, end, .. } = self.node();
        kind == Kind::Plain && start < end && self.tape.text.as_bytes()[start as usize].is_ascii_graphic()
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
    #[inline(always)]
    pub fn is_key(self, name: &str) -> bool {
        let node = self.node();
        if node.kind == Kind::Plain {
            self.tape.text.as_bytes()[node.start as usize..node.end as usize] == *name.as_bytes()
        } else {
            self.is_escaped_key(name)
        }
    }

    #[cold]
    fn is_escaped_key(self, name: &str) -> bool {
        self.string().is_some_and(|key| key == name)
    }

    /// The members of an object as a reader takes them.
    pub fn untaken(self) -> Untaken<'t> {
        let (first, end) = (self.node + 1, self.node().next);
        Untaken { object: self, first: Cell::new(first), guess: Cell::new(first), end }
    }
}

/// The members of an object of which a reader takes one after the other.
///
/// Most records have their fields in the order in which they are read, so the next member is tried first, and what was
/// taken before the first that is not is never looked at again: a reader takes each name once.
pub(super) struct Untaken<'t> {
    object: Value<'t>,
    /// The key of the first member that is not taken.
    first: Cell<u32>,
    /// The key after the member taken last.
    guess: Cell<u32>,
    end: u32,
}

impl<'t> Untaken<'t> {
    /// How many members there are, taken or not.
    pub fn count(&self) -> usize {
        self.object.members().count()
    }

    /// The value of a member with this key. Inlined everywhere, for a name that the compiler sees is compared in a few
    /// instructions.
    #[inline(always)]
    pub fn take(&self, name: &str) -> Option<Value<'t>> {
        let guess = self.guess.get();
        if guess < self.end && self.key(guess).is_key(name) { Some(self.taken(guess)) } else { self.search(name) }
    }

    #[inline(never)]
    fn search(&self, name: &str) -> Option<Value<'t>> {
        let mut key = self.first.get();
        while key < self.end {
            if self.key(key).is_key(name) {
                return Some(self.taken(key));
            }
            key = self.object.tape.nodes[key as usize + 1].next;
        }
        None
    }

    #[inline]
    fn key(&self, node: u32) -> Value<'t> {
        Value { tape: self.object.tape, node }
    }

    /// Counts the member as taken and is its value.
    #[inline]
    fn taken(&self, key: u32) -> Value<'t> {
        let value = Value { tape: self.object.tape, node: key + 1 };
        let next = value.node().next;
        if self.first.get() == key {
            self.first.set(next);
        }
        self.guess.set(next);
        self.object.tape.taken.set(self.object.tape.taken.get() + 1);
        value
    }
}
