"""What terms can say comes out of an export as it went in."""

from io import StringIO

from django.core.management import call_command

TERMS = """
feeds:
  - {code: DESK, name: Incidents, kind: cases}
  - {code: ORDERS, name: Orders, kind: counts, schedule: quarterly}
  - {code: SURVEY, name: Survey, kind: counts, schedule: yearly, anchor: 2024-04-01}
  - {code: UP, name: Outages, kind: downtime}
service_levels:
  - code: IN_TIME
    name: Incidents in time
    feed: DESK
    terms:
      metric: X-SOLVED
      measure:
        aggregation: share_within
        of: resolved_within
        threshold_seconds: 3600
        without_target: default
        targets: {priority: {P1: {hours: 1.5}, "": {business_days: 3}}}
      only: {group: [Payments, ""]}
      direction: higher
      expected: 90
  - code: RATE
    name: Incidents per 1,000 orders
    feed: DESK
    per: ORDERS
    terms:
      metric: X-RATE
      measure: {aggregation: count, of: cases}
      per: {scale: 1000, measure: {aggregation: sum, unit: orders}, only: {split: [Web, Shop]}}
      period: quarter
      direction: lower
      expected: 2.5
  - code: SATISFIED
    name: Satisfied customers
    roll_up: CSAT
    feed: SURVEY
    terms:
      metric: X-CSAT
      measure: {aggregation: ratio}
      period: contract_year
      anchor: 2025-04-01
      type: reported_only
      direction: higher
  - code: AVAILABLE
    name: Systems available
    feed: UP
    terms:
      metric: X-UP
      measure: {aggregation: availability, services: "Mail, Payroll"}
      direction: higher
      expected: 99
roll_ups:
  - {code: CSAT, direction: higher, expected: 4.2}
  - {code: CSAT, direction: higher, expected: 4.5, minimum: 4, effective_on: 2026-01-01}
"""


def test_an_export_loads_to_the_same_meaning(desk, tmp_path):
    desk.load(TERMS)
    contract = desk.get("contracts")["results"][0]["id"]
    exported = StringIO()
    call_command("export_terms", contract, stdout=exported)
    file = tmp_path / "exported.yaml"
    file.write_text(exported.getvalue(), encoding="utf-8")

    shown = StringIO()
    call_command("load_terms", str(file), stdout=shown)

    assert "nothing to change" in shown.getvalue()
    assert "per: ORDERS" in exported.getvalue()
    assert "hours: 1.5" in exported.getvalue() or "hours: '1.5'" in exported.getvalue()
