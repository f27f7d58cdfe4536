"""Tables of the intake desk."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Nothing yet."""
