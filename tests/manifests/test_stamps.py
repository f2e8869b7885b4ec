"""What is kept in a paper for later years: certificates, and what their issuers said while they could be asked."""

import pytest
from authorities import Issuer, Responder, serving
from papers import aside, draw_certified, look
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore

from ledger.manifests.stamps import add_evidence


def judge(path, *, mode):
    """Return whether pyHanko trusts the seal by what the paper itself holds."""
    with path.open("rb") as file:
        reader = PdfFileReader(file)
        store = DocumentSecurityStore.read_dss(reader)
        [root] = [each for each in store.load_certs() if each.self_issued]
        trust = store.as_validation_context({"trust_roots": [root], "revocation_mode": mode, "allow_fetching": False})
        return validate_pdf_signature(reader.embedded_regular_signatures[0], trust).bottom_line


@pytest.mark.parametrize("is_asked", [False, True])
@pytest.mark.parametrize("is_there", [True, False])
def test_what_the_issuer_of_the_seal_says_is_kept_if_it_can_be_had_and_else_who_said_nothing(
    tmp_path, is_there, is_asked
):
    issuer = Responder(tmp_path / "ca") if is_asked else Issuer()
    with serving(issuer) as url:
        seal = issuer.give_seal(tmp_path / "seal.p12", url if is_there else "http://127.0.0.1:9/crl")
        draw_certified(tmp_path / "manifest.pdf", seal, {})

        unreached = add_evidence(tmp_path / "manifest.pdf", tmp_path / "kept.pdf")

    assert unreached == ([] if is_there else ["127.0.0.1"])
    with (tmp_path / "kept.pdf").open("rb") as file:
        store = aside(DocumentSecurityStore.read_dss, PdfFileReader(file))
        assert (len(store.crls), len(store.ocsps)) == (is_there and not is_asked, is_there and is_asked)
    assert aside(judge, tmp_path / "kept.pdf", mode="require") is is_there
    assert aside(judge, tmp_path / "kept.pdf", mode="soft-fail")
    [signature] = look(tmp_path / "kept.pdf", roots=seal.trust_roots()).signatures
    assert (signature.is_intact, signature.is_last_word, signature.is_trusted) == (True, True, True)
