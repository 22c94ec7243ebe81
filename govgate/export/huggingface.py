"""A Hugging Face dataset card: a README.md to stand beside the folder `train/`.

The front matter is YAML whose every value is written as JSON, which is YAML as well.
Format: https://huggingface.co/docs/hub/datasets-cards.
"""

import json
import re
from collections.abc import Iterator

from govgate.export import words
from govgate.export.encodings import format_of
from govgate.export.verified import Verified

SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
    (10**9, "100M<n<1B"),
    (10**10, "1B<n<10B"),
    (10**11, "10B<n<100B"),
    (10**12, "100B<n<1T"),
)
LARGEST = "n>1T"


def document(record: Verified) -> str:
    """The card of ``record``'s train partition."""
    front = "\n".join(_front(record))
    return f"---\n{front}\n---\n" + "\n".join(_body(record)) + "\n"


def _front(record: Verified) -> Iterator[str]:
    yield f"pretty_name: {_json(words.title(record))}"
    yield "license: unknown"
    yield f"size_categories:\n- {_json(size_category(record.decision.counts.train))}"
    yield f"tags:\n- govgate\n- {_json(record.decision.purpose.value)}"
    yield "configs:"
    by_format = _by_format(record)
    for config, paths in by_format.items():
        yield f"- config_name: {_json(config if len(by_format) > 1 else 'default')}"
        yield "  data_files:\n  - split: train\n    path:"
        yield from (f"    - {_json(escape_glob(path))}" for path in paths)


def size_category(rows: int) -> str:
    """The Hub's word for a number of rows."""
    return next((word for limit, word in SIZES if rows < limit), LARGEST)


def escape_glob(path: str) -> str:
    """``path`` so that the Hub, which reads it as a pattern, finds that file alone."""
    return re.sub(r"([*?\[])", r"[\1]", path)


def _by_format(record: Verified) -> dict[str, list[str]]:
    """One configuration for each format: the Hub's loader reads no two in one."""
    paths: dict[str, list[str]] = {}
    for part in record.train:
        paths.setdefault(format_of(part.name) or "other", []).append(part.name)
    return dict(sorted(paths.items()))


def _json(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _body(record: Verified) -> Iterator[str]:
    decision = record.decision
    yield f"# {words.title(record)}\n"
    yield f"{words.answer(record)}\n"
    yield f"{words.SIGNED}\n"
    yield "## What it is\n"
    yield f"{words.selected(record)} {words.redacted(record)}\n"
    for part in record.train:
        yield f"- {_code(part.name)}: {part.rows:,} rows, {part.size:,} bytes,"
        yield f"  SHA-256 {part.sha256}"
    yield "\n## Policy and outcome\n"
    yield f"- outcome: {decision.outcome}"
    yield f"- purpose: {decision.purpose}"
    yield f"- as of: {decision.as_of}"
    yield f"- policy: {decision.policy.name} version {decision.policy.version},"
    yield f"  expires {decision.policy.expires}, SHA-256 {decision.policy.sha256}"
    yield f"- govgate: {record.version}"
    yield from (f"- {line}" for line in words.held(record))
    yield "\n## What was found\n"
    yield "Rows that each rule decided on; a row can have several.\n"
    yield "| rule | use | effect | rows |\n|---|---|---|---|"
    for one in words.ruled(record):
        yield f"| {_code(one.reason)} | {one.use} | {one.effect} | {one.rows:,} |"
    yield "\n## Personal data\n"
    yield f"{words.personal(record)} {words.scanned(record)}\n"
    yield "## What was not checked\n"
    yield from (f"- {line}" for line in words.UNCHECKED)
    yield f"- Licences of single rows, languages, collection and creators: {words.NOT_RECORDED}."
    yield from _how(record)


def _how(record: Verified) -> Iterator[str]:
    yield "\n## How to verify\n"
    yield "With the run directory and a trust file from whoever gated the data:\n"
    yield "```\ngovgate verify RUN --trust trust.json\n```\n"
    yield f"The record's payload has the SHA-256 {record.digest}; it was made at {record.finished}"
    yield f"and allows: {', '.join(record.uses)}."
    yield f"The files above have the tree hash {record.root}."


def _code(text: str) -> str:
    """``text`` as a code span that nothing in it can end (CommonMark 0.31, section 6.1)."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{fence}{pad}{text}{pad}{fence}"
