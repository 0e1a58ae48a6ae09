"""Encodings of one byte a character, the upper half of each as Python has it, for models' class CodePage.

    python oracle/make_code_pages.py
"""
import gzip
import pathlib

OUT = pathlib.Path(__file__).parent.parent / 'models/src/main/resources/io/github/tcd4j/models/text/code-pages.txt.gz'
NAMES = ['latin-1', 'windows-1252', 'windows-1251', 'windows-1250', 'windows-1253', 'windows-1254', 'windows-1257', 'iso-8859-2',
         'macroman', 'cp437']


def character(byte, name):
    try:
        return ord(bytes([byte]).decode(name))
    except UnicodeDecodeError:
        return byte


lines = [' '.join([name, *(f'{character(b, name):x}' for b in range(128, 256))]) for name in NAMES]
OUT.write_bytes(gzip.compress(('\n'.join(lines) + '\n').encode(), 9, mtime=0))
print(len(lines), OUT.stat().st_size)
