//! Exceptions about landed cost: `landed_cost_variance`, `duty_variance`.

use landfall_schemas::Date;
use landfall_schemas::event::Component;

use super::{Finding, Sources};
use crate::reference::landed_cost::LineCost;
use crate::reference::landed_cost_lines::in_totals;
use crate::reference::landed_cost_variance::is_outside;
use crate::rows::ExceptionCategory;

fn finding<'a>(category: ExceptionCategory, cost: &LineCost<'a>, variance: i128, since: Date) -> Finding<'a> {
    let key = [cost.order.order_id.as_str(), &cost.line.line_no.to_string()];
    let reason = if variance > 0 { "over" } else { "under" };
    Finding {
        partner: &cost.order.supplier,
        order: Some(&cost.order.order_id),
        amount_base: Some(variance),
        ..Finding::new(category, &key, reason, since.midnight())
    }
}

pub(super) fn landed_cost_variances<'a>(sources: &Sources<'_, 'a>) -> Vec<Finding<'a>> {
    sources
        .cost_variances
        .iter()
        .map(|(cost, row)| {
            let contributed = in_totals(sources.world, cost).filter_map(|it| it.actual.as_ref());
            let since = contributed.map(|actual| actual.since).min();
            let since = since.expect("a line of this view has an actual in the totals");
            finding(ExceptionCategory::LandedCostVariance, cost, row.variance.minor, since)
        })
        .collect()
}

pub(super) fn duty_variances<'a>(sources: &Sources<'_, 'a>) -> Vec<Finding<'a>> {
    sources
        .costs
        .iter()
        .filter_map(|cost| {
            let duty = cost.components.iter().find(|it| it.component == Component::Duty)?;
            let (variance, since) = (duty.variance()?, duty.actual.as_ref()?.since);
            is_outside(sources.world, "duty_variance", cost, variance, duty.estimate)
                .then(|| finding(ExceptionCategory::DutyVariance, cost, variance, since))
        })
        .collect()
}
