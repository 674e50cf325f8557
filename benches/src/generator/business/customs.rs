//! What brokers say: declarations, first estimated and then assessed, and how they fare with the authority.

use landfall_schemas::event::{
    CustomsStatus, CustomsStatusKind, Declaration, DeclarationKind, DeclarationLine, Document, PostingKind, Stage,
};
use landfall_schemas::{Decimal, Identifier, Text, Timestamp};

use crate::generator::config::HOUR_MS;
use crate::generator::directory::GOODS;
use crate::generator::{numbers, rates};

use super::campaign::{ShipmentPlan, uses_broker};
use super::charges;
use super::orders::{Posted, line_no, post};
use super::script::{Script, system};

const HOLDS: &[&str] = &["1H", "CET", "FDA", "DOC"];

/// Whether this shipment, at this place of its campaign, is the one that an import declaration is filed for.
pub(crate) fn declares(place: usize, shipment: &ShipmentPlan) -> bool {
    uses_broker(shipment.lane, shipment.number) && (!shipment.group.declared || place == shipment.group.leader)
}

/// Simple goods are assessed when they are declared.
fn assessed_at_once(shipment: &ShipmentPlan) -> bool {
    shipment.number % 10 < 3
}

/// The export declaration, for one shipment in eight that crosses a border.
pub(crate) fn export(script: &mut Script, shipment: &ShipmentPlan) {
    if shipment.lane.customs.is_none() || shipment.number % 8 != 3 {
        return;
    }
    let at = shipment.times.picked_up;
    let mut declaration = declaration(script, shipment, Stage::Assessed, at);
    declaration.declaration_id = shipment.export_declaration_id();
    declaration.kind = DeclarationKind::Export;
    declaration.jurisdiction = Text::from_static_str(shipment.lane.origin_country);
    let declaration_id = declaration.declaration_id.clone();
    script.say(&broker_system(shipment), at, 0, Document::Declaration(declaration));
    for (nth, status) in [CustomsStatusKind::Filed, CustomsStatusKind::Accepted].into_iter().enumerate() {
        say_status(script, shipment, &declaration_id, at.plus_ms(nth as i64 * HOUR_MS), nth, status, None);
    }
}

/// The import declaration is filed and goes its way to the release.
pub(crate) fn import(script: &mut Script, shipment: &ShipmentPlan) {
    let arrived = shipment.times.arrived;
    let stage = if assessed_at_once(shipment) { Stage::Assessed } else { Stage::Estimated };
    let declaration = declaration(script, shipment, stage, arrived);
    let declaration_id = declaration.declaration_id.clone();
    script.say(&broker_system(shipment), arrived, 0, Document::Declaration(declaration));
    for (nth, (status, hold, hours)) in course(script).iter().enumerate() {
        let at = match status {
            CustomsStatusKind::Released | CustomsStatusKind::Cleared => shipment.times.released,
            _ => arrived.plus_ms(*hours * HOUR_MS),
        };
        say_status(script, shipment, &declaration_id, at, nth, *status, *hold);
    }
}

/// The statuses of one declaration in their order, with hours after arrival.
fn course(script: &mut Script) -> Vec<(CustomsStatusKind, Option<&'static str>, i64)> {
    use CustomsStatusKind::{
        Accepted, Cancelled, Cleared, Filed, Hold, HoldRemoved, Rejected, ReleaseCancelled, Released,
    };
    let mut course = vec![(Filed, None, 0)];
    let hold = script.percent(90).then(|| script.dice.pick(HOLDS));
    match script.dice.below(100) {
        0..=1 => course.extend([(Rejected, None, 1)]),
        2..=3 => course.extend([(Rejected, None, 1), (Accepted, None, 3), (Released, None, 0)]),
        4..=8 => course.extend([(Accepted, None, 1), (Hold, hold, 2), (HoldRemoved, hold, 8), (Released, None, 0)]),
        9 => course.extend([(Accepted, None, 1), (Hold, hold, 2)]),
        10 => course.extend([(Accepted, None, 1), (Released, None, 0), (ReleaseCancelled, None, 90)]),
        11 => course.extend([(Accepted, None, 1), (Cancelled, None, 6)]),
        12..=25 => course.extend([(Accepted, None, 1), (Cleared, None, 0)]),
        _ => course.extend([(Accepted, None, 1), (Released, None, 0)]),
    }
    course
}

fn say_status(
    script: &mut Script,
    shipment: &ShipmentPlan,
    declaration_id: &Text,
    at: Timestamp,
    nth: usize,
    status: CustomsStatusKind,
    hold_type: Option<&'static str>,
) {
    use CustomsStatusKind::{Hold, Rejected};
    let reason = match status {
        Hold => Some("document check"),
        Rejected => Some("commodity code not valid"),
        _ => None,
    };
    let mut status_id = declaration_id.clone();
    status_id.push_str(["-1", "-2", "-3", "-4", "-5"][nth]);
    let document = CustomsStatus {
        status_id,
        declaration_id: declaration_id.clone(),
        status,
        hold_type: hold_type.map(Text::from_static_str),
        at,
        reason: reason.map(Text::from_static_str),
    };
    script.say(&broker_system(shipment), at, 0, Document::CustomsStatus(document));
}

/// The authority has assessed: the same declaration with the next revision, and the ledger takes the duty in.
pub(crate) fn assess(script: &mut Script, shipment: &ShipmentPlan) {
    let at = shipment.times.assessed;
    if !assessed_at_once(shipment) && script.percent(90) {
        let document = declaration(script, shipment, Stage::Assessed, at);
        script.say(&broker_system(shipment), at, 1, Document::Declaration(document));
    }
    let Assessed { duty, tax, .. } = assessed(script, shipment);
    for (kind, pct, amount) in [(PostingKind::Duty, 82, duty), (PostingKind::Tax, 6, tax)] {
        if script.percent(pct) {
            let posted = Posted {
                kind,
                declaration_id: Some(shipment.declaration_id()),
                invoice: None,
                amount,
                currency: rates::currency(shipment.lane.currency),
            };
            post(script, shipment, at.plus_ms(4 * HOUR_MS), posted);
        }
    }
}

/// What the authority asks for, in the currency of the customs.
pub(crate) struct Assessed {
    pub(crate) duty: i64,
    pub(crate) tax: i64,
    pub(crate) fees: i64,
}

/// What is assessed on all that a shipment's declaration covers.
pub(crate) fn assessed(script: &Script, shipment: &ShipmentPlan) -> Assessed {
    let lines = lines(script, shipment, Stage::Assessed);
    Assessed {
        duty: lines.iter().map(|line| line.duty).sum(),
        tax: lines.iter().map(|line| line.tax).sum(),
        fees: lines.iter().filter_map(|line| line.fees).sum(),
    }
}

fn declaration(script: &mut Script, shipment: &ShipmentPlan, stage: Stage, at: Timestamp) -> Declaration {
    Declaration {
        declaration_id: shipment.declaration_id(),
        broker: Text::from_static_str(shipment.broker_code()),
        jurisdiction: Text::from_static_str(shipment.lane.customs.unwrap_or(shipment.lane.origin_country)),
        kind: DeclarationKind::Import,
        stage,
        declared_on: match stage {
            Stage::Estimated => at.date(),
            Stage::Assessed => shipment.times.arrived.date(),
        },
        refs: references(script, shipment),
        currency: rates::currency(shipment.lane.currency),
        lines: lines(script, shipment, stage),
    }
}

fn references(script: &mut Script, shipment: &ShipmentPlan) -> Box<[Identifier]> {
    if shipment.group.declared {
        return match shipment.group_number(script.campaign) {
            Some(number) => Box::new([number]),
            None => Box::new([shipment.carrier_number()]),
        };
    }
    match shipment.number % 100 {
        // The carrier's number of another shipment is in there too, none at all, or one that nobody has.
        7 => Box::new([shipment.carrier_number(), next_in_campaign(script, shipment).carrier_number()]),
        8 => Box::default(),
        9 => Box::new([Identifier {
            kind: shipment.carrier_number().kind,
            value: numbers::padded("X", shipment.number, 8),
        }]),
        10..=40 => Box::new([shipment.own_id()]),
        _ => Box::new([shipment.carrier_number()]),
    }
}

fn next_in_campaign<'a>(script: &Script<'a>, shipment: &ShipmentPlan) -> &'a ShipmentPlan {
    let shipments = &script.campaign.shipments;
    &shipments[(shipment.number as usize + 1) % shipments.len()]
}

/// One line for each part of the contents: half of the brokers name the order line, the others do not.
fn lines(script: &Script, shipment: &ShipmentPlan, stage: Stage) -> Box<[DeclarationLine]> {
    let size = if shipment.group.declared { shipment.group.size } else { 1 };
    let first = if size > 1 { shipment.group.leader } else { script.campaign.place_of(shipment) };
    let covered = script.campaign.shipments[first..first + size].iter();
    let parts = covered.flat_map(|member| member.contents.iter());
    let currency = rates::currency(shipment.lane.currency);
    let date = shipment.times.arrived.date();
    let tax_per_mille = charges::tax_per_mille(shipment.lane.customs.unwrap_or(""));
    let lines = parts.enumerate().map(|(nth, part)| {
        let order = script.order(part.order);
        let line = &order.lines[part.line];
        let cents = part.quantity * line.price_cents;
        let customs_value = rates::about(cents, *rates::USD, currency, script.config.seed, date);
        // The broker's estimate is a little high for one line in three.
        let high = if stage == Stage::Estimated && line.sku.is_multiple_of(3) { 106 } else { 100 };
        let duty = customs_value * charges::duty_per_mille(line.goods) / 1000 * high / 100;
        let named = shipment.number.is_multiple_of(2);
        DeclarationLine {
            line_no: nth as u32 + 1,
            order_id: named.then(|| order.order_id()),
            order_line_no: named.then(|| line_no(part.line)),
            hs_code: hs_code(line.goods, line.sku),
            origin_country: Text::from_static_str(order.origin_country),
            quantity: (named && !line.sku.is_multiple_of(5))
                .then(|| Decimal::whole(part.quantity + i64::from(line.sku % 97 == 5))),
            customs_value,
            duty,
            tax: (customs_value + duty) * tax_per_mille / 1000,
            fees: (shipment.lane.customs == Some("US")).then_some(customs_value * 3464 / 1_000_000),
        }
    });
    lines.collect()
}

/// As on the order, without dots or shortened; one in sixty wrong.
fn hs_code(goods: usize, sku: u32) -> Text {
    let code = GOODS[if sku.is_multiple_of(60) { (goods + 1) % GOODS.len() } else { goods }].0;
    match sku % 3 {
        0 => Text::from_static_str(code),
        1 => code.chars().filter(char::is_ascii_digit).collect(),
        _ => code.chars().filter(char::is_ascii_digit).take(6).collect(),
    }
}

fn broker_system(shipment: &ShipmentPlan) -> Text {
    system("broker:", shipment.broker_code())
}
