# One image for web, worker, beat and watch; compose.yaml says which.
# Its Debian brings pg_dump of PostgreSQL 17, the server of compose.yaml; a backup needs no older one.
FROM python:3.11-slim-trixie AS desk

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /desk
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client && rm -rf /var/lib/apt/lists/*
RUN useradd --system --create-home --home-dir /desk/var desk && install -d -m 700 -o desk /backups /desk/var/files

COPY requirements.txt .
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.txt && pip check

COPY . .
USER desk
# The static files are the same for every desk; the key made on the way stays out of the image.
RUN python manage.py collectstatic --no-input --verbosity 0 && rm -f var/secret_key
EXPOSE 8000
CMD ["sh", "-c", "exec granian --interface asginl --http 1 --no-ws --host 0.0.0.0 --port \"${PORT:-8000}\" --workers \"${WEB_WORKERS:-2}\" --respawn-failed-workers --backpressure \"${WEB_CLIENTS:-512}\" --http1-buffer-size 65536 --http1-header-read-timeout 10000 bpo.asgi:application"]
