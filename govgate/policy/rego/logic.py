"""The part of an exported policy that is the same for all: three values, and how rules combine.

It says in Rego what `conditions` and `verdict` say in Python. Two things keep it from failing open:
no ``not`` stands before what may be undefined, and a rule whose answer is missing counts as one
that could not be answered.
"""

LOGIC = """\
# Facts: one that is absent, null, or not of its type is null here, which means unknown.

# A text.
text(fact) := input[fact] if is_string(input[fact])
else := null

# One of a closed list of words.
word(fact, words) := input[fact] if input[fact] in words
else := null

# A whole number from 0.
number(fact) := input[fact] if {
	is_number(input[fact])
	input[fact] >= 0
	input[fact] == floor(input[fact])
}
else := null

# An array of texts, as a set.
set_of_words(fact) := words if {
	value := input[fact]
	is_array(value)
	words := {one | some one in value; is_string(one)}
	others := [one | some one in value; not is_string(one)]
	count(others) == 0
}
else := null

# A day of the calendar as YYYY-MM-DD. Texts so written are in the order of their days.
day(fact) := input[fact] if {
	is_string(input[fact])
	input[fact] >= "0001-01-01"
	some pattern in days
	regex.match(pattern, input[fact])
}
else := null

days := [
	"^[0-9]{4}-(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])$",
	"^[0-9]{4}-(0[469]|11)-(0[1-9]|[12][0-9]|30)$",
	"^[0-9]{4}-02-(0[1-9]|1[0-9]|2[0-8])$",
	"^[0-9]{2}(0[48]|[2468][048]|[13579][26])-02-29$",
	"^([02468][048]|[13579][26])00-02-29$",
]

# Tests: true, false, or null where the fact is unknown.

known(value) := value != null

unknown(value) := value == null

one_of(value, words) := null if value == null
else := true if value in words
else := false

has_any(value, words) := null if value == null
else := true if count(value & words) > 0
else := false

has_all(value, words) := null if value == null
else := true if count(words - value) == 0
else := false

has_none(value, words) := null if value == null
else := true if count(value & words) == 0
else := false

is_empty(value) := null if value == null
else := true if count(value) == 0
else := false

at_least(value, limit) := null if value == null
else := true if value >= limit
else := false

at_most(value, limit) := null if value == null
else := true if value <= limit
else := false

exactly(value, limit) := null if value == null
else := true if value == limit
else := false

other_than(value, limit) := null if value == null
else := true if value != limit
else := false

above(value, limit) := null if value == null
else := true if value > limit
else := false

below(value, limit) := null if value == null
else := true if value < limit
else := false

all_of(answers) := false if false in answers
else := null if null in answers
else := true

any_of(answers) := true if true in answers
else := null if null in answers
else := false

opposite(answer) := false if answer == true
else := true if answer == false
else := null

# Which rules speak.

matched contains rule if {
	some rule, answer in answers
	answer == true
}

unanswered contains rule if {
	some rule, _ in says
	object.get(answers, rule, null) == null
}

# What they give to each use. To redact needs known findings; without them it is to deny.

uses := {"train", "retrieve"}

default findings_known := false

findings_known if facts["pii.entities"] != null

given contains {"use": use, "effect": effect, "rule": rule, "reason": rule} if {
	some rule in matched
	some use, effect in says[rule].effects
	effect != "redact"
}

given contains {"use": use, "effect": "redact", "rule": rule, "reason": rule} if {
	findings_known == true
	some rule in matched
	some use, effect in says[rule].effects
	effect == "redact"
}

given contains {"use": use, "effect": "deny", "rule": rule, "reason": concat("", [rule, "?"])} if {
	findings_known == false
	some rule in matched
	some use, effect in says[rule].effects
	effect == "redact"
}

given contains {"use": use, "effect": "deny", "rule": rule, "reason": concat("", [rule, "?"])} if {
	some rule in unanswered
	some use in object.get(says[rule], "unanswered", [])
}

# The strictest effect wins. A use that no rule speaks of is denied.

strictest(given_effects) := "deny" if "deny" in given_effects
else := "redact" if "redact" in given_effects
else := "allow" if "allow" in given_effects
else := "deny"

effects[use] := effect if {
	some use in uses
	all_given := {one.effect | some one in given; one.use == use}
	effect := strictest(all_given)
}

reasons contains one.reason if {
	some one in given
	one.effect == effects[one.use]
}

reasons contains "nothing-allows" if {
	some use in uses
	count([one | some one in given; one.use == use]) == 0
}

partition := "train" if effects.train != "deny"
else := "retrieve" if effects.retrieve != "deny"
else := "withheld"

# Duties, and what is to be redacted of what the row has: ENTITY, or ENTITY@ROLE.

duties contains duty if {
	partition != "withheld"
	some rule in (matched | unanswered)
	some duty in object.get(says[rule], "obligations", [])
}

found contains entity if {
	findings_known == true
	some entity in facts["pii.entities"]
}

found contains concat("@", [entity, trim_prefix(fact, "pii.in.")]) if {
	some fact, entities in facts
	startswith(fact, "pii.in.")
	entities != null
	some entity in entities
}

redacting contains [use, rule] if {
	some use in uses
	effects[use] == "redact"
	some one in given
	one.use == use
	one.effect == "redact"
	rule := one.rule
}

# Because of a rule that names no entity, every finding is redacted.
everything contains use if {
	some [use, rule] in redacting
	object.get(says[rule], "entities", []) == []
}

redactions contains concat(":", ["redact", use, "*"]) if some use in everything

redactions contains concat(":", ["redact", use, entity]) if {
	some [use, rule] in redacting
	not use in everything
	some entity in object.get(says[rule], "entities", [])
	entity in found
}

obligations := in_order if {
	all_duties := [duty | some duty in duties]
	all_redactions := [redaction | some redaction in redactions]
	in_order := array.concat(sort(all_duties), sort(all_redactions))
}

# The answer.

verdict := {
	"train": effects.train,
	"retrieve": effects.retrieve,
	"partition": partition,
	"reasons": sort(reasons),
	"waivers": [],
	"obligations": obligations,
}

default allow_train := false

allow_train if effects.train == "allow"

default allow_retrieve := false

allow_retrieve if effects.retrieve == "allow"
"""
