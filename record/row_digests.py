"""The digests of all results of one batch, of which there may be a million, in bounded memory."""

import hashlib
from collections.abc import Iterator

# A digest has so many bytes, of which the first one says in which heap it lies.
WIDTH, HEAPS = 32, 256


class RowDigests:
    """Digests of results, each once, whatever their order; they are sorted heap by heap."""

    def __init__(self) -> None:
        self.feeds: set[int] = set()
        self.heaps = [bytearray() for _heap in range(HEAPS)]

    def add(self, feed: int, digest: str) -> None:
        """Add the digest of a result of a feed; the same one again changes nothing."""
        self.feeds.add(feed)
        raw = bytes.fromhex(digest)
        self.heaps[raw[0]] += raw

    def __iter__(self) -> Iterator[str]:
        """Give the digests in their order."""
        for heap in self.heaps:
            for raw in sorted({bytes(heap[at : at + WIDTH]) for at in range(0, len(heap), WIDTH)}):
                yield raw.hex()

    def digest(self) -> str:
        """Return the SHA-256 of the JSON list of the digests, which is made piece by piece."""
        whole, mark = hashlib.sha256(b"["), b'"'
        for digest in self:
            whole.update(mark + digest.encode() + b'"')
            mark = b',"'
        whole.update(b"]")
        return whole.hexdigest()
