"""What is left of a real engine's speed when people chat with it through the page.

    people ⇄ chat (a process) ⇄ engine       the page's own sockets
    people ⇄ engine                          the same questions, without a chat
    `vllm bench serve` ⇄ engine              vLLM's own client

`python -m backend.bench.people --engine-url URL` takes them in turns and prints the ratios.
"""
