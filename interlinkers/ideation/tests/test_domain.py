"""The rules of a campaign, without a database or a protocol."""

from __future__ import annotations

from uuid import uuid4

import pytest

from interlinker_ideation.domain import (
    Gate,
    SubmissionsClosedError,
    VotingClosedError,
    new_key,
    new_receipt,
    receipt_hash,
    require_submissions,
    require_voting,
    voter_token,
)


def test_closed_gates_refuse() -> None:
    with pytest.raises(SubmissionsClosedError):
        require_submissions(Gate.CLOSED)
    with pytest.raises(VotingClosedError):
        require_voting(Gate.CLOSED)


def test_open_gates_let_pass() -> None:
    require_submissions(Gate.OPEN)
    require_voting(Gate.OPEN)


def test_voter_token_is_one_per_person_and_campaign_and_says_nothing_without_the_key() -> None:
    first, second = uuid4(), uuid4()
    key, other = new_key(), new_key()
    assert voter_token(key, first, "ana") == voter_token(key, first, "ana")
    made = [(key, first, "ana"), (key, first, "bea"), (key, second, "ana"), (other, first, "ana")]
    assert len({voter_token(*one) for one in made}) == len(made)


def test_receipts_differ_and_only_their_hash_is_comparable() -> None:
    one, other = new_receipt(), new_receipt()
    assert one != other
    assert receipt_hash(one) == receipt_hash(one) != receipt_hash(other)
    assert one not in receipt_hash(one)
