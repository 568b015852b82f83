"""The same list set by Typst (PyPI ``typst``): what a compiler made for it needs.

No tags, no attachments, no seal.
"""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.pdf import factories  # noqa: E402

HEAD = '#set page(paper: "a4")\n#set text(size: 9.5pt)\n= Unterzeichnende Kommunen\n#table(columns: 4,\n'


def source(count: int) -> str:
    rows = (
        f"[{each.name}], [{each.signer} {each.function}], [{each.basis or ''}], [{each.decided_on or ''}],"
        for each in factories.signatories(count)
    )
    return HEAD + "\n".join(rows) + "\n)\n"


def main() -> None:
    import typst

    with TemporaryDirectory() as folder:
        file = Path(folder, "list.typ")
        file.write_text(source(int(sys.argv[1])), "utf-8")
        start = time.perf_counter()
        made = typst.compile(file)
        print(f"{time.perf_counter() - start:.2f} {len(made) / 1000:.0f}")


if __name__ == "__main__":
    main()
