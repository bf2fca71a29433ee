"""`python -m backend.plan --gpu "RTX 4090" --model … --context 32K --users 40`: does it fit?"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import TextIO

from backend.plan.answer import find_answer
from backend.plan.model import find_shape
from backend.plan.own_model import with_own_model
from backend.plan.remedies import find_remedies
from backend.plan.report import as_json, as_text
from backend.plan.request import read_request
from backend.sizing.errors import SizingError


def main(
    arguments: list[str],
    *,
    environment: Mapping[str, str] = os.environ,
    output: TextIO = sys.stdout,
    errors: TextIO = sys.stderr,
) -> int:
    """Answer one question. Returns 0 for an answer, whatever it says, and 2 for bad input."""
    try:
        request = with_own_model(read_request(arguments))
        shape = find_shape(
            request.model, quantization=request.quantization, environment=environment
        )
        answer = find_answer(request, shape)
    except SizingError as error:
        errors.write(f"{error}\n")
        return 2
    remedies = find_remedies(answer)
    if request.as_json:
        output.write(json.dumps(as_json(answer, remedies), indent=2) + "\n")
    else:
        output.write(as_text(answer, remedies) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
