"""Which adapter replays which kind of case."""

from collections.abc import Callable, Mapping
from typing import Any

Inputs = Mapping[str, Any]
Adapter = Callable[[Inputs], Mapping[str, Any]]
ADAPTERS: dict[str, Adapter] = {}


def adapter(kind: str) -> Callable[[Adapter], Adapter]:
    """Register a function as the one that replays cases of that kind."""

    def register(function: Adapter) -> Adapter:
        if kind in ADAPTERS:
            raise ValueError(f"two adapters claim the kind '{kind}'")
        ADAPTERS[kind] = function
        return function

    return register
