//! Text values: short strings, most of them kept without an allocation.

/// A piece of text from an event. Up to 24 bytes are stored inline. Ordered by UTF-8 bytes.
pub type Text = compact_str::CompactString;
