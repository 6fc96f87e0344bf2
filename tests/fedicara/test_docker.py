"""The container files name real files, ports, users and commands, and take the steps of ./run."""

import re
import tomllib
from pathlib import Path

import pytest

from fedicara.settings import Settings
from tests.fedicara.cli.command import Place

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text()
COMPOSE = (ROOT / "docker" / "compose.yaml").read_text()
CADDYFILE = (ROOT / "docker" / "Caddyfile").read_text()
ENVIRONMENT = (ROOT / ".ci" / "environment").read_text()
PORT = "8000"


def lines(word: str) -> list[str]:
    """What follows an instruction of the Dockerfile."""
    text = DOCKERFILE.replace("\\\n", " ")
    return [line.removeprefix(word).strip() for line in text.splitlines() if line.startswith(f"{word} ")]


def words(text: str) -> list[str]:
    """The entries of a JSON list in a text."""
    return re.findall(r'"([^"]*)"', text)


def service(name: str) -> str:
    """The lines of one service of the compose file."""
    found = re.search(rf"^  {name}:\n((?:    .*\n|\n)+)", COMPOSE, re.M)
    assert found, name
    return found[1]


def test_what_the_image_copies_exists_and_is_all_that_is_needed() -> None:
    copied = [name for line in lines("COPY") for name in line.split()[:-1]]
    assert all((ROOT / name).exists() for name in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = {name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert packages <= set(copied)
    assert {"pyproject.toml", "constraints.txt", project["project"]["readme"]} <= set(copied)


def test_the_image_takes_the_steps_of_the_run_script() -> None:
    (install,) = [line for line in lines("RUN") if "pip install" in line]
    for step in ("-m venv", ".venv/bin/python -m pip install", "-c constraints.txt"):
        assert step in install
        assert step in ENVIRONMENT
    run = (ROOT / "run").read_text()
    assert ".ci/environment" in run
    assert 'fedicara" serve' in run


def test_the_image_runs_as_a_user_it_makes_who_owns_the_data() -> None:
    (user,) = lines("USER")
    (made,) = [line for line in lines("RUN") if "useradd" in line]
    (volume,) = lines("VOLUME")
    assert made.split("&&")[0].split()[-1] == user
    assert f"-o {user} -g {user} {volume}" in made
    assert f"FEDICARA_DATA={volume}" in DOCKERFILE


def test_the_image_starts_a_command_that_exists_with_options_it_knows(tmp_path: Path) -> None:
    (command,) = lines("CMD")
    program, name, *options = words(command)
    assert program in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    usage = Place(tmp_path).tell(name, "--help")
    assert usage.returncode == 0
    assert all(option in usage.stdout for option in options if option.startswith("--"))
    assert options[options.index("--port") + 1] == PORT


def test_every_file_speaks_of_the_same_port() -> None:
    assert lines("EXPOSE") == [PORT]
    assert f"'127.0.0.1', {PORT}" in lines("HEALTHCHECK")[0]
    assert words(re.search(r"expose:\n(.*)\n", service("fedicara"))[1]) == [PORT]  # type: ignore[index]
    assert f"reverse_proxy fedicara:{PORT}" in CADDYFILE


def test_what_compose_mounts_and_builds_exists() -> None:
    folder = ROOT / "docker"
    context = re.search(r"context: (\S+)", COMPOSE)
    dockerfile = re.search(r"dockerfile: (\S+)", COMPOSE)
    assert context
    assert dockerfile
    assert (folder / context[1] / dockerfile[1]).is_file()
    for mount in re.findall(r"- (\./[^:]+):", COMPOSE):
        assert (folder / mount).is_file()


def test_every_volume_that_a_service_names_is_declared() -> None:
    declared = set(re.findall(r"^  (\w+):$", COMPOSE.split("\nvolumes:\n")[1], re.M))
    named = set(re.findall(r"^      - (\w+):/", COMPOSE, re.M))
    assert named == declared


def test_compose_sets_only_settings_that_exist() -> None:
    for text in (COMPOSE, DOCKERFILE):
        names = {name.lower() for name in re.findall(r"FEDICARA_([A-Z_]+)[:=]", text)}
        assert names
        assert names <= set(Settings.model_fields)


def test_the_proxy_is_trusted_where_it_stands() -> None:
    trusted = re.search(r"FEDICARA_TRUSTED_PROXIES: (\S+)", COMPOSE)
    assert trusted
    assert f"subnet: {trusted[1]}" in COMPOSE


def test_postgresql_runs_only_in_its_profile() -> None:
    assert "profiles: [postgres]" in service("postgres")
    assert "profiles" not in service("fedicara")
    assert "required: false" in service("fedicara")


@pytest.mark.parametrize("text", [DOCKERFILE, COMPOSE])
def test_images_are_named_without_a_registry(text: str) -> None:
    for image in re.findall(r"^(?:FROM|\s+image:) (\S+)", text, re.M):
        assert re.fullmatch(r"[a-z]+:[\w.-]+", image)


def test_a_stop_is_given_the_time_the_server_takes() -> None:
    assert "stop_grace_period: 30s" in service("fedicara")
    assert lines("STOPSIGNAL") == ["SIGTERM"]
