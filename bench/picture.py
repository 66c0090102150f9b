"""The picture of a run: bars of requests per second at 16 clients, on a logarithmic scale, as SVG."""

from __future__ import annotations

import math
import statistics

from figures import Figures
from queries import QUERIES

__all__ = ["draw"]

PEERS = {
    "pgbench": ("bare SQL, pgbench", "#b8b8b0"),
    "bare": ("bare SQL, asyncpg loop", "#8a8a82"),
    "yuanluo": ("yuanluo", "#b3402a"),
    "postgraphile": ("PostGraphile 5", "#3d6b8f"),
    "usual": ("the usual way: strawberry + piccolo + DataLoaders", "#7b9a4f"),
}
WIDTH, LEFT, RIGHT, TOP, BAR, GAP = 900, 130, 90, 60, 13, 16


def draw(figures: Figures) -> str:
    """Return the picture."""
    peers = [each for each in PEERS if each in figures.many]
    rates = {
        (query.name, peer): statistics.median(figures.many[peer][query.name])
        for query in QUERIES
        for peer in peers
        if query.name in figures.many[peer]
    }
    if not rates:
        return '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>\n'
    low = 10 ** math.floor(math.log10(min(rates.values())))
    high = 10 ** math.ceil(math.log10(max(rates.values()) * 1.01))
    height = TOP + len(QUERIES) * (len(peers) * BAR + GAP) + 30

    def x(rate: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log(rate / low) / math.log(high / low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="{LEFT}" y="20" font-size="15">Requests per second at 16 clients, one process each (logarithmic)</text>',
    ]
    at = LEFT
    for peer in peers:
        name, colour = PEERS[peer]
        parts.append(
            f'<rect x="{at}" y="32" width="11" height="11" fill="{colour}"/><text x="{at + 15}" y="42" font-size="11">{name}</text>'
        )
        at += 30 + int(len(name) * 5.7)
    tick = low
    while tick <= high:
        parts.append(f'<line x1="{x(tick):.1f}" y1="{TOP - 6}" x2="{x(tick):.1f}" y2="{height - 24}" stroke="#ddd"/>')
        parts.append(f'<text x="{x(tick):.1f}" y="{height - 8}" text-anchor="middle" fill="#555">{tick:,.0f}</text>')
        tick *= 10
    y = TOP
    for query in QUERIES:
        middle = y + len(peers) * BAR / 2 + 4
        parts.append(
            f'<text x="{LEFT - 8}" y="{middle:.0f}" text-anchor="end">{query.name.replace("_", " by ")}</text>'
        )
        for peer in peers:
            rate = rates.get((query.name, peer))
            if rate is not None:
                parts.append(
                    f'<rect x="{LEFT}" y="{y}" width="{max(1.0, x(rate) - LEFT):.1f}" height="{BAR - 2}" fill="{PEERS[peer][1]}"/>'
                )
                parts.append(f'<text x="{x(rate) + 4:.1f}" y="{y + BAR - 3}" font-size="10">{rate:,.0f}</text>')
            y += BAR
        y += GAP
    return "\n".join([*parts, "</svg>"]) + "\n"
