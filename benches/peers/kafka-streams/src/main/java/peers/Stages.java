package peers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import peers.Event.Told;
import peers.Facts.Change;

/** The stages of the topology. Every stage keeps its state in a store of its own name and tells the next ones. */
final class Stages {
    private Stages() {}

    /** A stage: gathers what it says while it works on a message, and sends one message for each key. */
    abstract static class Stage implements Processor<String, String, String, String> {
        private final String name;
        private final Map<String, Map<String, List<Change>>> told = new LinkedHashMap<>();
        private ProcessorContext<String, String> context;
        KeyValueStore<String, String> store;

        Stage(String name) {
            this.name = name;
        }

        @Override
        public void init(ProcessorContext<String, String> context) {
            this.context = context;
            store = context.getStateStore(name);
        }

        @Override
        public void process(Record<String, String> message) {
            work(message.key(), message.value());
            told.forEach((stage, byKey) -> byKey.forEach((key, changes) ->
                    context.forward(new Record<>(key, Facts.write(changes), message.timestamp()), stage)));
            told.clear();
        }

        void tell(String stage, String key, int sign, String fact) {
            told.computeIfAbsent(stage, any -> new LinkedHashMap<>())
                    .computeIfAbsent(key, any -> new ArrayList<>())
                    .add(new Change(sign, fact));
        }

        void tell(int sign, Told told) {
            tell(told.stage(), told.key(), sign, told.fact());
        }

        void answer(String answer, String row, int sign) {
            tell("answers", answer, sign, row);
        }

        abstract void work(String key, String value);
    }

    /** Documents in force: the newest version. */
    static final class Documents extends Stage {
        Documents() {
            super("documents");
        }

        @Override
        void work(String key, String line) {
            Event event = Event.parse(line);
            String kept = store.get(key);
            if (kept != null) {
                Event before = Event.parse(kept);
                if (Event.VERSION.compare(event, before) <= 0) {
                    return;
                }
                before.facts().forEach(fact -> tell(-1, fact));
            }
            store.put(key, line);
            event.facts().forEach(fact -> tell(1, fact));
        }
    }

    /** A left join of many with the smallest of what has their key: one store entry for each fact. */
    abstract static class Meet extends Stage {
        Meet(String name) {
            super(name);
        }

        abstract void found(String left, String right, int sign);

        @Override
        void work(String key, String value) {
            String lefts = key + "\0left\t";
            String before = smallest(key);
            List<Change> changes = Facts.read(value);
            changes.stream().filter(change -> change.fact().startsWith("right")).forEach(change -> count(key, change));
            String after = smallest(key);
            if (!Objects.equals(before, after)) {
                try (KeyValueIterator<String, String> known = store.prefixScan(lefts, new StringSerializer())) {
                    while (known.hasNext()) {
                        KeyValue<String, String> entry = known.next();
                        String left = entry.key.substring(lefts.length());
                        for (int times = Integer.parseInt(entry.value); times > 0; times--) {
                            found(left, before, -1);
                            found(left, after, 1);
                        }
                    }
                }
            }
            changes.stream().filter(change -> change.fact().startsWith("left")).forEach(change -> {
                count(key, change);
                found(change.fact().substring("left\t".length()), after, change.sign());
            });
        }

        private String smallest(String key) {
            String rights = key + "\0right\t";
            try (KeyValueIterator<String, String> known = store.prefixScan(rights, new StringSerializer())) {
                return known.hasNext() ? known.next().key.substring(rights.length()) : null;
            }
        }

        private void count(String key, Change change) {
            String entry = key + "\0" + change.fact();
            String known = store.get(entry);
            int times = (known == null ? 0 : Integer.parseInt(known)) + change.sign();
            store.put(entry, times == 0 ? null : Integer.toString(times));
        }
    }

    /** Charge lines with their canonical code. */
    static final class Codes extends Meet {
        Codes() {
            super("codes");
        }

        @Override
        void found(String left, String code, int sign) {
            String[] line = left.split("\t", -1);
            String mapped = code == null ? line[4] : code;
            tell("names", line[0], sign, Facts.fact("left", "charge", line[1], line[2], line[3], mapped, line[5], line[6]));
        }
    }

    /** Charges and milestones with the shipment that a name means. */
    static final class Names extends Meet {
        Names() {
            super("names");
        }

        @Override
        void found(String left, String shipment, int sign) {
            if (shipment != null) {
                tell("shipments", shipment, sign, left);
            } else if (left.startsWith("charge")) {
                String[] line = left.split("\t", -1);
                answer("unmatched_charges", String.join(",", line[1], line[2], line[3], line[4], line[6]), sign);
            }
        }
    }

    /** Counts of facts by key, kept as one entry; what follows is said anew on every change. */
    abstract static class Dossier extends Stage {
        Dossier(String name) {
            super(name);
        }

        abstract void findings(String key, Map<String, Integer> facts, int sign);

        @Override
        void work(String key, String value) {
            Map<String, Integer> facts = new TreeMap<>();
            String known = store.get(key);
            if (known != null) {
                for (String line : known.split("\n")) {
                    int space = line.indexOf(' ');
                    facts.put(line.substring(space + 1), Integer.parseInt(line.substring(0, space)));
                }
            }
            findings(key, facts, -1);
            for (Change change : Facts.read(value)) {
                facts.merge(change.fact(), change.sign(), (left, right) -> left + right == 0 ? null : left + right);
            }
            StringBuilder kept = new StringBuilder();
            facts.forEach((fact, times) -> kept.append(kept.isEmpty() ? "" : "\n").append(times).append(' ').append(fact));
            store.put(key, kept.isEmpty() ? null : kept.toString());
            findings(key, facts, 1);
        }

        static boolean off(long amount, long expected) {
            return Math.abs(amount - expected) * 20 > expected;
        }
    }

    /** A shipment: billed against expected, reached against due, shares of its costs. */
    static final class Shipments extends Dossier {
        Shipments() {
            super("shipments");
        }

        @Override
        void findings(String shipment, Map<String, Integer> facts, int sign) {
            Map<String, Long> expected = new TreeMap<>();
            Map<String, Long> billed = new TreeMap<>();
            Map<String, Long> costs = new TreeMap<>();
            Map<String, String> due = new TreeMap<>();
            Map<String, String> reached = new TreeMap<>();
            List<String[]> contents = new ArrayList<>();
            facts.forEach((fact, times) -> {
                String[] field = fact.split("\t", -1);
                switch (field[0]) {
                    case "expected" -> expected.merge(String.join(",", field[1], field[2], field[3]),
                            Long.parseLong(field[4]) * times, Long::sum);
                    case "charge" -> {
                        long amount = Long.parseLong(field[6]) * times;
                        billed.merge(String.join(",", field[4], field[1], field[5]), amount, Long::sum);
                        costs.merge(field[5], amount, Long::sum);
                    }
                    case "plan" -> due.merge(field[1], field[2], (left, right) -> left.compareTo(right) < 0 ? left : right);
                    case "reached" -> reached.putIfAbsent(field[1], field[2]);
                    default -> {
                        for (int time = 0; time < times; time++) {
                            contents.add(field);
                        }
                    }
                }
            });
            billed.forEach((key, amount) -> {
                long wanted = expected.getOrDefault(key, 0L);
                if (off(amount, wanted)) {
                    answer("off_charges", shipment + "," + key + "," + amount + "," + wanted, sign);
                }
            });
            due.forEach((milestone, at) -> {
                String when = reached.get(milestone);
                if (when != null && when.compareTo(at) > 0) {
                    answer("late_milestones", String.join(",", shipment, milestone, at, when), sign);
                }
            });
            long total = contents.stream().mapToLong(line -> Long.parseLong(line[3])).sum();
            costs.forEach((currency, cost) -> contents.forEach(line -> tell(sign,
                    Event.cost("actual", line[1], line[2], currency, cost * Long.parseLong(line[3]) / total))));
        }
    }

    /** An order line in one currency: actual against estimate. */
    static final class OrderLines extends Dossier {
        OrderLines() {
            super("order_lines");
        }

        @Override
        void findings(String line, Map<String, Integer> facts, int sign) {
            long[] sums = new long[2];
            boolean[] known = new boolean[2];
            facts.forEach((fact, times) -> {
                String[] field = fact.split("\t");
                int which = field[0].equals("estimate") ? 0 : 1;
                known[which] = true;
                sums[which] += Long.parseLong(field[1]) * times;
            });
            if (known[0] && known[1] && off(sums[1], sums[0])) {
                answer("landed_cost_variance", line + "," + sums[0] + "," + sums[1] + "," + (sums[1] - sums[0]), sign);
            }
        }
    }
}
