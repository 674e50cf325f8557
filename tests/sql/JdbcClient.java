// Asks the SQL server with PostgreSQL's JDBC driver: what tools read of the catalog, parameters, fetch sizes, errors.

import java.math.BigDecimal;
import java.sql.*;
import java.time.*;
import java.util.*;

public class JdbcClient {
    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        properties.setProperty("user", "analyst");
        // Statements are prepared by name, and answered in binary, from the first time on.
        properties.setProperty("prepareThreshold", "-1");
        try (Connection connection = DriverManager.getConnection(arguments[0], properties)) {
            metadata(connection);
            parameters(connection);
            fetched(connection);
            refused(connection);
        }
        System.out.println("jdbc: ok");
    }

    static void metadata(Connection connection) throws SQLException {
        DatabaseMetaData metadata = connection.getMetaData();
        check(metadata.getDatabaseProductName().equals("PostgreSQL"), metadata.getDatabaseProductName());
        Map<String, String> tables = new TreeMap<>();
        try (ResultSet rows = metadata.getTables(null, "public", "%", new String[] {"TABLE"})) {
            while (rows.next()) tables.put(rows.getString("TABLE_NAME"), rows.getString("REMARKS"));
        }
        check(tables.size() == 15, tables.toString());
        check("Every billed charge against what was expected".equals(tables.get("freight_charges")), tables.toString());
        Map<String, Integer> columns = new TreeMap<>();
        Map<String, String> remarks = new TreeMap<>();
        try (ResultSet rows = metadata.getColumns(null, "public", "freight_charges", "%")) {
            while (rows.next()) {
                columns.put(rows.getString("COLUMN_NAME"), rows.getInt("DATA_TYPE"));
                remarks.put(rows.getString("COLUMN_NAME"), rows.getString("REMARKS"));
            }
        }
        check(columns.get("amount") == Types.NUMERIC && columns.get("line_no") == Types.BIGINT, columns.toString());
        check(columns.get("issued_on") == Types.DATE && columns.get("issuer") == Types.VARCHAR, columns.toString());
        check("Canonical charge code.".equals(remarks.get("code")), remarks.toString());
        List<String> schemas = new ArrayList<>();
        try (ResultSet rows = metadata.getSchemas()) {
            while (rows.next()) schemas.add(rows.getString("TABLE_SCHEM"));
        }
        check(schemas.contains("public"), schemas.toString());
        List<String> key = new ArrayList<>();
        try (ResultSet rows = metadata.getPrimaryKeys(null, "public", "freight_charges")) {
            while (rows.next()) key.add(rows.getInt("KEY_SEQ") + " " + rows.getString("COLUMN_NAME"));
        }
        check(key.equals(List.of("1 issuer", "2 invoice_no", "3 line_no")), key.toString());
        List<String> indexed = new ArrayList<>();
        try (ResultSet rows = metadata.getIndexInfo(null, "public", "freight_charges", true, true)) {
            while (rows.next()) {
                check(!rows.getBoolean("NON_UNIQUE"), "a unique index");
                check("freight_charges_pkey".equals(rows.getString("INDEX_NAME")), rows.getString("INDEX_NAME"));
                indexed.add(rows.getInt("ORDINAL_POSITION") + " " + rows.getString("COLUMN_NAME"));
            }
        }
        check(indexed.equals(key), indexed.toString());
        int best = 0;
        try (ResultSet rows = metadata.getBestRowIdentifier(null, "public", "freight_charges", 0, true)) {
            while (rows.next()) best++;
        }
        check(best == 3, best + " columns tell rows apart");
        try (ResultSet rows = metadata.getImportedKeys(null, "public", "kpis")) { check(!rows.next(), "a foreign key"); }
        try (ResultSet rows = metadata.getExportedKeys(null, "public", "kpis")) { check(!rows.next(), "a foreign key"); }
        try (ResultSet rows = metadata.getProcedures(null, "public", "%")) { check(!rows.next(), "a procedure"); }
        List<String> functions = new ArrayList<>();
        try (ResultSet rows = metadata.getFunctions(null, "public", "%")) {
            while (rows.next()) functions.add(rows.getString("FUNCTION_NAME"));
        }
        check(
            functions.equals(List.of("landfall_age_bucket", "landfall_age_days", "landfall_now", "landfall_tick")),
            functions.toString());
        try (ResultSet rows = metadata.getTablePrivileges(null, "public", "kpis")) { rows.next(); }
        try (ResultSet rows = metadata.getColumnPrivileges(null, "public", "kpis", "%")) { rows.next(); }
        try (ResultSet rows = metadata.getVersionColumns(null, "public", "kpis")) { rows.next(); }
        try (ResultSet rows = metadata.getCatalogs()) { check(rows.next(), "a catalog"); }
        try (ResultSet rows = metadata.getTypeInfo()) { check(rows.next(), "a type"); }
        try (ResultSet rows = metadata.getTableTypes()) { check(rows.next(), "a table type"); }
    }

    static void parameters(Connection connection) throws SQLException {
        String sql = "SELECT count(*) FROM freight_charges WHERE issuer <> ? AND line_no >= ? AND amount > ?"
            + " AND issued_on > ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int times = 0; times < 6; times++) {
                statement.setString(1, "nobody");
                statement.setLong(2, 1);
                statement.setBigDecimal(3, new BigDecimal("0.01"));
                statement.setObject(4, LocalDate.of(2020, 1, 1));
                try (ResultSet rows = statement.executeQuery()) {
                    check(rows.next() && rows.getLong(1) > 0, "charges");
                }
            }
        }
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT since, amount_base, detail FROM exceptions WHERE since < ? AND category = ?")) {
            statement.setObject(1, OffsetDateTime.of(2030, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC));
            statement.setString(2, "freight_charge");
            try (ResultSet rows = statement.executeQuery()) {
                check(rows.next(), "an exception");
                check(rows.getObject(1, OffsetDateTime.class) != null, "a time");
                check(rows.getBigDecimal(2) == null || rows.getBigDecimal(2).scale() == 4, "four decimals");
            }
        }
    }

    static void fetched(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            long count = 0;
            try (ResultSet rows = statement.executeQuery("SELECT count(*) FROM shipment_timeline")) {
                rows.next();
                count = rows.getLong(1);
            }
            statement.setFetchSize(100);
            long seen = 0;
            try (ResultSet rows = statement.executeQuery("SELECT * FROM shipment_timeline")) {
                while (rows.next()) seen++;
            }
            check(seen == count, seen + " of " + count);
            statement.setMaxRows(7);
            try (ResultSet rows = statement.executeQuery("SELECT * FROM shipment_timeline")) {
                seen = 0;
                while (rows.next()) seen++;
            }
            check(seen == 7, "seven rows, not " + seen);
        }
        connection.commit();
        connection.setAutoCommit(true);
    }

    static void refused(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("DELETE FROM kpis");
            check(false, "a view was changed");
        } catch (SQLException error) {
            check("25006".equals(error.getSQLState()), error.toString());
        }
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            statement.executeQuery("SELECT count(*) FROM generate_series(1, 100000000) a, generate_series(1, 100000000) b");
            check(false, "an endless query ended");
        } catch (SQLException error) {
            check("57014".equals(error.getSQLState()), error.toString());
        }
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery("SELECT 1")) {
            check(rows.next(), "one");
        }
    }

    static void check(boolean holds, String what) {
        if (!holds) throw new AssertionError(what);
    }
}
