"""Turns a GGUF file into a model folder; runs in the engine's environment, as a script.

    python convert.py <folder of the file> <name of the file> <folder to make>

The tensors are dequantized to bfloat16; the chat template comes along in the file.
"""

from __future__ import annotations

import sys


def convert(source: str, gguf_file: str, target: str) -> None:
    """Write the model folder `target` from `gguf_file` in `source`."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    AutoTokenizer.from_pretrained(source, gguf_file=gguf_file).save_pretrained(target)
    AutoModelForCausalLM.from_pretrained(
        source,
        gguf_file=gguf_file,
        dtype=torch.bfloat16,
        quantization_config=GgufConfig(gguf_file=gguf_file, dequantize=True),
    ).save_pretrained(target)


if __name__ == "__main__":
    convert(*sys.argv[1:])
