//! Exceptions about one declaration: `customs_hold`, `declaration_rejected`, `declaration_unmatched`,
//! `duty_not_posted`.

use std::collections::BTreeSet;

use landfall_schemas::event::{CustomsStatus, CustomsStatusKind, PostingKind, Stage};

use super::{Finding, Sources};
use crate::reference::customs::Case;
use crate::rows::ExceptionCategory;

pub(super) fn declarations<'s>(sources: &Sources<'s, '_>) -> Vec<Finding<'s>> {
    let postings = sources.world.documents.postings.iter().filter(|doc| doc.data.kind == PostingKind::Duty);
    let posted: BTreeSet<&str> = postings.filter_map(|doc| doc.data.declaration_id.as_deref()).collect();
    sources
        .world
        .live_declarations()
        .flat_map(|case| {
            let is_posted = posted.contains(case.doc.data.declaration_id.as_str());
            holds(case)
                .into_iter()
                .chain(rejected(case))
                .chain(unmatched(case))
                .chain((!is_posted).then(|| not_posted(sources, case)).flatten())
        })
        .collect()
}

/// What every exception about a declaration names.
fn about<'s>(case: &'s Case<'_>, finding: Finding<'s>) -> Finding<'s> {
    let declaration = case.doc.data;
    Finding {
        partner: &declaration.broker,
        shipment: case.resolution.only_shipment(),
        declaration_id: &declaration.declaration_id,
        ..finding
    }
}

fn stated_reason(status: &CustomsStatus) -> String {
    status.reason.as_deref().unwrap_or_default().to_owned()
}

fn holds<'s>(case: &'s Case<'_>) -> Vec<Finding<'s>> {
    case.open_holds()
        .into_iter()
        .map(|(hold_type, hold)| {
            let key = [case.doc.data.declaration_id.as_str(), hold_type];
            let reason = if hold_type.is_empty() { "unspecified" } else { hold_type };
            let finding = Finding::new(ExceptionCategory::CustomsHold, &key, reason, hold.data.at);
            about(case, Finding { detail: stated_reason(hold.data), ..finding })
        })
        .collect()
}

fn rejected<'s>(case: &'s Case<'_>) -> Option<Finding<'s>> {
    let latest = case.latest(&[CustomsStatusKind::Accepted, CustomsStatusKind::Rejected])?;
    if latest.data.status == CustomsStatusKind::Accepted {
        return None;
    }
    let key = [case.doc.data.declaration_id.as_str()];
    let finding = Finding::new(ExceptionCategory::DeclarationRejected, &key, "rejected", latest.data.at);
    Some(about(case, Finding { detail: stated_reason(latest.data), ..finding }))
}

fn unmatched<'s>(case: &'s Case<'_>) -> Option<Finding<'s>> {
    let declaration = case.doc.data;
    let failure = case.resolution.failure()?;
    if !case.is_import() || declaration.lines.iter().all(|line| line.order_line().is_some()) {
        return None;
    }
    let key = [declaration.declaration_id.as_str()];
    let since = declaration.declared_on.midnight();
    Some(about(case, Finding::new(ExceptionCategory::DeclarationUnmatched, &key, failure, since)))
}

/// An assessed import whose duty nobody posted in time.
fn not_posted<'s>(sources: &Sources<'s, '_>, case: &'s Case<'_>) -> Option<Finding<'s>> {
    let declaration = case.doc.data;
    let world = sources.world;
    let deadline = declaration.declared_on.midnight().plus_ms(world.settings.duty_post_after_hours.hours_to_ms());
    if !case.is_import() || declaration.stage != Stage::Assessed || world.clock <= deadline {
        return None;
    }
    let duty = declaration.lines.iter().map(|line| i128::from(line.duty)).sum();
    let key = [declaration.declaration_id.as_str()];
    let finding = Finding::new(ExceptionCategory::DutyNotPosted, &key, "not_posted", deadline);
    let amount_base = world.rates.to_base(duty, declaration.currency, declaration.declared_on);
    Some(about(case, Finding { amount_base, ..finding }))
}
