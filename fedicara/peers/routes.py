"""Every address that other servers ask for; the ones asked most come first."""

from starlette.routing import BaseRoute, Route

import fedicara.identifiers  # noqa: F401  (routes speak of ids)
from fedicara.peers import (
    actors,
    answers,
    approvals,
    collections,
    featured,
    inbox,
    nodeinfo,
    objects,
    projects,
    threads,
    vocabulary,
    webfinger,
)

ROUTES: list[BaseRoute] = [
    Route("/.well-known/webfinger", webfinger.finger, methods=["GET"]),
    Route("/actors/{id:id}", actors.actor, methods=["GET"]),
    Route("/inbox", inbox.shared, methods=["POST"]),
    Route("/actors/{id:id}/inbox", inbox.personal, methods=["POST"]),
    Route("/actors/{id:id}/outbox", collections.outbox, methods=["GET"]),
    Route("/actors/{id:id}/followers", collections.followers, methods=["GET"]),
    Route("/actors/{id:id}/following", collections.following, methods=["GET"]),
    Route("/actors/{id:id}/projects", collections.projects, methods=["GET"]),
    Route("/projects/{id:id}", projects.project, methods=["GET"]),
    Route("/actors/{id:id}/featured", featured.featured, methods=["GET"]),
    Route("/actors/{id:id}/tags", featured.tags, methods=["GET"]),
    Route("/objects/{id:id}", objects.post, methods=["GET"]),
    Route("/objects/{id:id}/replies", threads.replies, methods=["GET"]),
    Route("/objects/{id:id}/likes", threads.likes, methods=["GET"]),
    Route("/objects/{id:id}/shares", threads.shares, methods=["GET"]),
    Route("/contexts/{id:id}", threads.context, methods=["GET"]),
    Route("/activities/{id:id}", objects.activity, methods=["GET"]),
    Route(vocabulary.PATH, vocabulary.terms, methods=["GET"]),
    Route("/approvals/{id:id}", approvals.approval, methods=["GET"]),
    Route("/actor", actors.instance, methods=["GET"]),
    Route("/actor/inbox", inbox.shared, methods=["POST"]),
    Route("/actor/outbox", collections.instance_outbox, methods=["GET"]),
    Route("/.well-known/host-meta", webfinger.host_meta, methods=["GET"]),
    Route("/.well-known/host-meta.json", webfinger.host_meta_json, methods=["GET"]),
    Route("/.well-known/nodeinfo", nodeinfo.well_known, methods=["GET"]),
    Route("/nodeinfo/{version}", nodeinfo.document, methods=["GET"]),
    Route("/actors/{rest}", answers.nowhere),
    Route("/objects/{rest}", answers.nowhere),
    Route("/projects/{rest}", answers.nowhere),
    Route("/activities/{rest}", answers.nowhere),
    Route("/approvals/{rest}", answers.nowhere),
]
