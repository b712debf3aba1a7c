"""Every code that an error of the API can have: what it means, and what mends it."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Entry:
    """One code of the catalogue."""

    status: int
    meaning: str | Promise
    mending: str | Promise


UNREADABLE = {
    "malformed_json": (
        _("The body is not JSON, or a line of NDJSON is not."),
        _("Mend the syntax at the line that is named; JSON knows no NaN, no comments and no byte order mark."),
    ),
    "malformed_csv": (
        _("A row of the CSV file cannot be read."),
        _("Close every quote, and write a quote inside a cell twice."),
    ),
    "duplicate_key": (
        _("One name stands twice in one object, so that nobody knows which value is meant."),
        _("Send each name once."),
    ),
    "number_too_long": (
        _("A number has more than 40 characters."),
        _("Send what was measured: 12 digits before the point, 6 after it."),
    ),
    "too_deep": (_("The JSON is nested more than 16 levels deep."), _("Send rows, not trees.")),
    "not_utf8": (_("The body is not UTF-8."), _("Save the file as UTF-8.")),
    "not_csv": (
        _("The body looks like something else than CSV."),
        _("Save the sheet as “CSV UTF-8”, or name its real media type."),
    ),
    "bad_header": (
        _("The first line of the CSV file is not made of known columns, each once."),
        _("Name the columns as the feed's kind does."),
    ),
    "wrong_width": (
        _("A row of the CSV file has more or fewer cells than the header."),
        _("Give every row as many cells as there are columns."),
    ),
    "wrong_shape": (
        _("The body is no object and no list of objects, or another shape than the address promises."),
        _("Send one object, or a list of objects."),
    ),
    "empty_batch": (_("There is no row in the body."), _("Send at least one row.")),
    "incomplete_body": (_("The body ended before its Content-Length."), _("Send it again; nothing was stored.")),
    "bad_length": (_("Content-Length is not a whole number."), _("Let the HTTP library count.")),
    "unknown_parameter": (
        _("The address has a parameter that nobody knows."),
        _("Leave it out, or use one of those that the answer names."),
    ),
    "bad_parameter": (_("A parameter has a value that it cannot have."), _("See the parameter in the reference.")),
    "bad_page": (_("limit or offset is not a whole number in its range."), _("limit goes from 1 to 1,000.")),
    "bad_cursor": (
        _("The cursor was not given by this list, or stands beside offset or ordering."),
        _("Begin with an empty cursor, and then follow next."),
    ),
    "bad_idempotency_key": (
        _("The Idempotency-Key is empty, too long, given twice, or has blanks or commas."),
        _("Use 1 to 255 visible ASCII characters, such as a UUID."),
    ),
    "bad_request": (
        _("The request is made as no honest program makes it, such as with a thousand parameters."),
        _("Send less."),
    ),
    "test_now_refused": (
        _("X-Test-Now came with a key that is live, or from a person."),
        _("Leave the header out, or use a test key."),
    ),
    "bad_test_now": (
        _("X-Test-Now is no moment, or lies more than five years from now."),
        _("Such as 2025-12-20T12:00:00+01:00."),
    ),
    "feed_needed": (_("The list of results needs a feed."), _("Add feed=CODE or service_level=SL-….")),
    "invalid": (_("A parameter or a field has a value that it cannot have."), _("The answer names it.")),
}
WRONG_ROWS = {
    "wrong_rows": (
        _("The body can be read, but rows in it are wrong. All of them are listed, and nothing was stored."),
        _("Mend the rows that are named, and send the whole again."),
    ),
    "not_an_object": (_("A row is not an object."), _("Send every row as an object of names and values.")),
    "unknown_field": (
        _("A row has a name that its feed's kind does not know."),
        _("Often a slip of the pen: see the hint."),
    ),
    "missing_field": (_("A name is missing that a row needs."), _("Add it.")),
    "missing_address": (
        _("A row does not say what it is for."),
        _("Name its feed, or a service level that alone reads its feed."),
    ),
    "unknown_feed": (_("None of your contracts has a feed of that code."), _("GET /api/v1/feeds lists yours.")),
    "unknown_service_level": (
        _("None of your contracts has a service level of that code or id."),
        _("GET /api/v1/service-levels lists yours."),
    ),
    "unknown_contract": (_("You have no contract of that id or reference."), _("GET /api/v1/contracts lists yours.")),
    "ambiguous_feed": (_("Several of your contracts have a feed of that code."), _("Add the contract.")),
    "ambiguous_service_level": (
        _("Several of your contracts have a service level of that code."),
        _("Add the contract, or use the id SL-…."),
    ),
    "shared_feed": (
        _("Several service levels read the same feed, so that one of them cannot name it."),
        _("Name the feed."),
    ),
    "contradictory_address": (
        _("The row names a feed and a service level that do not belong together."),
        _("Name one of them."),
    ),
    "not_a_number": (
        _("The value is no plain decimal number."),
        _("Digits 0 to 9, a point, a minus in front; no blanks, units or separators of thousands."),
    ),
    "number_too_large": (_("The number has more than 12 digits before the point."), _("Check its unit.")),
    "too_many_decimals": (
        _("The number has more than 6 decimals; it is never rounded here."),
        _("Round it as the contract says."),
    ),
    "not_an_instant": (_("The value is no moment in time."), _("Write 2025-10-31T14:05:00+01:00.")),
    "offset_missing": (
        _("The moment has no offset, so that its zone would be a guess."),
        _("Add Z or an offset such as +01:00."),
    ),
    "not_a_date": (_("The value is no day."), _("Write 2025-10-31.")),
    "not_a_period": (
        _("The value is no month or week, whichever the feed is owed by."),
        _("Write 2025-10 or 2025-W41."),
    ),
    "bad_external_id": (
        _("The external_id is no text of 1 to 128 visible ASCII characters."),
        _("Send your own id of the row as text."),
    ),
    "not_true_or_false": (_("The value is neither true nor false."), _("Send true or false.")),
    "not_text": (_("The value is no text."), _("Send text, in quotes.")),
    "text_too_long": (
        _("The text is too long."),
        _("Notes have at most 1,000 characters, names of queues and the like 80."),
    ),
    "personal_data": (
        _("A customer's pseudonym looks like an address or a telephone number."),
        _("Send a keyed hash or a number of your own, the same for all contacts of the customer."),
    ),
    "unfit_character": (
        _("The text has a control character, half a character, or one that turns the direction of writing."),
        _("Remove the character that is named."),
    ),
    "unknown_choice": (
        _("The value is none of the words that the column knows."),
        _("Use one of those that are listed."),
    ),
    "bad_pauses": (
        _("The pauses cannot be read, overlap, or end before they begin."),
        _("Write [[from, to, reason], …]."),
    ),
    "pause_outside_case": (_("A pause lies outside its case's time."), _("Check the pause's two moments.")),
    "in_future": (
        _("The moment lies more than five minutes ahead, or the period has not begun."),
        _("Check the clock and the offset."),
    ),
    "outside_contract": (
        _("The day lies before the contract's start or after its end."),
        _("Check the date and the contract."),
    ),
    "outside_feed": (
        _("The feed is not owed for that day."),
        _("Check the date; GET /api/v1/feeds says from when to when."),
    ),
    "feed_ended": (_("The feed is no longer owed for that day."), _("Check the date, or which feed replaced it.")),
    "service_level_retired": (
        _("The service level's feed is no longer owed for that day."),
        _("Check the date, or what replaced it."),
    ),
    "wrong_order": (_("Of two moments the later one lies before the earlier one."), _("Check both.")),
    "negative": (_("The number cannot be negative."), _("Check it.")),
    "too_low": (_("The value lies below what the feed takes."), _("Check it and its unit.")),
    "too_high": (_("The value lies above what the feed takes."), _("Check it and its unit.")),
    "bad_weight": (
        _("A weight is not above 0."),
        _("Leave out rows that shall not count; they would vanish in silence."),
    ),
    "too_long": (_("One interval of downtime lasts more than a year."), _("Report it in parts.")),
    "total_and_splits": (
        _("A span would have a total beside its splits, and everything would count twice."),
        _("Send the total or the splits; what is there already is taken back first, in the same request if you like."),
    ),
    "zero_denominator": (_("A numerator without a denominator."), _("For no volume send 0 of 0.")),
    "not_whole": (_("A count has decimals."), _("Send whole numbers.")),
    "numerator_exceeds_denominator": (
        _("More were counted than there are."),
        _("Check which of the two was counted when."),
    ),
    "duplicate_in_batch": (_("Two rows of one request are the same result."), _("Send each result once.")),
    "delay_refused": (
        _("The day until which a report is delayed, or the reason, says nothing."),
        _("Name a day between today and 60 days from now, and why."),
    ),
    "unknown_result": (_("There is no such result to take back."), _("Check its id.")),
    "idempotency_key_reused": (
        _("This Idempotency-Key was used for another request."),
        _("Use a fresh key for every request, and the same one only to repeat it."),
    ),
}
FILES = {
    "bad_workbook": (
        _("The Excel file cannot be read within bounded memory and time, is protected, or is no .xlsx."),
        _("Keep only the rows to send, and save it again as .xlsx or as “CSV UTF-8”."),
    ),
    "ambiguous_decimals": (
        _("The file's numbers do not tell whether the comma or the point is the decimal sign."),
        _("Say which it is under “How the file is read”, and leave out separators of thousands."),
    ),
}
ACTS = {
    "wrong_fields": (
        _("The body of an act can be read, but members of it are missing, unknown or make no sense."),
        _("All of them are listed with a pointer each."),
    ),
    "reason_needed": (_("This is not done without saying why."), _("Add a reason.")),
    "wrong_excuse": (_("The days or the reason of an excuse make no sense."), _("The answer says which.")),
    "not_grantable": (
        _("Days are granted that were not asked for, or an amount that the terms do not know, or miss."),
        _("Grant days inside the span; give lowers_by exactly where the terms make limits easier."),
    ),
}
CONTRADICTIONS = {
    "not_imported": (
        _("The file is imported, dropped or undone already, or a night has judged its results."),
        _("Correct results by another file, with a reason."),
    ),
    "external_id_conflict": (
        _("The result is there already, with another content."),
        _("If it is a correction, send it again with a reason; the old one is kept."),
    ),
    "period_closed": (
        _("The row would change a period whose verdict is final."),
        _("With a reason it is kept and listed as late; the verdict changes by a restatement alone."),
    ),
    "decided_before": (_("The excuse was decided before."), _("Read it: it says by whom, when and why.")),
    "restatement_moved": (
        _("What would change is not what was shown: something came in between."),
        _("Look at it again by dry_run=true, and send the new digest."),
    ),
    "nothing_to_restate": (
        _("Nothing came after closing that is not counted already, or the period is still open."),
        _("GET /api/v1/late-arrivals?is_counted=false lists what came late."),
    ),
    "cannot_restate": (_("A closed period cannot be judged anew."), _("The answer says why.")),
    "corrections_over": (
        _("The terms take no corrections of this closed period any more (restatement_days)."),
        _("Because of fraud or an audit the client's admin restates it, naming that ground."),
    ),
    "refused": (_("A rule of the business says no."), _("The answer says which.")),
}
OTHERS = {
    401: {
        "not_authenticated": (
            _("No valid API key and no session. Missing, mistyped, expired and revoked keys get the same answer."),
            _("Authorization: Bearer bpo_live_…"),
        )
    },
    403: {
        "not_allowed": (
            _("You are known, but may not do this."),
            _("Results come from their vendor, with a key that has the scope “results:write”."),
        ),
        "not_yours": (
            _("An excuse or a restatement is somebody else's to ask for or to decide."),
            _("The vendor's managers ask, the client's decide and restate, and nobody on what they asked for."),
        ),
        "missing_scope": (_("The key lacks a scope."), _("Have a key made that has it.")),
        "test_key_needed": (_("Only a test key can do this."), _("What live keys sent is never emptied.")),
    },
    404: {"not_found": (_("There is nothing at this address, or nothing of yours."), _("Check the id."))},
    405: {"method_not_allowed": (_("This address does not do that."), _("See the reference."))},
    406: {"not_acceptable": (_("The API answers in JSON alone."), _("Accept: application/json"))},
    408: {"too_slow": (_("The body did not arrive in time."), _("Send less at once, or over a better line."))},
    411: {
        "length_required": (
            _("The request does not say how long its body is."),
            _("Send Content-Length instead of chunks."),
        )
    },
    413: {
        "too_large": (_("The body is too large."), _("1 MiB for one object, 10 MiB for a list or file.")),
        "too_many_rows": (_("More than 10,000 rows."), _("Send them in several requests.")),
    },
    415: {
        "unsupported_media_type": (_("Results come as JSON, NDJSON or CSV, in UTF-8."), _("Set Content-Type.")),
        "compressed_body": (_("The body is compressed."), _("Send it as it is.")),
    },
    429: {
        "too_many_requests": (
            _("The key, the person or the address has asked too often in a minute, or with too many wrong keys."),
            _("Wait as many seconds as Retry-After says, and send more rows at once."),
        )
    },
    503: {
        "busy": (
            _("The database was busy or away; nothing of the request is kept."),
            _("Send it again after the seconds in Retry-After, with the same Idempotency-Key."),
        ),
        "test_mode_unavailable": (
            _("The tables for test keys are missing or cannot be reached; live keys work."),
            _("Ask the desk's operator to run manage.py migrate."),
        ),
    },
}
CATALOGUE: dict[str, Entry] = {
    code: Entry(status, *words)
    for status, group in (
        (400, UNREADABLE),
        (400, FILES),
        (422, WRONG_ROWS),
        (422, ACTS),
        (409, CONTRADICTIONS),
        *OTHERS.items(),
    )
    for code, words in group.items()
}
