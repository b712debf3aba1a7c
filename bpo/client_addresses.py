"""Where a request comes from: the address that it was sent from, not what it says of itself."""

from collections.abc import Sequence
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

# One customer of a provider has all addresses of such a network, so that each of them would begin to count anew.
IPV6_PREFIX = 64


def client_address(request: HttpRequest) -> str:
    """The sender's address; a forwarded one counts only as far as proxies of ours have written it."""
    peer = str(request.META.get("REMOTE_ADDR") or "")
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if not settings.NUM_PROXIES or not forwarded or not _is_proxy_of_ours(peer, settings.TRUSTED_PROXIES):
        return peer
    told = [part.strip() for part in forwarded.split(",")]
    # Each proxy adds whom it heard from at the right end; whatever stands left of ours anybody may have written.
    return _address_in(told[-min(settings.NUM_PROXIES, len(told))]) or peer


def sender(address: str) -> str:
    """What one sender's requests are counted under: an address, or the network that one IPv6 customer has."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:60]
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or IPv6Network((int(parsed), IPV6_PREFIX), strict=False))
    return str(parsed)


def _is_proxy_of_ours(peer: str, networks: Sequence[str]) -> bool:
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
