//! Phrases of clients' questions about the catalog that the query engine cannot plan, each with what it comes to here.
//!
//! They are taken literally from psql and the JDBC driver, and would otherwise fail whole commands (`\d+`) and calls
//! (`getTypeInfo`). One goes when the engine can plan it.

const PHRASES: &[(&str, &str)] = &[
    // psql `\d+`: there are no storage options.
    (
        "pg_catalog.array_to_string(c.reloptions || array(select 'toast.' || x from pg_catalog.unnest(tc.reloptions) x), ', ')",
        "''",
    ),
    // JDBC `getTypeInfo`, psql `\dT`: there are no composite types.
    ("(SELECT c.relkind = 'c' FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid)", "false"),
];

/// A text with such phrases replaced. `class` is the object id of `pg_class`, whose name the engine looks for in
/// `public` only.
pub(super) fn planned(text: &str, class: Option<i32>) -> String {
    let mut planned = text.to_owned();
    // Only questions about the catalog; what an analyst writes is never touched.
    if !text.contains("pg_catalog.") {
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
