package peers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** An event, the key of its document, and the facts that follow from the document. */
record Event(JsonNode json) {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final List<String> ESTIMATES =
            List.of("freight", "insurance", "duty", "fees", "brokerage", "handling", "other");

    /** Of two versions of a document the greater counts. */
    static final Comparator<Event> VERSION = Comparator.<Event>comparingLong(event -> event.json.path("revision").asLong())
            .thenComparing(Event::recordedAt)
            .thenComparing(event -> event.text("source"))
            .thenComparing(event -> event.text("event_id"));

    /** A fact for the stage and key it is for. */
    record Told(String stage, String key, String fact) {}

    static Event parse(String line) {
        try {
            return new Event(MAPPER.readTree(line));
        } catch (JsonProcessingException error) {
            throw new IllegalArgumentException(error);
        }
    }

    /** The key of the document; null for types that no question needs. */
    String key() {
        JsonNode data = json.path("data");
        String type = text("type");
        return switch (type) {
            case "shipment" -> type + "|" + text(data, "shipment_id");
            case "milestone" -> type + "|" + text("source") + "|" + text(data, "milestone_id");
            case "invoice" -> type + "|" + text(data, "issuer") + "|" + text(data, "invoice_no");
            case "charge_code" -> type + "|" + text(data, "issuer") + "|" + text(data, "partner_code");
            case "order" -> type + "|" + text(data, "order_id");
            case "declaration" -> type + "|" + text(data, "declaration_id");
            default -> null;
        };
    }

    /** What follows from the document; nothing when it is withdrawn. */
    List<Told> facts() {
        List<Told> facts = new ArrayList<>();
        if (json.path("retracted").asBoolean()) {
            return facts;
        }
        JsonNode data = json.path("data");
        switch (text("type")) {
            case "shipment" -> shipment(data, facts);
            case "milestone" -> milestone(data, facts);
            case "invoice" -> invoice(data, facts);
            case "charge_code" -> facts.add(new Told("codes", text(data, "issuer") + "|" + text(data, "partner_code"),
                    Facts.fact("right", text(data, "code"))));
            case "order" -> order(data, facts);
            default -> declaration(data, facts);
        }
        return facts;
    }

    private static void shipment(JsonNode data, List<Told> facts) {
        if (text(data, "status").equals("cancelled")) {
            return;
        }
        String id = text(data, "shipment_id");
        facts.add(new Told("names", name("shipment", id), Facts.fact("right", id)));
        for (JsonNode one : data.path("identifiers")) {
            facts.add(new Told("names", name(one), Facts.fact("right", id)));
        }
        for (JsonNode charge : data.path("charges")) {
            String payee = charge.hasNonNull("payee") ? text(charge, "payee") : text(data, "carrier");
            facts.add(new Told("shipments", id, Facts.fact("expected", text(charge, "code"), payee,
                    text(charge, "currency"), mills(charge, "amount"))));
        }
        for (JsonNode plan : data.path("plan")) {
            facts.add(new Told("shipments", id, Facts.fact("plan", text(plan, "milestone"), text(plan, "at"))));
        }
        for (JsonNode line : data.path("contents")) {
            facts.add(new Told("shipments", id, Facts.fact("content", text(line, "order_id"),
                    text(line, "line_no"), text(line, "quantity"))));
        }
    }

    private static void milestone(JsonNode data, List<Told> facts) {
        if (text(data, "classifier").equals("actual")) {
            String reached = Facts.fact("left", "reached", text(data, "milestone"), text(data, "at"));
            facts.add(new Told("names", name(data.path("ref")), reached));
        }
    }

    private static void invoice(JsonNode data, List<Told> facts) {
        JsonNode first = data.path("refs").path(0);
        String issuer = text(data, "issuer");
        for (JsonNode line : data.path("lines")) {
            String code = text(line, "code");
            facts.add(new Told("codes", issuer + "|" + code, Facts.fact("left", first.isMissingNode() ? "" : name(first),
                    issuer, text(data, "invoice_no"), text(line, "line_no"), code, text(data, "currency"),
                    mills(line, "amount"))));
        }
    }

    private static void order(JsonNode data, List<Told> facts) {
        for (JsonNode line : data.path("lines")) {
            if (!text(data, "status").equals("cancelled") && line.hasNonNull("estimates")) {
                long estimate = 0;
                for (String part : ESTIMATES) {
                    estimate += mills(line.path("estimates"), part);
                }
                facts.add(cost("estimate", text(data, "order_id"), text(line, "line_no"), text(data, "currency"), estimate));
            }
        }
    }

    private static void declaration(JsonNode data, List<Told> facts) {
        for (JsonNode line : data.path("lines")) {
            if (text(data, "kind").equals("import") && line.hasNonNull("order_id")) {
                facts.add(cost("actual", text(line, "order_id"), text(line, "order_line_no"), text(data, "currency"),
                        mills(line, "duty") + mills(line, "fees")));
            }
        }
    }

    static Told cost(String kind, String order, String line, String currency, long amount) {
        return new Told("order_lines", order + "," + line + "," + currency, Facts.fact(kind, amount));
    }

    private String recordedAt() {
        String time = json.hasNonNull("recorded_at") ? text("recorded_at") : text("occurred_at");
        return time.replace("Z", "");
    }

    private String text(String field) {
        return text(json, field);
    }

    private static String text(JsonNode node, String field) {
        return node.path(field).asText();
    }

    private static String name(JsonNode one) {
        return name(text(one, "type"), text(one, "value"));
    }

    private static String name(String type, String value) {
        StringBuilder name = new StringBuilder(type).append(':');
        value.chars().filter(letter -> letter < 128 && Character.isLetterOrDigit(letter)).forEach(name::appendCodePoint);
        return type + name.substring(type.length()).toUpperCase(Locale.ROOT);
    }

    /** An amount in thousandths of the currency; nothing is zero. */
    private static long mills(JsonNode node, String field) {
        return node.hasNonNull(field) ? new BigDecimal(text(node, field)).movePointRight(3).longValueExact() : 0;
    }
}
