package peers;

import java.util.ArrayList;
import java.util.List;

/**
 * Facts that come (+) and go (-) between the stages of the topology, as text: a line for each change, its fields separated
 * by tabs. One message holds all changes that one cause has for one key.
 */
final class Facts {
    private Facts() {}

    record Change(int sign, String fact) {
        String text() {
            return (sign > 0 ? "+" : "-") + fact;
        }

        String[] fields() {
            return fact.split("\t", -1);
        }
    }

    static String fact(Object... fields) {
        StringBuilder text = new StringBuilder();
        for (Object field : fields) {
            text.append(text.isEmpty() ? "" : "\t").append(field);
        }
        return text.toString();
    }

    static String write(List<Change> changes) {
        StringBuilder text = new StringBuilder();
        for (Change change : changes) {
            text.append(text.isEmpty() ? "" : "\n").append(change.text());
        }
        return text.toString();
    }

    static List<Change> read(String text) {
        List<Change> changes = new ArrayList<>();
        for (String line : text.split("\n")) {
            changes.add(new Change(line.charAt(0) == '+' ? 1 : -1, line.substring(1)));
        }
        return changes;
    }
}
