//! 997, 999 and TA1: what the partner says of what we sent. What it accepts says nothing; what it refuses is an error
//! of ours, told with the partner's reasons.

use super::refused;
use super::segment::{Place, Segment};
use super::writer::Writer;
use crate::format::Outcome;
use crate::{ErrorCode, Stream};

/// Reasons of one refusal that a message shows.
const REASONS_MAX: usize = 10;

/// Whether a code of AK5, IK5 or AK9 refuses (data elements 715, 717); `A` and `E` accept, `P` leaves it to the sets.
fn refuses(code: &str) -> bool {
    ["M", "R", "W", "X"].iter().any(|refusal| refusal.eq_ignore_ascii_case(code))
}

/// The refusal of an interchange.
pub(super) fn interchange(ta1: &Segment<'_>) -> Option<Outcome> {
    let accepted = !ta1.element(4).eq_ignore_ascii_case("R");
    let message = || format!("the partner refused interchange {}: note code {}", ta1.element(1), ta1.element(5));
    (!accepted).then(|| refused(ErrorCode::BadValue, "TA1[1].4".to_owned(), message()))
}

/// The stream of the documents that a functional group carries (data element 479).
fn stream(group: &str) -> Option<Stream> {
    Some(match group {
        "PO" => Stream::Orders,
        "IA" | "IM" | "IO" => Stream::Invoices,
        "QM" | "QO" | "SH" | "SM" => Stream::Shipments,
        _ => return None,
    })
}

/// Reads a 997 or 999.
pub(super) fn set(writer: &mut Writer<'_, '_>) {
    let set = writer.set;
    let group = set.segments.iter().find(|segment| segment.is("AK1")).copied();
    let of_group = group.map_or(String::new(), |ak1| format!("group {} {}", ak1.element(1), ak1.element(2)));
    let stream = group.and_then(|ak1| stream(&ak1.element(1).to_ascii_uppercase()));
    let mut about = String::new();
    let mut faults: Vec<&str> = Vec::new();
    let mut refused_sets = 0;
    for (index, segment) in set.each() {
        match segment.tag().to_ascii_uppercase().as_str() {
            "AK2" => {
                about = format!("set {} {}", segment.element(1), segment.element(2));
                faults.clear();
            }
            "AK3" | "AK4" | "IK3" | "IK4" if faults.len() < REASONS_MAX => faults.push(segment.text()),
            "AK5" | "IK5" if refuses(segment.element(1)) => {
                refused_sets += 1;
                faults.push(segment.text());
                faults.truncate(REASONS_MAX);
                let reasons = std::mem::take(&mut faults).join("; ");
                let message = format!("the partner refused {about} of {of_group}: {reasons}");
                writer.refuse_in(stream, Place::new(index, 1), message);
            }
            "AK9" if refuses(segment.element(1)) && refused_sets == 0 => {
                let message = format!("the partner refused {of_group}: {}", segment.text());
                writer.refuse_in(stream, Place::new(index, 1), message);
            }
            _ => {}
        }
    }
}
