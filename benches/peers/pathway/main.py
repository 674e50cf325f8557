"""The three questions in Pathway: `main.py EVENTS.jsonl OUT`, with PATHWAY_THREADS workers.

The file is read in Pathway's static mode: one batch, which is the kindest to it.
"""

import csv
import sys
from collections import Counter
from functools import reduce
from operator import or_
from pathlib import Path

import pathway as pw

TYPES = ("shipment", "milestone", "invoice", "charge_code", "order", "declaration")
ESTIMATES = ("freight", "insurance", "duty", "fees", "brokerage", "handling", "other")


class Event(pw.Schema):
    type: str
    source: str
    event_id: str
    occurred_at: str
    recorded_at: str | None = pw.column_definition(default_value=None)
    revision: int = pw.column_definition(default_value=0)
    retracted: bool = pw.column_definition(default_value=False)
    data: pw.Json


def text(value: pw.ColumnExpression, name: str) -> pw.ColumnExpression:
    """A text that must be there."""
    return pw.unwrap(value[name].as_str())


def mills(value: pw.ColumnExpression, name: str) -> pw.ColumnExpression:
    """An amount in thousandths of the currency; nothing is zero. Amounts are far below 2^53 thousandths."""
    amount = pw.coalesce(value.get(name).as_str(), "0")
    return pw.cast(int, (amount.str.parse_float() * 1000).num.round(0))


def name_of(value: pw.ColumnExpression) -> pw.ColumnExpression:
    """What an identifier compares by. The generator writes no other separators than these two."""
    letters = text(value, "value").str.replace("-", "").str.replace(" ", "").str.upper()
    return text(value, "type") + ":" + letters


def in_force(events: pw.Table) -> pw.Table:
    """The newest version of every document, unless it withdraws it."""
    data = pw.this.data
    versions = events.filter(reduce(or_, (pw.this.type == kind for kind in TYPES))).select(
        pw.this.type,
        pw.this.data,
        pw.this.retracted,
        key=pw.make_tuple(
            pw.this.type,
            pw.if_else(pw.this.type == "milestone", pw.this.source, ""),
            data.get("milestone_id").as_str(),
            data.get("declaration_id").as_str(),
            data.get("shipment_id").as_str(),
            data.get("order_id").as_str(),
            data.get("issuer").as_str(),
            data.get("invoice_no").as_str(),
            data.get("partner_code").as_str(),
        ),
        version=pw.make_tuple(
            pw.this.revision,
            pw.coalesce(pw.this.recorded_at, pw.this.occurred_at).str.replace("Z", ""),
            pw.this.source,
            pw.this.event_id,
        ),
    )
    newest = versions.groupby(pw.this.key).reduce(winner=pw.reducers.argmax(pw.this.version))
    return newest.select(
        type=versions.ix(pw.this.winner).type,
        data=versions.ix(pw.this.winner).data,
        retracted=versions.ix(pw.this.winner).retracted,
    ).filter(~pw.this.retracted)


def documents(everything: pw.Table, kind: str) -> pw.Table:
    return everything.filter(pw.this.type == kind).select(pw.this.data)


def names_of(shipments: pw.Table) -> pw.Table:
    """Every name with the smallest shipment that claims it."""
    own = shipments.select(name="shipment:" + pw.this.shipment_id.str.replace("-", "").str.upper(), means=pw.this.shipment_id)
    listed = shipments.select(pw.this.shipment_id, one=pw.this.data.get("identifiers")).filter(pw.this.one.is_not_none())
    listed = listed.flatten(pw.this.one).select(name=name_of(pw.this.one), means=pw.this.shipment_id)
    claims = pw.Table.concat_reindex(own, listed)
    return claims.groupby(pw.this.name).reduce(pw.this.name, shipment_id=pw.reducers.min(pw.this.means))


def charges_of(everything: pw.Table, names: pw.Table) -> pw.Table:
    """Every invoice line with its canonical code and the shipment it is for."""
    codes = documents(everything, "charge_code").select(
        issuer=text(pw.this.data, "issuer"),
        partner_code=text(pw.this.data, "partner_code"),
        code=text(pw.this.data, "code"),
    )
    lines = documents(everything, "invoice").select(pw.this.data, line=pw.this.data["lines"]).flatten(pw.this.line)
    first = pw.this.data.get("refs", default=pw.Json([])).get(0, default=pw.Json({}))
    lines = lines.select(
        issuer=text(pw.this.data, "issuer"),
        invoice_no=text(pw.this.data, "invoice_no"),
        currency=text(pw.this.data, "currency"),
        kind=first.get("type").as_str(),
        value=first.get("value").as_str(),
        line_no=pw.unwrap(pw.this.line["line_no"].as_int()),
        partner_code=text(pw.this.line, "code"),
        amount=mills(pw.this.line, "amount"),
    ).select(
        *pw.this.without("kind", "value"),
        name=pw.coalesce(pw.this.kind, "")
        + ":"
        + pw.coalesce(pw.this.value, "").str.replace("-", "").str.replace(" ", "").str.upper(),
    )
    coded = lines.join_left(codes, pw.left.issuer == pw.right.issuer, pw.left.partner_code == pw.right.partner_code).select(
        *pw.left.without("partner_code"), code=pw.coalesce(pw.right.code, pw.left.partner_code)
    )
    return coded.join_left(names, pw.left.name == pw.right.name).select(*pw.left.without("name"), shipment_id=pw.right.shipment_id)


def off_charges(shipments: pw.Table, matched: pw.Table) -> pw.Table:
    expected = shipments.select(pw.this.shipment_id, pw.this.data, charge=pw.this.data.get("charges"))
    expected = expected.filter(pw.this.charge.is_not_none()).flatten(pw.this.charge).select(
        pw.this.shipment_id,
        code=text(pw.this.charge, "code"),
        issuer=pw.coalesce(pw.this.charge.get("payee").as_str(), text(pw.this.data, "carrier")),
        currency=text(pw.this.charge, "currency"),
        amount=mills(pw.this.charge, "amount"),
    )
    billed = matched.groupby(pw.this.shipment_id, pw.this.code, pw.this.issuer, pw.this.currency).reduce(
        pw.this.shipment_id, pw.this.code, pw.this.issuer, pw.this.currency, billed=pw.reducers.sum(pw.this.amount)
    )
    both = billed.join_left(
        expected,
        pw.left.shipment_id == pw.right.shipment_id,
        pw.left.code == pw.right.code,
        pw.left.issuer == pw.right.issuer,
        pw.left.currency == pw.right.currency,
    ).select(*pw.left, expected=pw.coalesce(pw.right.amount, 0))
    difference = pw.this.billed - pw.this.expected
    return both.filter((difference * 20 > pw.this.expected) | (-difference * 20 > pw.this.expected))


def late_milestones(everything: pw.Table, shipments: pw.Table, names: pw.Table) -> pw.Table:
    plan = shipments.select(pw.this.shipment_id, plan=pw.this.data.get("plan")).filter(pw.this.plan.is_not_none())
    plan = plan.flatten(pw.this.plan).select(
        pw.this.shipment_id, milestone=text(pw.this.plan, "milestone"), due=text(pw.this.plan, "at")
    )
    actual = documents(everything, "milestone").filter(text(pw.this.data, "classifier") == "actual")
    actual = actual.select(name=name_of(pw.this.data["ref"]), milestone=text(pw.this.data, "milestone"), at=text(pw.this.data, "at"))
    reached = actual.join(names, pw.left.name == pw.right.name).select(pw.left.milestone, pw.left.at, pw.right.shipment_id)
    reached = reached.groupby(pw.this.shipment_id, pw.this.milestone).reduce(
        pw.this.shipment_id, pw.this.milestone, reached=pw.reducers.min(pw.this.at)
    )
    both = reached.join(plan, pw.left.shipment_id == pw.right.shipment_id, pw.left.milestone == pw.right.milestone).select(
        pw.left.shipment_id, pw.left.milestone, pw.right.due, pw.left.reached
    )
    return both.filter(pw.this.reached > pw.this.due)


def shares_of(shipments: pw.Table, matched: pw.Table) -> pw.Table:
    """The costs of each shipment on the order lines it carries, by quantity."""
    contents = shipments.select(pw.this.shipment_id, line=pw.this.data.get("contents")).filter(pw.this.line.is_not_none())
    contents = contents.flatten(pw.this.line).select(
        pw.this.shipment_id,
        order_id=text(pw.this.line, "order_id"),
        line_no=pw.unwrap(pw.this.line["line_no"].as_int()),
        quantity=text(pw.this.line, "quantity").str.parse_int(),
    )
    totals = contents.groupby(pw.this.shipment_id).reduce(pw.this.shipment_id, total=pw.reducers.sum(pw.this.quantity))
    costs = matched.groupby(pw.this.shipment_id, pw.this.currency).reduce(
        pw.this.shipment_id, pw.this.currency, cost=pw.reducers.sum(pw.this.amount)
    )
    costs = costs.join(totals, pw.left.shipment_id == pw.right.shipment_id).select(*pw.left, pw.right.total)
    product = pw.left.quantity * pw.right.cost
    return contents.join(costs, pw.left.shipment_id == pw.right.shipment_id).select(
        pw.left.order_id,
        pw.left.line_no,
        pw.right.currency,
        # Cut off towards zero.
        amount=pw.if_else(product >= 0, product // pw.right.total, -((-product) // pw.right.total)),
    )


def landed_cost_variance(everything: pw.Table, shipments: pw.Table, matched: pw.Table) -> pw.Table:
    duties = documents(everything, "declaration").filter(text(pw.this.data, "kind") == "import")
    duties = duties.select(currency=text(pw.this.data, "currency"), line=pw.this.data["lines"]).flatten(pw.this.line)
    duties = duties.filter(pw.this.line.get("order_id").as_str().is_not_none()).select(
        order_id=text(pw.this.line, "order_id"),
        line_no=pw.unwrap(pw.this.line["order_line_no"].as_int()),
        currency=pw.this.currency,
        amount=mills(pw.this.line, "duty") + mills(pw.this.line, "fees"),
    )
    parts = pw.Table.concat_reindex(shares_of(shipments, matched), duties)
    actual = parts.groupby(pw.this.order_id, pw.this.line_no, pw.this.currency).reduce(
        pw.this.order_id, pw.this.line_no, pw.this.currency, actual=pw.reducers.sum(pw.this.amount)
    )
    orders = documents(everything, "order").filter(text(pw.this.data, "status") != "cancelled")
    lines = orders.select(pw.this.data, line=pw.this.data["lines"]).flatten(pw.this.line)
    lines = lines.select(pw.this.data, pw.this.line, given=pw.this.line.get("estimates")).filter(pw.this.given.is_not_none())
    estimate = lines.select(
        order_id=text(pw.this.data, "order_id"),
        line_no=pw.unwrap(pw.this.line["line_no"].as_int()),
        currency=text(pw.this.data, "currency"),
        estimate=sum((mills(pw.this.given, name) for name in ESTIMATES[1:]), mills(pw.this.given, ESTIMATES[0])),
    )
    both = estimate.join(
        actual,
        pw.left.order_id == pw.right.order_id,
        pw.left.line_no == pw.right.line_no,
        pw.left.currency == pw.right.currency,
    ).select(*pw.left, pw.right.actual, variance=pw.right.actual - pw.left.estimate)
    return both.filter((pw.this.variance * 20 > pw.this.estimate) | (-pw.this.variance * 20 > pw.this.estimate))


def write_answer(changes: Path, answer: Path) -> None:
    """Adds up the changes that Pathway wrote."""
    rows: Counter[tuple[str, ...]] = Counter()
    with changes.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        time, diff = header.index("time"), header.index("diff")
        for row in reader:
            rows[tuple(cell for at, cell in enumerate(row) if at not in (time, diff))] += int(row[diff])
    answer.write_text("".join(",".join(row) + "\n" for row, count in rows.items() if count), encoding="utf-8")


def main(path: str, out: Path) -> None:
    events = pw.io.jsonlines.read(path, schema=Event, mode="static")
    everything = in_force(events)
    shipments = documents(everything, "shipment").filter(text(pw.this.data, "status") != "cancelled")
    shipments = shipments.select(pw.this.data, shipment_id=text(pw.this.data, "shipment_id"))
    names = names_of(shipments)
    charges = charges_of(everything, names)
    unmatched = charges.filter(pw.this.shipment_id.is_none())
    matched = charges.filter(pw.this.shipment_id.is_not_none())
    answers = {
        "unmatched_charges": unmatched.select(
            pw.this.issuer, pw.this.invoice_no, pw.this.line_no, pw.this.code, pw.this.amount
        ),
        "off_charges": off_charges(shipments, matched),
        "late_milestones": late_milestones(everything, shipments, names),
        "landed_cost_variance": landed_cost_variance(everything, shipments, matched),
    }
    for name, answer in answers.items():
        pw.io.csv.write(answer, out / f"{name}.changes")
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)
    for name in answers:
        write_answer(out / f"{name}.changes", out / f"{name}.csv")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
