//! Escapes in JSON strings.

/// The UTF-16 code unit of four hexadecimal digits.
pub(super) fn code_unit(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)? as u16))
}

/// Resolves the escapes of a string that the scanner has accepted.
pub(super) fn unescape(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let letter = rest.as_bytes()[at + 1];
        rest = &rest[at + 2..];
        match letter {
            b'b' => text.push('\u{8}'),
            b'f' => text.push('\u{c}'),
            b'n' => text.push('\n'),
            b'r' => text.push('\r'),
            b't' => text.push('\t'),
            b'u' => {
                let (character, length) = unescape_units(rest.as_bytes());
                text.push(character);
                rest = &rest[length..];
            }
            itself => text.push(char::from(itself)),
        }
    }
    text.push_str(rest);
    text
}

/// The character of `XXXX` or `XXXX\uXXXX` at the start of a string, and how many bytes it takes.
fn unescape_units(rest: &[u8]) -> (char, usize) {
    let unit = |at: usize| code_unit(&rest[at..at + 4]).expect("the scanner has checked the digits");
    let first = unit(0);
    let units = if (0xD800..=0xDBFF).contains(&first) { [Some(first), Some(unit(6))] } else { [Some(first), None] };
    let character = char::decode_utf16(units.into_iter().flatten()).next().and_then(Result::ok);
    (character.expect("the scanner refuses lone surrogates"), if units[1].is_some() { 10 } else { 4 })
}
