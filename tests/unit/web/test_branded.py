"""The branding in the page."""

from __future__ import annotations

from backend.web.branded import description_tag, splash, style
from config.branding import InBoth, load_branding

BRANDING = load_branding()


def test_the_style_sheet_has_the_colours_of_both_themes() -> None:
    light, dark = style(BRANDING).split("html.dark{")
    assert "--background:36.0 38.5% 97.5%;" in light
    assert "--background:25.7 17.9% 7.6%;" in dark


def test_the_footer_is_there_in_both_languages() -> None:
    sheet = style(BRANDING)
    assert f'html{{--wl-footer:"{BRANDING.footer.en}"}}' in sheet
    assert f'html[lang="zh-CN"]{{--wl-footer:"{BRANDING.footer.zh_cn}"}}' in sheet


def test_a_footer_cannot_leave_the_style_sheet() -> None:
    footer = InBoth.model_validate({"en": '"}</style><b>', "zh-CN": "\\"})
    sheet = style(BRANDING.model_copy(update={"footer": footer}))
    assert sheet.count("<") == 2
    assert r'--wl-footer:"\22 }\3c /style\3e \3c b\3e "' in sheet


def test_the_first_picture_has_mark_and_name_below_a_sub_path() -> None:
    picture = splash(BRANDING, "/chat")
    assert 'src="/chat/public/favicon.svg"' in picture
    assert "<span>Warmline</span>" in picture


def test_what_the_page_is_about_is_said_in_its_language() -> None:
    assert BRANDING.description.zh_cn in description_tag(BRANDING, "zh-CN")
