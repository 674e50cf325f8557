//! Customs: declarations with their statuses and shipments, and what we expect to pay for shipments.

use differential_dataflow::collection::concatenate;
use landfall_schemas::Text;
use landfall_schemas::event::PostingKind;
use triomphe::Arc;

use super::{Exceptions, Flow};
use crate::identity::Identity;
use crate::inputs::BaseCollections;
use crate::operator::ambient::Ambient;
use crate::operator::dossier::maintain;
use crate::operator::resolve::ShipmentSet;
use crate::operator::variants::fan_out;
use crate::rows::{ExceptionRow, TimelineRow, View};
use crate::shared::Shared;
use crate::stage::accounts::AccountFact;
use crate::stage::cargo::{CargoDossier, CargoFact, CargoFinding};
use crate::stage::costs::CostFinding;
use crate::stage::declarations::{DeclarationDossier, DeclarationFact, DeclarationFinding, DeclarationState};
use crate::stage::declared_lines::DeclaredLine;
use crate::stage::quantities::QuantityMismatch;
use crate::stage::shared_charges::SharedChargeFact;
use crate::stage::shared_declarations::{SharedDeclarationFact, SharedDeclarationFinding, SharedDeclarations};
use crate::stage::target::Target;
use crate::stage::terms::{TermsDossier, TermsFact, TermsFinding};
use crate::views::shipment_timeline;

/// What declarations say.
pub struct Customs<'scope> {
    /// Declarations in force.
    pub states: Flow<'scope, Arc<DeclarationState>>,
    /// What lines cost that name an order line or belong to nothing.
    pub costs: Flow<'scope, CostFinding>,
    /// Lines that name an order line, of declarations that cover no shipment or several.
    pub lines: Flow<'scope, DeclaredLine>,
    /// Exceptions of such declarations.
    pub exceptions: Exceptions<'scope>,
    /// What the timelines of shipments say about declarations.
    pub timeline: Flow<'scope, Arc<TimelineRow>>,
}

/// What we expect to pay for shipments, and what is declared about them.
pub struct Expectations<'scope> {
    /// Each live shipment's terms.
    pub terms: Flow<'scope, (Text, AccountFact)>,
    /// The same for the sets of shipments that charges are for together.
    pub members: Flow<'scope, (ShipmentSet, SharedChargeFact)>,
    /// What unnamed lines of declarations cost.
    pub costs: Flow<'scope, CostFinding>,
    /// Lines that name an order line, of declarations that cover one shipment.
    pub lines: Flow<'scope, DeclaredLine>,
    /// Declared quantities that are not the shipped ones.
    pub mismatches: Flow<'scope, Arc<QuantityMismatch>>,
}

/// Declarations with their statuses and shipments.
#[inline]
pub fn customs<'scope>(
    base: &BaseCollections<'scope>,
    identity: &Identity<'scope>,
    ambient: &Ambient<'scope>,
) -> Customs<'scope> {
    let declarations = base
        .declarations
        .clone()
        .map(|declaration| (declaration.data.declaration_id.clone(), DeclarationFact::Declaration(declaration)));
    let statuses = base.statuses.clone().map(|status| {
        let declaration_id = status.document().into_owned().declaration_id;
        (declaration_id, DeclarationFact::Status(status))
    });
    let posted = base.postings.clone().flat_map(|posting| {
        let is_of_duty = posting.data.kind == PostingKind::Duty;
        let declaration_id = if is_of_duty { posting.document().into_owned().declaration_id } else { None };
        declaration_id.map(|id| (id, DeclarationFact::DutyPosted))
    });
    let facts = concatenate(declarations.scope(), [declarations, statuses, identity.declarations.clone(), posted]);
    let audience = ambient.audience();
    let (states, costs, lines, exceptions, timeline) = fan_out!(
        "DeclarationFindings",
        maintain::<DeclarationDossier>(facts, ambient),
        [
            states: Arc<DeclarationState>,
            costs: CostFinding,
            lines: DeclaredLine,
            exceptions: Arc<ExceptionRow>,
            timeline: Arc<TimelineRow>
        ],
        |(finding, tick, diff)| match finding {
            DeclarationFinding::State(state) => states.give((state, tick, diff)),
            DeclarationFinding::Cost(cost) => costs.give((cost, tick, diff)),
            DeclarationFinding::Line(line) => lines.give((line, tick, diff)),
            DeclarationFinding::Exception(row) => exceptions.give((row, tick, diff)),
            DeclarationFinding::Touches(shipment, declaration) if audience.reads(View::ShipmentTimeline) => {
                timeline.give((shipment_timeline::of_declaration(&shipment, &declaration), tick, diff));
            }
            DeclarationFinding::Told(shipment, status, broker) if audience.reads(View::ShipmentTimeline) => {
                timeline.give((shipment_timeline::of_status(&shipment, &status, &broker), tick, diff));
            }
            DeclarationFinding::Touches(..) | DeclarationFinding::Told(..) => {}
        }
    );
    Customs { states, costs, lines, exceptions, timeline }
}

/// What shared declarations say.
struct SharedCustoms<'scope> {
    shares: Flow<'scope, (Text, TermsFact)>,
    costs: Flow<'scope, CostFinding>,
    mismatches: Flow<'scope, Arc<QuantityMismatch>>,
}

/// Imports that cover several shipments, met with what those carry.
#[inline]
fn shared_customs<'scope>(
    facts: Flow<'scope, (ShipmentSet, SharedDeclarationFact)>,
    ambient: &Ambient<'scope>,
) -> SharedCustoms<'scope> {
    let (shares, costs, mismatches) = fan_out!(
        "SharedDeclarationFindings",
        maintain::<SharedDeclarations>(facts, ambient),
        [shares: (Text, TermsFact), costs: CostFinding, mismatches: Arc<QuantityMismatch>],
        |(finding, tick, diff)| match finding {
            SharedDeclarationFinding::Share(shipment, share) => {
                shares.give(((shipment, TermsFact::Share(share)), tick, diff));
            }
            SharedDeclarationFinding::Cost(cost) => costs.give((cost, tick, diff)),
            SharedDeclarationFinding::Mismatch(mismatch) => mismatches.give((mismatch, tick, diff)),
        }
    );
    SharedCustoms { shares, costs, mismatches }
}

/// Live imports at the shipments that they cover.
struct LiveImports<'scope> {
    /// Those that cover one shipment.
    alone: Flow<'scope, (Text, TermsFact)>,
    /// Those that cover several.
    together: Flow<'scope, (ShipmentSet, SharedDeclarationFact)>,
    /// The members of their sets.
    covered: Flow<'scope, (Text, CargoFact)>,
}

#[inline]
fn live_imports<'scope>(states: Flow<'scope, Arc<DeclarationState>>) -> LiveImports<'scope> {
    let (alone, together, covered) = fan_out!(
        "LiveImports",
        states,
        [
            alone: (Text, TermsFact),
            together: (ShipmentSet, SharedDeclarationFact),
            covered: (Text, CargoFact)
        ],
        |(state, tick, diff)| match &state.target {
            Target::One(shipment) if state.is_live_import() => {
                let shipment = shipment.clone();
                alone.give(((shipment, TermsFact::Declaration(state)), tick, diff));
            }
            Target::Several(set) if state.is_live_import() => {
                for shipment in set.iter() {
                    covered.give(((shipment.clone(), CargoFact::Covered(set.clone())), tick, diff));
                }
                let set = set.clone();
                together.give(((set, SharedDeclarationFact::Declaration(state)), tick, diff));
            }
            _ => {}
        }
    );
    LiveImports { alone, together, covered }
}

/// What we expect to pay for each live shipment. `sets` are the sets of shipments that charges are for together.
#[inline]
pub fn terms<'scope>(
    shared: &Shared<'scope>,
    customs: &Customs<'scope>,
    sets: Flow<'scope, (Text, ShipmentSet)>,
    ambient: &Ambient<'scope>,
) -> Expectations<'scope> {
    let shipments = shared
        .live_shipments
        .clone()
        .map(|shipment| (shipment.data.shipment_id.clone(), CargoFact::Shipment(shipment)));
    let orders = shared.orders_of_shipments.clone().map(|(shipment, order)| (shipment, CargoFact::Order(order)));
    let LiveImports { alone, together, covered } = live_imports(customs.states.clone());
    let facts = concatenate(shipments.scope(), [shipments, orders, covered]);
    let (cargos, members) = fan_out!(
        "CargoFindings",
        maintain::<CargoDossier>(facts, ambient),
        [cargos: (Text, TermsFact), members: (ShipmentSet, SharedDeclarationFact)],
        |(finding, tick, diff)| match finding {
            CargoFinding::Cargo(shipment, cargo) => cargos.give(((shipment, TermsFact::Cargo(cargo)), tick, diff)),
            CargoFinding::Member(set, cargo) => members.give(((set, SharedDeclarationFact::Member(cargo)), tick, diff)),
        }
    );
    let several = shared_customs(together.concat(members), ambient);
    let sets = sets.map(|(shipment, set)| (shipment, TermsFact::Billed(set)));
    let facts = concatenate(cargos.scope(), [cargos, alone, several.shares, sets]);
    let (terms, members, costs, lines, mismatches) = fan_out!(
        "TermsFindings",
        maintain::<TermsDossier>(facts, ambient),
        [
            terms: (Text, AccountFact),
            members: (ShipmentSet, SharedChargeFact),
            costs: CostFinding,
            lines: DeclaredLine,
            mismatches: Arc<QuantityMismatch>
        ],
        |(finding, tick, diff)| match finding {
            TermsFinding::Terms(shipment, found) => terms.give(((shipment, AccountFact::Terms(found)), tick, diff)),
            TermsFinding::Member(set, terms) => members.give(((set, SharedChargeFact::Member(terms)), tick, diff)),
            TermsFinding::Cost(cost) => costs.give((cost, tick, diff)),
            TermsFinding::Line(line) => lines.give((line, tick, diff)),
            TermsFinding::Mismatch(mismatch) => mismatches.give((mismatch, tick, diff)),
        }
    );
    Expectations {
        terms,
        members,
        costs: several.costs.concat(costs),
        lines,
        mismatches: several.mismatches.concat(mismatches),
    }
}
