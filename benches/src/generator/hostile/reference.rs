//! Reference data, which arrives, changes and goes like everything else.
//!
//! §4: charge codes with other components and every basis, tolerances of every specificity in every combination of
//! limits, rates direct, inverse, crossed, older than a week, missing. §6: service levels of every specificity, with
//! ties. §7, §8: partners that fall silent, without an owner's document, of changing kind.

use landfall_schemas::event::{
    Basis, ChargeCode, Component, Document, FxRate, MilestoneKind, Mode, Partner, PartnerKind, Sla, Tolerance,
};
use landfall_schemas::format_text;
use landfall_schemas::{Currency, Date, Decimal, Text};

use crate::generator::rates;

use super::world::{BROKERS, CARRIERS, REGIONS, SUPPLIERS, World};

const MDM: &[&str] = &["mdm", "policy"];

/// Says all reference data.
pub(crate) fn populate(world: &mut World) {
    rates_of_all_days(world);
    for (issuer, partner_code) in
        [("MAEU", "400"), ("*", "400"), ("*", "SAC"), ("DHLX", "SAC"), ("*", "X/1"), ("*", "FRT"), ("BRK-A", "DUTY")]
    {
        world.say(MDM, 3, |world| Document::ChargeCode(charge_code(world, issuer, partner_code)));
    }
    for (issuer, code) in [
        ("*", "*"),
        ("*", "FRT"),
        ("*", "DUTY"),
        ("MAEU", "*"),
        ("MAEU", "FRT"),
        ("DHLX", "ACC"),
        ("BRK-A", "*"),
        ("*", "landed_cost"),
        ("*", "duty_variance"),
    ] {
        if world.dice.percent(80) {
            world.say(MDM, 3, |world| Document::Tolerance(tolerance(world, issuer, code)));
        }
    }
    for number in 0..10 {
        world.say(MDM, 3, |world| Document::Sla(sla(world, number)));
    }
    let without_document = ["GHOST", "SUP-NONE"];
    for code in CARRIERS.iter().chain(BROKERS).chain(SUPPLIERS).filter(|code| !without_document.contains(code)) {
        world.say(MDM, 3, |world| Document::Partner(partner(world, code)));
    }
}

fn rates_of_all_days(world: &mut World) {
    let (first, last) = (world.start.date().0 - 6, world.as_of.date().0 + 6);
    // Days without any rate are longer than the age up to which rates count, for one currency.
    let outage = world.dice.between(0, 30) as i32 + first..last - world.dice.between(0, 30) as i32;
    let silent = world.dice.pick(&["USD", "KWD", "JPY"]);
    for day in (first..last).step_by(4) {
        for code in ["USD", "GBP", "JPY", "KWD", "CHF"] {
            if world.dice.percent(72) && !(code == silent && outage.contains(&day)) {
                rate(world, day, code);
            }
        }
        if world.dice.percent(25) {
            let rate = world.number(100, &[13, 7, 1_900]).unwrap_or(Decimal::whole(1));
            let quote = rates::currency(world.dice.pick(&["GBP", "JPY"]));
            let crossed = FxRate { date: Date(day), base: rates::currency("USD"), quote, rate };
            world.say(&["treasury"], 2, |_| Document::FxRate(crossed.clone()));
        }
    }
}

/// One euro in the currency, or the other way round, or both; a day later sometimes.
fn rate(world: &mut World, day: i32, code: &'static str) {
    let per_euro = i128::from(rates::per_euro(world.seed, code, Date(day)));
    let currency = rates::currency(code);
    let date = Date(day + i32::from(world.dice.percent(30)));
    let way = world.dice.below(10);
    if way < 8 {
        let rate = Decimal::from_units(per_euro * Decimal::SCALE / 10_000 + i128::from(world.dice.below(3)));
        let direct = FxRate { date, base: Currency::EUR, quote: currency, rate };
        world.say(&["ecb", "treasury"], 2, |_| Document::FxRate(direct.clone()));
    }
    if way > 6 {
        let rate = Decimal::from_units(Decimal::SCALE * 10_000 / per_euro);
        let inverse = FxRate { date, base: currency, quote: Currency::EUR, rate };
        world.say(&["ecb", "treasury"], 1, |_| Document::FxRate(inverse.clone()));
    }
}

fn charge_code(world: &mut World, issuer: &'static str, partner_code: &'static str) -> ChargeCode {
    ChargeCode {
        issuer: Text::from_static_str(issuer),
        partner_code: Text::from_static_str(partner_code),
        code: world.code(&["FRT", "FRT", "FSC", "ACC", "DUTY", "TAX", "DOC", "ODD"]),
        component: world.dice.percent(35).then(|| world.dice.pick(&Component::ALL)),
        basis: world
            .dice
            .percent(50)
            .then(|| world.dice.pick(&[Basis::Weight, Basis::Volume, Basis::Value, Basis::Quantity, Basis::Equal])),
    }
}

fn tolerance(world: &mut World, issuer: &'static str, code: &'static str) -> Tolerance {
    let currency = world.dice.percent(50).then(|| world.currency());
    // Tenths: 0, 10 %, 50 %; amounts of 0, 1, 2.5, 20, without decimals for the yen.
    let fractions = &[0, 1, 5];
    let whole_only = currency.is_some_and(|currency| currency.exponent() == 0);
    let amounts: &[i64] = if whole_only { &[0, 10, 200] } else { &[0, 10, 25, 200] };
    Tolerance {
        issuer: Text::from_static_str(issuer),
        code: Text::from_static_str(code),
        over_pct: world.number(60, fractions),
        under_pct: world.number(60, fractions),
        over_abs: world.number(40, amounts),
        under_abs: world.number(40, amounts),
        currency,
        require_delivered: world.dice.percent(40),
    }
}

fn sla(world: &mut World, number: u64) -> Sla {
    use MilestoneKind::{
        Arrived, Booked, CustomsReleased, Delivered, Departed, GoodsReceived, LandedCostPosted, PickedUp, PodReceived,
    };
    let due = [Delivered, Delivered, CustomsReleased, PodReceived, GoodsReceived, LandedCostPosted, Arrived];
    let milestone = if world.dice.percent(80) { world.dice.pick(&due) } else { world.dice.pick(&MilestoneKind::ALL) };
    Sla {
        name: format_text!("sla-{number}"),
        milestone,
        carrier: world.dice.percent(30).then(|| world.code(CARRIERS)),
        mode: world.dice.percent(30).then(|| world.dice.pick(&[Mode::Ocean, Mode::Air, Mode::Road])),
        region: world.dice.percent(30).then(|| world.code(REGIONS)),
        after: world.dice.percent(85).then(|| world.dice.pick(&[PickedUp, Departed, Arrived, Delivered, Booked])),
        within_hours: world.number(85, &[0, 60, 120, 240, 1_440, 5]),
        grace_hours: world.number(50, &[0, 60, 120, 3]),
    }
}

fn partner(world: &mut World, code: &'static str) -> Partner {
    let is = match (CARRIERS.contains(&code), BROKERS.contains(&code)) {
        (true, _) => PartnerKind::Carrier,
        (_, true) => PartnerKind::Broker,
        _ => PartnerKind::Supplier,
    };
    Partner {
        code: Text::from_static_str(code),
        kind: if world.dice.percent(90) { is } else { PartnerKind::Broker },
        name: world.text(100).unwrap_or_default(),
        region: world.code(REGIONS),
        owner: world.code(&["ap-team", "ops, eu"]),
        max_silence_hours: world.number(65, &[0, 240, 2_400, 12_000, 5]),
    }
}
