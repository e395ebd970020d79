#!/usr/bin/env python3
"""Renders the lines of text in this directory and truth.json. Needs Pillow (11.3.0 was used) and the DejaVu fonts.

    python3 test/images/render.py

The PNGs are committed: tests, benches and the demo never run this script. It is seeded, so it writes the same pixels again
with the same Pillow and fonts.
"""
import json
import os
import random

from PIL import Image, ImageDraw, ImageFilter, ImageFont

HERE = os.path.dirname(os.path.abspath(__file__))
FONTS = os.environ.get("FONTS", "/usr/share/fonts/truetype/dejavu")

# text, font, height in pixels, blur radius, noise (standard deviation), background, ink, rotation in degrees
LINES = [
    ("Merkle root 7f3a91c0", "DejaVuSans.ttf", 48, 0.0, 0, (255, 255, 255), (0, 0, 0), 0),
    ("Invoice No. 20391-B", "DejaVuSerif.ttf", 64, 0.6, 8, (236, 232, 220), (40, 40, 60), 0),
    ("TOTAL $1,284.50", "DejaVuSansMono.ttf", 40, 0.5, 12, (210, 210, 215), (70, 60, 60), 0),
    ("Exit 24 North", "DejaVuSans-Bold.ttf", 56, 1.0, 16, (30, 90, 50), (230, 235, 225), 0),
    ("qty 3 x 19.99 EUR", "DejaVuSerif-Bold.ttf", 72, 1.2, 20, (180, 175, 170), (90, 85, 80), 0),
    ("Every claim is checked", "DejaVuSansCondensed.ttf", 50, 0.4, 6, (250, 248, 240), (20, 30, 90), 1.0),
    ("Gate B17, seat 42F", "DejaVuSans-Oblique.ttf", 60, 0.8, 10, (245, 225, 160), (60, 30, 10), -1.0),
    ("Please turn me over", "DejaVuSans.ttf", 52, 0.4, 6, (255, 255, 255), (30, 30, 30), 180),
]


def render(text, font_name, height, blur, noise, background, ink, rotation, rng):
    font = ImageFont.truetype(os.path.join(FONTS, font_name), int(height * 0.62))
    left, top, right, bottom = font.getbbox(text)
    width = right - left + height // 3
    image = Image.new("RGB", (width, height), background)
    at = (height // 6 - left, (height - (bottom - top)) // 2 - top)
    ImageDraw.Draw(image).text(at, text, font=font, fill=ink)
    if rotation:
        image = image.rotate(rotation, resample=Image.BICUBIC, fillcolor=background)
    if blur:
        image = image.filter(ImageFilter.GaussianBlur(blur))
    if noise:
        pixels = bytearray(image.tobytes())
        for k in range(len(pixels)):
            pixels[k] = max(0, min(255, int(pixels[k] + rng.gauss(0, noise))))
        image = Image.frombytes("RGB", image.size, bytes(pixels))
    return image


def main():
    rng = random.Random(5)
    truth = []
    for i, line in enumerate(LINES, start=1):
        name = f"line-{i}.png"
        render(*line, rng).save(os.path.join(HERE, name), optimize=True)
        truth.append({"file": name, "text": line[0], "degrees": 180 if line[7] == 180 else 0})
    with open(os.path.join(HERE, "truth.json"), "w", encoding="utf-8") as out:
        json.dump(truth, out, indent=1)
        out.write("\n")


if __name__ == "__main__":
    main()
