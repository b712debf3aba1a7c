"""A worker that loses its broker connects again."""

from types import SimpleNamespace

import pytest
from kombu.exceptions import OperationalError

from bpo.celery import LostBrokerStep

pytestmark = pytest.mark.any_database


def test_a_task_that_cannot_be_put_back_by_a_lost_connection_does_not_end_the_worker():
    def give_up(error: Exception) -> None:
        raise AttributeError("'NoneType' object has no attribute 'hostname'")

    consumer = SimpleNamespace(connection_errors=(), on_connection_error_after_connected=give_up)
    LostBrokerStep(consumer)

    consumer.on_connection_error_after_connected(ConnectionError("gone"))
    assert consumer.connection_errors == (OperationalError,)
