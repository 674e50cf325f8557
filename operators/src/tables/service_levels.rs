//! Which service level holds for which milestone (§6).

use landfall_schemas::Text;
use landfall_schemas::event::{MilestoneKind, Mode, Sla};

use crate::document::Doc;

/// What a rule says about a milestone, as it is reckoned with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceLevel {
    /// The milestone from which the due time is counted, and how many milliseconds after it.
    pub due: Option<(MilestoneKind, i64)>,
    /// Milliseconds by which it may be late.
    pub grace_ms: i64,
}

/// The rule that holds for each milestone of shipments with one carrier, mode and region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceLevels([Option<ServiceLevel>; MilestoneKind::ALL.len()]);

impl ServiceLevel {
    fn of(rule: &Sla) -> ServiceLevel {
        ServiceLevel {
            due: rule.after.zip(rule.within_hours.map(|hours| hours.hours_to_ms())),
            grace_ms: rule.grace_hours.map_or(0, |hours| hours.hours_to_ms()),
        }
    }
}

impl ServiceLevels {
    /// The rule for a milestone.
    pub fn get(&self, milestone: MilestoneKind) -> Option<&ServiceLevel> {
        self.0[milestone as usize].as_ref()
    }

    /// Of the rules whose given fields all equal, the one that gives most (carrier before mode before region); ties
    /// go to the smaller name.
    pub(super) fn matching<'a>(
        rules: impl Iterator<Item = &'a Doc<Sla>> + Clone,
        carrier: &Text,
        mode: Mode,
        region: &Text,
    ) -> ServiceLevels {
        let matches = |rule: &Sla| {
            rule.carrier.as_ref().is_none_or(|given| given == carrier)
                && rule.mode.is_none_or(|given| given == mode)
                && rule.region.as_ref().is_none_or(|given| given == region)
        };
        let mut levels = ServiceLevels::default();
        for milestone in MilestoneKind::ALL {
            let best =
                rules.clone().filter(|rule| rule.data.milestone == milestone && matches(&rule.data)).max_by(|a, b| {
                    specificity(&a.data).cmp(&specificity(&b.data)).then_with(|| b.data.name.cmp(&a.data.name))
                });
            levels.0[milestone as usize] = best.map(|rule| ServiceLevel::of(&rule.data));
        }
        levels
    }
}

fn specificity(rule: &Sla) -> u8 {
    4 * u8::from(rule.carrier.is_some()) + 2 * u8::from(rule.mode.is_some()) + u8::from(rule.region.is_some())
}
