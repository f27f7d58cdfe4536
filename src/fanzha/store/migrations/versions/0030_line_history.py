"""What the ladder of measures on a number must know of orders that other areas have asked for: their kinds, states and times, nothing of the case."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import starts_within_region

revision = "0030"
down_revision = "0029"

_POLICE = "current_setting('fanzha.org_kind', true) IN ('police_province', 'police_city', 'police_county', 'police_station')"

# A number has one holder and one ladder, wherever its measures were asked for (反电信网络诈骗法 §11 speaks of the number, §7 of working across areas). So the one
# look-up runs as the owner and gives whoever may ask for measures the orders on a number that they name by its keyed index, without region, unit, officers,
# grounds, reasons or case. Nobody else gets a row.
_HISTORY = f"""
CREATE POLICY orders_owner ON orders FOR SELECT TO CURRENT_USER USING (true);
CREATE FUNCTION line_history(wanted text[])
RETURNS TABLE (subject_index text, kind text, state text, valid_until timestamptz, ends_at timestamptz, requested_at timestamptz, result text,
    sent_at timestamptz, answer_by timestamptz, answered_at timestamptz, on_kind text, in_sight boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.subject_index, o.kind, o.state, o.valid_until, o.ends_at, o.requested_at, o.result, o.sent_at, o.answer_by, o.answered_at, coalesce(b.kind, ''),
           session_user = 'fanzha_worker' OR coalesce({starts_within_region('o.region')}, false)
    FROM orders o LEFT JOIN orders b ON b.id = o.on_order_id
    WHERE o.subject_kind = 'number' AND o.subject_index = ANY (wanted) AND (session_user = 'fanzha_worker' OR {_POLICE})
    ORDER BY o.requested_at DESC, o.id DESC
$$;
REVOKE ALL ON FUNCTION line_history FROM PUBLIC;
GRANT EXECUTE ON FUNCTION line_history TO fanzha_app, fanzha_worker;
"""


def upgrade() -> None:
    op.execute(_HISTORY)
