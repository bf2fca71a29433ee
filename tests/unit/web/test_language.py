from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from backend.web.language import OurLanguages, page_language
from tests.unit.web.asgi import Target, asking


@pytest.mark.parametrize(
    "wanted", ["zh", "zh-CN", "zh-HK", "zh-Hans-CN", "ZH-tw", "zh-CN,en;q=0.5"]
)
def test_every_kind_of_chinese_gets_simplified_chinese(wanted: str) -> None:
    assert page_language(wanted) == "zh-CN"


@pytest.mark.parametrize("wanted", ["en-US", "fr", "en,zh;q=0.5", "", "x"])
def test_all_others_get_english(wanted: str) -> None:
    assert page_language(wanted) == "en"


@pytest.mark.parametrize(
    ("asked", "seen"),
    [("zh-HK", "zh-CN"), ("zh-Hans-CN", "zh-CN"), ("fr-FR", "en-US"), ("'; --", "en-US")],
)
@pytest.mark.parametrize("path", ["/project/settings", "/project/translations"])
async def test_chainlit_sees_one_of_the_two_that_it_has(path: str, asked: str, seen: str) -> None:
    target = Target()
    async with asking(OurLanguages(target)) as client:
        await client.get(path, params={"language": asked, "chat_profile": "code & more"})

    query = parse_qs(target.scope["query_string"].decode())
    assert query == {"language": [seen], "chat_profile": ["code & more"]}


async def test_other_paths_keep_their_query() -> None:
    target = Target()
    async with asking(OurLanguages(target)) as client:
        await client.get("/project/file/0f", params={"language": "zh-HK"})

    assert target.scope["query_string"] == b"language=zh-HK"
