"""The digest of a batch is made heap by heap, and is that of the whole list."""

import pytest

from record.contents import digest
from record.row_digests import RowDigests

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize("count", [0, 1, 600])
def test_it_is_the_digest_of_the_sorted_list_each_row_once(count):
    texts = [digest([number]) for number in range(count)]
    rows = RowDigests()
    for text in [*texts, *texts[:5]]:
        rows.add(1, text)

    assert rows.digest() == digest(sorted(texts))
