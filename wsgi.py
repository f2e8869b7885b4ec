"""Where servers and the `flask` command find the application."""

import gc

from ledger.app import create_app
from ledger.web.trust import only_trust

app = create_app()
trust = only_trust(app)
gc.freeze()  # what was loaded stays for ever; looking through it again and again takes a sixth of an import's time
