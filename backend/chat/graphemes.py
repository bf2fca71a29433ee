"""Characters as people see them, each maybe several of a string's: é, 🇨🇳, नि (UAX #29)."""

from __future__ import annotations

import unicodedata

import regex

_GRAPHEME = regex.compile(r"\X")
_MAX_CHARACTERS = 32  # of one grapheme that are waited for; real ones have at most about 15

# Scripts in which models write a whole character at a time, so that none is waited for. All others
# have marks, joiners and modifiers that come as tokens of their own.
_WHOLE = regex.compile(
    r"[\u0000-\u02ff\u2010-\u2027\u2030-\u205e\u3000-\u3098\u309b-\u9fff\uac00-\ud7a3\uff00-\uffef]"
)


def num_unsettled(text: str) -> int:
    """How many characters at the end may be the beginning of a larger grapheme.

    Text that comes later can extend any last letter; those that hardly ever are extended (Latin,
    Chinese, Japanese and Korean ones, which have their marks built in) count as settled.
    """
    if not text or text[-1] < "\u0300" or _WHOLE.match(text[-1]):
        return 0
    tail = text[-_MAX_CHARACTERS:]
    last: str = _GRAPHEME.findall(tail)[-1]
    return 0 if len(last) == _MAX_CHARACTERS else len(last)


def shorten(text: str, max_width: int) -> str:
    """The text, or as much of its beginning as fits with an ellipsis; whole words if it has any.

    Args:
        text: on one line.
        max_width: in columns; wide characters, such as Chinese ones, take two.
    """
    width, end = 0, 0
    for match in _GRAPHEME.finditer(text):
        width += _width(match.group())
        if width > max_width - 1 and end == 0:
            end = match.start()
        if width > max_width:
            break
    else:
        return text
    kept = text[:end]
    if not text[end].isspace():
        words, _, last = kept.rpartition(" ")
        if _is_a_word(last) and len(words) > len(kept) // 2:
            kept = words
    return f"{kept.rstrip()}…"


def _width(grapheme: str) -> int:
    return 2 if unicodedata.east_asian_width(grapheme[0]) in "WF" else 1


def _is_a_word(text: str) -> bool:
    """Whether it is cut at spaces only: not what is written without any."""
    return not any(unicodedata.east_asian_width(character) in "WF" for character in text)
