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
        "BEGIN; DELETE FROM t; END", "EXPLAIN ANALYSE DELETE FROM t", "DESC ANALYZE DELETE FROM t",
        "EXPLAIN (VERBOSE, COSTS, BUFFERS, TIMING, ANALYZE) DELETE FROM t", "EXPLAIN ANALYZE FORMAT=JSON DELETE FROM t",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t WHERE a = 1",
        "CREATE TRIGGER r AFTER INSERT ON t FOR EACH ROW DELETE FROM u WHERE a = 1",
        "CREATE RULE r AS ON INSERT TO t DO INSTEAD DELETE FROM u", "UPDATE t SET a = 1 WHERE true",
        "UPDATE t SET a = 1 WHERE 1 = 1", "UPDATE t SET a = 1 WHERE (true) RETURNING a",
        "RESET MASTER", "LOAD DATA INFILE 'x' REPLACE INTO TABLE t",
        "SELECT pg_terminate_backend(1)", "SELECT lo_unlink(1)", "SELECT dblink_exec('c', 'DELETE FROM t')",
        "SELECT query_to_xml('delete from t returning 1', true, true, '')", "EXECUTE IMMEDIATE 'DROP TABLE t'",
        "/* hidden */ DROP TABLE x", "-- hidden\nDROP TABLE x", "RENAME TABLE t TO u", "SHUTDOWN",
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
        "INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 2", "RESET search_path", "SELECT $1, $2",
        "UPDATE t SET a = 1 WHERE active", "UPDATE t SET a = 1 WHERE \"a\" = 'x'", "UPDATE t SET a = 1 WHERE 1 = b",
        "SELECT pg_terminate_backend FROM t", "SELECT $t$ drop $t$ || 'x'",
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
        '/*! SELECT \' */ DELETE FROM "t" WHERE "k" = \'x\'',
        "/*! ' */ DROP TABLE t -- '",
        "/*M! ' */ DROP TABLE t -- '",
        "/* /* */ */ DELETE FROM t WHERE a = 1",
        "WITH a AS (SELECT $t$ ' $t$), d AS (DELETE FROM t RETURNING 1) SELECT 'x' FROM d",
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
    assert statements("COPY t FROM PROGRAM 'rm'")[0].calls


@pytest.mark.parametrize(
    "text", ["SELECT 1", "(SELECT 1)", "WITH a (b) AS (SELECT 1), c AS (SELECT 2) SELECT * FROM a"]
)
def test_a_plain_select_is_told_from_all_else(text: str) -> None:
    assert all(one.only_selects for one in statements(text))


@pytest.mark.parametrize(
    "text",
    ["UNLOAD (SELECT 1) TO 's3://b/'", "WITH x AS (SELECT 1) UNLOAD (x) TO 's'", "WITH", "(", "/*! SELECT ' */ UNLOAD "
     "(SELECT 1) TO 's3://b/x' -- '", "WITH x AS (SELECT 1) INSERT INTO t SELECT 1",
     "SELECT 1; INSERT INTO t VALUES (1)"],
)  # fmt: skip
def test_nothing_else_asks(text: str) -> None:
    assert not all(one.only_asks for one in statements(text))


def test_a_text_that_nobody_could_read_is_not_judged_harmless() -> None:
    [long] = statements("select 1 " * 10_000)

    assert long.takes == "is too long to be judged"
    assert not long.only_asks


def test_a_text_that_can_be_read_in_too_many_ways_is_not_judged_harmless() -> None:
    [tangled] = statements("select 1 /*! /* $$ # -- \\ " * 1_000)

    assert not tangled.only_asks


@pytest.mark.parametrize(
    "text",
    [
        "'" * 60_001,
        "/*" * 30_000,
        "'\\" * 30_000 + "#--",
        "(" * 60_000,
        '"' * 60_001,
        "$a$b" * 15_000,
        "/*" * 16_000 + "*/" * 15_000,
    ],
)
def test_no_text_is_slow_to_read(text: str) -> None:
    """A reading that looked ahead from every sign would take hours here."""
    assert isinstance(statements(text), list)
