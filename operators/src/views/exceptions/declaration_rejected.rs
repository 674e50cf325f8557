//! `declaration_rejected`: the latest answer of customs to a declaration rejects it. Key: declaration_id.

use landfall_schemas::event::CustomsStatus;

use super::Place;
use crate::rows::{ExceptionCategory, ExceptionRow};
use crate::stage::declarations::DeclarationState;

/// The exception, since the rejection.
pub fn row(place: &Place<'_>, state: &DeclarationState, rejection: &CustomsStatus) -> ExceptionRow {
    let key = [state.data().declaration_id.as_str()];
    let row = place.exception(ExceptionCategory::DeclarationRejected, &key, "rejected", rejection.at);
    ExceptionRow { detail: rejection.reason.clone().unwrap_or_default(), ..row }
}
