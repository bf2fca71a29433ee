"""What a conversation is called where nobody names it: its first question's first sentence."""

from __future__ import annotations

import re

from backend.chat.graphemes import shorten

MAX_WIDTH = 60
"""Columns; a Chinese character takes two."""

MIN_CHARACTERS = 12
"""A sentence that is shorter ("Hello!") says too little alone; in Chinese half of that."""

_LOOKED_AT = 300  # characters of the question

_SUBSTITUTES = tuple(
    (re.compile(pattern, flags), by)
    for pattern, by, flags in (
        (r"[\u202a-\u202e\u2066-\u2069\x00-\x08\x0e-\x1f\x7f]", "", 0),  # would turn the sidebar
        (r"^[ \t]*(?:```|~~~).*$", "", re.M),
        (r"^[ \t]*(?:[-*_][ \t]*){3,}$", "", re.M),
        (r"^[ \t]*(?:(?:#{1,6}|[-*+>]|\d{1,3}[.)])[ \t]+)+", "", re.M),
        (r"!?\[([^\]\n]*)\]\([^)\n]*\)", r"\1", 0),
        (r"(\*\*|__|~~|`+)(?=\S)(.+?)\1", r"\2", 0),
        (r"(?<!\w)([*_])(?=\S)([^*_\n]+?)(?<=\S)\1(?!\w)", r"\2", 0),
    )
)
_SENTENCE_ENDS = re.compile(r"[.!?…]+[\"')\]”’]*(?=\s+[^\sa-z])|[。！？]+[”’」』）]*")
_NOT_LAST = " .,:;。，：；、"


def title_of(question: str) -> str:
    """The title: one line without Markdown, cut between words; empty only for nothing."""
    text = question[:_LOOKED_AT]
    for pattern, by in _SUBSTITUTES:
        text = pattern.sub(by, text)
    line = " ".join(text.split()) or " ".join(question[:_LOOKED_AT].split())
    sentence = _first_sentence(line)
    return shorten(sentence.rstrip(_NOT_LAST) or sentence, MAX_WIDTH)


def _first_sentence(line: str) -> str:
    for end in _SENTENCE_ENDS.finditer(line):
        sentence = line[: end.end()]
        if len(sentence) >= MIN_CHARACTERS // (1 if sentence.isascii() else 2):
            return sentence
    return line
