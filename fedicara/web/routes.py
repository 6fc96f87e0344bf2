"""Every page and its address."""

from starlette.routing import Route

import fedicara.identifiers  # noqa: F401  (routes speak of ids)
from fedicara.web import (
    actors,
    followers,
    front,
    home,
    invitations,
    moderation,
    moving,
    policy,
    post,
    projects,
    quotes,
    reactions,
    reports,
    requests,
    search,
    settings,
    sign_in,
    versions,
    works,
)
from fedicara.web.errors import framed
from fedicara.web.session import Handler
from fedicara.web.static import static


def _get(path: str, handler: Handler) -> Route:
    return Route(path, framed(handler), methods=["GET"])


def _post(path: str, handler: Handler) -> Route:
    return Route(path, framed(handler), methods=["POST"])


ROUTES = [
    Route("/static/{name}", static, methods=["GET"]),
    _get("/", front.front),
    _get("/tags/{tag}", front.tag),
    _get("/home", home.home),
    _get("/sign-in", sign_in.sign_in),
    _post("/sign-in", sign_in.enter),
    _post("/sign-out", sign_in.leave),
    _get("/invitations/{token}", invitations.invitation),
    _post("/invitations/{token}", invitations.accept),
    _get("/post", post.post),
    _post("/post", post.publish),
    _post("/uploads", post.upload),
    _get("/uploads/{id:id}.json", post.uploaded),
    _post("/uploads/{id:id}/discard", post.discard),
    _get("/works/{id:id}/progress.json", works.progress),
    _get("/settings", settings.settings),
    _post("/settings", settings.change_profile),
    _post("/settings/pictures", settings.change_pictures),
    _post("/settings/password", settings.change_password),
    _post("/settings/delete", settings.delete_account),
    _post("/settings/domains", settings.block_domain),
    _post("/settings/domains/remove", settings.unblock_domain),
    _get("/followers", followers.followers),
    _post("/followers/{id:id}/remove", followers.remove),
    _get("/settings/moving", moving.show),
    _post("/settings/moving", moving.move),
    _post("/settings/moving/undo", moving.come_back),
    _post("/settings/moving/aliases", moving.add_alias),
    _post("/settings/moving/aliases/remove", moving.remove_alias),
    _post("/notices/{id:id}", moving.dismiss),
    _get("/requests", requests.requests),
    _post("/requests/quotes/{id:id}", quotes.answer),
    _post("/requests/{id:id}", requests.answer),
    _get("/moderation", moderation.queue),
    _get("/moderation/reports/{id:id}", moderation.case),
    _post("/moderation/reports/{id:id}", moderation.decide),
    _post("/moderation/reports/{id:id}/unsuspend", moderation.unsuspend),
    _post("/moderation/reports/{id:id}/show/{work:id}", moderation.restore),
    _get("/search", search.search),
    _get("/authorize_interaction", search.interact),
    _get("/ai-policy", policy.ai_policy),
    _get("/vocabulary", policy.vocabulary),
    _get("/@{name}", actors.actor),
    _post("/@{name}/follow", actors.follow),
    _post("/@{name}/unfollow", actors.unfollow),
    _post("/@{name}/block", actors.block),
    _post("/@{name}/unblock", actors.unblock),
    _get("/@{name}/report", reports.report),
    _post("/@{name}/report", reports.send),
    _get("/@{name}/projects", projects.listed),
    _get("/@{name}/projects/new", projects.begin),
    _post("/@{name}/projects/new", projects.make),
    _get("/@{name}/projects/{id:id}", projects.project),
    _get("/@{name}/projects/{id:id}/edit", projects.edit),
    _post("/@{name}/projects/{id:id}/edit", projects.change),
    _get("/@{name}/projects/{id:id}/delete", projects.ask_delete),
    _post("/@{name}/projects/{id:id}/delete", projects.delete),
    _get("/@{name}/{id:id}", works.work),
    _get("/@{name}/{id:id}/report", reports.report),
    _post("/@{name}/{id:id}/report", reports.send),
    _get("/@{name}/{id:id}/edit", works.edit),
    _post("/@{name}/{id:id}/edit", works.change),
    _post("/@{name}/{id:id}/like", reactions.like),
    _post("/@{name}/{id:id}/unlike", reactions.unlike),
    _post("/@{name}/{id:id}/boost", reactions.boost),
    _post("/@{name}/{id:id}/unboost", reactions.unboost),
    _post("/@{name}/{id:id}/pin", reactions.pin),
    _post("/@{name}/{id:id}/unpin", reactions.unpin),
    _get("/@{name}/{id:id}/versions", versions.versions),
    _post("/@{name}/{id:id}/quotes/{approval:id}/withdraw", quotes.withdraw),
    _post("/@{name}/{id:id}/reply", reactions.reply),
    _get("/@{name}/{id:id}/delete", works.ask_delete),
    _post("/@{name}/{id:id}/delete", works.delete),
]
