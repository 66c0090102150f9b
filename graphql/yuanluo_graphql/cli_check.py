"""What `yuanluo check` prints: wrong counters and indicators, stored and counted, and what the checks found."""

from __future__ import annotations

import json
from collections.abc import Mapping

import typer

from yuanluo.checking import Checked
from yuanluo_tenants.tree import code_of

__all__ = ["print_checked"]


def print_checked(checked: Checked, names: Mapping[int, str], *, repaired: bool, as_json: bool) -> None:
    """Print what was compared and what differed, `names` being those of the nodes."""
    if as_json:
        told = {
            "counters": checked.counters,
            "indicators": checked.indicators,
            "wrongCounters": [
                {
                    "courtyard": code_of(each.tenant),
                    "counter": each.counter,
                    "column": each.column,
                    "stored": each.stored,
                    "counted": each.counted,
                }
                for each in checked.wrong_counters
            ],
            "wrongIndicators": [
                {"node": code_of(each.node), "indicator": each.name, "stored": each.stored, "counted": each.counted}
                for each in checked.wrong_indicators
            ],
            "checks": checked.checks,
            "found": [
                {
                    "courtyard": code_of(each.finding.tenant),
                    "name": names.get(each.finding.tenant),
                    "check": each.check,
                    "plugin": each.plugin,
                    "zh": each.finding.zh,
                    "en": each.finding.en,
                    "nextStep": f"{each.finding.next_zh} {each.finding.next_en}",
                }
                for each in checked.found
            ],
            "repaired": repaired,
        }
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    for each in checked.wrong_counters:
        typer.echo(
            f"{code_of(each.tenant)} {each.counter}.{each.column}: 存为 stored {each.stored}, "
            f"实为 counted {each.counted}"
        )
    for one in checked.wrong_indicators:
        typer.echo(f"{code_of(one.node)} {one.name}: 存为 stored {one.stored}, 实为 counted {one.counted}")
    for found in checked.found:
        finding = found.finding
        where = f"{code_of(finding.tenant)} {names.get(finding.tenant, '')}"
        typer.echo(f"{where} [{found.check}] {finding.zh}。{finding.next_zh} {finding.en}. {finding.next_en}")
    typer.echo(
        f"{checked.counters} 个计数,{checked.indicators} 个指标值,{len(checked.wrong_counters)} 个计数有误,"
        f"{len(checked.wrong_indicators)} 个指标值有误{'(已修复)' if repaired else ''} "
        f"counters, values of indicators, wrong counters, wrong values{' (repaired)' if repaired else ''}"
    )
    typer.echo(f"{checked.checks} 项核对,{len(checked.found)} 处不符 checks, findings")
