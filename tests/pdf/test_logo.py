"""The association's logo on paper."""

import io

import pikepdf
import pytest

from signoff.pdf.process import print_in_subprocess
from tests.pdf import factories

pytestmark = pytest.mark.slow


def test_the_logo_stands_on_the_title_page_with_words_for_those_who_hear() -> None:
    logo = factories.logo()
    content = print_in_subprocess(factories.document(3, logo=logo)).content
    with pikepdf.open(io.BytesIO(content)) as pdf:
        images = list(pdf.pages[0].get_images().values())
        assert len(images) == 1 and int(images[0].Width) == 800
        alternatives = {
            str(each.Alt)
            for each in pdf.objects
            if isinstance(each, pikepdf.Dictionary) and "/Alt" in each
        }
    assert "Logo: Städteforum Öffentlicher Raum e. V." in alternatives
    assert print_in_subprocess(factories.document(3, logo=logo)).content == content
