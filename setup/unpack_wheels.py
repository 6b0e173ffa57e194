"""Unpacks, of the wheels given, the files whose names match the patterns given.

    python3 unpack_wheels.py TARGET PATTERN... -- WHEEL...
"""

import fnmatch
import os
import stat
import sys
import zipfile


def main(arguments):
    split = arguments.index("--")
    target, patterns, wheels = arguments[0], arguments[1:split], arguments[split + 1 :]
    unused = set(patterns)
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.infolist():
                matched = {p for p in patterns if fnmatch.fnmatchcase(member.filename, p)}
                unused -= matched
                if matched and not member.is_dir():
                    path = archive.extract(member, target)
                    os.chmod(path, stat.S_IMODE(member.external_attr >> 16) or 0o644)
    if unused:
        sys.exit("no file in the wheels matches " + ", ".join(sorted(unused)))


if __name__ == "__main__":
    main(sys.argv[1:])
