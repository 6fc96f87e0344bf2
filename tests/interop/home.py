"""Our side of an interoperability test: a real fedicara over TLS, with the artist `ada`."""

from pathlib import Path

import httpx

from fedicara.settings import Settings
from tests.interop.authority import Authority
from tests.interop.peer import Place
from tests.running import Running


class Home:
    """A running fedicara and an app that holds the artist's token."""

    def __init__(self, here: Place, hosts: dict[str, str], authority: Authority, data: Path) -> None:
        self.here = here
        self.settings = Settings(
            base_url=here.origin,
            data=data,
            egress_allow="127.0.0.0/8",
            egress_hosts=hosts,
            ca_file=authority.file,
        )
        pair = authority.certify(here.host)
        self.running = Running(self.settings, here.address, here.port, (pair.certificate, pair.key))
        self._authority = authority
        self.api: httpx.Client

    def start(self) -> None:
        """Start it and make the artist."""
        self.running.start()
        self.api = httpx.Client(
            transport=_Local(self.here, self._authority.file),
            base_url=self.here.origin,
            headers={"Authorization": f"Bearer {self.running.artist('ada')}"},
            timeout=120,
        )

    def stop(self) -> None:
        """End it."""
        self.api.close()
        self.running.stop()


class _Local(httpx.BaseTransport):
    """Dials the loopback address while TLS and Host keep the name."""

    def __init__(self, here: Place, authority: Path) -> None:
        context = httpx.create_ssl_context(trust_env=False)
        context.load_verify_locations(cafile=authority)
        self._here = here
        self._transport = httpx.HTTPTransport(verify=context, trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["sni_hostname"] = self._here.host
        request.url = request.url.copy_with(host=self._here.address)
        return self._transport.handle_request(request)

    def close(self) -> None:
        self._transport.close()
