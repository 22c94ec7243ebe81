"""How is a decision proved? Statements, envelopes, keys, trust, and a log of all of them.

The formats are other people's, so that other people's tools check them: in-toto Statement v1 and
SVR v0.2, DSSE, RFC 8785 (JCS), RFC 6962 trees, and C2SP's signed-note, tlog-checkpoint,
tlog-tiles and tlog-proof.

``jcs`` · ``dsse`` · ``keys`` · ``trust`` · ``statement`` · ``leaf``: what is signed, and by whom.
``merkle`` · ``tiles`` · ``note`` · ``checkpoint`` · ``proof`` · ``log`` · ``audit``: the log.

Whatever comes from outside and does not hold raises :class:`~govgate.errors.EvidenceError`.
"""
