//! What carriage, duty and the rest should cost: tariffs from which quotes, estimates and invoices are made.

use landfall_schemas::event::{Incoterm, Mode};
use landfall_schemas::{Currency, Date, Timestamp};

use crate::generator::config::Config;
use crate::generator::dice::Dice;
use crate::generator::directory::Lane;
use crate::generator::rates;

/// Who is expected to bill.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payee {
    Carrier,
    Broker,
}

/// A charge that the shipment document expects.
#[derive(Clone, Copy)]
pub(crate) struct ExpectedPlan {
    pub(crate) code: &'static str,
    /// Minor units of the shipment's currency.
    pub(crate) amount: i64,
    pub(crate) payee: Payee,
}

/// Cents of a dollar for a kilogram.
pub(crate) fn cents_per_kg(mode: Mode) -> i64 {
    match mode {
        Mode::Ocean => 14,
        Mode::Air => 360,
        Mode::Road => 21,
        Mode::Rail => 30,
        Mode::Parcel => 240,
        Mode::Other => 12,
    }
}

/// Duty on goods, in 1/1000 of their value.
pub(crate) fn duty_per_mille(goods: usize) -> i64 {
    [0, 0, 120, 45, 27, 37, 75, 65, 20, 140][goods % 10]
}

/// Import tax of a customs territory, in 1/1000 of value and duty.
pub(crate) fn tax_per_mille(jurisdiction: &str) -> i64 {
    match jurisdiction {
        "US" => 0,
        "DE" => 190,
        "SG" => 90,
        "JP" => 100,
        "GB" => 200,
        _ => 210,
    }
}

/// Whether carriage is on the seller (spec §4, status 5).
pub(crate) fn seller_pays_freight(incoterm: &Incoterm) -> bool {
    matches!(incoterm.as_str(), "CFR" | "CIF" | "CPT" | "CIP" | "DAP" | "DPU" | "DDP")
}

/// The quote for a shipment.
pub(crate) fn plan(
    config: &Config,
    dice: &mut Dice,
    lane: &Lane,
    currency: Currency,
    grams: i64,
    value_cents: i64,
    booked: Timestamp,
) -> Vec<ExpectedPlan> {
    let dollars = *rates::USD;
    let date: Date = booked.date();
    let mut charges = Vec::with_capacity(6);
    let mut expect = |code, cents: i64, payee| {
        let amount = rates::about(cents.max(100), dollars, currency, config.seed, date);
        charges.push(ExpectedPlan { code, amount, payee });
    };
    let freight = 1_500 + grams * cents_per_kg(lane.mode) / 1000 * dice.between(85, 115) / 100;
    expect("FRT", freight, Payee::Carrier);
    expect("FSC", freight * dice.between(8, 19) / 100, Payee::Carrier);
    if lane.mode == Mode::Ocean {
        expect("THC", 24_000, Payee::Carrier);
    }
    if matches!(lane.mode, Mode::Ocean | Mode::Air) && dice.percent(60) {
        expect("DOC", 5_500, Payee::Carrier);
    }
    if dice.percent(12) {
        expect("ACC", dice.pick(&[4_500, 7_500, 12_000]), Payee::Carrier);
    }
    if dice.percent(10) {
        expect("INS", value_cents * 3 / 1000, Payee::Carrier);
    }
    if lane.customs.is_some() {
        expect("BRK", dice.pick(&[6_500, 8_000, 11_500]), Payee::Broker);
    }
    charges
}
