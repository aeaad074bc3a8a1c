
# Words that only the files and akrec itself know; all else as above.
function __akrec_words
    set -l words (commandline -opc)
    set -l last (commandline -ct)
    set -e words[1]
    akrec complete -- $words "$last" 2>/dev/null | string replace -r -- '^--[a-z-]+=' ''
end
for flag in target exclude write-secret env kind allow warn deny app user from to
    complete -c akrec -l $flag -x -a '(__akrec_words)'
end
complete -c akrec -n '__fish_seen_subcommand_from forget explain' -f -a '(__akrec_words)'
