"""The same list printed by Typst (PyPI ``typst``), without tags, attachments and seal."""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.pdf import documents  # noqa: E402

HEAD = '#set page(paper: "a4")\n#set text(size: 9.5pt)\n= Unterzeichnende Kommunen\n#table(columns: 4,\n'


def source(count: int) -> str:
    rows = (
        f"[{row.name}], [{row.signer} {row.function}], [{row.basis or ''}], [{row.decided_on or ''}],"
        for row in documents.signatories(count)
    )
    return HEAD + "\n".join(rows) + "\n)\n"


def main() -> None:
    import typst

    with TemporaryDirectory() as folder:
        file = Path(folder, "list.typ")
        file.write_text(source(int(sys.argv[1])), "utf-8")
        start = time.perf_counter()
        pdf = typst.compile(file)
        print(f"{time.perf_counter() - start:.2f} {len(pdf) / 1000:.0f}")


if __name__ == "__main__":
    main()
