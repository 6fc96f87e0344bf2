"""The policy for machines: robots.txt, TDMRep, the offer, the list of public pages."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from fedicara.actions import accounts, crawlers
from fedicara.actions.errors import NotFound
from fedicara.web.session import server_of
from policies import robots, rsl, wellknown
from policies.policy import own_offer as offer_name
from policies.wellknown import Assigner

HOUR = {"cache-control": "max-age=3600"}


async def robots_txt(request: Request) -> Response:
    """GET /robots.txt"""
    server = server_of(request)
    table = await crawlers.in_force(server)
    floor, settings = server.bounds().floor, server.settings
    text = robots.render(server.policy(), floor, table.rows, settings.base_url, rsl=settings.rsl)
    return PlainTextResponse(text, headers=HOUR)


async def tdmrep(request: Request) -> Response:
    """GET /.well-known/tdmrep.json"""
    return JSONResponse(wellknown.tdmrep(server_of(request).policy()), headers=HOUR)


async def offer(request: Request) -> Response:
    """GET /policies/tdm.json"""
    settings = server_of(request).settings
    document = wellknown.offer(settings.base_url, email=settings.contact)
    return JSONResponse(document, headers=HOUR, media_type="application/ld+json")


async def own_offer(request: Request) -> Response:
    """GET /policies/tdm/NAME.json: of an artist who is asked at a page of their own (P-122)."""
    server = server_of(request)
    actor = await accounts.local_actor(server, request.path_params["name"])
    if actor is None or not actor.contact_url:
        raise NotFound
    artist = Assigner(actor.uri, actor.name or actor.username, actor.contact_url)
    document = wellknown.offer_of(server.settings.base_url, offer_name(actor.username), artist)
    return JSONResponse(document, headers=HOUR, media_type="application/ld+json")


async def licence(request: Request) -> Response:
    """GET /license.xml, where the place wants it (P-140)."""
    server = server_of(request)
    if not server.settings.rsl:
        raise NotFound
    text = rsl.render(server.policy(), server.bounds().floor)
    return Response(text, headers=HOUR, media_type=rsl.MEDIA_TYPE)


_PAGES = """
SELECT w.url AS url FROM works w JOIN actors a ON a.id = w.actor_id
WHERE w.visibility = 'public' AND w.state = 'published' AND a.domain = '' AND a.indexable = TRUE AND a.signin_only = FALSE
ORDER BY w.id DESC LIMIT 20000"""


async def sitemap(request: Request) -> Response:
    """GET /sitemap.xml"""
    server = server_of(request)
    urls = [server.url("/"), *(row["url"] for row in await server.database.rows(_PAGES))]
    entries = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    body = f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
    return Response(body, media_type="application/xml", headers=HOUR)
