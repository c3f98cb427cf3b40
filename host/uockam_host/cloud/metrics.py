"""What Prometheus gets to know. Names begin with `uockam_`; labels never hold what a peer may choose freely."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from .. import __version__

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, which says when this process started
REGISTRY = CollectorRegistry()
REQUESTS = Counter("uockam_requests", "Requests that were answered.", ("service", "status"), registry=REGISTRY)
SECONDS = Histogram(
    "uockam_request_seconds", "How long a request took to be answered.", ("service",), registry=REGISTRY
)
CREDENTIALS = Counter("uockam_credentials_issued", "Credentials that were issued.", ("issuer",), registry=REGISTRY)
CUT = Counter("uockam_channels_cut", "Channels that were cut, with who was no member any more.", registry=REGISTRY)
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)


Counts = Callable[[], Iterable[tuple[str, str, int]]]  # (name without the prefix, meaning, value now) of each


class Gauges(Collector):
    """Reads the numbers of what runs whenever somebody looks."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The metrics."""
        info = GaugeMetricFamily("uockam_build_info", "Which version runs.", labels=("version",))
        info.add_metric((__version__,), 1)
        yield info
        for name, meaning, value in self._counts():
            yield GaugeMetricFamily(f"uockam_{name}", meaning, value)
