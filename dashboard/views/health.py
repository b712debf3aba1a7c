"""Whether the desk is ready, for monitoring."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboard.health import examine_conditions

RETRY_AFTER = {"Retry-After": "5"}


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 where every condition is fulfilled, otherwise 503 with the reasons."""
    conditions = examine_conditions(timezone.now())
    is_ready = all(condition.is_fulfilled for condition in conditions)
    body = {
        "status": "ok" if is_ready else "unavailable",
        "conditions": {condition.name: condition.reason or "ok" for condition in conditions},
    }
    return JsonResponse(body, status=200 if is_ready else 503, headers={} if is_ready else RETRY_AFTER)
