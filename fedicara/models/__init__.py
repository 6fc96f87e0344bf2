"""The tables."""

from fedicara.models.accounts import Account, Invitation, Session, Token
from fedicara.models.activities import Activity, Inbound
from fedicara.models.actors import Actor, Key
from fedicara.models.ai_made import AiCase, AiRule, Clearance
from fedicara.models.crawlers import (
    AddressList,
    CrawlerList,
    CrawlerOverride,
    KeyDirectory,
    Refusal,
    RefusedRequest,
)
from fedicara.models.emojis import Emoji
from fedicara.models.fingerprints import BannedPicture, Fingerprint, FingerprintBand, Resemblance
from fedicara.models.follows import Boost, EndedFollow, Follow, Like, Quote
from fedicara.models.hosts import Host, Unread
from fedicara.models.jobs import Job
from fedicara.models.kept import KeptFile, KeptSum
from fedicara.models.moderation import AuditEntry, Block, DomainBlock, DomainRule, Subscription
from fedicara.models.moves import Move, MoveNotice
from fedicara.models.peers import Peer
from fedicara.models.policies import FormerRendition, PlacePolicy, PolicyChange
from fedicara.models.projects import Entry, Project
from fedicara.models.quotes import Approval, Quotation
from fedicara.models.reach import Reach
from fedicara.models.reports import Report
from fedicara.models.statements import RemoteDefault, RemoteStatement
from fedicara.models.works import Mention, Picture, Pin, Rendition, Tag, Tombstone, Version, Work

__all__ = [
    "Account",
    "Activity",
    "Actor",
    "AddressList",
    "AiCase",
    "AiRule",
    "Approval",
    "AuditEntry",
    "BannedPicture",
    "Block",
    "Boost",
    "Clearance",
    "CrawlerList",
    "CrawlerOverride",
    "DomainBlock",
    "DomainRule",
    "Emoji",
    "EndedFollow",
    "Entry",
    "Fingerprint",
    "FingerprintBand",
    "Follow",
    "FormerRendition",
    "Host",
    "Inbound",
    "Invitation",
    "Job",
    "KeptFile",
    "KeptSum",
    "Key",
    "KeyDirectory",
    "Like",
    "Mention",
    "Move",
    "MoveNotice",
    "Peer",
    "Picture",
    "Pin",
    "PlacePolicy",
    "PolicyChange",
    "Project",
    "Quotation",
    "Quote",
    "Reach",
    "Refusal",
    "RefusedRequest",
    "RemoteDefault",
    "RemoteStatement",
    "Rendition",
    "Report",
    "Resemblance",
    "Session",
    "Subscription",
    "Tag",
    "Token",
    "Tombstone",
    "Unread",
    "Version",
    "Work",
]
