//! `duty_not_posted`: an import is assessed and no posting of kind duty names it in time. Key: declaration_id.

use landfall_schemas::event::{DeclarationKind, Stage};
use landfall_schemas::{Money, Timestamp};

use super::Place;
use crate::operator::world::World;
use crate::rows::{ExceptionCategory, ExceptionRow};
use crate::stage::declarations::DeclarationState;

/// Since when it is an exception: from `duty_post_after_hours` after the start of the declaration's date on.
pub fn since(state: &DeclarationState, world: &mut World<'_>) -> Option<Timestamp> {
    let declaration = state.data();
    if declaration.kind != DeclarationKind::Import || declaration.stage != Stage::Assessed || state.duty_posted {
        return None;
    }
    let since = declaration.declared_on.midnight().plus_ms(world.settings().duty_post_after_hours.hours_to_ms());
    world.passed(since).then_some(since)
}

/// The exception.
pub fn row(place: &Place<'_>, state: &DeclarationState, since: Timestamp, world: &mut World<'_>) -> ExceptionRow {
    let declaration = state.data();
    let duty = declaration.lines.iter().map(|line| i128::from(line.duty)).sum();
    let amount = world.to_base(duty, declaration.currency, declaration.declared_on);
    let key = [declaration.declaration_id.as_str()];
    let row = place.exception(ExceptionCategory::DutyNotPosted, &key, "not_posted", since);
    let base = world.settings().base_currency;
    ExceptionRow { amount_base: amount.map(|amount| Money::new(amount, base)), ..row }
}
