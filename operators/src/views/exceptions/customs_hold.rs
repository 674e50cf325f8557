//! `customs_hold`: a hold that customs has not removed. Key: declaration_id, hold_type.

use super::Place;
use crate::rows::{ExceptionCategory, ExceptionRow};
use crate::stage::declarations::DeclarationState;

/// One per open hold, since the status that put it.
pub fn exceptions(place: &Place<'_>, state: &DeclarationState) -> impl Iterator<Item = ExceptionRow> {
    state.open_holds().into_iter().map(|(hold_type, status)| {
        let reason = if hold_type.is_empty() { "unspecified" } else { hold_type };
        let key = [state.data().declaration_id.as_str(), hold_type];
        let row = place.exception(ExceptionCategory::CustomsHold, &key, reason, status.data.at);
        ExceptionRow { detail: status.document().into_owned().reason.unwrap_or_default(), ..row }
    })
}
