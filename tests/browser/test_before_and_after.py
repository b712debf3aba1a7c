"""A change of terms, an excuse, a late correction, a restatement: each shows before and after, the old number stays."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from contracts.models.agreements import Amendment
from metrics.models.breaches import Breach
from metrics.models.verdicts import Verdict
from metrics.services.nights import run_night
from metrics.tests.worlds import count, receive
from sla.periods import add_months
from tests.browser.test_keyboard_and_no_script import sign_in
from tests.support.api_clients import key_for

pytestmark = pytest.mark.browser


@pytest.fixture
def without_script(browser, live_server, cast):
    """A page in a Chromium that runs no script, on a desk without anything but the cast."""
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def first():
    """The first day of a month that has been over for long enough to be closed, and not too long to be corrected."""
    return add_months(timezone.localdate().replace(day=1), -2)


@pytest.fixture
def level(cast, first):
    """A month closed at 80 %: a breach of the 90 that are the least, under the 95 that are expected."""
    found = cast.levels["A-1/ACCURACY"]
    row = {"feed": "QUALITY", "period": f"{first:%Y-%m}", "numerator": 80, "denominator": 100}
    headers = {"Authorization": f"Bearer {key_for(cast.vendors['Brightline'])}"}
    assert Client().post("/api/v1/results", row, content_type="application/json", headers=headers).status_code == 201
    return closed(found)


def closed(level):
    run_night(zone="Europe/Berlin", local_date=timezone.localdate() - timedelta(days=1), now=timezone.now())
    return level


@pytest.fixture
def address(level, first):
    return f"/service-levels/{level.public_id}/{first:%Y-%m}"


def value(page: Page) -> str:
    return page.locator(".figure .big").inner_text().replace("\u00a0", " ")


def row(page: Page) -> str:
    """The first line of the table of before and after."""
    return (
        page.get_by_role("group", name="Before and after").locator("tbody tr").first.inner_text().replace("\u00a0", " ")
    )


def old_number_is_readable(page: Page, address: str, old: str, new: str) -> None:
    page.goto(address)
    assert value(page) == new
    page.goto(f"{address}?rev=1")
    assert value(page) == old
    expect(page.get_by_text("This is revision 1, which is not current.")).to_be_visible()


def correct(page: Page, cast, first, numerator: int) -> None:
    """The vendor corrects the closed month by a file, with a reason."""
    sign_in(page, cast.people["brightline-manager"])
    page.goto("/imports/new")
    text = f"feed,period,numerator,denominator\nQUALITY,{first:%Y-%m},{numerator},100\n"
    page.get_by_label("File").set_input_files({"name": "late.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.get_by_label("Reason").fill("counted wrongly")
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name="Import 1 row").click()


def test_a_late_correction_is_listed_beside_the_number_that_stands(without_script, cast, level, first, address):
    page = without_script
    correct(page, cast, first, 96)
    page.goto(address)

    assert value(page) == "80.0 %"
    expect(page.get_by_text("counted wrongly")).to_be_visible()
    assert Breach.objects.get(service_level=level).state == "found"


def test_a_restatement_shows_before_and_after_and_keeps_the_old_number(without_script, cast, level, first, address):
    page = without_script
    correct(page, cast, first, 96)
    page.context.clear_cookies()
    sign_in(page, cast.people["acme-manager"])
    page.goto(address)
    page.get_by_role("link", name="Restate").click()

    assert "80.0 %" in row(page)
    assert "96.0 %" in row(page)
    assert "Found → No longer a breach" in row(page)
    page.get_by_label("Reason").fill("late tickets")
    page.get_by_role("button", name="Restate").click()

    old_number_is_readable(page, address, "80.0 %", "96.0 %")


def test_an_excuse_is_granted_in_part_as_it_was_shown_and_keeps_the_old_number(without_script, cast, first):
    feed = cast.feed(cast.contracts["A-1"], "DAILY", "counts", schedule="daily")
    level = cast.level(feed, "DAYS")
    days = [first + timedelta(days=number) for number in range(3)]
    rows = [count(day, good, 100) for day, good in zip(days, (95, 70, 97), strict=True)]
    receive(feed, rows, at=timezone.now() - timedelta(days=2))
    closed(level)
    page, address = without_script, f"/service-levels/{level.public_id}/{first:%Y-%m}"
    sign_in(page, cast.people["brightline-manager"])
    page.goto(f"{address}/excuse")
    page.get_by_label("First day").fill(f"{days[0]}")
    page.get_by_label("Last day").fill(f"{days[2]}")
    page.get_by_label("Reason").fill("Portal down.")
    page.get_by_role("button", name="Ask for the excuse").click()
    excuse = page.url
    page.context.clear_cookies()
    sign_in(page, cast.people["acme-manager"])
    page.goto(excuse)
    page.get_by_label("First day granted").fill(f"{days[1]}")
    page.get_by_label("Last day granted").fill(f"{days[1]}")
    page.get_by_role("button", name="Show what these days would change").click()

    assert "87.3 %" in row(page)
    assert "96.0 %" in row(page)
    page.get_by_label("Reason").fill("Only that day is in the log.")
    page.get_by_role("button", name="Grant these days, refuse the rest").click()

    expect(page.get_by_text("granted in part").first).to_be_visible()
    old_number_is_readable(page, address, "87.3 %", "96.0 %")


def test_a_change_of_terms_shows_before_and_after_and_keeps_the_old_number(
    page, live_server, cast, level, first, address
):
    amendment = Amendment.objects.create(contract=level.contract, number=1, title="Lower", effective_on=first)
    cast.operator.set_password("correct horse battery staple")
    cast.operator.save()
    page.context.set_default_timeout(10_000)
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_label("E-mail address").fill(cast.operator.email)
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{live_server.url}/admin/contracts/servicelevelterms/add/")
    for name, row_ in (("service_level", level), ("amendment", amendment)):
        choose = "(list, pk) => list.add(new Option('chosen', pk, true, true))"
        page.locator(f"#id_{name}").evaluate(choose, str(row_.pk))
    for name, text in (
        ("effective_on", f"{first}"), ("metric", "CC-FCR"), ("aggregation", "ratio"), ("expected", "75"),
        ("minimum", "70"), ("unit", "%"),
    ):  # fmt: skip
        page.locator(f"#id_{name}").fill(text)
    page.locator("#id_direction").select_option("higher")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator(".errornote")).to_be_visible()
    said = page.locator(".errornote, .errorlist").all_inner_texts()
    assert any("80.0 % Breach → 80.0 % Met" in text.replace("\u00a0", " ") for text in said), said
    assert Verdict.objects.filter(service_level=level, revision=2).count() == 0
    page.locator("#id_reason").fill("agreed on paper")
    page.get_by_role("button", name="Save", exact=True).click()

    page.goto(f"{live_server.url}{address}")
    expect(page.locator(".figure")).to_contain_text("75.0")
    page.goto(f"{live_server.url}{address}?rev=1")
    expect(page.locator(".figure")).to_contain_text("95.0")
