"""Addresses in request bodies: web addresses of material, and callback addresses that must be public.

"No internal IPs" is read as: nothing that any common parser maps to an address that is not global, and no
localhost. Decimal, octal, hexadecimal and short spellings, IPv4 inside IPv6, percent-encoding and full-width
characters are all resolved first, because browsers and HTTP libraries resolve them, too.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from urllib.parse import SplitResult, unquote, urlsplit

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]|\s")
_PLAIN_ADDRESS = re.compile(r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?:[/?#][!-\[\]-~]*)?", re.ASCII)
#: What addresses usually look like, which no rule here finds fault with; Python and pydantic read them alike. The last
#: part of a callback's host is shorter than `localhost`, and no number.
USUAL_WEB = r"^https?://[A-Za-z0-9][A-Za-z0-9.-]*/[A-Za-z0-9._~/%+-]*$"
USUAL_IMAGE = r"^https?://[A-Za-z0-9][A-Za-z0-9.-]*/[A-Za-z0-9._~/%+-]*\.(?:jpe?g|png|JPE?G|PNG)$"
USUAL_CALLBACK = r"^https://(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,8}(?:[/?#][!-\[\]-~]*)?$"
_IMAGE_DATA = re.compile(r"data:|\s*(?:iVBORw0KGgo|/9j/|UklGR|R0lGOD|[A-Za-z0-9+/\s]{120})", re.ASCII)
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.ASCII)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_DOTS = str.maketrans({"。": ".", "．": ".", "｡": "."})


def web_fault(url: str) -> str | None:
    """Why a text is no http or https address, as a sentence key; None where it is one.

    >>> web_fault("https://example.com/a.jpg"), web_fault("a.jpg"), web_fault("data:image/png;base64,iVBORw0KGgo=")
    (None, 'invalid_url.not_web', 'invalid_url.image_data')
    """
    if _PLAIN_ADDRESS.fullmatch(url) or _split(url):
        return None
    return "invalid_url.image_data" if _IMAGE_DATA.match(url) else "invalid_url.not_web"


def callback_faults(url: str) -> list[str]:
    """Why a text is no acceptable callback address, as sentence keys; empty where it is one.

    >>> callback_faults("https://hooks.example.com/done")
    []
    >>> callback_faults("http://127.1/")
    ['invalid_url.not_https', 'invalid_url.internal']
    """
    split = _split(url)
    if not split:
        return ["invalid_url.not_web"]
    faults = [] if split.scheme.lower() == "https" else ["invalid_url.not_https"]
    host = unicodedata.normalize("NFKC", unquote(split.hostname or "")).translate(_DOTS).lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return [*faults, "invalid_url.internal"]
    try:
        internal = not all(_is_public(address) for address in _addresses(host))
    except ValueError:
        return [*faults, "invalid_url.not_web"]
    return [*faults, "invalid_url.internal"] if internal else faults


def _split(url: str) -> SplitResult | None:
    """The parts of an http or https address; None for anything else."""
    if _FORBIDDEN.search(url):
        return None
    try:
        split = urlsplit(url)
        usable = split.scheme.lower() in ("http", "https") and bool(split.hostname) and split.port != 0
    except ValueError:  # a malformed port or bracket
        return None
    return split if usable else None


def _addresses(host: str) -> set[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Every address that some parser reads in a host; none for a name. `ValueError` if no parser takes it."""
    if ":" in host:
        return {ipaddress.ip_address(host.partition("%")[0])}
    parts = host.split(".")
    if not _NUMBER.fullmatch(parts[-1]):
        return set()
    found: set[ipaddress.IPv4Address | ipaddress.IPv6Address] = set()
    for zero_is_octal in (True, False):  # 010.0.0.1 is 8.0.0.1 to some parsers and 10.0.0.1 to others
        try:
            found.add(_ipv4([_number(part, zero_is_octal) for part in parts]))
        except ValueError:
            continue
    if not found:
        raise ValueError("no address")
    return found


def _ipv4(numbers: list[int]) -> ipaddress.IPv4Address:
    *high, last = numbers
    if len(numbers) > 4 or any(n > 255 for n in high) or last >= 256 ** (5 - len(numbers)):
        raise ValueError("no address")
    return ipaddress.IPv4Address(sum(n << 8 * (3 - i) for i, n in enumerate(high)) + last)


def _number(part: str, zero_is_octal: bool) -> int:
    if not _NUMBER.fullmatch(part) or len(part) > 64:
        raise ValueError("no address")
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8 if zero_is_octal and part.startswith("0") else 10)


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inner_ipv4(address)
        if inner is not None:
            return _is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    )


def _inner_ipv4(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to, if it leads to one."""
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address.teredo is not None:
        inner = address.teredo[1]
    if inner is None and (address in _NAT64 or int(address) >> 32 == 0):
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return inner
