"""What a person sees: one reply in a real browser's page, its dropped frames and its lateness."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TypedDict

from playwright.async_api import Page, async_playwright

from backend.bench.frontend.measure import percentile
from backend.bench.frontend.processes import Process
from backend.bench.frontend.speech import Question

CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run")
FRAME_SECONDS = 1 / 60
LIMIT_MILLISECONDS = 180_000
FEW_TURNS = 10
REST_MILLISECONDS = 500  # between two messages: the page has drawn what came with the end

# A stamp is seen when the page's text holds it; the frame that shows it is the next one.
WATCH = r"""
() => {
  window.bench?.ends();
  const observers = [];
  const ends = () => observers.forEach((observer) => observer.disconnect());
  const bench = (window.bench = { frames: [], tasks: [], renders: 0, seen: [], ends });
  const replies = () => document.querySelectorAll('[data-step-type="assistant_message"]');
  const before = replies().length;
  const tasks = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) bench.tasks.push(entry.duration);
  });
  tasks.observe({ type: "longtask" });
  const renders = new MutationObserver(() => (bench.renders += 1));
  renders.observe(document.body, { childList: true, subtree: true, characterData: true });
  observers.push(tasks, renders);
  const frame = (now) => {
    bench.frames.push(now);
    const stamps = replies()[before]?.textContent.match(/@\d+\.\d+@/g) ?? [];
    while (bench.seen.length < stamps.length) {
      const sent = Number(stamps[bench.seen.length].slice(1, -1));
      bench.seen.push(Date.now() / 1000 - sent);
    }
    if (bench.seen.length < 2) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}
"""


class Watched(TypedDict):
    """What the page's script noted: milliseconds of frames and long tasks, seconds of stamps."""

    frames: list[float]
    tasks: list[float]
    renders: int
    seen: list[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One reply in the page. Times are in seconds.

    A display that could be refreshed 60 times a second and was not has dropped frames. A long task
    keeps the page from answering for more than 0.05 s (W3C Long Tasks).
    """

    num_tokens: int
    tokens_per_second: int
    first_late_seconds: float
    last_late_seconds: float
    renders_per_second: float
    dropped_share: float
    frame_p99_seconds: float
    longest_frame_seconds: float
    long_task_share: float
    longest_task_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstText:
    """From the engine's first token to the page's first text, in seconds, one person alone.

    Of all turns of one conversation, of its first ten, and of its last ten: Chainlit's page draws
    all messages anew for each change, so a long conversation is slower.
    """

    first_late_p50_seconds: float
    first_late_p99_seconds: float
    first_late_first_turns_p50_seconds: float
    first_late_last_turns_p50_seconds: float


async def first_text(app: Process, num_messages: int) -> FirstText:
    """Short messages in one conversation, one after the other."""
    async with _page(app) as page:
        late = [(await _ask(page, Question(1)))["seen"][0] for _ in range(num_messages)]
    return FirstText(
        first_late_p50_seconds=percentile(late, 0.5),
        first_late_p99_seconds=percentile(late, 0.99),
        first_late_first_turns_p50_seconds=percentile(late[:FEW_TURNS], 0.5),
        first_late_last_turns_p50_seconds=percentile(late[-FEW_TURNS:], 0.5),
    )


async def show(app: Process, question: Question, *, slowdown: float = 1.0) -> Shown:
    """Ask in a page, and watch the reply to its end.

    Args:
        app: the chat.
        question: what is asked.
        slowdown: how many times slower than this machine the browser's processor is made.

    Raises:
        playwright.async_api.TimeoutError: the reply did not end in three minutes.
    """
    async with _page(app) as page:
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
        return _shown(question, await _ask(page, question))


@asynccontextmanager
async def _page(app: Process) -> AsyncIterator[Page]:
    """A page at the chat that has shown a reply: its code and its fonts are there."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(FLAGS), ignore_default_args=["--headless"]
        )
        try:
            page = await browser.new_page(viewport={"width": 1280, "height": 800})
            await page.goto(f"http://127.0.0.1:{app.port}/")
            await _ask(page, Question(1))
            yield page
        finally:
            await browser.close()


async def _ask(page: Page, question: Question) -> Watched:
    await page.wait_for_timeout(REST_MILLISECONDS)
    await page.fill("#chat-input", str(question))
    await page.wait_for_function("() => !document.querySelector('#chat-submit')?.disabled")
    await page.evaluate(WATCH)
    await page.click("#chat-submit")
    await page.wait_for_function("() => window.bench.seen.length >= 2", timeout=LIMIT_MILLISECONDS)
    watched: Watched = await page.evaluate("() => ({ ...window.bench, ends: null })")
    return watched


def _shown(question: Question, watched: Watched) -> Shown:
    times = [at / 1000 for at in watched["frames"]]
    gaps = [later - at for at, later in pairwise(times)]
    seconds = times[-1] - times[0]
    tasks = [duration / 1000 for duration in watched["tasks"]]
    return Shown(
        num_tokens=question.num_tokens,
        tokens_per_second=question.tokens_per_second,
        first_late_seconds=watched["seen"][0],
        last_late_seconds=watched["seen"][1],
        renders_per_second=watched["renders"] / seconds,
        dropped_share=max(0.0, 1 - len(gaps) * FRAME_SECONDS / seconds),
        frame_p99_seconds=percentile(gaps, 0.99),
        longest_frame_seconds=max(gaps),
        long_task_share=sum(tasks) / seconds,
        longest_task_seconds=max(tasks, default=0.0),
    )
