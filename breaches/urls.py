"""URLs of breaches and excuses, the same for client and vendor."""

from django.urls import path

from breaches.views import breaches, excuses

app_name = "breaches"
urlpatterns = [
    path("service-levels/<str:public_id>/<str:label>/excuse", excuses.ask, name="ask-excuse"),
    path("excuses", excuses.excuses, name="excuses"),
    path("excuses/<str:public_id>", excuses.excuse_detail, name="excuse"),
    path("excuses/<str:public_id>/decide", excuses.decide, name="decide-excuse"),
    path("breaches", breaches.breach_list, name="breaches"),
    path("breaches/<str:public_id>", breaches.breach_detail, name="breach"),
    path("breaches/<str:public_id>/acknowledge", breaches.acknowledge, name="acknowledge"),
    path("breaches/<str:public_id>/answer", breaches.answer, name="answer"),
    path("breaches/<str:public_id>/step", breaches.step, name="step"),
    path("breaches/<str:public_id>/close", breaches.close, name="close"),
    path("breaches/<str:public_id>/comment", breaches.comment, name="comment"),
]
