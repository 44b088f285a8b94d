"""Callback addresses lead to public hosts, whatever their spelling."""

from __future__ import annotations

import ipaddress
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kling_cost.jobs.providers.urls import USUAL_CALLBACK, USUAL_IMAGE, USUAL_WEB, callback_faults, web_fault

INTERNAL = """
    127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.1 0x7F.0x0.0x0.0x1 0177.0.0.1 017700000001 127.0.0.1.
    127.1. 10.0.0.1 10.1 167772161 012.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1 192.168.1 0xc0a80001
    0300.0250.0.1 169.254.169.254 169.254.43518 100.64.0.1 100.127.255.255 0.0.0.0 0 224.0.0.1 240.0.0.1
    255.255.255.255 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 010.0.0.1 0x 0x.0 [::1] [::]
    [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:10.0.0.1] [fe80::1] [fe80::1%25eth0] [fc00::1]
    [fd12::1] [ff02::1] [2001:db8::1] [64:ff9b::10.0.0.1] [64:ff9b::7f00:1] [2002:7f00:1::]
    [2002:0a00:0001::1] [::127.0.0.1] [fec0::1] localhost LOCALHOST localhost. a.localhost a.b.localhost.
    localhost:8443 １２７.0.0.1 127。0。0。1 ①②⑦.0.0.1 %31%32%37.0.0.1 %6c%6f%63%61%6c%68%6f%73%74 ⓛocalhost
    user@127.0.0.1 user:pass@[::1]:8443 127.0.0.1:8443
""".split()
PUBLIC = """
    example.com hooks.example.com example.com. 8.8.8.8 1.1.1.1 134744072 0x08080808 [2606:4700::1111]
    [2001:0:4100::f7f7:f7f7] [2002:808:808::]
    [::ffff:8.8.8.8] localhost.example.com mylocalhost 127.0.0.1.nip.example 10.0.0.1.example.com
    xn--e1afmkfd.xn--p1ai 한국.kr example.com:8443 3com.com 0x.example.com 1.example
""".split()
BROKEN = [
    "256.256.256.256",
    "1.2.3.4.5",
    "0x1ffffffff",
    "example.com:99999",
    "[::1",
    "",
    ":80",
    "[fe80:::1]",
    "a b.com",
    "ex\\ample.com",
    "127.0.0.1\t",
]


@pytest.mark.parametrize("host", INTERNAL)
def test_an_internal_host_is_refused_in_every_spelling(host: str) -> None:
    assert callback_faults(f"https://{host}/done") == ["invalid_url.internal"]
    assert callback_faults(f"http://{host}/done") == ["invalid_url.not_https", "invalid_url.internal"]


@pytest.mark.parametrize("host", PUBLIC)
def test_a_public_host_is_fine(host: str) -> None:
    assert callback_faults(f"https://{host}/done?a=1#b") == []


@pytest.mark.parametrize("host", BROKEN)
def test_a_host_that_no_parser_takes_is_refused(host: str) -> None:
    assert callback_faults(f"https://{host}/done") == ["invalid_url.not_web"]


@pytest.mark.parametrize("host", [*INTERNAL, *BROKEN])
def test_no_refused_host_is_spelt_as_usual(host: str) -> None:
    assert not re.search(USUAL_CALLBACK, f"https://{host}/done")
    assert not re.search(USUAL_CALLBACK, f"https://{host}")


@given(
    st.from_regex(
        r"https://([A-Za-z0-9-]+\.)+[a-zA-Z0-9-]*(localhost|LocalHost|0x1f|com)?([/?#][!-~]*)?", fullmatch=True
    )
)
def test_a_callback_spelt_as_usual_has_no_fault(url: str) -> None:
    if callback_faults(url):
        assert not re.search(USUAL_CALLBACK, url)


@given(st.one_of(st.from_regex(USUAL_WEB, fullmatch=True), st.from_regex(USUAL_IMAGE, fullmatch=True)))
def test_an_address_spelt_as_usual_has_no_fault(url: str) -> None:
    assert web_fault(url.rstrip("\n")) is None


def test_a_common_callback_is_spelt_as_usual() -> None:
    assert re.search(USUAL_CALLBACK, "https://hooks.example.com/kling/done?token=a%20b#x")


@given(st.ip_addresses(v=4))
def test_every_spelling_of_an_address_is_treated_the_same(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    spellings = [
        str(address),
        str(number),
        hex(number),
        ".".join(hex(part) for part in address.packed),
        f"{address.packed[0]}.{number & 0xFFFFFF}",
        f"[::ffff:{address}]",
        f"[64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}]",
        f"[2002:{number >> 16:x}:{number & 0xFFFF:x}::]",
        f"[2001:0:4100::{~number >> 16 & 0xFFFF:x}:{~number & 0xFFFF:x}]",  # Teredo hides its client's address
    ]
    found = {spelling: callback_faults(f"https://{spelling}/") for spelling in spellings}
    assert len({tuple(faults) for faults in found.values()}) == 1, found
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        assert found[str(address)] == ["invalid_url.internal"]


@given(st.text(max_size=60))
def test_no_text_crashes_the_check(text: str) -> None:
    for url in (text, f"https://{text}", f"https://{text}/x"):
        assert isinstance(callback_faults(url), list)
        assert web_fault(url) in (None, "invalid_url.not_web")


@pytest.mark.parametrize(
    "url", ["https://example.com", "http://example.com/a.jpg?x=1#y", "HTTPS://EXAMPLE.COM/A", "https://пример.рф/а"]
)
def test_a_web_address_is_fine(url: str) -> None:
    assert web_fault(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "example.com",
        "ftp://example.com",
        "javascript:alert(1)",
        "https://",
        "//example.com",
        "https:///a",
        "file:///etc/passwd",
        "https://a b",
        "https://a\nb",
    ],
)
def test_anything_else_is_no_web_address(url: str) -> None:
    assert web_fault(url) == "invalid_url.not_web"


@pytest.mark.parametrize("url", ["data:image/png;base64,AA", "iVBORw0KGgoAAAANSUhEUg", "/9j/4AAQ", "Zm9n" * 40])
def test_image_data_is_called_what_it_is(url: str) -> None:
    assert web_fault(url) == "invalid_url.image_data"
