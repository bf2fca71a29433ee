"""The table of causes: what vLLM's log says when a start fails, and what to change.

Order decides between several causes in one log: the first row wins, so causes stand above what
follows from them.
"""

from __future__ import annotations

from backend.launcher.cause import FLAGS, MODEL, Cause
from backend.launcher.model_causes import MODEL_CAUSES

CAUSES: tuple[Cause, ...] = (
    Cause(
        "unknown_flag",
        r"error: unrecognized arguments: (?P<flag>--?[\w.-]+)",
        "vLLM does not know the flag {flag}.",
        f"Correct it or take it out, in {FLAGS} or in the profile.",
    ),
    Cause(
        "invalid_flag_value",
        r"error: argument (?P<flag>--?[\w.-]+)[^:]*: ",
        "vLLM does not accept the value of the flag {flag}.",
        f"Correct it in {FLAGS} or in the profile.",
    ),
    Cause(
        "context_too_long",
        r"To serve at least one request with the model's max seq len \((?P<max_model_len>\d+)\)"
        r".*?estimated maximum model length is (?P<fitting_max_model_len>\d+)",
        "The context of {max_model_len} tokens does not fit in the KV cache; "
        "{fitting_max_model_len} tokens do.",
        "Set --max-model-len to {fitting_max_model_len} or less, or give the cache more memory.",
    ),
    Cause(
        "context_too_long",
        r"User-specified max_model_len \((?P<max_model_len>\d+)\) is greater than the derived"
        r".*?(?:max_position_embeddings|model_max_length)=(?P<fitting_max_model_len>\d+)",
        "The context of {max_model_len} tokens is longer than the {fitting_max_model_len} tokens "
        "that the model was made for.",
        "Set --max-model-len to {fitting_max_model_len} or less.",
    ),
    Cause(
        "out_of_memory",
        r"To serve at least one request with the model's max seq len|No available memory for the"
        r" cache blocks",
        "After the weights no memory is left for the KV cache.",
        "Give the engine more memory (--gpu-memory-utilization) or take a smaller or quantized "
        "model.",
    ),
    Cause(
        "memory_taken",
        r"Free memory on device.*?\((?P<free_gib>[\d.]+)/(?P<total_gib>[\d.]+) GiB\) on startup is"
        r" less than desired GPU memory utilization \((?P<share>[\d.]+), (?P<wanted_gib>[\d.]+)",
        "Another process uses the GPU: {free_gib} of {total_gib} GiB are free, and the engine is "
        "told to take {wanted_gib} GiB.",
        "End the other process, or lower --gpu-memory-utilization below {share}.",
        final=False,
    ),
    Cause(
        "memory_taken",
        r"Available memory on node \d+ \((?P<free_gib>[\d.]+)/(?P<total_gib>[\d.]+) GiB\) on"
        r" startup is less than desired CPU memory utilization \((?P<share>[\d.]+),"
        r" (?P<wanted_gib>[\d.]+)",
        "{free_gib} of {total_gib} GiB of memory are free, and the engine is told to take "
        "{wanted_gib} GiB.",
        "Set --kv-cache-memory-bytes, lower --gpu-memory-utilization, or end other processes.",
        final=False,
    ),
    Cause(
        "out_of_memory",
        r"Available memory on node \d+ \((?P<free_gib>[\d.]+)/[\d.]+ GiB\) on kv cache allocation"
        r" is less than requested memory for kv \((?P<wanted_gib>[\d.]+)",
        "The KV cache of {wanted_gib} GiB does not fit in the {free_gib} GiB of memory that are "
        "free.",
        "Lower --kv-cache-memory-bytes.",
    ),
    Cause(
        "out_of_memory",
        r"CUDA out of memory|CUDA error: out of memory|OutOfMemoryError|can't allocate memory"
        r"|Cannot allocate memory|\bMemoryError\b",
        "The memory ran out.",
        "Take a smaller or quantized model, lower --max-num-seqs or --max-model-len, or end other "
        "processes that use the memory.",
        final=False,
    ),
    Cause(
        "cache_damaged",
        r"marshal data too short|bad marshal data|EOF read where object expected"
        r"|in _compile_bytecode|pickle data was truncated|UnpicklingError"
        r"|EOFError: Ran out of input|BadZipFile|PytorchStreamReader failed",
        "A file among the engine's caches is damaged.",
        "If new caches do not help, set the engine up again: its packages may be damaged too.",
        final=False,
    ),
    Cause(
        "driver_too_old",
        r"driver on your system is too old|driver version is insufficient",
        "The NVIDIA driver is older than this vLLM needs.",
        "Update the driver.",
    ),
    Cause(
        "no_gpu",
        r"No CUDA GPUs are available|Found no NVIDIA driver|Failed to infer device type"
        r"|libcuda\.so|no CUDA-capable device|NVML Shared Library Not Found",
        "vLLM sees no GPU.",
        "Install the NVIDIA driver and, for Docker, the NVIDIA container toolkit, or take the "
        "CPU stack.",
    ),
    Cause(
        "card_unsupported",
        r"no kernel image is available for execution on the device",
        "This vLLM has no code for this GPU.",
        "Use a card that it supports, or the CPU stack (docker-compose.cpu.yml, make demo).",
    ),
    Cause(
        "too_few_gpus",
        r"World size \((?P<wanted>\d+)\) is larger than the number of available GPUs"
        r" \((?P<present>\d+)\)",
        "The engine is told to use {wanted} GPUs and sees {present}.",
        "Lower --tensor-parallel-size, or let it see more GPUs (CUDA_VISIBLE_DEVICES).",
    ),
    Cause(
        "too_few_gpus",
        r"invalid device ordinal",
        "The engine is told to use more GPUs than it sees.",
        "Lower --tensor-parallel-size or --data-parallel-size, or let it see more GPUs "
        "(CUDA_VISIBLE_DEVICES).",
    ),
    Cause(
        "unsupported_quantization",
        r"(?:quantization method (?P<quantization>\S+)|Quantization scheme)"
        r" is not supported for the current GPU",
        "This GPU cannot compute with the model's quantization.",
        f"Set {MODEL} to a checkpoint of another quantization or of none, and take "
        "--quantization out where a flag names it.",
    ),
    Cause(
        "unsupported_dtype",
        r"(?i:bfloat16) is only supported on GPUs with compute capability of at least"
        r" (?P<needed>[\d.]+\d)",
        "This GPU cannot compute in bfloat16.",
        "Set --dtype half.",
    ),
    Cause(
        "unsupported_dtype",
        r"torch\.(?P<dtype>\w+) is not supported for quantization method (?P<quantization>\w+)",
        "The quantization {quantization} cannot be computed in {dtype}.",
        "Set --dtype auto.",
    ),
    Cause(
        "missing_compiler",
        r"InvalidCxxCompiler|No working C\+\+ compiler|Failed to find C compiler",
        "Compiling the model needs a C++ compiler, and there is none.",
        "Install g++, or start without compiling: --enforce-eager.",
    ),
    Cause(
        "port_taken",
        r"Address already in use|address already in use",
        "The engine's port is taken by another process.",
        "End that process, or set WARMLINE_ENGINE_PORT to a free port.",
        final=False,
    ),
    Cause(
        "disk_full",
        r"No space left on device|Disk quota exceeded",
        "The disk is full.",
        "Free some space where the caches lie and start again.",
        final=False,
    ),
    *MODEL_CAUSES,
    Cause(
        "engine_broken",
        r"operator torchvision::nms does not exist|No module named '?(?P<module>[\w.]+)"
        r"|ImportError: ",
        "The engine's Python environment is broken: a package is missing or does not fit.",
        "Set the engine up again.",
    ),
    Cause(
        "invalid_setting",
        r"validation errors? for \w+\n(?P<setting>\w+)\n",
        "vLLM does not accept the value of its setting {setting}.",
        f"Correct it in {FLAGS} or in the profile.",
    ),
    Cause(
        "invalid_setting",
        r"validation errors? for (?P<config>\w+)",
        "vLLM does not accept its settings (checked by its {config}).",
        f"The log says which; correct {FLAGS} or the profile.",
    ),
    Cause(
        "start_failed",
        # the number of a signal from outside, where one ended the engine's process
        r"EngineCore failed to start|Engine core initialization failed"
        r"(?:.*Failed core proc\(s\): \{.*: -(?P<killed_by>9|15)\b)?",
        "vLLM could not start, for a cause that the launcher does not know.",
        "The end of its log says why.",
        final=False,
    ),
    Cause(
        "engine_died",
        r"EngineDeadError|died unexpectedly",
        "vLLM's engine died.",
        "If nobody ended it, the machine's memory may have run out: the end of the log says more.",
        final=False,
    ),
)
