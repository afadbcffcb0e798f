"""A study that is killed at random moments ends as one that was not; `make chaos` kills longer."""

import io

import pytest
from chaos import chaos


@pytest.mark.timeout(1500)
def test_a_killed_study_ends_with_the_same_bits():
    tally = chaos(4, seed=1, out=io.StringIO())
    assert tally.kills == 4, "each of them hit"
    assert tally.inside > 0, "some of them in the middle of a training that had been saved"
    assert tally.taken_up > 0, "which went on from there"
    assert (tally.lost, tally.repeated) == (0, 0)
    assert tally.same == tally.rounds > 0
