"""A mail that cuts a list links to the rows that it counts, not to a whole list; the bar counts what it opens."""

import re

from bpo.models import Role
from tests.edges.test_missing_data import mail_of, read, rows_behind, sign_in, terms

FEEDS = [f"F{number}" for number in range(12)]


def send_month(desk, month, *feeds):
    desk.send(*({"feed": feed, "period": month, "numerator": 50, "denominator": 100} for feed in feeds))


def breaches_of_april(desk):
    """Twelve breaches that are new in the mail of 6 May, and one that is older."""
    desk.load(terms(**dict.fromkeys(FEEDS, ("monthly", 4, 20, "month"))), starts_on="2025-03-01")
    desk.at("2025-04-02")
    send_month(desk, "2025-03", "F0")
    desk.night("2025-04-03")
    desk.at("2025-05-05", 12)
    send_month(desk, "2025-04", *FEEDS)
    desk.night("2025-05-06")
    desk.at("2025-05-06", 8)


def test_the_rest_of_a_list_is_behind_its_link_and_nothing_else_a_day_later_too(desk):
    breaches_of_april(desk)
    manager = sign_in("Nordhavn", Role.CLIENT_MANAGER)

    message = mail_of(manager, "2025-05-06")

    assert message is not None, "no mail"
    assert message.subject.startswith("12 new breaches")
    link = re.search(r"(?:All 12|and 2 more):\s+https?://[^/\s]+(/breaches\S*)\s", message.body)
    assert link, message.body
    assert rows_behind(manager, link.group(1)) == 12
    corrected = {"feed": "F1", "period": "2025-04", "numerator": 96, "denominator": 100}
    desk.send(corrected, query="?reason=Recounted")
    desk.night("2025-05-07")
    assert rows_behind(manager, link.group(1)) == 12


def test_the_bar_opens_the_breaches_that_it_counts(desk):
    breaches_of_april(desk)
    browser = desk.browser("client")
    seen = re.search(r'href="/breaches/(BR-\w+)"', desk.page("/breaches", raw=True)).group(1)
    browser.post(f"/breaches/{seen}/acknowledge")
    manager = sign_in("Nordhavn", Role.CLIENT_ADMIN)

    bar = re.search(
        r'<a href="(/breaches[^"]*)"[^>]*>(?:(?!</a>).)*?class="tally">\s*(\d+)', read(manager, "/help"), re.S
    )

    assert bar, "no counter"
    assert rows_behind(manager, bar.group(1)) == int(bar.group(2))
