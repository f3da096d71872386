#!/usr/bin/env python3
"""Makes the demo's messy Downloads folder, its file times and the true list of its receipts.

    python3 -m venv V && V/bin/pip install pillow==13.0.0 reportlab==5.1.0
    V/bin/python make_downloads.py

With these versions every run writes the same bytes: chance comes from seeds, and dates from the tables below.
All people, shops, cameras and numbers are invented.

Order of this file: output, pictures, PDF, receipts, other files, main.
"""

import io
import json
import math
import os
import shutil
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from html import escape
from pathlib import Path
from random import Random
from typing import Callable

from PIL import ExifTags, Image, ImageDraw, ImageFilter, ImageFont, ImageOps
from reportlab import rl_config
from reportlab.lib.pagesizes import A4, A5
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

DEMO = Path(__file__).resolve().parent
DOWNLOADS = DEMO / "downloads"
MODIFIED = DEMO / "modified.tsv"
TRUTH = DEMO.parents[2] / "tests" / "data" / "demo-receipts.json"

# Plain Flate streams: many text extractors cannot read reportlab's default, ASCII85 around Flate.
rl_config.useA85 = 0


# ---------------------------------------------------------------- output

@dataclass
class File:
    content: bytes
    saved: datetime


Files = dict[str, File]


def chance(name: str, below: int) -> int:
    """A number that looks random but depends on the name alone."""
    return zlib.crc32(name.encode()) % below


def saved_on(day: date, name: str) -> datetime:
    """A time of day between 07:00 and 21:59 UTC, so that files do not all share one clock time.
    A screenshot whose name tells the time brings its own."""
    if isinstance(day, datetime):
        return day.replace(tzinfo=timezone.utc)
    seconds = chance(name, 15 * 3600)
    return datetime.combine(day, time(7), timezone.utc) + timedelta(seconds=seconds)


def add(files: Files, path: str, day: date, content: bytes | str) -> None:
    assert path not in files, path
    data = content.encode() if isinstance(content, str) else content
    files[path] = File(data, saved_on(day, path))


def write_downloads(files: Files) -> None:
    shutil.rmtree(DOWNLOADS, ignore_errors=True)
    for path, file in files.items():
        target = DOWNLOADS / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)
        os.utime(target, (file.saved.timestamp(),) * 2)


def write_modified(files: Files) -> None:
    """git keeps no file times: whoever copies the folder sets them from this list."""
    lines = [f"{path}\t{files[path].saved:%Y-%m-%dT%H:%M:%SZ}\n" for path in sorted(files)]
    MODIFIED.write_text("".join(lines), encoding="utf-8", newline="\n")


def write_truth(receipts: "list[Receipt]") -> None:
    rows = [
        {"path": r.path, "vendor": r.vendor, "date": r.day.isoformat(), "total": euros(r.total, thousands="")}
        for r in sorted(receipts, key=lambda r: r.path)
    ]
    lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)
    TRUTH.parent.mkdir(parents=True, exist_ok=True)
    TRUTH.write_text(f"[\n{lines}\n]\n", encoding="utf-8", newline="\n")


# ---------------------------------------------------------------- pictures

Size = tuple[int, int]
WIDE, TALL = (640, 480), (480, 640)


@dataclass
class Scene:
    sky: tuple[str, str]  # top, horizon
    sun: str
    ridges: tuple[str, str]  # farthest, nearest
    ground: str  # sea, trees, city or none


SCENES = {
    "sunset": Scene(("#2b3a67", "#f6a560"), "#fff0c0", ("#a8657a", "#3b2a4a"), "sea"),
    "beach": Scene(("#3f8fd0", "#d6ecf5"), "#fffbe6", ("#7fa9b8", "#4f7f8c"), "sea"),
    "alps": Scene(("#5b93c9", "#e9f0f4"), "#ffffff", ("#a9bccb", "#3f5a57"), "trees"),
    "forest": Scene(("#9cc3c9", "#f2e6c4"), "#fff6d5", ("#8fae9b", "#1f3d2b"), "trees"),
    "dunes": Scene(("#6fa5cf", "#f7dfb8"), "#fffdf0", ("#e0b883", "#b0763c"), "none"),
    "city": Scene(("#0f1733", "#5a4a78"), "#f5f1dc", ("#3a3560", "#1c1b38"), "city"),
    "winter": Scene(("#7f9fc4", "#f5e9ec"), "#fff4e0", ("#c9d6e4", "#f2f5f8"), "trees"),
}


def mix(first: tuple, second: tuple, share: float) -> tuple:
    return tuple(round(a + (b - a) * share) for a, b in zip(first, second))


def rgb(colour: str) -> tuple:
    return tuple(bytes.fromhex(colour[1:]))


def ridge(rng: Random, width: int, base: float, height: float) -> list[float]:
    """One mountain line: a few waves of falling size and random phase."""
    waves = [(height / n, n * rng.uniform(1.5, 3.5) * math.pi / width, rng.uniform(0, 6.3)) for n in (1, 2, 4, 9)]
    return [base - sum(a * (1 + math.sin(f * x + p)) / 2 for a, f, p in waves) for x in range(width + 1)]


def draw_sun(image: Image.Image, rng: Random, colour: str) -> tuple[float, float]:
    width, height = image.size
    x, y, radius = width * rng.uniform(0.25, 0.75), height * rng.uniform(0.22, 0.42), height * 0.045
    glow = round(height * 0.5)
    # The gradient is 180 at the middle of its sides: from there outwards the glow must be gone, or its square shows.
    fade = Image.radial_gradient("L").point(lambda v: max(0, 180 - v) ** 2 // 200).resize((2 * glow, 2 * glow))
    image.paste(Image.new("RGB", fade.size, colour), (round(x) - glow, round(y) - glow), fade)
    ImageDraw.Draw(image).ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return x, y


def draw_ridges(image: Image.Image, rng: Random, scene: Scene) -> list[float]:
    """Draws the lines from far to near, and returns the nearest for things to stand on."""
    width, height = image.size
    draw, count, line = ImageDraw.Draw(image), 4, []
    for step in range(count):
        line = ridge(rng, width, height * (0.62 + 0.09 * step), height * (0.16 - 0.02 * step))
        colour = mix(rgb(scene.ridges[0]), rgb(scene.ridges[1]), step / (count - 1))
        draw.polygon([*enumerate(line), (width, height), (0, height)], fill=colour)
    return line


def draw_sea(image: Image.Image, rng: Random, scene: Scene, sun_x: float) -> None:
    width, height = image.size
    top = round(height * 0.68)
    water = ImageOps.colorize(Image.linear_gradient("L"), rgb(scene.sky[1]), rgb(scene.sky[0]))
    image.paste(water.resize((width, height - top)), (0, top))
    draw = ImageDraw.Draw(image)
    for _ in range(260):  # glitter: denser below the sun, longer towards the viewer
        y = rng.uniform(top, height)
        spread = 20 + (y - top) * 0.9
        x, length = rng.gauss(sun_x, spread), 4 + (y - top) * 0.12 * rng.random()
        draw.line((x - length, y, x + length, y), fill=scene.sun, width=2)


def draw_trees(image: Image.Image, rng: Random, line: list[float], colour: str) -> None:
    draw, (width, height) = ImageDraw.Draw(image), image.size
    dark = mix(rgb(colour), (10, 25, 20), 0.55)
    for _ in range(70):
        x, tall = rng.randrange(width), height * rng.uniform(0.05, 0.14)
        foot = line[x] + rng.uniform(0, height * 0.18)
        for part in range(3):
            tip, half = foot - tall + part * tall * 0.22, tall * (0.13 + 0.06 * part)
            draw.polygon([(x, tip), (x - half, tip + tall * 0.4), (x + half, tip + tall * 0.4)], fill=dark)


def draw_city(image: Image.Image, rng: Random) -> None:
    draw, (width, height), x = ImageDraw.Draw(image), image.size, 0
    while x < width:
        wide, top = rng.randrange(50, 130), height * rng.uniform(0.45, 0.8)
        draw.rectangle((x, top, x + wide, height), fill=mix((18, 18, 34), (44, 42, 70), rng.random()))
        for wy in range(round(top) + 16, height - 10, 30):
            for wx in range(x + 10, x + wide - 14, 24):
                if rng.random() < 0.4:
                    draw.rectangle((wx, wy, wx + 10, wy + 14), fill=rng.choice(["#ffd98a", "#ffe9b8", "#c9d8ff"]))
        x += wide + rng.randrange(0, 12)


def landscape(name: str, scene_name: str, size: Size) -> Image.Image:
    """Drawn at twice the size and scaled down, which smooths the edges."""
    rng, scene = Random(name), SCENES[scene_name]
    big = (size[0] * 2, size[1] * 2)
    image = ImageOps.colorize(Image.linear_gradient("L"), rgb(scene.sky[0]), rgb(scene.sky[1])).resize(big)
    sun_x, _ = draw_sun(image, rng, scene.sun)
    line = draw_ridges(image, rng, scene)
    if scene.ground == "sea":
        draw_sea(image, rng, scene, sun_x)
    elif scene.ground == "trees":
        draw_trees(image, rng, line, scene.ridges[1])
    elif scene.ground == "city":
        draw_city(image, rng)
    return image.resize(size, Image.Resampling.LANCZOS)


def with_grain(image: Image.Image, name: str) -> Image.Image:
    """Sensor noise, slightly blurred so that the JPEG stays small."""
    width, height = image.size
    noise = Image.frombytes("L", image.size, Random(name).randbytes(width * height))
    noise = noise.filter(ImageFilter.GaussianBlur(0.6)).convert("RGB")
    return Image.blend(image, noise, 0.06)


CAMERAS = {
    "phone": ("Halden", "Halden M5"),
    "compact": ("LUMORA", "LUMORA C-30"),
    "mirrorless": ("Veyra Optical Co.", "VEYRA V2"),
}


# What cameras write besides: 72 dots per inch, upright, version, colour space sRGB.
EXIF_MAIN = {"XResolution": 72.0, "YResolution": 72.0, "ResolutionUnit": 2, "YCbCrPositioning": 1, "Orientation": 1}
EXIF_INNER = {"ExifVersion": b"0232", "FlashPixVersion": b"0100", "ColorSpace": 1}


def exif(size: Size, taken: datetime, camera: str, edited: datetime | None = None) -> Image.Exif:
    """Both byte orders occur in the wild: the compact writes little-endian, the others big-endian.
    An edited picture has a later DateTime; only DateTimeOriginal says when it was taken."""
    block = Image.Exif()
    block.endian = "<" if camera == "compact" else ">"
    tag, stamp = ExifTags.Base, "%Y:%m:%d %H:%M:%S"
    block[tag.Make], block[tag.Model] = CAMERAS[camera]
    block[tag.DateTime] = (edited or taken).strftime(stamp)
    inner = block.get_ifd(ExifTags.IFD.Exif)
    inner[tag.DateTimeOriginal] = inner[tag.DateTimeDigitized] = taken.strftime(stamp)
    inner[tag.ExifImageWidth], inner[tag.ExifImageHeight] = size
    block.update({tag[name]: value for name, value in EXIF_MAIN.items()})
    inner.update({tag[name]: value for name, value in EXIF_INNER.items()})
    return block


def jpeg(name: str, scene: str, size: Size, block: Image.Exif | None) -> bytes:
    out = io.BytesIO()
    extra = {"exif": block} if block else {}
    with_grain(landscape(name, scene, size), name).save(out, "JPEG", quality=70, **extra)
    return out.getvalue()


def png(image: Image.Image, block: Image.Exif | None = None) -> bytes:
    """A palette keeps a drawn PNG small."""
    out = io.BytesIO()
    extra = {"exif": block} if block else {}
    image.quantize(256, dither=Image.Dither.NONE).save(out, "PNG", optimize=True, **extra)
    return out.getvalue()


# name, scene, size, taken, camera (None: no EXIF, the date is when it was saved), edited
PHOTOS = [
    ("IMG_2043.JPG", "sunset", WIDE, "2024-06-21 21:14:07", "phone", None),
    ("from phone/IMG_2044.JPG", "sunset", TALL, "2024-06-21 21:15:40", "phone", None),
    ("plage été.jpg", "beach", WIDE, "2024-08-03 15:32:18", "compact", None),
    ("DSC 0192.jpeg", "alps", WIDE, "2024-09-14 10:05:51", "mirrorless", None),
    ("P1030417.JPG", "winter", WIDE, "2024-12-26 11:47:29", "compact", None),
    ("20250118_164205.jpg", "winter", WIDE, "2025-01-18 16:42:05", "phone", None),
    ("Sonnenuntergang über dem See.jpg", "sunset", WIDE, "2025-05-30 20:58:33", "mirrorless", "2025-06-08 19:20:00"),
    ("photo (12).jpg", "beach", TALL, "2025-07-19 13:08:44", "phone", None),
    ("IMG_2790.jpg", "forest", WIDE, "2025-10-05 09:26:12", "phone", None),
    ("DCIM_backup_0007", "city", WIDE, "2026-02-14 19:51:03", "compact", None),
    ("from phone/高尾山.jpg", "alps", WIDE, "2026-04-11 08:17:56", "phone", None),
    ("DSC 0207.jpeg", "dunes", WIDE, "2026-07-02 18:39:21", "mirrorless", "2026-07-11 22:04:10"),
    ("IMG-WA0031.jpg", "forest", WIDE, "2025-03-22 12:00:00", None, None),
    ("signal-attachment.jpg", "city", TALL, "2025-12-31 12:00:00", None, None),
]

PNG_PHOTOS = [
    ("edited_mountain.png", "alps", (480, 320), "2024-10-19 14:22:36", "mirrorless", "2024-11-02 17:40:05"),
    ("panorama lake.png", "sunset", (640, 240), "2025-02-08 17:11:49", "mirrorless", None),
    ("Bild 4.png", "forest", (400, 300), "2025-08-24 07:48:02", "compact", None),
    ("dunes_crop.png", "dunes", (360, 360), "2026-05-17 19:05:14", "phone", None),
]


def photo_exif(size: Size, taken: str, camera: str | None, edited: str | None) -> Image.Exif | None:
    if camera is None:
        return None
    return exif(size, datetime.fromisoformat(taken), camera, datetime.fromisoformat(edited) if edited else None)


def add_photos(files: Files) -> None:
    """A picture reaches Downloads up to 25 days after it was edited or taken, so file time and EXIF differ."""
    for name, scene, size, taken, camera, edited in PHOTOS + PNG_PHOTOS:
        block = photo_exif(size, taken, camera, edited)
        day = datetime.fromisoformat(edited or taken).date() + timedelta(days=1 + chance(name, 25))
        is_png = name.endswith(".png")
        add(files, name, day, png(landscape(name, scene, size), block) if is_png else jpeg(name, scene, size, block))


def screenshot(title: str, lines: list[str]) -> bytes:
    image = Image.new("RGB", (640, 400), "#dfe3ea")
    draw = ImageDraw.Draw(image)
    draw.rectangle((30, 24, 610, 376), fill="white", outline="#9aa3b2")
    draw.rectangle((30, 24, 610, 54), fill="#3d4f6b")
    draw.text((44, 31), title, fill="white", font=ImageFont.load_default(15))
    for row, line in enumerate(lines):
        draw.text((54, 76 + row * 28), line, fill="#222831", font=ImageFont.load_default(16))
    return png(image)


def bar_chart(title: str, bars: dict[str, int]) -> bytes:
    image = Image.new("RGB", (560, 360), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(14)
    draw.text((30, 16), title, fill="black", font=ImageFont.load_default(18))
    for index, (label, value) in enumerate(bars.items()):
        x = 50 + index * 80
        draw.rectangle((x, 310 - value * 2, x + 50, 310), fill="#4a7fb5")
        draw.text((x + 8, 318), label, fill="black", font=font)
        draw.text((x + 14, 290 - value * 2), str(value), fill="black", font=font)
    return png(image)


def add_screenshots(files: Files) -> None:
    add(files, "Screenshot 2026-03-02 at 09.41.12.png", datetime(2026, 3, 2, 8, 41, 12), screenshot(
        "Settings - Backup", ["Last backup: yesterday, 22:10", "Destination: shelf-disk", "Next run: tonight"]))
    add(files, "Bildschirmfoto 2025-09-17 um 18.02.33.png", datetime(2025, 9, 17, 16, 2, 33), screenshot(
        "Chorliste", ["Sopran   14", "Alt   11", "Tenor   6", "Bass   8"]))
    add(files, "chart.png", date(2024, 7, 9), bar_chart(
        "Rainfall in mm", {"Jan": 62, "Feb": 48, "Mar": 55, "Apr": 41, "May": 73, "Jun": 80}))


# ---------------------------------------------------------------- PDF

def new_pdf(out: io.BytesIO, size: Size, day: date, title: str, compress: bool) -> Canvas:
    """invariant fixes the document's id; the formatter puts its real day in place of reportlab's fixed one."""
    pdf = Canvas(out, pagesize=size, invariant=1, pageCompression=int(compress))
    pdf.setTitle(title)
    pdf.setDateFormatter(lambda *_: f"D:{day:%Y%m%d}090000Z")
    return pdf


def finish(pdf: Canvas, out: io.BytesIO) -> bytes:
    pdf.showPage()
    pdf.save()
    return out.getvalue()


def paragraph(pdf: Canvas, line: str, y: float) -> float:
    """'# ' is a heading, '- ' a list item; returns the next line's height."""
    font, size, text, left = "Helvetica", 10.5, line, 25 * mm
    if line.startswith("# "):
        font, size, text = "Helvetica-Bold", 15, line[2:]
    elif line.startswith("- "):
        text, left = "\u2022 " + line[2:], 30 * mm
    pdf.setFont(font, size)
    for part in simpleSplit(text, font, size, 185 * mm - left):
        pdf.drawString(left, y, part)
        y -= size * 1.4
    return y - size * 0.5


def document(text: str, day: date) -> bytes:
    """Pages are parted by a line '---'."""
    out = io.BytesIO()
    pages = text.strip().split("\n---\n")
    pdf = new_pdf(out, A4, day, pages[0].splitlines()[0].removeprefix("# "), compress=True)
    for number, page in enumerate(pages):
        if number:
            pdf.showPage()
        y = A4[1] - 30 * mm
        for line in page.splitlines():
            y = paragraph(pdf, line, y)
    return finish(pdf, out)


# ---------------------------------------------------------------- receipts

@dataclass
class Receipt:
    """Items are (text, cents). With net prices VAT is added to them, else it is part of what is left to pay."""
    path: str
    vendor: str
    word: str  # the line that says what this is
    day: date
    date_label: str
    date_form: str  # iso, dots or words
    total_label: str
    amount_form: str  # plain, EUR or sign
    items: list[tuple[str, int]]
    vat_rate: int
    layout: "Callable[[Receipt], bytes]"
    address: str
    closing: str
    net_prices: bool = False
    discount: int = 0

    @property
    def subtotal(self) -> int:
        return sum(cents for _, cents in self.items)

    @property
    def total(self) -> int:
        left = self.subtotal - self.discount
        return left + (left * self.vat_rate + 50) // 100 if self.net_prices else left

    @property
    def net(self) -> int:
        with_vat = 100 + self.vat_rate
        return self.subtotal - self.discount if self.net_prices else (self.total * 100 + with_vat // 2) // with_vat

    def date_line(self) -> str:
        # Written out by hand: strftime's %B depends on the locale, and it pads days.
        month = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                 "November", "December"][self.day.month - 1]
        forms = {"iso": self.day.isoformat(), "dots": f"{self.day:%d.%m.%Y}",
                 "words": f"{self.day.day} {month} {self.day.year}"}
        return f"{self.date_label} {forms[self.date_form]}"

    def total_amount(self) -> str:
        return {"plain": "", "EUR": "EUR ", "sign": "€"}[self.amount_form] + euros(self.total)

    def tax_rows(self) -> list[tuple[str, str]]:
        """Amounts that are not the total, and stand before it."""
        rows = []
        if self.net_prices or self.discount:
            rows.append(("Subtotal", euros(self.subtotal)))
        if self.discount:
            rows.append(("Discount", "-" + euros(self.discount)))
        if not self.net_prices:
            rows.append(("Net", euros(self.net)))
        return [*rows, (f"VAT {self.vat_rate}%", euros(self.total - self.net))]

    def rows(self) -> list[tuple[str, str]]:
        return [(text, euros(cents)) for text, cents in self.items]


def euros(cents: int, thousands: str = ",") -> str:
    return f"{cents // 100:,}".replace(",", thousands) + f".{cents % 100:02}"


def text_till(r: Receipt) -> bytes:
    """A till slip, 40 characters wide."""
    def row(pair: tuple[str, str]) -> str:
        return f"{pair[0]:<28}{pair[1]:>12}"
    lines = [r.vendor.center(40).rstrip(), r.address.center(40).rstrip(), "", r.word, r.date_line(), "-" * 40,
             *map(row, r.rows()), "-" * 40, *map(row, r.tax_rows()), "=" * 40,
             row((r.total_label, r.total_amount())), "", r.closing]
    return ("\n".join(lines) + "\n").encode()


def text_mail(r: Receipt) -> bytes:
    """An invoice written as a message."""
    lines = [r.vendor, r.address, "", r.word, r.date_line(), "", "We charge you for:",
             *(f"  - {text}: {amount}" for text, amount in r.rows()), "",
             *(f"{label} {amount}" for label, amount in r.tax_rows()),
             f"{r.total_label} {r.total_amount()}", "", r.closing]
    return ("\n".join(lines) + "\n").encode()


def html_page(r: Receipt, style: str, body: list[str]) -> bytes:
    head = ["<!DOCTYPE html>", "<html>", "<head>", '<meta charset="utf-8">', f"<title>{escape(r.vendor)}</title>",
            f"<style>{style}</style>", "</head>", "<body>", f"<h1>{escape(r.vendor)}</h1>"]
    return ("\n".join([*head, *body, "</body>", "</html>"]) + "\n").encode()


def html_table(r: Receipt) -> bytes:
    def row(pair: tuple[str, str], cell: str = "td") -> str:
        return f"<tr><{cell}>{escape(pair[0])}</{cell}><{cell}>{pair[1]}</{cell}></tr>"
    return html_page(r, "body{font-family:sans-serif;max-width:40em;margin:2em auto} td+td,th+th{text-align:right}", [
        f"<p>{r.address}</p>", f"<h2>{r.word}</h2>", f"<p>{r.date_line()}</p>", "<table>", *map(row, r.rows()),
        *map(row, r.tax_rows()), row((r.total_label, r.total_amount()), "th"), "</table>", f"<p>{r.closing}</p>"])


def html_mail(r: Receipt) -> bytes:
    return html_page(r, "body{font-family:Georgia,serif;background:#f4f4f0;padding:2em} .sum{font-size:1.3em}", [
        f"<p>{r.word}<br>{r.date_line()}</p>", "<ul>",
        *(f"<li>{escape(text)}: {amount}</li>" for text, amount in r.rows()), "</ul>",
        "<p>" + "<br>".join(f"{label} {amount}" for label, amount in r.tax_rows()) + "</p>",
        f'<p class="sum"><strong>{r.total_label}</strong> {r.total_amount()}</p>',
        f"<p>{r.closing}</p>", f"<footer>{r.address}</footer>"])


def pdf_row(pdf: Canvas, pair: tuple[str, str], y: float, left: float, right: float) -> None:
    pdf.drawString(left, y, pair[0])
    pdf.drawRightString(right, y, pair[1])


def pdf_slip(r: Receipt) -> bytes:
    """A slip of 80 mm paper. As in every PDF here, label and total are one string: a reader by order finds them."""
    out, width, height = io.BytesIO(), 80 * mm, (70 + 6 * len(r.items)) * mm
    pdf = new_pdf(out, (width, height), r.day, r.vendor, compress=True)
    pdf.setFont("Helvetica-Bold", 12)
    pdf.drawCentredString(width / 2, height - 12 * mm, r.vendor)
    pdf.setFont("Helvetica", 8)
    y = height - 17 * mm
    for line in (r.address, r.word, r.date_line()):
        pdf.drawCentredString(width / 2, y, line)
        y -= 4.5 * mm
    for pair in r.rows() + r.tax_rows():
        y -= 4.5 * mm
        pdf_row(pdf, pair, y, 8 * mm, width - 8 * mm)
    pdf.line(8 * mm, y - 2 * mm, width - 8 * mm, y - 2 * mm)
    pdf.setFont("Helvetica-Bold", 11)
    pdf.drawRightString(width - 8 * mm, y - 8 * mm, f"{r.total_label} {r.total_amount()}")
    pdf.setFont("Helvetica", 8)
    pdf.drawCentredString(width / 2, y - 15 * mm, r.closing)
    return finish(pdf, out)


def pdf_sheet(r: Receipt, size: Size, compress: bool) -> bytes:
    out, (width, height) = io.BytesIO(), size
    left, right = 20 * mm, width - 20 * mm
    pdf = new_pdf(out, size, r.day, r.vendor, compress)
    pdf.setFont("Helvetica-Bold", 17)
    pdf.drawString(left, height - 22 * mm, r.vendor)
    pdf.setFont("Helvetica", 9)
    pdf.drawString(left, height - 28 * mm, r.address)
    pdf.line(left, height - 32 * mm, right, height - 32 * mm)
    pdf.setFont("Helvetica-Bold", 12)
    pdf.drawString(left, height - 45 * mm, r.word)
    pdf.setFont("Helvetica", 10)
    pdf.drawString(left, height - 51 * mm, r.date_line())
    y = height - 66 * mm
    for pair in r.rows() + r.tax_rows():
        pdf_row(pdf, pair, y, left, right)
        y -= 6.5 * mm
    pdf.setFont("Helvetica-Bold", 12)
    pdf.drawRightString(right, y - 3 * mm, f"{r.total_label} {r.total_amount()}")
    pdf.setFont("Helvetica", 9)
    pdf.drawString(left, y - 18 * mm, r.closing)
    return finish(pdf, out)


def pdf_a4(r: Receipt) -> bytes:
    return pdf_sheet(r, A4, compress=True)


def pdf_a5_plain(r: Receipt) -> bytes:
    """Uncompressed: the text can be read in the raw file."""
    return pdf_sheet(r, A5, compress=False)


RECEIPTS = [
    Receipt("Quittung Bäckerei Müller.txt", "Bäckerei Müller", "Quittung / Rechnung Nr. 4471", date(2026, 3, 14),
            "Datum:", "dots", "TOTAL EUR", "plain",
            [("6 Brötchen", 360), ("Roggenbrot 750 g", 490), ("2 Croissant", 390)], 7, text_till,
            "Lindenstraße 8, Neuhofen", "Bar 20.00   Zurück 7.60"),
    Receipt("receipt_parking.txt", "Parkhaus Ostwall", "Receipt 0093-118", date(2025, 11, 8),
            "Date:", "iso", "Total:", "sign", [("Parking 5 h 12 min", 1250), ("Charging point", 200)], 19, text_till,
            "Ostwall 40, Neuhofen", "Paid by card"),
    Receipt("Untitled 3.txt", "Funk-Taxi Nordring", "Receipt for a taxi ride, car 27", date(2026, 2, 2),
            "Issued on", "words", "Amount due:", "EUR",
            [("Ride, 14 km", 3340), ("Waiting time", 320), ("Luggage", 200)], 7, text_mail,
            "Nordring 112, Neuhofen", "Thank you for riding with us."),
    Receipt("order-40118.txt", "Papier & Feder Bürobedarf", "Invoice 40118", date(2025, 6, 23),
            "Invoice date:", "iso", "Grand total:", "EUR",
            [("5 x copy paper A4", 2395), ("Toner black", 8650), ("Desk lamp", 4990)], 19, text_mail,
            "Am Speicher 3, Altenfurt", "Payable within 14 days. VAT ID DE 000 000 000.", net_prices=True),
    Receipt("New folder/Kassenbon Drogerie.txt", "Drogerie Salbei", "Kassenbon, gilt als Rechnung",
            date(2025, 1, 30), "Datum:", "dots", "TOTAL EUR", "plain",
            [("Sonnenmilch LSF 30", 895), ("Zahncreme 2 St.", 390), ("Batterien AA", 1050), ("Handcreme", 650)],
            19, text_till, "Marktplatz 2, Altenfurt", "EC-Karte 27.85", discount=200),
    Receipt("mail (copy).txt", "Gasthof Zur Alten Fähre", "Invoice for room 12", date(2025, 9, 21),
            "Issued on", "words", "Amount due:", "EUR",
            [("4 nights, double room", 51200), ("Breakfast, 4 x 2", 11600), ("Bicycle shed", 2050)], 7, text_mail,
            "Fährweg 1, Niederau", "We look forward to seeing you again."),
    Receipt("領収書.html", "Teehaus Sakura 桜", "Receipt / 領収書", date(2026, 5, 9),
            "Date:", "iso", "Total:", "sign",
            [("Sencha 100 g", 1480), ("Matcha 30 g", 2190), ("Tea bowl & whisk", 950)], 7, html_table,
            "Kirchgasse 17, Neuhofen", "Paid in cash: 50.00, change 3.80"),
    Receipt("download(3).html", "Nimbora Cloud", "Invoice NC-77120", date(2026, 1, 31),
            "Invoice date:", "iso", "Amount due:", "EUR",
            [("Virtual machine, 744 h", 3600), ("Object storage, 210 GB", 840), ("Traffic, 55 GB", 550)], 19, html_mail,
            "Nimbora Cloud GmbH, Hafenkai 5, Altenfurt", "Collected by direct debit.", net_prices=True),
    Receipt("Your receipt from Velotto.html", "Velotto Bike Rental", "Your receipt: Receipt 5-3091",
            date(2025, 7, 19), "Issued on", "words", "Total:", "sign",
            [("2 touring bikes, 1 day", 5000), ("Child seat", 600), ("Helmets", 400)], 19, html_mail,
            "Velotto, Seepromenade 9, Niederau", "Ride safely!", discount=600),
    Receipt("online-invoice.html", "Elektro Kranich", "Invoice 2024/5512", date(2024, 11, 29),
            "Invoice date:", "iso", "Grand total:", "plain",
            [("Laptop 14 inch, 32 GB", 114900), ("Docking station", 8900), ("Delivery", 1100)], 19, html_table,
            "Industriestraße 60, Altenfurt", "All amounts in EUR. Warranty 24 months."),
    Receipt("print.htm", "Rheintal Regionalbahn", "Online ticket and receipt: Receipt RR-20931", date(2026, 4, 6),
            "Date:", "dots", "TOTAL EUR", "plain",
            [("2 x single Neuhofen - Altenfurt", 7960), ("2 x seat", 980), ("Bicycle", 820)], 7, html_table,
            "Bahnhofplatz 1, Neuhofen", "Valid with photo identity card.", discount=1000),
    Receipt("scan0007.pdf", "Ristorante Il Pozzo", "Receipt, table 6", date(2024, 12, 13),
            "Date:", "iso", "TOTAL EUR", "plain",
            [("3 x menu of the day", 5850), ("House wine 1 l", 2180), ("3 x espresso", 780), ("Tiramisù", 820)], 19,
            pdf_slip, "Torgasse 4, Neuhofen", "Card payment 96.30 - grazie!"),
    Receipt("facture café.pdf", "Café du Marché", "Facture / Receipt 118", date(2024, 8, 3),
            "Date:", "words", "Total:", "sign",
            [("2 cafés crème", 760), ("2 tartes au citron", 1180), ("Limonade", 440)], 10, pdf_slip,
            "3, place du Marché, Port-Lanvic", "Merci de votre visite"),
    Receipt("receipt.pdf", "Copyshop am Kanal", "Receipt 2217", date(2025, 4, 17),
            "Date:", "iso", "Total:", "EUR",
            [("Colour prints, 25 pages", 1125), ("Binding", 450), ("Poster A2", 300)], 19, pdf_a5_plain,
            "Kanalufer 22, Altenfurt", "Paid by card"),
    Receipt("invoice-88213", "Kurier Blitzrad", "Invoice 88213", date(2025, 3, 12),
            "Invoice date:", "dots", "Amount due:", "EUR",
            [("Express parcel, city", 1900), ("Second stop", 850), ("Insurance", 750)], 19, pdf_a5_plain,
            "Speichergasse 14, Altenfurt", "Payable on receipt of goods.", net_prices=True),
    Receipt("Rechnung_Hotel_Lindenhof.pdf", "Hotel Lindenhof", "Rechnung 25-0731", date(2025, 8, 28),
            "Datum:", "dots", "Grand total:", "plain",
            [("5 Nächte, Suite", 121500), ("Frühstück, 5 x 2", 19000), ("Tagungsraum, 2 Tage", 23600),
             ("Parken", 4150)], 7, pdf_a4, "Parkallee 30, Bad Ellern",
            "Alle Beträge in EUR. Vielen Dank für Ihren Aufenthalt.", discount=7000),
    Receipt("2026-09-conference.pdf", "OpenFab Conference Office", "Invoice OF-0412", date(2026, 9, 4),
            "Issued on", "words", "Amount due:", "sign",
            [("Conference ticket, 3 days", 72000), ("Workshop day", 23000), ("Conference dinner", 5000)], 19, pdf_a4,
            "Messeplatz 1, Bad Ellern", "Paid by bank transfer.", net_prices=True),
]

ZIP_NAME = "weekend-trip.zip"
ZIP_RECEIPT = Receipt(
    f"{ZIP_NAME}!bistro.txt", "Bistro Kastanie", "Rechnung, Tisch 3", date(2025, 10, 18), "Datum:", "dots",
    "Grand total:", "sign", [("2 x Flammkuchen", 2580), ("Kürbissuppe", 790), ("Getränke", 1960), ("Dessert", 1160)],
    19, text_till, "Rathausgasse 11, Niederau", "Kreditkarte")


def add_receipts(files: Files) -> None:
    for r in RECEIPTS:
        add(files, r.path, r.day + timedelta(days=chance(r.path, 5)), r.layout(r))


# ---------------------------------------------------------------- other files

# None of these has both a date label and a total label: those two together mark a receipt.
DOCUMENTS = {
    "Letter landlord.pdf": (date(2025, 5, 13), """
# Letter to the tenants
Hausverwaltung Sommerfeld, Kirchgasse 40, Neuhofen
Date: 12 May 2025
Dear Ms Marquardt,
the stairwell will be painted in the first two weeks of June. Please keep the landings free of shoes, plants and \
bicycles during that time. The painters work from eight in the morning to four in the afternoon.
The costs are borne by the owners; you will get no invoice for this work.
Kind regards,
R. Sommerfeld
"""),
    "KM-200 manual.pdf": (date(2024, 11, 30), """
# KM-200 coffee grinder: user manual
Thank you for choosing the KM-200. Read these pages before you use it for the first time, and keep them.
- Grinder with burr set and bean hopper
- Container for ground coffee
- Cleaning brush
---
# Grinding
Fill the hopper with at most 200 g of beans and close the lid. Turn the ring to choose how fine to grind: 1 to 5 for \
espresso, 6 to 12 for filter coffee, 13 to 18 for a press pot.
Press the button once. The grinder stops by itself after the time set on the dial. Never reach into the hopper while \
the motor runs.
---
# Cleaning and care
Pull the plug. Take off the hopper, lift out the upper burr and brush both burrs. Do not use water on them: they rust.
- Every week: brush the burrs
- Every month: wipe the hopper with a dry cloth
- Every two years: have the burrs checked
"""),
    "flight-itinerary.pdf": (date(2026, 3, 20), """
# Itinerary, booking code QX7LMN
Traveller: Lena Marquardt
# Outbound
Flight NV 418, Altenfurt (ALF) 10:25 to Tokyo Haneda (HND) 06:40 on the next day, 9 April 2026
Seat 31A, one piece of luggage up to 23 kg
# Return
Flight NV 419, Tokyo Haneda (HND) 12:55 to Altenfurt (ALF) 18:10, 20 April 2026
Seat 28K, one piece of luggage up to 23 kg
Check-in opens 24 hours before departure. Be at the gate 40 minutes before departure.
"""),
    "Mietvertrag_Zusammenfassung.pdf": (date(2024, 2, 27), """
# Zusammenfassung des Mietvertrags
Wohnung: Kirchgasse 42, 3. Obergeschoss links, 71 m², drei Zimmer, Küche, Bad, Balkon
Mieterin: Lena Marquardt. Vermieter: Hausverwaltung Sommerfeld.
Mietbeginn: 1. April 2024, unbefristet. Kündigungsfrist: drei Monate.
- Kaltmiete im Monat: 840,00 Euro
- Vorauszahlung für Heizung und Nebenkosten: 165,00 Euro
- Kaution: drei Kaltmieten
Haustiere nach Rücksprache. Die Hausordnung ist Teil des Vertrags.
"""),
    "CV_Lena_Marquardt.pdf": (date(2025, 2, 4), """
# Lena Marquardt
Surveyor, Neuhofen. lena.marquardt@example.org
# Work
- Since 2021: surveyor, Vermessungsbüro Kappel, Neuhofen
- 2018 to 2021: assistant, land registry of Altenfurt
# Education
- 2018: diploma in geodesy, Technische Hochschule Altenfurt
# Languages
German, English, French, some Japanese
"""),
    "recipe lentil soup.pdf": (date(2025, 1, 12), """
# Red lentil soup for four
- 250 g red lentils
- 1 onion, 2 cloves of garlic, 2 carrots
- 1 tin of tomatoes, 1 l vegetable stock
- Cumin, smoked paprika, lemon juice
Fry the onion and the garlic, add the spices, then the carrots and the lentils. Pour in tomatoes and stock and \
simmer for 20 minutes. Blend half of it, and season with lemon juice.
"""),
    "minutes-2025-10.pdf": (date(2025, 10, 9), """
# Choir association: minutes of the board meeting
Date: 8 October 2025. Present: L. Marquardt, T. Wieland, A. Okonjo, P. Hribar.
- The winter concert takes place in the Lutherkirche; T. Wieland books the rooms.
- The rehearsal weekend is postponed to March.
- The invoice of the piano tuner is approved unanimously.
The next meeting is on the second Wednesday in November.
"""),
    "Insurance certificate.pdf": (date(2024, 4, 2), """
# Certificate of insurance
Household policy HV 000-118-27, insured person: Lena Marquardt
The policy covers fire, tap water, storm and burglary at Kirchgasse 42, Neuhofen, from 1 April 2024. The sum insured \
is 50,000 euros. Bicycles are covered up to 1,500 euros if they were locked.
This certificate is no proof of payment.
"""),
    "whitepaper_heat-pumps.pdf": (date(2026, 6, 18), """
# Heat pumps in old buildings: what twelve houses taught us
Twelve houses built between 1908 and 1974 were measured over two winters. All were heated by an air-source heat \
pump; none had floor heating throughout.
The seasonal performance factor was between 2.9 and 4.1. The flow temperature explains most of the difference, the \
age of the house little.
---
# What helped most
- Larger radiators in the two coldest rooms
- Hydraulic balancing, which four of the houses had never had
- A heating curve set by measurement instead of by habit
Insulating the ceiling below the roof came fourth, and paid off fastest.
"""),
}

NOTES = {
    "todo.txt": (date(2026, 9, 12), """- call the painter about the hallway
- return library books
- photos of the lake: pick ten for the calendar
- expense report for the quarter: collect all receipts first
"""),
    "meeting notes.md": (date(2026, 2, 25), """# Survey of the Ostwall site

Present: Lena, Tomas, Ms Okonjo

- Fixed points 3 and 7 are gone since the road works; set new ones.
- Flight with the drone only when the wind is below 6 m/s.
- Plan in scale 1:250 by the middle of March.
"""),
    "packing list.md": (date(2026, 4, 7), """# Japan

- [x] passport, copies
- [x] adapter, charger
- [ ] rain jacket
- [ ] small gifts
- [ ] walking shoes for Mount Takao
"""),
    "reading-list.txt": (date(2024, 5, 19), """The Cartographer's Winter
A Short History of Salt
Rivers Without Maps
Der lange Weg zum Meer
"""),
    "ideas.md": (date(2025, 11, 23), """# Garden, next year

Move the tomatoes to the south wall. Two rows of beans instead of four.
A rain barrel of 300 l would last for a week in July; see sensor-greenhouse.csv.
"""),
    "trip budget.txt": (date(2025, 10, 20), """Weekend in Niederau with Tomas and Priya

We shared the room and the train. In total it came to roughly 320 euros for the three of us,
a little less than the total of last year. Priya keeps the exact list; I only need my third.
"""),
}

CSV = {
    "umsaetze_2026_Q1.csv": (date(2026, 4, 1), """Buchungstag;Empfänger;Verwendungszweck;Betrag;Währung
05.01.2026;Hausverwaltung Sommerfeld;Miete Januar;-1005,00;EUR
30.01.2026;Vermessungsbüro Kappel;Gehalt;2912,44;EUR
03.02.2026;Funk-Taxi Nordring;Kartenzahlung;-38,60;EUR
05.02.2026;Hausverwaltung Sommerfeld;Miete Februar;-1005,00;EUR
09.02.2026;Nimbora Cloud;Lastschrift NC-77120;-59,38;EUR
27.02.2026;Vermessungsbüro Kappel;Gehalt;2912,44;EUR
05.03.2026;Hausverwaltung Sommerfeld;Miete März;-1005,00;EUR
18.03.2026;Stadtwerke Neuhofen;Strom Abschlag;-64,00;EUR
31.03.2026;Vermessungsbüro Kappel;Gehalt;2912,44;EUR
"""),
    "contacts.csv": (date(2024, 3, 15), """Name,E-mail,Phone
Tomas Wieland,tomas@example.org,+49 30 23125 101
Amara Okonjo,okonjo@example.com,+49 30 23125 117
Priya Hribar,priya@example.net,+49 30 23125 140
Ruth Sommerfeld,verwaltung@example.com,+49 30 23125 162
"""),
    "inventory.csv": (date(2024, 10, 28), """item,room,bought,value_eur
Bookcase,living room,2019,180
Upright piano,living room,2016,2400
Bicycle,cellar,2022,950
Coffee grinder KM-200,kitchen,2024,129
"""),
    "survey results.csv": (date(2025, 6, 11), """id,age_group,concert_last_year,would_come_again,comment
1,30-39,yes,yes,"Lovely, but cold"
2,60-69,yes,yes,
3,20-29,no,maybe,"Tickets are sold out too early"
4,40-49,yes,no,"Seats, please"
5,50-59,yes,yes,"More Brahms, less speech"
"""),
    "running-log.csv": (date(2026, 8, 30), """day,km,minutes,shoes
2026-08-02,7.4,44,blue
2026-08-09,10.1,61,blue
2026-08-16,5.0,28,grey
2026-08-23,12.3,76,grey
2026-08-29,21.1,139,blue
"""),
}

PAGES = {
    "How to prune apple trees.html": (date(2025, 2, 16), """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>How to prune apple trees</title></head>
<body>
<article>
<h1>How to prune apple trees</h1>
<p class="byline">Saved from The Orchard Letter, winter issue</p>
<p>Prune on a dry, frost-free day in late winter. Start with what is dead, broken or crossing.</p>
<p>Leave the leader and four or five side branches at an angle of about 45 degrees; take out the steep shoots.</p>
<p>Never remove more than a third of the crown in one year.</p>
</article>
</body>
</html>
"""),
    "bookmarks_2026.html": (date(2026, 1, 4), """<!DOCTYPE NETSCAPE-Bookmark-file-1>
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">
<TITLE>Bookmarks</TITLE>
<H1>Bookmarks</H1>
<DL><p>
    <DT><H3>Choir</H3>
    <DL><p>
        <DT><A HREF="https://choir.example.org/">Rehearsal plan</A>
        <DT><A HREF="https://scores.example.org/">Scores</A>
    </DL><p>
    <DT><A HREF="https://maps.example.com/">Maps</A>
    <DT><A HREF="https://orchard.example.net/">The Orchard Letter</A>
</DL><p>
"""),
    "sourdough.html": (date(2024, 9, 1), """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Sourdough, day by day</title></head>
<body>
<h1>Sourdough, day by day</h1>
<ol>
<li>Mix 50 g of rye flour and 50 g of warm water; cover loosely.</li>
<li>Feed with the same amount each day, and keep it at 25 degrees.</li>
<li>From the fifth day it doubles within six hours: it is ready to bake with.</li>
</ol>
</body>
</html>
"""),
}

SETTINGS = {"application": "Planar Notes", "exported_with": "4.2.1", "theme": "light", "font_size": 13,
            "spelling": ["de", "en"], "sync": {"enabled": False, "interval_minutes": 30}}

CALENDAR = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Choir association//Calendar//EN", "BEGIN:VEVENT",
            "UID:winter-concert@example.org", "DTSTAMP:20251009T080000Z", "DTSTART:20251213T180000Z",
            "DTEND:20251213T200000Z", "SUMMARY:Winter concert", "LOCATION:Lutherkirche\\, Neuhofen", "END:VEVENT",
            "END:VCALENDAR"]

LOGO = """<svg xmlns="http://www.w3.org/2000/svg" width="240" height="120" viewBox="0 0 240 120">
  <rect width="240" height="120" fill="#f3f1ea"/>
  <path d="M20 95 L80 30 L115 68 L140 45 L220 95 Z" fill="#3f6b5c"/>
  <circle cx="185" cy="32" r="14" fill="#e0a53a"/>
</svg>
"""

# copy: (original, day of the copy)
DUPLICATES = {
    "receipt (1).pdf": ("receipt.pdf", date(2025, 5, 2)),
    "order-40118 (1).txt": ("order-40118.txt", date(2025, 7, 1)),
    "IMG_2043 (1).JPG": ("IMG_2043.JPG", date(2024, 8, 11)),
    "plage été - Copie.jpg": ("plage été.jpg", date(2025, 1, 6)),
    "New folder/sunset.jpg": ("Sonnenuntergang über dem See.jpg", date(2025, 7, 14)),
    "KM-200 manual (1).pdf": ("KM-200 manual.pdf", date(2026, 2, 8)),
}


def sensor_csv() -> str:
    """A week of readings, one every three hours: warm by day, damp by night."""
    rng, start, rows = Random("greenhouse"), datetime(2025, 7, 7), ["time,temperature_c,humidity_percent"]
    for step in range(56):
        moment = start + timedelta(hours=3 * step)
        warmth = math.sin((moment.hour - 8) / 24 * 2 * math.pi)
        rows.append(f"{moment:%Y-%m-%dT%H:%M},{22 + 7 * warmth + rng.gauss(0, 0.6):.1f},"
                    f"{68 - 15 * warmth + rng.gauss(0, 2):.0f}")
    return "\n".join(rows) + "\n"


def zip_entries() -> list[tuple[str, datetime, bytes]]:
    first, second = datetime(2025, 10, 18, 11, 24, 30), datetime(2025, 10, 19, 16, 2, 44)
    note = "Niederau: the ferry runs until six. Next time take the path along the dyke back.\n"
    return [
        ("IMG_3310.JPG", first, jpeg("IMG_3310.JPG", "forest", WIDE, exif(WIDE, first, "phone"))),
        ("IMG_3311.JPG", second, jpeg("IMG_3311.JPG", "beach", WIDE, exif(WIDE, second, "phone"))),
        ("notes.txt", datetime(2025, 10, 19, 20, 15, 0), note.encode()),
        (ZIP_RECEIPT.path.split("!")[1], datetime(2025, 10, 18, 21, 40, 0), ZIP_RECEIPT.layout(ZIP_RECEIPT)),
    ]


def trip_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, moment, content in zip_entries():
            entry = zipfile.ZipInfo(name, moment.timetuple()[:6])
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3  # 3: Unix, wherever this runs
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)
    return out.getvalue()


def add_others(files: Files) -> None:
    for name, (day, text) in DOCUMENTS.items():
        add(files, name, day, document(text, day))
    for name, (day, text) in (NOTES | CSV | PAGES).items():
        add(files, name, day, text)
    add(files, "sensor-greenhouse.csv", date(2025, 7, 14), sensor_csv())
    add(files, "settings-export.json", date(2025, 4, 3), json.dumps(SETTINGS, indent=2) + "\n")
    add(files, "winter-concert.ics", date(2025, 10, 9), "\r\n".join(CALENDAR) + "\r\n")  # RFC 5545: CRLF
    add(files, "logo-draft.svg", date(2024, 6, 5), LOGO)
    add(files, "New Text Document.txt", date(2026, 7, 27), "")
    add(files, ZIP_NAME, date(2025, 10, 21), trip_zip())


def add_duplicates(files: Files) -> None:
    for copy, (original, day) in DUPLICATES.items():
        add(files, copy, day, files[original].content)


def main() -> None:
    files: Files = {}
    for step in (add_photos, add_screenshots, add_receipts, add_others, add_duplicates):
        step(files)
    write_downloads(files)
    write_modified(files)
    write_truth([*RECEIPTS, ZIP_RECEIPT])
    size = sum(len(file.content) for file in files.values())
    print(f"{len(files)} files, {size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
