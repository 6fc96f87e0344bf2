"""The tables."""

from fedicara.models.accounts import Account, Invitation, Session, Token
from fedicara.models.activities import Activity, Inbound
from fedicara.models.actors import Actor, Key
from fedicara.models.follows import Boost, Follow, Like, Quote
from fedicara.models.hosts import Host
from fedicara.models.jobs import Job
from fedicara.models.moderation import AuditEntry, Block, DomainBlock, DomainRule, Subscription
from fedicara.models.moves import Move
from fedicara.models.projects import Entry, Project
from fedicara.models.reports import Report
from fedicara.models.works import Mention, Picture, Rendition, Tag, Tombstone, Work

__all__ = [
    "Account",
    "Activity",
    "Actor",
    "AuditEntry",
    "Block",
    "Boost",
    "DomainBlock",
    "DomainRule",
    "Entry",
    "Follow",
    "Host",
    "Inbound",
    "Invitation",
    "Job",
    "Key",
    "Like",
    "Mention",
    "Move",
    "Picture",
    "Project",
    "Quote",
    "Rendition",
    "Report",
    "Session",
    "Subscription",
    "Tag",
    "Token",
    "Tombstone",
    "Work",
]
