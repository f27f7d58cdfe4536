"""Tables of the identity desk."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Nothing yet."""
