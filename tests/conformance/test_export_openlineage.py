"""The OpenLineage export, built again from the classes of OpenLineage's own client."""

import json
from pathlib import Path
from typing import Any

import pytest
from openlineage.client import event_v2 as lineage
from openlineage.client import facet_v2 as facets
from openlineage.client.serde import Serde

from tests.conformance.conftest import signed

pytestmark = pytest.mark.usefixtures("offline")

FACETS = {
    "version": facets.dataset_version_dataset.DatasetVersionDatasetFacet,
    "dataQualityMetrics": (
        facets.data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet
    ),
    "outputStatistics": (
        facets.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet
    ),
    "processing_engine": facets.processing_engine_run.ProcessingEngineRunFacet,
    "jobType": facets.job_type_job.JobTypeJobFacet,
}


def built(event: dict[str, Any]) -> lineage.RunEvent:
    """The event in the client's classes; an unknown member or a wrong value is an error."""
    event = dict(event)
    del event["schemaURL"]  # the classes write their own
    return lineage.RunEvent(
        **{
            **event,
            "eventType": lineage.RunState(event["eventType"]),
            "run": lineage.Run(**_with_facets(event["run"])),
            "job": lineage.Job(**_with_facets(event["job"])),
            "inputs": [lineage.InputDataset(**_with_facets(one)) for one in event["inputs"]],
            "outputs": [lineage.OutputDataset(**_with_facets(one)) for one in event["outputs"]],
        }
    )


def _with_facets(value: dict[str, Any]) -> dict[str, Any]:
    made = {
        key: {name: _facet(name, one) for name, one in listed.items()}
        for key, listed in value.items()
        if key.lower().endswith("facets")
    }
    return {**value, **made}


def _facet(name: str, value: dict[str, Any]) -> Any:
    if name not in FACETS:
        return value  # a facet of our own
    members = {k: v for k, v in value.items() if not k.startswith("_")}
    return FACETS[name](**members, producer=value["_producer"])


def without_nothing(value: Any) -> Any:
    """``value`` without the members that the client writes though they are empty."""
    if isinstance(value, dict):
        return {k: without_nothing(v) for k, v in value.items() if v != {} and v is not None}
    return [without_nothing(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("run", ["gated", "awkward", "retrieval_only", "blocked"])
def test_the_clients_classes_write_the_same_event(export, run: str, request) -> None:
    event = json.loads(export(request.getfixturevalue(run), "openlineage"))
    again = json.loads(Serde.to_json(built(event)))
    assert without_nothing(again) == without_nothing(event)


def test_inputs_and_outputs_are_those_of_the_record(export, passed: Path) -> None:
    event, record = json.loads(export(passed, "openlineage")), signed(passed)
    for listed, parts in ((event["inputs"], record.inputs), (event["outputs"], record.train)):
        assert {one["name"] for one in listed} == set(parts)
        for one in listed:
            part = parts[one["name"]]
            version = one["facets"]["version"]["datasetVersion"]
            assert version == f"sha256:{part['sha256']}"
            (counted,) = (one.get("inputFacets") or one["outputFacets"]).values()
            size = counted.get("bytes", counted.get("size"))
            assert (counted["rowCount"], size) == (part["rows"], part["size"])


def test_a_gate_that_let_nothing_through_completed_without_outputs(export, stopped: Path) -> None:
    event = json.loads(export(stopped, "openlineage"))
    assert (event["eventType"], event["outputs"]) == ("COMPLETE", [])
    decision = event["run"]["facets"]["govgate_decision"]
    assert decision["outcome"] == signed(stopped).says["outcome"] != "train"


def test_two_records_are_two_runs(export, gated: Path, retrieval_only: Path) -> None:
    ids = {
        json.loads(export(run, "openlineage"))["run"]["runId"] for run in (gated, retrieval_only)
    }
    assert len(ids) == 2


BROKEN: dict[str, dict[str, Any]] = {
    "a run id that is no UUID": {"run": {"runId": "run-1"}},
    "a time without hours": {"eventTime": "2026-11-28"},
    "an unknown state": {"eventType": "DONE"},
    "an unknown member": {"outcome": "train"},
    "a job without a name": {"job": {"namespace": "govgate"}},
    "a facet without its value": {
        "inputs": [{"namespace": "n", "name": "x", "facets": {"version": {"_producer": "p"}}}]
    },
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_event_is_refused(export, gated: Path, name: str) -> None:
    event = json.loads(export(gated, "openlineage"))
    with pytest.raises((TypeError, ValueError)):
        built({**event, **BROKEN[name]})
