package peers;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.Stores;

/**
 * The three questions in Kafka Streams: {@code Questions HOST:PORT TOPIC RUN THREADS STATE_FOLDER [live [COMMIT_MS]]}. Ends when
 * everything that was in the topic at the start is answered; {@code live} goes on, and waits less for batches; with an interval
 * between commits, exactly once. Changes of the answers are in the topic {@code RUN-answers}. Started again with the same run and
 * folder it goes on where it was.
 */
public final class Questions {
    private static final List<String> STAGES = List.of("documents", "codes", "names", "shipments", "order_lines");

    private Questions() {}

    public static void main(String[] arguments) throws Exception {
        String brokers = arguments[0];
        String events = arguments[1];
        String run = arguments[2];
        boolean live = arguments.length > 5 && arguments[5].equals("live");
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, run);
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, arguments[3]);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, Path.of(arguments[4]).toString());
        settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1000);
        if (arguments.length > 6) {
            settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
            settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, Integer.parseInt(arguments[6]));
        }
        settings.put(StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG, StreamsConfig.OPTIMIZE);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        // Known again when it comes back: after a kill it need not wait until the group has given it up.
        settings.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, run);
        settings.put(StreamsConfig.producerPrefix("linger.ms"), live ? 5 : 20);
        settings.put(StreamsConfig.producerPrefix("batch.size"), 1 << 18);
        settings.put(StreamsConfig.producerPrefix("compression.type"), "lz4");
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", brokers))) {
            int partitions =
                    admin.describeTopics(List.of(events)).allTopicNames().get().get(events).partitions().size();
            Set<String> known = admin.listTopics().names().get();
            List<NewTopic> topics = Stream.concat(STAGES.stream(), Stream.of("answers"))
                    .filter(stage -> !known.contains(run + "-" + stage))
                    .map(stage -> new NewTopic(run + "-" + stage, partitions, (short) 1))
                    .toList();
            admin.createTopics(topics).all().get();
            try (KafkaStreams streams = new KafkaStreams(topology(events, run), settings)) {
                streams.setUncaughtExceptionHandler(error -> {
                    error.printStackTrace();
                    Runtime.getRuntime().halt(1);
                    return null;
                });
                streams.start();
                if (live) {
                    Thread.currentThread().join();
                }
                awaitEnd(admin, run, Stream.concat(STAGES.stream().map(stage -> run + "-" + stage), Stream.of(events))
                        .toList(), partitions);
            }
        }
    }

    static Topology topology(String events, String run) {
        Topology topology = new Topology();
        source(topology, "events", events);
        topology.addProcessor("keys", Keys::new, "events-in");
        stage(topology, run, "documents", Stages.Documents::new);
        stage(topology, run, "codes", Stages.Codes::new);
        stage(topology, run, "names", Stages.Names::new);
        stage(topology, run, "shipments", Stages.Shipments::new);
        stage(topology, run, "order_lines", Stages.OrderLines::new);
        sink(topology, run, "documents", "keys");
        sink(topology, run, "codes", "documents-stage");
        sink(topology, run, "names", "documents-stage", "codes-stage");
        sink(topology, run, "shipments", "documents-stage", "names-stage");
        sink(topology, run, "order_lines", "documents-stage", "shipments-stage");
        sink(topology, run, "answers", "names-stage", "shipments-stage", "order_lines-stage");
        return topology;
    }

    private static void source(Topology topology, String name, String topic) {
        topology.addSource(name + "-in", new StringDeserializer(), new StringDeserializer(), topic);
    }

    private static void stage(
            Topology topology, String run, String name, ProcessorSupplier<String, String, String, String> stage) {
        source(topology, name, run + "-" + name);
        topology.addProcessor(name + "-stage", stage, name + "-in");
        topology.addStateStore(
                Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), Serdes.String(), Serdes.String()),
                name + "-stage");
    }

    private static void sink(Topology topology, String run, String name, String... parents) {
        topology.addSink(name, run + "-" + name, new StringSerializer(), new StringSerializer(), parents);
    }

    /** Waits until all topics are read to their ends, and still are a moment later. */
    private static void awaitEnd(Admin admin, String run, List<String> topics, int partitions) throws Exception {
        Map<TopicPartition, OffsetSpec> latest = topics.stream()
                .flatMap(topic -> Stream.iterate(0, partition -> partition < partitions, partition -> partition + 1)
                        .map(partition -> new TopicPartition(topic, partition)))
                .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
        for (int settled = 0; settled < 2; ) {
            Thread.sleep(500);
            Map<TopicPartition, Long> read = new HashMap<>();
            admin.listConsumerGroupOffsets(run).partitionsToOffsetAndMetadata().get().forEach((partition, offset) -> {
                if (offset != null) {
                    read.put(partition, offset.offset());
                }
            });
            boolean ended = admin.listOffsets(latest).all().get().entrySet().stream()
                    .allMatch(end -> read.getOrDefault(end.getKey(), 0L) >= end.getValue().offset());
            settled = ended ? settled + 1 : 0;
        }
    }

    /** Gives every event the key of its document. */
    private static final class Keys extends ContextualProcessor<String, String, String, String> {
        @Override
        public void process(Record<String, String> event) {
            String key = Event.parse(event.value()).key();
            if (key != null) {
                context().forward(event.withKey(key));
            }
        }
    }
}
