"""Text that vendors and clients write is text on every page, whatever it looks like."""

import pytest

from metrics.models.breaches import Breach, BreachEvent
from metrics.models.results import Batch
from metrics.models.verdicts import LateArrival
from tests.builders import NOW
from vendors.models import VendorContact

pytestmark = pytest.mark.browser
PAYLOADS = (
    "<script>window.ran = 1</script>",
    "<img src=x onerror=window.ran=1>",
    '"><svg onload=window.ran=1>',
    "'-window.ran=1-'",
    "</title><script>window.ran=1</script>",
    "</textarea><script>window.ran=1</script>",
    "javascript:window.ran=1",
    "{{ 7|add:7 }}{% now 'Y' %}",
    "<a href=javascript:window.ran=1>click</a>",
    "<style>*{display:none}</style>",
    "<div hx-get=/me hx-trigger=load>",
    "\u202egnp.exe",
    "<!--",
    "]]><script>window.ran=1</script>",
    "&lt;script&gt;window.ran=1&lt;/script&gt;",
)


@pytest.fixture
def hostile(world):
    """Every payload in every text that a party writes and a page of Acme and Brightline shows."""
    text = " ".join(PAYLOADS)
    level = world.levels["A-1/ACCURACY"]
    contract = level.contract
    level.name, level.clause = text[:160], text[:60]
    level.save()
    contract.title, contract.provenance = text[:160], text[:200]
    contract.save()
    organisation = contract.vendor.organisation
    organisation.name = text[:120]
    organisation.save()
    VendorContact.objects.create(vendor=contract.vendor, name=text[:120], function=text[:80], phone="1")
    breach = Breach.objects.filter(service_level=level).order_by("-starts_on").first()
    Breach.objects.filter(service_level=level).update(cause=text, action=text)
    BreachEvent.objects.create(breach=breach, at=NOW, kind=BreachEvent.Kind.COMMENT, text=text)
    batch = Batch.objects.create(
        vendor=contract.vendor, channel="api", media_type="x", received_at=NOW, rows_received=0, rows_new=0,
        rows_superseded=0, rows_unchanged=0, sha256="0" * 64,
    )  # fmt: skip
    for verdict in level.verdicts.all():
        LateArrival.objects.create(
            service_level=level, starts_on=verdict.starts_on, key=text[:200], batch=batch, arrived_at=NOW,
            reason=text[:200],
        )  # fmt: skip
    person = world.people["acme-manager"]
    person.name = text[:120]
    person.save()
    return world


# Our own are the picture with the secret of a second factor, and the script for passkeys with its data.
UNWANTED = (
    "main script:not([src^='/static/']):not([type='application/json']), main style, main img:not(.qr), main [onload],"
    " main [onerror]"
)


@pytest.mark.parametrize(("name", "side"), [("acme-manager", "client"), ("brightline-manager", "vendor")])
def test_nothing_that_somebody_wrote_runs_or_styles(signed_in, hostile, addresses, name, side):
    page = signed_in(name)
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog opened: {dialog.message}"))
    for address in addresses(side):
        page.goto(address)
        page.wait_for_load_state()
        assert page.evaluate("window.ran === undefined"), address
        assert page.locator("h1").is_visible(), address
        assert page.locator(UNWANTED).count() == 0, address
        assert page.locator("main [hx-get='/me']").count() == 0, address


def test_what_was_searched_for_is_shown_and_not_run(signed_in):
    page = signed_in("acme-manager")
    for payload in PAYLOADS:
        page.goto("/search?q=" + payload.replace("%", "%25").replace("&", "%26").replace("#", "%23"))

        assert page.evaluate("window.ran === undefined"), payload
        assert payload in page.locator("h1").inner_text().replace("\xa0", " ")
