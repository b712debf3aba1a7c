"""Subject lines and headlines: the first 45 characters hold the main fact."""

from collections.abc import Sequence
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from bpo.mail import NO_BREAKS
from reports.digests import Digest, Item, State, count_rows
from reports.readers import Side

FACT = 45
MOST_NAMES = 2
ELLIPSIS = "…"
NEW_BREACHES = ngettext_lazy("%s new breach", "%s new breaches")
MISSING = ngettext_lazy("%s report missing", "%s reports missing")
UNREPORTED = ngettext_lazy("%s period closed without a report", "%s periods closed without a report")


def short_day(day: date) -> str:
    """ "Wed 5 Nov": the day without its year."""
    return date_format(day, "D j M")


def subject_line(digest: Digest) -> str:
    """Return the subject: the main fact first, the date last, so that no mail program folds two nights into one."""
    day = short_day(digest.reader.local_date)
    if digest.failed_nights:
        return _failure_subject(digest)
    if digest.cleared_nights and not digest.sections:
        return _("All clear: every night is evaluated – %s") % day
    if digest.weekly is not None:
        missed = len(digest.weekly.missed)
        unknown = ngettext("%s night not evaluated", "%s nights not evaluated", missed) % missed
        return _("%(what)s since %(since)s, %(open)s – weekly check, %(day)s") % {
            "what": unknown if missed else _("Nothing new"),
            "since": short_day(digest.weekly.since),
            "open": ngettext("%s breach open", "%s breaches open", digest.open_breaches) % digest.open_breaches,
            "day": day,
        }
    facts = (describe(items) for code, describe in FACTS if (items := digest.section(code)))
    return f"{next(facts, _('What changed'))} – {day}".translate(NO_BREAKS)


def headline(digest: Digest) -> str:
    """Return one sentence with every count, including zero new breaches."""
    since = short_day(digest.reader.day_of(digest.covers_from))
    counts = _counts(digest)
    if not digest.section("found") and not digest.section("owed"):
        counts.insert(0, _("no new breaches"))
    sentence = _("%(counts)s since %(day)s.") % {"counts": ", ".join(counts), "day": since}
    return sentence[:1].upper() + sentence[1:]


def _counts(digest: Digest) -> list[str]:
    shown = [
        (digest.number("found"), NEW_BREACHES),
        (digest.number("owed"), ngettext_lazy("%s answer owed", "%s answers owed")),
        (digest.number("final"), ngettext_lazy("%s breach now final", "%s breaches now final")),
        (digest.number("owed_reports", "still_owed_reports"), ngettext_lazy("%s report owed", "%s reports owed")),
        (digest.number("missing", "still_missing"), MISSING),
        (digest.number("unreported"), UNREPORTED),
        (digest.number("due"), ngettext_lazy("%s answer overdue", "%s answers overdue")),
        (digest.number("warnings"), ngettext_lazy("%s newly at risk", "%s newly at risk")),
        (digest.number("withdrawn"), ngettext_lazy("%s breach withdrawn", "%s breaches withdrawn")),
        (digest.number("recovered"), ngettext_lazy("%s recovered", "%s recovered")),
        (digest.number("restated"), ngettext_lazy("%s result restated", "%s results restated")),
        (digest.number("asked"), ngettext_lazy("%s excuse waiting", "%s excuses waiting")),
        (digest.number("decided"), ngettext_lazy("%s excuse decided", "%s excuses decided")),
        (digest.number("answers"), ngettext_lazy("%s answer waiting", "%s answers waiting")),
        (digest.number("steps"), ngettext_lazy("%s response to an answer", "%s responses to answers")),
        (digest.number("dates"), ngettext_lazy("%s contract with dates ahead", "%s contracts with dates ahead")),
    ]
    return [words % number for number, words in shown if number]


def _you_owe(items: Sequence[Item]) -> str:
    answers = sum(1 for item in items if item.breach_pk)
    reports = len(items) - answers
    parties = sorted({item.party for item in items})
    whom = parties[0] if len(parties) == 1 else _("your clients")
    what = []
    if answers:
        what.append(ngettext("%s answer", "%s answers", answers) % answers)
    if reports:
        what.append(ngettext("%s report", "%s reports", reports) % reports)
    due = min((item.due_on for item in items if item.due_on), default=None)
    sentence = _("You owe %(whom)s %(what)s") % {"whom": shorten(whom, 20), "what": _(" and ").join(what)}
    return f"{sentence}, {_('first due %s') % short_day(due)}" if due else sentence


def _found(items: Sequence[Item]) -> str:
    if len(items) > 1:
        return f"{NEW_BREACHES % len(items)}: {_names(items)}"
    item = items[0]
    head, value = _("New breach: "), f" {item.value}"
    fact = head + shorten(item.title.rsplit(", ", 1)[0], max(12, FACT - len(head) - len(value))) + value
    return f"{fact} ({item.limit}), {item.party}"


def _missing(items: Sequence[Item]) -> str:
    if len(items) > 1:
        return f"{MISSING % len(items)}, {_('no new breaches')}"
    return _("Report missing: %(what)s, %(whose)s") % {"what": shorten(items[0].title, 40), "whose": items[0].party}


def _one_or_many(one: str, many: str, items: Sequence[Item]) -> str:
    if len(items) > 1:
        return f"{many % count_rows(items)}: {_names(items)}"
    return f"{one}: {shorten(items[0].title, FACT)}, {items[0].party}"


FACTS = (
    ("owed", _you_owe),
    ("owed_reports", _you_owe),
    ("found", _found),
    ("missing", _missing),
    ("unreported", lambda items: _one_or_many(_("Not reported"), _("%s closed without a report"), items)),
    ("final", lambda items: _one_or_many(_("Breach now final"), _("%s breaches now final"), items)),
    ("warnings", lambda items: _one_or_many(_("At risk"), _("%s service levels at risk"), items)),
    ("due", lambda items: _one_or_many(_("Answer overdue"), _("%s answers overdue"), items)),
    ("asked", lambda items: _one_or_many(items[0].mark.word, _("%s excuses waiting"), items)),
    ("decided", lambda items: _one_or_many(items[0].mark.word, _("%s excuses decided"), items)),
    ("answers", lambda items: _one_or_many(items[0].mark.word, _("%s answers waiting"), items)),
    ("steps", lambda items: _one_or_many(items[0].mark.word, _("%s responses to your answers"), items)),
    ("withdrawn", lambda items: _one_or_many(_("No longer a breach"), _("%s breaches withdrawn"), items)),
    ("recovered", lambda items: _one_or_many(_("Recovered"), _("%s recovered"), items)),
    ("restated", lambda items: _one_or_many(_("Restated"), _("%s results restated"), items)),
    ("dates", lambda items: f"{shorten(items[0].title, FACT)}: {items[0].value}, {items[0].ref} {items[0].party}"),
    ("still_missing", _missing),
    ("still_owed_reports", _you_owe),
)


def _failure_subject(digest: Digest) -> str:
    """Return that a night did not finish, or not for everything, then the counts, or else how old the results are."""
    nights = [night for night in digest.failed_nights if night.state == State.MISSING]
    sentence = _("Nightly evaluation did not finish")
    if not nights:
        nights, sentence = list(digest.failed_nights), _("Nightly evaluation finished, but not for everything")
    if digest.reader.side == Side.OPERATOR:
        sentence = f"{sentence}: {', '.join(night.zone for night in nights[:MOST_NAMES])}"
    if digest.sections:
        return f"{sentence} – {', '.join(_counts(digest))}"
    if number := sum(len(night.failures) for night in nights):
        return f"{sentence} – {ngettext('%s failure', '%s failures', number) % number}"
    good = [night.last_good for night in nights if night.last_good]
    tail = _("results are from %s") % short_day(min(good)) if good else _("no night has finished yet")
    return f"{sentence} – {tail}"


def _names(items: Sequence[Item]) -> str:
    names = list(dict.fromkeys(item.party for item in items))
    named = ", ".join(shorten(name, 30) for name in names[:MOST_NAMES])
    return _("%(names)s and others") % {"names": named} if len(names) > MOST_NAMES else named


def shorten(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + ELLIPSIS
