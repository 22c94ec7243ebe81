"""One file has one source, by whatever names links give it."""

from pathlib import Path

import pytest

from govgate.config import load_config
from govgate.data.dataset import open_dataset
from govgate.errors import UsageError
from govgate.steps.open import _check_source

NC = "{files: 'nc/*', name: nc, license: CC-BY-NC-4.0}"


@pytest.mark.parametrize(
    ("sources", "agree"),
    [
        (f"[{NC}]", False),
        (f"[{NC}, {{files: '*', name: free, license: MIT}}]", False),
        ("[{files: '**/*.jsonl', name: all, license: MIT}]", True),
        ("[]", True),
    ],
)
def test_a_linked_file_cannot_change_its_source(tmp_path: Path, sources: str, agree: bool) -> None:
    (tmp_path / "d" / "nc").mkdir(parents=True)
    (tmp_path / "d" / "nc" / "b.jsonl").write_text("{}")
    (tmp_path / "d" / "a.jsonl").symlink_to("nc/b.jsonl")
    (tmp_path / "govgate.yaml").write_text(f"sources: {sources}\n")
    (file,) = open_dataset([str(tmp_path / "d")]).files
    assert (file.name, [alias.name for alias in file.also]) == ("a.jsonl", ["nc/b.jsonl"])
    read = load_config(tmp_path / "govgate.yaml").sources
    if agree:
        _check_source(file, read)
    else:
        with pytest.raises(UsageError, match=r"nc/b\.jsonl is the same file as a\.jsonl"):
            _check_source(file, read)
