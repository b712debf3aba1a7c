"""Headers and cookies for browsers: settings of Django and WhiteNoise that no operator changes.

Cookies are SameSite=Lax, frames and MIME sniffing refused, by Django's defaults.
"""

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
BROWSER_SETTINGS = {
    # No script reads a cookie.
    "CSRF_COOKIE_HTTPONLY": True,
    "MESSAGE_STORAGE": "django.contrib.messages.storage.session.SessionStorage",
    "WHITENOISE_ALLOW_ALL_ORIGINS": False,
    "WHITENOISE_MIMETYPES": {".svg": "image/svg+xml; charset=utf-8"},
}
