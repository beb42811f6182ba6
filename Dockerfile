# The operator, for linux/amd64 and linux/arm64:
#   docker buildx build --platform linux/amd64,linux/arm64 --tag REGISTRY/temporal-worker-pools:0.1.0 --push .
# One digest names the base of both platforms; a newer one is a change of this line.
FROM python:3.13-slim-trixie@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS base

FROM base AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /build
ENV UV_PROJECT_ENVIRONMENT=/opt/temporal-worker-pools \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never
# The dependencies change seldom: a layer of their own. Nothing is compiled: both platforms have wheels of all of them.
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --locked --no-default-groups --no-install-project --no-build
COPY controller controller
RUN uv sync --locked --no-default-groups --no-editable

FROM base
LABEL org.opencontainers.image.title="temporal-worker-pools" \
      org.opencontainers.image.description="Autoscales the Kubernetes Deployments of Temporal workers" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/temporal-worker-pools /opt/temporal-worker-pools
ENV PATH=/opt/temporal-worker-pools/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# The user of the chart's pod; by number, so that Kubernetes can tell that it is not root.
USER 65532:65532
ENTRYPOINT ["twp"]
CMD ["operator", "run"]
