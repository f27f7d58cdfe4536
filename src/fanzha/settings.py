"""All settings, read from the environment once. This is the only module that reads it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def _default_home() -> Path:
    return Path.home() / ".local" / "share" / "fanzha"


class Settings(BaseSettings):
    """`FANZHA_*` variables; docs/settings.md describes each one (a test compares)."""

    model_config = SettingsConfigDict(env_prefix="FANZHA_", frozen=True, extra="ignore")

    home: Path = Field(default_factory=_default_home, description="The one folder that holds everything: database, lake, keys, uploads, logs.")
    database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL ≥ 16 of the owner role, `postgresql://…`; without it an embedded server runs under the home folder."
    )
    lake_url: str | None = Field(default=None, description="Where the event lake stands: a folder or an S3/HDFS address; default `HOME/lake`.")
    host: str = Field(default="127.0.0.1", description="Address the web server listens on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port the web server listens on.")
    public_url: str | None = Field(
        default=None, description="Address under which people reach the platform, default `http://HOST:PORT`; https here turns on Secure cookies and HSTS."
    )
    region: str = Field(default="3503", pattern=r"^\d{2}(\d{2}(\d{2}(\d{3})?)?)?$", description="GB/T 2260 code of the area this platform serves.")
    field_cipher: Literal["aes", "sm4"] = Field(default="aes", description="Cipher of personal data in PostgreSQL: `aes` (AES-256-GCM) or `sm4` (SM4-GCM).")
    key_file: Path | None = Field(default=None, description="File of the keys; default `HOME/keys.json`, made on first start with mode 0600.")
    max_upload_mb: int = Field(default=2048, ge=1, description="Largest upload in MB.")
    session_hours: int = Field(default=10, ge=1, le=72, description="Hours after which a sign-in ends in any case.")
    session_idle_minutes: int = Field(default=60, ge=1, description="Minutes without a request after which a sign-in ends.")
    trusted_proxies: str = Field(default="", description="Comma-separated addresses of reverse proxies whose X-Forwarded-For is believed.")
    oidc_issuer: str | None = Field(default=None, description="OpenID Connect issuer; sign-in by OIDC appears when this and the client are set.")
    oidc_client_id: str | None = Field(default=None, description="OpenID Connect client id.")
    oidc_client_secret: SecretStr | None = Field(default=None, description="OpenID Connect client secret.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Least level that is logged.")
    screen_host: str = Field(default="127.0.0.1", description="Address on which `fanzha screen` listens.")
    screen_port: int = Field(default=8010, ge=1, le=65535, description="Port on which `fanzha screen` listens.")
    screen_degraded: Literal["fail_open", "fail_closed"] = Field(
        default="fail_open", description="While PostgreSQL is away: decide from memory as usual (`fail_open`), or hold what would pass (`fail_closed`)."
    )
    screen_commit_seconds: float = Field(default=2.0, gt=0, le=60, description="Seconds after which a commit that does not end counts as PostgreSQL being away.")
    screen_rate: int = Field(default=2000, ge=1, description="In-flight decisions a second that one API key may ask for.")
    data: Path | None = Field(default=None, description="Folder of real data sets for the benchmarks and tests that need them.")

    @cached_property
    def keys_path(self) -> Path:
        return self.key_file or self.home / "keys.json"

    @cached_property
    def lake_location(self) -> str:
        return self.lake_url or str(self.home / "lake")

    @property
    def secure_cookies(self) -> bool:
        return self.address.startswith("https://")

    @property
    def address(self) -> str:
        """Where people reach the platform, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")
