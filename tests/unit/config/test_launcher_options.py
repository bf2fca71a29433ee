from __future__ import annotations

from dataclasses import MISSING, fields

from backend.launcher.options import Options, variable_name
from config.settings import LauncherSettings, Settings, variable

DEFAULTS = {
    option.name: None if option.default in (MISSING, ()) else option.default
    for option in fields(Options)
}


def test_the_settings_know_every_variable_that_the_launcher_reads() -> None:
    assert set(DEFAULTS) <= set(Settings.model_fields)


def test_the_settings_list_none_for_the_launcher_that_it_does_not_read() -> None:
    assert set(LauncherSettings.model_fields) <= set(DEFAULTS)


def test_both_have_the_same_defaults() -> None:
    for name, field in LauncherSettings.model_fields.items():
        assert field.get_default() == DEFAULTS[name]


def test_both_make_the_same_variables_of_their_fields() -> None:
    for name in DEFAULTS:
        assert variable_name(name) == variable(name)
