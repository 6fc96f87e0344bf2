"""The yardstick: a bare Starlette route that answers bytes from memory, in the same kind of process."""

import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def main() -> None:
    """`python -m bench.bare PORT FOLDER`: answers /NAME with the file NAME of the folder."""
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    bodies = {file.name: file.read_bytes() for file in folder.iterdir()}

    async def answer(request: Request) -> Response:
        return Response(bodies[request.path_params["name"]], media_type="application/json")

    app = Starlette(routes=[Route("/{name}", answer)])
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False, lifespan="off")


if __name__ == "__main__":
    main()
