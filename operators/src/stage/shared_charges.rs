//! Charges for several shipments: how they are shared, and what becomes of them in the end.

use landfall_schemas::Text;
use serde::{Deserialize, Serialize};
use triomphe::Arc;

use super::accounts::{SharedPart, SharedVerdict};
use super::charge::Charge;
use super::terms::{ListedTerms, Terms};
use crate::operator::bag::Bag;
use crate::operator::dossier::Dossier;
use crate::operator::resolve::ShipmentSet;
use crate::operator::world::World;
use crate::views::freight_charges::{SettledCharge, Settlement, Verdict, settle, verdict_status};

/// What is known about a set of shipments that charges are for together.
#[derive(Default)]
pub struct SharedCharges {
    charges: Bag<Charge>,
    members: Bag<Arc<Terms>>,
}

/// A fact about such a set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SharedChargeFact {
    /// A charge is for exactly these shipments.
    Charge(Charge),
    /// One of the shipments and its terms.
    Member(Arc<Terms>),
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SharedChargeFinding {
    /// A charge was stopped by rules 4 to 8.
    Settled(Arc<SettledCharge>),
    /// A shipment's part.
    Part(Text, Arc<SharedPart>),
}

impl Dossier for SharedCharges {
    const NAME: &'static str = "SharedCharges";
    type Key = ShipmentSet;
    type Fact = SharedChargeFact;
    type Finding = SharedChargeFinding;

    fn apply(&mut self, fact: SharedChargeFact, diff: isize) {
        match fact {
            SharedChargeFact::Charge(charge) => self.charges.update(charge, diff),
            SharedChargeFact::Member(terms) => self.members.update(terms, diff),
        }
    }

    fn is_empty(&self) -> bool {
        self.charges.is_empty() && self.members.is_empty()
    }

    fn evaluate(&self, key: &ShipmentSet, world: &mut World<'_>, findings: &mut Vec<SharedChargeFinding>) {
        if self.members.len() != key.len() {
            return;
        }
        let mut members: Vec<ListedTerms<'_>> = self.members.iter().map(|terms| terms.listed()).collect();
        members.sort_unstable_by(|a, b| shipment_id(a).cmp(shipment_id(b)));
        let mut charges: Vec<&Charge> = self.charges.iter().collect();
        charges.sort_unstable_by(|a, b| a.sequence().cmp(&b.sequence()));
        for Settlement { charge, stopped, parts } in settle(&charges, &members, world) {
            let open = stopped.is_none();
            findings.extend(key.iter().zip(parts).map(|(shipment, (part, _))| {
                let part = SharedPart { charge: charge.clone(), part, open };
                SharedChargeFinding::Part(shipment.clone(), Arc::new(part))
            }));
            if let Some(status) = stopped {
                let settled = SettledCharge::without_comparison(charge.clone(), status, None, world);
                findings.push(SharedChargeFinding::Settled(Arc::new(settled)));
            }
        }
    }
}

fn shipment_id<'a>(member: &ListedTerms<'a>) -> &'a Text {
    &member.terms.cargo.shipment.data.shipment_id
}

/// (issuer, invoice_no, line_no).
pub type ChargeKey = (Text, Text, u32);

/// What the shipments say about one charge that they share. Key: (issuer, invoice_no, line_no).
#[derive(Default)]
pub struct SharedVerdicts {
    verdicts: Bag<Arc<SharedVerdict>>,
}

impl Dossier for SharedVerdicts {
    const NAME: &'static str = "SharedVerdicts";
    type Key = ChargeKey;
    type Fact = Arc<SharedVerdict>;
    type Finding = Arc<SettledCharge>;

    fn apply(&mut self, verdict: Arc<SharedVerdict>, diff: isize) {
        self.verdicts.update(verdict, diff);
    }

    fn is_empty(&self) -> bool {
        self.verdicts.is_empty()
    }

    fn evaluate(&self, _key: &(Text, Text, u32), world: &mut World<'_>, findings: &mut Vec<Arc<SettledCharge>>) {
        let Some(charge) = self.verdicts.iter().next().map(|verdict| &verdict.charge) else { return };
        let worst = self.verdicts.iter().map(|verdict| verdict.verdict).max().unwrap_or(Verdict::Inside);
        let all_delivered = self.verdicts.iter().all(|verdict| verdict.delivered);
        let may_wait = worst == Verdict::Inside && !all_delivered;
        let rule = may_wait.then(|| world.tolerance(&charge.invoice.data.issuer, &charge.code)).flatten();
        let status = verdict_status(worst, rule.is_some_and(|rule| rule.data.require_delivered));
        findings.push(Arc::new(SettledCharge::without_comparison(charge.clone(), status, None, world)));
    }
}
