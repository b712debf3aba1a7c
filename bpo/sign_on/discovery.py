"""What an identity provider says of its own addresses and of people, and whether it is that provider who says it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import jwt
from allauth.socialaccount.internal.jwtkit import lookup_kid_jwk, verify_and_decode
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from requests import RequestException

KEPT_SECONDS = 600
# A provider that does not answer keeps a thread of the web waiting, whoever asks.
FAILURE_KEPT_SECONDS = 30


# With a secret that both sides know, the desk could sign for its provider.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")


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

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, object]:
        """Return what the provider says of a person. Raises OAuth2Error where the signature is not one of its keys."""
        try:
            if jwt.get_unverified_header(id_token).get("alg") not in ALGORITHMS:
                raise OAuth2Error("The id_token has no signature that its provider's public keys can show.")
        except jwt.PyJWTError as error:
            raise OAuth2Error("Invalid id_token") from error
        claims: dict[str, object] = verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=lookup_kid_jwk,
        )
        return claims

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
