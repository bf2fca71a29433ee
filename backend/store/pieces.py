"""A growing reply: its text comes in pieces, each stored once, folded into the entry at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, ColumnElement, Connection, bindparam, delete, select

from backend.store.records import WRITING
from backend.store.schema import PlainText, entry, piece
from backend.store.sql import insert_or_meet


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text of a reply; `sequence` grows with each piece of the reply."""

    entry_id: str
    sequence: int
    text: str


def add_pieces(connection: Connection, writer_id: str, pieces: Sequence[Piece]) -> None:
    """Store pieces of several replies, but none twice, and none of a reply that is not ours now.

    Each reply is held until the commit: who ends it waits, and then finds all its pieces.
    """
    entry_id = bindparam("entry_id", type_=PlainText)
    values = (
        select(
            entry_id,
            bindparam("sequence", type_=BigInteger),
            bindparam("text", type_=PlainText),
        )
        .select_from(entry)
        .where(entry.c.id == entry_id, entry.c.writer_id == writer_id, entry.c.outcome == WRITING)
        .with_for_update(read=True)
    )
    connection.execute(
        insert_or_meet(connection, piece)
        .from_select(["entry_id", "sequence", "text"], values)
        .on_conflict_do_nothing(),
        [
            {"entry_id": each.entry_id, "sequence": each.sequence, "text": each.text}
            for each in sorted(pieces, key=lambda each: each.entry_id)  # as all who hold several
        ],
    )


def pieces_of(connection: Connection, which: ColumnElement[bool]) -> dict[str, str]:
    """The text in pieces of the entries that are meant, by their ids."""
    query = (
        select(piece.c.entry_id, piece.c.text)
        .join(entry)
        .where(which)
        .order_by(piece.c.entry_id, piece.c.sequence)
    )
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for entry_id, text in connection.execute(query):
        texts[entry_id].append(text)
    return {entry_id: "".join(parts) for entry_id, parts in texts.items()}


_DROP = delete(piece).where(piece.c.entry_id == bindparam("whole", type_=PlainText))


def drop_pieces(connection: Connection, entry_ids: Sequence[str]) -> None:
    """Forget the pieces of entries that hold all their text themselves."""
    if entry_ids:
        connection.execute(_DROP, [{"whole": entry_id} for entry_id in entry_ids])
