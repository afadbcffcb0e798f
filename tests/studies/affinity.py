"""What tests need of the machine's cores."""

import os

import pytest

ON_TWO_CORES = pytest.mark.skipif(
    len(os.sched_getaffinity(0)) < 2,
    reason="OpenBLAS starts its second thread, which stands in a fork's way, on a second core only",
)
