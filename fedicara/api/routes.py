"""The addresses of the API; everything else below /api is 404 in JSON."""

from starlette.routing import BaseRoute, Mount

from fedicara.api import (
    accounts,
    domain_blocks,
    ledger,
    media,
    policy,
    projects,
    reactions,
    reports,
    search,
    statuses,
    timelines,
    vocabulary,
)
from fedicara.api.resource import routes

TABLE = {
    "/v1/timelines/public": {"GET": timelines.public},
    "/v1/timelines/home": {"GET": timelines.home},
    "/v1/statuses": {"POST": statuses.publish},
    "/v1/statuses/{id}": {"GET": statuses.show, "PUT": statuses.edit, "DELETE": statuses.delete},
    "/v1/statuses/{id}/context": {"GET": reactions.context},
    "/v1/statuses/{id}/favourite": {"POST": reactions.favourite},
    "/v1/statuses/{id}/unfavourite": {"POST": reactions.unfavourite},
    "/v1/statuses/{id}/reblog": {"POST": reactions.reblog},
    "/v1/statuses/{id}/unreblog": {"POST": reactions.unreblog},
    "/v1/statuses/{id}/pin": {"POST": reactions.pin},
    "/v1/statuses/{id}/unpin": {"POST": reactions.unpin},
    "/v1/statuses/{id}/history": {"GET": statuses.history},
    "/v2/media": {"POST": media.upload},
    "/v1/media": {"POST": media.upload_and_wait},
    "/v1/media/{id}": {"GET": media.show, "PUT": media.describe, "DELETE": media.discard},
    "/v1/accounts/verify_credentials": {"GET": accounts.verify_credentials},
    "/v1/accounts/lookup": {"GET": accounts.lookup},
    "/v1/accounts/relationships": {"GET": accounts.relationships},
    "/v1/accounts/{id}": {"GET": accounts.show},
    "/v1/accounts/{id}/statuses": {"GET": accounts.statuses},
    "/v1/accounts/{id}/followers": {"GET": accounts.followers},
    "/v1/accounts/{id}/following": {"GET": accounts.following},
    "/v1/accounts/{id}/remove_from_followers": {"POST": accounts.remove_follower},
    "/v1/accounts/{id}/follow": {"POST": accounts.follow},
    "/v1/accounts/{id}/unfollow": {"POST": accounts.unfollow},
    "/v1/accounts/{id}/block": {"POST": accounts.block},
    "/v1/accounts/{id}/unblock": {"POST": accounts.unblock},
    "/v1/domain_blocks": {
        "GET": domain_blocks.show,
        "POST": domain_blocks.add,
        "DELETE": domain_blocks.remove,
    },
    "/v1/follow_requests": {"GET": accounts.requests},
    "/v1/follow_requests/{id}/authorize": {"POST": accounts.authorize},
    "/v1/follow_requests/{id}/reject": {"POST": accounts.reject},
    "/v1/reports": {"POST": reports.file},
    "/v2/search": {"GET": search.search},
    "/fedicara/v1/media/{id}/report": {"GET": media.report},
    "/fedicara/v1/ledger": {"GET": ledger.show},
    "/fedicara/v1/policy/account": {"GET": policy.show, "PATCH": policy.edit},
    "/fedicara/v1/projects": {"GET": projects.mine, "POST": projects.make},
    "/fedicara/v1/projects/{id}": {"GET": projects.show, "PATCH": projects.edit, "DELETE": projects.delete},
    "/fedicara/v1/projects/{id}/works": {"GET": projects.list_works, "PUT": projects.order},
    "/fedicara/v1/projects/{id}/works/{work_id}": {"POST": projects.add, "DELETE": projects.remove},
    "/fedicara/v1/projects/{id}/sections": {"PUT": projects.write_sections},
    "/fedicara/v1/media/{id}/original": {"GET": media.original},
    "/fedicara/v1/vocabulary/media": {"GET": vocabulary.media},
    "/fedicara/v1/accounts/{id}/projects": {"GET": projects.of_account},
}
"""Path, method, answer; the first path that fits counts."""

ROUTES: list[BaseRoute] = [Mount("/api", routes=routes(TABLE))]
