#!/usr/bin/env python3
"""Verify a Tocsin dossier: one published attribution case, checked offline.

    verify.py DOSSIER [--trust KEYS] [--self-consistent] [--checkpoint FILE]
              [--file F ...] [--json] [--crypto cryptography|openssl] [--debug]

Written from docs/dossier.md and docs/dossier-made.md alone, as a second opinion
beside `tocsin verify`; the sections here are in the order of those documents.
It needs Python 3.11 and, for signatures, either the package `cryptography` or
the program `openssl` 3.0; no network, no hub.

Exit status: 0 if every check holds, 1 if one does not, 2 if the command line is
wrong or a file cannot be read. Whatever a dossier holds is checked before it is
used; anything unexpected in it is a failed check, never a traceback.
"""

import argparse
import base64
import datetime
import decimal
import hashlib
import json
import math
import os
import re
import struct
import subprocess
import sys
import tempfile
import uuid
import zlib

LIMIT = 256 << 20  # bytes of all files of a dossier together
NOTE_LIMIT = 1 << 20  # bytes of a checkpoint, or of a trust file
DEPTH = 32  # nesting of JSON; the format itself needs 7


class Failed(Exception):
    """What a check found wrong, in words for a person."""


def need(condition, complaint):
    if not condition:
        raise Failed(complaint)


# ---------------------------------------------------------------- words


def H(*parts):
    """SHA-256 of the parts, one after the other."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def number(x):
    """A number as RFC 8785 (section 3.2.2.3) writes it: integers, and fractions between 0 and 1."""
    if isinstance(x, int):
        return str(x)
    need(0 < x < 1, "a fraction that is not between 0 and 1")
    if x >= 1e-6:
        return format(decimal.Decimal(repr(x)), "f")
    return repr(x).replace("e-0", "e-")


def canonical(value, depth=0):
    """The text of a value by RFC 8785, as far as the document uses it."""
    need(depth <= DEPTH, "JSON nested too deeply")
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, list):
        return "[" + ",".join(canonical(v, depth + 1) for v in value) + "]"
    members = (json.dumps(k) + ":" + canonical(value[k], depth + 1) for k in sorted(value))
    return "{" + ",".join(members) + "}"


def json_bytes(value):
    return canonical(value).encode()


def members_once(pairs):
    members = dict(pairs)
    need(len(members) == len(pairs), "a member is there twice")
    return members


def integer(text):
    need(len(text) <= 17 and abs(int(text)) <= 1 << 53, "an integer beyond 2^53")
    return int(text)


def no_constant(text):
    raise Failed(f"{text} is no JSON")


def parse_json(text):
    """Any JSON without repeated members, NaN, or integers beyond 2^53."""
    try:
        return json.loads(text, object_pairs_hook=members_once, parse_int=integer, parse_constant=no_constant)
    except (ValueError, RecursionError) as e:
        raise Failed(f"no JSON: {e}") from e


def client_json(text):
    """JSON that a browser wrote: numbers of any size, but not too deep, and Unicode throughout."""
    try:
        value = json.loads(text, object_pairs_hook=members_once, parse_int=str, parse_float=str, parse_constant=no_constant)
        need(depth(value) <= 16, "JSON nested more than 16 deep")
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as e:
        raise Failed("a string that is no Unicode") from e
    except (ValueError, RecursionError) as e:
        raise Failed(f"no JSON: {e}") from e
    return value


def depth(value):
    """How deep arrays and objects are nested, the outermost counted."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


KEY_NAME = re.compile(r"[A-Za-z0-9_-]*")


def plain_keys(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            need(KEY_NAME.fullmatch(key), f"the member {key!r} is not of letters, digits, - and _")
            plain_keys(inner)
    elif isinstance(value, list):
        for inner in value:
            plain_keys(inner)


def parse_canonical(text):
    value = parse_json(text)
    try:
        need(canonical(value).encode() == text.encode(), "not canonical JSON")
    except UnicodeEncodeError as e:  # half of a surrogate pair, written as an escape
        raise Failed("a string that is no Unicode") from e
    plain_keys(value)
    return value


def utf8(data):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as e:
        raise Failed(f"not UTF-8 at byte {e.start}") from e


def lines_of(data):
    """The lines of a file, each of which has to end with a newline."""
    text = utf8(data)
    need(text == "" or text.endswith("\n"), "the last line has no end")
    return text.split("\n")[:-1]


def canonical_lines(data):
    values = []
    for n, line in enumerate(lines_of(data), 1):
        try:
            values.append(parse_canonical(line))
        except Failed as e:
            raise Failed(f"line {n}: {e}") from e
    return values


def unbase64(text, size=None):
    """Strict RFC 4648 base64: exactly the text that encoding would give."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as e:
        raise Failed(f"no base64: {text[:40]!r}") from e
    need(base64.b64encode(data).decode() == text, f"base64 with loose ends: {text[:40]!r}")
    need(size is None or len(data) == size, f"{len(data)} bytes in base64, where {size} belong")
    return data


# Shapes of values: a predicate; a dict of members, "?" marking those that may be
# missing; a list with the shape of each element and, unless it is 100, their number.


def match(pattern):
    compiled = re.compile(pattern)
    return lambda v: isinstance(v, str) and compiled.fullmatch(v) is not None


def one_of(*choices):
    return lambda v: isinstance(v, str) and v in choices


BLANK = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*")


def texts(limit):
    """A text of so many bytes at most, that may be blank; and one that may not."""
    def text(v):
        return isinstance(v, str) and len(v.encode()) <= limit
    return text, lambda v: text(v) and not BLANK.fullmatch(v)


LONG, TEXT = texts(8192)
SHORT, NAME = texts(300)
POLICY = texts(65536)[1]
STRING = texts(NOTE_LIMIT)[0]


def COUNT(v):
    return isinstance(v, int) and not isinstance(v, bool) and v >= 0


def TIME(v):
    if not match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")(v):
        return False
    try:
        return moment(v) is not None
    except ValueError:
        return False


def moment(v):
    """The microseconds since 1970 of a time; ValueError if there is no such day or hour, or the year is 0."""
    fields = (v[:4], v[5:7], v[8:10], v[11:13], v[14:16], v[17:19], v[20:26])
    return (datetime.datetime(*map(int, fields)) - datetime.datetime(1970, 1, 1)) // datetime.timedelta(microseconds=1)


UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"  # RFC 9562, versions 1 to 8
PARTNER = match("identity--" + UUID)
CASE = match("case--" + UUID)
EVIDENCE = match("evidence--" + UUID)
HEX = match("[0-9a-f]{64}")
DIGEST = match("sha256:[0-9a-f]{64}")
# A type of 3 to 250 characters, no two hyphens in a row in it.
STIX_ID = match("(?=.{3,250}--[^-]{8}-)[a-z](-?[a-z0-9])*-?--" + UUID)


def fits(value, shape, where):
    """Raises Failed unless the value has the shape."""
    if isinstance(shape, dict):
        need(isinstance(value, dict), f"{where} is no object")
        for key in value:
            need(key in shape or key + "?" in shape, f"{where} has an unknown member {key}")
        for key, inner in shape.items():
            name = key.rstrip("?")
            need(name in value or key != name, f"{where} lacks {name}")
            if name in value:
                need(key == name or value[name] not in ("", [], None), f"{where} has a {name} that says nothing")
                fits(value[name], inner, f"{where}.{name}")
        return
    if isinstance(shape, list):
        need(isinstance(value, list), f"{where} is no array")
        inner, limit = (*shape, 100)[:2]
        need(len(value) <= limit, f"{where} has more than {limit} elements")
        for n, element in enumerate(value):
            fits(element, inner, f"{where}[{n}]")
        return
    need(shape(value), f"{where} is not as it has to be: {canonical(value)[:80]}")


# ---------------------------------------------------------------- signatures


class Cryptography:
    """Signatures by the Python package of that name."""

    def __init__(self):
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519
        from cryptography.hazmat.primitives import hashes

        self.invalid, self.ec, self.ed, self.hashes = InvalidSignature, ec, ed25519, hashes

    def ed25519(self, key, message, signature):
        try:
            self.ed.Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        except (self.invalid, ValueError):
            return False
        return True

    def p256(self, point, message, signature):
        try:
            key = self.ec.EllipticCurvePublicKey.from_encoded_point(self.ec.SECP256R1(), point)
            key.verify(signature, message, self.ec.ECDSA(self.hashes.SHA256()))
        except (self.invalid, ValueError):
            return False
        return True


class OpenSSL:
    """Signatures by the program openssl, which wants files and keys in DER."""

    # SubjectPublicKeyInfo up to the key itself: RFC 8410 section 4, RFC 5480 section 2.
    ED25519 = bytes.fromhex("302a300506032b6570032100")
    P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")

    def __init__(self):
        self.run(["version"])

    def run(self, arguments, **files):
        with tempfile.TemporaryDirectory() as folder:
            for name, data in files.items():
                with open(os.path.join(folder, name), "wb") as f:
                    f.write(data)
            done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, check=False)
            return done.returncode == 0

    def ed25519(self, key, message, signature):
        if len(signature) != 64:
            return False
        return self.run(
            "pkeyutl -verify -rawin -pubin -keyform DER -inkey key -in message -sigfile signature".split(),
            key=self.ED25519 + key, message=message, signature=signature)

    def p256(self, point, message, signature):
        return self.run(
            "dgst -sha256 -verify key -keyform DER -signature signature message".split(),
            key=self.P256 + point, message=message, signature=signature)


def choose_crypto(name=None):
    """The library if it is there, else the program; name insists on one of them."""
    for choice, made in (("cryptography", Cryptography), ("openssl", OpenSSL)):
        if name in (None, choice):
            try:
                return made()
            except (ImportError, OSError):
                continue
    raise SystemExit(f"verify.py: no {name or 'cryptography and no openssl'} here: install python3-cryptography or openssl")


CRYPTO = None  # set by main, or by whoever imports this file


P256_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
P256_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


ED25519_P = 2**255 - 19
ED25519_D = -121665 * pow(121666, -1, ED25519_P)


def small_order(key):
    """Whether eight times the point is the neutral element. On -x^2 + y^2 = 1 + d x^2 y^2 (RFC 8032,
    section 5.1) these are the points with y = 1 and -1, 0, and those whose double has y = 0: there
    x^2 = -y^2. The sign of x is nothing to that, and y may be written as y + p."""
    y = int.from_bytes(key, "little") % 2**255
    return y * (y * y - 1) * (ED25519_D * y**4 + 2 * y * y - 1) % ED25519_P == 0


HOST = r"[a-z0-9-]+(?:\.[a-z0-9-]+)*"


class Key:
    """A voter's public key: ed25519:BASE64, or webauthn:RPID:BASE64."""

    def __init__(self, text):
        kind, _, rest = text.partition(":")
        self.text, self.rpid = text, None
        if kind == "ed25519":
            self.raw = unbase64(rest, 32)
            need(not small_order(self.raw), f"the key {text[:80]!r} is of small order")
        elif kind == "webauthn":
            self.rpid, _, point = rest.partition(":")
            need(len(self.rpid) <= 253 and re.fullmatch(HOST, self.rpid), f"the key {text[:80]!r} names no host")
            self.raw = unbase64(point, 65)
            x, y = int.from_bytes(self.raw[1:33], "big"), int.from_bytes(self.raw[33:], "big")
            on_curve = x < P256_P and y < P256_P and (y * y - (x * x * x - 3 * x + P256_B)) % P256_P == 0
            need(self.raw[0] == 4 and on_curve, f"the key {text[:80]!r} is no point on P-256")
        else:
            raise Failed(f"{text[:80]!r} is no key")

    def verifies(self, message, signature):
        """signature: {"ed25519"} or {"authenticator_data", "client_data", "signature"}."""
        if self.rpid is None:
            need(set(signature) == {"ed25519"}, "no Ed25519 signature for an Ed25519 key")
            return CRYPTO.ed25519(self.raw, message, unbase64(signature["ed25519"], 64))
        need(set(signature) == {"authenticator_data", "client_data", "signature"}, "no passkey's signature for a passkey")
        data, client, der = passkey_parts(*(signature[k] for k in ("authenticator_data", "client_data", "signature")))
        said = client_json(utf8(client))
        need(isinstance(said, dict) and said.get("type") == "webauthn.get", "the passkey did not sign in (type)")
        challenge = base64.urlsafe_b64encode(H(message)).decode().rstrip("=")
        need(said.get("challenge") == challenge, "the passkey answered another challenge")
        origin = said.get("origin")
        host = re.fullmatch(rf"https?://({HOST})(:[0-9]{{1,5}})?", origin) if isinstance(origin, str) else None
        need(host and (host[1] == self.rpid or host[1].endswith("." + self.rpid)), f"the passkey answered at {origin!r}")
        need(data[:32] == H(self.rpid.encode()), "the passkey is of another site")
        need(data[32] & 0x05 == 0x05, "the passkey's holder was not present and verified")
        return CRYPTO.p256(self.raw, data + H(client), der)


def passkey_parts(*texts):
    """authenticator_data, client_data, signature; flags and counter follow the hash in the first."""
    parts = [unbase64(text) for text in texts]
    for part, least, most in zip(parts, (37, 1, 1), (1024, 4096, 72)):
        need(least <= len(part) <= most, f"{len(part)} bytes in a passkey's signature, where {least} to {most} belong")
    return parts


SIGNATURE = {"ed25519?": STRING, "authenticator_data?": STRING, "client_data?": STRING, "signature?": STRING}


# ---------------------------------------------------------------- the container

FILES = ["checkpoint", "history.jsonl", "index.html", "keyacts.jsonl", "keys.txt", "manifest.txt",
         "proofs.jsonl", "records.jsonl", "scores.json", "stix.json"]
IN_MANIFEST = ["index.html", "keyacts.jsonl", "keys.txt", "records.jsonl", "scores.json", "stix.json"]


def write_container(files):
    """The only bytes that a dossier with these files has."""
    body, directory = [], []
    offset = 0
    for name in sorted(files):
        data, text = files[name], name.encode()
        entry = struct.pack("<HHHHLLLHH", 0x0800, 0, 0, 0x0021, zlib.crc32(data), len(data), len(data), len(text), 0)
        body.append(b"PK\x03\x04" + struct.pack("<H", 20) + entry + text + data)
        directory.append(b"PK\x01\x02" + struct.pack("<HH", 20, 20) + entry + struct.pack("<HHHLL", 0, 0, 0, 0, offset) + text)
        offset += len(body[-1])
    size = sum(map(len, directory))
    end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, len(files), len(files), size, offset, 0)
    return b"".join(body + directory + [end])


def read_container(data):
    """The files by name. What is not as write_container would have it is refused."""
    files, at = {}, 0
    while data[at:at + 4] == b"PK\x03\x04":
        need(len(data) >= at + 30, "the container ends in a header")
        size, length = struct.unpack_from("<L", data, at + 22)[0], struct.unpack_from("<H", data, at + 26)[0]
        name = utf8(data[at + 30:at + 30 + length])
        need(name in FILES and name not in files, f"a file {name!r} too many")
        need(len(data) >= at + 30 + length + size, f"the container ends in {name}")
        files[name] = data[at + 30 + length:at + 30 + length + size]
        at += 30 + length + size
    for name in FILES:
        need(name in files, f"no file {name}")
    need(sum(map(len, files.values())) <= LIMIT, "more than 256 MiB")
    again = write_container(files)
    if again != data:
        where = next((i for i, (a, b) in enumerate(zip(again, data)) if a != b), min(len(again), len(data)))
        raise Failed(f"byte {where} is not what names and contents give")
    return files


# ---------------------------------------------------------------- keys and groups


class Group:
    """At least k of the members, each of which is a name or a Group."""

    def __init__(self, k, members, name=""):
        self.k, self.members, self.name = k, members, name
        groups = [m for m in members if isinstance(m, Group)]
        self.depth = 1 + max((g.depth for g in groups), default=0)
        self.count = len(members) - len(groups) + sum(g.count for g in groups)  # of leaves, each as often as it stands
        label = f"the group {name}" if name else "a group"
        need(members, f"{label} is empty")
        need(1 <= k <= len(members), f"{label} asks for {k} of {len(members)}")
        seen = {}  # a dict, for its order
        for member in members:
            leaves = member.leaves() if isinstance(member, Group) else {member: None}
            twice = seen.keys() & leaves.keys()
            need(k == len(members) or not twice, f"{label}: {min(twice, default='')} counts twice")
            seen |= leaves
        need(self.depth <= 8, f"{label} is more than 8 deep")
        need(self.count <= 1000, f"{label} has more than 1,000 members")
        named = [m if isinstance(m, str) else m.name for m in members if isinstance(m, str) or m.name]
        need(len(named) == len(set(named)), f"{label} names a member twice")
        self._leaves = seen

    def leaves(self):
        return self._leaves

    def satisfied(self, has):
        return sum(m.satisfied(has) if isinstance(m, Group) else m in has for m in self.members) >= self.k


class VerifierKey:
    """A C2SP signed-note verifier key, name+hash+base64: kind 1 a log's, 4 a witness's."""

    def __init__(self, text, kind):
        parts = text.split("+", 2)
        need(len(parts) == 3 and parts[0] and re.fullmatch("[0-9a-f]{8}", parts[1]), f"{text[:80]!r} is no verifier key")
        need(len(parts[0].encode()) <= 255 and not re.search(r"[\s\0-\x1f\x7f-\x9f]", parts[0]), f"{text[:80]!r}: the name")
        key = unbase64(parts[2], 33)
        need(key[0] == kind, f"{parts[0]}: a key of type {key[0]}, where {kind} belongs")
        self.text, self.name, self.kind, self.raw = text, parts[0], kind, key[1:]
        self.hash = H(parts[0].encode(), b"\n", key)[:4]
        need(self.hash.hex() == parts[1], f"{parts[0]}: the key's hash is not that of the key")


class Trust:
    """A trust file, or keys.txt: logs [key], witnesses {name: key}, quorum, voters {(partner, key)}."""

    def __init__(self, data, known=None):
        """known: the Trust of keys.txt, in which keys given by fingerprint are looked up."""
        self.keys, self.logs, self.witnesses, self.voters = {}, [], {}, set()  # keys: {(words, fingerprint): key}
        self.quorum, self.quorums, self.groups = None, 0, {}
        need(len(data) <= NOTE_LIMIT, "more than 1 MiB")
        for n, line in enumerate(lines_of(data), 1):
            if line and not line.startswith("#"):
                try:
                    self.line(line.split(" "), known)
                except Failed as e:
                    raise Failed(f"line {n}: {e}") from e
        need(self.logs, "no log line")
        need(self.quorums == 1, f"{self.quorums} quorum lines, where one belongs")
        need(len({k.name for k in self.logs}) == 1, "logs of several names")
        need(len({k.text for k in self.logs}) == len(self.logs), "the same log twice")
        need(len({key for _, key in self.voters}) == len(self.voters), "one key for two partners")
        raws = [k.raw for k in self.witnesses.values()]
        need(len(raws) == len(set(raws)), "two witnesses with one key")
        self.origin = self.logs[0].name
        self.by_id = {(k.name, k.hash): k for k in [*self.logs, *self.witnesses.values()]}
        self.log_texts, self.named = {k.text for k in self.logs}, {k.text: name for name, k in self.witnesses.items()}

    def line(self, words, known):
        need(all(words), "words that are not parted by one space")
        shape = {"log": 2, "witness": 3, "quorum": 2, "voter": 3}
        word = words[0]
        need(word in shape or word == "group", f"unknown word {word[:40]!r}")
        need(len(words) == shape.get(word) or word == "group" and len(words) > 3, f"a {word} line of {len(words)} words")
        key = self.find(words, known) if word in ("log", "witness", "voter") else None
        if word == "log":
            self.logs.append(VerifierKey(key, 1))
        elif word == "witness":
            self.fresh(words[1])
            self.witnesses[words[1]] = VerifierKey(key, 4)
        elif word == "voter":
            need(PARTNER(words[1]), f"{words[1][:80]!r} is no partner")
            need((words[1], key) not in self.voters, "the same voter line twice")
            self.voters.add((words[1], Key(key).text))
        elif word == "group":
            self.group(*words[1:3], words[3:])
        else:
            self.quorums += 1
            if words[1] != "none":
                member = self.member(words[1])
                self.quorum = member if isinstance(member, Group) else Group(1, [member])

    def find(self, words, known):
        """The key of the line; one given by its fingerprint is looked up in keys.txt."""
        *who, key = words
        if not key.startswith("sha256:"):
            self.keys[(*who, "sha256:" + H(key.encode()).hex())] = key
            return key
        need(known is not None, "a fingerprint where a key belongs")
        need(DIGEST(key), f"{key[:80]!r} is no fingerprint")
        need(tuple(words) in known.keys, f"keys.txt has no key for {' '.join(who)} with the fingerprint {key}")
        return known.keys[tuple(words)]

    def fresh(self, name):
        need(name != "none" and re.fullmatch("[!-~]{1,64}", name), f"the name {name[:80]!r}")
        need(name not in self.witnesses and name not in self.groups, f"{name} is defined twice")

    def member(self, name):
        need(name in self.witnesses or name in self.groups, f"{name} is not defined")
        return self.groups.get(name, name)

    def group(self, name, k, members):
        self.fresh(name)
        need(len(members) == len(set(members)), f"the group {name} names a member twice")
        if k in ("any", "all"):
            k = "1" if k == "any" else str(len(members))
        need(re.fullmatch("[1-9][0-9]{0,8}", k), f"the group {name} asks for {k[:40]!r}")
        need(len(self.groups) < 1000, "more than 1,000 groups")
        self.groups[name] = Group(int(k), [self.member(m) for m in members], name)


# ---------------------------------------------------------------- the log


def leaf_hash(entry):
    return H(b"\x00", entry)


def node_hash(left, right):
    return H(b"\x01", left, right)


def check_inclusion(index, size, leaf, proof, root):
    """RFC 9162 section 2.1.3.2, over the audit path of RFC 6962 section 2.1.1."""
    need(0 <= index < size, f"the index {index} is not below the size {size}")
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        need(sn != 0, "a proof too long")
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0 and r == root, f"the proof for index {index} does not lead to the root")


def check_consistency(old, new, old_root, new_root, proof):
    """RFC 9162 section 2.1.4.2, over the proof of RFC 6962 section 2.1.2; 0 < old < new."""
    path = list(proof)
    need(path, "an empty proof")
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        need(sn != 0, "a proof too long")
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0 and fr == old_root and sr == new_root, f"the size {old} is no beginning of the size {new}")


END_OF_TIME = 253402300799  # the last second of 9999


class Checkpoint:
    """A C2SP tlog-checkpoint: origin, size, root, and the keys that signed it (by text)."""

    def __init__(self, data):
        need(len(data) <= NOTE_LIMIT, "more than 1 MiB")
        lines = lines_of(data)
        need(len(lines) > 4 and lines[3] == "", "not three lines, an empty one, and signatures")
        self.origin, size, root = lines[:3]
        need(re.fullmatch("0|[1-9][0-9]{0,15}", size) and int(size) <= 1 << 53, f"the size {size[:40]!r}")
        self.size, self.root, self.text = int(size), unbase64(root, 32), "\n".join(lines[:3]) + "\n"
        self.lines, self.logs, self.witnesses = [], set(), {}
        for line in lines[4:]:
            words = line.split(" ")
            need(len(words) == 3 and words[0] == "—", f"no signature line: {line[:60]!r}")
            signature = unbase64(words[2])
            need(len(signature) > 4, f"no signature of {words[1]}")
            self.lines.append((words[1], signature[:4], signature[4:]))

    def verify(self, keys, strict=True):
        """Every line has to be of one of the keys (unless not strict) and to verify."""
        need(self.origin == keys.origin, f"it is of the log {self.origin!r}, not {keys.origin!r}")
        for name, id, signature in self.lines:
            key = keys.by_id.get((name, id))
            if key is None and not strict:
                continue
            need(key, f"a signature by {name}, whose key is not in keys.txt")
            need(not strict or key.text not in self.logs and key.text not in self.witnesses, f"{name} signed twice")
            if key.kind == 1:
                need(not strict or not self.witnesses, "a log's signature after a witness's")
                need(CRYPTO.ed25519(key.raw, self.text.encode(), signature), f"the signature of the log {name} is wrong")
                self.logs.add(key.text)
            else:
                need(len(signature) == 72, f"the cosignature of {name} has {len(signature)} bytes")
                when = int.from_bytes(signature[:8], "big")
                need(when <= END_OF_TIME, f"the cosignature of {name} is of no time")
                message = f"cosignature/v1\ntime {when}\n{self.text}"
                need(CRYPTO.ed25519(key.raw, message.encode(), signature[8:]), f"the cosignature of {name} is wrong")
                self.witnesses[key.text] = when

    def satisfies(self, trust):
        need(self.origin == trust.origin, f"it is of the log {self.origin!r}, not of the trusted {trust.origin!r}")
        need(self.logs & trust.log_texts, "no trusted key of the log has signed")
        has = {trust.named[key] for key in self.witnesses if key in trust.named}
        if trust.quorum is not None:
            need(trust.quorum.satisfied(has), f"the witnesses that cosigned ({', '.join(sorted(has)) or 'none'}) are no quorum")
        return has

    def times(self, trust):
        """When trusted witnesses cosigned it, in seconds."""
        return [when for key, when in self.witnesses.items() if key in trust.named]


HOUR = 3600_000_000  # in microseconds


def check_dates(ats, indexes, checkpoints, trust):
    """No record is dated after the witnesses saw it, or before they saw the log without it, by more than
    an hour. Indexes rise, and so do the sizes of the checkpoints."""
    dated = [(c.size, c.times(trust)) for c in checkpoints]
    dated = [(size, min(times) * 10**6, max(times) * 10**6) for size, times in dated if times]
    next = 0  # the first that holds the record
    for n, (at, index) in enumerate(zip(ats, indexes), 1):
        while next < len(dated) and dated[next][0] <= index:
            next += 1
        if next < len(dated):
            need(moment(at) <= dated[next][2] + HOUR, f"record {n} is of {at}, but was seen by witnesses long before")
        if next > 0:
            need(moment(at) >= dated[next - 1][1] - HOUR, f"record {n} is of {at}, but was not on the log long after")


# ---------------------------------------------------------------- records

STANDING = [("unknown", "Cannot be known from this evidence"), ("other", "Somebody not named here"),
            ("false-flag", "Made to look like somebody else")]
LEVELS = one_of("low", "moderate", "high")
LIKELIHOODS = ["almost-no-chance", "very-unlikely", "unlikely", "even-chance", "likely", "very-likely", "almost-certain"]
POINTS = {"CC": 2, "C": 1, "N": 0, "I": -1, "II": -2}
HYPOTHESIS = {"id": match("[a-z0-9-]{1,64}"), "title": NAME, "ref?": STIX_ID}


def dictionary(key, value):
    """The shape of an object with members of any name."""
    return lambda v: isinstance(v, dict) and all(map(key, v)) and all(map(value, v.values()))


def FRACTION(v):
    return isinstance(v, (int, float)) and not isinstance(v, bool) and 0 < v <= 1


BODIES = {
    "case.opened": {"id": CASE, "party": NAME, "question": NAME, "policy": POLICY, "members": dictionary(PARTNER, NAME),
                    "hypotheses": [HYPOTHESIS], "outbreak?": SHORT, "simulated?": LONG},
    "case.hypothesis": HYPOTHESIS,
    "case.evidence": {
        "id": EVIDENCE, "title": NAME,
        "kind": one_of("technical", "infrastructure", "linguistic", "temporal", "behavioural", "intelligence"),
        "digest?": DIGEST, "seal?": DIGEST, "source?": TEXT, "occurred?": SHORT,
        "reliability": one_of(*"ABCDEF"), "credibility": lambda v: COUNT(v) and 1 <= v <= 6,
        "relevance": one_of(*"LMH"), "forgeability": one_of(*"LMH"),
        "custody?": [{"at": NAME, "by": NAME, "note": TEXT}],
        "method?": {"tool": NAME, "version": NAME, "arguments?": [LONG], "inputs?": [DIGEST], "outputs?": [DIGEST]},
        "links?": [STIX_ID, 1000], "replaces?": SHORT},
    "case.mark": {"evidence": NAME, "status": one_of("withdrawn", "contested"), "reason": TEXT},
    "case.rating": {"evidence": NAME, "hypothesis": NAME, "value": one_of(*POINTS), "reason": TEXT, "likelihood?": FRACTION},
    "case.committed": {"round": COUNT, "seal": DIGEST},
    "case.round": {"round": COUNT},
    "case.revealed": {"round": COUNT, "salt": HEX, "vector": dictionary(NAME, lambda v: COUNT(v) and v <= 1000000)},
    "case.statement": {"document": {
        "act": one_of("finding", "update", "withdrawal"), "case": CASE, "question": NAME, "policy": POLICY,
        "version": COUNT, "previous": STRING, "basis": {"n": COUNT, "commitment": HEX}, "finding": NAME, "text": TEXT,
        "likelihood": one_of(*LIKELIHOODS), "confidence": LEVELS, "cites": [NAME, 1000], "gaps": [TEXT],
        "would_change": [TEXT], "occurred?": SHORT}},
    "case.vote": {"document": {
        "case": CASE, "statement": HEX, "partner": PARTNER, "vote": one_of("endorse", "dissent", "abstain"),
        "words": TEXT, "confidence": LEVELS, "occurred?": SHORT}, "key": STRING, "signature": SIGNATURE},
    "case.published": {"statement": HEX},
    "case.reply": {"document": {
        "case": CASE, "statement": HEX, "from": NAME, "relation": one_of("denial", "comment"), "text": TEXT,
        "occurred?": SHORT}, "source?": TEXT, "key?": STRING, "signature?": STRING},
    "case.unsealed": {"evidence": NAME, "salt": HEX, "digest": DIGEST},
}
LIMITS = {"case.evidence": 10000, "case.round": 1000, "case.statement": 1000, "case.reply": 1000}
OF_PARTNER = {"case.hypothesis": 20, "case.statement": 50, "case.reply": 200}
COMMON = {"case.hypothesis", "case.evidence", "case.rating", "case.committed", "case.round", "case.revealed"}
RECORD = {"n": COUNT, "prev": HEX, "case": CASE, "kind": one_of(*BODIES), "by": PARTNER, "at": TIME,
          "body": lambda v: isinstance(v, dict)}
RECORD_FORM = {"n": lambda v: type(v) is int, "prev": STRING, "case": STRING, "kind": STRING, "by": STRING, "at": TIME,
               "body": lambda v: True}


def check_record_form(line):
    fits(line, {"record": RECORD_FORM, "salt": HEX}, "it")


def parse_policy(text):
    """The Group that a policy means; its members are partners."""
    tokens = re.findall(r" +|[\[\],:]|[^ \[\],:]+", text)
    tokens = [t for t in reversed(tokens) if not t.startswith(" ")]  # the next one last

    def take(*wanted):
        need(tokens, "the policy ends too early")
        token = tokens.pop()
        need(not wanted or token in wanted, f"the policy has {token[:40]!r} where {' or '.join(wanted)} belongs")
        return token

    def member(depth):
        name, first = "", take()
        if PARTNER(first) and tokens[-1:] != [":"]:
            return first
        if tokens[-1:] == [":"]:
            need(re.fullmatch("[a-z0-9-]{1,64}", first) and not PARTNER(first), f"the policy has a group named {first[:80]!r}")
            take(":")
            name, first = first, take()
        return group(first, name, depth)

    def group(quorum, name, depth):
        need(depth <= 8, "the policy is nested too deeply")
        take("of")
        take("[")
        members = [member(depth + 1)]
        while take(",", "]") == ",":
            members.append(member(depth + 1))
        plain = re.fullmatch("([1-9][0-9]{0,8})(?:/([1-9][0-9]{0,8}))?", quorum)
        need(quorum == "all" or plain, f"the policy has {quorum[:40]!r} where all, a number or a share belongs")
        if quorum == "all":
            return Group(len(members), members, name)
        top, bottom = int(plain[1]), int(plain[2] or 0)
        if not bottom:
            return Group(top, members, name)
        need(top < bottom <= 100 and math.gcd(top, bottom) == 1, f"the policy has the share {quorum}")
        return Group(-(-top * len(members) // bottom), members, name)

    whole = group(take(), "", 1)
    need(not tokens, f"the policy goes on after its end: {tokens[-1:]}")
    return whole


class Case:
    """What the records say, folded in their order; a record that breaks a rule raises Failed."""

    def __init__(self):
        self.id, self.records = None, []
        self.hypotheses = {}  # id: {id, title, ref, n}
        self.evidence = {}  # id: the body, with n, by, party, at, status, opened
        self.ratings = {}  # (evidence, hypothesis): {partner: body}
        self.sealed, self.commitments = {}, {}  # seal: partner
        self.rounds = {}  # number: {"closed", "committed": {partner: seal}, "revealed": {partner: vector}}
        self.closed = 0
        self.statements = {}  # digest: {"digest", "n", "by", "document", "votes": [...], "voters": {partner: how many}, "published": n, "replies": [...]}
        self.published = []  # statements
        self.openings = []
        self.counts, self.cast = {}, set()  # cast: H of each vote's document

    def add(self, record, commitment):
        body, kind = record["body"], record["kind"]
        shape = dict(BODIES[kind], party=NAME)
        if kind != "case.opened":
            shape["case"] = CASE
        fits(body, shape, kind)
        need((kind == "case.opened") == (record["n"] == 1), "the opening is the first record and no other")
        if kind != "case.opened":
            need(record["case"] == self.id and body["case"] == self.id, "it is of another case")
        self.limit(kind, record["by"])
        getattr(self, "on_" + kind.removeprefix("case."))(record, body)
        self.named(record["by"], body["party"])
        self.records.append((record, commitment))

    def limit(self, kind, by):
        """Counts records against the limits of the format."""
        limits = {"the case": 100000, kind: LIMITS.get(kind, 100000), by: 20000, f"{kind} by {by}": OF_PARTNER.get(kind, 20000)}
        if kind in COMMON:
            limits["evidence and what is said of it by " + by] = 18000
        for what, limit in limits.items():
            self.counts[what] = self.counts.get(what, 0) + 1
            need(self.counts[what] <= limit, f"more than {limit} records of {what}")

    def named(self, by, party):
        """Nobody goes by a name that the opening gives to somebody else."""
        if by in self.members:
            need(party == self.members[by], f"{by} is named {party!r}, and {self.members[by]!r} in the opening")
        else:
            need(party not in self.names, f"{by} is named as a partner of the policy is: {party!r}")

    def decides(self, by):
        need(by in self.members or by == self.records[0][0]["by"], "only who opened the case and the partners of the policy may")

    @staticmethod
    def own(seals, seal, by):
        need(seals.setdefault(seal, by) == by, "the seal is another partner's")

    def on_opened(self, record, body):
        need(body["id"] == record["case"], "it opens another case than it is of")
        self.id, self.question, self.policy = body["id"], body["question"], body["policy"]
        self.members, self.names = body["members"], set(body["members"].values())
        self.group = parse_policy(self.policy)
        need(self.group.leaves().keys() == self.members.keys(), "the members are not the partners of the policy")
        need(len(self.names) == len(self.members), "two members of one name")
        need(body["hypotheses"], "no hypotheses")
        for hypothesis in body["hypotheses"]:
            self.propose(record, hypothesis)
        for id, title in STANDING:
            self.propose(record, {"id": id, "title": title})

    def on_hypothesis(self, record, body):
        self.decides(record["by"])
        self.propose(record, body)

    def propose(self, record, body):
        need(body["id"] not in self.hypotheses, f"the hypothesis {body['id']} is there already")
        need(len(self.hypotheses) < 100 + len(STANDING), "more than 100 hypotheses")
        self.hypotheses[body["id"]] = dict(body, n=record["n"])

    def item(self, id):
        need(id in self.evidence, f"no evidence {id!r} in the case")
        return self.evidence[id]

    def known(self, id):
        need(id in self.hypotheses, f"no hypothesis {id!r} in the case")

    def statement_of(self, digest):
        need(digest in self.statements, f"no statement {digest} in the case")
        return self.statements[digest]

    def on_evidence(self, record, body):
        need(body["id"] not in self.evidence, f"the evidence {body['id']} is there already")
        need({"digest", "seal", "source"} & set(body), "evidence without digest, seal and source")
        if "seal" in body:
            self.own(self.sealed, body["seal"], record["by"])
        if "replaces" in body:
            old = self.item(body["replaces"])
            need(old["by"] == record["by"], "it replaces somebody else's evidence")
            need(old["status"] not in ("withdrawn", "updated"), f"it replaces what is {old['status']}")
            old.update(status="updated", ended=record["n"])
        self.evidence[body["id"]] = dict(body, n=record["n"], by=record["by"], at=record["at"], status="filed", opened=None)

    def on_mark(self, record, body):
        item = self.item(body["evidence"])
        need(item["status"] not in ("withdrawn", "updated"), f"the evidence is {item['status']}")
        if body["status"] == "withdrawn":
            need(item["by"] == record["by"], "only the partner that filed evidence withdraws it")
            item["ended"] = record["n"]
        item["status"] = body["status"]

    def on_rating(self, record, body):
        self.item(body["evidence"])
        self.known(body["hypothesis"])
        cell = self.ratings.setdefault((body["evidence"], body["hypothesis"]), {})
        cell[record["by"]] = dict(body, n=record["n"], at=record["at"])

    def round_number(self, n):
        return self.rounds.setdefault(n, {"closed": False, "committed": {}, "revealed": {}})

    def on_committed(self, record, body):
        need(body["round"] == self.closed + 1, f"round {body['round']} is not open")
        need(body["round"] <= LIMITS["case.round"], "more than 1,000 rounds")
        self.own(self.commitments, body["seal"], record["by"])
        self.round_number(body["round"])["committed"][record["by"]] = body["seal"]

    def on_round(self, record, body):
        self.decides(record["by"])
        need(body["round"] == self.closed + 1, f"round {body['round']} is not open")
        self.round_number(body["round"])["closed"] = True
        self.closed += 1

    def on_revealed(self, record, body):
        need(1 <= body["round"] <= self.closed, f"round {body['round']} is not closed")
        round, by = self.rounds[body["round"]], record["by"]
        need(by in round["committed"], "nothing was committed to")
        need(by not in round["revealed"], "it is revealed already")
        for id in body["vector"]:
            self.known(id)
        need(any(body["vector"].values()), "all noughts")
        seal = H(b"tocsin-vector/v1\n", bytes.fromhex(body["salt"]), H(json_bytes(body["vector"])))
        need(round["committed"][by] == "sha256:" + seal.hex(), "it is not what was committed to")
        round["revealed"][by] = body["vector"]

    def on_statement(self, record, body):
        doc, last = body["document"], self.published[-1] if self.published else None
        need(doc["case"] == self.id, "the statement is of another case")
        need(doc["question"] == self.question and doc["policy"] == self.policy, "question and policy are not as opened")
        need(1 <= doc["basis"]["n"] < record["n"], "the basis is no record before this one")
        need(doc["basis"]["commitment"] == self.records[doc["basis"]["n"] - 1][1].hex(), "the basis is another record")
        self.next(doc)
        self.known(doc["finding"])
        need(doc["cites"], "it cites nothing")
        need(len(doc["cites"]) == len(set(doc["cites"])), "it cites something twice")
        if doc["act"] == "withdrawal":
            for k in ("finding", "likelihood", "confidence", "cites"):
                need(doc[k] == last["document"][k], f"a withdrawal has the {k} of what it withdraws")
        else:
            for id in doc["cites"]:
                item = self.item(id)
                need(item["n"] <= doc["basis"]["n"], f"{id} was filed after the basis")
                gone = item["status"] == "withdrawn" and item["ended"] <= doc["basis"]["n"]
                need(not gone, f"{id} is withdrawn")
        digest = H(b"tocsin-statement/v1\n", json_bytes(doc)).hex()
        need(digest not in self.statements, "the statement is there already")
        self.statements[digest] = {"digest": digest, "n": record["n"], "by": record["by"], "at": record["at"],
                                   "document": doc, "votes": [], "voters": {}, "replies": [], "published": None}

    def next(self, doc):
        """Whether a statement may follow what is published."""
        last = self.published[-1] if self.published else None
        need(doc["version"] == (last["document"]["version"] + 1 if last else 1), f"the version {doc['version']} is not the next")
        need(doc["previous"] == (last["digest"] if last else ""), "previous is not the last published statement")
        need((doc["act"] == "finding") == (last is None), f"no {doc['act']} can follow what is published")
        need(not (last and last["document"]["act"] == "withdrawal" and doc["act"] == "withdrawal"), "it is withdrawn already")

    def on_vote(self, record, body):
        doc = body["document"]
        need(doc["case"] == self.id, "the vote is of another case")
        need(doc["partner"] == record["by"], "the vote is another partner's")
        statement = self.statement_of(doc["statement"])
        message = b"tocsin-vote/v1\n" + json_bytes(doc)
        need(Key(body["key"]).verifies(message, body["signature"]), "the signature is wrong")
        need(H(message) not in self.cast, "the very same vote was cast before")
        self.cast.add(H(message))
        mine = statement["voters"].get(record["by"], 0) + 1
        need(mine <= 100, "more than 100 votes of a partner on a statement")
        statement["voters"][record["by"]] = mine
        statement["votes"].append(dict(body, n=record["n"], at=record["at"], party=body["party"]))

    def last_votes(self, statement, before=None):
        votes = {}
        for vote in statement["votes"]:
            if before is None or vote["n"] < before:
                votes[vote["document"]["partner"]] = vote
        return votes

    def carried(self, statement, before=None):
        votes = self.last_votes(statement, before)
        return self.group.satisfied({p for p, v in votes.items() if v["document"]["vote"] == "endorse"})

    def on_published(self, record, body):
        statement = self.statement_of(body["statement"])
        need(statement["published"] is None, "it is published already")
        self.next(statement["document"])
        need(self.carried(statement), "the votes before it do not satisfy the policy")
        statement["published"] = record["n"]
        self.published.append(statement)

    def on_reply(self, record, body):
        doc = body["document"]
        need(doc["case"] == self.id, "the reply is of another case")
        signed = "key" in body and "signature" in body
        need("source" in body or signed, "a reply without source and signature")
        need(signed or not {"key", "signature"} & set(body), "a key without a signature, or a signature without a key")
        if signed:
            key, message = Key(body["key"]), b"tocsin-reply/v1\n" + json_bytes(doc)
            need(key.rpid is None, "a reply is signed by an ed25519: key")
            need(key.verifies(message, {"ed25519": body["signature"]}), "the signature is wrong")
        reply = dict(body, n=record["n"], at=record["at"], by=record["by"])
        self.statement_of(doc["statement"])["replies"].append(reply)

    def on_unsealed(self, record, body):
        item = self.item(body["evidence"])
        need("seal" in item, "the evidence is not sealed")
        need(item["opened"] is None, "it is opened already")
        check_seal(item, body)
        item["opened"] = dict(body, n=record["n"], at=record["at"], by=record["by"])
        self.openings.append(item["opened"])


def check_seal(item, opening):
    digest = bytes.fromhex(opening["digest"].removeprefix("sha256:"))
    seal = H(b"tocsin-seal/v1\n", bytes.fromhex(opening["salt"]), digest)
    need(item["seal"] == "sha256:" + seal.hex(), f"the opening of {opening['evidence']} does not match its seal")
    need(item.get("digest", opening["digest"]) == opening["digest"], f"{opening['evidence']} has another digest than its opening")


# ---------------------------------------------------------------- key acts

KEY_ACT = {"act": one_of("register", "rotate", "revoke"), "at": TIME, "by": STRING, "key": STRING,
           "partner": PARTNER, "previous": STRING, "signature": STRING}


def check_act_form(act):
    fits(act, KEY_ACT, "the act")
    kind = act["act"]
    need(act["by"] in (act["partner"], "hub"), f"it is by {act['by'][:80]!r}")
    need(act["key"] != act["previous"], "a key takes its own place")
    need((kind == "rotate") == (act["previous"] != ""), "a rotation, and nothing else, has a previous key")
    need(kind != "register" or act["signature"] == "", "a registration has no signature")
    for key in (act["key"], act["previous"]):
        if key:
            Key(key)
    parts = act["signature"].split(".")
    need(len(parts) in (1, 3), f"a signature of {len(parts)} parts")
    if len(parts) == 3:
        passkey_parts(*parts)
    elif act["signature"]:
        unbase64(act["signature"], 64)


def check_act_signature(act):
    """What is signed is signed by the key that ends; a lost key is ended without a signature."""
    if act["signature"] == "":
        need(act["act"] != "rotate", "a rotation without a signature")
        need(act["act"] != "revoke" or act["by"] == "hub", "a revocation without a signature that is not the hub's")
        return
    signer = Key(act["previous"] or act["key"])
    message = b"tocsin-key/v1\n" + json_bytes({k: act[k] for k in ("act", "key", "partner", "previous")})
    members = ["ed25519"] if signer.rpid is None else ["authenticator_data", "client_data", "signature"]
    parts = act["signature"].split(".")
    need(len(parts) == len(members), f"a {act['act']} without a signature of its key")
    need(signer.verifies(message, dict(zip(members, parts))), f"the signature of a {act['act']} is wrong")


class Keyring:
    """Which keys are good at an index of the log: trusted, or rotated to from a good one, and neither
    revoked nor rotated away. acts: (index, act), in the order of the log."""

    def __init__(self, trusted, acts):
        self.good, self.ended = dict.fromkeys(trusted, -1), {}  # (partner, key): index of the act
        self.partners = {partner for partner, _ in trusted}
        for index, act in acts:
            key, previous = (act["partner"], act["key"]), (act["partner"], act["previous"])
            if act["act"] == "revoke":
                self.ended.setdefault(key, index)
            elif act["act"] == "rotate" and previous not in self.ended:
                self.ended[previous] = index
                if previous in self.good:
                    self.good.setdefault(key, index)

    def may_sign(self, partner, key, before):
        key = (partner, key)
        return key in self.good and self.good[key] < before and self.ended.get(key, before) >= before


# ---------------------------------------------------------------- scores


class Number(float):
    """A score: six decimals in scores.json, compared with a tolerance."""


TOLERANCE = 0.000002
ROOT = math.sqrt(2)
LEVEL = {"L": 1 / ROOT, "M": 1.0, "H": ROOT}


def mean(xs):
    return sum(xs) / len(xs)


def deviation(xs):
    """Population standard deviation; rounded, as all that is compared."""
    if not xs:
        return 0.0
    m = mean(xs)
    return round(math.sqrt(mean([(x - m) ** 2 for x in xs])), 9)


def weight(item):
    reliability = {"A": "H", "B": "H", "C": "M"}.get(item["reliability"], "L")
    credibility = {1: "H", 2: "H", 3: "M"}.get(item["credibility"], "L")
    return min(LEVEL[reliability], LEVEL[credibility]) * LEVEL[item["relevance"]]


def leading(totals):
    """The ids of the highest totals, in the order of the dict."""
    best = max((round(t, 9) for t in totals.values()), default=None)
    return [id for id, t in totals.items() if round(t, 9) == best]


def flips(shares, totals, leaders):
    """For each ranked hypothesis that does not lead, the items that keep it from it (rule 6)."""
    found = []
    for other in totals:
        smallest = None
        for leader in leaders if other not in leaders else []:
            ahead = {e: s[leader] - s[other] for e, s in shares.items() if s[leader] - s[other] > 1e-9}
            left, taken = totals[leader] - totals[other] - 1e-9, []
            for e in sorted(ahead, key=lambda e: -round(ahead[e], 9)):
                if left > 0:
                    left -= ahead[e]
                    taken.append(e)
            if smallest is None or len(taken) < len(smallest):
                smallest = taken
        if smallest is not None:
            found.append({"against": other, "without": smallest})
    return found


def posterior(ranked, cells, counting):
    logs, items = dict.fromkeys(ranked, 0.0), 0
    for e in counting:
        given = {h: [r["likelihood"] for r in cells.get((e, h), {}).values() if "likelihood" in r] for h in ranked}
        if ranked and all(given.values()):
            items += 1
            for h in ranked:
                logs[h] += math.log(mean(given[h]))
    if not items:
        return [], 0
    top = max(logs.values())
    total = sum(math.exp(v - top) for v in logs.values())
    return [{"hypothesis": h, "probability": Number(math.exp(v - top) / total)} for h, v in logs.items()], items


def vectors(case):
    """Of partners of the policy alone: a stranger's would move the mean, and close a round of its own."""
    rounds = {n: [v for p, v in r["revealed"].items() if p in case.members] for n, r in case.rounds.items()}
    last = max(rounds, key=lambda n: (len(rounds[n]), n), default=0)
    revealed = [(v, sum(v.values())) for v in rounds.get(last, [])]
    if not revealed:
        return None
    shares = {h: mean([v.get(h, 0) / total for v, total in revealed]) for h in case.hypotheses}
    return {"round": last, "partners": len(revealed),
            "mean": [{"hypothesis": h, "probability": Number(p)} for h, p in shares.items()]}


def labels(case):
    if not case.published:
        return []
    statement = case.published[-1]
    cited = [case.evidence[e] for e in statement["document"]["cites"]]
    hidden = [i["forgeability"] == "H" or "seal" in i and i["opened"] is None and "digest" not in i
              for i in cited if i["status"] not in ("withdrawn", "updated")]
    denied = any(r["document"]["relation"] == "denial" for s in case.statements.values() for r in s["replies"])
    votes = sorted((v for s in case.published for v in s["votes"]), key=lambda v: v["n"])
    last = {v["document"]["partner"]: v["document"]["vote"] for v in votes}
    found = {"rests-only-on-forgeable-or-sealed": all(hidden), "no-longer-carried": not case.carried(statement),
             "contested": denied or "dissent" in last.values(), "withdrawn": statement["document"]["act"] == "withdrawal"}
    return [label for label, holds in found.items() if holds]


def score(case):
    """scores.json, from the records alone; the numbers in the rules are those of the document."""
    cells, hypotheses = case.ratings, list(case.hypotheses)
    standing = {id for id, _ in STANDING}
    missing = {e: [h for h in hypotheses if h not in standing and (e, h) not in cells] for e in case.evidence}
    counting = [e for e, i in case.evidence.items() if i["status"] not in ("withdrawn", "updated") and not missing[e]]
    ranked = [h for h in hypotheses if counting and all((e, h) in cells for e in counting)]  # rule 2
    points = {e: {h: [POINTS[r["value"]] for r in cells[e, h].values()] for h in ranked} for e in counting}
    shares = {e: {h: weight(case.evidence[e]) * mean([min(p, 0) for p in points[e][h]]) for h in ranked} for e in counting}
    totals = {h: sum(shares[e][h] for e in counting) for h in ranked}  # rule 4
    leaders = leading(totals)

    rows = []
    for e, item in case.evidence.items():
        counts = e in shares
        spread = deviation([mean(points[e][h]) for h in ranked]) if counts else 0.0  # rule 5
        without = leading({h: t - shares[e][h] for h, t in totals.items()}) if counts else leaders
        rows.append({"evidence": e, "status": item["status"], "weight": Number(weight(item)), "counts": counts,
                     "missing": missing[e], "diagnosticity": Number(spread), "nondiagnostic": counts and spread < 1e-9,
                     "decisive": counts and (len(counting) == 1 or without != leaders)})

    disagreements = []
    for e in case.evidence:
        for h in hypotheses:
            given = [POINTS[r["value"]] for r in cells.get((e, h), {}).values()]
            if len(given) > 1:  # rule 7
                s = deviation(given)
                band = "consensus" if s <= 0.25 else "mild" if s <= 1 else "strong" if s <= 1.74 else "extreme"
                disagreements.append({"evidence": e, "hypothesis": h, "raters": len(given), "stdev": Number(s), "band": band})

    chances, items = posterior(ranked, cells, counting)
    ranking = sorted(totals, key=lambda h: -round(totals[h], 9))
    return {"hypotheses": hypotheses, "rows": rows,
            "ranking": [{"hypothesis": h, "inconsistency": Number(totals[h])} for h in ranking], "leaders": leaders,
            "unranked": [h for h in hypotheses if h not in ranked], "flips": flips(shares, totals, leaders),
            "disagreements": disagreements, "posterior": chances, "posterior_items": items,
            "vectors": vectors(case), "labels": labels(case)}


def same(ours, theirs, where="scores"):
    """Raises Failed unless theirs is ours, numbers within the tolerance."""
    if isinstance(ours, Number):
        need(match(r"(?!-0\.0*$)-?(0|[1-9][0-9]{0,11})\.[0-9]{6}")(theirs), f"{where} is {canonical(theirs)[:60]}, no number with six decimals")
        need(abs(ours - float(theirs)) <= TOLERANCE, f"{where} is {theirs}, recomputed {ours:.6f}")
    elif isinstance(ours, dict):
        need(isinstance(theirs, dict) and set(ours) == set(theirs), f"{where} has other members than {sorted(ours)}")
        for key in ours:
            same(ours[key], theirs[key], f"{where}.{key}")
    elif isinstance(ours, list):
        need(isinstance(theirs, list) and len(ours) == len(theirs), f"{where} is not of {len(ours)} elements")
        for n, element in enumerate(ours):
            same(element, theirs[n], f"{where}[{n}]")
    else:
        need(type(ours) is type(theirs) and ours == theirs, f"{where} is {canonical(theirs)[:80]}, recomputed {canonical(ours)}")


# ---------------------------------------------------------------- the page and the bundle: what both read off the records

GRADE = {"L": "low", "M": "medium", "H": "high"}
LIKELIHOOD = dict(zip(LIKELIHOODS, [
    "almost no chance (1-5 %)", "very unlikely (5-20 %)", "unlikely (20-45 %)", "roughly even chance (45-55 %)",
    "likely (55-80 %)", "very likely (80-95 %)", "almost certain (95-99 %)"]))
RELIABILITY = dict(zip("ABCDEF", [
    "completely reliable", "usually reliable", "fairly reliable", "not usually reliable", "unreliable",
    "reliability cannot be judged"]))
CREDIBILITY = dict(zip(range(1, 7), [
    "confirmed", "probably true", "possibly true", "doubtful", "improbable", "truth cannot be judged"]))
RATING = {"CC": "CC (very consistent)", "C": "C (consistent)", "N": "N (neutral)", "I": "I (inconsistent)",
          "II": "II (very inconsistent)"}
VOTING = {"endorse": "endorses", "dissent": "dissents", "abstain": "abstains"}
DID = {"case.opened": "opened the case", "case.hypothesis": "proposed a hypothesis", "case.evidence": "filed evidence",
       "case.mark": "marked evidence", "case.rating": "rated evidence", "case.committed": "committed to probabilities",
       "case.round": "closed a round", "case.revealed": "revealed probabilities", "case.statement": "drafted a statement",
       "case.vote": "voted", "case.published": "published a statement", "case.reply": "recorded a reply",
       "case.unsealed": "opened a seal"}
LABEL = {"rests-only-on-forgeable-or-sealed": "Rests only on evidence that is easy to forge or sealed.",
         "no-longer-carried": "No longer carried: the votes as they now stand do not satisfy the decision rule.",
         "contested": "Contested: there is a denial or a dissenting vote.",
         "withdrawn": "Withdrawn by those who made it."}


class Dot(dict):
    """A JSON object whose members are attributes; one that is missing is None."""

    def __getattr__(self, name):
        return self.get(name)


def dots(value):
    if isinstance(value, dict):
        return Dot({k: dots(v) for k, v in value.items()})
    return [dots(v) for v in value] if isinstance(value, list) else value


class Story:
    """The records as dossier-made.md speaks of them. A record is its body with n, at, by, and its kind as `did`."""

    def __init__(self, case, indexes, scores, origin):
        self.indexes, self.scores, self.origin = indexes, dots(scores), origin
        self.records = [Dot(dots(r["body"]), n=r["n"], at=r["at"], by=r["by"], did=r["kind"]) for r, _ in case.records]
        self.kinds, self.rated, self.marked, self.parties = {}, {}, {}, {}
        for r in self.records:
            self.kinds.setdefault(r.did, []).append(r)
            self.parties.setdefault(r.by, r.party)
        for kind, by_item in (("case.rating", self.rated), ("case.mark", self.marked)):
            for r in self.of(kind):
                by_item.setdefault(r.evidence, []).append(r)
        self.Q, self.policy = self.records[0], case.group
        self.hypotheses = {id: h["title"] for id, h in case.hypotheses.items()}
        self.named_in = {id: self.records[h["n"] - 1] for id, h in case.hypotheses.items()}
        self.refs = {id: h.get("ref") for id, h in case.hypotheses.items()}
        self.order = {id: k for k, id in enumerate(self.hypotheses)}
        self.items = self.of("case.evidence")
        self.replacing = {i.replaces: i for i in self.items if i.replaces}
        self.number = {i.id: k for k, i in enumerate(self.items, 1)}
        self.openings = {}
        for u in self.of("case.unsealed"):
            self.openings.setdefault(u.evidence, u)
        published, votes, self.first_votes = {p.statement: p for p in self.of("case.published")}, {}, {}
        for v in self.of("case.vote"):
            votes.setdefault(v.document.statement, {})[v.by] = v
            self.first_votes.setdefault(v.by, v)
        self.by_digest = {}
        for r in self.of("case.statement"):
            digest = H(b"tocsin-statement/v1\n", json_bytes(r.document)).hex()
            self.by_digest[digest] = Dot(doc=r.document, digest=digest, record=r, published=published.get(digest),
                                         votes=sorted(votes.get(digest, {}).values(), key=lambda v: v.n))
        self.statements = list(self.by_digest.values())
        self.replies = self.of("case.reply")
        self.publications = [self.statement(p.statement) for p in self.of("case.published")]
        self.C = self.publications[-1] if self.publications else None
        self.withdrawn = self.C is not None and self.C.doc.act == "withdrawal"
        self.simulated = bool(self.Q.simulated)

    def of(self, kind):
        return self.kinds.get(kind, [])

    def statement(self, digest):
        return self.by_digest[digest]

    def index(self, r):
        return self.indexes[r.n - 1]

    def name(self, p):
        return self.Q.members.get(p) or self.parties.get(p, p)

    def title(self, h):
        return self.hypotheses.get(h, h)

    def marks(self, item):
        return self.marked.get(item.id, [])

    def silent(self, s):
        voted = {v.by for v in s.votes}
        return [p for p in self.policy.leaves() if p not in voted]

    def rule(self, text, of_name, of_rest):
        """The policy's text with names in the place of partners."""
        parts = re.split("([A-Za-z0-9-]+)", text)
        return "".join(of_name(self.name(part)) if part in self.Q.members else of_rest(part) for part in parts)


# ---------------------------------------------------------------- the page

UNSEEN = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
                    "\ufff9-\ufffb\U000e0000-\U000e007f]")
LINK = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&()*+,;=%-]+")


def e(x):
    x = str(x).replace("\r\n", "\n")
    for plain, safe in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&#34;"), ("'", "&#39;")):
        x = x.replace(plain, safe)
    return UNSEEN.sub(lambda m: f"[U+{ord(m[0]):04X}]", x)


def t(x):
    return f"<bdi>{e(x)}</bdi>"


def when(x):
    return f'<time datetime="{e(x)}">{e(x[:10])} {e(x[11:19])} UTC</time>'


def rec(n):
    return f'<a href="#r{n}">record {n}</a>'


def code(x):
    return f"<code>{e(x)}</code>"


def codes(xs):
    return ", ".join(map(code, xs))


def src(x):
    return f'<a href="{e(x)}" rel="noreferrer">{t(x)}</a>' if LINK.fullmatch(x) else t(x)


STYLE = """\
:root{color-scheme:light dark;--ground:#fbfaf7;--panel:#fff;--ink:#1d222c;--soft:#565d6b;--line:#dedfe3;--accent:#1f5b9c;--alarm:#a32e26;--alarm-ground:#fcf1ef;--yes:#1d6544;--no:#8a4b08}
@media (prefers-color-scheme:dark){:root{--ground:#14171c;--panel:#1b1f26;--ink:#e7e9ee;--soft:#a9b0bd;--line:#323845;--accent:#8fbcf2;--alarm:#f39a90;--alarm-ground:#261a1b;--yes:#8ed6b0;--no:#e8c078}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:17px/1.55 Georgia,"Iowan Old Style","Noto Serif","DejaVu Serif",serif}
main{max-width:1040px;margin:0 auto;padding:32px 24px 48px}
h1,h2,h3,h4,dt,th,caption,summary,.eyebrow,.meta,.flags,.banner,.state,.label,table{font-family:system-ui,-apple-system,"Segoe UI","Noto Sans","DejaVu Sans",sans-serif}
h1{font-size:32px;line-height:1.2;margin:0 0 16px;text-wrap:balance}
h2{font-size:21px;line-height:1.3;margin:40px 0 12px;padding-top:12px;border-top:1px solid var(--line)}
h3{font-size:16px;line-height:1.4;margin:20px 0 6px}
h4{font-size:16px;line-height:1.4;margin:6px 0 4px}
p{margin:0 0 12px}
p,li,dd,blockquote{overflow-wrap:anywhere}
a{color:var(--accent);text-underline-offset:2px}
a[href^="#"]{white-space:nowrap}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
:target{outline:2px solid var(--accent);outline-offset:4px}
code{font:14px/1.5 ui-monospace,"SF Mono",Menlo,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
bdi{white-space:pre-wrap}
time{white-space:nowrap;font-variant-numeric:tabular-nums}
.eyebrow,.meta,.flags,caption{color:var(--soft);font-size:14px}
.eyebrow{margin:0 0 6px}
.meta{margin:0 0 3px}
.banner{margin:0 0 24px;padding:12px 18px;border:2px solid var(--alarm);border-radius:6px;background:var(--alarm-ground)}
main>.banner:last-child{margin:48px 0 0}
.banner strong,.label{color:var(--alarm)}
.status{margin:0 0 24px;padding:14px 18px;border-left:5px solid var(--line);background:var(--panel)}
.status h2{margin:0 0 6px;padding:0;border:0}
.status p{margin:0 0 4px}
.state,.label{font-weight:600}
.beside{display:grid;grid-template-columns:minmax(0,3fr) minmax(0,2fr);gap:0 40px}
.finding{font-size:24px;line-height:1.3;font-weight:600}
.likelihood,.confidence{font-size:19px;margin:0 0 4px}
.confidence{margin:0 0 16px}
blockquote{margin:0 0 6px;padding:0 0 0 14px;border-left:3px solid var(--line)}
blockquote p{margin:0}
.voices{display:grid;grid-template-columns:repeat(auto-fill,minmax(280px,1fr));gap:12px 32px}
.voice{margin:0 0 14px;break-inside:avoid}
.voice h3{margin:10px 0 6px}
.endorse>h3{color:var(--yes)}
.dissent>h3{color:var(--alarm)}
.abstain>h3{color:var(--no)}
.endorse blockquote{border-color:var(--yes)}
.dissent blockquote,.denial blockquote{border-color:var(--alarm)}
.abstain blockquote{border-color:var(--no)}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:4px 20px;margin:0 0 12px;font-size:16px}
dt{color:var(--soft);font-size:14px;line-height:24px}
dd{margin:0}
dd ul,dd ol{margin:0;padding-left:18px}
.item{margin:0 0 20px;padding:4px 18px 8px;border:1px solid var(--line);border-radius:6px;background:var(--panel)}
.item h3{margin-top:12px}
.flag{display:inline-block;padding:0 8px;border:1px solid currentColor;border-radius:10px;font-size:13px;line-height:20px}
.scroll{overflow-x:auto;margin:0 0 16px}
table{border-collapse:collapse;width:100%;font-size:15px;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:0 0 6px}
th,td{padding:6px 16px 6px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
thead th{color:var(--soft);font-size:14px;font-weight:500}
tbody th{font-weight:600}
summary{cursor:pointer;color:var(--accent);font-size:15px;padding:4px 0}
.small{font-size:15px;color:var(--soft)}
@media (max-width:760px){main{padding:20px 16px 32px}h1{font-size:26px}.beside{grid-template-columns:minmax(0,1fr)}dl{grid-template-columns:minmax(0,1fr);gap:0}dd{margin:0 0 8px}.item{padding:4px 14px 8px}}
@media print{:root{--ground:#fff;--panel:#fff;--ink:#000;--soft:#333;--line:#bbb;--accent:#000;--alarm:#000;--alarm-ground:#fff;--yes:#000;--no:#000}body{font-size:11pt}main{max-width:none;padding:0}a{text-decoration:none}h2,h3,caption{break-after:avoid}tr,.item dl,.banner{break-inside:avoid}.scroll{overflow:visible}details::details-content{content-visibility:visible;block-size:auto}summary{list-style:none}}
"""


class Page:
    """index.html, from the top to the bottom, as the template has it."""

    def __init__(self, story):
        self.s, self.scores, self.out = story, story.scores, []

    def put(self, text):
        self.out.append(text + "\n")

    def row(self, label, html):
        self.put(f"<dt>{label}</dt><dd>{html}</dd>")

    def ev(self, id):
        k = self.s.number[id]
        return f'<a href="#e{k}">E{k}</a>'

    def evs(self, ids):
        return ", ".join(map(self.ev, ids))

    def th(self, h):
        return t(self.s.title(h))

    def names(self, partners):
        return ", ".join(t(self.s.name(p)) for p in partners)

    def table(self, caption, heads, rows):
        """rows: each the list of its cells in HTML, the first its heading."""
        self.put(f'<div class="scroll">\n<table>\n<caption>{caption}</caption>')
        self.put("<thead><tr>" + "".join(f'<th scope="col">{h}</th>' for h in heads) + "</tr></thead>\n<tbody>")
        for first, *others in rows:
            opening = f'<tr id="r{first}">' if caption == "Records of the case" else "<tr>"
            self.put(f'{opening}<th scope="row">{first}</th>' + "".join(f"<td>{c}</td>" for c in others) + "</tr>")
        self.put("</tbody>\n</table>\n</div>")

    def listed(self, heading, id, texts, none):
        self.put(f'<section id="{id}">\n<h2>{heading}</h2>')
        if texts:
            self.put("<ul>\n" + "".join(f"<li>{t(x)}</li>\n" for x in texts) + "</ul>")
        else:
            self.put(f'<p class="small">{none}</p>')
        self.put("</section>")

    def render(self):
        s, question = self.s, e(self.s.Q.question)
        self.put(f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>{"Simulated: " if s.simulated else ""}{question} | Attribution dossier</title>
<style>
{STYLE}</style>
</head>
<body>
<main>""")
        self.banner()
        self.status()
        if s.C:
            self.put('<div class="beside">')
            self.statement(s.C, s.C.doc)
            self.replies()
            self.put("</div>")
            self.votes(s.C)
            self.listed("What is not known", "gaps", s.C.doc.gaps, "No gaps are named.")
            self.listed("What would change this", "change", s.C.doc.would_change, "Nothing is named.")
        else:
            self.replies()
        self.hypotheses()
        self.sensitivity()
        self.put('<section id="evidence">\n<h2>Evidence</h2>')
        if not s.items:
            self.put('<p class="small">None.</p>')
        for item, row in zip(s.items, self.scores.rows):
            self.item(item, row)
        self.put("</section>")
        self.sealed()
        self.probabilities()
        self.disagreement()
        self.others()
        self.history()
        self.check()
        self.banner()
        self.put("</main>\n</body>\n</html>")
        return "".join(self.out).encode()

    def banner(self):
        if self.s.simulated:
            self.put(f'<p class="banner"><strong>Simulated.</strong> {t(self.s.Q.simulated)}</p>')

    def status(self):
        s = self.s
        self.put(f'<p class="eyebrow">Attribution dossier of {code(s.Q.id)}</p>\n<h1>{t(s.Q.question)}</h1>')
        self.put('<section class="status" id="status">\n<h2>Status</h2>')
        if not s.C:
            self.put('<p class="state">Nothing is published: the case is open.</p>')
        else:
            word = "Withdrawn" if s.withdrawn else "Published"
            self.put(f'<p class="state">{word}: version {s.C.doc.version}, {when(s.C.published.at)}.</p>')
            for label in self.scores.labels:
                self.put(f'<p class="label">{LABEL[label]}</p>')
        if s.Q.outbreak:
            self.put(f"<p>Outbreak: {t(s.Q.outbreak)}</p>")
        rule = s.rule(s.Q.policy, t, e)
        self.put(f"<p>Decision rule, fixed when the case was opened, before any evidence: {rule}</p>\n</section>")

    def statement(self, C, doc):
        self.put('<section id="statement">\n<h2>The statement</h2>')
        if self.s.withdrawn:
            self.put('<p class="meta">This finding is withdrawn:</p>')
        self.put(f"""<p class="finding">{self.th(doc.finding)}</p>
<p>{t(doc.text)}</p>
<p class="likelihood">Likelihood: {LIKELIHOOD[doc.likelihood]}.</p>
<p class="confidence">Confidence: {doc.confidence}.</p>
<dl>""")
        self.row("Digest", code(C.digest))
        self.row("Version", f"{doc.version}, {doc.act}")
        if doc.previous:
            self.row("Version before", code(doc.previous))
        self.row("Speaks of", f"{rec(doc.basis.n)} and all before it")
        self.row("Rests on", self.evs(doc.cites))
        for label, r in (("Drafted", C.record), ("Published", C.published)):
            self.row(label, f"{when(r.at)} by {t(r.party)}, {rec(r.n)}")
        if doc.occurred:
            self.row("Occurred", t(doc.occurred))
        self.put("</dl>\n</section>")

    def replies(self):
        self.put('<section id="replies">\n<h2>What the accused say</h2>')
        if not self.s.replies:
            self.put('<p class="small">No reply is on record.</p>')
        for r in self.s.replies:
            doc = r.document
            self.put(f"""<article class="voice {doc.relation}">
<h3>{t(doc["from"])}: {doc.relation}</h3>
<blockquote><p>{t(doc.text)}</p></blockquote>""")
            signed = f"Signed with {code(r.key)}" if r.key else "Not signed"
            self.put(f'<p class="meta">{signed}; recorded by {t(r.party)}.</p>')
            if r.source:
                self.put(f'<p class="meta">Source: {src(r.source)}</p>')
            version = self.s.statement(doc.statement).doc.version
            self.put(f'<p class="meta">To version {version}, {code(doc.statement)}; {when(r.at)}, {rec(r.n)}.</p>')
            if doc.occurred:
                self.put(f'<p class="meta">Occurred: {t(doc.occurred)}</p>')
            self.put("</article>")
        self.put("</section>")

    def votes(self, C):
        self.put('<section id="votes">\n<h2>Who agrees, who does not</h2>')
        for choice, heading in (("endorse", "Endorsed by"), ("dissent", "Dissent"), ("abstain", "Abstained")):
            votes = [v for v in C.votes if v.document.vote == choice]
            self.put(f'<section class="{choice}">\n<h3>{heading}</h3>')
            self.put('<div class="voices">' if votes else '<p class="small">Nobody.</p>')
            for v in votes:
                self.put(f"""<article class="voice">
<h4>{t(v.party)}</h4>
<blockquote><p>{t(v.document.words)}</p></blockquote>
<p class="meta">Confidence: {v.document.confidence}.</p>
<p class="meta">Signed with {code(v.key)}; {when(v.at)}, {rec(v.n)}.</p>""")
                if v.by not in self.s.Q.members:
                    self.put('<p class="meta">Not a member of the decision rule.</p>')
                if v.document.occurred:
                    self.put(f'<p class="meta">Occurred: {t(v.document.occurred)}</p>')
                self.put("</article>")
            self.put("</div>\n</section>" if votes else "</section>")
        silent = self.names(self.s.silent(C))
        self.put('<section class="silent">\n<h3>Has not voted</h3>')
        self.put(f"<p>{silent}</p>" if silent else '<p class="small">Nobody.</p>')
        self.put("</section>\n</section>")

    def hypotheses(self):
        C = self.s.C

        def standing(h):
            if not C:
                return "open"
            if h != C.doc.finding:
                return "not adopted"
            return "withdrawn" if self.s.withdrawn else "adopted"

        self.put("""<section id="hypotheses">
<h2>Hypotheses</h2>
<p class="small">Weighted inconsistency is computed from the ratings: the nearest to 0 is contradicted least. It shows how the evidence was weighed; it is no verdict.</p>""")
        rows = [[self.th(x.hypothesis), x.inconsistency, standing(x.hypothesis)] for x in self.scores.ranking]
        rows += [[self.th(h), "not rated against every item that counts", standing(h)] for h in self.scores.unranked]
        self.table("Hypotheses, the least contradicted first", ["Hypothesis", "Weighted inconsistency", "In the statement"], rows)
        self.put("</section>")

    def sensitivity(self):
        self.put('<section id="sensitivity">\n<h2>How much hangs on single items</h2>')
        decisive = self.evs(r.evidence for r in self.scores.rows if r.decisive)
        flat = self.evs(r.evidence for r in self.scores.rows if r.nondiagnostic)
        if decisive:
            self.put(f"<p>Without any one of these, others would be contradicted least: {decisive}</p>")
        else:
            self.put("<p>No single item decides which hypothesis is contradicted least.</p>")
        if self.scores.flips:
            self.put("<ul>")
            for f in self.scores.flips:
                self.put(f"<li>{self.th(f.against)} would be level or better without: {self.evs(f.without)}</li>")
            self.put("</ul>")
        if flat:
            self.put(f"<p>These fit every hypothesis alike and decide nothing: {flat}</p>")
        self.put("</section>")

    def flags(self, i, row):
        opened, s = i.id in self.s.openings, self.s
        flags = [row.status if row.status != "filed" else "", "cited" if s.C and i.id in s.C.doc.cites else "",
                 "decisive" if row.decisive else "", "non-diagnostic" if row.nondiagnostic else "",
                 "easy to forge" if i.forgeability == "H" else "", "sealed" if i.seal and not opened else "",
                 "opened" if opened else "", "" if row.counts else "does not count"]
        return " ".join(f'<span class="flag">{word}</span>' for word in flags if word)

    def item(self, i, row):
        k, flags, opening = self.s.number[i.id], self.flags(i, row), self.s.openings.get(i.id)
        self.put(f'<article class="item" id="e{k}">\n<h3>E{k}. {t(i.title)}</h3>')
        if flags:
            self.put(f'<p class="flags">{flags}</p>')
        self.put("<dl>")
        self.row("Kind", i.kind)
        self.row("Graded", f"{i.reliability}{i.credibility}: source {RELIABILITY[i.reliability]}, information {CREDIBILITY[i.credibility]}")
        self.row("Relevance", GRADE[i.relevance])
        self.row("Forgeability", GRADE[i.forgeability])
        self.row("Weight", f"{row.weight}; diagnosticity {row.diagnosticity}")
        if row.missing:
            self.row("Not rated against", ", ".join(map(self.th, row.missing)))
        if i.source:
            self.row("Source", src(i.source))
        if i.occurred:
            self.row("Occurred", t(i.occurred))
        for label, value in (("Digest", i.digest), ("Seal", i.seal)):
            if value:
                self.row(label, code(value))
        if opening:
            self.row("Opened", f"{when(opening.at)} by {t(opening.party)}, {rec(opening.n)}: {code(opening.digest)}")
        self.row("Filed", f"{when(i.at)} by {t(i.party)}, {rec(i.n)}")
        if i.replaces:
            self.row("Takes the place of", self.ev(i.replaces))
        for m in self.s.marks(i):
            self.row("Marked", f"{m.status}: {t(m.reason)} ({t(m.party)}, {when(m.at)}, {rec(m.n)})")
        for c in i.custody or []:
            self.row("Custody", f"{t(c.at)}, {t(c.by)}: {t(c.note)}")
        if i.method:
            self.row("Method", f"{t(i.method.tool)} {t(i.method.version)}")
            for label, values in (("Arguments", i.method.arguments), ("Inputs", i.method.inputs), ("Outputs", i.method.outputs)):
                if values:
                    self.row(label, codes(values))
        if i.links:
            self.row("About", codes(i.links))
        self.put("</dl>")
        last = {(x.by, x.hypothesis): x for x in self.s.rated.get(i.id, [])}
        ratings = sorted(last.values(), key=lambda x: (self.s.order[x.hypothesis], x.n))
        if ratings:
            self.put(f"<details>\n<summary>Ratings: {len(ratings)}</summary>")
            self.table(f"How E{k} fits each hypothesis", ["Hypothesis", "Partner", "Rating", "Likelihood", "Reason", "On record"], [
                [self.th(x.hypothesis), t(x.party), RATING[x.value], "" if x.likelihood is None else number(x.likelihood),
                 t(x.reason), rec(x.n)] for x in ratings])
            self.put("</details>")
        self.put("</article>")

    def sealed(self):
        seals, openings = [i for i in self.s.items if i.seal], self.s.openings
        self.put('<section id="sealed">\n<h2>Sealed evidence</h2>')
        if not seals:
            self.put("<p>Nothing is sealed.</p>")
        else:
            opened = sum(i.id in openings for i in seals)
            self.put(f"<p>{len(seals) - opened} sealed, {opened} opened since. A seal shows that something existed by that time and has not changed; not that it is true, and not that nothing was left out.</p>")
            self.table("Seals by date", ["Item", "Sealed", "Log index", "Opened"], [
                [self.ev(i.id), when(i.at), self.s.index(i), when(openings[i.id].at) if i.id in openings else "not opened"]
                for i in seals])
        self.put("</section>")

    def probabilities(self):
        v = self.scores.vectors
        self.put('<section id="probabilities">\n<h2>Probabilities</h2>')
        if not v:
            self.put("<p>No partner has revealed probabilities.</p>")
        else:
            self.put(f"<p>Each partner wrote down its probabilities before it saw the others'. The mean of round {v.round}, of {v.partners} partners:</p>")
            self.table("Pooled probabilities", ["Hypothesis", "Probability"], [[self.th(x.hypothesis), x.probability] for x in v.mean])
            self.put("<details>\n<summary>What each partner said</summary>\n<ul>")
            for r in self.s.of("case.revealed"):
                if r.round == v.round:
                    said = "; ".join(f"{t(title)} {r.vector[h]}" for h, title in self.s.hypotheses.items() if h in r.vector)
                    self.put(f"<li>{t(r.party)}, {rec(r.n)}: {said}</li>")
            self.put("</ul>\n</details>")
        if self.scores.posterior:
            self.table(f"From the likelihoods that partners gave, by Bayes' rule over {self.scores.posterior_items} items, all hypotheses alike beforehand",
                       ["Hypothesis", "Probability"], [[self.th(x.hypothesis), x.probability] for x in self.scores.posterior])
        self.put("</section>")

    def disagreement(self):
        apart = [d for d in self.scores.disagreements if d.band != "consensus"]
        self.put('<section id="disagreement">\n<h2>Where raters differ</h2>')
        if apart:
            self.table("Ratings that differ", ["Item", "Hypothesis", "Raters", "Standard deviation", "Band"], [
                [self.ev(d.evidence), self.th(d.hypothesis), d.raters, d.stdev, d.band] for d in apart])
        else:
            self.put("<p>Nowhere by more than a quarter of a step.</p>")
        self.put("</section>")

    def others(self):
        others = [s for s in self.s.statements if s is not self.s.C]
        self.put('<section id="other">\n<h2>Other statements in this case</h2>')
        if not others:
            self.put('<p class="small">None.</p>')
        for s in others:
            published = f"published {when(s.published.at)}" if s.published else "never published"
            self.put(f"""<article class="item">
<h3>Version {s.doc.version}, {s.doc.act}, {published}</h3>
<p>{self.th(s.doc.finding)}</p>
<p>{t(s.doc.text)}</p>
<p>Likelihood: {LIKELIHOOD[s.doc.likelihood]}.</p>
<p>Confidence: {s.doc.confidence}.</p>
<p class="meta">Digest {code(s.digest)}; {when(s.record.at)} by {t(s.record.party)}, {rec(s.record.n)}.</p>
<ul>""")
            for v in s.votes:
                self.put(f'<li>{t(v.party)} {VOTING[v.document.vote]}: {t(v.document.words)} <span class="meta">Confidence: {v.document.confidence}. {rec(v.n)}</span></li>')
            silent = self.names(self.s.silent(s))
            if silent:
                self.put(f"<li>Not voted: {silent}</li>")
            self.put("</ul>\n</article>")
        self.put("</section>")

    def history(self):
        s = self.s
        self.put(f"""<section id="history">
<h2>History</h2>
<p>Every act in this case, in order, each on the public log at the index given. Nothing is ever taken out.</p>
<details>
<summary>Records: {len(s.records)}</summary>""")
        self.table("Records of the case", ["Record", "Time", "Log index", "Partner", "Act"],
                   [[r.n, when(r.at), s.index(r), t(r.party), DID[r.did]] for r in s.records])
        self.put("</details>\n</section>")

    def check(self):
        self.put(f"""<section id="check">
<h2>How to check this file</h2>
<p>This page is one of the files in a dossier. By itself it proves nothing: anybody can write a page. The dossier can be checked without a network and without trust in whoever made it:</p>
<p><code>tocsin verify DOSSIER --trust KEYS</code></p>
<p><code>python3 verify.py DOSSIER --trust KEYS</code></p>
<p>KEYS is a trust file: the keys of the public log {code(self.s.origin)}, of the witnesses that watch it and of the partners that voted, or the fingerprints of these keys. It has to come from elsewhere than the dossier: from the partners themselves, or from several places that agree.</p>
<p>What the check shows: that every record was on the public log, in this order, before its witnesses signed; that nothing was changed or left out of the case since; that the votes were signed by those keys, on exactly this statement; that the scores follow from the ratings, and this page from the records.</p>
<p>What it cannot show: that the evidence is true, that a time given for something outside the log is right, or that nothing was withheld before it came to the log. A seal shows that something existed by a date and has not changed since; not that it is true.</p>
</section>""")


# ---------------------------------------------------------------- the bundle

NAMESPACE = uuid.UUID("1b85a394-cb65-43d2-8a38-d01b915d9352")
STIX_NAMESPACE = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")  # STIX 2.1, section 2.9
WHITE = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"
EPOCH = "1970-01-01T00:00:00.000000Z"
LINK_TYPES = """
attack-pattern campaign course-of-action grouping identity incident indicator infrastructure intrusion-set
location malware malware-analysis note observed-data opinion report threat-actor tool vulnerability
relationship sighting artifact autonomous-system directory domain-name email-addr email-message file ipv4-addr
ipv6-addr mac-addr mutex network-traffic process software url user-account windows-registry-key
x509-certificate""".split()


def stix_type(id):
    """The type of a STIX id with a UUID of version 1 to 5; else None."""
    type, _, uuid = (id or "").rpartition("--")
    return type if uuid[14:15] in tuple("12345") else None


class Bundle:
    """stix.json; the numbers are those of the document."""

    def __init__(self, story):
        self.s, self.objects = story, {}
        self.hub = "identity--" + str(uuid.uuid5(NAMESPACE, "hub/" + story.origin))

    def uid(self, type, what):
        return f"{type}--{uuid.uuid5(NAMESPACE, self.s.Q.id + '/' + what)}"

    def add(self, id, created, modified, **members):
        """An object with what all have; empty lists and texts are left out. Its id."""
        simulated = ["simulated"] if self.s.simulated else []
        members["labels"] = simulated + members.get("labels", [])
        members.setdefault("created_by_ref", self.hub)
        members.update(type=id.split("--")[0], id=id, spec_version="2.1", created=created, modified=modified,
                       object_marking_refs=[WHITE])
        self.objects[id] = {k: v for k, v in members.items() if v not in ("", [], None, False)}
        return id

    def text(self, x):
        prefix = f"Simulated: {self.s.Q.simulated}" if self.s.simulated else ""
        return prefix + ("\n\n" if prefix and x else "") + x

    def lines(self, lines):
        return self.text("\n".join(lines))

    def log(self, *records):
        return [{"source_name": self.s.origin, "external_id": str(self.s.index(r)),
                 "description": f"Record {r.n} of {self.s.Q.id} is entry {self.s.index(r)} of the public log {self.s.origin}."}
                for r in records]

    def source(self, x):
        return [{"description": x, "source_name": "source"}] if x else []

    def render(self):
        s, first, last = self.s, self.s.records[0], self.s.records[-1]
        self.objects[WHITE] = {  # 1
            "created": "2017-01-20T00:00:00.000Z", "definition": {"tlp": "white"}, "definition_type": "tlp", "id": WHITE,
            "name": "TLP:WHITE", "spec_version": "2.1", "type": "marking-definition"}
        self.add(self.hub, EPOCH, first.at, created_by_ref=None, name=s.origin, identity_class="system",  # 2
                 description=self.text("The hub that ran the case and keeps the public log."))
        for p in sorted({*s.Q.members, *(r.by for r in s.records)}):  # 3
            self.add(p, EPOCH, first.at, name=s.name(p), identity_class="organization", description=self.text(""))
        campaign = self.add(self.uid("campaign", "campaign"), first.at, first.at, name=s.Q.outbreak or s.Q.question,  # 4
                            description=self.text(s.Q.question), external_references=self.log(first))
        notes = [self.item(i, row, campaign) for i, row in zip(s.items, s.scores.rows)]  # 5
        notes.append(self.add(  # 6
            self.uid("note", "hypotheses"), first.at, last.at, abstract="Hypotheses weighed", object_refs=[campaign],
            external_references=self.log(last), content=self.lines(self.weighed())))
        subjects = [campaign]
        if s.C:
            subjects = self.statement(campaign, notes)
        for r in s.replies:
            self.reply(r, subjects)
        if not s.C:  # 12
            self.add(self.uid("grouping", "grouping"), first.at, last.at, name=s.Q.question, context="unspecified",
                     description=self.text("The case is open: nothing is published."), object_refs=[campaign, *notes])
        bundle = {"type": "bundle", "id": self.uid("bundle", f"bundle/{len(s.records)}"), "objects": list(self.objects.values())}
        return json_bytes(bundle)

    def file(self, digest):
        hex = digest.removeprefix("sha256:")
        id = "file--" + str(uuid.uuid5(STIX_NAMESPACE, '{"hashes":{"SHA-256":"' + hex + '"}}'))
        self.objects.setdefault(id, {"hashes": {"SHA-256": hex}, "id": id, "object_marking_refs": [WHITE],
                                     "spec_version": "2.1", "type": "file"})
        return id

    def item(self, i, row, campaign):
        s, method, about = self.s, i.method or Dot(), [campaign]
        if i.kind == "technical" and method.tool:
            inputs = [self.file(d) for d in method.inputs or []]
            outputs = [self.file(d) for d in method.outputs or []]
            about.append(self.add(
                self.uid("malware-analysis", f"analysis/{i.id}"), i.at, i.at, created_by_ref=i.by, product=method.tool,
                version=method.version, sample_ref=inputs[0] if inputs else "", analysis_sco_refs=list(dict.fromkeys(outputs)),
                result="" if outputs else "unknown", external_references=self.log(i)))
        about += [link for link in dict.fromkeys(i.links or []) if stix_type(link) in LINK_TYPES]
        opening = s.openings.get(i.id)
        touched = [i, *s.marks(i), *(r for r in (opening, s.replacing.get(i.id)) if r)]
        lines = [i.title, f"Kind: {i.kind}", f"Graded: {i.reliability}{i.credibility}", f"Relevance: {GRADE[i.relevance]}",
                 f"Forgeability: {GRADE[i.forgeability]}", f"Status: {row.status}"]
        more = [("Digest", i.digest), ("Seal", i.seal), ("Opened", opening and opening.digest), ("Source", i.source),
                ("Occurred", i.occurred)]
        more += [("Custody", f"{c.at}, {c.by}: {c.note}") for c in i.custody or []]
        more += [("Method", f"{method.tool} {method.version}" if method else ""), ("Arguments", " ".join(method.arguments or [])),
                 ("Inputs", " ".join(method.inputs or [])), ("Outputs", " ".join(method.outputs or []))]
        more += [(f"Marked {m.status}", m.reason) for m in s.marks(i)]
        more += [("Links", " ".join(i.links or []))]
        lines += [f"{label}: {value}" for label, value in more if value]
        return self.add(
            self.uid("note", f"evidence/{i.id}"), i.at, max(touched, key=lambda r: r.n).at, created_by_ref=i.by,
            abstract=i.title, revoked=row.status == "withdrawn", object_refs=about,
            external_references=self.log(i) + self.source(i.source), content=self.lines(lines))

    def weighed(self):
        scores, title = self.s.scores, self.s.title
        lines = ["Weighted inconsistency, the least contradicted first; it is no verdict."]
        lines += [f"{title(x.hypothesis)}: {x.inconsistency}" for x in scores.ranking]
        lines += [f"{title(h)}: not ranked" for h in scores.unranked]
        if scores.vectors:
            lines.append(f"Pooled probabilities of {scores.vectors.partners} partners:")
            lines += [f"{title(x.hypothesis)}: {x.probability}" for x in scores.vectors.mean]
        return lines

    def target(self, finding):
        """7: the id of what the finding names, or None."""
        ref, r = self.s.refs[finding], self.s.named_in[finding]
        if finding in dict(STANDING):
            return None
        if stix_type(ref) in ("intrusion-set", "threat-actor"):
            return ref
        kind = "threat-actor" if (ref or "").split("--")[0] in ("identity", "threat-actor") else "intrusion-set"
        stands = f" It stands for {ref}." if ref else ""
        return self.add(self.uid(kind, f"hypothesis/{finding}"), r.at, r.at, name=self.s.title(finding),
                        description=self.text(f"Named in the case as {finding}.{stands}"), external_references=self.log(r))

    def statement(self, campaign, notes):
        """8 to 10: the report, the one relationship, the votes; what votes and replies are about."""
        s, C, doc = self.s, self.s.C, self.s.C.doc
        withdrawals = [k for k, p in enumerate(s.publications[:-1]) if p.doc.act == "withdrawal"]
        generation, since = len(withdrawals), s.publications[withdrawals[-1] + 1 if withdrawals else 0:]
        target = self.target(doc.finding)
        references = self.log(C.record, C.published)
        likelihood, confidence = f"Likelihood: {LIKELIHOOD[doc.likelihood]}.", f"Confidence: {doc.confidence}."
        finding = f"Finding: {s.title(doc.finding)}."
        lines = [doc.text, "", finding, likelihood, confidence, f"Version {doc.version}, {doc.act}, digest {C.digest}."]
        lines += [LABEL[label] for label in s.scores.labels]
        lines += ["Decision rule: " + s.rule(s.Q.policy, str, str), ""]
        lines += [f"{v.party} {VOTING[v.document.vote]} (confidence {v.document.confidence}): {v.document.words}" for v in C.votes]
        lines += [f"{s.name(p)} has not voted." for p in s.silent(C)]
        lines += [f"Reply ({r.document.relation}) of {r.document['from']} to version {s.statement(r.document.statement).doc.version}: "
                  + r.document.text for r in s.replies]
        lines += [f"Gap: {g}" for g in doc.gaps] + [f"Would change this: {g}" for g in doc.would_change]
        subjects = [self.add(
            self.uid("report", f"report/{generation}"), since[0].published.at, s.records[-1].at, published=C.published.at,
            name=s.Q.question, report_types=["campaign"], revoked=s.withdrawn, labels=list(s.scores.labels),
            object_refs=[campaign, *([target] if target else []), *notes], external_references=references,
            description=self.lines(lines))]
        if target:  # 9
            named = next(p for p in since if p.doc.finding not in dict(STANDING))
            subjects.append(self.add(
                self.uid("relationship", f"attributed-to/{generation}"), named.published.at, C.published.at,
                relationship_type="attributed-to", source_ref=campaign, target_ref=target, revoked=s.withdrawn,
                confidence={"low": 15, "moderate": 50, "high": 85}[doc.confidence], external_references=references,
                description=self.lines([finding, likelihood, confidence])))
        for v in C.votes:  # 10
            self.add(self.uid("opinion", f"vote/{v.by}"), s.first_votes[v.by].at, v.at, created_by_ref=v.by, authors=[v.party],
                     opinion={"endorse": "agree", "dissent": "disagree", "abstain": "neutral"}[v.document.vote],
                     object_refs=subjects, external_references=self.log(v),
                     explanation=self.lines([v.document.words, "", f"Confidence: {v.document.confidence}.",
                                             f"On version {doc.version}, digest {C.digest}."]))
        return subjects

    def reply(self, r, subjects):
        """11: a reply; whoever signed it is an identity of its own."""
        doc, author = r.document, self.hub
        answered, C = self.s.statement(doc.statement), self.s.C
        modified = max(r.at, C.published.at) if C else r.at
        if r.key:
            author = self.uid("identity", f"accused/{r.key}")
            if author not in self.objects:
                self.add(author, r.at, r.at, name=doc["from"], identity_class="unknown",
                         description=self.text(f"Whoever holds the key {r.key}, which signed the reply."))
        content = self.lines([doc.text, "", f"Reply to version {answered.doc.version}, digest {answered.digest}."])
        shared = {"created_by_ref": author, "authors": [doc["from"]], "object_refs": subjects,
                  "external_references": self.log(r) + self.source(r.source)}
        abstract = "Denial" if doc.relation == "denial" else "Comment"
        self.add(self.uid("note", f"reply/{r.n}"), r.at, modified, abstract=abstract, content=content, **shared)
        if doc.relation == "denial":
            self.add(self.uid("opinion", f"reply/{r.n}"), r.at, modified, opinion="strongly-disagree", explanation=content, **shared)


# ---------------------------------------------------------------- the checks


class Verifier:
    """The checks of the document in its order. Each leaves what it read as
    attributes; a check that needs what an earlier one could not read fails."""

    CHECKS = ["container", "manifest", "keys", "checkpoint", "history", "inclusion", "records", "keyacts", "votes",
              "policy", "replies", "seals", "scores", "page", "stix"]

    def __init__(self, dossier, trust=None, other=None, files=(), debug=False):
        """Bytes of the dossier, of the trust file, of a second checkpoint, and (name, bytes) of files."""
        self.dossier, self.trust_file, self.other, self.asked, self.debug = dossier, trust, other, files, debug
        self.results = []

    def run(self):
        for check in self.CHECKS:
            self.make(check, getattr(self, "check_" + check))
        if self.other is not None:
            self.make("fork", self.check_fork)
        if self.asked:
            self.make("file", self.check_files)

    def make(self, check, method):
        try:
            ok, detail = True, method()
        except Failed as e:
            ok, detail = False, str(e)
        except Exception as e:  # whatever a dossier can provoke is a failed check
            if self.debug:
                raise
            ok, detail = False, f"unexpected {type(e).__name__}: {e}"
        self.results.append({"check": check, "ok": ok, "detail": detail})

    def verdict(self):
        if not all(r["ok"] for r in self.results):
            return "rejected"
        return "self-consistent" if self.trust_file is None else "verified"

    def __getattr__(self, name):
        """What no check has set."""
        raise Failed(f"not made: it needs what an earlier check could not read ({name})")

    def check_container(self):
        self.files = read_container(self.dossier)
        return f"{len(self.files)} files, {len(self.dossier)} bytes"

    def check_manifest(self):
        want = "".join(f"{H(self.files[name]).hex()}  {name}\n" for name in IN_MANIFEST)
        have = utf8(self.files["manifest.txt"])
        if want != have:
            for w, h in zip(want.split("\n"), have.split("\n")):
                need(w == h, f"it has {h[:90]!r} where {w!r} belongs")
            raise Failed("it has more or fewer lines than files to list")
        return f"{len(IN_MANIFEST)} files, digest {H(have.encode()).hex()}"

    def check_keys(self):
        try:
            own = Trust(self.files["keys.txt"])
        except Failed as e:
            raise Failed(f"keys.txt: {e}") from e
        if self.trust_file is None:
            self.own = self.trust = own
            return "no trust file: the dossier's own keys"
        try:
            self.trust = Trust(self.trust_file, own)
        except Failed as e:
            raise Failed(f"trust file: {e}") from e
        self.own = own
        return f"trusted: {len(self.trust.logs)} of the log, {len(self.trust.witnesses)} witnesses, {len(self.trust.voters)} of voters"

    def check_checkpoint(self):
        checkpoint = Checkpoint(self.files["checkpoint"])
        need(checkpoint.size >= 1, "a log without entries")
        checkpoint.verify(self.own)
        has = checkpoint.satisfies(self.trust)
        self.checkpoint = checkpoint
        return f"{checkpoint.origin}, size {checkpoint.size}, cosigned by {', '.join(sorted(has)) or 'nobody'}"

    def check_history(self):
        earlier = []
        lines = canonical_lines(self.files["history.jsonl"])
        need(len(lines) <= 10000, f"{len(lines)} lines, more than 10,000")
        for n, line in enumerate(lines, 1):
            try:
                fits(line, {"checkpoint": STRING, "consistency": [STRING]}, "it")
                checkpoint = Checkpoint(line["checkpoint"].encode())
                checkpoint.verify(self.own)
                checkpoint.satisfies(self.trust)
                need((earlier[-1].size if earlier else 0) < checkpoint.size < self.checkpoint.size, "sizes do not rise to the checkpoint's")
                proof = [unbase64(p, 32) for p in line["consistency"]]
                check_consistency(checkpoint.size, self.checkpoint.size, checkpoint.root, self.checkpoint.root, proof)
            except Failed as e:
                raise Failed(f"line {n}: {e}") from e
            earlier.append(checkpoint)
        self.earlier = earlier
        return f"{len(earlier)} earlier checkpoints"

    def parsed(self, name, form):
        """The lines of a file as (text, value), each of which the form has to let pass."""
        lines = lines_of(self.files[name])
        values = canonical_lines(self.files[name])
        for n, value in enumerate(values, 1):
            try:
                form(value)
            except Failed as e:
                raise Failed(f"{name}: line {n}: {e}") from e
        return list(zip(lines, values))

    def check_inclusion(self):
        acts, records = self.parsed("keyacts.jsonl", check_act_form), self.parsed("records.jsonl", check_record_form)
        entries = [b"tocsin-key/v1\n" + text.encode() + b"\n" for text, _ in acts]
        for text, line in records:  # {"record":...,"salt":"..."}
            record = text[len('{"record":'):-len(',"salt":""}') - len(line["salt"])]
            commitment = H(b"tocsin-record/v1\n", bytes.fromhex(line["salt"]), H(record.encode()))
            entries.append(b"tocsin-record/v1\n" + commitment.hex().encode() + b"\n")
        entries.append(b"tocsin-dossier/v1\n" + H(self.files["manifest.txt"]).hex().encode() + b"\n")
        proofs = canonical_lines(self.files["proofs.jsonl"])
        need(len(proofs) == len(entries), f"{len(proofs)} proofs for {len(entries)} entries")
        indexes = []
        for n, (entry, proof) in enumerate(zip(entries, proofs), 1):
            try:
                fits(proof, {"index": COUNT, "proof": [STRING]}, "it")
                path = [unbase64(p, 32) for p in proof["proof"]]
                check_inclusion(proof["index"], self.checkpoint.size, leaf_hash(entry), path, self.checkpoint.root)
            except Failed as e:
                raise Failed(f"line {n}: {e}") from e
            indexes.append(proof["index"])
        for run in (indexes[:len(acts)], indexes[len(acts):-1]):
            need(all(a < b for a, b in zip(run, run[1:])), "indexes do not rise")
        need(all(i < indexes[-1] for i in indexes[:-1]), "the manifest is not after all it lists")
        self.act_indexes, self.indexes = indexes[:len(acts)], indexes[len(acts):-1]
        check_dates([line["record"]["at"] for _, line in records], self.indexes, [*self.earlier, self.checkpoint], self.trust)
        return f"{len(acts)} key acts, {len(self.indexes)} records and the manifest, index {indexes[-1]} of {self.checkpoint.size}"

    def check_records(self):
        case, previous, at = Case(), bytes(32), ""
        for n, (_, line) in enumerate(self.parsed("records.jsonl", check_record_form), 1):
            record = line["record"]
            try:
                fits(record, RECORD, "it")
                need(record["n"] == n, f"its number is {record['n']}")
                need(record["prev"] == previous.hex(), "it does not follow the record before it")
                need(at <= record["at"], f"it is of {record['at']}, the one before it of {at}")
                at = record["at"]
                previous = H(b"tocsin-record/v1\n", bytes.fromhex(line["salt"]), H(json_bytes(record)))
                case.add(record, previous)
            except Failed as e:
                raise Failed(f"record {n}: {e}") from e
        need(case.published, "no statement is published: a dossier is of a published case")
        self.case = case
        return f"{len(case.records)} records, {len(case.evidence)} items of evidence, {len(case.statements)} statements"

    def check_keyacts(self):
        acts = [act for _, act in self.parsed("keyacts.jsonl", check_act_form)]
        for n, act in enumerate(acts, 1):
            try:
                check_act_signature(act)
            except Failed as e:
                raise Failed(f"line {n}: {e}") from e
        self.acts = acts
        return f"{len(acts)} key acts"

    def entitled(self, vote):
        return self.keyring.may_sign(vote["document"]["partner"], vote["key"], self.indexes[vote["n"] - 1])

    def check_votes(self):
        """Whether each key may sign; that it did, the records would not hold without."""
        self.keyring = Keyring(self.trust.voters, zip(self.act_indexes, self.acts))
        votes = [v for s in self.case.statements.values() for v in s["votes"]]
        unknown = 0
        for vote in sorted(votes, key=lambda v: v["n"]):
            who = vote["document"]["partner"]
            if who not in self.case.members and who not in self.keyring.partners:
                unknown += 1
            else:
                need(self.entitled(vote), f"record {vote['n']}: {who} may not sign with {vote['key'][:80]}")
        said = f"{len(votes) - unknown} votes, each signed by a key that may"
        return said + (f"; {unknown} of partners outside the policy, nobody's known word" if unknown else "")

    def check_policy(self):
        case = self.case
        for statement in case.published:
            before = case.last_votes(statement, statement["published"])
            endorse = {p for p, v in before.items() if v["document"]["vote"] == "endorse" and self.entitled(v)}
            need(case.group.satisfied(endorse), f"the publication in record {statement['published']} is not carried")
        return f"{len(case.published)} publications under {case.policy}"

    def check_replies(self):
        """As for votes: a reply with a wrong signature is no record."""
        replies = [r for s in self.case.statements.values() for r in s["replies"]]
        return f"{len(replies)} replies, {sum('key' in r for r in replies)} of them signed"

    def check_seals(self):
        sealed = [e for e in self.case.evidence.values() if "seal" in e]
        for opening in self.case.openings:
            check_seal(self.case.evidence[opening["evidence"]], opening)
        return f"{len(sealed)} seals, {len(self.case.openings)} opened"

    def check_scores(self):
        theirs = parse_canonical(utf8(self.files["scores.json"]))
        same(score(self.case), theirs)
        self.scores = theirs
        return "recomputed"

    def remade(self, name, made):
        have = self.files[name]
        if made != have:
            where = next((i for i, (a, b) in enumerate(zip(made, have)) if a != b), min(len(made), len(have)))
            raise Failed(f"byte {where} is {have[where:where + 60]!r}, made anew {made[where:where + 60]!r}")
        return f"made anew, {len(have)} bytes"

    def story(self):
        return Story(self.case, self.indexes, self.scores, self.checkpoint.origin)

    def check_page(self):
        return self.remade("index.html", Page(self.story()).render())

    def check_stix(self):
        return self.remade("stix.json", Bundle(self.story()).render())

    def check_fork(self):
        other = Checkpoint(self.other)
        other.verify(self.trust, strict=False)
        need(other.logs, "the other checkpoint is not signed by a trusted key of the log")
        for mine in [*self.earlier, self.checkpoint]:
            if mine.size == other.size:
                need(mine.root == other.root, f"two checkpoints of size {other.size} with different roots: proof of forgery")
                return f"the same root at size {other.size}"
        return f"nothing to say: no checkpoint of size {other.size} here"

    def check_files(self):
        said = []
        for name, data in self.asked:
            digest, found = "sha256:" + H(data).hex(), []
            for id, item in self.case.evidence.items():
                method = item.get("method", {})
                places = {"digest": [item.get("digest"), (item["opened"] or {}).get("digest")],
                          "input": method.get("inputs", []), "output": method.get("outputs", [])}
                found += [f"{id} ({place})" for place, digests in places.items() if digest in digests]
            need(found, f"nothing in the case names {digest} ({name})")
            said.append(f"{name} is {digest}, named by {', '.join(found)}")
        return "; ".join(said)


# ---------------------------------------------------------------- the command


def read_file(path, limit):
    """The file, up to one byte more than the limit: what is longer fails its check."""
    with open(path, "rb") as f:
        return f.read(limit + 1)


def main(arguments=None):
    global CRYPTO
    parser = argparse.ArgumentParser(prog="verify.py", description="Verify a Tocsin dossier offline.")
    parser.add_argument("dossier")
    parser.add_argument("--trust", metavar="KEYS", help="the trust file; without it, self-consistent is the most there is")
    parser.add_argument("--self-consistent", action="store_true", help="exit 0 without a trust file, too")
    parser.add_argument("--checkpoint", metavar="FILE", help="a second checkpoint of the same log")
    parser.add_argument("--file", metavar="F", action="append", default=[], help="which evidence names this file's digest")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--crypto", choices=["cryptography", "openssl"])
    parser.add_argument("--debug", action="store_true", help="show where an unexpected error comes from")
    options = parser.parse_args(arguments)
    CRYPTO = choose_crypto(options.crypto)
    try:
        dossier = read_file(options.dossier, LIMIT + (1 << 20))
        trust = None if options.trust is None else read_file(options.trust, NOTE_LIMIT)
        other = None if options.checkpoint is None else read_file(options.checkpoint, NOTE_LIMIT)
        files = [(path, read_file(path, LIMIT)) for path in options.file]
    except OSError as e:
        print(f"verify.py: {e}", file=sys.stderr)
        return 2
    verifier = Verifier(dossier, trust, other, files, options.debug)
    verifier.run()
    verdict = verifier.verdict()
    if options.json:
        print(json.dumps({"verdict": verdict, "checks": verifier.results}, ensure_ascii=False))
    else:
        for r in verifier.results:
            print(f"{'ok    ' if r['ok'] else 'FAILED'}  {r['check']:<10}  {r['detail']}")
        print(verdict)
    return 0 if verdict == "verified" or verdict == "self-consistent" and options.self_consistent else 1


if __name__ == "__main__":
    sys.exit(main())
