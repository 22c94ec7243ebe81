"""One detector made of several: every text is looked at in each language of the policy."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from govgate.model import Failure
from govgate.scan.detector import Ask, Detector, DetectorIdentity, Span


class Languages:
    """``detectors``, at least one, each for a language of its own; one after the other.

    A text is seen as all of them together see it. Where several see the same entity at the same
    place, the best score counts, of equal ones the first's. A text that one of them could not look
    at has failed, as the first such one says.
    """

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._detectors = tuple(detectors)
        self._identity = combined([detector.identity for detector in self._detectors])

    @property
    def identity(self) -> DetectorIdentity:
        """What all of them are made of."""
        return self._identity

    def detect(self, asks: Sequence[Ask]) -> list[list[Span] | Failure]:
        """For each of ``asks`` what is seen in any language, sorted; or why one failed."""
        answers = [detector.detect(asks) for detector in self._detectors]
        return [together(told) for told in zip(*answers, strict=True)]


def together(told: Iterable[list[Span] | Failure]) -> list[Span] | Failure:
    """One answer out of those of several detectors to the same question."""
    best: dict[tuple[int, int, str], Span] = {}
    for answer in told:
        if isinstance(answer, Failure):
            return answer
        for span in answer:
            place = (span.start, span.end, span.entity)
            if place not in best or span.score > best[place].score:
                best[place] = span
    return sorted(best.values())


def combined(identities: Sequence[DetectorIdentity]) -> DetectorIdentity:
    """One identity: pipelines and models one behind the other, of the rest what any has.

    Detectors of one process share Presidio, the settings and all limits. ``paths`` names the
    language where there are several.
    """
    first = identities[0]
    return replace(
        first,
        pipelines=tuple(one for identity in identities for one in identity.pipelines),
        recognizers=_union(identity.recognizers for identity in identities),
        entities=_union(identity.entities for identity in identities),
        libraries=tuple(
            dict.fromkeys(lib for identity in identities for lib in identity.libraries)
        ),
        paths=tuple(
            (f"{identity.pipelines[0].language}: {part}", whose)
            for identity in identities
            for part, whose in identity.paths
        ),
        models=tuple(one for identity in identities for one in identity.models),
        context_words=_union(identity.context_words for identity in identities),
    )


def _union(some: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({one for part in some for one in part}))
