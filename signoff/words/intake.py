"""The words for files: why one was refused, and what was changed in a text that was taken."""

from collections.abc import Callable

from signoff.intake.problem import FileReason, Problem
from signoff.intake.remark import Remark, RemarkKind


def N_(text: str) -> str:
    """``text`` itself: marks a message for the catalogue that is translated later."""
    return text


REFUSED = {
    FileReason.EMPTY: N_("Die Datei ist leer."),
    FileReason.TOO_LARGE: N_("Die Datei ist zu groß; höchstens %(limit)s MB sind möglich."),
    FileReason.UNKNOWN_ENCODING: N_(
        "Die Zeichenkodierung der Datei ist nicht zu erkennen. Bitte speichern Sie die Datei als UTF-8."
    ),
    FileReason.NOT_A_PACKAGE: N_(
        "Die Datei lässt sich nicht öffnen. Bitte speichern Sie sie erneut als DOCX oder XLSX."
    ),
    FileReason.LEGACY_OR_LOCKED: N_(
        "Die Datei hat ein altes Office-Format oder ist mit einem Kennwort geschützt. "
        "Bitte speichern Sie sie ohne Kennwort als DOCX oder XLSX."
    ),
    FileReason.UNPACKS_TOO_LARGE: N_("Die Datei enthält entpackt mehr als %(limit)s MB."),
    FileReason.TOO_MANY_PARTS: N_("Die Datei besteht aus mehr als %(limit)s Teilen."),
    FileReason.BROKEN: N_("Die Datei ist beschädigt. Bitte speichern Sie sie erneut."),
    FileReason.DOCTYPE: N_(
        "Die Datei enthält eine Dokumenttyp-Angabe, die Office nie schreibt, und wird nicht gelesen."
    ),
    FileReason.UNKNOWN_KIND: N_("„%(name)s“ ist weder ein Word-Dokument (.docx) noch ein Markdown-Text (.md)."),
    FileReason.NO_HEADER: N_("Die Kopfzeile fehlt. Die erste Zeile nennt die Spalten: %(columns)s."),
    FileReason.NO_ROWS: N_("Die Datei enthält nur die Kopfzeile und kein Mitglied."),
    FileReason.MISSING_COLUMN: N_("Die Spalte „%(column)s“ fehlt."),
    FileReason.UNKNOWN_COLUMN: N_("Die Spalte „%(column)s“ ist unbekannt. Möglich sind: %(columns)s."),
    FileReason.DOUBLE_COLUMN: N_("Die Spalte „%(column)s“ kommt mehrmals vor."),
    FileReason.TOO_MANY_ROWS: N_("Die Datei hat mehr als %(limit)s Zeilen."),
    FileReason.NOT_A_ROW: N_("Die Anführungszeichen stimmen nicht; die Zeile lässt sich nicht in Spalten teilen."),
    FileReason.CELL_COUNT: N_("Die Zeile hat %(count)s Spalten statt %(expected)s."),
    FileReason.MISSING: N_("Die Angabe fehlt."),
    FileReason.TOO_LONG: N_("Die Angabe hat %(length)s Zeichen; höchstens %(limit)s sind möglich."),
    FileReason.FORMULA: N_("„%(text)s“ beginnt wie eine Formel (=, +, - oder @). Bitte schreiben Sie reinen Text."),
    FileReason.CONTROL_CHARACTERS: N_("„%(text)s“ enthält einen Zeilenumbruch oder unsichtbare Steuerzeichen."),
    FileReason.NOT_AN_ADDRESS: N_("„%(text)s“ ist keine gültige E-Mail-Adresse."),
    FileReason.NOT_A_COUNTRY: N_("„%(text)s“ ist kein Länderkürzel aus zwei Buchstaben, zum Beispiel DE."),
    FileReason.NOT_A_LANGUAGE: N_("„%(text)s“ ist kein Sprachkürzel, zum Beispiel de."),
    FileReason.NOT_A_ROLE: N_("„%(text)s“ ist keine Aufgabe. Möglich sind „answer“ und „information“."),
    FileReason.LOST_ZERO: N_(
        "„%(text)s“ hat vermutlich eine führende Null verloren. Bitte formatieren Sie die Spalte als Text."
    ),
    FileReason.CONTRADICTION: N_(
        "„%(text)s“ widerspricht Zeile %(first_line)s, wo zum selben Schlüssel „%(key)s“ die Angabe „%(first)s“ steht."
    ),
    FileReason.SECOND_BY_LETTER: N_(
        "„%(text)s“ ist zum selben Schlüssel „%(key)s“ die zweite Ansprechperson ohne E-Mail-Adresse; nur eine ist möglich."
    ),
    FileReason.NOT_A_PICTURE: N_(
        "Die Datei ist kein Bild im Format PNG oder JPEG. Bitte speichern Sie das Logo in einem davon."
    ),
    FileReason.PICTURE_TOO_SMALL: N_(
        "Das Bild ist zu klein: Seine längere Seite braucht mindestens %(limit)s Bildpunkte."
    ),
    FileReason.NOT_A_DOCX: N_("Die Datei ist kein Word-Dokument (DOCX)."),
    FileReason.MACROS: N_("Das Dokument enthält Makros. Bitte speichern Sie es als DOCX ohne Makros."),
    FileReason.EMBEDDED: N_("Das Dokument enthält ein eingebettetes Objekt. Bitte entfernen Sie es."),
    FileReason.TOO_DEEP: N_(
        "Listen, Zitate oder andere Teile sind zu tief ineinander geschachtelt. Bitte gliedern Sie den Text flacher."
    ),
    FileReason.TOO_COMPLEX: N_("Das Dokument ist zu umfangreich aufgebaut. Bitte teilen Sie es."),
    FileReason.SPANNED_CELLS: N_(
        "Eine Tabelle hat verbundene Zellen; Vorleseprogramme können sie nicht wiedergeben. "
        "Bitte teilen Sie die Zellen."
    ),
    FileReason.NESTED_TABLE: N_(
        "Eine Tabelle steht in einer Tabelle, einer Liste, einem Zitat oder einer Fußnote. "
        "Bitte setzen Sie sie in den Text."
    ),
    FileReason.NO_TEXT: N_("Das Dokument enthält keinen Text."),
    FileReason.TEXT_TOO_LONG: N_("Der Text ist zu lang; höchstens %(limit)s MB sind möglich."),
}

REMARKED = {
    RemarkKind.LEVEL_SKIPPED: N_(
        "Vor der Überschrift „%(text)s“ fehlt eine Gliederungsebene; sie wurde eine Ebene höher gesetzt."
    ),
    RemarkKind.LEVEL_TOO_DEEP: N_("Die Überschrift „%(text)s“ liegt zu tief und steht nun auf der dritten Ebene."),
    RemarkKind.HEADING_MOVED: N_(
        "Die Überschrift „%(text)s“ steht in einer Liste, einem Zitat oder einer Tabelle und wurde zu fettem Text."
    ),
    RemarkKind.NO_FIRST_HEADING: N_("Der Text beginnt ohne Überschrift."),
    RemarkKind.NO_HEADINGS: N_(
        "Der Text hat keine Überschriften. Verwenden Sie in Word die Formatvorlagen „Überschrift 1“ und folgende."
    ),
    RemarkKind.HEADER_MADE: N_("Die erste Zeile der Tabelle „%(text)s“ gilt nun als ihre Kopfzeile."),
    RemarkKind.CELLS_ADDED: N_("In der Tabelle „%(text)s“ waren Zeilen kürzer; leere Zellen wurden ergänzt."),
    RemarkKind.CONTENTS_DROPPED: N_("Das Inhaltsverzeichnis wurde entfernt; Signoff erstellt ein eigenes."),
    RemarkKind.LINK_DROPPED: N_("Der Verweis „%(text)s“ führt nirgendwohin; sein Text ist geblieben."),
    RemarkKind.IMAGE_DROPPED: N_("Ein Bild wurde entfernt (%(text)s). Bilder werden nicht übernommen."),
    RemarkKind.RULE_DROPPED: N_("Eine Trennlinie wurde entfernt."),
    RemarkKind.ELEMENT_DROPPED: N_("Ein Teil des Dokuments wurde nicht übernommen: %(text)s."),
    RemarkKind.REFERENCE_DROPPED: N_("Ein Bezug auf eine fremde Datei wurde entfernt: %(text)s."),
    RemarkKind.COMMENTS_DROPPED: N_("Kommentare wurden entfernt (Anzahl: %(count)s)."),
    RemarkKind.TRACKED_CHANGES: N_(
        "Das Dokument enthält nachverfolgte Änderungen (%(inserted)s Einfügungen, %(deleted)s Löschungen). "
        "Sie wurden angenommen; bitte vergleichen Sie den Text."
    ),
    RemarkKind.HIDDEN_TEXT: N_(
        "Das Dokument enthält verborgenen Text; er ist nun sichtbar. Bitte prüfen Sie den Text."
    ),
    RemarkKind.STRUCK_TEXT: N_(
        "„%(text)s“ ist durchgestrichen und steht nun ohne Strich im Text. Bitte prüfen Sie die Stelle."
    ),
    RemarkKind.RAW_MARKUP: N_("„%(text)s“ ist HTML und steht als gewöhnlicher Text im Papier."),
    RemarkKind.CODE: N_("„%(text)s“ war als Programmtext ausgezeichnet und steht als gewöhnlicher Text im Papier."),
    RemarkKind.UNKNOWN_STYLE: N_("Die Formatvorlage „%(text)s“ ist unbekannt; der Text steht als einfacher Absatz."),
    RemarkKind.HEADING_NUMBERS: N_(
        "Word nummeriert die Überschriften selbst; diese Nummern sind nicht übernommen. "
        "Bitte tippen Sie sie in die Überschriften, wenn sie zum Text gehören."
    ),
    RemarkKind.LIST_RESTARTED: N_(
        "Eine nummerierte Liste wird nach einem Absatz fortgesetzt und beginnt nun wieder mit 1. "
        "Bitte prüfen Sie die Nummern."
    ),
    RemarkKind.INVISIBLE_CHARACTERS: N_(
        "Unsichtbare Zeichen wurden entfernt oder durch Leerzeichen ersetzt: %(text)s."
    ),
    RemarkKind.UNPRINTABLE_CHARACTERS: N_("Diese Zeichen können im PDF fehlen: %(text)s. Bitte ersetzen Sie sie."),
}
LINE = N_("Zeile %(line)s: %(what)s")
CELL = N_("Zeile %(line)s, Spalte „%(column)s“: %(what)s")
ABOUT_COLUMNS = {FileReason.MISSING_COLUMN, FileReason.UNKNOWN_COLUMN, FileReason.DOUBLE_COLUMN}


def words(problem: Problem, gettext: Callable[[str], str] = str) -> str:
    """One sentence on why the file was refused, with line and column: „Zeile 7, Spalte „email“: …“."""
    what = gettext(REFUSED[problem.reason]) % {**problem.facts, "column": problem.column}
    if not problem.line:
        return what
    if problem.column is None or problem.reason in ABOUT_COLUMNS:
        return gettext(LINE) % {"line": problem.line, "what": what}
    return gettext(CELL) % {"line": problem.line, "column": problem.column, "what": what}


def remark_words(remark: Remark, gettext: Callable[[str], str] = str) -> str:
    """One sentence on what was changed or left out in a text."""
    return gettext(REMARKED[remark.kind]) % remark.facts
