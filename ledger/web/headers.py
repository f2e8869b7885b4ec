"""What every answer tells the browser about what it may do."""

from wsgiref.headers import Headers

from flask import Flask, Response

from ledger.config import Settings

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; media-src 'self' blob:; "
    "img-src 'self' data: blob:; "  # Bootstrap draws the arrows of its selects as data; photos are shrunk in the page
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

DECODER = "decoder."
WORKER = "sw."
DECODER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'unsafe-eval'; connect-src 'self'"
"""Only the worker that reads labels may compile WebAssembly; Chromium before 97 does not know 'wasm-unsafe-eval'."""

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=()",
}


def of_assets(headers: Headers, path: str, url: str) -> None:  # noqa: ARG001 - the address says which it is
    """Set the headers on an asset, which is served without asking the pages."""
    for name, value in HEADERS.items():
        headers[name] = value
    if url.rpartition("/")[2].startswith(DECODER):
        headers["Content-Security-Policy"] = DECODER_POLICY  # a worker has the policy of its own answer
    if url.rpartition("/")[2].startswith(WORKER):
        headers["Service-Worker-Allowed"] = "/"  # else it would see to its own folder only


def install(app: Flask) -> None:
    """Set the headers on every answer."""
    settings: Settings = app.extensions["settings"]
    year = "max-age=31536000"

    @app.after_request
    def set_headers(response: Response) -> Response:
        response.headers.extend({name: value for name, value in HEADERS.items() if name not in response.headers})
        if settings.is_https:
            response.headers["Strict-Transport-Security"] = year
        if not response.cache_control.max_age:
            response.cache_control.no_store = True
        return response
