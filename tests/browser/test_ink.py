"""The ink test: every status can be told from every other by its shape alone, in every way of showing the page.

Accessibility scanners do not see a missing shape; pixels do.
"""

from base64 import b64encode
from itertools import combinations

import pytest

from metrics.statuses import legend

pytestmark = pytest.mark.browser
LEAST_INK = 40
LEAST_DIFFERENCE = 40
MODES = {
    "light": ({"color_scheme": "light"}, ""),
    "dark": ({"color_scheme": "dark"}, ""),
    "greyscale": ({"color_scheme": "light"}, "html { filter: grayscale(1) }"),
    "without fills": (
        {"color_scheme": "light"},
        ".heat td a { background: #fff !important; border: 1px solid #000 !important; color: #000 !important }",
    ),
    "forced colours": ({"forced_colors": "active"}, ""),
}
# The 18 × 16 pixels in the middle of a cell, as brightness from 0 to 1; the cell's ground is a pixel beside the glyph.
READ = """async (pictures) => {
  const bright = (r, g, b) => {
    const linear = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  };
  const read = {};
  for (const [name, picture] of Object.entries(pictures)) {
    const image = new Image();
    image.src = "data:image/png;base64," + picture;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.width; canvas.height = image.height;
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const left = Math.round(image.width / 2) - 9, top = Math.round(image.height / 2) - 8;
    const data = context.getImageData(left, top, 18, 16).data;
    const side = context.getImageData(4, Math.round(image.height / 2), 1, 1).data;
    const pixels = [];
    for (let at = 0; at < data.length; at += 4) pixels.push([bright(data[at], data[at + 1], data[at + 2]), data[at]]);
    read[name] = { pixels, ground: bright(side[0], side[1], side[2]) };
  }
  return read;
}"""


def cells() -> str:
    """A heat map of one cell per status, in the page's own markup."""
    return "".join(
        f'<td><a class="{sign.cell}" id="cell-{at}" href="#"><svg class="glyph" width="16" height="16">'
        f'<use href="#g-{sign.glyph}"/></svg></a></td>'
        for at, sign in enumerate(legend())
    )


def ink(pixels: list, ground: float) -> int:
    """Pixels with a contrast of 3:1 or more to the cell's ground."""
    return sum((max(value, ground) + 0.05) / (min(value, ground) + 0.05) >= 3 for value, _ in pixels)


def difference(one: list, other: list) -> int:
    return sum(abs(a - b) > 64 for (_, a), (_, b) in zip(one, other, strict=True))


@pytest.mark.parametrize("mode", MODES)
def test_every_shape_is_visible_and_unlike_every_other(signed_in, mode):
    page = signed_in("acme-manager")
    media, style = MODES[mode]
    page.emulate_media(**media)
    page.goto("/?show=all")
    page.evaluate("(html) => { document.querySelector('.heat tbody tr:last-child').innerHTML = html }", cells())
    page.evaluate(
        "(css) => { const s = new CSSStyleSheet(); s.replaceSync(css); document.adoptedStyleSheets = [s] }",
        ".heat td a { width: 34px }" + style,
    )
    pictures = {sign.word: page.locator(f"#cell-{at}").screenshot() for at, sign in enumerate(legend())}
    read = page.evaluate(READ, {word: _text(picture) for word, picture in pictures.items()})

    faint = {word: ink(cell["pixels"], cell["ground"]) for word, cell in read.items()}
    assert {word: count for word, count in faint.items() if count < LEAST_INK} == {}
    alike = {
        (one, other): count
        for one, other in combinations(read, 2)
        if (count := difference(read[one]["pixels"], read[other]["pixels"])) < LEAST_DIFFERENCE
    }
    assert alike == {}


def _text(picture: bytes) -> str:
    return b64encode(picture).decode()


def test_without_styles_every_cell_still_has_its_word(signed_in):
    page = signed_in("acme-manager")
    page.goto("/?show=all")

    bare = page.evaluate("[...document.querySelectorAll('.heat td')].filter(e => !e.textContent.trim()).length")

    assert bare == 0
