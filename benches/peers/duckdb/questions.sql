-- The three questions over the events of one file, from nothing: parse, documents in force, answers.
-- The variables `events` and `out` name the file and the folder of the answers.

CREATE TEMP TABLE events AS
SELECT type, source, event_id, revision, coalesce(recorded_at, occurred_at) AS recorded_at,
       coalesce(retracted, FALSE) AS retracted, data
FROM read_json(getvariable('events'), format = 'newline_delimited', columns = {
    type: 'VARCHAR', source: 'VARCHAR', event_id: 'VARCHAR', revision: 'BIGINT', occurred_at: 'TIMESTAMP',
    recorded_at: 'TIMESTAMP', retracted: 'BOOLEAN', data: 'STRUCT(
        shipment_id VARCHAR, carrier VARCHAR, status VARCHAR,
        identifiers STRUCT(type VARCHAR, value VARCHAR)[],
        contents STRUCT(order_id VARCHAR, line_no INTEGER, quantity BIGINT)[],
        plan STRUCT(milestone VARCHAR, "at" VARCHAR)[],
        charges STRUCT(code VARCHAR, amount DECIMAL(18, 3), currency VARCHAR, payee VARCHAR)[],
        milestone_id VARCHAR, ref STRUCT(type VARCHAR, value VARCHAR), milestone VARCHAR, classifier VARCHAR, "at" VARCHAR,
        issuer VARCHAR, invoice_no VARCHAR, currency VARCHAR, refs STRUCT(type VARCHAR, value VARCHAR)[],
        partner_code VARCHAR, code VARCHAR, order_id VARCHAR, declaration_id VARCHAR, kind VARCHAR,
        lines STRUCT(line_no INTEGER, code VARCHAR, amount DECIMAL(18, 3), order_id VARCHAR, order_line_no INTEGER,
            duty DECIMAL(18, 3), fees DECIMAL(18, 3), estimates STRUCT(freight DECIMAL(18, 3), insurance DECIMAL(18, 3),
            duty DECIMAL(18, 3), fees DECIMAL(18, 3), brokerage DECIMAL(18, 3), handling DECIMAL(18, 3),
            other DECIMAL(18, 3)))[])'})
WHERE type IN ('shipment', 'milestone', 'invoice', 'charge_code', 'order', 'declaration');

CREATE TEMP MACRO name_of(kind, value) AS kind || ':' || upper(regexp_replace(value, '[^A-Za-z0-9]', '', 'g'));
CREATE TEMP MACRO mills(amount) AS coalesce(CAST(amount * 1000 AS BIGINT), 0);

-- Documents in force: the newest version, unless it withdraws the document.
CREATE TEMP TABLE in_force AS
SELECT * FROM (
    SELECT * FROM events
    QUALIFY row_number() OVER (
        PARTITION BY type, CASE type
            WHEN 'shipment' THEN [data.shipment_id]
            WHEN 'milestone' THEN [source, data.milestone_id]
            WHEN 'invoice' THEN [data.issuer, data.invoice_no]
            WHEN 'charge_code' THEN [data.issuer, data.partner_code]
            WHEN 'order' THEN [data.order_id]
            ELSE [data.declaration_id] END
        ORDER BY revision DESC, recorded_at DESC, source DESC, event_id DESC) = 1)
WHERE NOT retracted;

CREATE TEMP VIEW shipments AS SELECT data.* FROM in_force WHERE type = 'shipment' AND data.status <> 'cancelled';

CREATE TEMP TABLE names AS
SELECT name, min(shipment_id) AS shipment_id FROM (
    SELECT name_of('shipment', shipment_id) AS name, shipment_id FROM shipments
    UNION ALL
    SELECT name_of(i.type, i.value), shipment_id FROM (SELECT shipment_id, unnest(identifiers) AS i FROM shipments))
GROUP BY name;

CREATE TEMP TABLE charges AS
WITH lines AS (
    SELECT data.issuer, data.invoice_no, data.currency, data.refs[1] AS ref, unnest(data.lines) AS line
    FROM in_force WHERE type = 'invoice'),
codes AS (SELECT data.issuer, data.partner_code, data.code FROM in_force WHERE type = 'charge_code')
SELECT l.issuer, l.invoice_no, l.line.line_no AS line_no, coalesce(c.code, l.line.code) AS code, l.currency,
       mills(l.line.amount) AS amount, n.shipment_id
FROM lines l
LEFT JOIN codes c ON c.issuer = l.issuer AND c.partner_code = l.line.code
LEFT JOIN names n ON n.name = name_of(l.ref.type, l.ref.value);

COPY (SELECT issuer, invoice_no, line_no, code, amount FROM charges WHERE shipment_id IS NULL)
TO (getvariable('out') || '/unmatched_charges.csv') (HEADER FALSE, QUOTE '');

COPY (
    WITH expected AS (
        SELECT shipment_id, c.code, coalesce(c.payee, carrier) AS issuer, c.currency, sum(mills(c.amount)) AS amount
        FROM (SELECT shipment_id, carrier, unnest(charges) AS c FROM shipments) GROUP BY ALL),
    billed AS (
        SELECT shipment_id, code, issuer, currency, sum(amount) AS amount
        FROM charges WHERE shipment_id IS NOT NULL GROUP BY ALL)
    SELECT shipment_id, code, issuer, currency, b.amount, coalesce(e.amount, 0) AS expected
    FROM billed b LEFT JOIN expected e USING (shipment_id, code, issuer, currency)
    WHERE abs(b.amount - coalesce(e.amount, 0)) * 20 > coalesce(e.amount, 0))
TO (getvariable('out') || '/off_charges.csv') (HEADER FALSE, QUOTE '');

COPY (
    WITH plan AS (
        SELECT shipment_id, p.milestone, min(p."at") AS due
        FROM (SELECT shipment_id, unnest(plan) AS p FROM shipments) GROUP BY ALL),
    reached AS (
        SELECT n.shipment_id, m.data.milestone, min(m.data."at") AS reached_at
        FROM in_force m JOIN names n ON n.name = name_of(m.data.ref.type, m.data.ref.value)
        WHERE m.type = 'milestone' AND m.data.classifier = 'actual' GROUP BY ALL)
    SELECT shipment_id, milestone, due, reached_at FROM reached JOIN plan USING (shipment_id, milestone) WHERE reached_at > due)
TO (getvariable('out') || '/late_milestones.csv') (HEADER FALSE, QUOTE '');

COPY (
    WITH cost AS (
        SELECT shipment_id, currency, sum(amount) AS amount
        FROM charges WHERE shipment_id IS NOT NULL GROUP BY ALL),
    contents AS (
        SELECT shipment_id, c.order_id, c.line_no, c.quantity, total
        FROM (SELECT shipment_id, unnest(contents) AS c, list_sum(list_transform(contents, lambda x: x.quantity)) AS total
              FROM shipments)),
    parts AS (
        SELECT order_id, line_no, currency, CAST(amount * quantity // total AS BIGINT) AS amount
        FROM contents JOIN cost USING (shipment_id)
        UNION ALL
        SELECT l.order_id, l.order_line_no, currency, mills(l.duty) + mills(l.fees)
        FROM (SELECT data.currency, unnest(data.lines) AS l FROM in_force
              WHERE type = 'declaration' AND data.kind = 'import')
        WHERE l.order_id IS NOT NULL),
    actual AS (SELECT order_id, line_no, currency, sum(amount) AS amount FROM parts GROUP BY ALL),
    estimate AS (
        SELECT order_id, l.line_no, currency,
               mills(l.estimates.freight) + mills(l.estimates.insurance) + mills(l.estimates.duty)
               + mills(l.estimates.fees) + mills(l.estimates.brokerage) + mills(l.estimates.handling)
               + mills(l.estimates.other) AS amount
        FROM (SELECT data.order_id, data.currency, unnest(data.lines) AS l FROM in_force
              WHERE type = 'order' AND data.status <> 'cancelled')
        WHERE l.estimates IS NOT NULL)
    SELECT order_id, line_no, currency, e.amount AS estimate, a.amount AS actual, a.amount - e.amount AS variance
    FROM estimate e JOIN actual a USING (order_id, line_no, currency)
    WHERE abs(a.amount - e.amount) * 20 > e.amount)
TO (getvariable('out') || '/landed_cost_variance.csv') (HEADER FALSE, QUOTE '');
