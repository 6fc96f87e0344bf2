"""Lets the server's door speak over an httpx transport, so that a story decides who answers at which address."""

import httpx

from fedicara.federation.errors import NetworkError
from fedicara.federation.network.connection import Heard
from fedicara.federation.network.wire import Request


class Carried:
    """A `Carrier` that hands every request to a transport."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def send(self, request: Request, most: int) -> Heard:
        """The transport's answer, cut as the wire would cut it."""
        url = f"{request.origin.scheme}://{request.headers['Host']}{request.target}"
        asked = httpx.Request(request.method, url, headers=dict(request.headers), content=request.body)
        try:
            response = await self._transport.handle_async_request(asked)
            body = b"".join([chunk async for chunk in response.aiter_raw()])
        except httpx.HTTPError as error:
            raise NetworkError(type(error).__name__) from error
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Heard(response.status_code, headers, body[:most], len(body) <= most)

    async def close(self) -> None:
        """Close the transport."""
        await self._transport.aclose()
