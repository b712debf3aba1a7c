"""URLs of breaches and excuses, the same for client and vendor."""

from django.urls import path

from breaches.services.transitions import BreachAct
from breaches.views import breaches, excuse_groups, excuses

app_name = "breaches"
urlpatterns = [
    path("service-levels/<str:public_id>/<str:label>/excuse", excuses.ask, name="ask-excuse"),
    path("excuses", excuses.excuses, name="excuses"),
    path("excuses/<str:public_id>", excuses.excuse_detail, name="excuse"),
    path("excuses/<str:public_id>/decide", excuses.decide, name="decide-excuse"),
    path("excuse-groups/<str:name>", excuse_groups.group_detail, name="excuse-group"),
    path("excuse-groups/<str:name>/decide", excuse_groups.decide, name="decide-excuse-group"),
    path("breaches", breaches.breach_list, name="breaches"),
    path("breaches/<str:public_id>", breaches.breach_detail, name="breach"),
    path("breaches/<str:public_id>/step", breaches.step, name="step"),
    *(
        path(f"breaches/<str:public_id>/{act}", breaches.act, {"act": act}, name=act)
        for act in (BreachAct.ACKNOWLEDGE, BreachAct.ANSWER, BreachAct.CLOSE, BreachAct.COMMENT)
    ),
]
