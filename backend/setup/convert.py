"""Turns a GGUF file into a model folder; runs in the engine's environment, as a script.

    python convert.py <folder of the file> <name of the file> <folder to make>

The tensors are dequantized to bfloat16; the chat template comes along in the file. Each stage
prints `<number> of 3: <what it does>` as it begins.
"""

from __future__ import annotations

import sys


def convert(source: str, gguf_file: str, target: str) -> None:
    """Write the model folder `target` from `gguf_file` in `source`."""
    import torch
    from transformers import (  # type: ignore[import-not-found]
        AutoModelForCausalLM,
        AutoTokenizer,
        GgufConfig,
    )

    print("1 of 3: the tokenizer", flush=True)
    AutoTokenizer.from_pretrained(source, gguf_file=gguf_file).save_pretrained(target)
    print("2 of 3: the weights", flush=True)
    model = AutoModelForCausalLM.from_pretrained(
        source,
        gguf_file=gguf_file,
        dtype=torch.bfloat16,
        quantization_config=GgufConfig(gguf_file=gguf_file, dequantize=True),
    )
    print("3 of 3: writing them", flush=True)
    model.save_pretrained(target)


if __name__ == "__main__":
    convert(*sys.argv[1:])
