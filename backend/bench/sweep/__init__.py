"""Good `max-num-seqs`, `max-num-batched-tokens` and `stream-interval` for a card and a goal.

    search (which engine next) → tips.running (measures it) → goal (is it better?)
        → front and picture, profile file

`python -m backend.bench sweep --goal latency|throughput` runs it.
"""
