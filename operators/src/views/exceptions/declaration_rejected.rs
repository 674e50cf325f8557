//! `declaration_rejected`: the latest answer of customs to a declaration rejects it. Key: declaration_id.

use super::Place;
use crate::rows::{ExceptionCategory, ExceptionRow};
use crate::stage::declarations::DeclarationState;

/// The exception, since the rejection.
pub fn exception(place: &Place<'_>, state: &DeclarationState) -> Option<ExceptionRow> {
    let rejection = state.rejection()?;
    let key = [state.data().declaration_id.as_str()];
    let row = place.exception(ExceptionCategory::DeclarationRejected, &key, "rejected", rejection.data.at);
    Some(ExceptionRow { detail: rejection.data.reason.clone().unwrap_or_default(), ..row })
}
