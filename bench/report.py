"""The report of a run: Markdown tables and an SVG picture, both made here."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from figures import Figures, percentile
from picture import draw
from queries import QUERIES

__all__ = ["Goal", "goals_of", "write_report"]

NAMES = {
    "bare": "bare SQL, asyncpg loop",
    "pgbench": "bare SQL, pgbench",
    "yuanluo": "**yuanluo**",
    "postgraphile": "PostGraphile 5",
    "usual": "the usual way",
}
ALL = [each.name for each in QUERIES]


@dataclass(frozen=True, slots=True)
class Goal:
    """One sentence of the goals, with what was found."""

    what: str
    wanted: str
    found: str
    met: bool


def _peers(found: dict[str, dict[str, list[float]]]) -> list[str]:
    return [each for each in NAMES if each in found]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
    ]


def _ms(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)


def goals_of(figures: Figures) -> list[Goal]:
    """Return every goal that this run can judge."""
    goals: list[Goal] = []
    if "bare" in figures.one:
        for query in ALL:
            bare, ours = figures.median("bare", query), figures.median("yuanluo", query)
            allowed = bare * 1.15 + 0.3
            goals.append(
                Goal(
                    f"PostgreSQL, one client, {query}",
                    f"≤ bare + 0.3 ms + 15 % = {_ms(allowed)} ms",
                    f"{_ms(ours)} ms",
                    ours <= allowed,
                )
            )
    for query in figures.sqlite.get("yuanluo", {}):
        bare, ours = _median(figures.sqlite["bare"][query]), _median(figures.sqlite["yuanluo"][query])
        allowed = bare * 1.5 + 0.6
        goals.append(
            Goal(
                f"SQLite, one client, {query}",
                f"≤ bare + 0.6 ms + 50 % = {_ms(allowed)} ms",
                f"{_ms(ours)} ms",
                ours <= allowed,
            )
        )
    if "yuanluo" in figures.one:
        share = figures.median("yuanluo", "rollup_counters") / figures.median("yuanluo", "rollup")
        goals.append(Goal("roll-up by counters against live", "≤ 0.33", f"{share:.2f}", share <= 1 / 3))
    for query in ("people", "rows"):
        if "bare" in figures.many:
            share = figures.rate("yuanluo", query) / figures.rate("bare", query)
            goals.append(
                Goal(f"16 clients, {query}, share of the bare loop's rate", "≥ 70 %", f"{share:.0%}", share >= 0.7)
            )
    for query, wanted in (("overview", 2.5), ("people", 2.5), ("rows", 2.5), ("rollup_counters", 6.0)):
        if "postgraphile" in figures.many:
            times = figures.rate("yuanluo", query) / figures.rate("postgraphile", query)
            goals.append(
                Goal(f"16 clients, {query}, against PostGraphile", f"≥ {wanted:g}x", f"{times:.1f}x", times >= wanted)
            )
    for query in ALL:
        if "usual" in figures.many:
            times = figures.rate("yuanluo", query) / figures.rate("usual", query)
            goals.append(Goal(f"16 clients, {query}, against the usual way", "≥ 15x", f"{times:.1f}x", times >= 15))
    for peer in ("yuanluo", "yuanluo, SQLite"):
        if peer in figures.memory:
            idle = figures.memory[peer]["idle"]
            goals.append(Goal(f"resident memory when idle, {peer}", "≤ 80 MB", f"{idle:.0f} MB", idle <= 80))
    for query in ALL:
        if query in figures.scope and "with" in figures.scope[query]:
            share = _median(figures.scope[query]["with"]) / _median(figures.scope[query]["without"]) - 1
            goals.append(Goal(f"row-level security and scope, {query}", "≤ +5 %", f"{share:+.1%}", share <= 0.05))
    if figures.trips:
        worst = max(figures.trips.values())
        goals.append(Goal("round trips per operation", "1", f"{worst:g}", worst == 1))
    return goals


def _goals(figures: Figures) -> list[str]:
    goals = goals_of(figures)
    met = sum(each.met for each in goals)
    rows = [[each.what, each.wanted, each.found, "yes" if each.met else "**no**"] for each in goals]
    return [f"## Goals: {met} of {len(goals)} met", "", *_table(["goal", "wanted", "found", "met"], rows)]


def _one(figures: Figures) -> list[str]:
    peers = _peers(figures.one)
    lines = ["## One client: milliseconds, p50 / p99", ""]

    def cell(peer: str, query: str) -> str:
        values = figures.one[peer].get(query)
        return f"{_ms(_median(values))} / {_ms(percentile(values, 0.99))}" if values else "–"

    rows = [[query, f"{figures.sizes[query] / 1000:.1f}", *(cell(peer, query) for peer in peers)] for query in ALL]
    lines += _table(["query", "kB", *(NAMES[each] for each in peers)], rows)
    if "bare" in figures.one:
        lines += ["Times the bare loop, by p50:", ""]
        rows = [
            [query, *(f"{figures.median(peer, query) / figures.median('bare', query):.2f}x" for peer in peers)]
            for query in ALL
        ]
        lines += _table(["query", *(NAMES[each] for each in peers)], rows)
    return lines


def _many(figures: Figures) -> list[str]:
    peers = _peers(figures.many)
    lines = ["## 16 clients: requests per second", ""]
    rows = [[query, *(f"{figures.rate(peer, query):,.0f}" for peer in peers)] for query in ALL]
    lines += _table(["query", *(NAMES[each] for each in peers)], rows)
    others = [each for each in peers if each != "yuanluo"]
    if others:
        lines += ["yuanluo's rate as a multiple of theirs:", ""]
        rows = [
            [query, *(f"{figures.rate('yuanluo', query) / figures.rate(peer, query):.2f}x" for peer in others)]
            for query in ALL
        ]
        lines += _table(["query", *(NAMES[each] for each in others)], rows)
    measured = [each for each in peers if each in figures.cpu]
    lines += [
        "Processor milliseconds per request of the peer's own process (the database's not counted), and in brackets the share of one core that the client took:",
        "",
    ]

    def cpu(peer: str, query: str) -> str:
        client = figures.client.get(peer, {}).get(query)
        return f"{figures.cpu[peer][query]:.2f}" + (f" ({client:.0%})" if client else "")

    rows = [[query, *(cpu(peer, query) for peer in measured)] for query in ALL]
    return lines + _table(["query", *(NAMES[each] for each in measured)], rows)


def _growth(figures: Figures) -> list[str]:
    lines = ["## Growth", "", "Milliseconds by courtyards asked (p50, one client):", ""]
    if figures.asked:
        numbers = list(next(iter(figures.asked.values())))
        rows = [
            [key.partition("/")[2], NAMES[key.partition("/")[0]], *(_ms(_median(values[n])) for n in numbers)]
            for key, values in figures.asked.items()
        ]
        lines += _table(["query", "who", *numbers], rows)
    if figures.stored:
        numbers = list(next(iter(figures.stored.values())))
        lines += [
            "yuanluo's milliseconds by courtyards stored, the same question (p50, one client; roll-ups ask for as many as the smaller has):",
            "",
        ]
        rows = [
            [
                query,
                *(_ms(_median(values[n])) for n in numbers),
                f"{_median(values[numbers[-1]]) / _median(values[numbers[0]]):.2f}x",
            ]
            for query, values in figures.stored.items()
        ]
        lines += _table(["query", *numbers, "growth"], rows)
    return lines


def _locks(figures: Figures) -> list[str]:
    if not figures.scope:
        return []
    lines = [
        "## What row-level security and scope cost",
        "",
        "The same statement in the bare loop: by a role that no policy binds and without the scope in it, and by the app's role with both; and round trips per operation, counted on the wire.",
        "",
    ]
    rows = []
    for query in ALL:
        without, with_ = (_median(figures.scope[query][key]) for key in ("without", "with"))
        rows.append(
            [query, _ms(without), _ms(with_), f"{with_ / without - 1:+.1%}", f"{figures.trips.get(query, 0):g}"]
        )
    return lines + _table(["query", "without, ms", "with, ms", "cost", "round trips"], rows)


def _sqlite(figures: Figures) -> list[str]:
    if not figures.sqlite:
        return []
    lines = ["## SQLite, one client: milliseconds, p50 / p99", ""]
    rows = []
    for query in ALL:
        bare, ours = figures.sqlite["bare"][query], figures.sqlite["yuanluo"][query]
        rate = figures.many.get("yuanluo, SQLite", {}).get(query)
        rows.append(
            [
                query,
                f"{_ms(_median(bare))} / {_ms(percentile(bare, 0.99))}",
                f"{_ms(_median(ours))} / {_ms(percentile(ours, 0.99))}",
                f"{_median(ours) - _median(bare):+.2f}",
                f"{_median(rate):,.0f}" if rate else "–",
            ]
        )
    return lines + _table(["query", "bare apsw", "**yuanluo**", "over, ms", "requests/s at 16 clients"], rows)


def _memory(figures: Figures) -> list[str]:
    rows = [
        [NAMES.get(peer, peer), f"{values['idle']:.0f}", f"{values['after']:.0f}" if "after" in values else "–"]
        for peer, values in figures.memory.items()
    ]
    return ["## Resident memory, MB", "", *_table(["process", "idle", "after the run"], rows)]


PARTS: tuple[Callable[[Figures], list[str]], ...] = (_goals, _one, _many, _growth, _locks, _sqlite, _memory)


def write_report(figures: Figures, path: Path | None) -> str:
    """Return the report; write it and its picture beside it where a path is given."""
    lines = [
        "# Results",
        "",
        "Made by `bench/run.py`; what is measured and how is in [README.md](README.md), what the rest is made of in",
        "[decision 0019](../docs/decisions/0019-where-a-request-spends-its-time.md).",
        "",
    ]
    lines += [f"- {key}: {value}" for key, value in figures.about.items()]
    lines += [f"- {each}" for each in figures.notes]
    lines += ["", "![requests per second at 16 clients](results.svg)", ""]
    for part in PARTS:
        if part is _one and "yuanluo" not in figures.one:
            continue
        if part in (_one, _many, _growth) and not figures.one:
            continue
        lines += part(figures)
    lines += ["## The queries", "", *(f"- `{each.name}`: {each.what}." for each in QUERIES)]
    text = "\n".join(lines).rstrip() + "\n"
    if path is not None:
        path.write_text(text, encoding="utf-8")
        path.with_name("results.svg").write_text(draw(figures), encoding="utf-8")
    return text
