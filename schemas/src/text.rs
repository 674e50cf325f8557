//! Text values: short strings, most of them kept without an allocation.

use std::fmt::{Arguments, Write};

/// A piece of text from an event. Up to 16 bytes are stored inline, longer ones are shared by their clones. Ordered by
/// UTF-8 bytes.
pub type Text = lean_string::LeanString;

/// The text of `format_args!`; see [`crate::format_text`].
pub fn formatted(arguments: Arguments<'_>) -> Text {
    let mut text = Text::new();
    text.write_fmt(arguments).expect("what is formatted here does not fail");
    text
}

/// `format!` that makes a [`Text`].
#[macro_export]
macro_rules! format_text {
    ($($argument:tt)*) => { $crate::formatted(format_args!($($argument)*)) };
}
