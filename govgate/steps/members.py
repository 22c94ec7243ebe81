"""Who is in the train partition: `members.parquet`, and what the record says of it.

Written between the partitions, whose digest its leaves are bound to, and the record.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import polars as pl

from govgate import rundir
from govgate.attest import merkle
from govgate.attest.membership import MembershipKey, Tree, leaf_of
from govgate.data.tables import TableWriter, read_batches
from govgate.errors import EvidenceError
from govgate.model import Partition
from govgate.record import Members, MemberTree
from govgate.steps.findings import findings_between
from govgate.steps.worktables import ROWS

MEMBERS_SCHEMA = pl.Schema({"tree": pl.String(), "leaf": pl.Binary()})
_BATCH = 250_000


def write_members(run: Path, *, key: bytes, partition: str, named: bool) -> Members:
    """Write the leaves of both trees, each in ascending order.

    ``key`` is the organisation's secret, ``partition`` the train partition's digest (hex).
    ``named``: whether a source names a field of data subjects; without one there is one tree.
    """
    rows, subjects, nameless = _members(run, MembershipKey(key))
    trees = {Tree.ROWS: rows} | ({Tree.SUBJECTS: subjects} if named else {})
    said = {}
    with TableWriter(run / rundir.MEMBERS, MEMBERS_SCHEMA) as out:
        for tree, members in trees.items():
            leaves = _leaves(members, bytes.fromhex(partition))
            said[tree] = _summary(leaves)
            for part in leaves.to_frame("leaf").iter_slices(_BATCH):
                out.append(part.with_columns(tree=pl.lit(tree.value)))
    return Members(
        key=MembershipKey(key).commitment,
        rows=said[Tree.ROWS],
        subjects=said.get(Tree.SUBJECTS),
        nameless_rows=nameless if named else None,
    )


def read_leaves(run: Path, tree: Tree) -> list[bytes]:
    """The leaves of one tree in their order; EvidenceError for a table of another form."""
    leaves: list[bytes] = []
    try:
        for batch in read_batches(run / rundir.MEMBERS):
            leaves.extend(batch.filter(pl.col("tree") == tree.value)["leaf"].cast(pl.Binary()))
    except (pl.exceptions.PolarsError, TypeError) as error:
        raise EvidenceError(
            f"{rundir.MEMBERS} is not of a form that this version writes"
        ) from error
    return leaves


def check_members(run: Path, members: Members, rows: int) -> None:
    """EvidenceError unless `members.parquet` makes the trees of the record, and ``rows`` is the
    number of rows in them. Whose leaves they are, only the organisation's key can tell."""
    for tree, said in members.trees.items():
        leaves = read_leaves(run, tree)
        if any(before >= after for before, after in pairwise(leaves)):
            raise EvidenceError(f"the leaves of {tree} in {rundir.MEMBERS} are not in order")
        if _summary(leaves) != said:
            raise EvidenceError(f"{rundir.MEMBERS} does not make the record's tree of {tree}")
    if members.rows.size != rows:
        raise EvidenceError("the tree of rows has another number of rows than the train partition")


def _members(run: Path, key: MembershipKey) -> tuple[pl.Series, pl.Series, int]:
    """The members of both trees in any order, and how many rows name no subject."""
    rows, subjects, nameless = [], [], 0
    for batch in _trained(run):
        names = (key.member(Tree.ROWS, row) for row in batch["row"])
        rows.append(pl.Series(names, dtype=pl.Binary))
        subjects.append(batch["member"].drop_nulls())
        nameless += batch["member"].null_count()
    empty = pl.Series(dtype=pl.Binary)
    return pl.concat([empty, *rows]), pl.concat([empty, *subjects]).unique(), nameless


def _trained(run: Path) -> Iterator[pl.DataFrame]:
    """`row` and `member` (of its subject, or null) of the rows in the train partition."""
    for verdicts in read_batches(run / rundir.VERDICTS, ["index", "row", "partition"]):
        scanned = findings_between(run / rundir.WORK / ROWS, verdicts).select("index", "member")
        trained = verdicts.filter(pl.col("partition") == Partition.TRAIN.value)
        yield trained.join(scanned, on="index", how="left", maintain_order="left")


def _leaves(members: pl.Series, partition: bytes) -> pl.Series:
    leaves = (leaf_of(partition, member) for member in members)
    return pl.Series(leaves, dtype=pl.Binary).sort()


def _summary(leaves: Iterable[bytes]) -> MemberTree:
    size, root = merkle.root_of(merkle.leaf_hash(leaf) for leaf in leaves)
    return MemberTree(size=size, root=root.hex())
