CREATE TEMPORARY TABLE source_events (
    `type` STRING, source STRING, event_id STRING, revision BIGINT, occurred_at STRING, recorded_at STRING,
    retracted BOOLEAN,
    data ROW<
        shipment_id STRING, carrier STRING, status STRING,
        identifiers ARRAY<ROW<`type` STRING, `value` STRING>>,
        contents ARRAY<ROW<order_id STRING, line_no INT, quantity BIGINT>>,
        plan ARRAY<ROW<milestone STRING, `at` STRING>>,
        charges ARRAY<ROW<code STRING, amount DECIMAL(18, 3), currency STRING, payee STRING>>,
        milestone_id STRING, `ref` ROW<`type` STRING, `value` STRING>, milestone STRING, `classifier` STRING, `at` STRING,
        issuer STRING, invoice_no STRING, currency STRING, refs ARRAY<ROW<`type` STRING, `value` STRING>>,
        partner_code STRING, code STRING, order_id STRING, declaration_id STRING, kind STRING,
        lines ARRAY<ROW<line_no INT, code STRING, amount DECIMAL(18, 3), order_id STRING, order_line_no INT,
            duty DECIMAL(18, 3), fees DECIMAL(18, 3),
            estimates ROW<freight DECIMAL(18, 3), insurance DECIMAL(18, 3), duty DECIMAL(18, 3), fees DECIMAL(18, 3),
                brokerage DECIMAL(18, 3), handling DECIMAL(18, 3), other DECIMAL(18, 3)>>>>
) WITH
