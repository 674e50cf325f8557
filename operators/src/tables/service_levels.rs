//! Which service level holds for which milestone (§6).

use landfall_schemas::Text;
use landfall_schemas::event::{MilestoneKind, Mode, Sla};

use crate::document::Doc;

/// The rule that holds for each milestone of shipments with one carrier, mode and region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceLevels {
    by_milestone: Vec<(MilestoneKind, Doc<Sla>)>,
}

impl ServiceLevels {
    /// The rule for a milestone.
    pub fn get(&self, milestone: MilestoneKind) -> Option<&Sla> {
        self.by_milestone.iter().find(|(of, _)| *of == milestone).map(|(_, rule)| &rule.data)
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
        let by_milestone = MilestoneKind::ALL
            .into_iter()
            .filter_map(|milestone| {
                rules
                    .clone()
                    .filter(|rule| rule.data.milestone == milestone && matches(&rule.data))
                    .max_by(|a, b| {
                        specificity(&a.data).cmp(&specificity(&b.data)).then_with(|| b.data.name.cmp(&a.data.name))
                    })
                    .map(|rule| (milestone, rule.clone()))
            })
            .collect();
        ServiceLevels { by_milestone }
    }
}

fn specificity(rule: &Sla) -> u8 {
    4 * u8::from(rule.carrier.is_some()) + 2 * u8::from(rule.mode.is_some()) + u8::from(rule.region.is_some())
}
