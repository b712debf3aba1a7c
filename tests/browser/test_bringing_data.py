"""Bringing results by file and by grid: without script, by keyboard, on a phone; and the grid's quickening script."""

from datetime import date

import pytest
from django.utils import timezone
from django.utils.formats import date_format
from playwright.sync_api import Page, expect

from metrics.models.results import CountResult
from sla.periods import add_months
from tests.browser.test_keyboard_and_no_script import sign_in, without_script
from tests.support.tampering import as_owner

__all__ = ["without_script"]
pytestmark = pytest.mark.browser


@pytest.fixture
def month() -> str:
    """The month before last: ended, and its report late."""
    return f"{add_months(timezone.localdate().replace(day=1), -2):%Y-%m}"


@pytest.fixture
def month_name(month) -> str:
    return date_format(date.fromisoformat(f"{month}-01"), "F Y")


@pytest.fixture
def unreported(world):
    """Nothing is final yet, so that rows of the last months are taken without a reason."""
    for level in world.levels.values():
        with as_owner():
            level.verdicts.update(is_final=False)
    return world


def choose_file(page: Page, text: str) -> None:
    page.get_by_label("File").set_input_files({"name": "month.csv", "mimeType": "text/csv", "buffer": text.encode()})


def test_a_file_is_looked_at_imported_and_undone_without_script(without_script, unreported, month):
    page = without_script
    sign_in(page, unreported.people["brightline-manager"])
    page.goto("/imports/new")
    choose_file(page, f"feed,period,numerator,denominator\nQUALITY,{month},95,100\nQUALTY,{month},1,1\n")
    page.get_by_role("button", name="Check the file").click()

    expect(page.locator("tbody").first).to_contain_text("Did you mean QUALITY?")
    page.get_by_role("button", name="Import the 1 valid row").click()
    assert CountResult.objects.count() == 1
    page.get_by_role("button", name="Undo this import").click()

    expect(page.get_by_text("Undone", exact=True)).to_be_visible()
    assert not CountResult.objects.exists()


def test_a_question_is_answered_without_script(without_script, unreported, month):
    page = without_script
    sign_in(page, unreported.people["brightline-manager"])
    page.goto("/imports/new")
    choose_file(page, f"feed,period,numerator,denominator\nQUALITY,{month},95,100\nQUALITY,{month},96,100\n")
    page.get_by_role("button", name="Check the file").click()

    page.get_by_role("button", name="Import the 1 valid row").click()
    expect(page.get_by_text("answer the questions first")).to_be_visible()
    assert not CountResult.objects.exists()
    page.get_by_label("QUALITY is only partly accepted").check()
    page.get_by_role("button", name="Import the 1 valid row").click()

    assert CountResult.objects.count() == 1


def test_columns_are_matched_without_script(without_script, unreported, month):
    page = without_script
    sign_in(page, unreported.people["brightline-manager"])
    page.goto("/imports/new")
    choose_file(page, f"Monat;Gut;Gesamt\n{month};95;100\n")
    page.get_by_label("Feed").select_option(label="A-1 · Quality (QUALITY)")
    page.get_by_role("button", name="Check the file").click()
    page.get_by_label("Monat").select_option("period")
    page.get_by_label("Gut").select_option("numerator")
    page.get_by_label("Gesamt").select_option("denominator")
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("button", name="Import 1 row").click()

    assert CountResult.objects.get().numerator == 95


def test_numbers_are_entered_by_keyboard_alone_without_script(without_script, unreported, month_name):
    page = without_script
    sign_in(page, unreported.people["brightline-manager"])
    page.goto("/enter")
    page.get_by_label(f"numerator, QUALITY {month_name}").focus()
    page.keyboard.type("95")
    page.keyboard.press("Tab")
    page.keyboard.type("100")
    page.get_by_role("button", name="Save").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("status").first).to_contain_text("1 row is stored")
    assert CountResult.objects.get().denominator == 100


def test_a_wrong_cell_is_named_on_top_and_the_link_leads_to_it(signed_in, unreported, month_name, console_problems):
    page = signed_in("brightline-manager")
    page.goto("/enter")
    page.get_by_label(f"numerator, QUALITY {month_name}").fill("101")
    page.get_by_label(f"denominator, QUALITY {month_name}").fill("100")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").get_by_role("link").click()

    expect(page.get_by_label(f"numerator, QUALITY {month_name}")).to_be_focused()
    expect(page.get_by_label(f"numerator, QUALITY {month_name}")).to_have_value("101")
    assert page.title().startswith("Error:")
    # Chromium complains of the 422.
    console_problems.clear()


@pytest.mark.parametrize(
    ("numerator", "denominator", "shown"),
    [
        ("96", "100", "96.0\u00a0% · Met"),
        ("95", "100", "95.0\u00a0% · Met"),
        ("949999", "1000000", "94.9999\u00a0% · Below expected"),
        ("89", "100", "89.0\u00a0% · Breach"),
        ("1", "3", "33.3\u00a0% · Breach"),
        ("5", "0", ""),
        ("x", "100", ""),
    ],
)
def test_the_value_shows_against_its_limits_while_it_is_typed(
    signed_in, unreported, month_name, numerator, denominator, shown
):
    page = signed_in("brightline-manager")
    page.goto("/enter")
    page.get_by_label(f"numerator, QUALITY {month_name}").fill(numerator)
    page.get_by_label(f"denominator, QUALITY {month_name}").fill(denominator)

    expect(page.locator("tr", has=page.get_by_label(f"numerator, QUALITY {month_name}")).locator(".live")).to_have_text(
        shown
    )


def test_what_the_script_shows_is_what_the_desk_says(signed_in, unreported, month_name):
    page = signed_in("brightline-manager")
    page.goto("/enter")
    page.get_by_label(f"numerator, QUALITY {month_name}").fill("949999")
    page.get_by_label(f"denominator, QUALITY {month_name}").fill("1000000")
    live = page.locator("tr", has=page.get_by_label(f"numerator, QUALITY {month_name}")).locator(".live")
    typed = live.inner_text().split(" · ")[0]
    page.get_by_role("button", name="Check only").click()

    expect(live).to_contain_text(typed)


def test_a_block_pasted_from_a_spreadsheet_fills_the_cells(signed_in, unreported, month):
    page = signed_in("brightline-manager")
    page.goto("/enter")
    cells = page.locator("#grid input.cell")
    cells.first.focus()
    page.evaluate(
        """text => { const data = new DataTransfer(); data.setData('text/plain', text);
            document.activeElement.dispatchEvent(
                new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})) }""",
        "95\t100\r\n96\t101\r\n",
    )

    assert [cells.nth(place).input_value() for place in range(4)] == ["95", "100", "96", "101"]


def test_enter_goes_down_and_does_not_send(signed_in, unreported):
    page = signed_in("brightline-manager")
    page.goto("/enter")
    cells = page.locator("#grid input.cell")
    cells.first.focus()
    page.keyboard.press("Enter")

    expect(cells.nth(2)).to_be_focused()
    assert not CountResult.objects.exists()
