"""The table of statuses."""

from sla.verdicts import BAD, NEUTRAL, OPEN, THREATENED, Status


def test_every_status_has_a_rank_of_its_own():
    assert sorted(status.rank for status in Status) == list(range(1, len(Status) + 1))


def test_what_is_missing_ranks_before_what_is_good():
    assert min(Status, key=lambda status: status.rank) is Status.BREACH
    assert Status.NOT_REPORTED.rank < Status.MET.rank < min(status.rank for status in NEUTRAL)


def test_only_periods_that_still_run_are_open():
    assert {Status.ON_TRACK, Status.AT_RISK, Status.ALREADY_LOST} == set(OPEN)
    assert {Status.AT_RISK, Status.ALREADY_LOST} == set(THREATENED)


def test_missing_is_bad_and_nothing_to_judge_is_neutral():
    assert {Status.BREACH, Status.NOT_REPORTED, Status.ALREADY_LOST} == set(BAD)
    assert {
        Status.EXCUSED,
        Status.NO_TARGET,
        Status.NO_VOLUME,
        Status.TOO_FEW,
        Status.NOT_IN_FORCE,
    } == set(NEUTRAL)


def test_a_status_has_a_label_and_is_found_by_its_value():
    assert Status("not_reported") is Status.NOT_REPORTED
    assert (str(Status.NOT_REPORTED), Status.NOT_REPORTED.label) == ("not_reported", "Not reported")
