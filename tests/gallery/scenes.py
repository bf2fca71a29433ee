"""The scenes, in the order of a visit: the stack is set for each, then every tab plays its part."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.fakes.browser import COMPOSER, SEND, Tab
from tests.fakes.stack import Stack
from tests.gallery.replies import BUSY, CODE, SKY, STORY, teach

CARD = "#warmline-gate"
SIDEBAR = "[role=dialog][data-sidebar=sidebar]"  # of a phone
OPENS_SECONDS = 30.0
SETTLES_SECONDS = 0.8
RETRY_IS_SAID = """() => /trying again|重试/i.test(document.querySelector("#root").innerText)"""
MODEL = "Qwen/Qwen3-4B-Instruct-2507"
COMMAND = (
    f"python -m vllm.entrypoints.openai.api_server --model {MODEL} --served-model-name {MODEL} "
    "--quantization fp8 --gpu-memory-utilization 0.92 --max-model-len 32768 --max-num-seqs 256 "
    "--max-num-batched-tokens 8192 --cudagraph-capture-sizes 1 2 4 8 16 32 64 128 256 "
    "--stream-interval 8"
)
LOG = (
    "INFO Resolved architecture: Qwen3ForCausalLM",
    "INFO Using max model len 32768",
    "INFO Starting to load model Qwen/Qwen3-4B-Instruct-2507...",
    "Loading safetensors checkpoint shards:  50% Completed | 1/2",
)
ENGINE = {
    "profile": "h100-80gb",
    "command": COMMAND.split(),
    "hardware": {"kind": "gpu", "name": "NVIDIA H100 80GB HBM3", "count": 1},
    "log_tail": list(LOG),
}


@dataclass
class Visitor:
    """A tab with its language, theme and size, and the link that was made in it."""

    tab: Tab
    language: str
    is_phone: bool = False
    link: str = ""

    async def ask(self, question: dict[str, str]) -> None:
        """Send a question, and wait until its reply has ended."""
        page = self.tab.page
        buttons = page.locator("[id$='.regenerate'], [id$='.continue']")
        before = await buttons.count()
        await self.tab.write(question[self.language])
        await self.tab.opens(OPENS_SECONDS)
        await page.press(COMPOSER, "Enter")
        await buttons.nth(before).wait_for(timeout=OPENS_SECONDS * 1000)


Stage = Callable[[Stack], Awaitable[None]]
Part = Callable[[Visitor], Awaitable[None]]


@dataclass(frozen=True)
class Scene:
    """A state of the page: what happens behind it, then what a visitor does."""

    name: str
    stage: Stage
    part: Part

    async def play(self, visitor: Visitor) -> None:
        """The visitor's part; then the pointer is away, and what moved has come to rest."""
        await self.part(visitor)
        await visitor.tab.page.mouse.move(0, 0)
        await asyncio.sleep(SETTLES_SECONDS)


async def _as_it_is(_: Stack) -> None:
    """Nothing happens behind the page."""


async def _loads(stack: Stack) -> None:
    stack.status_page.show(
        "loading_weights", progress=0.46, eta_seconds=17.0, fraction=0.5, **ENGINE
    )
    await stack.chat.phase("loading_weights")


async def _fails(stack: Stack) -> None:
    stack.status_page.fail(
        "memory_taken",
        "Another program holds the card's memory: 61.2 of 79.6 GiB are taken.",
        "End that program, or lower --gpu-memory-utilization in WARMLINE_ENGINE_FLAGS.",
    )
    await stack.chat.phase("failed")


async def _opens(stack: Stack) -> None:
    teach(stack.engine)
    stack.status_page.show("serving", progress=1.0, problem=None)
    await stack.engine.open()
    await stack.chat.ready(OPENS_SECONDS)


async def _goes_away(stack: Stack) -> None:
    await stack.engine.close()
    await stack.chat.phase("lost")


async def _drafts(visitor: Visitor) -> None:
    await visitor.tab.page.wait_for_selector(CARD)
    await visitor.tab.page.wait_for_selector(f"{CARD} .wl-fact")
    await visitor.tab.write(SKY[visitor.language])


async def _asks_why(visitor: Visitor) -> None:
    await visitor.tab.page.click(f"{CARD} .wl-why summary")


async def _reads_log(visitor: Visitor) -> None:
    await visitor.tab.page.click(f"{CARD} .wl-why summary")
    await visitor.tab.page.click(f"{CARD} .wl-log summary")
    await visitor.tab.page.wait_for_function(
        "text => document.querySelector('.wl-lines').textContent.includes(text)", arg=LOG[0]
    )


async def _sees_problem(visitor: Visitor) -> None:
    await visitor.tab.page.click(f"{CARD} .wl-log summary")
    await visitor.tab.page.wait_for_selector(f"{CARD} .wl-problem")


async def _arrives(visitor: Visitor) -> None:
    await visitor.tab.page.wait_for_selector(CARD, state="detached")
    await visitor.tab.page.wait_for_selector(f"{SEND}:not(:disabled)")


async def _reads(visitor: Visitor) -> None:
    await visitor.ask(SKY)


async def _reads_code(visitor: Visitor) -> None:
    await visitor.ask(CODE)
    await visitor.tab.page.wait_for_selector(".katex")


async def _waits_for_retry(visitor: Visitor) -> None:
    await visitor.tab.write(BUSY[visitor.language])
    await visitor.tab.opens(OPENS_SECONDS)
    await visitor.tab.send()
    await visitor.tab.page.wait_for_function(RETRY_IS_SAID)


async def _is_interrupted(visitor: Visitor) -> None:
    await visitor.tab.stop()  # what the busy engine was asked
    await visitor.ask(STORY)


async def _opens_menu(visitor: Visitor) -> None:
    await visitor.tab.page.click("#warmline-menu-button")


async def _shares(visitor: Visitor) -> None:
    await visitor.tab.page.locator("#warmline-menu .wl-menu-item").nth(2).click()
    await visitor.tab.page.click("#warmline-share .wl-main")
    await visitor.tab.page.wait_for_selector("#warmline-share input")
    visitor.link = await visitor.tab.page.input_value("#warmline-share input")


async def _asks_to_delete_all(visitor: Visitor) -> None:
    await visitor.tab.page.keyboard.press("Escape")
    await visitor.tab.page.click("#warmline-menu-button")
    await visitor.tab.page.locator("#warmline-menu .wl-menu-item").last.click()
    await visitor.tab.page.wait_for_selector("#warmline-delete-all .wl-danger")


async def _chooses(visitor: Visitor) -> None:
    await visitor.tab.page.keyboard.press("Escape")
    await visitor.tab.page.click("#warmline-choices-button")
    await visitor.tab.page.wait_for_selector("#warmline-choices form")


async def _mistakes(visitor: Visitor) -> None:
    await visitor.tab.page.fill("#warmline-choices-temperature", "11")
    await visitor.tab.page.fill("#warmline-choices-top_p", "nucleus")
    await visitor.tab.page.click("#warmline-choices .wl-main")
    await visitor.tab.page.wait_for_selector("#warmline-choices .wl-mistake:not(:empty)")


async def _opens_profiles(visitor: Visitor) -> None:
    await visitor.tab.page.keyboard.press("Escape")
    await visitor.tab.page.click("#chat-profiles")
    await visitor.tab.page.wait_for_selector("[role=option]")


async def _opens_history(visitor: Visitor) -> None:
    await visitor.tab.page.locator("[role=option]").first.click()  # as it was
    await visitor.tab.page.wait_for_selector("[role=option]", state="detached")
    if visitor.is_phone:
        await visitor.tab.page.click("#sidebar-trigger-button")
    else:
        await visitor.tab.page.click("#search-chats-button")


async def _reads_numbers(visitor: Visitor) -> None:
    await visitor.tab.page.locator("[id$='.numbers']").last.click()
    await visitor.tab.page.wait_for_selector("#warmline-numbers:popover-open")


async def _loses_engine(visitor: Visitor) -> None:
    if visitor.is_phone:
        await visitor.tab.page.mouse.click(375, 500)  # beside the sidebar
        await visitor.tab.page.wait_for_selector(SIDEBAR, state="detached")
    else:
        await visitor.tab.page.keyboard.press("Escape")
    await visitor.tab.page.focus(COMPOSER)
    await visitor.tab.page.wait_for_selector(CARD)


async def _follows_link(visitor: Visitor) -> None:
    await visitor.tab.page.goto(visitor.link)
    await visitor.tab.page.wait_for_selector("main article")


SCENES = (
    Scene("starting", _loads, _drafts),
    Scene("reasons", _as_it_is, _asks_why),
    Scene("log", _as_it_is, _reads_log),
    Scene("problem", _fails, _sees_problem),
    Scene("welcome", _opens, _arrives),
    Scene("reply", _as_it_is, _reads),
    Scene("numbers", _as_it_is, _reads_numbers),
    Scene("code", _as_it_is, _reads_code),
    Scene("retrying", _as_it_is, _waits_for_retry),
    Scene("interrupted", _as_it_is, _is_interrupted),
    Scene("menu", _as_it_is, _opens_menu),
    Scene("share", _as_it_is, _shares),
    Scene("delete-all", _as_it_is, _asks_to_delete_all),
    Scene("settings", _as_it_is, _chooses),
    Scene("mistakes", _as_it_is, _mistakes),
    Scene("profiles", _as_it_is, _opens_profiles),
    Scene("history", _as_it_is, _opens_history),
    Scene("lost", _goes_away, _loses_engine),
    Scene("shared", _as_it_is, _follows_link),
)
