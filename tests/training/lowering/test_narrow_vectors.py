"""Kernels on a processor whose vectors are half as wide, as most are: AVX2 in place of AVX-512."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from versus.training.kernels.vectors import WIDE

HERE = Path(__file__).parent
TESTS = ["test_winograd.py", "-k", "left_to_torch or rounding or trained_by"]


@pytest.mark.skipif(not WIDE, reason="this processor's vectors are narrow: the suite runs on them")
def test_kernels_of_narrow_vectors_pass_what_those_of_wide_ones_do(tmp_path):
    without = {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx2,+fma,-avx512f"}
    own = {"NUMBA_CACHE_DIR": str(tmp_path), "PYTEST_ADDOPTS": ""}
    code = (
        "import sys, pytest; from versus.training.kernels.vectors import BYTES; assert BYTES == 32;"
        "sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', *sys.argv[1:]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *TESTS],
        cwd=HERE,
        env={**os.environ, **without, **own},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
