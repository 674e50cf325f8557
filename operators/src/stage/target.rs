//! What a set of references stands for (§3).

use landfall_schemas::{IdentifierType, Text};
use serde::{Deserialize, Serialize};

use crate::operator::resolve::{Resolution, ShipmentSet};

/// The shipments that a set of references stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Target {
    /// There are no references.
    Missing,
    /// No shipment claims any of them.
    Unknown,
    /// They name several shipments where one is meant, or too many.
    Ambiguous,
    /// Exactly one shipment.
    One(Text),
    /// Two or more shipments share it.
    Several(ShipmentSet),
}

impl Target {
    /// The shipments, ascending; none unless the references stand for some.
    pub fn shipments(&self) -> &[Text] {
        match self {
            Target::One(shipment) => std::slice::from_ref(shipment),
            Target::Several(shipments) => shipments,
            Target::Missing | Target::Unknown | Target::Ambiguous => &[],
        }
    }

    /// The shipment, where there is exactly one.
    pub fn only(&self) -> Option<&Text> {
        match self {
            Target::One(shipment) => Some(shipment),
            _ => None,
        }
    }

    /// What one reference stands for.
    pub fn of_one(resolution: &Resolution) -> Target {
        match resolution {
            Resolution::Unclaimed => Target::Unknown,
            Resolution::TooMany => Target::Ambiguous,
            Resolution::One(shipment) => Target::One(shipment.clone()),
            Resolution::Several(shipments) => Target::Several(shipments.clone()),
        }
    }

    /// What several references stand for together: identity types first, group types only where those give nothing.
    pub fn of<'a>(
        references: impl Iterator<Item = (IdentifierType, &'a Resolution)> + Clone,
        max_group: usize,
    ) -> Target {
        if references.clone().next().is_none() {
            return Target::Missing;
        }
        let of_class = |identity: bool| {
            references.clone().filter(move |(kind, _)| kind.names_one_shipment() == identity).map(|(_, found)| found)
        };
        match union(of_class(true)) {
            None => Target::Ambiguous,
            Some(shipments) if shipments.len() > 1 => Target::Ambiguous,
            Some(mut shipments) if shipments.len() == 1 => Target::One(shipments.remove(0)),
            Some(_) => match union(of_class(false)) {
                None => Target::Ambiguous,
                Some(shipments) if shipments.len() > max_group => Target::Ambiguous,
                Some(shipments) if shipments.is_empty() => Target::Unknown,
                Some(mut shipments) if shipments.len() == 1 => Target::One(shipments.remove(0)),
                Some(shipments) => Target::Several(shipments.into()),
            },
        }
    }
}

/// All shipments, ascending; `None` where one of the names stands for too many.
fn union<'a>(resolutions: impl Iterator<Item = &'a Resolution>) -> Option<Vec<Text>> {
    let mut shipments = Vec::new();
    for resolution in resolutions {
        match resolution {
            Resolution::Unclaimed => {}
            Resolution::One(shipment) => shipments.push(shipment.clone()),
            Resolution::Several(several) => shipments.extend(several.iter().cloned()),
            Resolution::TooMany => return None,
        }
    }
    shipments.sort_unstable();
    shipments.dedup();
    Some(shipments)
}
