"""Whose address counts: the one that connected, unless proxies of ours say who was before them."""

import pytest
from django.test import RequestFactory

from bpo.client_addresses import client_address, network_of


def address(forwarded: str | None = None, *, peer: str = "10.0.0.1") -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer))


def test_without_proxies_of_ours_nobody_is_believed():
    assert address("1.2.3.4") == "10.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (" 1.2.3.4:5678 ", "1.2.3.4"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("unknown", "10.0.0.1"),
        ("1.2.3.4,", "10.0.0.1"),
        ("", "10.0.0.1"),
        (None, "10.0.0.1"),
    ],
)
def test_one_proxy_adds_one_address_at_the_right(settings, forwarded, expected):
    settings.NUM_PROXIES = 1

    assert address(forwarded) == expected


def test_of_two_proxies_the_first_one_says_who_asked(settings):
    settings.NUM_PROXIES = 2

    assert address("6.6.6.6, 1.2.3.4, 10.0.0.2") == "1.2.3.4"


def test_only_named_proxies_are_believed(settings):
    settings.NUM_PROXIES, settings.TRUSTED_PROXIES = 1, ["10.0.0.0/8"]

    assert address("1.2.3.4") == "1.2.3.4"
    assert address("1.2.3.4", peer="192.0.2.1") == "192.0.2.1"
    assert address("1.2.3.4", peer="no address") == "no address"


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_one_customers_ipv6_network_counts_as_one(text, counted):
    assert network_of(text) == counted
