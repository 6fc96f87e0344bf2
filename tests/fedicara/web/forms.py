"""Sends the forms of our pages as a browser would."""

import re
from html import unescape

import httpx

Files = list[tuple[str, tuple[str, bytes, str]]]


def token_in(page: str) -> str:
    """The form token of a page."""
    found = re.search(r'name="_token" value="(\w+)"', page)
    assert found, page[:500]
    return found[1]


async def token(browser: httpx.AsyncClient, path: str = "/settings") -> str:
    """A form token of this session."""
    return token_in((await browser.get(path)).text)


async def send(
    browser: httpx.AsyncClient, path: str, fields: dict[str, str], page: str = ""
) -> httpx.Response:
    """Fill in the form of a page and send it."""
    values = {"_token": await token(browser, page or "/settings"), **fields}
    return await browser.post(path, data=values)


def wrong(answer: httpx.Response) -> list[str]:
    """The sentences that say what is wrong with a form."""
    return [unescape(text) for text in re.findall(r'<p class="wrong"[^>]*>([^<]*)</p>', answer.text)]


def multipart(pairs: list[tuple[str, str | bytes]]) -> tuple[bytes, str]:
    """A form in the order of its fields; bytes are files."""
    parts = []
    for name, value in pairs:
        head = f'--edge\r\nContent-Disposition: form-data; name="{name}"'
        if isinstance(value, bytes):
            filename = "drawing.png" if value else ""
            head += f'; filename="{filename}"\r\nContent-Type: application/octet-stream'
        else:
            value = value.encode()
        parts.append(head.encode() + b"\r\n\r\n" + value + b"\r\n")
    return b"".join(parts) + b"--edge--\r\n", "multipart/form-data; boundary=edge"


async def post(browser: httpx.AsyncClient, *pairs: tuple[str, str | bytes]) -> httpx.Response:
    """Send the post page's form without a script."""
    body, content_type = multipart([("_token", await token(browser, "/post")), *pairs])
    return await browser.post("/post", content=body, headers={"Content-Type": content_type})
