//! Adds up within a tick what will be added up anyway, before it travels: a few sums leave where thousands of parts came.

use std::hash::Hash;

use differential_dataflow::{AsCollection, ExchangeData, VecCollection};
use hashbrown::HashMap;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::generic::operator::Operator;

use crate::Tick;

/// A value that can be added up: several times, and less than zero times.
pub trait Sum: ExchangeData + Default {
    /// Adds `times` copies of a part.
    fn add(&mut self, part: &Self, times: isize);
}

/// The parts of each key that arrive together, as one.
pub fn sums<'scope, K: ExchangeData + Hash, S: Sum>(
    parts: VecCollection<'scope, Tick, (K, S)>,
    name: &str,
) -> VecCollection<'scope, Tick, (K, S)> {
    parts
        .inner
        .unary::<CapacityContainerBuilder<Vec<((K, S), Tick, isize)>>, _, _, _>(Pipeline, name, |_, _| {
            let mut sums: HashMap<(Tick, K), S> = HashMap::new();
            move |input, output| {
                input.for_each_time(|capability, batches| {
                    for ((key, part), tick, diff) in batches.flat_map(|batch| batch.drain(..)) {
                        sums.entry((tick, key)).or_default().add(&part, diff);
                    }
                    let mut session = output.session(&capability);
                    for ((tick, key), sum) in sums.drain() {
                        session.give(((key, sum), tick, 1));
                    }
                });
            }
        })
        .as_collection()
}
