//! A campaign: a handful of orders bought together on one lane, and the eight shipments that carry them.
//!
//! Every campaign is made from the seed and its index alone, so any of them can be made without the others. It holds
//! what several documents must agree on; words and numbers that follow from it are made when they are said.

use std::sync::Arc;

use landfall_schemas::event::{Incoterm, Mode};
use landfall_schemas::{Currency, Timestamp};

use crate::generator::config::{Config, DAY_MS, HOUR_MS};
use crate::generator::dice::Dice;
use crate::generator::directory::{self, Carrier, GOODS, LANES, Lane, SUPPLIERS};
use crate::generator::rates;

use super::charges::{self, ExpectedPlan, Payee};
use super::times::Times;

/// Shipments of a campaign; the last campaign of a population may have fewer.
pub(crate) const SHIPMENTS_PER_CAMPAIGN: u64 = 8;
/// Orders of a campaign never exceed this: each brings at least one new shipment.
pub(crate) const MOST_ORDERS: u64 = 8;

/// What a campaign's documents agree on.
pub(crate) struct Campaign {
    pub(crate) index: u64,
    pub(crate) orders: Box<[OrderPlan]>,
    pub(crate) shipments: Box<[ShipmentPlan]>,
}

/// What an order's documents agree on.
pub(crate) struct OrderPlan {
    pub(crate) number: u64,
    pub(crate) supplier: usize,
    pub(crate) currency: Currency,
    pub(crate) incoterm: Incoterm,
    pub(crate) region: &'static str,
    pub(crate) origin_country: &'static str,
    pub(crate) mode: Mode,
    pub(crate) customs: bool,
    pub(crate) ordered_at: Timestamp,
    /// When the last of its shipments was received.
    pub(crate) received_at: Timestamp,
    pub(crate) lines: Box<[LinePlan]>,
}

/// One line of an order.
#[derive(Clone, Copy)]
pub(crate) struct LinePlan {
    pub(crate) goods: usize,
    pub(crate) sku: u32,
    pub(crate) quantity: i64,
    /// Cents of a dollar for one.
    pub(crate) price_cents: i64,
}

/// Goods of an order line in a shipment; `order` and `line` are places in the campaign.
#[derive(Clone, Copy)]
pub(crate) struct ContentsPlan {
    pub(crate) order: usize,
    pub(crate) line: usize,
    pub(crate) quantity: i64,
}

/// Shipments of a campaign that travel in one container, consignment or load.
#[derive(Clone, Copy)]
pub(crate) struct Group {
    /// Place of the shipment that speaks for all.
    pub(crate) leader: usize,
    pub(crate) size: usize,
    /// The carrier bills all of them in one invoice that names the container.
    pub(crate) billed: bool,
    /// Departure and arrival are reported for the container.
    pub(crate) tracked: bool,
    /// One declaration covers all of them.
    pub(crate) declared: bool,
}

/// What a shipment's documents agree on.
pub(crate) struct ShipmentPlan {
    pub(crate) number: u64,
    pub(crate) lane: &'static Lane,
    pub(crate) carrier: &'static Carrier,
    pub(crate) broker: usize,
    pub(crate) group: Group,
    pub(crate) times: Times,
    pub(crate) contents: Box<[ContentsPlan]>,
    pub(crate) charges: Box<[ExpectedPlan]>,
    pub(crate) currency: Currency,
    /// The seller pays for the carriage, so nobody should bill us for it.
    pub(crate) seller_pays: bool,
    pub(crate) cancelled: bool,
    /// The carrier's number of the shipment before it was keyed in by mistake: both claim it.
    pub(crate) borrowed_number: bool,
    /// The carrier's number reaches us as a link only.
    pub(crate) linked: bool,
    /// It has a tracking number besides.
    pub(crate) tracked: bool,
    /// Grams of all goods.
    pub(crate) grams: i64,
    /// Value of all goods in cents of a dollar.
    pub(crate) value_cents: i64,
}

const BUYER_PAYS: &[(Incoterm, u64)] = &[(Incoterm::FOB, 45), (Incoterm::FCA, 35), (Incoterm::EXW, 20)];
const SELLER_PAYS: &[(Incoterm, u64)] =
    &[(Incoterm::CIF, 30), (Incoterm::CPT, 10), (Incoterm::DAP, 35), (Incoterm::DDP, 20), (Incoterm::CFR, 5)];
const MODES: &[(Mode, u64)] =
    &[(Mode::Ocean, 25), (Mode::Air, 12), (Mode::Road, 42), (Mode::Rail, 4), (Mode::Parcel, 15), (Mode::Other, 2)];

impl Campaign {
    /// The campaign with this index.
    pub(crate) fn plan(config: &Config, index: u64) -> Arc<Campaign> {
        let mut dice = Dice::new(config.seed, &[1, index]);
        let first = index * SHIPMENTS_PER_CAMPAIGN;
        let count = SHIPMENTS_PER_CAMPAIGN.min(config.shipments - first) as usize;
        let starts_at = Campaign::starts_at(config, index);
        let mode = dice.weighted(MODES);
        let lane = &LANES[lane_of(&mut dice, mode)];
        let seller_pays = dice.percent(15);
        let (orders, contents) = plan_orders(config, &mut dice, index, starts_at, lane, seller_pays, count);
        let mut campaign = Campaign { index, orders, shipments: Box::default() };
        let mut shipments: Vec<ShipmentPlan> = Vec::with_capacity(count);
        let groups = plan_groups(&mut dice, mode, count);
        for (place, contents) in contents.into_iter().enumerate() {
            let group = groups[place];
            let leader = shipments.get(group.leader);
            let plan = campaign.plan_shipment(config, &mut dice, lane, first + place as u64, contents, group, leader);
            shipments.push(plan);
        }
        campaign.shipments = shipments.into_boxed_slice();
        campaign.close_orders();
        Arc::new(campaign)
    }

    /// When the campaign with this index places its first order.
    pub(crate) fn starts_at(config: &Config, index: u64) -> Timestamp {
        config.start.plus_ms(config.start_offset_ms(index * SHIPMENTS_PER_CAMPAIGN) / 1000 * 1000)
    }

    #[allow(clippy::too_many_arguments, reason = "the parts a shipment is put together from")]
    fn plan_shipment(
        &self,
        config: &Config,
        dice: &mut Dice,
        main_lane: &'static Lane,
        number: u64,
        contents: Vec<ContentsPlan>,
        group: Group,
        leader: Option<&ShipmentPlan>,
    ) -> ShipmentPlan {
        let expedited = group.size == 1 && main_lane.mode == Mode::Ocean && dice.percent(8);
        let lane = if expedited { &LANES[lane_of(dice, Mode::Air)] } else { main_lane };
        let carriers = directory::carriers_of(lane.mode);
        let own_carrier = &directory::CARRIERS[carriers.start + dice.index(carriers.len())];
        let carrier = leader.map_or(own_carrier, |leader| leader.carrier);
        let ordered_at = contents.iter().map(|part| self.orders[part.order].ordered_at).max();
        let ready_at = ordered_at.expect("a shipment carries something").plus_ms(dice.between(4, 200) * HOUR_MS);
        let own_times = Times::plan(dice, lane, ready_at);
        let times = leader.map_or(own_times, |leader| leader.times.alongside(dice));
        let (mut grams, mut value_cents) = (0, 0);
        for part in &contents {
            let line = &self.orders[part.order].lines[part.line];
            grams += part.quantity * GOODS[line.goods].3;
            value_cents += part.quantity * line.price_cents;
        }
        let seller_pays = contents.iter().all(|part| charges::seller_pays_freight(&self.orders[part.order].incoterm));
        let currency = rates::currency(carrier.currency);
        let broker = broker_of(dice, lane.region);
        let mut charges = charges::plan(config, dice, lane, currency, grams, value_cents, times.booked);
        charges.retain(|charge| match charge.payee {
            Payee::Carrier => !seller_pays,
            Payee::Broker => uses_broker(lane, number),
        });
        ShipmentPlan {
            number,
            lane,
            carrier,
            broker,
            group,
            times,
            contents: contents.into_boxed_slice(),
            charges: charges.into_boxed_slice(),
            currency,
            seller_pays,
            cancelled: group.size == 1 && dice.per_mille(15),
            borrowed_number: number > 0 && dice.per_mille(3),
            linked: dice.percent(25),
            tracked: dice.percent(75),
            grams,
            value_cents,
        }
    }

    fn close_orders(&mut self) {
        for (place, order) in self.orders.iter_mut().enumerate() {
            let carriers = self.shipments.iter().filter(|s| s.contents.iter().any(|part| part.order == place));
            order.received_at = carriers.map(|shipment| shipment.times.received).max().unwrap_or(order.ordered_at);
        }
    }

    /// A shipment's place in the campaign.
    pub(crate) fn place_of(&self, shipment: &ShipmentPlan) -> usize {
        (shipment.number - self.index * SHIPMENTS_PER_CAMPAIGN) as usize
    }

    /// The members of a shipment's group.
    pub(crate) fn members(&self, group: Group) -> impl Iterator<Item = &ShipmentPlan> {
        self.shipments.iter().skip(group.leader).take(group.size)
    }
}

/// Whether a broker declares the goods; one shipment in seven that passes customs the carrier clears itself.
pub(crate) fn uses_broker(lane: &Lane, number: u64) -> bool {
    lane.customs.is_some() && number % 7 != 5
}

fn lane_of(dice: &mut Dice, mode: Mode) -> usize {
    let lanes = directory::lanes_of(mode);
    lanes.start + dice.index(lanes.len())
}

fn broker_of(dice: &mut Dice, region: &str) -> usize {
    let start = dice.index(directory::BROKERS.len());
    let near = (0..directory::BROKERS.len())
        .map(|step| (start + step) % directory::BROKERS.len())
        .find(|place| directory::BROKERS[*place].2 == region);
    near.unwrap_or(start)
}

/// The orders, and for each shipment what it carries. An order goes to one to four shipments that follow each other;
/// where two orders meet, the shipment is a consolidated one.
fn plan_orders(
    config: &Config,
    dice: &mut Dice,
    index: u64,
    starts_at: Timestamp,
    lane: &'static Lane,
    seller_pays: bool,
    shipments: usize,
) -> (Box<[OrderPlan]>, Vec<Vec<ContentsPlan>>) {
    let mut orders: Vec<OrderPlan> = Vec::with_capacity(6);
    let mut contents: Vec<Vec<ContentsPlan>> = vec![Vec::new(); shipments];
    let suppliers: Vec<usize> = (0..SUPPLIERS.len()).filter(|_| dice.percent(20)).collect();
    let mut covered = 0;
    while covered < shipments {
        let overlap = usize::from(covered > 0 && dice.percent(35));
        let first = covered - overlap;
        let length = dice.weighted(&[(1, 45), (2, 30), (3, 15), (4, 10)]);
        let last = (first + length).max(covered + 1).min(shipments);
        let lines = plan_lines(config, dice, orders.len(), first..last, &mut contents);
        let supplier = match suppliers.len() {
            0 => dice.index(SUPPLIERS.len()),
            count => suppliers[dice.index(count)],
        };
        let unusual = dice.percent(8);
        orders.push(OrderPlan {
            number: index * MOST_ORDERS + orders.len() as u64,
            supplier,
            currency: rates::currency(SUPPLIERS[supplier].3),
            incoterm: dice.weighted(if seller_pays ^ unusual { SELLER_PAYS } else { BUYER_PAYS }),
            region: lane.region,
            origin_country: lane.origin_country,
            mode: lane.mode,
            customs: lane.customs.is_some(),
            ordered_at: starts_at.plus_ms(dice.between(0, 6 * DAY_MS / 1000) * 1000),
            received_at: starts_at,
            lines,
        });
        covered = last;
    }
    (orders.into_boxed_slice(), contents)
}

/// The lines of an order, spread over the shipments at these places; the first line goes to each of them.
fn plan_lines(
    config: &Config,
    dice: &mut Dice,
    order: usize,
    places: std::ops::Range<usize>,
    contents: &mut [Vec<ContentsPlan>],
) -> Box<[LinePlan]> {
    let count = dice.weighted(&[(1_usize, 40), (2, 30), (3, 18), (4, 12)]);
    let lines = (0..count).map(|line| {
        let goods = dice.index(GOODS.len());
        let quantity = dice.pick(&[12, 24, 48, 60, 100, 144, 250, 400, 960]);
        let split = line == 0 || dice.percent(25);
        let only = dice.index(places.len());
        let mut left = quantity;
        for (nth, place) in places.clone().enumerate() {
            let parts_left = (places.len() - nth) as i64;
            let part = if split { left / parts_left } else { quantity * i64::from(nth == only) };
            left -= part;
            let slip = if dice.per_mille(8) { dice.between(-2, 3) } else { 0 };
            if part > 0 {
                contents[place].push(ContentsPlan { order, line, quantity: part + slip });
            }
        }
        let price_cents = GOODS[goods].2 * dice.between(80, 120) / 100;
        LinePlan { goods, sku: (config.seed % 7 * 1000) as u32 + dice.below(5_000) as u32, quantity, price_cents }
    });
    lines.collect()
}

/// Which shipments travel together, for each place.
fn plan_groups(dice: &mut Dice, mode: Mode, shipments: usize) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::with_capacity(shipments);
    while groups.len() < shipments {
        let shares = mode != Mode::Parcel && dice.percent(22);
        let size = if shares { dice.between(2, 3) as usize } else { 1 }.min(shipments - groups.len());
        let group = Group {
            leader: groups.len(),
            size,
            billed: size > 1 && dice.percent(50),
            tracked: size > 1 && dice.percent(60),
            declared: size > 1 && dice.percent(40),
        };
        groups.extend(std::iter::repeat_n(group, size));
    }
    groups
}
