//! Connected components of identifiers under links that can be withdrawn.
//!
//! Every linked identifier starts with itself as its label; labels travel along the links in both directions and each
//! identifier keeps the smallest it has seen, until nothing changes (`iterate`). When a link goes, differential takes
//! back exactly the labels that came over it. Identifiers without links never enter the loop.

use differential_dataflow::VecCollection;
use differential_dataflow::algorithms::graphs::propagate::propagate;
use landfall_schemas::IdentifierKey;

use crate::Tick;

/// Each linked identifier with the smallest identifier of its component.
#[inline]
pub fn components<'scope>(
    links: VecCollection<'scope, Tick, (IdentifierKey, IdentifierKey)>,
) -> VecCollection<'scope, Tick, (IdentifierKey, IdentifierKey)> {
    let edges = links.flat_map(|(a, b)| [(a.clone(), b.clone()), (b, a)]);
    let nodes = edges.clone().map(|(node, _)| (node.clone(), node)).distinct();
    propagate(edges, nodes)
}
