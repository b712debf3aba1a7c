"""An identity provider of the tests' own, in place of the network."""

import json
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://id.acme.example"
KNOWN = "acme-manager@example.com"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Provider:
    """An identity provider that says what a test wants, in place of the network."""

    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "u-1", "email": KNOWN})
    audience: str = "desk"
    token: dict[str, Any] = field(default_factory=dict)  # what only the signed token says
    key: Any = KEY
    algorithm: str = "RS256"
    codes: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def __enter__(self) -> "Provider":
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing is open."""

    def get(self, url: str, **more: Any) -> "Answer":
        self.asked.append((url, more))
        if url.endswith("/.well-known/openid-configuration"):
            places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "userinfo_endpoint": "me"}
            places["jwks_uri"] = "keys"
            return Answer({"issuer": ISSUER} | {name: f"{ISSUER}/{place}" for name, place in places.items()})
        if url.endswith("/keys"):
            return Answer({"keys": [json.loads(RSAAlgorithm.to_jwk(KEY.public_key())) | {"kid": "1", "alg": "RS256"}]})
        return Answer(self.claims)

    def request(self, method: str, url: str, data: Any = None, **more: Any) -> "Answer":
        self.asked.append((url, data))
        said = self.claims | {"iss": ISSUER, "aud": self.audience, "exp": 4_000_000_000, "iat": 1_700_000_000}
        token = jwt.encode(said | self.token, self.key, algorithm=self.algorithm, headers={"kid": "1"})
        return Answer({"access_token": "a", "token_type": "Bearer", "id_token": token})


@dataclass
class Answer:
    """A JSON answer of the provider."""

    body: dict[str, Any]
    status_code: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})

    def json(self) -> dict[str, Any]:
        return self.body

    def raise_for_status(self) -> None:
        """It is always well."""

    @property
    def text(self) -> str:
        return str(self.body)
