package peers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.StatementSet;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;

/**
 * The three questions in Flink SQL: {@code Questions SOURCE WORKERS STATE [live]}. The source is a file of JSON lines or
 * {@code kafka://HOST:PORT/TOPIC}, the state {@code hashmap} or {@code rocksdb}. Changes of the answers are printed. It ends
 * where the source ended at the start; {@code live} goes on, and gathers records for 100 ms in place of a second.
 */
public final class Questions {
    private static final List<String> ANSWERS =
            List.of("unmatched_charges", "off_charges", "late_milestones", "landed_cost_variance");

    private Questions() {}

    public static void main(String[] arguments) throws Exception {
        boolean live = arguments.length > 3 && arguments[3].equals("live");
        StreamExecutionEnvironment stream =
                StreamExecutionEnvironment.getExecutionEnvironment(settings(arguments[1], arguments[2], live));
        StreamTableEnvironment tables = StreamTableEnvironment.create(stream);
        tables.createTemporarySystemFunction("TOTAL_QUANTITY", TotalQuantity.class);
        tables.executeSql(resource("source.sql") + connector(arguments[0], live));
        parseOnce(tables);
        for (String statement : resource("questions.sql").split(";")) {
            if (!statement.isBlank()) {
                tables.executeSql(statement);
            }
        }
        StatementSet answers = tables.createStatementSet();
        for (String answer : ANSWERS) {
            Table table = tables.from(answer);
            String columns = table.getResolvedSchema().getColumns().stream()
                    .map(column -> "`" + column.getName() + "` " + column.getDataType().getLogicalType())
                    .map(column -> column.replace(" NOT NULL", ""))
                    .reduce((left, right) -> left + ", " + right)
                    .orElseThrow();
            tables.executeSql("CREATE TEMPORARY TABLE printed_" + answer + " (" + columns
                    + ") WITH ('connector' = 'print', 'print-identifier' = '" + answer + "')");
            answers.addInsert("printed_" + answer, table);
        }
        answers.execute().await();
    }

    /**
     * Without the way over a stream the planner would read and parse the source once for each type of document, because each
     * needs other fields.
     */
    private static void parseOnce(StreamTableEnvironment tables) {
        Table source = tables.from("source_events");
        DataType rows = source.getResolvedSchema().toSourceRowDataType().bridgedTo(RowData.class);
        DataStream<RowData> parsed = tables.toDataStream(source, rows);
        tables.createTemporaryView("events", tables.fromDataStream(parsed));
    }

    private static Configuration settings(String workers, String state, boolean live) {
        Configuration settings = new Configuration();
        settings.setString("parallelism.default", workers);
        settings.setString("state.backend.type", state);
        settings.setString("rest.bind-port", "0");
        settings.setString("taskmanager.memory.managed.size", "512m");
        settings.setString("taskmanager.memory.network.max", "256m");
        settings.setString("taskmanager.memory.network.min", "256m");
        settings.setString("table.exec.mini-batch.enabled", "true");
        settings.setString("table.exec.mini-batch.allow-latency", live ? "100 ms" : "1 s");
        settings.setString("table.exec.mini-batch.size", "20000");
        settings.setString("pipeline.object-reuse", "true");
        return settings;
    }

    private static String connector(String source, boolean live) {
        if (!source.startsWith("kafka://")) {
            return "('connector' = 'filesystem', 'path' = '" + source + "', 'format' = 'json')";
        }
        String[] parts = source.substring("kafka://".length()).split("/");
        return "('connector' = 'kafka', 'properties.bootstrap.servers' = '" + parts[0] + "', 'topic' = '" + parts[1]
                + "', 'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = '" + (live ? "unbounded" : "latest-offset")
                + "', 'format' = 'json')";
    }

    private static String resource(String name) throws IOException {
        try (var stream = Questions.class.getResourceAsStream("/" + name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8).replaceAll("(?m)^--.*$", "");
        }
    }
}
