# One image for web and workers; compose.yaml says which command each runs.
FROM node:22-bookworm-slim AS frontend
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-fund --no-audit
COPY frontend/ ./
RUN npm run build

FROM python:3.11-slim-bookworm
ARG TORCH_INDEX=""
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 RADLOOP_HOME=/data
WORKDIR /app
COPY requirements.txt ./
RUN pip install ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} -r requirements.txt
COPY . .
COPY --from=frontend /build/frontend/static/frontend/dist frontend/static/frontend/dist
RUN useradd --system --uid 1000 --home /data radloop && mkdir -p /data && chown radloop /data
USER radloop
VOLUME /data
EXPOSE 8000
CMD ["granian", "--interface", "asgi", "--host", "0.0.0.0", "--port", "8000", "config.asgi:application"]
