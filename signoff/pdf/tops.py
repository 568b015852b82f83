"""Which of some certificates stand above the others."""

from collections.abc import Sequence

from asn1crypto import x509 as asn1_x509


def tops(certificates: Sequence[asn1_x509.Certificate]) -> list[asn1_x509.Certificate]:
    """Those whose issuer is not among them, or that issued themselves."""
    subjects = {each.subject.hashable for each in certificates}
    return [
        each
        for each in certificates
        if each.issuer.hashable not in subjects or each.issuer.hashable == each.subject.hashable
    ]
