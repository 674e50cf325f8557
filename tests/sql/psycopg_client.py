"""Asks the SQL server with psycopg: parameters of each type, text and binary, cursors, transactions, errors."""

import datetime
import decimal
import sys

import psycopg


def main(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        parameters(connection)
        views(connection)
        refusals(connection)
    with psycopg.connect(dsn) as connection:
        transaction(connection)
    print("psycopg: ok")


def parameters(connection: psycopg.Connection) -> None:
    """What goes in comes out, in both formats of the protocol, prepared or not."""
    zone = datetime.timezone.utc
    values = [
        ("text", "Mærsk 'x' \\"),
        ("bigint", 2**62),
        ("int", -7),
        ("smallint", 3),
        ("boolean", True),
        ("double precision", 0.5),
        ("numeric", decimal.Decimal("1234.5600")),
        ("date", datetime.date(2026, 3, 17)),
        ("timestamptz", datetime.datetime(2026, 3, 17, 10, 0, 0, 123456, tzinfo=zone)),
        ("text", None),
    ]
    for binary in (False, True):
        for prepare in (False, True):
            cursor = connection.cursor(binary=binary)
            for kind, value in values:
                target = "numeric(38, 4)" if kind == "numeric" else kind
                found = cursor.execute(f"SELECT %s::{target}", [value], prepare=prepare).fetchone()
                assert found == (value,), (kind, value, found, binary, prepare)


def views(connection: psycopg.Connection) -> None:
    """Filters with parameters, and columns as their Python types."""
    issuer, invoice, line = connection.execute("SELECT issuer, invoice_no, line_no FROM freight_charges LIMIT 1").fetchone()
    for binary in (False, True):
        cursor = connection.cursor(binary=binary)
        row = cursor.execute(
            "SELECT * FROM freight_charges WHERE issuer = %s AND invoice_no = %s AND line_no = %s",
            [issuer, invoice, line],
        ).fetchone()
        names = [column.name for column in cursor.description]
        row = dict(zip(names, row))
        assert isinstance(row["amount"], decimal.Decimal) and isinstance(row["issued_on"], datetime.date), row
        since = cursor.execute("SELECT since FROM exceptions WHERE since <= %s LIMIT 1", [datetime.datetime.now(datetime.timezone.utc)]).fetchone()
        assert since is None or since[0].tzinfo is not None, since
        count = cursor.execute("SELECT count(*) FROM freight_charges WHERE amount > %s", [decimal.Decimal("100.00")]).fetchone()
        assert count[0] > 0, count
        day = cursor.execute("SELECT count(*) FROM freight_charges WHERE issued_on > %s", [datetime.date(2020, 1, 1)]).fetchone()
        assert day[0] > 0, day
    whole = connection.execute("SELECT count(*) FROM shipment_timeline").fetchone()[0]
    with connection.transaction():
        cursor = connection.cursor(name="timeline")
        cursor.execute("SELECT * FROM shipment_timeline")
        assert sum(1 for _ in cursor) == whole


def refusals(connection: psycopg.Connection) -> None:
    try:
        connection.execute("DELETE FROM kpis")
    except psycopg.errors.ReadOnlySqlTransaction as error:
        assert error.diag.message_hint, error
    else:
        raise AssertionError("a view was changed")
    assert connection.execute("SELECT 1").fetchone() == (1,)


def transaction(connection: psycopg.Connection) -> None:
    first = connection.execute("SELECT landfall_tick()").fetchone()
    assert connection.execute("SELECT landfall_tick()").fetchone() == first
    connection.commit()
    connection.execute("SELECT landfall_now()")
    connection.rollback()


if __name__ == "__main__":
    main(sys.argv[1])
