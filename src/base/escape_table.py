#!/usr/bin/env python3
"""Print escape_table.h from the Unicode data that this Python has.

    python3 src/base/escape_table.py > src/base/escape_table.h

Not part of the build. The version to have is that of the oldest C library
that fsconsole runs on (14.0: Debian 12, Python 3.11), because curses cannot
place a character that the C library does not know.
"""

import unicodedata

ESCAPED = {"Cc", "Cf", "Zl", "Zp", "Co", "Cs", "Cn"}

# Default_Ignorable_Code_Point, as far as no category above has it.
IGNORABLE = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0,
             *range(0x180B, 0x1810), *range(0xFE00, 0xFE10),
             *range(0xE0000, 0xE1000)}

# Vowels and finals, which join the Hangul syllable before them.
JOINING = {*range(0x1160, 0x1200), *range(0xD7B0, 0xD800)}

# Ambiguous or narrow by the data, but wide in glibc and in most terminals.
WIDE = {*range(0x3248, 0x3250), *range(0x4DC0, 0x4E00)}


def columns(code):
    """The last digit of an entry: columns, 0 for a mark, F for an escape."""
    category = unicodedata.category(chr(code))
    if category in ESCAPED or code in IGNORABLE:
        return "F"
    if category in ("Mn", "Me") or code in JOINING:
        return "0"
    if code in WIDE or unicodedata.east_asian_width(chr(code)) in "WF":
        return "2"
    return "1"


def main():
    entries, last = [], None
    for code in range(0x110000):
        this = columns(code)
        if this != last:
            entries.append(f"0x{code:X}{this},")
        last = this
    print(f"""\
/*
 * Columns of all code points, by escape_table.py from the data of Unicode
 * {unicodedata.unidata_version}. An entry is the first code point of a range, then one digit:
 * 0 combining, 1, 2 wide, F to be escaped.
 */
static const uint32_t table[] = {{""")
    line = ""
    for entry in entries:
        if len(line) + len(entry) > 70:
            print("\t" + line.rstrip())
            line = ""
        line += entry + " "
    print("\t" + line.rstrip() + "\n};")


main()
