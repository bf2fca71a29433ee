from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from httpx2 import AsyncClient, Response
from starlette.applications import Starlette
from starlette.routing import Mount

from backend.web.static import CompressedFiles
from tests.unit.web.asgi import asking

SCRIPT = "const words = 'the same again';\n" * 200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = tmp_path / "files"
    files.mkdir()
    (files / "index.js").write_text(SCRIPT)
    (files / "small.js").write_text("1")
    (files / "font.woff2").write_bytes(b"\x00" * 5000)
    (tmp_path / "secret").write_text("not for you")
    return files


@pytest.fixture
def client(folder: Path) -> AsyncClient:
    return asking(Starlette(routes=[Mount("/", CompressedFiles(folder))]))


async def raw(client: AsyncClient, path: str, **headers: str) -> tuple[Response, bytes]:
    async with client.stream("GET", path, headers=headers) as response:
        return response, b"".join([piece async for piece in response.aiter_raw()])


async def test_a_script_comes_compressed(client: AsyncClient) -> None:
    response, body = await raw(client, "/index.js", **{"accept-encoding": "gzip, br"})

    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["vary"] == "Accept-Encoding"
    assert "javascript" in response.headers["content-type"]
    assert gzip.decompress(body).decode() == SCRIPT


async def test_a_changed_script_is_compressed_anew(client: AsyncClient, folder: Path) -> None:
    await raw(client, "/index.js", **{"accept-encoding": "gzip"})
    (folder / "index.js").write_text(SCRIPT + "// more")
    _, body = await raw(client, "/index.js", **{"accept-encoding": "gzip"})

    assert gzip.decompress(body).decode() == SCRIPT + "// more"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/index.js", {"accept-encoding": "identity"}),
        ("/index.js", {"accept-encoding": "gzip", "range": "bytes=0-9"}),
        ("/small.js", {"accept-encoding": "gzip"}),
        ("/font.woff2", {"accept-encoding": "gzip"}),
    ],
)
async def test_what_is_not_worth_it_or_not_wanted_comes_plain(
    client: AsyncClient, path: str, headers: dict[str, str]
) -> None:
    response, body = await raw(client, path, **headers)

    assert response.is_success
    assert "content-encoding" not in response.headers
    assert response.headers["vary"] == "Accept-Encoding"
    assert len(body) == int(response.headers["content-length"])


async def test_a_browser_that_has_the_file_is_told_so(client: AsyncClient) -> None:
    first, _ = await raw(client, "/index.js", **{"accept-encoding": "gzip"})
    again, body = await raw(
        client, "/index.js", **{"accept-encoding": "gzip", "if-none-match": first.headers["etag"]}
    )

    assert (again.status_code, body) == (304, b"")


@pytest.mark.parametrize("path", ["/nothing.js", "/../secret", "/%2e%2e/secret", "/"])
async def test_there_is_nothing_outside_the_folder(client: AsyncClient, path: str) -> None:
    response = await client.get(path)

    assert response.status_code == 404
