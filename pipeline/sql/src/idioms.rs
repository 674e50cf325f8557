//! Phrases of clients' questions about the catalog that the query engine cannot plan, each with what it comes to here.
//!
//! They are taken literally from psql, the JDBC driver and Npgsql, and would otherwise fail whole commands (`\d+`), calls
//! (`getTypeInfo`) and connections. One goes when the engine can plan it.

const PHRASES: &[(&str, &str)] = &[
    // psql `\d+`: there are no storage options.
    (
        "pg_catalog.array_to_string(c.reloptions || array(select 'toast.' || x from pg_catalog.unnest(tc.reloptions) x), ', ')",
        "''",
    ),
    // psql `\dy`: there are no event triggers.
    ("pg_catalog.array_to_string(array(select x from pg_catalog.unnest(evttags) as t(x)), ', ')", "''"),
    // JDBC `getTypeInfo`, psql `\dT`: there are no composite types.
    ("(SELECT c.relkind = 'c' FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid)", "false"),
    // JDBC `getPrimaryKeys`, `getIndexInfo`, `getBestRowIdentifier`: the members of a key with their numbers. Lists that
    // are unnested beside each other stay beside each other.
    (
        "(information_schema._pg_expandarray(con.conkey)).n",
        "unnest(generate_series(1, array_length(con.conkey)::bigint))",
    ),
    ("information_schema._pg_expandarray(con.conkey)", "unnest(con.conkey)"),
    ("(information_schema._pg_expandarray(i.indkey)).n", "unnest(generate_series(1, i.indnkeyatts::bigint))"),
    ("information_schema._pg_expandarray(i.indkey)", "unnest(string_to_array(i.indkey, ' '))"),
    ("(result.KEYS).x", "result.KEYS::int"),
    ("(i.keys).x", "i.keys::int"),
    // psql `\d` of an index: no constraint can be deferred.
    (
        "EXISTS (SELECT 1 FROM pg_catalog.pg_constraint WHERE conrelid = i.indrelid AND conindid = i.indexrelid AND contype IN ('p','u','x') AND condeferrable)",
        "false",
    ),
    (
        "EXISTS (SELECT 1 FROM pg_catalog.pg_constraint WHERE conrelid = i.indrelid AND conindid = i.indexrelid AND contype IN ('p','u','x') AND condeferred)",
        "false",
    ),
    // Npgsql, when it connects: a type has one range at most, which the engine cannot know.
    (
        "(SELECT rngtypid FROM pg_range WHERE rngmultitypid = typ.oid)",
        "(SELECT max(rngtypid) FROM pg_range WHERE rngmultitypid = typ.oid)",
    ),
    // JDBC `getIndexInfo`: every column of an index ascends.
    ("tmp.I_INDOPTION[tmp.ORDINAL_POSITION - 1] & 1::smallint", "0"),
];

/// A text with such phrases replaced. `class` is the object id of `pg_class`, whose name the engine looks for in
/// `public` only.
pub(super) fn planned(text: &str, class: Option<i32>) -> String {
    let mut planned = text.to_owned();
    // Only questions about the catalog; what an analyst writes is never touched.
    if !text.contains("pg_") {
        return planned;
    }
    for (phrase, meaning) in PHRASES {
        planned = planned.replace(phrase, meaning);
    }
    match class {
        Some(class) => planned.replace("'pg_class'::regclass", &class.to_string()),
        None => planned,
    }
}
