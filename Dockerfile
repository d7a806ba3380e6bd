# The book in a container; book/rerun.md says how it is used.
#   docker build --tag electrode-defects .
#   docker build --tag electrode-defects --build-arg BASE=nvidia/cuda:13.0.1-runtime-ubuntu24.04 .
# PyTorch brings its own CUDA libraries: with the host's driver (--gpus all) either base trains on the GPU. The second is
# for those whose cluster asks for NVIDIA's image.
ARG BASE=python:3.12-slim-bookworm
FROM ${BASE}

RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && (command -v python3 || apt-get install --yes --no-install-recommends python3 python3-venv) \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home reader \
    && install --directory --owner=reader --group=reader /home/reader/book

USER reader
WORKDIR /home/reader/book
ENV PATH=/home/reader/book/.venv/bin:$PATH

COPY --chown=reader:reader requirements.lock ./
RUN python3 -m venv .venv && pip install --no-cache-dir --require-hashes --no-deps --requirement requirements.lock

COPY --chown=reader:reader . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .

# Runs and pages; a volume or a folder of yours mounted here keeps them.
RUN mkdir -p _build
VOLUME /home/reader/book/_build
EXPOSE 8000
CMD ["sh", "-c", "cvlib book && exec python -m http.server --directory _build/html 8000"]
