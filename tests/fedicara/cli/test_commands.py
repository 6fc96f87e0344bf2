"""Commands as scripts use them: what stands alone on stdout, one line of error, the exit code."""

import json
import re
import sqlite3
import stat
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.fedicara.cli.command import Place, free_port
from tests.fediverse import drawing


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "data").settled()


def one_line(text: str) -> str:
    """The only line of an error."""
    (line,) = text.strip().splitlines()
    assert line.startswith("fedicara: ")
    return line


def ada(place: Place) -> None:
    assert (
        place.tell("accounts", "create", "ada", "--password-stdin", stdin="correct horse\n").returncode == 0
    )


def test_the_first_start_makes_everything_and_prints_a_link_for_the_owner(tmp_path: Path) -> None:
    place = Place(tmp_path / "new" / "data")
    with place.serving() as process:
        assert {path.name for path in place.data.iterdir()} >= {"fedicara.db", "fedicara.toml", "secret"}
        assert stat.S_IMODE((place.data / "secret").stat().st_mode) == 0o600
        (token,) = re.findall(r"/invitations/\S+", read_until_link(process))
        assert "<form" in place.get(token)
    assert f'base_url = "{place.base_url}"' in (place.data / "fedicara.toml").read_text()


def read_until_link(process: object) -> str:
    said = ""
    while "/invitations/" not in said:
        said += process.stdout.readline()  # type: ignore[attr-defined]
    return said


def test_with_an_owner_there_is_no_link(place: Place) -> None:
    place.tell("accounts", "create", "ada", "--role", "owner", "--password-stdin", stdin="correct horse\n")
    with place.serving() as process:
        time.sleep(0.3)
        process.terminate()
        said, complaints = process.communicate(timeout=120)
    assert "/invitations/" not in said
    assert "Traceback" not in complaints


@pytest.mark.threat("REL-20")
def test_a_stop_ends_the_server_within_half_a_minute_and_as_it_should(place: Place) -> None:
    with place.serving() as process:
        began = time.monotonic()
        process.terminate()
        _, complaints = process.communicate(timeout=120)
        assert process.returncode == 0
        assert time.monotonic() - began < 30
        assert "Traceback" not in complaints


def test_a_port_that_is_taken_is_said_in_one_line(place: Place) -> None:
    with place.serving():
        second = place.run("serve", "--port", str(place.port))
    assert second.returncode == 3
    assert "--port" in one_line(second.stderr)


def test_listening_to_the_world_needs_an_address(tmp_path: Path) -> None:
    answer = Place(tmp_path / "data").tell("serve", "--host", "0.0.0.0")
    assert answer.returncode == 4
    assert "--base-url" in one_line(answer.stderr)
    assert not (tmp_path / "data").exists()


def test_a_work_is_posted_without_a_server_and_its_address_stands_alone_on_stdout(
    place: Place, tmp_path: Path
) -> None:
    ada(place)
    pictures = [tmp_path / "one.png", tmp_path / "two.png"]
    for number, file in enumerate(pictures, 1):
        file.write_bytes(drawing(80 * number, 60))
    words = [
        "--alt",
        "A heron",
        "--alt",
        "Two herons",
        "--title",
        "Herons",
        "--caption",
        "At #dusk",
        "--ai",
        "none",
        "--medium",
        "ink",
        "--lead",
        "2",
    ]
    posted = place.run("works", "post", "ada", *pictures, *words)
    assert posted.returncode == 0, posted.stderr
    assert re.fullmatch(rf"{place.base_url}/@ada/\d+\n", posted.stdout)
    with place.serving():
        path = posted.stdout.strip().removeprefix(place.base_url)
        assert "Two herons" in place.get(path)
        (status,) = json.loads(place.get("/api/v1/timelines/public"))
        assert [each["description"] for each in status["media_attachments"]] == ["A heron", "Two herons"]
        assert status["fedicara"]["medium"] == ["ink"]
    with sqlite3.connect(place.data / "fedicara.db") as database:
        assert database.execute("SELECT lead FROM pictures ORDER BY position").fetchall() == [(0,), (1,)]


@pytest.mark.parametrize(
    ("content", "alts", "code", "said"),
    [
        (b"These are words.", ["A heron"], 1, "picture"),
        (drawing(600, 400)[:700], ["A heron"], 1, ""),
        (drawing(), [], 1, "picture 1"),
        (drawing(), ["A heron", "Another"], 2, "--alt"),
    ],
)
def test_a_post_that_fails_says_why_and_leaves_nothing(
    place: Place, tmp_path: Path, content: bytes, alts: list[str], code: int, said: str
) -> None:
    ada(place)
    (tmp_path / "one.png").write_bytes(content)
    words = [word for alt in alts for word in ("--alt", alt)]
    answer = place.tell("works", "post", "ada", tmp_path / "one.png", *words)
    assert (answer.returncode, answer.stdout) == (code, "")
    assert said.lower() in one_line(answer.stderr).lower()
    left = [path for path in (place.data / "media").rglob("*") if path.is_file()]
    assert left == []
    with place.serving():
        assert json.loads(place.get("/api/v1/timelines/public")) == []


def test_an_account_without_a_terminal_gets_a_password_on_stderr(place: Place) -> None:
    made = place.tell(
        "accounts", "create", "Ada", "--role", "admin", "--ai", "assisted", "--email", "ada@art.example"
    )
    assert made.returncode == 0
    assert made.stdout == f"{place.base_url}/@ada\n"
    assert re.fullmatch(r"Password: \S{12,}\n", made.stderr)
    again = place.tell("accounts", "create", "ada", "--password-stdin", stdin="correct horse\n")
    assert again.returncode == 1
    assert "taken" in one_line(again.stderr)


def test_a_token_stands_alone_on_stdout_and_opens_the_api(place: Place) -> None:
    ada(place)
    made = place.tell("tokens", "create", "ada", "--scope", "read write follow push")
    assert made.returncode == 0
    assert re.fullmatch(r"\S{32,}\n", made.stdout)
    assert made.stderr == ""


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["tokens", "create", "nobody", "--scope", "read"], 1),
        (["tokens", "create", "ada", "--scope", "everything"], 2),
        (["tokens", "create", "ada", "--scope", ""], 2),
        (["tokens", "create"], 2),
        (["accounts", "create", "ada", "--role", "king"], 2),
        (["accounts", "create", "a b", "--password-stdin"], 1),
        (["works", "post", "ada", "/no/such/file.png"], 2),
        (["works", "post", "ada", __file__, "--lead", "2"], 2),
        (["serve", "--prot", "1"], 2),
        (["no-such-command"], 2),
        ([], 2),
        (["fetch", "http://127.0.0.1:1/nothing"], 3),
        (["fetch", "http://10.0.0.1/nothing"], 3),
    ],
)
def test_errors_are_one_line_with_an_exit_code(place: Place, words: list[str], code: int) -> None:
    answer = place.tell(*words, stdin="correct horse\n")
    assert (answer.returncode, answer.stdout) == (code, "")
    one_line(answer.stderr)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('base_url = "ftp://art.example"', "base_url"),
        ('base_url = "http://art.example"', "egress_allow"),
        ('base_url = "https://art.example"\nupload_limit = 0', "upload_limit"),
        ('base_url = "https://art.example"\ncolour = "red"', "colour"),
        ('base_url = "https://art.example"\negress_allow = "nowhere"', "egress_allow"),
        ("base_url = ", "fedicara.toml"),
        ("", "address"),
        ('base_url = "https://art.example"\nmedia_url = "https://art.example"', "media_url"),
        ('base_url = "https://art.example"\nmedia_url = "http://media.example"', "media_url"),
        ('base_url = "https://art.example"\nmedia_url = "https://media.example/pictures"', "media_url"),
        ('base_url = "https://art.example"\noriginal_keys = "/no/such/file"', "original_keys"),
        ('base_url = "https://art.example"\nca_file = "/no/such/file.pem"', "ca_file"),
    ],
)
def test_check_config_names_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    place = Place(tmp_path)
    (tmp_path / "fedicara.toml").write_text(text)
    answer = place.tell("check-config")
    assert answer.returncode == 4
    assert said in one_line(answer.stderr)


def test_check_config_prints_every_setting_and_no_password(place: Place) -> None:
    answer = place.tell("check-config")
    assert answer.returncode == 0, answer.stderr
    assert "All is well." in answer.stdout
    assert place.base_url in answer.stdout
    place.environment["FEDICARA_DATABASE_URL"] = f"postgres://ada:secret-word@127.0.0.1:{free_port()}/place"
    unreachable = place.tell("check-config")
    assert unreachable.returncode == 3
    assert "secret-word" not in unreachable.stdout + unreachable.stderr
    one_line(unreachable.stderr)


def test_migrate_makes_the_database_and_may_run_again(place: Place) -> None:
    for _ in range(2):
        answer = place.tell("migrate")
        assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
    assert (place.data / "fedicara.db").exists()


def test_workers_alone_start_and_stop(place: Place) -> None:
    with place.serving(), pytest.raises(HTTPError):
        place.get("/@nobody")
    port = free_port()
    process = place.start("work", "--metrics-port", str(port))
    assert "Working for" in process.stdout.readline()
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=120) as answer:
        assert b"fedicara_jobs_total" in answer.read()
    process.terminate()
    _, complaints = process.communicate(timeout=120)
    assert (process.returncode, "Traceback" in complaints) == (0, False)


def test_fetch_prints_a_document_or_says_in_one_line_what_came_instead(place: Place) -> None:
    ada(place)
    host = place.base_url.removeprefix("http://")
    with place.serving():
        found = place.tell(
            "fetch", f"{place.base_url}/.well-known/webfinger?resource=acct:ada@{host}", "--as", "ada"
        )
        absent = place.tell("fetch", f"{place.base_url}/objects/1")
        text = place.tell("fetch", f"{place.base_url}/robots.txt")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["subject"] == f"acct:ada@{host}"
    assert (absent.returncode, absent.stdout, text.returncode, text.stdout) == (1, "", 1, "")
    assert "answered 40" in one_line(absent.stderr)
    assert "no JSON document" in one_line(text.stderr)


@pytest.mark.rule("F-325")
@pytest.mark.threat("OPS-02")
def test_keys_change_by_command_and_a_lost_or_foreign_secret_is_said_loudly(place: Place) -> None:
    ada(place)
    assert place.tell("keys", "rotate").returncode == 2
    assert place.tell("keys", "rotate", "ada", "--all").returncode == 2
    assert "Not everybody" in one_line(place.tell("keys", "rotate", "ada", "nobody").stderr)
    changed = place.tell("keys", "rotate", "@ada")
    assert (changed.returncode, changed.stdout.count("\n")) == (0, 1)
    everybody = place.tell("keys", "rotate", "--all").stdout.split()
    assert everybody == sorted([f"{place.base_url}/actor", changed.stdout.strip()], key=len)
    assert "keys.rotate" in place.tell("audit").stdout
    secret = place.data / "secret"
    kept = secret.read_text()
    for broken in (lambda: secret.write_text("00" * 32), secret.unlink):
        broken()
        for command in (("check-config",), ("keys", "rotate", "ada"), ("accounts", "create", "eve")):
            answer = place.tell(*command)
            assert answer.returncode == 4
            assert f"Put {secret} back" in answer.stderr.splitlines()[-1]
    assert not secret.exists(), "no other is made beside keys that need the one of before"
    secret.write_text(kept)
    assert place.tell("check-config").returncode == 0
    place.environment.update(FEDICARA_C2PA="true", FEDICARA_C2PA_CERTIFICATE=str(secret))
    unsigned = place.tell("check-config")
    assert (unsigned.returncode, "Pictures cannot be signed" in unsigned.stderr) == (4, True)
