"""`{% figure estimate %}` and `{% term 'gate' %}`: a number with its interval in one cell; a term with its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from frontend.terms import TERMS

register = template.Library()
_numbers = count(1)
MINUS = "\u2212"
_TERM = (
    '<button type="button" class="term" popovertarget="{id}" aria-label="What is meant by: {title}">?</button>'
    '<span popover id="{id}" class="term-text" role="note"><strong>{title}</strong><br>{text}</span>'
)
_FIGURE = '<span class="figure"><span class="figure-value">{}</span> <span class="interval">{}</span></span>'


@register.simple_tag
def figure(
    estimate: Mapping[str, Any] | None, signed: bool = False, reason: str = "", digits: int = 3
) -> SafeString:
    """Value and 95 % interval. What is not defined says why, in words that a screen reader reads too."""
    if estimate is None:
        if not reason:
            return SafeString('<span class="text-secondary">–<span class="visually-hidden"> not known</span></span>')
        return format_html('<span class="figure-none" title="{}">not defined</span>', reason)
    value = _written(estimate["value"], signed, digits)
    if estimate.get("low") is None or estimate.get("high") is None:
        return format_html(_FIGURE, value, "too few cases")
    low, high = (_written(estimate[bound], signed, digits) for bound in ("low", "high"))
    return format_html(_FIGURE, value, f"{low} to {high}")


@register.simple_tag
def share(estimate: Any, signed: bool = False) -> SafeString:
    """A share of judgements in percent (a difference in points) with its 95 % interval."""
    if estimate is None:
        return SafeString('<span class="text-secondary">–<span class="visually-hidden"> nothing to count</span></span>')
    value = _percent(estimate.value, signed)
    if estimate.low is None or estimate.high is None:
        return format_html(_FIGURE, value, "too few cases")
    return format_html(_FIGURE, value, f"{_percent(estimate.low, signed)} to {_percent(estimate.high, signed)}")


def _percent(value: float, signed: bool) -> str:
    return f"{100 * value:{'+' if signed else ''}.1f} %".replace("-", MINUS)


def _written(value: float, signed: bool, digits: int = 3) -> str:
    """What rounds to nought has no sign."""
    rounded = round(value, digits) or 0.0
    return f"{rounded:{'+' if signed and rounded else ''}.{digits}f}".replace("-", MINUS)


@register.filter
def three(value: float | None) -> str:
    """0.12345 → 0.123."""
    return "–" if value is None else _written(value, False)


@register.simple_tag
def signed(value: float) -> str:
    """0.0123 → +0.012."""
    return _written(value, True)


@register.filter
def p_value(value: float) -> str:
    """Three digits, and never nought."""
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"


@register.filter
def setting(value: Any) -> str:
    """A field of a recipe as a person writes it: several with commas, switches as on and off."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple | list):
        return ", ".join(str(one) for one in value) or "none"
    return "not set" if value is None or value == "" else str(value)


@register.filter
def duration(seconds: float) -> str:
    """About how long, in the unit a person would use."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


@register.filter
def item(mapping: Mapping[str, Any], key: str) -> Any:
    """mapping[key], or nothing."""
    return mapping.get(key)


@register.simple_tag
def term(name: str) -> SafeString:
    """A question mark that explains a term when pressed. Raises KeyError for a term that nobody has explained."""
    title, text = TERMS[name]
    return format_html(_TERM, id=f"term-{name}-{next(_numbers)}", title=title, text=text)
