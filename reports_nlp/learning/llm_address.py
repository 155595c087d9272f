"""Where report text may be sent: addresses of the site's own network, looked up once and then kept to."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

Lookup = Callable[[str, int], list[str]]


class AddressRefused(ValueError):
    """Report text must not go there; the message says why and what to set."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address that has been looked at: requests go to `ip`, whatever the name means a moment later."""

    scheme: str
    host: str
    port: int
    ip: str
    path: str

    @property
    def url(self) -> str:
        """Of the chat completions, by number."""
        number = f"[{self.ip}]" if ":" in self.ip else self.ip
        return f"{self.scheme}://{number}:{self.port}{self.path}/chat/completions"


def lookup(host: str, port: int) -> list[str]:
    """All addresses of a name. Raises OSError when it has none."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def checked_address(url: str, *, may_leave_network: bool = False, look: Lookup = lookup) -> Address:
    """The address if report text may go there.

    Every number behind the name must be private or loopback; link-local ones never pass (cloud machines answer there
    with their own secrets). Raises AddressRefused, OSError when the name is not known.
    """
    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise AddressRefused("The port in RADLOOP_LLM_URL is no port.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AddressRefused("RADLOOP_LLM_URL must look like http://host:port/v1.")
    if parts.username or parts.password:
        raise AddressRefused("RADLOOP_LLM_URL must hold no password; set RADLOOP_LLM_KEY.")
    numbers = look(parts.hostname, port)
    for number in numbers:
        if not _is_allowed(number, may_leave_network):
            raise AddressRefused(
                "RADLOOP_LLM_URL leads outside private networks, and report text may not go there. "
                "Set RADLOOP_LLM_MAY_LEAVE_NETWORK=1 only if your site allows it."
            )
    if not numbers:
        raise OSError("The name has no address.")
    return Address(parts.scheme, parts.hostname, port, numbers[0].partition("%")[0], parts.path.rstrip("/"))


def _is_allowed(number: str, may_leave_network: bool) -> bool:
    ip = ipaddress.ip_address(number.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if ip.is_loopback:
        return True
    if ip.is_link_local or ip.is_unspecified or ip.is_multicast or ip.is_reserved:
        return False
    return may_leave_network or ip.is_private
