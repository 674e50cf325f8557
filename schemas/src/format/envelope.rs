//! What X12 and EDIFACT have in common around their messages.

use super::json;
use crate::{DataError, ErrorCode, Text};

/// Characters of a control number that ids and places show.
const CONTROL_MAX: usize = 40;

/// A control number as ids and places show it.
pub(crate) fn shown(control: &str) -> &str {
    control.char_indices().nth(CONTROL_MAX).map_or(control, |(end, _)| &control[..end])
}

/// A digest of what a message says, segment by segment (32 bits of FNV-1a).
pub(crate) fn digest<'t>(segments: impl Iterator<Item = &'t str>) -> u32 {
    let bytes = segments.flat_map(|segment| segment.bytes().chain([b'\n']));
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    ((hash >> 32) ^ (hash & 0xffff_ffff)) as u32
}

/// What may stand around interchanges and says nothing: white space, a byte order mark, the end marks of old systems.
pub(crate) fn says_nothing(character: char) -> bool {
    character.is_whitespace() || character.is_control() || character == '\u{feff}'
}

/// The text of a record: at most 1 MiB of UTF-8.
pub(crate) fn whole_record(record: &[u8]) -> Result<&str, DataError> {
    let error =
        |code, message| DataError { stream: None, code, field: String::new(), message, event_id: Text::default() };
    if record.len() > json::RECORD_BYTES_MAX {
        let message = format!("record of {} bytes: expected at most {}", record.len(), json::RECORD_BYTES_MAX);
        return Err(error(ErrorCode::TooLarge, message));
    }
    std::str::from_utf8(record)
        .map_err(|wrong| error(ErrorCode::NotUtf8, format!("not UTF-8 at byte {}", wrong.valid_up_to())))
}
