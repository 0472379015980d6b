#!/usr/bin/env python3
"""Writes the vectors of this folder with an implementation that shares nothing with Keepwarm's.

Ciphers and PBKDF2 are those of the package "cryptography" and of the standard library; the rest
follows the descriptions in README.md. Before it writes, the script encrypts the public cases and
the known derivations again and compares.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install cryptography
    /tmp/venv/bin/python generate.py
"""

import base64
import hashlib
import hmac
import json
import random
import struct
from pathlib import Path

from cryptography.hazmat.decrepit.ciphers.algorithms import RC2, Blowfish, TripleDES
from cryptography.hazmat.decrepit.ciphers.modes import CFB, CFB8
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HERE = Path(__file__).parent
RANDOM = random.Random(18)

TEXTS = [
    "Tr0ub4dor&3-payroll",
    '{"username":"hr_sync","password":"Winter-2024!"}',
    "sixteen bytes ab",
    "Gru\u00dfe: pa\u00dfw\u00f6rter\r\nwith two lines",
    "x",
]


def noise(length):
    return RANDOM.randbytes(length)


def encoded(text, encoding):
    return {
        "utf-8": lambda: text.encode("utf-8"),
        "utf-8-bom": lambda: b"\xef\xbb\xbf" + text.encode("utf-8"),
        "utf-16le": lambda: text.encode("utf-16-le"),
        "utf-16le-bom": lambda: b"\xff\xfe" + text.encode("utf-16-le"),
        "us-ascii": lambda: text.encode("ascii"),
        "windows-1252": lambda: text.encode("cp1252"),
    }[encoding]()


def digest(name, data):
    return hashlib.new(name.lower(), data).digest()


class PasswordDeriveBytes:
    """The class of .NET with its fault, as dotnet-legacy/README.md describes it."""

    def __init__(self, name, password, salt, iterations):
        self.name = name
        self.base = digest(name, password + salt)
        for _ in range(max(0, iterations - 2)):
            self.base = digest(name, self.base)
        self.next = 0
        self.extra = b""
        self.used = 0

    def block(self):
        prefix = str(self.next).encode() if self.next else b""
        self.next += 1
        return digest(self.name, prefix + self.base)

    def get(self, count):
        out = b""
        if self.extra:
            left = len(self.extra) - self.used
            if left >= count:
                out = self.extra[self.used : self.used + count]
                self.used += count
                if self.used == len(self.extra):
                    self.extra = b""
                return out
            out = self.extra[left : 2 * left]
            if len(out) < left:
                raise ValueError(".NET throws")
            self.extra = b""
        need = count - len(out)
        blocks = b""
        while len(blocks) < need:
            blocks += self.block()
        if len(blocks) > need:
            self.extra, self.used = blocks, need
        return out + blocks[:need]


def evp(name, password, salt, iterations, count):
    out = block = b""
    while len(out) < count:
        block = digest(name, block + password + salt)
        for _ in range(iterations - 1):
            block = digest(name, block)
        out += block
    return out[:count]


def derive(p, secret, salt):
    password = encoded(secret["passphrase"], p["passphraseEncoding"])
    if "passphraseHash" in p:
        password = digest(p["passphraseHash"], password)
    if p.get("saltSource") == "passphrase-length":
        salt = str(len(secret["passphrase"])).encode()
    counts = p["getBytes"]
    if p["keySource"] == "PasswordDeriveBytes":
        source = PasswordDeriveBytes(p["kdfHash"], password, salt, p["iterations"])
        return [source.get(count) for count in counts]
    if p["keySource"] == "EVP_BytesToKey":
        stream = evp(p["kdfHash"], password, salt, p["iterations"], sum(counts))
    else:
        stream = hashlib.pbkdf2_hmac(
            p["kdfHash"].lower(), password, salt, p["iterations"], sum(counts)
        )
    out = []
    for count in counts:
        out.append(stream[:count])
        stream = stream[count:]
    return out


def hashed(p, secret):
    password = encoded(secret["passphrase"], p["passphraseEncoding"])
    source = p["keySource"]
    if source == "passphrase":
        return password
    if source.endswith("-hex"):
        return digest(source[:-4], password).hex().encode()
    return digest(source, password)


def fitted(material, p):
    length = p["keySizeBits"] // 8
    fit = p.get("keyFit")
    if fit == "cut":
        return material[:length]
    if fit == "zero-padded":
        return material.ljust(length, b"\0")
    if fit == "repeated":
        return (material * length)[:length]
    return material


def algorithm(p, key):
    return {
        "AES": algorithms.AES,
        "TripleDES": TripleDES,
        # Three times the same key is DES.
        "DES": lambda each: TripleDES(each * 3),
        "RC2": RC2,
        "Blowfish": Blowfish,
    }[p["cipher"]](key)


def padded(data, p):
    block = p["blockSizeBits"] // 8
    if p["mode"] == "CFB":
        block = p["feedbackSizeBits"] // 8
    count = block - len(data) % block
    return {
        "PKCS7": lambda: data + bytes([count]) * count,
        "Zeros": lambda: data + bytes(count % block),
        "ANSIX923": lambda: data + bytes(count - 1) + bytes([count]),
        "ISO10126": lambda: data + noise(count - 1) + bytes([count]),
        "None": lambda: data,
    }[p["padding"]]()


def blocks(p, key, iv, data):
    if p["mode"] == "CBC":
        return Cipher(algorithm(p, key), modes.CBC(iv)).encryptor().update(data)
    # Block by block under an IV of zeros is ECB; the package has no other form for RC2.
    size = p["blockSizeBits"] // 8
    return b"".join(
        Cipher(algorithm(p, key), modes.CBC(bytes(size))).encryptor().update(data[at : at + size])
        for at in range(0, len(data), size)
    )


def feedback(p, key, iv, data):
    """CFB by hand, on the plain block cipher: not every cipher of the package has every form."""
    step = p["feedbackSizeBits"] // 8
    register, out = iv, b""
    for at in range(0, len(data), step):
        stream = blocks(p | {"mode": "ECB"}, key, b"", register)
        piece = bytes(a ^ b for a, b in zip(data[at : at + step], stream))
        out += piece
        register = (register + piece)[-len(register) :]
    if p["cipher"] == "AES":
        mode = CFB8(iv) if step == 1 else CFB(iv)
        assert Cipher(algorithm(p, key), mode).encryptor().update(data) == out
    return out


def encrypt(p, secret, plaintext, parts=None, header=None):
    """The stored text. `parts` fixes what is random otherwise; `header` replaces SQL Server's."""
    layout = p["layout"].split("|")
    given = parts or {}
    block = p["blockSizeBits"] // 8
    parts = {
        "salt": given.get("salt", noise(p.get("saltLengthBytes", 0))),
        "macsalt": given.get("macsalt", noise(p.get("macSaltLengthBytes", 0))),
        "iv": given.get("iv", noise(p.get("ivLengthBytes", 0))),
        "Salted__": b"Salted__",
        "version": struct.pack("<I", 1 if block == 8 else 2),
        "ivlength": struct.pack("<I", p.get("ivLengthBytes", 0)),
        "noncelength": struct.pack("<I", p.get("ivLengthBytes", 0)),
        "taglength": struct.pack("<I", p.get("tagLengthBytes", 0)),
    }
    parts["nonce"] = parts["iv"]
    salt = parts["salt"]
    if "salt" not in layout:
        salt = bytes.fromhex(p.get("saltHex") or "")
        if "saltText" in p:
            salt = encoded(p["saltText"], p["saltEncoding"])
    iv = mac_key = None
    if p["keySource"] == "explicit":
        key = bytes.fromhex(secret.get("keyHex", ""))
        if "keyText" in secret:
            key = encoded(secret["keyText"], p["keyTextEncoding"])
    elif "getBytes" in p:
        results = derive(p, secret, salt)
        mac_key = results[-1]
        if p["ivSource"] == "kdf-first-bytes":
            iv, key = results[:2]
        else:
            key = results[0]
            iv = results[1] if p["ivSource"] == "kdf-next-bytes" else None
    else:
        material = hashed(p, secret)
        key = fitted(material, p)
        iv = material[len(key) : len(key) + block]
    source = p["ivSource"]
    if source == "parameter":
        iv = bytes.fromhex(p.get("ivHex", "")) or base64.b64decode(p.get("ivBase64", ""))
        iv = iv or p["ivText"].encode("ascii")
    elif source == "prepended":
        iv = parts["iv"]
    elif source == "key":
        iv = key[:block]
    elif source == "salt":
        iv = salt[:block]
    elif source.endswith("-of-passphrase"):
        name = source.split("-")[0]
        iv = digest(name, encoded(secret["passphrase"], p["passphraseEncoding"]))[:block]
    data = encoded(plaintext, p["plaintextEncoding"])
    if p.get("plaintextHeader") == "sql-server":
        standard = struct.pack("<IHH", 0xBAADF00D, 0, len(data))
        data = (standard if header is None else header) + data
    data = noise(p.get("plaintextPrefixBytes", 0)) + data
    data = padded(data, p)
    if p["mode"] == "GCM":
        extra = bytes.fromhex(p.get("associatedDataHex", ""))
        extra = parts["salt"] if p.get("associatedDataSource") == "salt" else extra
        both = AESGCM(key).encrypt(iv, data, extra or None)
        parts["ciphertext"], parts["tag"] = both[:-16], both[-16:][: p["tagLengthBytes"]]
    elif p["mode"] == "CFB":
        parts["ciphertext"] = feedback(p, key, iv, data)
    else:
        parts["ciphertext"] = blocks(p, key, iv, data)
    if "hmac" in layout:
        mac = p["mac"]
        mac_source = mac["keySource"]
        if mac_source == "same-as-encryption-key":
            mac_key = key
        elif mac_source == "explicit":
            mac_key = bytes.fromhex(secret["macKeyHex"])
        elif mac_source == "derived-with-macsalt":
            mac_key = derive(p, secret, parts["macsalt"])[0]
        covered = b"".join(parts[each] for each in mac["covers"].split("|"))
        name = mac["algorithm"].removeprefix("HMAC-").lower()
        parts["hmac"] = hmac.new(mac_key, covered, name).digest()
    return written(p, b"".join(parts[each] for each in layout))


def written(p, stored):
    text = {
        "base64": lambda: base64.b64encode(stored).decode(),
        "hex-upper": lambda: stored.hex().upper(),
        "hex-lower": lambda: stored.hex(),
        "hex-dashed": lambda: "-".join("%02X" % each for each in stored),
    }[p["ciphertextEncoding"]]()
    return p.get("valuePrefix", "") + text + p.get("valueSuffix", "")


def unwritten(p, text):
    text = text[len(p.get("valuePrefix", "")) : len(text) - len(p.get("valueSuffix", ""))]
    if p["ciphertextEncoding"] == "base64":
        return base64.b64decode(text)
    return bytes.fromhex(text.replace("-", ""))


# The parameters.

BASE = {
    "mode": "CBC",
    "padding": "PKCS7",
    "layout": "ciphertext",
    "plaintextEncoding": "utf-8",
    "ciphertextEncoding": "base64",
}
SIZES = {
    "aes-256": ("AES", 256, 128),
    "aes-192": ("AES", 192, 128),
    "aes-128": ("AES", 128, 128),
    "tripledes-192": ("TripleDES", 192, 64),
    "tripledes-128": ("TripleDES", 128, 64),
    "des": ("DES", 64, 64),
    "rc2-128": ("RC2", 128, 64),
    "blowfish-128": ("Blowfish", 128, 64),
    "blowfish-448": ("Blowfish", 448, 64),
}
HASH_BYTES = {"MD5": 16, "SHA1": 20, "SHA256": 32, "SHA384": 48, "SHA512": 64}
PASSPHRASE = {"passphrase": "Pa55phrase-12"}
UMLAUT = {"passphrase": "Schl\u00fcssel-12"}


def cipher(name):
    algorithm_name, key, block = SIZES[name]
    return {"cipher": algorithm_name, "keySizeBits": key, "blockSizeBits": block}


def sizes(p):
    return p["keySizeBits"] // 8, p["blockSizeBits"] // 8


def kdf(source, name, iterations, calls, encoding="utf-8"):
    return {
        "keySource": source,
        "kdfHash": name,
        "iterations": iterations,
        "getBytes": calls,
        "passphraseEncoding": encoding,
    }


def shortcut(source, p, encoding="utf-8"):
    """The key source with whatever keyFit it needs for the cipher."""
    fields = {"keySource": source, "passphraseEncoding": encoding}
    length = 2 * HASH_BYTES[source[:-4]] if source.endswith("-hex") else HASH_BYTES[source]
    key = sizes(p)[0]
    if length != key:
        fields["keyFit"] = "cut" if length > key else "zero-padded"
    return fields


def explicit(p):
    return {"keySource": "explicit"}, {"keyHex": noise(sizes(p)[0]).hex()}


def constant_iv(p):
    return {"ivSource": "parameter", "ivHex": noise(sizes(p)[1]).hex()}


def prepended(p, layout="iv|ciphertext"):
    return {"ivSource": "prepended", "layout": layout, "ivLengthBytes": sizes(p)[1]}


def mac(name, covers, source):
    return {
        "mac": {
            "algorithm": "HMAC-" + name,
            "lengthBytes": HASH_BYTES[name],
            "covers": covers,
            "keySource": source,
        }
    }


def schemes():
    """Yields a group, parameters and a secret."""
    salt = {"saltHex": "0102030405060708"}
    for layout in [
        "nonce|ciphertext|tag",
        "nonce|tag|ciphertext",
        "tag|nonce|ciphertext",
        "ciphertext|nonce|tag",
        "ciphertext|tag|nonce",
        "noncelength|nonce|taglength|tag|ciphertext",
    ]:
        for bits in ["aes-256", "aes-192", "aes-128"]:
            for nonce in [12, 16]:
                p = cipher(bits) | {"mode": "GCM", "padding": "None", "ivSource": "prepended"}
                p |= {"layout": layout, "ivLengthBytes": nonce, "tagLengthBytes": 16}
                source, secret = explicit(p)
                yield "gcm", p | source, secret
    p = cipher("aes-256") | {"mode": "GCM", "padding": "None", "ivSource": "prepended"}
    p |= {"ivLengthBytes": 12, "tagLengthBytes": 16}
    for layout in ["nonce|ciphertext|tag", "nonce|tag|ciphertext"]:
        yield "gcm", p | {"layout": layout} | shortcut("SHA256", p), PASSPHRASE
        yield "gcm", p | {"layout": layout} | salt | kdf("Rfc2898DeriveBytes", "SHA256", 10000, [32]), PASSPHRASE
        source, secret = explicit(p)
        yield "gcm", p | {"layout": layout, "tagLengthBytes": 12} | source, secret
        yield "gcm", p | {"layout": layout, "associatedDataHex": "686561646572"} | source, secret
    for layout in ["salt|nonce|ciphertext|tag", "salt|nonce|tag|ciphertext"]:
        for length, nonce, extra in [(16, 12, {}), (16, 16, {"associatedDataSource": "salt"}), (8, 12, {})]:
            for name, iterations in [("SHA1", 10000), ("SHA256", 100000 if length == 16 and nonce == 12 else 1000)]:
                q = p | {"layout": layout, "saltLengthBytes": length, "ivLengthBytes": nonce} | extra
                yield "gcm", q | kdf("Rfc2898DeriveBytes", name, iterations, [32]), PASSPHRASE

    for bits in ["aes-256", "aes-128", "tripledes-192", "tripledes-128", "des"]:
        for step in [8, None]:
            for padding in ["None", "PKCS7", "Zeros"]:
                p = cipher(bits) | {"mode": "CFB", "padding": padding}
                p["feedbackSizeBits"] = step or p["blockSizeBits"]
                if padding == "Zeros":
                    p["postDecode"] = "trim-trailing-nul"
                source, secret = explicit(p)
                yield "cfb", p | source | prepended(p), secret
                yield "cfb", p | source | constant_iv(p), secret

    for bits in ["aes-256", "aes-192", "aes-128", "blowfish-128", "rc2-128"]:
        p = cipher(bits) | {"mode": "ECB", "ivSource": "none"}
        source, secret = explicit(p)
        yield "ecb", p | source, secret
        for name in ["MD5", "SHA256"]:
            yield "ecb", p | shortcut(name, p), PASSPHRASE

    for layout, sources in [
        ("iv|ciphertext|hmac", ["explicit", "same-as-encryption-key", "kdf-next-bytes"]),
        ("hmac|iv|ciphertext", ["explicit", "same-as-encryption-key"]),
        ("iv|hmac|ciphertext", ["explicit"]),
        ("salt|iv|ciphertext|hmac", ["kdf-next-bytes", "same-as-encryption-key"]),
        ("salt|macsalt|iv|ciphertext|hmac", ["derived-with-macsalt"]),
    ]:
        covers = "|".join(each for each in layout.split("|") if each != "hmac")
        for source in sources:
            for name, bits in [("SHA256", "aes-256"), ("SHA512", "aes-256"), ("SHA1", "aes-128")]:
                for covered in [covers, "ciphertext"]:
                    if covered == "ciphertext" and name != "SHA256":
                        continue
                    p = cipher(bits)
                    p |= prepended(p, layout) | mac(name, covered, source)
                    secret = PASSPHRASE
                    if source == "explicit" or (source.startswith("same") and "salt" not in layout):
                        fields, secret = explicit(p)
                        p |= fields
                    else:
                        calls = [sizes(p)[0]]
                        if source == "kdf-next-bytes":
                            calls.append(HASH_BYTES[name])
                        p |= kdf("Rfc2898DeriveBytes", "SHA1", 10000, calls)
                        for part in ["salt", "macsalt"]:
                            if part in layout.split("|"):
                                field = "saltLengthBytes" if part == "salt" else "macSaltLengthBytes"
                                p[field] = 8 if name == "SHA256" else 16
                        if "salt" not in layout.split("|"):
                            p |= salt
                    if source == "explicit":
                        secret = secret | {"macKeyHex": noise(32).hex()}
                    yield "hmac", p, secret

    for bits in ["aes-256", "aes-128", "tripledes-192", "des"]:
        p = cipher(bits)
        key, block = sizes(p)
        for length in [8, 16, 32, 256]:
            q = p | {"layout": "salt|ciphertext", "saltLengthBytes": length}
            calls = {"kdf-next-bytes": [key, block], "kdf-first-bytes": [block, key], "key": [key]}
            for iv_source, counts in calls.items():
                if iv_source != "kdf-next-bytes" and length != 16:
                    continue
                yield "salt", q | {"ivSource": iv_source} | kdf("Rfc2898DeriveBytes", "SHA1", 1000, counts), PASSPHRASE
                yield "salt", q | {"ivSource": iv_source} | kdf("PasswordDeriveBytes", "MD5", 1000, counts), PASSPHRASE
            if length == 16:
                yield "salt", q | {"ivSource": "salt"} | kdf("Rfc2898DeriveBytes", "SHA256", 1000, [key]), PASSPHRASE
        for layout in ["ivlength|iv|ciphertext", "ciphertext|iv"]:
            source, secret = explicit(p)
            yield "layout", p | source | prepended(p, layout), secret
            yield "layout", p | salt | prepended(p, layout) | kdf("Rfc2898DeriveBytes", "SHA1", 1000, [key]), PASSPHRASE
        q = p | prepended(p, "iv|salt|ciphertext") | {"saltLengthBytes": 16}
        yield "layout", q | kdf("Rfc2898DeriveBytes", "SHA1", 1000, [key]), PASSPHRASE

    for bits in ["aes-256", "aes-192", "aes-128", "tripledes-192", "tripledes-128", "des"]:
        p = cipher(bits)
        key, block = sizes(p)
        for source, name in [("Rfc2898DeriveBytes", "SHA1"), ("Rfc2898DeriveBytes", "SHA512"), ("PasswordDeriveBytes", "SHA256"), ("PasswordDeriveBytes", "MD5")]:
            yield "iv", p | salt | {"ivSource": "kdf-first-bytes"} | kdf(source, name, 1000, [block, key]), PASSPHRASE
            yield "iv", p | salt | {"ivSource": "key"} | kdf(source, name, 1000, [key]), PASSPHRASE
        yield "iv", p | {"ivSource": "key"} | explicit(p)[0], explicit(p)[1]
        for name in ["MD5", "SHA1", "SHA256", "SHA512", "MD5-hex", "SHA256-hex"]:
            fields = shortcut(name, p)
            yield "iv", p | fields | {"ivSource": "key"}, PASSPHRASE
            yield "iv", p | fields | {"ivSource": "md5-of-passphrase"}, PASSPHRASE
            yield "key", p | fields | constant_iv(p), PASSPHRASE
            yield "key", p | shortcut(name, p, "utf-16le") | prepended(p), PASSPHRASE
            if fields.get("keyFit") == "zero-padded":
                yield "key", p | fields | {"keyFit": "repeated"} | constant_iv(p), PASSPHRASE
            if not name.endswith("hex") and HASH_BYTES[name] >= key + block:
                yield "iv", p | fields | {"ivSource": "kdf-next-bytes"}, PASSPHRASE
        yield "iv", p | shortcut("SHA256", p) | {"ivSource": "sha1-of-passphrase"}, PASSPHRASE
        yield "iv", p | shortcut("SHA256", p) | {"ivSource": "sha256-of-passphrase"}, PASSPHRASE
        own = {"keySource": "passphrase", "passphraseEncoding": "utf-8"}
        text = "0123456789abcdefghijklmnopqrstuvwxyz"
        yield "key", p | own | constant_iv(p), {"passphrase": text[:key]}
        yield "key", p | own | {"keyFit": "cut"} | prepended(p), {"passphrase": text}
        yield "key", p | own | {"keyFit": "zero-padded"} | constant_iv(p), {"passphrase": text[: key - 1]}
        yield "password", p | {"saltSource": "passphrase-length", "ivSource": "kdf-next-bytes"} | kdf("PasswordDeriveBytes", "SHA256", 100, [key, block]), PASSPHRASE
        for name in ["MD5", "SHA1", "SHA256", "SHA512"]:
            q = p | salt | {"ivSource": "kdf-next-bytes", "passphraseHash": name}
            yield "password", q | kdf("Rfc2898DeriveBytes", "SHA1", 1000, [key, block]), PASSPHRASE
            yield "password", q | kdf("PasswordDeriveBytes", "SHA256", 100, [key, block]), PASSPHRASE
        for encoding in ["utf-16le", "windows-1252"]:
            q = p | salt | {"ivSource": "kdf-next-bytes"}
            yield "password", q | kdf("Rfc2898DeriveBytes", "SHA1", 1000, [key, block], encoding), UMLAUT
            yield "password", q | kdf("PasswordDeriveBytes", "SHA256", 100, [key, block], encoding), UMLAUT
            yield "password", p | shortcut("MD5", p, encoding) | constant_iv(p) | {"plaintextEncoding": "windows-1252"}, UMLAUT
        q = p | {"saltText": "s\u00e4ltchen", "saltEncoding": "windows-1252", "ivSource": "kdf-next-bytes"}
        yield "password", q | kdf("Rfc2898DeriveBytes", "SHA1", 1000, [key, block]), PASSPHRASE
    p = cipher("tripledes-192") | shortcut("SHA256", cipher("tripledes-192"), "utf-16le")
    yield "key", p | {"ivSource": "parameter", "ivHex": "e3b0c44298fc1c14", "plaintextEncoding": "utf-16le"}, PASSPHRASE

    for bits in ["aes-256", "aes-192", "aes-128", "tripledes-192"]:
        for prefix in [16, 24, 32, 48]:
            p = cipher(bits) | {"plaintextPrefixBytes": prefix, "plaintextEncoding": "utf-16le"}
            source, secret = explicit(p)
            yield "membership", p | source | {"ivSource": "parameter", "ivHex": "00" * sizes(p)[1]}, secret
        yield "membership", p | source | prepended(p), secret

    for bits in ["rc2-128", "blowfish-128", "blowfish-448"]:
        p = cipher(bits)
        key, block = sizes(p)
        source, secret = explicit(p)
        yield "ciphers", p | source | constant_iv(p), secret
        yield "ciphers", p | source | prepended(p), secret
        yield "ciphers", p | source | {"mode": "ECB", "ivSource": "none"}, secret
        yield "ciphers", p | salt | {"ivSource": "kdf-next-bytes"} | kdf("Rfc2898DeriveBytes", "SHA1", 1000, [key, block]), PASSPHRASE
        yield "ciphers", p | shortcut("SHA512", p) | constant_iv(p), PASSPHRASE

    for number in [1, 2]:
        p = cipher("tripledes-128" if number == 1 else "aes-256")
        p |= shortcut("SHA1" if number == 1 else "SHA256", p, "utf-16le")
        p |= prepended(p, "version|iv|ciphertext") | {"plaintextHeader": "sql-server"}
        for encoding in ["utf-16le", "windows-1252"]:
            for notation in [{"valuePrefix": "0x", "ciphertextEncoding": "hex-upper"}, {}]:
                yield "sql-server", p | {"plaintextEncoding": encoding} | notation, UMLAUT

    for bits in ["aes-256", "aes-192", "aes-128", "tripledes-192", "des"]:
        p = cipher(bits) | {"layout": "Salted__|salt|ciphertext", "saltLengthBytes": 8, "ivSource": "kdf-next-bytes"}
        for source, name, iterations in [
            ("EVP_BytesToKey", "MD5", 1),
            ("EVP_BytesToKey", "SHA256", 1),
            ("EVP_BytesToKey", "SHA512", 1),
            ("EVP_BytesToKey", "MD5", 1000),
            ("Rfc2898DeriveBytes", "SHA256", 10000),
            ("Rfc2898DeriveBytes", "SHA1", 1000),
            ("Rfc2898DeriveBytes", "SHA512", 100000 if bits == "aes-256" else 1000),
        ]:
            yield "openssl", p | kdf(source, name, iterations, list(sizes(p))), UMLAUT
    p = cipher("aes-256") | {"ivSource": "kdf-next-bytes", "saltHex": None}
    yield "openssl", p | kdf("EVP_BytesToKey", "MD5", 1, [32, 16]), PASSPHRASE

    enc = {"valuePrefix": "ENC(", "valueSuffix": ")"}
    p = cipher("des") | {"layout": "salt|ciphertext", "saltLengthBytes": 8, "ivSource": "kdf-next-bytes"}
    for wrap in [{}, enc]:
        yield "jasypt", p | kdf("PasswordDeriveBytes", "MD5", 1000, [8, 8]) | wrap, PASSPHRASE
        for name, bits in [("SHA512", "aes-256"), ("SHA256", "aes-256"), ("SHA1", "aes-128")]:
            q = cipher(bits) | prepended(cipher(bits), "salt|iv|ciphertext") | {"saltLengthBytes": 16}
            yield "jasypt", q | kdf("Rfc2898DeriveBytes", name, 1000, [sizes(q)[0]]) | wrap, PASSPHRASE

    p = cipher("aes-256") | shortcut("SHA256", cipher("aes-256")) | prepended(cipher("aes-256"))
    for notation in ["base64", "hex-upper", "hex-lower", "hex-dashed"]:
        for prefix, suffix in [("enc:", ""), ("0x", ""), ("{AES}", ""), ("ENC(", ")")]:
            yield "affixes", p | {"ciphertextEncoding": notation, "valuePrefix": prefix, **({"valueSuffix": suffix} if suffix else {})}, PASSPHRASE


def vectors():
    groups = {}
    for group, fields, secret in schemes():
        p = BASE | fields
        for number in range(2):
            into = groups.setdefault(group, [])
            text = TEXTS[(len(into) + number) % len(TEXTS)]
            if p["padding"] == "Zeros":
                text += "."
            into.append(
                {
                    "id": "%s-%03d" % (group, len(into) + 1),
                    "kind": "positive",
                    "parameters": p | secret,
                    "plaintext": text,
                    "ciphertext": encrypt(p, secret, text),
                }
            )
    return groups


IV_WITHOUT_VALUE = ["parameter", "key", "kdf-next-bytes", "kdf-first-bytes", "md5-of-passphrase"]
SECRETS = ["passphrase", "keyHex", "keyText", "macKeyHex"]


def negatives(groups):
    """Makes values that have to be refused, and says what gives them away."""
    out = []

    def add(case, vector, p, ciphertext, detectable, changed=None):
        out.append(
            {
                "id": "%s-%s" % (vector["id"], case),
                "kind": "negative",
                "case": case,
                "parameters": p | (changed or {}),
                "originalPlaintext": vector["plaintext"],
                "ciphertext": ciphertext,
                "expect": "error",
                "detectableBy": detectable,
            }
        )

    for group, members in groups.items():
        for vector in members[::6]:
            p, layout = vector["parameters"], vector["parameters"]["layout"].split("|")
            secret = {name: p[name] for name in SECRETS if name in p}
            stored = unwritten(p, vector["ciphertext"])
            authentic = "hmac" in layout or "tag" in layout
            if authentic:
                for case, at in [("first-bit", 0), ("last-bit", -1), ("middle-bit", len(stored) // 2)]:
                    if case == "first-bit" and layout[0] == "noncelength":
                        continue
                    if case == "first-bit" and "iv" in layout and p.get("mac", {}).get("covers") == "ciphertext":
                        if layout[0] != "hmac":
                            continue
                    broken = bytearray(stored)
                    broken[at] ^= 1
                    if case == "middle-bit" and p.get("mac", {}).get("covers") == "ciphertext":
                        continue
                    add(case, vector, p, written(p, bytes(broken)), "mac")
            elif p["mode"] != "CFB":
                add("cut", vector, p, written(p, stored[:-1]), "length")
            around = len(stored) - 1 if authentic else 0
            if p["mode"] != "CFB" or layout != ["ciphertext"]:
                add("too-short", vector, p, written(p, stored[: min(7, around or 7)]), "length")
            if layout[0] in ("Salted__", "version", "ivlength", "noncelength"):
                add("header", vector, p, written(p, bytes([stored[0] ^ 1]) + stored[1:]), "length")
            if "valuePrefix" in p:
                add("no-prefix", vector, p, vector["ciphertext"][len(p["valuePrefix"]) :], "prefix")
            if "valueSuffix" in p:
                add("no-suffix", vector, p, vector["ciphertext"][:-1], "prefix")
            if p.get("plaintextHeader") == "sql-server":
                zeros = encrypt(p, secret, vector["plaintext"], header=bytes(8))
                add("no-magic", vector, p, zeros, "header")
                longer = struct.pack("<IHH", 0xBAADF00D, 0, 999)
                add("other-length", vector, p, encrypt(p, secret, vector["plaintext"], header=longer), "header")
            if not authentic and p["padding"] == "PKCS7" and "passphrase" in secret and p["mode"] == "CBC":
                add_wrong_passphrase(add, vector, p, secret)
            if p["plaintextEncoding"] == "utf-8" and p["mode"] != "CFB":
                latin = p | {"plaintextEncoding": "windows-1252"}
                text = "Gru\u00dfe und \u00c4hnliches"
                add("not-utf-8", vector | {"plaintext": text}, p, encrypt(latin, secret, text), "strict-decoding")
    return out


def add_wrong_passphrase(add, vector, p, secret):
    """A value of another passphrase whose padding is wrong under the right one."""
    for number in range(100):
        other = {**secret, "passphrase": secret["passphrase"][:-1] + chr(ord("a") + number % 26)}
        if other == secret or not has_bad_padding(p, other, vector):
            continue
        add("wrong-passphrase", vector, p, vector["ciphertext"], "padding", other)
        return


def has_bad_padding(p, secret, vector):
    if p["layout"] != "ciphertext" or p["ivSource"] not in IV_WITHOUT_VALUE:
        return False
    key, iv = key_and_iv(p, secret)
    decryptor = Cipher(algorithm(p, key), modes.CBC(iv)).decryptor()
    plain = decryptor.update(unwritten(p, vector["ciphertext"])) + decryptor.finalize()
    count = plain[-1]
    block = sizes(p)[1]
    return not (0 < count <= block and plain.endswith(bytes([count]) * count))


def key_and_iv(p, secret):
    block = sizes(p)[1]
    salt = bytes.fromhex(p.get("saltHex") or "")
    if "saltText" in p:
        salt = encoded(p["saltText"], p["saltEncoding"])
    if "getBytes" in p:
        results = derive(p, secret, salt)
        first = p["ivSource"] == "kdf-first-bytes"
        key = results[1 if first else 0]
        iv = results[0] if first else results[-1]
    else:
        material = hashed(p, secret)
        key = fitted(material, p)
        iv = material[len(key) : len(key) + block]
    if p["ivSource"] == "key":
        iv = key[:block]
    if p["ivSource"] == "parameter":
        iv = bytes.fromhex(p["ivHex"])
    if p["ivSource"].endswith("-of-passphrase"):
        iv = digest(p["ivSource"].split("-")[0], encoded(secret["passphrase"], p["passphraseEncoding"]))[:block]
    return key, iv


def check_public_cases():
    cases = json.loads((HERE.parent / "public-cases" / "cases.json").read_text())["cases"]
    for case in cases:
        p, secret, value = case["parameters"], case["secret"], case["values"][0]
        stored = unwritten(p, value)
        parts, at = {}, 0
        lengths = {
            "salt": p.get("saltLengthBytes", 0),
            "macsalt": p.get("macSaltLengthBytes", 0),
            "iv": p.get("ivLengthBytes", 0),
            "nonce": p.get("ivLengthBytes", 0),
            "Salted__": 8,
            "version": 4,
            "ivlength": 4,
        }
        for part in p["layout"].split("|"):
            if part not in lengths:
                break
            name = "iv" if part == "nonce" else part
            parts[name] = stored[at : at + lengths[part]]
            at += lengths[part]
        if "keyBase64" in secret:
            secret = {"keyHex": base64.b64decode(secret["keyBase64"]).hex()}
        again = encrypt(p, secret, case["expectedOfFirst"], parts)
        assert again.lower() == value.lower(), case["id"]


def check_derivations():
    for name in ["kdf-passwordderivebytes.json", "kdf-rfc2898.json"]:
        for vector in json.loads((HERE.parent / "dotnet-legacy" / name).read_text()):
            if vector.get("expect") == "error" or vector["kdf"] == "CryptDeriveKey":
                continue
            p = {"keySource": vector["kdf"], "kdfHash": vector["hash"]}
            p |= {name: vector[name] for name in ["iterations", "getBytes", "passphraseEncoding"]}
            results = derive(p, vector, bytes.fromhex(vector["saltHex"] or ""))
            assert [each.hex() for each in results] == vector["outputsHex"], vector["id"]


def main():
    check_public_cases()
    check_derivations()
    groups = vectors()
    for group, members in groups.items():
        write(group + ".json", members)
    refused = negatives(groups)
    write("negative.json", refused)
    print(sum(map(len, groups.values())), "positive,", len(refused), "negative")


def write(name, members):
    lines = [json.dumps(each, ensure_ascii=True) for each in members]
    (HERE / name).write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
