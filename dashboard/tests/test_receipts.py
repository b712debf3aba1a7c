"""A vendor reads on its pages which receipts stand behind a number; its client does not."""

import pytest

from metrics.models.results import Batch
from metrics.tests.closed import MARCH, close, correct, current

pytestmark = pytest.mark.django_db


@pytest.fixture
def level(cast):
    found = cast.levels["A-1/ACCURACY"]
    close(found, 96, 96, 80)
    correct(found, MARCH, 96)
    return found


@pytest.mark.parametrize("place", ["", "?rev=1"])
def test_receipts_stand_on_the_vendors_page_alone(signed_in, level, place):
    address = f"/service-levels/{level.public_id}/2025-03{place}"
    brought, corrected = Batch.objects.order_by("pk").values_list("public_id", flat=True)

    page = signed_in("brightline-manager").get(address).content.decode()
    assert brought in page
    assert corrected in page
    assert "RC-" not in signed_in("acme-manager").get(address).content.decode()


@pytest.mark.parametrize(("name", "is_own"), [("brightline-manager", True), ("acme-manager", False)])
def test_the_api_names_them_to_the_vendor_alone(signed_in, level, name, is_own):
    browser = signed_in(name)
    one = browser.get(f"/api/v1/verdicts/{level.public_id}/2025-03")
    several = browser.get("/api/v1/verdicts")

    assert one.json()["working"]["facts"]["reported"] == ["80", "100", 100]
    for answer in (one, several):
        assert ("RC-" in answer.content.decode()) is is_own


def test_the_frozen_lines_name_none(level):
    assert "RC-" not in "".join(line["text"] for line in current(level).working["lines"])
