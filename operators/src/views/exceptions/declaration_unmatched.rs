//! `declaration_unmatched`: an import with a line that names no order line, whose references give no shipment: nobody
//! knows what it is for. Key: declaration_id.

use landfall_schemas::event::DeclarationKind;

use super::Place;
use crate::rows::{ExceptionCategory, ExceptionRow};
use crate::stage::declarations::DeclarationState;
use crate::views::freight_charges::unresolved_status;

/// The exception, since the declaration's date.
pub fn exception(place: &Place<'_>, state: &DeclarationState) -> Option<ExceptionRow> {
    let reason = unresolved_status(&state.target)?;
    let declaration = state.data();
    if declaration.kind != DeclarationKind::Import || state.unnamed_lines().next().is_none() {
        return None;
    }
    let key = [declaration.declaration_id.as_str()];
    let since = declaration.declared_on.midnight();
    Some(place.exception(ExceptionCategory::DeclarationUnmatched, &key, reason.as_str(), since))
}
