"""The network of the stories, for the dialects that are spoken on it."""

from tests.fedicara.stories.conftest import fediverse

__all__ = ["fediverse"]
