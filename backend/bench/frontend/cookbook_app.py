"""The chat as Chainlit's cookbook writes it: openai's objects, one `stream_token` a chunk.

The bench runs it with `chainlit run`, as its authors do.
"""

from __future__ import annotations

import os

import chainlit as cl
from openai import AsyncOpenAI

client = AsyncOpenAI(base_url=os.environ["BENCH_ENGINE_URL"], api_key="EMPTY")
MODEL = os.environ["BENCH_MODEL"]


@cl.on_chat_start
def start() -> None:
    """Begin a history."""
    cl.user_session.set("history", [])  # type: ignore[no-untyped-call]


@cl.on_message
async def answer(message: cl.Message) -> None:
    """Stream the reply."""
    history = cl.user_session.get("history")  # type: ignore[no-untyped-call]
    history.append({"role": "user", "content": message.content})
    reply = cl.Message(content="")
    stream = await client.chat.completions.create(model=MODEL, messages=history, stream=True)
    async for chunk in stream:
        if token := chunk.choices[0].delta.content:
            await reply.stream_token(token)
    history.append({"role": "assistant", "content": reply.content})
    await reply.update()  # type: ignore[no-untyped-call]
