"""The address that a request was sent from; forwarded addresses count only as far as trusted proxies wrote them."""

from collections.abc import Sequence
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

# One customer of a provider has all addresses of such a network and could use a new one for every request.
IPV6_PREFIX = 64


def client_address(request: HttpRequest) -> str:
    """Return the sender's address; a forwarded one counts only as far as trusted proxies wrote it."""
    peer = str(request.META.get("REMOTE_ADDR") or "")
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if not settings.NUM_PROXIES or not forwarded or not _is_trusted_proxy(peer, settings.TRUSTED_PROXIES):
        return peer
    hops = [part.strip() for part in forwarded.split(",")]
    # Each proxy appends its peer at the right end; entries left of our proxies' may be forged.
    return _address_in(hops[-min(settings.NUM_PROXIES, len(hops))]) or peer


def network_of(address: str) -> str:
    """Return what one sender's requests are counted under: an IPv4 address, or the network of one IPv6 customer."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:60]
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or IPv6Network((int(parsed), IPV6_PREFIX), strict=False))
    return str(parsed)


def _is_trusted_proxy(peer: str, networks: Sequence[str]) -> bool:
    if not networks:
        return True
    try:
        return any(ip_address(peer) in ip_network(network) for network in networks)
    except ValueError:
        return False


def _address_in(text: str) -> str:
    """An address with or without port; empty where it is none."""
    host = text[1:].partition("]")[0] if text.startswith("[") else text
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        return str(ip_address(host))
    except ValueError:
        return ""
