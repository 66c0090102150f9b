"""What a role is good for, as the schema tells it beside a grant and an endpoint: what it sees, and what it may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from yuanluo.authority import RoleAbout, Rules
from yuanluo.fields import FieldContext, PythonField
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Kind

__all__ = ["RULES", "capabilities_of", "capability_fields", "clearances_of"]

RULES: Final = "rules"
"""The service by which a field knows the rules of the house."""


def clearances_of(rules: Rules, role: str) -> str:
    """Return what a role sees in the clear, such as `council D2, registry D1`; empty if that is nothing."""
    seen = rules.roles.get(role, RoleAbout(role)).clearances
    return ", ".join(f"{body} {klass.name}" for body, klass in sorted(seen.items()) if klass is not DataClass.D0)


def capabilities_of(rules: Rules, role: str) -> str:
    """Return the actions that a role allows, by spaces."""
    return " ".join(sorted(name for name, action in rules.actions.items() if role in action.roles))


def capability_fields(on: str) -> Sequence[PythonField]:
    """Return the fields `clearances` and `capabilities` for a type with a column `role`."""

    def told(tell: Callable[[Rules, str], str]) -> Any:
        async def resolve(rows: Sequence[Mapping[str, Any]], context: FieldContext) -> Sequence[str | None]:
            rules: Rules | None = context.services.get(RULES)
            return [None if rules is None else tell(rules, row["role"]) for row in rows]

        return resolve

    return (
        PythonField(
            on, "clearances", Kind.TEXT, ["role"], told(clearances_of),
            "可见范围", "bodies and classes that the role sees in the clear", klass=DataClass.D2,
        ),
        PythonField(
            on, "capabilities", Kind.TEXT, ["role"], told(capabilities_of),
            "可办事项", "actions that the role allows, by spaces", klass=DataClass.D2,
        ),
    )  # fmt: skip
