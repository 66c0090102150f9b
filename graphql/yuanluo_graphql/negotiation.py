"""Which media type and which language a client wants, read from `Accept` and `Accept-Language`.

Headers of this kind are few and repeat all day, so both answers are remembered.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from yuanluo_tenants.errors import Locale

__all__ = ["Media", "accepts_events", "preferred_locale", "preferred_media"]

Media = Literal["application/json", "application/graphql-response+json", "text/html"]

_OFFERS: tuple[Media, ...] = (
    "application/json",
    "application/graphql-response+json",
    "text/html",
)
_LONGEST_REMEMBERED = 512


def _ranges(header: str) -> list[tuple[str, float]]:
    """Split a header into (range, quality), in the order of the header; nonsense has quality 0."""
    found: list[tuple[str, float]] = []
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                try:
                    quality = float(value)
                except ValueError:
                    quality = 0.0
        if name:
            found.append((name, quality if 0.0 <= quality <= 1.0 else 0.0))
    return found


def _choose_media(accept: str, *, html: bool) -> Media | None:
    ranges = _ranges(accept)
    if not ranges:
        return "application/json"
    best: tuple[float, int, int] = (0.0, 0, 0)
    chosen: Media | None = None
    for offer in _OFFERS if html else _OFFERS[:2]:
        group = offer.partition("/")[0] + "/*"
        # The most specific range that covers the offer decides its quality (RFC 9110, 12.5.1).
        matches = [
            (3 if name == offer else 2 if name == group else 1, -position, quality)
            for position, (name, quality) in enumerate(ranges)
            if name in (offer, group, "*/*")
        ]
        if not matches:
            continue
        specific, place, quality = max(matches)
        if quality > 0 and (chosen is None or (quality, specific, place) > best):
            best, chosen = (quality, specific, place), offer
    return chosen


def _choose_locale(accept_language: str) -> Locale:
    best, chosen = 0.0, "zh-CN"
    for name, quality in _ranges(accept_language):
        language = name.partition("-")[0]
        if quality > best and language in ("zh", "en", "*"):
            best, chosen = quality, "en" if language == "en" else "zh-CN"
    return "en" if chosen == "en" else "zh-CN"


_remembered_media = lru_cache(maxsize=256)(_choose_media)
_remembered_locale = lru_cache(maxsize=256)(_choose_locale)


def accepts_events(accept: str) -> bool:
    """Return whether the client names event streams among what it accepts; `*/*` does not mean them."""
    if "text/event-stream" not in accept.lower():
        return False
    return any(name == "text/event-stream" and quality > 0 for name, quality in _ranges(accept))


def preferred_media(accept: str, *, html: bool = False) -> Media | None:
    """Return the media type to answer in, or None where the client accepts none of ours.

    `html` says whether a page is on offer too. Without a wish the answer is `application/json`.
    """
    if len(accept) > _LONGEST_REMEMBERED:
        return _choose_media(accept, html=html)
    return _remembered_media(accept, html=html)


def preferred_locale(accept_language: str) -> Locale:
    """Return the language for messages: Chinese unless the client prefers English."""
    if len(accept_language) > _LONGEST_REMEMBERED:
        return _choose_locale(accept_language)
    return _remembered_locale(accept_language)
