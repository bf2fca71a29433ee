"""What people ask in the benches, and a text that is read for its loss."""

from __future__ import annotations

QUESTIONS = (
    "What is continuous batching?",
    "Why is the sky blue?",
    "How does a prefix cache save work?",
    "Explain the difference between latency and throughput.",
    "What makes bread rise?",
    "How do tides come about?",
    "Write a sentence about the sea at night.",
    "What does a compiler do?",
    "Name three uses of copper.",
    "How does a bicycle stay upright?",
)

# Written for this bench; no model has been trained on it.
TEXT = """Rain begins high above the ground. Warm air carries water upwards as vapour, and where the
air grows cold enough the vapour settles on specks of dust and becomes drops too small to fall. They
drift, meet, and grow, until the air can no longer hold them up. On the way down they meet drier air
again, so that much of what left the cloud never reaches the fields below. What does arrive runs off
into streams, sinks to the roots of trees, or waits in ponds for the next warm day, when it rises
and the whole journey is made once more. A single drop may travel for thousands of miles before it
comes back to the sea from which it was taken, and nobody who watches it on a window could tell
where it has been."""

WORDS = tuple(TEXT.split())
