//! Gives each finding of a collection to the collections that want it, without copying it.

/// Makes several collections of one: `fan_out!("Name", collection, [a: A, b: B], |(finding, tick, diff)| ..)`.
///
/// The body hands updates to the outputs by name, as many as it likes: `a.give((value, tick, diff))`. The macro's value
/// is the tuple of the collections. One operator in place of a partition and a map for each, each of which would move
/// every update once more; and in place of clones of the collection, each of which would copy every update.
macro_rules! fan_out {
    ($name:literal, $collection:expr, [$($output:ident: $type:ty),+ $(,)?], |$update:pat_param| $body:expr) => {{
        use differential_dataflow::AsCollection;
        use timely::container::CapacityContainerBuilder;
        use timely::dataflow::channels::pact::Pipeline;
        use timely::dataflow::operators::generic::OutputBuilder;
        use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;
        use timely::progress::operate::FrontierInterest;

        let stream = $collection.inner;
        let mut builder = OperatorBuilder::new($name.to_owned(), stream.scope());
        let mut input = builder.new_input(stream, Pipeline);
        builder.set_notify_for(0, FrontierInterest::Never);
        $(let $output = builder.new_output::<Vec<($type, $crate::Tick, isize)>>();)+
        let collections = ($($output.1.as_collection(),)+);
        $(let mut $output = OutputBuilder::<_, CapacityContainerBuilder<Vec<_>>>::from($output.0);)+
        builder.build(move |_| {
            move |_frontiers| {
                $(let mut $output = $output.activate();)+
                input.for_each_time(|capability, batches| {
                    $(let mut $output = $output.session(&capability);)+
                    for $update in batches.flat_map(|batch| batch.drain(..)) {
                        $body
                    }
                });
            }
        });
        collections
    }};
}
pub(crate) use fan_out;
