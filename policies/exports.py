"""The table for a server in front, which answers from its cache and would ask nobody here (P-222)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import msgspec

from policies.crawlers import NEVER_MATCHED, Crawler
from policies.policy import Policy
from policies.surfaces import ACTIVITYPUB_PATHS, API_PATHS, OPEN_PATHS
from policies.verdict import Refuse, Surface, refusal_sentence, refusal_text, verdict

_EXEMPT: Final = (*OPEN_PATHS, *ACTIVITYPUB_PATHS, *API_PATHS)
_BEFORE, _AFTER = "(^|[^A-Za-z0-9_-])", "([^A-Za-z0-9_-]|$)"


def refused_tokens(table: Iterable[Crawler], policy: Policy) -> dict[str, tuple[str, ...]]:
    """Return the tokens that a page under this policy refuses, by field, sorted without regard to case."""
    groups: dict[str, list[str]] = {}
    for row in table:
        judged = verdict(policy, row, Surface.HTML)
        if isinstance(judged, Refuse) and row.token.casefold() not in NEVER_MATCHED:
            groups.setdefault(judged.field or "all", []).append(row.token)
    return {name: tuple(sorted(tokens, key=str.casefold)) for name, tokens in sorted(groups.items())}


def export(form: str, table: Sequence[Crawler], policy: Policy, base_url: str, status: int) -> str:
    """Return the text for `nginx`, `caddy`, `haproxy` or `json`; KeyError for any other form."""
    if form == "json":
        return rows(table)
    groups = refused_tokens(table, policy)
    texts = {
        name: refusal_text(refusal_sentence(None if name == "all" else name), base_url) for name in groups
    }
    return FORMS[form](groups, texts, status)


def rows(table: Sequence[Crawler]) -> str:
    """Return the whole table in the shape that an import takes."""
    stated: list[dict[str, Any]] = [asdict(row) for row in table]
    return msgspec.json.format(msgspec.json.encode(stated), indent=2).decode() + "\n"


def _pattern(token: str) -> str:
    return _BEFORE + token.replace(".", r"\.") + _AFTER


def _nginx(groups: Mapping[str, Sequence[str]], texts: Mapping[str, str], status: int) -> str:
    """Two maps for the http block, and what the server block says with them."""
    lines = ["# In the http block:", "map $http_user_agent $fedicara_field {", "    default '';"]
    lines += [f"    '~*{_pattern(token)}' '{name}';" for name, tokens in groups.items() for token in tokens]
    lines += ["}", "map $uri $fedicara_exempt {", "    default '';"]
    lines += [
        f"    '~^{path.replace('.', chr(92) + '.')}{'' if path.endswith('/') else '(/|$)'}' 'yes';"
        for path in _EXEMPT
    ]
    lines += ["}", "map $fedicara_exempt$fedicara_field $fedicara_refusal {", "    default '';"]
    lines += [f"    '{name}' '{texts[name]}';" for name in groups]
    return "\n".join(
        [
            *lines,
            "}",
            "# In the server block:",
            "#     location @fedicara_refusal {",
            "#         default_type 'text/plain; charset=utf-8';",
            "#         add_header Cache-Control no-store always;",
            f"#         return {status} $fedicara_refusal;",
            "#     }",
            "#     error_page 418 = @fedicara_refusal;",
            "#     if ($fedicara_refusal) { return 418; }",
            "",
        ]
    )


def _caddy(groups: Mapping[str, Sequence[str]], texts: Mapping[str, str], status: int) -> str:
    """A snippet for `import fedicara_crawlers` in the site."""
    paths = " ".join(f"{path}*" if path.endswith("/") else f"{path} {path}/*" for path in _EXEMPT)
    lines = ["(fedicara_crawlers) {"]
    for name, tokens in groups.items():
        names = "|".join(token.replace(".", r"\.") for token in sorted(tokens, key=len, reverse=True))
        lines += [
            f"    @fedicara_{name} {{",
            f"        not path {paths}",
            f"        header_regexp User-Agent `(?i){_BEFORE}({names}){_AFTER}`",
            "    }",
            f"    handle @fedicara_{name} {{",
            '        header Content-Type "text/plain; charset=utf-8"',
            "        header Cache-Control no-store",
            f'        respond "{texts[name]}" {status}',
            "    }",
        ]
    return "\n".join([*lines, "}", ""])


def _haproxy(groups: Mapping[str, Sequence[str]], texts: Mapping[str, str], status: int) -> str:
    """Lines for the frontend."""
    lines = [f"acl fedicara_exempt path_beg {path}" for path in _EXEMPT if path.endswith("/")]
    lines += [f"acl fedicara_exempt path {path}" for path in _EXEMPT if not path.endswith("/")]
    lines += [f"acl fedicara_exempt path_beg {path}/" for path in ("/inbox", "/actor")]
    for name, tokens in groups.items():
        lines += [
            f"acl fedicara_{name} req.fhdr(user-agent) -m reg -i '{_pattern(token)}'" for token in tokens
        ]
        lines.append(
            f"http-request return status {status} content-type 'text/plain; charset=utf-8' "
            f"hdr Cache-Control no-store string '{texts[name]}' if fedicara_{name} !fedicara_exempt"
        )
    return "\n".join([*lines, ""])


FORMS: Final[Mapping[str, Callable[[Mapping[str, Sequence[str]], Mapping[str, str], int], str]]] = {
    "nginx": _nginx,
    "caddy": _caddy,
    "haproxy": _haproxy,
}
FORMATS: Final = (*FORMS, "json")
