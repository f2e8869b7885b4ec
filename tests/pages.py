"""Visiting the application as a person would. Every page that is fetched is checked for what must hold on all."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import orjson
from flask import Flask, session
from flask_wtf.csrf import generate_csrf
from werkzeug.test import TestResponse

from ledger.db import db

LANGUAGES = {"zh_CN": "zh-CN", "en": "en"}
FIELDS = ("input", "select", "textarea")
UNLABELLED = ("hidden", "submit", "button", "image")
ENGLISH = re.compile(r"\b(?![0-9a-f]{4}\b)[A-Za-z]{3,} [a-z]{2,}\b")
"""Two words in a row; groups of a digest are none."""


class Visitor:
    """A browser without scripts, signed in or not."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._client = app.test_client()

    def sign_in(self, login: str, password: str) -> None:
        """Sign in by the form. Fails the test if that is refused."""
        self.post("/login", {"login": login, "password": password})

    def get(self, path: str, *, status: int = 200, **more: Any) -> TestResponse:
        """Fetch a page and check it. Fails the test if the answer has another status."""
        return self._open("GET", path, status, **more)

    def post(self, path: str, data: Mapping[str, object] | None = None, *, status: int = 303) -> TestResponse:
        """Send a form as the page would have sent it; files are (content, name) pairs in data."""
        return self._open("POST", path, status, data={**(data or {}), "csrf_token": self._token()})

    def send(self, path: str, body: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Any:
        """Send JSON as the scanner does, a text as it is, and return what is answered; headers replace the token."""
        data = body if isinstance(body, str | bytes) else orjson.dumps(body)
        headers = headers or {"X-CSRFToken": self._token()}
        return self._open("POST", path, status, data=data, headers=headers, content_type="application/json").json

    def _open(self, method: str, path: str, status: int, **more: Any) -> TestResponse:
        db.session.rollback()  # the test sees what the request did, not what it had read before
        with self._app.app_context():  # of its own, or people would share what is kept per request
            answer = self._client.open(path, method=method, **more)
        assert answer.status_code == status, f"{method} {path}: {answer.status}\n{answer.text[:2000]}"
        if answer.mimetype == "text/html" and answer.text and not answer.location:
            faults = list(faults_of(answer.text))
            assert not faults, f"{method} {path}: {faults}"
        return answer

    def _token(self) -> str:
        with self._app.app_context(), self._app.test_request_context():  # a context of its own: tokens are kept in it
            token: str = generate_csrf()
            kept = session["csrf_token"]
        with self._app.app_context(), self._client.session_transaction() as cookie:
            cookie["csrf_token"] = kept
        return token


def faults_of(html: str) -> Iterator[str]:
    """Yield what is wrong with a page, whichever it is."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parse(html)
    yield from (f"{code} at {place}" for place, code, _ in parser.errors)
    yield from _heading_faults(root)
    yield from _field_faults(root)
    yield from _policy_faults(root)
    yield from _language_faults(root)
    ids = Counter(node.get("id") for node in root.iter() if node.get("id"))
    yield from (f"the id {name} stands {number} times" for name, number in ids.items() if number > 1)
    yield from (f"the picture {node.get('src')} has no alt" for node in root.iter("img") if node.get("alt") is None)


def _heading_faults(root: Element) -> Iterator[str]:
    headings = list(root.iter("h1"))
    if len(headings) != 1:
        yield f"{len(headings)} h1"
        return
    title, heading = text_of(root.find("head/title")), text_of(headings[0])
    if not heading or not title.startswith(heading):
        yield f"the title {title!r} does not begin with the h1 {heading!r}"


def _field_faults(root: Element) -> Iterator[str]:
    named = {label.get("for") for label in root.iter("label")}
    named |= {field.get("id") for label in root.iter("label") for field in label.iter() if field.tag in FIELDS}
    for field in root.iter():
        if field.tag in FIELDS and field.get("type") not in UNLABELLED:
            has_name = field.get("id") in named or field.get("aria-label") or field.get("aria-labelledby")
            if not has_name:
                yield f"the field {field.get('name')} has no label"
    for form in root.iter("form"):
        fields = {field.get("name") for field in form.iter("input")}
        if (form.get("method") or "get").lower() == "post" and "csrf_token" not in fields:
            yield f"the form to {form.get('action')} has no CSRF token"


def _policy_faults(root: Element) -> Iterator[str]:
    for node in root.iter():
        inline = [name for name in node.attrib if name == "style" or name.startswith("on")]
        if inline or node.tag == "style" or (node.tag == "script" and not node.get("src")):
            yield f"<{node.tag}> has inline style or script, which the policy forbids: {inline}"


def _language_faults(root: Element) -> Iterator[str]:
    language = root.get("lang")
    if language not in LANGUAGES.values():
        yield f"the language is {language!r}"
    if language == "zh-CN":
        yield from (f"not translated: {text!r}" for text in _chinese_texts(root) if ENGLISH.search(text))


def _chinese_texts(node: Element) -> Iterator[str]:
    if not isinstance(node.tag, str) or node.tag in ("script", "code", "pre") or node.get("lang") == "en":
        return
    yield from (node.get(name) or "" for name in ("placeholder", "title", "aria-label", "alt"))
    yield node.text or ""
    for child in node:
        yield from _chinese_texts(child)
        yield child.tail or ""


def text_of(node: Element | None) -> str:
    """Return the text of an element and all within it, blanks as one space."""
    return " ".join("".join(node.itertext()).split()) if node is not None else ""
