//! Cursors: where a page ended, at which tick, and in which selection. Opaque to the reader.

use landfall_operators::Tick;

use super::{Selection, hex};
use crate::problem::Problem;
use crate::request::encoded;

const LENGTH_MAX: usize = 8_192;

/// Where to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The tick that all pages show.
    pub tick: Tick,
    /// The parts of the key of the last row shown.
    pub key: Vec<String>,
}

impl Cursor {
    /// The cursor as the reader gets it.
    pub fn shown(&self, selection: &Selection) -> String {
        let key: Vec<String> = self.key.iter().map(|part| encoded(part)).collect();
        hex(format!("{}/{}/{}", self.tick, selection.fingerprint(), key.join("/")).as_bytes())
    }

    /// Reads a cursor that belongs to a selection.
    ///
    /// # Errors
    /// When it is none of ours, or of another query.
    pub fn read(text: &str, selection: &Selection) -> Result<Cursor, Problem> {
        let wrong = || {
            let detail = "this is no cursor: take `next` of the page before as it is, or begin without a cursor";
            Problem::parameter("cursor", detail)
        };
        if text.len() > LENGTH_MAX {
            return Err(wrong());
        }
        let plain = unhex(text).and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(wrong)?;
        let mut parts = plain.split('/');
        let tick = parts.next().and_then(|tick| tick.parse().ok()).ok_or_else(wrong)?;
        if parts.next() != Some(&selection.fingerprint()) {
            let detail = "the cursor belongs to another view, filter or sort order: begin without a cursor";
            return Err(Problem::parameter("cursor", detail));
        }
        let key = parts.map(|part| unencoded(part).ok_or_else(wrong)).collect::<Result<_, _>>()?;
        Ok(Cursor { tick, key })
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pairs = text.as_bytes().chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs.map(|pair| Some(digit(pair[0])? * 16 + digit(pair[1])?)).collect()
}

fn unencoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first == b'%' {
            let (code, tail) = rest.split_at_checked(2)?;
            bytes.extend(unhex(std::str::from_utf8(code).ok()?)?);
            rest = tail;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}
