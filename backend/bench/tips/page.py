"""A report as one HTML page that asks no other host for anything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from backend.bench.tips.plan import Configuration, Experiment
from backend.bench.tips.plots import plots
from backend.bench.tips.report import Report
from backend.bench.tips.results import Results
from backend.bench.tips.workloads import Workload

NUMBERS = (
    ("output_tokens_per_second", "tok/s"),
    ("ttft_seconds", "TTFT, s"),
    ("ttft_p99_seconds", "TTFT p99, s"),
    ("tpot_seconds", "TPOT, s"),
    ("latency_seconds", "latency, s"),
    ("answered_seconds", "wait, s"),
    ("cached_share", "cached"),
    ("num_preemptions", "preemptions"),
    ("num_refused", "refused"),
    ("num_failed", "failed"),
    ("loss", "loss"),
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto }
th, td { text-align: left; padding: .25rem .7rem; border-bottom: 1px solid #8886;
  vertical-align: top }
svg { max-width: 100%; height: auto; display: block; margin: 1rem 0 }
.holds { color: #228833; font-weight: 600 }
.does-not-hold { color: #cc3311; font-weight: 600 }
.not-measurable-here, .no-claim { opacity: .7 }
code, pre { font-size: .85em; overflow-x: auto }
"""


def page(report: Report) -> str:
    """The whole page."""
    body = [
        "<h1>The seven tips, measured</h1>",
        _table(["", ""], [[name, value] for name, value in report.on.items()]),
    ]
    if not report.is_complete:
        body.append("<p><strong>Not complete: the same command goes on.</strong></p>")
    body += ["<h2>Verdicts</h2>", _verdicts(report)]
    for experiment in report.experiments:
        body += _section(experiment, report.results)
    if report.limits:
        rows = [[x.name, x.limit, x.measured, x.beside] for x in report.limits]
        head = ["limit", "floor or plan", "measured", ""]
        body += ["<h2>Physical limits</h2>", _table(head, rows)]
    raw = escape(json.dumps(report.as_json(), indent=1))
    body.append(f"<details><summary>Raw results</summary><pre>{raw}</pre></details>")
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width">',
            "<title>The seven tips, measured</title>",
            f"<style>{_STYLE}</style></head><body>",
            *body,
            "</body></html>\n",
        ]
    )


def _verdicts(report: Report) -> str:
    rows = "".join(
        f"<tr><td>{e.tip} {escape(e.title)}</td><td>{escape(e.claim)}</td>"
        f'<td class="{v.answer.replace(" ", "-")}">{v.answer}</td>'
        f"<td>{escape(v.measured)}</td></tr>"
        for e, v in report.verdicts()
    )
    head = "<tr><th>tip</th><th>the guide says</th><th>verdict</th><th>we measured</th></tr>"
    return f"<table>{head}{rows}</table>"


def _section(experiment: Experiment, results: Results) -> list[str]:
    return [
        f"<h2>{experiment.tip} {escape(experiment.title)}</h2>",
        f"<p>{escape(experiment.claim)}</p>",
        *(f"<figure>{plot.svg}</figure>" for plot in plots(experiment, results)),
        _runs(experiment, results),
    ]


def _runs(experiment: Experiment, results: Results) -> str:
    """A row for each engine and workload, without the columns that no run fills."""
    rows = [
        _row(results, arm.configuration, workload)
        for arm in experiment.arms
        for workload in arm.workloads
    ]
    head = ["engine", "asked", "runs", *(label for _, label in NUMBERS)]
    used = [
        place for place in range(len(head)) if place < 3 or any(row[place] != "—" for row in rows)
    ]
    return _table([head[place] for place in used], [[row[p] for p in used] for row in rows])


def _row(results: Results, engine: Configuration, workload: Workload) -> list[str]:
    runs, failure = results.runs(engine, workload), results.failure(engine, workload)
    cells = [results.find(engine, workload, name) for name, _ in NUMBERS]
    count = f"failed: {failure}" if failure and not runs else str(len(runs))
    return [
        engine.name,
        workload.words,
        count,
        *("—" if cell is None else str(cell) for cell in cells),
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return f"<table><tr>{top}</tr>{body}</table>"
