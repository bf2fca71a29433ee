"""How much memory a model takes on a card, and what that leaves for the KV cache.

Standard library only, Python 3.11 and 3.12: the launcher uses it beside vLLM, the planner and the
benchmark beside the chat. Sizes are bytes (GiB = 2**30 where a name says so), tokens are `num_*`.
"""
