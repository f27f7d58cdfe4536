"""The only place that wires: settings → keys → database → lake → desks' events → faces."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from fanzha.desks import funds, learning, lines, models, screening, series, sharing, warnings
from fanzha.desks.detection import listeners as detection_listeners
from fanzha.desks.detection import outcomes, rulebook
from fanzha.faces.common.platform import Platform
from fanzha.kit.events import Events
from fanzha.lake.lake import Lake
from fanzha.lake.tokens import Tokens
from fanzha.settings import Settings
from fanzha.store import Scope, audit, crypto, migrate
from fanzha.store.database import APP_ROLE, WORKER_ROLE, Database
from fanzha.store.embedded import Embedded
from fanzha.store.keys import Keys


def wire(events: Events, platform: Platform) -> None:
    """Which desk reacts to what another has published. The one list of all reactions against the arrows."""
    detection_listeners.listen(events)
    funds.listen(events, platform.tokens)
    lines.listen(events, platform.lake, platform.tokens, platform.settings.region)
    outcomes.register(learning.answered)
    screening.listen(events)
    series.listen(events)
    sharing.listen(events)
    warnings.listen(events, platform.lake, platform.tokens, platform.settings.region)


def assemble(settings: Settings, owner_url: str) -> Platform:
    """Build the platform on a database that is there; loads the keys into the process."""
    keys = Keys.load_or_create(settings.keys_path)
    cipher = crypto.FieldCipher(keys, settings.field_cipher)
    crypto.use(cipher)
    audit.use_key(keys.audit)
    events = Events()
    database = Database(owner_url, {role: _role_password(keys, role) for role in (APP_ROLE, WORKER_ROLE)}, events)
    tokens = Tokens(keys.tokens)
    models.install_at(settings.home / "models")
    platform = Platform(settings, keys, database, Lake(settings.lake_location), tokens, cipher)
    wire(events, platform)
    return platform


def prepare(platform: Platform) -> None:
    """Bring the database to the newest version, and the package's rules into it."""
    migrate.upgrade(platform.database)
    with platform.database.work(Scope.system("bootstrap")) as work:
        rulebook.install(work, platform.settings.region)


@contextmanager
def opened(settings: Settings) -> Iterator[Platform]:
    """Open the installation that the settings name, migrated to the newest version; leave it clean."""
    _start_logging(settings)
    settings.home.mkdir(parents=True, exist_ok=True)
    embedded = None if settings.database_url else Embedded(settings.home / "postgres")
    owner_url = embedded.start() if embedded else settings.database_url.get_secret_value()  # type: ignore[union-attr]
    platform = assemble(settings, owner_url)
    try:
        prepare(platform)
        yield platform
    finally:
        platform.database.close()
        if embedded:
            embedded.stop()


def _start_logging(settings: Settings) -> None:
    """Our own lines at the level that is set; libraries speak only when something is wrong."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("fanzha").setLevel(settings.log_level)


def _role_password(keys: Keys, role: str) -> str:
    """Each working role's password follows from the installation's keys, so that no second secret has to be kept."""
    return hmac.new(keys.cookies, role.encode(), hashlib.sha256).hexdigest()
