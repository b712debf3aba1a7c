"""What the page, the CSV file and the API of the list of roll-ups must show."""

from decimal import Decimal

from metrics.models.verdicts import Verdict
from tests.support.expected_lists import Expected, url


def rolled_up() -> list[Verdict]:
    """The verdicts of the one service level that is rolled up: each is a period of the roll-up."""
    return list(Verdict.objects.filter(service_level__roll_up="SUM"))


def roll_up_id(verdict: Verdict) -> str:
    return f"{verdict.service_level.contract.client.public_id}.SUM.{verdict.period_label}"


ROLL_UPS = Expected(
    page="/roll-ups",
    records=rolled_up,
    file={
        "code": lambda verdict: "SUM",
        "client": lambda verdict: "Acme",
        "period": lambda verdict: verdict.period_label,
        "starts_on": lambda verdict: verdict.starts_on,
        "ends_on": lambda verdict: verdict.ends_on,
        "status": lambda verdict: "Met" if verdict.is_final else "Met, provisional",
        "display": lambda verdict: "93.2 %",
        "expected": lambda verdict: "≥ 80.0 %",
        "minimum": lambda verdict: "≥ 70.0 %",
        "numerator": lambda verdict: "2796",
        "denominator": lambda verdict: "3000",
        "reported": lambda verdict: 1,
        "levels": lambda verdict: 1,
        "missing": lambda verdict: "",
        "is_final": lambda verdict: verdict.is_final,
        "id": roll_up_id,
        "url": lambda verdict: url(f"/roll-ups/{roll_up_id(verdict)}"),
        "raw_value": lambda verdict: "93.2",
    },
    api="/api/v1/roll-ups",
    fields={
        "code": lambda verdict: "SUM",
        "client": lambda verdict: "Acme",
        "period": lambda verdict: verdict.period_label,
        "starts_on": lambda verdict: verdict.starts_on,
        "ends_on": lambda verdict: verdict.ends_on,
        "status": lambda verdict: "met",
        "display": lambda verdict: "93.2\u00a0%",
        "direction": lambda verdict: "higher",
        "expected": lambda verdict: Decimal(80),
        "expected_high": lambda verdict: None,
        "minimum": lambda verdict: Decimal(70),
        "minimum_high": lambda verdict: None,
        "rules": lambda verdict: {},
        "numerator": lambda verdict: Decimal(2796),
        "denominator": lambda verdict: Decimal(3000),
        "reported": lambda verdict: 1,
        "levels": lambda verdict: 1,
        "missing": lambda verdict: [],
        "is_final": lambda verdict: verdict.is_final,
        "id": roll_up_id,
        "value": lambda verdict: Decimal("93.2"),
    },
    cells={
        "Roll-up": "code", "Client": "client", "Status": "status", "Value": "display", "Expected": "expected",
        "Limit": "minimum", "Reported": "reported", "Service levels": "levels",
    },
    page_alone=("Period",),
)  # fmt: skip
