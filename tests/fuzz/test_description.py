"""Requests made out of the API's own description, right and wrong ones: answered as it says, and never with a fault."""

import os
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bpo.wsgi import application
from metrics.models.breaches import Breach
from metrics.models.results import Batch
from metrics.services.judging import judge_all
from tests.support.api_clients import Door, open_door

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "75"))
BUDGET = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
ROWS = [
    {"feed": "QUALITY", "period": "2025-02", "numerator": 10, "denominator": 100},
    {"feed": "AHT", "external_id": "call-1", "occurred_at": "2025-02-03T10:00:00Z", "value": "12.5"},
]


@pytest.fixture
def one_connection(db):
    """Requests do not close the connection in which the test will undo them."""
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.fixture
def operations(one_connection) -> list[Any]:
    """Every operation that the served description names."""
    description = schemathesis.openapi.from_wsgi("/api/openapi.json", application)
    found = [each.ok() for each in description.get_all_operations()]
    assert len(found) > 15
    return found


@pytest.fixture
def door(cast, settings) -> Door:
    """A vendor with a breach, at whose door nobody counts how often it is knocked."""
    settings.API_WRITES_PER_MINUTE = settings.API_READS_PER_MINUTE = settings.API_REQUESTS_PER_MINUTE = 10**9
    door = open_door(cast)
    assert door.post(ROWS).status_code == 201
    judge_all(now=timezone.now())
    return door


def known(door: Door) -> dict[str, dict[str, str]]:
    """What there is to ask for, by the path that asks."""
    breach, batch = Breach.objects.get(), Batch.objects.get()
    level, result = breach.service_level.public_id, f"{door.contract.public_id}.AHT.Y2FsbC0x"
    cell = {"level": level, "period": "2025-02"}
    return {
        "/api/v1/batches/{id}": {"id": batch.public_id},
        "/api/v1/breaches/{id}": {"id": breach.public_id},
        "/api/v1/contracts/{id}": {"id": door.contract.public_id},
        "/api/v1/service-levels/{id}": {"id": level},
        "/api/v1/results/{name}": {"name": result},
        "/api/v1/results/{name}/void": {"name": result},
        "/api/v1/due/{report}/delay": {"report": f"{door.contract.public_id}.QUALITY.2025-03"},
        "/api/v1/verdicts/{level}/{period}": cell,
        "/api/v1/verdicts/{level}/{period}/restatement": cell,
    }


@pytest.mark.parametrize("mode", list(GenerationMode))
@BUDGET
@given(data=st.data())
def test_the_api_answers_as_it_describes_itself(door, operations, mode, data):
    operation = data.draw(st.sampled_from(operations))
    real = known(door).get(operation.path)
    path = data.draw(st.sampled_from([None, real])) if real else None
    case = data.draw(operation.as_strategy(mode, path_parameters=path))

    with transaction.atomic():
        # Without a real client nothing would decompress the answer.
        response = case.call(headers=door.headers | {"Accept-Encoding": "identity"})
        transaction.set_rollback(True)

    case.validate_response(response, checks=CHECKS)
