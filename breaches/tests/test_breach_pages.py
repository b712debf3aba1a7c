"""Breaches: whose turn it is, and what people do about them."""

from datetime import date

import pytest

from bpo.models import AuditEntry
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.verdicts import Verdict
from tests.builders import NOW, make_breach, make_verdict
from tests.support.tampering import as_owner

Status = Verdict.Status


@pytest.fixture
def breach(cast):
    return make_breach(make_verdict(cast.levels["A-1/ACCURACY"], date(2025, 10, 1), Status.BREACH))


def tab(client, name: str) -> list[Breach]:
    return [row.breach for row in client.get(f"/breaches?tab={name}").context["table"].rows]


def test_a_new_breach_waits_for_both(signed_in, breach):
    assert tab(signed_in("acme-manager"), "mine") == [breach]
    assert tab(signed_in("brightline-manager"), "mine") == [breach]


def test_acknowledging_says_who_and_when_on_the_timeline(signed_in, breach, cast):
    signed_in("acme-manager").post(f"/breaches/{breach.public_id}/acknowledge")

    breach.refresh_from_db()
    assert (breach.acknowledged_by, breach.acknowledged_at) == (cast.people["acme-manager"], NOW)
    assert breach.events.filter(kind=BreachEvent.Kind.ACKNOWLEDGED).count() == 1
    assert tab(signed_in("acme-manager"), "mine") == []


def test_acknowledging_twice_changes_nothing(signed_in, breach, cast):
    signed_in("acme-manager").post(f"/breaches/{breach.public_id}/acknowledge")
    signed_in("acme-admin").post(f"/breaches/{breach.public_id}/acknowledge")

    breach.refresh_from_db()
    assert breach.acknowledged_by == cast.people["acme-manager"]
    assert breach.events.count() == 2
    assert AuditEntry.objects.filter(action="breach.acknowledge").count() == 1


def test_looking_never_acts(signed_in, breach):
    client = signed_in("acme-manager")
    for act in ("acknowledge", "comment", "answer", "close"):
        assert client.get(f"/breaches/{breach.public_id}/{act}").status_code == 405

    assert breach.events.count() == 1


def test_a_stated_cause_passes_the_turn_to_the_client(signed_in, breach):
    vendor = signed_in("brightline-manager")

    vendor.post(f"/breaches/{breach.public_id}/answer", {"cause": "Staffing below plan.", "action": "Hire six."})

    breach.refresh_from_db()
    assert (breach.state, breach.cause, breach.action) == ("cause", "Staffing below plan.", "Hire six.")
    assert tab(vendor, "mine") == []
    assert "Staffing below plan." in signed_in("acme-viewer").get(f"/breaches/{breach.public_id}").content.decode()


def test_an_answer_waits_for_the_client_even_if_the_breach_was_acknowledged(signed_in, breach):
    Breach.objects.filter(pk=breach.pk).update(acknowledged_at=NOW)
    assert tab(signed_in("acme-manager"), "mine") == []

    signed_in("brightline-manager").post(f"/breaches/{breach.public_id}/answer", {"cause": "Staffing below plan."})

    assert tab(signed_in("acme-manager"), "mine") == [breach]


def test_a_cause_cannot_be_empty(signed_in, breach):
    page = signed_in("brightline-manager").post(f"/breaches/{breach.public_id}/answer", {"cause": "  "})

    breach.refresh_from_db()
    assert page.status_code == 422
    assert "There is a problem" in page.content.decode()
    assert "<title>Error: " in page.content.decode()
    assert breach.state == "found"


def test_what_was_typed_stays_when_a_form_is_refused(signed_in, breach):
    page = signed_in("brightline-manager").post(
        f"/breaches/{breach.public_id}/answer", {"cause": "", "action": "Hire six."}
    )

    assert "Hire six." in page.content.decode()


def test_the_client_closes_what_was_answered(signed_in, breach):
    Breach.objects.filter(pk=breach.pk).update(state=Breach.State.CAUSE)

    signed_in("acme-manager").post(f"/breaches/{breach.public_id}/close")

    breach.refresh_from_db()
    assert (breach.state, breach.closed_at) == ("closed", NOW)


@pytest.mark.parametrize("change", ["unanswered", "provisional"])
def test_a_breach_without_a_cause_or_a_final_verdict_is_not_closed(signed_in, breach, change):
    if change == "provisional":
        Breach.objects.filter(pk=breach.pk).update(state=Breach.State.CAUSE)
        with as_owner():
            Verdict.objects.filter(pk=breach.verdict_id).update(is_final=False)

    page = signed_in("acme-manager").post(f"/breaches/{breach.public_id}/close", follow=True)

    breach.refresh_from_db()
    assert "closed only after its cause is stated and its verdict is final" in page.content.decode()
    assert (breach.state, breach.closed_at) == ("found" if change == "unanswered" else "cause", None)


def test_a_comment_to_both_is_read_by_both(signed_in, breach):
    body = {"text": "Please call.", "audience": "both"}
    signed_in("acme-manager").post(f"/breaches/{breach.public_id}/comment", body)

    assert "Please call." in signed_in("brightline-reporter").get(f"/breaches/{breach.public_id}").content.decode()


@pytest.mark.parametrize(
    ("writer", "colleague", "other"),
    [
        ("acme-manager", "acme-viewer", "brightline-manager"),
        ("brightline-manager", "brightline-reporter", "acme-admin"),
    ],
)
def test_a_note_inside_is_read_by_ones_own_side_alone(signed_in, breach, writer, colleague, other):
    body = {"text": "Between us.", "audience": "inside"}
    signed_in(writer).post(f"/breaches/{breach.public_id}/comment", body)

    assert "Between us." in signed_in(colleague).get(f"/breaches/{breach.public_id}").content.decode()
    assert "Between us." not in signed_in(other).get(f"/breaches/{breach.public_id}").content.decode()


def test_the_record_of_a_note_inside_is_not_the_other_sides(signed_in, breach, cast):
    body = {"text": "Between us.", "audience": "inside"}
    signed_in("acme-manager").post(f"/breaches/{breach.public_id}/comment", body)

    entry = AuditEntry.objects.get(action="breach.comment")
    assert entry.vendor_organisation is None
    assert "Between us." not in str(entry.changes)


def test_both_sides_see_the_same_number_and_limit(signed_in, breach):
    rows = [
        signed_in(name).get(f"/breaches/{breach.public_id}").context["shown"].row
        for name in ("acme-manager", "brightline-manager")
    ]

    assert {(row.breach.verdict.display, row.limit, row.period) for row in rows} == {
        ("93.2 %", "≥\xa090.0\xa0%", "October 2025")
    }


def test_the_same_level_before_is_shown(signed_in, breach):
    earlier = make_breach(make_verdict(breach.service_level, date(2025, 8, 1), Status.BREACH), cause="Flu.")

    page = signed_in("acme-manager").get(f"/breaches/{breach.public_id}")

    assert [row.breach for row in page.context["shown"].before] == [earlier]
    assert "Flu." in page.content.decode()


def test_a_withdrawn_breach_keeps_its_page_and_says_so(signed_in, breach):
    Breach.objects.filter(pk=breach.pk).update(state=Breach.State.WITHDRAWN)

    assert "no longer a breach" in signed_in("acme-manager").get(f"/breaches/{breach.public_id}").content.decode()
    assert tab(signed_in("acme-manager"), "closed") == [breach]


def test_the_client_agrees_and_accepts_from_the_page(signed_in, breach):
    vendor, client = signed_in("brightline-manager"), signed_in("acme-manager")
    vendor.post(f"/breaches/{breach.public_id}/answer", {"cause": "Staffing.", "action": "Hire six."})
    assert "Agree on the action</button>" in client.get(f"/breaches/{breach.public_id}").content.decode()
    client.post(f"/breaches/{breach.public_id}/step", {"step": "agree", "reason": "Six are enough."})
    client.post(f"/breaches/{breach.public_id}/step", {"step": "accept", "reason": "All six started."})

    breach.refresh_from_db()
    assert breach.state == "accepted"
    assert "All six started." in vendor.get(f"/breaches/{breach.public_id}").content.decode()


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [({"step": "agree"}, 422, "required"), ({"step": "accept", "reason": "x"}, 409, "only after it was agreed on")],
)
def test_a_step_that_cannot_be_taken_says_why(signed_in, breach, body, status, text):
    Breach.objects.filter(pk=breach.pk).update(state=Breach.State.CAUSE, action="Hire six.")
    page = signed_in("acme-manager").post(f"/breaches/{breach.public_id}/step", body)

    assert page.status_code == status
    assert text in page.content.decode()


@pytest.mark.parametrize("name", ["acme-viewer", "brightline-manager"])
def test_others_see_no_steps(signed_in, breach, name):
    Breach.objects.filter(pk=breach.pk).update(state=Breach.State.CAUSE, action="Hire six.")

    assert "Agree on the action" not in signed_in(name).get(f"/breaches/{breach.public_id}").content.decode()
