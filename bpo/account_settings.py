"""How people sign in: settings of Django and django-allauth that no operator changes."""

ACCOUNT_SETTINGS = {
    "PASSWORD_HASHERS": [
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ],
    "AUTH_PASSWORD_VALIDATORS": [
        {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
        {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
        {"NAME": "bpo.guessable.GuessablePasswordValidator"},
    ],
    "ACCOUNT_LOGOUT_REDIRECT_URL": "/accounts/login/",
    "ACCOUNT_ADAPTER": "bpo.accounts.InvitationOnlyAdapter",
    "ACCOUNT_FORMS": {
        "login": "bpo.account_forms.SignInForm",
        "change_password": "bpo.account_forms.OtherPasswordForm",
        "reset_password": "bpo.accounts.AskForResetForm",
        "reset_password_from_key": "bpo.account_forms.NewPasswordForm",
    },
    "ACCOUNT_LOGIN_METHODS": {"email"},
    "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*", "password2*"],
    "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
    "ACCOUNT_EMAIL_VERIFICATION": "none",
    "ACCOUNT_SESSION_REMEMBER": False,
    "ACCOUNT_EMAIL_SUBJECT_PREFIX": "",
    # allauth would count in the cache, and by the proxy's address: bpo/sign_in_limits.py does it.
    "ACCOUNT_RATE_LIMITS": False,
    "SOCIALACCOUNT_ADAPTER": "bpo.sign_on.adapter.SignOnAdapter",
    # A link begins it: the content security policy lets no form end elsewhere.
    "SOCIALACCOUNT_LOGIN_ON_GET": True,
    "SOCIALACCOUNT_STORE_TOKENS": False,
    "MFA_ADAPTER": "bpo.factors.adapter.FactorAdapter",
    "MFA_SUPPORTED_TYPES": ["totp", "recovery_codes", "webauthn"],
    "MFA_PASSKEY_LOGIN_ENABLED": True,
    "MFA_RECOVERY_CODES_SHOW_ONCE": True,
    "MFA_TOTP_ISSUER": "BPO desk",
    # A clock may be half a minute off; each code works once (bpo/factors/forms.py).
    "MFA_TOTP_TOLERANCE": 1,
    # Accounts are by invitation: nobody takes another one's address.
    "MFA_ALLOW_UNVERIFIED_EMAIL": True,
    "MFA_RATE_LIMITS": False,
    "MFA_FORMS": {
        "authenticate": "bpo.factors.forms.CodeForm",
        "reauthenticate": "bpo.factors.forms.ReauthenticationCodeForm",
        "activate_totp": "bpo.factors.forms.AddAppForm",
        "add_webauthn": "bpo.factors.forms.AddPasskeyForm",
        "edit_webauthn": "bpo.factors.forms.RenamePasskeyForm",
        "authenticate_webauthn": "bpo.factors.forms.PasskeyForm",
        "reauthenticate_webauthn": "bpo.factors.forms.ReauthenticationPasskeyForm",
        "login_webauthn": "bpo.factors.forms.SignInPasskeyForm",
    },
}
