"""Client 1: a bank whose calls are real. Each service line is a voice contract with a vendor of its own, a rival."""

from datetime import datetime, time, timedelta

from demo.conversations import settle_breaches
from demo.desk import Desk
from demo.people import Person, client_people, vendor_people
from demo.schedule import DAY, Schedule
from demo.size import WHOLE, Size
from demo.sources.calls import FIRST_DAY, LAST_DAY, LINES, ZONE, call_results
from demo.sources.shifts import month_after, weeks_until

CLIENT = "Anonymous Bank"
SOURCE = "Real calls: “Anonymous Bank”, I. Guedj and A. Mandelbaum, Technion"
# Per line: vendor, site, city, country, zone, risk; then its levels, chosen for the demo.
PARTIES = {
    "PS": ("Almond Voice", "Carmel", "Haifa", "IL", "Asia/Jerusalem", "low"),
    "NW": ("Basalt Contact", "Boulevard", "Bucharest", "RO", "Europe/Bucharest", "moderate"),
    "NE": ("Cedar Callworks", "Harbour", "Limassol", "CY", "Asia/Nicosia", "moderate"),
    "IN": ("Dunes Digital Care", "Tower 2", "Pune", "IN", "Asia/Kolkata", "high"),
    "PE": ("Etesian Services", "Old Port", "Manila", "PH", "Asia/Manila", "moderate"),
    "TT": ("Fig Tree Callback", "Valley", "Be'er Sheva", "IL", "Asia/Jerusalem", "low"),
}
LEVELS = {
    # Line: answered in time, abandoned, speed of answer, handle time, 90th percentile of the wait, flat fee.
    "PS": ((80, 68), (7, 11), (30, 45), (150, 210), (100, 150), 42_000),
    "NW": ((65, 50), (24, 32), (45, 75), (90, 120), (180, 240), 18_500),
    "NE": ((75, 55), (6, 10), (40, 70), (220, 300), (150, 200), 23_000),
    "IN": ((60, 40), (20, 30), (90, 130), (200, 300), (240, 330), 9_800),
    "PE": ((75, 60), (10, 16), (45, 75), (180, 300), (150, 220), 8_200),
    "TT": ((90, 75), (5, 9), (20, 35), (80, 130), (75, 110), 7_400),
}
NIGHTLY = 8


def people(size: Size = WHOLE) -> list[Person]:
    everybody = client_people("bank", "Bank", CLIENT, ZONE)
    for code in size.lines(LINES):
        vendor = PARTIES[code][0]
        prefix = vendor.split()[0].lower()
        everybody += vendor_people(prefix, vendor, vendor, PARTIES[code][4], reporter=code in ("PS", "NW"))
    return everybody


def load_contracts(desk: Desk, schedule: Schedule, size: Size) -> None:
    for code in size.lines(LINES):
        desk.load("bank_line", **term_values(code, schedule))


def term_values(code: str, schedule: Schedule) -> dict[str, object]:
    """Return the variables of one line's terms file."""
    by = weeks_until(LAST_DAY, before=schedule.today)
    first, last = FIRST_DAY + by, LAST_DAY + by
    start = first.replace(day=1)
    vendor, site, city, country, site_zone, risk = PARTIES[code]
    in_time, abandoned, asa, handle, wait90, flat = LEVELS[code]
    return {
        "code": code,
        "line": LINES[code],
        "vendor": vendor,
        "site": site,
        "city": city,
        "country": country,
        "site_zone": site_zone,
        "risk": risk,
        "start": start,
        "signed": start - timedelta(days=20),
        "ends": month_after(start, 24),
        "first_day": first,
        "day_after": last + DAY,
        "in_60_days": schedule.today + timedelta(days=60),
        "provenance": f"{SOURCE}, February 1999; moved by {by.days // 7:,} weeks. Names, levels and prices invented.",
        "flat": flat,
        **level_values("in_time", "least", in_time),
        **level_values("abandoned", "most", abandoned),
        **level_values("asa", "most", asa),
        **level_values("wait90", "most", wait90),
        "handle_low": handle[0],
        "handle_high": handle[1],
    }


def level_values(name: str, end: str, levels: tuple[int, int]) -> dict[str, int]:
    return {name: levels[0], f"{name}_{end}": levels[1]}


def plan_events(schedule: Schedule, size: Size) -> None:
    """Send calls before each night: once a week, and in the last days every day."""
    by = weeks_until(LAST_DAY, before=schedule.today)
    weeks = range(7, (schedule.today - FIRST_DAY - by).days, 7)
    weekly = [FIRST_DAY + by + timedelta(days=number) for number in weeks]
    nights = schedule.plan_nights(weekly + [schedule.today - timedelta(days=number) for number in range(NIGHTLY)])
    for code in size.lines(LINES):
        rows = (
            (datetime.fromisoformat(str(row["occurred_at"])).date(), row) for row in call_results(line=code, moved=by)
        )
        schedule.plan_reports(PARTIES[code][0], rows, nights)
    for night in nights[1:-2]:
        schedule.plan(night, time(11), settle_breaches, client="bank", older_than=timedelta(days=9))
