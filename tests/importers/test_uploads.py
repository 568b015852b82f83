"""The type of an uploaded file is determined by its content."""

import pytest

from signoff.domain.errors import Reason, Refusal
from signoff.importers import uploads

PDF = b"%PDF-1.7\n1 0 obj\nendobj\ntrailer\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 40 + b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40 + b"IEND\xaeB`\x82"


@pytest.mark.parametrize(("content", "kind"), [(PDF, "pdf"), (JPEG, "jpg"), (PNG, "png")])
def test_complete_file_is_recognised_by_its_content(content: bytes, kind: str) -> None:
    assert uploads.detect_scan_type(content) == kind


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"PK\x03\x04", PDF[:20], JPEG[:-2], PNG[:30], b"x" + PDF]
)
def test_other_and_truncated_files_are_refused(content: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        uploads.detect_scan_type(content)
    assert (caught.value.reason, caught.value.field) == (Reason.NOT_A_SCAN, "scan")


def test_large_file_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        uploads.detect_scan_type(PDF + b"\0" * uploads.MAX_SCAN_MIB * uploads.MIB)
    assert caught.value.reason is Reason.SCAN_TOO_LARGE


def test_an_annex_has_a_name_that_can_be_printed() -> None:
    assert uploads.read_annex("Plan ✓ E\ufb00ekt.pdf", "", PDF).name == "Plan ✓ Effekt"
    with pytest.raises(Refusal) as caught:
        uploads.read_annex("Plan 🧿.pdf", "", PDF)
    assert (caught.value.reason, caught.value.field) == (Reason.UNPRINTABLE, "annex")
