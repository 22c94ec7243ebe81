"""ai.txt as Spawning's generator writes it: robots.txt's grammar, about training.

    User-Agent: *
    Disallow: *.txt
    Allow: *.jpg
    Disallow: /

The longest match counts, of two alike the no. Patterns name kinds of files, so an address without
an ending is tried as a page and as a text, too. Other files of that name (Markdown for assistants)
hold no such lines and say nothing.
"""

from dataclasses import dataclass

from govgate.rights.signals import robots
from govgate.rights.signals.model import Kind, Stances, together
from govgate.rights.signals.patterns import Pattern, pattern
from govgate.rights.signals.robots import Field
from govgate.rights.signals.scoped import Everywhere, PathRules, longest
from govgate.rights.signals.words import crawlers, meaning

MAX_BYTES = robots.MAX_BYTES
CUT = "its ai.txt was not read to its end"
LONG = "its ai.txt has a rule longer than is read"
UNREAD = Stances(train=None, tdm=None)  # of retrieval such a file never speaks
_ENDINGS = (".html", ".txt")
_FIELDS = (Field.ALLOW, Field.DISALLOW)


@dataclass(frozen=True)
class _ByEnding:
    rules: PathRules
    kind: Kind = Kind.AI_TXT

    @property
    def why(self) -> str:
        return self.rules.why

    @property
    def constant(self) -> bool:
        return self.rules.constant

    def at(self, path: str) -> Stances:
        bare = path.partition("?")[0]
        if "." in bare.rpartition("/")[2]:
            return self.rules.at(bare)
        stem = bare if not bare.endswith("/") else f"{bare}index"
        tried = together(self.rules.at(stem + ending) for ending in _ENDINGS)
        return together((self.rules.at(bare), tried.only_no()))


def ai_txt_rules(
    data: bytes, agent: str, *, others: bool, cut: bool = False
) -> tuple[PathRules, ...]:
    """Everything that an ai.txt says; parameters as for ``robots_rules``."""
    if robots.plain(data).lstrip().startswith(b"<"):
        return ()  # a web page: a server that answers everything
    said = robots.groups(data)
    rules: list[PathRules] = [_ByEnding(_rules(robots.addressed(said, agent), to_us=True))]
    theirs = (robots.lines_for(said, token) for token in crawlers()) if others else ()
    rules += [_ByEnding(_rules(lines, to_us=False)) for lines in theirs if lines]
    if cut or len(data) > MAX_BYTES:
        return (*rules, Everywhere(Kind.AI_TXT, UNREAD, CUT))
    return tuple(rules)


def _rules(lines: list[robots.Line], *, to_us: bool) -> PathRules:
    rules: list[tuple[Pattern, Stances]] = []
    for line in lines:
        if not line.value or line.field not in _FIELDS:
            continue
        at = pattern(line.value.decode("utf-8", "surrogateescape"))
        if at is None:
            return Everywhere(Kind.AI_TXT, UNREAD, LONG)
        stances = meaning("ai-txt", line.field.value)
        rules.append((at, stances if to_us else stances.only_no()))
    return longest(Kind.AI_TXT, rules)
