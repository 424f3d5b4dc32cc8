# Sums what PIT wrote, after the file of explained survivors: CLASS METHOD MUTATOR  reason. * stands for any text in the first three.
# Arguments: mutations.survivors mutations.csv; -F,
function pattern(word) {
    gsub(/[.$<>()]/, "[&]", word)
    gsub(/\*/, ".*", word)
    return "^" word "$"
}

FILENAME ~ /survivors$/ {
    if ($0 ~ /^#/ || NF == 0) next
    split($0, word, " +")
    classes[++known] = pattern(word[1])
    methods[known] = pattern(word[2])
    mutators[known] = pattern(word[3])
    next
}

{
    package = $2
    sub(/^io[.]demitasse[.]/, "", package)
    class = package
    sub(/[.][A-Z].*/, "", package)
    mutator = $3
    sub(/.*[.]/, "", mutator)
    sub(/Mutator$/, "", mutator)
    made[package]++
    all++
    if ($6 != "SURVIVED" && $6 != "NO_COVERAGE") {
        noticed[package]++
        allNoticed++
        next
    }
    for (i = 1; i <= known; i++)
        if (class ~ classes[i] && $4 ~ methods[i] && mutator ~ mutators[i]) {
            explained++
            next
        }
    print "survived  " class " " $4 ":" $5 " " mutator ($6 == "NO_COVERAGE" ? ", no test comes there" : "") | "sort"
}

END {
    close("sort")
    for (package in made)
        printf "%-24s %5d of %5d  %3d %%\n", package, noticed[package], made[package], 100 * noticed[package] / made[package] | "sort"
    close("sort")
    share = 0
    if (all > 0) share = 100 * allNoticed / all
    printf "%d of %d noticed, %.1f %%; %d of the others explained\n", allNoticed, all, share, explained
    if (share < 85) {
        print "0 passed, 1 failed"
        exit 1
    }
    print "1 passed, 0 failed"
}
