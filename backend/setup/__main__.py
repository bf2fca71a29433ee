"""`python -m backend.setup <command>`: one clear line on the wrong Python, else the commands.

This file has to parse on any Python that may be installed as `python3`.
"""

import sys

if sys.version_info[:2] != (3, 11):
    sys.exit(
        "Warmline needs Python 3.11, and this is %d.%d (%s): install Python 3.11, "  # noqa: UP031
        "or name it: make PYTHON=/path/to/python3.11 ..."
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )

if sys.platform == "win32":
    sys.exit(
        "Warmline runs on Linux. On Windows: make demo in WSL2, or, with Docker Desktop, "
        "docker compose -f docker-compose.yml -f docker-compose.cpu.yml up"
    )

if __name__ == "__main__":
    from backend.setup.commands import main

    sys.exit(main(sys.argv[1:]))
