#!/bin/sh
# Runs a unit test, and mends what it says: cmocka 1.1.5 reports a test that
# skips itself as one that failed.
#
#   cmocka.sh [WRAPPER...] PROGRAM

exec 3>&1
status=$({ { "$@" 3>&- 4>&-; echo $? >&4; } |
    sed -u 's/^not \(ok [0-9]* # SKIP\)/\1/' >&3; } 4>&1)
exit "$status"
