//! CONTRL: what the partner's translator says of what we sent. What it accepts says nothing; what it refuses is an error
//! of ours, told with the partner's codes.

use super::syntax::Place;
use super::writer::Writer;
use crate::ErrorCode;

/// The action that refuses a level and all below it (data element 0083).
const REFUSED: &str = "4";
/// Reasons of one refusal that a message shows.
const REASONS_MAX: usize = 10;

/// Reads a CONTRL.
pub(super) fn message(writer: &mut Writer<'_, '_>) {
    let message = writer.message;
    let levels: Vec<usize> = (0..message.segments.len()).filter(|index| level(writer, *index).is_some()).collect();
    for (number, index) in levels.iter().enumerate() {
        let Some((what, action)) = level(writer, *index) else { continue };
        if message.item(*index, action, 1).text != REFUSED {
            continue;
        }
        let end = levels.get(number + 1).copied().unwrap_or(message.segments.len());
        let detail = |at: &usize| *at == *index || ["UCS", "UCD"].iter().any(|tag| message.segments[*at].is(tag));
        let reasons: Vec<&str> =
            (*index..end).filter(detail).take(REASONS_MAX).map(|at| message.segments[at].text()).collect();
        let of = message.item(*index, 1, 1).text;
        let text = format!("the partner refused {what} {of}: {}", reasons.join("; "));
        writer.refuse(ErrorCode::BadValue, Place::new(*index, action, 1), text);
    }
}

/// What a segment acknowledges, and the element with the action.
fn level(writer: &Writer<'_, '_>, index: usize) -> Option<(&'static str, u8)> {
    Some(match writer.message.segments[index].tag().as_str() {
        "UCI" => ("interchange", 4),
        "UCF" => ("group", 4),
        "UCM" => ("message", 3),
        _ => return None,
    })
}
