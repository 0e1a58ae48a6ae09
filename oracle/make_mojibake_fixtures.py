"""Texts decoded by wrong encodings and what ftfy 6.3.1 makes of them, for models' MojibakeRepairTest.

    python oracle/make_mojibake_fixtures.py

Words of many scripts are put together by hash, most of them as UTF-8 decoded by one of the encodings that ftfy tries,
once or twice, some of them with what is lost on the way. The fixture holds the sums of each text and of its repair;
the Java test makes the same texts.
"""

import json
import pathlib
import struct
import zlib

import ftfy
import ftfy.bad_codecs  # noqa: F401
from formula import h32

OUT = pathlib.Path(__file__).parent.parent / "models/src/test/resources/networks"
COUNT = 3000
PAGES = ["latin-1", "sloppy-windows-1252", "sloppy-windows-1251", "sloppy-windows-1250", "sloppy-windows-1253",
         "sloppy-windows-1254", "sloppy-windows-1257", "iso-8859-2", "macroman", "cp437"]
WORDS = ["café", "voilà le travail", " à la mode", "naïve", "“quoted”", "it’s", " — ", " – ", "…", "Straße", "Ünter", "ÉCOLE",
         "señor", "São Paulo", "às vezes", "½ cup", "10³ m²", "±5°", "©2024", "®", "™", "€20", "£5", "¥100", "¿qué?", "¡ay!", "«oui»",
         "·", "§1", "¶", "Škoda", "Łódź", "żółw", "Dvořák", "kőolaj", "Ķīna", "ąžuolas", "İstanbul", "ığdır", "Ελλάδα", "άλφα",
         "Москва", "привет", "Ёлка", "№5", "العربية", "مرحبا", "עברית", "हिन्दी", "ไทย", "中文", "日本語", "カタカナ", "한국어", "🙂", "👍🏽", "✔",
         "∞≠≤", "│┌─┐", "ﬁne ﬂow", "ÿ", "Œuvre", "œ", "ƒ", "plain", " and ", "\u00a0", "\ufeff", "&eacute;", "&nbsp;", "<b>", "?",
         "\ufffd", "\n", " ", " ", "a", "×", "à", "Ã ", "Â", "â€", "Ø", "µ", "ñandú", "Þór", "\u0085", "\x1a", "ß", "³", "”", "’"]


def mangled(word, page, option):
    """UTF-8 decoded by a page; of large numbers each surrogate by itself where option is 1."""
    utf8 = word.encode()
    if option == 1:
        units = word.encode("utf-16-be")
        utf8 = b"".join(chr(int.from_bytes(units[i : i + 2], "big")).encode("utf-8", "surrogatepass") for i in range(0, len(units), 2))
    text = utf8.decode(PAGES[page])
    if option == 2:
        text = text.replace("\u00a0", " ")
    if option == 3:
        text = "".join("\ufffd" if "\x80" <= c <= "\x9f" else c for c in text)
    if option == 4 and len(text) > 1:
        text = text[:-1] + "?"
    return text


def text(i):
    """Each word takes four numbers: which, how often mangled, by which page, with which loss."""
    picks = [int(v) for v in h32(f"mojibake.{i}", 33)]
    page = picks[0] // 8 % 10
    out = ""
    for j in range(1 + picks[0] % 8):
        which, times, other, option = picks[1 + 4 * j : 5 + 4 * j]
        word = WORDS[which % len(WORDS)]
        for _ in range((0, 1, 1, 1, 1, 1, 2, 2)[times % 8]):
            # Mostly one page for all of a text.
            word = mangled(word, other % 10 if other // 16 % 4 == 0 else page, option % 12)
        out += word
    return out


def crc(t):
    return zlib.crc32(t.encode("utf-16-be", "surrogatepass"))


if __name__ == "__main__":
    (OUT / "mojibake.json").write_text(json.dumps(WORDS) + "\n")
    rows = [(crc(t), crc(ftfy.fix_text(t))) for t in map(text, range(COUNT))]
    (OUT / "mojibake.bin").write_bytes(b"".join(struct.pack("<2I", *row) for row in rows))
    changed = sum(ftfy.fix_text(t, fix_encoding=False) != ftfy.fix_text(t) for t in map(text, range(COUNT)))
    print(COUNT, "texts, of which the encoding is repaired in", changed)
