"""Labels, challengers, drift and lag."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import protect

revision = "0013"
down_revision = "0012"

_LABELS = """
CREATE TABLE labels (
    id            text PRIMARY KEY,
    source        text NOT NULL,
    source_id     text NOT NULL,
    revision      integer NOT NULL CHECK (revision > 0),
    subject_kind  text NOT NULL CHECK (subject_kind IN ('person', 'number', 'account')),
    subject_token text NOT NULL,
    phone_token   text,
    verdict       text NOT NULL CHECK (verdict IN ('positive', 'negative', 'unknown')),
    outcome       text NOT NULL,
    fraud_type    text NOT NULL,
    region        text,
    happened_at   timestamptz NOT NULL,
    known_at      timestamptz NOT NULL,
    weight        double precision NOT NULL CHECK (weight BETWEEN 0 AND 1),
    loss_fen      bigint CHECK (loss_fen >= 0),
    warned        boolean,
    digest        text NOT NULL,
    recorded_at   timestamptz NOT NULL,
    CONSTRAINT uq_labels_revision UNIQUE (source, source_id, revision),
    CONSTRAINT ck_labels_known CHECK (known_at >= happened_at)
);
CREATE INDEX ix_labels_subject ON labels (subject_token);
CREATE INDEX ix_labels_known ON labels (known_at);
CREATE INDEX ix_labels_happened ON labels (happened_at);

CREATE TABLE label_detectors (
    label_id     text NOT NULL REFERENCES labels ON DELETE CASCADE,
    detector_id  text NOT NULL,
    version      integer NOT NULL,
    said_at      timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL,
    score        double precision NOT NULL,
    is_shadow    boolean NOT NULL,
    PRIMARY KEY (label_id, detector_id, version)
);
CREATE INDEX ix_label_detectors_detector ON label_detectors (detector_id, version, said_at);
CREATE INDEX ix_shadow_findings_subject ON shadow_findings (subject_token);
"""

# What follows holds counts and figures and names nobody.
_FIGURES = """
CREATE TABLE learning_figures (
    day         date NOT NULL,
    detector_id text NOT NULL,
    version     integer NOT NULL,
    name        text NOT NULL,
    numerator   double precision NOT NULL,
    denominator double precision NOT NULL,
    low         double precision,
    high        double precision,
    since       timestamptz NOT NULL,
    until       timestamptz NOT NULL,
    exclusions  jsonb NOT NULL,
    computed_at timestamptz NOT NULL,
    PRIMARY KEY (day, detector_id, version, name)
);

CREATE TABLE learning_drifts (
    day            date NOT NULL,
    detector_id    text NOT NULL,
    version        integer NOT NULL,
    quantity       text NOT NULL,
    psi            double precision NOT NULL CHECK (psi >= 0),
    noise          double precision NOT NULL,
    state          text NOT NULL CHECK (state IN ('calm', 'watch', 'alarm', 'few')),
    rows_reference bigint NOT NULL,
    rows_present   bigint NOT NULL,
    reference      text NOT NULL,
    bins           jsonb NOT NULL,
    computed_at    timestamptz NOT NULL,
    PRIMARY KEY (day, detector_id, version, quantity)
);

CREATE TABLE learning_missed (
    day          date NOT NULL,
    week         date NOT NULL,
    fraud_type   text NOT NULL,
    victims      integer NOT NULL CHECK (victims > 0),
    never_warned integer NOT NULL CHECK (never_warned BETWEEN 0 AND victims),
    computed_at  timestamptz NOT NULL,
    PRIMARY KEY (day, week, fraud_type)
);

CREATE TABLE learning_tricks (
    id                text PRIMARY KEY,
    fraud_type        text NOT NULL,
    cases             integer NOT NULL CHECK (cases > 0),
    first_happened_at timestamptz NOT NULL,
    first_known_at    timestamptz NOT NULL,
    last_known_at     timestamptz NOT NULL,
    first_warned_at   timestamptz,
    warned_by         text,
    tied_by           text,
    computed_at       timestamptz NOT NULL
);
CREATE INDEX ix_learning_tricks_known ON learning_tricks (first_known_at DESC);

CREATE TABLE learning_challengers (
    night       date NOT NULL,
    detector_id text NOT NULL,
    state       text NOT NULL CHECK (state IN ('skipped', 'weaker', 'submitted')),
    reason      text NOT NULL,
    cut_off     timestamptz NOT NULL,
    positives   integer NOT NULL,
    negatives   integer NOT NULL,
    champion    integer,
    challenger  integer,
    figures     jsonb NOT NULL,
    started_at  timestamptz NOT NULL,
    finished_at timestamptz NOT NULL,
    PRIMARY KEY (night, detector_id)
);

CREATE TABLE learning_alarms (
    kind        text NOT NULL,
    subject     text NOT NULL,
    day         date NOT NULL,
    value       double precision NOT NULL,
    threshold   double precision NOT NULL,
    sentence_zh text NOT NULL,
    sentence_en text NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (kind, subject, day)
);
CREATE INDEX ix_learning_alarms_at ON learning_alarms (at DESC);
"""

# Labels name people by token: the police see those of their region; a number or account belongs to no region. No bank, operator, member unit or deputy sees
# one (反电信网络诈骗法 §5; 代表法 §31, §59). Figures are for everybody who oversees the work.
_KIND = "current_setting('fanzha.org_kind', true)"
_POLICE = f"{_KIND} IN ('police_province', 'police_city', 'police_county', 'police_station')"
_HERE = "(region IS NULL OR starts_with(region, current_setting('fanzha.region', true)))"
_OVERSEERS = f"({_POLICE} OR {_KIND} IN ('office', 'congress', 'member_unit'))"
_FIGURE_TABLES = ("learning_figures", "learning_drifts", "learning_missed", "learning_tricks", "learning_challengers", "learning_alarms")


def upgrade() -> None:
    op.execute(_LABELS)
    op.execute(_FIGURES)
    protect("labels", f"({_POLICE} AND {_HERE})", app=("SELECT",))
    protect("label_detectors", "EXISTS (SELECT 1 FROM labels l WHERE l.id = label_id)", app=("SELECT",))
    for table in _FIGURE_TABLES:
        protect(table, _OVERSEERS, app=("SELECT",))
    # A label is never changed: what corrects it is added beside it. Forgetting after the time that is set removes.
    op.execute("REVOKE UPDATE ON labels, label_detectors FROM fanzha_worker")
