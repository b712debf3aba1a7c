"""Who gets what answer at every address: all routes of the resolver × everybody there is.

A route without a row fails, so that nobody adds an address without saying who may see it.
"""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta

import pytest
import time_machine
from django.contrib import admin
from django.http import HttpResponse
from django.test import Client
from django.urls import URLResolver, get_resolver

from bpo.access.services import ask_access
from bpo.models import AccessGrant, AuditEntry, Role, User
from bpo.sandbox import SANDBOX
from bpo.sign_on.services import set_single_sign_on
from breaches.services.excuses import ask_excuse
from breaches.services.grants import preview_excuse
from contracts.models.service_levels import Feed, ServiceLevel
from intake.files.importing import keep_upload
from intake.files.keeping import keep_reading
from intake.models.imports import Import
from intake.models.readings import FeedReading
from intake.upload_addresses import make_address
from metrics.models.breaches import Breach, BreachEvent, Excuse
from metrics.models.verdicts import Verdict
from metrics.services.restatements import closed_cell, preview_late
from reports.links import Act, act_link
from reports.subscriptions import unsubscribe_link
from tests.builders import NOW, make_history, make_night
from tests.support.cast import build_cast
from tests.support.databases import undone
from tests.support.factors import add_app, force_sign_in
from vendors.keys import issue_key, revoke_key
from vendors.models import ApiKey

PEOPLE = (
    "anonymous", "operator", "acme-admin", "acme-manager", "acme-viewer", "brightline-manager",
    "brightline-reporter", "cobalt-manager", "zenith-manager", "delta-manager", "disabled", "left", "ungranted",
)  # fmt: skip
KEYS = ("key", "reading-key", "rival-key", "foreign-key", "revoked-key", "expired-key")

# Answers in the order of PEOPLE: a status, "in" for being sent to sign in, "on" for being sent on after an act.
# "ungranted" is an operator whom no client lets read its data, as the other one is let.
# The thing belongs to Acme and Brightline; Cobalt is Brightline's rival at Acme; Zenith and Delta have no part in it.
EVERYBODY = "200 200 200 200 200 200 200 200 200 200 200 200 200"
NOBODY = "404 404 404 404 404 404 404 404 404 404 404 404 404"
SIGNED_IN = "in  200 200 200 200 200 200 200 200 200 in  200 200"
PARTIES = "in  200 200 200 200 200 200 404 404 404 in  404 404"
HEADS = "in  200 200 200 200 200 200 404 404 404 in  404 200"
ACT_ONLY = "in  405 405 405 405 405 405 405 405 405 in  405 405"
OPERATOR = "in  200 404 404 404 404 404 404 404 404 in  404 200"
NEIGHBOURS = "in  200 200 200 200 200 200 200 404 404 in  404 200"
ARRIVING = "200 on  on  on  on  on  on  on  on  on  200 on  on"
API_LIST = "401 200 200 200 200 200 200 200 200 200 401 200 200"
API_THING = "401 200 200 200 200 200 200 404 404 404 401 404 404"
API_HEADS = "401 200 200 200 200 200 200 404 404 404 401 404 200"
API_OPERATOR = "401 200 404 404 404 404 404 404 404 404 401 404 200"
API_CLIENT_READS = "401 200 200 200 200 404 404 404 404 404 401 404 404"
VENDORS_OWN = "401 200 404 404 404 200 200 404 404 404 401 404 404"
VENDORS_PAGE = "in  200 404 404 404 200 200 404 404 404 in  404 404"
REPORTERS_ALONE = "in  403 403 403 403 200 200 200 403 200 in  403 403"
IMPORTS = "in  403 404 404 404 on  on  404 404 404 in  404 404"
CLIENT_ACTS = "in  403 on  on  403 403 403 404 404 404 in  404 404"
SIDES_ACT = "in  403 on  on  403 on  403 404 404 404 in  404 404"
CLIENT_SEES = "in  403 200 200 403 403 403 404 404 404 in  404 404"
CLIENT_READS = "in  200 200 200 200 404 404 404 404 404 in  404 404"
VENDOR_SEES = "in  403 403 403 403 200 403 404 404 404 in  404 404"
DECIDES = "in  403 403 on  403 403 403 404 404 404 in  404 404"
VENDOR_ACTS = "in  403 403 403 403 on  403 404 404 404 in  404 404"
REPORTS = "401 403 403 403 403 201 201 422 403 422 401 403 403"
NO_TEST_KEY = "401 403 403 403 403 403 403 403 403 403 401 403 403"
CORRECTS = "401 403 403 403 403 201 201 404 403 404 401 403 403"

ADMINS_PAGE = "in  200 200 403 403 200 403 200 403 200 in  403 200"
ADMINS_API = "401 200 200 403 403 200 403 200 403 200 401 403 200"
API_ACT_ONLY = "401 405 405 405 405 405 405 405 405 405 401 405 405"
SOMEBODYS = "in  404 404 404 404 404 404 404 404 404 in  404 404"
REFUSED = "401 401 401 401 401 401 401 401 401 401 401 401 401"
PASSED_ON = "in  on  on  on  on  on  on  on  on  on  in  on  on"
NO_FACTOR = "in  404 404 404 404 404 404 404 404 404 in  404 404"

GET = (
    ("healthz", "/healthz", EVERYBODY),
    ("dashboard:readyz", "/readyz", EVERYBODY),
    ("dashboard:metrics", "/metrics", "401 200 404 404 404 404 404 404 404 404 401 404 200"),
    ("dashboard:system-health", "/system-health", OPERATOR),
    ("demo-load", "/demo-load", EVERYBODY),
    ("admin", "/admin/", OPERATOR),
    ("admin", "/admin/bpo/user/", OPERATOR),
    ("admin", "/admin/contracts/contract/", OPERATOR),
    ("account_email_closed", "/accounts/email/", NOBODY),
    ("account_login", "/accounts/login/", ARRIVING),
    ("account_logout", "/accounts/logout/", "in  200 200 200 200 200 200 200 200 200 in  200 200"),
    ("account_signup", "/accounts/signup/", ARRIVING),
    ("account_inactive", "/accounts/inactive/", EVERYBODY),
    ("account_reauthenticate", "/accounts/reauthenticate/", SIGNED_IN),
    ("account_email", "/accounts/email/", NOBODY),
    ("account_email_verification_sent", "/accounts/confirm-email/", EVERYBODY),
    ("account_confirm_email", "/accounts/confirm-email/x/", EVERYBODY),
    ("account_change_password", "/accounts/password/change/", SIGNED_IN),
    ("account_set_password_by_link", "/accounts/password/set/", "on  on  on  on  on  on  on  on  on  on  on  on  on"),
    ("account_set_password", "/accounts/password/set/", "on  on  on  on  on  on  on  on  on  on  on  on  on"),
    ("account_reset_password", "/accounts/password/reset/", EVERYBODY),
    (
        "account_confirm_login_code",
        "/accounts/login/code/confirm/",
        "in  on  on  on  on  on  on  on  on  on  in  on  on",
    ),
    ("account_reset_password_done", "/accounts/password/reset/done/", EVERYBODY),
    ("account_reset_password_from_key", "/accounts/password/reset/key/1-abc/", EVERYBODY),
    ("account_reset_password_from_key_done", "/accounts/password/reset/key/done/", EVERYBODY),
    ("sign_on", "/accounts/sso/", EVERYBODY),
    ("confirm_by_sign_on", "/accounts/sso/confirm/", SIGNED_IN),
    ("confirmed_by_sign_on", "/accounts/sso/confirmed/", PASSED_ON),
    ("socialaccount_login_cancelled", "/accounts/sso/cancelled/", EVERYBODY),
    ("socialaccount_login_error", "/accounts/sso/error/", REFUSED),
    ("socialaccount_signup", "/accounts/sso/signup/", NOBODY),
    ("socialaccount_connections", "/accounts/sso/connections/", NOBODY),
    ("openid_connect_login", "/accounts/sso/OR-00000/login/", NOBODY),
    ("openid_connect_callback", "/accounts/sso/OR-00000/callback/", NOBODY),
    ("mfa_index", "/accounts/2fa/", SIGNED_IN),
    ("mfa_authenticate", "/accounts/2fa/authenticate/", PASSED_ON),
    ("mfa_reauthenticate", "/accounts/2fa/reauthenticate/", "in  on  on  on  200 on  on  on  on  on  in  on  on"),
    ("mfa_activate_totp", "/accounts/2fa/totp/activate/", "in  200 200 200 on  200 200 200 200 200 in  200 200"),
    ("mfa_deactivate_totp", "/accounts/2fa/totp/deactivate/", "in  404 404 404 200 404 404 404 404 404 in  404 404"),
    ("mfa_view_recovery_codes", "/accounts/2fa/recovery-codes/", NO_FACTOR),
    ("mfa_generate_recovery_codes", "/accounts/2fa/recovery-codes/generate/", SIGNED_IN),
    ("mfa_list_webauthn", "/accounts/2fa/passkeys/", SIGNED_IN),
    ("mfa_add_webauthn", "/accounts/2fa/passkeys/add/", SIGNED_IN),
    (
        "mfa_reauthenticate_webauthn",
        "/accounts/2fa/passkeys/reauthenticate/",
        "in  on  on  on  on  on  on  on  on  on  in  on  on",
    ),
    ("mfa_login_webauthn", "/accounts/2fa/passkeys/login/", PASSED_ON),
    ("mfa_remove_webauthn", "/accounts/2fa/passkeys/1/remove/", NO_FACTOR),
    ("mfa_edit_webauthn", "/accounts/2fa/passkeys/1/edit/", NO_FACTOR),
    ("dashboard:overview", "/", SIGNED_IN),
    ("dashboard:levels", "/service-levels", SIGNED_IN),
    ("dashboard:level", "/service-levels/{level}", PARTIES),
    ("dashboard:roll-ups", "/roll-ups", SIGNED_IN),
    ("dashboard:verdicts", "/verdicts", SIGNED_IN),
    ("dashboard:verdicts", "/verdicts?as_of=2025-11-06&format=csv", SIGNED_IN),
    ("dashboard:late-arrivals", "/late-arrivals", SIGNED_IN),
    ("dashboard:roll-up", "/roll-ups/{roll_up}", CLIENT_READS),
    ("dashboard:period", "/service-levels/{level}/2025-09", PARTIES),
    ("dashboard:period", "/service-levels/{level}/2025-09?rev=1", PARTIES),
    ("dashboard:period", "/service-levels/{level}/2025-09?format=csv", PARTIES),
    ("dashboard:period", "/service-levels/{level}/2025-09?as_of=2025-11-06", PARTIES),
    ("dashboard:level", "/service-levels/{level}?as_of=2025-11-06", PARTIES),
    ("dashboard:restate", "/service-levels/{level}/2025-09/restate", CLIENT_SEES),
    ("breaches:ask-excuse", "/service-levels/{level}/2025-09/excuse", VENDOR_SEES),
    ("breaches:excuses", "/excuses", SIGNED_IN),
    ("breaches:excuse", "/excuses/{excuse}", PARTIES),
    ("breaches:decide-excuse", "/excuses/{excuse}/decide", ACT_ONLY),
    ("breaches:excuse-group", "/excuse-groups/{group}", PARTIES),
    ("breaches:decide-excuse-group", "/excuse-groups/{group}/decide", ACT_ONLY),
    ("breaches:breaches", "/breaches", SIGNED_IN),
    ("breaches:breach", "/breaches/{breach}", PARTIES),
    ("dashboard:contracts", "/contracts", SIGNED_IN),
    ("dashboard:contract", "/contracts/{contract}", HEADS),
    ("dashboard:contract", "/contracts/{contract}?on=2025-03-01", HEADS),
    ("record:chain", "/contracts/{contract}/chain", PARTIES),
    ("dashboard:vendors", "/vendors", SIGNED_IN),
    ("dashboard:vendor", "/vendors/{vendor}", HEADS),
    ("dashboard:runs", "/runs", SIGNED_IN),
    ("dashboard:runs-of-day", "/runs/2025-11-05", NEIGHBOURS),
    ("dashboard:run", "/runs/2025-11-05/Europe/Berlin", NEIGHBOURS),
    ("intake:data", "/data", SIGNED_IN),
    ("intake:delay", "/data/{report}/delay", "in  403 403 403 403 200 200 404 403 404 in  403 403"),
    ("intake:nothing", "/data/{report}/nothing", "in  403 403 403 403 200 200 404 403 404 in  403 403"),
    ("intake:enter", "/enter", REPORTERS_ALONE),
    ("intake:new-import", "/imports/new", REPORTERS_ALONE),
    ("intake:template", "/imports/template/{feed}", "in  403 403 403 403 200 200 404 403 404 in  403 403"),
    ("intake:results-file", "/imports/results", REPORTERS_ALONE),
    ("intake:import", "/imports/{import}", VENDORS_PAGE),
    ("intake:wrong-rows", "/imports/{import}/wrong.csv", VENDORS_PAGE),
    ("intake:read-as", "/imports/{import}/columns", ACT_ONLY),
    ("intake:decide-import", "/imports/{import}/decide", ACT_ONLY),
    ("dashboard:search", "/search?q=accuracy", SIGNED_IN),
    ("dashboard:search", "/search?q={breach}", "in  on  on  on  on  on  on  200 200 200 in  200 200"),
    ("dashboard:me", "/me", SIGNED_IN),
    ("dashboard:sessions", "/me/sessions", SIGNED_IN),
    ("dashboard:end-session", "/me/sessions/US-00000/end", ACT_ONLY),
    ("dashboard:end-other-sessions", "/me/sessions/end-others", ACT_ONLY),
    ("dashboard:people", "/people", ADMINS_PAGE),
    ("dashboard:demand-factor", "/people/second-factor", ACT_ONLY),
    ("dashboard:reset-factor", "/people/reset-second-factor", ACT_ONLY),
    ("dashboard:end-sessions-of", "/people/end-sessions", ACT_ONLY),
    ("dashboard:deactivate", "/people/deactivate", ACT_ONLY),
    ("dashboard:reactivate", "/people/reactivate", ACT_ONLY),
    ("dashboard:help", "/help", SIGNED_IN),
    ("dashboard:access", "/access", "in  200 200 403 403 403 403 403 403 403 in  403 200"),
    ("dashboard:ask-access", "/access/ask", ACT_ONLY),
    ("dashboard:withdraw-all-access", "/access/withdraw-all", ACT_ONLY),
    ("dashboard:grant-access", "/access/{grant}/grant", ACT_ONLY),
    ("dashboard:refuse-access", "/access/{grant}/refuse", ACT_ONLY),
    ("dashboard:withdraw-access", "/access/{grant}/withdraw", ACT_ONLY),
    ("dashboard:organisation", "/organisation", ACT_ONLY),
    ("breaches:acknowledge", "/breaches/{breach}/acknowledge", ACT_ONLY),
    ("breaches:answer", "/breaches/{breach}/answer", ACT_ONLY),
    ("breaches:close", "/breaches/{breach}/close", ACT_ONLY),
    ("breaches:step", "/breaches/{breach}/step", ACT_ONLY),
    ("breaches:comment", "/breaches/{breach}/comment", ACT_ONLY),
    ("vendors:keys", "/api-keys", "in  403 403 403 403 200 403 200 403 200 in  403 403"),
    ("vendors:log", "/api-keys/{key}/log", "in  403 403 403 403 200 403 404 403 404 in  403 403"),
    ("vendors:revoke", "/api-keys/{key}/revoke", ACT_ONLY),
    ("vendors:rotate", "/api-keys/{key}/rotate", ACT_ONLY),
    ("dashboard:reset-test", "/api-keys/reset-test-data", ACT_ONLY),
    ("reports:unsubscribe", "/unsub/{token}", EVERYBODY),
    ("reports:unsubscribe", "/unsub/forged", NOBODY),
    ("reports:act", "/a/ack/{ack}", EVERYBODY),
    ("reports:act", "/a/mute/{mute}", EVERYBODY),
    ("reports:act", "/a/mute/{ack}", NOBODY),
    ("reports:act", "/a/ack/{vendors-ack}", NOBODY),
    ("reports:act", "/a/close/{ack}", NOBODY),
    ("reports:mute", "/breaches/{breach}/mute", ACT_ONLY),
    ("reports:remind", "/data/remind", ACT_ONLY),
    ("api:openapi", "/api/openapi.json", EVERYBODY),
    ("api:docs", "/api/docs", EVERYBODY),
    ("api:problems", "/api/problems/", EVERYBODY),
    ("api:problem", "/api/problems/period_closed", EVERYBODY),
    ("api:results", "/api/v1/results?contract={contract}&feed=QUALITY", API_THING),
    ("api:results-file", "/api/v1/results/file?contract={contract}&feed=QUALITY", API_THING),
    ("api:due-file", "/api/v1/due/file?contract={contract}&feed=QUALITY", API_THING),
    ("api:result", "/api/v1/results/{result}", API_THING),
    ("api:void-result", "/api/v1/results/{result}/void", "401 403 403 403 403 405 405 405 403 405 401 403 403"),
    ("api:readings", "/api/v1/readings", API_LIST),
    ("api:reading", "/api/v1/readings/{reading}", VENDORS_OWN),
    ("api:upload", "/api/v1/uploads/{token-id}/{token-secret}", "405 405 405 405 405 405 405 405 405 405 405 405 405"),
    ("api:uploadaddress-list", "/api/v1/upload-addresses", API_LIST),
    ("api:uploadaddress-revocation", "/api/v1/upload-addresses/{address}/revocation", API_ACT_ONLY),
    ("intake:upload-addresses", "/upload-addresses", "in  403 403 403 403 200 403 200 403 200 in  403 403"),
    ("intake:revoke-address", "/upload-addresses/{address}/revoke", ACT_ONLY),
    ("api:not-found", "/api/v1/no-such-thing", NOBODY),
    ("api:command-line", "/api/desk.py", EVERYBODY),
    ("api:due", "/api/v1/due", API_LIST),
    ("api:delay", "/api/v1/due/{report}/delay", "401 403 403 403 403 405 405 405 403 405 401 403 403"),
    ("api:reset-test", "/api/v1/test/reset", NO_TEST_KEY),
    ("api:verdicts", "/api/v1/verdicts", API_LIST),
    ("api:verdicts", "/api/v1/verdicts?as_of=2025-11-05", API_LIST),
    ("api:verdict", "/api/v1/verdicts/{level}/2025-09", API_THING),
    ("api:contract-list", "/api/v1/contracts", API_LIST),
    ("api:chain", "/api/v1/contracts/{contract}/chain", API_THING),
    ("api:contract-detail", "/api/v1/contracts/{contract}", API_HEADS),
    ("api:feed-list", "/api/v1/feeds", API_LIST),
    ("api:servicelevel-list", "/api/v1/service-levels", API_LIST),
    ("api:servicelevel-detail", "/api/v1/service-levels/{level}", API_THING),
    ("api:breach-list", "/api/v1/breaches", API_LIST),
    ("api:breach-detail", "/api/v1/breaches/{breach}", API_THING),
    ("api:excuse-list", "/api/v1/excuses", API_LIST),
    ("api:excuse-detail", "/api/v1/excuses/{excuse}", API_THING),
    ("api:excuse-decide", "/api/v1/excuses/{excuse}/decision", "401 405 405 405 405 405 405 405 405 405 401 405 405"),
    ("api:excuse-group-list", "/api/v1/excuse-groups", "401 405 405 405 405 405 405 405 405 405 401 405 405"),
    ("api:excuse-group-detail", "/api/v1/excuse-groups/{group}", API_THING),
    (
        "api:excuse-group-decide",
        "/api/v1/excuse-groups/{group}/decision",
        "401 405 405 405 405 405 405 405 405 405 401 405 405",
    ),
    ("api:latearrival-list", "/api/v1/late-arrivals", API_LIST),
    ("api:roll-ups-list", "/api/v1/roll-ups", API_LIST),
    ("api:roll-ups-detail", "/api/v1/roll-ups/{roll_up}", API_CLIENT_READS),
    (
        "api:restatement",
        "/api/v1/verdicts/{level}/2025-09/restatement",
        "401 405 405 405 405 405 405 405 405 405 401 405 405",
    ),
    ("api:people-list", "/api/v1/people", ADMINS_API),
    ("api:people-reset", "/api/v1/people/reset-second-factor", API_ACT_ONLY),
    ("api:people-end", "/api/v1/people/end-sessions", API_ACT_ONLY),
    ("api:people-deactivate", "/api/v1/people/deactivate", API_ACT_ONLY),
    ("api:people-reactivate", "/api/v1/people/reactivate", API_ACT_ONLY),
    ("api:accessgrant-list", "/api/v1/access-grants", "401 200 200 403 403 403 403 403 403 403 401 403 200"),
    ("api:accessgrant-detail", "/api/v1/access-grants/{grant}", "401 200 200 403 403 403 403 403 403 403 401 403 200"),
    ("api:accessgrant-answer", "/api/v1/access-grants/{grant}/decision", API_ACT_ONLY),
    ("api:accessgrant-withdraw", "/api/v1/access-grants/{grant}/withdrawal", API_ACT_ONLY),
    ("api:accessgrant-withdraw-all", "/api/v1/access-grants/withdraw-all", API_ACT_ONLY),
    ("api:usersession-list", "/api/v1/sessions", API_LIST),
    ("api:usersession-end-others", "/api/v1/sessions/end-others", API_ACT_ONLY),
    ("api:usersession-end", "/api/v1/sessions/US-00000/end", API_ACT_ONLY),
    ("api:demand-second-factor", "/api/v1/organisations/{organisation}/second-factor", API_ACT_ONLY),
    (
        "api:single-sign-on",
        "/api/v1/organisations/{organisation}/single-sign-on",
        "401 200 200 403 403 404 404 404 404 404 401 404 200",
    ),
    ("api:system-health", "/api/v1/system-health", API_OPERATOR),
    ("api:batch-list", "/api/v1/batches", API_LIST),
    ("api:intake-days", "/api/v1/intake-days", API_LIST),
    ("api:batch-detail", "/api/v1/batches/{batch}", VENDORS_OWN),
    ("api:import", "/api/v1/imports/{import}", VENDORS_OWN),
)
RESULT = {"contract": "{contract}", "feed": "QUALITY", "period": "2025-10", "numerator": "95", "denominator": "100"}
EXCUSE = {"service_level": "{level}", "first_day": "2025-08-03", "last_day": "2025-08-04", "reason": "Portal down."}
GROUP = {name: value for name, value in EXCUSE.items() if name != "service_level"} | {"service_levels": ["{level}"]}
RESTATED = {"reason": "Late.", "digest": "{restatement}"}
UPLOAD = "period,numerator,denominator\n2025-10,95,100\n"
UPLOADED = "201 201 201 201 201 201 201 201 201 201 201 201 201"
ADDRESS = {"name": "nightly", "contract": "{contract}", "feed": "QUALITY", "days": 30}
PROVIDER = {"server_url": "https://id.example.com", "client_id": "d", "client_secret": "s", "domains": "example.com"}
ONE = {"email": "acme-viewer@example.com"}
ASKED = {"reason": "Support.", "days": 3}
POST = (
    ("/people/end-sessions", ONE, "in  on  on  403 403 404 403 404 403 404 in  403 on"),
    ("/people/reset-second-factor", ONE, "in  on  on  403 403 404 403 404 403 404 in  403 on"),
    ("/people/second-factor", {"second_factor": "everybody"}, "in  404 on  403 403 on  403 on  403 on  in  403 404"),
    ("/access/ask", ASKED | {"client": "{organisation}"}, "in  on  403 403 403 403 403 403 403 403 in  403 409"),
    ("/access/withdraw-all", {}, "in  403 on  403 403 403 403 403 403 403 in  403 403"),
    ("/access/{grant}/grant", {"days": "1"}, "in  403 on  403 403 404 404 404 404 404 in  404 403"),
    ("/access/{grant}/refuse", {}, "in  403 on  403 403 404 404 404 404 404 in  404 403"),
    ("/access/{grant}/withdraw", {}, "in  403 on  403 403 404 404 404 404 404 in  404 on "),
    (
        "/api/v1/access-grants",
        ASKED | {"organisation": "{organisation}"},
        "401 201 403 403 403 404 404 404 404 404 401 404 409",
    ),
    (
        "/api/v1/access-grants/withdraw-all",
        {"organisation": "{organisation}"},
        "401 403 200 403 403 404 404 404 404 404 401 404 403",
    ),
    (
        "/api/v1/access-grants/{grant}/decision",
        {"decision": "grant", "days": 1},
        "401 403 200 403 403 403 403 403 403 403 401 403 403",
    ),
    (
        "/api/v1/access-grants/{grant}/decision",
        {"decision": "refuse"},
        "401 403 200 403 403 403 403 403 403 403 401 403 403",
    ),
    ("/api/v1/access-grants/{grant}/withdrawal", {}, "401 403 200 403 403 403 403 403 403 403 401 403 200"),
    ("/me/sessions/US-00000/end", {}, SOMEBODYS),
    ("/me/sessions/end-others", {}, "in  on  on  on  on  on  on  on  on  on  in  on  on"),
    ("/api/v1/people/end-sessions", ONE, "401 200 200 403 403 404 403 404 403 404 401 403 200"),
    ("/api/v1/people/reset-second-factor", ONE, "401 200 200 403 403 404 403 404 403 404 401 403 200"),
    ("/people/deactivate", ONE, "in  on  on  403 403 404 403 404 403 404 in  403 on"),
    ("/people/reactivate", ONE, "in  on  on  403 403 404 403 404 403 404 in  403 on"),
    ("/api/v1/people/deactivate", ONE, "401 200 200 403 403 404 403 404 403 404 401 403 200"),
    ("/api/v1/people/reactivate", ONE, "401 200 200 403 403 404 403 404 403 404 401 403 200"),
    (
        "/api/v1/organisations/{organisation}/second-factor",
        {"second_factor": "everybody"},
        "401 200 200 403 403 404 404 404 404 404 401 404 200",
    ),
    (
        "/api/v1/organisations/{organisation}/single-sign-on",
        {"server_url": "https://id.acme.example", "client_id": "desk", "client_secret": "s", "domains": "acme.example"},
        "401 200 403 403 403 404 404 404 404 404 401 404 200",
    ),
    ("/api/v1/sessions/end-others", {}, "401 200 200 200 200 200 200 200 200 200 401 200 200"),
    ("/api/v1/sessions/US-00000/end", {}, "401 404 404 404 404 404 404 404 404 404 401 404 404"),
    ("/api/v1/excuses", EXCUSE, "401 403 403 403 403 201 403 422 403 422 401 403 403"),
    ("/api/v1/excuses?dry_run=true", EXCUSE, "401 403 403 403 403 200 403 422 403 422 401 403 403"),
    (
        "/api/v1/excuses/{excuse}/decision",
        {"decision": "refuse", "reason": "No."},
        "401 403 403 200 403 403 403 404 404 404 401 404 404",
    ),
    ("/api/v1/excuse-groups", GROUP, "401 403 403 403 403 201 403 422 403 422 401 403 403"),
    (
        "/api/v1/excuse-groups/{group}/decision",
        {"decision": "refuse", "reason": "No."},
        "401 403 403 200 403 403 403 404 404 404 401 404 404",
    ),
    (
        "/api/v1/verdicts/{level}/2025-09/restatement",
        RESTATED,
        "401 403 201 201 403 403 403 404 404 404 401 404 404",
    ),
    ("/organisation", {"organisation": "OR-00000"}, "in  on  on  on  on  on  on  on  on  on  in  on  on"),
    ("/breaches/{breach}/acknowledge", {}, CLIENT_ACTS),
    ("/breaches/{breach}/comment", {"text": "Seen.", "audience": "both"}, SIDES_ACT),
    ("/breaches/{breach}/answer", {"cause": "Staffing."}, VENDOR_ACTS),
    ("/breaches/{answered}/close", {}, CLIENT_ACTS),
    ("/breaches/{breach}/mute", {"act": "mute"}, "in  on  on  on  on  on  on  404 404 404 in  404 404"),
    ("/breaches/{answered}/step", {"step": "ask_back", "reason": "Why?"}, CLIENT_ACTS),
    ("/service-levels/{level}/2025-09/restate", {"reason": "Late.", "digest": "{restatement}"}, CLIENT_ACTS),
    (
        "/service-levels/{level}/2025-08/excuse",
        {"first_day": "2025-08-01", "last_day": "2025-08-02", "reason": "Portal down."},
        VENDOR_ACTS,
    ),
    ("/excuses/{excuse}/decide", {"decision": "refuse", "reason": "No."}, DECIDES),
    ("/excuses/{excuse}/decide", {"decision": "grant", "digest": "{granting}"}, DECIDES),
    ("/excuse-groups/{group}/decide", {"decision": "refuse", "reason": "No."}, DECIDES),
    ("/api-keys", {"name": "n", "scopes": "read", "days": "30"}, "in  403 403 403 403 201 403 201 403 201 in  403 403"),
    ("/api-keys/{key}/rotate", {"days": "7"}, "in  403 403 403 403 201 403 404 403 404 in  403 403"),
    ("/api/v1/uploads/{token-id}/{token-secret}", UPLOAD, UPLOADED),
    ("/api/v1/uploads/{token-id}/{token-again}", UPLOAD, UPLOADED),
    ("/api/v1/upload-addresses", ADDRESS, "401 403 403 403 403 201 403 422 403 422 401 403 403"),
    (
        "/api/v1/upload-addresses/{address}/revocation",
        {},
        "401 403 404 404 404 200 403 404 404 404 401 404 404",
    ),
    (
        "/upload-addresses",
        {"name": "n", "feed": "{feed}", "days": "30"},
        "in  403 403 403 403 201 403 422 403 422 in  403 403",
    ),
    ("/upload-addresses/{address}/revoke", {}, "in  403 403 403 403 on  403 404 403 404 in  403 403"),
    ("/api-keys/reset-test-data", {}, "in  403 403 403 403 on  403 on  403 on  in  403 403"),
    ("/api/v1/test/reset", {}, NO_TEST_KEY),
    ("/api-keys/{key}/revoke", {}, "in  403 403 403 403 on  403 404 403 404 in  403 403"),
    ("/data/remind", {}, "in  on  on  on  403 403 403 403 on  403 in  403 on"),
    (
        "/data/{report}/delay",
        {"until": "2025-11-07", "reason": "late"},
        "in  403 403 403 403 on  on  404 403 404 in  403 403",
    ),
    (
        "/data/{report}/nothing",
        {"first": "2025-10-01", "last": "2025-10-31"},
        "in  403 403 403 403 422 422 404 403 404 in  403 403",
    ),
    ("/enter", {"act": "save"}, "in  403 403 403 403 422 422 422 403 422 in  403 403"),
    ("/imports/new", {}, "in  403 403 403 403 422 422 422 403 422 in  403 403"),
    ("/imports/{import}/columns", {"reason": "recounted"}, IMPORTS),
    ("/imports/{import}/decide", {"act": "confirm"}, IMPORTS),
    ("/imports/{import}/decide", {"act": "drop"}, IMPORTS),
    ("/me", {"zone": "UTC", "digest_at": "06:30"}, "in  on  on  on  on  on  on  on  on  on  in  on  on"),
    ("/api/v1/results", RESULT, REPORTS),
    (
        "/api/v1/readings/{reading}",
        {"reading": {"zone": "UTC"}},
        "401 403 403 403 403 200 200 200 403 200 401 403 403",
    ),
    (
        "/api/v1/due/{report}/delay",
        {"until": "2025-11-07", "reason": "late"},
        "401 403 403 403 403 201 201 404 403 404 401 403 403",
    ),
    ("/api/v1/results/{result}/void", {"reason": "sent twice"}, CORRECTS),
)
# What the keys get: Brightline's, one that may only read, Cobalt's, Delta's, a revoked and an expired one.
# The addresses of POST that are sent by another method.
PUT = frozenset({"/api/v1/readings/{reading}", "/api/v1/uploads/{token-id}/{token-again}"})
BY_KEY = (
    ("GET", "/api/v1/results?contract={contract}&feed=QUALITY", "200 200 404 404 401 401"),
    ("GET", "/api/v1/results/{result}", "200 200 404 404 401 401"),
    ("GET", "/api/v1/results/file?contract={contract}&feed=QUALITY", "200 200 404 404 401 401"),
    ("GET", "/api/v1/verdicts", "200 200 200 200 401 401"),
    ("GET", "/api/v1/verdicts/{level}/2025-09", "200 200 404 404 401 401"),
    ("GET", "/api/v1/contracts/{contract}", "200 200 404 404 401 401"),
    ("GET", "/api/v1/contracts/{contract}/chain", "200 200 404 404 401 401"),
    ("GET", "/api/v1/service-levels/{level}", "200 200 404 404 401 401"),
    ("GET", "/api/v1/breaches/{breach}", "200 200 404 404 401 401"),
    ("GET", "/api/v1/batches/{batch}", "200 200 404 404 401 401"),
    ("GET", "/api/v1/imports/{import}", "200 200 404 404 401 401"),
    ("POST", "/api/v1/results", "201 403 422 422 401 401"),
    ("GET", "/api/v1/excuses/{excuse}", "200 200 404 404 401 401"),
    ("POST", "/api/v1/excuses", "201 403 422 422 401 401"),
    ("GET", "/api/v1/excuse-groups/{group}", "200 200 404 404 401 401"),
    ("POST", "/api/v1/excuses/{excuse}/decision", "403 403 403 403 401 401"),
    ("POST", "/api/v1/verdicts/{level}/2025-09/restatement", "403 403 403 403 401 401"),
    ("GET", "/api/v1/system-health", "404 404 404 404 401 401"),
    ("GET", "/", "in in in in in in"),
    ("GET", "/breaches/{breach}", "in in in in in in"),
)


def routes(resolver: URLResolver, space: str = "") -> Iterator[str]:
    """The names of all routes; the admin, whose pages have one door, is one."""
    for pattern in resolver.url_patterns:
        if not isinstance(pattern, URLResolver):
            yield space + (pattern.name or str(pattern.pattern))
        elif pattern.namespace == admin.site.name:
            yield "admin"
        else:
            yield from routes(pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space)


def test_every_route_has_a_row():
    assert set(routes(get_resolver())) == {name for name, _, _ in GET}


class World:
    """Brightline's breach under Acme's contract, the people with their sessions, and the names of things."""

    def __init__(self, cast) -> None:
        self.cast = cast
        self.level = cast.levels["A-1/ACCURACY"]
        make_history(self.level, Verdict.Status.BREACH, Verdict.Status.BREACH, last=date(2025, 9, 1))
        ServiceLevel.objects.filter(pk=self.level.pk).update(roll_up="QUALITY")
        make_night()
        answered, breach = Breach.objects.order_by("starts_on")
        Breach.objects.filter(pk=answered.pk).update(state=Breach.State.CAUSE)
        # The viewer has a second factor to lose.
        add_app(cast.people["acme-viewer"])
        acme = cast.clients["Acme"].organisation
        set_single_sign_on(organisation=acme, actor=cast.operator, **PROVIDER)
        self.keys = dict(self._keys())
        self.sessions = {name: self._session(name) for name in PEOPLE}
        sent = self.sessions["brightline-manager"].post(
            "/api/v1/results", self.json(RESULT | {"period": "2025-07"}), content_type="application/json"
        )
        receipt = sent.json()
        assert sent.status_code == 201, receipt
        self.names |= self._undecided()
        self.names |= {
            "breach": breach.public_id,
            "answered": answered.public_id,
            "key": ApiKey.objects.get(name="key").public_id,
            "token": unsubscribe_link(cast.people["acme-manager"]).rsplit("/", 1)[1],
            "ack": act_link(Act.ACKNOWLEDGE, cast.people["acme-manager"], breach.public_id).rsplit("/", 1)[1],
            "mute": act_link(Act.MUTE, cast.people["brightline-reporter"], breach.public_id).rsplit("/", 1)[1],
            "vendors-ack": act_link(Act.ACKNOWLEDGE, cast.people["brightline-manager"], breach.public_id).rsplit(
                "/", 1
            )[1],
            "grant": self._asked().public_id,
            "roll_up": f"{self.level.contract.client.public_id}.QUALITY.2025-09",
            "batch": receipt["id"],
            "result": receipt["results"][0]["id"],
            "feed": f"{self.level.contract.public_id}.QUALITY",
            "report": f"{self.level.contract.public_id}.QUALITY.2025-10",
            "import": self._import().public_id,
            "reading": self._reading().name,
            **self._upload_address(),
        }

    def _upload_address(self) -> dict[str, str]:
        """An address that takes files of Brightline's feed."""
        feed = Feed.objects.select_related("contract__vendor__organisation").get(pk=self.level.feed_id)
        address, token = make_address(
            feed=feed, name="nightly", reading="", person=self.cast.people["brightline-manager"],
            expires_at=NOW + timedelta(days=1), now=NOW,
        )  # fmt: skip
        return {
            "address": address.public_id,
            "token-id": address.public_id,
            "token-secret": token,
            "token-again": token,
        }

    def _import(self) -> Import:
        """A file of Brightline's with one good row and one wrong one, looked at and not decided."""
        return keep_upload(
            vendor=self.cast.vendors["Brightline"],
            person=self.cast.people["brightline-reporter"],
            file_name="october.csv",
            content=b"feed,period,numerator,denominator\nQUALITY,2025-06,9,10\nQUALITY,2025-05,11,10\n",
            feed=None,
            reason="",
            now=NOW,
        )

    def _reading(self) -> FeedReading:
        """How Brightline's files are read."""
        kept = keep_reading(
            vendor=self.cast.vendors["Brightline"], feed=None, name="files", content={}, principal=None, now=NOW
        )
        return kept.reading

    def _asked(self) -> AccessGrant:
        """What the operator without a grant asks of Acme."""
        acme = self.cast.clients["Acme"].organisation
        operator = User.objects.get(email="ungranted@example.com")
        return ask_access(client=acme, reason="Support.", days=7, actor=operator, now=NOW)

    def _undecided(self) -> dict[str, str]:
        """A late result that may be restated, and an excuse that may be granted; what both would change."""
        late = RESULT | {"period": "2025-09", "reason": "forgotten"}
        vendor = self.sessions["brightline-manager"]
        assert vendor.post("/api/v1/results", self.json(late), content_type="application/json").status_code == 201
        september, august = Verdict.objects.filter(service_level=self.level).order_by("-starts_on")[:2]
        excuse = ask_excuse(
            service_level=self.level, starts_on=august.starts_on, ends_on=august.starts_on + timedelta(days=1),
            reason="Portal down.", asked_by=self.cast.people["brightline-manager"], now=NOW,
        )  # fmt: skip
        Excuse.objects.filter(pk=excuse.pk).update(group="EG-7K2M9")
        return {
            "restatement": preview_late(cells=[closed_cell(september)], now=NOW).digest,
            "excuse": excuse.public_id,
            "group": "EG-7K2M9",
            "granting": preview_excuse(excuse=excuse, now=NOW).digest,
        }

    @property
    def names(self) -> dict[str, str]:
        if not hasattr(self, "_names"):
            contract = self.level.contract
            self._names = {
                "level": self.level.public_id,
                "organisation": contract.client.organisation.public_id,
                "contract": contract.public_id,
                "vendor": contract.vendor.public_id,
            }
        return self._names

    @names.setter
    def names(self, names: dict[str, str]) -> None:
        self._names = names

    def address(self, template: str) -> str:
        return re.sub(r"\{([\w-]+)\}", lambda found: self.names[found[1]], template)

    def post(self, client: Client, template: str, body: dict[str, str] | str, **headers: str) -> HttpResponse:
        if template.startswith("/api/"):
            send = client.put if template in PUT else client.post
            return send(self.address(template), self.json(body), content_type="application/json", headers=headers)
        filled = {name: self.address(str(value)) for name, value in body.items()}
        return client.post(self.address(template), filled, headers=headers)

    def json(self, body: dict[str, str] | str) -> str:
        return self.address(body if isinstance(body, str) else json.dumps(body))

    def _session(self, name: str) -> Client:
        client = Client()
        if name == "anonymous":
            return client
        acme = self.cast.clients["Acme"].organisation
        person = self.cast.operator if name == "operator" else self.cast.people.get(name)
        if name == "ungranted":
            person = User.objects.create(email="ungranted@example.com", name="Ungranted", is_operator_admin=True)
        person = person or self.cast.person(name, acme, Role.CLIENT_MANAGER)
        person.set_password("correct horse battery staple")
        person.save()
        force_sign_in(client, person)
        if name == "disabled":
            person.is_active = False
            person.save()
        if name == "left":
            person.memberships.all().delete()
        return client

    def _keys(self) -> Iterator[tuple[str, str]]:
        vendors = {"rival-key": "Cobalt", "foreign-key": "Delta"}
        for name in KEYS:
            key, text = issue_key(
                vendor=self.cast.vendors[vendors.get(name, "Brightline")],
                name=name,
                scopes=["read"] if name == "reading-key" else ["read", "results:write", "excuses:ask"],
                actor=None,
                expires_at=NOW - timedelta(days=1) if name == "expired-key" else None,
                now=NOW - timedelta(days=2),
            )
            if name == "revoked-key":
                revoke_key(key=key, actor=None, now=NOW)
            yield name, text


@pytest.fixture(scope="module")
def built(module_database: None) -> World:
    with time_machine.travel(NOW, tick=False):
        return World(build_cast())


@pytest.fixture
def db(put_back: None) -> Iterator[None]:
    """The module's world as it was, and an empty sandbox."""
    with undone(SANDBOX):
        yield


@pytest.fixture
def world(built: World, db: None) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield deepcopy(built)


@pytest.fixture
def own_world(cast) -> Iterator[World]:
    """For a test that commits, or writes into the sandbox for more than one request."""
    with time_machine.travel(NOW, tick=False):
        yield World(cast)


def answer(response: HttpResponse) -> str:
    """A status, or where a redirect leads: "in" to the sign-in, "on" to anywhere else."""
    if response.status_code not in (301, 302):
        return str(response.status_code)
    return "in" if response["Location"].startswith("/accounts/login/") else "on"


@pytest.mark.any_database
def test_reading(world, monkeypatch):
    monkeypatch.setattr("bpo.probes.broker_answers", lambda: True)
    # What the bar on top counts is the same on all of two thousand pages, and decides no answer.
    monkeypatch.setattr("dashboard.frame.late_by", lambda request, now: 0)
    wrong = []
    for _, template, expected in GET:
        got = [answer(world.sessions[name].get(world.address(template))) for name in PEOPLE]
        wrong += [
            f"{template} for {name}: {is_}, not {should}"
            for name, is_, should in zip(PEOPLE, got, expected.split(), strict=True)
            if is_ != should
        ]

    assert wrong == []


@pytest.mark.parametrize(("template", "body", "expected"), POST, ids=[template for template, _, _ in POST])
def test_acting(world, template, body, expected):
    wrong = []
    before = AuditEntry.objects.count(), BreachEvent.objects.count()
    for name, should in zip(PEOPLE, expected.split(), strict=True):
        with undone():
            got = answer(world.post(world.sessions[name], template, body))
            changed = (AuditEntry.objects.count(), BreachEvent.objects.count()) != before
        if got != should or (changed and should not in {"on", "200", "201"}):
            wrong.append(f"{template} for {name}: {got}, not {should}" + (", and it changed something" * changed))

    assert wrong == []


def test_keys(world):
    wrong = []
    for method, template, expected in BY_KEY:
        for name, should in zip(KEYS, expected.split(), strict=True):
            headers = {"Authorization": f"Bearer {world.keys[name]}"}
            if method == "GET":
                got = answer(Client().get(world.address(template), headers=headers))
            else:
                body = EXCUSE if template == "/api/v1/excuses" else RESULT
                got = answer(world.post(Client(), template, body, **headers))
            if got != should:
                wrong.append(f"{method} {template} with {name}: {got}, not {should}")

    assert wrong == []


ABSENT = {
    "level": "SL-00000", "contract": "CT-00000", "vendor": "VN-00000", "breach": "BR-00000", "answered": "BR-00000",
    "excuse": "EX-00000", "group": "EG-00000", "restatement": "0" * 64, "granting": "0" * 64,
    "key": "K-00000", "batch": "RC-00000", "result": "CT-00000.QUALITY.MjAyNS0wN3w",
    "feed": "CT-00000.QUALITY", "report": "CT-00000.QUALITY.2025-10", "import": "IM-00000", "address": "UA-00000",
    "organisation": "OR-00000", "grant": "AG-00000", "roll_up": "CL-00000.QUALITY.2025-09", "reading": "nothing",
}  # fmt: skip
VARYING = (
    re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"'),
    re.compile(rb'"request_id":\s*"[^"]+"'),
)


def bare(response: HttpResponse, *names: str) -> bytes:
    """The body without what differs from answer to answer, and without the name that was asked for."""
    body = response.content
    for pattern in VARYING:
        body = pattern.sub(b"", body)
    for name in names:
        body = body.replace(name.encode(), b"")
    return body


def things(rows: tuple, name: str = "left") -> list[tuple]:
    """The rows about one thing; for an operator without a grant those of things that are hidden from them."""
    place = PEOPLE.index(name)
    return [
        row
        for row in rows
        if (name != "ungranted" or row[2].split()[place] == "404")
        and re.search(r"\{(?!token|ack|mute|vendors-ack)\w+\}", row[0] if row[0].startswith("/") else row[1])
    ]


@pytest.mark.any_database
@pytest.mark.parametrize("name", ["cobalt-manager", "zenith-manager", "delta-manager", "left", "ungranted"])
def test_what_is_foreign_is_answered_like_what_never_was(world, name):
    client, mine = world.sessions[name], dict(world.names)
    different = []
    for _, template, _ in things(GET, name):
        foreign = client.get(world.address(template))
        world.names = ABSENT
        absent = client.get(world.address(template))
        world.names = mine
        ids = [*mine.values(), *ABSENT.values()]
        if foreign.status_code != absent.status_code or bare(foreign, *ids) != bare(absent, *ids):
            different.append(template)

    assert different == []


@pytest.mark.any_database
@pytest.mark.parametrize("name", ["cobalt-manager", "zenith-manager", "delta-manager", "left", "ungranted"])
def test_acts_on_what_is_foreign_are_answered_like_acts_on_what_never_was(world, name):
    client, mine = world.sessions[name], dict(world.names)
    different = []
    for template, body, _ in things(POST, name):
        foreign = world.post(client, template, body)
        world.names = ABSENT
        absent = world.post(client, template, body)
        world.names = mine
        ids = [*mine.values(), *ABSENT.values()]
        if foreign.status_code != absent.status_code or bare(foreign, *ids) != bare(absent, *ids):
            different.append(template)

    assert different == []


def test_a_vendor_whose_organisation_is_switched_off_reaches_nothing(world):
    organisation = world.cast.vendors["Brightline"].organisation
    organisation.is_active = False
    organisation.save()
    headers = {"Authorization": f"Bearer {world.keys['key']}"}

    assert world.sessions["brightline-manager"].get(world.address("/breaches/{breach}")).status_code == 404
    assert Client().get("/api/v1/verdicts", headers=headers).status_code == 401
