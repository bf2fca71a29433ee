"""The very first `make demo`, on a machine where nothing is installed."""

from __future__ import annotations

from backend.setup.layout import Layout
from tests.unit.setup.conftest import ColdStart
from tests.unit.setup.toy import ToyProject
from tests.unit.setup.watching import lines_with


def test_the_chat_can_be_opened_before_the_engine_is_installed(cold_start: ColdStart) -> None:
    (opened,) = lines_with(cold_start.log, "Open http://127.0.0.1:")
    (installed,) = lines_with(cold_start.log, "[2/3] The engine: done")
    assert opened < installed


def test_the_steps_are_counted_at_the_terminal(cold_start: ColdStart) -> None:
    done = [line for line in cold_start.log if line.endswith(": done")]
    assert done == ["[1/3] The chat: done", "[2/3] The engine: done", "[3/3] The model: done"]


def test_installing_is_a_phase_seen_on_the_status_page(cold_start: ColdStart) -> None:
    *installing, last = cold_start.pages
    assert {page["phase"] for page in installing} <= {"starting", "downloading"}
    details = "\n".join(page["detail"] for page in installing)
    assert "Installing the engine" in details
    assert last["phase"] == "serving", "the launcher's page follows on the same port"


def test_the_progress_of_an_installation_never_goes_back(cold_start: ColdStart) -> None:
    progress = [page["progress"] for page in cold_start.pages if page["phase"] == "downloading"]
    assert progress == sorted(progress)
    assert 0.2 <= progress[0] < progress[-1] <= 0.6, "the chat was the first of three steps"


def test_stopped_by_ctrl_c_it_ends_well(cold_start: ColdStart) -> None:
    assert cold_start.exit_status == 0


def test_the_model_is_made_in_its_place_and_its_traces_are_gone(project: ToyProject) -> None:
    layout = Layout(project.root)
    assert (layout.model / "config.json").read_text() == "weights"
    assert list((layout.home / "tmp").iterdir()) == []


def test_everything_lies_under_one_folder(project: ToyProject) -> None:
    toys = {"wheels", "requirements", "backend"}
    toys |= {f"{name}.{kind}" for name in ("chat", "launcher") for kind in ("pid", "environ")}
    assert {path.name for path in project.root.iterdir()} - toys == {".warmline"}


def test_the_chat_is_told_where_the_engine_is_and_not_the_hubs_token(project: ToyProject) -> None:
    chat = project.environ("chat")
    assert chat["WARMLINE_ENGINE_URL"] == f"http://127.0.0.1:{project.engine_port}/v1"
    assert chat["WARMLINE_STATUS_URL"] == f"http://127.0.0.1:{project.status_port}/status"
    assert "HF_TOKEN" not in chat


def test_the_launcher_gets_the_model_and_the_token_and_works_outside_the_project(
    project: ToyProject,
) -> None:
    layout = Layout(project.root)
    launcher = project.environ("launcher")
    assert launcher["WARMLINE_ENGINE_MODEL"] == str(layout.model)
    assert launcher["HF_TOKEN"] == "hf_secret"
    assert layout.log_file("vllm").read_text().startswith(f"{layout.run}\n")
