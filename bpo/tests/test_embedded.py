"""The embedded broker starts, keeps what it was told, and leaves nothing behind."""

import pytest
import redis

from bpo.embedded import LONGEST_SOCKET_PATH, BrokerError, broker_answers, broker_socket, running_broker


def client(folder) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(broker_socket(folder)))


def test_it_answers_while_it_runs_and_not_afterwards(tmp_path):
    with running_broker(tmp_path) as process:
        assert broker_answers(broker_socket(tmp_path))

    assert process.poll() == 0
    assert not broker_answers(broker_socket(tmp_path))


def test_it_keeps_its_queue_over_a_restart(tmp_path):
    with running_broker(tmp_path), client(tmp_path) as before:
        before.rpush("queue", "work")

    with running_broker(tmp_path), client(tmp_path) as after:
        assert after.lrange("queue", 0, -1) == [b"work"]


def test_it_never_evicts_and_listens_on_no_port(tmp_path):
    with running_broker(tmp_path), client(tmp_path) as connection:
        settings = connection.config_get("*")

    assert (settings["maxmemory-policy"], settings["port"], settings["appendonly"]) == ("noeviction", "0", "yes")


def test_a_second_one_on_the_same_folder_is_refused(tmp_path):
    with running_broker(tmp_path), pytest.raises(BrokerError, match="already"), running_broker(tmp_path):
        pass


def test_a_socket_left_by_a_crash_does_not_stop_the_next_start(tmp_path):
    with running_broker(tmp_path) as process:
        process.kill()
        process.wait()
        assert broker_socket(tmp_path).exists()
        with running_broker(tmp_path):
            assert broker_answers(broker_socket(tmp_path))


def test_a_folder_deeper_than_a_socket_may_lie_works_too(tmp_path):
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)

    assert len(str(broker_socket(deep))) <= LONGEST_SOCKET_PATH
    with running_broker(deep):
        assert broker_answers(broker_socket(deep))
