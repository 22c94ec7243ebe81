"""What is asked and answered, over HTTP and in MCP alike."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from govgate.retrieve.context import Context
from govgate.retrieve.filters import Filters
from govgate.retrieve.search import MAX_HITS, SearchResult
from govgate.retrieve.serving.problem import Problem

MAX_QUESTION = 2**20
MAX_BUDGET = 10**6

Question = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_QUESTION,
        description="Plain words; nothing in them is query syntax",
    ),
]


class SearchRequest(Filters):
    """A question, and what narrows the rows that may answer it."""

    question: Question
    limit: Annotated[int, Field(ge=1, le=MAX_HITS, description="Most hits to give")] = 10


class ContextRequest(Filters):
    """A question, and how long the prompt for it may be."""

    question: Question
    budget: Annotated[
        int, Field(ge=1, le=MAX_BUDGET, description="Most tokens of the block, estimated high")
    ] = 2000
    limit: Annotated[int, Field(ge=1, le=MAX_HITS, description="Most passages to take")] = 20


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class HitAnswer(_Answer):
    """A row that answers, best first."""

    rank: int = Field(description="From 1")
    score: float = Field(description="Higher is better")
    row: str
    file: str
    source: str | None
    license: str | None
    obligations: tuple[str, ...] = Field(description="What whoever uses the row owes")
    citation: str = Field(description="How its source is named")
    snippet: str = Field(description="Around the best place, matched words in [brackets]")
    text: str


class SearchAnswer(_Answer):
    """The hits, and the record that allows them to be looked up."""

    record: str = Field(description="SHA-256 of the record")
    rows: int = Field(description="How many rows the caller may see with these filters")
    hits: tuple[HitAnswer, ...]

    @classmethod
    def of(cls, result: SearchResult) -> "SearchAnswer":
        """A search's result as it is sent."""
        return cls.model_validate(result)


class CitedAnswer(_Answer):
    """A passage of a block."""

    number: int = Field(description="As the block has it")
    row: str
    file: str
    source: str | None
    license: str | None
    obligations: tuple[str, ...]
    citation: str
    cut: bool = Field(description="Whether the block holds its beginning alone")


class ContextAnswer(_Answer):
    """A prompt-ready block, and what is in it."""

    record: str = Field(description="SHA-256 of the record")
    text: str
    tokens: int = Field(description="Of the text, estimated high")
    left_out: int = Field(description="Passages that found no room")
    citations: tuple[CitedAnswer, ...]

    @classmethod
    def of(cls, block: Context) -> "ContextAnswer":
        """A block as it is sent."""
        return cls.model_validate(block)


class AboutAnswer(_Answer):
    """What is served."""

    record: str = Field(description="SHA-256 of the record that allows the rows to be looked up")
    policy: str
    expires: date = Field(description="From this day the policy allows nothing")
    version: str = Field(description="Of govgate")


class ProblemAnswer(BaseModel):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str


def invalid(error: ValidationError) -> Problem:
    """What is wrong with a request, by place and kind, and nothing of what it says."""
    wrong = [
        {"pointer": _pointer(one["loc"], one["type"]), "reason": one["type"]}
        for one in error.errors(include_input=False, include_context=False, include_url=False)
    ]
    return Problem(400, "the request is not as the schema has it", {"errors": wrong[:20]})


def _pointer(place: tuple[Any, ...], kind: str) -> str:
    """Where it is; of a key that there is none of, where it would be: it is the caller's text."""
    known = place[:-1] if kind == "extra_forbidden" else place
    return "".join(f"/{one}" for one in known)
