"""What a search of cases needs: every query bounded, newest first, whatever is typed (docs/decisions/0175); tasks on a user's own list."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from alembic import op
from sqlalchemy import Connection, text

from fanzha.store import crypto
from fanzha.store.security import REGION, starts_within_region

revision = "0022"
down_revision = "0021"

# What stands in `case_words.words` beside the words of the narrative (0 … 2^20 - 1):
#   below 0                  an identifier or name of the case (31 bits of its blind index), or the beginning of its number
#   1.05e9 … 1.10e9          its state and its fraud type
#   1.10e9 …                 the month it was filed in (UTC)
#   1.20e9 + code            each region, and each region above it, that sees the case
# All of it is derived from columns that stand beside it; a shared number costs a look, never a hit.
_MARKS = """
CREATE FUNCTION case_index_mark(hex text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (-1 - (('x' || left(hex, 8))::bit(32)::bigint >> 1))::integer
$$;
CREATE FUNCTION case_code_mark(code text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT 1050000000 + ('x' || left(md5(code), 6))::bit(24)::integer
$$;
CREATE FUNCTION case_month(at timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (extract(year FROM at AT TIME ZONE 'UTC') * 12 + extract(month FROM at AT TIME ZONE 'UTC'))::integer
$$;
CREATE FUNCTION case_region_mark(code text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN code ~ '^[1-8][0-9]+$' AND length(code) IN (2, 4, 6, 9) THEN 1200000000 + code::integer END
$$;
CREATE FUNCTION case_number_mark(beginning text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT case_index_mark(md5('number:' || left(beginning, max(n)))) FROM unnest('{4,7,10,13,15,17,19,21}'::integer[]) n WHERE n <= length(beginning)
$$;

CREATE FUNCTION case_marks(wanted text) RETURNS integer[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_agg(DISTINCT mark) FROM (
        SELECT case_region_mark(left(code, n)) FROM cases, unnest(region || shared_regions) AS code, unnest('{2,4,6,9}'::integer[]) AS n
            WHERE id = wanted AND length(code) >= n
        UNION ALL SELECT unnest(ARRAY[case_code_mark('state:' || state), case_code_mark('type:' || fraud_type), 1100000000 + case_month(filed_at)])
            FROM cases WHERE id = wanted
        UNION ALL SELECT case_number_mark(left(name, n)) FROM cases, unnest(ARRAY[number, ref]) AS name, unnest('{4,7,10,13,15,17,19,21}'::integer[]) AS n
            WHERE id = wanted AND length(name) >= n
        UNION ALL SELECT case_index_mark(unnest(array_append(more_indexes, value_index))) FROM case_suspects WHERE case_id = wanted AND removed_at IS NULL
        UNION ALL SELECT case_index_mark(unnest(more_indexes || ARRAY[name_index, phone_index, id_card_index]))
            FROM case_victims WHERE case_id = wanted AND removed_at IS NULL
    ) AS found (mark) WHERE mark IS NOT NULL
$$;
"""

_KEPT = """
CREATE FUNCTION case_words_marked() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    NEW.words := ARRAY(SELECT w FROM unnest(NEW.words) AS w WHERE w BETWEEN 0 AND 1048575) || coalesce(case_marks(NEW.case_id), '{}');
    RETURN NEW;
END $$;
CREATE TRIGGER case_words_marked BEFORE INSERT OR UPDATE ON case_words FOR EACH ROW EXECUTE FUNCTION case_words_marked();

CREATE FUNCTION case_marks_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'cases' THEN
        UPDATE case_words SET at = NEW.filed_at WHERE case_id = NEW.id;
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE case_words SET at = at WHERE case_id IN (OLD.case_id, NEW.case_id);
    ELSE
        UPDATE case_words SET at = at WHERE case_id = NEW.case_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER case_marks_changed AFTER UPDATE OF region, shared_regions, state, fraud_type, filed_at, number ON cases FOR EACH ROW
    WHEN ((OLD.region, OLD.shared_regions, OLD.state, OLD.fraud_type, OLD.filed_at, OLD.number)
          IS DISTINCT FROM (NEW.region, NEW.shared_regions, NEW.state, NEW.fraud_type, NEW.filed_at, NEW.number)) EXECUTE FUNCTION case_marks_changed();
CREATE TRIGGER case_marks_added AFTER INSERT ON case_suspects FOR EACH ROW EXECUTE FUNCTION case_marks_changed();
CREATE TRIGGER case_marks_added AFTER INSERT ON case_victims FOR EACH ROW EXECUTE FUNCTION case_marks_changed();
CREATE TRIGGER case_marks_changed AFTER UPDATE OF case_id, removed_at, value_index, more_indexes ON case_suspects
    FOR EACH ROW EXECUTE FUNCTION case_marks_changed();
CREATE TRIGGER case_marks_changed AFTER UPDATE OF case_id, removed_at, name_index, phone_index, id_card_index, more_indexes ON case_victims
    FOR EACH ROW EXECUTE FUNCTION case_marks_changed();
REVOKE ALL ON FUNCTION case_marks, case_words_marked, case_marks_changed FROM PUBLIC;
"""

# The row policy of `cases` (0014), to the letter: the one look-up that runs as the owner holds every case to it before it says its id.
_POLICE = "(SELECT current_setting('fanzha.org_kind', true) IN ('police_province', 'police_city', 'police_county', 'police_station', 'office'))"
_SHARED = f"EXISTS (SELECT FROM unnest(c.shared_regions) AS s (code) WHERE starts_with(s.code, {REGION}))"
_IN_SIGHT = f"{_POLICE} AND CASE WHEN {starts_within_region('c.region')} OR {_SHARED} THEN true ELSE false END"

NEWEST: Final = 2_000
"""Looked through one by one before the index is asked: words that stand nearly everywhere fill a page here."""

# $1 all of these, $2 one of these, $3 one of these months, $4 hits still wanted, $5 … $10 the filters.
_ONE_STEP = f"""
    SELECT coalesce(array_agg(f.case_id ORDER BY f.at DESC, f.case_id DESC), '{{}}') FROM (
        SELECT w.case_id, w.at FROM (%s OFFSET 0) w JOIN cases c ON c.id = w.case_id
        WHERE (session_user = 'fanzha_worker' OR ({_IN_SIGHT}))
          AND ($5 = '' OR starts_with(c.number, $5) OR starts_with(c.ref, $5))
          AND ($6 = '' OR c.state = $6) AND ($7 = '' OR c.fraud_type = $7) AND ($8 = '' OR starts_with(c.region, $8))
          AND ($9 IS NULL OR c.filed_at >= $9) AND ($10 IS NULL OR c.filed_at < $10)
        ORDER BY w.at DESC, w.case_id DESC LIMIT $4) f"""
_ALL = "(cardinality($1) = 0 OR w.words @> $1) AND (cardinality($2) = 0 OR w.words && $2)"

_LOOK_UP = f"""
CREATE POLICY case_words_owner_marks ON case_words FOR UPDATE TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY case_suspects_owner ON case_suspects FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY case_victims_owner ON case_victims FOR SELECT TO CURRENT_USER USING (true);
DROP FUNCTION case_word_hits;
CREATE FUNCTION case_hits(
    all_of integer[], any_of integer[], beginning text, most integer, of_state text, of_type text, of_region text, since timestamptz, until timestamptz
) RETURNS SETOF text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET jit = off AS $body$
DECLARE
    everything integer[] := array_remove(all_of || ARRAY[
        case_region_mark(of_region), case_number_mark(nullif(beginning, '')), case_code_mark('state:' || nullif(of_state, '')),
        case_code_mark('type:' || nullif(of_type, '')), CASE WHEN session_user <> 'fanzha_worker' THEN case_region_mark({REGION}) END], NULL);
    conditions text := '';
    found text[]; more text[];
    month integer; oldest integer; span integer := 1;
BEGIN
    IF cardinality(all_of) + cardinality(any_of) = 0 AND case_number_mark(beginning) IS NULL THEN
        RETURN;
    END IF;
    EXECUTE $query${_ONE_STEP % f'''SELECT w.case_id, w.at FROM (SELECT * FROM case_words ORDER BY at DESC, case_id DESC LIMIT {NEWEST}) w
        WHERE {_ALL} ORDER BY w.at DESC, w.case_id DESC'''}$query$
        INTO found USING everything, any_of, NULL::integer[], most, beginning, of_state, of_type, of_region, since, until;
    IF cardinality(found) >= most THEN
        RETURN QUERY SELECT unnest(found);
        RETURN;
    END IF;
    found := '{{}}';
    IF cardinality(everything) > 0 THEN conditions := conditions || ' AND w.words @> $1'; END IF;
    IF cardinality(any_of) > 0 THEN conditions := conditions || ' AND w.words && $2'; END IF;
    SELECT case_month(least(max(at), until)), case_month(greatest(min(at), since)) INTO month, oldest FROM case_words;
    WHILE month >= oldest AND cardinality(found) < most LOOP
        EXECUTE format($query${_ONE_STEP % 'SELECT w.case_id, w.at FROM case_words w WHERE w.words && $3 %s ORDER BY w.at DESC, w.case_id DESC'}$query$, conditions)
            INTO more USING everything, any_of, ARRAY(SELECT 1100000000 + m FROM generate_series(month - span + 1, month) AS m), most - cardinality(found),
                beginning, of_state, of_type, of_region, since, until;
        found := found || more;
        month := month - span;
        span := least(span * 2, 12);
    END LOOP;
    RETURN QUERY SELECT unnest(found);
END $body$;
REVOKE ALL ON FUNCTION case_hits FROM PUBLIC;
GRANT EXECUTE ON FUNCTION case_hits TO fanzha_app, fanzha_worker;
"""

_COLUMNS = """
ALTER TABLE case_suspects ADD COLUMN more_indexes text[] NOT NULL DEFAULT '{}';
ALTER TABLE case_victims ADD COLUMN more_indexes text[] NOT NULL DEFAULT '{}';
CREATE INDEX ix_case_tasks_mine ON case_tasks (assignee_id, due_at) WHERE done_at IS NULL AND removed_at IS NULL AND assignee_id IS NOT NULL;
"""
_PORTION = 2_000
_TAIL = re.compile(r"[0-9]{3}[0-9Xx]")


def upgrade() -> None:
    op.execute(_COLUMNS)
    for table in ("case_suspects", "case_victims", "case_words"):
        # Forced row security hides every row from an owner who is no superuser.
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    connection = op.get_bind()
    for table, columns in (("case_suspects", ("value",)), ("case_victims", ("phone", "id_card"))):
        for portion in _portions(connection, table, columns):
            connection.execute(text(f"UPDATE {table} SET more_indexes = :more WHERE id = :id"), portion)
    op.execute(_MARKS)
    op.execute(_LOOK_UP)
    op.execute(_KEPT)
    op.execute("UPDATE case_words SET at = at")
    for table in ("case_suspects", "case_victims", "case_words"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _portions(connection: Connection, table: str, columns: tuple[str, ...]) -> Iterator[list[dict[str, Any]]]:
    last = ""
    kind = "kind" if table == "case_suspects" else "'' AS kind"
    query = text(f"SELECT id, {kind}, {', '.join(columns)} FROM {table} WHERE id > :last ORDER BY id LIMIT {_PORTION}")
    while rows := connection.execute(query, {"last": last}).all():
        last = rows[-1].id
        opened = {row: [crypto.current().open(f"{table}.{name}", sealed) for name in columns if (sealed := getattr(row, name)) is not None] for row in rows}
        yield [{"id": row.id, "more": [index for value in values for index in _more(value, row.kind)]} for row, values in opened.items()]


def _more(value: str, kind: str | None) -> Iterator[str]:
    if len(value) > 4 and _TAIL.fullmatch(value[-4:]):
        yield crypto.blind_index("tail", value[-4:].upper())
    if kind is None:
        yield crypto.blind_index("raw", " ".join(unicodedata.normalize("NFKC", value).lower().split()))
