"""Where servers and the `flask` command find the application."""

import gc
import sys

from ledger.app import create_app
from ledger.web.trust import only_trust

app = create_app()
trust = only_trust(app)
gc.freeze()  # what was loaded stays for ever; looking through it again and again takes a sixth of an import's time
sys.setswitchinterval(0.001)  # who holds the write lock gets the processor back after each statement five times sooner
