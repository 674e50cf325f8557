-- The three questions over the view `events`, which is parsed once.

-- Documents in force: the newest version, unless it withdraws the document.
CREATE TEMPORARY VIEW in_force AS
SELECT `type`, data FROM (
    SELECT *, ROW_NUMBER() OVER (
        PARTITION BY `type`, CASE `type`
            WHEN 'shipment' THEN data.shipment_id
            WHEN 'milestone' THEN source || '|' || data.milestone_id
            WHEN 'invoice' THEN data.issuer || '|' || data.invoice_no
            WHEN 'charge_code' THEN data.issuer || '|' || data.partner_code
            WHEN 'order' THEN data.order_id
            ELSE data.declaration_id END
        ORDER BY COALESCE(revision, 0) DESC, REPLACE(COALESCE(recorded_at, occurred_at), 'Z', '') DESC,
            source DESC, event_id DESC) AS place
    FROM events
    WHERE `type` IN ('shipment', 'milestone', 'invoice', 'charge_code', 'order', 'declaration'))
WHERE place = 1 AND COALESCE(retracted, FALSE) = FALSE;

CREATE TEMPORARY VIEW shipments AS
SELECT data.shipment_id AS shipment_id, data.carrier AS carrier, data.identifiers AS identifiers,
       data.contents AS contents, data.plan AS plan, data.charges AS charges
FROM in_force WHERE `type` = 'shipment' AND data.status <> 'cancelled';

CREATE TEMPORARY VIEW names AS
SELECT name, MIN(shipment_id) AS shipment_id FROM (
    SELECT 'shipment:' || UPPER(REGEXP_REPLACE(shipment_id, '[^A-Za-z0-9]', '')) AS name, shipment_id FROM shipments
    UNION ALL
    SELECT i.`type` || ':' || UPPER(REGEXP_REPLACE(i.`value`, '[^A-Za-z0-9]', '')), shipment_id
    FROM shipments CROSS JOIN UNNEST(identifiers) AS i (`type`, `value`))
GROUP BY name;

CREATE TEMPORARY VIEW charges AS
SELECT l.issuer, l.invoice_no, l.line_no, COALESCE(c.code, l.partner_code) AS code, l.currency, l.amount, n.shipment_id
FROM (
    SELECT data.issuer AS issuer, data.invoice_no AS invoice_no, data.currency AS currency, x.line_no,
           x.code AS partner_code, CAST(x.amount * 1000 AS BIGINT) AS amount,
           data.refs[1].`type` || ':' || UPPER(REGEXP_REPLACE(data.refs[1].`value`, '[^A-Za-z0-9]', '')) AS name
    FROM in_force CROSS JOIN UNNEST(in_force.data.lines)
        AS x (line_no, code, amount, order_id, order_line_no, duty, fees, estimates)
    WHERE `type` = 'invoice') l
LEFT JOIN (
    SELECT data.issuer AS issuer, data.partner_code AS partner_code, data.code AS code
    FROM in_force WHERE `type` = 'charge_code') c
    ON c.issuer = l.issuer AND c.partner_code = l.partner_code
LEFT JOIN names n ON n.name = l.name;

CREATE TEMPORARY VIEW unmatched_charges AS
SELECT issuer, invoice_no, line_no, code, amount FROM charges WHERE shipment_id IS NULL;

CREATE TEMPORARY VIEW off_charges AS
SELECT b.shipment_id, b.code, b.issuer, b.currency, b.amount AS billed, COALESCE(e.amount, 0) AS expected
FROM (
    SELECT shipment_id, code, issuer, currency, SUM(amount) AS amount
    FROM charges WHERE shipment_id IS NOT NULL GROUP BY shipment_id, code, issuer, currency) b
LEFT JOIN (
    SELECT shipment_id, x.code, COALESCE(x.payee, carrier) AS issuer, x.currency,
           SUM(CAST(x.amount * 1000 AS BIGINT)) AS amount
    FROM shipments CROSS JOIN UNNEST(shipments.charges) AS x (code, amount, currency, payee)
    GROUP BY shipment_id, x.code, COALESCE(x.payee, carrier), x.currency) e
    ON e.shipment_id = b.shipment_id AND e.code = b.code AND e.issuer = b.issuer AND e.currency = b.currency
WHERE ABS(b.amount - COALESCE(e.amount, 0)) * 20 > COALESCE(e.amount, 0);

CREATE TEMPORARY VIEW late_milestones AS
SELECT r.shipment_id, r.milestone, p.due, r.reached
FROM (
    SELECT n.shipment_id, m.milestone, MIN(m.reached) AS reached
    FROM (
        SELECT data.milestone AS milestone, data.`at` AS reached,
               data.`ref`.`type` || ':' || UPPER(REGEXP_REPLACE(data.`ref`.`value`, '[^A-Za-z0-9]', '')) AS name
        FROM in_force WHERE `type` = 'milestone' AND data.`classifier` = 'actual') m
    JOIN names n ON n.name = m.name
    GROUP BY n.shipment_id, m.milestone) r
JOIN (
    SELECT shipment_id, x.milestone, MIN(x.due) AS due
    FROM shipments CROSS JOIN UNNEST(shipments.plan) AS x (milestone, due)
    GROUP BY shipment_id, x.milestone) p
    ON p.shipment_id = r.shipment_id AND p.milestone = r.milestone
WHERE r.reached > p.due;

CREATE TEMPORARY VIEW parts AS
SELECT s.order_id, s.line_no, c.currency, c.amount * s.quantity / s.total AS amount
FROM (
    SELECT shipment_id, x.order_id, x.line_no, x.quantity, TOTAL_QUANTITY(contents) AS total
    FROM shipments CROSS JOIN UNNEST(shipments.contents) AS x (order_id, line_no, quantity)) s
JOIN (
    SELECT shipment_id, currency, SUM(amount) AS amount
    FROM charges WHERE shipment_id IS NOT NULL GROUP BY shipment_id, currency) c
    ON c.shipment_id = s.shipment_id
UNION ALL
SELECT x.order_id, x.order_line_no, data.currency,
       CAST(COALESCE(x.duty, 0) * 1000 AS BIGINT) + CAST(COALESCE(x.fees, 0) * 1000 AS BIGINT)
FROM in_force CROSS JOIN UNNEST(in_force.data.lines)
    AS x (line_no, code, amount, order_id, order_line_no, duty, fees, estimates)
WHERE `type` = 'declaration' AND data.kind = 'import' AND x.order_id IS NOT NULL;

CREATE TEMPORARY VIEW landed_cost_variance AS
SELECT e.order_id, e.line_no, e.currency, e.amount AS estimate, a.amount AS actual, a.amount - e.amount AS variance
FROM (
    SELECT data.order_id AS order_id, x.line_no, data.currency AS currency,
           CAST((COALESCE(x.estimates.freight, 0) + COALESCE(x.estimates.insurance, 0) + COALESCE(x.estimates.duty, 0)
               + COALESCE(x.estimates.fees, 0) + COALESCE(x.estimates.brokerage, 0)
               + COALESCE(x.estimates.handling, 0) + COALESCE(x.estimates.other, 0)) * 1000 AS BIGINT) AS amount
    FROM in_force CROSS JOIN UNNEST(in_force.data.lines)
        AS x (line_no, code, amount, order_id, order_line_no, duty, fees, estimates)
    WHERE `type` = 'order' AND data.status <> 'cancelled' AND x.estimates IS NOT NULL) e
JOIN (
    SELECT order_id, line_no, currency, SUM(amount) AS amount FROM parts GROUP BY order_id, line_no, currency) a
    ON a.order_id = e.order_id AND a.line_no = e.line_no AND a.currency = e.currency
WHERE ABS(a.amount - e.amount) * 20 > e.amount;
