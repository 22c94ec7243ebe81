"""What a record is about: the files of the train partition and one root over all of them.

The root is the RFC 6962 tree hash over canonical JSON leaves: first
`{"partition":"train","type":"tag:govgate,2026:partition/v1"}`, then for each file in order of name
`{"name":NAME,"rows":ROWS,"sha256":HEX,"size":BYTES}`. The first leaf keeps the root of an empty
partition from being the digest of every empty file: in-toto matches subjects by digest alone.
"""

from collections.abc import Sequence

from govgate.attest import jcs, merkle
from govgate.attest.statement import Subject
from govgate.record import DataPart
from govgate.rundir import TRAIN

PARTITION_TYPE = "tag:govgate,2026:partition/v1"


def subjects_of(train: Sequence[DataPart]) -> tuple[Subject, ...]:
    """The root under the name `train`, then each file of the partition."""
    files = sorted(train, key=lambda part: part.name)
    return (
        Subject(TRAIN, partition_root(files)),
        *(Subject(part.name, part.sha256) for part in files),
    )


def partition_root(files: Sequence[DataPart]) -> str:
    """The tree hash of ``files`` (sorted by name), 64 hex digits."""
    head = {"type": PARTITION_TYPE, "partition": TRAIN}
    leaves = [merkle.leaf_hash(jcs.canonical(leaf)) for leaf in (head, *map(_leaf, files))]

    def read(level: int, index: int) -> bytes:
        return merkle.complete_root(leaves[index << level : (index + 1) << level])

    return merkle.root(len(leaves), read).hex()


def _leaf(part: DataPart) -> dict[str, str | int]:
    return {"name": part.name, "sha256": part.sha256, "size": part.size, "rows": part.rows}
