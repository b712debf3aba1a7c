"""The addresses of single sign-on, with the names by which allauth knows them."""

from allauth.socialaccount import views as social
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.http import Http404
from django.urls import path, re_path
from django.views.defaults import page_not_found

from bpo.sign_on import views

CLOSED = {"exception": Http404()}
ORGANISATION = r"(?P<provider_id>OR-[0-9A-Z]{5})"

urlpatterns = [
    path("", views.find_sign_on, name="sign_on"),
    path("confirm/", views.confirm_by_sign_on, name="confirm_by_sign_on"),
    path("confirmed/", views.go_on_confirmed, name="confirmed_by_sign_on"),
    path("cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("error/", social.login_error, name="socialaccount_login_error"),
    # Accounts are made, and tied to a provider, by nobody's own hand.
    path("signup/", page_not_found, CLOSED, name="socialaccount_signup"),
    path("connections/", page_not_found, CLOSED, name="socialaccount_connections"),
    # allauth would take the name of the protocol, too, for whichever provider there is.
    re_path(rf"^{ORGANISATION}/login/\Z", views.asking(openid_connect.login), name="openid_connect_login"),
    re_path(rf"^{ORGANISATION}/callback/\Z", views.asking(views.take_back), name="openid_connect_callback"),
]
