"""Ids of results: the same one by one and many at once, and back again."""

from hypothesis import given
from hypothesis import strategies as st

from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed
from metrics.identities import key_part, key_parts, parts_of, result_id

FEED = Feed(contract=Contract(public_id="CT-00001"), code="VOICE")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9), max_size=20))
def test_many_keys_are_named_as_each_alone(keys: list[str]) -> None:
    assert key_parts(keys) == [key_part(key) for key in keys]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=9))
def test_an_id_leads_back_to_its_key(key: str) -> None:
    assert parts_of(result_id(FEED, key)) == ("CT-00001", "VOICE", key)
