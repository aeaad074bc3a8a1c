# Words that only the files and akrec itself know; all else as above.
_akrec() {
    local -a found
    found=("${(@f)$(${(Q)words[1]} complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ -n ${found[1]} ]]; then
        compadd -- "${found[@]}"
    else
        _akrec_flags "$@"
    fi
}

if [ "$funcstack[1]" = "_akrec" ]; then
    _akrec "$@"
else
    compdef _akrec akrec
fi
