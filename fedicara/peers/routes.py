"""Every address that other servers ask for; the ones asked most come first."""

from starlette.routing import BaseRoute, Route

from fedicara.peers import actors, collections, inbox, nodeinfo, objects, webfinger

ROUTES: list[BaseRoute] = [
    Route("/.well-known/webfinger", webfinger.finger, methods=["GET"]),
    Route("/actors/{id:int}", actors.actor, methods=["GET"]),
    Route("/inbox", inbox.shared, methods=["POST"]),
    Route("/actors/{id:int}/inbox", inbox.personal, methods=["POST"]),
    Route("/actors/{id:int}/outbox", collections.outbox, methods=["GET"]),
    Route("/actors/{id:int}/followers", collections.followers, methods=["GET"]),
    Route("/actors/{id:int}/following", collections.following, methods=["GET"]),
    Route("/objects/{id:int}", objects.post, methods=["GET"]),
    Route("/activities/{id:int}", objects.activity, methods=["GET"]),
    Route("/actor", actors.instance, methods=["GET"]),
    Route("/actor/inbox", inbox.shared, methods=["POST"]),
    Route("/actor/outbox", collections.instance_outbox, methods=["GET"]),
    Route("/.well-known/host-meta", webfinger.host_meta, methods=["GET"]),
    Route("/.well-known/host-meta.json", webfinger.host_meta_json, methods=["GET"]),
    Route("/.well-known/nodeinfo", nodeinfo.well_known, methods=["GET"]),
    Route("/nodeinfo/{version}", nodeinfo.document, methods=["GET"]),
]
