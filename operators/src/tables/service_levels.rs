//! Which service level holds for which milestone (§6).

use landfall_schemas::Text;
use landfall_schemas::event::{MilestoneKind, Mode, Sla};

use crate::document::Doc;

/// From which milestone a due time is counted, and how many milliseconds after it.
pub type DueAfter = (MilestoneKind, i64);

/// What is agreed on when each milestone of shipments with one carrier, mode and region is due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceLevels([Option<DueAfter>; MilestoneKind::ALL.len()]);

impl ServiceLevels {
    /// When a milestone is due, if that is agreed.
    pub fn due(&self, milestone: MilestoneKind) -> Option<DueAfter> {
        self.0[milestone as usize]
    }

    /// What the rules say that hold for a carrier, mode and region.
    pub(super) fn matching<'a>(
        rules: impl Iterator<Item = &'a Doc<Sla>> + Clone,
        carrier: &Text,
        mode: Mode,
        region: &Text,
    ) -> ServiceLevels {
        ServiceLevels(MilestoneKind::ALL.map(|milestone| {
            let rule = matching(rules.clone(), carrier, mode, region, milestone)?;
            rule.after.zip(rule.within_hours.map(|hours| hours.hours_to_ms()))
        }))
    }
}

/// The milliseconds by which a milestone may be late.
pub(super) fn grace_ms<'a>(
    rules: impl Iterator<Item = &'a Doc<Sla>>,
    carrier: &Text,
    mode: Mode,
    region: &Text,
    milestone: MilestoneKind,
) -> i64 {
    let rule = matching(rules, carrier, mode, region, milestone);
    rule.and_then(|rule| rule.grace_hours).map_or(0, |hours| hours.hours_to_ms())
}

/// Of the rules for a milestone whose given fields all equal, the one that gives most (carrier before mode before region);
/// ties go to the smaller name.
fn matching<'a>(
    rules: impl Iterator<Item = &'a Doc<Sla>>,
    carrier: &Text,
    mode: Mode,
    region: &Text,
    milestone: MilestoneKind,
) -> Option<&'a Sla> {
    let matches = |rule: &Sla| {
        rule.milestone == milestone
            && rule.carrier.as_ref().is_none_or(|given| given == carrier)
            && rule.mode.is_none_or(|given| given == mode)
            && rule.region.as_ref().is_none_or(|given| given == region)
    };
    let matching = rules.map(|rule| &rule.data).filter(|rule| matches(rule));
    matching.max_by(|a, b| specificity(a).cmp(&specificity(b)).then_with(|| b.name.cmp(&a.name)))
}

fn specificity(rule: &Sla) -> u8 {
    4 * u8::from(rule.carrier.is_some()) + 2 * u8::from(rule.mode.is_some()) + u8::from(rule.region.is_some())
}
