//! The parts of a 210 or 310: loops of references, their charges, the currencies of these.

use super::amount::kilograms;
use super::reference::{Reference, add};
use super::segment::{Item, Place};
use super::writer::Writer;

/// What an LX loop says of all its charges. The first is what stands ahead of any LX.
#[derive(Default)]
pub(super) struct Lading<'r> {
    pub references: Vec<Reference<'r>>,
    /// Billed weight in kilograms.
    pub weight: Option<(String, Place)>,
    currency: Option<Item<'r>>,
}

/// A charge (L1).
pub(super) struct Charge<'r> {
    /// Index of its L1.
    pub segment: usize,
    /// Index of its loop.
    pub lading: usize,
    /// Its own currency: a C3 behind it.
    currency: Option<Item<'r>>,
}

/// What stands in an invoice besides its header.
pub(super) struct Parts<'r> {
    pub ladings: Vec<Lading<'r>>,
    pub charges: Vec<Charge<'r>>,
    /// The total of the summary (L3-05).
    pub summary: Option<Item<'r>>,
}

impl<'r> Parts<'r> {
    /// The currency of a charge: its own, else its loop's, else the invoice's.
    pub fn currency_of(&self, charge: &Charge<'r>) -> Option<Item<'r>> {
        let lading = |index: usize| self.ladings.get(index).and_then(|lading| lading.currency);
        charge.currency.or_else(|| lading(charge.lading)).or_else(|| self.currency())
    }

    /// The currency of the invoice as its header says.
    pub fn currency(&self) -> Option<Item<'r>> {
        self.ladings[0].currency
    }

    /// Identifiers of the invoice as a whole.
    pub fn references(&self) -> &[Reference<'r>] {
        &self.ladings[0].references
    }
}

impl<'r> Writer<'_, 'r> {
    /// Takes an invoice apart. Its segments may repeat and come in any order within their loop.
    pub fn parts(&self) -> Parts<'r> {
        let mut parts = Parts { ladings: vec![Lading::default()], charges: Vec::new(), summary: None };
        let set = self.set;
        let ocean = set.id() == "310";
        for (index, segment) in set.each() {
            let lading = parts.ladings.len() - 1;
            let tag = segment.tag().to_ascii_uppercase();
            match tag.as_str() {
                "LX" => parts.ladings.push(Lading::default()),
                "N9" | "L11" | "REF" => {
                    let reference = self.reference_of(index, &segment);
                    add(&mut parts.ladings[lading].references, reference);
                }
                "N7" if ocean => {
                    let container = self.container(set.item(index, 1), set.item(index, 2), set.item(index, 18));
                    add(&mut parts.ladings[0].references, container);
                }
                "C3" => {
                    let said = Some(set.item(index, 1)).filter(|currency| !currency.is_blank());
                    match parts.charges.last_mut().filter(|charge| charge.lading == lading) {
                        Some(charge) => charge.currency = charge.currency.or(said),
                        None => parts.ladings[lading].currency = parts.ladings[lading].currency.or(said),
                    }
                }
                "L0" => {
                    let weight = kilograms(segment.element(4), segment.element(11));
                    let weight = weight.map(|weight| (weight, Place::new(index, 4)));
                    parts.ladings[lading].weight = parts.ladings[lading].weight.take().or(weight);
                }
                // An L1 may be there to describe a rate; one without any amount bills nothing.
                "L1" if (4..=6).any(|element| !segment.element(element).is_empty()) => {
                    parts.charges.push(Charge { segment: index, lading, currency: None });
                }
                "L3" => parts.summary = Some(set.item(index, 5)).filter(|total| !total.is_blank()),
                _ => {}
            }
        }
        parts
    }
}
