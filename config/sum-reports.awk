# Sums surefire's reports: a line per test that failed or was skipped, with the reason, and the sums as the last line.
# -v gate=1 counts a build that failed without a failing test; -v tests=N -v failed=N count tests that wrote no report.

function attribute(name,    found) {
    found = ""
    if (match($0, "[ \t]" name "=\"[^\"]*\"")) {
        found = substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4)
    }
    gsub(/&quot;/, "\"", found)
    gsub(/&apos;/, "'", found)
    gsub(/&#10;/, " ", found)
    gsub(/&lt;/, "<", found)
    gsub(/&gt;/, ">", found)
    gsub(/&amp;/, "\\&", found)
    return found
}

# The attribute message, or the first line of the stack trace where there is none.
function reason(    found) {
    found = attribute("message")
    if (found == "" && match($0, /<!\[CDATA\[.*/)) {
        found = substr($0, RSTART + 9)
        sub(/^[A-Za-z0-9_.$]+: /, "", found)
    }
    sub(/^Assumption failed: /, "", found)
    return found == "" ? "no reason given" : found
}

/<testsuite / {
    tests += attribute("tests")
    failed += attribute("errors") + attribute("failures")
    skipped += attribute("skipped")
}
/<testcase / { test = attribute("classname") "." attribute("name") }
/<skipped/ { print "skipped " test ": " reason() }
/<(failure|error)[ >]/ { print "failed " test ": " reason() }
END {
    if (gate != 0 && failed == 0) {
        failed = 1
    }
    print tests - failed - skipped " passed, " failed + 0 " failed, " skipped + 0 " skipped"
    exit failed > 0
}
