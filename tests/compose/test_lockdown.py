"""What the running containers may do, and who learns which secret."""

from __future__ import annotations

import aiohttp
import pytest

from tests.compose.conftest import HUB_TOKEN
from tests.compose.stack import CommandError, ComposeStack

pytestmark = pytest.mark.asyncio(loop_scope="session")

SERVICES = ("prepare", "chat", "database", "engine")
WRITE_OUTSIDE = "import pathlib; pathlib.Path('/opt/warmline/new').touch()"


async def test_the_chat_alone_is_published_and_on_this_machine_only(stack: ComposeStack) -> None:
    ports = {
        service: (await stack.inspect(service))["NetworkSettings"]["Ports"] for service in SERVICES
    }

    assert not ports["engine"]
    assert not ports["prepare"]
    assert not any(ports["database"].values())
    [published] = [bound for bindings in ports["chat"].values() for bound in bindings or ()]
    assert published["HostIp"] == "127.0.0.1"


@pytest.mark.parametrize("service", SERVICES)
async def test_a_container_is_locked_down(stack: ComposeStack, service: str) -> None:
    container = await stack.inspect(service)
    host = container["HostConfig"]

    assert container["Config"]["User"] == "2000:0"
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert host["CapAdd"] is None
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["Privileged"] is False
    assert host["Init"] is True
    assert host["LogConfig"] == {
        "Type": "json-file",
        "Config": {"max-size": "10m", "max-file": "3"},
    }


@pytest.mark.parametrize("service", ["chat", "engine"])
async def test_a_process_in_it_has_no_rights(stack: ComposeStack, service: str) -> None:
    status = await stack.execute(service, "cat", "/proc/self/status")
    rights = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)

    assert rights["Uid"].split() == ["2000"] * 4
    assert int(rights["CapEff"], 16) == int(rights["CapBnd"], 16) == 0
    assert rights["NoNewPrivs"] == "1"
    with pytest.raises(CommandError, match="Read-only file system"):
        await stack.execute(service, "python3", "-c", WRITE_OUTSIDE)


@pytest.mark.parametrize("service", ["chat", "database", "engine"])
async def test_whatever_ends_is_started_again(stack: ComposeStack, service: str) -> None:
    assert (await stack.inspect(service))["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"


async def test_the_key_is_made_for_both_and_shown_nowhere(stack: ComposeStack) -> None:
    key = await stack.execute("chat", "cat", "/run/warmline/engine-key")

    assert len(key) >= 32
    for service in SERVICES:
        assert key not in str(await stack.inspect(service))
        assert key not in await stack.logs(service)


async def test_the_database_s_password_is_shown_nowhere(stack: ComposeStack) -> None:
    password = await stack.execute("chat", "cat", "/run/warmline-database/password")

    assert len(password) >= 32
    for service in SERVICES:
        assert password not in str(await stack.inspect(service))
        assert password not in await stack.logs(service)
    with pytest.raises(CommandError, match="No such file"):
        await stack.execute("engine", "cat", "/run/warmline-database/password")


async def test_without_the_key_the_engine_answers_nobody(stack: ComposeStack) -> None:
    ask = "import urllib.request as u; u.urlopen('http://engine:8001/v1/models')"

    with pytest.raises(CommandError, match="401"):
        await stack.execute("chat", "python", "-c", ask)


async def test_the_hub_s_token_reaches_the_engine_alone(stack: ComposeStack) -> None:
    has_token = {s: HUB_TOKEN in str((await stack.inspect(s))["Config"]["Env"]) for s in SERVICES}

    assert has_token == {"prepare": False, "chat": False, "database": False, "engine": True}


async def test_a_foreign_name_is_refused_where_the_chat_is_published(stack: ComposeStack) -> None:
    async with aiohttp.request("GET", stack.url, headers={"Host": "warmline.example"}) as answer:
        assert answer.status == 421
