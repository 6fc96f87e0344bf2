"""Whole domains that somebody blocks for themselves (A-135)."""

from starlette.responses import Response

from fedicara.actions import blocks
from fedicara.api.answers import json
from fedicara.api.resource import Call, method


@method("read:blocks|follow")
async def show(call: Call) -> Response:
    """GET /api/v1/domain_blocks: every one, by name."""
    return json([block.domain for block in await blocks.blocked_domains(call.viewer)])


@method("write:blocks|follow")
async def add(call: Call) -> Response:
    """POST /api/v1/domain_blocks."""
    await blocks.block_domain(call.server, call.viewer, call.parameters.text("domain"))
    return json({})


@method("write:blocks|follow")
async def remove(call: Call) -> Response:
    """DELETE /api/v1/domain_blocks."""
    await blocks.unblock_domain(call.server, call.viewer, call.parameters.text("domain"))
    return json({})
