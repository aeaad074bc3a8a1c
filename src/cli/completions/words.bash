
# Words that only the files and akrec itself know; all else as above.
_akrec_words() {
    local found
    found=$("${COMP_WORDS[0]}" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    if [[ -n $found ]]; then
        local IFS=$'\n'
        COMPREPLY=($found)
        return 0
    fi
    _akrec "$@"
}
complete -F _akrec_words -o bashdefault -o default akrec
