# The chat's image. The engine's: deploy/engine.Dockerfile.
FROM python:3.11-slim-bookworm

# The user that vLLM's image has too: both read the key that they share. So does the database.
RUN useradd --uid 2000 --gid 0 --create-home warmline \
    && install -d -o 2000 -g 0 -m 0750 /data /run/warmline /run/warmline-database

WORKDIR /opt/warmline
ARG PIP_INDEX_URL
COPY requirements/chat.lock requirements/
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=certificates,target=/run/certificates.pem \
    if [ -s /run/certificates.pem ]; then export PIP_CERT=/run/certificates.pem; fi; \
    pip install --no-deps --root-user-action=ignore -r requirements/chat.lock

# --chmod: a checkout made under a strict umask is readable here all the same.
COPY --chmod=755 app.py chainlit.md chainlit_zh-CN.md ./
COPY --chmod=755 .chainlit .chainlit
COPY --chmod=755 public public
COPY --chmod=755 config config
COPY --chmod=755 backend backend
RUN python -m compileall -q app.py backend config

ENV PYTHONUNBUFFERED=1 WARMLINE_DATA_DIR=/data
USER 2000:0
CMD ["python", "-m", "backend"]
