//! Splits a collection of findings by variant, without copying them.

use differential_dataflow::{AsCollection, Data, VecCollection};
use timely::container::CapacityContainerBuilder;
use timely::dataflow::operators::core::Partition;

use crate::Tick;

/// One collection per variant; `variant_of` gives its index.
pub fn by_variant<'scope, D: Data, const N: usize>(
    findings: VecCollection<'scope, Tick, D>,
    variant_of: impl Fn(&D) -> usize + 'static,
) -> [VecCollection<'scope, Tick, D>; N] {
    let streams = findings.inner.partition::<CapacityContainerBuilder<Vec<_>>, _, _>(N as u64, move |update| {
        (variant_of(&update.0) as u64, update)
    });
    let collections: Vec<_> = streams.into_iter().map(AsCollection::as_collection).collect();
    match collections.try_into() {
        Ok(collections) => collections,
        Err(_) => unreachable!("partition makes as many streams as asked for"),
    }
}
