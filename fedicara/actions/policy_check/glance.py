"""What a work says at the moment, read from this server's own answers: for the page behind the line on it (P-508)."""

from fedicara.actions.policy_check import own
from fedicara.actions.policy_check.check import Report
from fedicara.actions.policy_check.expectation import known
from fedicara.actions.policy_check.probe import Probe
from fedicara.actions.policy_check.site import read
from fedicara.actions.policy_check.surfaces import sights
from fedicara.federation.fetched.actors import instance_actor
from fedicara.federation.signed.signing import signer
from fedicara.server import Server
from policies.check.verdicts import Mode, rows


async def glance(server: Server, url: str) -> Report:
    """The statements of one of our works beside what they should be; `server` has a network that leads to itself alone.

    A visitor causes it, so no crawler is played, no inbox asked and one picture read.
    """
    probe = Probe(server, own=True, sign=await signer(server, await instance_actor(server)))
    parts, expected = await known(server, url)
    site = await read(probe, url, parts)
    found = [*sights(site, expected), *await own.embedded(site, expected)]
    ordered = sorted(found, key=lambda sight: sight.surface)
    return Report(url, server.now(), Mode.SELF, {}, rows(ordered))
