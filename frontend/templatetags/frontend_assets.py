"""`{% asset 'pages/x.ts' %}`, `{% theme_script %}` and `{% icon 'name' %}`: what Vite built, in templates."""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from frontend.manifest import BASE, NotBuilt, entry_files

register = template.Library()


@register.simple_tag
def asset(name: str) -> SafeString:
    """Link and script tags of a page's entry. Without a build: a banner that says what to run."""
    try:
        styles, imported, entry = entry_files(name)
    except NotBuilt as error:
        return format_html(
            '<div role="alert" style="padding:1rem;margin:1rem;border:2px solid #b00;font:16px sans-serif">{}</div>',
            error.message,
        )
    links = [("stylesheet", address) for address in styles] + [("modulepreload", address) for address in imported]
    return format_html(
        "{}{}",
        format_html_join("", '<link rel="{}" href="{}">\n', links),
        format_html_join("", '<script type="module" src="{}"></script>\n', ((address,) for address in entry)),
    )


@register.simple_tag
def theme_script() -> SafeString:
    """Sets light or dark before the page is drawn; belongs first in <body>."""
    return format_html('<script src="{}theme.js"></script>', BASE)


@register.simple_tag
def icon(name: str, label: str = "", css: str = "icon") -> SafeString:
    """A Tabler icon. Decoration unless `label` gives it a name. The build collects the names used in templates."""
    attributes = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="{}" width="24" height="24" fill="none" stroke="currentColor" stroke-width="2"'
        ' stroke-linecap="round" stroke-linejoin="round" {}><use href="{}icons.svg#{}"/></svg>',
        css, attributes, BASE, name,
    )
