# The operator. Build: docker build -t temporal-worker-pools:0.1.0 .
FROM python:3.13-slim AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /build
ENV UV_PROJECT_ENVIRONMENT=/opt/temporal-worker-pools \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never
# The dependencies change seldom: a layer of their own.
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --locked --no-default-groups --no-install-project
COPY controller controller
RUN uv sync --locked --no-default-groups --no-editable

FROM python:3.13-slim
COPY --from=build /opt/temporal-worker-pools /opt/temporal-worker-pools
ENV PATH=/opt/temporal-worker-pools/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# The user of manifests/base/deployment.yaml; by number, so that Kubernetes can tell that it is not root.
USER 65532:65532
ENTRYPOINT ["twp"]
CMD ["operator", "run"]
