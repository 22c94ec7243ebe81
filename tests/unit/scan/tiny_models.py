"""Small models of both kinds that find six made-up names; taught in seconds, with no network."""

from collections.abc import Iterator
from pathlib import Path

NAMES = ("ann", "bob", "zoe", "lee", "kim", "fox")
WORDS = tuple("my friend is here the cat sat on a mat and went home with . ,".split())
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "person")
ROOM = 48
"""Tokens that the models take at once."""
WORDS_AT_ONCE = 24
"""Words that GLiNER's takes at once."""


def tokenizer():
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    letters = [*LETTERS, *(f"##{letter}" for letter in LETTERS if letter != "a")]
    words = dict.fromkeys([*SPECIAL, *NAMES, *WORDS, *letters])
    pieces = {word: number for number, word in enumerate(words)}
    built = Tokenizer(models.WordPiece(pieces, unk_token="[UNK]"))
    built.normalizer = normalizers.BertNormalizer(lowercase=True)
    built.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    built.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    named = {"unk": 1, "pad": 0, "cls": 2, "sep": 3, "mask": 4}
    return PreTrainedTokenizerFast(
        tokenizer_object=built,
        model_max_length=ROOM,
        **{f"{name}_token": SPECIAL[place] for name, place in named.items()},
    )


def encoder(vocabulary: int, **more: object):
    from transformers import BertConfig

    return BertConfig(
        vocab_size=vocabulary,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        **more,
    )


def sentences(steps: int, longest: int) -> Iterator[list[list[str]]]:
    """Batches of sentences of up to ``longest`` words, the same every time."""
    import torch

    known = [*NAMES, *WORDS, *LETTERS]
    chance = torch.Generator().manual_seed(2)
    for step in range(steps):
        length = longest - step * 7 % longest
        picks = torch.randint(len(known), (16, length), generator=chance)
        yield [[known[pick] for pick in row] for row in picks.tolist()]


def transformers_model(folder: Path) -> Path:
    """A BERT for token classification that tags names as PER, and the full stop as DOT."""
    import torch
    from transformers import BertForTokenClassification

    torch.manual_seed(1)
    torch.set_num_threads(1)
    words = tokenizer()
    labels = {0: "O", 1: "B-PER", 2: "B-DOT"}
    model = BertForTokenClassification(encoder(len(words), id2label=labels))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for batch in sentences(120, ROOM - 2):
        told = words([" ".join(sentence) for sentence in batch], return_tensors="pt")
        tags = torch.full_like(told["input_ids"], -100)
        tags[:, 1:-1] = torch.tensor([[tag(word) for word in s] for s in batch])
        loss = model(told["input_ids"], told["attention_mask"], labels=tags).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def tag(word: str) -> int:
    return 1 if word in NAMES else 2 * (word == ".")


def gliner_model(folder: Path) -> Path:
    """A GLiNER that finds names by the label person."""
    import torch
    from gliner import GLiNER, GLiNERConfig

    torch.manual_seed(1)
    torch.set_num_threads(1)
    words = tokenizer()
    words.save_pretrained(folder / "base")
    encoder(len(words)).save_pretrained(folder / "base")
    config = GLiNERConfig(
        model_name=str(folder / "base"),
        max_width=2,
        max_len=WORDS_AT_ONCE,
        hidden_size=32,
        dropout=0.0,
        num_rnn_layers=0,
    )
    model = GLiNER.from_config(config, backbone_from_pretrained=False)
    collate = model._create_data_collator()
    optimizer = torch.optim.AdamW(model.model.parameters(), lr=1e-2)
    model.train()
    for batch in sentences(160, WORDS_AT_ONCE):
        told = collate([{"tokenized_text": s, "ner": person(s)} for s in batch])
        loss = model(**told).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    model.save_pretrained(folder / "whole", safe_serialization=True)
    return folder / "whole"


def person(sentence: list[str]) -> list[list[object]]:
    return [[at, at, "person"] for at, word in enumerate(sentence) if word in NAMES]
