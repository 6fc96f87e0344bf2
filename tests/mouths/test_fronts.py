"""The exported table in the servers in front that it is for: real programs that listen on a socket of the file system (P-222)."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from policies.crawlers import TABLE, Crawler, Deny, Purpose
from policies.exports import export, refused_tokens
from policies.policy import DEFAULT
from policies.verdict import refusal_sentence, refusal_text
from tests.conftest import missing

BASE = "https://art.example"
RUDE = (
    Crawler("Rude Bot", "", Purpose.MONITOR, deny=Deny.ALWAYS),
    Crawler("a.b_c", "", Purpose.UNKNOWN, deny=Deny.ALWAYS),
)
LISTED = (*TABLE, *RUDE)
CLAIM = "Mozilla/5.0 (compatible; {}/1.0; +https://bot.example)"
OTHERS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mastodon/4.5.0 (http.rb/5.3.1; +https://there.example/)",
    CLAIM.format("GPTBotany"),
    CLAIM.format("MyGPTBot"),
    CLAIM.format("aXb_c"),
)
OPEN = (
    "/robots.txt",
    "/ai-policy",
    "/policies/tdm.json",
    "/.well-known/webfinger",
    "/inbox",
    "/actor/inbox",
    "/actors/1",
    "/api/v1/instance",
)
CLOSED = ("/", "/@ada/1", "/media/x.png", "/@ada.rss", "/inboxes", "/robots.txts")


def nginx(table: str, folder: Path) -> tuple[Path, str, list[str]]:
    outer, inner = table.split("# In the server block:\n")
    lines = "\n".join(line.removeprefix("# ") for line in inner.splitlines())
    logs = f"error_log stderr warn; pid {folder}/pid;"
    paths = " ".join(f"{each}_temp_path {folder}/{each};" for each in PASSED_ON)
    server = f"server {{ listen unix:{folder}/socket; {lines}\nlocation / {{ return 200 'passed'; }} }}"
    text = f"{logs} events {{}} http {{ access_log off; {paths}\n{outer}\n{server} }}"
    return folder / "nginx.conf", text, ["-g", "daemon off; master_process off;", "-p", str(folder), "-c"]


PASSED_ON = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def haproxy(table: str, folder: Path) -> tuple[Path, str, list[str]]:
    times = "timeout client 9s\ntimeout server 9s\ntimeout connect 9s"
    front = f"frontend front\nbind unix@{folder}/socket\n{table}"
    passed = "http-request return status 200 content-type text/plain string passed"
    return folder / "haproxy.cfg", f"defaults\nmode http\n{times}\n{front}\n{passed}\n", ["-db", "-f"]


def caddy(table: str, folder: Path) -> tuple[Path, str, list[str]]:
    alone = f"{{\nadmin off\nauto_https off\nstorage file_system {folder}\n}}"
    site = f'http:// {{\nbind unix/{folder}/socket\nimport fedicara_crawlers\nrespond "passed"\n}}'
    return folder / "Caddyfile", f"{alone}\n{table}\n{site}\n", ["run", "--adapter", "caddyfile", "--config"]


FRONTS = {"nginx": nginx, "haproxy": haproxy, "caddy": caddy}


def homeless(folder: Path) -> dict[str, str]:
    """An environment in which a program keeps what it wants to keep in a folder that goes away."""
    return {**os.environ, **dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), str(folder))}


@contextmanager
def running(name: str, status: int) -> Iterator[httpx.Client]:
    """The program with the table for it, and somebody who asks it; nothing of it listens on an address."""
    program = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if program is None:
        reason = f"{name} is not installed"
        pytest.skip(reason) if name == "caddy" else missing(reason)
    # A socket's path may have a hundred characters and no more.
    with TemporaryDirectory(prefix="front") as made:
        folder = Path(made)
        path, text, words = FRONTS[name](export(name, LISTED, DEFAULT, BASE, status), folder)
        path.write_text(text)
        with (folder / "said").open("w+") as said:
            process = subprocess.Popen(
                [str(program), *words, str(path)], stdout=said, stderr=said, env=homeless(folder)
            )
            try:
                yield asking(folder, process)
            finally:
                process.terminate()
                process.wait()


def asking(folder: Path, process: subprocess.Popen[bytes]) -> httpx.Client:
    """A client, once the program answers."""
    client = httpx.Client(
        transport=httpx.HTTPTransport(uds=str(folder / "socket")), base_url=BASE.replace("s", "", 1)
    )
    for _ in range(600):
        assert process.poll() is None, (folder / "said").read_text()
        try:
            client.get("/robots.txt")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return client
    raise AssertionError((folder / "said").read_text())


@pytest.mark.rule("P-222")
@pytest.mark.parametrize(
    ("name", "status"), [("nginx", 403), ("haproxy", 403), ("caddy", 403), ("nginx", 451)]
)
def test_a_server_in_front_refuses_whom_we_refuse_with_our_words_and_nobody_else(
    name: str, status: int
) -> None:
    with running(name, status) as client:
        for field, tokens in refused_tokens(LISTED, DEFAULT).items():
            said = refusal_text(refusal_sentence(None if field == "all" else field), BASE)
            for token in tokens:
                for agent in (CLAIM.format(token), token.lower()):
                    answer = client.get("/@ada/1", headers={"User-Agent": agent})
                    assert (answer.status_code, answer.text) == (status, said), agent
                    assert answer.headers["cache-control"] == "no-store"
                    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        for agent in OTHERS:
            answer = client.get("/@ada/1", headers={"User-Agent": agent})
            assert (answer.status_code, answer.text) == (200, "passed"), agent
        for path in (*OPEN, *CLOSED):
            answer = client.get(path, headers={"User-Agent": CLAIM.format("GPTBot")})
            assert answer.status_code == (200 if path in OPEN else status), path
            assert client.get(path, headers={"User-Agent": OTHERS[0]}).text == "passed", path
