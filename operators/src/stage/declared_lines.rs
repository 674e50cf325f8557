//! Lines of live imports that name an order line.

use landfall_schemas::Text;
use landfall_schemas::event::{DeclarationLine, Partner, Shipment};
use serde::{Deserialize, Serialize};
use triomphe::Arc;

use super::declarations::DeclarationState;
use crate::document::Doc;
use crate::operator::world::World;

/// A line of a live import that names an order line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeclaredLine {
    /// The declaration.
    pub state: Arc<DeclarationState>,
    /// Index of the line.
    pub index: u32,
    /// The shipment, where the declaration covers just one.
    pub shipment: Option<Doc<Shipment>>,
    /// The broker's partner document.
    pub partner: Option<Doc<Partner>>,
}

impl DeclaredLine {
    /// The line.
    pub fn line(&self) -> &DeclarationLine {
        &self.state.data().lines[self.index as usize]
    }

    /// The order line it names.
    pub fn order_line(&self) -> (Text, u32) {
        let (order_id, line_no) = self.line().order_line().expect("only lines that name an order line are made");
        (order_id.clone(), line_no)
    }

    /// The lines of a live import that name an order line.
    pub fn of(
        state: &Arc<DeclarationState>,
        shipment: Option<&Doc<Shipment>>,
        world: &mut World<'_>,
    ) -> impl Iterator<Item = DeclaredLine> {
        let mut named =
            state.data().lines.iter().enumerate().filter(|(_, line)| line.order_line().is_some()).peekable();
        let partner = named.peek().and_then(|_| world.partner(&state.data().broker));
        named.map(move |(index, _)| DeclaredLine {
            state: Arc::clone(state),
            index: u32::try_from(index).expect("a declaration of at most 1 MiB has fewer than 2^32 lines"),
            shipment: shipment.cloned(),
            partner: partner.clone(),
        })
    }
}
