"""The user's guide gives seven tips and claims an effect for each: here they are measured.

    experiments (what is compared) → plan (boots and runs) → running (engines, journal)
        → verdicts (holds or not) → report (HTML, Markdown, JSON)

`python -m backend.bench` runs it. Standard library, the launcher and the memory formula only, but
for the chat's own history trimming: it runs in vLLM's environment, also where nothing else is.
"""
