"""The machine has what the tests need (tools/packages.py installs it where it may), and no test reaches beyond it."""

import socket

import packages
import pytest


def test_this_machine_has_every_program_that_the_tests_need():
    names = packages.missing()

    assert not names, f"apt-get install {' '.join(names)}"


def test_what_is_missing_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("CHROMIUM", raising=False)

    assert {"chromium", "fonts-noto-cjk", "poppler-utils", "qpdf"} <= set(packages.missing())


def test_no_test_reaches_another_machine():
    with socket.socket() as attempt, pytest.raises(AssertionError, match="a test tried to reach"):
        attempt.connect(("192.0.2.1", 80))
