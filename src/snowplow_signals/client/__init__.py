"""The service from Python: publish definitions, preview them, read attributes.

    transport   requests and answers, and which error each failure becomes
    access      authentication: none, a static token, or a token exchanged for an API key
    wire        definitions as the service's JSON, there and back
    rows        what `test` returns
    signals     `Signals` and `SignalsSandbox`, which put these together

It knows definitions, and nothing of this package's service: it speaks the protocol that public clients and services
of Signals have in common.
"""

from snowplow_signals.client.rows import Rows
from snowplow_signals.client.signals import Signals, SignalsSandbox

__all__ = ["Rows", "Signals", "SignalsSandbox"]
