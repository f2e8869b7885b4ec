"""What is kept in a paper for later years: certificates, and what their issuers said while they could be asked."""

from datetime import timedelta

import pytest
from authorities import serving
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, pkcs12
from cryptography.x509.oid import NameOID
from papers import NOW, aside, draw_certified, look
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore

from ledger.manifests.seal import open_seal
from ledger.manifests.stamps import add_evidence

USES = (
    "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign "
    "encipher_only decipher_only"
).split()


class Issuer:
    """A licensed authority that gives a bureau its seal, and publishes the list of those that it revoked."""

    def __init__(self):
        self.key, self.seal_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "鹭江电子认证")])
        self.root = self._certificate(
            self.name, self.key.public_key(), x509.BasicConstraints(ca=True, path_length=None)
        )

    def _certificate(self, name, public, *extensions):
        made = x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(public)
        made = made.serial_number(x509.random_serial_number()).not_valid_before(NOW - timedelta(days=1))
        made = made.not_valid_after(NOW + timedelta(days=100))
        for extension in extensions:
            made = made.add_extension(extension, critical=False)
        return made.sign(self.key, SHA256())

    def give_seal(self, path, url):
        """Write a seal whose certificate says where the list is."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "鹭江市市场监督管理局")])
        points = x509.CRLDistributionPoints(
            [x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)]
        )
        usage = x509.KeyUsage(**{use: use in ("digital_signature", "content_commitment") for use in USES})
        seal = self._certificate(name, self.seal_key.public_key(), points, usage)
        path.touch(mode=0o600)
        path.write_bytes(pkcs12.serialize_key_and_certificates(b"", self.seal_key, seal, [self.root], NoEncryption()))
        return open_seal(path, None)

    def answer(self, _request):
        made = x509.CertificateRevocationListBuilder().issuer_name(self.name).last_update(NOW - timedelta(hours=1))
        return made.next_update(NOW + timedelta(days=7)).sign(self.key, SHA256()).public_bytes(Encoding.DER)


def judge(path, *, mode):
    """Return whether pyHanko trusts the seal by what the paper itself holds."""
    with path.open("rb") as file:
        reader = PdfFileReader(file)
        store = DocumentSecurityStore.read_dss(reader)
        [root] = [each for each in store.load_certs() if each.self_issued]
        trust = store.as_validation_context({"trust_roots": [root], "revocation_mode": mode, "allow_fetching": False})
        return validate_pdf_signature(reader.embedded_regular_signatures[0], trust).bottom_line


@pytest.mark.parametrize("is_there", [True, False])
def test_the_list_that_the_seal_s_certificate_names_is_kept_if_it_can_be_had(tmp_path, is_there):
    issuer = Issuer()
    with serving(issuer) as url:
        seal = issuer.give_seal(tmp_path / "seal.p12", url if is_there else "http://127.0.0.1:9/crl")
        draw_certified(tmp_path / "manifest.pdf", seal, {})

        add_evidence(tmp_path / "manifest.pdf", tmp_path / "kept.pdf")

    assert aside(judge, tmp_path / "kept.pdf", mode="require") is is_there
    assert aside(judge, tmp_path / "kept.pdf", mode="soft-fail")
    [signature] = look(tmp_path / "kept.pdf", roots=seal.trust_roots()).signatures
    assert (signature.is_intact, signature.is_last_word, signature.is_trusted) == (True, True, True)
