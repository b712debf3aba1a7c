"""Every error code of the API: its status, what it means, and what to do. Codes never change; texts may."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from intake.unlikely import CODES


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One code of the catalogue."""

    status: int
    meaning: str | Promise
    remedy: str | Promise


# fmt: off
# 400: the request or its body cannot be read.
UNREADABLE = {
    "malformed_json": (_("The body is not valid JSON, or a line of NDJSON is not."),
        _("Correct the syntax at the named line. NaN, comments and byte order marks are not JSON.")),
    "malformed_csv": (_("A row of the CSV file cannot be read."),
        _("Close every quote, and double a quote inside a cell.")),
    "duplicate_key": (_("An object has the same name twice, so its value is ambiguous."), _("Send each name once.")),
    "number_too_long": (_("A number has more than 40 characters."),
        _("Send at most 12 digits before the decimal point and 6 after it.")),
    "too_deep": (_("The JSON is nested more than 16 levels deep."), _("Send a flat list of rows.")),
    "not_utf8": (_("The body is not UTF-8."), _("Save the file as UTF-8.")),
    "not_csv": (_("The body does not look like CSV."),
        _("Save the sheet as “CSV UTF-8”, or send the Content-Type that the body has.")),
    "bad_reading": (_("The reading has a member that cannot be used; the answer names it."), _("Correct it.")),
    "bad_header": (_("The first line of the CSV file has an unknown or repeated column."),
        _("Name each column once, as the feed's kind names it.")),
    "wrong_width": (_("A row of the CSV file has more or fewer cells than the header."),
        _("Give every row as many cells as there are columns.")),
    "wrong_shape": (_("The body is neither an object nor a list of objects, or not the one that was asked for."),
        _("Send one object, or a list of objects.")),
    "empty_batch": (_("The body has no rows."), _("Send at least one row.")),
    "incomplete_body": (_("The body was shorter than its Content-Length."),
        _("Send the request again; nothing was stored.")),
    "bad_length": (_("Content-Length is not a whole number."), _("Let your HTTP library set it.")),
    "unknown_parameter": (_("The address has an unknown parameter, or the same parameter twice."),
        _("Remove it, or use one of the parameters that the answer lists.")),
    "bad_parameter": (_("A parameter has an invalid value."), _("See the parameter in the reference.")),
    "bad_page": (_("limit or offset is not a whole number in its range."),
        _("limit is 1 to 1,000; offset is 0 to 10,000,000.")),
    "bad_cursor": (_("The cursor does not belong to this list, or is combined with offset or ordering."),
        _("Start with an empty cursor, then follow `next`.")),
    "bad_idempotency_key": (_("The Idempotency-Key is empty, too long, given twice, or contains spaces or commas."),
        _("Use 1 to 255 visible ASCII characters, such as a UUID.")),
    "bad_request": (_("The request is malformed or too large, for example with a thousand parameters."),
        _("Send a smaller request.")),
    "test_now_refused": (_("X-Test-Now came without a test key."), _("Remove the header, or use a test key.")),
    "bad_test_now": (_("X-Test-Now is not a point in time, or is more than five years away."),
        _("Write it like 2025-12-20T12:00:00+01:00.")),
    "feed_needed": (_("The request does not say which feed to list."), _("Add feed=CODE or service_level=SL-….")),
    "invalid": (_("A parameter or a field has an invalid value."), _("The answer names it.")),
}
# 422: the body can be read, but rows of it are not valid.
WRONG_ROWS = {
    "wrong_rows": (_("Some rows are not valid. All of them are listed, and nothing was stored."),
        _("Correct the listed rows and send the whole body again.")),
    "not_an_object": (_("A row is not an object."), _("Send every row as an object of names and values.")),
    "unknown_field": (_("A row has a name that its feed's kind does not have."),
        _("Check the spelling; the hint suggests the nearest name.")),
    "missing_field": (_("A required name is missing."), _("Add it.")),
    "missing_address": (_("A row names neither a feed nor a service level."),
        _("Name the feed, or a service level that is the only one to read its feed.")),
    "unknown_feed": (_("None of your contracts has a feed with this code."), _("GET /api/v1/feeds lists your feeds.")),
    "unknown_service_level": (_("None of your contracts has a service level with this code or id."),
        _("GET /api/v1/service-levels lists your service levels.")),
    "unknown_contract": (_("You have no contract with this id or reference."),
        _("GET /api/v1/contracts lists your contracts.")),
    "ambiguous_feed": (_("Several of your contracts have a feed with this code."), _("Add the contract.")),
    "ambiguous_service_level": (_("Several of your contracts have a service level with this code."),
        _("Add the contract, or use the id SL-….")),
    "shared_feed": (_("Several service levels read the same feed, so one of them does not name it."),
        _("Name the feed.")),
    "contradictory_address": (_("The row names a feed and a service level that does not read it."),
        _("Name only one of them.")),
    "not_a_number": (_("The value is not a plain decimal number."),
        _("Use the digits 0 to 9, a decimal point and a leading minus; no spaces, units or thousands separators.")),
    "number_too_large": (_("The number has more than 12 digits before the decimal point."), _("Check its unit.")),
    "too_many_decimals": (_("The number has more than 6 decimals. The desk never rounds what it receives."),
        _("Round it as the contract says.")),
    "not_an_instant": (_("The value is not a point in time."), _("Write it like 2025-10-31T14:05:00+01:00.")),
    "offset_missing": (_("The time has no UTC offset, so its time zone is unknown."),
        _("Add Z or an offset such as +01:00.")),
    "not_a_date": (_("The value is not a date."), _("Write it like 2025-10-31.")),
    "not_a_period": (_("The value is not a week, month, quarter or year, whichever the feed's schedule needs."),
        _("Write it like 2025-W41, 2025-10, 2025-Q4 or 2025.")),
    "bad_external_id": (_("The external_id is not a text of 1 to 128 visible ASCII characters."),
        _("Send your own id of the row, as text.")),
    "digits_lost": (_("A number of more than 15 digits came from a spreadsheet, which keeps only 15."),
        _("Format the column as text before the numbers are put in, and export it again.")),
    "not_true_or_false": (_("The value is neither true nor false."), _("Send true or false.")),
    "not_a_list": (_("The value is not a list of ids."), _("Send a list with at least one id, each in quotes.")),
    "not_text": (_("The value is not a text."), _("Send it in quotes.")),
    "text_too_long": (_("The text is too long."),
        _("Notes have at most 1,000 characters; names of queues and the like have at most 80.")),
    "personal_data": (_("A customer's pseudonym looks like an e-mail address or a telephone number."),
        _("Send a keyed hash or a number of your own, the same for all contacts of that customer.")),
    "unfit_character": (_("The text has a control character, half a surrogate pair, or one that reverses text."),
        _("Remove the named character.")),
    "unknown_choice": (_("The value is not one of the column's choices."), _("Use one of the listed values.")),
    "bad_pauses": (_("The pauses cannot be read, overlap, or end before they start."),
        _("Write [[from, to, reason], …].")),
    "pause_outside_case": (_("A pause lies outside the time of its case."), _("Check the start and end of the pause.")),
    "in_future": (_("The time is more than five minutes ahead, or the period has not started."),
        _("Check your clock and the UTC offset.")),
    "outside_contract": (_("The date is before the contract's start or after its end."),
        _("Check the date and the contract.")),
    "outside_feed": (_("The feed is not in force on that date."),
        _("Check the date; GET /api/v1/feeds shows the dates of each feed.")),
    "feed_ended": (_("The feed ended before that date."), _("Check the date, or find the feed that replaced it.")),
    "service_level_retired": (_("The service level's feed ended before that date."),
        _("Check the date, or find what replaced it.")),
    "wrong_order": (_("An end lies before its start."), _("Check both times.")),
    "negative": (_("The number must not be negative."), _("Check it.")),
    "no_target": (_("A case's priority or group has no target, and the terms refuse such cases."),
        _("Check the value; GET /api/v1/service-levels shows the targets.")),
    "too_low": (_("The value is below the feed's lowest allowed value."), _("Check it and its unit.")),
    "too_high": (_("The value is above the feed's highest allowed value."), _("Check it and its unit.")),
    "bad_weight": (_("A weight is not above 0."), _("Leave out rows that must not count.")),
    "too_long": (_("A downtime or a nil report lasts more than a year."), _("Report it in parts.")),
    "nothing_of_totals": (_("A feed of totals does not take the report that nothing happened."), _("Send 0 of 0.")),
    "total_and_splits": (_("The span would have both a total and splits, and every case would count twice."),
        _("Send either the total or the splits. To change over, void the old rows first; one request may do both.")),
    "zero_denominator": (_("The numerator is above 0, but the denominator is 0."), _("For no volume, send 0 of 0.")),
    "not_whole": (_("A count has decimals."), _("Send whole numbers.")),
    "numerator_exceeds_denominator": (_("The numerator is greater than the denominator."),
        _("Check how each of the two was counted.")),
    "duplicate_in_batch": (_("Two rows of the request have the same address."), _("Send each result once.")),
    "delay_refused": (_("The announced date or its reason is not valid."),
        _("Give a date between today and 60 days from now, and a reason.")),
    "unknown_result": (_("The result to void does not exist."), _("Check its id.")),
    "idempotency_key_reused": (_("This Idempotency-Key was used for a different request."),
        _("Use a new key for each request, and the same key only to repeat it.")),
}
# 400: files that people upload.
FILES = {
    "bad_workbook": (_("The Excel file is too large to read, is protected, or is not an .xlsx file."),
        _("Keep only the rows to send, and save it again as .xlsx or as “CSV UTF-8”.")),
    "ambiguous_decimals": (_("The numbers do not show whether the comma or the point is the decimal separator."),
        _("Choose it under “How the file is read”, and leave out thousands separators.")),
}
# 422: small JSON bodies, such as a decision.
BODIES = {
    "wrong_fields": (_("The body can be read, but has missing, unknown or invalid members."),
        _("The answer lists all of them, each with a pointer.")),
    "reason_needed": (_("This needs a reason."), _("Add a reason.")),
    "wrong_excuse": (_("What the excuse names, or its reason, is not valid."), _("The answer says why.")),
    "not_grantable": (_("It grants days that were not asked for, or lowers_by does not fit the terms."),
        _("Grant days, hours or rows of the excuse. Give lowers_by only where the terms make limits easier.")),
}
# 409: the request contradicts what is stored.
CONFLICTS = {
    "not_imported": (_("The file was already imported, discarded or undone, or a night has judged its results."),
        _("Correct results with another file and a reason.")),
    "reading_open": (_("The reading that was named leaves questions about the file, which the answer lists."),
        _("Answer them in a new version of the reading, or upload the file once on the page.")),
    "confirm_needed": (_("Rows are unlikely, and their feed holds such rows until their sender confirms them."),
        _("Correct them, or send them again with confirm= and the codes that the answer lists.")),
    "external_id_conflict": (_("The result exists with different content."),
        _("To correct it, send it again with a reason; the old content is kept as a revision.")),
    "period_closed": (_("The row would change a period whose verdict is final."),
        _("Send it with a reason: it is stored and listed as late. Only a restatement changes the verdict.")),
    "something_happened": (_("It is to be stored that nothing happened on days with results."),
        _("Name only the other days, or void the results first; one request may do both.")),
    "stated_as_nothing": (_("It was reported that nothing happened on the day of this result."),
        _("To correct that, send the result with a reason. What happened after the report needs none.")),
    "only_stricter": (_("An organisation's own admins can ask for more second factors, not for fewer."),
        _("Ask an operator.")),
    "no_grant_needed": (_("The client has never had an admin; operators read its data without a grant."),
        _("There is nothing to do.")),
    "asked_already": (_("You have asked that client already, for something else."),
        _("Wait for the answer, or withdraw what you asked and ask again.")),
    "access_decided": (_("The access was answered before, or nobody answered in time."),
        _("Read it to see who answered and when. An operator can ask again.")),
    "wrong_access": (_("The access lacks a reason, or lasts too long."), _("Give a reason, and from 1 to 30 days.")),
    "no_second_factor": (_("The person has no second factor that could be reset."), _("There is nothing to do.")),
    "decided_before": (_("The excuse was already decided."), _("Read the excuse to see who decided, when and why.")),
    "restatement_moved": (_("The effect has changed since it was shown."),
        _("Request it again with dry_run=true, and send the new digest.")),
    "nothing_to_restate": (_("The period is still open, or nothing arrived after closing that is not counted yet."),
        _("GET /api/v1/late-arrivals?is_counted=false lists late results that are not counted.")),
    "cannot_restate": (_("The closed period cannot be judged again."), _("The answer says why.")),
    "corrections_over": (_("The time for corrections of this closed period is over (restatement_days)."),
        _("The client's admin can still restate it because of fraud or an audit, naming that ground.")),
    "refused": (_("A business rule does not allow this."), _("The answer says which.")),
}
OTHERS = {
    401: {
        "not_authenticated": (_("No valid API key and no session. Missing, unknown and expired keys look the same."),
            _("Send the header Authorization: Bearer bpo_live_…")),
    },
    403: {
        "not_allowed": (_("You don't have permission to do this."),
            _("Results are sent by their vendor, with a key that has the scope “results:write”.")),
        "confirm_identity": (_("You signed in some time ago, and what you ask for matters."),
            _("Confirm on a page that it is you, and send the request again.")),
        "second_factor_required": (_("You must have a second factor to use your session, and have none."),
            _("Sign in on a page and set one up there. Keys are not concerned.")),
        "not_yours": (_("You don't have permission to request or decide this excuse or restatement."),
            _("The vendor's managers ask; the client's managers decide, but never on their own requests.")),
        "not_encrypted": (_("The request was sent without TLS."),
            _("Call the address with https://, and replace a key that was sent without it.")),
        "missing_scope": (_("The key lacks a scope."), _("Ask the vendor's manager for a key with that scope.")),
        "test_key_needed": (_("Only a test key can do this."), _("Data of live keys is never deleted.")),
    },
    404: {"not_found": (_("Nothing was found at this address, or you don't have access to it."), _("Check the id."))},
    405: {"method_not_allowed": (_("This address does not support the method."), _("See the reference."))},
    406: {"not_acceptable": (_("The API answers only in JSON."), _("Send the header Accept: application/json"))},
    408: {"too_slow": (_("The body did not arrive in time."), _("Send less at once, or use a faster connection."))},
    411: {
        "length_required": (_("The request does not give the length of its body."),
            _("Send Content-Length instead of chunks.")),
    },
    413: {
        "too_large": (_("The body is too large."), _("The limit is 1 MiB for one object, 10 MiB for a list or file.")),
        "too_many_rows": (_("The body has more than 10,000 rows."), _("Send them in several requests.")),
    },
    415: {
        "unsupported_media_type": (_("Results must be JSON, NDJSON or CSV, in UTF-8."),
            _("Set Content-Type to what the body is.")),
        "compressed_body": (_("The body is compressed."), _("Send it uncompressed.")),
    },
    429: {
        "too_many_requests": (_("Too many requests, or too many wrong keys, in one minute."),
            _("Wait for the seconds in Retry-After, and send more rows per request.")),
    },
    500: {
        "server_error": (_("The error is on the desk's side and has been logged. Nothing was stored in part."),
            _("Send the same request again with the same Idempotency-Key; tell the operator its request_id.")),
    },
    503: {
        "busy": (_("The database was busy or could not be reached. Nothing was stored."),
            _("Wait for the seconds in Retry-After, then send the same request with the same Idempotency-Key.")),
        "too_many_bodies": (_("Many were sending large bodies. Nothing was stored."),
            _("Wait for the seconds in Retry-After, then send the same request with the same Idempotency-Key.")),
        "test_mode_unavailable": (_("The tables for test keys are missing or cannot be reached. Live keys work."),
            _("Ask the operator to run manage.py migrate.")),
    },
}
# fmt: on
GROUPS = ((400, UNREADABLE | FILES), (422, WRONG_ROWS | BODIES), (409, CONFLICTS), *OTHERS.items())
CATALOGUE = {code: ErrorCode(status, *texts) for status, group in GROUPS for code, texts in group.items()}
# What is unlikely in rows: named in their receipt, or a 409 where the feed holds them.
CATALOGUE |= {code: ErrorCode(409, *texts) for code, texts in CODES.items()}
