"""What each kind of activity does here; importing this package fills the registry."""

from fedicara.federation.handlers import (
    accept,
    announce,
    block,
    collecting,
    create,
    delete,
    flag,
    follow,
    like,
    move,
    project,
    quote,
    reject,
    undo,
    update,
)

__all__ = [
    "accept",
    "announce",
    "block",
    "collecting",
    "create",
    "delete",
    "flag",
    "follow",
    "like",
    "move",
    "project",
    "quote",
    "reject",
    "undo",
    "update",
]
