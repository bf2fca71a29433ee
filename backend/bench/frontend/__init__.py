"""What the chat itself costs: our app beside a cookbook-style one, same engine, same people.

    people (this process) ⇄ app (a process) ⇄ engine (a process, no model)

`python -m backend.bench.frontend` runs all in alternation and prints ratios; `--short` is CI's.
"""
