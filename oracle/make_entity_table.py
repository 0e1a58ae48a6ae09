"""The named characters of HTML 5, as browsers know them, for models' class HtmlEntities.

    python oracle/make_entity_table.py
"""
import gzip
import html.entities
import pathlib

OUT = pathlib.Path(__file__).parent.parent / 'models/src/main/resources/io/github/tcd4j/models/text/html-entities.txt.gz'

lines = [f'{name} {" ".join(f"{ord(c):x}" for c in value)}' for name, value in sorted(html.entities.html5.items())]
OUT.parent.mkdir(parents=True, exist_ok=True)
OUT.write_bytes(gzip.compress(('\n'.join(lines) + '\n').encode(), 9, mtime=0))
print(len(lines), OUT.stat().st_size)
