"""The colours of a report can be told apart: WCAG 2.2, computed from the style sheet itself.

"1.4.3: The visual presentation of text and images of text has a contrast ratio of at least 4.5:1." "1.4.11: ... user
interface components and graphical objects ... at least 3:1."
"""

import re

import pytest

from tasks.report.writing import static_file

CSS = static_file("report.css").decode()
SHEETS = ("--paper", "--sheet")
TEXT = ("--ink", "--quiet", "--link", "--published", "--untouched", "--duplicate", "--quarantined")
GRAPHICS = ("--quiet", "--published", "--untouched", "--duplicate", "--quarantined", "--focus")


def variables(block: str) -> dict[str, str]:
    return dict(re.findall(r"(--[a-z-]+): (#[0-9a-f]{3,6})\b", block))


def themes() -> dict[str, dict[str, str]]:
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
    printed = re.findall(r"@media print \{\s*:root \{(.*?)\}", CSS, re.DOTALL)[0]
    return {
        "light": variables(light),
        "dark": variables(light) | variables(dark),
        "print": variables(light) | variables(printed),
    }


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour by the formula of WCAG 2.2, section "relative luminance"."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_formula_is_the_standard_one() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # the well-known grey just below 4.5


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_text_can_be_read(theme: str) -> None:
    colours = themes()[theme]
    pairs = [(text, sheet) for text in TEXT for sheet in SHEETS]
    pairs += [("--on-mat", "--mat"), ("--link", "--mat")]
    ratios = {(text, sheet): contrast(colours[text], colours[sheet]) for text, sheet in pairs}
    assert {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_bars_and_the_focus_can_be_seen(theme: str) -> None:
    colours = themes()[theme]
    ratios = {name: contrast(colours[name], colours["--paper"]) for name in GRAPHICS}
    ratios["focus on a picture's mat"] = contrast(colours["--focus"], colours["--mat"])
    assert {name: round(ratio, 2) for name, ratio in ratios.items() if ratio < 3.0} == {}


def test_numbers_on_regions_can_be_read() -> None:
    regions = re.findall(r"\.region-\d \{ color: (#[0-9a-f]{6}); \}", CSS)
    assert len(regions) == 6
    assert [colour for colour in regions if contrast(colour, "#ffffff") < 4.5] == []


def test_both_schemes_motion_and_paper_are_thought_of() -> None:
    for query in (
        "prefers-color-scheme: dark",
        "prefers-reduced-motion",
        "prefers-contrast: more",
        "print",
        "forced-colors",
    ):
        assert query in CSS
    assert "url(" not in CSS.replace('url("#tint")', "")
    assert "@import" not in CSS
