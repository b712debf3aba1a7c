# One image for web, worker, beat and watch; compose.yaml says which.
FROM python:3.11-slim AS desk

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /desk
RUN useradd --system --create-home --home-dir /desk/var desk

COPY requirements.txt .
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.txt && pip check

COPY . .
USER desk
# The static files are the same for every desk; the key made on the way stays out of the image.
RUN python manage.py collectstatic --no-input --verbosity 0 && rm -f var/secret_key
EXPOSE 8000
CMD ["sh", "-c", "exec granian --interface wsgi --no-ws --host 0.0.0.0 --port 8000 --workers \"${WEB_WORKERS:-2}\" --respawn-failed-workers --blocking-threads \"${WEB_CLIENTS:-128}\" bpo.wsgi:application"]
