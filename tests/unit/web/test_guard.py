from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from starlette.types import ASGIApp

from backend.web.guard import MAX_BODY_BYTES, guarded
from tests.unit.web.asgi import Target, asking, open_socket

PUBLIC_URL = "https://chat.example.org"
POLICY = "default-src 'self'"
CLOSED = [{"type": "websocket.close", "code": 1008}]


def guard(target: Target, public_url: str | None = None) -> ASGIApp:
    return guarded(target, public_url=public_url, content_security_policy=POLICY)


async def get(app: ASGIApp, path: str = "/user", **headers: str) -> tuple[int, str]:
    async with asking(app) as client:
        response = await client.get(path, headers=headers)
    return response.status_code, response.text


class TestHost:
    @pytest.mark.parametrize(
        "host", ["localhost", "localhost:8000", "LOCALHOST:1", "127.0.0.1:9", "[::1]:8000"]
    )
    async def test_names_of_this_machine_are_ours_with_any_port(self, host: str) -> None:
        assert (await get(guard(Target()), host=host))[0] == 200

    @pytest.mark.parametrize(
        "host",
        [
            "evil.example",
            "localhost.evil.example",
            "me@localhost",
            "localhost/x",
            "",
            "localhost:x",
        ],
    )
    async def test_any_other_name_is_refused_with_the_way_out(self, host: str) -> None:
        target = Target()
        code, text = await get(guard(target), host=host)

        assert code == 421
        assert "WARMLINE_PUBLIC_URL" in text
        assert not target.calls

    async def test_the_public_url_s_host_is_ours_too(self) -> None:
        app = guard(Target(), PUBLIC_URL)

        assert (await get(app, host="chat.example.org"))[0] == 200
        assert (await get(app, host="localhost:8000"))[0] == 200
        assert (await get(app, host="example.org"))[0] == 421

    async def test_two_hosts_are_refused(self) -> None:
        async with asking(guard(Target())) as client:
            response = await client.get(
                "/user", headers=[("host", "localhost"), ("host", "evil.example")]
            )

        assert response.status_code == 421

    async def test_a_socket_of_another_name_is_closed_before_it_opens(self) -> None:
        target = Target()
        sent, _, _ = await open_socket(guard(target), host="evil.example")

        assert sent == CLOSED
        assert not target.calls

    @pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
    async def test_probes_answer_to_every_name(self, path: str) -> None:
        assert (await get(guard(Target()), path, host="10.1.2.3:8000"))[0] == 200


class TestOrigin:
    @pytest.mark.parametrize(
        ("host", "origin"),
        [
            ("localhost:8000", "http://localhost:8000"),
            ("127.0.0.1:9000", "http://127.0.0.1:9000"),
            ("[::1]:8000", "http://[::1]:8000"),
            ("localhost", "https://localhost"),
            ("localhost:80", "http://localhost"),
        ],
    )
    async def test_the_host_that_was_asked_is_our_origin(self, host: str, origin: str) -> None:
        assert (await get(guard(Target()), host=host, origin=origin))[0] == 200

    @pytest.mark.parametrize(
        "origin",
        [
            "http://evil.example",
            "http://localhost:3000",
            "http://localhost:8000.evil.example",
            "null",
            "",
            "file://",
            "chrome-extension://localhost:8000",
        ],
    )
    async def test_any_other_origin_is_refused(self, origin: str) -> None:
        target = Target()
        code, text = await get(guard(target), host="localhost:8000", origin=origin)

        assert code == 403
        assert "another site" in text
        assert not target.calls

    async def test_the_public_url_is_our_origin_whatever_host_a_proxy_sends(self) -> None:
        app = guard(Target(), f"{PUBLIC_URL}/chat")

        assert (await get(app, host="127.0.0.1:8000", origin=PUBLIC_URL))[0] == 200
        assert (await get(app, host="127.0.0.1:8000", origin=f"{PUBLIC_URL}:8443"))[0] == 403
        assert (await get(app, host="127.0.0.1:8000", origin="http://chat.example.org"))[0] == 403

    async def test_a_foreign_page_opens_no_socket(self) -> None:
        sent, _, _ = await open_socket(guard(Target()), origin="http://evil.example")

        assert sent == CLOSED

    async def test_what_says_no_origin_is_no_foreign_page(self) -> None:
        target = Target()
        sent, _, _ = await open_socket(guard(target))

        assert sent == []
        assert len(target.calls) == 1


async def test_a_socket_s_frames_pass_untouched_and_unbuffered() -> None:
    target = Target()
    _, receive, send = await open_socket(guard(target, f"{PUBLIC_URL}/chat"))
    [(_, receive_given, send_given)] = target.calls

    assert receive_given is receive
    assert send_given is send


class TestBody:
    async def test_a_body_up_to_the_limit_passes(self) -> None:
        async with asking(guard(Target())) as client:
            response = await client.post("/project/action", content=b"x" * MAX_BODY_BYTES)

        assert response.status_code == 200

    async def test_a_larger_one_is_refused_unread(self) -> None:
        target = Target()
        async with asking(guard(target)) as client:
            response = await client.post("/project/action", content=b"x" * (MAX_BODY_BYTES + 1))

        assert response.status_code == 413
        assert "1024 KiB" in response.text
        assert not target.calls

    async def test_one_that_does_not_say_its_length_is_refused(self) -> None:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"x"

        target = Target()
        async with asking(guard(target)) as client:
            response = await client.post("/project/action", content=pieces())

        assert response.status_code == 411
        assert not target.calls


class TestHeaders:
    async def test_every_answer_has_the_security_headers_refusals_included(self) -> None:
        async with asking(guard(Target())) as client:
            answers = [
                await client.get("/"),
                await client.get("/docs"),
                await client.get("/", headers={"host": "evil.example"}),
            ]

        assert [answer.status_code for answer in answers] == [200, 404, 421]
        for answer in answers:
            assert answer.headers["content-security-policy"] == POLICY
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["referrer-policy"] == "same-origin"
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"

    @pytest.mark.parametrize(
        ("path", "kept"),
        [
            ("/", "no-store"),
            ("/project/settings", "no-store"),
            ("/assets/index-abc.js", "public, max-age=31536000, immutable"),
            ("/public/warmline.js", "no-cache"),
        ],
    )
    async def test_only_what_has_no_person_in_it_is_kept_by_browsers(
        self, path: str, kept: str
    ) -> None:
        async with asking(guard(Target())) as client:
            response = await client.get(path)

        assert response.headers["cache-control"] == kept

    async def test_a_file_that_is_missing_is_not_remembered_as_missing(self) -> None:
        async with asking(guard(Target(status=404))) as client:
            response = await client.get("/assets/index-abc.js")

        assert response.headers["cache-control"] == "no-store"

    async def test_an_answer_s_own_word_on_keeping_stands(self) -> None:
        async with asking(guard(Target(headers={"cache-control": "max-age=7"}))) as client:
            response = await client.get("/user")

        assert response.headers["cache-control"] == "max-age=7"


class TestSubPath:
    @pytest.mark.parametrize(
        ("asked", "seen"),
        [
            ("/chat", "/"),
            ("/chat/", "/"),
            ("/chat/user", "/user"),
            ("/chat/chat", None),
            ("/user", "/user"),
            ("/chatter", None),
        ],
    )
    async def test_it_is_taken_off_whether_or_not_the_proxy_did(
        self, asked: str, seen: str | None
    ) -> None:
        target = Target()
        await get(guard(target, f"{PUBLIC_URL}/chat"), asked)

        assert [scope["path"] for scope, _, _ in target.calls] == ([seen] if seen else [])

    async def test_sockets_find_their_way_too(self) -> None:
        target = Target()
        await open_socket(guard(target, f"{PUBLIC_URL}/chat"), "/chat/ws/socket.io/")

        assert target.scope["path"] == "/ws/socket.io/"


async def test_the_server_s_own_start_and_end_pass() -> None:
    target = Target()

    async def nothing(*_: object) -> None:
        raise AssertionError("nothing is asked of it")

    await guard(target, f"{PUBLIC_URL}/chat")({"type": "lifespan"}, nothing, nothing)  # type: ignore[arg-type]

    assert target.scope["type"] == "lifespan"
