"""Data classes D0-D3: who may see a column in the clear (`domain.md` §2; 个人信息保护法 28, 51)."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["DataClass"]


class DataClass(IntEnum):
    """How sensitive a column or a row is; a viewer's clearance is compared with it."""

    D0 = 0
    """Public: may stand on the notice board."""
    D1 = 1
    """The courtyard's own residents."""
    D2 = 2
    """Office holders of the body concerned."""
    D3 = 3
    """Sensitive: ID numbers, party memberships, needy and health data, dispute files, bank accounts."""
