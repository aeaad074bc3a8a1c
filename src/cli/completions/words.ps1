
# Words that only the files and akrec itself know; all else as above.
Register-ArgumentCompleter -Native -CommandName 'akrec' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
    $new = @()
    if ($wordToComplete -eq '') { $new = @('--new') }
    $found = @(& akrec complete @new -- @words 2>$null)
    if ($found.Count -gt 0) {
        $found | ForEach-Object {
            [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
        }
    } else {
        & $akrecFlags $wordToComplete $commandAst $cursorPosition
    }
}
