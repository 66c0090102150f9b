"""How a value is said to people in a sentence: money in yuan, a month as a calendar writes it.

Roles are called by `Rules.called`, choices by the first word of their member, fields by their declaration. Ids and
codes are not said: who sent one knows it, and `extensions` carries what programs need.
"""

from __future__ import annotations

__all__ = ["yuan"]


def yuan(fen: int) -> str:
    """Return an amount of fen in yuan, to the fen: `1,234.50`."""
    sign, whole = ("-" if fen < 0 else ""), abs(fen)
    return f"{sign}{whole // 100:,}.{whole % 100:02}"
