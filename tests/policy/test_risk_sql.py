"""What statements take away is found however they are written, and what only looks like it is left alone."""

from __future__ import annotations

import pytest

from cloudops_tui.policy.risk.sql import statements


@pytest.mark.parametrize(
    "text",
    [
        "DELETE FROM t", "delete from t where a = 1", "DROP TABLE x", "truncate table t", "UPDATE t SET a = 1",
        "UPDATE x SET a = 1 FROM b", "ALTER TABLE x DROP COLUMN y", "REVOKE ALL ON x FROM y", "VACUUM t",
        "INSERT OVERWRITE t SELECT 1", "CREATE OR REPLACE VIEW v AS SELECT 1", "REPLACE INTO t VALUES (1)",
        "select 1; drop table t", "WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d",
        "MERGE INTO t USING s ON a = b WHEN MATCHED THEN DELETE", "EXPLAIN ANALYZE DELETE FROM t",
        "g.V('x').drop()", "g.V().sideEffect(drop())", "MATCH (n) DETACH DELETE n", "MATCH (n) REMOVE n.x",
        "BEGIN; DELETE FROM t; END", "/* hidden */ DROP TABLE x", "-- hidden\nDROP TABLE x",
    ],
)  # fmt: skip
def test_what_takes_away_is_found(text: str) -> None:
    assert any(one.takes for one in statements(text))


@pytest.mark.parametrize(
    "text",
    [
        "select * from t", "select 'drop table x'", "select \"delete\" from t", "SELECT delete_flag, dropped FROM t",
        "UPDATE t SET a = 1 WHERE b = 'x;y'", "SELECT * FROM t FOR UPDATE", "SELECT 'it''s; drop table x'",
        "CREATE TABLE a (b int REFERENCES c ON DELETE CASCADE)", "ALTER TABLE x ADD COLUMN y int",
        "INSERT INTO t VALUE {'a': 'delete'}", "UPDATE t REMOVE x WHERE pk = '1'", "EXPLAIN DELETE FROM t",
        "-- drop\nselect 1", "/* drop table x; */ select 1", "select replace(a, 'b', 'c') from t", "",
    ],
)  # fmt: skip
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert not any(one.takes for one in statements(text))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 'a\\'; DROP TABLE x; --'",
        "# '\nDROP TABLE x; # '",
        "SELECT 1--1; DROP TABLE x",
        "/*!50000 DROP TABLE x */",
        "SELECT 'never closed; DROP TABLE x",
        "SELECT $$; DROP TABLE x; $$",
    ],
)
def test_where_databases_read_differently_the_worst_reading_counts(text: str) -> None:
    assert any(one.takes for one in statements(text))


def test_every_row_cannot_be_counted() -> None:
    [everything] = statements("DELETE FROM t")
    [some] = statements("DELETE FROM t WHERE a = 1")
    [changed] = statements("UPDATE t SET a = 1")

    assert everything.unbounded == changed.unbounded == "every row of a table"
    assert some.unbounded == ""


def test_procedures_and_grants_are_told() -> None:
    assert statements("CALL p()")[0].calls
    assert statements("GRANT ALL ON t TO u")[0].grants
    assert statements("SELECT 1")[0].only_selects
    assert not statements("CALL p()")[0].only_selects


def test_a_text_that_nobody_could_read_is_not_judged_harmless() -> None:
    [long] = statements("select 1 " * 10_000)

    assert long.takes == "is too long to be judged"


@pytest.mark.parametrize("text", ["'" * 60_001, "/*" * 30_000, "'\\" * 30_000 + "#--", "(" * 60_000, '"' * 60_001])
def test_no_text_is_slow_to_read(text: str) -> None:
    """A reading that looked ahead from every sign would take hours here."""
    assert isinstance(statements(text), list)
