//! `declaration_unmatched`: an import with a line that names no order line, whose references give no shipment: nobody
//! knows what it is for. Key: declaration_id.

use landfall_schemas::event::DeclarationKind;

use super::Place;
use crate::rows::{ChargeStatus, ExceptionCategory, ExceptionRow};
use crate::stage::declarations::DeclarationState;
use crate::views::freight_charges::unresolved_status;

/// Why it is an exception, if it is one.
pub fn reason(state: &DeclarationState) -> Option<ChargeStatus> {
    let reason = unresolved_status(&state.target)?;
    let is_import = state.data().kind == DeclarationKind::Import;
    (is_import && state.unnamed_lines().next().is_some()).then_some(reason)
}

/// The exception, since the declaration's date.
pub fn row(place: &Place<'_>, state: &DeclarationState, reason: ChargeStatus) -> ExceptionRow {
    let key = [state.data().declaration_id.as_str()];
    let since = state.data().declared_on.midnight();
    place.exception(ExceptionCategory::DeclarationUnmatched, &key, reason.as_str(), since)
}
