# The engine's images: vLLM, and beside it the launcher that starts it.
#   docker build -f deploy/engine.Dockerfile --target gpu .   upon vLLM's published image
#   docker build -f deploy/engine.Dockerfile --target cpu .   from the package index, with a model
ARG VLLM_IMAGE=vllm/vllm-openai:v0.32.0

FROM scratch AS launcher
# --chmod: a checkout made under a strict umask is readable here all the same.
COPY --chmod=755 backend/__init__.py /backend/
COPY --chmod=755 backend/container /backend/container
COPY --chmod=755 backend/launcher /backend/launcher
COPY --chmod=755 backend/sizing /backend/sizing
COPY --chmod=755 config/profiles /config/profiles

FROM ${VLLM_IMAGE} AS gpu
# The published image has the user 2000:0, and no bytecode: it is kept on the volume of the home.
RUN install -d -o 2000 -g 0 -m 0775 /home/vllm /models
ENV HOME=/home/vllm WARMLINE_ENGINE_BYTECODE_DIR=/home/vllm/.cache/python
COPY --from=launcher / /opt/warmline/
WORKDIR /opt/warmline
USER 2000:0
ENTRYPOINT ["python3", "-m", "backend.launcher"]
CMD []

FROM python:3.11-slim-bookworm AS cpu
# libnuma1: vLLM's CPU kernels are linked with it.
RUN apt-get update && apt-get install -y --no-install-recommends libnuma1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 2000 --gid 0 --create-home vllm && install -d -o 2000 -g 0 -m 0775 /models
WORKDIR /opt/warmline
ARG PIP_INDEX_URL
COPY backend/__init__.py backend/
COPY backend/setup backend/setup
COPY requirements/engine-cpu.lock requirements/
RUN --mount=type=cache,target=/opt/warmline/.warmline/pip-cache \
    --mount=type=secret,id=certificates,target=/run/certificates.pem \
    if [ -s /run/certificates.pem ]; then export SSL_CERT_FILE=/run/certificates.pem; fi; \
    python -m backend.setup engine-env && chmod -R a+rX .warmline/models
ENV PATH=/opt/warmline/.warmline/engine/bin:$PATH
COPY --from=launcher / /opt/warmline/
USER 2000:0
ENTRYPOINT ["python3", "-m", "backend.launcher"]
CMD []
