"""The gate: who is refused where, and who never is."""

from itertools import product

import httpx
import pytest

from fedicara.models import Actor, Work
from policies.crawlers import TABLE, Deny
from policies.policy import DEFAULT
from policies.verdict import Refuse, Surface, verdict
from tests.fedicara.rooms import pictured, posted
from tests.fediverse import Island

pytestmark = pytest.mark.anyio

CRAWLERS = (
    "GPTBot",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 AppleWebKit/537.36 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
    "CCBot/2.0 (https://commoncrawl.org/faq/)",
    "meta-externalagent/1.1",
    "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (compatible; Bytespider; spider-feedback@bytedance.com)",
    "img2dataset",
    "cCbOt",
)
FEDIVERSE = (
    "Mastodon/4.5.0 (http.rb/5.3.1; +https://there.example/)",
    "http.rb/5.1.1 (Mastodon/4.2.1; +https://there.example/) Bot",
    "Misskey/2025.4.1 (https://there.example)",
    "Sharkey/2025.4.3 (https://there.example)",
    "Firefish/20250101 (https://there.example)",
    "Iceshrimp.NET/2025.1 (https://there.example)",
    "Pleroma 2.9.1; https://there.example <admin@there.example>",
    "Akkoma 3.15.2-0-g0123456; https://there.example <admin@there.example>",
    "(Pixelfed/0.12.5; +https://there.example)",
    "PeerTube/7.1.0 (+https://there.example)",
    "Lemmy/0.19.11; +https://there.example",
    "gotosocial/0.19.1 (+https://there.example)",
    "WordPress/6.8; https://there.example; ActivityPub",
    "Friendica 'Interrupted Fern' 2024.12-1571; https://there.example",
    "Hubzilla 10.2 (https://there.example)",
    "(streams) 25.4; https://there.example",
    "BookWyrm/0.7.5 (https://there.example/)",
    "Funkwhale/1.4.0 (+https://there.example)",
    "Mobilizon/5.1.1",
    "Takahe/0.11.0+https://there.example",
    "Fedify/1.5.0 (Deno/2.2.0; +https://there.example)",
    "snac/2.74; +https://there.example",
    "fedicara/0.1 (+https://there.example/)",
    "Bridgy Fed (https://fed.brid.gy/)",
)
PEOPLE = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0 Safari/537.36 Edg/139.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/138.0 Safari/537.36 NVDA/2025.1",
    "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; JAWS/2024; rv:11.0) like Gecko",
    "Lynx/2.9.0dev.12 libwww-FM/2.14FM SSL-MM/1.4.1 GNUTLS/3.7.8",
    "w3m/0.5.3+git20230121",
    "Links (2.29; Linux x86_64; text)",
    "Emacs-w3m/1.4",
    "Orca/47.0 WebKitGTK/2.46",
    "Tusky/28.0 Android/15 OkHttp/4.12.0",
    "MastodonAndroid/2.9",
    "Ice Cubes/1.19 CFNetwork/1568 Darwin/24.0.0",
    "curl/8.9.1",
    "Wget/1.24.5",
    "facebookexternalhit/1.1",
    "Applebot/0.1",
    "",
)
GUARDED = ("/", "/@ada", "/tags/ink", "/sign-in", "/nothing/here")
OPEN = (
    "/robots.txt",
    "/sitemap.xml",
    "/ai-policy",
    "/policies/tdm.json",
    "/.well-known/tdmrep.json",
    "/.well-known/webfinger?resource=acct:ada@art.example",
    "/.well-known/host-meta",
    "/.well-known/nodeinfo",
    "/nodeinfo/2.1",
    "/actor",
    "/api/v1/instance",
    "/api/v2/instance",
    "/api/v1/timelines/public",
    "/static/nothing.css",
)
REFUSAL = "Automated access for AI training is refused here. Policy: https://art.example/ai-policy"


@pytest.fixture
def database_kind() -> str:
    """Headers and refusals do not depend on the database."""
    return "sqlite"


@pytest.fixture
async def work(island: Island) -> Work:
    """A public work of an artist, with one picture."""
    person = await island.artist("ada")
    with island.server.database.bound():
        made = await posted(await Actor.get(id=person.actor.id), tag="ink")
        await Work.filter(id=made.id).update(url=island.server.url(f"/@ada/{made.id}"))
        await pictured(island.server, made)
    return made


async def picture(island: Island, work: Work) -> str:
    """The path of the work's picture."""
    row = await island.server.database.row(
        "SELECT r.key FROM renditions r JOIN pictures p ON p.id = r.picture_id WHERE p.work_id = $1", work.id
    )
    assert row is not None
    return f"/media/{row['key']}"


async def ask(visitor: httpx.AsyncClient, path: str, agent: str, method: str = "GET") -> httpx.Response:
    return await visitor.request(method, path, headers={"user-agent": agent})


@pytest.mark.rule("P-206", "P-220")
async def test_a_training_crawler_is_refused_pages_and_pictures_with_the_reason(
    island: Island, visitor: httpx.AsyncClient, work: Work
) -> None:
    paths = (*GUARDED, f"/@ada/{work.id}", await picture(island, work), "/proxy/1/abc")
    for path, agent in product(paths, CRAWLERS):
        answer = await ask(visitor, path, agent)
        assert (answer.status_code, answer.text) == (403, REFUSAL), path
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-usage"] == "train-ai=n, search=y"
        assert answer.headers["link"] == '<https://art.example/ai-policy>; rel="terms-of-service"'
        assert "set-cookie" not in answer.headers


@pytest.mark.rule("P-220")
async def test_every_row_that_the_policy_refuses_is_refused_and_no_other(
    visitor: httpx.AsyncClient, island: Island
) -> None:
    for row in TABLE:
        refused = isinstance(verdict(DEFAULT, row, Surface.HTML), Refuse)
        answer = await ask(visitor, "/ai-policy/none", f"Mozilla/5.0 (compatible; {row.token}/1.0)")
        assert (answer.status_code == 403) is refused, row.token
        assert not (refused and row.deny is Deny.NEVER)


@pytest.mark.rule("P-207", "P-208", "P-106")
async def test_no_crawler_is_refused_the_rules_the_protocol_or_the_api(
    island: Island, visitor: httpx.AsyncClient, work: Work
) -> None:
    for path in OPEN:
        usual = await ask(visitor, path, PEOPLE[0])
        for agent in CRAWLERS:
            assert (await ask(visitor, path, agent)).status_code == usual.status_code != 403, path


@pytest.mark.rule("P-207", "P-208")
async def test_activitypub_routes_never_ask_the_table(
    island: Island, visitor: httpx.AsyncClient, work: Work
) -> None:
    actor = work.actor_id
    paths = (
        f"/actors/{actor}",
        f"/actors/{actor}/outbox",
        f"/actors/{actor}/followers",
        f"/objects/{work.id}",
    )
    for path in (*paths, "/activities/1"):
        usual = await ask(visitor, path, FEDIVERSE[0])
        assert (await ask(visitor, path, CRAWLERS[1])).status_code == usual.status_code
    for path in ("/inbox", f"/actors/{actor}/inbox"):
        usual = await ask(visitor, path, FEDIVERSE[0], "POST")
        assert (await ask(visitor, path, CRAWLERS[1], "POST")).status_code == usual.status_code != 403


@pytest.mark.rule("P-207")
async def test_asking_for_activity_json_opens_no_page_and_no_picture(
    island: Island, visitor: httpx.AsyncClient, work: Work
) -> None:
    headers = {"user-agent": "GPTBot/1.2", "accept": "application/activity+json"}
    for path in ("/", "/ai-policy/", "//robots.txt", "/x/.well-known/y", await picture(island, work)):
        assert (await visitor.get(f"https://art.example{path}", headers=headers)).status_code == 403, path


async def test_servers_browsers_readers_and_apps_are_never_refused(
    island: Island, visitor: httpx.AsyncClient, work: Work
) -> None:
    for agent in (*FEDIVERSE, *PEOPLE):
        for path in ("/", "/@ada", f"/@ada/{work.id}", await picture(island, work)):
            assert (await ask(visitor, path, agent)).status_code == 200, (agent, path)


async def test_a_refusal_has_no_body_for_head(island: Island, visitor: httpx.AsyncClient, work: Work) -> None:
    answer = await ask(visitor, await picture(island, work), "GPTBot/1.2", "HEAD")
    assert answer.status_code == 403
    assert answer.headers["tdm-reservation"] == "1"
