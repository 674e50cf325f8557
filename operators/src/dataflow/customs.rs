//! Customs: declarations with their statuses and shipments, and what we expect to pay for shipments.

use std::sync::Arc;

use differential_dataflow::collection::concatenate;
use landfall_schemas::Text;
use landfall_schemas::event::PostingKind;

use super::{Exceptions, Flow};
use crate::identity::Identity;
use crate::inputs::BaseCollections;
use crate::operator::ambient::Ambient;
use crate::operator::dossier::maintain;
use crate::operator::variants::by_variant;
use crate::shared::Shared;
use crate::stage::cargo::{Cargo, CargoDossier, CargoFact};
use crate::stage::costs::CostFinding;
use crate::stage::declarations::{DeclarationDossier, DeclarationFact, DeclarationFinding, DeclarationState};
use crate::stage::declared_lines::DeclaredLine;
use crate::stage::quantities::QuantityMismatch;
use crate::stage::shared_declarations::{SharedDeclarationFact, SharedDeclarationFinding, SharedDeclarations};
use crate::stage::target::Target;
use crate::stage::terms::{CustomsShare, Terms, TermsDossier, TermsFact, TermsFinding};

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
}

/// What we expect to pay for shipments, and what is declared about them.
pub struct Expectations<'scope> {
    /// Each live shipment's terms.
    pub terms: Flow<'scope, (Text, Arc<Terms>)>,
    /// What unnamed lines of declarations cost.
    pub costs: Flow<'scope, CostFinding>,
    /// Lines that name an order line, of declarations that cover one shipment.
    pub lines: Flow<'scope, DeclaredLine>,
    /// Declared quantities that are not the shipped ones.
    pub mismatches: Flow<'scope, QuantityMismatch>,
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
    let statuses =
        base.statuses.clone().map(|status| (status.data.declaration_id.clone(), DeclarationFact::Status(status)));
    let resolved = identity
        .declarations
        .clone()
        .map(|(id, (identifier, resolution))| (id, DeclarationFact::Resolved(identifier, resolution)));
    let posted = base.postings.clone().flat_map(|posting| {
        let declaration = posting.data.declaration_id.clone().filter(|_| posting.data.kind == PostingKind::Duty);
        declaration.map(|id| (id, DeclarationFact::DutyPosted))
    });
    let facts = concatenate(declarations.scope(), [declarations, statuses, resolved, posted]);
    let findings = maintain::<DeclarationDossier>(facts, ambient);
    let [states, costs, lines, exceptions] = by_variant(findings, |finding| match finding {
        DeclarationFinding::State(_) => 0,
        DeclarationFinding::Cost(_) => 1,
        DeclarationFinding::Line(_) => 2,
        DeclarationFinding::Exception(_) => 3,
    });
    Customs {
        states: states.flat_map(|finding| match finding {
            DeclarationFinding::State(state) => Some(state),
            _ => None,
        }),
        costs: costs.flat_map(|finding| match finding {
            DeclarationFinding::Cost(cost) => Some(cost),
            _ => None,
        }),
        lines: lines.flat_map(|finding| match finding {
            DeclarationFinding::Line(line) => Some(line),
            _ => None,
        }),
        exceptions: exceptions.flat_map(|finding| match finding {
            DeclarationFinding::Exception(row) => Some(row),
            _ => None,
        }),
    }
}

/// What shared declarations say.
struct SharedCustoms<'scope> {
    shares: Flow<'scope, (Text, CustomsShare)>,
    costs: Flow<'scope, CostFinding>,
    mismatches: Flow<'scope, QuantityMismatch>,
}

/// Imports that cover several shipments, met with what those carry.
#[inline]
fn shared_customs<'scope>(
    live_imports: Flow<'scope, Arc<DeclarationState>>,
    cargos: Flow<'scope, (Text, Arc<Cargo>)>,
    ambient: &Ambient<'scope>,
) -> SharedCustoms<'scope> {
    let shared = live_imports.flat_map(|state| match &state.target {
        Target::Several(shipments) => Some((Arc::clone(shipments), state)),
        _ => None,
    });
    let members = shared
        .clone()
        .flat_map(|(set, _)| (0..set.len()).map(move |index| (set[index].clone(), Arc::clone(&set))))
        .join_map(cargos, |_shipment, set, cargo| (Arc::clone(set), SharedDeclarationFact::Member(Arc::clone(cargo))));
    let facts = shared.map(|(set, state)| (set, SharedDeclarationFact::Declaration(state))).concat(members);
    let [shares, costs, mismatches] =
        by_variant(maintain::<SharedDeclarations>(facts, ambient), |finding| match finding {
            SharedDeclarationFinding::Share(..) => 0,
            SharedDeclarationFinding::Cost(_) => 1,
            SharedDeclarationFinding::Mismatch(_) => 2,
        });
    SharedCustoms {
        shares: shares.flat_map(|finding| match finding {
            SharedDeclarationFinding::Share(shipment, share) => Some((shipment, share)),
            _ => None,
        }),
        costs: costs.flat_map(|finding| match finding {
            SharedDeclarationFinding::Cost(cost) => Some(cost),
            _ => None,
        }),
        mismatches: mismatches.flat_map(|finding| match finding {
            SharedDeclarationFinding::Mismatch(mismatch) => Some(mismatch),
            _ => None,
        }),
    }
}

/// What we expect to pay for each live shipment.
#[inline]
pub fn terms<'scope>(
    shared: &Shared<'scope>,
    customs: &Customs<'scope>,
    ambient: &Ambient<'scope>,
) -> Expectations<'scope> {
    let shipments = shared
        .live_shipments
        .clone()
        .map(|shipment| (shipment.data.shipment_id.clone(), CargoFact::Shipment(shipment)));
    let orders = shared.orders_of_shipments.clone().map(|(shipment, order)| (shipment, CargoFact::Order(order)));
    let cargos = maintain::<CargoDossier>(shipments.concat(orders), ambient);
    let live_imports = customs.states.clone().filter(|state| state.is_live_import());
    let several = shared_customs(live_imports.clone(), cargos.clone(), ambient);
    let alone = live_imports.flat_map(|state| {
        let shipment = state.target.only().cloned();
        shipment.map(|shipment| (shipment, TermsFact::Declaration(state)))
    });
    let shares = several.shares.map(|(shipment, share)| (shipment, TermsFact::Share(share)));
    let cargo_facts = cargos.map(|(shipment, cargo)| (shipment, TermsFact::Cargo(cargo)));
    let facts = concatenate(cargo_facts.scope(), [cargo_facts, alone, shares]);
    let [terms, costs, lines, mismatches] =
        by_variant(maintain::<TermsDossier>(facts, ambient), |finding| match finding {
            TermsFinding::Terms(..) => 0,
            TermsFinding::Cost(_) => 1,
            TermsFinding::Line(_) => 2,
            TermsFinding::Mismatch(_) => 3,
        });
    Expectations {
        terms: terms.flat_map(|finding| match finding {
            TermsFinding::Terms(shipment, terms) => Some((shipment, terms)),
            _ => None,
        }),
        costs: several.costs.concat(costs.flat_map(|finding| match finding {
            TermsFinding::Cost(cost) => Some(cost),
            _ => None,
        })),
        lines: lines.flat_map(|finding| match finding {
            TermsFinding::Line(line) => Some(line),
            _ => None,
        }),
        mismatches: several.mismatches.concat(mismatches.flat_map(|finding| match finding {
            TermsFinding::Mismatch(mismatch) => Some(mismatch),
            _ => None,
        })),
    }
}
