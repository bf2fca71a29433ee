"""The table of causes, its rows about the model: its folder, its architecture, its hub."""

from __future__ import annotations

from backend.launcher.cause import MODEL, Cause

MODEL_CAUSES: tuple[Cause, ...] = (
    Cause(
        "model_folder_missing",
        r"HFValidationError: Repo id must be in the form|Repo id must use alphanumeric chars",
        f"{MODEL} is neither a folder that exists nor a hub id.",
        "Correct it: an existing model folder, or a name such as Qwen/Qwen3-4B-Instruct-2507.",
    ),
    Cause(
        "model_folder_incomplete",
        r"Invalid repository ID or local directory specified",
        f"{MODEL} has no config.json.",
        "Point it at a folder that holds a whole model: config.json, tokenizer and weights.",
    ),
    Cause(
        "model_folder_incomplete",
        r"Cannot find any model weights|Error while deserializing header|SafetensorError",
        f"{MODEL} has no weights, or weights that cannot be read.",
        "Fetch the model again: files are missing or were cut.",
    ),
    Cause(
        "unsupported_model",
        r"[Mm]odel architectures? \[?'?(?P<architecture>\w+).*? (?:are|is) not supported"
        r"|does not recognize this architecture",
        "This vLLM does not know the model's architecture.",
        f"Set {MODEL} to a model that this version of vLLM supports.",
    ),
    Cause(
        "models_folder_closed",
        r"PermissionError at .* when downloading"
        r"|\w+Error: \[Errno (?:13|30)\][^\n]*'[^'\n]*(?:huggingface|modelscope|models)",
        "The engine may not write in the models folder, or not read all of it.",
        "Give the folder to the engine's user. In Docker that is 2000:0, and a folder that Docker "
        "made itself for WARMLINE_MODELS_DIR belongs to root: chown -R 2000:0.",
    ),
    Cause(
        "model_gated",
        r"GatedRepoError|You are trying to access a gated repo\.",
        "The model hub gives this model only to accounts that were granted access.",
        "Accept its licence on the hub and set HF_TOKEN, or choose another model.",
    ),
    Cause(
        "model_not_found",
        r"RepositoryNotFoundError|is not a valid model identifier",
        "The model hub does not know this model, or does not show it to this account.",
        f"Check the spelling of {MODEL}; a private model needs HF_TOKEN.",
    ),
    Cause(
        "model_not_downloaded",
        r"outgoing traffic has been disabled",
        "The model is not on this machine, and asking the hub is switched off.",
        "Unset HF_HUB_OFFLINE for one start, or set WARMLINE_ENGINE_MODEL to a model folder.",
    ),
    Cause(
        "certificate_unknown",
        r"CERTIFICATE_VERIFY_FAILED",
        "The model hub's certificate is not trusted here: a proxy may open the connection.",
        "Name a file that holds the proxy's certificates in SSL_CERT_FILE, or use a model folder.",
    ),
    Cause(
        "no_network",
        r"We couldn't connect to|Name or service not known|Temporary failure in name resolution"
        r"|An error happened while trying to locate the file on the Hub|Network is unreachable",
        "The model hub cannot be reached.",
        "Check the network and the proxy, set HF_ENDPOINT to a mirror, or use a model folder.",
        final=False,
    ),
)
