
# Words that only the files and akrec itself know; all else as above.
var akrec-flags = $edit:completion:arg-completer[akrec]
set edit:completion:arg-completer[akrec] = {|@words|
    var found = []
    try {
        set found = [(e:akrec complete -- (all $words[1..]) 2>/dev/null | from-lines)]
    } catch e {
        nop $e
    }
    if (> (count $found) 0) {
        all $found
    } else {
        $akrec-flags $@words
    }
}
