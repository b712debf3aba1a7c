"""Where an identity provider has its addresses: asked once in a while, however often somebody begins a sign-in."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from requests import RequestException

KEPT_SECONDS = 600
# A provider that does not answer keeps a thread of the web waiting, whoever asks.
FAILURE_KEPT_SECONDS = 30


class AnotherIssuer(LookupError):
    """A provider's document is about another provider."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider said of its addresses, or how it failed to."""

    asked_at: float
    document: Mapping[str, object] | None = None
    error: Exception | None = None

    def is_fresh(self) -> bool:
        return time.monotonic() - self.asked_at < (FAILURE_KEPT_SECONDS if self.error else KEPT_SECONDS)


# Of each provider, in this process.
_answers: dict[str, Answer] = {}


class DiscoveringAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Keeps the provider's discovery document for ten minutes, and a failure to get it for half of one."""

    @property
    def openid_config(self) -> Mapping[str, object]:
        url = self.get_provider().server_url
        answer = _answers.get(url)
        if answer is None or not answer.is_fresh():
            answer = _answers[url] = self._ask()
        if answer.error:
            raise answer.error
        return answer.document or {}

    def _ask(self) -> Answer:
        asked_at = time.monotonic()
        try:
            document = super().openid_config
            configured = self.get_provider().app.settings["server_url"]
            if str(document["issuer"]).rstrip("/") != configured.rstrip("/"):
                raise AnotherIssuer
            return Answer(asked_at, document=document)
        except (RequestException, LookupError) as error:
            return Answer(asked_at, error=error)
