"""robots.txt: who may crawl, with the signals for those who may (block B4)."""

from collections.abc import Iterable, Sequence

from policies.crawlers import Crawler, Robots, denied_field
from policies.policy import Policy, normalise
from policies.rsl import PATH as RSL_PATH
from policies.tokens import content_signal, content_usage, usage_info

CLOSED_PATHS = ("/api/", "/proxy/", "/settings/")
OPEN_PATHS = ("/ai-policy", "/policies/", "/.well-known/")


def render(
    default: Policy, floor: Policy, table: Sequence[Crawler], base_url: str, *, rsl: bool = False
) -> str:
    """Return the whole file as ASCII text with LF line ends (RFC 9309; P-110 to P-119).

    `default` and `floor` are the instance's; a signal is left out where works may differ (P-025).
    With `rsl` the site has an RSL document, whose line holds for all groups (P-140).
    """
    signals = _signals(normalise(default), normalise(floor))
    opened = _tokens(row for row in table if row.robots is Robots.OPEN)
    closed = _tokens(row for row in table if _is_closed(row, default))
    groups = [
        _group(["*"], [*signals, *(f"Disallow: {path}" for path in CLOSED_PATHS), "Allow: /"]),
        *(_group([token], [*signals, "Allow: /"]) for token in opened),
    ]
    if closed:
        # urllib takes the first rule that fits, RFC 9309 the longest: this order satisfies both (P-116).
        allowed = (*OPEN_PATHS, RSL_PATH) if rsl else OPEN_PATHS
        groups.append(_group(closed, [*(f"Allow: {path}" for path in allowed), "Disallow: /"]))
    everywhere = f"License: {base_url}{RSL_PATH}\n" if rsl else ""
    return _preface(base_url) + everywhere + "\n".join([*groups, f"Sitemap: {base_url}/sitemap.xml\n"])


def _preface(base_url: str) -> str:
    return (
        f"# In words: {usage_info(base_url)}\n"
        "# train-ai, ai-train: training of generative models. ai-input: input to a model. n, no: not allowed.\n"
        "# Where a value is n or no, rights under Article 4(3) of Directive (EU) 2019/790 are reserved.\n"
    )


def _signals(default: Policy, floor: Policy) -> list[str]:
    signals = {
        "Content-Usage": content_usage(default, floor),
        "Content-Signal": content_signal(default, floor),
    }
    return [f"{name}: {value}" for name, value in signals.items() if value]


def _is_closed(crawler: Crawler, default: Policy) -> bool:
    if crawler.robots is Robots.BY_POLICY:
        return denied_field(crawler, normalise(default)) is not None
    return crawler.robots is Robots.DISALLOW


def _tokens(crawlers: Iterable[Crawler]) -> list[str]:
    by_fold: dict[str, str] = {}
    for crawler in crawlers:
        by_fold.setdefault(crawler.token.casefold(), crawler.token)
    return [by_fold[fold] for fold in sorted(by_fold)]


def _group(tokens: Sequence[str], rules: Sequence[str]) -> str:
    # All names first and no blank line inside: a rule or a blank line would end the list (P-112, P-113).
    return "".join(f"{line}\n" for line in [*(f"User-agent: {token}" for token in tokens), *rules])
