"""An OpenLineage event: the gate as a run that completed, with inputs and what it let through.

File names are unique within a record only, so the record is the namespace of its datasets; the
facet `version` holds the digest, by which files of different runs are the same.
Spec: https://openlineage.io/spec/2-0-2/OpenLineage.json.
"""

from typing import Any

from govgate.export.verified import Verified
from govgate.record import DataPart

SPEC = "https://openlineage.io/spec"
EVENT = f"{SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
VERSION = "1-0-1/DatasetVersionDatasetFacet"
METRICS = "1-0-3/DataQualityMetricsInputDatasetFacet"
STATISTICS = "1-0-2/OutputStatisticsOutputDatasetFacet"
ENGINE = "1-1-1/ProcessingEngineRunFacet"
JOB_TYPE = "2-0-4/JobTypeJobFacet"
DECISION = "tag:govgate,2026:openlineage-decision/v1"

Made = dict[str, Any]


def document(record: Verified) -> dict[str, Any]:
    """The event of ``record``. Without a train partition it has no outputs."""
    return {
        "eventType": "COMPLETE",
        "eventTime": record.finished,
        "producer": _producer(record),
        "schemaURL": EVENT,
        "run": {"runId": record.uuid, "facets": _run_facets(record)},
        "job": {
            "namespace": "govgate",
            "name": "govgate.gate",
            "facets": {
                "jobType": _facet(
                    record, JOB_TYPE, processingType="BATCH", integration="GOVGATE", jobType="GATE"
                )
            },
        },
        "inputs": [_input(record, part) for part in record.decision.inputs],
        "outputs": [_output(record, part) for part in record.train],
    }


def _run_facets(record: Verified) -> Made:
    return {
        "processing_engine": _facet(record, ENGINE, name="govgate", version=record.version),
        "govgate_decision": {
            "_producer": _producer(record),
            "_schemaURL": DECISION,
            **record.summary,
            "partitionRoot": record.root,
        },
    }


def _input(record: Verified, part: DataPart) -> Made:
    metrics = _facet(record, METRICS, rowCount=part.rows, bytes=part.size, columnMetrics={})
    return {**_dataset(record, part), "inputFacets": {"dataQualityMetrics": metrics}}


def _output(record: Verified, part: DataPart) -> Made:
    statistics = _facet(record, STATISTICS, rowCount=part.rows, size=part.size, fileCount=1)
    return {**_dataset(record, part), "outputFacets": {"outputStatistics": statistics}}


def _dataset(record: Verified, part: DataPart) -> Made:
    version = _facet(record, VERSION, datasetVersion=f"sha256:{part.sha256}")
    return {"namespace": record.uri, "name": part.name, "facets": {"version": version}}


def _facet(record: Verified, schema: str, **members: Any) -> Made:
    file = schema.partition("/")[2]
    url = f"{SPEC}/facets/{schema}.json#/$defs/{file}"
    return {"_producer": _producer(record), "_schemaURL": url, **members}


def _producer(record: Verified) -> str:
    return f"tag:govgate,2026:govgate/{record.version}"
