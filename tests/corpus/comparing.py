"""Each case sent, and what came held against what was expected."""

import json
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal
from urllib.parse import urlsplit

from tests.corpus.cases import KNOWN_SETUPS, Case
from tests.corpus.raw_requests import Site, raw_answer
from tests.corpus.wire import Answer, exchange, request_bytes
from tests.corpus.world import World
from tests.support.described import API, differences


def not_described(data: bytes, answer: Answer) -> list[str]:
    """What an answer in JSON has that the API's own description does not say."""
    method, _blank, rest = data.partition(b"\r\n")[0].decode(errors="replace").partition(" ")
    path = urlsplit(rest.rpartition(" ")[0]).path
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    if not path.startswith(API) or not media_type.endswith("json"):
        return []
    return differences(method, path, answer.status, media_type, answer.body)


class Replay:
    """Sends the cases one after the other and holds what came against what was expected."""

    def __init__(self, world: World, site: Site, cases: Sequence[Case]) -> None:
        self.world, self.site = world, site
        self.setups = {case.id: case for case in cases}
        self.refusals: dict[bytes, str] = {}
        self.undescribed: list[str] = []

    def differences(self, case: Case, *, slow: Future[Answer] | None = None) -> list[str]:
        """What is not as the case expects, in sentences."""
        self.world.empty()
        for name in case.setup or ():
            self.send(self.setup_case(name))
        before = self.world.counts()
        answers = [slow.result()] if slow else self.answers(case)
        after = self.world.counts()
        told = [*self.compare_answers(case, answers), *self.undescribed]
        self.undescribed.clear()
        added = after["rows"] - before["rows"]
        if case.row_counts is not None and added not in case.row_counts:
            told.append(f"expected rows {sorted(case.row_counts)}, got {added}")
        if all(answer.status >= 400 or answer.status == 0 for answer in answers) and after != before:
            told.append(f"a refused request left something behind: {before} became {after}")
        if added > 0:
            told += self.compare_stored(case)
        return told

    def setup_case(self, name: str) -> Case:
        from_file = self.setups.get(name)
        return from_file or Case(KNOWN_SETUPS[name])

    def answers(self, case: Case) -> list[Answer]:
        if case.body_description:
            return [raw_answer(case.body_description, self.site)]
        times = int(case.transport.split(":")[1]) if (case.transport or "").startswith("concurrent:") else 1
        if times == 1:
            return [self.send(case)]
        data = self.data(case)
        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(lambda _: exchange(self.site.address, data), range(times)))

    def send(self, case: Case) -> Answer:
        data = self.data(case)
        answer = exchange(self.site.address, data)
        self.undescribed += not_described(data, answer)
        return answer

    def data(self, case: Case) -> bytes:
        words = self.world.words
        headers = [(name, value) for name, value in case.header_list(words)]
        if case.key != "none":
            headers.append(("Authorization", f"Bearer {self.world.key(case.key)}"))
        if case.content_type:
            headers.append(("Content-Type", case.content_type))
        return request_bytes(case.method, case.path(words), headers, case.body_bytes(words), host=self.site.host)

    def compare_answers(self, case: Case, answers: list[Answer]) -> list[str]:
        told, statuses = [], case.statuses
        main, last = answers[0], answers[-1]
        if statuses is not None and len(answers) > 1:
            got = {answer.status for answer in answers}
            if not got & statuses or not got <= statuses | {200, 409}:
                told.append(f"expected {sorted(statuses)} among 200 and 409, got {sorted(got)}")
        elif statuses is not None and main.status not in statuses:
            told.append(f"expected status {case.expect_status}, got {main}")
        if main.status >= 500:
            told.append(f"the server failed: {main}")
        if main.status >= 400 and main.body:
            told += self.compare_problem(case, last)
        if "Idempotent-Replayed" in case.expect_effect and main.headers.get("idempotent-replayed") != "true":
            told.append("the answer does not say that it is a repetition")
        return told

    def compare_problem(self, case: Case, answer: Answer) -> list[str]:
        told = []
        problem = answer.json()
        if not isinstance(problem, dict) or "code" not in problem:
            return [] if case.area == "http" else [f"the error is no problem with a code: {answer}"]
        wanted = case.expected_codes
        if wanted and "invalid" not in wanted and not wanted & answer.codes:
            told.append(f"expected code {sorted(wanted)}, got {sorted(answer.codes)}")
        text = answer.body.decode(errors="replace")
        for secret in ("Traceback", "SELECT ", "VENDOR-B", self.world.keys["A"]):
            if secret in text and secret not in (case.body or ""):
                told.append(f"the error tells {secret!r}")
        if answer.status == 401:
            problem.pop("request_id", None)
            self.refusals.setdefault(json.dumps(problem).encode(), case.id)
            if len(self.refusals) > 1 or "www-authenticate" not in answer.headers:
                told.append(f"a refused key is told from another: {sorted(self.refusals.values())}")
        return told

    def compare_stored(self, case: Case) -> list[str]:
        """What was stored can be listed, and says what was sent."""
        try:
            sent = json.loads(case.body or "")
        except ValueError:
            sent = None
        first = sent[0] if isinstance(sent, list) else sent
        feed = first.get("service_level", "AHT") if isinstance(first, dict) else "AHT"
        headers = [("Authorization", f"Bearer {self.world.key('B' if case.key == 'B' else 'A')}")]
        listed = exchange(
            self.site.address,
            request_bytes("GET", f"/api/v1/results?feed={feed}&limit=1000", headers, b"", host=self.site.host),
        )
        if listed.status != 200:
            return [f"the list answers {listed} after this row"]
        if not isinstance(sent, dict) or "external_id" not in sent:
            return []
        stored = next((row for row in listed.json()["results"] if row["key"] == sent["external_id"]), None)
        if stored is None:
            return [f"no row has the key {sent['external_id']!r}"]
        told = [
            f"{name}: sent {sent[name]!r}, stored {stored.get(name)!r}"
            for name in ("note", "external_id")
            if sent.get(name) and stored.get(name) != sent[name]
        ]
        for name in ("value", "numerator", "denominator"):
            exact = json.loads(case.body, parse_float=Decimal, parse_int=Decimal).get(name)
            if exact is not None and Decimal(stored[name]) != Decimal(exact):
                told.append(f"{name}: sent {exact}, stored {stored[name]}")
        return told
