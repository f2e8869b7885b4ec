import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.journal.note import BadNote, Checkpoint, keep_signer, open_note

ROOT = bytes(range(32))


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    return keep_signer("ledger.example", tmp_path_factory.mktemp("keys") / "key.pem")


def test_a_checkpoint_says_what_was_signed(signer):
    note = signer.sign(17, ROOT)

    assert open_note(note, signer.verifier()) == Checkpoint("ledger.example", 17, ROOT)


def test_a_note_is_plain_text_in_the_published_form(signer):
    lines = signer.sign(17, ROOT).split("\n")

    assert lines[:2] == ["ledger.example", "17"]
    assert lines[3] == ""
    assert lines[4].startswith("— ledger.example ")
    assert lines[5] == ""


@given(data=st.data())
def test_a_changed_note_is_not_opened(signer, data):
    note = signer.sign(17, ROOT)
    at = data.draw(st.integers(0, len(note) - 2))  # the last sign is the line's end
    other = data.draw(st.characters(codec="ascii", exclude_characters=note[at], exclude_categories=["Cc"]))
    changed = note[:at] + other + note[at + 1 :]

    with pytest.raises(BadNote):
        open_note(changed, signer.verifier())


def test_another_key_of_the_same_name_does_not_open_it(signer, tmp_path):
    other = keep_signer("ledger.example", tmp_path / "other.pem")

    with pytest.raises(BadNote):
        open_note(signer.sign(17, ROOT), other.verifier())


@pytest.mark.parametrize("text", ["", "nothing", "a\n1\nx\n\n— a b\n"])
def test_what_is_no_note_is_not_opened(signer, text):
    with pytest.raises(BadNote):
        open_note(text, signer.verifier())


def test_the_key_is_made_once_and_readable_by_its_owner_only(tmp_path):
    first = keep_signer("ledger.example", tmp_path / "key.pem")

    assert keep_signer("ledger.example", tmp_path / "key.pem").verifier() == first.verifier()
    assert stat.S_IMODE((tmp_path / "key.pem").stat().st_mode) == 0o600
