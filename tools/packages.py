"""The Debian packages that the tests use: installs those that are missing, or says which they are.

It runs before the virtual environment exists, with whatever Python there is. That something is still missing afterwards
fails a test of its own, not this: the others can run without it.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST_POSTGRESQL = 15


def chromium() -> str | None:
    """Return the browser's program, or None."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


def postgresql() -> Path | None:
    """Return the folder of the newest PostgreSQL server's programs, or None if none is new enough."""
    folders = {int(path.parts[-3]): path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")}
    newest = max(folders, default=0)
    return folders[newest] if newest >= OLDEST_POSTGRESQL else None


def chinese_fonts() -> str:
    """Return the Chinese fonts that programs find."""
    program = shutil.which("fc-list")
    return subprocess.check_output([program, ":lang=zh-cn"], text=True) if program else ""


def missing() -> list[str]:
    """Return the packages whose work nothing on this machine does."""
    found = {
        "chromium": chromium(),
        "fontconfig": shutil.which("fc-list"),
        "fonts-noto-cjk": chinese_fonts(),
        "libnss3-tools": shutil.which("certutil"),
        "nodejs": shutil.which("node"),
        "npm": shutil.which("npm"),
        "openssl": shutil.which("openssl"),
        "poppler-utils": shutil.which("pdftotext"),
        "postgresql": postgresql(),
        "python3-venv": importlib.util.find_spec("ensurepip"),
        "qpdf": shutil.which("qpdf"),
    }
    return [name for name, what in found.items() if not what]


def install(names: list[str]) -> None:
    """Install packages, as root or by sudo. Raises OSError or CalledProcessError if that is not possible."""
    sudo = [] if os.geteuid() == 0 else ["sudo"] if sys.stdin.isatty() else ["sudo", "--non-interactive"]
    apt_get = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet=2"]
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *names]):
        subprocess.run([*apt_get, *command], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    if names := missing():
        print("Installing for the tests:", *names, flush=True)
        try:
            install(names)
        except (OSError, subprocess.CalledProcessError):
            print("That did not work, so tests will fail. Needed: apt-get install", *names, file=sys.stderr)
