"""The rules of docs/consent.md in plain Python, an event at a time: slow and obvious.

Events are dicts of Python values: ``time`` and the like are naive UTC datetimes, ``expires`` the
first instant at which consent no longer holds, purposes as `Purposes.covering` names them.
"""

from datetime import date, datetime, timedelta

STRICT = ["given", None, "requested", "expired", "invalidated", "refused", "withdrawn"]
YEARS = {"under-13": 0, "child": 0, "minor": 0, "13-15": 13, "16-17": 16, "adult": 18}
LIMITS = {"DE": 16, "FR": 15, "ES": 14, "US": 13}  # and Denmark, which changed it

RECORDED = "the registry records this consent as unknown"
CHILD = "given by a child below the age of consent, and by no guardian"
NO_EVENT = "no event for this subject and purpose"


def limit(event: dict) -> int:
    """The age of consent where and when the event was."""
    if event["jurisdiction"] == "DK":
        return 15 if event["time"] >= datetime(2024, 1, 1) else 13
    return LIMITS.get(event["jurisdiction"], 16)


def was_child(event: dict, said: list[dict]) -> bool:
    """Whether a class stated before, then or later says that the person was too young."""
    stated = [e for e in said if e["age"] is not None]
    if any(e["time"] >= event["time"] and YEARS[e["age"]] < limit(event) for e in stated):
        return True
    before = [e for e in stated if e["time"] < event["time"]]
    last = max((e["time"] for e in before), default=None)
    return any(e["time"] == last and YEARS[e["age"]] < limit(event) for e in before)


def effect(event: dict, said: list[dict], end: datetime) -> tuple[str | None, str | None] | None:
    """What a consent event comes to, and why that is unknown; None: it has no effect yet."""
    word = {"renewed": "given", "revoked": "invalidated", "deferred": "requested"}.get(
        event["status"], event["status"]
    )
    if word == "unknown":
        return None, RECORDED
    if word != "given":
        return word, None
    if event["valid_from"] is not None and event["valid_from"] >= end:
        return None
    if event["expires"] is not None and event["expires"] < end:
        return "expired", None
    if event["given_by"] != "guardian" and was_child(event, said):
        return None, CHILD
    return "given", None


def holds(events: list[dict], as_of: date, covering: tuple[str, ...], speaker: str) -> dict | None:
    """What is known of the one whom all ``events`` are about; None if nobody would list them."""
    end = datetime.combine(as_of, datetime.min.time()) + timedelta(days=1)
    said = [e for e in events if e["time"] < end]
    counted = [e for e in said if e["purpose"] in covering]
    consents = [e for e in counted if e["request"] is None]
    judged = [(e, effect(e, said, end)) for e in consents]
    effective = [(e, *found) for e, found in judged if found is not None]
    best = None
    for event, status, why in effective:
        by = event["given_by"] or speaker
        order = (event["time"], STRICT.index(status), why or "", by, event["basis"] or "")
        if best is None or order > best[0]:
            best = (order, status, why, by, event["basis"])
    requests = []
    for kind in ("erasure", "objection", "restriction"):
        mine = [e for e in counted if e["request"] == kind]
        last = max((e["time"] for e in mine), default=None)
        if any(e["time"] == last and e["status"] == "made" for e in mine):
            requests.append(kind)
    ages = [e for e in said if e["age"] is not None]
    last = max((e["time"] for e in ages), default=None)
    newest = [e["age"] for e in ages if e["time"] == last]
    age = min(newest, key=lambda a: (YEARS[a], [-ord(c) for c in a]), default=None)
    if best is None and age is None and not requests:
        return None
    _, status, why, by, basis = best or (None, None, NO_EVENT, None, None)
    return {
        "status": status, "why": why, "basis": basis, "by": by, "age": age, "requests": requests
    }  # fmt: skip
